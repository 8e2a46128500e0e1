"""The figure of tiles, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from convdemo.images.figures import tiles
from convdemo.images.look import Look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from convdemo.augmentation.policies import AppliedOperation, Tile

# Places after the point of a strength in this unit; whole numbers for the others.
PLACES = {"degrees": 1, "factor": 2, "sigma": 1}
PERCENT = ("share", "area")


def tiles_of(chosen: str, made: Sequence[Tile], say: Mapping[str, str], look: Look) -> Figure:
    """The figure of the tiles of a policy or a chain, above each what was done to it."""
    own = say["augment.how.chain"]
    title = say.get(f"augment.policy.{chosen}") or say.get(f"augment.preset.{chosen}", own)
    lines = [_lines(tile, say) for tile in made]
    return tiles([tile.image for tile in made], lines, title=title, look=look)


def _lines(tile: Tile, say: Mapping[str, str]) -> list[str]:
    """What was done to a tile, a line for each operation, or for each chain of a mixture."""
    applied = [one for one in tile.drawn.operations if one.applied]
    if not applied:
        return [say["augment.nothing"]]
    if applied[0].weight is None:
        return [_said(one, say) for one in applied]
    chains = [list(chain) for _, chain in groupby(applied, lambda one: one.chain)]
    left = 1 - sum(chain[0].weight or 0 for chain in chains)
    return [
        say["augment.untouched"].format(percent=f"{left:.0%}"),
        *(
            f"{chain[0].weight:.0%}: {', '.join(_said(one, say) for one in chain)}"
            for chain in chains
        ),
    ]


def _said(one: AppliedOperation, say: Mapping[str, str]) -> str:
    """An operation in words, as the page says it."""
    key, value = f"augment.by.{one.name}", 0.0
    if one.magnitude is not None:
        scale = 100 if one.unit in PERCENT else 1
        value = round(one.magnitude * scale, PLACES.get(one.unit, 0))
        if one.unit == "pixels" or one.name == "rotate":
            key, value = f"{key}.back" if value < 0 else key, abs(value)
    otherwise = say.get(f"augment.op.{one.name}", one.name).lower()
    given = {name: f"{number:g}" for name, number in (one.values or {}).items()}
    return say.get(key, otherwise).format(**given | {"value": f"{value:g}"})
