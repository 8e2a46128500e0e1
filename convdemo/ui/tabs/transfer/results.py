"""What came of trainings of the Transfer tab: kept as models, and said, with what was misread."""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.files import check_place
from convdemo.inference.card import SUFFIX
from convdemo.transfer.jobs import Job
from convdemo.ui import answers, text
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.transfer.advice import Advice
    from convdemo.transfer.plan import Outcome

MOST_RESULTS, MOST_ON_SPACE = 24, 8
MOST_MISREAD = 24
MANY = 1000  # photos of a class from which on there are many
QUADRANTS = ("small_similar", "large_similar", "small_different", "large_different")


@dataclass(frozen=True, eq=False)
class Misread:
    """A photo that was taken for something else."""

    photo: str
    pixels: np.ndarray
    label: str
    read: str
    probability: float


@dataclass(frozen=True, eq=False)
class Result:
    """A training that is over.

    `name` is that of its model, None where it is not in the model library; `told` is for the page.
    """

    name: str | None
    path: Path | None
    told: dict[str, Any]
    misread: tuple[Misread, ...]
    pictures: tuple[np.ndarray, ...]  # some of those that validate
    code: str
    command: str
    line: dict[str, Any]  # as the command says it
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Results:
    """The results of all visitors, each with their own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.limit = MOST_ON_SPACE if context.on_space else MOST_RESULTS
        self._of: OrderedDict[str, list[Result]] = OrderedDict()

    def of(self, owner: str) -> list[Result]:
        """The visitor's, the oldest first."""
        return list(self._of.get(owner, ()))

    def check_place(self, owner: str) -> None:
        """PlaceError where no network can be put in the visitor's model library."""
        check_place(self._shelf(owner) / f"network{SUFFIX}")

    def _shelf(self, owner: str) -> Path:
        # Where nobody is told apart by a key, the model library is everybody's.
        return self.context.model_dirs[0] / (owner if self.context.on_space else "")

    def finish(self, job: Job, outcome: Outcome, advice: Advice | None) -> Result:
        """Put the network in the model library, but for one with mistakes, and note what it is."""
        from convdemo.transfer.code import FOLDER, code_of
        from convdemo.transfer.features import NO_TRAPS
        from convdemo.transfer.plan import command_of
        from convdemo.transfer.run import line_of

        name = path = None
        command = command_of(job.plan, FOLDER)
        if job.plan.traps == NO_TRAPS:
            name, path = self._save(job, outcome, command)
        result = Result(
            name,
            path,
            _told(job, outcome, advice),
            _misread(job, outcome),
            tuple(job.photos.photos[place].pixels for place in outcome.places[:10]),
            code_of(job.plan),
            command,
            line_of(outcome, name or "", "" if path is None else path.name),
        )
        kept = self._of.setdefault(job.owner, [])
        kept.append(result)
        while len(kept) > self.limit:
            self._forget(kept.pop(0))
        self._of.move_to_end(job.owner)
        while len(self._of) > 200:
            self._of.popitem(last=False)
        return result

    def _forget(self, result: Result) -> None:
        if self.context.on_space and result.path is not None:
            result.path.unlink(missing_ok=True)

    def _save(self, job: Job, outcome: Outcome, command: str) -> tuple[str, Path]:
        from convdemo.inference.library import keep
        from convdemo.transfer.run import card_of, slug

        limits = self.context.runs.limits
        if self.context.runs.free_megabytes() < limits.free_megabytes:
            raise Refused("train_disk_full", megabytes=limits.free_megabytes)
        title = slug(" ".join(job.photos.classes))
        stem = f"{job.plan.photos.name}-{title}"
        owner = job.owner if self.context.on_space else ""
        taken = {one.card.name for one in self.context.every_entry(owner)}
        name = next(n for n in _names(stem) if n not in taken)
        path = self._shelf(job.owner) / f"{name}{SUFFIX}"
        keep(path, card_of(outcome, name, dataset=title, command=command), outcome.network)
        return name, path


def _names(stem: str) -> Any:
    yield stem
    for number in range(2, 10**6):
        yield f"{stem}-{number}"


def _told(job: Job, outcome: Outcome, advice: Advice | None) -> dict[str, Any]:
    from dataclasses import asdict

    from convdemo.training.evaluation import wilson

    right = int((outcome.answers.argmax(dim=1) == outcome.labels).sum())
    of = len(outcome.labels)
    low, high = wilson(right, of)
    plan = job.plan
    return {
        "plan": asdict(plan),
        "title": plan.photos.title,
        "classes": list(outcome.classes),
        "accuracy": outcome.accuracy,
        "right": right,
        "of": of,
        "low": low,
        "high": high,
        "seconds": outcome.seconds,
        "features_seconds": outcome.features_seconds,
        "features_kept": job.features_kept,
        "epochs": outcome.epochs,
        "photos": outcome.training_photos,
        "trained": outcome.trained,
        "frozen": outcome.frozen,
        "digest": job.photos.digest,
        "advice": None if advice is None else asdict(advice),
    }


def _misread(job: Job, outcome: Outcome) -> tuple[Misread, ...]:
    shares = outcome.answers.softmax(dim=1)
    found = []
    for place, label, row in zip(outcome.places, outcome.labels.tolist(), shares, strict=True):
        read = int(row.argmax())
        if read != label:
            photo = job.photos.photos[place]
            names = outcome.classes[label], outcome.classes[read]
            found.append(Misread(photo.name, photo.pixels, *names, float(row[read])))
    found.sort(key=lambda one: -one.probability)
    return tuple(found[:MOST_MISREAD])


def kind_of(result: Result) -> str:
    """By what a result has its colour: the way to learn, or that a mistake was made."""
    traps = result.told["plan"]["traps"]
    return "trap" if any(traps.values()) else result.told["plan"]["mode"]


def choices(language: str, found: list[Result]) -> list[tuple[str, str]]:
    """The results, the newest first, each in three lines."""
    rows = [(in_lines(language, place, one), one.id) for place, one in enumerate(found, start=1)]
    return rows[::-1]


def in_lines(language: str, place: int, result: Result) -> str:
    """What was trained, how well it reads the photos that validate, and what it took."""
    told, plan = result.told, result.told["plan"]
    scratch = plan["mode"] == "scratch"
    title = f"@transfer.network.{plan['network']}" if scratch else f"@|{told['title']}"
    counts = {name: answers.short(told[name]) for name in ("trained", "frozen")}
    low, high = (f"{100 * told[name]:.0f}" for name in ("low", "high"))
    took = "transfer.took_kept" if told["features_kept"] else "transfer.took"
    lines = (
        (f"transfer.row.{plan['mode']}", {"number": place, "title": title}),
        ("transfer.reached", {"right": told["right"], "of": told["of"], "low": low, "high": high}),
        (took, {"seconds": f"{told['seconds']:.3g}", **counts, "photos": told["photos"]}),
    )
    return "\n".join(text.say(language, key, **values) for key, values in lines)


def intervals(language: str, found: list[Result]) -> dict[str, Any]:
    """Each result as a point on its 95 % interval, in percent, for INTERVALS."""
    rows = [
        {
            "number": place,
            "kind": kind_of(one),
            "name": text.say(language, f"transfer.kind.{kind_of(one)}"),
            "at": round(100 * one.told["accuracy"], 1),
            "low": round(100 * one.told["low"], 1),
            "wide": round(100 * (one.told["high"] - one.told["low"]), 1),
        }
        for place, one in enumerate(found, start=1)
    ]
    said = {key: text.say(language, f"transfer.chart_{key}") for key in ("alt", "note")}
    return {"rows": rows[::-1], **said}


def of_mistakes(language: str, found: list[Result], result: Result) -> str:
    """Why a mistake that was made on purpose is one, beside the same training without it."""

    def key(one: Result) -> Any:
        return one.told["digest"], {**one.told["plan"], "traps": None}

    made = [name for name, on in result.told["plan"]["traps"].items() if on]
    without = [one for one in found if kind_of(one) != "trap" and key(one) == key(result)]
    lines = [text.say(language, f"transfer.trap.{name}.result") for name in made]
    if made and without:
        told = without[-1].told
        beside = text.say(language, "transfer.trap_beside", right=told["right"], of=told["of"])
        return " ".join([*lines, beside])
    return " ".join([*lines, *[text.say(language, "transfer.trap_alone")] * bool(made)])


def misread(language: str, result: Result) -> tuple[str, list[tuple[np.ndarray, str]]]:
    """How many photos were misread, and each with what it was taken for."""
    photos = [
        (
            one.pixels,
            text.say(
                language,
                "transfer.misread_as",
                label=f"@class.{one.label}|{one.label}",
                read=f"@class.{one.read}|{one.read}",
                percent=f"{min(100 * one.probability, 99.9):.1f}%",
            ),
        )
        for one in result.misread
    ]
    key = "transfer.misread" if photos else "transfer.misread_none"
    return text.say(language, key, photos=len(photos)), photos


def advice(language: str, found: list[Result], digest: str) -> dict[str, Any]:
    """Where photos stand among the four cases, as the last training on them found, for ADVICE."""
    measured = [one for one in found if one.told["advice"] and one.told["digest"] == digest]
    last = measured[-1].told["advice"] if measured else None
    here = last and last["quadrant"]
    said = {
        "words": text.say(
            language, f"transfer.quadrant.{here}.do" if here else "transfer.advice_none"
        ),
        **{
            key: text.say(language, f"transfer.{key}")
            for key in ("axis_similar", "axis_photos", "advice_how")
        },
    }
    cells = [
        {
            "here": "here" if name == here else "",
            "name": text.say(language, f"transfer.quadrant.{name}"),
            "short": text.say(language, f"transfer.quadrant.{name}.short"),
        }
        for name in QUADRANTS
    ]
    if last is None:
        return {**said, "cells": cells, "measured": ""}
    photos = last["photos_of_a_class"]
    # Few photos to the left of the middle, many to its right, both on a scale of powers of ten.
    share = math.log10(max(photos, 1)) / math.log10(MANY) / 2
    share = share if photos <= MANY else 0.5 + math.log10(photos / MANY) / 2
    values = {"right": f"{100 * last['right']:.0f}%", "separation": f"{last['separation']:.2f}"}
    return {
        **said,
        "cells": cells,
        "left": round(100 * min(0.97, max(0.03, share)), 1),
        "top": round(100 * min(0.96, max(0.04, 1 - last["separation"])), 1),
        "measured": text.say(
            language,
            "transfer.advice_measured",
            photos=f"{photos:.1f}".removesuffix(".0"),
            **values,
        ),
    }
