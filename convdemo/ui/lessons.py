"""The lessons below the bench: layers, graphs, descent, and exercises on all of it."""

from collections.abc import Callable
from typing import Any

from convdemo.convolution.lessons.equivariance import SHAPES
from convdemo.convolution.lessons.exercises import QUESTIONS
from convdemo.ui import lesson_descent, lesson_exercises, lesson_graph, lesson_layers, page
from convdemo.ui.context import Context


def build(context: Context) -> None:
    """The lessons' part of the page."""
    functions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "dense": lesson_layers.dense,
        "neuron": lesson_layers.neuron,
        "scores": lesson_layers.scores,
        "output": lesson_layers.output,
        "graph": lesson_graph.graph,
        "optimizer": lesson_descent.optimizer,
        "scaled": lesson_descent.scaled,
        "exercise": lesson_exercises.exercise,
        "grade": lesson_exercises.grade,
    }
    page.part(
        "lessons",
        [context.guard.served(name, do) for name, do in functions.items()],
        shapes={name: one.ravel().tolist() for name, one in SHAPES.items()},
        kinds=list(QUESTIONS),
    )
