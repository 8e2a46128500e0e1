"""The classic techniques of augmentation: what each may be set to, what it draws, what it does.

torchvision's operations do the work where it has them. Its draws are made here in the same order,
from a generator of their own, so that a tile can be told and equals torchvision's for its seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torchvision.transforms import InterpolationMode, v2

from convdemo.augmentation.policies import AppliedOperation, Draws

# What fills the places that no pixel comes to: one colour, or OpenCV's ways to go on.
FILLS: dict[str, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "nearest": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT,
    "wrap": cv2.BORDER_WRAP,
}
RATIO = (3 / 4, 4 / 3)  # of a random crop's width to its height
CROP_TRIES = 10

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """One thing to choose; with two values in `default` a range, from which a value is drawn."""

    name: str
    low: float
    high: float
    step: float
    default: tuple[float, ...]
    unit: str


Apply = Callable[[torch.Tensor, Settings, str, Draws], tuple[torch.Tensor, AppliedOperation]]


@dataclass(frozen=True)
class Technique:
    """A technique by name.

    `apply` takes a picture (3, H, W) uint8, settings, the fill and draws; it gives another one and
    what was drawn.
    """

    name: str
    settings: tuple[Setting, ...]
    apply: Apply
    fills: bool = False  # whether places come into being that no pixel comes to


def warped(
    image: torch.Tensor,
    fill: str,
    *,
    angle: float = 0.0,
    translate: tuple[int, int] = (0, 0),
    scale: float = 1.0,
    shear: float = 0.0,
) -> torch.Tensor:
    """The picture turned clockwise (degrees), moved (pixels), scaled and slanted (degrees)."""
    if fill == "constant":
        return v2.functional.affine(
            image,
            angle=angle,
            translate=list(translate),
            scale=scale,
            shear=[shear, 0.0],
            interpolation=InterpolationMode.BILINEAR,
            fill=[0.0],
        )
    height, width = image.shape[1:]
    turn, slant = math.radians(angle), math.tan(math.radians(shear))
    cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
    linear = np.array([[cosine, -cosine * slant - sine], [sine, cosine - sine * slant]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.column_stack((linear, middle + translate - linear @ middle))
    pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
    moved = cv2.warpAffine(
        pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=FILLS[fill]
    )
    return torch.from_numpy(moved).permute(2, 0, 1)


def blur_kernel(most: float) -> int:
    """The side of the kernel that holds three standard deviations to each side."""
    return 2 * math.ceil(3 * most) + 1


def _describe(name: str, magnitude: float | None, unit: str, **values: float) -> AppliedOperation:
    return AppliedOperation(name, 1.0, True, magnitude, unit, values=values or None)


def _coin(name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Apply:
    def apply(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
        applied = draws.share() < chosen["chance"]
        operation = AppliedOperation(name, float(chosen["chance"]), applied, None, "")
        return (change(image) if applied else image), operation

    return apply


def _rotate(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    angle = draws.uniform(*chosen["degrees"])
    return warped(image, fill, angle=angle), _describe("rotate", angle, "degrees")


def _shift(axis: int) -> Apply:
    name = ("shift_x", "shift_y")[axis]

    def apply(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
        draws.uniform(0, 0)  # torchvision draws an angle first, and both directions
        sides = [0.0, 0.0]
        sides[axis] = chosen["share"] * image.shape[2 - axis]
        x, y = (round(draws.uniform(-side, side)) for side in sides)
        return warped(image, fill, translate=(x, y)), _describe(name, float((x, y)[axis]), "pixels")

    return apply


def _shear(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    draws.uniform(0, 0)
    shear = draws.uniform(*chosen["degrees"])
    return warped(image, fill, shear=shear), _describe("shear", shear, "degrees")


def _zoom(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    draws.uniform(0, 0)
    scale = draws.uniform(*chosen["factor"])
    return warped(image, fill, scale=scale), _describe("zoom", scale, "factor")


def _blur(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    sigma = draws.uniform(*chosen["sigma"])
    side = blur_kernel(chosen["sigma"][1])
    blurred = v2.functional.gaussian_blur(image, [side, side], [sigma, sigma])
    return blurred, _describe("blur", sigma, "sigma")


def _brightness(name: str) -> Apply:
    def apply(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
        torch.randperm(4, generator=draws.generator)  # the order of ColorJitter's operations
        factor = draws.uniform(*chosen["factor"])
        return v2.functional.adjust_brightness(image, factor), _describe(name, factor, "factor")

    return apply


def _noise(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    grain = draws.normal(image.shape) * chosen["sigma"]
    noisy = (v2.functional.to_dtype(image, torch.float32, scale=True) + grain).clamp(0, 1)
    made = v2.functional.to_dtype(noisy, torch.uint8, scale=True)
    return made, _describe("noise", float(chosen["sigma"]), "share")


def _crop(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    width, height = int(chosen["width"]), int(chosen["height"])
    top = draws.below(image.shape[1] - height + 1) if image.shape[1] > height else 0
    left = draws.below(image.shape[2] - width + 1) if image.shape[2] > width else 0
    cut = image[:, top : top + height, left : left + width]
    return cut, _describe("crop", None, "", left=left, top=top, width=width, height=height)


def _resize(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    width, height = int(chosen["width"]), int(chosen["height"])
    made = v2.functional.resize(image, [height, width], antialias=True)
    return made, _describe("resize", None, "", width=width, height=height)


def _resized_crop(image: torch.Tensor, chosen: Settings, fill: str, draws: Draws):
    height, width = image.shape[1:]
    ratios = torch.log(torch.tensor(RATIO)).tolist()
    for _ in range(CROP_TRIES):
        area = height * width * draws.uniform(*chosen["area"])
        ratio = torch.exp(torch.empty(1).uniform_(*ratios, generator=draws.generator)).item()
        wide, tall = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < wide <= width and 0 < tall <= height:
            top, left = draws.below(height - tall + 1), draws.below(width - wide + 1)
            break
    else:  # the middle, as much of it as the ratio allows
        wide = min(width, round(height * RATIO[1]))
        tall = min(height, round(width / RATIO[0]))
        top, left = (height - tall) // 2, (width - wide) // 2
    size = [int(chosen["height"]), int(chosen["width"])]
    made = v2.functional.resized_crop(image, top, left, tall, wide, size, antialias=True)
    share = wide * tall / (width * height)
    operation = _describe(
        "resized_crop", share, "area", left=left, top=top, width=wide, height=tall
    )
    return made, operation


def _chance(default: float) -> tuple[Setting, ...]:
    return (Setting("chance", 0, 1, 0.05, (default,), "chance"),)


def _size(default: int) -> tuple[Setting, ...]:
    return tuple(Setting(name, 4, 640, 1, (default,), "pixels") for name in ("width", "height"))


TECHNIQUES: dict[str, Technique] = {
    one.name: one
    for one in (
        Technique("hflip", _chance(0.5), _coin("hflip", v2.functional.horizontal_flip)),
        Technique("vflip", _chance(0.5), _coin("vflip", v2.functional.vertical_flip)),
        Technique(
            "rotate",
            (Setting("degrees", -360, 360, 1, (-45, 45), "degrees"),),
            _rotate,
            fills=True,
        ),
        Technique(
            "shift_x", (Setting("share", 0, 0.5, 0.01, (0.1,), "share"),), _shift(0), fills=True
        ),
        Technique(
            "shift_y", (Setting("share", 0, 0.5, 0.01, (0.1,), "share"),), _shift(1), fills=True
        ),
        Technique(
            "shear", (Setting("degrees", -60, 60, 1, (-20, 20), "degrees"),), _shear, fills=True
        ),
        Technique(
            "zoom", (Setting("factor", 0.3, 3, 0.05, (0.7, 1.3), "factor"),), _zoom, fills=True
        ),
        Technique("blur", (Setting("sigma", 0.1, 3, 0.1, (0.1, 2), "pixels"),), _blur),
        Technique(
            "brighter",
            (Setting("factor", 1, 3, 0.05, (1.2, 1.8), "factor"),),
            _brightness("brighter"),
        ),
        Technique(
            "darker", (Setting("factor", 0, 1, 0.05, (0.3, 0.8), "factor"),), _brightness("darker")
        ),
        Technique("noise", (Setting("sigma", 0, 0.5, 0.01, (0.1,), "share"),), _noise),
        Technique(
            "grayscale",
            _chance(0.5),
            _coin("grayscale", lambda image: v2.functional.rgb_to_grayscale(image, 3)),
        ),
        Technique("crop", _size(96), _crop),
        Technique("resize", _size(224), _resize),
        Technique(
            "resized_crop",
            (*_size(224), Setting("area", 0.05, 1, 0.01, (0.08, 1), "share")),
            _resized_crop,
        ),
    )
}
