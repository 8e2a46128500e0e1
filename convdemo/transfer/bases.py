"""The convolutional bases that transfer learning starts from, and how a photo gets into them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.data.cifar10 import CIFAR10
from convdemo.inference.library import SUFFIX, load, shipped_dir
from convdemo.networks.backbones import (
    BACKBONES,
    PACKAGED,
    BackboneSpec,
    Progress,
    build,
    class_names,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from convdemo.networks.registry import Start

OWN = "compact_resnet"  # the one that was trained here and ships with the project
DEFAULT = PACKAGED
FILE = f"{OWN}-{CIFAR10.name}{SUFFIX}"


@dataclass(frozen=True)
class BaseSpec:
    """A base by name: how it takes photos, what it was trained on, and what one pass costs."""

    photos: BackboneSpec  # name, title, sides, mean and spread
    trained_on: str
    accuracy: float | None  # on the test set of that, where it is known of these weights
    gigamacs: float  # multiply-adds of one photo, in 10^9
    cost: float  # seconds of one photo, divided by those of ours on the same processor core
    tuned_from: str = ""  # the first stage that fine-tuning trains, else the last one with maps

    @property
    def name(self) -> str:
        return self.photos.name

    @property
    def unfreeze(self) -> str:
        """The first stage that fine-tuning trains where none is named."""
        return self.tuned_from or self.photos.cam_stage


_OWN = BackboneSpec(
    OWN,
    "Compact ResNet",
    hub_id="",
    parameters=1_978_666,
    megabytes=8,
    cam_stage="block3",
    side=64,
    resize="bilinear",
    mean=CIFAR10.mean,
    std=CIFAR10.std,
)
# One takes half the time of 224 pixels, and what is to be told apart may fill the photo: by
# cross-validation on 2,000 cats and dogs the whole square reads 97.1 %, its middle 96.7 %.
_LITE = replace(BACKBONES[PACKAGED], side=160, crop=1.0)
# Accuracies on ImageNet are those that timm publishes with its weights; the costs were measured
# with batches of 8 and 16 photos on one core of an AMD EPYC, the best of four.
_IMAGENET = {
    "vgg16": (0.72, 15.47, 33),
    "vgg19": (0.72, 19.63, 40),
    "resnet50": (0.80, 4.09, 10.8),
    "mobilenetv1_100": (0.75, 0.57, 1.8),
    "mobilenetv2_100": (0.73, 0.30, 1.6),
    "mobilenetv3_small_100": (0.68, 0.06, 0.32),
    "inception_v3": (0.77, 5.71, 17),
    "legacy_xception": (0.79, 8.36, 27),
}
BASES: dict[str, BaseSpec] = {
    spec.name: spec
    for spec in (
        BaseSpec(_LITE, "ImageNet", None, 0.20, 1.0, tuned_from="block6"),
        BaseSpec(_OWN, "CIFAR-10", 0.89, 0.52, 1.0),
        *(
            BaseSpec(BACKBONES[name], "ImageNet", accuracy, gigamacs, cost)
            for name, (accuracy, gigamacs, cost) in _IMAGENET.items()
        ),
    )
}
# How the networks that are trained from scratch take photos: the middle square, as large as in the
# course, every channel from -1 to 1.
_HALVES = (0.5, 0.5, 0.5)
SCRATCH: dict[str, BackboneSpec] = {
    name: BackboneSpec(
        name,
        title,
        hub_id="",
        parameters=parameters,
        megabytes=round(4 * parameters / 1e6),
        cam_stage=stage,
        side=side,
        crop=1.0,
        resize="bilinear",
        mean=_HALVES,
        std=_HALVES,
    )
    for name, title, parameters, stage, side in (
        ("cats_dogs", "Cats and dogs", 3_453_121, "conv4", 150),
        ("cats_dogs_5", "Cats and dogs, five convolutions", 991_041, "conv5", 180),
    )
}
CROPS: dict[str, BackboneSpec] = {**{one.name: one.photos for one in BASES.values()}, **SCRATCH}


def find_base(name: str) -> BaseSpec:
    """The base of that name; ValueError naming the choices."""
    if name not in BASES:
        raise ValueError(f"backbone {name!r} is none of {', '.join(BASES)}")
    return BASES[name]


def preprocessing_of(name: str) -> str:
    """What the card of a network made from that one says of its preprocessing."""
    return f"crop_{name}"


def load_base(
    name: str, *, folder: Path | None = None, progress: Progress | None = None
) -> nn.Sequential:
    """The stages of a base with its weights in eval mode, a copy that one may change.

    Ours comes from `folder`, else from what ships; the others are fetched where they are missing,
    and BackboneMissingError says in one sentence why that failed.
    """
    find_base(name)
    if name != OWN:
        return build(name, pretrained=True, progress=progress)
    path = (folder or shipped_dir()) / FILE
    if not path.is_file():
        raise ValueError(f"the weights {path} of {name} are not there")
    return copy.deepcopy(load(path).network)


def with_head(base: nn.Sequential, classes: int) -> nn.Sequential:
    """The same stages with a new output that gives a score to each of so many classes."""
    from torch import nn

    from convdemo.networks.stages import stages

    head = nn.Linear(head_of(base).in_features, classes)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return stages(**{**dict(base.named_children()), "output": head})


def head_of(network: nn.Sequential) -> nn.Linear:
    """The last stage of a base, which is one linear layer."""
    from torch import nn

    last = network[-1]
    if not isinstance(last, nn.Linear):
        raise ValueError("a base ends in one linear layer")
    return last


def begin(network: nn.Sequential, start: Start, related: Sequence[Sequence[str]]) -> None:
    """Give an untrained network the weights of its base, and freeze what is kept of them.

    `related` names, for each output, the base's classes that are most like it: the output begins as
    their mean, or at 0 where there are none. Batch normalisation stays as it is in every stage: a
    batch of varied photos and drawings is no sample of what is read later.
    """
    import torch
    from torch import nn

    from convdemo.networks.registry import split_at

    base = build(start.backbone, pretrained=True)
    rows, names = head_of(base).weight.detach(), class_names()
    head = head_of(network)
    named = dict(network.named_children())  # one for grey pictures has a stage more, in front
    for name, stage in list(base.named_children())[:-1]:
        named[name].load_state_dict(stage.state_dict())
    with torch.no_grad():
        head.bias.zero_()
        head.weight.zero_()
        for place, words in enumerate(related):
            if words:
                like = rows[[names.index(word) for word in words]]
                head.weight[place] = like.mean(dim=0) - rows.mean(dim=0)
    below, _ = split_at(network, start.kept)
    below.requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.requires_grad_(False)
