"""MNIST and Fashion-MNIST, through torchvision."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from convdemo.data.dataset import DataMissingError, DatasetSpec, ImageSet, loader_of

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
_FILES = tuple(
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)


def is_downloaded(data_dir: Path, class_name: str = "MNIST") -> bool:
    """Whether the files of one of torchvision's MNIST-like sets are there."""
    return all((Path(data_dir) / class_name / "raw" / name).is_file() for name in _FILES)


def _torchvision_set(class_name: str, data_dir: Path, train: bool) -> ImageSet:
    """One of torchvision's MNIST-like sets, downloaded with a progress bar when it is not there."""
    from torchvision import datasets

    source = getattr(datasets, class_name)
    folder = Path(data_dir)
    raw = folder / class_name / "raw"
    try:
        return _as_set(source(folder, train=train))
    except Exception as error:  # torchvision checks nothing: each kind of damage has its own
        if is_downloaded(folder, class_name):
            raise DataMissingError(
                f"The files of {class_name} in {raw} are damaged, or are not {class_name} "
                f"({type(error).__name__}: {error}). Remove them, and they are downloaded anew."
            ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _as_set(source(folder, train=train, download=True))
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())  # torchvision's has a line for each mirror
        raise DataMissingError(
            f"{class_name} was looked for in {raw} and is not there, and the download failed "
            f"({reason}). Put its four idx files there, or name the folder that holds "
            f"{class_name}/raw with --data-dir or CONVDEMO_DATA."
        ) from error


def _as_set(found: Any) -> ImageSet:
    import torch

    images, labels = found.data, found.targets.to(torch.int64)
    if images.shape != (len(labels), 28, 28) or not (labels.min() >= 0 and labels.max() < 10):
        raise RuntimeError(f"{len(labels)} labels for pictures {tuple(images.shape)}")
    return ImageSet(images.unsqueeze(1), labels)


MNIST = DatasetSpec(
    name="mnist",
    title="MNIST",
    job="digits",
    classes=DIGITS,
    shape=(1, 28, 28),
    mean=(0.1307,),
    std=(0.3081,),
    load=loader_of(partial(_torchvision_set, "MNIST")),
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
    load=loader_of(partial(_torchvision_set, "FashionMNIST")),
    preprocessing="garment",
)
# Outputs of a digit network after its ten classes, in this order.
EXTRA_CLASSES = ("not_a_digit", "several")
