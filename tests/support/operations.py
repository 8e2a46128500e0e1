"""Convolutions and pools drawn at random, and torch's answers to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from torch import nn

from convdemo.convolution.operation import (
    KINDS,
    PADDING_MODES,
    POOLS,
    Operation,
    OperationError,
    operation,
)

# Many settings cannot be, and are drawn again.
HEALTHY = (HealthCheck.filter_too_much, HealthCheck.too_slow)
LIKELY = settings(deadline=None, derandomize=True, database=None, suppress_health_check=HEALTHY)
MODULES = {"convolution": "Conv", "transposed": "ConvTranspose", "max": "MaxPool"}


@st.composite
def settings_of(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """The settings of any operation, among them some that cannot be."""
    kind = draw(st.sampled_from(kinds))
    dims = draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return draw(st.tuples(*[st.integers(low, high)] * dims))

    groups = 1 if kind in ("max", "average") else draw(st.sampled_from((1, 1, 2, 3)))
    found: dict[str, Any] = {
        "kind": kind,
        # torch's AvgPool3d wants a kernel to fit before anything is padded.
        "size": each(3 if (kind, dims) == ("average", 3) else 1, (12, 7, 5)[dims - 1]),
        "kernel": each(1, 3),
        "channels": groups * draw(st.integers(1, 2)),
        "stride": each(1, 3),
        "padding": each(0, 2),
        "groups": groups,
    }
    if kind != "average":
        found["dilation"] = each(1, 2)
    if kind in ("convolution", "transposed"):
        found["filters"] = groups * draw(st.integers(1, 2)) + draw(st.sampled_from((0, 0, 0, 1)))
        found["bias"] = draw(st.booleans())
    if kind == "transposed":
        found["output_padding"] = each(0, 1)
    if kind == "convolution":
        found["padding_mode"] = draw(st.sampled_from(PADDING_MODES))
        word = draw(st.sampled_from((None, None, "same", "valid")))
        found["padding"] = word or found["padding"]
        if word == "same":
            found["stride"] = (1,) * dims
    if kind in ("max", "average"):
        found["ceil_mode"] = draw(st.booleans())
    return found


@st.composite
def operations(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS, **fixed: Any) -> Operation:
    """Any operation that can be, with some of its settings fixed."""
    found = {**draw(settings_of(kinds)), **fixed}
    found["filters"] = found.get("filters", 1) // found["groups"] * found["groups"]
    if found["kind"] in POOLS:
        pairs = zip(found["padding"], found["kernel"], strict=True)
        found["padding"] = tuple(min(padding, kernel // 2) for padding, kernel in pairs)
        del found["filters"]
    try:
        return operation(**found)
    except OperationError:
        assume(False)
        raise


def module_of(kind: str, size: tuple[int, ...], kernel: Any, **given: Any) -> nn.Module:
    """The module of torch with the same settings, written by hand to hold the code to."""
    channels, groups = given.pop("channels"), given.pop("groups")
    name = f"{MODULES.get(kind, 'AvgPool')}{len(size)}d"
    if kind in ("max", "average"):
        return getattr(nn, name)(kernel, **given)
    filters = given.pop("filters")
    return getattr(nn, name)(channels, filters, kernel, groups=groups, **given).double()


def as_module(made: Operation) -> nn.Module:
    names = ["kind", "size", "kernel", "channels", "groups", "stride", "padding"]
    if not made.is_pool:
        names += ["filters", "bias"]
    if made.kind != "average":
        names.append("dilation")
    if made.kind == "transposed":
        names.append("output_padding")
    if made.kind == "convolution":
        names.append("padding_mode")
    if made.is_pool:
        names.append("ceil_mode")
    values = {name: getattr(made, name) for name in names}
    if made.kind != "convolution" and made.padding == "valid":
        values["padding"] = 0
    return module_of(**values)


def by_torch(module: nn.Module, x: np.ndarray, weights: Any, bias: Any) -> np.ndarray:
    given = {"weight": weights, "bias": bias}
    state = {name: torch.from_numpy(one) for name, one in given.items() if one is not None}
    module.double().load_state_dict(state)
    with torch.no_grad():
        return module(torch.from_numpy(x)[None])[0].numpy()
