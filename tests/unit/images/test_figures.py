"""Figures: what is drawn is what was given, in every style and language, and can be read."""

import itertools
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from convdemo.images import figures
from convdemo.images.look import LIGHT, STYLES, WORDS, Look, fitted, ink_on, save, wrapped, write
from convdemo.ui import text

KOREAN = {key: text.strings("ko")[f"figure.{key}"] for key in WORDS}
LOOKS = {
    style.name: Look(style, words)
    for style, words in zip(STYLES, (WORDS, KOREAN, WORDS), strict=True)
}
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Ankle boot")
VALUES = {
    "loss": [None, 0.9, 0.5, 0.3],
    "accuracy": [None, 0.6, 0.8, 0.9],
    "val_loss": [2.3, 0.8, 0.4, 0.6],
    "val_accuracy": [0.1, 0.7, 0.85, 0.8],
}
EPOCHS = [0, 1, 2, 3]
PROBABILITIES = (0.02, 0.5, 0.01, 0.25, 0.12, 0.05, 0.03, 0.02)


def counts(number: int, seed: int = 0) -> np.ndarray:
    """A matrix of a hundred pictures a class, most of them on its diagonal."""
    rng = np.random.default_rng(seed)
    weights = np.where(np.eye(number, dtype=bool), 40.0, 0.2)
    return np.stack([rng.multinomial(100, rng.dirichlet(row)) for row in weights])


def picture(side: int = 24) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)


def explained(look: Look = LIGHT, **changes) -> Figure:
    heat = np.linspace(-1, 2, 576).reshape(24, 24)
    given = {"target": 3, "about": "for Dress", "has_sign": True, "title": "occlusion", **changes}
    return figures.explanation(picture(), heat, PROBABILITIES, GARMENTS, look=look, **given)


def every_figure(look: Look) -> dict[str, Figure]:
    names = [text.say("ko", f"class.{name}") for name in GARMENTS]
    values = np.random.default_rng(0).normal(size=(5, 4, 6))
    told = [[f"{name} × 1.4", "−12°"] for name in names[:4]]
    return {
        "curves": figures.curves(EPOCHS, VALUES, 2, title="cnn-mnist", look=look),
        "lines": figures.lines({"a": [(1, 2), (10, 3)]}, across="x", up="y", look=look),
        "confusion": figures.confusion(counts(8), names, title="cnn-mnist", look=look),
        "maps": figures.maps(values, title="block1", look=look),
        "tiles": figures.tiles([picture()] * 4, told, title="AugMix", look=look),
        "explanation": explained(look),
    }


def pixels(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def panels(figure: Figure) -> list[Any]:
    return list(figure.axes)


def contrast(one: Any, other: Any) -> float:
    light = []
    for colour in (one, other):
        parts = to_rgb(colour)
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        light.append(float(np.dot(linear, (0.2126, 0.7152, 0.0722))) + 0.05)
    return max(light) / min(light)


def said(texts) -> list[str]:
    return [one.get_text() for one in texts if one.get_text()]


@pytest.mark.parametrize("name", LOOKS)
def test_a_figure_is_kept_as_png_and_svg_in_its_style(name: str, tmp_path: Path):
    look = LOOKS[name]
    for kind, figure in every_figure(look).items():
        paths = save(figure, tmp_path, kind)
        assert paths == [tmp_path / f"{kind}.png", tmp_path / f"{kind}.svg"]
        with Image.open(paths[0]) as opened:
            shown = np.asarray(opened.convert("RGB"))
        corners = shown[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners == np.rint(np.array(to_rgb(look.style.paper)) * 255)).all(), kind
        assert ElementTree.parse(paths[1]).getroot().tag.endswith("svg")
    assert len(list(tmp_path.iterdir())) == 2 * 6  # nothing half is left


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "figure.png"
    path.write_bytes(b"before")
    figure = explained()

    def full(*_, **__):
        raise OSError("No space left on device")

    figure.savefig = full
    with pytest.raises(OSError, match="No space"):
        write(figure, path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_what_is_on_the_paper_can_be_seen(style):
    assert contrast(style.text, style.paper) >= 7
    assert contrast(style.quiet, style.paper) >= 4.5
    assert all(contrast(colour, style.paper) >= 3 for colour in style.series)
    drawn = set(zip(style.series, style.dashes, strict=True))
    assert len(drawn) == len(style.series)


@pytest.mark.parametrize("words", [WORDS, KOREAN], ids=["en", "ko"])
def test_curves_are_the_records(words):
    figure = figures.curves(EPOCHS, VALUES, 2, look=Look(STYLES[0], words))
    for axes, name, scale in zip(panels(figure), ("loss", "accuracy"), (1, 100), strict=True):
        assert axes.get_xlabel() == words["epoch"]
        assert axes.get_ylabel() == words[name]
        found = {line.get_label(): np.column_stack(line.get_data()) for line in axes.lines}
        for label, key in (("training", name), ("validation", f"val_{name}")):
            pairs = zip(EPOCHS, VALUES[key], strict=True)
            wanted = [(epoch, scale * value) for epoch, value in pairs if value is not None]
            assert found[words[label]] == pytest.approx(np.array(wanted))
        kept = found[words["kept"].format(epoch=2)]
        assert kept == pytest.approx(np.array([[2, scale * VALUES[f"val_{name}"][2]]]))
    legend = [words["training"], words["validation"], words["kept"].format(epoch=2)]
    assert said(figure.legends[0].get_texts()) == legend


def test_without_a_kept_epoch_none_is_marked():
    axes = panels(figures.curves(EPOCHS, VALUES))[0]
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]


def test_lines_go_through_their_points():
    series = {f"way {place}": [(1.0, place), (10.0, 2 * place)] for place in range(1, 6)}
    figure = figures.lines(series, across="Seconds", up="Accuracy (%)", logarithmic=True)
    (axes,) = panels(figure)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Seconds", "Accuracy (%)")
    assert axes.get_xscale() == "log"
    for line, (name, points) in zip(axes.lines, series.items(), strict=True):
        assert line.get_label() == name
        assert np.column_stack(line.get_data()).tolist() == [list(point) for point in points]
        assert line.get_markevery() == [-1]
    assert len({line.get_marker() for line in axes.lines}) == 5


@pytest.mark.parametrize("words", [WORDS, KOREAN], ids=["en", "ko"])
@pytest.mark.parametrize("number", [1, 2, 8, 40])
def test_the_cells_of_a_matrix_say_their_counts(number: int, words):
    table = counts(number)
    names = [f"class {place}" for place in range(number)]
    figure = figures.confusion(table, names, look=Look(STYLES[0], words))
    matrix, bars = panels(figure)
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == (words["answered"], words["actual"])
    assert said(matrix.get_xticklabels()) == said(matrix.get_yticklabels()) == names
    found = np.zeros_like(table)
    for one in matrix.texts:
        column, row = one.get_position()
        if one.get_text().isdigit():
            found[int(row), int(column)] = int(one.get_text())
            inks = matrix.images[0].get_array()[int(row), int(column)]
            assert contrast(one.get_color(), inks) >= 4.5
    assert (found == table).all()
    recalls = [one.get_text() for one in matrix.texts if one.get_position()[0] == number - 0.3]
    assert recalls == [words["recall"], *(f"{table[i, i]:.1f}%" for i in range(number))]
    if number == 8:
        shares = [one.get_text() for one in matrix.texts if one.get_text().endswith("%")]
        assert f"{table[0, 0]:.1f}%" in shares
    share = f"{table.trace() / table.sum():.2%}"
    right = words["right"].format(share=share, count=f"{table.sum():,}")
    assert figure.get_suptitle() == right


def test_the_pairs_that_are_confused_most_have_bars():
    table = np.array([[90, 7, 3], [1, 99, 0], [12, 8, 80]])
    bars = panels(figures.confusion(table, ("cat", "dog", "hare"), title="cnn"))[1]
    assert [bar.get_width() for bar in bars.patches] == [12, 8, 7, 3, 1]
    names = ["hare → cat", "hare → dog", "cat → dog", "cat → hare", "dog → cat"]
    assert said(bars.get_yticklabels()) == names
    told = ["12 (12.0%)", "8 (8.0%)", "7 (7.0%)", "3 (3.0%)", "1 (1.0%)"]
    assert said(bars.texts) == told
    assert bars.get_title(loc="left") == WORDS["mistakes"]
    low, high = bars.get_ylim()
    assert low > high  # the first is at the top
    perfect = panels(figures.confusion(np.diag([5, 5]), ("cat", "dog")))[1]
    assert not perfect.patches
    assert perfect.get_title(loc="left") == WORDS["no_mistakes"]


def test_a_class_without_pictures_has_no_share():
    figure = figures.confusion([[0, 0], [1, 3]], ("cat", "dog"))
    assert said(figure.axes[0].texts).count("0.0%") == 0


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("number", [3, 10, 40])
def test_nothing_in_a_matrix_lies_on_something_else(number: int, name: str):
    some = ("아주 긴 이름의 클래스", "T-shirt/top")
    names = [f"{some[place % 2]} {place}" for place in range(number)]
    figure = figures.confusion(counts(number), names, title="fashion_cnn", look=LOOKS[name])
    pixels(figure)
    matrix, bars = panels(figure)
    for texts in (
        [one for one in matrix.texts if one.get_position()[0] != number - 0.3],
        [one for one in matrix.texts if one.get_position()[0] == number - 0.3],
        matrix.get_xticklabels(),
        matrix.get_yticklabels(),
        bars.get_yticklabels(),
        bars.texts,
    ):
        boxes = [one.get_window_extent() for one in texts if one.get_text()]
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        whole = figure.bbox
        assert all(whole.x0 <= box.x0 and box.x1 <= whole.x1 for box in boxes)


def test_maps_lie_in_rows_on_one_scale():
    values = np.random.default_rng(0).normal(size=(5, 4, 6))
    figure = figures.maps(values, title="block1")
    axes, bar = panels(figure)
    (shown,) = axes.images
    whole = shown.get_array()
    for channel, one in enumerate(values):
        top, left = channel // 2 * 5, channel % 2 * 7
        assert np.array_equal(whole[top : top + 4, left : left + 6], one)
    assert np.isnan(np.ma.filled(whole, np.nan)[4]).all()
    assert said(axes.get_yticklabels()) == ["0–1", "2–3", "4"]
    most = np.abs(values).max()
    assert (shown.norm.vmin, shown.norm.vmax) == (-most, most)
    assert bar.get_ylabel() == WORDS["activation"]
    positive = panels(figures.maps(np.abs(values)))[0].images[0]
    assert (positive.norm.vmin, positive.norm.vmax) == (0, most)
    assert positive.cmap.name == "viridis"
    assert panels(figures.maps(np.zeros((1, 2, 2))))[0].images[0].norm.vmax == 1


def test_tiles_are_shown_whole_with_what_was_done():
    images = [picture(600) for _ in range(3)]
    told = [["turned by 12 degrees", "brightness × 1.4"], ["left and right swapped"], ["a " * 60]]
    figure = figures.tiles(images, told, title="AutoAugment")
    shown = [axes for axes in panels(figure) if axes.images]
    for axes, image, lines in zip(shown, images, told, strict=True):
        assert np.array_equal(axes.images[0].get_array(), image)
        title = axes.get_title(loc="left")
        assert title.split() == " ".join(lines).split()
    assert shown[0].get_title(loc="left") == "turned by 12 degrees\nbrightness × 1.4"
    assert len(shown[2].get_title(loc="left").splitlines()) > 1
    pixels(figure)
    assert all(axes.bbox.width >= 599 for axes in shown)
    titles = [axes.get_tightbbox() for axes in shown]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(titles, 2))


def test_an_explanation_has_picture_map_and_bars():
    figure = explained()
    seen, over, bars = panels(figure)
    assert np.array_equal(seen.images[0].get_array(), picture())
    below, heat = over.images
    assert np.array_equal(below.get_array(), picture())
    assert np.array_equal(heat.get_array(), np.linspace(-1, 2, 576).reshape(24, 24))
    assert (heat.norm.vmin, heat.norm.vmax) == (-2, 2)
    assert heat.get_alpha() == figures.STRENGTH
    assert over.get_title(loc="left") == "for Dress"
    assert [bar.get_width() for bar in bars.patches] == pytest.approx([50, 25, 12, 5, 3])
    assert said(bars.get_yticklabels()) == ["Trouser", "Dress", "Coat", "Sandal", "Shirt"]
    assert said(bars.texts) == ["50.0%", "25.0%", "12.0%", "5.0%", "3.0%"]
    accent = [to_rgb(bar.get_facecolor()) == to_rgb(STYLES[0].series[0]) for bar in bars.patches]
    assert accent == [False, True, False, False, False]
    (scale,) = over.child_axes
    assert scale.get_ylabel() == WORDS["signed"]
    assert panels(explained(has_sign=False))[1].child_axes[0].get_ylabel() == WORDS["unsigned"]


def test_the_ends_of_a_scale_are_the_colours_of_the_page():
    from convdemo.images.render import HIGH, LOW, MIDDLE

    cmap = panels(explained())[1].images[1].cmap
    found = [np.rint(np.array(cmap(at)[:3]) * 255) for at in (0.0, 0.5, 1.0)]
    assert np.abs(np.array(found) - (LOW, MIDDLE, HIGH)).max() <= 1


def row(name: str) -> np.ndarray:
    """The pixels of a figure with a class of that name."""
    return pixels(figures.confusion(np.diag([5, 5]), (name, "b")))


def test_hangul_is_drawn_and_no_boxes():
    """A glyph that no font has would also be a warning, and a warning is an error here."""
    boxes = row("\uffff" * 3)
    assert (row("고양이") != boxes).any()
    assert (row("고양이") != row("강아지")).any()
    pieces = unicodedata.normalize("NFD", "고양이")  # as a Mac writes it
    assert (row("고양이") == row(pieces)).all()


@pytest.mark.parametrize("name", ["$5 $x^2$ \\frac", "😀 ไทย", "_hidden", "W" * 300, "", "a\nb"])
def test_any_name_can_be_drawn(name: str, tmp_path: Path):
    figure = figures.confusion(np.array([[5, 1], [2, 3]]), (name, "b"), title=name)
    save(figure, tmp_path, "confusion")
    told = figures.explanation(
        picture(), np.zeros((24, 24)), (0.7, 0.3), (name, "b"), target=0, about=name, has_sign=True
    )
    save(told, tmp_path, "explanation")


def test_nothing_that_is_shared_is_changed():
    before = dict(rcParams)
    looks = [*LOOKS.values()] * 2
    alone = [pixels(explained(look)) for look in looks]
    with ThreadPoolExecutor(4) as pool:
        together = pool.map(lambda look: pixels(explained(look)), looks)
        for one, other in zip(alone, together, strict=True):
            assert np.array_equal(one, other)
    assert dict(rcParams) == before


def test_pyplot_is_not_loaded_and_matplotlib_only_for_a_figure():
    code = (
        "import sys, numpy, convdemo.images.figures as f\n"
        "print('matplotlib' in sys.modules)\n"
        "f.maps(numpy.ones((2, 3, 3)))\n"
        "print('matplotlib.pyplot' in sys.modules, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]


def test_both_languages_have_all_words():
    assert {f"figure.{key}" for key in WORDS} == {
        key for key in text.strings("en") if key.startswith("figure.")
    }
    assert {f"figure.{key}" for key in WORDS} == {
        key for key in text.strings("ko") if key.startswith("figure.")
    }


def test_texts_fit_and_are_broken_between_words():
    assert fitted("Dress", 8) == "Dress"
    assert fitted("W" * 100, 8).endswith("…")
    assert wrapped("one two three", 8, 1000) == ["one two three"]
    assert wrapped("one two three", 8, 1) == ["one", "two", "three"]
    assert wrapped("", 8, 10) == [""]


@pytest.mark.parametrize("grey", np.linspace(0, 1, 11))
def test_the_ink_on_a_cell_is_the_one_that_is_read_better(grey: float):
    ground = np.full(3, grey)
    assert contrast(ink_on(ground), tuple(ground)) >= 4.5
