"""timm's networks cut into named stages, their own layers in their own order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from convdemo.errors import choose
from convdemo.networks.stages import stages

Parts = dict[str, list[nn.Module]]  # the modules of each stage, in order


def staged(network: nn.Module) -> nn.Sequential:
    """The stages of one of timm's networks, sharing its layers; ValueError for another kind.

    The last one, `output`, gives the logits; no stage begins with an activation in place.
    """
    kind = type(network).__name__
    choose("network", kind, _KINDS)
    parts = {
        name: modules[0] if len(modules) == 1 else nn.Sequential(*modules)
        for name, modules in _KINDS[kind](network).items()
    }
    return stages(**parts).train(network.training)


def _vgg(network: Any) -> Parts:
    parts: Parts = {}
    block: list[nn.Module] = []
    for layer in network.features:
        if not isinstance(layer, nn.MaxPool2d):
            block.append(layer)
            continue
        index = len(parts) // 2 + 1
        parts |= {f"block{index}": block, f"pool{index}": [layer]}
        block = []
    # The last pool goes with what flattens: Grad-CAM takes the finer map before it
    # (arXiv 1610.02391).
    _, last_pool = parts.popitem()
    head = network.head
    return parts | {
        "hidden": [*last_pool, network.pre_logits, head.global_pool, head.drop],
        "output": [head.fc],
    }


def _resnet(network: Any) -> Parts:
    return {
        "stem": [network.conv1, network.bn1, network.act1],
        "pool": [network.maxpool],
        **{f"layer{index}": [getattr(network, f"layer{index}")] for index in range(1, 5)},
        "average": [network.global_pool, *_dropout(network)],
        "output": [network.fc],
    }


def _mobilenet(network: Any) -> Parts:
    """Versions 1 and 2; the first has no convolution after its blocks."""
    parts = _stem_and_blocks(network)
    if not isinstance(network.conv_head, nn.Identity):
        parts["conv"] = [network.conv_head, network.bn2]
    return parts | {
        "average": [network.global_pool, *_dropout(network)],
        "output": [network.classifier],
    }


def _mobilenet_v3(network: Any) -> Parts:
    """Pools first: its last convolution sees a single place, which makes it a hidden layer."""
    hidden = [network.global_pool, network.conv_head, network.norm_head, network.act2]
    return _stem_and_blocks(network) | {
        "hidden": [*hidden, network.flatten, *_dropout(network)],
        "output": [network.classifier],
    }


def _stem_and_blocks(network: Any) -> Parts:
    blocks = {f"block{index}": [block] for index, block in enumerate(network.blocks, 1)}
    return {"stem": [network.conv_stem, network.bn1], **blocks}


def _inception(network: Any) -> Parts:
    """The paper's names, as in mixed5b; the output for training alone (AuxLogits) is left out."""
    head = ("AuxLogits", "global_pool", "head_drop", "fc")
    parts: Parts = {
        "".join(name.lower().replace("2d", "").split("_")[:2]): [layer]
        for name, layer in network.named_children()
        if name not in head
    }
    return parts | {"average": [network.global_pool, network.head_drop], "output": [network.fc]}


def _xception(network: Any) -> Parts:
    def convolution(index: int) -> list[nn.Module]:
        return [getattr(network, f"{layer}{index}") for layer in ("conv", "bn", "act")]

    return {
        **{f"conv{index}": convolution(index) for index in (1, 2)},
        **{f"block{index}": [getattr(network, f"block{index}")] for index in range(1, 13)},
        **{f"conv{index}": convolution(index) for index in (3, 4)},
        "average": [network.global_pool, *_dropout(network)],
        "output": [network.fc],
    }


def _dropout(network: Any) -> list[nn.Module]:
    """The dropout that timm calls as a function, so that its share is a layer's to set."""
    return [nn.Dropout(network.drop_rate)]


_KINDS: dict[str, Callable[[Any], Parts]] = {
    "VGG": _vgg,
    "ResNet": _resnet,
    "EfficientNet": _mobilenet,
    "MobileNetV3": _mobilenet_v3,
    "InceptionV3": _inception,
    "Xception": _xception,
}
