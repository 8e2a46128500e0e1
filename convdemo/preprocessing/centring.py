"""An image put into a black square: its mass in the middle, as in MNIST, or its box."""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.preprocessing.steps import SIDE


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """(row, column) of the image's mass in pixels; the middle of an image without any."""
    moments = cv2.moments(np.ascontiguousarray(image, np.float32))
    if moments["m00"] <= 0:
        return (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    return moments["m01"] / moments["m00"], moments["m10"] / moments["m00"]


def place(image: np.ndarray, top: int, left: int, side: int = SIDE) -> np.ndarray:
    """A black square of `side` pixels with the image's corner at (top, left), cut at its edges."""
    frame = np.zeros((side, side), image.dtype)
    rows = slice(max(top, 0), min(top + image.shape[0], side))
    columns = slice(max(left, 0), min(left + image.shape[1], side))
    frame[rows, columns] = image[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    return frame


def centre_by_mass(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A black square of `side` pixels with the image's mass in its middle, nothing cut off.

    The shift is in whole pixels, as in MNIST, so that nothing is blurred; the image must fit in.
    """
    row, column = centre_of_mass(image)
    middle = (side - 1) / 2
    top = min(max(round(middle - row), 0), side - image.shape[0])
    left = min(max(round(middle - column), 0), side - image.shape[1])
    return place(image, top, left, side)


def centre_by_box(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A black square of `side` pixels with the image in its middle."""
    return place(image, (side - image.shape[0]) // 2, (side - image.shape[1]) // 2, side)
