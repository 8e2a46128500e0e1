"""Transfer learning: a head on frozen features, fine-tuning, or the same photos from scratch."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import re
import time
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from convdemo.data.custom import JOB
from convdemo.data.dataset import ImageSet
from convdemo.data.image_folders.photo_set import PhotoSet, Progress, split
from convdemo.errors import UserError
from convdemo.inference.card import Card
from convdemo.inference.inputs import preprocessing_of
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import count_parameters, set_dropout
from convdemo.networks.warm_start import head_of, with_head
from convdemo.training.autotune import autotune
from convdemo.training.hardware import hardware
from convdemo.training.loop import Record, Training
from convdemo.training.optimizer import choose_device
from convdemo.training.recipes import RECIPES
from convdemo.transfer.features import Features, as_read, compute_features, device_of
from convdemo.transfer.finetune import EPOCHS, answers_of, fine_tune, parts, trainable
from convdemo.transfer.head import train_head
from convdemo.transfer.plan import Outcome, Plan

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
        yield from _from_scratch(photos, plan, indices)
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
    yield _outcome(
        photos,
        plan,
        network,
        indices,
        epochs=rounds + (plan.epochs or EPOCHS if tunes else 0),
        seconds=time.perf_counter() - started,
        features_seconds=featured,
        trained=trained,
    )


def _from_scratch(
    photos: PhotoSet, plan: Plan, indices: tuple[np.ndarray, np.ndarray]
) -> Iterator[Record | Outcome]:
    """The same photos with a network that knows nothing yet, for comparison."""
    spec, usual = plan.photos, RECIPES[plan.network]
    config = dataclasses.replace(
        usual,
        seed=plan.seed,
        epochs=plan.epochs or usual.epochs,
        lr=plan.lr or usual.lr,
        augment=usual.augment if plan.augment else "none",
        dropout=plan.dropout,
        device=plan.device,
    )
    device, classes = choose_device(config.device), len(photos.classes)
    training, validation = (_image_set(photos, plan, part).to(device) for part in indices)
    torch.manual_seed(plan.seed)
    shape = (3, spec.side, spec.side)
    network = MODELS[plan.network].build(shape, classes)
    set_dropout(network, config.dropout)
    network.to(device)
    config = autotune(config, network, plan.network, shape, config.batch)
    about = {"mean": spec.mean, "std": spec.std, "classes": classes}
    run = Training(network, training, validation, config, **about)
    started = time.perf_counter()
    yield from run.records()
    network.to(memory_format=torch.contiguous_format)
    taken = time.perf_counter() - started
    yield _outcome(photos, plan, network, indices, epochs=run.finished, seconds=taken)


def _image_set(photos: PhotoSet, plan: Plan, indices: np.ndarray) -> ImageSet:
    views = (as_read(plan.photos, [pixels]) for pixels in photos.pixels(indices.tolist()))
    images = torch.cat([(one * 255).round().to(torch.uint8) for one in views])
    return ImageSet(images, torch.from_numpy(photos.labels[indices]))


def _outcome(
    photos: PhotoSet,
    plan: Plan,
    network: nn.Sequential,
    indices: tuple[np.ndarray, np.ndarray],
    *,
    epochs: int,
    seconds: float,
    features_seconds: float = 0.0,
    trained: int | None = None,
) -> Outcome:
    """What a trained network amounts to: its scores for the photos that validate.

    They are computed where it was trained; then it comes to the processor.
    """
    device = device_of(network)
    to_train, to_validate = indices
    values = count_parameters(network)
    answers = answers_of(network, plan, photos, to_validate)
    return Outcome(
        plan,
        network.cpu().eval().requires_grad_(False),
        photos.classes,
        answers,
        torch.from_numpy(photos.labels[to_validate]),
        tuple(to_validate.tolist()),
        len(to_train),
        epochs,
        seconds,
        features_seconds,
        values if trained is None else trained,
        0 if trained is None else values - trained,
        device,
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
