"""The course's networks, to the parameter: for MNIST and Fashion-MNIST, and for a few thousand
photos of cats and dogs.
"""

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
    named, height, width = _unpadded(shape, (32, 64, 128, 128))
    named["flatten"] = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    named["hidden"] = nn.Sequential(nn.Linear(128 * height * width, 512), nn.ReLU())
    return stages(**named, **_answer(512, classes))


def cats_dogs_5(shape: Shape, classes: int) -> nn.Sequential:
    """Five convolutions, the last one without a pool, for 180x180 pixels."""
    named, height, width = _unpadded(shape, (32, 64, 128, 256))
    named["conv5"] = nn.Sequential(nn.Conv2d(256, 256, 3), nn.ReLU())
    named["flatten"] = nn.Sequential(nn.Flatten(), nn.Dropout(0.5))
    return stages(**named, **_answer(256 * (height - 2) * (width - 2), classes))


def _unpadded(shape: Shape, widths: tuple[int, ...]) -> tuple[dict[str, nn.Module], int, int]:
    """Blocks of these widths, their convolutions unpadded; the height and the width they leave."""
    named: dict[str, nn.Module] = {}
    channels, height, width = shape
    for index, outputs in enumerate(widths, start=1):
        named[f"conv{index}"] = _block(channels, outputs, padding=0)
        channels, height, width = outputs, (height - 2) // 2, (width - 2) // 2
    return named, height, width


def _block(
    inputs: int, outputs: int, *, padding: int = 1, pool_padding: int = 0, normalised: bool = False
) -> nn.Sequential:
    """The course's block: convolution, perhaps batch normalisation, ReLU, max pooling."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=padding),
        *([nn.BatchNorm2d(outputs)] if normalised else []),
        nn.ReLU(),
        nn.MaxPool2d(2, padding=pool_padding),
    )


def _answer(inputs: int, classes: int) -> dict[str, nn.Module]:
    """One score for two classes, as in the course; a score for each of more."""
    if classes == 2:
        return {"output": nn.Linear(inputs, 1), "two_sided": TwoSided()}
    return {"output": nn.Linear(inputs, classes)}


def simple_ann(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(nn.Linear(channels * height * width, 128), nn.ReLU()),
        hidden2=nn.Sequential(nn.Linear(128, 64), nn.ReLU()),
        output=nn.Linear(64, classes),
    )


def fashion_dnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(
            nn.Linear(channels * height * width, 256), nn.ReLU(), nn.Dropout(0.25)
        ),
        hidden2=nn.Sequential(nn.Linear(256, 128), nn.ReLU()),
        output=nn.Linear(128, classes),
    )


def cnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        conv1=_block(channels, 32),
        conv2=_block(32, 64),
        flatten=nn.Flatten(),
        output=nn.Linear(64 * (height // 4) * (width // 4), classes),
    )


def cnn2(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    # The third pool is padded by one: 7 becomes floor((7 + 2 - 2) / 2) + 1 = 4.
    area = (height // 4 // 2 + 1) * (width // 4 // 2 + 1)
    return stages(
        conv1=_block(channels, 32),
        conv2=_block(32, 64),
        conv3=_block(64, 128, pool_padding=1),
        flatten=nn.Flatten(),
        hidden=nn.Sequential(nn.Linear(128 * area, 625), nn.ReLU(), nn.Dropout(0.2)),
        output=nn.Linear(625, classes),
    )


def fashion_cnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    area = ((height // 2 - 2) // 2) * ((width // 2 - 2) // 2)
    return stages(
        conv1=_block(channels, 32, normalised=True),
        conv2=_block(32, 64, padding=0, normalised=True),
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(nn.Linear(64 * area, 600), nn.Dropout(0.25)),
        hidden2=nn.Linear(600, 120),
        output=nn.Linear(120, classes),
    )
