"""The networks, each an `nn.Sequential` of named stages: maps and freezing need no hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from convdemo.networks.backbones import PACKAGED, build
from convdemo.networks.course import cats_dogs, cats_dogs_5
from convdemo.networks.resnets import compact_resnet, quick_cnn, quick_fashion, small_resnet, xai
from convdemo.networks.stages import Shape, stages


@dataclass(frozen=True)
class Start:
    """A backbone whose weights a network begins with, and up to which stage they are kept."""

    backbone: str
    kept: str


@dataclass(frozen=True)
class ModelSpec:
    """A network by name: `build((C, H, W), classes)` gives its untrained stages."""

    name: str
    title: str
    build: Callable[[Shape, int], nn.Sequential]
    cam_stage: str | None  # the last stage with a spatial map; None where there is none
    datasets: tuple[str, ...]  # what it is made for, the first one first
    normalisation: tuple[float, float] | None = None  # (mean, std) where the course fixes them
    views: str = "single"  # which views of an input its answer is averaged over
    shape: Shape | None = None  # of its input, where no data set is named
    start: Start | None = None  # None where it starts from nothing


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
    if stage not in names:
        raise ValueError(f"stage {stage!r} is none of {', '.join(names)}")
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


def _simple_ann(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(nn.Linear(channels * height * width, 128), nn.ReLU()),
        hidden2=nn.Sequential(nn.Linear(128, 64), nn.ReLU()),
        output=nn.Linear(64, classes),
    )


def _fashion_dnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(
            nn.Linear(channels * height * width, 256), nn.ReLU(), nn.Dropout(0.25)
        ),
        hidden2=nn.Sequential(nn.Linear(256, 128), nn.ReLU()),
        output=nn.Linear(128, classes),
    )


def _plain_block(inputs: int, outputs: int, pool_padding: int = 0) -> nn.Sequential:
    """The course's block: convolution, ReLU, max pooling."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2, padding=pool_padding),
    )


def _cnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    return stages(
        conv1=_plain_block(channels, 32),
        conv2=_plain_block(32, 64),
        flatten=nn.Flatten(),
        output=nn.Linear(64 * (height // 4) * (width // 4), classes),
    )


def _cnn2(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    # The third pool is padded by one: 7 becomes floor((7 + 2 - 2) / 2) + 1 = 4.
    area = (height // 4 // 2 + 1) * (width // 4 // 2 + 1)
    return stages(
        conv1=_plain_block(channels, 32),
        conv2=_plain_block(32, 64),
        conv3=_plain_block(64, 128, pool_padding=1),
        flatten=nn.Flatten(),
        hidden=nn.Sequential(nn.Linear(128 * area, 625), nn.ReLU(), nn.Dropout(0.2)),
        output=nn.Linear(625, classes),
    )


def _fashion_cnn(shape: Shape, classes: int) -> nn.Sequential:
    channels, height, width = shape
    area = ((height // 2 - 2) // 2) * ((width // 2 - 2) // 2)
    return stages(
        conv1=nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)
        ),
        conv2=nn.Sequential(nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        flatten=nn.Flatten(),
        hidden1=nn.Sequential(nn.Linear(64 * area, 600), nn.Dropout(0.25)),
        hidden2=nn.Linear(600, 120),
        output=nn.Linear(120, classes),
    )


class Colours(nn.Module):
    """Three times the first channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1].expand(-1, 3, -1, -1)


def _photo_lite(shape: Shape, classes: int) -> nn.Sequential:
    """A backbone takes pictures of any side; where they are grey, all colours are the same."""
    network = build(PACKAGED, classes)
    if shape[0] == 3:
        return network
    return stages(colours=Colours(), **dict(network.named_children()))


MODELS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            "digit_resnet",
            "Digit ResNet",
            small_resnet(16, 40, 80),
            "block2",
            ("mnist",),
            views="slanted",
        ),
        ModelSpec(
            "fashion_resnet",
            "Fashion ResNet",
            small_resnet(24, 48, 96),
            "block2",
            ("fashion_mnist",),
            views="nudged",
        ),
        ModelSpec(
            "photo_lite",
            "EfficientNet-Lite0 for clothes",
            _photo_lite,
            "conv",
            ("fashion_mnist_photos",),
            views="nearer",
            start=Start(PACKAGED, "block4"),
        ),
        ModelSpec("quick_cnn", "Quick CNN", quick_cnn, "conv2", ("mnist",)),
        ModelSpec(
            "quick_fashion",
            "Quick CNN for clothes",
            quick_fashion,
            "conv2",
            ("fashion_mnist",),
            views="nudged",
        ),
        ModelSpec("simple_ann", "Simple ANN", _simple_ann, None, ("mnist",), (0.5, 0.5)),
        ModelSpec("fashion_dnn", "Fashion DNN", _fashion_dnn, None, ("fashion_mnist",)),
        ModelSpec("cnn", "CNN", _cnn, "conv2", ("mnist", "fashion_mnist")),
        ModelSpec("cnn2", "CNN, three blocks", _cnn2, "conv3", ("mnist", "fashion_mnist")),
        ModelSpec("fashion_cnn", "Fashion CNN", _fashion_cnn, "conv2", ("fashion_mnist", "mnist")),
        ModelSpec("xai", "Network to look into", xai, "conv4_2", ("cifar10",), views="moved"),
        ModelSpec(
            "compact_resnet",
            "Compact ResNet",
            compact_resnet,
            "block3",
            ("cifar10",),
            views="mirrored",
        ),
        # For photos of two classes that somebody has; the course's own ones are of cats and dogs.
        ModelSpec("cats_dogs", "Cats and dogs", cats_dogs, "conv4", (), shape=(3, 150, 150)),
        ModelSpec(
            "cats_dogs_5",
            "Cats and dogs, five convolutions",
            cats_dogs_5,
            "conv5",
            (),
            shape=(3, 180, 180),
        ),
    )
}
