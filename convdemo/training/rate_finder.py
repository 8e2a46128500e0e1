"""Which learning rate to begin with: the loss while the rate rises (Smith, arXiv 1506.01186)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from convdemo.data.dataset import DatasetSpec, ImageSet
from convdemo.inference.tta import normalise
from convdemo.networks.registry import find_model
from convdemo.training.config import AUGMENTATIONS, TrainConfig
from convdemo.training.faults import NONE
from convdemo.training.fit import statistics_of
from convdemo.training.optimizer import choose_device, make_optimizer
from convdemo.training.race import decided
from convdemo.training.step import TrainingStep

LOW, HIGH = 1e-5, 10.0
STEPS = 120
SMOOTHING = 0.9  # of the running mean of the losses
TOO_HIGH = 4.0  # times the lowest loss, from where it is of no use to go on


@dataclass(frozen=True)
class Tried:
    """A learning rate, and the loss around it: a running mean over the batches."""

    rate: float
    loss: float


def try_rates(
    model: str, config: TrainConfig, source: DatasetSpec, training: ImageSet
) -> Iterator[Tried]:
    """A network by name or line, trained for `STEPS` batches at rates from `LOW` to `HIGH`, each as
    many times the one before; it ends sooner where the loss has become far too high.
    """
    config, device = decided(config), choose_device(config.device)
    torch.manual_seed(config.seed)
    spec = find_model(model)
    network = spec.build(source.shape, len(source.classes)).to(device).train()
    mean, std = statistics_of(spec, source)
    optimizer = make_optimizer(network, config)
    learn = TrainingStep(network, optimizer, config, NONE, device)
    generator = torch.Generator().manual_seed(config.seed)
    augment = AUGMENTATIONS[config.augment]
    smoothed, lowest = 0.0, math.inf
    for step, (pictures, labels) in enumerate(_endless(training, config.batch, generator)):
        if step == STEPS:
            return
        rate = LOW * (HIGH / LOW) ** (step / (STEPS - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        labels = labels.to(device)
        x = pictures.to(device).float() / 255
        if augment is not None:
            x = augment(x, labels, generator)
        loss = float(learn(normalise(x, mean, std), labels)[0])
        smoothed = SMOOTHING * smoothed + (1 - SMOOTHING) * loss
        mean_loss = smoothed / (1 - SMOOTHING ** (step + 1))  # as if it had not begun with 0
        if not mean_loss <= TOO_HIGH * lowest:  # nor is a number
            return
        lowest = min(lowest, mean_loss)
        yield Tried(rate, mean_loss)


def proposed(tried: Sequence[Tried]) -> float | None:
    """The rate at which the loss falls fastest on its way to its lowest; None where it never falls.

    Per factor of the rate, between neighbours three batches to either side.
    """
    if len(tried) < 10:
        return None
    bottom = min(range(len(tried)), key=lambda place: tried[place].loss)
    falls = {
        place: tried[place - 3].loss - tried[place + 3].loss
        for place in range(3, min(bottom + 1, len(tried) - 3))
    }
    best = max(falls, key=lambda place: falls[place], default=None)
    return None if best is None or falls[best] <= 0 else tried[best].rate


def _endless(
    images: ImageSet, size: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    while True:
        yield from images.batches(min(size, len(images)), generator)
