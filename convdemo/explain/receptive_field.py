"""Which places of an input a cell of a map looks at: at most, and in fact."""

from __future__ import annotations

import copy

import torch
from torch import nn

from convdemo.networks.stages import split_at

MASS = 0.95  # of the gradient that lies inside the effective field

_KEPT = (nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Flatten)

Box = tuple[int, int, int, int]  # top, left, bottom, right, the last two exclusive


def theoretical(network: nn.Sequential, stage: str, x: torch.Tensor, row: int, column: int) -> Box:
    """The rectangle of an input (1, C, H, W) on which a cell of a stage can depend at all.

    Found by running a copy in which every layer only passes values on: what has a gradient then,
    is looked at. That holds for any way in which layers are put together.
    """
    below, _ = split_at(network, stage)
    passing = _passing(copy.deepcopy(below)).double()
    # Ones, since layers that multiply have no gradient at zero.
    start = torch.ones_like(x, dtype=torch.float64).requires_grad_()
    cell = passing(start)[0, :, row, column].sum()
    (gradient,) = torch.autograd.grad(cell, start)
    return _box(gradient[0].abs().sum(dim=0) > 0)


def effective(
    network: nn.Sequential, stage: str, x: torch.Tensor, row: int, column: int, channel: int | None
) -> tuple[torch.Tensor, Box]:
    """(H, W) of how much a cell changes with each pixel of this input, and the smallest rectangle
    about its strongest places that holds 95 % of that (arXiv 1701.04128).

    `channel` None looks at all channels of the cell at once.
    """
    below, _ = split_at(network, stage)
    start = x.clone().requires_grad_()
    cell = below(start)[0, :, row, column]
    (gradient,) = torch.autograd.grad(cell.sum() if channel is None else cell[channel], start)
    strength = gradient[0].abs().sum(dim=0)
    return strength, _heaviest(strength)


def _passing(module: nn.Module) -> nn.Module:
    """The module with every layer replaced by one that adds up what it sees."""
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d | nn.Linear):
            nn.init.constant_(child.weight, 1 / child.weight[0].numel())
            if child.bias is not None:
                nn.init.zeros_(child.bias)
        elif isinstance(child, nn.MaxPool2d):
            mean = nn.AvgPool2d(
                child.kernel_size, child.stride, child.padding, ceil_mode=child.ceil_mode
            )
            setattr(module, name, mean)
        elif not isinstance(child, nn.BatchNorm2d) and any(child.children()):
            _passing(child)
        elif not isinstance(child, _KEPT):
            setattr(module, name, nn.Identity())
    return module


def _box(inside: torch.Tensor) -> Box:
    """The smallest rectangle around all that is True; empty where nothing is."""
    rows, columns = inside.any(dim=1).nonzero(), inside.any(dim=0).nonzero()
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _heaviest(strength: torch.Tensor) -> Box:
    """The rectangle around the strongest pixels that hold MASS of all strength."""
    total = float(strength.sum())
    if total <= 0:
        return 0, 0, 0, 0
    order = strength.flatten().sort(descending=True)
    enough = int((order.values.cumsum(0) < MASS * total).sum()) + 1
    inside = torch.zeros_like(strength, dtype=torch.bool).flatten()
    inside[order.indices[:enough]] = True
    return _box(inside.view_as(strength))
