"""Does the label survive? One technique at every strength it can have, read by a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import adjust_brightness

from convdemo.augmentation.classic_techniques import blur_kernel, warped
from convdemo.errors import UserError, choose
from convdemo.images.decode import Picture
from convdemo.images.resize import shrink_to_fit
from convdemo.inference.library import Trained
from convdemo.inference.predict import predict_picture

SIDE = 320  # a larger picture is reduced first: it is read some forty times
SEED = 0  # of the noise, the same grain at every strength

Change = Callable[[torch.Tensor, float, str], torch.Tensor]  # (picture, strength, fill)


@dataclass(frozen=True)
class Axis:
    """A technique and the strengths it is swept over; at `neutral` it changes nothing."""

    name: str
    low: float
    high: float
    unit: str
    neutral: float
    points: int
    change: Change


@dataclass(frozen=True)
class Point:
    """What a model reads at one strength; `label` is None where there is a `notice`."""

    value: float
    label: str | None
    notice: str | None
    probability: float  # of the class that was asked for
    best: float  # of the class it reads


@dataclass(frozen=True)
class Sweep:
    """The points of an axis in order, of the class `label`, and what flips do to it."""

    label: str
    points: tuple[Point, ...]
    flips: dict[str, Point]


def _blurred(image: torch.Tensor, sigma: float, fill: str) -> torch.Tensor:
    if sigma <= 0:
        return image
    # No wider than the picture allows: what is cut off of the bell weighs nearly nothing.
    side = min(blur_kernel(sigma), 2 * min(image.shape[1:]) - 1)
    return v2.functional.gaussian_blur(image, [side, side], [sigma, sigma])


def _noisy(image: torch.Tensor, sigma: float, fill: str) -> torch.Tensor:
    grain = torch.randn(image.shape, generator=torch.Generator().manual_seed(SEED))
    return (image + grain * (255 * sigma)).clamp(0, 255).round().to(torch.uint8)


def _moved(axis: int) -> Change:
    def change(image: torch.Tensor, share: float, fill: str) -> torch.Tensor:
        pixels = round(share * image.shape[2 - axis])
        return warped(image, fill, translate=(pixels, 0) if axis == 0 else (0, pixels))

    return change


AXES: dict[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis("rotate", -180, 180, "degrees", 0, 37, lambda x, to, fill: warped(x, fill, angle=to)),
        Axis("shift_x", -0.5, 0.5, "share", 0, 41, _moved(0)),
        Axis("shift_y", -0.5, 0.5, "share", 0, 41, _moved(1)),
        Axis("shear", -60, 60, "degrees", 0, 41, lambda x, to, fill: warped(x, fill, shear=to)),
        Axis("zoom", 0.2, 3, "factor", 1, 29, lambda x, to, fill: warped(x, fill, scale=to)),
        Axis("blur", 0, 8, "pixels", 0, 33, _blurred),
        Axis("brightness", 0, 3, "factor", 1, 31, lambda x, to, fill: adjust_brightness(x, to)),
        Axis("noise", 0, 0.6, "share", 0, 31, _noisy),
    )
}
FLIPS: dict[str, Change] = {
    "hflip": lambda x, to, fill: v2.functional.horizontal_flip(x),
    "vflip": lambda x, to, fill: v2.functional.vertical_flip(x),
}


def sweep(
    trained: Trained, image: np.ndarray, axis: str, fill: str = "constant", label: str | None = None
) -> Sweep:
    """How a model reads a picture (H, W, 3) uint8 at every strength of an axis.

    `label` is the class it should be read as; None takes what the picture itself is read as.
    ValueError for axes and labels that are not there, and where nothing is read.
    """
    choose("axis", axis, AXES)
    classes = trained.card.classes
    if label is not None:
        choose("label", label, classes)
    small = shrink_to_fit(image, SIDE)
    tensor = torch.from_numpy(np.ascontiguousarray(small)).permute(2, 0, 1)
    if label is None:
        own = predict_picture(trained, Picture(small))
        if not own.probabilities:
            raise UserError("nothing is read in the picture as it is")
        label = own.label or max(own.probabilities, key=own.probabilities.__getitem__)

    def point(change: Change, value: float) -> Point:
        changed = np.ascontiguousarray(change(tensor, value, fill).permute(1, 2, 0).numpy())
        said = predict_picture(trained, Picture(changed))
        best = max(said.probabilities.values(), default=0.0)
        return Point(value, said.label, said.notice, said.probabilities.get(label, 0.0), best)

    chosen = AXES[axis]
    values = np.linspace(chosen.low, chosen.high, chosen.points)
    points = tuple(point(chosen.change, round(float(value), 4)) for value in values)
    return Sweep(label, points, {name: point(change, 1.0) for name, change in FLIPS.items()})
