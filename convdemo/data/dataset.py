"""Whole data sets as tensors, split once and for all into train, validation and test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch

SPLITS = ("train", "validation", "test")
VALIDATION_SIZE = 5_000  # or a tenth of what there is to train with, if that is less
SPLIT_SEED = 0

DIGITS = tuple(str(digit) for digit in range(10))
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class DataMissingError(ValueError):
    """A data set neither on disk nor to be had; it says what was looked for where."""


def default_data_dir() -> Path:
    """The cache folder for data sets: `CONVDEMO_DATA`, else the user's cache."""
    if folder := os.environ.get("CONVDEMO_DATA"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else _users_home() / ".cache") / "convdemo" / "data"


def home_dir() -> Path:
    """The user's own folder: `CONVDEMO_HOME`, else one in the user's home."""
    folder = os.environ.get("CONVDEMO_HOME")
    return Path(folder) if folder else _users_home() / ".convdemo"


def _users_home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise ValueError("this user has no home folder: name one with HOME") from error


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


def _torchvision_set(class_name: str, data_dir: Path, train: bool) -> ImageSet:
    """One of torchvision's MNIST-like sets, downloaded with a progress bar when it is not there."""
    import torch
    from torchvision import datasets

    source = getattr(datasets, class_name)
    folder = Path(data_dir)
    try:
        found = source(folder, train=train)
    except RuntimeError:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = source(folder, train=train, download=True)
        except (RuntimeError, OSError) as error:
            raise DataMissingError(
                f"{class_name} was looked for in {folder / class_name / 'raw'} and is not there, "
                f"and the download failed ({error}). Put its four idx files there, or name the "
                f"folder that holds {class_name}/raw with --data-dir or CONVDEMO_DATA."
            ) from error
    return ImageSet(found.data.unsqueeze(1), found.targets.to(torch.int64))


def split_indices(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Training and validation indices of `count` pictures, the same on every machine."""
    import torch

    held_out = min(VALIDATION_SIZE, count // 10)
    generator = torch.Generator().manual_seed(SPLIT_SEED)
    order = torch.randperm(count, generator=generator)
    return order[held_out:], order[:held_out]


def check_split(split: str) -> None:
    """ValueError naming the choices for a split that is none."""
    if split not in SPLITS:
        raise ValueError(f"split {split!r} is none of {', '.join(SPLITS)}")


def _load_torchvision(class_name: str) -> Callable[..., ImageSet]:
    def load(data_dir: Path, split: str, photos: Path | None = None) -> ImageSet:
        check_split(split)
        whole = _torchvision_set(class_name, data_dir, train=split != "test")
        if split == "test":
            return whole
        train, validation = split_indices(len(whole))
        chosen = train if split == "train" else validation
        return ImageSet(whole.images[chosen], whole.labels[chosen])

    return load


MNIST = DatasetSpec(
    name="mnist",
    title="MNIST",
    job="digits",
    classes=DIGITS,
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    load=_load_torchvision("MNIST"),
    preprocessing="digit",
)
FASHION_MNIST = DatasetSpec(
    name="fashion_mnist",
    title="Fashion-MNIST",
    job="clothes",
    classes=GARMENTS,
    shape=(1, 28, 28),
    mean=(0.2860,),
    std=(0.3530,),
    load=_load_torchvision("FashionMNIST"),
    preprocessing="garment",
)
