"""The Explain tab: look inside a network, and know how far to trust what one sees.

`look` reads a picture and shows every stage; each panel below is a module with its functions, its
layout and its wiring.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import gradio as gr

from convdemo.images.decode import PictureError
from convdemo.networks.backbones import BACKBONES
from convdemo.ui import answers, guard, lab_report, long_work, page, picture_choice, text, wire
from convdemo.ui.answers import POOL, WORDS
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.backbone_store import fetched
from convdemo.ui.components import (
    Answer,
    FeatureMaps,
    Heatmaps,
    Network,
    Preparation,
    ProbabilityBars,
    StepStrip,
    WorkLine,
)
from convdemo.ui.components.feature_maps import drawn_cell
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import JOBS, Context
from convdemo.ui.explain_request import EXAMPLES, ExplainRequest, subject
from convdemo.ui.picture_choice import PictureChoice
from convdemo.ui.tabs.explain import (
    api,
    crowd,
    dream,
    fool,
    maps,
    panel,
    trust,
    what_if,
    why,
    written,
)
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.wire import Refused

NAME = "explain"
ANSWER = "explain-answer"  # the column in which news of a picture is said
SAMPLED = ("mnist", "fashion_mnist", "cifar10")
USUAL = picture_choice.of_example(EXAMPLES[0], next(iter(page.examples(EXAMPLES[0]).values())))
MANY = 12  # classes from which on only the likeliest have a bar
BEST = 5  # of them


def models(context: Context, visitor: str, language: str = "en") -> list[tuple[str, str]]:
    """The visitor's models by what they read, and networks that others trained: (option, name)."""
    entries = {one.card.name: one for one in context.every_entry(visitor)}
    found = []
    for job in ("digits", *JOBS, "custom"):
        for entry in context.entries(job, visitor):
            card = entry.card
            if entries.pop(card.name, None) is not None:
                found.append((answers.model_option(card), card.name))
    for one in BACKBONES.values():
        if not one.package:  # that one is in the model library
            told = {"title": one.title, "megabytes": one.megabytes}
            found.append((text.say(language, "explain.backbone_option", **told), one.name))
    return found


def fitting(context: Context, source: str, model: str | None, visitor: str) -> str | None:
    """That model, or the first one for such pictures where it is for others."""
    request, model = wire.parsed(source), wire.text({"model": model}, "model")
    job = "digits" if "ink" in request else wire.text(request, "job")
    dataset = wire.text(request, "dataset") if "sample" in request else None
    if "sent" in request or (job is None and dataset is None):
        return model
    if model in BACKBONES and job == "photos":
        return model
    cards = {one.card.name: one.card for one in context.every_entry(visitor)}

    def fits(name: str | None) -> bool:
        card = cards.get(name or "")
        return card is not None and (card.dataset == dataset if dataset else card.job == job)

    names = [name for _, name in models(context, visitor)]
    return model if fits(model) else next(filter(fits, names), model)


def public(context: Context) -> list[str]:
    """The models that are everybody's: what a link may name."""
    shipped = context.shipped("digits", *JOBS)
    return [*shipped, *(one.name for one in BACKBONES.values() if not one.package)]


def known(context: Context, asked: str) -> str:
    """That model, if it is everybody's; ValueError for others."""
    return public(context)[public(context).index(asked)]


class Looked(NamedTuple):
    """What is read in a picture, the input, all stages, what panels go by, and code; None where
    the answer says why not.
    """

    answer: Answer
    input: Preparation | None
    maps: Network | None
    seen: Seen | None
    code: str
    model: str | None
    unreadable: bool = False


def look(context: Context, source: str, model: str | None, visitor: str) -> Looked:
    """What a model reads in the picture of a source, JSON as `requested_picture` takes it."""
    if not source or not model:
        return Looked(Answer({}, sentence="answer.none"), None, None, None, "", model)
    notes: list[Sentence] = []
    try:
        request = {**wire.parsed(source), "model": model, "visitor": visitor}
        visitor = context.visitor(request)
        try:
            query = subject(context, request)
        except Refused as error:
            if error.problem != "explain_package":
                raise
            # The network for photos cannot be read: another one takes its place.
            notes.append(("problem.explain_package", error.values))
            model = str(error.values["model"])
            request["model"] = model
            query = subject(context, request)
        asked = json.dumps({**wire.parsed(source), "model": model})
        found, seconds = maps.look(query, asked)
        filmed = why.run_of(context, request) is not None
    except guard.REFUSALS as error:
        told = replace(answers.refusal(error), of=source)
        unreadable = isinstance(error, PictureError)
        return Looked(told, None, None, None, "", model, unreadable)
    answer = replace(answered(query, seconds, notes), of=source)
    seen = seen_of(query, found, asked, filmed=filmed)
    channels, height, width = found.size
    size = {"channels": channels, "height": height, "width": width}
    caption = ("explain.seen" if channels == 1 else "explain.seen_channels", size)
    given = Preparation(found.picture, (), caption)
    return Looked(answer, given, found, seen, query.code + maps.CODE, model)


def answered(query: ExplainRequest, seconds: float, notes: list[Sentence]) -> Answer:
    """What is read, what the data set says, and a line about the model."""
    found = query.subject
    ranked = sorted(zip(found.probabilities, found.classes, strict=True), reverse=True)
    few = [name for _, name in ranked[:BEST]] if len(ranked) > MANY else found.classes
    every = dict(zip(found.classes, found.probabilities, strict=True))
    if query.label is not None:
        key = "explain.known_right" if query.label == found.label else "explain.known_wrong"
        notes.append((key, {"known": panel.named(query.label)}))
    card = found.card
    if card is not None and found.label in card.extra_classes:
        notes.append("explain.none_of_these")
    elif query.note:
        notes.append(f"note.{query.note}")
    elif card is not None and card.views != "single":
        notes.append("explain.single_view")
    took = f"{seconds * 1000:.{1 if seconds < 0.1 else 0}f}"
    details = (model_line(found.model, card), ("explain.computed", {"milliseconds": took}))
    shown = {name: every[name] for name in few}
    return Answer(shown, found.label, notes=tuple(notes), details=details)


def model_line(name: str, card: Any) -> Sentence:
    """How good a model is, or what others trained it with."""
    spec = BACKBONES.get(name)
    if spec is None:
        return answers.model_line(card)
    parameters = f"{spec.parameters / 1e6:.1f}M"
    return "explain.backbone_line", {"title": spec.title, "parameters": parameters}


def seen_of(query: ExplainRequest, found: Network, asked: str, *, filmed: bool) -> Seen:
    """What the panels go by."""
    one, card = query.subject, query.subject.card
    stages = []
    for stage in found.stages:
        channels, *sides = stage.values.shape
        stages.append((stage.name, channels, sides[0] * sides[1] if sides else 0))
    return Seen(
        asked,
        one.model,
        one.label,
        tuple(one.classes),
        tuple(one.probabilities),
        tuple(stages),
        one.cam_stage,
        filmed,
        tuple(card.extra_classes) if card else (),
    )


def filters(
    context: Context, language: str, seen: Seen, name: str | None, visitor: str
) -> tuple[Any, ...]:
    """What is said of the filters of a convolution, all convolutions, and the filters."""
    request = {"model": seen.model, "visitor": visitor}
    try:
        *_, names, _ = maps.filters_of(context, request)
        asked = {"convolution": name} if name in names else {}
        shown, told, names, name = maps.filters_of(context, {**request, **asked})
    except Refused as error:
        return guard.told(error), gr.Dropdown([], visible=False), ()
    choices, places = [], dict.fromkeys(names, 0)
    for one in names:
        stage = one.split(".")[0]
        places[stage] = places.get(stage, 0) + 1
        words = {**panel.stage_words(stage), "place": places[stage]}
        choices.append((text.say(language, "explain.filters.convolution", **words), one))
    return told, gr.Dropdown(choices, value=name, visible=True), shown


class Parts(NamedTuple):
    """What a visitor sees and uses above the panels."""

    choice: PictureChoice
    model: gr.Dropdown
    fetch: gr.Button
    fetching: WorkLine
    strip: StepStrip
    bars: ProbabilityBars
    maps: FeatureMaps
    library: gr.Button  # a script presses it when there may be other models


def lay_out(
    context: Context,
    texts: page.Texts,
    visit: page.Visit,
    first: Looked,
    begun: tuple[Any, str] | None,
    usual: str | None,
) -> Parts:
    """The input on the left, and what the network makes of it on the right."""

    def cell(payload: Any) -> dict[str, Any]:
        asked = wire.mapping(payload)
        about = wire.parsed(str(asked.get("of")))
        return drawn_cell(maps.cell(context, {**about, **asked, "visitor": visit.visitor}))

    words = text.words(*WORDS, "explain.")
    with gr.Row(elem_classes=["cd-columns", "cd-explain"]):
        with gr.Column():
            texts.heading("explain.title")
            model = gr.Dropdown(
                models(context, visit.visitor),
                value=first.model,
                interactive=True,
                filterable=False,
            )
            visit.link.written(model, "model", usual, public(context))
            choice = PictureChoice(
                context,
                texts,
                elem_id="explain-picture",
                answer=ANSWER,
                kinds={job: f"explain.job.{job}" for job in EXAMPLES},
                title="explain.picture",
                height=300,
                drawing="explain.drawing",
                datasets=SAMPLED,
                sampled="explain.samples",
                begun=begun,
            )
            visit.link.written(choice.source, "example", USUAL, leads=True)
        with gr.Column(elem_id=ANSWER):
            with gr.Row(elem_classes="cd-reading"):
                with gr.Column():
                    texts.heading("seen.title")
                    strip = StepStrip(first.input, words=words)
                with gr.Column():
                    texts.heading("answer.title")
                    bars = ProbabilityBars(first.answer, words=words, elem_id="explain-bars")
                    fetch = gr.Button(visible=False, variant="primary", elem_classes="cd-start")
                    fetching = WorkLine(words=words, does="explain.fetching_label")
            served = context.guard.served("cell", cell)
            shown = FeatureMaps(
                first.maps,
                cell=served,
                words=text.words("explain.stage.", drop="explain.") | words,
                elem_id="explain-maps",
            )
    texts.add(model, label="answer.model")
    texts.add(fetch, value="explain.fetch_now")
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    return Parts(choice, model, fetch, fetching, strip, bars, shown, library)


def wire_up(
    context: Context, parts: Parts, around: Around, code: gr.Code, visit: page.Visit
) -> None:
    """What happens when a picture or a model is brought, and when a stage is opened."""
    visitor, choice, seen = visit.visitor, parts.choice, around.seen

    def answered(source: str, model: str | None, *, fit: bool = False) -> Any:
        if fit and source:
            model = fitting(context, source, model, visitor)
        found = look(context, source, model, visitor)
        missing = (found.answer.sentence or "")[:1] == ("problem.explain_fetch",)
        return (
            None,
            None if found.unreadable else gr.skip(),
            found.model if fit or found.model != model else gr.skip(),
            gr.Button(visible=missing),
            found.input,
            found.answer,
            found.maps,
            found.seen,
            found.code,
        )

    outputs = [
        parts.fetching,
        choice.picture,
        parts.model,
        parts.fetch,
        parts.strip,
        parts.bars,
        parts.maps,
        seen,
        code,
    ]
    inputs = [choice.source, parts.model]
    arrived_at = gr.State(None)
    pooled = {**LAST, **POOL}
    choice.source.change(partial(answered, fit=True), inputs, outputs, **pooled)
    gr.on([parts.model.input, arrived_at.change], answered, inputs, outputs, **pooled)

    turn, shown = (around.visit, "fetch"), (parts.fetching, arrived_at)
    long_work.wire_up([parts.fetch.click], fetched, [parts.model], shown, turn=turn)

    def opened(event: gr.EventData) -> Any:
        """All maps of a stage, or one of them."""
        try:
            about = wire.mapping(event._data)
            of = str(about.get("of"))
            request = {**wire.parsed(of), **about, "visitor": visitor}
            return (maps.one_map if "channel" in about else maps.stage)(context, request, of)
        except guard.REFUSALS as error:
            return guard.told(error)

    # The display leaves out answers to what was asked before.
    parts.maps.select(opened, None, parts.maps, **{**EACH, "concurrency_limit": 8})

    def offered(chosen: str | None) -> gr.Dropdown:
        there = models(context, visitor)
        known = chosen in [name for _, name in there]
        return gr.Dropdown(there, value=chosen if known else there[0][1])

    parts.library.click(offered, parts.model, parts.model, **LAST)

    def arrived(sent: str) -> Any:
        image, source, model = arrival(context, sent, visitor)
        there = models(context, visitor)
        known = [] if model in [name for _, name in there] else [(model or "", model or "")]
        return image, source, gr.Dropdown([*there, *known], value=model)

    brought = [choice.picture, choice.source, parts.model]
    visit.arrivals.change(arrived, visit.arrivals, brought, **LAST)


def arrival(context: Context, sent: str, visitor: str) -> tuple[Any, str, str | None]:
    """What the control shows of what another tab sent, {"picture", "model"}; its source and its
    model.
    """
    asked = wire.parsed(sent)
    picture = dict(wire.mapping(asked.get("picture")))
    image = picture_choice.shown(context, picture, visitor)
    return image, json.dumps({**picture, "sent": asked.get("sent")}), wire.text(asked, "model")


def build_filters(around: Around) -> None:
    """The panel of the filters."""
    with panel.panel(around, "filters") as own:
        which = gr.Dropdown([], interactive=True, filterable=False, visible=False)
        shown = Heatmaps(words=text.words("explain.filters."), least=52, elem_id="explain-kernels")
    around.texts.add(which, label="explain.filters.which")

    def offered(language: str, seen: Seen, name: str | None) -> Any:
        return filters(around.context, language, seen, name, around.visitor)

    own.offer(offered, [own.line, which, shown], [which], [which.input])


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoints."""
    everyone = crowd.Crowd()

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        usual = next((name for _, name in models(context, visit.visitor)), None)
        if visit.arrived:
            image, source, model = arrival(context, visit.arrived, visit.visitor)
        else:
            image, source = picture_choice.linked(visit.link, *EXAMPLES) or (None, USUAL)
            fits = fitting(context, source, usual, visit.visitor)
            model = visit.link.take("model", fits, partial(known, context), "answer.model")
        first = look(context, source, model, visit.visitor)
        seen, spoken = gr.State(first.seen), gr.Textbox(visible="hidden")
        texts.tell(spoken)
        around = Around(context, texts, visit.visitor, spoken, seen, secrets.token_hex(8))
        begun = None if image is None else (image, source)
        parts = lay_out(context, texts, visit, first, begun, usual)
        build_filters(around)
        texts.line("explain.try")
        for one in (why, trust, dream, what_if, fool):
            one.build(around)
        crowd.build(around, everyone)
        panel.tell_all(around)
        with gr.Row(elem_classes="cd-saves"):
            shown = [parts.choice.source, parts.model, frame.visitor]
            lab_report.offer(texts, partial(written.report, context), shown, frame.language)
        code = texts.code("explain.code", first.code)
        wire_up(context, parts, around, code, visit)

    frame.when_opened(item, draw)
    api.build(context)
