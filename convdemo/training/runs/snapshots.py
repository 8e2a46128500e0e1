"""A run at the end of any of its epochs: what its network read then, and its first filters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from safetensors.torch import load_file
from torch import nn

from convdemo.data.dataset import ImageSet
from convdemo.data.registry import find_dataset
from convdemo.errors import UserError
from convdemo.inference.card import SUFFIX
from convdemo.inference.tta import probabilities_of
from convdemo.networks.registry import find_model
from convdemo.training.evaluation import read_set
from convdemo.training.faults import FAULTS
from convdemo.training.fit import outputs_of, statistics_of
from convdemo.training.runs.store import EPOCHS, RunFolder

WATCHED = 12  # validation pictures that are looked at in every epoch
EVALUATED = 1000  # and those of the confusion
FILTERS = 32  # at most


@dataclass(frozen=True)
class EpochSnapshot:
    """What a network said at the end of an epoch."""

    watched: torch.Tensor  # (WATCHED, classes) probabilities of the first validation pictures
    confusion: torch.Tensor  # (classes, classes) of the first EVALUATED ones, [actual][predicted]
    filters: torch.Tensor  # (FILTERS, h, w), the weights of the first layer
    given: torch.Tensor | None  # (classes,) probabilities of a picture that was handed over


def epochs_of(folder: RunFolder) -> list[int]:
    """The epochs whose weights are kept, in order."""
    return sorted(int(path.stem) for path in (folder.path / EPOCHS).glob(f"[0-9]*{SUFFIX}"))


def network_at(folder: RunFolder, epoch: int) -> nn.Sequential:
    """The network as it was at the end of an epoch, in eval mode; ValueError if it is not kept."""
    run = folder.run
    spec, source = find_model(run.model), find_dataset(run.dataset)
    path = folder.path / EPOCHS / f"{epoch:04}{SUFFIX}"
    if not path.is_file():
        raise UserError(f"epoch {epoch} of run {run.id} is not there")
    outputs = outputs_of(source, run.config.get("negatives", 0))
    network = spec.build(source.shape, outputs).eval()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return network.requires_grad_(False)


@torch.inference_mode()
def snapshot_at(
    folder: RunFolder, epoch: int, validation: ImageSet, given: torch.Tensor | None = None
) -> EpochSnapshot:
    """The network of an epoch at work; `given` is a picture (C, H, W) in 0..1 to be read as well.

    ValueError for an epoch whose weights are not there.
    """
    run = folder.run
    network = network_at(folder, epoch)
    spec, source = find_model(run.model), find_dataset(run.dataset)
    mean, std = FAULTS[run.config["fault"]].statistics(*statistics_of(spec, source))
    some = validation.take(EVALUATED)
    labelled = len(source.classes) + len(source.extra_classes)
    found = read_set(network, some, mean=mean, std=std)[:, :labelled]
    own = None
    if given is not None:
        own = probabilities_of(network, given.unsqueeze(0), mean=mean, std=std)[0, :labelled]
    count = found.shape[1]
    indices = some.labels * count + found.argmax(dim=1)
    return EpochSnapshot(
        watched=found[:WATCHED],
        confusion=torch.bincount(indices, minlength=count**2).view(count, count),
        filters=first_filters(network, source.shape),
        given=own,
    )


def first_filters(network: nn.Sequential, shape: tuple[int, int, int]) -> torch.Tensor:
    """(FILTERS, h, w): a convolution's kernels, averaged over channels, or a dense layer's rows."""
    first = next(m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear))
    weights = first.weight[:FILTERS]
    if isinstance(first, nn.Linear):  # of the pixels, or of what has been made of them
        of_pixels = first.in_features == math.prod(shape)
        weights = weights.view(-1, *(shape if of_pixels else (1, 1, first.in_features)))
    return weights.mean(dim=1)
