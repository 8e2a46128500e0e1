"""From a picture to what a policy makes of it, told operation by operation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.images.decode import over_white
from convdemo.images.resize import fit_into_box

if TYPE_CHECKING:
    from convdemo.augmentation.policies import Tile
    from convdemo.images.decode import Picture

POLICY_NAMES = ("imagenet", "cifar10", "svhn", "rand", "trivial", "augmix")
SIDE = 640  # a larger picture is reduced to this longest side before anything is done to it
COUNTS = (1, 4, 9, 16)


def ground(picture: Picture) -> np.ndarray:
    """(H, W, 3) uint8, writable: the picture that is augmented, on white and of a working size."""
    rgb = over_white(picture)
    return fit_into_box(rgb, SIDE) if max(rgb.shape[:2]) > SIDE else np.array(rgb)


def describe(tile: Tile) -> list[dict[str, Any]]:
    """The operations of a tile as JSON has them; `chain`, `weight`, `values` only where set."""
    return [
        {key: value for key, value in asdict(one).items() if key in PLAIN or value is not None}
        for one in tile.drawn.operations
    ]


PLAIN = ("name", "probability", "applied", "magnitude", "unit")
