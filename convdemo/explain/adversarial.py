"""Fool it: the smallest change to an input that changes the answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from convdemo.explain.attribution_methods import (
    Progress,
    gradients,
    in_batches,
    no_progress,
    part_of,
    scores,
    without_softmax,
)
from convdemo.inference.tta import normalise

SIZES = 41  # of the step, from nothing to LARGEST
LARGEST = 0.4  # of a pixel's range
PGD_STEPS = 10
HALVINGS = 7  # of the range in which the smallest size is looked for


@dataclass(frozen=True, eq=False)
class AdversarialExample:
    """What a method found. `pixels` (C, H, W) in 0..1 fool with `size`, the largest change of a
    pixel; both are None where nothing up to LARGEST does.
    """

    size: float | None
    pixels: torch.Tensor | None
    label: int  # what it is read as then, or still
    probability: float


@dataclass(frozen=True, eq=False)
class Attempt:
    """One step along the sign of the gradient at every size, and the smallest that fools."""

    pixels: torch.Tensor  # (SIZES, C, H, W) in 0..1
    sizes: tuple[float, ...]
    labels: tuple[int, ...]
    probabilities: tuple[float, ...]  # of the label
    right: tuple[float, ...]  # of the class that it was read as before
    step: AdversarialExample  # FGSM (arXiv 1412.6572)
    search: AdversarialExample  # PGD (arXiv 1706.06083)


def fool(
    network: nn.Sequential,
    pixels: torch.Tensor,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    progress: Progress = no_progress,
) -> Attempt:
    """Both methods on an input (C, H, W) in 0..1, away from what the network reads in it.

    `progress` is told the share that is done, and may raise to end it.
    """
    logits = without_softmax(network)
    steps = PGD_STEPS * (HALVINGS + 1)
    along = SIZES / (SIZES + 3 * steps)  # a gradient takes as long as three answers
    done = 0

    def read(images: torch.Tensor) -> torch.Tensor:
        return scores(logits, normalise(images, mean, std)).softmax(dim=1)

    def uphill(images: torch.Tensor, label: int) -> torch.Tensor:
        def loss(leaf: torch.Tensor) -> torch.Tensor:
            wanted = torch.full((len(leaf),), label)
            return nn.functional.cross_entropy(logits(normalise(leaf, mean, std)), wanted)

        return gradients(loss, images).sign()

    start = pixels.unsqueeze(0)
    label = int(read(start).argmax())
    direction = uphill(start, label)
    sizes = torch.linspace(0, LARGEST, SIZES)
    tried = (start + sizes.view(-1, 1, 1, 1) * direction).clamp(0, 1)
    answers = in_batches(start, SIZES, lambda some: read(tried[some]), part_of(progress, 0, along))
    found = torch.cat(list(answers))
    labels = found.argmax(dim=1)
    fooling = (labels != label).nonzero()
    at = int(fooling[0]) if len(fooling) else SIZES - 1
    size, fooled = (float(sizes[at]), tried[at]) if len(fooling) else (None, None)
    step = AdversarialExample(size, fooled, int(labels[at]), float(found[at].max()))

    def search(size: float) -> torch.Tensor:
        nonlocal done
        moved = start
        for _ in range(PGD_STEPS):
            moved = moved + uphill(moved, label) * (2.5 * size / PGD_STEPS)
            moved = moved.clamp(start - size, start + size).clamp(0, 1)
            done += 1
            progress(along + (1 - along) * done / steps)
        return moved

    return Attempt(
        tried,
        tuple(sizes.tolist()),
        tuple(labels.tolist()),
        tuple(found.max(dim=1).values.tolist()),
        tuple(found[:, label].tolist()),
        step,
        _smallest(search, read, label),
    )


def _smallest(search, read, label: int) -> AdversarialExample:
    """PGD with the smallest size that fools, found by halving the range again and again."""
    low, high, best = 0.0, LARGEST, search(LARGEST)
    answer = read(best)[0]
    if int(answer.argmax()) == label:
        return AdversarialExample(None, None, label, float(answer[label]))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        moved = search(middle)
        if int(read(moved)[0].argmax()) == label:
            low = middle
        else:
            high, best = middle, moved
    answer = read(best)[0]
    return AdversarialExample(high, best[0], int(answer.argmax()), float(answer.max()))
