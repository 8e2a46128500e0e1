"""What every way from a picture to a network's input shares: its steps, and what comes out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from convdemo.images.resize import resize, shrink_to_fit

SIDE = 28
SHOWN_SIDE = 224


@dataclass(frozen=True, eq=False)
class PreprocessingStep:
    """One step of the preprocessing: the image (H, W) or (H, W, 3) uint8 that it left behind.

    `active` is False where it is off; `given` is the network's input where that is not `state` as
    (1, 28, 28). What is shown is made when somebody looks, as nobody does while a digit is drawn.
    """

    name: str
    state: np.ndarray
    active: bool
    given: np.ndarray | None = None

    @cached_property
    def image(self) -> np.ndarray:
        """(H, W) or (H, W, 3) uint8, at most SHOWN_SIDE pixels a side."""
        return shrink_to_fit(self.state, SHOWN_SIDE)

    @cached_property
    def pixels(self) -> np.ndarray:
        """(C, H, W) float32 in 0..1, what the network would get if the preprocessing ended here."""
        return to_input(self.state) if self.given is None else self.given


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network's input and how it came about.

    `pixels` is (C, H, W) float32 in 0..1, bright on black, before the network's mean and deviation;
    `empty` says that the picture holds nothing to look at. How else an input is looked at, the
    model's card says: its views. `turnable` says whether the network is asked in which direction
    the picture stands upright: "never", "always", or "if unknown" as it lies. `quarters` says by
    how many it was turned for that, counter-clockwise.
    """

    steps: tuple[PreprocessingStep, ...]
    pixels: np.ndarray
    empty: bool
    turnable: str = "never"
    quarters: int = 0

    def turned(self, quarters: int) -> Prepared:
        """The same with its input, and the last step, turned counter-clockwise by quarters."""
        if quarters % 4 == 0:
            return self

        def turn(array: np.ndarray, axes: tuple[int, int]) -> np.ndarray:
            return np.ascontiguousarray(np.rot90(array, quarters, axes))

        pixels = turn(self.pixels, (1, 2))
        last = [
            dataclasses.replace(step, state=turn(step.state, (0, 1)), given=pixels)
            for step in self.steps[-1:]
        ]
        steps = (*self.steps[:-1], *last)
        return dataclasses.replace(self, steps=steps, pixels=pixels, quarters=quarters)


def check_skipped(skip: frozenset[str], steps: tuple[str, ...]) -> None:
    """ValueError for what is to be skipped and is no step."""
    if unknown := skip - set(steps):
        raise ValueError(f"skip={sorted(unknown)}: the steps are {', '.join(steps)}")


def to_input(image: np.ndarray) -> np.ndarray:
    """(1, 28, 28) float32 in 0..1 from a uint8 image, colour as grey, squeezed as it is."""
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if image.shape != (SIDE, SIDE):
        image = resize(image, SIDE, SIDE)
    return (image.astype(np.float32) / 255)[None]
