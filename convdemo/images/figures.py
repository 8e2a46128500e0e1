"""Figures to keep, drawn by matplotlib: curves, confusion, maps, tiles, explanations.

Arrays, numbers and names come in, a `Figure` comes out; `look.save` writes it as PNG and SVG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.images.look import LIGHT, Look, fitted, ink_on, mixed, scale_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEST = 5  # classes with a bar
MISTAKES = 12  # pairs of classes with a bar
MANY = 20  # classes from which on the cells of a matrix are small
STRENGTH = 0.6  # of a map over its picture
TILE, TITLE = 2.4, 7  # inches of a tile, points of the letters above it


def curves(
    epochs: Sequence[float],
    values: Mapping[str, Sequence[float | None]],
    kept: int | None = None,
    *,
    title: str = "",
    look: Look = LIGHT,
) -> Figure:
    """Loss and accuracy over the epochs, with the epoch whose weights were kept.

    `values` has "loss", "accuracy" (0..1) and the same of validation as "val_loss" and
    "val_accuracy", one for each of `epochs`, None where there is none.
    """
    from matplotlib.ticker import MaxNLocator

    figure = look.figure(9, 3.9, title)
    panels = figure.subplots(1, 2)
    for axes, name, scale in zip(panels, ("loss", "accuracy"), (1, 100), strict=True):
        look.axes(axes, across=look.say("epoch"), up=look.say(name))
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
        points: dict[float, float] = {}
        for index, key, said in ((1, name, "training"), (0, f"val_{name}", "validation")):
            pairs = zip(epochs, values[key], strict=True)
            points = {epoch: scale * value for epoch, value in pairs if value is not None}
            look.line(axes, index, list(points.items()), look.say(said))
        if kept in points:
            axes.axvline(kept, color=look.style.quiet, linewidth=1, linestyle=":", zorder=0)
            about = {"color": look.style.series[0], "markerfacecolor": look.style.paper}
            label = look.say("kept", epoch=kept)
            axes.plot(kept, points[kept], "o", markersize=8, label=label, **about)
    look.legend(figure, panels[0], across=3)
    return figure


def lines(
    series: Mapping[str, Sequence[tuple[float, float]]],
    *,
    across: str,
    up: str,
    logarithmic: bool = False,
    look: Look = LIGHT,
) -> Figure:
    """One line for each name, through its points (right, up), the last one marked."""
    from matplotlib import ticker

    figure = look.figure(7.2, 4.6)
    axes = figure.subplots()
    look.axes(axes, across=across, up=up)
    for index, (name, points) in enumerate(series.items()):
        look.line(axes, index, points, name, ends=True)
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    look.legend(figure, axes, across=2)
    return figure


def confusion(
    counts: Sequence[Sequence[int]] | np.ndarray,
    classes: Sequence[str],
    *,
    title: str = "",
    look: Look = LIGHT,
) -> Figure:
    """What is taken for what, `counts[true][predicted]`, and the pairs that are confused most."""
    table = np.asarray(counts)
    side = max(3.4, len(table) * (0.3 if len(table) > MANY else 0.56))
    of = np.maximum(table.sum(axis=1), 1)
    share = f"{table.trace() / max(1, table.sum()):.2%}"
    right = look.say("right", share=share, count=f"{table.sum():,}")
    figure = look.figure(side + 5.4, side + 1.8, f"{title} · {right}" if title else right)
    matrix, bars = figure.subplots(1, 2, width_ratios=(side + 1.4, 3))
    names = [fitted(name, 8) for name in classes]
    _matrix(matrix, table, names, look)
    wrong = table - np.diag(table.diagonal())
    slots = int(side / 0.4)  # bars that there is room for
    count = min(slots, MISTAKES, np.count_nonzero(wrong))
    places = np.argsort(-wrong, axis=None, kind="stable")[:count]
    pairs = [divmod(int(index), len(table)) for index in places]
    captions = [f"{names[row]} → {names[column]}" for row, column in pairs]
    shares = [f"{wrong[pair]} ({wrong[pair] / of[pair[0]]:.1%})" for pair in pairs]
    lengths = [int(wrong[pair]) for pair in pairs]
    look.bars(bars, captions, lengths, shares, [look.style.series[1]] * count)
    bars.set_ylim(slots - 0.5, -0.5)
    look.heading(bars, look.say("mistakes" if pairs else "no_mistakes"))
    return figure


def _matrix(axes: Axes, table: np.ndarray, names: Sequence[str], look: Look) -> None:
    """Counts and shares on coloured cells, and beside each class the share of it that is right."""
    number, style = len(table), look.style
    small = number > MANY
    of, own = np.maximum(table.sum(axis=1), 1), np.eye(number, dtype=bool)
    # Right answers by their share of the class; mistakes by the root of their number, so that one
    # can be told from none.
    wrong = np.sqrt(table / max(1, table[~own].max(initial=0))).clip(0, 1)
    right = mixed(style.paper, style.series[0], table / of[:, None])
    cells = np.where(own[..., None], right, mixed(style.paper, style.series[1], wrong))
    look.axes(axes, across=look.say("answered"), up=look.say("actual"), bare=True)
    axes.imshow(cells, aspect="auto")
    size, low = (6, "center") if small else (8.5, "bottom")
    for row, column in np.argwhere(table).tolist():
        ink: dict[str, Any] = look.font(size, ink_on(cells[row, column])) | {"ha": "center"}
        axes.text(column, row, str(table[row, column]), va=low, **ink)
        if not small:
            share = f"{table[row, column] / of[row]:.1%}"
            axes.text(column, row + 0.08, share, va="top", **{**ink, "size": 6})
    beside: dict[str, Any] = look.font(size, style.quiet) | {"va": "center"}
    axes.text(number - 0.3, -0.9, look.say("recall"), **beside)
    for row in np.flatnonzero(table.any(axis=1)).tolist():
        axes.text(number - 0.3, row, f"{table[row, row] / of[row]:.1%}", **beside)
    about = look.font(6.5 if small else 8)
    upright = any(fitted(name, 8, 36) != name for name in names)
    axes.set_xticks(range(number), names, rotation=90 if upright else 0, **about)
    axes.set_yticks(range(number), names, **about)
    between = np.arange(number + 1) - 0.5
    axes.hlines(between, -0.5, number - 0.5, style.line, linewidth=0.5)
    axes.vlines(between, -0.5, number - 0.5, style.line, linewidth=0.5)


def maps(values: np.ndarray, *, across: int = 0, title: str = "", look: Look = LIGHT) -> Figure:
    """All maps (C, h, w) of a stage on one scale, in rows of `across`, or as many as make it about
    square; channels are counted from 0.
    """
    channels, height, width = values.shape
    across = across or max(1, min(channels, round(math.sqrt(channels * height / width))))
    rows = -(-channels // across)
    gap = max(1, round(width / 12))
    whole = np.full((rows * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for channel, one in enumerate(values):
        top, left = channel // across * (height + gap), channel % across * (width + gap)
        whole[top : top + height, left : left + width] = one
    wide = min(max(across * 0.75, 4.5), 11)
    figure = look.figure(wide + 1.6, wide * whole.shape[0] / whole.shape[1] + 0.7, title)
    axes = figure.subplots()
    look.axes(axes, up=look.say("channels"), bare=True)
    scale = scale_of(values, has_sign=bool((values < 0).any()))
    shown = axes.imshow(whole, *scale, interpolation="nearest")
    firsts = range(0, channels, across)
    lasts = [min(first + across, channels) - 1 for first in firsts]
    named = [f"{a}–{b}" if a < b else f"{a}" for a, b in zip(firsts, lasts, strict=True)]
    middles = np.arange(rows) * (height + gap) + (height - 1) / 2
    axes.set_yticks(middles, named, **look.font(min(8, 200 / rows), look.style.quiet))
    bar = figure.colorbar(shown, ax=axes, shrink=0.9, aspect=24, pad=0.02)
    look.colour_bar(bar, look.say("activation"))
    return figure


def tiles(
    images: Sequence[np.ndarray],
    captions: Sequence[Sequence[str]],
    *,
    title: str = "",
    look: Look = LIGHT,
) -> Figure:
    """Pictures (H, W, 3) uint8 in rows, above each the lines that say what was done to it.

    A PNG of it is so fine that no pixel is lost.
    """
    across = max(1, round(len(images) ** 0.5))
    rows = -(-len(images) // across)
    above = [[part for line in one for part in wrapped(line, TITLE, TILE * 72)] for one in captions]
    most = [max(map(len, above[row * across : (row + 1) * across])) for row in range(rows)]
    tall = sum(TILE * image.shape[0] / image.shape[1] for image in images[::across])
    down = tall + sum(most) * 1.4 * TITLE / 72 + 0.25 * rows + (0.5 if title else 0.1)
    figure = look.figure(across * (TILE + 0.15) + 0.2, down, title)
    figure.set_dpi(max(look.style.dpi, *(image.shape[1] / TILE for image in images)))
    panels = figure.subplots(rows, across, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, image, words in zip(panels, images, above, strict=False):
        axes.imshow(image, interpolation="nearest")
        axes.set_title("\n".join(words), loc="left", linespacing=1.3, **look.font(TITLE))
    return figure


def shares(probabilities: Mapping[str, float], *, title: str = "", look: Look = LIGHT) -> Figure:
    """A bar for the probability of each class, in their order; the likeliest has the colour."""
    figure = look.figure(6, 0.9 + 0.32 * len(probabilities), title)
    axes, style, best = figure.subplots(), look.style, max(probabilities.values(), default=0)
    names = [fitted(name, 8) for name in probabilities]
    lengths = [100 * one for one in probabilities.values()]
    told = [f"{one:.1%}" for one in probabilities.values()]
    colours = [
        style.series[0] if one == best else (style.quiet, 0.5) for one in probabilities.values()
    ]
    look.bars(axes, names, lengths, told, colours)
    axes.set_xlim(0, 100)
    return figure


def explanation(
    image: np.ndarray,
    heat: np.ndarray,
    probabilities: Sequence[float],
    classes: Sequence[str],
    *,
    target: int,
    about: str,
    has_sign: bool,
    title: str = "",
    look: Look = LIGHT,
) -> Figure:
    """A network's input (H, W, 3) uint8, a map (H, W) over it, and the five likeliest classes.

    `target` is the place of the class that the map is for, `about` what is said of the map.
    """
    figure = look.figure(9.8, 3.7, title)
    seen, over, bars = figure.subplots(1, 3, width_ratios=(3, 3, 2.2))
    for axes, said in zip((seen, over), (look.say("seen"), about), strict=True):
        axes.imshow(image, interpolation="nearest")
        axes.set_axis_off()
        axes.set_anchor("NW")
        look.heading(axes, said)
    shown = over.imshow(heat, *scale_of(heat, has_sign=has_sign), alpha=STRENGTH)
    bar = figure.colorbar(shown, over.inset_axes((1.04, 0, 0.04, 1)))
    look.colour_bar(bar, look.say("signed" if has_sign else "unsigned"))
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    best = [int(index) for index in order[:BEST]]
    names = [fitted(classes[index], 8) for index in best]
    lengths = [100 * probabilities[index] for index in best]
    shares = [f"{probabilities[index]:.1%}" for index in best]
    style = look.style
    colours = [style.series[0] if index == target else (style.quiet, 0.5) for index in best]
    look.bars(bars, names, lengths, shares, colours)
    bars.set_xlim(0, 100)
    look.heading(bars, look.say("best"))
    return figure
