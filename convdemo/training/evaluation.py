"""How well a network reads a labelled set."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from convdemo.data.dataset import ImageSet
from convdemo.inference.tta import probabilities_of, view_count
from convdemo.training.distributed import ALONE, Ranks
from convdemo.training.faults import NONE, Fault

BATCH = 500
# Inputs that a processor reads at once. The maps of more do not fit its caches, and memory for them
# is taken from the system and given back at every layer: 500 take twice as long as 4 times 125.
CPU_BATCH = 125
SMALLEST = 1e-12  # a probability of 0 would cost infinitely much


@dataclass(frozen=True)
class Evaluation:
    """How a network does on a labelled set; `confusion[true][predicted]` counts pictures."""

    accuracy: float
    loss: float
    n: int
    confusion: tuple[tuple[int, ...], ...]


@torch.inference_mode()
def read_set(
    network: nn.Module,
    images: ImageSet,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    views: str = "single",
    fault: Fault = NONE,
) -> torch.Tensor:
    """(N, outputs) probabilities of a whole set, in float32."""
    was_training = network.training
    network.eval()
    fault.before_judging(network)
    device = next(network.parameters()).device
    batch = max(1, CPU_BATCH // view_count(views)) if device.type == "cpu" else BATCH
    found = [
        probabilities_of(network, x.to(device).float() / 255, mean=mean, std=std, views=views)
        for x, _ in images.batches(batch)
    ]
    network.train(was_training)
    return torch.cat(found)


def score(
    probabilities: torch.Tensor,
    labels: torch.Tensor,
    *,
    classes: int,
    label_smoothing: float = 0.0,
    fault: Fault = NONE,
) -> Evaluation:
    """Accuracy, mean cross-entropy and confusion of what was read, over the first `classes`."""
    loss = 0.0
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    labels = labels.to(probabilities.device)
    for found, actual in zip(probabilities.split(BATCH), labels.split(BATCH), strict=True):
        logits = found[:, :classes].clamp(min=SMALLEST).log()
        logits = fault.logits(logits)
        loss += functional.cross_entropy(
            logits, actual, reduction="sum", label_smoothing=label_smoothing
        ).item()
        indices = (actual * classes + logits.argmax(dim=1)).cpu()
        confusion += torch.bincount(indices, minlength=classes**2).view(classes, classes)
    return _summed(confusion, loss, len(labels))


def _summed(confusion: torch.Tensor, loss: float, count: int) -> Evaluation:
    """What so many pictures amount to, of which the losses are summed up."""
    correct = int(confusion.diagonal().sum())
    rows = tuple(tuple(row) for row in confusion.tolist())
    return Evaluation(correct / count, loss / count, count, rows)


def evaluate(
    network: nn.Module,
    images: ImageSet,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    classes: int,
    views: str = "single",
    label_smoothing: float = 0.0,
    fault: Fault = NONE,
    ranks: Ranks = ALONE,
) -> Evaluation:
    """How a network does on a labelled set: it is read, and scored by its first `classes`.

    Of several ranks each reads its share, and all get the same.
    """
    own = ImageSet(ranks.shard(images.images), ranks.shard(images.labels))
    found = read_set(network, own, mean=mean, std=std, views=views, fault=fault)
    scored = score(found, own.labels, classes=classes, label_smoothing=label_smoothing, fault=fault)
    if ranks.size == 1:
        return scored
    device, loss = next(network.parameters()).device, scored.loss * scored.n
    confusion = ranks.all_reduce_sum(torch.tensor(scored.confusion, device=device))
    losses = ranks.all_reduce_sum(torch.tensor(loss, dtype=torch.float64, device=device))
    return _summed(confusion, float(losses), len(images))


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `right` of `of` were seen, after Wilson (1927)."""
    z = 1.959964
    share, spread = right / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / of / 4)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return low if right else 0.0, high if right < of else 1.0
