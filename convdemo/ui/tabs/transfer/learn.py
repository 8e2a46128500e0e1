"""How to learn: the three ways with their settings and seconds, a training as it goes, Stop."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import gradio as gr

from convdemo.data.image_folders.findings import PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.errors import Problem
from convdemo.files import PlaceError
from convdemo.ui import answers, long_work, page, text
from convdemo.ui.backbone_store import fetched
from convdemo.ui.components import Chart, Curves, Line, WorkLine
from convdemo.ui.tabs.transfer import plans
from convdemo.ui.tabs.transfer.bench import Bench, fill
from convdemo.ui.tabs.transfer.photos import sentence, shown
from convdemo.ui.tabs.transfer.plans import MODES, RATES, Settings
from convdemo.ui.wire import Refused

FETCHED = "explain.fetching_label"
EVERY = 0.4  # seconds between two looks at what goes on
LINE: dict[str, Any] = {"value": "", "html_template": '<p role="status">{{value}}</p>'}
HIDDEN: dict[str, Any] = {"visible": False}
ASKED: dict[str, Any] = {"interactive": True}  # which Gradio guesses where it renders later
NOTHING: dict[str, Any] = {"state": "", "open": False}


def learning(bench: Bench, visitor: str, language: str, *given: Any) -> list[Any]:
    """How to learn, as it stands with these settings: what `Learn.how` shows."""
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
    megabytes = 0 if here else plans.BASES[settings.base].photos.megabytes
    took = seconds.get(settings.network if scratch else settings.base)
    train = said("transfer.train")
    if took is not None:
        train = said("transfer.train_time", time=plans.in_words(language, took))
    ready = isinstance(bench.desk(visitor, language).album.gathered(), PhotoSet)
    stages, parts = gr.update(visible=False), ""
    if tuned:
        extent = plans.extent_of(settings.base, settings.unfreeze)
        choices = plans.stage_choices(language, settings.base)
        value: Any = {} if extent.stage == settings.unfreeze else {"value": extent.stage}
        stages = gr.update(choices=choices, visible=True, **value)
        counts = {name: answers.short(getattr(extent, name)) for name in ("trained", "frozen")}
        parts = said("transfer.parts", **counts)
    bases = plans.base_choices(bench.context, language, seconds)
    return [
        gr.update(choices=[(said(f"transfer.mode.{one}"), one) for one in MODES]),
        said(f"transfer.mode.{settings.mode}.why"),
        gr.update(choices=bases, visible=not scratch),
        gr.update(choices=plans.network_choices(language, seconds), visible=scratch),
        gr.update(value=said("explain.fetch", megabytes=megabytes), visible=not here),
        gr.update(visible=settings.mode == "features"),
        stages,
        *[gr.update(visible=tuned)] * 2,
        *[gr.update(visible=scratch)] * 3,
        parts,
        gr.update(visible=not scratch),
        gr.update(value=train, interactive=ready and here and not (job and job.open)),
    ]


def going(bench: Bench, visitor: str, language: str) -> dict[str, Any]:
    """How the visitor's training stands."""
    job = bench.job(visitor)
    if job is None:
        return NOTHING
    begins = job.status == "training" and not job.done  # how long that takes nobody knows
    key = f"transfer.now.{'begins' if begins else job.status}"
    values = {"title": f"@|{job.plan.photos.title}", "place": bench.jobs.place(job)}
    values |= {"done": job.done, "of": job.of}
    if job.problem is not None:
        key, values = sentence(job.problem)
    share = job.done / job.of if job.of else 0.0
    return {
        "state": text.say(language, key, **values),
        "open": job.open,
        "share": 0.8 * share if job.status == "features" else share,
        "label": text.say(language, "transfer.progress"),
        "left": _left(language, None if begins else job.seconds_left),
    }


def _left(language: str, seconds: float | None) -> str:
    if seconds is None:
        return ""
    return text.say(language, "transfer.left", time=plans.in_words(language, seconds))


def curves(bench: Bench, visitor: str) -> list[Chart]:
    """Loss and accuracy of the visitor's training over the epochs, nothing without any."""
    job = bench.job(visitor)
    records = list(job.records) if job is not None else []
    most = max(1.0, *map(_along, records[-1:])) if records else 0.0

    def line(word: str, field: str, colour: int, *, faint: bool = False) -> Line:
        ends = records if faint else [one for one in records if one["val_loss"] is not None]
        points = [(_along(one), one[field]) for one in ends if one[field] is not None]
        x, y = tuple(one for one, _ in points), tuple(float(one) for _, one in points)
        return Line(f"transfer.chart.{word}", x, y, colour, faint)

    def chart(name: str, **more: Any) -> Chart:
        training = line("training", name, 1)
        lines = line("steps", name, 1, faint=True), training, line("validation", f"val_{name}", 0)
        words = f"transfer.chart.{name}", "transfer.chart.epochs"
        return Chart(lines, *words, x_range=(0, most), read="transfer.chart.at", **more)

    return [chart("loss"), chart("accuracy", y_unit="share", y_range=(0, 1))] if records else []


def _along(record: Mapping[str, Any]) -> float:
    """Where a record stands, in epochs."""
    whole = record["val_loss"] is not None
    return float(record["epoch"] if whole else record["step"] * record["epochs"] / record["steps"])


def following(bench: Bench, visitor: str, language: str, before: Any) -> list[Any]:
    """What goes on: what `Learn.goes` shows; whether to look again, and how all stands."""
    desk, job = bench.desk(visitor, language), bench.job(visitor)
    open_ = job is not None and job.open
    now = [job and [job.id, open_], desk.key, desk.album.version]
    news = desk.reading or before is None or before[1:3] != now[1:3]
    return [
        going(bench, visitor, language),
        gr.update(visible=open_),
        curves(bench, visitor),
        shown(desk, []) if news else gr.skip(),
        gr.update(active=open_ or desk.reading),
        now,
    ]


class Learn:
    """The controls of the middle column; `settings` are those of `Settings`."""

    def __init__(self, bench: Bench, texts: page.Texts, visit: page.Visit) -> None:
        visitor = visit.visitor
        first, most = Settings(base=plans.bases()[0]), plans.most_epochs(bench.context)
        recipe, hidden = min(plans.usual_epochs(first.network), most), HIDDEN
        rates = [(f"{rate:g}", rate) for rate in RATES]
        going = page.template("transfer_going")
        mode = gr.Radio(value=first.mode, **ASKED, container=False, elem_classes="cd-modes")
        why = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
        base = gr.Radio(value=first.base, **ASKED, elem_classes="cd-rows")
        network = gr.Radio(value=first.network, **ASKED, elem_classes="cd-rows", **hidden)
        self.fetch = gr.Button(variant="primary", **hidden)
        self.fetching = WorkLine(words=text.words("problem.", "explain.fetch"), does=FETCHED)
        copies = gr.Slider(1, plans.MOST_COPIES, first.copies, step=1, buttons=[], **ASKED)
        unfreeze = gr.Dropdown(filterable=False, **ASKED, **hidden)
        epochs = gr.Slider(1, most, first.epochs, step=1, buttons=[], **ASKED, **hidden)
        lr = gr.Dropdown(rates, value=first.lr, filterable=False, **ASKED, **hidden)
        self.recipe = gr.Slider(1, most, recipe, step=1, buttons=[], **ASKED, **hidden)
        augment, dropout = (gr.Checkbox(True, **ASKED, **hidden) for _ in range(2))
        parts = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
        with gr.Accordion(open=False, elem_classes="cd-more-fold") as more:
            texts.line("transfer.traps")
            batch_norm, normalisation = gr.Checkbox(**ASKED), gr.Checkbox(**ASKED)
        self.train = gr.Button(variant="primary", elem_classes="cd-train-button")
        self.problem = gr.HTML(**LINE, elem_classes="cd-line")
        now = gr.HTML(**going, elem_classes="cd-line cd-going-on")
        self.stop = gr.Button(**hidden)
        charts = Curves(words=text.words("transfer.chart."))
        self.timer, self.stands = (
            gr.Timer(EVERY),
            gr.State(None),
        )  # it looks at once, for the seconds
        self.base, self.network = base, network
        choices = [mode, base, network]
        tuning, scratch = [unfreeze, epochs, lr], [self.recipe, augment, dropout]
        self.settings = [*choices, copies, *tuning, *scratch, batch_norm, normalisation]
        self.how = [mode, why, base, network, self.fetch, copies, *tuning, *scratch]
        self.how += [parts, more, self.train]
        self.shown = [now, self.stop, charts]
        words = ("copies", "unfreeze", "epochs", "lr", "epochs", "augment", "dropout")
        for control, word in zip([copies, *tuning, *scratch], words, strict=True):
            texts.add(control, label=f"transfer.set.{word}", info=f"transfer.set.{word}.why")
        for control, word in ((batch_norm, "batch_norm"), (normalisation, "normalisation")):
            texts.add(control, label=f"transfer.trap.{word}", info=f"transfer.trap.{word}.why")
        named = ((mode, "mode"), (base, "bases"), (network, "bases"), (more, "more"))
        for control, word in named:
            texts.add(control, label=f"transfer.{word}")
        texts.add(self.stop, value="transfer.stop")
        offered: dict[str, Any] = {
            "mode": MODES,
            "base": plans.bases(),
            "network": tuple(plans.SCRATCH),
            "lr": RATES,
        }
        for word, control in zip(Settings._fields, self.settings, strict=True):
            if word == "unfreeze":
                offered[word] = [one.stage for one in plans.extents(base.value, 2)]
            visit.link.linked(word, control, offered.get(word))
        first = Settings(*(one.value for one in self.settings))
        fill(self.how, in_words(bench, visitor, texts.language, first, {}))
        fill(self.shown, following(bench, visitor, texts.language, None)[:3])

    def wire(
        self, bench: Bench, album: Any, change: Any, who: list[Any], act: dict[str, Any]
    ) -> None:
        """What happens when something is chosen or pressed, and while something goes on."""

        def begin(visitor: str, language: str, *given: Any) -> str:
            try:
                bench.train(visitor, Settings(*given).asked())
            except (Refused, Problem, PlaceError) as error:
                key, values = sentence(error)
                return text.say(language, key, **values)
            return ""

        def recipe(network: str) -> int:
            return min(plans.usual_epochs(network), plans.most_epochs(bench.context))

        goes = [*self.shown, album, self.timer, self.stands]
        follow = partial(following, bench), [*who, self.stands], goes
        how = partial(learning, bench), [*who, *self.settings], self.how
        arrived = gr.State(None)
        turn, line = (secrets.token_hex(8), "fetch"), (self.fetching, arrived)
        long_work.wire_up([self.fetch.click], fetched, [self.base], line, turn=turn)
        gr.on([*(one.input for one in self.settings), arrived.change], *how, **act)
        self.network.input(recipe, self.network, self.recipe, **act)
        for done in (
            change,
            self.train.click(begin, [*who, *self.settings], self.problem, **act),
            self.stop.click(bench.stop, who[0], None, **act),
        ):
            done.then(*follow, **act)
        self.timer.tick(*follow, **act)
