"""What every stage of a network makes of an input: maps, statistics, the filters behind them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from convdemo.errors import choose
from convdemo.networks.stages import kinds, run_stages

BINS = 24  # of a histogram


@dataclass(frozen=True, eq=False)
class StageMaps:
    """The output of a stage for one input: `values` (C, h, w) on the CPU, a vector as (C, 1, 1)."""

    name: str
    layers: tuple[str, ...]  # the kinds of layers in the stage, in order
    values: torch.Tensor
    spatial: bool  # False for a vector, which has no places

    @property
    def statistics(self) -> dict[str, float]:
        """Minimum, maximum, mean, standard deviation and the share of exact zeros."""
        return statistics_of(self.values)


def statistics_of(values: torch.Tensor) -> dict[str, float]:
    """Minimum, maximum, mean, standard deviation and the share of exact zeros."""
    return {
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "std": float(values.std(correction=0)),
        "zeros": float((values == 0).float().mean()),
    }


def histogram(values: torch.Tensor) -> tuple[list[int], float, float]:
    """Counts of the values in BINS equal steps, and the lowest and highest value."""
    low, high = float(values.min()), float(values.max())
    counts = torch.histc(values.float(), BINS, low, high if high > low else low + 1)
    return [int(count) for count in counts], low, high


def feature_maps(network: nn.Sequential, x: torch.Tensor) -> tuple[StageMaps, ...]:
    """What each stage hands on for one input (1, C, H, W), as the network takes it."""
    with torch.no_grad():
        outputs = run_stages(network, x)
    return tuple(
        StageMaps(
            name,
            tuple(kinds(getattr(network, name))),
            output[0].cpu() if output.ndim == 4 else output[0].reshape(-1, 1, 1).cpu(),
            output.ndim == 4,
        )
        for name, output in outputs.items()
    )


def convolutions(network: nn.Sequential) -> dict[str, nn.Conv2d]:
    """Every convolution by its name in the network, in order."""
    return {
        name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    }


def filters(network: nn.Sequential, name: str) -> torch.Tensor:
    """(O, I, kh, kw) weights of the convolution of that name; ValueError naming those there are."""
    return choose("convolution", name, convolutions(network)).weight.detach().cpu()


def convolution_behind(network: nn.Sequential, stage: str) -> str | None:
    """The name of the last convolution in a stage or before it: what made the stage's maps."""
    last = None
    for name, module in network.named_children():
        for inner, layer in module.named_modules():
            if isinstance(layer, nn.Conv2d):
                last = f"{name}.{inner}" if inner else name
        if name == stage:
            return last
    raise ValueError(f"stage {stage!r} is not in the network")
