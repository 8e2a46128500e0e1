"""Every data set by name."""

from convdemo.data.cifar10 import CIFAR10
from convdemo.data.custom import path_of, spec_of
from convdemo.data.dataset import DatasetSpec
from convdemo.data.garment_photos.dataset import FASHION_MNIST_PHOTOS
from convdemo.data.mnist import FASHION_MNIST, MNIST
from convdemo.errors import choose

DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec for spec in (MNIST, FASHION_MNIST, FASHION_MNIST_PHOTOS, CIFAR10)
}


def find_dataset(name: str) -> DatasetSpec:
    """The data set of that name, one of the user's own included; ValueError naming the others."""
    if name not in DATASETS and (path := path_of(name)) is not None:
        return spec_of(path)
    return choose("dataset", name, DATASETS)
