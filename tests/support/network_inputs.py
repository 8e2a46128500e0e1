"""What a network of the registry is built for in a test."""

from convdemo.data.registry import DATASETS
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import Shape

SMALL_PHOTO = (3, 78, 78)  # the smallest that the course's networks for photos take


def input_of(name: str) -> tuple[Shape, int]:
    """(C, H, W) and classes: those of the data set that it is made for, or two for a photo."""
    spec = MODELS[name]
    if not spec.datasets:
        return SMALL_PHOTO, 2
    source = DATASETS[spec.datasets[0]]
    return source.shape, len(source.classes)
