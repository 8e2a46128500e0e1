"""The lesson on computation graphs: every node forward and backward."""

from dataclasses import asdict
from typing import Any

from convdemo.ui import lesson_code, wire
from convdemo.ui.lesson_request import choice, whole

BOUND = 3.0  # of an input, so that no cross-entropy runs out of digits


def graph(payload: Any) -> dict[str, Any]:
    """The nodes of a graph in the order in which they are computed; its own inputs where none
    come with the request. {"class"} is the one whose loss the graph of softmax ends with.
    """
    from convdemo.convolution.lessons.autograd import CLASSES, GRAPHS, evaluate, softmax_graph

    request = wire.mapping(payload)
    name = choice(request, "graph", GRAPHS)
    chosen = GRAPHS[name]
    if name == "softmax" and "class" in request:
        chosen = softmax_graph(whole(request, "class", 1, CLASSES))
    values = dict(chosen.inputs)
    if "values" in request:
        given = wire.mapping(request["values"])
        for one in values:
            low = 0.0 if _is_share(name, one) else -BOUND
            values[one] = float(wire.number(given, one, low, 1.0 if low == 0.0 else BOUND))
    return {
        "graph": name,
        "names": list(GRAPHS),
        "inputs": {
            one: {"value": value, "low": 0 if _is_share(name, one) else -BOUND}
            | {"high": 1 if _is_share(name, one) else BOUND}
            for one, value in values.items()
        },
        "targets": list(chosen.targets),
        "nodes": [asdict(node) for node in evaluate(chosen, values)],
        "code": lesson_code.graph(chosen, values),
    }


def _is_share(graph: str, name: str) -> bool:
    """Whether an input is a target that is a probability."""
    return graph == "logistic" and name == "y"
