"""A font with Hangul for plots: one that is installed, else NanumSquare, which is here."""

from functools import cache
from pathlib import Path

SHIPPED = Path(__file__).parent / "NanumSquareR.ttf"
INSTALLED = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
)


@cache
def hangul_family() -> str:
    """The name of a font family with Hangul, registered with matplotlib if need be."""
    from matplotlib import font_manager

    known = set(font_manager.get_font_names())
    for family in INSTALLED:
        if family in known:
            return family
    font_manager.fontManager.addfont(SHIPPED)
    return font_manager.FontProperties(fname=SHIPPED).get_name()
