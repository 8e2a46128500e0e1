"""How many cells come out of a convolution or a pool, and what is padded for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convdemo.convolution.operation import Axes, Operation


def same_pads(operation: Operation) -> tuple[tuple[int, int], ...]:
    """(before, after) of each axis that 'same' would pad, or cut from a transposed convolution."""
    found = []
    for size, kernel, stride in zip(
        operation.size, operation.effective_kernel, operation.stride, strict=True
    ):
        needed = (-(-size // stride) - 1) * stride + kernel - size
        total = max(0, kernel - stride if operation.kind == "transposed" else needed)
        found.append((total // 2, total - total // 2))
    return tuple(found)


def added_cells(operation: Operation) -> Axes:
    """What comes to the end of each axis of a transposed convolution: the output padding, or with
    'same' what a stride past the kernel leaves out."""
    if operation.kind != "transposed" or operation.padding != "same":
        return operation.output_padding
    return tuple(
        max(0, s - r) for s, r in zip(operation.stride, operation.effective_kernel, strict=True)
    )


def output_size(operation: Operation) -> Axes:
    """The cells along each axis that a checked operation gives."""
    each = zip(
        operation.size, operation.pads, operation.effective_kernel, operation.stride, strict=True
    )
    if operation.kind == "transposed":
        spread = ((n - 1) * s - sum(pads) + k for n, pads, k, s in each)
        return tuple(one + more for one, more in zip(spread, added_cells(operation), strict=True))
    found = []
    for n, (before, after), k, s in each:
        cells = (n + before + after - k + (s - 1 if operation.ceil_mode else 0)) // s + 1
        # As in PyTorch, no window may begin behind the input.
        found.append(cells - (operation.ceil_mode and (cells - 1) * s >= n + before))
    return tuple(found)


def output_shape(operation: Operation) -> Axes:
    """(channels, ...space) of what comes out."""
    return operation.filters, *output_size(operation)
