"""What is shown of runs: words, figures, curves, and the settings in which they differ."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from math import ceil, floor, isfinite, log10
from typing import Any

from convdemo.ui import text
from convdemo.ui.components import Chart, Figure, Line, State
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.train.line import title_of
from convdemo.ui.tabs.train.runs import LIVING
from convdemo.ui.tabs.train.settings import dataset_named, literal, setting, spoken

# In which tab pictures like those of a data set are read.
TABS = {"mnist": "draw", "fashion_mnist": "clothes", "fashion_mnist_photos": "clothes"}
UNTOLD = ("precision", "channels_last")  # how it is computed, which the page leaves to the server
AXES = (5, 10, 20, 50, 100, 200)  # where the axis of a run that goes on may end, in epochs
SHORT = 2  # epochs of a run in which the first one is not cut off
FAINT = 400  # points of a faint line
Run = Mapping[str, Any]  # a summary


def name(context: Context, run: Run, visitor: str, zone: int | None) -> Sentence:
    """What a run is called: its network, its data, what is broken, and when it was started, in a
    time zone of so many minutes behind UTC.
    """
    fault = run["config"].get("fault", "none")
    return "train.name" if fault == "none" else "train.name_broken", {
        "model": title_of(run["model"]),
        "dataset": dataset_named(context, run["dataset"], visitor),
        "fault": f"@train.fault.{fault}",
        "time": "@train.example" if run["example"] else _time(run["created"], zone),
    }


def _time(created: str, zone: int | None) -> str:
    there = None if zone is None else timezone(timedelta(minutes=-zone))
    try:
        began = datetime.fromisoformat(created).astimezone(there)
    except ValueError:
        return created
    today = datetime.now(UTC).astimezone(there).date() == began.date()
    return f"{began:%H:%M}" if today else f"{began:%m-%d %H:%M}"


def option(context: Context, run: Run, visitor: str, zone: int | None, language: str) -> str:
    """A run in the list of runs: its name, and below it how it stands."""
    named = spoken(language, name(context, run, visitor, zone))
    status = text.say(language, f"status.{run['status']}")
    accuracy = "" if run["val_accuracy"] is None else f" · {run['val_accuracy']:.2%}"
    return f"{named}\n{status}{accuracy}"


def card(run: Run, records: Sequence[Run], named: Sentence) -> State:
    """How a run stands, and its figures."""
    told = {"epoch": run["epoch"], "epochs": run["epochs"], "place": run["place"]}
    last, status = records[-1] if records else None, run["status"]
    done = 1.0 if status == "done" else last["step"] / last["steps"] if last else 0.0
    lines: list[Sentence] = []
    if run["reason"]:
        values = {key: literal(str(one)) for key, one in run["reason"]["values"].items()}
        lines.append((f"problem.{run['reason']['key']}", values))
    if run["saved"]:
        key = "train.saved" if run["dataset"] in TABS else "train.saved_own"
        tab = f"@tab.{TABS.get(run['dataset'], '')}"
        lines.append((key, {"model": run["saved"], "tab": tab}))
    return State(
        (f"train.now_{status}", told),
        named,
        "going" if status == "training" else "trouble" if status == "failed" else "rest",
        done,
        tuple(lines),
        _figures(run, records),
    )


def _figures(run: Run, records: Sequence[Run]) -> tuple[Figure, ...]:
    last = records[-1] if records else None
    step = last["seconds"] / last["step"] if last and last["step"] else None
    living, best = run["status"] in LIVING, run["val_accuracy"]
    if not living:
        time = Figure("train.fact_time", duration(run["seconds"]))
    else:
        left = duration(step * (last["steps"] - last["step"])) if step and last else "–"
        time = Figure("train.fact_left", left)
    epoch = duration(step * last["steps"] / last["epochs"]) if step and last else "–"
    speeds = [r["samples_per_second"] for r in records if r["samples_per_second"]]
    before = next((r["val_accuracy"] for r in records if not r["epoch"] and _whole(r)), None)
    best_at = {"error": f"{1 - (best or 0):.2%}", "epoch": run["best_epoch"]}
    return (
        time,
        Figure("train.fact_epoch_time", epoch),
        Figure("train.fact_speed", f"{speeds[-1]:,.0f}" if speeds else "–"),
        Figure("train.fact_best")
        if best is None
        else Figure("train.fact_best", f"{best:.2%}", ("train.error_at", best_at)),
        Figure("train.fact_before")
        if before is None
        else Figure("train.fact_before", f"{before:.2%}", "train.guessing"),
        _patience(run, records),
    )


def _patience(run: Run, records: Sequence[Run]) -> Figure:
    allowed = run["config"].get("patience")
    if allowed is None:
        return Figure("train.fact_patience", "train.off", "train.patience_off")
    left = [r["patience_left"] for r in records if r.get("patience_left") is not None]
    waited = {"waited": allowed - (left[-1] if left else allowed), "patience": allowed}
    return Figure("train.fact_patience", ("train.waited", waited), "train.waited_more")


def duration(seconds: float) -> Sentence:
    """A time in words."""
    whole = round(seconds)
    if whole < 60:
        return "train.seconds", {"seconds": f"{seconds:.1f}" if seconds < 10 else whole}
    if whole < 3600:
        return "train.minutes", {"minutes": whole // 60, "seconds": whole % 60}
    return "train.hours", {"hours": whole // 3600, "minutes": whole % 3600 // 60}


def charts(runs: Sequence[tuple[Run, Sequence[Run], Sentence]]) -> tuple[Chart, Chart]:
    """Loss and accuracy over the epochs: training and validation of one run with its records and
    its name, or the validation of several.
    """
    end = max(1, *(reach(run, records) for run, records, _ in runs))
    return _chart("loss", runs, end), _chart("accuracy", runs, end)


def _chart(field: str, runs: Sequence[tuple[Run, Sequence[Run], Sentence]], end: float) -> Chart:
    marks: tuple[tuple[float, Sentence], ...] = ()
    if len(runs) > 1:
        lines = [
            _line(named, [r for r in records if _whole(r)], f"val_{field}", colour)
            for colour, (_, records, named) in enumerate(runs)
        ]
    else:
        [(run, records, _)] = runs
        whole, best = [r for r in records if _whole(r)], run["best_epoch"]
        every = records[:: max(1, len(records) // FAINT)]
        lines = [
            _line("train.steps_line", every, field, 1, faint=True),
            _line("train.training_line", whole, field, 1),
            _line("train.validation_line", whole, f"val_{field}", 0, best=best),
        ]
        marks = ((best, ("train.best_at", {"epoch": best})),) if best else ()
    lines = [line for line in lines if line.x]
    return Chart(
        tuple(lines),
        f"train.chart_{field}",
        "train.axis",
        y_unit="number" if field == "loss" else "share",
        x_range=(0, end),
        y_range=_heights(lines, field),
        read="train.read_epoch",
        marks=marks,
    )


def _line(named: Sentence, records: Sequence[Run], field: str, colour: int, **more: Any) -> Line:
    points = [
        (along(r), r[field])
        for r in records
        if isinstance(r.get(field), int | float) and isfinite(r[field])
    ]
    xs, ys = zip(*points, strict=True) if points else ((), ())
    return Line(named, tuple(xs), tuple(ys), colour, **more)


def _whole(record: Run) -> bool:
    """Whether it is of the end of an epoch, or from before the first."""
    return record["val_loss"] is not None


def along(record: Run) -> float:
    """Where a record stands, in epochs."""
    if _whole(record):
        return record["epoch"]
    return record["step"] * record["epochs"] / record["steps"]


def reach(run: Run, records: Sequence[Run]) -> float:
    """Where the axis ends. That of a run that goes on grows by leaps: two hundred empty epochs
    would press the first to the edge.
    """
    if run["status"] in LIVING:
        return min(run["epochs"], next((e for e in AXES if e > run["epoch"]), run["epochs"]))
    return max(1, run["epoch"], *(along(r) for r in records[-1:]))


def _heights(lines: Sequence[Line], field: str) -> tuple[float, float]:
    """From zero for a loss, up to one for an accuracy. What lies before the end of the first epoch
    is far off and would press all the rest into one line: it is cut off. In a run of an epoch or
    two that is nearly everything there is, and only its first steps are.
    """
    reached = max((x for line in lines for x in line.x), default=0)
    long = reached > SHORT
    least = 1 if long else 0.15 * reached
    some = [line for line in lines if not (line.faint and long)]
    points = [point for line in some for point in zip(line.x, line.y, strict=True)]
    values = [y for x, y in points if x >= least and x > 0] or [y for _, y in points]
    if field == "loss":
        most = max(values or [2]) or 1e-4
        step = _nice(most * 1.1)
        return 0, ceil(most * 1.02 / step) * step
    span = 1 - min([0.999, *(values or [0])])
    step = _nice(span * 1.1)
    return max(0, 1 - ceil(span * 1.05 / step) * step), 1


def _nice(span: float) -> float:
    """1, 2 or 5 times a power of ten, so that a span has three or four of it."""
    power = 10 ** floor(log10(span / 4))
    return power * next(factor for factor in (1, 2, 5, 10) if factor * power >= span / 4)


def differences(
    context: Context, runs: Sequence[tuple[Run, Sentence]], visitor: str, language: str
) -> str:
    """The settings in which runs differ, a Markdown table; "" for one run alone."""
    if len(runs) < 2:
        return ""

    def say(told: Sentence) -> str:
        return re.sub(r"([\\`*_{}\[\]()<>#+!|~-])", r"\\\1", spoken(language, told))

    def told(key: str, value: Any) -> Sentence:
        if key not in ("model", "dataset"):
            return setting(key, value)
        named = title_of(value) if key == "model" else dataset_named(context, value, visitor)
        return str(text.looked_up(language, named))

    settings = [{"model": r["model"], "dataset": r["dataset"], **r["config"]} for r, _ in runs]
    keys = [
        key
        for key in settings[0]
        if key not in UNTOLD and len({str(one.get(key)) for one in settings}) > 1
    ]
    reached = [r["val_accuracy"] for r, _ in runs]
    rows = [
        [say("train.runs"), *(say(named) for _, named in runs)],
        ["---"] * (len(runs) + 1),
        [say("train.fact_best"), *("–" if one is None else f"{one:.2%}" for one in reached)],
        *([say(f"train.{key}"), *(say(told(key, s.get(key))) for s in settings)] for key in keys),
    ]
    title = text.say(language, "train.differences" if keys else "train.same_settings")
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"### {title}\n\n{table}"
