"""The Train tab: runs to start, follow, stop and compare, and the mistakes of each.

Begin with `build`. `settings` says what a run can be set to, `form` is where it is set; `runs` are
what was started, `view` shows how they stand, `outcome` what came of one; `own` reads zips of the
visitor's own pictures, `line` networks that are written; `inside` is what goes on in them;
`endpoint` is for programs. Below stand `race`, several settings at once, and `rates`, the search
for a learning rate.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from convdemo.files import PlaceError
from convdemo.ui import page, text
from convdemo.ui.asking import EACH, LAST, QUICK
from convdemo.ui.components import (
    ConfusionMatrix,
    Curves,
    PictureGroups,
    Report,
)
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import endpoint, form, look, outcome, own, race, rates, runs
from convdemo.ui.tabs.train.form import HERE, pickable
from convdemo.ui.wire import Refused

NAME = "train"
EVERY = 0.7  # seconds between two looks at a run that goes on


class Parts(NamedTuple):
    """What a visitor sees of runs and does with them. `shown` are the parts that `look` updates, by
    name; `news` takes a run that is to be chosen, `seen` what is on the page, `sure` a run whose
    removal was asked for once.
    """

    shown: dict[str, Any]
    halve: gr.Button
    double: gr.Button
    reuse: gr.Button
    lesson: gr.Button
    adopt: gr.UploadButton
    adopted: Report
    save_model: gr.Button
    file: gr.DownloadButton
    news: gr.Textbox
    sent: gr.Textbox
    seen: gr.State
    sure: gr.State
    library: gr.Button  # a script presses it when there may be other models
    switch: gr.HTML  # its `input` says that there is another language


def lay_out(context: Context, texts: page.Texts, visit: page.Visit) -> tuple[form.Form, Parts]:
    """What to train, the chosen run, and all runs, side by side."""
    visitor = visit.visitor
    here = json.dumps({"language": texts.language})
    seen, first = look.look(context, None, (), 0, None, "", visitor, {}, here)
    shown: dict[str, Any] = {}

    def add(kind: Callable[..., Any], name: str, **more: Any) -> Any:
        shown[name] = kind(**{**more, **first[name]})
        return shown[name]

    with gr.Row(elem_classes=["cd-columns", "cd-train"]):
        with gr.Column():
            left = form.lay_out(context, texts, visit)
        with gr.Column():
            buttons = lay_out_run(texts, add)
        with gr.Column():
            others = lay_out_runs(texts, add)
    texts.line("train.try")
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        add(gr.Code, "code", language="python", interactive=False, show_label=False)
    texts.add(fold, label="train.code")
    shown["timer"] = gr.Timer(EVERY)
    del seen["timer"]  # the first look, which sees what only the browser knows, may stop it
    news, sent = (gr.Textbox(visible="hidden") for _ in range(2))
    file = gr.DownloadButton(visible="hidden", elem_id="train-file")
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    states = gr.State(seen), gr.State("")
    return left, Parts(shown, *buttons, *others, file, news, sent, *states, library, texts.switched)


def button(texts: page.Texts, key: str, **more: Any) -> gr.Button:
    """A button that says that string."""
    made = gr.Button(**more)
    texts.add(made, value=key)
    return made


def lay_out_run(
    texts: page.Texts, add: Callable[..., Any]
) -> tuple[gr.Button, gr.Button, gr.Button, gr.Button]:
    """How the chosen run stands, its curves, what is inside of it, its epochs, its mistakes."""
    texts.heading("train.chosen")
    words = text.words("train.", "dataset.", "problem.", "tab.")
    add(Report, "card", words=words, elem_id="train-card")
    with gr.Row(elem_classes="cd-buttons"):
        add(gr.Button, "go", elem_id="train-go")
        texts.add(add(gr.Button, "stop", elem_id="train-stop"), value="train.stop")
        reuse = button(texts, "train.reuse")
        texts.add(add(gr.Button, "save", elem_id="train-save"), value="train.download")
        texts.add(add(gr.Button, "report", elem_id="train-report"), value="report.button")
    with add(gr.Row, "rates", elem_classes="cd-buttons"):
        add(gr.Markdown, "rate")
        halve, double = button(texts, "train.lr_halve"), button(texts, "train.lr_double")
    add(Curves, "curves", words=text.words("train.", "dataset."), elem_id="train-curves")
    add(gr.Markdown, "differences", elem_id="train-differences")
    texts.heading("train.inside")
    add(gr.Markdown, "inside_lead", elem_classes="cd-hint")
    words = text.words("train.", "dataset.", "explain.stage.")
    add(Curves, "inside", words=words, elem_id="train-inside")
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        add(PictureGroups, "filters", words=text.words("train.at_epoch"), elem_id="train-filters")
    texts.add(fold, label="train.inside_filters")
    lesson = button(texts, "train.lesson", elem_id="train-lesson")
    texts.quiet("train.lesson_lead")
    texts.heading("train.replay")
    texts.line("train.replay_lead")
    slider = add(gr.Slider, "epoch", minimum=1, step=1, buttons=[], elem_id="train-epoch")
    texts.add(slider, label="train.replay_epoch")
    words = text.words("train.", "class.", "steps.", "problem.")
    add(PictureGroups, "moment", words=words, elem_id="train-moment")
    texts.heading("train.outcome")
    words = text.words("train.test", "class.", "problem.")
    add(ConfusionMatrix, "matrix", words=words, elem_id="train-matrix")
    words = text.words("train.", "class.", "explain.", "problem.")
    add(PictureGroups, "cell", words=words, elem_id="train-cell")
    with add(gr.Accordion, "log_fold", open=False, elem_classes="cd-fold") as fold:
        add(gr.Code, "log", interactive=False, show_label=False, max_lines=20)
    texts.add(fold, label="train.log")
    return halve, double, reuse, lesson


def lay_out_runs(
    texts: page.Texts, add: Callable[..., Any]
) -> tuple[gr.UploadButton, Report, gr.Button]:
    """All runs, those beside the chosen one, and models as files."""
    texts.heading("train.runs")
    listed = add(gr.Radio, "runs", show_label=False, elem_id="train-runs", interactive=True)
    texts.add(listed, label="train.runs")
    several = {"multiselect": True, "max_choices": look.MOST, "interactive": True}
    compared = add(gr.Dropdown, "compared", **several, elem_id="train-compared")
    texts.add(compared, label="train.compare", info="train.compare_hint")
    add(gr.Button, "remove", elem_id="train-remove")
    adopt = gr.UploadButton(elem_id="train-adopt")
    texts.add(adopt, label="train.adopt")
    adopted = Report(words=text.words("train.adopt", "problem."), elem_id="train-adopted")
    library = add(gr.Dropdown, "library", filterable=False, interactive=True)
    texts.add(library, label="train.shelf")
    return adopt, adopted, button(texts, "train.shelf_download", elem_id="train-save-model")


def wire_up(
    context: Context, item: gr.Tab, left: form.Form, parts: Parts, frame: page.Frame
) -> None:
    """What happens when a run is chosen, told something, or goes on."""
    shown, visitor, here = parts.shown, frame.visitor, left.here

    run, about = shown["runs"], [shown["runs"], visitor]
    watched = [run, shown["compared"], shown["epoch"], shown["library"], parts.news]

    def looked(*given: Any) -> Any:
        try:
            seen, new = look.look(context, *given)
        except (Refused, PlaceError) as error:
            return {shown["card"]: own.refusal(error)}
        updated = {shown[name]: gr.update(**pickable(one)) for name, one in new.items()}
        return {parts.seen: seen, **updated}

    def opened_cell(run: str, visitor: str, event: gr.EventData) -> Any:
        return look.opened_cell(context, {**event._data, "run": run, "visitor": visitor})

    def sent(run: str, visitor: str, event: gr.EventData) -> str:
        return outcome.sent(context, {**event._data, "run": run, "visitor": visitor})

    gr.on(
        [
            *(shown["timer"].tick, run.input, shown["compared"].input, shown["epoch"].input),
            *(parts.news.change, parts.library.click, parts.switch.input, item.select),
        ],
        looked,
        [*watched, visitor, parts.seen, here],
        [parts.seen, *shown.values()],
        js=HERE,
        **LAST,
    )
    told = [shown["card"], parts.news]
    for part, action, more in (
        (shown["go"], "go", {}),
        (shown["stop"], "stop", {}),
        (parts.halve, "lr", {"factor": runs.LR_CHANGES[0]}),
        (parts.double, "lr", {"factor": runs.LR_CHANGES[1]}),
    ):
        part.click(partial(look.commanded, context, action, **more), about, told, **LAST)
    parts.lesson.click(
        partial(look.lesson, context), visitor, told, **{**LAST, "trigger_mode": "once"}
    )
    shown["remove"].click(
        partial(look.removed, context),
        [parts.sure, run, visitor, here],
        [parts.sure, shown["remove"], *told],
        js=HERE,
        **LAST,
    )
    shown["matrix"].select(opened_cell, about, shown["cell"], **EACH)
    shown["cell"].select(sent, about, parts.sent, **EACH).then(
        None, parts.sent, None, js="(sent) => { convdemo.explain(JSON.parse(sent)); }"
    )
    parts.adopt.upload(
        partial(look.adopted, context), [parts.adopt, visitor], parts.adopted, **LAST
    ).then(
        None, None, None, js="() => { document.dispatchEvent(new CustomEvent('convdemo:shelf')); }"
    )
    fetch = "() => { setTimeout(() => document.querySelector('#train-file').click()); }"
    for part, source, of_run, where in (
        (shown["save"], run, True, shown["card"]),
        (parts.save_model, shown["library"], False, parts.adopted),
    ):
        part.click(
            partial(look.saved, context, of_run), [source, visitor], [parts.file, where], **QUICK
        ).then(None, None, None, js=fetch)
    shown["report"].click(
        partial(look.reported, context),
        [run, visitor, here],
        [parts.file, shown["report"], shown["card"]],
        js=HERE,
        concurrency_limit=1,  # it draws for a second or two
        concurrency_id="report",
        **QUICK,
    ).then(None, None, None, js=fetch)
    form.wire_up(context, left, frame, parts.news, (parts.reuse, run))


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoints."""

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        context.scheduler.warm_up()
        left, parts = lay_out(context, texts, visit)
        wire_up(context, item, left, parts, frame)
        for fold in (race, rates):
            fold.build(context, texts, frame.visitor, left)

    frame.when_opened(item, draw)
    endpoint.build(context)
