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
from convdemo.networks.backbones import BackboneSpec
from convdemo.networks.stages import split_at
from convdemo.training.loop import Record
from convdemo.training.optimizer import current_lr
from convdemo.transfer.crops import as_read, varied
from convdemo.transfer.features import NO_TRAPS, Traps, batches, device_of, read

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
    network: nn.Sequential,
    spec: BackboneSpec,
    photos: PhotoSet,
    indices: tuple[np.ndarray, np.ndarray],
    *,
    unfreeze: str,
    epochs: int = EPOCHS,
    lr: float = LR,
    augment: bool = True,
    seed: int = 0,
    traps: Traps = NO_TRAPS,
) -> Iterator[Record]:
    """Train in place from the stage `unfreeze` on; ended or closed, the network is the best one.

    The best is that of the lowest validation loss, the network as it was given among them.
    """
    below, above = parts(network, unfreeze)
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
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout
    labels = torch.tensor([photo.label for photo in photos.photos])
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

    lowest, _ = validate(network, spec, photos, to_validate, traps)
    best = copy.deepcopy(network.state_dict())
    try:
        for epoch in range(1, epochs + 1):
            order = to_train[torch.randperm(len(to_train), generator=generator).numpy()]
            total, right, seen = 0.0, 0, 0
            for start in range(0, len(order), BATCH):
                chosen = order[start : start + BATCH]
                pixels = [photos.photos[index].pixels for index in chosen.tolist()]
                x = varied(spec, pixels, generator) if augment else as_read(spec, pixels)
                loss, logits = _step(below, above, optimizer, spec, x, labels[chosen], traps)
                schedule.step()
                step += 1
                total += loss * len(chosen)
                right += int((logits.argmax(dim=1) == labels[chosen]).sum())
                seen += len(chosen)
                if seen < len(order):
                    yield record(epoch, None, None)
            val_loss, val_accuracy = validate(network, spec, photos, to_validate, traps)
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
    spec: BackboneSpec,
    x: torch.Tensor,
    labels: torch.Tensor,
    traps: Traps,
) -> tuple[float, torch.Tensor]:
    device = device_of(above)
    x, labels = x.to(device), labels.to(device)
    x = normalise(x, spec.mean, spec.std).contiguous(memory_format=torch.channels_last)
    above.train()
    for part in (below, above):
        for module in part.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.train(traps.batch_norm)
    with torch.no_grad():
        x = below(x)
    logits = above(x)
    loss = functional.cross_entropy(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return float(loss.detach()), logits.detach().cpu()


def answers_of(
    network: nn.Module, spec: BackboneSpec, photos: PhotoSet, indices: np.ndarray, traps: Traps
) -> torch.Tensor:
    """(N, classes) logits of the photos at those places."""
    found = [
        read(
            network,
            spec,
            as_read(spec, [photos.photos[index].pixels for index in chosen]),
            plain=traps.normalisation,
        )
        for chosen in batches(indices)
    ]
    return torch.cat(found)


def validate(
    network: nn.Module, spec: BackboneSpec, photos: PhotoSet, indices: np.ndarray, traps: Traps
) -> tuple[float, float]:
    """(loss, accuracy) on the photos at those places."""
    logits = answers_of(network, spec, photos, indices, traps)
    labels = torch.tensor([photos.photos[index].label for index in indices.tolist()])
    loss = float(functional.cross_entropy(logits, labels))
    return loss, float((logits.argmax(dim=1) == labels).float().mean())
