"""A layer at work number by number: its input, its kernels, its output, and others beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.convolution.architecture import describe
from convdemo.convolution.code import script
from convdemo.convolution.kernels import kernel
from convdemo.convolution.operation import Operation, operation
from convdemo.convolution.output_size import output_shape
from convdemo.convolution.reference import reading_lines, run

MOST_NUMBERS = 4096  # of an input, of an output, that are drawn
MOST_SIDE = 32
MOST_WEIGHTS = 400  # that one output cell is made of
MOST_PLANES = 4  # channels, filters


@dataclass(frozen=True, eq=False)
class Filters:
    """Weights (filters, channels of a group, *kernel), what each filter is called, its bias."""

    weights: np.ndarray
    names: tuple[str, ...]
    bias: np.ndarray


def too_large(made: Operation) -> dict[str, int] | None:
    """Why an operation is not drawn cell by cell: how many numbers there are, how many may be."""
    outcome = output_shape(made)
    numbers = max(made.channels * math.prod(made.size), math.prod(outcome))
    weights = math.prod(made.kernel) * made.channels // made.groups
    if (
        numbers <= MOST_NUMBERS
        and max(*made.size, *outcome[1:]) <= MOST_SIDE
        and max(made.channels, made.filters) <= MOST_PLANES
        and weights <= MOST_WEIGHTS
    ):
        return None
    most = {"most": MOST_NUMBERS, "side": MOST_SIDE, "planes": MOST_PLANES}
    return {"numbers": numbers, **most, "weights": MOST_WEIGHTS}


def cells(made: Operation, x: np.ndarray, filters: Filters | None, step: int) -> dict[str, Any]:
    """Every number of the input, the weights and the output, how far torch's is from ours, code
    that prints it, and pools and a convolution that move on by `step` beside it.
    """
    from convdemo.convolution.torch_check import difference

    laid = laid_out(filters.weights, made) if filters else None
    bias = filters.bias if filters and made.bias else None
    output = run(made, x, laid, bias)
    beside, off = _beside(made, x, filters, step)
    return {
        "input": x.ravel().tolist(),
        "lines": [line.tolist() for line in reading_lines(made)],
        "filters": _named(filters),
        "bias": bias.tolist() if bias is not None else None,
        "output": _finite(output),
        "difference": max(difference(made, x, laid, bias, output), off),
        "code": script(made, x, laid, bias),
        "beside": beside,
    }


def laid_out(weights: np.ndarray, made: Operation) -> np.ndarray:
    """Weights (filters, channels of a group, *kernel) as PyTorch lays them out."""
    if made.kind != "transposed":
        return weights
    groups = made.groups
    grouped = weights.reshape(groups, made.filters // groups, *weights.shape[1:])
    turned = grouped.swapaxes(1, 2)
    return np.ascontiguousarray(turned).reshape(made.channels, made.filters // groups, *made.kernel)


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
    made: Operation, x: np.ndarray, filters: Filters | None, step: int
) -> tuple[list[dict[str, Any]], float]:
    """Max pool, average pool and strided convolution of an input, and torch's distance from them.

    The convolution has the first kernel, or a blur as large as the window.
    """
    from convdemo.convolution.torch_check import difference

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
        shape, line = list(output_shape(one)), describe(one)["pytorch"]
        found.append(
            {"kind": one.kind, "shape": shape, "values": _finite(output), "pytorch": line}
        )
    return found, off
