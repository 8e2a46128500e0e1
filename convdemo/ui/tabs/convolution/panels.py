"""The chosen kernel on a whole photo and among the filters of a model, and networks in a line."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.filtering import resized
from convdemo.convolution.presets import BEGINNINGS, LINES
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.images.render import data_url, signed
from convdemo.ui import answers, guard, page, text, wire
from convdemo.ui.asking import LAST, QUICK
from convdemo.ui.components.convolution_bench import beginning
from convdemo.ui.context import Context
from convdemo.ui.picture_choice import PictureChoice
from convdemo.ui.tabs.convolution import pictures, work
from convdemo.ui.tabs.convolution.setting import BENCH, PHOTO, Parts
from convdemo.ui.wire import Refused

ERRORS = (Refused, PictureError, PlaceError)
COLUMNS = ("layer", "shape", "parameters", "multiply_adds", "receptive_field", "unread")
LEARNED = """<ol>{{#each value}}<li><img src="{{image}}" alt=""><span>{{name}}</span>
<span class="cosine">{{told}}</span></li>{{/each}}</ol>"""
LEARNED_STYLE = """
ol { display: flex; flex-wrap: wrap; gap: 14px; min-height: 140px; margin: 0; padding: 0; }
li { display: grid; width: 104px; font-size: 13px; list-style: none; }
img { width: 88px; border-radius: 6px; image-rendering: pixelated; }
"""
# The language is the last input, as it is now; the header presses a button when it is another.
SPOKEN = "(...all) => [...all.slice(0, -1), convdemo.language]"
POOL: dict[str, Any] = {**LAST, "concurrency_limit": 2, "concurrency_id": "kernels"}


def sentence(error: Refused | PictureError | PlaceError, language: str) -> str:
    """A refusal, and its cause where it has one."""
    found = guard.problem(error)
    keys = (found["problem"], found["values"].get("cause"))
    said = [text.say(language, f"problem.{one}", **found["values"]) for one in keys if one]
    return " ".join(one.strip() for one in said)


def on_photo(chosen: str, source: str, language: str) -> tuple[Any, np.ndarray | None, str]:
    """None in place of a photo that cannot be read; (H, W, 3) uint8 of the chosen kernel on it, and
    what its colours are.
    """
    try:
        kernel = json.loads(chosen or "null")
        if not kernel or not source:
            return gr.skip(), None, text.say(language, "convolution.planes_only") if chosen else ""
        found, off = work.photo(work.asked_kernel(kernel), wire.parsed(source))
    except ERRORS as error:
        return None, None, sentence(error, language)
    height, width = found.image.shape[:2]
    key = "differs" if off > 1e-6 else "signed" if found.has_sign else "bright"
    values = {
        "share": f"{found.clipped:.2%}",
        "difference": f"{off:.2g}",
        "end": f"{found.end:.3g}",
    }
    return (
        gr.skip(),
        found.image,
        text.say(language, f"convolution.photo.{key}", width=width, height=height, **values),
    )


def in_model(
    context: Context, chosen: str, model: str | None, visitor: str, language: str
) -> tuple[Any, str]:
    """The chosen kernel and the learned filters most like it, as `LEARNED` draws them, and what
    they are.
    """
    say = partial(text.say, language)
    try:
        kernel = json.loads(chosen or "null")
        if not kernel:
            return [], say("convolution.planes_only") if chosen else ""
        own = work.asked_kernel(kernel)
        weights, matches = work.learned(context, own, {"model": model, "visitor": visitor})
    except ERRORS as error:
        return [], sentence(error, language)
    count, channels, height, width = weights.shape
    shown = [drawn(resized(own, (height, width)), say("convolution.learned.own"), "")]
    for one in matches:
        cosine = f"{one.cosine:.3f}".replace("-", "−")
        told = say("convolution.learned.cosine", cosine=cosine)
        shown.append(drawn(one.weights, say("convolution.learned.filter", number=one.filter), told))
    key = "same_size" if own.shape == (height, width) else "resized"
    about = [say(f"convolution.learned.{key}", count=count, height=height, width=width)]
    if channels > 1:
        about.append(say("convolution.learned.mean", channels=channels))
    return shown, " ".join(about)


def drawn(weights: np.ndarray, name: str, told: str) -> dict[str, str]:
    """Weights (h, w) on the signed scale, a pixel each, with two lines below."""
    coloured = signed(weights / (np.abs(weights).max() or 1.0))
    return {"image": data_url(coloured), "name": name, "told": told}


def in_line(line: str, shape: str, language: str) -> tuple[Any, Any, str]:
    """The table of a line of layers, its code in PyTorch and Keras, and what is wrong with it."""
    try:
        words = re.findall(r"[^\s×x*,]+", wire.text({"shape": shape}, "shape") or "")
        sizes = [int(word) if word.isdecimal() else None for word in words]
        found = work.line_table({"line": line, "shape": sizes})
    except ERRORS as error:
        return gr.skip(), gr.skip(), sentence(error, language)
    return table(found, language), code(found, language), ""


def table(found: dict[str, Any], language: str) -> dict[str, Any]:
    """The layers as the Dataframe takes them."""

    def row(name: str, one: dict[str, Any]) -> list[str]:
        sizes = [" × ".join(map(str, one.get(key, ()))) for key in ("shape", "field", "unread")]
        counts = [f"{one[key]:,}" if key in one else "" for key in ("parameters", "multiply_adds")]
        lost = sizes[2] if any(one.get("unread", ())) else ""
        return [name, sizes[0], *counts, sizes[1], lost]

    say = partial(text.say, language)
    rows = [row(say("convolution.stack.input"), found["input"])]
    rows += [row(f"{at}. {one['name']}", one) for at, one in enumerate(found["rows"], 1)]
    total = {key: found[key] for key in ("parameters", "multiply_adds")}
    rows.append(row(say("convolution.stack.sum"), total))
    shown = [at for at, _ in enumerate(COLUMNS) if at < 5 or any(one[at] for one in rows)]
    return {
        "headers": [say(f"convolution.stack.{COLUMNS[at]}") for at in shown],
        "data": [[one[at] for at in shown] for one in rows],
    }


def code(found: dict[str, Any], language: str) -> str:
    """The network in PyTorch and in Keras; of a layer that Keras has not, why."""
    torch = [f"    {one['pytorch']}," for one in found["rows"]]
    shape = (*found["input"]["shape"][1:], found["input"]["shape"][0])  # Keras has channels last
    keras = [f"    layers.Input({shape}),"]
    none = text.say(language, "convolution.stack.no_keras")
    keras += [
        f"    {one['keras']}," if one["keras"] else f"    # {one['name']}: {none}"
        for one in found["rows"]
    ]
    pytorch = ["from torch import nn", "", "network = nn.Sequential(", *torch, ")"]
    return "\n".join(
        [
            *pytorch,
            "",
            "from keras import Sequential, layers",
            "",
            "network = Sequential([",
            *keras,
            "])",
        ]
    )


def lay_out(
    context: Context, texts: page.Texts, frame: page.Frame, visitor: str, parts: Parts
) -> None:
    """The three panels and what happens in them."""
    _photo(context, texts, frame, parts)
    _learned(context, texts, frame, parts, visitor)
    _line(texts, frame)


def _photo(context: Context, texts: page.Texts, frame: page.Frame, parts: Parts) -> None:
    texts.heading("convolution.photo.title")
    texts.quiet("convolution.photo.lead")
    with gr.Row(elem_id=PHOTO, elem_classes="cd-halves"):
        with gr.Column():
            picture = PictureChoice(
                context,
                texts,
                elem_id="convolution-picture",
                answer=BENCH,
                kinds={job: f"convolution.pictures.{job}" for job in pictures.PHOTOS},
                title="convolution.photo.before",
                drawing="explain.drawing",
            )
        with gr.Column():
            after = gr.Image(interactive=False, buttons=[], format="jpeg", height=360)
            texts.add(after, label="convolution.photo.after")
            note = gr.Markdown(elem_classes="cd-hint")
    plane = json.dumps(beginning(BEGINNINGS[2]))
    to_bench = f"(source) => source ? {{picture: JSON.parse(source), otherwise: {plane}}} : null"
    picture.source.change(None, picture.source, parts.bench, js=to_bench, **QUICK)
    take = (
        "(kind, source) => kind === 'picture' ? {picture: JSON.parse(source)}"
        " : kind === 'own' || kind === 'clip' ? null : {input: {source: kind}}"
    )
    parts.source.input(None, [parts.source, picture.source], parts.bench, js=take, **QUICK)
    asked = [parts.chosen, picture.source, frame.language]
    triggers = [parts.chosen.change, picture.source.change, texts.switched.input]
    gr.on(triggers, on_photo, asked, [picture.picture, after, note], js=SPOKEN, **POOL)


def _learned(
    context: Context,
    texts: page.Texts,
    frame: page.Frame,
    parts: Parts,
    visitor: str,
) -> None:
    texts.heading("convolution.learned.title")
    texts.quiet("convolution.learned.lead")

    def offered(chosen: str | None, visitor: str) -> gr.Dropdown:
        cards = [entry.card for entry in work.models(context, visitor)]
        names = [card.name for card in cards]
        value = chosen if chosen in names else next(iter(names), None)
        choices = [(answers.model_option(card), card.name) for card in cards]
        return gr.Dropdown(choices, value=value, filterable=False, interactive=True)

    model = offered(None, visitor)
    texts.add(model, label="answer.model")
    found = gr.HTML(
        [],
        html_template=LEARNED,
        css_template=LEARNED_STYLE,
        apply_default_css=False,
        elem_id="convolution-learned",
    )
    about = gr.Markdown(elem_classes="cd-hint")
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    asked = [parts.chosen, model, frame.visitor, frame.language]
    triggers = [parts.chosen.change, model.input, texts.switched.input]
    gr.on(triggers, partial(in_model, context), asked, [found, about], js=SPOKEN, **POOL)
    library.click(offered, [model, frame.visitor], model, **LAST)


def _line(texts: page.Texts, frame: page.Frame) -> None:
    texts.heading("convolution.stack.title")
    texts.quiet("convolution.stack.lead")
    first, line_of_first = LINES["cnn"]
    with gr.Row(elem_classes="cd-starts"):
        starts = {name: gr.Button(min_width=0) for name in LINES}
    with gr.Row():
        shape = gr.Textbox(first, max_lines=1, interactive=True, min_width=160)
        line = gr.Textbox(line_of_first, lines=2, interactive=True, scale=3, min_width=280)
    wrong = gr.Markdown(elem_classes="cd-wrong")
    rows, lines, _ = in_line(line_of_first, first, texts.language)
    layers = gr.Dataframe(
        rows,
        elem_id="convolution-layers",
        interactive=False,
        buttons=[],
        show_label=False,
        wrap=False,
    )
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        written = gr.Code(lines, language="python", interactive=False, show_label=False)
    texts.add(shape, label="convolution.stack.input_shape")
    texts.add(line, label="convolution.stack.line")
    texts.add(fold, label="convolution.stack.code")
    for name, start in starts.items():
        texts.add(start, value=f"convolution.stack.{name}")
        js = f"() => {json.dumps(LINES[name])}"
        start.click(None, None, [shape, line], js=js, **QUICK)
    triggers = [shape.change, line.change, texts.switched.input]
    gr.on(
        triggers,
        in_line,
        [line, shape, frame.language],
        [layers, written, wrong],
        js=SPOKEN,
        **POOL,
    )
