"""The figures of a convolution or a pool: the formula, weights, work, what is read, 'same'."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from convdemo.convolution.operation import Axes, Operation, weight_shape
from convdemo.convolution.output_size import added_cells, output_size, same_pads

Pads = tuple[tuple[int, int], ...]  # (before, after) of each axis


@dataclass(frozen=True)
class Field:
    """What one cell sees along an axis: how many inputs, how far the next cell's lie from them,
    and where those of the first cell start (negative: in the padding)."""

    size: int
    jump: Fraction
    start: int


@dataclass(frozen=True)
class Same:
    """A 'same' padding and the size that it gives."""

    pads: Pads
    output: Axes


@dataclass(frozen=True)
class Compared:
    """'same' in PyTorch, in Keras, and half the kernel on both sides, as is written instead.

    `torch` is None where PyTorch refuses. `shift` is by how many inputs the windows of Keras lie
    further right than those of the half.
    """

    torch: Same | None
    keras: Same
    half: Same
    shift: Axes


def parameters(operation: Operation) -> int:
    """The weights and the biases."""
    weights = 0 if operation.is_pool else math.prod(weight_shape(operation))
    return weights + operation.filters * operation.bias


def multiply_adds(operation: Operation) -> int:
    """Products that are added up for one input, those with the padding too; a pool has none.

    Of a transposed convolution those that its padding cuts away are counted as well.
    """
    if operation.is_pool:
        return 0
    moved = operation.size if operation.kind == "transposed" else output_size(operation)
    return math.prod(weight_shape(operation)) * math.prod(moved)


def unused_inputs(operation: Operation) -> Axes:
    """How many inputs at the end of each axis lie beyond the last window, because of the floor.

    Of a transposed convolution: whose every output is cut away by the padding.
    """
    return tuple(_unread(operation, axis) for axis in range(operation.dims))


def _unread(operation: Operation, axis: int) -> int:
    size, stride, effective_kernel = (
        operation.size[axis],
        operation.stride[axis],
        operation.effective_kernel[axis],
    )
    before, output = operation.pads[axis][0], output_size(operation)[axis]
    if operation.kind != "transposed":
        return max(0, size + before - (output - 1) * stride - effective_kernel)
    if (size - 1) * stride + effective_kernel <= before:
        return size
    return max(0, size - -(-(output + before) // stride))


def formula(operation: Operation) -> tuple[dict[str, int], ...]:
    """The terms of the output size along each axis, by name."""
    found = []
    for axis, (before, after) in enumerate(operation.pads):
        terms = {
            "input": operation.size[axis],
            "before": before,
            "after": after,
            "dilation": operation.dilation[axis],
            "kernel": operation.kernel[axis],
            "reach": operation.effective_kernel[axis],
            "stride": operation.stride[axis],
        }
        if operation.kind == "transposed":
            terms["output_padding"] = added_cells(operation)[axis]
        if operation.ceil_mode:
            room = terms["input"] + before + after - terms["reach"]
            terms["dropped"] = -(-room // terms["stride"]) + 1 - output_size(operation)[axis]
        found.append(terms | {"output": output_size(operation)[axis]})
    return tuple(found)


def written(operation: Operation) -> tuple[str, ...]:
    """The formula of each axis with its numbers, such as floor((5 + 2×0 - 1×(3 - 1) - 1) / 1) + 1.

    An uneven padding is written as its two sides; with ceil_mode it is ceil.
    """
    return tuple(_written(terms) for terms in formula(operation))


def _written(terms: dict[str, int]) -> str:
    before, after, stride = terms["before"], terms["after"], terms["stride"]
    spread = f"{terms['dilation']}×({terms['kernel']} - 1)"
    pads = f"2×{before}" if before == after else f"{before} + {after}"
    if "output_padding" in terms:
        cut = pads if before == after else f"({pads})"
        return (
            f"({terms['input']} - 1)×{stride} - {cut} + {spread} + {terms['output_padding']} "
            f"+ 1 = {terms['output']}"
        )
    cells = f"(({terms['input']} + {pads} - {spread} - 1) / {stride}) + 1"
    if "dropped" not in terms:
        return f"floor{cells} = {terms['output']}"
    # A window that would begin behind the input is none.
    return f"ceil{cells}{' - 1' * terms['dropped']} = {terms['output']}"


def same_padding(operation: Operation) -> Same:
    """What 'same' pads for a convolution, whatever padding it has now.

    Keras takes ceil(input / stride) cells and pads what their windows need, the odd one at the end;
    PyTorch does the same with a stride of 1, and has no 'same' past it.
    """
    each = zip(operation.size, operation.stride, strict=True)
    return Same(same_pads(operation), tuple(-(-size // stride) for size, stride in each))


def same_compared(operation: Operation) -> Compared:
    """The two frameworks' 'same' for the numbers of a convolution, and the usual way round it."""
    keras = same_padding(operation)
    usual = tuple((k - 1) // 2 for k in operation.effective_kernel)
    half = replace(operation, padding=usual)
    return Compared(
        torch=None if max(operation.stride) > 1 else keras,
        keras=keras,
        half=Same(half.pads, output_size(half)),
        shift=tuple(one - pads[0] for one, pads in zip(usual, keras.pads, strict=True)),
    )


def receptive_field(operations: Sequence[Operation]) -> tuple[Field, ...]:
    """What a cell of the last of the operations sees of the input of the first, along each axis.

    The gaps of a dilation count as seen. Of one transposed convolution it is what the cell that
    sees most sees; where it is among other layers, at most that many.
    """
    return tuple(_field(operations, axis) for axis in range(operations[0].dims))


def _field(operations: Sequence[Operation], axis: int) -> Field:
    length = start = 0  # of the cell's interval, its ends included, from its first to its last
    jump = Fraction(1)
    for one in reversed(operations):
        stride, effective_kernel = one.stride[axis], one.effective_kernel[axis]
        before = one.pads[axis][0]
        if one.kind != "transposed":
            length = length * stride + effective_kernel - 1
            start = start * stride - before
            jump *= stride
            continue
        if length == 0:
            length = _spread(one.kernel[axis], one.dilation[axis], stride)
        else:
            length = (length + effective_kernel - 1) // stride
        start = -((effective_kernel - 1 - start - before) // stride)
        jump /= stride
    return Field(length + 1, jump, start)


def _spread(kernel: int, dilation: int, stride: int) -> int:
    """From the first to the last input that one output of a transposed convolution is made of."""
    common = math.gcd(dilation, stride)
    return dilation // common * ((kernel - 1) // (stride // common))
