"""Heatmaps: pictures side by side, with what is to be said of them and maps laid over them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convdemo.ui.components.display import Display, drawn
from convdemo.ui.components.maps import packed
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True, eq=False)
class Heat:
    """A picture (H, W) or (H, W, 3) uint8, perhaps with a map (h, w) float32 over it, which has a
    scale from below zero on if it is `signed`; either may be alone. Without both it is waited for,
    or `empty` says why there is nothing. A `film` is a GIF in place of them.

    `name`, `about` and `notes` are said of it; `actions` are buttons, (name, sentence); what has a
    `file` name is kept under it, as PNG, .npy or GIF. It may be `marked`, or `faint`.
    """

    picture: np.ndarray | None = None
    map: np.ndarray | None = None
    signed: bool = False
    film: bytes | None = None
    name: Sentence = ""
    about: Sentence = ""
    notes: tuple[Sentence, ...] = ()
    empty: Sentence | None = None
    actions: tuple[tuple[str, Sentence], ...] = ()
    file: str = ""
    marked: bool = False
    faint: bool = False


class Heatmaps(Display):
    """Pictures in rows, each at least `least` CSS pixels wide.

    `select` comes with {"place", "action"} of a button. The maps are as strong as the style
    property --strength of the display or of what is around it says, 0..1.
    """

    def __init__(self, value: Sequence[Heat] = (), *, least: int = 232, **others: Any) -> None:
        super().__init__(value, least=least, **others)

    def postprocess(self, value: Sequence[Heat] | None) -> Any:
        """What the script draws."""
        return [_over(one) for one in value or ()]


def _over(heat: Heat) -> dict[str, Any]:
    found = drawn(replace(heat, map=None, film=None))
    if heat.map is not None:
        found["map"] = packed(heat.map[None], most=max(heat.map.shape))
        found["range"] = [float(heat.map.min()), float(heat.map.max())]
    if heat.film is not None:
        found["film"] = "data:image/gif;base64," + base64.b64encode(heat.film).decode()
    return found
