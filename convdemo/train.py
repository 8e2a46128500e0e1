"""Training as a generator of records, which a terminal prints, a tab draws and a test lists."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from .config import AUGMENTATIONS, TrainConfig
from .data import ImageSet
from .evaluation import Evaluation, evaluate
from .optimization import autocast, averaging, make_optimizer, make_schedule
from .views import normalise

RECORD_EVERY = 100  # batches between two records within an epoch


class Batches(Protocol):
    """What training draws from: an `ImageSet`, or a set that mixes several sources."""

    def __len__(self) -> int: ...

    def batches(
        self, size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]: ...


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

            # By the loss that is trained: smoothed labels make confident right answers cost.
            validated = evaluate(
                run.judged,
                validation,
                mean=mean,
                std=std,
                classes=classes,
                label_smoothing=config.label_smoothing,
            )
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
