"""The end of a network by its task: output, loss, gradient, and an activation too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convdemo.convolution.lessons.neuron import activate, log_softmax, slope, softmax

TASKS = ("regression", "binary", "classes")


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
    return {"regression": _regression, "binary": _binary, "classes": _classes}[task](
        scores, target, trapped
    )


def along(
    task: str, scores: np.ndarray, target: float, place: int, effective_kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The loss while one score takes the values of `reach`, without and with the trap."""
    lines = []
    for trapped in (False, True):
        losses = []
        for value in effective_kernel:
            tried = scores.copy()
            tried[place] = value
            losses.append(outcome(task, tried, target, trapped=trapped).loss)
        lines.append(np.array(losses))
    return lines[0], lines[1]


def _regression(scores: np.ndarray, target: float, trapped: bool) -> LossValue:
    output = activate("relu", scores) if trapped else scores
    difference = output - target
    gradient = 2 * difference * (slope("relu", scores) if trapped else 1)
    return _told(output, float(difference[0] ** 2), gradient)


def _binary(scores: np.ndarray, target: float, trapped: bool) -> LossValue:
    read = activate("sigmoid", scores) if trapped else scores
    share = activate("sigmoid", read)
    # log(1 + e^x) without overflow; a share of exactly 1 has a finite loss this way.
    loss = float(np.logaddexp(0, read)[0] - target * read[0])
    gradient = (share - target) * (slope("sigmoid", scores) if trapped else 1)
    return _told(share, loss, gradient)


def _classes(scores: np.ndarray, target: float, trapped: bool) -> LossValue:
    shares = softmax(scores)
    read = shares if trapped else scores
    loss = float(-log_softmax(read)[int(target)])
    gradient = softmax(read) - np.eye(len(scores))[int(target)]
    if trapped:
        gradient = shares * (gradient - shares @ gradient)
    return _told(softmax(read), loss, gradient)


def _told(outputs: np.ndarray, loss: float, gradient: np.ndarray) -> LossValue:
    return LossValue(tuple(outputs.tolist()), loss, tuple(gradient.tolist()))
