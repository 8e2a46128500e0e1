"""The middle of a photo, as the bases take it: Pillow's pixels are those of their evaluation."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

# What EfficientNet-Lite0's weights were trained with, per channel, of pixels in 0..1.
LITE_MEAN, LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3


def middle_of(picture: np.ndarray, side: int, crop: float, resize: str) -> np.ndarray:
    """(3, side, side) float32 in 0..1 from a picture (H, W, 3) uint8: the middle of it.

    `crop` is the input's share of the resized picture's shorter side, `resize` says how a picture
    gets there, "bilinear" or "bicubic".
    """
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
