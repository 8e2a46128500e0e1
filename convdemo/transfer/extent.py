"""What fine-tuning trains: the stages of a base, and how many values each of them sets free."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from convdemo.inference.inputs import OWN
from convdemo.transfer.bases import BASES


class Extent(NamedTuple):
    """Fine-tuning that begins at a stage: how many values are trained, and how many are not;
    `usual` where it begins if nobody says.
    """

    stage: str
    trained: int
    frozen: int
    usual: bool


@lru_cache(maxsize=64)
def extents(backbone: str, classes: int) -> tuple[Extent, ...]:
    """The stages of a base with a head for so many classes, from the input on."""
    import torch

    from convdemo.networks.registry import MODELS
    from convdemo.networks.stages import count_parameters
    from convdemo.networks.warm_start import with_head
    from convdemo.transfer.finetune import parts, trainable

    spec = BASES[backbone].photos
    with torch.device("meta"):  # only sizes are asked for
        if backbone == OWN:
            base = MODELS[OWN].build((3, spec.side, spec.side), 10)
        else:
            from convdemo.networks.backbones import build

            base = build(backbone)
        network = with_head(base, classes)
    whole = count_parameters(network)
    found = []
    for name, stage in list(network.named_children())[:-1]:
        trained = sum(weight.numel() for weight in trainable(parts(network, name)[1]))
        if count_parameters(stage):
            usual = name == BASES[backbone].unfreeze
            found.append(Extent(name, trained, whole - trained, usual))
    return tuple(found)
