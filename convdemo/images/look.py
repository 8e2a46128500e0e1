"""How figures look: styles, words, and the axes, lines, bars and legends that follow them.

Nothing that threads share is changed: no pyplot, no rcParams. matplotlib is loaded with the first
figure.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.files import write_whole
from convdemo.images.fonts import Words, families
from convdemo.images.render import HIGH, LOW, MIDDLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

KINDS = ("png", "svg")
WORDS = {
    "epoch": "Epoch",
    "loss": "Loss",
    "accuracy": "Accuracy (%)",
    "training": "training",
    "validation": "validation",
    "kept": "kept: epoch {epoch}",
    "actual": "True class",
    "answered": "Predicted class",
    "recall": "right",
    "right": "{share} of {count} right",
    "mistakes": "The most frequent mistakes",
    "no_mistakes": "No mistakes",
    "channels": "Channels",
    "activation": "Activation",
    "seen": "What the network sees",
    "signed": "against   ←       →   for",
    "unsigned": "weak   →   strong",
    "best": "Most likely classes",
}
MARKS = "os^DvPX"  # of the last point of a series
FEW = 12  # points of a line, each of which is marked


@dataclass(frozen=True)
class Style:
    """Colours of paper, text and lines, and how fine a PNG is; a series has a colour and a dash."""

    name: str
    paper: str
    text: str
    quiet: str
    line: str
    series: tuple[str, ...]
    dashes: tuple[str, ...]
    dpi: int


# Blue and orange, which everybody can tell apart, are those of the page; in print dashes do it.
STYLES = (
    Style(
        *("light", "#ffffff", "#1c1d21", "#5f6169", "#dedcd6"),
        series=("#2f5bea", "#c2570c", "#0f7b5a", "#a8327e", "#5f6169", "#8a6d00", "#0b8db0"),
        dashes=("-",) * 7,
        dpi=160,
    ),
    Style(
        *("dark", "#131417", "#ececee", "#a3a6b0", "#363942"),
        series=("#8aa7ff", "#f0954d", "#4fc79a", "#f285b5", "#a3a6b0", "#d9c25c", "#5ecbe6"),
        dashes=("-",) * 7,
        dpi=160,
    ),
    Style(
        *("print", "#ffffff", "#000000", "#3d3d3d", "#c8c8c8"),
        series=("#000000", "#767676", "#000000", "#767676", "#000000", "#767676", "#000000"),
        dashes=("-", "--", ":", "-", "-.", ":", "--"),
        dpi=300,
    ),
)


@dataclass(frozen=True)
class Look:
    """How a figure looks, and its words by the keys of WORDS."""

    style: Style
    words: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """The words of that key, their gaps filled."""
        return self.words[key].format(**values)

    def font(self, size: float, colour: str | None = None) -> dict[str, Any]:
        """What a text of matplotlib is given; a "$" in a name begins no formula."""
        colour = colour or self.style.text
        return {"family": families(), "size": size, "color": colour, "parse_math": False}

    def figure(self, width: float, height: float, title: str = "") -> Figure:
        """An empty figure of a size in inches."""
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
        paper = self.style.paper
        figure = Figure((width, height), self.style.dpi, facecolor=paper, layout=layout)
        if title:
            title = fitted(title, 12, (width - 0.3) * 72)
            figure.suptitle(title, x=0.12 / width, ha="left", **self.font(12))
        return figure

    def axes(self, axes: Axes, *, across: str = "", up: str = "", bare: bool = False) -> None:
        """Give axes their colours, fonts and labels; bare ones have neither frame nor ticks."""
        style = self.style
        axes.set_facecolor(style.paper)
        axes.set_xlabel(across, **self.font(9, style.quiet))
        axes.set_ylabel(up, **self.font(9, style.quiet))
        inks = {"colors": style.quiet, "color": style.line, "labelfontfamily": families()}
        axes.tick_params(which="both", labelsize=8, length=0 if bare else 3.5, **inks)
        axes.grid(not bare)
        if bare:
            axes.set_xticks([])
            axes.spines[:].set_visible(False)
        else:
            axes.grid(color=style.line, linewidth=0.6, alpha=0.7)
            axes.spines[["top", "right"]].set_visible(False)
            axes.spines[["bottom", "left"]].set_color(style.line)

    def heading(self, axes: Axes, text: str) -> None:
        """A title above axes, its end cut off where it is too long."""
        axes.set_title(fitted(text, 10, 200), loc="left", **self.font(10))

    def line(
        self,
        axes: Axes,
        place: int,
        points: Sequence[tuple[float, float]],
        name: str,
        *,
        ends: bool = False,
    ) -> None:
        """A series through points (right, up), each of them marked where they are few, or the last
        one alone, with a mark that is this series' own, where it `ends`.
        """
        place %= len(MARKS)
        mark = {"marker": "o", "markersize": 3} if len(points) <= FEW else {}
        if ends:
            mark = {"marker": MARKS[place], "markersize": 6, "markevery": [-1]}
        how = {"color": self.style.series[place], "linestyle": self.style.dashes[place], **mark}
        axes.plot(*np.reshape(points, (-1, 2)).T, label=name, linewidth=1.6, **how)

    def legend(self, figure: Figure, axes: Axes, across: int) -> None:
        """Below all axes, the names of the lines in one of them."""
        where = {"loc": "outside lower center", "ncols": across}
        legend = figure.legend(*axes.get_legend_handles_labels(), frameon=False, **where)
        for text in legend.get_texts():
            text.set(**self.font(9))

    def bars(
        self,
        axes: Axes,
        names: Sequence[str],
        lengths: Sequence[float],
        described: Sequence[str],
        colours: Sequence[Any],
    ) -> None:
        """A bar for each name, the first at the top, and what is told of it behind its end."""
        self.axes(axes, bare=True)
        axes.barh(range(len(names)), lengths, height=0.62, color=colours)
        axes.set_yticks(range(len(names)), names, **self.font(8))
        behind = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", **self.font(8)}
        for place, (length, text) in enumerate(zip(lengths, described, strict=True)):
            axes.annotate(text, (length, place), **behind)
        axes.invert_yaxis()

    def colour_bar(self, bar: Colorbar, label: str) -> None:
        """Give the scale of a map its fonts and its label."""
        quiet = self.style.quiet
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        bar.set_label(label, **self.font(8, quiet))
        bar.ax.tick_params(labelfontfamily=families(), labelsize=7, colors=quiet, length=0)


LIGHT = Look(STYLES[0], WORDS)


def scale_of(values: np.ndarray, *, has_sign: bool) -> tuple[Colormap, Normalize]:
    """The colours of `render`, and what they stand for: the strongest value has the last one."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    most = float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0
    if not has_sign:
        return colormaps["viridis"], Normalize(0, most)
    ends = [tuple(part / 255 for part in colour) for colour in (LOW, MIDDLE, HIGH)]
    return LinearSegmentedColormap.from_list("signed", ends), Normalize(-most, most)


def mixed(paper: str, ink: str, depth: np.ndarray) -> np.ndarray:
    """(..., 3) colours in 0..1 between two of them, by depths 0..1."""
    from matplotlib.colors import to_rgb

    ground, end = np.array(to_rgb(paper)), np.array(to_rgb(ink))
    return ground + (end - ground) * depth[..., None]


def ink_on(ground: np.ndarray) -> str:
    """Black or white, whichever has a contrast of 4.5 on a colour in 0..1, as WCAG 2.2 counts."""
    linear = np.where(ground <= 0.04045, ground / 12.92, ((ground + 0.055) / 1.055) ** 2.4)
    return "#000000" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "#ffffff"


def fitted(text: str, size: int, room: float = 120) -> str:
    """The text, its end cut off where it is wider; all in points."""
    return Words(size, for_plots=True).fitted(text, room)


def wrapped(text: str, size: int, room: float) -> list[str]:
    """The text in lines that are at most that wide, unless a word is wider."""
    words = Words(size, for_plots=True)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and words.width(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write NAME.png and NAME.svg, each whole; OSError where that fails."""
    paths = [folder / f"{name}.{kind}" for kind in KINDS]
    for path, kind in zip(paths, KINDS, strict=True):
        write(figure, path, kind)
    return paths


def write(figure: Figure, path: Path, kind: str = "png") -> None:
    """Write one file of that kind, whatever its name; OSError where that fails."""
    write_whole(path, lambda part: part.write_bytes(encoded(figure, kind)))


def encoded(figure: Figure, kind: str = "png") -> bytes:
    """The file of that kind."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    # Laid out again for the next file, it would not be quite the same.
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    file = io.BytesIO()
    figure.savefig(file, format=kind)
    return file.getvalue()
