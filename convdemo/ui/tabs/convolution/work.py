"""What is asked of the bench, of a photo and of a learned filter: answers as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import cv2
import numpy as np

from convdemo.convolution.architecture import LineError, describe, describe_line
from convdemo.convolution.arithmetic import formula, same_compared
from convdemo.convolution.bench import cells, too_large
from convdemo.convolution.filtering import Filtered, Match, filtered, nearest, slid
from convdemo.convolution.operation import OperationError
from convdemo.inference.card import SUFFIX
from convdemo.inference.library import Entry
from convdemo.ui import wire
from convdemo.ui.context import JOBS, Context
from convdemo.ui.explain_request import trained_of
from convdemo.ui.tabs.convolution.pictures import asked_note, asked_photo
from convdemo.ui.tabs.convolution.request import (
    asked_array,
    asked_filters,
    asked_input,
    asked_operation,
)
from convdemo.ui.wire import Refused
from convdemo.ui.written_line import refused

LONGEST_LINE = 4000  # characters
LARGEST_KERNEL = 32
SHOWN = 6  # filters


def bench(payload: Any) -> dict[str, Any]:
    """What {"settings"} make of {"input"} with {"filters"} and {"biases"}: figures, and every cell
    where there are not too many; with {"window"} also pools and a strided convolution beside it.
    """
    request = wire.mapping(payload)
    made = asked_operation(request)
    compared = same_compared(made) if made.kind == "convolution" else None
    reply: dict[str, Any] = {
        **describe(made),
        "settings": asdict(made),
        "pads": made.pads,
        "terms": formula(made),
        "same": asdict(compared) if compared else None,
        "large": too_large(made),
        "cells": None,
    }
    if reply["large"] is None:
        step = int(wire.number(request, "window", 1, 8)) if "window" in request else 2
        x = asked_input(request, made)
        filters = None if made.is_pool else asked_filters(request, made)
        note = asked_note(wire.mapping(request["input"]), made.size)
        reply["cells"] = {**cells(made, x, filters, step), "note": note}
    return reply


def line_table(payload: Any) -> dict[str, Any]:
    """The layers of {"line"} for {"shape"}, (channels, ...space), with their sums."""
    request = wire.mapping(payload)
    line, shape = request.get("line"), request.get("shape")
    if not isinstance(line, str) or len(line) > LONGEST_LINE or not isinstance(shape, list):
        raise Refused("request")
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in shape):
        raise Refused("convolution_number")
    try:
        return describe_line(line, shape)
    except (LineError, OperationError) as error:
        raise refused(error) from error


def models(context: Context, visitor: str) -> list[Entry]:
    """The models of the visitor that have filters to compare a kernel with."""
    owner = context.visitor({"visitor": visitor})
    paths = {entry.card.name: entry.path for entry in context.every_entry(owner)}
    offered = [one for job in ("digits", *JOBS, "custom") for one in context.entries(job, owner)]
    named = {one.card.name: one for one in offered if _has_filters(paths[one.card.name])}
    return list(named.values())


def _has_filters(path: Any) -> bool:
    """Whether a file of weights holds a convolution larger than 1x1, told by its header alone."""
    from safetensors import safe_open

    if path.suffix != SUFFIX:
        return True  # the base that a package brings, whose file has no such header
    with safe_open(path, framework="numpy") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    return any(len(shape) == 4 and max(shape[2:]) > 1 for shape in shapes)


def asked_kernel(given: Any) -> np.ndarray:
    """(h, w) float64 of {"values", "shape"}: its channels added up."""
    found = asked_array(given, 2).sum(axis=0)
    if max(found.shape) > LARGEST_KERNEL:
        raise Refused("request")
    return found


def photo(kernel: np.ndarray, picture: Any) -> tuple[Filtered, float]:
    """A picture as `requested_picture` takes it under a kernel, and torch's distance from ours."""
    from convdemo.convolution.torch_check import photo_difference

    seen = asked_photo(wire.mapping(picture))
    grey = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY) / 255
    return filtered(seen, kernel), photo_difference(grey, kernel, slid(grey, kernel))


def learned(context: Context, kernel: np.ndarray, request: Any) -> tuple[np.ndarray, list[Match]]:
    """The weights (filters, channels, h, w) of the first convolution of {"model"}, and those of
    them that are most like a kernel.
    """
    from convdemo.explain.feature_maps import convolutions, filters

    network = trained_of(context, request).network
    name = next((n for n, one in convolutions(network).items() if max(one.kernel_size) > 1), None)
    if name is None:
        raise Refused("explain_no_filters")
    weights = filters(network, name).numpy().astype(np.float64)
    try:
        return weights, nearest(kernel, weights, SHOWN)
    except ValueError as error:
        raise Refused("convolution_zeros") from error
