"""The end of a network by its task: output, loss, gradient, and an activation too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

TASKS = ("regression", "binary", "classes")
# What PyTorch calls it with scores s and targets t: as it should be, and with the trap.
LINES = {
    "regression": ("nn.MSELoss()(s, t)", "nn.MSELoss()(torch.relu(s), t)"),
    "binary": ("nn.BCEWithLogitsLoss()(s, t)", "nn.BCEWithLogitsLoss()(torch.sigmoid(s), t)"),
    "classes": ("nn.CrossEntropyLoss()(s, t)", "nn.CrossEntropyLoss()(torch.softmax(s, 1), t)"),
}


@dataclass(frozen=True)
class LossValue:
    """What comes out, how far off it is, and the gradient of that loss for each score."""

    outputs: tuple[float, ...]
    loss: float
    gradient: tuple[float, ...]


def outcome(task: str, scores: np.ndarray, target: float, *, trapped: bool = False) -> LossValue:
    """The end of a network for its scores; for "classes" the target is the index of the class.

    `trapped` puts an activation between the scores and a loss that expects none: ReLU before a
    squared error, the sigmoid and softmax before losses that apply them themselves.
    """
    import torch

    leaf = torch.tensor(scores[None], dtype=torch.float64, requires_grad=True)
    outputs, losses = _ended(task, leaf, target, trapped)
    (gradient,) = torch.autograd.grad(losses.sum(), leaf)
    return LossValue(tuple(outputs[0].tolist()), losses.item(), tuple(gradient[0].tolist()))


def along(
    task: str, scores: np.ndarray, target: float, index: int, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The loss while one score takes these values, without and with the trap."""
    import torch

    tried = np.tile(scores.astype(np.float64), (len(values), 1))
    tried[:, index] = values
    without, trapped = (
        _ended(task, torch.from_numpy(tried), target, trap)[1].numpy() for trap in (False, True)
    )
    return without, trapped


def _ended(
    task: str, scores: torch.Tensor, target: float, trapped: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, K) outputs and (N,) losses for scores (N, K)."""
    import torch
    from torch.nn import functional

    if task == "regression":
        outputs = scores.relu() if trapped else scores
        return outputs, ((outputs - target) ** 2)[:, 0]
    if task == "binary":
        read = scores.sigmoid() if trapped else scores
        # From the score, since the logarithm of a share that rounds to 0 is infinite.
        wanted = torch.full_like(read, target)
        losses = functional.binary_cross_entropy_with_logits(read, wanted, reduction="none")
        return read.sigmoid(), losses[:, 0]
    read = scores.softmax(dim=1) if trapped else scores
    return read.softmax(dim=1), -read.log_softmax(dim=1)[:, int(target)]
