"""Named stages, which networks are put together from, cut apart and looked into."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import torch
from torch import nn

from convdemo.errors import choose

Shape = tuple[int, int, int]


def stages(**named: nn.Module) -> nn.Sequential:
    """An `nn.Sequential` of stages in the order given."""
    return nn.Sequential(OrderedDict(named))


def kinds(module: nn.Module) -> Iterator[str]:
    """The kinds of layers in a stage, in order."""
    if not any(True for _ in module.children()):
        # timm pads some of its convolutions in a class of its own.
        yield "Conv2d" if isinstance(module, nn.Conv2d) else type(module).__name__
        return
    for child in module.children():
        yield from kinds(child)


def run_stages(network: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The output of every stage by name, in order; the last one is the logits."""
    outputs = {}
    for name, stage in network.named_children():
        x = stage(x)
        outputs[name] = x
    return outputs


def split_at(network: nn.Sequential, stage: str) -> tuple[nn.Sequential, nn.Sequential]:
    """The network up to and with `stage`, and what follows it."""
    names = [name for name, _ in network.named_children()]
    choose("stage", stage, names)
    cut = names.index(stage) + 1
    return network[:cut], network[cut:]


def count_parameters(network: nn.Module) -> int:
    """The number of trainable values."""
    return sum(parameter.numel() for parameter in network.parameters())


def set_dropout(network: nn.Sequential, share: float | None) -> None:
    """Every dropout of a network drops that share while training; None leaves it as it is.

    A network without any gets one before its output. Weights fit both.
    """
    if share is None:
        return
    found = [module for module in network.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.p = share
    if not found:
        name = [name for name, _ in network.named_children()][-2]
        stage = getattr(network, name)
        layers = list(stage) if isinstance(stage, nn.Sequential) else [stage]
        setattr(network, name, nn.Sequential(*layers, nn.Dropout(share)))
