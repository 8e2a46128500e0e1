"""Training as a generator of records, which a terminal prints, a tab draws and a test lists."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .batch_augment import Augment, augment_clothes
from .data import ImageSet
from .handwriting import augment_digits

ParamList = tuple[torch.Tensor, ...] | list[torch.Tensor]

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop")
SCHEDULES = ("onecycle", "cosine", "constant")
PRECISIONS = ("auto", "float32", "bfloat16")
DEVICES = ("auto", "cpu", "cuda")
AUGMENTATIONS: dict[str, Augment | None] = {
    "none": None,
    "digits": augment_digits,
    "clothes": augment_clothes,
}
RECORD_EVERY = 100  # batches between two records within an epoch
EVALUATION_BATCH = 500


class Batches(Protocol):
    """What training draws from: an `ImageSet`, or a set that mixes several sources."""

    def __len__(self) -> int: ...

    def batches(
        self, size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]: ...


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
    patience: int | None = None  # epochs without a lower validation loss before stopping
    limit: int | None = None  # training pictures used
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    channels_last: bool | None = None  # None: measured once per machine, like the precision

    def __post_init__(self):
        for name, choices in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("augment", tuple(AUGMENTATIONS)),
            ("precision", PRECISIONS),
            ("device", DEVICES),
        ):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} {getattr(self, name)!r} is none of {', '.join(choices)}")
        for name, least in (("epochs", 1), ("batch", 2), ("patience", 1), ("limit", 2)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} is {value}, at least {least} is needed")
        if not (math.isfinite(self.lr) and self.lr > 0):
            raise ValueError(f"lr is {self.lr}, a number above 0 is needed")


@dataclass(frozen=True)
class Record:
    """Where a run stands: within an epoch without validation, at its end with it."""

    step: int
    steps: int  # of the whole run
    epoch: int  # counted from 1
    epochs: int
    loss: float  # mean over the epoch so far
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    lr: float
    seconds: float  # since the start
    samples_per_second: float
    best: bool  # the lowest validation loss so far
    patience_left: int | None


@dataclass(frozen=True)
class Evaluation:
    """How a network does on a labelled set; `confusion[true][predicted]` counts pictures."""

    accuracy: float
    loss: float
    n: int
    confusion: tuple[tuple[int, ...], ...]


def choose_device(wanted: str) -> torch.device:
    """The device of that name; `auto` takes the GPU when there is one."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ValueError("device 'cuda' was asked for and no CUDA device is there")
    return torch.device(wanted)


def normalise(
    images: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]
) -> torch.Tensor:
    """Pictures (N, C, H, W) in 0..1 as the network takes them: (x - mean) / std per channel."""
    centre = torch.tensor(mean, device=images.device).view(1, -1, 1, 1)
    scale = torch.tensor(std, device=images.device).view(1, -1, 1, 1)
    return (images - centre) / scale


def autocast(device: torch.device, precision: str):
    """A context in which the network computes in that precision."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


@torch.inference_mode()
def evaluate(
    network: nn.Module,
    images: ImageSet,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    classes: int,
) -> Evaluation:
    """Accuracy, mean cross-entropy and confusion over the first `classes` outputs, in float32."""
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    loss = 0.0
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    for pictures, labels in images.batches(EVALUATION_BATCH):
        labels = labels.to(device)
        logits = network(normalise(pictures.to(device).float() / 255, mean, std))[:, :classes]
        loss += functional.cross_entropy(logits, labels, reduction="sum").item()
        places = (labels * classes + logits.argmax(dim=1)).cpu()
        confusion += torch.bincount(places, minlength=classes**2).view(classes, classes)
    network.train(was_training)
    count = len(images)
    correct = int(confusion.diagonal().sum())
    rows = tuple(tuple(row) for row in confusion.tolist())
    return Evaluation(correct / count, loss / count, count, rows)


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimizer of a configuration; weight decay spares biases and normalisation."""
    groups = [
        {
            "params": [p for p in network.parameters() if p.ndim > 1],
            "weight_decay": config.weight_decay,
        },
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, config.lr, momentum=0.9)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, config.lr)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, config.lr)
    return torch.optim.Adam(groups, config.lr)


def make_schedule(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate of every step."""
    if config.schedule == "onecycle":
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, config.lr, total_steps=steps, pct_start=0.2, cycle_momentum=False
        )
    if config.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=0)


def averaging(decay: float) -> Callable[[ParamList, ParamList, torch.Tensor | int], None]:
    """Exponential averaging that forgets its random start: the decay grows up to `decay`."""

    def update(averaged: ParamList, current: ParamList, count: torch.Tensor | int) -> None:
        ramped = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(ramped)(averaged, current, count)

    return update


class _Run:
    """What changes while a network trains, and the step that changes it."""

    def __init__(
        self,
        network: nn.Module,
        config: TrainConfig,
        *,
        steps: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
    ):
        self.network, self.config, self.steps = network, config, steps
        self.mean, self.std = mean, std
        self.device = next(network.parameters()).device
        self.generator = torch.Generator().manual_seed(config.seed)
        self.augment = AUGMENTATIONS[config.augment]
        self.layout = torch.channels_last if config.channels_last else torch.contiguous_format
        network.to(memory_format=self.layout)
        self.optimizer = make_optimizer(network, config)
        self.schedule = make_schedule(self.optimizer, config, steps)
        self.average = (
            AveragedModel(network, multi_avg_fn=averaging(config.ema), use_buffers=True)
            if config.ema
            else None
        )
        self.started = time.perf_counter()
        self.step, self.samples, self.epoch = 0, 0, 0
        self.start_epoch(0)

    @property
    def judged(self) -> nn.Module:
        """The network whose weights are kept: the averaged one, where there is one."""
        return self.network if self.average is None else self.average.module

    def start_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        self.loss_sum, self.correct, self.seen = 0.0, 0, 0
        self.network.train()

    def learn(self, pictures: torch.Tensor, labels: torch.Tensor) -> None:
        """One step of the optimizer on a batch of uint8 pictures."""
        labels = labels.to(self.device)
        x = pictures.to(self.device).float() / 255
        if self.augment is not None:
            x = self.augment(x, labels, self.generator)
        x = normalise(x, self.mean, self.std).contiguous(memory_format=self.layout)
        with autocast(self.device, self.config.precision):
            logits = self.network(x)
            loss = functional.cross_entropy(
                logits, labels, label_smoothing=self.config.label_smoothing
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        if self.step < self.steps:
            self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self.samples += len(labels)
        self.seen += len(labels)
        self.loss_sum += loss.item() * len(labels)
        self.correct += int((logits.argmax(dim=1) == labels).sum())

    def record(
        self,
        validated: Evaluation | None = None,
        *,
        best: bool = False,
        patience_left: int | None = None,
    ) -> Record:
        elapsed = time.perf_counter() - self.started
        return Record(
            step=self.step,
            steps=self.steps,
            epoch=self.epoch,
            epochs=self.config.epochs,
            loss=self.loss_sum / self.seen,
            accuracy=self.correct / self.seen,
            val_loss=validated.loss if validated else None,
            val_accuracy=validated.accuracy if validated else None,
            lr=self.optimizer.param_groups[0]["lr"],
            seconds=elapsed,
            samples_per_second=self.samples / elapsed,
            best=best,
            patience_left=patience_left,
        )


def train(
    network: nn.Module,
    training: Batches,
    validation: ImageSet,
    config: TrainConfig,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    classes: int,
) -> Iterator[Record]:
    """Train in place and yield records; ended or closed, the network has its best weights.

    Precision and memory format must be decided (`precision` not "auto"); `network` and both sets
    are on the device to train on. ValueError when the loss is no longer a number.
    """
    torch.manual_seed(config.seed)  # dropout
    steps = math.ceil(len(training) / config.batch) * config.epochs
    run = _Run(network, config, steps=steps, mean=mean, std=std)
    lowest, best_state, waited = math.inf, None, 0
    try:
        for epoch in range(1, config.epochs + 1):
            run.start_epoch(epoch)
            for pictures, labels in training.batches(config.batch, run.generator):
                run.learn(pictures, labels)
                if run.step % RECORD_EVERY == 0:
                    yield run.record()

            validated = evaluate(run.judged, validation, mean=mean, std=std, classes=classes)
            if not math.isfinite(validated.loss):
                raise ValueError(
                    f"the loss is {validated.loss} after epoch {epoch}: lr {config.lr} is too high"
                )
            best = validated.loss < lowest
            if best:
                lowest, waited = validated.loss, 0
                best_state = {k: v.detach().clone() for k, v in run.judged.state_dict().items()}
            else:
                waited += 1
            left = None if config.patience is None else config.patience - waited
            yield run.record(validated, best=best, patience_left=left)
            if left is not None and left <= 0:
                break
    finally:
        if best_state is not None:
            network.load_state_dict(best_state)
        network.eval()
