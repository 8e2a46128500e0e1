"""A race of several settings from the same weights, below the runs.

Begin with `build`. What is raced is the network and the data set of the form.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.data.dataset import DataMissingError, ImageSet
from convdemo.errors import UserError
from convdemo.ui import long_work, page, snippet, text
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import Chart, Curves, Example, Line, Table, Worked, WorkLine
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import form, settings
from convdemo.ui.tabs.train.settings import spoken
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.training.race import Point, Runner

FILE = page.EXAMPLES / "race.json"  # tests/benchmarks/example_race.py makes it
AXES = ("step", "seconds")
FIELDS = ("optimizer", "lr", "batch", "norm")
NORMS = ("own", "with", "without")  # batch normalisation: as the network has it, ...
LENGTH = 10_000  # pictures that each sees, unless told otherwise
EPOCHS = 20  # at most, where there are fewer pictures
OFTEN = 0.5  # seconds between two looks at a race that goes on
PLACES = threading.Semaphore(1)  # races and searches are heavy: one at a time, beside other work
LANGUAGE = "(...all) => [...all.slice(0, -1), convdemo.language]"  # in place of the last input


@dataclass(frozen=True)
class Racer:
    """What one of them is set to; all else is the same for all."""

    optimizer: str = "sgd"
    lr: float = 0.05
    batch: int = 128
    norm: str = "own"


# The first ones are known by what differs.
RACES: dict[str, tuple[Racer, ...]] = {
    "optimizers": (Racer("plain_sgd"), Racer("sgd"), Racer("adam", 1e-3)),
    "rates": tuple(Racer(lr=lr) for lr in (0.0005, 0.005, 0.05, 0.5)),
    "batches": tuple(Racer("adam", 1e-3, batch) for batch in (16, 64, 256, 1024)),
    "norm": tuple(Racer("plain_sgd", 0.1, norm=norm) for norm in ("without", "with")),
    "six": (
        *(Racer("sgd"), Racer("nesterov"), Racer("rmsprop", 1e-3)),
        *(Racer("adam", 1e-3), Racer("adagrad", 0.01), Racer("adadelta", 1.0)),
    ),
}
FIRST = "optimizers"


@dataclass(frozen=True)
class Bounds:
    """The most that a race may take: racers, pictures that each sees, and seconds of it all."""

    racers: int
    pictures: tuple[int, ...]
    seconds: int


LOCAL = Bounds(6, (2_000, 5_000, LENGTH, 20_000, 50_000), 1200)
ON_SPACE = Bounds(4, (2_000, 5_000, LENGTH), 120)


def bounds(context: Context) -> Bounds:
    """What a race may take here."""
    return ON_SPACE if context.on_space else LOCAL


def plain(racer: Racer) -> dict[str, Any]:
    """Settings of a TrainConfig in which nothing but what a racer has makes a difference."""
    return {
        "optimizer": racer.optimizer,
        "lr": racer.lr,
        "batch": racer.batch,
        "weight_decay": 0.01 if racer.optimizer == "adamw" else 0.0,  # or it would be Adam
        "schedule": "constant",
        "label_smoothing": 0.0,
        "ema": 0.0,
        "augment": "none",
        "empty": 0.0,
        "patience": None,
    }


def runners(
    context: Context,
    racers: Sequence[Racer],
    model: str,
    dataset: str,
    pictures: int,
    there: int,
    visitor: str,
) -> list["Runner"]:
    """Who runs, each through so many pictures, of which so many are there; Refused says what cannot
    be.
    """
    from convdemo.training.config import TrainConfig
    from convdemo.training.race import RUNNERS, Runner

    most = bounds(context)
    if not RUNNERS[0] <= len(racers) <= most.racers:
        raise Refused("race_count", count=len(racers), least=RUNNERS[0], most=most.racers)
    if pictures not in most.pictures:
        raise Refused("request")
    found = []
    for one in racers:
        asked = {"model": model, "dataset": dataset, "visitor": visitor, "config": plain(one)}
        name, _, config = settings.checked(context, asked)
        epochs = min(EPOCHS, context.runs.limits.epochs, max(1, round(pictures / there)))
        length = {"epochs": epochs, "limit": pictures if pictures < there else None}
        if one.batch > min(pictures, there):
            raise Refused("train_batch", batch=one.batch, pictures=min(pictures, there))
        config |= {**length, "dropout": None, "fault": "none", "negatives": 0.0, "seed": 0}
        network = written(context, name, one.norm, dataset, visitor)
        found.append(Runner(network, TrainConfig(**config)))
    return found


def written(context: Context, model: str, norm: str, dataset: str, visitor: str) -> str:
    """The network with or without batch normalisation, or as it is; Refused where it cannot be."""
    from convdemo.convolution.architecture import LineError
    from convdemo.networks.registry import find_model
    from convdemo.training.race import with_norm

    if norm not in NORMS:
        raise Refused("request")
    if norm == "own":
        return model
    source = context.dataset(dataset, context.visitor({"visitor": visitor}))
    try:
        line = with_norm(model, norm == "with")
        find_model(line).build(source.shape, len(source.classes))
    except LineError as error:
        raise Refused(f"convolve_{error.problem}", **error.values) from error
    except UserError as error:
        raise Refused("race_no_line", model=f"@train.model.{model}|{model}") from error
    return line


def names(racers: Sequence[Racer]) -> list[Sentence]:
    """What tells each from the others: one setting where that is enough."""
    for key in FIELDS:
        if len({getattr(one, key) for one in racers}) == len(racers):
            return [(f"race.by_{key}", _words(one)) for one in racers]
    return [full(one) for one in racers]


def full(racer: Racer) -> Sentence:
    """All that a racer is set to, in words."""
    return ("race.racer_norm" if racer.norm != "own" else "race.racer"), _words(racer)


def _words(racer: Racer) -> dict[str, Any]:
    return {
        "optimizer": f"@race.optimizer.{racer.optimizer}",
        "lr": settings.setting("lr", racer.lr),
        "batch": racer.batch,
        "norm": f"@race.norm.{racer.norm}",
    }


@dataclass
class Race:
    """A race as far as it has come."""

    racers: tuple[Racer, ...]
    points: list["Point"] = field(default_factory=list)

    def of(self, place: int) -> list["Point"]:
        """The points of one of them."""
        return [one for one in self.points if one.runner == place]


def chart(race: Race, axis: str) -> Chart:
    """How accurate each is over its steps or its seconds."""
    lines = []
    for place, name in enumerate(names(race.racers)):
        points = [one for one in race.of(place) if not one.diverged]
        x = tuple(float(getattr(one, axis)) for one in points)
        lines.append(Line(name, x, tuple(one.accuracy for one in points), place))
    steps = axis == "step"
    ends = [one.steps if steps else one.seconds for one in race.points]
    return Chart(
        tuple(lines),
        "race.chart",
        f"race.axis_{axis}",
        y_unit="share",
        x_range=(0, max([*ends, 0 if steps else 0.1])),
        y_range=(0, 1),
        read=f"race.read_{axis}",
    )


def table(race: Race, axis: str) -> Example:
    """Who is first to each goal, and how they end."""
    from convdemo.training.race import GOALS, reached

    rows: list[list[Sentence]] = [[name] for name in names(race.racers)]
    for goal in GOALS:
        found = [reached(race.of(place), goal) for place in range(len(rows))]
        first = min((getattr(one, axis) for one in found if one), default=None)
        for row, one in zip(rows, found, strict=True):
            if one is None:
                row.append("–")
                continue
            at = getattr(one, axis)
            told = f"{at:.2f}" if axis == "seconds" else f"{at:,}"
            row.append((f"race.first_{axis}" if at == first else f"race.at_{axis}", {"at": told}))
    for place, row in enumerate(rows):
        last = (race.of(place) or [None])[-1]
        over = last is not None and last.diverged
        row.append("race.diverged" if over else f"{last.accuracy:.1%}" if last else "–")
    heads = ("race.racers", *(f"{goal:.0%}" for goal in GOALS), "race.last")
    return Example((Table(heads, tuple(map(tuple, rows)), "race.goals"),))


@cache
def recorded() -> dict[str, Any]:
    """The race and the search that ship, as they were recorded."""
    return json.loads(FILE.read_text())


def recorded_race() -> Race:
    """The race that ships."""
    from convdemo.training.race import Point

    found = recorded()
    return Race(
        tuple(Racer(**one) for one in found["racers"]), [Point(*one) for one in found["points"]]
    )


def recorded_runners() -> list["Runner"]:
    """Who runs in a race that is recorded."""
    from convdemo.training.config import TrainConfig
    from convdemo.training.race import Runner

    length = {"epochs": 1, "limit": LENGTH, "channels_last": True}
    return [Runner(settings.FIRST, TrainConfig(**plain(one), **length)) for one in RACES[FIRST]]


def about_recorded() -> tuple[str, dict[str, Any]]:
    """What was recorded, where."""
    found = recorded()
    return "race.recorded", {
        "model": f"@train.model.{found['model']}",
        "dataset": f"@dataset.{found['dataset']}",
        "pictures": f"{found['pictures']:,}",
        "hardware": found["hardware"],
    }


def images(context: Context, dataset: str) -> tuple[ImageSet, ImageSet]:
    """Those to train with and those for validation; Refused where they are not to be had."""
    try:
        return context.images(dataset, "train"), context.images(dataset, "validation")
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{dataset}", error=error) from error


@dataclass(eq=False)
class View:
    """What a visitor looks at: a race that goes on tells it by the axis that is chosen now."""

    race: Race
    axis: str = AXES[0]

    def shown(self) -> tuple[Chart, Example]:
        """The chart and the table."""
        return chart(self.race, self.axis), table(self.race, self.axis)


def raced(
    context: Context,
    view: View,
    tell: long_work.Tell,
    chosen: tuple[int, Sequence[Racer]],
    model: str,
    dataset: str,
    pictures: int,
    visitor: str,
) -> Iterator[tuple[Any, ...]]:
    """While a race goes on: the line, the chart, the table, the code."""
    from convdemo.training.race import race

    _, racers = chosen
    source = context.dataset(dataset, context.visitor({"visitor": visitor}))
    training, validation = images(context, dataset)
    running = runners(context, racers, model, dataset, pictures, len(training), visitor)
    limit = running[0].config.limit
    view.race = now = Race(tuple(racers))
    code = snippet.for_race(running, dataset)
    done, began, last, late = [0.0] * len(running), time.monotonic(), 0.0, False
    for point in race(running, source, training.take(limit), validation):
        now.points.append(point)
        done[point.runner] = 1 if point.diverged else point.step / point.steps
        tell(sum(done) / len(done))
        late = time.monotonic() - began > bounds(context).seconds
        if late:
            break
        if len(now.points) >= len(running) and time.monotonic() - last > OFTEN:
            last = time.monotonic()
            yield gr.skip(), *view.shown(), code
    said = "race.late" if late else "race.over"
    yield (said, {"seconds": f"{time.monotonic() - began:.0f}"}), *view.shown(), code


# The settings of the racers


def edited(
    context: Context,
    what: str,
    preset: str,
    at: int,
    values: tuple[str, float, int, str],
    racers: Sequence[Racer],
) -> tuple[str, int, tuple[Racer, ...]]:
    """The preset, who is chosen and all racers once `what` was changed or pressed."""
    from convdemo.training.config import USUAL_RATES

    now = list(racers)
    at = min(at, len(now) - 1)
    if what == "preset" and preset in RACES:
        return preset, 0, RACES[preset]
    if what == "add" and len(now) < bounds(context).racers:
        now.append(now[at])
        at = len(now) - 1
    elif what == "remove" and len(now) > 2:
        del now[at]
        at = min(at, len(now) - 1)
    elif what in FIELDS:
        now[at] = replace(now[at], **{what: values[FIELDS.index(what)]})
        if what == "optimizer" and now[at].optimizer != racers[at].optimizer:
            now[at] = replace(now[at], lr=USUAL_RATES[now[at].optimizer])
    same = next((name for name, some in RACES.items() if some == tuple(now)), settings.CHANGED)
    return same, at, tuple(now)


def offered(
    context: Context, language: str, preset: str, at: int, racers: Sequence[Racer]
) -> dict[str, dict[str, Any]]:
    """What each control has and offers, in a language."""
    from convdemo.training.config import OPTIMIZERS

    def choices(prefix: str, some: Sequence[str]) -> list[tuple[str, str]]:
        return [(text.say(language, f"race.{prefix}.{one}"), one) for one in some]

    def numbers(name: str, value: Any) -> list[tuple[Any, Any]]:
        every = sorted({*settings.STEPS[name], value})
        return [(settings.setting(name, one), one) for one in every]

    most, one = bounds(context).racers, racers[at]
    presets = [name for name, some in RACES.items() if len(some) <= most]
    if preset not in presets:
        presets.append(preset)
    listed = [(f"{n}. {spoken(language, full(each))}", n - 1) for n, each in enumerate(racers, 1)]
    return {
        "preset": {"choices": choices("preset", presets), "value": preset},
        "who": {"choices": listed, "value": at},
        "optimizer": {"choices": choices("optimizer", OPTIMIZERS), "value": one.optimizer},
        "lr": {"choices": numbers("lr", one.lr), "value": one.lr},
        "batch": {"choices": numbers("batch", one.batch), "value": one.batch},
        "norm": {"choices": choices("norm", NORMS), "value": one.norm},
        "add": {"interactive": len(racers) < most},
        "remove": {"interactive": len(racers) > 2},
    }


def lay_out_racers(context: Context, texts: page.Texts) -> gr.State:
    """The presets, and below them, folded, who races, and what the chosen one is set to; the racers
    as they are.
    """
    first = offered(context, texts.language, FIRST, 0, RACES[FIRST])
    parts: dict[str, Any] = {}

    def add(kind: Callable[..., Any], name: str, **more: Any) -> None:
        parts[name] = kind(
            **{"elem_id": f"race-{name}", "interactive": True, **more, **first[name]}
        )

    add(gr.Dropdown, "preset", filterable=False)
    texts.add(parts["preset"], label="race.preset", info="race.preset.why")
    with gr.Accordion(open=False, elem_classes="cd-fold", elem_id="race-settings") as fold:
        add(gr.Radio, "who")
        texts.add(parts["who"], label="race.who")
        for name in FIELDS:
            add(gr.Dropdown, name, filterable=False)
            texts.add(parts[name], label="race.norm" if name == "norm" else f"train.{name}")
        with gr.Row(elem_classes="cd-buttons"):
            for name in ("add", "remove"):
                add(gr.Button, name)
                texts.add(parts[name], value=f"race.{name}")
    texts.add(fold, label="race.settings")
    state = gr.State((0, RACES[FIRST]))  # who is chosen, and all
    language = gr.Textbox(texts.language, visible="hidden")

    def told(
        preset: str,
        who: int | None,
        optimizer: str,
        lr: float,
        batch: int,
        norm: str,
        before: tuple[int, tuple[Racer, ...]],
        language: str,
        event: gr.EventData,
    ) -> list[Any]:
        at, racers = before  # somebody quick changes what the page does not show as chosen yet
        # What was updated is another component by now, with another number and the same name.
        what = str(getattr(event.target, "elem_id", "")).removeprefix("race-")
        values = (optimizer, lr, batch, norm)
        at = who if what == "who" and who is not None else at
        preset, at, racers = edited(context, what, preset, at, values, racers)
        new = offered(context, text.known(language), preset, at, racers)
        return [(at, racers), *(gr.update(**form.pickable(one)) for one in new.values())]

    changes = [parts[name].input for name in ("preset", "who", *FIELDS)]
    presses = [parts[name].click for name in ("add", "remove")]
    inputs = [parts["preset"], parts["who"], *(parts[name] for name in FIELDS), state, language]
    # Each change counts, one after the other: nothing is left out for a later one.
    counted = {**EACH, "js": LANGUAGE}
    gr.on(
        [*changes, *presses, texts.switched.input],
        told,
        inputs,
        [state, *parts.values()],
        **counted,
    )
    return state


def axes(language: str) -> list[tuple[str, str]]:
    """What the chart can be drawn over."""
    return [(text.say(language, f"race.over_{one}"), one) for one in AXES]


def build(context: Context, texts: page.Texts, visitor: gr.Textbox, left: form.Form) -> None:
    """The fold of the race."""
    view = View(recorded_race())
    most = bounds(context)
    with gr.Accordion(open=False, elem_classes="cd-fold", elem_id="race") as fold:
        texts.line("race.lead")
        with gr.Row(elem_classes=["cd-columns", "cd-race"]):
            with gr.Column():
                racers = lay_out_racers(context, texts)
                pictures = gr.Dropdown(
                    [(f"{one:,}", one) for one in most.pictures],
                    value=LENGTH,
                    filterable=False,
                    interactive=True,
                    elem_id="race-pictures",
                )
                texts.add(pictures, label="race.pictures", info="race.pictures.why")
                start = gr.Button(variant="primary", elem_id="race-start")
                texts.add(start, value="race.start")
                limits = gr.Markdown(elem_classes="cd-hint")
                told = {"racers": most.racers, "pictures": f"{most.pictures[-1]:,}"}
                told |= {"minutes": most.seconds // 60}
                texts.add(limits, value=lambda language: text.say(language, "race.limits", **told))
            with gr.Column():
                words = text.words("race.", "problem.", "train.", "dataset.")
                line = WorkLine(
                    about_recorded(), does="race.going", words=words, elem_id="race-line"
                )
                axis = gr.Radio(list(AXES), value=view.axis, interactive=True, elem_id="race-axis")
                texts.add(axis, choices=axes, label="race.axis")
                first = view.shown()
                curves = Curves(first[0], words=text.words("race."), elem_id="race-curves")
                goals = Worked(first[1], words=text.words("race."), elem_id="race-goals")
        with gr.Accordion(open=False, elem_classes="cd-fold") as code_fold:
            code = gr.Code(
                snippet.for_race(recorded_runners(), recorded()["dataset"]),
                language="python",
                interactive=False,
                show_label=False,
                elem_id="race-code",
            )
        texts.add(code_fold, label="race.code")
    texts.add(fold, label="race.title")

    def turned(axis: str) -> tuple[Chart, Example]:
        view.axis = axis if axis in AXES else AXES[0]
        return view.shown()

    axis.input(turned, axis, [curves, goals], **LAST)
    inputs = [racers, left.fields["model"], left.fields["dataset"], pictures, visitor]
    outputs = (line, curves, goals, code)
    goes = partial(raced, context, view)
    long_work.wire_up([start.click], goes, inputs, outputs, turn=view, places=PLACES)
