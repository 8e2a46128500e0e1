"""Whole data sets as tensors, split once and for all into train, validation and test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from convdemo.errors import UserError, choose

if TYPE_CHECKING:
    import torch

SPLITS = ("train", "validation", "test")
VALIDATION_SIZE = 5_000  # or a tenth of what there is to train with, if that is less
SPLIT_SEED = 0


class DataMissingError(UserError):
    """A data set neither on disk nor to be had; it says what was looked for where."""


class Batches(Protocol):
    """What training draws from: an `ImageSet`, or a set that mixes several sources."""

    def __len__(self) -> int: ...

    def batches(
        self, size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]: ...


@dataclass(frozen=True)
class ImageSet:
    """Pictures (N, C, H, W) uint8 and labels (N,) int64 on one device."""

    images: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def of(cls, pictures: Sequence[np.ndarray] | np.ndarray, labels: Sequence[int]) -> ImageSet:
        """The set of pictures (H, W, C) uint8 of one size and their labels."""
        import torch

        images = np.ascontiguousarray(np.asarray(pictures).transpose(0, 3, 1, 2))
        return cls(torch.from_numpy(images), torch.tensor(labels, dtype=torch.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> ImageSet:
        """The same set on another device."""
        return ImageSet(self.images.to(device), self.labels.to(device))

    def take(self, count: int | None) -> ImageSet:
        """The first `count` pictures; everything for None."""
        return self if count is None else ImageSet(self.images[:count], self.labels[:count])

    def batches(
        self, size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Batches in order, or in an order drawn from `generator`; the last may be smaller."""
        import torch

        if generator is None:
            for start in range(0, len(self), size):
                yield self.images[start : start + size], self.labels[start : start + size]
            return
        order = torch.randperm(len(self), generator=generator).to(self.labels.device)
        for chosen in order.split(size):
            yield self.images[chosen], self.labels[chosen]


@dataclass(frozen=True)
class DatasetSpec:
    """What a data set is: its classes, its shape (C, H, W), its statistics and how to read it."""

    name: str
    title: str
    job: str  # "digits" or "clothes": the tab whose pictures it answers
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    # (data_dir, split, photos): downloads what is missing; only a set of photos needs their folder
    load: Callable[..., Any]
    preprocessing: str  # how a person's picture becomes a network's input: "digit", "garment", ...
    extra_classes: tuple[str, ...] = ()  # labels after the classes: what is none of them
    # For each label the classes of ImageNet that are most like it, for networks that start there.
    related: tuple[tuple[str, ...], ...] = ()


def split_indices(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Training and validation indices of `count` pictures, the same on every machine."""
    import torch

    held_out = min(VALIDATION_SIZE, count // 10)
    generator = torch.Generator().manual_seed(SPLIT_SEED)
    order = torch.randperm(count, generator=generator)
    return order[held_out:], order[:held_out]


def loader_of(read: Callable[[Path, bool], ImageSet]) -> Callable[..., ImageSet]:
    """What loads a split of a data set that comes in two parts, of which `read(data_dir, train)`
    reads one; some of its training pictures are the validation set. ValueError for no such split.
    """

    def load(data_dir: Path, split: str, photos: Path | None = None) -> ImageSet:
        choose("split", split, SPLITS)
        whole = read(data_dir, split != "test")
        if split == "test":
            return whole
        train, validation = split_indices(len(whole))
        chosen = train if split == "train" else validation
        return ImageSet(whole.images[chosen], whole.labels[chosen])

    return load
