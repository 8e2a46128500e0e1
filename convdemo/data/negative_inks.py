"""Ink that is no digit, drawn at random: writing, shapes, scribbles, blots; bright on black."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from convdemo.images.fonts import SHIPPED

CANVAS = 128

_HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_TYPEFACES = (
    "DejaVuSans.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Italic.ttf",
)
HANGUL = SHIPPED


@cache
def _typeface(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = HANGUL if name == HANGUL.name else Path(matplotlib.get_data_path(), "fonts/ttf", name)
    return ImageFont.truetype(path, 72)


def written(text: str, rng: np.random.Generator, typeface: str | None = None) -> np.ndarray:
    """(H, W) uint8: a text in a stroke font or, where that has no such sign, in a typeface."""
    if typeface is None and text.isascii() and rng.random() < 0.55:
        font = int(rng.choice(_HERSHEY)) | (cv2.FONT_ITALIC if rng.random() < 0.3 else 0)
        thickness = int(rng.integers(2, 9))
        (width, height), below = cv2.getTextSize(text, font, 2.4, thickness)
        ink = np.zeros((height + below + 40, width + 60), np.uint8)
        cv2.putText(ink, text, (30, height + 20), font, 2.4, 255, thickness, cv2.LINE_AA)
        return ink
    face = _typeface(typeface or str(rng.choice(_TYPEFACES)))
    left, top, right, bottom = (round(edge) for edge in face.getbbox(text))
    image = Image.new("L", (right - left + 24, bottom - top + 24))
    ImageDraw.Draw(image).text((12 - left, 12 - top), text, fill=255, font=face)
    return np.asarray(image)


def by_hand(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink turned, slanted, stretched and bent, as no two hands write the same."""
    height, width = ink.shape
    scale = 0.62 * CANVAS / max(height, width)
    angle = np.radians(rng.uniform(-14, 14))
    slant = rng.uniform(-0.3, 0.3)
    stretch = np.exp(rng.uniform(np.log(0.6), np.log(1.6)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, slant], [0, 1]]) @ np.diag([stretch**0.5, stretch**-0.5]) * scale
    middle = np.array([width / 2, height / 2])
    shift = CANVAS / 2 - matrix @ middle
    moved = cv2.warpAffine(ink, np.column_stack((matrix, shift)), (CANVAS, CANVAS))
    bend = rng.normal(0, rng.uniform(0.5, 5.0), (2, 5, 5)).astype(np.float32)
    rows, columns = np.mgrid[:CANVAS, :CANVAS].astype(np.float32)
    x, y = (cv2.resize(axis, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC) for axis in bend)
    return cv2.remap(moved, columns + x, rows + y, cv2.INTER_LINEAR)


def _smooth(points: np.ndarray, rounds: int = 3) -> np.ndarray:
    """A polyline (N, 2) with its corners cut (Chaikin 1974)."""
    for _ in range(rounds):
        first, second = points[:-1], points[1:]
        cut = np.stack((0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second), axis=1)
        points = np.concatenate((points[:1], cut.reshape(-1, 2), points[-1:]))
    return points


def _lines(*lines: np.ndarray, thickness: int, closed: bool = False, fill: bool = False):
    ink = np.zeros((CANVAS, CANVAS), np.uint8)
    whole = [np.rint(line * 16).astype(np.int32) for line in lines]
    if fill:
        cv2.fillPoly(ink, whole, 255, cv2.LINE_AA, 4)
    cv2.polylines(ink, whole, closed, 255, thickness, cv2.LINE_AA, 4)
    return ink


def _around(angles: np.ndarray, radius: np.ndarray | float) -> np.ndarray:
    """Points (N, 2) at these angles and distances around the middle of the canvas."""
    return CANVAS / 2 + np.stack((np.cos(angles), np.sin(angles)), axis=1) * np.reshape(
        radius, (-1, 1)
    )


def _polygon(corners: int) -> Callable[[np.random.Generator], np.ndarray]:
    def draw(rng: np.random.Generator) -> np.ndarray:
        turn = -np.pi / 2 + (np.pi / corners if corners % 2 == 0 else 0) + rng.normal(0, 0.1)
        return _around(np.arange(corners) * 2 * np.pi / corners + turn, 44)

    return draw


def _star(rng: np.random.Generator) -> np.ndarray:
    points = int(rng.integers(4, 8))
    radius = np.tile([46.0, rng.uniform(15, 26)], points)
    return _around(np.arange(2 * points) * np.pi / points - np.pi / 2, radius)


def _one_line_star(rng: np.random.Generator) -> np.ndarray:
    return _around(np.arange(5) * 4 * np.pi / 5 - np.pi / 2, 46)


def _heart(rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return CANVAS / 2 + 2.6 * np.stack((x, y), axis=1)


def _moon(rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0.6, 2 * np.pi - 0.6, 24)
    inner = _around(t[::-1], 30) + [16, 0]
    return np.concatenate((_around(t, 44), inner))


def _cloud(rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    bumps = int(rng.integers(5, 9))
    return _around(t, 34 + 8 * np.abs(np.sin(bumps * t / 2))) * [1, 0.7] + [0, 20]


def _house(rng: np.random.Generator) -> np.ndarray:
    return np.array([[30, 108], [30, 58], [64, 24], [98, 58], [98, 108]], float)


def _bolt(rng: np.random.Generator) -> np.ndarray:
    return np.array([[74, 14], [38, 70], [62, 70], [50, 114], [92, 54], [66, 54]], float)


OUTLINES: tuple[Callable[[np.random.Generator], np.ndarray], ...] = (
    _polygon(3),
    _polygon(4),
    _polygon(5),
    _polygon(6),
    _star,
    _star,
    _one_line_star,
    _heart,
    _heart,
    _moon,
    _cloud,
    _house,
    _bolt,
)


def shape(rng: np.random.Generator) -> np.ndarray:
    kind = int(rng.integers(len(OUTLINES) + 6))
    thickness = int(rng.integers(3, 10))
    if kind < len(OUTLINES):
        outline = OUTLINES[kind](rng)
        return _lines(outline, thickness=thickness, closed=True, fill=rng.random() < 0.25)
    t = np.linspace(0, 1, 60)
    if kind == len(OUTLINES):  # a spiral
        return _lines(_around(t * rng.uniform(13, 24), 46 * t), thickness=thickness)
    if kind == len(OUTLINES) + 1:  # waves and zigzags
        wave = np.abs((t * rng.integers(3, 6) * 2) % 2 - 1) * 60 + 34
        return _lines(np.stack((14 + 100 * t, wave), axis=1), thickness=thickness)
    if kind == len(OUTLINES) + 2:  # a level line
        return _lines(np.array([[14.0, 64], [114, 64]]), thickness=thickness)
    if kind == len(OUTLINES) + 3:  # a face
        face = _around(t * 2 * np.pi, 46)
        mouth = _around(np.pi * (0.2 + 0.6 * t), 26)
        eyes = [np.array([[x, 50.0], [x, 54]]) for x in (48, 80)]
        return _lines(face, mouth, *eyes, thickness=thickness)
    if kind == len(OUTLINES) + 4:  # a grid
        places = np.linspace(20, 108, int(rng.integers(2, 5)))
        across = [np.array([[20, place], [108, place]]) for place in places]
        down = [np.array([[place, 20], [place, 108]]) for place in places]
        return _lines(*across, *down, thickness=thickness)
    arrow = [np.array([[20.0, 64], [108, 64]]), np.array([[78.0, 34], [108, 64], [78, 94]])]
    ink = _lines(*arrow, thickness=thickness)
    return np.ascontiguousarray(np.rot90(ink, int(rng.integers(4))))


def scribble(rng: np.random.Generator) -> np.ndarray:
    count = int(rng.integers(7, 26))
    if rng.random() < 0.5:
        points = rng.uniform(14, CANVAS - 14, (count, 2))
    else:
        points = CANVAS / 2 + np.cumsum(rng.normal(0, 22, (count, 2)), axis=0)
        points = points - points.min(axis=0)
        points = 14 + points * (100 / max(1.0, points.max()))
    return _lines(_smooth(points, int(rng.integers(0, 4))), thickness=int(rng.integers(2, 8)))


def blot(rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radius = 40 * (1 + rng.normal(0, rng.uniform(0.02, 0.35), 14)).clip(0.3, 1.6)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    outline = (_around(t, radius) - CANVAS / 2) * [stretch, 1 / stretch] + CANVAS / 2
    outline = _smooth(np.concatenate((outline, outline[:1])), 2)
    return _lines(outline, thickness=2, closed=True, fill=True)
