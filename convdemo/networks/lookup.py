"""Every network that a file of weights may name: ours, the course's and the backbones."""

from __future__ import annotations

from torch import nn

from convdemo.networks.backbones import BACKBONES, BackboneSpec, build
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import Shape


def build_network(model: str, shape: Shape, outputs: int) -> nn.Sequential:
    """The untrained stages of a network by name; KeyError for one that is not there."""
    if model in BACKBONES:
        return build(model, outputs)
    return MODELS[model].build(shape, outputs)


def cam_stage_of(model: str) -> str | None:
    """The last stage with a spatial map; None where there is none."""
    return (BACKBONES[model] if model in BACKBONES else MODELS[model]).cam_stage


def backbone_of(model: str) -> BackboneSpec | None:
    """The backbone whose layers a network has; None for one of our own."""
    if model in BACKBONES:
        return BACKBONES[model]
    start = MODELS[model].start
    return None if start is None else BACKBONES[start.backbone]
