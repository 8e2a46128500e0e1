"""Networks that begin with the weights of others: a new output, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from convdemo.networks.backbones import build, class_names
from convdemo.networks.registry import Start
from convdemo.networks.stages import split_at, stages


def with_head(base: nn.Sequential, classes: int) -> nn.Sequential:
    """The same stages with a new output that gives a score to each of so many classes."""
    head = nn.Linear(head_of(base).in_features, classes)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    return stages(**{**dict(base.named_children()), "output": head})


def head_of(network: nn.Sequential) -> nn.Linear:
    """The last stage of a base, which is one linear layer."""
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
