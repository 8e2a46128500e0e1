"""Ten simple pictures to prove an export with, where nobody gave any: drawn here, no photos."""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.data.garment_photos.drawings.garments import DRAWN, draw_clothes
from convdemo.images.decode import Picture, over_white, picture_from_ink

COUNT = 10


def drawn_digits() -> tuple[np.ndarray, ...]:
    """Ten (H, W, 3) uint8 pictures of a digit in dark ink on white paper."""
    pictures = []
    for digit in range(COUNT):
        ink = np.zeros((240, 240), np.uint8)
        about = cv2.FONT_HERSHEY_SIMPLEX, 6, 255, 8 + 2 * (digit % 5), cv2.LINE_AA
        cv2.putText(ink, str(digit), (60, 185), *about)
        pictures.append(picture_from_ink(ink).rgb)
    return tuple(pictures)


def drawn_things() -> tuple[np.ndarray, ...]:
    """Ten (H, W, 3) uint8 pictures: a bag or shoes on white, of any size."""
    rng = np.random.default_rng(0)
    pictures = []
    for index in range(COUNT):
        drawing = draw_clothes(DRAWN[index % len(DRAWN)], rng)
        size = 200 + 30 * (index % 3), 200 + 24 * (index % 4)
        whole = over_white(Picture(drawing[..., :3], drawing[..., 3]))
        pictures.append(cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR))
    return tuple(pictures)
