"""The settings of a training run, and the names they may take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from convdemo.augmentation.batch import (
    Augment,
    augment_clothes,
    augment_clothes_lightly,
    augment_clothes_mirrored,
    augment_custom,
    augment_photos,
    augment_photos_zoomed,
)
from convdemo.augmentation.handwriting import augment_digits
from convdemo.errors import UserError, choose
from convdemo.training.faults import FAULTS

# With the learning rate that each is usually begun with; sgd has a momentum of 0.9.
USUAL_RATES = {
    "adam": 1e-3,
    "adamw": 1e-3,
    "sgd": 0.05,
    "rmsprop": 1e-3,
    "plain_sgd": 0.1,
    "nesterov": 0.05,
    "adagrad": 0.01,
    "adadelta": 1.0,
}
OPTIMIZERS = tuple(USUAL_RATES)
SCHEDULES = ("onecycle", "linear", "cosine", "constant")
PRECISIONS = ("auto", "float32", "bfloat16")
DEVICES = ("auto", "cpu", "cuda")
AUGMENTATIONS: dict[str, Augment | None] = {
    "none": None,
    "digits": augment_digits,
    "clothes": augment_clothes,
    "clothes_light": augment_clothes_lightly,
    "clothes_mirrored": augment_clothes_mirrored,
    "custom": augment_custom,
    "photos": augment_photos,
    "photos_zoomed": augment_photos_zoomed,
}


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a network is trained; the same values give the same weights."""

    epochs: int = 10
    batch: int = 128
    lr: float = 1e-3  # the highest of the schedule
    optimizer: str = "adam"
    weight_decay: float = 0.0
    schedule: str = "constant"
    label_smoothing: float = 0.0
    ema: float = 0.0  # decay per step of the averaged weights; 0 trains without averaging
    augment: str = "none"
    empty: float = 0.0  # share of the pictures that are emptied: every class is as right for them
    negatives: float = 0.0  # pictures of what is no digit, or several, for each one of a digit
    dropout: float | None = None  # None: as the network has it
    patience: int | None = None  # epochs without a lower validation loss before stopping
    limit: int | None = None  # training pictures used
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    channels_last: bool | None = None  # None: measured once per machine, like the precision
    fault: str = "none"  # a mistake to make on purpose

    def __post_init__(self):
        for name, choices in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("augment", AUGMENTATIONS),
            ("precision", PRECISIONS),
            ("device", DEVICES),
            ("fault", FAULTS),
        ):
            choose(name, getattr(self, name), choices)
        for name, least in (("epochs", 1), ("batch", 2), ("patience", 1), ("limit", 2)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise UserError(f"{name} is {value}, at least {least} is needed")
        for name in ("dropout", "empty", "ema", "label_smoothing"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 1:
                raise UserError(f"{name} is {value}, a share from 0 to below 1 is needed")
        for name, right, needed in (
            ("negatives", 0 <= self.negatives <= 1, "a share from 0 to 1"),
            ("lr", 0 < self.lr < math.inf, "a number above 0"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "0 or a number above"),
            ("seed", 0 <= self.seed < 2**63, f"a number from 0 to {2**63 - 1}"),
        ):
            if not right:
                raise UserError(f"{name} is {getattr(self, name)}, {needed} is needed")
