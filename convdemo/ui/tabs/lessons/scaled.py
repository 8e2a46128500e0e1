"""Gradient descent on raw and on normalised inputs, side by side."""

from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.lessons import code, normalisation, optimizers
from convdemo.convolution.lessons.figures import figure
from convdemo.convolution.lessons.normalisation import NormalisationProblem
from convdemo.ui import page
from convdemo.ui.components import Chart, Curves, Example, Line, Plane, Surface, Table, Way, Words
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole, within
from convdemo.ui.text import words

MODES = ("own", "same")
SIDES = ("raw", "normal")
STEPS = 60
CELLS = 205
LEAST = 1e-6  # what the logarithmic axis begins with
FACTS = ("limit", "rate", "ratio", "after")


@lru_cache(maxsize=64)
def surfaces(scale: float, mean: float) -> tuple[Surface, ...]:
    """The loss of both problems around the best weights; both weights have the same scale, so that
    a narrow valley looks narrow.
    """
    found = []
    for problem in normalisation.problems(scale, mean):
        reach = 1.6 * float(np.abs(problem.best).max())
        across, up = map(float, problem.best)
        low, high = (across - reach, up - reach), (across + reach, up + reach)
        heights = optimizers.surface(problem.loss, low, high, CELLS)
        found.append(Surface(heights, low, high))
    return tuple(found)


def answer(
    share: float, scale: float, steps: float, mean: float, mode: str
) -> tuple[Example, Way, Way, Chart, str]:
    """Limits and losses of both, the ways of both, the losses step by step, and code."""
    part, many = within(share, 0.02, 1.2), whole(steps, 1, STEPS)
    spread, middle = within(scale, 1, 30), within(mean, 0, 3)
    both = normalisation.problems(spread, middle)
    own = among(mode, MODES) == "own"
    rates = [part * (one.limit if own else both[0].limit) for one in both]
    paths = [one.path(rate, many) for one, rate in zip(both, rates, strict=True)]
    ends = [float(one.loss(path[-1])) for one, path in zip(both, paths, strict=True)]
    flight = any(rate > one.limit for one, rate in zip(both, rates, strict=True))
    values = {"steps": many, **dict(zip(SIDES, (figure(one, 4) for one in ends), strict=True))}
    columns = [
        (
            figure(one.limit, 4),
            figure(rate, 4),
            figure(one.curvatures[1] / one.curvatures[0], 1),
            "∞" if lost(path, many) else figure(end, 4),
        )
        for one, rate, path, end in zip(both, rates, paths, ends, strict=True)
    ]
    keys = (f"lessons.scaled.{one}" for one in FACTS)
    head = ("", *(f"lessons.scaled.{one}" for one in SIDES))
    blocks = (
        Words(
            (f"lessons.scaled.{'flight' if flight else 'told'}", values), "words", "verdict", True
        ),
        Table(head, tuple(zip(keys, *columns, strict=True)), "lessons.scaled.title", "facts"),
        Words("lessons.scaled.why", "quiet"),
    )
    raw, normal = (
        Way(surface, tuple(map(tuple, path.tolist())), tuple(one.best.tolist()))
        for surface, path, one in zip(surfaces(spread, middle), paths, both, strict=True)
    )
    return (
        Example(blocks),
        raw,
        normal,
        losses(both, paths, many),
        code.scaled(spread, middle, part, mode, many),
    )


def lost(path: np.ndarray, steps: int) -> bool:
    """Whether the weights have flown away."""
    return len(path) <= steps or float(np.abs(path[-1]).max()) > optimizers.FARTHEST


def losses(
    both: tuple[NormalisationProblem, NormalisationProblem], paths: list[np.ndarray], steps: int
) -> Chart:
    """How far both are above their smallest loss, step by step."""
    above = [
        np.maximum(LEAST, one.loss(path) - one.loss(one.best))
        for one, path in zip(both, paths, strict=True)
    ]
    most = min(6, int(np.ceil(np.log10(max(float(one.max()) for one in above)))))
    lines = tuple(
        Line(
            f"lessons.scaled.{side}",
            tuple(map(float, range(len(one)))),
            tuple(one.tolist()),
            colour,
        )
        for colour, (side, one) in enumerate(zip(SIDES, above, strict=True))
    )
    return Chart(
        lines,
        "lessons.scaled.chart",
        "lessons.scaled.across",
        x_range=(0, steps),
        y_range=(LEAST, 10.0**most),
        read="lessons.optimizer.at",
        y_log=True,
    )


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """The settings, and what both come to."""
    with parts.lesson(texts, "scaled") as fold:
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                asks: list[Any] = [
                    parts.slider(texts, f"lessons.scaled.{name}", *numbers)
                    for name, numbers in (
                        ("share", (0.05, 1.2, 0.9, 0.05)),
                        ("scale", (1, 30, 5, 1)),
                        ("steps", (1, STEPS, 20, 1)),
                    )
                ]
                with parts.folded(texts, "lessons.more"):
                    asks.append(parts.slider(texts, "lessons.scaled.mean", 0, 3, 0, 0.5))
                asks.append(
                    parts.choice(texts, "lessons.scaled.mode", MODES, "lessons.scaled.", gr.Radio)
                )
            with parts.stage():
                told = parts.worked()
                with gr.Row():
                    planes = []
                    for side in SIDES:
                        with gr.Column(min_width=280):
                            texts.quiet(f"lessons.scaled.{side}")
                            key = f"lessons.scaled.plane_{side}"
                            planes.append(Plane(words=parts.renamed(plane=key)))
                chart = Curves(words=words("lessons."))
        lines = parts.code(texts)
    triggers = [fold.expand, *(one.input for one in asks)]
    live(guard, triggers, answer, asks, [told, *planes, chart, lines])
