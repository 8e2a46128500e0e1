"""The course's experiment on photos of yours: from scratch, frozen, fine-tuned; JSON.

    python tests/benchmarks/transfer.py run FOLDER [--ways NAME...] [--photos N] [--out FILE]
    python tests/benchmarks/transfer.py seconds FOLDER [--photos 400]
    python tests/benchmarks/transfer.py resolutions FOLDER [--base NAME]
    python tests/benchmarks/transfer.py curves FILE --out PNG

FOLDER holds class folders, or train/ and validation/ with class folders in each. `run` adds what it
measures to FILE, way by way; `--epochs N` is for the networks that start from nothing, `--photos N`
trains with as many, the same of each class, and validates as ever; `--seed N` is its seed.
`seconds` takes as many photos, splits them, and counts from the start to the validation accuracy.
`resolutions` compares sides of a base's input by cross-validation on the photos to train with;
those that validate stay closed.
"""

import argparse
import dataclasses
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from convdemo.data.image_folders.photo_set import Photo, PhotoSet, split
from convdemo.data.image_folders.reader import read_photos
from convdemo.images.figures import lines
from convdemo.images.look import write
from convdemo.inference.inputs import OWN
from convdemo.training.hardware import hardware
from convdemo.training.loop import Record
from convdemo.training.memory import keep_freed
from convdemo.transfer.bases import BASES, DEFAULT, load_base
from convdemo.transfer.features import Features, compute_features
from convdemo.transfer.head import train_head
from convdemo.transfer.plan import Outcome, Plan
from convdemo.transfer.run import transfer

WAYS = {
    "scratch_plain": Plan(mode="scratch", augment=False, dropout=0.0, epochs=20),
    "scratch": Plan(mode="scratch"),
    "scratch_5_plain": Plan(
        mode="scratch", network="cats_dogs_5", augment=False, dropout=0.0, epochs=20
    ),
    "scratch_5": Plan(mode="scratch", network="cats_dogs_5"),
    "features_plain": Plan(mode="features", augment=False),
    "features": Plan(mode="features"),
    "finetune": Plan(mode="finetune"),
}
FOLDS = 4
SIDES = {OWN: (32, 40, 48, 56, 64, 80, 96), DEFAULT: (128, 160, 192, 224)}


def measure(photos: PhotoSet, plan: Plan) -> dict[str, Any]:
    base = None if plan.mode == "scratch" else load_base(plan.backbone)
    curve, outcome = [], None
    for now in transfer(photos, plan, base=base):
        if isinstance(now, Record) and now.val_accuracy is not None:
            curve.append([now.epoch, now.accuracy, now.val_accuracy, round(now.seconds, 2)])
        if isinstance(now, Outcome):
            outcome = now
    assert outcome is not None
    return {
        "plan": dataclasses.asdict(plan),
        "val_accuracy": outcome.accuracy,
        "seconds": round(outcome.seconds, 1),
        "n": len(outcome.labels),
        "trained": outcome.trained,
        "hardware": hardware(torch.device("cpu")),
        "curve": curve,
    }


def run(
    folder: Path,
    ways: list[str],
    seed: int,
    *,
    epochs: int | None,
    count: int | None,
    out: Path | None,
) -> dict[str, Any]:
    photos = read_photos(folder)
    if count is not None:
        validating = tuple(photo for photo in photos.photos if photo.part)
        photos = dataclasses.replace(photos, photos=(*to_train(photos, count), *validating))
    found = json.loads(out.read_text()) if out is not None and out.exists() else {}
    found["photos"] = photos.counts()
    for way in ways:
        plan = dataclasses.replace(WAYS[way], seed=seed)
        if epochs is not None and plan.mode == "scratch":
            plan = dataclasses.replace(plan, epochs=epochs)
        found[f"{way}-{seed}"] = measure(photos, plan)
        if out is not None:
            out.write_text(json.dumps(found))
    return found


def to_train(photos: PhotoSet, count: int) -> tuple[Photo, ...]:
    """As many of the photos to train with, the same of each class."""
    each = count // len(photos.classes)
    return tuple(
        photo
        for label in range(len(photos.classes))
        for photo in [p for p in photos.photos if p.label == label and not p.part][:each]
    )


def seconds(folder: Path, count: int) -> dict[str, Any]:
    found = read_photos(folder)
    photos = dataclasses.replace(found, photos=to_train(found, count))
    base = load_base(DEFAULT)
    whole, again = [], []
    accuracy = 0.0
    for _ in range(3):
        features = None
        for taken in (whole, again):
            started = time.perf_counter()
            for now in transfer(photos, Plan(), base=base, features=features):
                features = now if isinstance(now, Features) else features
                accuracy = now.accuracy if isinstance(now, Outcome) else accuracy
            taken.append(time.perf_counter() - started)
    return {
        "photos": len(photos.photos),
        "seconds": statistics.median(whole),
        "seconds_with_features": statistics.median(again),
        "n": 3,
        "accuracy": accuracy,
        "hardware": hardware(torch.device("cpu")),
    }


def resolutions(folder: Path, name: str) -> list[dict[str, Any]]:
    photos = read_photos(folder)
    training = split(photos)[0]
    base, rows = load_base(name), []
    order = np.random.default_rng(0).permutation(training)
    for side in SIDES[name]:
        spec = dataclasses.replace(BASES[name].photos, side=side)
        started = time.perf_counter()
        # All views once, the folds are then parts of them.
        whole = compute_features(base, spec, photos, (order, order[:1]), copies=2)
        taken = time.perf_counter() - started
        right = []
        for fold in np.array_split(np.arange(len(order)), FOLDS):
            held = np.isin(np.arange(len(order)), fold)
            mask = torch.from_numpy(np.concatenate((~held, ~held)))
            features = Features(
                whole.training[mask],
                whole.training_labels[mask],
                whole.training[: len(order)][torch.from_numpy(held)],
                whole.training_labels[: len(order)][torch.from_numpy(held)],
                2,
            )
            head = torch.nn.Linear(whole.training.shape[1], len(photos.classes))
            right.append(list(train_head(head, features))[-1].val_accuracy)
        row = {
            "side": side,
            "accuracy": statistics.mean(right),
            "spread": statistics.stdev(right),
            "folds": FOLDS,
            "photos": len(order),
            "milliseconds_a_view": 1000 * taken / (2 * len(order)),
        }
        print(json.dumps(row), flush=True)
        rows.append(row)
    return rows


# What `curves` draws; "small_" are those of the base before, renamed in the file by hand.
NAMES = {
    "scratch_plain": "from scratch",
    "scratch": "from scratch, augmentation and dropout",
    "scratch_5": "five convolutions, augmentation and dropout",
    "small_features": "frozen compact_resnet, new head",
    "small_finetune": "compact_resnet, fine-tuned",
    "features": "frozen efficientnet_lite0, new head",
    "finetune": "efficientnet_lite0, fine-tuned",
}


def curves(file: Path, out: Path) -> None:
    """Validation accuracy over seconds, on a logarithmic axis, since a head takes one."""
    found = json.loads(file.read_text())
    series = {
        title: [(max(row[3], 0.3), 100 * row[2]) for row in found[f"{way}-0"]["curve"] if row[0]]
        for way, title in NAMES.items()
        if f"{way}-0" in found
    }
    figure = lines(series, across="Seconds", up="Validation accuracy (%)", logarithmic=True)
    write(figure, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "seconds", "resolutions", "curves"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--photos", type=int)
    parser.add_argument("--base", choices=list(SIDES), default=OWN)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    keep_freed()
    path, ways, out = arguments.path, arguments.ways, arguments.out
    if arguments.what == "run":
        about = {"epochs": arguments.epochs, "count": arguments.photos, "out": out}
        print(json.dumps(run(path, ways, arguments.seed, **about)))
    elif arguments.what == "seconds":
        print(json.dumps(seconds(path, arguments.photos or 400)))
    elif arguments.what == "resolutions":
        resolutions(path, arguments.base)
    else:
        curves(path, out)


if __name__ == "__main__":
    main()
