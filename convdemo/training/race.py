"""Several networks or settings side by side: from the same weights, on the same pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from convdemo.data.dataset import DatasetSpec, ImageSet
from convdemo.errors import UserError
from convdemo.networks.registry import find_model
from convdemo.networks.written import LINES, is_line, normalised
from convdemo.training.config import TrainConfig
from convdemo.training.evaluation import evaluate
from convdemo.training.fit import statistics_of
from convdemo.training.insides import StageState, Watched
from convdemo.training.loop import DivergedError, Training
from convdemo.training.optimizer import choose_device

RUNNERS = (2, 6)
POINTS = 20  # of a runner after its start, closer together in its first steps
JUDGED = 1_000  # validation pictures that every point is judged on
LEARNS = r"\b(?:conv|depthwise|convt|dense|linear)\b(?: [^-() ]+)*"  # in a line of layers
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
    starts: dict[tuple[str, int], float] = {}  # the same for all that begin with the same weights
    for one, lane in zip(runners, lanes, strict=True):
        begun = (one.model, one.config.seed)
        if begun not in starts:
            starts[begun] = lane.judge()
        yield Point(lane.place, 0, lane.run.steps, 0.0, None, starts[begun])
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
        self.records = self.run.records(untrained=False)
        self.random: torch.Tensor | None = None

    def judge(self) -> float:
        """The accuracy as the network is now."""
        return evaluate(self.run.evaluated, self.judged, **self.about).accuracy

    def go(self) -> Point:
        """To the next point."""
        theirs = torch.get_rng_state()
        if self.random is not None:
            torch.set_rng_state(self.random)
        self.watched.look()
        step, steps = self.run.step, self.run.steps
        # Most happens in the first steps, and judging takes longer than a few of them.
        squares = (steps * (n / POINTS) ** 2 for n in range(1, POINTS + 1))
        self.run.record_every = next(math.ceil(one) for one in squares if math.ceil(one) > step)
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
        accuracy = self.judge() if record.val_accuracy is None else record.val_accuracy
        self.over = self.run.over or record.step == record.steps
        about = (record.step, record.steps, self.seconds, record.loss, accuracy)
        return Point(self.place, *about, self.watched.seen)


def with_norm(model: str, wanted: bool) -> str:
    """The line of a network, by name or line, with batch normalisation behind every layer that
    learns but the last one, or without any. UserError for a network that is not written as a line.
    """
    if not is_line(model) and model not in LINES:
        raise UserError(f"{model} is not written as a line")
    line = normalised(LINES.get(model, model))
    if not wanted:
        return re.sub(r" - bn\b|\bbn - ", "", line)
    if re.search(r"\bbn\b", line):
        return line
    places = [found.end() for found in re.finditer(LEARNS, line)][:-1]
    for place in reversed(places):
        line = f"{line[:place]} - bn{line[place:]}"
    return line


def decided(config: TrainConfig) -> TrainConfig:
    """Float32 and channels last where they are open: a race is no time to measure them, and on
    processors the networks of digits are judged several times faster so.
    """
    precision = "float32" if config.precision == "auto" else config.precision
    return replace(config, precision=precision, channels_last=config.channels_last is not False)
