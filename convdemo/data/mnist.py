"""MNIST and Fashion-MNIST, through torchvision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from convdemo.data.dataset import DataMissingError, DatasetSpec, ImageSet, load_split

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


def _load_torchvision(class_name: str) -> Callable[..., ImageSet]:
    def load(data_dir: Path, split: str, photos: Path | None = None) -> ImageSet:
        return load_split(partial(_torchvision_set, class_name, data_dir), split)

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
# Outputs of a digit network after its ten classes, in this order.
EXTRA_CLASSES = ("not_a_digit", "several")
