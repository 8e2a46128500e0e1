"""One optimizer step after another on two weights, every number of an update written out."""

import json
from functools import cache
from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.lessons import code, optimizers
from convdemo.convolution.lessons.figures import figure
from convdemo.ui import page
from convdemo.ui.asking import QUICK
from convdemo.ui.components import (
    Chart,
    Curves,
    Example,
    Line,
    Plane,
    Surface,
    Table,
    Way,
    Words,
)
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole, within
from convdemo.ui.text import words

EDGE = 3.0  # of the surface
CELLS = 205  # of it along each side
STEPS = 60
SETTINGS = {name: value for own in optimizers.SETTINGS.values() for name, value in own.items()}
MOVES = {"one": 1, "ten": 10, "back": -1, "again": -STEPS}


@cache
def surface(loss: str) -> Surface:
    """A loss over both weights."""
    low, high = (-EDGE, -EDGE), (EDGE, EDGE)
    return Surface(optimizers.surface(optimizers.LOSSES[loss].value, low, high, CELLS), low, high)


def answer(
    optimizer: str, loss: str, exponent: float, first: float, second: float, steps: int, *own: float
) -> tuple[Example, Way, Chart, str, int]:
    """The last of so many steps with all of its numbers, the way over the surface, the loss step by
    step, code, and how many steps were taken. The learning rate is 10 to the power of `exponent`,
    with two digits; `own` are the numbers of SETTINGS.
    """
    name, loss_name = among(optimizer, optimizers.SETTINGS), among(loss, optimizers.LOSSES)
    rate = float(f"{10 ** within(exponent, -3, 0):.2g}")
    start = (within(first, -EDGE, EDGE), within(second, -EDGE, EDGE))
    given = dict(zip(SETTINGS, (within(one, 0, 0.9999) for one in own), strict=True))
    settings = {one: given[one] for one in optimizers.SETTINGS[name]}
    many, found = whole(steps, 1, STEPS), optimizers.LOSSES[loss_name]
    moves = optimizers.descend(found, name, rate, settings, start=start, steps=many)
    number, last = len(moves), moves[-1].ended
    heights = [*(move.loss for move in moves), float(found.value(np.array(last)))]
    lost = number < many or max(map(abs, last)) > optimizers.FARTHEST
    told = {"number": number, "before": figure(heights[-2], 4), "after": figure(heights[-1], 4)}
    names = {"weight", "gradient", "ended"}
    rows = tuple(
        (f"lessons.optimizer.{key}" if key in names else key, one, other)
        for key, one, other in optimizers.written(moves[-1], name, rate, settings, number)
    )
    blocks = (
        Words((f"lessons.optimizer.{'lost' if lost else 'step'}", told), name="step", aloud=True),
        Words(("lessons.optimizer.eta", {"rate": f"{rate:g}"}), "formula"),
        Table(("lessons.optimizer.update", "w₁", "w₂"), rows, "lessons.optimizer.update", "update"),
    )
    path = (*(move.weights for move in moves), last)
    return (
        Example(blocks),
        Way(surface(loss_name), path, found.best),
        losses(heights),
        code.optimizer(loss_name, name, rate, settings, start, number),
        number,
    )


def losses(heights: list[float]) -> Chart:
    """The loss step by step."""
    line = Line("lessons.loss", tuple(map(float, range(len(heights)))), tuple(heights))
    return Chart(
        (line,),
        "lessons.optimizer.chart",
        "lessons.optimizer.across",
        x_range=(0, max(5, len(heights) - 1)),
        y_range=(0, max(heights) * 1.05),
        read="lessons.optimizer.at",
    )


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """Settings, the steps, and the plane, where a click starts elsewhere."""
    with parts.lesson(texts, "optimizer") as fold:
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                which = parts.choice(
                    texts,
                    "lessons.optimizer.which",
                    tuple(optimizers.SETTINGS),
                    "lessons.optimizer.",
                    gr.Radio,
                )
                loss = parts.choice(
                    texts,
                    "lessons.optimizer.loss",
                    tuple(optimizers.LOSSES),
                    "lessons.optimizer.loss.",
                )
                rate = parts.slider(texts, "lessons.optimizer.rate", -3, 0, optimizers.RATES["sgd"])
                with parts.folded(texts, "lessons.more"):
                    own = [
                        parts.slider(texts, f"lessons.optimizer.{one}", 0, 0.999, value, 0.001)
                        for one, value in SETTINGS.items()
                    ]
                    for one in own:
                        one.visible = False
                    starts = [
                        parts.slider(
                            texts,
                            parts.label("lessons.optimizer.start", number=number),
                            -EDGE,
                            EDGE,
                            value,
                        )
                        for number, value in zip(
                            "₁₂", optimizers.LOSSES["valley"].start, strict=True
                        )
                    ]
            with parts.stage():
                with gr.Row(elem_classes="cd-saves"):
                    buttons = [gr.Button(min_width=0) for _ in MOVES]
                    for name, button in zip(MOVES, buttons, strict=True):
                        texts.add(button, value=f"lessons.optimizer.{name}")
                told = parts.worked()
                with gr.Row():
                    with gr.Column(min_width=280):
                        plane = Plane(
                            picks=True, words=parts.renamed(plane="lessons.optimizer.plane")
                        )
                    with gr.Column(min_width=280):
                        chart = Curves(words=words("lessons."))
        lines = parts.code(texts)
    # In the browser, so that a click right after a click counts, too.
    steps = gr.Slider(1, STEPS, 3, step=1, visible="hidden", interactive=True)
    asks = [which, loss, rate, *starts, steps, *own]

    def walked(*given: Any) -> Any:
        *shown, number = answer(*given)
        return *shown, number if number < given[5] else gr.skip()

    triggers = [fold.expand, *(one.input for one in (rate, *starts, *own))]
    ask = live(guard, triggers, walked, asks, [told, plane, chart, lines, steps])
    usual = {
        name: (rate, *(gr.update(visible=one in optimizers.SETTINGS[name]) for one in SETTINGS))
        for name, rate in optimizers.RATES.items()
    }
    begins = {name: one.start for name, one in optimizers.LOSSES.items()}
    changes = [
        (which.change, which, [rate, *own], f"(name) => ({json.dumps(usual)})[name]"),
        (loss.change, loss, starts, f"(name) => ({json.dumps(begins)})[name]"),
        (plane.select, plane, starts, "(plane) => plane.picked"),
    ]
    for button, by in zip(buttons, MOVES.values(), strict=True):
        js = f"(steps) => Math.max(1, Math.min({STEPS}, steps + {by}))"
        changes.append((button.click, steps, [steps], js))
    for trigger, given, changed, js in changes:
        trigger(None, given, changed, js=js, **QUICK).then(**ask)
