"""What a request of the Convolution tab is about: an operation, its input and its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from convdemo.convolution.bench import MOST_NUMBERS, Filters
from convdemo.convolution.inputs import EXAMPLES, example, fitted
from convdemo.convolution.kernels import KERNELS, SEEDS, centred, kernel, random_kernel
from convdemo.convolution.operation import Operation, OperationError, operation
from convdemo.ui import wire
from convdemo.ui.tabs.convolution.pictures import asked_block, asked_plane
from convdemo.ui.wire import Refused
from convdemo.ui.written_line import refused

HUGE = 500  # that any number may be: sums of their products agree with torch within its tolerance
_LISTS = ("size", "kernel", "stride", "dilation", "output_padding")


def asked_operation(request: Mapping[str, Any]) -> Operation:
    """The operation of {"settings"}; Refused with the rule that is broken."""
    settings = wire.mapping(request.get("settings"))
    given: dict[str, Any] = {name: _numbers(settings, name) for name in _LISTS if name in settings}
    if isinstance(settings.get("padding"), list):
        given["padding"] = _numbers(settings, "padding")
    else:
        given["padding"] = wire.text(settings, "padding") or "valid"
    if "size" not in given or "kernel" not in given:
        raise Refused("request")
    given["kind"] = wire.text(settings, "kind") or ""
    for name in ("channels", "filters", "groups"):
        if name in settings:
            given[name] = _one(settings[name], name)
    given["padding_mode"] = wire.text(settings, "padding_mode") or "zeros"
    if isinstance(settings.get("bias"), bool):
        given["bias"] = settings["bias"]
    try:
        return operation(**given)
    except OperationError as error:
        raise refused(error) from error


def _numbers(settings: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    values = settings[name]
    if not isinstance(values, list) or not 1 <= len(values) <= 3:
        raise Refused("request")
    return tuple(_one(value, name) for value in values)


def _one(value: Any, name: str) -> Any:
    """A number, whole or not: the operation says what is wrong with it."""
    if value is None:
        raise Refused("convolution_blank", setting=f"@convolution.setting.{name}|{name}")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused("request")
    return value


def asked_array(given: Any, dims: int) -> np.ndarray:
    """Numbers of {"values", "shape"} with one axis more than `dims`, the channels."""
    given = wire.mapping(given)
    values, shape = given.get("values"), given.get("shape")
    if not isinstance(values, list) or not isinstance(shape, list) or len(shape) != dims + 1:
        raise Refused("request")
    if not all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 4096 for n in shape):
        raise Refused("request")
    if math.prod(shape) != len(values) or len(values) > 2 * MOST_NUMBERS:
        raise Refused("request")
    for value in values:
        _check_number(value)
    return np.array(values, dtype=np.float64).reshape(shape)


def _check_number(value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        raise Refused("convolution_number")
    if abs(value) > HUGE:
        raise Refused("convolution_huge", most=HUGE)


def asked_input(request: Mapping[str, Any], made: Operation) -> np.ndarray:
    """(channels, *size) of {"input"}: an example, the visitor's numbers, a picture, a clip."""
    given = wire.mapping(request.get("input"))
    shape = (made.channels, *made.size)
    if "values" in given:
        return fitted(asked_array(given, made.dims), shape)
    if "source" in given:
        name = wire.text(given, "source")
        if name not in EXAMPLES[made.dims]:
            raise Refused("request")
        return example(name, made.size, made.channels)
    if made.dims == 3:
        return asked_block(given, shape)
    if made.dims != 2:
        raise Refused("request")
    return asked_plane(given, shape)


def asked_filters(request: Mapping[str, Any], made: Operation) -> Filters:
    """The weights of {"filters"}, one entry each: {"name"}, {"name": "random", "seed"} or
    {"name": "own", "values", "shape"}; biases of {"biases"}."""
    given = request.get("filters", [])
    biases = request.get("biases", [])
    if not isinstance(given, list) or not isinstance(biases, list):
        raise Refused("request")
    found = [
        _filter(given[at] if at < len(given) else {"name": "random", "seed": at}, made)
        for at in range(made.filters)
    ]
    added = np.zeros(made.filters)
    for at, value in enumerate(biases[: made.filters] if made.bias else []):
        _check_number(value)
        added[at] = value
    return Filters(np.stack([one for one, _ in found]), tuple(name for _, name in found), added)


def _filter(given: Any, made: Operation) -> tuple[np.ndarray, str]:
    """(channels of a group, *kernel), and its name: "own" where it is no longer what it was."""
    given = wire.mapping(given)
    name, channels = wire.text(given, "name"), made.channels // made.groups
    shape = (channels, *made.kernel)
    if name == "random":
        seed = int(wire.number(given, "seed", 0, SEEDS))
        return random_kernel(seed, shape), name
    if name == "own":
        values = asked_array(given, made.dims)
        kept = [values[min(at, len(values) - 1)] for at in range(channels)]
        return np.stack([centred(one, made.kernel) for one in kept]), name
    if name not in KERNELS[made.dims]:
        raise Refused("request")
    found = kernel(name, made.kernel)
    if found is None:
        found, name = centred(KERNELS[made.dims][name], made.kernel), "own"
    return np.repeat(found[None] / channels, channels, axis=0), name
