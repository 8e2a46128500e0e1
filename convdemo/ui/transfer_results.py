"""What came of trainings of the Transfer tab: kept as models, described, with what was misread."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.files import check_place
from convdemo.images.render import data_url
from convdemo.inference.card import SUFFIX
from convdemo.ui.context import Context
from convdemo.ui.transfer_jobs import Job
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.transfer.advice import Advice
    from convdemo.transfer.plan import Outcome

MOST_RESULTS, MOST_ON_SPACE = 24, 8
MOST_MISREAD = 24


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

    def find(self, owner: str, key: str | None) -> Result:
        """The visitor's result of that id; Refused for any other."""
        found = next((one for one in self.of(owner) if one.id == key), None)
        if found is None:
            raise Refused("transfer_result_gone")
        return found

    def check_place(self, owner: str) -> None:
        """PlaceError where no network can be put in the visitor's model library."""
        check_place(self._shelf(owner) / f"network{SUFFIX}")

    def _shelf(self, owner: str) -> Path:
        # Where nobody is told apart by a key, the model library is everybody's.
        return self.context.model_dirs[0] / (owner if self.context.on_space else "")

    def finish(self, job: Job, outcome: Outcome, advice: Advice | None) -> Result:
        """Put the network in the model library, but for one with mistakes, and note what it is."""
        from convdemo.transfer.features import NO_TRAPS
        from convdemo.transfer.plan import command_of
        from convdemo.transfer.run import line_of
        from convdemo.ui.transfer_code import FOLDER, code_of

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


def described(result: Result) -> dict[str, Any]:
    """A result as the page lists it."""
    return {
        **result.told,
        "id": result.id,
        "name": result.name,
        "code": result.code,
        "command": result.command,
        "misread": [
            {
                "photo": one.photo,
                "image": data_url(one.pixels, side=96),
                "label": one.label,
                "read": one.read,
                "probability": one.probability,
            }
            for one in result.misread
        ],
    }
