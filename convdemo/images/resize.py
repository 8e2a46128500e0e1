"""Pictures as arrays (H, W, 3) uint8 made larger, or smaller to fit."""

from __future__ import annotations

import cv2
import numpy as np


def is_grey(rgb: np.ndarray) -> bool:
    """Whether the three channels are alike."""
    red, green, blue = cv2.split(rgb)
    return np.array_equal(red, green) and np.array_equal(green, blue)


def resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The image at a new size: averaged where it shrinks, interpolated where it grows."""
    shrinks = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=method)


def fit_into_box(image: np.ndarray, side: int) -> np.ndarray:
    """The image with its longer side at `side` pixels, aspect kept, the shorter at least 1."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return resize(image, max(1, round(width * scale)), max(1, round(height * scale)))


def shrink_to_fit(image: np.ndarray, side: int) -> np.ndarray:
    """The image, its longer side reduced to `side` pixels where it is longer."""
    return fit_into_box(image, side) if max(image.shape[:2]) > side else image
