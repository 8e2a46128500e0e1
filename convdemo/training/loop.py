"""Training as a generator of records, which a terminal prints, a tab draws and a test lists."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from convdemo.augmentation.batch import column, uniform
from convdemo.data.dataset import Batches, ImageSet
from convdemo.errors import UserError
from convdemo.inference.tta import normalise
from convdemo.training.config import AUGMENTATIONS, TrainConfig
from convdemo.training.distributed import ALONE, Ranks
from convdemo.training.evaluation import Evaluation, evaluate
from convdemo.training.faults import FAULTS
from convdemo.training.optimizer import (
    WITHOUT_GRAPH,
    averaging,
    current_lr,
    make_optimizer,
    make_schedule,
    scale_rates,
)
from convdemo.training.step import EMPTY, GraphedStep, TrainingStep

RECORD_EVERY = 100  # batches between two records within an epoch, at most
FEWEST_RECORDS = 20  # of a run, so that a short one has a curve, too
Tensors = dict[str, torch.Tensor]


class DivergedError(UserError):
    """The loss is no longer a number; the weights are those of the best epoch before."""


@dataclass(frozen=True)
class Record:
    """Where a run stands: within an epoch without validation, at its end with it.

    Epoch 0 is the network before its first step, which has no training loss yet.
    """

    step: int
    steps: int  # of the whole run
    epoch: int  # counted from 1
    epochs: int
    loss: float | None  # mean over the epoch so far
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    lr: float
    seconds: float  # since the start, pauses between epochs left out
    samples_per_second: float  # while it trains, validation left out
    best: bool = False  # the lowest validation loss so far
    patience_left: int | None = None


class Training:
    """A run; at the end of an epoch `checkpoint` can write it down, to go on with the same result.

    Precision and memory format must be decided (`precision` not "auto"); `network` and both sets
    are on the device to train on. Of several `ranks` each takes its share of every batch, and all
    have the same records.
    """

    def __init__(
        self,
        network: nn.Module,
        training: Batches,
        validation: ImageSet,
        config: TrainConfig,
        *,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        classes: int,
        ranks: Ranks = ALONE,
    ):
        self.network, self.config, self.fault = network, config, FAULTS[config.fault]
        self.ranks = ranks
        self.training, self.validation, self.classes = training, validation, classes
        self.mean, self.std = self.fault.statistics(mean, std)
        self.device = next(network.parameters()).device
        self.generator = torch.Generator().manual_seed(config.seed)
        if isinstance(training, ImageSet):
            self.training = self.fault.training_set(training, self.generator)
        self.augment = AUGMENTATIONS[config.augment]
        # Ranks agree on the order of the pictures, and each draws how its own ones are changed.
        self.drawing = self.generator
        if ranks.size > 1:
            self.drawing = torch.Generator().manual_seed(config.seed + 1 + ranks.rank)
        self.layout = torch.channels_last if config.channels_last else torch.contiguous_format
        network.to(memory_format=self.layout)
        self.steps = math.ceil(len(training) / config.batch) * config.epochs
        rated = dataclasses.replace(config, lr=config.lr * self.fault.lr_factor)
        self.optimizer = make_optimizer(network, rated)
        self.schedule = make_schedule(self.optimizer, rated, self.steps)
        alone = ranks.size == 1 and config.optimizer not in WITHOUT_GRAPH
        graphed = self.device.type == "cuda" and alone
        self.learn: Callable[..., tuple[torch.Tensor, torch.Tensor]] = (
            GraphedStep if graphed else TrainingStep
        )(ranks.wrap(network, self.device), self.optimizer, config, self.fault, self.device)
        self.record_every = max(1, min(RECORD_EVERY, self.steps // FEWEST_RECORDS))
        self.average = (
            AveragedModel(network, multi_avg_fn=averaging(config.ema), use_buffers=True)
            if config.ema
            else None
        )
        self.step, self.samples, self.finished, self.waited = 0, 0, 0, 0
        self.lowest, self.seconds = math.inf, 0.0  # seconds of the epochs that are finished
        self.step_seconds = 0.0  # of all steps so far, without validation and whoever reads us
        self.best: Tensors | None = None
        self.random: Tensors = {}  # torch's own generators by device, where a run goes on
        # For another thread. Cleared, the next step waits; stopping, the run ends there; from the
        # next step on, the learning rate is the schedule's times the wanted factor.
        self.going = threading.Event()
        self.going.set()
        self.stopping = False
        self.wanted_lr_factor = self.lr_factor = 1.0
        self._start_epoch(0)

    @property
    def evaluated(self) -> nn.Module:
        """The network whose weights are kept: the averaged one, where there is one."""
        return self.network if self.average is None else self.average.module

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss so far, 0 before the first one has ended."""
        return self.finished - self.waited

    @property
    def over(self) -> bool:
        """Whether all epochs are trained, or there is no patience left."""
        return self.finished >= self.config.epochs or self._patience_left() == 0

    def records(self, *, untrained: bool = True) -> Iterator[Record]:
        """Train in place; ended or closed, the network has its best weights.

        `untrained` is whether it is judged before its first step, too.
        DivergedError when the loss is no longer a number.
        """
        if self.random:
            torch.set_rng_state(self.random["cpu"])
            if "cuda" in self.random:
                torch.cuda.set_rng_state(self.random["cuda"], self.device)
        else:
            torch.manual_seed(self.config.seed + self.ranks.rank)  # dropout
        try:
            if untrained and self.finished == 0:
                yield self._record(self._validate())
            while not self.over:
                self._start_epoch(self.finished + 1)
                order = None if self.fault.sorted_batches else self.generator
                for pictures, labels in self.training.batches(self.config.batch, order):
                    if not self._may_go_on():
                        return
                    self._learn(pictures, labels)
                    if self.step % self.record_every == 0:
                        self._take_stock()
                        yield self._record()
                        self._step_since = time.perf_counter()
                self._take_stock()
                yield self._end_epoch()
        finally:
            if self.best is not None:
                self.network.load_state_dict(self.best)
            self.network.eval()

    def _start_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        # Loss, right answers, pictures with something on them and all pictures of the epoch, of
        # this rank on its device and of all ranks.
        self.sums = torch.zeros(4, dtype=torch.float64, device=self.device)
        self.totals = [0.0] * 4
        self.network.train()
        for module in self.network.modules():
            weights = list(module.parameters(recurse=False))
            norm = isinstance(module, nn.modules.batchnorm._BatchNorm)
            if norm and weights and not any(weight.requires_grad for weight in weights):
                module.eval()  # where its weights are frozen, its statistics are, too
        self._since = self._step_since = time.perf_counter()

    def _may_go_on(self) -> bool:
        """False for a run that is to stop; waits, off the clock, while one is to pause."""
        if not self.going.is_set():
            paused = time.perf_counter()
            self.going.wait()
            self._since += time.perf_counter() - paused
            self._step_since += time.perf_counter() - paused
        if self.wanted_lr_factor != self.lr_factor:
            scale_rates(self.optimizer, self.schedule, self.wanted_lr_factor / self.lr_factor)
            self.lr_factor = self.wanted_lr_factor
        return not self.stopping

    def _learn(self, pictures: torch.Tensor, labels: torch.Tensor) -> None:
        """One step of the optimizer on a batch of uint8 pictures, or on this rank's share of it."""
        whole, count = len(labels), len(self.ranks.shard(labels))
        if count:
            pictures, labels = self.ranks.shard(pictures), self.ranks.shard(labels)
        else:  # a last batch with fewer pictures than ranks: one comes along and counts nothing
            pictures, labels = pictures[:1], labels[:1]
        labels = labels.to(self.device)
        x = pictures.to(self.device).float() / 255
        if self.augment is not None:
            x = self.augment(x, labels, self.drawing)
        if self.config.empty:
            emptied = uniform(len(x), 0, 1, self.drawing, self.device) < self.config.empty
            x = torch.where(column(emptied), 0, x)
            labels = torch.where(emptied, EMPTY, labels)
        x = self.fault.pictures(x, self.drawing)
        x = normalise(x, self.mean, self.std).contiguous(memory_format=self.layout)
        # The mean of the gradients of all ranks is that of the batch, also where shares differ.
        loss, logits = self.learn(x, labels, count * self.ranks.size / whole)
        self.step += 1
        if self.step < self.steps:
            self.schedule.step()
        if self.average is not None:
            self.average.update_parameters(self.network)
        self.samples += whole
        if count:
            self.sums[0] += loss.double() * count
            self.sums[1] += (logits.argmax(dim=1) == labels).sum()
            self.sums[2] += (labels != EMPTY).sum()
            self.sums[3] += count

    def _take_stock(self) -> None:
        """Sum up the epoch so far over all ranks; DivergedError if the loss is no number."""
        self.totals = self.ranks.all_reduce_sum(self.sums).tolist()  # waits for a GPU
        self.step_seconds += time.perf_counter() - self._step_since
        self._check(self.totals[0])

    def _validate(self) -> Evaluation:
        """By the loss that is trained: smoothed labels make confident right answers cost."""
        return evaluate(
            self.evaluated,
            self.validation,
            mean=self.mean,
            std=self.std,
            classes=self.classes,
            label_smoothing=self.config.label_smoothing,
            fault=self.fault,
            ranks=self.ranks,
        )

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise DivergedError(
                f"the loss is {loss} in epoch {self.epoch}: lr {self.config.lr} is too high"
            )

    def _end_epoch(self) -> Record:
        validated = self._validate()
        self._check(validated.loss)
        best = validated.loss < self.lowest
        if best:
            self.lowest, self.waited = validated.loss, 0
            self.best = {k: v.detach().clone() for k, v in self.evaluated.state_dict().items()}
        else:
            self.waited += 1
        record = self._record(validated, best=best)
        self.seconds, self.finished = record.seconds, self.epoch
        return record

    def _patience_left(self) -> int | None:
        patience = self.config.patience
        return None if patience is None else max(patience - self.waited, 0)

    def _record(self, validated: Evaluation | None = None, *, best: bool = False) -> Record:
        elapsed = self.seconds + time.perf_counter() - self._since
        loss, correct, drawn, seen = self.totals
        return Record(
            step=self.step,
            steps=self.steps,
            epoch=self.epoch,
            epochs=self.config.epochs,
            loss=loss / seen if seen else None,
            accuracy=correct / drawn if drawn else None,
            val_loss=validated.loss if validated else None,
            val_accuracy=validated.accuracy if validated else None,
            lr=current_lr(self.optimizer),
            seconds=elapsed,
            samples_per_second=self.samples / self.step_seconds if self.samples else 0.0,
            best=best,
            patience_left=self._patience_left() if validated else None,
        )
