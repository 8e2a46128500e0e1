"""What every way from a picture to a network's input shares: steps and a few image operations."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from convdemo.images.decode import Picture

SIDE = 28
THUMBNAIL_SIDE = 224


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the preprocessing, as it is shown to a visitor.

    `image` is a thumbnail, (H, W) or (H, W, 3) uint8; `pixels` is (1, 28, 28) float32 in 0..1, what
    the network would get if the preprocessing ended here; `active` is False where it is off.
    """

    name: str
    image: np.ndarray
    pixels: np.ndarray
    active: bool


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network's input and how it came about.

    `pixels` is (C, H, W) float32 in 0..1, bright on black, before the network's mean and deviation;
    `empty` says that the picture holds nothing to look at. How else an
    input is looked at, the model's card says: its views.
    `turnable` leaves it to the network in which of four directions the picture stands upright.
    """

    steps: tuple[Step, ...]
    pixels: np.ndarray
    empty: bool
    turnable: bool = False

    def turned(self, quarters: int) -> Prepared:
        """The same with its input, and the last step, turned counter-clockwise by quarters."""
        if quarters % 4 == 0:
            return self

        def turn(array: np.ndarray, axes: tuple[int, int]) -> np.ndarray:
            return np.ascontiguousarray(np.rot90(array, quarters, axes))

        pixels = turn(self.pixels, (1, 2))
        last = [
            dataclasses.replace(step, image=turn(step.image, (0, 1)), pixels=pixels)
            for step in self.steps[-1:]
        ]
        return dataclasses.replace(self, steps=(*self.steps[:-1], *last), pixels=pixels)


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


def square(picture: Picture, size: int) -> np.ndarray:
    """(3, size, size) uint8: the middle square of a picture, on white where it is transparent."""
    rgb = over_white(picture)
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(rgb[top : top + side, left : left + side])
    return np.ascontiguousarray(resize(middle, size, size).transpose(2, 0, 1))


def fit_into_box(image: np.ndarray, side: int) -> np.ndarray:
    """The image with its longer side at `side` pixels, aspect kept, the shorter at least 1."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    return resize(image, max(1, round(width * scale)), max(1, round(height * scale)))


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


def to_input(image: np.ndarray) -> np.ndarray:
    """(1, 28, 28) float32 in 0..1 from a uint8 image, colour as grey, squeezed as it is."""
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if image.shape != (SIDE, SIDE):
        image = resize(image, SIDE, SIDE)
    return (image.astype(np.float32) / 255)[None]


def thumbnail(image: np.ndarray) -> np.ndarray:
    """The image itself, reduced to a longest side of 224 pixels if it is larger."""
    return fit_into_box(image, THUMBNAIL_SIDE) if max(image.shape[:2]) > THUMBNAIL_SIDE else image


def make_step(name: str, image: np.ndarray, active: bool) -> Step:
    """The step that left this uint8 image behind."""
    return Step(name, thumbnail(image), to_input(image), active)
