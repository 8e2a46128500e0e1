"""Tiles: pictures in a square, each with what was done to it and what a model reads in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.images.render import data_url
from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence

SIDE = 320  # tiles are sent no larger than that


@dataclass(frozen=True)
class Done:
    """A line below a tile: what an operation is called, and what it did.

    `chance`, in 0..1, is that of a coin, which let the operation through or not (`applied`). A name
    without more is a heading of the lines below it.
    """

    name: Sentence = ""
    did: Sentence = ""
    applied: bool = True
    chance: float | None = None
    heading: bool = False


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture (H, W) or (H, W, 3) uint8, what was done to it, and what is read in it.

    `share` is the probability of that, in 0..1; a `flipped` tile is framed, since it is read as
    something else. `row` is what is marked elsewhere while somebody points at the tile.
    """

    image: np.ndarray
    title: Sentence
    done: tuple[Done, ...] = ()
    reads: Sentence = ""
    share: float | None = None
    flipped: bool = False
    row: int | None = None


@dataclass(frozen=True, eq=False)
class Grid:
    """The tiles, a sentence on all of them, and lines about what they were made of.

    `stale` keeps the tiles that are there, faintly: the sentence says why there are no others.
    `of` names what they were made of: while another is awaited, what comes for the same is not
    drawn.
    """

    tiles: tuple[Tile, ...] = ()
    sentence: Sentence = ""
    details: tuple[Sentence, ...] = ()
    stale: bool = False
    of: str = ""


class Tiles(Display):
    """A grid of tiles that are pointed at by mouse, keys or a tap.

    While one is, the RuleTable whose elem_id is `marks` marks its row. Sentences are keys of
    `words`, (key, values of its gaps), or the text itself; "KEY.why" is said on hover of a name.
    """

    def __init__(self, value: Grid | None = None, *, marks: str = "", **others: Any) -> None:
        super().__init__(value, marks=marks, **others)

    def postprocess(self, value: Grid | None) -> Any:
        """What the script draws: each image as a data URL, with the size that it really has."""
        if value is None:
            return None
        tiles = [
            {
                **vars(tile),
                "done": [vars(one) for one in tile.done],
                "image": data_url(tile.image, side=SIDE),
                "size": tile.image.shape[1::-1],
            }
            for tile in value.tiles
        ]
        return {**vars(value), "tiles": tiles}
