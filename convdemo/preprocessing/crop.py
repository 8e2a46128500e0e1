"""The middle of a photo, as the bases take it: Pillow's pixels are those of their evaluation."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from PIL import Image

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


def pixels_of(spec: Crop, picture: np.ndarray) -> np.ndarray:
    """(3, side, side) float32 in 0..1 from a picture (H, W, 3) uint8, as the weights were evaluated
    with: the middle of it, before the mean and the spread of each channel.
    """
    return middle_of(picture, spec.side, spec.crop, spec.resize)


def middle_of(picture: np.ndarray, side: int, crop: float, resize: str) -> np.ndarray:
    """The same where there is no spec; `resize` is "bilinear" or "bicubic"."""
    height, width = picture.shape[:2]
    shorter = math.floor(side / crop)
    longer = int(shorter * max(height, width) / min(height, width))
    size = (shorter, longer) if width <= height else (longer, shorter)
    image = Image.fromarray(picture)
    image = image if image.size == size else image.resize(size, Image.Resampling[resize.upper()])
    # As torchvision's resize and center_crop, without waiting for torch.
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    middle = np.asarray(image.crop((left, top, left + side, top + side)))
    return middle.transpose(2, 0, 1).astype(np.float32) * np.float32(1 / 255)
