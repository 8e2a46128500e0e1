"""Every data set by name."""

from .data import FASHION_MNIST, MNIST, DatasetSpec
from .photos import FASHION_MNIST_PHOTOS

DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec for spec in (MNIST, FASHION_MNIST, FASHION_MNIST_PHOTOS)
}
