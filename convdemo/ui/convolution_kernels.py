"""A kernel of the Convolution tab on a whole photo, and among the filters that a model learned."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from convdemo.convolution.filtering import filtered, nearest, resized, slid
from convdemo.images.render import data_url
from convdemo.inference.card import SUFFIX
from convdemo.ui import wire
from convdemo.ui.context import JOBS, Context
from convdemo.ui.convolution_pictures import asked_photo
from convdemo.ui.convolution_request import asked_array
from convdemo.ui.explain_request import trained_of
from convdemo.ui.wire import Refused

SHOWN = 6  # filters
LARGEST_KERNEL = 32


def options(context: Context, payload: Any) -> dict[str, Any]:
    """The models of the visitor that have filters to compare a kernel with."""
    visitor = context.visitor(wire.mapping(payload))
    paths = {entry.card.name: entry.path for entry in context.every_entry(visitor)}
    offered = [one for job in ("digits", *JOBS, "custom") for one in context.shelf(job, visitor)]
    models = {one["name"]: one for one in offered if _has_filters(paths[one["name"]])}
    return {"models": list(models.values())}


def _has_filters(path: Any) -> bool:
    """Whether a file of weights holds a convolution larger than 1x1, told by its header alone."""
    from safetensors import safe_open

    if path.suffix != SUFFIX:
        return True  # the base that a package brings, whose file has no such header
    with safe_open(path, framework="numpy") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    return any(len(shape) == 4 and max(shape[2:]) > 1 for shape in shapes)


def _kernel(request: Any) -> np.ndarray:
    """(h, w) float64 of {"kernel"}: its channels added up."""
    found = asked_array(request.get("kernel"), 2).sum(axis=0)
    if max(found.shape) > LARGEST_KERNEL:
        raise Refused("request")
    return found


def photo(payload: Any) -> dict[str, Any]:
    """The photo {"picture"} as it is and under {"kernel"}."""
    from convdemo.convolution.torch_check import photo_difference

    request = wire.mapping(payload)
    seen, kernel = asked_photo(wire.mapping(request.get("picture"))), _kernel(request)
    found = filtered(seen, kernel)
    grey = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY) / 255
    return {
        "before": data_url(seen, side=640),
        "after": data_url(found.image, side=640),
        "height": seen.shape[0],
        "width": seen.shape[1],
        "signed": found.has_sign,
        "end": found.end,
        "clipped": found.clipped,
        "difference": photo_difference(grey, kernel, slid(grey, kernel)),
    }


def learned(context: Context, payload: Any) -> dict[str, Any]:
    """The filters of the first convolution of {"model"} that are most like {"kernel"}."""
    from convdemo.explain.feature_maps import convolutions, filters

    request = wire.mapping(payload)
    kernel, network = _kernel(request), trained_of(context, request).network
    name = next((n for n, one in convolutions(network).items() if max(one.kernel_size) > 1), None)
    if name is None:
        raise Refused("explain_no_filters")
    weights = filters(network, name).numpy().astype(np.float64)
    size = (weights.shape[2], weights.shape[3])
    try:
        matches = nearest(kernel, weights, SHOWN)
    except ValueError as error:
        raise Refused("convolution_zeros") from error
    return {
        "convolution": name,
        "count": len(weights),
        "channels": weights.shape[1],
        "height": size[0],
        "width": size[1],
        "resized": list(kernel.shape) != list(size),
        "kernel": resized(kernel, size).ravel().tolist(),
        "matches": [
            {"filter": one.filter, "cosine": one.cosine, "values": one.weights.ravel().tolist()}
            for one in matches
        ],
    }
