"""The middle square of a picture, as networks for small photos take it."""

from __future__ import annotations

import numpy as np

from convdemo.images.decode import Picture, over_white
from convdemo.images.resize import resize


def square(picture: Picture, size: int) -> np.ndarray:
    """(3, size, size) uint8: the middle square of a picture, on white where it is transparent."""
    rgb = over_white(picture)
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(rgb[top : top + side, left : left + side])
    return np.ascontiguousarray(resize(middle, size, size).transpose(2, 0, 1))
