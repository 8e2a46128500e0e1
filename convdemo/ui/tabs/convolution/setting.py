"""The bench and the controls that set it. The display holds what is set: a control tells it what it
is set to, and is told what follows from another.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import gradio as gr

from convdemo.convolution.operation import KINDS, PADDING_MODES
from convdemo.convolution.presets import BEGINNINGS, PRESETS
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.ui import guard, page, text
from convdemo.ui.components.convolution_bench import ConvolutionBench, beginning
from convdemo.ui.context import Context
from convdemo.ui.picture_choice import ACT
from convdemo.ui.tabs.convolution import pictures, work
from convdemo.ui.wire import Refused

PHOTO = "convolution-photo"  # the id of the panel that shows the kernel on a photo
WORDS = ("convolution.", "note.", "picture.", "problem.")
FIELDS = ("size", "kernel", "stride", "pads", "dilation", "output_padding")  # a number an axis
COUNTS = ("channels", "filters", "groups")
# What an operation is made of, as the display takes it.
SETTINGS = ("kind", "padding", "padding_mode", "bias", *FIELDS, *COUNTS)
QUICK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Parts(NamedTuple):
    """The display, the control of each name, and the chosen kernel, JSON, for the other panels."""

    bench: ConvolutionBench
    controls: dict[str, Any]
    chosen: gr.Textbox


def options(names: tuple[str, ...], prefix: str) -> Any:
    """What makes the choices of a control in a language."""
    return lambda language: [(text.say(language, f"{prefix}{one}"), one) for one in names]


def lay_out(context: Context, texts: page.Texts) -> Parts:
    """Beginnings and settings above the bench, and the code below it."""
    made: dict[str, Any] = {}

    def add(name: str, control: Any, key: str = "", **keys: Any) -> None:
        made[name] = control
        texts.add(control, label=key or f"convolution.setting.{name}", **keys)

    def field(name: str, key: str = "", **others: Any) -> None:
        add(name, gr.Textbox(max_lines=1, elem_classes=[f"sets-{key or name}", name], **others), key and f"convolution.setting.{key}")

    def count(name: str) -> None:
        add(name, gr.Number(precision=0, elem_classes=[f"sets-{name}", "weighted"]))

    def choose(name: str, names: tuple[str, ...], prefix: str, kind: Any = gr.Dropdown) -> None:
        others = {"filterable": False, "elem_classes": f"sets-{name}"} if kind is gr.Dropdown else {}
        add(name, kind(value=names[0], **others), choices=options(names, prefix))

    first = beginning(BEGINNINGS[2])
    texts.heading("convolution.title")
    with gr.Row(elem_classes="cd-line"):
        add("dims", gr.Radio([(f"{one}D", one) for one in BEGINNINGS], value=2), "convolution.dims")
        choose("kind", KINDS, "convolution.kind.", gr.Radio)
    texts.quiet("convolution.start")
    with gr.Row(elem_classes="cd-samples"):
        starts = [gr.Button(min_width=0) for _ in PRESETS]
        for name, start in zip(PRESETS, starts, strict=True):
            texts.add(start, value=f"convolution.preset.{name}")
    with gr.Row(elem_classes="cd-settings"):
        add("source", gr.Dropdown(filterable=False), "convolution.source")
        clip = gr.UploadButton(file_count="multiple", elem_classes="clip")
        add("name", gr.Dropdown(filterable=False, elem_classes="weighted"), "convolution.kernel_name")
        add("seed", gr.Number(precision=0, elem_classes="seed"), "convolution.seed")
        field("kernel")
        field("stride")
        choose("padding", ("valid", "same", "number"), "convolution.padding.")
        field("pads", "padding")
    texts.add(clip, label="convolution.clip")
    with gr.Accordion(open=False, elem_classes="cd-fold") as more:
        with gr.Row(elem_classes="cd-settings"):
            field("size")
            count("channels")
            field("dilation")
            field("output_padding")
            choose("padding_mode", PADDING_MODES, "convolution.mode.")
            count("filters")
            count("groups")
            add("weight_bias", gr.Number(elem_classes="weighted"), "convolution.bias_value")
            add("bias", gr.Checkbox(elem_classes=["sets-bias", "weighted"]))
    texts.add(more, label="convolution.more")
    bench = ConvolutionBench(
        BEGINNINGS[2],
        context.guard.served("bench", work.bench),
        seen_by=PHOTO,
        words=text.words(*WORDS),
    )
    texts.line("convolution.try")
    made["lines"] = gr.Code(language="python", interactive=False, show_label=False, lines=1)
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        made["code"] = gr.Code(language="python", interactive=False, show_label=False)
    texts.add(fold, label="convolution.code")
    made["chosen"] = gr.Textbox(visible="hidden")
    for name in SETTINGS:
        value = first["settings"][name]
        made[name].value = " × ".join(map(str, value)) if name in FIELDS else value
    parts = Parts(bench, made, made["chosen"])
    wire_up(parts, starts, clip)
    return parts


def wire_up(parts: Parts, starts: list[gr.Button], clip: gr.UploadButton) -> None:
    """All of it in the browser, but a clip: the display asks Python past the queue."""
    bench, controls = parts.bench, parts.controls

    def tell(trigger: Any, controls: list[Any], js: str) -> None:
        trigger(None, controls, bench, js=js, **QUICK)

    for start, (name, preset) in zip(starts, PRESETS.items(), strict=True):
        value = {**beginning(preset), "about": f"convolution.preset.{name}.why"}
        tell(start.click, [], f"() => ({json.dumps(value)})")
    first = {dims: beginning(one) for dims, one in BEGINNINGS.items()}
    tell(controls["dims"].input, [controls["dims"]], f"(dims) => ({json.dumps(first)})[dims]")
    names = json.dumps(SETTINGS)
    together = f"(...all) => ({{settings: Object.fromEntries({names}.map((name, at) => [name, all[at]]))}})"
    for name in SETTINGS:
        tell(controls[name].input, [controls[one] for one in SETTINGS], together)
    for name, told in (("name", "kernel"), ("seed", "seed"), ("weight_bias", "bias")):
        tell(controls[name].input, [controls[name]], f"({told}) => ({{{told}}})")

    def uploaded(files: list[str] | None) -> dict[str, Any]:
        paths = list(files or [])
        given = {"upload": paths[0]} if len(paths) == 1 else {"uploads": paths, "count": len(paths)}
        if len(paths) > 1:
            given["uploads"] = paths[: pictures.MOST_PICTURES]
        try:
            frames = pictures.clip(given)["frames"]
        except (Refused, PictureError, PlaceError) as error:
            found = guard.problem(error)
            return {"said": [f"problem.{found['problem']}", found["values"]]}
        return {"clip": given, "frames": min(frames, pictures.MOST_PICTURES)}

    clip.upload(uploaded, clip, bench, **ACT)
    followers = [name for name in controls if name != "clip"]
    follow = (
        f"({{controls}}) => {json.dumps(followers)}.map((name) =>"
        ' controls && name in controls ? controls[name] : {__type__: "update"})'
    )
    bench.input(None, bench, [controls[name] for name in followers], js=follow, **QUICK)
