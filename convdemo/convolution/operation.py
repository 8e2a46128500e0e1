"""Convolution and pooling along 1, 2 or 3 axes: what is possible, and how large it comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convdemo.convolution.output_size import output_size, same_pads
from convdemo.errors import Problem

KINDS = ("convolution", "transposed", "max", "average")
POOLS = ("max", "average")
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
LARGEST = 1_000_000  # that any number may be
PROBLEMS = {
    "choice": "{setting} is {value}; it can be {choices}.",
    "dims": "A kernel moves along 1, 2 or 3 axes, not along {dims}.",
    "whole": "{setting} is {value}; a whole number is needed.",
    "axes": "{setting} has {count} numbers for {dims} axes: {off} {direction}.",
    "large": "{setting} is {value}; at most {limit} is taken: {off} too many.",
    "kernel_empty": "A kernel of {value} along axis {axis} holds nothing; at least 1 is needed: "
    "{off} too few.",
    "stride_none": "With a stride of {value} along axis {axis} the kernel does not move on; at "
    "least 1 is needed: {off} too few.",
    "small_axis": "{setting} is {value} along axis {axis}; at least {least} is needed: {off} too "
    "few.",
    "small": "{setting} is {value}; at least {least} is needed: {off} too few.",
    "foreign": "The kind {kind} has no {setting}; here it is {value}.",
    "groups_channels": "{groups} groups do not divide {channels} input channels: {off} left over.",
    "groups_filters": "{groups} groups do not divide {filters} filters: {off} left over.",
    "same_with": "PyTorch has no such 'same', and Keras has none where {setting} is {value}.",
    "pool_padding": "A pool pads at most half of its kernel; along axis {axis} that is {limit} of "
    "{kernel}, the padding is {padding}: {off} too many.",
    "reflect_far": "Reflection leaves the edge itself out, so that an input of {size} along axis "
    "{axis} gives at most {limit}, the padding is {padding}: {off} too many.",
    "circular_far": "Going round, an input of {size} along axis {axis} gives at most {limit}, the "
    "padding is {padding}: {off} too many.",
    "kernel_far": "The kernel reaches over {reach} inputs (dilation {dilation} times {steps} plus "
    "1), the padded input has {padded} along axis {axis}: {off} too many.",
    "output_padding_far": "The output padding is smaller than the stride {stride} or the dilation "
    "{dilation}; along axis {axis} it is {value}: {off} too many.",
    "output_none": "A padding of {padding} along axis {axis} leaves {output} of the {full} "
    "outputs; at least 1 is needed: {off} too few.",
    "shape": "{setting} has the shape {shape}; {wanted} is needed.",
}
_LEAST = {"size": 1, "kernel": 1, "stride": 1, "dilation": 1, "padding": 0, "output_padding": 0}

Axes = tuple[int, ...]


class OperationError(Problem):
    """Something that cannot be computed; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS


@dataclass(frozen=True)
class Operation:
    """A kernel that moves over an input; what is said for each axis has `dims` numbers.

    A pool has as many filters as channels. 'same' gives ceil(size / stride) cells, a transposed
    convolution size * stride, and has the odd one at the end: Keras' rule, which is PyTorch's where
    it has one. The average of a pool leaves it out. `ceil_mode` is that of PyTorch's pools.
    """

    kind: str
    dims: int
    size: Axes
    channels: int
    filters: int
    kernel: Axes
    stride: Axes
    padding: Axes | str
    padding_mode: str
    dilation: Axes
    groups: int
    bias: bool
    output_padding: Axes
    ceil_mode: bool

    @property
    def is_pool(self) -> bool:
        """Whether it has no weights."""
        return self.kind in POOLS

    @property
    def effective_kernel(self) -> Axes:
        """How many inputs lie under the kernel, the gaps of the dilation among them."""
        return tuple(d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """(before, after) of each axis."""
        if self.padding == "same":
            return same_pads(self)
        numbers = (0,) * self.dims if isinstance(self.padding, str) else self.padding
        return tuple((one, one) for one in numbers)


def operation(
    kind: str,
    size: Sequence[int],
    kernel: int | Sequence[int],
    *,
    channels: int = 1,
    filters: int | None = None,
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] | str = "valid",
    padding_mode: str = "zeros",
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    bias: bool | None = None,
    output_padding: int | Sequence[int] = 0,
    ceil_mode: bool = False,
) -> Operation:
    """A checked operation; one number holds for every axis, and a pool moves on by its kernel."""
    dims, is_pool = len(size), kind in POOLS

    def each(value: int | Sequence[int]) -> Axes:
        values = (value,) if isinstance(value, int | float) else tuple(value)
        return values * dims if len(values) == 1 else values

    made = Operation(
        kind=kind,
        dims=dims,
        size=tuple(size),
        channels=channels,
        filters=(channels if is_pool else 1) if filters is None else filters,
        kernel=each(kernel),
        stride=each((kernel if is_pool else 1) if stride is None else stride),
        padding=padding if isinstance(padding, str) else each(padding),
        padding_mode=padding_mode,
        dilation=each(dilation),
        groups=groups,
        bias=not is_pool if bias is None else bias,
        output_padding=each(output_padding),
        ceil_mode=ceil_mode,
    )
    check(made)
    return made


def check(operation: Operation) -> None:
    """OperationError for the first rule that is broken; axes are counted from 1."""
    choices = {"kind": KINDS, "padding_mode": PADDING_MODES}
    if isinstance(operation.padding, str):
        choices["padding"] = ("valid", "same", "numbers")
    for setting, known in choices.items():
        if (value := getattr(operation, setting)) not in known:
            raise OperationError("choice", setting=setting, value=value, choices=", ".join(known))
    if operation.dims not in (1, 2, 3):
        raise OperationError("dims", dims=operation.dims)
    for setting in ("channels", "filters", "groups"):
        _check_number(setting, getattr(operation, setting), least=1)
    for setting in _LEAST:
        _check_numbers(operation, setting)
    _check_kind(operation)
    if operation.padding == "same":
        _check_same(operation)
    for axis in range(operation.dims):
        _check_axis(operation, axis)


def _check_numbers(operation: Operation, setting: str) -> None:
    """A number for each axis, unless a word stands for them."""
    values = getattr(operation, setting)
    if isinstance(values, str):
        return
    if off := len(values) - operation.dims:
        values = {"setting": setting, "count": len(values), "dims": operation.dims}
        direction = "too many" if off > 0 else "too few"
        raise OperationError("axes", off=abs(off), direction=direction, **values)
    for axis, value in enumerate(values, start=1):
        _check_number(setting, value, least=_LEAST[setting], axis=axis)


def _check_number(setting: str, value: object, *, least: int, axis: int | None = None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise OperationError("whole", setting=setting, value=value)
    if value > LARGEST:
        off = value - LARGEST
        raise OperationError("large", setting=setting, value=value, limit=LARGEST, off=off)
    if value >= least:
        return
    problem = {"kernel": "kernel_empty", "stride": "stride_none"}.get(setting, "small_axis")
    values = {"setting": setting, "value": value, "least": least, "off": least - value}
    raise OperationError("small" if axis is None else problem, axis=axis, **values)


def _check_kind(operation: Operation) -> None:
    """What only some kinds have, and the channels of a group."""
    kind, groups = operation.kind, operation.groups
    foreign = {
        "output_padding": kind != "transposed" and any(operation.output_padding),
        "padding_mode": kind != "convolution" and operation.padding_mode != "zeros",
        "ceil_mode": not operation.is_pool and operation.ceil_mode,
    }
    if operation.is_pool:
        foreign["filters"] = operation.filters != operation.channels
        foreign["groups"] = groups != 1
        foreign["bias"] = operation.bias
        foreign["dilation"] = kind == "average" and set(operation.dilation) != {1}
    _refuse(operation, "foreign", foreign)
    for setting in ("channels", "filters"):
        if off := getattr(operation, setting) % groups:
            counts = {"groups": groups, setting: getattr(operation, setting), "off": off}
            raise OperationError(f"groups_{setting}", **counts)


def _check_same(operation: Operation) -> None:
    """What neither PyTorch's 'same', of a convolution that moves on by 1, nor Keras' goes with."""
    if operation.kind == "convolution" and max(operation.stride) == 1:
        return
    moves = max(operation.stride) > 1 or operation.is_pool
    unknown = {
        "padding_mode": operation.padding_mode != "zeros",
        "dilation": moves and max(operation.dilation) > 1,
        "ceil_mode": operation.ceil_mode,
        "output_padding": any(operation.output_padding),
    }
    _refuse(operation, "same_with", unknown)


def _refuse(operation: Operation, problem: str, settings: dict[str, bool]) -> None:
    for setting in (name for name, is_set in settings.items() if is_set):
        value = getattr(operation, setting)
        values = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        raise OperationError(problem, kind=operation.kind, setting=setting, value=values)


def _check_axis(operation: Operation, axis: int) -> None:
    size, kernel, stride = (getattr(operation, s)[axis] for s in ("size", "kernel", "stride"))
    dilation, effective_kernel, pads = (
        operation.dilation[axis],
        operation.effective_kernel[axis],
        operation.pads[axis],
    )
    there = {"axis": axis + 1}
    limits = {"reflect_far": size - 1, "circular_far": size, "pool_padding": kernel // 2}
    problem = "pool_padding" if operation.is_pool else f"{operation.padding_mode}_far"
    if problem in limits and (off := max(pads) - limits[problem]) > 0:
        values = {"size": size, "kernel": kernel, "padding": max(pads), "limit": limits[problem]}
        raise OperationError(problem, off=off, **values, **there)
    if operation.kind != "transposed":
        # A last window may hang over by less than a step.
        room = size + sum(pads) + (stride - 1 if operation.ceil_mode else 0)
        if (off := effective_kernel - room) > 0:
            values = {"reach": effective_kernel, "dilation": dilation, "padded": room}
            raise OperationError("kernel_far", steps=kernel - 1, off=off, **values, **there)
        return
    value = operation.output_padding[axis]
    if (off := value - max(stride, dilation) + 1) > 0:
        values = {"stride": stride, "dilation": dilation, "value": value}
        raise OperationError("output_padding_far", off=off, **values, **there)
    if (output := output_size(operation)[axis]) < 1:
        values = {"padding": pads[0], "output": max(0, output), "full": output + sum(pads)}
        raise OperationError("output_none", off=1 - output, **values, **there)


def weight_shape(operation: Operation) -> Axes:
    """How PyTorch lays the weights out: (filters, channels of a group, ...), a transposed
    convolution (channels, filters of a group, ...); () for a pool."""
    if operation.is_pool:
        return ()
    first, second = operation.filters, operation.channels
    first, second = (second, first) if operation.kind == "transposed" else (first, second)
    return first, second // operation.groups, *operation.kernel
