"""A font with Hangul: its family for plots, and words drawn on a picture."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from convdemo.paths import PACKAGE

SHIPPED = PACKAGE / "images" / "fonts" / "NanumSquareR.ttf"


@cache
def families() -> tuple[str, ...]:
    """The names of the fonts for matplotlib, the same on every machine: DejaVu Sans, which comes
    with it, then NanumSquare, whose points are hard to see in small numbers.
    """
    from matplotlib import font_manager

    font_manager.fontManager.addfont(SHIPPED)
    return ("DejaVu Sans", font_manager.FontProperties(fname=SHIPPED).get_name())


class Words:
    """Draws a line of text in pixels of a size; what NanumSquare lacks comes from DejaVu Sans, or
    for plots the other way round.
    """

    def __init__(self, size: int, *, for_plots: bool = False) -> None:
        self.faces = _faces(size)[:: -1 if for_plots else 1]

    def width(self, text: str) -> float:
        """Pixels from its first letter to its last."""
        return sum(font.getlength(part) for font, part in self._parts(text))

    def fitted(self, text: str, width: float) -> str:
        """The text, its end cut off where it is wider than that."""
        text = _one_line(text)
        if self.width(text) <= width:
            return text
        while text and self.width(f"{text}…") > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def draw(
        self, image: Image.Image, place: tuple[float, float], text: str, fill: tuple[int, int, int]
    ) -> None:
        """Write it with its baseline beginning at `place`, (right, down)."""
        right, down = place
        for font, part in self._parts(text):
            ImageDraw.Draw(image).text((right, down), part, fill, font, anchor="ls")
            right += font.getlength(part)

    def _parts(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        def first_with(letter: str) -> int:
            having = (place for place, (_, known) in enumerate(self.faces) if ord(letter) in known)
            return next(having, 0)

        return [
            (self.faces[place][0], "".join(letters))
            for place, letters in groupby(_one_line(text), first_with)
        ]


def _one_line(text: str) -> str:
    # Put together: a Mac gives files names in which a syllable is in pieces, which no font draws.
    whole = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter if ord(letter) in _known() else "□" for letter in whole)


@cache
def _known() -> frozenset[int]:
    return frozenset().union(*(known for _, known in _faces(10)))


@cache
def _faces(size: int) -> tuple[tuple[ImageFont.FreeTypeFont, frozenset[int]], ...]:
    """The fonts, the first one first, and the characters that each has."""
    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    paths = SHIPPED, Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return tuple(
        (ImageFont.truetype(str(path), size), frozenset(FT2Font(str(path)).get_charmap()))
        for path in paths
    )
