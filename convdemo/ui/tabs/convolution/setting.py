"""The bench and the controls that set it. The display holds what is set: a control tells it what it
is set to, and is told what follows from another.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from convdemo.convolution.inputs import EXAMPLES
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.operation import KINDS, PADDING_MODES
from convdemo.convolution.presets import BEGINNINGS, PRESETS
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.ui import guard, page, text
from convdemo.ui.asking import LAST, QUICK
from convdemo.ui.components.convolution_bench import ConvolutionBench, beginning
from convdemo.ui.context import Context
from convdemo.ui.links import Link, among, number
from convdemo.ui.tabs.convolution import pictures, work
from convdemo.ui.wire import Refused

BENCH = "convolution-bench"  # the id of the display
PHOTO = "convolution-photo"  # the id of the panel that shows the kernel on a photo
WORDS = ("convolution.", "drop.", "note.", "picture.", "problem.")
FIELDS = ("size", "kernel", "stride", "pads", "dilation", "output_padding")  # a number an axis
COUNTS = ("channels", "filters", "groups")
# What an operation is made of, as the display takes it.
SETTINGS = ("kind", "padding", "padding_mode", "bias", *FIELDS, *COUNTS)
NAMED = {"kind": KINDS, "padding": ("valid", "same", "number"), "padding_mode": PADDING_MODES}
MOST = 4096  # a number of a link


class Parts(NamedTuple):
    """What the other panels need: the display, what its input is, and the chosen kernel, JSON."""

    bench: ConvolutionBench
    source: gr.Dropdown
    chosen: gr.Textbox


def options(names: tuple[str, ...], prefix: str) -> Any:
    """What makes the choices of a control in a language."""
    return lambda language: [(text.say(language, f"{prefix}{one}"), one) for one in names]


def as_shown(value: Any) -> Any:
    """A setting as its control has it."""
    return " × ".join(map(str, value)) if isinstance(value, tuple) else value


def linked(link: Link) -> dict[str, Any]:
    """What lies on the bench in the beginning, as an address has it."""
    dims = link.take("dims", 2, partial(among, tuple(BEGINNINGS)), "convolution.dims")
    usual = beginning(BEGINNINGS[dims])

    def means(name: str, before: Any, asked: str) -> Any:
        if isinstance(before, tuple):
            found = tuple(int(one) for one in asked.split("×"))
            if len(found) not in (1, dims) or max(map(abs, found)) > MOST:
                raise ValueError(asked)
            return found * dims if len(found) == 1 else found
        if isinstance(before, int) and not isinstance(before, bool):
            return number(0, MOST, asked, whole=True)
        return among(NAMED.get(name, (True, False)), asked)

    def kernels(asked: str) -> list[dict[str, Any]]:
        named = [one if one in KERNELS[dims] else int(one) for one in asked.split(",")]
        return [
            {"name": one} if isinstance(one, str) else {"name": "random", "seed": one}
            for one in named
        ]

    settings = {
        name: link.take(name, one, partial(means, name, one), called(name))
        for name, one in usual["settings"].items()
    }
    source = link.take(
        "source",
        usual["input"]["source"],
        partial(among, tuple(EXAMPLES[dims])),
        "convolution.source",
    )
    filters = link.take("kernels", usual["filters"], kernels, "convolution.kernel_name")
    found = {**usual, "settings": settings, "input": {"source": source}, "filters": filters}
    padding = settings["padding"] if settings["padding"] != "number" else settings["pads"]
    try:
        work.bench(json.loads(json.dumps({**found, "settings": {**settings, "padding": padding}})))
    except Refused:
        link.refuse("tab.convolution")
        return beginning(BEGINNINGS[2])
    return found


def called(name: str) -> str:
    """The key of the name of a setting."""
    return f"convolution.setting.{'padding' if name == 'pads' else name}"


class Controls(dict[str, Any]):
    """The control of each name, named in the visitor's language; what sets a term of the formula is
    of the class `sets-TERM`, what only a kernel has `weighted`, what a drawn one has `painted`.
    """

    def __init__(self, texts: page.Texts, first: dict[str, Any]) -> None:
        super().__init__()
        self._texts = texts
        self._first = first

    def add(self, name: str, control: Any, key: str = "", **others: Any) -> None:
        """A control with the string of that key, or of its setting."""
        control.interactive = True  # as Gradio has it of itself in what is no gr.render
        self[name] = control
        self._texts.add(control, label=key or f"convolution.setting.{name}", **others)
        if name in SETTINGS:
            control.value = as_shown(self._first[name])

    def field(self, name: str, term: str = "") -> None:
        """A number for each axis, or one for all."""
        classes = [f"sets-{term or name}", name, "numbers"]
        key = f"convolution.setting.{term or name}"
        self.add(name, gr.Textbox(max_lines=1, elem_classes=classes), key)

    def count(self, name: str) -> None:
        """A whole number."""
        classes = [f"sets-{name}", "weighted" * (name != "channels")]
        self.add(name, gr.Number(precision=0, elem_classes=classes))

    def choose(self, name: str, names: tuple[str, ...], prefix: str) -> None:
        """One of several names."""
        control = gr.Dropdown(filterable=False, elem_classes=f"sets-{name}")
        self.add(name, control, choices=options(names, prefix))


def lay_out(context: Context, texts: page.Texts, link: Link) -> Parts:
    """Beginnings and settings above the bench, and the code below it."""
    begun, usual = linked(link), beginning(BEGINNINGS[2])
    made = Controls(texts, begun["settings"])
    texts.heading("convolution.title")
    dims = len(begun["settings"]["size"])
    with gr.Row():
        offered = [(f"{one}D", one) for one in BEGINNINGS]
        axes = gr.Radio(offered, value=dims, elem_classes="cd-short")
        made.add("dims", axes, "convolution.dims")
        kinds = options(KINDS, "convolution.kind.")
        made.add("kind", gr.Radio(elem_classes="cd-short"), choices=kinds)
    texts.quiet("convolution.start")
    with gr.Row(elem_classes="cd-starts"):
        starts = [gr.Button(min_width=0) for _ in PRESETS]
    for name, start in zip(PRESETS, starts, strict=True):
        texts.add(start, value=f"convolution.preset.{name}")
    clip = _settings(texts, made)
    bench = ConvolutionBench(
        begun,
        context.guard.served("bench", work.bench),
        seen_by=PHOTO,
        elem_id=BENCH,
        words=text.words(*WORDS),
    )
    texts.line("convolution.try")
    code: dict[str, Any] = {"language": "python", "interactive": False, "show_label": False}
    made["lines"] = gr.Code(lines=1, elem_id="convolution-lines", **code)
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        made["code"] = gr.Code(**code)
    texts.add(fold, label="convolution.code")
    made["chosen"], made["kernels"] = (gr.Textbox(visible="hidden") for _ in range(2))
    link.written(made["dims"], "dims", 2, leads=True)
    for name in SETTINGS:
        link.written(made[name], name, as_shown(usual["settings"][name]))
    known = tuple({name for named in EXAMPLES.values() for name in named})
    link.written(made["source"], "source", usual["input"]["source"], known)
    link.written(made["kernels"], "kernels", ",".join(one["name"] for one in usual["filters"]))
    wire_up(bench, made, starts, clip)
    return Parts(bench, made["source"], made["chosen"])


def _settings(texts: page.Texts, made: Controls) -> gr.UploadButton:
    """What matters most, the rest folded away, and the button for a clip."""
    with gr.Row(elem_classes="cd-settings"):
        made.add("source", gr.Dropdown(filterable=False), "convolution.source")
        clip = gr.UploadButton(file_count="multiple", elem_classes="clip")
        kernel = gr.Dropdown(filterable=False, elem_classes="painted")
        made.add("name", kernel, "convolution.kernel_name")
        made.add("seed", gr.Number(precision=0, elem_classes="seed"), "convolution.seed")
        made.field("kernel")
        made.field("stride")
        made.choose("padding", ("valid", "same", "number"), "convolution.padding.")
        made.field("pads", "padding")
    with (
        gr.Accordion(open=False, elem_classes="cd-fold") as more,
        gr.Row(elem_classes="cd-settings"),
    ):
        made.field("size")
        made.count("channels")
        made.field("dilation")
        made.field("output_padding")
        made.choose("padding_mode", PADDING_MODES, "convolution.mode.")
        made.count("filters")
        made.count("groups")
        added = gr.Number(elem_classes="painted")
        made.add("weight_bias", added, "convolution.bias_value")
        made.add("bias", gr.Checkbox(elem_classes=["sets-bias", "weighted"]))
    texts.add(clip, label="convolution.clip")
    texts.add(more, label="convolution.more")
    return clip


def wire_up(
    bench: ConvolutionBench,
    controls: dict[str, Any],
    starts: list[gr.Button],
    clip: gr.UploadButton,
) -> None:
    """All of it in the browser, but a clip: the display asks Python past the queue."""

    def tell(trigger: Any, controls: list[Any], js: str) -> None:
        trigger(None, controls, bench, js=js, **QUICK)

    for start, (name, preset) in zip(starts, PRESETS.items(), strict=True):
        value = {**beginning(preset), "about": f"convolution.preset.{name}.why"}
        tell(start.click, [], f"() => ({json.dumps(value)})")
    first = {dims: beginning(one) for dims, one in BEGINNINGS.items()}
    tell(controls["dims"].input, [controls["dims"]], f"(dims) => ({json.dumps(first)})[dims]")
    names = json.dumps(SETTINGS)
    pairs = f"{names}.map((name, at) => [name, all[at]])"
    together = f"(...all) => ({{settings: Object.fromEntries({pairs})}})"
    for name in SETTINGS:  # a Textbox tells of what is typed by `change` alone
        control = controls[name]
        typed = control.change if name in FIELDS else control.input
        tell(typed, [controls[one] for one in SETTINGS], together)
    for name, told in (("name", "kernel"), ("seed", "seed"), ("weight_bias", "bias")):
        tell(controls[name].input, [controls[name]], f"({told}) => ({{{told}}})")

    def uploaded(files: list[str] | None) -> dict[str, Any]:
        paths = list(files or [])
        given: dict[str, Any] = (
            {"upload": paths[0]} if len(paths) == 1 else {"uploads": paths, "count": len(paths)}
        )
        if len(paths) > 1:
            given["uploads"] = paths[: pictures.MOST_PICTURES]
        try:
            frames = pictures.clip(given)["frames"]
        except (Refused, PictureError, PlaceError) as error:
            found = guard.problem(error)
            return {"said": [f"problem.{found['problem']}", found["values"]]}
        return {"clip": given, "frames": min(frames, pictures.MOST_PICTURES)}

    clip.upload(uploaded, clip, bench, **LAST)
    follow = (
        f"({{controls}}) => {json.dumps(list(controls))}.map((name) =>"
        ' controls && name in controls ? controls[name] : {__type__: "update"})'
    )
    bench.input(None, bench, list(controls.values()), js=follow, **QUICK)
