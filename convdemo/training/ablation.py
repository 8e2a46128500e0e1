"""Does it help? The same network trained with and without an augmentation, from the same seeds.

Run as a module it reads one request from its standard input and prints a JSON object a line.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.data.dataset import DataMissingError, ImageSet
from convdemo.errors import choose
from convdemo.training.memory import keep_freed

if TYPE_CHECKING:
    import torch

    from convdemo.augmentation.batch import Augment
    from convdemo.augmentation.policies import Change

SIZES = (100, 300, 1000)  # pictures to train with
SEEDS = 3
STEPS = 240  # of a run, whatever the number of pictures: both are trained equally long
BATCH = 32
LR = 4e-3
TEST_PICTURES = 2_000
MOVED_PIXELS, TURNED_DEGREES = 4.0, 30.0
CONDITIONS = ("clean", "moved", "turned")
NETWORKS = {"mnist": "quick_cnn", "fashion_mnist": "quick_fashion"}


@dataclass(frozen=True)
class Progress:
    """The share of all work that is done."""

    share: float


@dataclass(frozen=True)
class Result:
    """A network that is trained: the share of test pictures that it reads, by condition."""

    augmented: bool
    seed: int
    accuracy: dict[str, float]
    seconds: float


def augment_of(change: Change) -> Augment:
    """Whole batches (N, C, H, W) in 0..1 by a function of single pictures in colour.

    Grey pictures are grey again afterwards; a chain that changes the size is undone by resizing,
    since a network takes one size.
    """
    import torch
    from torchvision.transforms.v2.functional import resize

    def augment(
        images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
    ) -> torch.Tensor:
        seeds = torch.randint(0, 2**31 - 1, (len(images),), generator=generator).tolist()
        grey = images.shape[1] == 1
        coloured = (images * 255).round().to(torch.uint8).expand(-1, 3, -1, -1)
        made = []
        for picture, seed in zip(coloured.contiguous(), seeds, strict=True):
            one, _ = change(picture, seed)
            if one.shape != picture.shape:
                one = resize(one, list(picture.shape[1:]), antialias=True)
            made.append(one)
        changed = torch.stack(made).float() / 255
        return changed.mean(dim=1, keepdim=True) if grey else changed

    return augment


def change_of(policy: str | None, chain: Any, fill: str) -> Change:
    """What a policy, or else a chain of steps, makes of one picture; ValueError for neither."""
    from convdemo.augmentation import policies
    from convdemo.augmentation.chain import chain_of, run

    if policy is None:
        return partial(run, chain_of(chain, fill))
    policies.transform_of(policy)  # it is there
    return partial(policies.change, policy)


def trial(
    dataset: str, change: Change, *, pictures: int, data_dir: Path, seeds: int = SEEDS
) -> Iterator[Progress | Result]:
    """Train without and with the augmentation, one run after the other; what is known, at once.

    ValueError for a data set without a network of seconds, DataMissingError without its pictures.
    """
    from convdemo.training.config import TrainConfig
    from convdemo.training.evaluation import evaluate
    from convdemo.training.fit import prepare

    choose("dataset", dataset, NETWORKS)
    epochs = max(1, round(STEPS / max(1, -(-pictures // BATCH))))
    runs = 2 * seeds
    began = time.perf_counter()
    tests: dict[str, ImageSet] = {}
    for number in range(runs):
        seed, augmented = divmod(number, 2)
        augmented = bool(augmented)
        config = TrainConfig(
            epochs=epochs,
            batch=BATCH,
            lr=LR,
            optimizer="adamw",
            weight_decay=0.02,
            schedule="onecycle",
            limit=pictures,
            seed=seed,
            device="cpu",
            precision="float32",
            channels_last=True,
        )
        job = prepare(NETWORKS[dataset], dataset, config, data_dir=data_dir, command="")
        run = job.training
        run.validation = run.validation.take(500)
        if augmented:
            run.augment = augment_of(change)
        for record in run.records():
            share = record.step / record.steps
            yield Progress((number + share) / runs)
        tests = tests or conditions(job.source.load(data_dir, "test").take(TEST_PICTURES))
        about = {"mean": run.mean, "std": run.std, "classes": run.classes}
        accuracy = {
            name: evaluate(run.network, test, **about).accuracy for name, test in tests.items()
        }
        yield Result(augmented, seed, accuracy, round(time.perf_counter() - began, 2))


def conditions(test: Any) -> dict[str, Any]:
    """The test pictures as they are, moved by up to 4 pixels, and turned by up to 30 degrees."""
    import torch

    from convdemo.augmentation.batch import warp

    def changed(degrees: float, shift: float) -> ImageSet:
        moved = warp(
            test.images.float() / 255,
            torch.Generator().manual_seed(0),
            degrees=degrees,
            shear=0,
            scale=(1, 1),
            shift=shift,
        )
        return ImageSet((moved * 255).round().to(torch.uint8), test.labels)

    return {
        "clean": test,
        "moved": changed(0, MOVED_PIXELS),
        "turned": changed(TURNED_DEGREES, 0),
    }


def summary(results: list[Result]) -> dict[str, dict[str, dict[str, float]]]:
    """{"without" or "with": {condition: {"mean", "spread", "n"}}}; the spread is the sample's
    standard deviation, 0 for a single run.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, augmented in (("without", False), ("with", True)):
        ours = [one.accuracy for one in results if one.augmented == augmented]
        found[name] = {
            condition: {
                "mean": statistics.mean(values),
                "spread": statistics.stdev(values) if len(values) > 1 else 0.0,
                "n": len(values),
            }
            for condition in CONDITIONS
            if (values := [accuracy[condition] for accuracy in ours])
        }
    return found


def main() -> int:
    """Answer the request {"dataset", "policy" or "chain" and "fill", "pictures", "data_dir"}."""
    import torch

    request = json.loads(sys.stdin.readline())
    os.nice(10)
    keep_freed()
    torch.set_num_threads(max(1, torch.get_num_threads() - 1))  # the page answers meanwhile
    try:
        change = change_of(request.get("policy"), request.get("chain"), request.get("fill", ""))
        found = trial(
            request["dataset"],
            change,
            pictures=request["pictures"],
            data_dir=Path(request["data_dir"]),
        )
        for one in found:
            kind = "result" if isinstance(one, Result) else "progress"
            print(json.dumps({kind: asdict(one)}), flush=True)
    except (DataMissingError, ValueError) as error:
        print(json.dumps({"failed": str(error)}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
