"""The Draw tab: a digit is read while it is drawn, and two networks show what they bear.

Begin with `build`. It is the tab that opens first: what is there at once are displays, for which
one script each is loaded; Gradio's own controls come after the first answer.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.events import api

from convdemo.files import PlaceError
from convdemo.images import decode
from convdemo.images.decode import Picture, PictureError, over_white
from convdemo.images.render import encode_png, picture_of
from convdemo.inference.card import Card
from convdemo.inference.predict import Prediction, predict_picture
from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.preprocessing.steps import Prepared
from convdemo.ui import answers, lab_report, page, snippet, text, wire
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import (
    Answer,
    Brought,
    DigitPad,
    Preparation,
    ProbabilityBars,
    StepStrip,
)
from convdemo.ui.components import Reading as Shown
from convdemo.ui.context import Context
from convdemo.ui.links import Link, Written, among, write
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.reading_report import report_reading
from convdemo.ui.tabs.draw import comparison, teach
from convdemo.ui.wire import Refused

NAME = "draw"
JOB = "digits"
PAD, STRIP, ANSWER = "draw-pad", "draw-strip", "draw-answer"  # ids of the displays
# A 3 that stands there when the page opens, until somebody draws.
FIRST = (
    *((0.289, 0.274), (0.364, 0.208), (0.474, 0.185), (0.583, 0.212), (0.655, 0.28)),
    *((0.667, 0.368), (0.615, 0.447), (0.52, 0.486), (0.623, 0.533), (0.682, 0.613)),
    *((0.682, 0.707), (0.623, 0.787), (0.52, 0.834), (0.4, 0.834), (0.297, 0.787), (0.261, 0.75)),
)
SERVER = ("busy", "internal", "model_unfit", "no_models", "no_such_model", "offline", "origin")
WORDS = (
    *("answer.digits.", "answer.honest", "answer.model_line", "answer.seconds", "answer.waiting"),
    *("dataset.", "drop.", "kind", "note.", "picture.", "problem.request", "problem.storage"),
    *(f"problem.{key}" for key in (*decode.PROBLEMS, *SERVER)),
)
NOTHING: dict[str, Any] = {"code": "", "input": None, "label": None}
# What stands on the pad, as another tab takes it: an example is one of this tab's.
INSIDE = (
    "(picture, model) => picture && convdemo.explain({"
    f" picture: picture.example ? {{ ...picture, job: '{JOB}' }} : picture, model }})"
)
# The Train tab reads the last digit, too. The rest of this tab comes at the first of them.
KEPT = "(found) => { convdemo.lastDigit = JSON.parse(found).input; return [found, 'yes']; }"
ABOUT = f"""(model, skipped, visitor) => document.getElementById("{PAD}").dispatchEvent(
  new CustomEvent("convdemo:about", {{ bubbles: true,
    detail: {{ model: model || null, skip: JSON.parse(skipped), visitor }} }}))"""
Value = np.ndarray | Brought | None  # of the pad


def live(context: Context, value: Value, about: Mapping[str, Any]) -> Shown:
    """The answer for what stands on the pad, the picture as it was read, what the network saw."""
    try:
        card, prediction, picture, _ = predicted(context, value, about)
    except (Refused, PictureError, PlaceError) as error:
        return Shown(answers.refusal(error))
    return Shown(
        answers.answer(prediction, card),
        over_white(picture) if isinstance(value, Brought) else None,
        None if prediction.notice == "empty" else picture_of(prediction.prepared.pixels),
    )


def read(
    context: Context, value: Value, about: Mapping[str, Any]
) -> tuple[Preparation | None, dict[str, Any]]:
    """The preparation of what stands on the pad, None where nothing can be read, and {"code":
    Python that does the same, "input": what the network saw, "label": the likeliest digit}.
    """
    try:
        card, prediction, _, reading = predicted(context, value, about, steps=True)
    except (Refused, PictureError, PlaceError):
        return None, NOTHING  # the bars say why
    if prediction.notice == "empty":
        return None, NOTHING
    shares, skip = prediction.probabilities, wire.choices(about, "skip", DIGIT_STEPS)
    return answers.preparation(prediction), {
        "code": snippet.for_prediction(reading, card.name, skip),
        "input": wire.packed(prediction.prepared.pixels),
        "label": max(shares, key=lambda one: shares[one]),
    }


def predicted(
    context: Context, value: Value, about: Mapping[str, Any], *, steps: bool = False
) -> tuple[Card, Prediction, Picture, snippet.Reading]:
    """What the model of {"model", None for the default, "skip": names of steps, "visitor"} says of
    what stands on the pad, that picture, and how Python comes by it.
    """
    skip, name = wire.choices(about, "skip", DIGIT_STEPS), wire.text(about, "model")
    # What ships is everybody's: the page's first question need not say whose it is.
    trained = context.trained(JOB, name, context.visitor(about) if name else "")
    if isinstance(value, Brought):
        picture = decode.read_picture(value.path)
        brought = snippet.from_example(JOB, value.name), snippet.from_file(value.name)
        reading = brought[0 if value.example else 1]
    else:
        picture = decode.picture_from_ink(np.zeros((1, 1), np.uint8) if value is None else value)
        reading = snippet.from_drawing(encode_png(picture.rgb[:, :, 0]))
    return trained.card, predict_picture(trained, picture, skip=skip, steps=steps), picture, reading


def report(
    context: Context, language: str, value: Value, model: str, skipped: str, visitor: str
) -> Path:
    """The lab report of what stands on the pad, a zip."""
    about = {"model": model or None, "skip": json.loads(skipped), "visitor": visitor}
    card, prediction, picture, reading = predicted(context, value, about, steps=True)
    skip = wire.choices(about, "skip", DIGIT_STEPS)
    told = {
        "picture": value.name if isinstance(value, Brought) else "drawing",
        "left out": about["skip"],
    }
    code = snippet.for_prediction(reading, card.name, skip)
    return report_reading(language, JOB, NAME, picture, prediction, told, code)


def sent(arrived: str) -> Any:
    """What another tab sent, {"picture": as `requested_picture` takes it}, as the pad takes it."""
    try:
        request = wire.mapping(wire.parsed(arrived).get("picture"))
        requested_picture(request, JOB)
    except (Refused, PictureError, PlaceError):
        return gr.skip()
    return request


def linked(context: Context) -> dict[str, tuple[str, Callable[[str], str], str]]:
    """What an address may ask for, by name: the usual, what checks it, the key of what it is."""

    def steps(asked: str) -> str:
        named = asked.removeprefix("[").removesuffix("]").replace('"', "").split(",")
        return json.dumps([among(DIGIT_STEPS, one.strip()) for one in named if one])

    def example(asked: str) -> str:
        return json.dumps({"example": among(tuple(page.examples(JOB)), asked)})

    return {
        "model": ("", partial(among, context.shipped(JOB)), "answer.model"),
        "skip": ("[]", steps, "seen.title"),
        "example": ("", example, "picture.examples"),
    }


class Parts(NamedTuple):
    """What is there when the page opens, and what is remembered: the model that was chosen, "" for
    the default, the steps that are left out, what was read last, both as JSON, the same for what
    is made later, and "yes" from then on.
    """

    pad: DigitPad
    strip: StepStrip
    bars: ProbabilityBars
    model: gr.Textbox
    skipped: gr.Textbox
    found: gr.Textbox
    kept: gr.Textbox
    begun: gr.Textbox


def lay_out(context: Context, hands: teach.Hands, frame: page.Frame) -> Parts:
    """Input, preparation and answer side by side; what a visitor chooses comes below and beside."""
    hidden = partial(gr.Textbox, visible="hidden")
    model, skipped, named = hidden(""), hidden("[]"), hidden("")
    found, kept, begun = hidden(""), hidden(""), hidden("")
    with gr.Row(elem_classes=["cd-columns", "cd-draw"]):
        with gr.Column():
            page.said("draw.title")
            pad = DigitPad(
                partial(live, context),
                shows=f"{ANSWER} {STRIP}",
                about={},
                pictures=True,
                examples=list(page.examples(JOB).values()),
                first=FIRST,
                guard=context.guard.served,
                elem_id=PAD,
                # Drops and what is pasted get the page's own rules.
                elem_classes=["cd-picture-input", f"cd-says-in-{ANSWER}"],
            )
        with gr.Column():
            page.said("seen.title")
            strip = StepStrip(words=dict(text.words(f"step.{JOB}.", drop=f"{JOB}.")), elem_id=STRIP)
        with gr.Column():
            page.said("answer.title")
            bars = ProbabilityBars(
                Answer({}, sentence="answer.waiting"),
                words=dict(text.words(*WORDS)),  # with the page: the first answer waits for nothing
                elem_id=ANSWER,
            )
            with gr.Column(elem_classes="cd-draw-models"):
                given = [pad, skipped, named]
                draw = partial(lay_out_models, hands, frame, given, model)
                frame.after(begun.change, kept, draw, NAME)
    page.said("draw.try", "p")
    with gr.Column(elem_classes="cd-draw-more"):
        frame.after(begun.change, kept, partial(lay_out_more, hands, frame, named, model))
    return Parts(pad, strip, bars, model, skipped, found, kept, begun)


def lay_out_models(
    hands: teach.Hands,
    frame: page.Frame,
    given: list[Any],
    model: gr.Textbox,
    texts: page.Texts,
    visit: page.Visit,
) -> None:
    """What digit it is, the picker of models and the way to the Explain tab."""
    context, (pad, skipped, named) = hands.context, given

    def prepared(value: Value, about: Mapping[str, Any]) -> Prepared:
        return predicted(context, value, about)[1].prepared

    def again(name: str) -> tuple[Any, Any]:
        """The picker with that model chosen, and the default where it is no longer there."""
        entries = context.entries(JOB, context.visitor({"visitor": visit.visitor}))
        there = not name or name in [one.card.name for one in entries]
        offered = answers.picker(context, JOB, name, visit.visitor)
        return offered, gr.skip() if there else ""

    teach.build_row(hands, texts, visit, prepared, [pad, skipped], named)
    picker = answers.picker(context, JOB, None, visit.visitor)
    for name, (usual, means, called) in linked(context).items():
        value = visit.link.take(name, usual, means, called)
        if name == "model":
            picker.value = value or picker.value
    inside = gr.Button()
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    texts.add(picker, label="answer.model")
    texts.add(inside, value="explain.look_inside")
    picker.input(None, picker, model, js="(name) => name")
    library.click(again, model, [picker, model], **LAST)
    inside.click(None, [pad, picker], js=INSIDE)
    shown = [pad, model, skipped, frame.visitor]
    lab_report.offer(texts, partial(report, context), shown, frame.language)


def lay_out_more(
    hands: teach.Hands,
    frame: page.Frame,
    named: gr.Textbox,
    model: gr.Textbox,
    texts: page.Texts,
    visit: page.Visit,
) -> None:
    """What a visitor teaches, two networks, and the code for what is on screen."""
    found = visit.arrivals
    teach.build(hands, frame, texts, visit, named, model)
    comparison.build(hands.context, texts, visit)
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        lines = json.loads(visit.arrived or "{}").get("code", "")
        code = gr.Code(lines, language="python", interactive=False, show_label=False)
    texts.add(fold, label="code.title")
    found.change(None, found, code, js="(found) => JSON.parse(found).code")


def wire_up(context: Context, parts: Parts, frame: page.Frame) -> None:
    """What happens when something is drawn, brought, clicked, chosen or sent."""

    def left_out(event: gr.EventData) -> str:
        told = event._data.get("skipped") if isinstance(event._data, dict) else None
        return json.dumps([one for one in DIGIT_STEPS if isinstance(told, list) and one in told])

    def answered(value: Value, model: str, skipped: str, visitor: str) -> Any:
        about = {"model": model or None, "skip": json.loads(skipped), "visitor": visitor}
        preparation, found = read(context, value, about)
        return preparation, json.dumps(found)

    pad, found = parts.pad, parts.found
    parts.strip.input(left_out, None, parts.skipped, **EACH)
    gr.on(
        [pad.input, parts.skipped.change, parts.model.change],
        answered,
        [pad, parts.model, parts.skipped, frame.visitor],
        [parts.strip, found],
        **{**LAST, "concurrency_limit": 2, "concurrency_id": "prediction"},
    )
    # The bars follow the pad, which asks by itself.
    asked = [parts.model, parts.skipped, frame.visitor]
    gr.on(
        [parts.skipped.change, parts.model.change],
        None,
        asked,
        None,
        js=ABOUT,
        trigger_mode="multiple",
    )
    found.change(None, found, [parts.kept, parts.begun], js=KEPT, trigger_mode="multiple")

    def begin(address: str) -> Any:
        link, about = Link(NAME, address), linked(context)
        model, skip, shown = (link.take(one, *more) for one, more in about.items())
        return model, skip, json.loads(shown) if shown else gr.skip()

    frame.address.change(begin, frame.address, [parts.model, parts.skipped, pad], **LAST)
    written = {
        Written("model", "", tuple(context.shipped(JOB))): parts.model,
        Written("skip", "[]"): parts.skipped,
        Written("example", ""): pad,
    }
    write(NAME, written, [parts.model.change, parts.skipped.change, pad.input])
    frame.arrivals[NAME].change(sent, frame.arrivals[NAME], pad, **LAST)


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""

    def predict_digit(picture: dict, model: str = "", language: str = "en") -> dict:
        """Read the digit in a picture.

        Answers {"label", "notice", "probabilities", "model", "seconds", "note"}; label is null and
        notice is "empty" if nothing is drawn, note is a sentence on how the picture was read, or
        null. {"error": sentence} if it cannot be read. `model` is a name from `convdemo list`, ""
        for the default; `language` of the sentences is "en" or "ko".
        """
        return answers.for_upload(context, JOB, picture, model=model, language=language)

    wire_up(context, lay_out(context, teach.Hands(context), frame), frame)
    api(predict_digit, api_name="predict_digit", concurrency_limit=2, concurrency_id="prediction")
