"""Transfer learning: a head on frozen features, fine-tuning, or the same photos from scratch."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import re
import time
from collections.abc import Generator
from typing import Any

import torch
from torch import nn

from convdemo.data.custom import JOB
from convdemo.data.image_folders.photo_set import PhotoSet, Progress, split
from convdemo.errors import UserError
from convdemo.inference.card import Card
from convdemo.inference.inputs import preprocessing_of
from convdemo.networks.stages import count_parameters
from convdemo.networks.warm_start import head_of, with_head
from convdemo.training.hardware import hardware
from convdemo.training.loop import Record
from convdemo.training.optimizer import choose_device
from convdemo.transfer.features import Features, compute_features
from convdemo.transfer.finetune import EPOCHS, fine_tune, parts, trainable
from convdemo.transfer.head import train_head
from convdemo.transfer.plan import Outcome, Plan
from convdemo.transfer.scratch import from_scratch, outcome_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
COUNTS = ("step", "steps", "epoch", "epochs")  # of a record, which go on from those of the head
RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
CPU = torch.device("cpu")


def transfer(
    photos: PhotoSet,
    plan: Plan,
    *,
    base: nn.Sequential | None = None,
    features: Features | None = None,
    progress: Progress = lambda done, of: True,
) -> Generator[Record | Features | Outcome, None, None]:
    """Records of the training, then its outcome; from a base come its features before that.

    `base` is what `load_base` gives and stays as it is; `features` are those of an earlier call
    with the same photos, base, copies, seed and traps. `progress` follows the features.
    """
    indices, device = split(photos, seed=plan.seed), choose_device(plan.device)
    if plan.mode == "scratch":
        yield from from_scratch(photos, plan, indices)
        return
    if base is None:
        raise ValueError("a base is needed")
    started = time.perf_counter()
    if plan.traps.batch_norm or device != CPU:
        base = copy.deepcopy(base)  # whose statistics will drift, or which goes elsewhere
    base.to(device)
    if features is None:
        features = compute_features(
            base,
            plan.photos,
            photos,
            indices,
            copies=plan.copies if plan.augment else 1,
            seed=plan.seed,
            traps=plan.traps,
            progress=progress,
        )
    yield features
    featured = time.perf_counter() - started
    tunes = plan.mode == "finetune"
    network = with_head(base, len(photos.classes)).to(device)
    if tunes:
        network = copy.deepcopy(network)  # so that the base stays what it was
    rounds = 0
    for record in train_head(head_of(network), features):
        rounds = record.epoch
        # What took its time are the features; fine-tuning has the head to improve on.
        yield dataclasses.replace(
            record,
            seconds=time.perf_counter() - started,
            samples_per_second=len(features.training) / max(featured, 1e-9),
            best=tunes,
        )
    trained = count_parameters(head_of(network))
    if tunes:
        trained = sum(w.numel() for w in trainable(parts(network, plan.stage)[1]))
        for record in fine_tune(network, plan, photos, indices):
            yield dataclasses.replace(
                record,
                **{name: rounds + getattr(record, name) for name in COUNTS},
                seconds=time.perf_counter() - started,
            )
    yield outcome_of(
        photos,
        plan,
        network,
        indices,
        epochs=rounds + (plan.epochs or EPOCHS if tunes else 0),
        seconds=time.perf_counter() - started,
        features_seconds=featured,
        trained=trained,
    )


def check_name(name: str) -> None:
    """ValueError for a name that cannot be a file's on every system."""
    if not NAME.fullmatch(name):
        raise UserError(
            f"the name {name!r} does not fit: small letters, digits, - and _, at most 60"
        )
    if RESERVED.fullmatch(name):
        raise UserError(f"the name {name!r} does not fit: Windows has it for a device")


def card_of(outcome: Outcome, name: str, *, dataset: str, command: str) -> Card:
    """The card of a network that a transfer ends in; ValueError for a name that is no file's."""
    check_name(name)
    plan = outcome.plan
    spec = plan.photos
    return Card(
        name=name,
        model=spec.name,
        dataset=f"photos-{dataset}",  # never the name of a data set that is known
        job=JOB,
        classes=outcome.classes,
        shape=(3, spec.side, spec.side),
        mean=spec.mean,
        std=spec.std,
        preprocessing=preprocessing_of(spec.name),
        parameters=count_parameters(outcome.network),
        validation_accuracy=outcome.accuracy,
        test_accuracy=None,
        test_loss=None,
        epochs=outcome.epochs,
        seconds=round(outcome.seconds, 1),
        hardware=hardware(outcome.device or CPU),
        command=command,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        config=dataclasses.asdict(plan),
        evidence={"validation_photos": len(outcome.labels), "photos": outcome.training_photos},
    )


def slug(text: str) -> str:
    """A name for a file from any text: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30] or "photos"


def line_of(outcome: Outcome, name: str, file: str) -> dict[str, Any]:
    """What `convdemo transfer --json` says last."""
    return {
        "val_accuracy": outcome.accuracy,
        "seconds": round(outcome.seconds, 3),
        "name": name,
        "file": file,
        "features_seconds": round(outcome.features_seconds, 3),
        "photos": outcome.training_photos,
        "validation_photos": len(outcome.labels),
        "trained": outcome.trained,
        "frozen": outcome.frozen,
    }
