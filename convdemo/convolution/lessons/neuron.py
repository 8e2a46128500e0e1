"""One neuron by hand: a weighted sum and an activation; and softmax over a few scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ACTIVATIONS = ("relu", "sigmoid", "tanh")


@dataclass(frozen=True)
class Neuron:
    """Products of inputs and weights, their sum with the bias, the output, and the activation's
    slope at that sum.
    """

    products: tuple[float, ...]
    total: float
    output: float
    slope: float


def activate(name: str, total: np.ndarray) -> np.ndarray:
    """An activation of ACTIVATIONS for any numbers, however large."""
    if name == "relu":
        return np.maximum(total, 0)
    if name == "tanh":
        return np.tanh(total)
    # Written with tanh no number overflows.
    return 0.5 * (1 + np.tanh(np.asarray(total) / 2))


def slope(name: str, total: np.ndarray) -> np.ndarray:
    """The derivative of an activation; of ReLU at 0 it is 0, as in PyTorch."""
    if name == "relu":
        return (np.asarray(total) > 0).astype(float)
    value = activate(name, total)
    return 1 - value**2 if name == "tanh" else value * (1 - value)


def neuron(
    inputs: Sequence[float], weights: Sequence[float], bias: float, activation: str
) -> Neuron:
    """What one neuron makes of its inputs, step by step."""
    products = [x * w for x, w in zip(inputs, weights, strict=True)]
    total = sum(products) + bias
    at = np.array(total)
    return Neuron(
        tuple(products), total, float(activate(activation, at)), float(slope(activation, at))
    )


def softmax(scores: np.ndarray) -> np.ndarray:
    """The scores as shares of one; the largest is taken off first, so that nothing overflows."""
    raised = np.exp(scores - scores.max())
    return raised / raised.sum()


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """The logarithms of softmax, finite where a share itself rounds to zero."""
    lowered = scores - scores.max()
    return lowered - np.log(np.exp(lowered).sum())
