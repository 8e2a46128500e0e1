"""Steps of gradient descent on two weights, written out: SGD, momentum, RMSprop and Adam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from convdemo.convolution.lessons.figures import bracketed, figure
from convdemo.convolution.lessons.neuron import activate

EPSILON = 1e-8
FARTHEST = 1e4  # a weight beyond it will not come back
SETTINGS: dict[str, dict[str, float]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "rmsprop": {"alpha": 0.99},
    "adam": {"beta1": 0.9, "beta2": 0.999},
}
RATES = {"sgd": -1.0, "momentum": -1.6, "rmsprop": -1.0, "adam": -0.6}  # exponents of 10 that show
# what each is like
_POINTS = np.array([-2.0, -0.5, 0.3, 1.0, 2.0])
_LABELS = np.array([0.0, 1.0, 0.0, 1.0, 1.0])

Pair = tuple[float, float]


@dataclass(frozen=True)
class Loss:
    """A loss of two weights (..., 2), and its gradient."""

    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    start: Pair
    best: Pair


@dataclass(frozen=True)
class Move:
    """One step: where it began, the loss and the gradient there, what the optimizer remembered
    and remembers, what it made of that, the change, and where it ended.
    """

    weights: Pair
    loss: float
    gradient: Pair
    before: dict[str, Pair]
    after: dict[str, Pair]
    corrected: dict[str, Pair]
    change: Pair
    ended: Pair


def _bowl(curvature: Pair, best: Pair, start: Pair) -> Loss:
    bend, middle = np.array(curvature), np.array(best)
    return Loss(
        lambda weights: (bend * (weights - middle) ** 2).sum(axis=-1) / 2,
        lambda weights: bend * (weights - middle),
        start,
        best,
    )


def _classified(weights: np.ndarray) -> np.ndarray:
    """The mean cross-entropy of sigmoid(w·x + b) over a few points; the weights are (w, b)."""
    scores = weights[..., :1] * _POINTS + weights[..., 1:]
    return (np.logaddexp(0, scores) - _LABELS * scores).mean(axis=-1)


def _classified_gradient(weights: np.ndarray) -> np.ndarray:
    scores = weights[..., :1] * _POINTS + weights[..., 1:]
    off = activate("sigmoid", scores) - _LABELS
    return np.stack([(off * _POINTS).mean(axis=-1), off.mean(axis=-1)], axis=-1)


LOSSES: dict[str, Loss] = {
    "valley": _bowl((0.5, 8.0), (1.5, -0.5), (-2.4, 1.2)),
    "bowl": _bowl((1.0, 2.0), (1.0, -0.5), (-2.4, 1.8)),
    "neuron": Loss(_classified, _classified_gradient, (-2.4, 2.2), (1.2497, 0.3673)),
}


def descend(
    loss: Loss,
    optimizer: str,
    rate: float,
    settings: Mapping[str, float],
    *,
    start: Pair,
    steps: int,
) -> tuple[Move, ...]:
    """The steps of an optimizer, fewer where a weight passes FARTHEST."""
    weights = np.array(start)
    state = {name: np.zeros(2) for name in STATES[optimizer]}
    moves: list[Move] = []
    for number in range(1, steps + 1):
        gradient = loss.gradient(weights)
        later, corrected, direction = _rule(optimizer, gradient, state, settings, number)
        change = -rate * direction
        moves.append(
            Move(
                _pair(weights),
                float(loss.value(weights)),
                _pair(gradient),
                {name: _pair(one) for name, one in state.items()},
                {name: _pair(one) for name, one in later.items()},
                {name: _pair(one) for name, one in corrected.items()},
                _pair(change),
                _pair(weights + change),
            )
        )
        weights, state = weights + change, later
        if np.abs(weights).max() > FARTHEST:
            break
    return tuple(moves)


def surface(
    value: Callable[[np.ndarray], np.ndarray], low: Pair, high: Pair, cells: int
) -> np.ndarray:
    """(cells, cells) of a loss between two corners; the first row has the highest second weight."""
    across = np.linspace(low[0], high[0], cells)
    up = np.linspace(high[1], low[1], cells)
    return value(np.stack(np.meshgrid(across, up), axis=-1))


def _pair(numbers: np.ndarray) -> Pair:
    return float(numbers[0]), float(numbers[1])


State = dict[str, np.ndarray]


def _rule(
    optimizer: str, gradient: np.ndarray, state: State, settings: Mapping[str, float], number: int
) -> tuple[State, State, np.ndarray]:
    """What an optimizer remembers after step `number`, counted from 1, that memory corrected for
    its beginning at zero, and the direction that the rate is multiplied with."""
    if optimizer == "momentum":
        speed = settings["momentum"] * state["v"] + gradient
        return {"v": speed}, {}, speed
    if optimizer == "rmsprop":
        alpha = settings["alpha"]
        squares = alpha * state["s"] + (1 - alpha) * gradient**2
        return {"s": squares}, {}, gradient / (np.sqrt(squares) + EPSILON)
    if optimizer == "adam":
        beta1, beta2 = settings["beta1"], settings["beta2"]
        mean = beta1 * state["m"] + (1 - beta1) * gradient
        squares = beta2 * state["s"] + (1 - beta2) * gradient**2
        corrected = {"m": mean / (1 - beta1**number), "s": squares / (1 - beta2**number)}
        direction = corrected["m"] / (np.sqrt(corrected["s"]) + EPSILON)
        return {"m": mean, "s": squares}, corrected, direction
    return {}, {}, gradient


STATES = {"sgd": (), "momentum": ("v",), "rmsprop": ("s",), "adam": ("m", "s")}


def written(
    move: Move, optimizer: str, rate: float, settings: Mapping[str, float], number: int
) -> list[tuple[str, str, str]]:
    """The update of step `number`, counted from 1: rows of letters and of numbers for each weight.

    A row whose letters are "weight", "gradient" or "ended" is called so by the page.
    """
    columns = [_column(move, axis, optimizer, rate, settings, number) for axis in (0, 1)]
    return [(name, one, other) for (name, one), (_, other) in zip(*columns, strict=True)]


def _column(
    move: Move, axis: int, optimizer: str, rate: float, settings: Mapping[str, float], number: int
) -> list[tuple[str, str]]:
    def f(value: float) -> str:
        return figure(value, 4)

    def b(value: float) -> str:
        return bracketed(value, 4)

    weight, gradient = move.weights[axis], move.gradient[axis]
    before, after, corrected = (
        {name: pair[axis] for name, pair in state.items()}
        for state in (move.before, move.after, move.corrected)
    )
    rows: list[tuple[str, str]] = []
    letters, way = "Δ = −η·g", b(gradient)
    if optimizer == "momentum":
        kept = settings["momentum"]
        rows = [("v ← μ·v + g", f"{kept}·{b(before['v'])} + {b(gradient)} = {f(after['v'])}")]
        letters, way = "Δ = −η·v", b(after["v"])
    elif optimizer in ("rmsprop", "adam"):
        beta = settings["alpha" if optimizer == "rmsprop" else "beta2"]
        sign = "α" if optimizer == "rmsprop" else "β₂"
        squares = f"{beta}·{f(before['s'])} + {round(1 - beta, 6)}·{b(gradient)}² = {f(after['s'])}"
        rows = [(f"s ← {sign}·s + (1 − {sign})·g²", squares)]
        letters, way = "Δ = −η·g / (√s + ε)", f"{b(gradient)} / (√{f(after['s'])} + 10⁻⁸)"
        if optimizer == "adam":
            first = settings["beta1"]
            mean = f"{first}·{b(before['m'])} + {round(1 - first, 6)}·{b(gradient)}"
            rows.insert(0, ("m ← β₁·m + (1 − β₁)·g", f"{mean} = {f(after['m'])}"))
            rows += [
                (
                    f"{hat} = {name} / (1 − {sign}ᵗ)",
                    f"{f(after[name])} / (1 − {share}^{number}) = {f(corrected[name])}",
                )
                for hat, name, sign, share in (("m̂", "m", "β₁", first), ("ŝ", "s", "β₂", beta))
            ]
            letters = "Δ = −η·m̂ / (√ŝ + ε)"
            way = f"{b(corrected['m'])} / (√{f(corrected['s'])} + 10⁻⁸)"
    change, ended = move.change[axis], move.ended[axis]
    return [
        ("weight", f(weight)),
        ("gradient", f(gradient)),
        *rows,
        (letters, f"−{rate:g} · {way} = {f(change)}"),
        ("ended", f"{f(weight)} + {b(change)} = {f(ended)}"),
    ]
