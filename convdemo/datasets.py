"""Every data set by name."""

from .data import FASHION_MNIST, MNIST, DatasetSpec

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in (MNIST, FASHION_MNIST)}
