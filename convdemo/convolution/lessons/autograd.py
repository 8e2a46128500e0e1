"""Small computation graphs, forward and backward, by PyTorch's autograd."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from convdemo.convolution.lessons.figures import bracketed, figure, named


@dataclass(frozen=True)
class GraphStep:
    """One operation of a graph: its result's name, what it does, the nodes that it reads."""

    name: str
    operation: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The inputs with the values that they begin with, and the operations in order.

    `targets` are inputs that say what is right; the last operation is what is derived. `places`
    are column and row of each node in a drawing from left to right.
    """

    inputs: Mapping[str, float]
    steps: tuple[GraphStep, ...]
    places: Mapping[str, tuple[float, float]]
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrival:
    """What one reader of a node sends back: its gradient times its local derivative."""

    reader: str
    local: float
    incoming: float


@dataclass(frozen=True)
class Node:
    """A node with its value, its gradient and the arrivals that the gradient is the sum of."""

    name: str
    operation: str | None
    inputs: tuple[str, ...]
    value: float
    gradient: float
    arrivals: tuple[Arrival, ...]


def _linear(*terms: torch.Tensor) -> torch.Tensor:
    """w·x + b, or with more pairs w1·x1 + w2·x2 + b."""
    *factors, bias = terms
    pairs = zip(factors[::2], factors[1::2], strict=True)
    return sum((weight * x for weight, x in pairs), bias)


OPERATIONS: dict[str, Callable[..., torch.Tensor]] = {
    "multiply": torch.mul,
    "add": lambda *terms: torch.stack(terms).sum(),
    "linear": _linear,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "exp": torch.exp,
    "divide": torch.div,
    "negative_log": lambda share: -torch.log(share),
    "cross_entropy": functional.binary_cross_entropy,
    "squared_error": functional.mse_loss,
}

CLASSES = 3  # of the graph of softmax
_LEFT = ((0.0, "s"), (1.0, "e"))  # the columns of its scores and their powers


def softmax_graph(true: int) -> Graph:
    """Softmax over the scores s1, s2, ..., and the cross-entropy of the class `true`, from 1 on."""
    numbers = range(1, CLASSES + 1)
    share = f"p{true}"
    places = {
        f"{name}{index}": (column, index - 1.0) for index in numbers for column, name in _LEFT
    }
    # The way from the last score passes below the sum.
    end = {"S": (2, 0.6), share: (3, 1.6), "L": (4, 1.1)}
    if true < CLASSES:
        end = {"S": (2, 1.4), share: (3, 0.4), "L": (4, 0.9)}
    return Graph(
        dict(zip((f"s{index}" for index in numbers), (1.2, 0.3, -0.8), strict=True)),
        (
            *(GraphStep(f"e{index}", "exp", (f"s{index}",)) for index in numbers),
            GraphStep("S", "add", tuple(f"e{index}" for index in numbers)),
            GraphStep(share, "divide", (f"e{true}", "S")),
            GraphStep("L", "negative_log", (share,)),
        ),
        {**places, **end},
    )


GRAPHS: dict[str, Graph] = {
    "product": Graph(
        {"x": 2.0, "y": -1.5, "z": 1.0},
        (GraphStep("p", "multiply", ("x", "y")), GraphStep("f", "add", ("p", "z"))),
        {"x": (0, 0), "y": (0, 1), "z": (1, 1.5), "p": (1, 0.5), "f": (2, 1)},
    ),
    "logistic": Graph(
        {"w": 0.8, "x": 1.5, "b": -0.4, "y": 1.0},
        (
            GraphStep("s", "linear", ("w", "x", "b")),
            GraphStep("p", "sigmoid", ("s",)),
            GraphStep("L", "cross_entropy", ("p", "y")),
        ),
        {
            "w": (0, 0),
            "x": (0, 1),
            "b": (0, 2),
            "s": (1, 1),
            "p": (2, 0.5),
            "y": (2, 1.6),
            "L": (3, 1),
        },
        ("y",),
    ),
    "network": Graph(
        {
            "w1": 0.6,
            "b1": 0.2,
            "x": 1.5,
            "w2": -0.9,
            "b2": 1.8,
            "v1": 1.2,
            "c": 0.1,
            "v2": -0.7,
            "y": 1.0,
        },
        (
            GraphStep("s1", "linear", ("w1", "x", "b1")),
            GraphStep("s2", "linear", ("w2", "x", "b2")),
            GraphStep("h1", "relu", ("s1",)),
            GraphStep("h2", "relu", ("s2",)),
            GraphStep("o", "linear", ("v1", "h1", "v2", "h2", "c")),
            GraphStep("L", "squared_error", ("o", "y")),
        ),
        {
            "w1": (0, 0),
            "b1": (0, 1),
            "x": (0, 2),
            "w2": (0, 3),
            "b2": (0, 4),
            "s1": (1, 0.8),
            "s2": (1, 3.2),
            "v1": (2, 0),
            "h1": (2, 1),
            "c": (2, 2),
            "h2": (2, 3),
            "v2": (2, 4),
            "o": (3, 1.5),
            "y": (3, 2.7),
            "L": (4, 2),
        },
        ("y",),
    ),
    "softmax": softmax_graph(1),
}


def evaluate(graph: Graph, values: Mapping[str, float]) -> tuple[Node, ...]:
    """Every node of a graph for these inputs, in the order in which they are computed."""
    known = {
        name: torch.tensor(values[name], dtype=torch.float64, requires_grad=True)
        for name in graph.inputs
    }
    locals_: dict[str, list[tuple[str, float]]] = {name: [] for name in graph.inputs}
    for step in graph.steps:
        known[step.name] = OPERATIONS[step.operation](*(known[name] for name in step.inputs))
        known[step.name].retain_grad()
        locals_[step.name] = []
        for name, local in zip(step.inputs, _local(step, known), strict=True):
            locals_[name].append((step.name, local))
    known[graph.steps[-1].name].backward()
    gradients = {
        name: 0.0 if tensor.grad is None else float(tensor.grad) for name, tensor in known.items()
    }
    made = {step.name: step for step in graph.steps}
    return tuple(
        Node(
            name,
            made[name].operation if name in made else None,
            made[name].inputs if name in made else (),
            float(tensor.detach()),
            gradients[name],
            tuple(Arrival(reader, local, gradients[reader]) for reader, local in locals_[name]),
        )
        for name, tensor in known.items()
    )


def _local(step: GraphStep, known: Mapping[str, torch.Tensor]) -> list[float]:
    """The derivatives of one operation for each of its inputs, whatever comes after it."""
    alone = [known[name].detach().clone().requires_grad_() for name in step.inputs]
    found = torch.autograd.grad(OPERATIONS[step.operation](*alone), alone)
    return [float(one) for one in found]


def told(node: Node, nodes: Mapping[str, Node]) -> str:
    """How a node's value comes about, in letters and with the numbers of the nodes by name."""
    result = figure(node.value)
    if node.operation is None:
        return f"{named(node.name)} = {result}"
    letters = _written(node.operation, [named(one) for one in node.inputs])
    numbers = _written(node.operation, [bracketed(nodes[one].value) for one in node.inputs])
    return f"{named(node.name)} = {letters} = {numbers} = {result}"


def chain(node: Node, last: str) -> tuple[str, str]:
    """How its gradient comes about by the chain rule, as an equation; and its numbers alone."""
    one, end = named(node.name), named(last)
    if not node.arrivals:
        return f"∂{one}/∂{one} = 1", "1"
    readers = [named(arrival.reader) for arrival in node.arrivals]
    letters = " + ".join(f"∂{reader}/∂{one} · ∂{end}/∂{reader}" for reader in readers)
    numbers = " + ".join(f"{bracketed(a.local)} · {bracketed(a.incoming)}" for a in node.arrivals)
    return f"∂{end}/∂{one} = {letters} = {numbers} = {figure(node.gradient)}", numbers


def _written(operation: str, terms: Sequence[str]) -> str:
    """An operation with its inputs as they are written."""
    one, other = terms[0], terms[-1]
    pairs = zip(terms[:-1:2], terms[1:-1:2], strict=False)
    return {
        "multiply": f"{one}·{other}",
        "add": " + ".join(terms),
        "linear": " + ".join([*(f"{weight}·{x}" for weight, x in pairs), other]),
        "sigmoid": f"1 / (1 + e^(−{one}))",
        "relu": f"max(0, {one})",
        "exp": f"e^{one}",
        "divide": f"{one} / {other}",
        "negative_log": f"−ln {one}",
        "cross_entropy": f"−({other}·ln {one} + (1 − {other})·ln(1 − {one}))",
        "squared_error": f"({one} − {other})²",
    }[operation]
