"""The middle of a picture, as networks for photos take it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from convdemo.images.decode import Picture
from convdemo.images.operations import over_white, resize

if TYPE_CHECKING:
    import torch


# What EfficientNet-Lite0's weights were trained with, per channel, of pixels in 0..1.
LITE_MEAN, LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3


class Crop(Protocol):
    """How a network takes photos; a backbone's spec is one."""

    @property
    def side(self) -> int: ...  # of the input, in pixels

    @property
    def crop(self) -> float: ...  # the input's share of the resized picture's shorter side

    @property
    def resize(self) -> str: ...  # how a picture gets there


def square(picture: Picture, size: int) -> np.ndarray:
    """(3, size, size) uint8: the middle square of a picture, on white where it is transparent."""
    rgb = over_white(picture)
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(rgb[top : top + side, left : left + side])
    return np.ascontiguousarray(resize(middle, size, size).transpose(2, 0, 1))


def pixels_of(spec: Crop, picture: np.ndarray) -> torch.Tensor:
    """(3, side, side) in 0..1 from a picture (H, W, 3) uint8, as the weights were evaluated with:
    the middle of it, before the mean and the spread of each channel.
    """
    import torch
    from PIL import Image
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.v2 import functional

    image: Any = Image.fromarray(picture)  # Pillow's pixels are those of the evaluation
    shorter = math.floor(spec.side / spec.crop)
    image = functional.resize(image, [shorter], InterpolationMode(spec.resize))
    image = functional.to_image(functional.center_crop(image, [spec.side, spec.side]))
    return functional.to_dtype(image, torch.float32, scale=True)
