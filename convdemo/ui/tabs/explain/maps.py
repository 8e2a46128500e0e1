"""What every stage makes of a picture: all of its maps, one of them, a cell of it, and filters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from convdemo.images.render import picture_of
from convdemo.ui import wire
from convdemo.ui.components import Cell, Heat, Network, OpenedMap, OpenedStage, Stage
from convdemo.ui.context import Context
from convdemo.ui.explain_request import ExplainRequest, stage_of, subject, trained_of
from convdemo.ui.wire import Refused

KERNELS = 64  # filters of a convolution

CODE = """
from convdemo import feature_maps

print(subject.label)
for stage in feature_maps(subject.network, subject.x):
    numbers = ", ".join(f"{name} {value:.3f}" for name, value in stage.statistics.items())
    print(stage.name, tuple(stage.values.shape), numbers)
"""


def look(query: ExplainRequest, of: str = "") -> tuple[Network, float]:
    """All stages of what is asked for, and the seconds that they took."""
    from convdemo.explain.feature_maps import feature_maps, histogram

    found = query.subject
    started = time.perf_counter()
    stages = feature_maps(found.network, found.x)
    seconds = time.perf_counter() - started
    shown = []
    for one in stages:
        values = one.values.numpy()
        values = values if one.spatial else values.reshape(-1)
        told = histogram(one.values)
        shown.append(Stage(one.name, tuple(one.layers), values, one.statistics, told))
    channels, height, width = found.pixels.shape
    size = (channels, height, width)
    return Network(picture_of(found.pixels.numpy()), size, tuple(shown), of), seconds


def _maps_of(query: ExplainRequest, name: str) -> Any:
    from convdemo.explain.feature_maps import feature_maps

    stages = feature_maps(query.subject.network, query.subject.x)
    return next(stage.values for stage in stages if stage.name == name)


def stage(context: Context, request: Mapping[str, Any], of: str = "") -> OpenedStage:
    """All maps of {"stage"}."""
    query = subject(context, request)
    name = stage_of(query, request)
    return OpenedStage(name, _maps_of(query, name).numpy(), of)


def one_map(context: Context, request: Mapping[str, Any], of: str = "") -> OpenedMap:
    """The map {"channel"} of {"stage"}, its numbers, and the filter that made it."""
    from convdemo.explain.feature_maps import convolution_behind, filters, statistics_of

    query = subject(context, request)
    name = stage_of(query, request)
    values = _maps_of(query, name)
    channel = int(wire.number(request, "channel", 0, len(values) - 1))
    made = convolution_behind(query.subject.network, name)
    weights = () if made is None else filters(query.subject.network, made)
    kernel = weights[channel].numpy() if len(weights) > channel else None
    one = values[channel]
    return OpenedMap(name, channel, one.numpy(), statistics_of(one), kernel, made or "", of)


def cell(context: Context, request: Mapping[str, Any]) -> Cell:
    """How the cell {"row", "column"} of the map {"channel"} of {"stage"} came about, and which
    places of the input it looks at: at most, and in fact.
    """
    from convdemo.explain import cell as arithmetic
    from convdemo.explain import receptive_field

    query = subject(context, request)
    name = stage_of(query, request)
    network, x = query.subject.network, query.subject.x
    channel, row, column = (
        int(wire.number(request, key, 0, 4096)) for key in ("channel", "row", "column")
    )
    try:
        layers = arithmetic.cell(network, name, x, channel, row, column)
    except ValueError as error:
        raise Refused("request") from error
    widest = receptive_field.theoretical(network, name, x, row, column)
    strength, inner = receptive_field.effective(network, name, x, row, column, channel)
    told = tuple(asdict(layer) for layer in layers)
    return Cell(layers[-1].output, told, widest, inner, strength.numpy())


def filters_of(
    context: Context, request: Mapping[str, Any]
) -> tuple[tuple[Heat, ...], tuple[str, dict[str, Any]], list[str], str]:
    """The filters of {"convolution"} of {"model"}, in colour where they look at colours, else the
    mean over the maps that they look at; what they are; all convolutions, and which one it is.
    """
    from convdemo.explain.attribution_methods import without_softmax
    from convdemo.explain.feature_maps import convolutions, filters

    network = without_softmax(trained_of(context, request).network)
    names = list(convolutions(network))
    name = wire.text(request, "convolution") or (names[0] if names else None)
    if name not in names:
        raise Refused("explain_no_filters")
    weights = filters(network, name)
    outputs, inputs, height, width = weights.shape
    shown = weights[:KERNELS]
    if name == names[0] and inputs >= 3:  # a fourth one is the mask
        kind = "colour"
        heats = [Heat(_in_colour(one), name=f"{n}") for n, one in enumerate(shown[:, :3].numpy())]
    else:
        kind = "mean" if inputs > 1 else "one"
        mean = shown.mean(dim=1).numpy()
        heats = [Heat(map=one, signed=True, name=f"{n}") for n, one in enumerate(mean)]
    first = "_first" if outputs > KERNELS else ""
    numbers = {"outputs": outputs, "inputs": inputs, "height": height, "width": width}
    told = (f"explain.filters.{kind}{first}", {**numbers, "shown": len(heats)})
    return tuple(heats), told, names, name


def _in_colour(kernel: np.ndarray) -> np.ndarray:
    """A filter (3, h, w) as a picture: grey where it weighs nothing."""
    most = float(np.abs(kernel).max()) or 1.0
    shares = (kernel / most + 1) / 2
    return np.ascontiguousarray(wire.as_bytes(shares).transpose(1, 2, 0))
