"""The Clothes tab: a photo of a garment is prepared as networks for clothes take it, and named."""

import json
import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.data_classes import ImageData
from gradio.events import api

from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.inference.predict import predict_picture
from convdemo.preprocessing.garment import GARMENT_STEPS
from convdemo.ui import answers, page, picture_input, snippet, text, wire
from convdemo.ui.components import Answer, Preparation, ProbabilityBars, StepStrip
from convdemo.ui.context import Context
from convdemo.ui.picture_input import PictureInput
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.wire import Refused

NAME = "clothes"
JOB = "clothes"
ANSWER = "clothes-answer"  # the id of the display of answers
WORDS = ("answer.", "class.", "dataset.", "drop.", "kind", "note.", "picture.", "problem.")
POOL: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "prediction"}
STEPS = ("class.", f"step.{JOB}.")


def read(
    context: Context, source: str, model: str | None, skipped: list[str], visitor: str
) -> tuple[Answer, Preparation | None, str]:
    """The answer to the picture of a source, JSON as `requested_picture` takes it, the preparation
    without the skipped steps, and Python that does the same; a sentence where there is none.
    """
    if not source:
        return Answer({}, sentence="answer.none"), None, ""
    try:
        request = {**wire.parsed(source), "visitor": visitor, "skip": skipped, "model": model}
        skip = wire.choices(request, "skip", GARMENT_STEPS)
        trained = context.trained(JOB, wire.text(request, "model"), context.visitor(request))
        picture, reading = requested_picture(request, JOB)
        prediction = predict_picture(trained, picture, skip=skip, steps=True)
    except (Refused, PictureError, PlaceError) as error:
        return replace(answers.refusal(error), of=source), None, ""
    code = snippet.for_prediction(reading, trained.card.name, skip)
    told = replace(answers.answer(prediction, trained.card), of=source)
    return told, answers.preparation(prediction), code


class Parts(NamedTuple):
    """What a visitor sees and uses, and what is remembered: the picture as JSON, as
    `requested_picture` takes it, and the names of the steps that are left out.
    """

    picture: PictureInput
    examples: gr.Gallery
    strip: StepStrip
    bars: ProbabilityBars
    model: gr.Dropdown
    inside: gr.Button
    code: gr.Code
    source: gr.Textbox
    skipped: gr.State
    library: gr.Button  # a script presses it when there may be other models


def lay_out(context: Context, texts: page.Texts, visitor: str) -> Parts:
    """Input, preparation and answer side by side, and the code below; the first example is read."""
    files = list(page.examples(JOB).values())
    first = of_example(files[0])
    answered, prepared, lines = read(context, first, None, [], visitor)
    with gr.Row(elem_classes=["cd-columns", "cd-clothes"]):
        with gr.Column():
            texts.heading("clothes.title")
            picture = PictureInput(
                value=files[0], elem_id="clothes-picture", answer=ANSWER, height=360
            )
            examples = gr.Gallery(
                [str(file) for file in files],
                columns=5,
                height="auto",
                object_fit="cover",
                allow_preview=False,
                show_label=False,
                buttons=[],
                elem_classes="cd-gallery",
            )
        with gr.Column():
            texts.heading("seen.title")
            strip = StepStrip(prepared, words=text.words(*STEPS, drop=f"{JOB}."))
        with gr.Column():
            texts.heading("answer.title")
            bars = ProbabilityBars(answered, best=3, words=text.words(*WORDS), elem_id=ANSWER)
            model = answers.picker(context, JOB, None, visitor)
            inside = gr.Button()
    texts.line("clothes.try")
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        code = gr.Code(lines, language="python", interactive=False, show_label=False)
    texts.add(picture, label="picture.yours", alt_text="picture.yours", placeholder="picture.drop")
    texts.add(examples, label="picture.examples")
    texts.add(model, label="answer.model")
    texts.add(inside, value="explain.look_inside")
    texts.add(fold, label="code.title")
    source, skipped = gr.Textbox(first, visible="hidden"), gr.State([])
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    return Parts(picture, examples, strip, bars, model, inside, code, source, skipped, library)


def of_example(file: Path) -> str:
    """An example as `requested_picture` takes it."""
    return json.dumps({"example": file.name, "job": JOB})


def wire_up(context: Context, parts: Parts, visitor: gr.Textbox) -> None:
    """What happens when something is brought, clicked or chosen."""
    files = list(page.examples(JOB).values())

    def brought(file: ImageData | None) -> Any:
        if file is None:
            return None, ""
        turn = secrets.token_hex(4)  # the same file again is another question
        name = (file.orig_name or "picture")[:200]
        source = json.dumps({"upload": file.path, "name": name, "turn": turn})
        return picture_input.shown(file), source

    def picked(event: gr.SelectData) -> Any:
        known = isinstance(event.index, int) and 0 <= event.index < len(files)
        file = files[event.index if known else 0]
        return str(file), of_example(file)

    def left_out(event: gr.EventData) -> list[str]:
        found = event._data.get("skipped") if isinstance(event._data, dict) else None
        return [step for step in GARMENT_STEPS if isinstance(found, list) and step in found]

    def answered(source: str, model: str | None, skipped: list[str], visitor: str) -> Any:
        found = read(context, source, model, skipped, visitor)
        refused = source and found[1] is None  # nothing stays of what cannot be read
        return None if refused else gr.skip(), *found

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # Of quick clicks the last one counts; what is to be read is told apart from the reading, which
    # is one event: its answers come in order, and are of what stands there then.
    act: dict[str, Any] = {**private, "trigger_mode": "always_last", "concurrency_limit": 8}
    source = [parts.picture, parts.source]
    parts.picture.input(brought, parts.picture, source, js=picture_input.UNLESS_REMOVED, **act)
    parts.examples.select(picked, None, source, **act)
    parts.strip.input(left_out, None, parts.skipped, **act)
    gr.on(
        [parts.source.change, parts.skipped.change, parts.model.input],
        answered,
        [parts.source, parts.model, parts.skipped, visitor],
        [parts.picture, parts.bars, parts.strip, parts.code],
        trigger_mode="always_last",
        **POOL,
        **private,
    )
    parts.library.click(
        partial(answers.picker, context, JOB), [parts.model, visitor], parts.model, **act
    )
    parts.inside.click(
        None,
        [parts.picture, parts.source, parts.model],
        js="(there, source, model) => there"
        " && convdemo.explain({ picture: JSON.parse(source), model })",
    )


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        wire_up(context, lay_out(context, texts, visit.visitor), frame.visitor)

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
