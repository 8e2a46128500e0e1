"""Several networks or settings side by side: from the same weights, on the same pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from convdemo.data.dataset import DatasetSpec, ImageSet
from convdemo.errors import UserError
from convdemo.networks.registry import find_model
from convdemo.training.config import TrainConfig
from convdemo.training.evaluation import evaluate
from convdemo.training.fit import statistics_of
from convdemo.training.insides import StageState, Watched
from convdemo.training.loop import DivergedError, Training
from convdemo.training.optimizer import choose_device

RUNNERS = (2, 6)
JUDGED = 1_000  # validation pictures that every point is judged on
GOALS = (0.9, 0.97, 0.99)


@dataclass(frozen=True)
class Runner:
    """A network, by name or line, and its settings."""

    model: str
    config: TrainConfig


@dataclass(frozen=True)
class Point:
    """Where a runner stands: steps and seconds of its own training, the loss of its training
    pictures in this epoch so far (None before the first step), and how it does on `JUDGED`
    validation pictures.

    A runner whose loss is no number any more has `diverged`, and runs no further.
    """

    runner: int  # its place among them
    step: int
    steps: int
    seconds: float
    loss: float | None
    accuracy: float
    inside: tuple[StageState, ...] = ()
    diverged: bool = False


def race(
    runners: Sequence[Runner], source: DatasetSpec, training: ImageSet, validation: ImageSet
) -> Iterator[Point]:
    """The points of all, whoever has trained the shortest goes on; a point each before the start.

    Runners with the same network and seed begin with the same weights and see the same pictures in
    the same order, as each would alone. UserError for fewer than two or more than six.
    """
    if not RUNNERS[0] <= len(runners) <= RUNNERS[1]:
        raise UserError(f"{len(runners)} runners are here, {RUNNERS[0]} to {RUNNERS[1]} can race")
    lanes = [_Lane(place, one, source, training, validation) for place, one in enumerate(runners)]
    for lane in lanes:
        yield lane.go()
    while going := [lane for lane in lanes if not lane.over]:
        yield min(going, key=lambda lane: (lane.seconds, lane.place)).go()


def reached(points: Sequence[Point], goal: float) -> Point | None:
    """The first point of a runner with that accuracy; None where there is none."""
    return next((point for point in points if point.accuracy >= goal), None)


class _Lane:
    """One runner; its random numbers are its own, whoever draws between its turns."""

    def __init__(
        self,
        place: int,
        runner: Runner,
        source: DatasetSpec,
        training: ImageSet,
        validation: ImageSet,
    ):
        self.place, self.over, self.seconds = place, False, 0.0
        config, spec = decided(runner.config), find_model(runner.model)
        device = choose_device(config.device)
        torch.manual_seed(config.seed)
        network = spec.build(source.shape, len(source.classes)).to(device)
        mean, std = statistics_of(spec, source)
        self.about = {"mean": mean, "std": std, "classes": len(source.classes)}
        self.judged = validation.take(JUDGED)
        self.run = Training(network, training, self.judged, config, **self.about)
        self.watched = Watched(self.run.learn, network)
        self.run.learn = self.watched
        self.records = self.run.records()
        self.random: torch.Tensor | None = None

    def go(self) -> Point:
        """To the next point."""
        theirs = torch.get_rng_state()
        if self.random is not None:
            torch.set_rng_state(self.random)
        self.watched.look()
        step = self.run.step
        try:
            record = next(self.records)
            if 0 < record.step == step and not self.run.over:  # an epoch that ends with a point
                record = next(self.records)
        except DivergedError:
            self.over = True
            return Point(self.place, self.run.step, self.run.steps, self.seconds, None, 0, (), True)
        finally:
            self.random = torch.get_rng_state()
            torch.set_rng_state(theirs)
        self.seconds = self.run.step_seconds
        accuracy = record.val_accuracy
        if accuracy is None:
            accuracy = evaluate(self.run.evaluated, self.judged, **self.about).accuracy
        self.over = self.run.over or record.step == record.steps
        about = (record.step, record.steps, self.seconds, record.loss, accuracy)
        return Point(self.place, *about, self.watched.seen)


def decided(config: TrainConfig) -> TrainConfig:
    """Float32 and PyTorch's usual layout where they are open: a race is no time to measure them."""
    precision = "float32" if config.precision == "auto" else config.precision
    return replace(config, precision=precision, channels_last=bool(config.channels_last))
