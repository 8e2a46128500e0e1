"""Plots and pictures show Korean, with the shipped font where no other has it."""

import unicodedata
import warnings

import numpy as np
import pytest
from PIL import Image

from convdemo.explain import animation
from convdemo.images import fonts

TERMS = "합성곱 보폭 패딩 풀링 특성 맵 전이 학습 미세 조정 과대적합 데이터 증식 조기 중단"


def draw(families: tuple[str, ...]) -> None:
    """Matplotlib warns of a glyph that no font has, and of a font that is not there."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    figure.text(0.1, 0.5, f"{TERMS} 0.5 × σ", family=families)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(figure).draw()


def test_plots_have_the_shipped_font_behind_their_own():
    assert fonts.families() == ("DejaVu Sans", "NanumSquare")
    draw(fonts.families())
    with pytest.raises(UserWarning, match="Glyph"):
        draw(fonts.families()[:1])


def test_the_shipped_font_is_small_and_has_its_licence():
    assert fonts.SHIPPED.stat().st_size < 5_000_000
    licence = fonts.SHIPPED.with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence


def caption(label: str) -> np.ndarray:
    """The pixels below a frame of a film."""
    text = animation.caption_of(3, 12, label, 0.931)
    frame = animation._frame(np.zeros((1, 8, 8)), np.ones((8, 8)), text, has_sign=False)
    return np.asarray(frame)[animation.SIDE :].astype(int)


def boxes(label: str) -> np.ndarray:
    """The same with a character instead of each letter that no font has."""
    return caption("\uffff" * len(label))


@pytest.mark.parametrize(
    ("label", "like_it"),
    [("고양이", "강아지"), ("crème", "crame"), ("кошка", "кушка"), ("γάτα", "γετα")],
)
def test_a_film_writes_names_and_no_boxes(label: str, like_it: str):
    shown = caption(label)
    assert (shown != boxes(label)).any()
    assert (shown != caption(like_it)).any()  # two rows of boxes would be one picture
    assert (shown == caption(unicodedata.normalize("NFD", label))).all()


@pytest.mark.parametrize(
    "label", ["T-shirt/top", "고양이", "강아지와 고양이 " * 20, "W" * 300, "", "a\nb"]
)
def test_the_caption_of_a_film_fits(label: str):
    shown = caption(label)
    lit = (shown.max(axis=2) > 60).nonzero()
    assert lit[1].min() >= animation.MARGIN - 1
    assert lit[1].max() <= animation.SIDE - animation.MARGIN
    assert 2 <= lit[0].min() < lit[0].max() <= animation.CAPTION - 2
    text = animation.caption_of(3, 12, label, 0.931)
    assert text.startswith("3/12 · ")
    assert text.endswith(" 93.1%")
    assert ("…" in text) == (len(label) > 20)


def test_words_are_drawn_where_the_font_itself_draws_them():
    from PIL import ImageDraw, ImageFont

    font = ImageFont.truetype(str(fonts.SHIPPED), 20)
    ours, theirs = (Image.new("RGB", (120, 40)) for _ in range(2))
    fonts.Words(20).draw(ours, (5, 30), "합성곱 3×3", (255, 255, 255))
    ImageDraw.Draw(theirs).text((5, 30), "합성곱 3×3", (255, 255, 255), font, anchor="ls")
    assert ours.tobytes() == theirs.tobytes()
