"""Operations on pictures as arrays (H, W, 3) uint8: onto white, resized, fitted."""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.images.decode import Picture

THUMBNAIL_SIDE = 224


def over_white(picture: Picture) -> np.ndarray:
    """(H, W, 3) uint8: the picture's colours, on white where it is transparent."""
    if picture.alpha is None:
        return picture.rgb
    share = picture.alpha[..., None].astype(np.float32) / 255
    return np.rint(picture.rgb * share + 255 * (1 - share)).astype(np.uint8)


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


def thumbnail(image: np.ndarray) -> np.ndarray:
    """The image itself, reduced to a longest side of 224 pixels if it is larger."""
    return fit_into_box(image, THUMBNAIL_SIDE) if max(image.shape[:2]) > THUMBNAIL_SIDE else image
