"""Fine-tuning: the last stages of a base go on learning, with a head that was trained before.

Batch normalisation keeps its statistics and its weights: those of a handful of photos are noise.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.errors import choose
from convdemo.inference.tta import normalise
from convdemo.networks.stages import split_at
from convdemo.training.loop import Record
from convdemo.training.optimizer import current_lr
from convdemo.transfer.features import as_read, batches, device_of, read, scored, varied
from convdemo.transfer.plan import Plan

EPOCHS, LR = 5, 1e-4  # of the base
BATCH = 32
HEAD_FACTOR = 10  # how much faster the head learns
DECAY = 1e-2


def parts(network: nn.Sequential, unfreeze: str) -> tuple[nn.Sequential, nn.Sequential]:
    """(frozen, trained) stages; ValueError where the stage is not one of the base."""
    names = [name for name, _ in network.named_children()][:-1]
    choose("stage", unfreeze, names)
    index = names.index(unfreeze)
    return (network[:0], network) if index == 0 else split_at(network, names[index - 1])


def trainable(stages: nn.Module) -> list[nn.Parameter]:
    """The weights of stages that fine-tuning changes: all but those of batch normalisation."""
    return [
        parameter
        for module in stages.modules()
        if not isinstance(module, nn.modules.batchnorm._BatchNorm)
        for parameter in module.parameters(recurse=False)
    ]


def fine_tune(
    network: nn.Sequential, plan: Plan, photos: PhotoSet, indices: tuple[np.ndarray, np.ndarray]
) -> Iterator[Record]:
    """Train in place from the plan's stage on; ended or closed, the network is the best one.

    The best is that of the lowest validation loss, the network as it was given among them.
    """
    spec, epochs, lr = plan.photos, plan.epochs or EPOCHS, plan.lr or LR
    below, above = parts(network, plan.stage)
    network.requires_grad_(False)
    weights = trainable(above)
    head = {id(parameter) for parameter in network[-1].parameters()}
    groups = [
        {"params": [w for w in weights if id(w) not in head], "lr": lr},
        {"params": [w for w in weights if id(w) in head], "lr": HEAD_FACTOR * lr},
    ]
    for weight in weights:
        weight.requires_grad_(True)
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY)
    to_train, to_validate = indices
    steps = math.ceil(len(to_train) / BATCH) * epochs
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    generator = torch.Generator().manual_seed(plan.seed)
    torch.manual_seed(plan.seed)  # dropout
    labels = torch.from_numpy(photos.labels)
    step, started = 0, time.perf_counter()

    def record(
        epoch: int, val_loss: float | None, val_accuracy: float | None, *, best: bool = False
    ) -> Record:
        seconds = time.perf_counter() - started
        return Record(
            step=step,
            steps=steps,
            epoch=epoch,
            epochs=epochs,
            loss=total / seen,
            accuracy=right / seen,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            lr=current_lr(optimizer),
            seconds=seconds,
            samples_per_second=((epoch - 1) * len(to_train) + seen) / seconds,
            best=best,
        )

    lowest, _ = _validate(network, plan, photos, to_validate)
    best = copy.deepcopy(network.state_dict())
    try:
        for epoch in range(1, epochs + 1):
            order = to_train[torch.randperm(len(to_train), generator=generator).numpy()]
            total, right, seen = 0.0, 0, 0
            for start in range(0, len(order), BATCH):
                chosen = order[start : start + BATCH]
                pixels = photos.pixels(chosen.tolist())
                x = varied(spec, pixels, generator) if plan.augment else as_read(spec, pixels)
                loss, logits = _step(below, above, optimizer, plan, x, labels[chosen])
                schedule.step()
                step += 1
                total += loss * len(chosen)
                right += int((logits.argmax(dim=1) == labels[chosen]).sum())
                seen += len(chosen)
                if seen < len(order):
                    yield record(epoch, None, None)
            val_loss, val_accuracy = _validate(network, plan, photos, to_validate)
            better = val_loss < lowest
            if better:
                lowest, best = val_loss, copy.deepcopy(network.state_dict())
            yield record(epoch, val_loss, val_accuracy, best=better)
    finally:
        network.load_state_dict(best)
        network.eval().requires_grad_(False)


def _step(
    below: nn.Sequential,
    above: nn.Sequential,
    optimizer: torch.optim.Optimizer,
    plan: Plan,
    x: torch.Tensor,
    labels: torch.Tensor,
) -> tuple[float, torch.Tensor]:
    device, spec = device_of(above), plan.photos
    x, labels = x.to(device), labels.to(device)
    x = normalise(x, spec.mean, spec.std).contiguous(memory_format=torch.channels_last)
    above.train()
    for part in (below, above):
        for module in part.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.train(plan.traps.batch_norm)
    with torch.no_grad():
        x = below(x)
    logits = above(x)
    loss = functional.cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return float(loss.detach()), logits.detach().cpu()


def answers_of(
    network: nn.Module, plan: Plan, photos: PhotoSet, indices: np.ndarray
) -> torch.Tensor:
    """(N, classes) logits of the photos at those places."""
    spec, plain = plan.photos, plan.traps.normalisation
    views = (as_read(spec, photos.pixels(chosen)) for chosen in batches(indices))
    return torch.cat([read(network, spec, x, plain=plain) for x in views])


def _validate(
    network: nn.Module, plan: Plan, photos: PhotoSet, indices: np.ndarray
) -> tuple[float, float]:
    """(loss, accuracy) on the photos at those places."""
    logits = answers_of(network, plan, photos, indices)
    return scored(logits, torch.from_numpy(photos.labels[indices]))
