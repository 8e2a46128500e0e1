"""What is not one digit: letters, signs, shapes, scribbles, blots, and several digits at once.

A network that has seen only digits calls a letter A a four. `with_negatives` adds pictures of
what people draw instead, each prepared as the Draw tab prepares it, and digits of the same fonts,
so that the font alone says nothing. Letters that look like a digit (O, I, Z, S, ...) are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .drawing import frame_ink
from .preprocess import SIDE

if TYPE_CHECKING:
    from torch import nn

    from .data import ImageSet

# Of true digits these shares may get the notice: as MNIST has them, and as `other_hands` changes
# them, which is more than most hands do.
MOST_FALSE, MOST_FALSE_CHANGED = 0.002, 0.01
HELD_OUT = 2000  # negatives that no training has seen, of which a card says how many are noticed
# Outputs of a digit network after its ten classes, in this order.
EXTRA_CLASSES = ("not_a_digit", "several")

# Those that come close to a digit (A to 4, L to 1, T to 7, U to 0) are drawn more often.
LETTERS = (
    "AAABBCDDDEFGGGHHJJJKLLLMNPQQRTTTUUUVWXYaaacddeefhiijjkmnprtuuvwx"
    "ΓΔΛΞΠΣΨΩαγηκλμνπτχψωДЖИЛПФЦШЫЮЯжилмнцшыюя"
)
SIGNS = "?!&%#@$€£¥+×÷=<>[]~^*©∞∑√≈≠±→←↑↓↔⇒★☆♥♡♦♣♠♪♫✓✗✚☺☹☀☂☎✈✂"
SYLLABLES = "가나다라마바사하한글자고노도로모구누두루무그스기니디리미비시치키티피히"
DIGITS = "0123456789"

CANVAS = 128
# How often each kind is drawn.
KINDS: tuple[tuple[str, float], ...] = (
    ("letter", 0.5),
    ("sign", 0.07),
    ("syllable", 0.05),
    ("shape", 0.14),
    ("scribble", 0.07),
    ("blot", 0.04),
    ("word", 0.03),
    ("overlaid", 0.04),
    ("number", 0.06),
)
# Of all added pictures: digits of the same fonts, with their right labels, and MNIST's in a row.
FONT_DIGITS, ROWS = 0.2, 0.12

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
_HANGUL = Path(__file__).parent / "fonts" / "NanumSquareR.ttf"


@cache
def _typeface(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib

    path = _HANGUL if name == _HANGUL.name else Path(matplotlib.get_data_path(), "fonts/ttf", name)
    return ImageFont.truetype(path, 72)


def _written(text: str, rng: np.random.Generator, typeface: str | None = None) -> np.ndarray:
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


def _by_hand(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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


def _shape(rng: np.random.Generator) -> np.ndarray:
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


def _scribble(rng: np.random.Generator) -> np.ndarray:
    count = int(rng.integers(7, 26))
    if rng.random() < 0.5:
        points = rng.uniform(14, CANVAS - 14, (count, 2))
    else:
        points = CANVAS / 2 + np.cumsum(rng.normal(0, 22, (count, 2)), axis=0)
        points = points - points.min(axis=0)
        points = 14 + points * (100 / max(1.0, points.max()))
    return _lines(_smooth(points, int(rng.integers(0, 4))), thickness=int(rng.integers(2, 8)))


def _blot(rng: np.random.Generator) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    radius = 40 * (1 + rng.normal(0, rng.uniform(0.02, 0.35), 14)).clip(0.3, 1.6)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    outline = (_around(t, radius) - CANVAS / 2) * [stretch, 1 / stretch] + CANVAS / 2
    outline = _smooth(np.concatenate((outline, outline[:1])), 2)
    return _lines(outline, thickness=2, closed=True, fill=True)


def _overlaid(digits: ImageSet, rng: np.random.Generator) -> np.ndarray:
    """Two digits one over the other; not of ones, which would be a slash."""
    while True:
        places = rng.integers(len(digits), size=2)
        first, second = digits.labels[places].tolist()
        if first != second and 1 not in (first, second):
            inks = [digits.images[place, 0].numpy() for place in places]
            return np.maximum(inks[0], np.roll(inks[1], rng.integers(-4, 5, 2), (0, 1)))


def _ink_box(ink: np.ndarray) -> np.ndarray:
    left, top, width, height = cv2.boundingRect((ink > 76).astype(np.uint8))
    return ink[top : top + height, left : left + width]


def beside(inks: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Digits written one beside the other, as the numbers that people try."""
    scales = rng.uniform(0.8, 1.2, len(inks))
    boxes = [_ink_box(ink) for ink in inks]
    boxes = [cv2.resize(b, None, fx=3 * s, fy=3 * s) for b, s in zip(boxes, scales, strict=True)]
    height = max(box.shape[0] for box in boxes) + 12
    columns: list[np.ndarray] = []
    for box in boxes:
        above = int(rng.integers(0, height - box.shape[0] + 1))
        below = height - box.shape[0] - above
        gap = int(rng.integers(1, 40))
        columns += [np.pad(box, ((above, below), (0, 0))), np.zeros((height, gap), np.uint8)]
    return np.hstack(columns[:-1])


def _row(digits: ImageSet, rng: np.random.Generator) -> np.ndarray:
    count = int(rng.choice([2, 3, 4], p=[0.75, 0.2, 0.05]))
    places = rng.integers(len(digits), size=count)
    return beside([digits.images[place, 0].numpy() for place in places], rng)


def draw_kind(kind: str, digits: ImageSet, rng: np.random.Generator) -> np.ndarray:
    """The (H, W) uint8 ink of one picture of a kind."""
    if kind == "overlaid":
        return _overlaid(digits, rng)
    if kind == "blot":
        return _blot(rng)
    if kind == "scribble":
        return _scribble(rng)
    if kind == "shape":
        return _by_hand(_shape(rng), rng)
    if kind == "syllable":
        return _by_hand(_written(str(rng.choice(list(SYLLABLES))), rng, _HANGUL.name), rng)
    if kind == "sign":
        return _by_hand(_written(str(rng.choice(list(SIGNS))), rng), rng)
    if kind == "word":
        length = int(rng.integers(2, 5))
        return _by_hand(_written("".join(rng.choice(list(LETTERS[:64]), length)), rng), rng)
    if kind == "number":
        return _by_hand(_written(str(rng.integers(10, 1000)), rng), rng)
    return _by_hand(_written(str(rng.choice(list(LETTERS))), rng), rng)


def draw_negatives(count: int, digits: ImageSet, seed: int) -> ImageSet:
    """`count` pictures (N, 1, 28, 28): negatives, and font digits with their right labels.

    The labels of negatives are 10 (not a digit) and 11 (several), the places of EXTRA_CLASSES.
    """
    import torch

    from .data import ImageSet

    rng = np.random.default_rng(seed)
    names, chances = zip(*KINDS, strict=True)
    images, labels = np.zeros((count, 1, SIDE, SIDE), np.uint8), np.zeros(count, np.int64)
    for place in range(count):
        draw = rng.random()
        if draw < FONT_DIGITS:
            digit = int(rng.integers(10))
            ink, labels[place] = _by_hand(_written(DIGITS[digit], rng), rng), digit
        elif draw < FONT_DIGITS + ROWS:
            ink, labels[place] = _row(digits, rng), len(DIGITS) + 1
        else:
            kind = str(rng.choice(names, p=chances))
            ink, labels[place] = draw_kind(kind, digits, rng), len(DIGITS) + (kind == "number")
        images[place, 0] = frame_ink(np.ascontiguousarray(ink))
    return ImageSet(torch.from_numpy(images), torch.from_numpy(labels))


def with_negatives(digits: ImageSet, fraction: float, seed: int) -> ImageSet:
    """The digits and, for each of them, this fraction of a picture drawn by `draw_negatives`."""
    import torch

    from .data import ImageSet

    drawn = draw_negatives(round(fraction * len(digits)), digits, seed).to(digits.images.device)
    return ImageSet(
        torch.cat((digits.images, drawn.images)), torch.cat((digits.labels, drawn.labels))
    )


def threshold_for(network: nn.Module, digits: ImageSet, seed: int, **about: Any) -> dict[str, Any]:
    """For a card: how probable the outputs after the ten classes must be together for a notice.

    Chosen on digits held out from training, as they are and as other hands write them; `about` is
    what `read_set` is told.
    """
    import torch

    from .data import ImageSet
    from .evaluation import read_set
    from .handwriting import other_hands

    generator = torch.Generator().manual_seed(seed)
    device = digits.images.device
    others = other_hands(digits.images.float() / 255, digits.labels, generator)
    others = (others * 255).round().clamp(0, 255).to(torch.uint8)
    drawn = draw_negatives(HELD_OUT, digits, seed + 1_000_000)

    def unlike(images: torch.Tensor) -> torch.Tensor:
        chosen = ImageSet(images, digits.labels.new_zeros(len(images)))
        return read_set(network, chosen.to(device), **about)[:, len(DIGITS) :].sum(dim=1).cpu()

    true = [unlike(digits.images), unlike(others)]
    most = (MOST_FALSE, MOST_FALSE_CHANGED)
    quantiles = (values.quantile(1 - share) for values, share in zip(true, most, strict=True))
    threshold = round(max(map(float, quantiles)), 3)
    negatives = unlike(drawn.images[drawn.labels >= len(DIGITS)])
    return {
        "threshold": threshold,
        "most_false": most,
        "digits_noticed": [float((values >= threshold).float().mean()) for values in true],
        "negatives_noticed": float((negatives >= threshold).float().mean()),
        "n": {"digits": len(digits), "negatives": len(negatives)},
    }
