"""Every network that a file of weights may name: ours, the course's and the backbones."""

from __future__ import annotations

from torch import nn

from .backbones import BACKBONES, build
from .models import MODELS
from .stages import Shape


def build_network(model: str, shape: Shape, outputs: int) -> nn.Sequential:
    """The untrained stages of a network by name; KeyError for one that is not there."""
    if model in BACKBONES:
        return build(model, outputs)
    return MODELS[model].build(shape, outputs)


def cam_stage_of(model: str) -> str | None:
    """The last stage with a spatial map; None where there is none."""
    return (BACKBONES[model] if model in BACKBONES else MODELS[model]).cam_stage
