"""What normalising the inputs does to gradient descent: two weights, a mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convdemo.convolution.lessons.optimizers import FARTHEST

EXAMPLES = 40
TRUE = np.array([1.5, -1.0])  # weights of the inputs before they are scaled
NOISE = 0.1


@dataclass(frozen=True, eq=False)
class NormalisationProblem:
    """Inputs (n, 2) and targets (n,), to be met by a weighted sum without a bias."""

    x: np.ndarray
    y: np.ndarray

    def loss(self, weights: np.ndarray) -> np.ndarray:
        """The mean squared error for weights (..., 2)."""
        return ((weights @ self.x.T - self.y) ** 2).mean(axis=-1)

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """The gradient of the loss for weights (2,)."""
        return 2 * self.x.T @ (self.x @ weights - self.y) / len(self.y)

    @cached_property
    def curvatures(self) -> tuple[float, float]:
        """How much the loss bends along its flattest and along its steepest direction."""
        low, high = np.linalg.eigvalsh(2 * self.x.T @ self.x / len(self.y))
        return float(low), float(high)

    @property
    def limit(self) -> float:
        """The learning rate from which on every step leads farther away."""
        return 2 / self.curvatures[1]

    @cached_property
    def best(self) -> np.ndarray:
        """The weights with the smallest loss."""
        return np.linalg.lstsq(self.x, self.y, rcond=None)[0]

    def path(self, rate: float, steps: int) -> np.ndarray:
        """(at most steps + 1, 2): the weights from 0, step by step, until they pass FARTHEST."""
        found = [np.zeros(2)]
        for _ in range(steps):
            found.append(found[-1] - rate * self.gradient(found[-1]))
            if np.abs(found[-1]).max() > FARTHEST:
                break
        return np.array(found)


def problems(
    scale: float, mean: float, seed: int = 0
) -> tuple[NormalisationProblem, NormalisationProblem]:
    """The same examples raw and normalised: the second input spreads `scale` times as far as the
    first one, both lie around `mean` times their spread.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((EXAMPLES, 2))
    x = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0) + mean
    y = x @ TRUE + NOISE * rng.standard_normal(EXAMPLES)
    x = x * np.array([1.0, scale])
    normal = (x - x.mean(axis=0)) / x.std(axis=0)
    return NormalisationProblem(x, y), NormalisationProblem(normal, y - y.mean())
