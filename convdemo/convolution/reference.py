"""A convolution or a pool, worked out cell by cell in plain NumPy, and how one cell came about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convdemo.convolution.operation import (
    Axes,
    Operation,
    OperationError,
    check,
    output_shape,
    output_size,
    weight_shape,
)


@dataclass(frozen=True)
class Cell:
    """How one output cell came about; arrays of (channels that it reads, *kernel).

    `positions` (*kernel, dims) is where in the input each value was read, -1 where the padding is
    zeros or, in a transposed convolution, no input falls; `window` (dims pairs) the inputs from
    the first to behind the last, counted before anything is padded. For a max pool `kernel` and
    `products` are None and `winner` is the place in the patch; for others it is None.
    """

    place: Axes
    channels: range
    patch: np.ndarray
    kernel: np.ndarray | None
    products: np.ndarray | None
    sum: float | None
    bias: float
    result: float
    positions: np.ndarray
    window: tuple[tuple[int, int], ...]
    winner: Axes | None


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


def cell(
    operation: Operation,
    x: np.ndarray,
    weights: np.ndarray | None,
    bias: np.ndarray | None,
    place: Axes,
) -> Cell:
    """How the output at a place (channel, ...space) came about."""
    check(operation)
    x, weights, bias = _arrays(operation, x, weights, bias)
    shape = output_shape(operation)
    if len(place) != len(shape) or not all(0 <= at < n for at, n in zip(place, shape, strict=True)):
        raise OperationError("place", place=place, shape=shape)
    group, within = divmod(place[0], operation.filters // operation.groups)
    each = operation.channels // operation.groups
    channels = range(place[0], place[0] + 1)
    if not operation.is_pool:
        channels = range(group * each, (group + 1) * each)
    positions, window = _read(operation, place[1:])
    patch = _values(operation, x[channels.start : channels.stop], positions)
    added = 0.0 if operation.is_pool else float(bias[place[0]])
    told = {"place": place, "channels": channels, "patch": patch, "bias": added}
    told |= {"positions": positions, "window": window}
    if operation.kind == "max":
        winner = np.unravel_index(int(patch.argmax()), patch.shape)[1:]
        told |= {"kernel": None, "products": None, "sum": None, "result": float(patch.max())}
        return Cell(winner=tuple(int(one) for one in winner), **told)
    if operation.kind == "average":
        kernel = np.broadcast_to(_shares(operation, place[1:]), patch.shape)
    elif operation.kind == "transposed":
        kernel = weights[channels.start : channels.stop, within]
    else:
        kernel = weights[place[0]]
    products = patch * kernel
    total = float(products.sum())
    told |= {"kernel": kernel, "products": products, "sum": total, "result": total + added}
    return Cell(winner=None, **told)


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
    each = zip(place, operation.stride, operation.reach, operation.dilation, strict=True)
    return tuple(slice(at * s, at * s + reach, d) for at, s, reach, d in each)


def _line(operation: Operation, axis: int) -> np.ndarray:
    """The input position that each place of the padded axis repeats, -1 for a zero."""
    size, (before, after) = operation.size[axis], operation.pads[axis]
    last = (output_size(operation)[axis] - 1) * operation.stride[axis] + operation.reach[axis]
    at = np.arange(-before, max(size + after, last - before))  # a window may hang over
    if operation.padding_mode == "replicate":
        return at.clip(0, size - 1)
    if operation.padding_mode == "circular":
        return at % size
    if operation.padding_mode == "reflect":
        return size - 1 - abs(size - 1 - abs(at))
    return np.where((at < 0) | (at >= size), -1, at)


def _edge(operation: Operation) -> float:
    return -np.inf if operation.kind == "max" else 0.0


def _padded(operation: Operation, x: np.ndarray) -> np.ndarray:
    for axis in range(operation.dims):
        line = _line(operation, axis)
        x = np.take(x, line, axis=axis + 1)
        np.moveaxis(x, axis + 1, 0)[line < 0] = _edge(operation)
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
    sizes = zip(output_size(operation), operation.pads, strict=True)
    whole = np.zeros((filters, *(size + sum(pads) for size, pads in sizes)))
    for place in np.ndindex(*operation.size):
        values = x[(slice(None), *place)].reshape(groups, -1, 1)
        laid = (values * grouped).sum(axis=1).reshape(filters, *operation.kernel)
        whole[(slice(None), *_taps(operation, place))] += laid
    sizes = zip(output_size(operation), operation.pads, strict=True)
    return whole[(slice(None), *(slice(before, before + size) for size, (before, _) in sizes))]


def _read(operation: Operation, place: Axes) -> tuple[np.ndarray, tuple[tuple[int, int], ...]]:
    """The input positions (*kernel, dims) that a cell reads, and its window along each axis."""
    axes, window = [], []
    for axis, at in enumerate(place):
        kernel, stride = operation.kernel[axis], operation.stride[axis]
        size, before = operation.size[axis], operation.pads[axis][0]
        taps = operation.dilation[axis] * np.arange(kernel)
        if operation.kind == "transposed":
            reached = at + before - taps
            falls = (reached % stride == 0) & (reached >= 0) & (reached // stride < size)
            sources = np.where(falls, reached // stride, -1)
            seen = sources[falls]
            window.append((int(seen.min()), int(seen.max()) + 1) if len(seen) else (0, 0))
        else:
            sources = _line(operation, axis)[at * stride + taps]
            first = at * stride - before
            window.append((first, first + operation.reach[axis]))
        axes.append(sources)
    positions = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    positions[(positions < 0).any(axis=-1)] = -1
    return positions, tuple(window)


def _values(operation: Operation, x: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(channels, *kernel) of what stands at the positions."""
    values = x[(slice(None), *np.moveaxis(positions, -1, 0))]
    return np.where(positions[..., 0] < 0, _edge(operation), values)
