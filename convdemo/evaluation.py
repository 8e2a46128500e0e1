"""How well a network reads a labelled set."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from .data import ImageSet
from .faults import NONE, Fault
from .views import probabilities_of

BATCH = 500
SMALLEST = 1e-12  # a probability of 0 would cost infinitely much


@dataclass(frozen=True)
class Evaluation:
    """How a network does on a labelled set; `confusion[true][predicted]` counts pictures."""

    accuracy: float
    loss: float
    n: int
    confusion: tuple[tuple[int, ...], ...]


@torch.inference_mode()
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
) -> Evaluation:
    """Accuracy, mean cross-entropy and confusion over the first `classes` outputs, in float32."""
    was_training = network.training
    network.eval()
    fault.before_judging(network)
    device = next(network.parameters()).device
    loss = 0.0
    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    for pictures, labels in images.batches(BATCH):
        labels = labels.to(device)
        x = pictures.to(device).float() / 255
        found = probabilities_of(network, x, mean=mean, std=std, views=views)[:, :classes]
        logits = found.clamp(min=SMALLEST).log()  # of the classes alone: the softmax sees to it
        logits = fault.logits(logits)
        loss += functional.cross_entropy(
            logits, labels, reduction="sum", label_smoothing=label_smoothing
        ).item()
        places = (labels * classes + logits.argmax(dim=1)).cpu()
        confusion += torch.bincount(places, minlength=classes**2).view(classes, classes)
    network.train(was_training)
    count = len(images)
    correct = int(confusion.diagonal().sum())
    rows = tuple(tuple(row) for row in confusion.tolist())
    return Evaluation(correct / count, loss / count, count, rows)
