"""Networks that others trained on ImageNet, from timm, in named stages like every network here.

torch, timm and the hub's client are imported where they are used: naming a backbone costs nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.errors import UserError, choose
from convdemo.networks import packaged
from convdemo.networks.hub import Progress, fetch
from convdemo.preprocessing.crop import LITE_MEAN, LITE_STD, middle_of

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

CLASSES = 1000  # of ImageNet
PACKAGED = "efficientnet_lite0"  # whose weights need no download
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALVES = (0.5, 0.5, 0.5)


# ImageNet has two cranes, and two maillots, that WordNet gives the same first word.
_SAME_WORD = {134: "crane (bird)", 517: "crane (machine)", 639: "maillot (tank suit)"}


@dataclass(frozen=True)
class BackboneSpec:
    """A pretrained network by timm's name; its weights lie on the hub as safetensors."""

    name: str
    title: str
    hub_id: str
    parameters: int  # with the output for ImageNet's classes
    megabytes: int  # of the weights, which is what a download takes
    cam_stage: str  # the last stage with a spatial map
    side: int = 224  # of the input, in pixels
    crop: float = 0.875  # the input's share of the resized picture's shorter side
    resize: str = "bicubic"  # how a picture gets there
    mean: tuple[float, ...] = IMAGENET_MEAN  # per channel, of pixels in 0..1
    std: tuple[float, ...] = IMAGENET_STD
    architecture: str = ""  # timm's name where it is another one
    package: str = ""  # whose file holds the weights, instead of the hub

    @property
    def timm_name(self) -> str:
        return self.architecture or self.name

    def pixels_of(self, picture: np.ndarray) -> np.ndarray:
        """(3, side, side) float32 in 0..1 from a picture (H, W, 3) uint8, as the weights were
        evaluated with: the middle of it, before the mean and the spread of each channel.
        """
        return middle_of(picture, self.side, self.crop, self.resize)


def find_backbone(name: str) -> BackboneSpec:
    """The backbone of that name; ValueError naming the choices."""
    return choose("backbone", name, BACKBONES)


def build(
    name: str, classes: int = CLASSES, *, pretrained: bool = False, progress: Progress | None = None
) -> nn.Sequential:
    """The stages of a backbone in eval mode, untrained or with its weights, fetched if need be.

    For another number of classes than ImageNet's the output is new and untrained.
    """
    spec = find_backbone(name)
    path = fetch(spec, progress) if pretrained else None
    import timm
    import torch

    from convdemo.networks.timm_stages import staged

    if path is None:
        return staged(timm.create_model(spec.timm_name, num_classes=classes).eval())
    with torch.device("meta"):  # values drawn at random would only be overwritten
        network: Any = timm.create_model(spec.timm_name)
    _load(network, spec, path)
    if classes != CLASSES:
        network.reset_classifier(classes)
    return staged(network.eval())


def _load(network: nn.Module, spec: BackboneSpec, path: Path) -> None:
    if spec.package:
        network.load_state_dict(packaged.read(path), assign=True)
        return
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        network.load_state_dict(load_file(path), assign=True)
    except (SafetensorError, RuntimeError) as error:
        raise UserError(
            f"{path} does not hold the weights of {spec.title}; remove it and fetch them again"
        ) from error


@functools.cache
def class_names() -> tuple[str, ...]:
    """A short name for each of ImageNet's classes, all different."""
    from timm.data.imagenet_info import ImageNetInfo

    synonyms = ImageNetInfo().label_descriptions()
    return tuple(_SAME_WORD.get(place, words.split(",")[0]) for place, words in enumerate(synonyms))


BACKBONES: dict[str, BackboneSpec] = {
    spec.name: spec
    for spec in (
        BackboneSpec(
            PACKAGED,
            "EfficientNet-Lite0",
            hub_id="",
            parameters=4_652_008,
            megabytes=19,
            cam_stage="conv",
            mean=LITE_MEAN,
            std=LITE_STD,
            architecture="tf_efficientnet_lite0",
            package=packaged.PACKAGE,
        ),
        BackboneSpec(
            "vgg16", "VGG-16", "timm/vgg16.tv_in1k", 138_357_544, 553, "block5", resize="bilinear"
        ),
        BackboneSpec(
            "vgg19", "VGG-19", "timm/vgg19.tv_in1k", 143_667_240, 575, "block5", resize="bilinear"
        ),
        BackboneSpec(
            "resnet50", "ResNet-50", "timm/resnet50.a1_in1k", 25_557_032, 102, "layer4", crop=0.95
        ),
        BackboneSpec(
            "mobilenetv1_100",
            "MobileNet V1",
            "timm/mobilenetv1_100.ra4_e3600_r224_in1k",
            4_231_976,
            17,
            "block5",
            mean=HALVES,
            std=HALVES,
        ),
        BackboneSpec(
            "mobilenetv2_100", "MobileNet V2", "timm/mobilenetv2_100.ra_in1k", 3_504_872, 14, "conv"
        ),
        BackboneSpec(
            "mobilenetv3_small_100",
            "MobileNet V3, small",
            "timm/mobilenetv3_small_100.lamb_in1k",
            2_542_856,
            10,
            "block6",
        ),
        BackboneSpec(
            "inception_v3",
            "Inception V3",
            "timm/inception_v3.tv_in1k",
            23_834_568,
            95,
            "mixed7c",
            side=299,
            mean=HALVES,
            std=HALVES,
        ),
        BackboneSpec(
            "legacy_xception",
            "Xception",
            # timm knows these weights as a pickle only; here they are as safetensors.
            "smp-hub/xception.imagenet",
            22_855_952,
            92,
            "conv4",
            side=299,
            crop=0.8975,
            mean=HALVES,
            std=HALVES,
        ),
    )
}
