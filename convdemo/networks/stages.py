"""What networks are put together from: named stages, and blocks that add to what is there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import torch
from torch import nn

Shape = tuple[int, int, int]


class Residual(nn.Module):
    """x + body(x)."""

    def __init__(self, body: nn.Module):
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


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
