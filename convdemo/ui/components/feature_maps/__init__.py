"""FeatureMaps: what every stage of a network makes of a picture, down to the numbers of a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from convdemo.images.render import coloured, data_url, enlarged
from convdemo.ui.components.display import Display
from convdemo.ui.components.maps import packed

FIRST = 12  # maps of a stage in the overview
MOST = 512  # maps of a stage that is opened
LARGE = 336  # pixels of a map seen large
SLICES = 64  # of a filter


@dataclass(frozen=True, eq=False)
class Stage:
    """What a stage hands on: (C, H, W) or (F,) float32, the kinds of its layers, its "min", "max",
    "mean", "std" and the share of "zeros", and a histogram: counts, and the ends of its range.
    """

    name: str
    layers: tuple[str, ...]
    values: np.ndarray
    statistics: Mapping[str, float]
    histogram: tuple[list[int], float, float]


@dataclass(frozen=True, eq=False)
class Network:
    """The input as a picture (H, W) or (H, W, 3) uint8, its (C, H, W), and all stages; `of` comes
    back with every question about them.
    """

    picture: np.ndarray
    size: tuple[int, int, int]
    stages: tuple[Stage, ...]
    of: str = ""


@dataclass(frozen=True, eq=False)
class OpenedStage:
    """All maps (C, H, W) of a stage."""

    stage: str
    maps: np.ndarray
    of: str = ""


@dataclass(frozen=True, eq=False)
class OpenedMap:
    """A map (H, W) of a stage, and the filter (inputs, h, w) that made it, with its convolution."""

    stage: str
    channel: int
    values: np.ndarray
    statistics: Mapping[str, float]
    filter: np.ndarray | None = None
    convolution: str = ""
    of: str = ""


@dataclass(frozen=True, eq=False)
class Cell:
    """How a cell came about: its value, what each layer did, as dictionaries {"kind", "inputs",
    "output", "details"}, the part of the input that it can depend on and the one that it does
    depend on, (top, left, bottom, right), and how much each pixel counts, (H, W) from 0 on.
    """

    value: float
    layers: tuple[Mapping[str, Any], ...]
    widest: tuple[int, int, int, int]
    inner: tuple[int, int, int, int]
    strength: np.ndarray


class FeatureMaps(Display):
    """A Network; a click opens a stage, then a map, then a cell.

    `select` comes with {"of", "stage"} when the maps of a stage are wanted, and with "channel" for
    one of them: the answer is an OpenedStage or an OpenedMap, or a sentence why there is none.
    `cell` is asked while somebody points, past the queue: {"of", "stage", "channel", "row",
    "column"} -> `drawn_cell`. Stages are called by what `words` have for "stage.WORD" of a name
    such as "block2".
    """

    def __init__(
        self, value: Network | None = None, *, cell: Callable[..., Any] | None = None, **others: Any
    ) -> None:
        functions = [] if cell is None else [cell]
        super().__init__(value, server_functions=functions, **others)

    def postprocess(self, value: Any) -> dict[str, Any] | None:
        """What the script draws."""
        match value:
            case Network():
                return _network(value)
            case OpenedStage():
                found = {**vars(value), "kind": "stage", "count": len(value.maps)}
                return {**found, "maps": packed(value.maps[:MOST])}
            case OpenedMap():
                return _map(value)
        return None if value is None else {"kind": "says", "sentence": value}


def drawn_cell(cell: Cell) -> dict[str, Any]:
    """A cell as the script draws it."""
    strength = data_url(coloured(np.sqrt(cell.strength), has_sign=False))
    return {**asdict(cell), "strength": strength}


def _network(network: Network) -> dict[str, Any]:
    def stage(one: Stage) -> dict[str, Any]:
        counts, low, high = one.histogram
        spatial = one.values.ndim == 3
        return {
            **vars(one),
            "values": None,
            "shape": list(one.values.shape),
            "histogram": {"counts": counts, "low": low, "high": high},
            "maps": packed(one.values[:FIRST] if spatial else one.values.reshape(1, 1, -1)),
        }

    return {
        "kind": "network",
        "of": network.of,
        "picture": data_url(network.picture, side=320),
        "size": list(network.size),
        "stages": [stage(one) for one in network.stages],
    }


def _map(one: OpenedMap) -> dict[str, Any]:
    large = enlarged(coloured(one.values, has_sign=True), LARGE)
    made = None
    if one.filter is not None:
        exact = one.filter[0].tolist() if len(one.filter) == 1 else None
        slices = {"slices": packed(one.filter[:SLICES]), "inputs": len(one.filter)}
        made = {**slices, "convolution": one.convolution, "values": exact}
    image = {"image": data_url(large, side=LARGE), "size": list(one.values.shape)}
    return {**vars(one), **image, "kind": "map", "values": None, "filter": made}
