"""What is not one digit: letters, signs, shapes, scribbles, blots, and several digits at once.

A network that has seen only digits calls a letter A a four. `with_negatives` adds pictures of
what people draw instead, each prepared as the Draw tab prepares it, and digits of the same fonts,
so that the font alone says nothing. Letters that look like a digit (O, I, Z, S, ...) are left out.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from convdemo.data.dataset import ImageSet
from convdemo.data.negative_inks import HANGUL, blot, by_hand, scribble, shape, written
from convdemo.preprocessing.digit import frame_ink
from convdemo.preprocessing.steps import SIDE

# Those that come close to a digit (A to 4, L to 1, T to 7, U to 0) are drawn more often.
LETTERS = (
    "AAABBCDDDEFGGGHHJJJKLLLMNPQQRTTTUUUVWXYaaacddeefhiijjkmnprtuuvwx"
    "ΓΔΛΞΠΣΨΩαγηκλμνπτχψωДЖИЛПФЦШЫЮЯжилмнцшыюя"
)
SIGNS = "?!&%#@$€£¥+×÷=<>[]~^*©∞∑√≈≠±→←↑↓↔⇒★☆♥♡♦♣♠♪♫✓✗✚☺☹☀☂☎✈✂"
SYLLABLES = "가나다라마바사하한글자고노도로모구누두루무그스기니디리미비시치키티피히"
DIGITS = "0123456789"

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
        return blot(rng)
    if kind == "scribble":
        return scribble(rng)
    if kind == "shape":
        return by_hand(shape(rng), rng)
    if kind == "word":
        text = "".join(rng.choice(list(LETTERS[:64]), int(rng.integers(2, 5))))
    elif kind == "number":
        text = str(rng.integers(10, 1000))
    else:
        signs = {"letter": LETTERS, "sign": SIGNS, "syllable": SYLLABLES}[kind]
        text = str(rng.choice(list(signs)))
    return by_hand(written(text, rng, HANGUL.name if kind == "syllable" else None), rng)


def draw_negatives(count: int, digits: ImageSet, seed: int) -> ImageSet:
    """`count` pictures (N, 1, 28, 28): negatives, and font digits with their right labels.

    The labels of negatives are 10 (not a digit) and 11 (several), the places of EXTRA_CLASSES.
    """
    rng = np.random.default_rng(seed)
    names, chances = zip(*KINDS, strict=True)
    images, labels = np.zeros((count, 1, SIDE, SIDE), np.uint8), np.zeros(count, np.int64)
    for place in range(count):
        draw = rng.random()
        if draw < FONT_DIGITS:
            digit = int(rng.integers(10))
            ink, labels[place] = by_hand(written(DIGITS[digit], rng), rng), digit
        elif draw < FONT_DIGITS + ROWS:
            ink, labels[place] = _row(digits, rng), len(DIGITS) + 1
        else:
            kind = str(rng.choice(names, p=chances))
            ink, labels[place] = draw_kind(kind, digits, rng), len(DIGITS) + (kind == "number")
        images[place, 0] = frame_ink(np.ascontiguousarray(ink))
    return ImageSet(torch.from_numpy(images), torch.from_numpy(labels))


def with_negatives(digits: ImageSet, fraction: float, seed: int) -> ImageSet:
    """The digits and, for each of them, this fraction of a picture drawn by `draw_negatives`."""
    drawn = draw_negatives(round(fraction * len(digits)), digits, seed).to(digits.images.device)
    return ImageSet(
        torch.cat((digits.images, drawn.images)), torch.cat((digits.labels, drawn.labels))
    )
