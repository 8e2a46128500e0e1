"""One neuron by hand; and softmax over a few scores."""

from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.lessons import code
from convdemo.convolution.lessons import neuron as neurons
from convdemo.convolution.lessons.figures import bracketed, figure
from convdemo.ui import page
from convdemo.ui.components import Chart, Curves, Example, Line, Table, Words
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole, within
from convdemo.ui.text import words

REACH = 6.0  # of a curve, to both sides of zero
MOST = 6  # scores


def answer(activation: str, bias: float, *terms: float) -> tuple[Example, Chart, str]:
    """One neuron of inputs and weights by turns: its sum, output and slope, the curve of its
    activation, and code for it.
    """
    name, given = among(activation, neurons.ACTIVATIONS), [within(one, -5, 5) for one in terms]
    inputs, weights, shift = given[::2], given[1::2], within(bias, -5, 5)
    found = neurons.neuron(inputs, weights, shift, name)
    pairs = zip(inputs, weights, strict=True)
    products = " + ".join(f"{bracketed(x, 1)}·{bracketed(w, 1)}" for x, w in pairs)
    values = {
        "terms": f"{products} + {bracketed(shift, 1)}",
        "total": figure(found.total),
        "output": figure(found.output),
        "slope": figure(found.slope),
        "name": f"@lessons.activation.{name}",
    }
    blocks = (
        *(Words((f"lessons.neuron.{one}", values), "formula", one) for one in _TOLD),
        Words(f"lessons.activation.{name}.why", "quiet"),
    )
    return Example(blocks), curve(name, found.total), code.neuron(inputs, weights, shift, name)


_TOLD = ("sum", "through", "slope")


def curve(name: str, total: float) -> Chart:
    """The activation and its slope, read out at the sum."""
    reach = max(REACH, float(np.ceil(abs(total))))
    # ReLU's slope leaps just behind zero.
    across = np.unique(np.append(np.linspace(-reach, reach, 121), [1e-9, total]))
    lines = tuple(
        Line(f"lessons.neuron.{key}", tuple(across.tolist()), tuple(make(name, across).tolist()), n)
        for n, (key, make) in enumerate((("line", neurons.activate), ("line_slope", neurons.slope)))
    )
    return Chart(
        lines,
        x_title="lessons.neuron.total",
        x_range=(-reach, reach),
        y_range=(-1.2 if name == "tanh" else -0.2, reach if name == "relu" else 1.2),
        read="lessons.neuron.at",
        at=total,
    )


def shares(count: float, added: float, *scores: float) -> tuple[Example, str]:
    """Softmax and log-softmax of the first scores, also after a constant was added; and code."""
    many, shift = whole(count, 2, MOST), within(added, -100, 100)
    given = np.array([within(one, -20, 20) for one in scores[:many]])
    found, later = neurons.softmax(given), neurons.softmax(given + shift)
    columns = (given, found, found, neurons.log_softmax(given), later)
    rows = tuple(
        (figure(score, 1), figure(share, 4), float(bar), figure(log, 4), figure(after, 4))
        for score, share, bar, log, after in zip(*columns, strict=True)
    )
    difference = float(np.abs(found - later).max())
    same = {
        "added": figure(shift, 0),
        "difference": figure(0 if difference < 1e-9 else difference, 4),
    }
    keys = ("score_head", "share", "", "logarithm", "later")
    head = tuple(key and f"lessons.scores.{key}" for key in keys)
    blocks = (
        Table(head, rows, "lessons.scores.title", "shares"),
        Words(("lessons.scores.same", same), name="added"),
        Words("lessons.scores.why", "quiet"),
    )
    return Example(blocks), code.scores(given.tolist(), shift)


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """Both parts of the lesson; they are computed when it is unfolded."""
    with parts.lesson(texts, "neuron") as fold:
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                activation = parts.choice(
                    texts,
                    "lessons.neuron.activation",
                    neurons.ACTIVATIONS,
                    "lessons.activation.",
                    gr.Radio,
                )
                terms = [
                    parts.slider(
                        texts, parts.label(f"lessons.neuron.{key}", number=n), -5, 5, value
                    )
                    for n, pair in zip("₁₂", ((1, 0.8), (0.5, -1.2)), strict=True)
                    for key, value in zip(("input", "weight"), pair, strict=True)
                ]
                bias = parts.slider(texts, "lessons.neuron.bias", -5, 5, 0.4)
            with parts.stage():
                told = parts.worked()
                chart = Curves(words=words("lessons.neuron."))
        lines = parts.code(texts)
        texts.heading("lessons.scores.title")
        texts.quiet("lessons.scores.lead")
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                count = parts.slider(texts, "lessons.scores.count", 2, MOST, 4, 1)
                scores = []
                for place, value in enumerate((2, 1, 0.1, -1, 0, 0)):
                    key = parts.label("lessons.scores.score", number=place + 1)
                    scores.append(parts.slider(texts, key, -20, 20, value))
                    scores[-1].visible = place < 4
                added = parts.slider(texts, "lessons.scores.added", -100, 100, 10, 1)
            with parts.stage():
                table = parts.worked()
        code_of_shares = parts.code(texts)

    asks = [activation, bias, *terms]
    triggers = [fold.expand, *(one.input for one in asks)]
    live(guard, triggers, answer, asks, [told, chart, lines])

    def offered(count: float, *others: float) -> Any:
        seen = [gr.update(visible=place < count) for place in range(MOST)]
        return *shares(count, *others), *seen

    asks = [count, added, *scores]
    triggers = [fold.expand, *(one.input for one in asks)]
    live(guard, triggers, offered, asks, [table, code_of_shares, *scores])
