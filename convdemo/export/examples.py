"""Ten simple pictures to prove an export with, where nobody gave any: drawn here, no photos."""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.images.decode import picture_from_ink

COUNT = 10
# Outlines of things, in tenths of a square: shirt, trousers, dress, bag, shoe.
_OUTLINES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((3, 2), (7, 2), (9, 4), (8, 5), (7, 4), (7, 8), (3, 8), (3, 4), (2, 5), (1, 4)),
    ((4, 1), (6, 1), (7, 9), (6, 9), (5, 4), (4, 9), (3, 9)),
    ((4, 1), (6, 1), (6, 4), (8, 9), (2, 9), (4, 4)),
    ((2, 4), (4, 4), (4, 2), (6, 2), (6, 4), (8, 4), (8, 8), (2, 8)),
    ((2, 4), (4, 3), (6, 5), (9, 6), (9, 8), (2, 8)),
)


def drawn_digits() -> tuple[np.ndarray, ...]:
    """Ten (H, W, 3) uint8 pictures of a digit in dark ink on white paper."""
    pictures = []
    for digit in range(COUNT):
        ink = np.zeros((240, 240), np.uint8)
        font, thickness = cv2.FONT_HERSHEY_SIMPLEX, 8 + 2 * (digit % 5)
        cv2.putText(ink, str(digit), (60, 185), font, 6, 255, thickness, cv2.LINE_AA)
        pictures.append(picture_from_ink(ink).rgb)
    return tuple(pictures)


def drawn_things() -> tuple[np.ndarray, ...]:
    """Ten (H, W, 3) uint8 pictures: something plain on a ground that grows lighter, of any size."""
    generator = np.random.default_rng(0)
    pictures = []
    for index in range(COUNT):
        height, width = 200 + 24 * (index % 4), 200 + 30 * (index % 3)
        light = np.linspace(190, 250, width)[None, :] - np.linspace(0, 30, height)[:, None]
        picture = np.repeat(light[:, :, None], 3, axis=2).astype(np.uint8)
        outline = np.array(_OUTLINES[index % len(_OUTLINES)]) * min(height, width) / 10
        shift = (width - min(height, width)) // 2, (height - min(height, width)) // 2
        colour = [int(value) for value in generator.integers(10, 150, 3)]
        points = np.rint(outline + shift).astype(np.int32)
        cv2.fillPoly(picture, [points], colour, cv2.LINE_AA)
        middle = (width // 2, height * 6 // 10)
        cv2.circle(picture, middle, 6 + 2 * index, [255 - one for one in colour], -1, cv2.LINE_AA)
        pictures.append(picture)
    return tuple(pictures)
