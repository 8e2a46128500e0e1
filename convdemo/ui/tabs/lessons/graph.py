"""A computation graph, every node forward and backward."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.convolution.lessons import autograd, code
from convdemo.convolution.lessons.figures import figure, named
from convdemo.ui import page
from convdemo.ui.components import ComputationGraph, Example, GraphNode, NodeGraph, Table
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole, within

BOUND = 3.0  # of an input, so that no cross-entropy runs out of digits
NAMES = ("logistic", "product", "network", "softmax")


def bounds(graph: str, name: str) -> tuple[float, float]:
    """Between which numbers an input is typed: a target that is a probability is one."""
    return (0.0, 1.0) if (graph, name) == ("logistic", "y") else (-BOUND, BOUND)


def answer(
    graph: str, true: int, given: Mapping[str, Any] | None = None
) -> tuple[Example, NodeGraph, str]:
    """All nodes as a table and as a graph, and code; `true` is the class whose loss the graph of
    softmax ends with, `given` are the inputs, None for those that it begins with.
    """
    name, ending = among(graph, autograd.GRAPHS), whole(true, 1, autograd.CLASSES)
    chosen = autograd.softmax_graph(ending) if name == "softmax" else autograd.GRAPHS[name]
    values = dict(chosen.inputs)
    if given is not None:
        values = {one: within(given.get(one), *bounds(name, one)) for one in values}
    nodes = {node.name: node for node in autograd.evaluate(chosen, values)}
    last = chosen.steps[-1].name
    told = {
        one: (autograd.told(node, nodes), *autograd.chain(node, last))
        for one, node in nodes.items()
    }
    drawn = tuple(
        GraphNode(
            one,
            chosen.places[one],
            figure(node.value),
            figure(node.gradient),
            *told[one][:2],
            tuple((arrival.reader, figure(arrival.local)) for arrival in node.arrivals),
            "step" if node.operation else "target" if one in chosen.targets else "input",
            None if node.operation else bounds(name, one),
            node.value,
        )
        for one, node in nodes.items()
    )
    rows = tuple(
        (named(one), told[one][0], told[one][2], figure(node.gradient))
        for one, node in nodes.items()
    )
    head = tuple(f"lessons.graph.{one}" for one in ("node", "value", "chain", "gradient"))
    table = Example((Table(head, rows, "lessons.graph.table"),))
    return table, NodeGraph(name, drawn), code.graph(chosen, values)


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """The graph, which graph it is, and its table."""
    with parts.lesson(texts, "graph") as fold:
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                which = parts.choice(texts, "lessons.graph.which", NAMES, "lessons.graph.")
                true = gr.Radio(
                    list(range(1, autograd.CLASSES + 1)), value=1, visible=False, interactive=True
                )
                texts.add(true, label="lessons.graph.true")
            with parts.stage():
                graph = ComputationGraph()
        with parts.folded(texts, "lessons.graph.table"):
            table = parts.worked()
        lines = parts.code(texts)

    def offered(name: str, true: int, typed: tuple[str, dict[str, Any]] | None) -> Any:
        given = typed[1] if typed and typed[0] == name else None
        return *answer(name, true, given), gr.update(visible=name == "softmax")

    triggers = [fold.expand, which.change, true.input, graph.input]
    live(guard, triggers, offered, [which, true, graph], [table, graph, lines, true])
