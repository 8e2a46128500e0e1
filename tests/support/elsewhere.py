"""A stand-in for a second device: its tensors compute as all do, but never with those of another.

PyTorch has no device but the processor where no accelerator is. `torch.device("cpu", 0)` is told
apart from `torch.device("cpu")` by whoever compares them; what is sent there is marked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("cpu", 0)
MOVES = (torch.Tensor.to, torch.Tensor.cpu)
# What tensors of two devices may be in at once.
SAME_KIND = torch._has_compatible_shallow_copy_type  # pyright: ignore
ACROSS = (*MOVES, torch.Tensor.copy_, SAME_KIND)


class Elsewhere(torch.Tensor):
    """A tensor on the other device."""


class SecondDevice(TorchFunctionMode):
    """While it is entered there are two; `here` and `there` count the convolutions on each."""

    def __init__(self) -> None:
        super().__init__()
        self.here = self.there = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)]
        there = any(isinstance(one, Elsewhere) for one in tensors)
        here = any(one.ndim and not isinstance(one, Elsewhere) for one in tensors)
        if there and here and func not in ACROSS:
            raise RuntimeError(f"{func.__name__}: tensors are on two devices")
        if func is functional.conv2d:
            self.there, self.here = self.there + there, self.here + here
        named = [one for one in (*args, *kwargs.values()) if isinstance(one, torch.device | str)]
        with torch._C.DisableTorchFunctionSubclass():
            if there and func == torch.Tensor.device.__get__:  # pyright: ignore
                return DEVICE
            if there and func is torch.Tensor.__deepcopy__:
                copied = args[0].detach().clone().as_subclass(Elsewhere)
                copied._is_param = isinstance(args[0], nn.Parameter)
                return copied.requires_grad_(args[0].requires_grad)
            found = func(*args, **kwargs)
            if func in MOVES:
                there = named[0] == DEVICE if named else there and func is torch.Tensor.to
                found = found.as_subclass(torch.Tensor)
            if not there and DEVICE not in named:
                return found
            known = {id(one) for one in tensors}
            return tree_map(lambda one: one if id(one) in known else _marked(one), found)


def _marked(one: Any) -> Any:
    """A result as one of the other device; what is a leaf of its graph stays one."""
    if not isinstance(one, torch.Tensor):
        return one
    if one.is_leaf and one.requires_grad:
        return one.detach().as_subclass(Elsewhere).requires_grad_()
    return one.as_subclass(Elsewhere)


@contextlib.contextmanager
def second_device() -> Iterator[SecondDevice]:
    """Both devices, with modules whose weights can go from one to the other."""
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        with SecondDevice() as devices:
            yield devices
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(before)
