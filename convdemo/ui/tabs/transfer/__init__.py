"""The Transfer tab: your own classes from a handful of photos, in seconds, and used at once.

Begin with this module: the layout, the events. Behind it are the photos (photos), what a training
is asked to be (plans), the trainings (bench), what came of them (results), a network in use (use)
and the endpoint for programs (endpoint).
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from gradio.components import Component
from gradio.data_classes import ImageData
from gradio.processing_utils import move_files_to_cache

from convdemo.data.custom import JOB
from convdemo.data.image_folders.findings import PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.errors import Problem
from convdemo.files import PlaceError
from convdemo.inference.inputs import SCRATCH
from convdemo.ui import answers, page, picture_input, text, wire
from convdemo.ui.components import Answer, Curves, PhotoAlbum, ProbabilityBars
from convdemo.ui.context import Context
from convdemo.ui.picture_input import PictureInput
from convdemo.ui.tabs.transfer import endpoint, plans, results, use
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.tabs.transfer.photos import sentence, shown
from convdemo.ui.tabs.transfer.plans import MODES, RATES, Settings
from convdemo.ui.wire import Refused

NAME = "transfer"
ANSWER = "transfer-answer"  # the id of the display of answers
WORDS = ("answer.", "class.", "dataset.", "drop.", "kind", "note.", "picture.", "problem.")
ALBUM = ("finding.", "kind", "problem.", "transfer.added", "transfer.empty", "transfer.part.")
ALBUM += ("transfer.split", "transfer.zip")
# Those come first whose kind the drawn classes have; a boot is like nothing among them.
FIRST = ("sandals.jpg", "bag.jpg")
EVERY = 0.4  # seconds between two looks at what goes on
LIVE = 0.2  # seconds between two frames of the camera
LINE = '<p role="status">{{value}}</p>'


def learning(bench: Bench, visitor: str, language: str, *given: Any) -> list[Any]:
    """How to learn, as it stands with these settings: what `Parts.how` shows."""
    settings, seconds = Settings(*given), {}
    with suppress(Refused, PhotoSetError):
        seconds = bench.forecasts(bench.desk(visitor, language).photos(), settings.asked())
    return in_words(bench, visitor, language, settings, seconds)


def in_words(
    bench: Bench, visitor: str, language: str, settings: Settings, seconds: Mapping[str, float]
) -> list[Any]:
    """The same, with the seconds that each base and network would take where they are known."""
    said = partial(text.say, language)
    scratch, tuned = settings.mode == "scratch", settings.mode == "finetune"
    job, here = bench.job(visitor), scratch or plans.is_here(settings.base)
    time = seconds.get(settings.network if scratch else settings.base)
    words = None if time is None else plans.in_words(language, time)
    stages, parts = gr.update(visible=False), ""
    if tuned:
        extent = plans.extent_of(settings.base, settings.unfreeze)
        choices = plans.stage_choices(language, settings.base)
        stages = gr.update(choices=choices, value=extent.stage, visible=True)
        counts = {name: answers.short(getattr(extent, name)) for name in ("trained", "frozen")}
        parts = said("transfer.parts", **counts)
    ready = isinstance(bench.desk(visitor, language).album.gathered(), PhotoSet)
    return [
        gr.update(choices=[(said(f"transfer.mode.{one}"), one) for one in MODES]),
        said(f"transfer.mode.{settings.mode}.why"),
        gr.update(
            choices=plans.base_choices(bench.context, language, seconds), visible=not scratch
        ),
        gr.update(choices=plans.network_choices(language, seconds), visible=scratch),
        *fetching(bench, "" if here else settings.base, language),
        gr.update(visible=settings.mode == "features"),
        stages,
        *[gr.update(visible=tuned)] * 2,
        *[gr.update(visible=scratch)] * 3,
        parts,
        gr.update(visible=not scratch),
        gr.update(
            value=said("transfer.train_time", time=words) if words else said("transfer.train"),
            interactive=ready and here and not (job and job.open),
        ),
    ]


def fetching(bench: Bench, base: str, language: str) -> list[Any]:
    """The button that fetches a base, or stops that, and how far it is."""
    if not base:
        return [gr.update(visible=False), {"state": "", "open": False}]
    state = bench.fetching(base, language)
    megabytes = plans.BASES[base].photos.megabytes
    key = "explain.fetch_stop" if state["open"] else "explain.fetch"
    return [gr.update(value=text.say(language, key, megabytes=megabytes), visible=True), state]


def came(bench: Bench, visitor: str, language: str, chosen: str | None) -> list[Any]:
    """All results and more of the one that is chosen, else the last: what `Parts.came` shows."""
    found = bench.came(visitor)
    one = next((one for one in found if one.id == chosen), found[-1] if found else None)
    photos = bench.desk(visitor, language).album.gathered()
    digest = "" if isinstance(photos, PhotoSetError) else photos.digest
    nothing = "" if found else text.say(language, "transfer.nothing_yet")
    number, misread = ("", []) if one is None else results.misread(language, one)
    return [
        nothing,
        gr.update(
            choices=results.choices(language, found), value=one and one.id, visible=bool(found)
        ),
        results.intervals(language, found),
        "" if one is None else results.of_mistakes(language, found, one),
        number,
        gr.update(value=misread, visible=bool(misread)),
        results.advice(language, found, digest),
        gr.update(value="" if one is None else f"# {one.command}\n\n{one.code}"),
    ]


def models(bench: Bench, visitor: str, language: str, chosen: str | None) -> list[Any]:
    """The visitor's models of own classes, the newest first: what `Parts.used` shows."""
    cards = [
        one.card for one in bench.context.entries(JOB, bench.context.visitor({"visitor": visitor}))
    ]
    newest = [one.name for one in bench.came(visitor)]
    cards.sort(key=lambda card: -newest.index(card.name) if card.name in newest else 1)
    names = [card.name for card in cards]
    name = chosen if chosen in names else next(iter(names), None)
    options = [(answers.model_option(card), card.name) for card in cards]
    kept = text.say(language, "transfer.shelved", name=f"@|{name}") if name else ""
    return [
        "" if name else text.say(language, "transfer.no_model"),
        gr.update(visible=bool(name)),
        gr.update(choices=options, value=name),
        kept,
    ]


class Parts(NamedTuple):
    """What a visitor sees and uses, by the function that says what is in it."""

    album: PhotoAlbum
    settings: list[Any]  # as `Settings`
    how: list[Any]  # `learning`
    train: gr.Button
    problem: gr.HTML
    going: list[Any]  # `following`
    fetch: gr.Button
    stop: gr.Button
    timer: gr.Timer
    ended: gr.State  # another value whenever something is over
    used: list[Any]  # `models`
    model: gr.Dropdown
    picture: PictureInput
    examples: gr.Gallery
    bars: ProbabilityBars
    live: gr.Image
    why: gr.Button
    exports: dict[str, gr.Button]
    told: gr.HTML
    file: gr.DownloadButton
    came: list[Any]  # `came`
    chosen: gr.Radio
    misread: gr.Gallery
    source: gr.Textbox
    sent: gr.Textbox  # what goes to Explain
    library: gr.Button  # a script presses it when there may be other models


def following(bench: Bench, visitor: str, language: str, base: str, ended: Any) -> list[Any]:
    """What goes on: what `Parts.going` shows, whether to look again, and what is over."""
    desk, job = bench.desk(visitor, language), bench.job(visitor)
    away = "" if plans.is_here(base) else base
    fetch, state = fetching(bench, away, language)
    open_ = bool(job and job.open)
    now = [job and (job.id, job.open), desk.reading, away, state["open"]]
    charts = bench.curves(visitor)
    read = shown(desk, []) if desk.reading or (ended and ended[1]) else gr.skip()
    active = gr.update(active=open_ or desk.reading or state["open"])
    stop = gr.update(visible=open_)
    return [bench.going(visitor, language), stop, charts, fetch, state, read, active, now]


def lay_out(context: Context, bench: Bench, texts: page.Texts, visitor: str) -> Parts:
    """Photos, how to learn them and the network in use side by side; below, what came of it."""
    language, first = texts.language, Settings(base=plans.bases()[0])
    files = ordered_examples()
    with gr.Row(elem_classes=["cd-columns", "cd-transfer"]):
        with gr.Column():
            texts.heading("transfer.photos")
            words = text.words(*ALBUM, "transfer.album.", drop="transfer.album.")
            desk = bench.desk(visitor, language)
            album = PhotoAlbum(shown(desk), words=words, elem_id="transfer-album")
        with gr.Column(elem_classes="cd-how"):
            texts.heading("transfer.how")
            mode = gr.Radio(value=first.mode, elem_classes="cd-modes", container=False)
            why = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
            base = gr.Radio(value=first.base, elem_classes="cd-rows")
            network = gr.Radio(value=first.network, elem_classes="cd-rows", visible=False)
            fetch, fetched = (
                gr.Button(variant="primary", visible=False),
                gr.HTML(**page.template("transfer_going")),
            )
            copies = gr.Slider(1, plans.MOST_COPIES, first.copies, step=1)
            unfreeze = gr.Dropdown(filterable=False, visible=False)
            most = plans.most_epochs(context)
            epochs = gr.Slider(1, most, first.epochs, step=1, visible=False)
            rates = [(f"{rate:g}", rate) for rate in RATES]
            lr = gr.Dropdown(rates, value=first.lr, filterable=False, visible=False)
            recipe = min(plans.usual_epochs(first.network), most)
            scratch_epochs = gr.Slider(1, most, recipe, step=1, visible=False)
            augment, dropout = (gr.Checkbox(True, visible=False) for _ in range(2))
            parts = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
            with gr.Accordion(open=False, elem_classes="cd-more-fold") as more:
                texts.line("transfer.traps")
                batch_norm, normalisation = gr.Checkbox(), gr.Checkbox()
            train = gr.Button(variant="primary", elem_classes="cd-train-button")
            problem = gr.HTML("", html_template=LINE, elem_classes="cd-line")
            going = gr.HTML(**page.template("transfer_going"), elem_classes="cd-line cd-going-on")
            stop = gr.Button(visible=False)
            curves = Curves(words=text.words("transfer.chart."))
        with gr.Column(elem_classes="cd-use"):
            texts.heading("transfer.use")
            nothing = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
            with gr.Column(visible=False) as using:
                model = gr.Dropdown(filterable=False)
                picture = PictureInput(
                    value=files[0], elem_id="transfer-picture", answer=ANSWER, height=260
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
                bars = ProbabilityBars(words=text.words(*WORDS), elem_id=ANSWER)
                explain = gr.Button()
                with gr.Accordion(open=False, elem_classes="cd-fold") as fold_live:
                    live = gr.Image(
                        sources=["webcam"],
                        streaming=True,
                        type="numpy",
                        show_label=False,
                        height=260,
                    )
                with gr.Accordion(open=False, elem_classes="cd-fold") as hand_out:
                    kept = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
                    with gr.Row():
                        exports = {form: gr.Button() for form in use.FORMS}
                    told = gr.HTML("", html_template=LINE, elem_classes="cd-line")
                    file = gr.DownloadButton(variant="primary", visible=False)
    texts.line("transfer.try")
    texts.heading("transfer.results")
    empty = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
    with gr.Row():
        with gr.Column():
            chosen = gr.Radio(visible=False, elem_classes="cd-rows cd-came")
        with gr.Column():
            intervals = gr.HTML(**page.template("transfer_intervals"), elem_classes="cd-intervals")
            mistakes = gr.HTML("", html_template=LINE, elem_classes="cd-line")
            number = gr.HTML("", html_template=LINE, elem_classes="cd-line cd-quiet")
            misread = gr.Gallery(
                visible=False,
                columns=5,
                height="auto",
                object_fit="cover",
                allow_preview=False,
                show_label=False,
                buttons=[],
                elem_classes="cd-misread",
            )
    texts.heading("transfer.advice")
    advice = gr.HTML(**page.template("transfer_advice"), elem_classes="cd-advice")
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        code = gr.Code(language="python", interactive=False, show_label=False)
    for key, control in {
        "copies": copies,
        "unfreeze": unfreeze,
        "epochs": epochs,
        "lr": lr,
        "augment": augment,
        "dropout": dropout,
    }.items():
        texts.add(control, label=f"transfer.set.{key}", info=f"transfer.set.{key}.why")
    texts.add(scratch_epochs, label="transfer.set.epochs", info="transfer.set.epochs.why")
    for control, key in ((batch_norm, "batch_norm"), (normalisation, "normalisation")):
        texts.add(control, label=f"transfer.trap.{key}", info=f"transfer.trap.{key}.why")
    for control, key in (
        (mode, "mode"),
        (base, "bases"),
        (network, "bases"),
        (more, "more"),
        (chosen, "results"),
        (fold_live, "live"),
        (hand_out, "export"),
        (fold, "code"),
    ):
        texts.add(control, label=f"transfer.{key}")
    for control, key in ((stop, "stop"), (explain, "explain")):
        texts.add(control, value=f"transfer.{key}")
    for form, button in exports.items():
        texts.add(button, value=f"transfer.export.{form}")
    texts.add(file, label="transfer.export_save")
    texts.add(model, label="answer.model")
    texts.add(examples, label="picture.examples")
    texts.add(picture, label="picture.yours", alt_text="picture.yours", placeholder="picture.drop")
    timer, ended = (
        gr.Timer(EVERY),
        gr.State(None),
    )  # which looks at once, and once the seconds are known
    source, sent = (gr.Textbox(one, visible="hidden") for one in (of_example(files[0]), ""))
    library = gr.Button(visible="hidden", elem_classes="cd-library")
    settings = [
        mode,
        base,
        network,
        copies,
        unfreeze,
        epochs,
        lr,
        scratch_epochs,
        augment,
        dropout,
        batch_norm,
        normalisation,
    ]
    how = [
        mode,
        why,
        base,
        network,
        fetch,
        fetched,
        copies,
        unfreeze,
        epochs,
        lr,
        scratch_epochs,
        augment,
        dropout,
        parts,
        more,
        train,
    ]
    goes = [going, stop, curves, fetch, fetched, album, timer, ended]
    found = [empty, chosen, intervals, mistakes, number, misread, advice, code]
    used = [nothing, using, model, kept]
    bench.news(visitor)
    last = next((one.name for one in bench.came(visitor)[::-1] if one.name), None)
    fill(how, in_words(bench, visitor, language, first, {}))
    fill(goes[:5], following(bench, visitor, language, first.base, None)[:5])
    fill(found, came(bench, visitor, language, None))
    fill(used, models(bench, visitor, language, last))
    return Parts(
        album,
        settings,
        how,
        train,
        problem,
        goes,
        fetch,
        stop,
        timer,
        ended,
        used,
        model,
        picture,
        examples,
        bars,
        live,
        explain,
        exports,
        told,
        file,
        found,
        chosen,
        misread,
        source,
        sent,
        library,
    )


def fill(controls: list[Any], updates: list[Any]) -> None:
    """Let controls begin with what an event would make of them."""
    for control, update in zip(controls, updates, strict=True):
        if not isinstance(update, dict) or "__type__" not in update:
            update = {"value": update}
        for name, value in update.items():
            if name == "value" and isinstance(control, Component):
                made = control.postprocess(value)
                value = move_files_to_cache(made, control, postprocess=True, keep_in_cache=True)
            setattr(control, name, value)


def ordered_examples() -> list[Any]:
    """Pictures to try a network on."""
    files = page.examples(use.EXAMPLES)
    return [files[name] for name in sorted(files, key=lambda name: name not in FIRST)]


def of_example(file: Any) -> str:
    """An example as `requested_picture` takes it."""
    return json.dumps({"example": file.name, "job": use.EXAMPLES})


def wire_up(bench: Bench, parts: Parts, frame: page.Frame) -> None:
    """What happens when something is brought, chosen or pressed, and while something goes on."""
    files, who = ordered_examples(), [frame.visitor, frame.language]
    base = parts.settings[1]

    def changed(event: gr.EventData, visitor: str) -> Any:
        asked = event._data if isinstance(event._data, dict) else {}
        return bench.desks.change(bench.owner(visitor), asked)

    def begin(visitor: str, language: str, *given: Any) -> str:
        try:
            bench.train(visitor, Settings(*given).asked())
        except (Refused, Problem, PlaceError) as error:
            key, values = sentence(error)
            return text.say(language, key, **values)
        return ""

    def everything(
        visitor: str, language: str, model: str | None, chosen: str | None, *given: Any
    ) -> Any:
        new = bench.news(visitor)
        chosen, name = (new.id, new.name or model) if new else (chosen, model)
        return [
            *learning(bench, visitor, language, *given),
            *came(bench, visitor, language, chosen),
            *models(bench, visitor, language, name),
        ]

    def again(
        visitor: str,
        language: str,
        model: str | None,
        chosen: str | None,
        base: str,
        ended: Any,
        *given: Any,
    ) -> Any:
        return [
            *learning(bench, visitor, language, *given),
            *came(bench, visitor, language, chosen),
            *models(bench, visitor, language, model),
            *following(bench, visitor, language, base, ended)[:5],
        ]

    def of_one(visitor: str, language: str, chosen: str, model: str | None) -> Any:
        one = next((one for one in bench.came(visitor) if one.id == chosen), None)
        return [
            *came(bench, visitor, language, chosen),
            *models(bench, visitor, language, (one and one.name) or model),
        ]

    def brought(file: ImageData | None) -> Any:
        if file is None:
            return None, ""
        turn = secrets.token_hex(4)  # the same file again is another question
        name = (file.orig_name or "picture")[:200]
        return picture_input.shown(file), json.dumps(
            {"upload": file.path, "name": name, "turn": turn}
        )

    def picked(event: gr.SelectData) -> Any:
        known = isinstance(event.index, int) and 0 <= event.index < len(files)
        file = files[event.index if known else 0]
        return str(file), of_example(file)

    def read(source: str, model: str | None, visitor: str) -> Any:
        found = use.answer(bench, model, source, visitor)
        return (None if source and not found.probabilities else gr.skip()), found

    def watched(seen: np.ndarray | None, model: str | None, visitor: str) -> Answer:
        return use.frame(bench, model, seen, visitor)

    def why(picture: Any, source: str, seen: np.ndarray | None, model: str | None) -> str:
        if seen is not None:
            return use.to_explain(seen, model)
        return (
            json.dumps(
                {"picture": json.loads(source), "model": model, "turn": secrets.token_hex(4)}
            )
            if picture
            else ""
        )

    def misread(event: gr.SelectData, visitor: str, chosen: str) -> str:
        try:
            pixels, model = bench.photo(
                visitor, chosen, event.index if isinstance(event.index, int) else -1
            )
        except Refused:
            return ""
        return use.to_explain(pixels, model) if model else ""

    def export(form: str, model: str | None, language: str, visitor: str) -> Iterator[Any]:
        for words, path in use.export(bench, model, form, language, visitor):
            yield words, gr.update(value=path, visible=path is not None)

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    act: dict[str, Any] = {**private, "trigger_mode": "always_last", "concurrency_limit": 8}
    look = [*who, base, parts.ended]
    follow = partial(following, bench)
    how = partial(learning, bench)
    parts.album.input(
        changed, frame.visitor, parts.album, **private, trigger_mode="multiple", concurrency_limit=8
    ).then(follow, look, parts.going, **act).then(how, [*who, *parts.settings], parts.how, **act)
    gr.on([one.input for one in parts.settings], how, [*who, *parts.settings], parts.how, **act)
    network, scratch_epochs = parts.settings[2], parts.settings[7]
    network.input(
        lambda name: min(plans.usual_epochs(name), plans.most_epochs(bench.context)),
        network,
        scratch_epochs,
        **act,
    )
    for press, do, asked in (
        (parts.train, begin, [*who, *parts.settings]),
        (parts.stop, bench.stop, [frame.visitor]),
        (parts.fetch, bench.fetch_or_stop, [base]),
    ):
        told = [parts.problem] if press is parts.train else None
        press.click(do, asked, told, **act).then(follow, look, parts.going, **act).then(
            how, [*who, *parts.settings], parts.how, **act
        )
    parts.timer.tick(follow, look, parts.going, **act)
    parts.ended.change(
        everything,
        [*who, parts.model, parts.chosen, *parts.settings],
        [*parts.how, *parts.came, *parts.used],
        **act,
    ).then(None, js="() => { document.dispatchEvent(new Event('convdemo:shelf')); }")
    language = [*who, parts.model, parts.chosen, base, parts.ended, *parts.settings]
    shown_again = [*parts.how, *parts.came, *parts.used, *parts.going[:5]]
    frame.language.change(again, language, shown_again, **act)
    parts.chosen.input(of_one, [*who, parts.chosen, parts.model], [*parts.came, *parts.used], **act)
    picture = [parts.picture, parts.source]
    parts.picture.input(brought, parts.picture, picture, js=picture_input.UNLESS_REMOVED, **act)
    parts.examples.select(picked, None, picture, **act)
    pool: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "prediction"}
    gr.on(
        [parts.source.change, parts.model.change],
        read,
        [parts.source, parts.model, frame.visitor],
        [parts.picture, parts.bars],
        trigger_mode="always_last",
        **pool,
        **private,
    )
    parts.live.stream(
        watched,
        [parts.live, parts.model, frame.visitor],
        parts.bars,
        stream_every=LIVE,
        time_limit=300,
        concurrency_limit=4,
        **private,
    )
    parts.why.click(why, [parts.picture, parts.source, parts.live, parts.model], parts.sent, **act)
    parts.misread.select(misread, [frame.visitor, parts.chosen], parts.sent, **act)
    parts.sent.change(
        None, parts.sent, js="(sent) => { sent && convdemo.explain(JSON.parse(sent)); }"
    )
    for form, button in parts.exports.items():
        button.click(
            partial(export, form),
            [parts.model, frame.language, frame.visitor],
            [parts.told, parts.file],
            concurrency_limit=1,
            concurrency_id="transfer-export",
            **private,
        )
    parts.library.click(partial(models, bench), [*who, parts.model], parts.used, **act)


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""
    bench = Bench(context)

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        parts = lay_out(context, bench, texts, visit.visitor)
        wire_up(bench, parts, frame)

    frame.when_opened(item, draw)
    endpoint.build(context, bench)
