"""The same photos with a network that knows nothing yet, for comparison."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from convdemo.data.dataset import ImageSet
from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import count_parameters, set_dropout
from convdemo.training.autotune import autotune
from convdemo.training.config import TrainConfig
from convdemo.training.loop import Record, Training
from convdemo.training.optimizer import choose_device
from convdemo.training.recipes import RECIPES
from convdemo.transfer.crops import as_read
from convdemo.transfer.features import device_of
from convdemo.transfer.finetune import answers_of
from convdemo.transfer.plan import Outcome, Plan


def from_scratch(
    photos: PhotoSet, plan: Plan, indices: tuple[np.ndarray, np.ndarray]
) -> Iterator[Record | Outcome]:
    """Records of the training, then its outcome."""
    spec, config = plan.photos, scratch_config(plan)
    device = choose_device(config.device)
    sets = [_image_set(photos, plan, part).to(device) for part in indices]
    torch.manual_seed(plan.seed)
    network = MODELS[plan.network].build((3, spec.side, spec.side), len(photos.classes))
    set_dropout(network, config.dropout)
    network.to(device)
    run = Training(
        network,
        sets[0],
        sets[1],
        config,
        mean=spec.mean,
        std=spec.std,
        classes=len(photos.classes),
    )
    started = time.perf_counter()
    yield from run.records()
    network.to(memory_format=torch.contiguous_format)
    yield outcome_of(
        photos,
        plan,
        network,
        indices,
        epochs=run.finished,
        seconds=time.perf_counter() - started,
    )


def scratch_config(plan: Plan) -> TrainConfig:
    """The settings with which a network is trained on photos from scratch; precision is decided."""
    usual = RECIPES[plan.network]
    config = dataclasses.replace(
        usual,
        seed=plan.seed,
        epochs=plan.epochs or usual.epochs,
        lr=plan.lr or usual.lr,
        augment=usual.augment if plan.augment else "none",
        dropout=plan.dropout,
        device=plan.device,
    )
    spec = plan.photos
    shape = (3, spec.side, spec.side)
    network = MODELS[plan.network].build(shape, 2).to(choose_device(config.device))
    return autotune(config, network, plan.network, shape, config.batch)


def _image_set(photos: PhotoSet, plan: Plan, indices: np.ndarray) -> ImageSet:
    views = (as_read(plan.photos, [pixels]) for pixels in photos.pixels(indices.tolist()))
    images = torch.cat([(one * 255).round().to(torch.uint8) for one in views])
    return ImageSet(images, torch.from_numpy(photos.labels[indices]))


def outcome_of(
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
