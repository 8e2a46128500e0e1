"""The bench of the Convolution tab: an operation carried out, compared, and lines of layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from convdemo.convolution.architecture import LineError, describe, describe_line
from convdemo.convolution.arithmetic import formula, same_compared
from convdemo.convolution.kernels import kernel
from convdemo.convolution.operation import Operation, OperationError, operation
from convdemo.convolution.output_size import output_shape
from convdemo.convolution.reference import reading_lines, run
from convdemo.ui import wire
from convdemo.ui.convolution_code import code_for
from convdemo.ui.convolution_pictures import asked_note
from convdemo.ui.convolution_request import (
    Filters,
    asked_filters,
    asked_input,
    asked_operation,
    laid_out,
    refused,
    too_large,
)
from convdemo.ui.wire import Refused

LONGEST_LINE = 4000  # characters


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
        "reach": made.effective_kernel,
        "terms": formula(made),
        "same": asdict(compared) if compared else None,
        "large": too_large(made),
        "cells": None,
    }
    if reply["large"] is None:
        reply["cells"] = _cells(request, made)
    return reply


def _cells(request: Mapping[str, Any], made: Operation) -> dict[str, Any]:
    """Every number of the input, the weights and the output, and how far torch's is from ours."""
    from convdemo.convolution.torch_check import difference

    x = asked_input(request, made)
    filters = None if made.is_pool else asked_filters(request, made)
    laid = laid_out(filters.weights, made) if filters else None
    bias = filters.bias if filters and made.bias else None
    output = run(made, x, laid, bias)
    beside, off = _beside(request, made, x, filters)
    return {
        "input": x.ravel().tolist(),
        "note": asked_note(wire.mapping(request["input"]), made.size),
        "lines": [line.tolist() for line in reading_lines(made)],
        "filters": _named(filters),
        "bias": bias.tolist() if bias is not None else None,
        "output": _finite(output),
        "difference": max(difference(made, x, laid, bias, output), off),
        "code": code_for(made, x, laid, bias),
        "beside": beside,
    }


def _named(filters: Filters | None) -> list[dict[str, Any]] | None:
    if filters is None:
        return None
    return [
        {"name": name, "values": weights.ravel().tolist(), "shape": list(weights.shape)}
        for name, weights in zip(filters.names, filters.weights, strict=True)
    ]


def _finite(values: np.ndarray) -> list[float | None]:
    """Numbers as JSON has them; None for minus infinity, a window of nothing but padding."""
    return [float(one) if np.isfinite(one) else None for one in values.ravel()]


def _beside(
    request: Mapping[str, Any], made: Operation, x: np.ndarray, filters: Filters | None
) -> tuple[list[dict[str, Any]], float]:
    """Max pool, average pool and strided convolution of an input, and torch's distance from them.

    All three move on by {"window"}; the convolution has the first kernel, or a blur of that size.
    """
    from convdemo.convolution.torch_check import difference

    step = int(wire.number(request, "window", 1, 8)) if "window" in request else 2
    window = [min(step, size) for size in made.size]
    planned: list[tuple[Operation, np.ndarray | None]] = [
        (operation(kind, made.size, window, channels=made.channels), None)
        for kind in ("max", "average")
    ]
    weights = None if filters is None else filters.weights[:1]
    fits = all(k <= n for k, n in zip(made.kernel, made.size, strict=True))
    if weights is None or not fits or made.groups > 1:
        blur = kernel("blur", window)
        assert blur is not None
        weights = np.repeat(blur[None, None] / made.channels, made.channels, axis=1)
    settings = {"channels": made.channels, "stride": window, "bias": False}
    planned.append((operation("convolution", made.size, weights.shape[2:], **settings), weights))
    found, off = [], 0.0
    for one, laid in planned:
        output = run(one, x, laid)
        off = max(off, difference(one, x, laid, None, output))
        found.append(
            {
                "kind": one.kind,
                "shape": list(output_shape(one)),
                "values": _finite(output),
                "pytorch": describe(one)["pytorch"],
            }
        )
    return found, off


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
