"""A convolution or a pool, worked out cell by cell in plain NumPy."""

from __future__ import annotations

import numpy as np

from convdemo.convolution.operation import Axes, Operation, OperationError, check, weight_shape
from convdemo.convolution.output_size import output_shape, output_size


def run(
    operation: Operation,
    x: np.ndarray,
    weights: np.ndarray | None = None,
    bias: np.ndarray | None = None,
) -> np.ndarray:
    """(channels, ...space) float64 of what an input (channels, ...space) becomes.

    Weights lie as PyTorch's. OperationError for what cannot be, or does not fit.
    """
    check(operation)
    x, weights, bias = _arrays(operation, x, weights, bias)
    if operation.kind == "transposed":
        return _spread(operation, x, weights) + _column(operation, bias)
    padded = _padded(operation, x)
    output = np.empty(output_shape(operation))
    for place in np.ndindex(*output_size(operation)):
        patch = padded[(slice(None), *_taps(operation, place))]
        output[(slice(None), *place)] = _reduced(operation, patch, weights, place)
    return output if operation.is_pool else output + _column(operation, bias)


def reading_lines(operation: Operation) -> tuple[np.ndarray, ...]:
    """For each axis the input position that every place of the padded axis repeats, -1 for a zero;
    a transposed convolution pads nothing."""
    if operation.kind == "transposed":
        return tuple(np.arange(size) for size in operation.size)
    return tuple(_line(operation, axis) for axis in range(operation.dims))


def _arrays(
    operation: Operation, x: np.ndarray, weights: np.ndarray | None, bias: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All three as float64 in the shapes that are needed; no bias is zeros, a pool's are empty."""
    filters = 0 if operation.is_pool else operation.filters
    wanted = {
        "input": ((operation.channels, *operation.size), x),
        "weights": (weight_shape(operation), 0.0 if operation.is_pool else weights),
        "bias": ((filters,), np.zeros(filters) if bias is None else bias),
    }
    found = []
    for setting, (shape, given) in wanted.items():
        array = np.asarray(np.nan if given is None else given, dtype=np.float64)
        if array.shape != shape:
            raise OperationError("shape", setting=setting, shape=array.shape, wanted=shape)
        found.append(array)
    return found[0], found[1], found[2]


def _column(operation: Operation, bias: np.ndarray) -> np.ndarray:
    return bias.reshape(-1, *(1,) * operation.dims)


def _taps(operation: Operation, place: Axes) -> tuple[slice, ...]:
    """What lies under the kernel in the padded input."""
    each = zip(place, operation.stride, operation.effective_kernel, operation.dilation, strict=True)
    return tuple(slice(at * s, at * s + k, d) for at, s, k, d in each)


def _line(operation: Operation, axis: int) -> np.ndarray:
    """The input position that each place of the padded axis repeats, -1 for a zero."""
    size, (before, after) = operation.size[axis], operation.pads[axis]
    last = (output_size(operation)[axis] - 1) * operation.stride[axis] + operation.effective_kernel[
        axis
    ]
    at = np.arange(-before, max(size + after, last - before))  # a window may hang over
    if operation.padding_mode == "replicate":
        return at.clip(0, size - 1)
    if operation.padding_mode == "circular":
        return at % size
    if operation.padding_mode == "reflect":
        return size - 1 - abs(size - 1 - abs(at))
    return np.where((at < 0) | (at >= size), -1, at)


def _padded(operation: Operation, x: np.ndarray) -> np.ndarray:
    edge = -np.inf if operation.kind == "max" else 0.0
    for axis in range(operation.dims):
        line = _line(operation, axis)
        x = np.take(x, line, axis=axis + 1)
        np.moveaxis(x, axis + 1, 0)[line < 0] = edge
    return x


def _shares(operation: Operation, place: Axes) -> np.ndarray:
    """(*kernel) that a cell of an average pool multiplies: the padding counts, as in PyTorch, but
    not what hangs over, nor a 'same'."""
    counted = np.ones(())
    for axis, at in enumerate(place):
        before, after = (0, 0) if operation.padding == "same" else operation.pads[axis]
        first = at * operation.stride[axis] - operation.pads[axis][0]
        taps = first + np.arange(operation.kernel[axis])
        counts = (taps >= -before) & (taps < operation.size[axis] + after)
        counted = np.multiply.outer(counted, counts)
    return counted / counted.sum()


def _reduced(
    operation: Operation, patch: np.ndarray, weights: np.ndarray, place: Axes
) -> np.ndarray:
    """(filters,) of one patch (channels, *kernel)."""
    flat = patch.reshape(len(patch), -1)
    if operation.kind == "max":
        return flat.max(axis=1)
    if operation.kind == "average":
        return (patch * _shares(operation, place)).reshape(len(patch), -1).sum(axis=1)
    groups = operation.groups
    products = weights.reshape(groups, operation.filters // groups, -1) * patch.reshape(
        groups, 1, -1
    )
    return products.sum(axis=2).reshape(-1)


def _spread(operation: Operation, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Every input lays its kernel into the output; where they overlap, they add up."""
    groups, filters = operation.groups, operation.filters
    grouped = weights.reshape(groups, operation.channels // groups, -1)
    sizes = tuple(zip(output_size(operation), operation.pads, strict=True))
    whole = np.zeros((filters, *(size + sum(pads) for size, pads in sizes)))
    for place in np.ndindex(*operation.size):
        values = x[(slice(None), *place)].reshape(groups, -1, 1)
        laid = (values * grouped).sum(axis=1).reshape(filters, *operation.kernel)
        whole[(slice(None), *_taps(operation, place))] += laid
    return whole[(slice(None), *(slice(before, before + size) for size, (before, _) in sizes))]
