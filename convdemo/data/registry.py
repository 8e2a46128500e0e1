"""Every data set by name."""

from typing import Any

from convdemo.data.cifar10 import CIFAR10
from convdemo.data.custom import path_of, spec_of
from convdemo.data.dataset import FASHION_MNIST, MNIST, DatasetSpec
from convdemo.data.garment_photos.dataset import FASHION_MNIST_PHOTOS

DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec for spec in (MNIST, FASHION_MNIST, FASHION_MNIST_PHOTOS, CIFAR10)
}


def pick(kind: str, name: str, choices: dict[str, Any]) -> Any:
    """The entry of that name; ValueError naming what there is."""
    if name not in choices:
        raise ValueError(f"{kind} {name!r} is none of {', '.join(choices)}")
    return choices[name]


def find_dataset(name: str) -> DatasetSpec:
    """The data set of that name, one of the user's own included; ValueError naming the others."""
    if name not in DATASETS and (path := path_of(name)) is not None:
        return spec_of(path)
    return pick("dataset", name, DATASETS)
