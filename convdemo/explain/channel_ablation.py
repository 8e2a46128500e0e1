"""What if? Channels of a stage switched off, and the channels that matter most for an answer."""

from __future__ import annotations

import torch
from torch import nn

from convdemo.explain.attribution_methods import Progress, no_progress
from convdemo.networks.stages import split_at

AT_ONCE = 64  # channels at most that are tried in one batch
VALUES_AT_ONCE = 2**21  # of the stage's maps in it: more of them leave a processor's cache


def without_channels(
    network: nn.Sequential, x: torch.Tensor, stage: str, off: frozenset[int]
) -> torch.Tensor:
    """(outputs,) probabilities for an input (1, C, H, W) while some channels of a stage are zero.

    ValueError for channels that the stage does not have.
    """
    below, above = split_at(network, stage)
    with torch.no_grad():
        maps = below(x)
        if wrong := [one for one in off if not 0 <= one < maps.shape[1]]:
            raise ValueError(f"channels {sorted(wrong)} are not among {maps.shape[1]} of {stage}")
        maps = maps.clone()
        maps[:, sorted(off)] = 0
        return above(maps).softmax(dim=1)[0]


def importance(
    network: nn.Sequential,
    x: torch.Tensor,
    stage: str,
    target: int,
    progress: Progress = no_progress,
) -> list[tuple[int, float]]:
    """(channel, fall) of a stage, the most important first: by how much the probability of the
    class falls when that channel alone is off; below zero where it rises. `progress` is told the
    share that is done, and may raise to end it.
    """
    below, above = split_at(network, stage)
    with torch.no_grad():
        maps = below(x)
        before = float(above(maps).softmax(dim=1)[0, target])
        falls: list[float] = []
        at_once = max(1, min(AT_ONCE, VALUES_AT_ONCE // maps.numel()))
        for chosen in torch.arange(maps.shape[1]).split(at_once):
            tried = maps.repeat(len(chosen), *[1] * (maps.ndim - 1))
            tried[torch.arange(len(chosen)), chosen] = 0
            falls += (before - above(tried).softmax(dim=1)[:, target]).tolist()
            progress(len(falls) / maps.shape[1])
    return sorted(enumerate(falls), key=lambda pair: -pair[1])
