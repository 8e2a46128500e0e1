"""Our own networks: small, for a processor, most of the work on small maps."""

from __future__ import annotations

import torch
from torch import nn

from convdemo.networks.stages import Shape, stages


class Residual(nn.Module):
    """x + body(x)."""

    def __init__(self, body: nn.Module):
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


def _convolution(
    inputs: int,
    outputs: int,
    size: int = 3,
    *,
    stride: int = 1,
    padding: int = 1,
    pooled: bool = False,
) -> list[nn.Module]:
    """Convolution, perhaps a pool, batch normalisation, ReLU; height and width stay with 3x3."""
    return [
        nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
        # Pooling before the normalisation leaves it a quarter of the values to touch.
        *([nn.MaxPool2d(2)] if pooled else []),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]


def _residual_stage(inputs: int, outputs: int, residuals: int = 1) -> nn.Sequential:
    """A convolution that widens, then some that add to what is there."""
    return nn.Sequential(
        *_convolution(inputs, outputs),
        *(Residual(nn.Sequential(*_convolution(outputs, outputs))) for _ in range(residuals)),
    )


def digit_resnet(shape: Shape, classes: int) -> nn.Sequential:
    """The small network for digits."""
    return _small_resnet(shape, classes, 16, 40, 80)


def fashion_resnet(shape: Shape, classes: int) -> nn.Sequential:
    """The small network for clothes."""
    return _small_resnet(shape, classes, 24, 48, 96)


def _small_resnet(shape: Shape, classes: int, first: int, second: int, third: int) -> nn.Sequential:
    """Widths at full, half and quarter resolution; most of the work is done on small maps."""
    return stages(
        stem=nn.Sequential(*_convolution(shape[0], first, pooled=True)),
        block1=_residual_stage(first, second),
        pool1=nn.MaxPool2d(2),
        block2=_residual_stage(second, third, residuals=2),
        pool2=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        output=nn.Linear(third, classes),
    )


def quick_cnn(shape: Shape, classes: int) -> nn.Sequential:
    """Unpadded convolutions, since the frame of a digit is empty; widths that processors like."""
    channels, height, width = shape

    def side(pixels: int) -> int:  # after a stride of 2, a convolution, a pool, a convolution
        return ((pixels - 5) // 2 + 1 - 2) // 2 - 2

    return stages(
        stem=nn.Sequential(*_convolution(channels, 16, 5, stride=2, padding=0)),
        conv1=nn.Sequential(*_convolution(16, 32, padding=0, pooled=True)),
        conv2=nn.Sequential(*_convolution(32, 64, padding=0)),
        flatten=nn.Flatten(),
        output=nn.Linear(64 * side(height) * side(width), classes),
    )


def quick_fashion(shape: Shape, classes: int) -> nn.Sequential:
    """Padded, since garments fill their frame."""
    channels, height, width = shape

    def side(pixels: int) -> int:  # after a stride of 2 and two pools
        return ((pixels - 1) // 2 + 1) // 2 // 2

    return stages(
        stem=nn.Sequential(*_convolution(channels, 16, 5, stride=2, padding=2)),
        conv1=nn.Sequential(*_convolution(16, 32, pooled=True)),
        conv2=nn.Sequential(*_convolution(32, 96, pooled=True)),
        flatten=nn.Flatten(),
        output=nn.Linear(96 * side(height) * side(width), classes),
    )


def xai(shape: Shape, classes: int) -> nn.Sequential:
    """The course's network for looking inside: VGG-style blocks, a stage for every convolution.

    Ends in the logarithm of the probabilities, as in the course; its loss is the same.
    """
    named: dict[str, nn.Module] = {}
    inputs = shape[0]
    for block, (width, share) in enumerate(((32, 0.0), (64, 0.05), (160, 0.1), (320, 0.1)), 1):
        if block > 1:
            named[f"pool{block - 1}"] = nn.MaxPool2d(2)
        for place in (1, 2):
            named[f"conv{block}_{place}"] = nn.Sequential(
                *_convolution(inputs, width), *([nn.Dropout(share)] if share else [])
            )
            inputs = width
    named["pool4"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    named["output"] = nn.Linear(inputs, classes)
    named["log_softmax"] = nn.LogSoftmax(dim=1)
    return stages(**named)


def compact_resnet(shape: Shape, classes: int) -> nn.Sequential:
    """The backbone for photos: as wide as 10 MB allow, small enough for two processor cores."""

    def block(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            *_convolution(inputs, outputs, pooled=True),
            Residual(nn.Sequential(*_convolution(outputs, outputs))),
        )

    return stages(
        stem=nn.Sequential(*_convolution(shape[0], 32)),
        block1=block(32, 64),
        block2=block(64, 192),
        block3=block(192, 320),
        average=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        output=nn.Linear(320, classes),
    )
