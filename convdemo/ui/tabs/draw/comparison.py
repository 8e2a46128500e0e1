"""One digit, two networks: sliders that move it, what both say, and a curve along one slider."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from convdemo.inference.perturb import SLIDERS, perturb, sweep
from convdemo.inference.predict import probabilities
from convdemo.ui import answers, page, text, wire
from convdemo.ui.components import (
    Answer,
    Chart,
    Compared,
    Curves,
    Line,
    ProbabilityBars,
    TwoNetworks,
)
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

JOB = "digits"
SIDES = {"first": "simple_ann-mnist", "second": "cnn-mnist"}  # and what is compared at first
INPUT = (1, 28, 28)
CURVES = "draw-curves"  # the id of the display
PROBLEMS = ("busy", "internal", "model_unfit", "no_models", "no_such_model", "offline", "request")
# The question: what is held stays held where something else has changed.
ASKED = """(found, before, first, second, digit, ...settings) => {{
  const {{ input = null, label = null }} = JSON.parse(found || "{{}}");
  return {{ input, label, first, second, digit, settings, slider: {held} ?? before.slider }}; }}"""


def compare(context: Context, asked: Mapping[str, Any], visitor: str) -> Compared:
    """What the models {"first", "second"} say to a network's {"input"} moved by {"settings"}, in
    the order of SLIDERS, and the probability of {"digit"}, of {"label"} for "", along {"slider"}.
    """
    if asked.get("input") is None:
        return Compared(None, (Answer({}, sentence="compare.nothing"),) * 2)
    pixels = wire.grey(asked["input"]).astype(np.float32) / 255
    given, place = asked.get("settings"), wire.number(asked, "slider", 0, len(SLIDERS) - 1)
    if not isinstance(given, list) or len(given) != len(SLIDERS) or pixels.shape != INPUT[1:]:
        raise Refused("request")
    values = {one.name: value for one, value in zip(SLIDERS, given, strict=True)}
    settings = {one.name: wire.number(values, one.name, one.low, one.high) for one in SLIDERS}
    held, digit = SLIDERS[int(place)], wire.text(asked, "digit") or wire.text(asked, "label")
    moved = perturb(pixels, settings)
    along, images = sweep(pixels, settings, held)
    batch = np.concatenate([moved[None], images])[:, None]
    said, lines = [], []
    for colour, side in enumerate(SIDES):
        trained = context.trained(JOB, wire.text(asked, side), visitor)
        card = trained.card
        if card.shape != INPUT or digit not in card.classes:
            raise Refused("request")
        shares = probabilities(trained, batch)[:, : len(card.classes)]
        said.append(answer(dict(zip(card.classes, shares[0].tolist(), strict=True))))
        curve = shares[1:, card.classes.index(digit)].clip(0, 0.9999)  # none is that sure
        lines.append(Line(card.name, tuple(along.tolist()), tuple(curve.tolist()), colour))
    named = {"slider": f"@slider.{held.name}", "unit": f"@unit.{held.name}"}
    chart = Chart(
        tuple(lines),
        title=("compare.curve", {"digit": digit}),
        x_title=("compare.axis", named),
        x_unit="degrees" if held.name == "rotate" else "number",
        y_unit="share",
        x_range=(held.low, held.high),
        y_range=(0, 1),
        at=settings[held.name],
    )
    return Compared(wire.as_bytes(moved), tuple(said), chart)


def answer(shares: Mapping[str, float]) -> Answer:
    """What a network reads, in one line above its bars."""
    label = max(shares, key=lambda one: shares[one])
    percent = f"{min(shares[label], 0.999):.1%}"
    return Answer(shares, label, ("compare.says", {"label": label, "percent": percent}))


def build(context: Context, texts: page.Texts, visit: page.Visit) -> None:
    """The sliders, both networks and the curve, beside one another; `visit.arrivals` is what the
    Draw tab read last.
    """
    found = visit.arrivals
    page.said("compare.title")
    page.said("compare.lead", "p")
    with gr.Row(elem_classes="cd-compare"):
        with gr.Column():
            sliders = [slider_of(texts, place) for place in range(len(SLIDERS))]
            digit = gr.Dropdown(digits("en"), value="", filterable=False, interactive=True)
            reset = gr.Button()
        with gr.Column():
            networks = TwoNetworks(
                lambda asked: compare(context, asked, visit.visitor),
                shows=[*(f"draw-{side}" for side in SIDES), CURVES],
                words=text.words("compare.moved", drop="compare."),
                guard=context.guard.served,
            )
            with gr.Row():
                pickers = [network(context, texts, visit, side) for side in SIDES]
        Curves(words=text.words("compare.", "slider.", "unit."), elem_id=CURVES)
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    texts.add(digit, label="compare.digit", choices=digits)
    texts.add(reset, value="compare.reset")
    networks.value = first(visit.arrived, pickers)

    inputs = [found, networks, *pickers, digit, *sliders]

    def ask(held: int | None = None) -> dict[str, Any]:
        js = ASKED.format(held="null" if held is None else held)
        return {"fn": None, "inputs": inputs, "outputs": networks, "js": js}

    for place, slider in enumerate(sliders):
        slider.input(**ask(place))
    gr.on([found.change, digit.input, *(one.input for one in pickers)], **ask())
    neutral = json.dumps(["", *(one.neutral for one in SLIDERS)])
    reset.click(None, None, [digit, *sliders], js=f"() => {neutral}").then(**ask())
    again = partial(answers.picker, context, JOB, visitor=visit.visitor)
    library.click(
        lambda *chosen: [again(one) for one in chosen],
        pickers,
        pickers,
        show_progress="hidden",
        api_visibility="private",
    ).then(**ask())


def first(arrived: str, pickers: list[gr.Dropdown]) -> dict[str, Any]:
    """The question when nothing has been moved yet."""
    found = json.loads(arrived or "{}")
    return {
        "input": found.get("input"),
        "label": found.get("label"),
        "first": pickers[0].value,
        "second": pickers[1].value,
        "digit": "",
        "settings": [one.neutral for one in SLIDERS],
        "slider": 0,
    }


def slider_of(texts: page.Texts, place: int) -> gr.Slider:
    """A slider with its name and unit."""
    one = SLIDERS[place]
    made = gr.Slider(one.low, one.high, one.neutral, step=one.step, buttons=[], interactive=True)
    named = {"slider": f"@slider.{one.name}", "unit": f"@unit.{one.name}"}
    texts.add(made, label=lambda language: text.say(language, "compare.axis", **named))
    return made


def network(context: Context, texts: page.Texts, visit: page.Visit, side: str) -> gr.Dropdown:
    """The picker of one of the two networks, and below it what it says."""
    with gr.Column(min_width=120):
        picker = answers.picker(context, JOB, SIDES[side], visit.visitor)
        ProbabilityBars(
            words=text.words("compare.", *(f"problem.{key}" for key in PROBLEMS)),
            elem_id=f"draw-{side}",
        )
    texts.add(picker, label=f"compare.{side}")
    return picker


def digits(language: str) -> list[tuple[str, str]]:
    """What the curve may be of: the digit that was read, or one that the visitor says it is."""
    return [(text.say(language, "compare.as_read"), ""), *((one, one) for one in "0123456789")]
