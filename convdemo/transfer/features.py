"""How photos get into a base, as they are or varied, and what a frozen base makes of them: computed
once, so that a head trains on it in a second."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from convdemo.data.image_folders.photo_set import PhotoSet, Progress
from convdemo.inference.tta import normalise
from convdemo.networks.backbones import BackboneSpec

AREA = (0.5, 1.0)  # of the photo, that a view to train with shows
ASPECT = (3 / 4, 4 / 3)
READ_AT_ONCE = 4  # photos; eight would take a sixth less time on a processor, and 90 MB more


class StoppedError(ValueError):
    """Somebody said that it should not go on."""


@dataclass(frozen=True)
class Traps:
    """Two classic mistakes, to be made on purpose."""

    batch_norm: bool = False  # left in training mode while the frozen base reads
    normalisation: bool = False  # forgotten for the photos that validate, and in use


NO_TRAPS = Traps()


@dataclass(frozen=True, eq=False)
class Features:
    """(N, D) of the photos to train with, `copies` for each, and of those that validate."""

    training: torch.Tensor
    training_labels: torch.Tensor
    validation: torch.Tensor
    validation_labels: torch.Tensor
    copies: int


def as_read(spec: BackboneSpec, photos: Sequence[np.ndarray]) -> torch.Tensor:
    """(N, 3, side, side) in 0..1: resized, and the middle cut out."""
    return torch.from_numpy(np.stack([spec.pixels_of(photo) for photo in photos]))


def varied(
    spec: BackboneSpec, photos: Sequence[np.ndarray], generator: torch.Generator
) -> torch.Tensor:
    """(N, 3, side, side) in 0..1: a part of each photo at random, half of them mirrored."""
    return torch.stack([_varied(spec, photo, generator) for photo in photos])


def _varied(spec: BackboneSpec, photo: np.ndarray, generator: torch.Generator) -> torch.Tensor:
    from torchvision.transforms import InterpolationMode, v2

    height, width = photo.shape[:2]
    top, left, tall, wide = _part(height, width, generator)
    image = torch.from_numpy(photo).permute(2, 0, 1)
    view = v2.functional.resized_crop(
        image, top, left, tall, wide, [spec.side, spec.side], InterpolationMode(spec.resize)
    )
    if torch.rand((), generator=generator) < 0.5:
        view = view.flip(2)
    return v2.functional.to_dtype(view, torch.float32, scale=True)


def _part(height: int, width: int, generator: torch.Generator) -> tuple[int, int, int, int]:
    """(top, left, height, width) of a part with a random area and aspect, as large as fits."""
    area, aspect, down, right = torch.rand(4, generator=generator).tolist()
    size = height * width * (AREA[0] + area * (AREA[1] - AREA[0]))
    low, high = math.log(ASPECT[0]), math.log(ASPECT[1])
    ratio = math.exp(low + aspect * (high - low))
    wide = max(1, min(width, round(math.sqrt(size * ratio))))
    tall = max(1, min(height, round(math.sqrt(size / ratio))))
    return round(down * (height - tall)), round(right * (width - wide)), tall, wide


def compute_features(
    base: nn.Sequential,
    spec: BackboneSpec,
    photos: PhotoSet,
    indices: tuple[np.ndarray, np.ndarray],
    *,
    copies: int = 2,
    seed: int = 0,
    traps: Traps = NO_TRAPS,
    progress: Progress = lambda done, of: True,
) -> Features:
    """What the stages before the output make of the photos at `indices`, (training, validation).

    The first copy of a photo is the photo as it is read, the second its mirror image, further ones
    are random parts of it. StoppedError where `progress` says not to go on.
    """
    body = base[:-1]
    to_train, to_validate = indices
    generator = torch.Generator().manual_seed(seed)
    total, done = copies * len(to_train) + len(to_validate), 0
    found: list[list[torch.Tensor]] = [[] for _ in range(copies)]
    validated: list[torch.Tensor] = []
    for copy in range(copies):
        for chosen in batches(to_train):
            pixels = photos.pixels(chosen)
            x = varied(spec, pixels, generator) if copy > 1 else as_read(spec, pixels)
            x = x.flip(3) if copy == 1 else x
            found[copy].append(read(body, spec, x, training=traps.batch_norm))
            done += len(chosen)
            if not progress(done, total):
                raise StoppedError("the features were not computed to their end")
    for chosen in batches(to_validate):
        x = as_read(spec, photos.pixels(chosen))
        validated.append(read(body, spec, x, plain=traps.normalisation))
        done += len(chosen)
        if not progress(done, total):
            raise StoppedError("the features were not computed to their end")
    labels = torch.from_numpy(photos.labels)
    return Features(
        torch.cat([part for parts in found for part in parts]),
        labels[to_train].repeat(copies),
        torch.cat(validated),
        labels[to_validate],
        copies,
    )


def batches(indices: np.ndarray) -> Iterator[list[int]]:
    for start in range(0, len(indices), READ_AT_ONCE):
        yield indices[start : start + READ_AT_ONCE].tolist()


def scored(logits: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """The mean cross-entropy of (N, classes) scores, and the share of right answers."""
    right = float((logits.argmax(dim=1) == labels).float().mean())
    return float(functional.cross_entropy(logits, labels)), right


def device_of(network: nn.Module) -> torch.device:
    """Where a network computes."""
    return next(network.parameters()).device


@torch.no_grad()
def read(
    network: nn.Module,
    spec: BackboneSpec,
    x: torch.Tensor,
    *,
    training: bool = False,
    plain: bool = False,
) -> torch.Tensor:
    """What a network makes of pixels (N, 3, side, side) in 0..1, wherever it is; the answer is on
    the processor. It ends in eval mode.
    """
    x = x.to(device_of(network))
    x = x * 255 if plain else normalise(x, spec.mean, spec.std)
    network.train(training)
    try:
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
        return network(x.contiguous(memory_format=torch.channels_last)).cpu()
    finally:
        network.eval()
