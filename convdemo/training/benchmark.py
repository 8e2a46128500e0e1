"""How fast this machine trains: the quick preset of a data set, and the course's loop beside it."""

from __future__ import annotations

import dataclasses
import statistics
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from convdemo.data.dataset import ImageSet
from convdemo.errors import UserError
from convdemo.inference.tta import normalise
from convdemo.networks.registry import MODELS
from convdemo.training.evaluation import evaluate
from convdemo.training.fit import Job, prepare
from convdemo.training.hardware import hardware
from convdemo.training.loop import Tensors
from convdemo.training.recipes import QUICK, recipe

MARKS = {"mnist": (0.98, 0.99, 0.993), "fashion_mnist": (0.9, 0.925, 0.94)}
POINTS = 40  # at which the weights of a run are kept, to be evaluated when it is over
MATRIX_SIDE = 1024
COURSE_EPOCHS, COURSE_MARK = 15, 0.99
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Timed:
    """One run of the quick preset."""

    accuracy: float
    seconds: float
    seconds_to: dict[float, float | None]
    samples_per_second: float


def bench_train(
    dataset: str, *, seeds: int, course_seeds: int, data_dir: Path, tell: Tell
) -> dict[str, Any]:
    """What `convdemo bench train` prints; accuracies are of the test set.

    The one place where the test set is opened more than once: what the weights that were kept on
    the way reach is evaluated afterwards, and not timed. ValueError without a quick preset.
    """
    if dataset not in QUICK:
        raise UserError(f"dataset {dataset!r} has no quick preset; {', '.join(QUICK)} have one")
    runs: list[Timed] = []
    for seed in range(seeds):
        runs.append(_timed(_job(dataset, seed, data_dir), data_dir))
        tell(f"seed {seed}: {runs[-1].accuracy:.2%} in {runs[-1].seconds:.2f} s")
    training = _job(dataset, 0, data_dir).training
    seconds = statistics.mean(run.seconds for run in runs)
    inside, operations = _in_the_network(dataset, data_dir)
    rate = operations * training.steps / seconds
    matrix_rate = _matrix_rate(training.device, training.config.precision)
    course = _course(course_seeds, data_dir, tell) if dataset == "mnist" else []
    reached = _of_all(course, statistics.median)
    accuracies = [run.accuracy for run in runs]
    return {
        "dataset": dataset,
        "model": QUICK[dataset],
        "seeds": seeds,
        "accuracy": statistics.mean(accuracies),
        "accuracies": accuracies,
        "seconds": seconds,
        "seconds_of_each": [run.seconds for run in runs],
        "seconds_to": {
            f"{mark:g}": _of_all([run.seconds_to[mark] for run in runs], statistics.mean)
            for mark in MARKS[dataset]
        },
        "course_seconds_to_99": reached,
        "course_seconds_of_each": course,
        "ratio": None if reached is None else reached / seconds,
        "samples_per_second": statistics.mean(run.samples_per_second for run in runs),
        "share_outside_network": 1 - inside,
        "gigaflops": rate / 1e9,
        "matrix_gigaflops": matrix_rate / 1e9,
        "share_of_matrix_rate": rate / matrix_rate,
        "precision": training.config.precision,
        "device": hardware(training.device),
        "torch": torch.__version__,
    }


def _of_all(found: Sequence[float | None], how: Callable[[list[float]], float]) -> float | None:
    """The mean or the median of seconds to a mark; None where a seed never reached it."""
    known = [seconds for seconds in found if seconds is not None]
    return how(known) if known and len(known) == len(found) else None


def _job(dataset: str, seed: int, data_dir: Path) -> Job:
    """The quick preset, ready for its first step."""
    model = QUICK[dataset]
    config = dataclasses.replace(recipe(model, dataset), seed=seed)
    return prepare(model, dataset, config, data_dir=data_dir, command="convdemo bench train")


def _timed(job: Job, data_dir: Path) -> Timed:
    training = job.training
    training.record_every = max(1, training.steps // POINTS)
    kept: list[tuple[float, Tensors]] = []
    for record in training.records():
        if record.epoch and record.val_loss is None:
            weights = {k: v.detach().clone() for k, v in training.evaluated.state_dict().items()}
            kept.append((training.step_seconds, weights))
    test = job.source.load(data_dir, "test").to(training.device)

    def accuracy() -> float:
        return evaluate(
            training.network,
            test,
            mean=training.mean,
            std=training.std,
            classes=training.classes,
            views=MODELS[job.model].views,
        ).accuracy

    reached = accuracy()

    @cache
    def accuracy_at(index: int) -> float:
        training.network.load_state_dict(kept[index][1])
        return accuracy()

    found: dict[float, float | None] = dict.fromkeys(MARKS[job.dataset])
    for mark in found:
        # By halves, as if it only ever rose: to evaluate all the weights would take minutes.
        index = bisect_left(range(len(kept)), mark, key=accuracy_at)
        if index < len(kept):
            found[mark] = kept[index][0]
        elif reached >= mark:
            found[mark] = training.step_seconds
    speed = training.samples / training.step_seconds
    return Timed(reached, training.step_seconds, found, speed)


def _in_the_network(dataset: str, data_dir: Path) -> tuple[float, int]:
    """The share of a run's time that its steps take, and the operations of one of them.

    From a run of its own: to wait for a GPU after every step slows it down.
    """
    job = _job(dataset, 0, data_dir)
    run = job.training
    step, seconds = run.learn, 0.0

    def timed(*about: Any) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal seconds
        started = time.perf_counter()
        found = step(*about)
        if run.device.type == "cuda":
            torch.cuda.synchronize(run.device)
        seconds += time.perf_counter() - started
        return found

    run.learn = timed
    for _ in run.records():
        pass
    pictures, labels = next(iter(run.training.batches(run.config.batch)))
    x = normalise(pictures.to(run.device).float() / 255, run.mean, run.std)
    with FlopCounterMode(display=False) as counter:
        logits = run.network.train()(x.contiguous(memory_format=run.layout))
        functional.cross_entropy(logits, labels.to(run.device)).backward()
    return seconds / run.step_seconds, counter.get_total_flops()


def _matrix_rate(device: torch.device, precision: str) -> float:
    """Operations a second of a product of square matrices, the best of ten."""
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    generator = torch.Generator().manual_seed(0)
    a, b = (
        torch.randn(MATRIX_SIDE, MATRIX_SIDE, generator=generator).to(device, kind)
        for _ in range(2)
    )
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        (a @ b).sum().item()
        taken.append(time.perf_counter() - started)
    return 2 * MATRIX_SIDE**3 / min(taken)


def _course(seeds: int, data_dir: Path, tell: Tell) -> list[float | None]:
    """Seconds of training until the course's plain loop reads 99 % of the test set, by seed."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    found: list[float | None] = []
    if not seeds:
        return found
    training = datasets.MNIST(data_dir, train=True, transform=transforms.ToTensor())
    whole = datasets.MNIST(data_dir, train=False)
    test = ImageSet(whole.data.unsqueeze(1), whole.targets).to(device)
    for seed in range(seeds):
        torch.manual_seed(seed)
        network = MODELS["cnn"].build((1, 28, 28), 10).to(device)
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        loss_of = nn.CrossEntropyLoss()
        seconds = 0.0
        found.append(None)
        for epoch in range(COURSE_EPOCHS):
            started = time.perf_counter()
            for pictures, labels in DataLoader(training, batch_size=100, shuffle=True):
                optimizer.zero_grad()
                loss_of(network(pictures.to(device)), labels.to(device)).backward()
                optimizer.step()
            if device.type == "cuda":
                torch.cuda.synchronize()
            seconds += time.perf_counter() - started
            read = evaluate(network, test, mean=(0.0,), std=(1.0,), classes=10).accuracy
            tell(f"course, seed {seed}, epoch {epoch + 1}: {read:.2%} after {seconds:.1f} s")
            if read >= COURSE_MARK:
                found[-1] = seconds
                break
    return found
