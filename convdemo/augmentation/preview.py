"""From a picture to a grid of tiles: what a policy makes of it, told operation by operation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.images.render import sheet
from convdemo.preprocessing.steps import fit_into_box, over_white

if TYPE_CHECKING:
    from convdemo.augmentation.policies import Tile
    from convdemo.images.decode import Picture

POLICY_NAMES = ("imagenet", "cifar10", "svhn", "rand", "trivial", "augmix")
SIDE = 640  # a larger picture is reduced to this longest side before anything is done to it
COUNTS = (1, 4, 9, 16)
GAP = 4  # white pixels between two tiles of a grid
LONGEST = 12  # steps of a chain
PROBLEMS = {
    "chain_steps": "This chain has {steps} steps; at most {limit} are taken.",
    "chain_crop": "Step {place} cannot be: it cuts {width} × {height} pixels out of a picture that "
    "has {wide} × {tall} there.",
    "chain_blur": "Step {place} cannot be: this blur looks {reach} pixels to each side, and the "
    "picture has {wide} × {tall} there.",
}


class ChainError(ValueError):
    """A chain that cannot be applied to a picture; `problem` is a key of PROBLEMS."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(PROBLEMS[problem].format(**values))
        self.problem = problem
        self.values = values


def ground(picture: Picture) -> np.ndarray:
    """(H, W, 3) uint8, writable: the picture that is augmented, on white and of a working size."""
    rgb = over_white(picture)
    return fit_into_box(rgb, SIDE) if max(rgb.shape[:2]) > SIDE else np.array(rgb)


def grid(tiles: tuple[Tile, ...]) -> np.ndarray:
    """The tiles in rows of the square root of their number, as one picture."""
    return sheet([tile.image for tile in tiles], max(1, round(len(tiles) ** 0.5)), GAP)


def told(tile: Tile) -> list[dict[str, Any]]:
    """The operations of a tile as JSON has them; `chain`, `weight`, `values` only where set."""
    return [
        {key: value for key, value in asdict(one).items() if key in PLAIN or value is not None}
        for one in tile.drawn.operations
    ]


PLAIN = ("name", "probability", "applied", "magnitude", "unit")
