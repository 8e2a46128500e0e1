"""The Clothes tab: a photo of a garment is prepared as networks for clothes take it, and named."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import api

from convdemo.images.decode import Picture
from convdemo.inference.card import Card
from convdemo.inference.predict import Prediction, predict_picture
from convdemo.preprocessing.garment import GARMENT_STEPS
from convdemo.ui import answers, guard, lab_report, page, picture_choice, snippet, text, wire
from convdemo.ui.answers import POOL, WORDS
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import Answer, Preparation, ProbabilityBars, StepStrip
from convdemo.ui.context import Context
from convdemo.ui.picture_choice import PictureChoice
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.reading_report import report_reading

NAME = "clothes"
JOB = "clothes"
ANSWER = "clothes-answer"  # the id of the display of answers
STEPS = ("class.", f"step.{JOB}.")


def predicted(
    context: Context, source: str, model: str | None, skipped: list[str], visitor: str
) -> tuple[Card, Prediction, Picture, str]:
    """What a model says of the picture of a source, JSON as `requested_picture` takes it, without
    the skipped steps; the picture, and Python that does the same.
    """
    request = {**wire.parsed(source), "visitor": visitor, "skip": skipped, "model": model}
    skip = wire.choices(request, "skip", GARMENT_STEPS)
    trained = context.trained(JOB, wire.text(request, "model"), context.visitor(request))
    picture, reading = requested_picture(request, JOB)
    prediction = predict_picture(trained, picture, skip=skip, steps=True)
    code = snippet.for_prediction(reading, trained.card.name, skip)
    return trained.card, prediction, picture, code


def read(context: Context, source: str, *how: Any) -> tuple[Answer, Preparation | None, str]:
    """The answer to what is `predicted`, the preparation, and Python that does the same; a
    sentence where there is none.
    """
    if not source:
        return Answer({}, sentence="answer.none"), None, ""
    try:
        card, prediction, _, code = predicted(context, source, *how)
    except guard.REFUSALS as error:
        return replace(answers.refusal(error), of=source), None, ""
    told = replace(answers.answer(prediction, card), of=source)
    return told, answers.preparation(prediction), code


def report(context: Context, language: str, source: str, *how: Any) -> Path:
    """The lab report of what is `predicted`, a zip."""
    _, prediction, picture, code = predicted(context, source, *how)
    about = {"picture": lab_report.picture_named(wire.parsed(source)), "left out": how[1]}
    return report_reading(language, JOB, NAME, picture, prediction, about, code)


class Parts(NamedTuple):
    """What a visitor sees and uses, and what is remembered: the names of the steps that are left
    out.
    """

    picture: PictureChoice
    strip: StepStrip
    bars: ProbabilityBars
    model: gr.Dropdown
    inside: gr.Button
    code: gr.Code
    skipped: gr.State
    library: gr.Button  # a script presses it when there may be other models
    side: gr.Column  # below the answer


def lay_out(context: Context, texts: page.Texts, visit: page.Visit) -> Parts:
    """Input, preparation and answer side by side, and the code below; the first example is read,
    or that of a link.
    """
    link, visitor = visit.link, visit.visitor
    usual = picture_choice.of_example(JOB, next(iter(page.examples(JOB).values())))
    begun = picture_choice.linked(link, JOB)
    model = texts.add(answers.picker(context, JOB, None, visitor), label="answer.model")
    model.unrender()
    link.linked("model", model, context.shipped(JOB))
    skipped = gr.State([])
    first = begun[1] if begun else usual
    answered, prepared, lines = read(context, first, model.value, [], visitor)
    with gr.Row(elem_classes=["cd-columns", "cd-clothes"]):
        with gr.Column():
            texts.heading("clothes.title")
            picture = PictureChoice(
                context,
                texts,
                elem_id="clothes-picture",
                answer=ANSWER,
                kinds={JOB: "picture.examples"},
                begun=begun,
            )
        with gr.Column():
            texts.heading("seen.title")
            strip = StepStrip(prepared, words=text.words(*STEPS, drop=f"{JOB}."))
        with gr.Column():
            texts.heading("answer.title")
            bars = ProbabilityBars(answered, best=3, words=text.words(*WORDS), elem_id=ANSWER)
            model.render()
            inside = texts.add(gr.Button(), value="explain.look_inside")
            side = gr.Column()
    texts.line("clothes.try")
    code = texts.code("code.title", lines)
    link.written(picture.source, "example", usual)
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    return Parts(picture, strip, bars, model, inside, code, skipped, library, side)


def wire_up(context: Context, parts: Parts, visitor: gr.Textbox) -> None:
    """What happens when something is brought, clicked or chosen."""

    def left_out(event: gr.EventData) -> list[str]:
        found = event._data.get("skipped") if isinstance(event._data, dict) else None
        return [step for step in GARMENT_STEPS if isinstance(found, list) and step in found]

    def answered(source: str, model: str | None, skipped: list[str], visitor: str) -> Any:
        found = read(context, source, model, skipped, visitor)
        refused = source and found[1] is None  # nothing stays of what cannot be read
        return None if refused else gr.skip(), *found

    picture, source = parts.picture.picture, parts.picture.source
    # What is to be read is told apart from the reading, which is one event: its answers come in
    # order, and are of what stands there then.
    parts.strip.input(left_out, None, parts.skipped, **EACH)
    gr.on(
        [source.change, parts.skipped.change, parts.model.input],
        answered,
        [source, parts.model, parts.skipped, visitor],
        [picture, parts.bars, parts.strip, parts.code],
        **{**LAST, **POOL},
    )
    picker = partial(answers.picker, context, JOB)
    parts.library.click(picker, [parts.model, visitor], parts.model, **LAST)
    parts.inside.click(
        None,
        [picture, source, parts.model],
        js="(there, source, model) => there"
        " && convdemo.explain({ picture: JSON.parse(source), model })",
    )


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        parts = lay_out(context, texts, visit)
        wire_up(context, parts, frame.visitor)
        shown = [parts.picture.source, parts.model, parts.skipped, frame.visitor]
        with parts.side:
            lab_report.offer(texts, partial(report, context), shown, frame.language)

    def predict_clothes(picture: dict, model: str = "", language: str = "en") -> dict:
        """Name the garment in a photo.

        Answers {"label", "notice", "probabilities", "model", "seconds", "note"}; label is null and
        notice is "unknown" if the picture is unlike anything known, note is a sentence on how it
        was read, or null. {"error": sentence} if it cannot be read. `model` is a name from
        `convdemo list`, "" for the default; `language` of the sentences is "en" or "ko".
        """
        return answers.for_upload(context, JOB, picture, model=model, language=language)

    frame.when_opened(item, draw)
    api(predict_clothes, api_name="predict_clothes", **POOL)
