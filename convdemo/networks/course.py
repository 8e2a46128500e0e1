"""The course's two networks for a few thousand photos of cats and dogs, to the parameter."""

from __future__ import annotations

import torch
from torch import nn

from convdemo.networks.stages import Shape, stages


class TwoSided(nn.Module):
    """(N, 2) scores of the two classes from the one score (N, 1) of a sigmoid.

    Their softmax is the sigmoid of that score, and their cross-entropy its binary one, so that the
    network trains and answers like every other.
    """

    def forward(self, score: torch.Tensor) -> torch.Tensor:
        return torch.cat((-score, score), dim=1) / 2


def cats_dogs(shape: Shape, classes: int) -> nn.Sequential:
    """Four convolutions and a hidden layer, for 150x150 pixels."""
    widths = (32, 64, 128, 128)
    named = {
        f"conv{place}": _pooled(inputs, outputs)
        for place, (inputs, outputs) in enumerate(_pairs(shape[0], widths), start=1)
    }
    area = _side(shape[1], len(widths)) * _side(shape[2], len(widths))
    named["flatten"] = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    named["hidden"] = nn.Sequential(nn.Linear(widths[-1] * area, 512), nn.ReLU())
    return stages(**named, **_answer(512, classes))


def cats_dogs_5(shape: Shape, classes: int) -> nn.Sequential:
    """Five convolutions, the last one without a pool, for 180x180 pixels."""
    widths = (32, 64, 128, 256)
    named: dict[str, nn.Module] = {
        f"conv{place}": _pooled(inputs, outputs)
        for place, (inputs, outputs) in enumerate(_pairs(shape[0], widths), start=1)
    }
    named["conv5"] = nn.Sequential(nn.Conv2d(widths[-1], 256, 3), nn.ReLU())
    area = (_side(shape[1], len(widths)) - 2) * (_side(shape[2], len(widths)) - 2)
    named["flatten"] = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    return stages(**named, **_answer(256 * area, classes))


def _pairs(first: int, widths: tuple[int, ...]) -> list[tuple[int, int]]:
    return list(zip((first, *widths[:-1]), widths, strict=True))


def _pooled(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2))


def _side(pixels: int, blocks: int) -> int:
    """What so many unpadded convolutions, each with a pool, leave of a side."""
    for _ in range(blocks):
        pixels = (pixels - 2) // 2
    return pixels


def _answer(inputs: int, classes: int) -> dict[str, nn.Module]:
    """One score for two classes, as in the course; a score for each of more."""
    if classes == 2:
        return {"output": nn.Linear(inputs, 1), "two_sided": TwoSided()}
    return {"output": nn.Linear(inputs, classes)}
