"""The convolutional bases that transfer learning starts from, and how a photo gets into them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convdemo.data.cifar10 import CIFAR10
from convdemo.errors import UserError, choose
from convdemo.inference.card import SUFFIX
from convdemo.inference.inputs import CROPS, OWN
from convdemo.inference.library import load
from convdemo.networks.backbones import PACKAGED, BackboneSpec, build
from convdemo.paths import shipped_dir

if TYPE_CHECKING:
    from torch import nn


DEFAULT = PACKAGED
FILE = f"{OWN}-{CIFAR10.name}{SUFFIX}"


@dataclass(frozen=True)
class BaseSpec:
    """A base by name: how it takes photos, what it was trained on, and what one pass costs."""

    photos: BackboneSpec  # name, title, sides, mean and spread
    trained_on: str
    accuracy: float | None  # on the test set of that, where it is known of these weights
    cost: float  # seconds of one photo, divided by those of ours on the same processor core
    tuned_from: str = ""  # the first stage that fine-tuning trains, else the last one with maps

    @property
    def name(self) -> str:
        return self.photos.name

    @property
    def unfreeze(self) -> str:
        """The first stage that fine-tuning trains where none is named."""
        return self.tuned_from or self.photos.cam_stage


# Accuracies on ImageNet are those that timm publishes with its weights; the costs were measured
# with batches of 8 and 16 photos on one core of an AMD EPYC, the best of four.
_IMAGENET = {
    "vgg16": (0.72, 33),
    "vgg19": (0.72, 40),
    "resnet50": (0.80, 10.8),
    "mobilenetv1_100": (0.75, 1.8),
    "mobilenetv2_100": (0.73, 1.6),
    "mobilenetv3_small_100": (0.68, 0.32),
    "inception_v3": (0.77, 17),
    "legacy_xception": (0.79, 27),
}
BASES: dict[str, BaseSpec] = {
    spec.name: spec
    for spec in (
        BaseSpec(CROPS[PACKAGED], "ImageNet", None, 2.0, tuned_from="block6"),
        BaseSpec(CROPS[OWN], "CIFAR-10", 0.89, 1.0),
        *(
            BaseSpec(CROPS[name], "ImageNet", accuracy, cost)
            for name, (accuracy, cost) in _IMAGENET.items()
        ),
    )
}


def load_base(name: str) -> nn.Sequential:
    """The stages of a base with its weights in eval mode, a copy that one may change.

    Ours ships; the others are fetched where they are missing, and BackboneMissingError says in one
    sentence why that failed.
    """
    choose("backbone", name, BASES)
    if name != OWN:
        return build(name, pretrained=True)
    path = shipped_dir() / FILE
    if not path.is_file():
        raise UserError(f"the weights {path} of {name} are not there")
    return copy.deepcopy(load(path).network)
