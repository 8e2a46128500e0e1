"""The end of a network by its task, as it should be and with an activation too many."""

from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.lessons import code, losses
from convdemo.convolution.lessons.figures import figure
from convdemo.ui import page
from convdemo.ui.components import Chart, Curves, Example, Line, Table
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole, within
from convdemo.ui.text import words

STARTS = {"regression": (-1.5, 2.0), "binary": (1.2, 1.0), "classes": (2.0, 0.5, -1.0, 0)}


def answer(task: str, *given: float) -> tuple[Example, Chart, str]:
    """Output, loss and gradient of a task for its scores and target, the loss over a score, and
    code; `given` are scores and target of each task in the order of STARTS.
    """
    name = among(task, losses.TASKS)
    begin = sum(len(STARTS[one]) for one in losses.TASKS[: losses.TASKS.index(name)])
    own = given[begin : begin + len(STARTS[name])]
    scores = np.array([within(one, -10, 10) for one in own[:-1]])
    several = name == "classes"
    low, high = (0, 1) if name == "binary" else (-10, 10)
    target = whole(own[-1], 0, len(scores) - 1) if several else within(own[-1], low, high)
    ends = [losses.outcome(name, scores, target, trapped=one) for one in (False, True)]
    keys = ("lessons.output.outputs", "lessons.output.loss", "lessons.output.gradient")
    numbers = [
        [", ".join(map(figure, one.outputs)) for one in ends],
        [figure(one.loss, 4) for one in ends],
        [", ".join(figure(slope, 4) for slope in one.gradient) for one in ends],
    ]
    sides = ("right", "trapped")
    rows = (
        ("PyTorch", *losses.LINES[name]),
        *((key, *pair) for key, pair in zip(keys, numbers, strict=True)),
        ("lessons.output.why", *(f"lessons.output.{name}.{one}" for one in sides)),
    )
    head = ("", *(f"lessons.output.{one}" for one in sides))
    told = Example((Table(head, rows, "lessons.output.title", "ends"),))
    place = int(target) if several else 0
    at = float(scores[place])
    across = np.unique(np.append(np.linspace(-10, 10, 121), at))
    both = losses.along(name, scores, target, place, across)
    lines = tuple(
        Line(f"lessons.output.{one}", tuple(across.tolist()), tuple(height.tolist()), colour)
        for colour, (one, height) in enumerate(zip(sides, both, strict=True))
    )
    chart = Chart(
        lines,
        "lessons.output.chart",
        "lessons.output.across",
        y_range=(0, 30 if name == "regression" else 6),
        read="lessons.output.at",
        at=at,
    )
    return told, chart, code.output(name, scores.tolist(), target)


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """The controls of the chosen task, and both ends."""
    asks: list[Any] = []
    groups = []
    with parts.lesson(texts, "output") as fold:
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                task = parts.choice(
                    texts, "lessons.output.task", losses.TASKS, "lessons.output.task.", gr.Radio
                )
                for name, (*scores, target) in STARTS.items():
                    several = name == "classes"
                    with gr.Column(visible=name == "regression") as group:
                        for place, score in enumerate(scores):
                            key = "lessons.output.score_of" if several else "lessons.output.score"
                            asks.append(
                                parts.slider(texts, parts.label(key, number=place), -10, 10, score)
                            )
                        if several:
                            asks.append(
                                gr.Radio(list(range(len(scores))), value=target, interactive=True)
                            )
                            texts.add(asks[-1], label="lessons.output.target_class")
                        else:
                            low, high = (0, 1) if name == "binary" else (-10, 10)
                            asks.append(
                                parts.slider(texts, "lessons.output.target", low, high, target)
                            )
                    groups.append(group)
                texts.quiet("lessons.output.letters")
            with parts.stage():
                told = parts.worked()
                chart = Curves(words=words("lessons.output."))
        lines = parts.code(texts)

    def offered(task: str, *given: float) -> Any:
        return *answer(task, *given), *(gr.update(visible=name == task) for name in STARTS)

    asks.insert(0, task)
    triggers = [fold.expand, *(one.input for one in asks)]
    live(guard, triggers, offered, asks, [told, chart, lines, *groups])
