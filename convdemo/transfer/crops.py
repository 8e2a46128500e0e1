"""How a photo gets into a base: as it is read, and varied as it is trained with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from convdemo.networks.backbones import BackboneSpec

AREA = (0.5, 1.0)  # of the photo, that a view to train with shows
ASPECT = (3 / 4, 4 / 3)


def as_read(spec: BackboneSpec, photos: Sequence[np.ndarray]) -> torch.Tensor:
    """(N, 3, side, side) in 0..1: resized, and the middle cut out."""
    return torch.from_numpy(np.stack([spec.pixels_of(photo) for photo in photos]))


def varied(
    spec: BackboneSpec, photos: Sequence[np.ndarray], generator: torch.Generator
) -> torch.Tensor:
    """(N, 3, side, side) in 0..1: a part of each photo at random, half of them mirrored."""
    return torch.stack([_varied(spec, photo, generator) for photo in photos])


def _varied(spec: BackboneSpec, photo: np.ndarray, generator: torch.Generator) -> torch.Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.v2 import functional

    height, width = photo.shape[:2]
    top, left, tall, wide = _part(height, width, generator)
    image = torch.from_numpy(photo).permute(2, 0, 1)
    view = functional.resized_crop(
        image, top, left, tall, wide, [spec.side, spec.side], InterpolationMode(spec.resize)
    )
    if torch.rand((), generator=generator) < 0.5:
        view = view.flip(2)
    return functional.to_dtype(view, torch.float32, scale=True)


def _part(height: int, width: int, generator: torch.Generator) -> tuple[int, int, int, int]:
    """(top, left, height, width) of a part with a random area and aspect, as large as fits."""
    area, aspect, down, right = torch.rand(4, generator=generator).tolist()
    size = height * width * (AREA[0] + area * (AREA[1] - AREA[0]))
    low, high = math.log(ASPECT[0]), math.log(ASPECT[1])
    ratio = math.exp(low + aspect * (high - low))
    wide = max(1, min(width, round(math.sqrt(size * ratio))))
    tall = max(1, min(height, round(math.sqrt(size / ratio))))
    return round(down * (height - tall)), round(right * (width - wide)), tall, wide
