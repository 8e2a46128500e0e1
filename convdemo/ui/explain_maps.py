"""Feature maps for the Explain tab: every stage, one of them, one map, one cell."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from convdemo.images.render import coloured, data_url, enlarged, picture_of
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.explain_request import packed, stage_of, subject, trained_of
from convdemo.ui.explain_why import run_of
from convdemo.ui.wire import Refused

FIRST = 12  # maps of a stage in the overview
MOST = 512  # maps of one stage that are sent
LARGE = 336  # pixels of one map seen large
KERNELS = 64  # slices of a filter, filters of a convolution


def look(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} reads in a picture, and what each of its stages makes of it."""
    import time

    from convdemo.explain.feature_maps import convolution_behind, feature_maps, histogram

    query = subject(context, payload)
    found = query.subject
    started = time.perf_counter()
    stages = feature_maps(found.network, found.x)
    seconds = time.perf_counter() - started
    return {
        "picture": data_url(query.picture, side=320),
        "input": data_url(picture_of(found.pixels.numpy()), side=320),
        "input_size": list(found.pixels.shape),
        "note": query.note,
        "known": query.label,
        "label": found.label,
        "probabilities": dict(zip(found.classes, found.probabilities, strict=True)),
        "extra": list(found.card.extra_classes) if found.card else [],
        "views": found.card.views if found.card else "single",
        "stages": [
            {
                "name": one.name,
                "layers": list(one.layers),
                "shape": list(one.values.shape) if one.spatial else [len(one.values)],
                "spatial": one.spatial,
                "statistics": one.statistics,
                "histogram": dict(
                    zip(("counts", "low", "high"), histogram(one.values), strict=True)
                ),
                "convolution": convolution_behind(found.network, one.name),
                "maps": packed(one.values[:FIRST] if one.spatial else _bar(one.values)),
            }
            for one in stages
        ],
        "cam_stage": found.cam_stage,
        "filmed": run_of(context, wire.mapping(payload)) is not None,
        "seconds": seconds,
        "code": query.code + _MAPS_CODE,
    }


_MAPS_CODE = """
from convdemo import feature_maps

print(subject.label)
for stage in feature_maps(subject.network, subject.x):
    numbers = ", ".join(f"{name} {value:.3f}" for name, value in stage.statistics.items())
    print(stage.name, tuple(stage.values.shape), numbers)
"""


def _bar(values: Any) -> Any:
    """(1, 1, F) of a vector, which has no places."""
    return values.reshape(1, 1, -1)


def stage(context: Context, payload: Any) -> dict[str, Any]:
    """All maps of {"stage"}."""
    from convdemo.explain.feature_maps import feature_maps

    query = subject(context, payload)
    name = stage_of(query, wire.mapping(payload))
    found = query.subject
    values = next(s.values for s in feature_maps(found.network, found.x) if s.name == name)
    return {"stage": name, "of": len(values), "maps": packed(values[:MOST])}


def one_map(context: Context, payload: Any) -> dict[str, Any]:
    """The map {"channel"} of {"stage"} seen large, its numbers, and the filter that made it."""
    from convdemo.explain.feature_maps import (
        convolution_behind,
        feature_maps,
        filters,
        statistics_of,
    )

    request = wire.mapping(payload)
    query = subject(context, request)
    name = stage_of(query, request)
    found = query.subject
    values = next(s.values for s in feature_maps(found.network, found.x) if s.name == name)
    channel = int(wire.number(request, "channel", 0, len(values) - 1))
    heat = values[channel].numpy()
    large = enlarged(coloured(heat, has_sign=True), LARGE)
    made = convolution_behind(found.network, name)
    kernel = None
    if made is not None and len(weights := filters(found.network, made)) > channel:
        slices = weights[channel]
        kernel = {
            "convolution": made,
            "inputs": len(slices),
            "slices": packed(slices[:KERNELS]),
            "values": slices[0].tolist() if len(slices) == 1 else None,
        }
    return {
        "stage": name,
        "channel": channel,
        "size": list(heat.shape),
        "image": data_url(large, side=LARGE),
        "statistics": statistics_of(values[channel]),
        "filter": kernel,
    }


def cell(context: Context, payload: Any) -> dict[str, Any]:
    """How the cell {"row", "column"} of the map {"channel"} of {"stage"} came about, and which
    places of the input it looks at: at most, and in fact.
    """
    from convdemo.explain import cell as arithmetic
    from convdemo.explain import receptive_field

    request = wire.mapping(payload)
    query = subject(context, request)
    name = stage_of(query, request)
    found = query.subject
    channel, row, column = (
        int(wire.number(request, key, 0, 4096)) for key in ("channel", "row", "column")
    )
    try:
        layers = arithmetic.cell(found.network, name, found.x, channel, row, column)
    except ValueError as error:
        raise Refused("request") from error
    widest = receptive_field.theoretical(found.network, name, found.x, row, column)
    strength, inner = receptive_field.effective(found.network, name, found.x, row, column, channel)
    heat = strength.numpy()
    return {
        "value": layers[-1].output,
        "layers": [asdict(layer) for layer in layers],
        "theoretical": list(widest),
        "effective": list(inner),
        "strength": data_url(coloured(np.sqrt(heat), has_sign=False)),
    }


def filters_of(context: Context, payload: Any) -> dict[str, Any]:
    """The filters of {"convolution"} of {"model"}: in colour where they look at colours, else the
    mean over the maps that they look at.
    """
    from convdemo.explain.attribution_methods import without_softmax
    from convdemo.explain.feature_maps import convolutions, filters

    request = wire.mapping(payload)
    network = without_softmax(trained_of(context, request).network)
    names = list(convolutions(network))
    name = wire.text(request, "convolution") or (names[0] if names else None)
    if name not in names:
        raise Refused("explain_no_filters")
    weights = filters(network, name)
    coloured_ones = name == names[0] and weights.shape[1] >= 3  # a fourth one is the mask
    first = weights[:KERNELS, :3].numpy()
    return {
        "convolution": name,
        "convolutions": names,
        "shape": list(weights.shape),
        "colours": [_in_colour(one) for one in first] if coloured_ones else None,
        "maps": packed(weights[:KERNELS].mean(dim=1)),
    }


def _in_colour(kernel: np.ndarray) -> str:
    """A filter (3, h, w) as a picture: grey where it weighs nothing."""
    most = float(np.abs(kernel).max()) or 1.0
    shares = (kernel / most + 1) / 2
    return data_url(np.ascontiguousarray(wire.as_bytes(shares).transpose(1, 2, 0)))
