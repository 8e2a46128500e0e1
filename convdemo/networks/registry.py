"""The networks, each an `nn.Sequential` of named stages: maps and freezing need no hooks."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from convdemo.errors import choose
from convdemo.networks.backbones import BACKBONES, PACKAGED, BackboneSpec, build
from convdemo.networks.course import (
    cats_dogs,
    cats_dogs_5,
    cnn,
    cnn2,
    fashion_cnn,
    fashion_dnn,
    simple_ann,
)
from convdemo.networks.resnets import (
    compact_resnet,
    digit_resnet,
    fashion_resnet,
    quick_cnn,
    quick_fashion,
    xai,
)
from convdemo.networks.stages import Shape, stages
from convdemo.networks.written import cam_stage_of_line, is_line, network_of


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
            digit_resnet,
            "block2",
            ("mnist",),
            views="slanted",
        ),
        ModelSpec(
            "fashion_resnet",
            "Fashion ResNet",
            fashion_resnet,
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
        ModelSpec("simple_ann", "Simple ANN", simple_ann, None, ("mnist",), (0.5, 0.5)),
        ModelSpec("fashion_dnn", "Fashion DNN", fashion_dnn, None, ("fashion_mnist",)),
        ModelSpec("cnn", "CNN", cnn, "conv2", ("mnist", "fashion_mnist")),
        ModelSpec("cnn2", "CNN, three blocks", cnn2, "conv3", ("mnist", "fashion_mnist")),
        ModelSpec("fashion_cnn", "Fashion CNN", fashion_cnn, "conv2", ("fashion_mnist", "mnist")),
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


def find_model(model: str) -> ModelSpec:
    """The network of a name, or of a line of layers; UserError for what is neither."""
    if is_line(model):
        return ModelSpec(name_of(model), model, partial(network_of, model), None, ())
    return choose("model", model, MODELS)


def name_of(model: str) -> str:
    """The name of a network as part of a file's: its own, or one made of the layers of a line."""
    return f"layers_{zlib.crc32(model.encode()):08x}" if is_line(model) else model


def build_network(model: str, shape: Shape, outputs: int) -> nn.Sequential:
    """The untrained stages of a network by name or line; UserError for one that is not there."""
    if model in BACKBONES:
        return build(model, outputs)
    return (MODELS[model] if model in MODELS else find_model(model)).build(shape, outputs)


def cam_stage_of(model: str, shape: Shape, outputs: int) -> str | None:
    """The last stage with a spatial map; None where there is none."""
    if is_line(model):
        return cam_stage_of_line(model, shape, outputs)
    return (BACKBONES[model] if model in BACKBONES else MODELS[model]).cam_stage


def backbone_of(model: str) -> BackboneSpec | None:
    """The backbone whose layers a network has; None for one of our own."""
    if model in BACKBONES:
        return BACKBONES[model]
    start = find_model(model).start
    return None if start is None else BACKBONES[start.backbone]
