"""What came of several people's transfers: kept as models, with what was misread."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from convdemo.data.image_folders.photo_set import split
from convdemo.files import check_place
from convdemo.inference.card import SUFFIX
from convdemo.transfer.jobs import Job

if TYPE_CHECKING:
    from convdemo.transfer.advice import Advice
    from convdemo.transfer.plan import Outcome

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

    `name` is that of its model, None where it is not kept; `told` are its numbers.
    """

    name: str | None
    path: Path | None
    told: dict[str, Any]
    misread: tuple[Misread, ...]
    pictures: tuple[np.ndarray, ...]  # some of those that validate
    code: str
    command: str
    line: dict[str, Any]  # as the command says it
    records: tuple[dict[str, Any], ...] = ()  # how the training went
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Library(Protocol):
    """Where the networks go."""

    def place(self, owner: str) -> Path:
        """The folder of an owner's models."""
        ...

    def names(self, owner: str) -> set[str]:
        """What the owner's models are called."""
        ...

    def check_room(self) -> None:
        """An error that says why nothing can be written, if so."""
        ...


class Results:
    """The results of everybody, each with their own, `most` each; the models of those that are
    forgotten go, too, where `thrifty`.
    """

    def __init__(self, library: Library, most: int, *, thrifty: bool = False) -> None:
        self.library = library
        self.most = most
        self.thrifty = thrifty
        self._of: OrderedDict[str, list[Result]] = OrderedDict()

    def of(self, owner: str) -> list[Result]:
        """The owner's, the oldest first."""
        return list(self._of.get(owner, ()))

    def check_place(self, owner: str) -> None:
        """PlaceError where no network can be put in the owner's model library."""
        check_place(self.library.place(owner) / f"network{SUFFIX}")

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
            tuple(job.records),
        )
        kept = self._of.setdefault(job.owner, [])
        kept.append(result)
        while len(kept) > self.most:
            forgotten = kept.pop(0).path
            if self.thrifty and forgotten is not None:
                forgotten.unlink(missing_ok=True)
        self._of.move_to_end(job.owner)
        while len(self._of) > 200:
            self._of.popitem(last=False)
        return result

    def _save(self, job: Job, outcome: Outcome, command: str) -> tuple[str, Path]:
        from convdemo.inference.library import keep
        from convdemo.transfer.run import card_of, slug

        self.library.check_room()
        title = slug(" ".join(job.photos.classes))
        stem = f"{job.plan.photos.name}-{title}"
        taken = self.library.names(job.owner)
        name = next(one for one in _names(stem) if one not in taken)
        path = self.library.place(job.owner) / f"{name}{SUFFIX}"
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
    plan, count = job.plan, len(outcome.classes)
    pairs = outcome.labels * count + outcome.answers.argmax(dim=1)
    parts = [job.photos.labels[places] for places in split(job.photos, seed=plan.seed)]
    numbers = zip(*(np.bincount(one, minlength=count).tolist() for one in parts), strict=True)
    return {
        "plan": asdict(plan),
        "title": plan.photos.title,
        "classes": list(outcome.classes),
        "of_classes": dict(zip(outcome.classes, numbers, strict=True)),  # that train, that validate
        "confusion": pairs.bincount(minlength=count**2).view(count, count).tolist(),
        "accuracy": outcome.accuracy,
        "right": right,
        "of": of,
        "low": low,
        "high": high,
        "seconds": outcome.seconds,
        "features_seconds": outcome.features_seconds,
        "features_kept": job.features_kept,
        "epochs": outcome.epochs,
        "device": str(outcome.device or "cpu"),
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
