"""Plots show Korean with any font that `hangul_family` names, and with the one that is shipped."""

import warnings

import pytest

from convdemo import fonts

TERMS = "합성곱 보폭 패딩 풀링 특성 맵 전이 학습 미세 조정 과대적합 데이터 증식 조기 중단"


@pytest.fixture(autouse=True)
def _fresh():
    fonts.hangul_family.cache_clear()
    yield
    fonts.hangul_family.cache_clear()


def draw(family: str) -> None:
    """Matplotlib warns of a glyph that a font lacks."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    figure.text(0.1, 0.5, f"{TERMS} 0.5 × σ", family=family)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FigureCanvasAgg(figure).draw()


def test_the_font_that_is_found_has_hangul():
    draw(fonts.hangul_family())


def test_the_shipped_font_stands_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fonts, "INSTALLED", ())
    assert fonts.hangul_family() == "NanumSquare"
    draw("NanumSquare")


def test_the_shipped_font_is_small_and_has_its_licence():
    assert fonts.SHIPPED.stat().st_size < 5_000_000
    licence = fonts.SHIPPED.with_name("OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
