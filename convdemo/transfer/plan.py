"""What a transfer is to do: its settings, checked, and what it ends in."""

from __future__ import annotations

import dataclasses
import math
import shlex
from dataclasses import dataclass, field

import torch
from torch import nn

from convdemo.errors import UserError, choose
from convdemo.inference.inputs import SCRATCH
from convdemo.networks.backbones import BackboneSpec
from convdemo.training.config import DEVICES
from convdemo.transfer.bases import BASES, DEFAULT
from convdemo.transfer.features import Traps, scored

MODES = ("features", "finetune", "scratch")
MOST_COPIES, MOST_EPOCHS = 10, 500


@dataclass(frozen=True)
class Plan:
    """Everything that decides what comes out; the same values give the same weights here.

    `copies` are the views of each photo that features are computed of; `unfreeze` names the first
    stage of the base that fine-tuning trains, None the last one with maps. What is None for
    training from scratch is as in the network's recipe.
    """

    mode: str = "features"
    backbone: str = DEFAULT
    network: str = "cats_dogs"
    copies: int = 2
    unfreeze: str | None = None
    epochs: int | None = None
    lr: float | None = None
    augment: bool = True
    dropout: float | None = None
    seed: int = 0
    device: str = "auto"  # for all three ways, or their seconds would not be comparable
    traps: Traps = field(default_factory=Traps)

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("mode", self.mode, MODES),
            ("backbone", self.backbone, BASES),
            ("network", self.network, SCRATCH),
            ("device", self.device, DEVICES),
        ):
            choose(name, value, choices)
        for name, value, most in (
            ("copies", self.copies, MOST_COPIES),
            ("epochs", self.epochs, MOST_EPOCHS),
        ):
            if value is not None and not 1 <= value <= most:
                raise UserError(f"{name} is {value}; 1 to {most} is possible")
        if self.lr is not None and not (math.isfinite(self.lr) and 0 < self.lr <= 1):
            raise UserError(f"lr is {self.lr}; a number above 0 and at most 1 is needed")
        if self.dropout is not None and not 0 <= self.dropout < 1:
            raise UserError(f"dropout is {self.dropout}; a share from 0 to below 1 is needed")

    @property
    def photos(self) -> BackboneSpec:
        """How photos get into the network that this plan trains."""
        return SCRATCH[self.network] if self.mode == "scratch" else BASES[self.backbone].photos

    @property
    def stage(self) -> str:
        """The first stage of the base that fine-tuning trains."""
        return self.unfreeze or BASES[self.backbone].unfreeze


def settings_of(plan: Plan) -> dict[str, object]:
    """What of a plan is said: what it starts from, and what differs from what is usual."""
    usual = Plan(mode=plan.mode)
    start, unused = ("network", "backbone") if plan.mode == "scratch" else ("backbone", "network")
    return {
        one.name: getattr(plan, one.name)
        for one in dataclasses.fields(plan)
        if one.name in ("mode", start)
        or (one.name != unused and getattr(plan, one.name) != getattr(usual, one.name))
    }


def command_of(plan: Plan, folder: str) -> str:
    """`convdemo transfer` that does the same; mistakes made on purpose have no option."""
    words = ["convdemo", "transfer", folder]
    for name, value in settings_of(plan).items():
        if name == "augment":
            words.append("--no-augment")
        elif name != "traps":
            words += [f"--{name}", str(value)]
    return shlex.join(words)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a transfer ends in: the whole network, and its scores for the photos that validate."""

    plan: Plan
    network: nn.Sequential
    classes: tuple[str, ...]
    answers: torch.Tensor  # (N, classes) logits
    labels: torch.Tensor  # (N,)
    places: tuple[int, ...]  # of these photos in their set
    training_photos: int
    epochs: int
    seconds: float  # from the start to the last validation, reading the photos left out
    features_seconds: float = 0.0  # of these, for computing features
    trained: int = 0  # values that were trained
    frozen: int = 0  # values that were not
    device: torch.device | None = None  # on which it was trained, None for the processor

    @property
    def accuracy(self) -> float:
        """The share of right answers for the photos that validate."""
        return scored(self.answers, self.labels)[1]

    @property
    def loss(self) -> float:
        """The mean cross-entropy of these."""
        return scored(self.answers, self.labels)[0]
