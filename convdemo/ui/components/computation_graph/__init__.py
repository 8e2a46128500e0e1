"""ComputationGraph: a small graph, walked node by node, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from convdemo.ui.components.display import Display


@dataclass(frozen=True)
class GraphNode:
    """A node at a (column, row), its value and its gradient as they are written.

    `told` is how its value comes about, `chain` how its gradient does; `arrivals` are those that
    read it, each with the local derivative; `bounds` is between which numbers it can be typed.
    """

    name: str
    place: tuple[float, float]
    value: str
    gradient: str
    told: str
    chain: str
    arrivals: tuple[tuple[str, str], ...] = ()
    kind: Literal["input", "target", "step"] = "step"
    bounds: tuple[float, float] | None = None
    typed: float = 0.0


@dataclass(frozen=True)
class NodeGraph:
    """The nodes in the order in which they are computed; another `name` is another graph."""

    name: str
    nodes: tuple[GraphNode, ...]


class ComputationGraph(Display):
    """Draws a NodeGraph: forward every step computes a value, backward every node gets a gradient.

    A node is picked by pointer or with the arrow keys. `input` comes when a number is typed
    that is within its bounds; then they are its value.
    """

    def preprocess(self, payload: Any) -> tuple[str, dict[str, Any]] | None:  # type: ignore[override]
        """The graph's name, and what is typed for its inputs; None for what is no graph."""
        try:
            nodes = [one for one in payload["nodes"] if one["bounds"]]
            return payload["name"], {one["name"]: one["typed"] for one in nodes}
        except (TypeError, KeyError):
            return None
