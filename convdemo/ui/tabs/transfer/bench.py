"""Everything behind the Transfer tab: the photos, the trainings and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradio.components import Component
from gradio.processing_utils import move_files_to_cache

from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.transfer.jobs import Job, Jobs
from convdemo.transfer.results import Result, Results
from convdemo.ui import text, wire
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.tabs.transfer import plans
from convdemo.ui.tabs.transfer.photos import LOCAL, ON_SPACE, Desk, Desks

MOST, MOST_ON_SPACE = 24, 8  # results of a visitor


class Bench:
    """What all visitors have here, each their own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        most = MOST_ON_SPACE if context.on_space else MOST
        self.results = Results(self, most, thrifty=context.on_space)
        self.jobs = Jobs(self.results.finish)
        limits = ON_SPACE if context.on_space else LOCAL
        self._seen: dict[str, str] = {}  # the last result that each visitor was shown
        self.desks = Desks(limits, context.runs.limits.zip, self.jobs.busy)

    def owner(self, visitor: str) -> str:
        """Whose photos these are: also at localhost those of one browser only."""
        known = isinstance(visitor, str) and VISITOR.fullmatch(visitor)
        return visitor if known else self.context.visitor({"visitor": visitor})

    def place(self, owner: str) -> Path:
        """The folder of a visitor's models: of everybody's where nobody is told apart."""
        return self.context.model_dirs[0] / (owner if self.context.on_space else "")

    def names(self, owner: str) -> set[str]:
        """What the visitor's models are called."""
        entries = self.context.every_entry(owner if self.context.on_space else "")
        return {one.card.name for one in entries}

    def check_room(self) -> None:
        """Refused where the disk is full."""
        least = self.context.runs.limits.free_megabytes
        if self.context.runs.free_megabytes() < least:
            raise wire.Refused("train_disk_full", megabytes=least)

    def desk(self, visitor: str, language: str = text.LANGUAGES[0]) -> Desk:
        """The visitor's photos, with the example where there are none."""
        return self.desks.at(self.owner(visitor), text.known(language))

    def job(self, visitor: str) -> Job | None:
        """What the visitor asked for last."""
        return self.jobs.last(self.owner(visitor))

    def came(self, visitor: str) -> list[Result]:
        """The visitor's results, the oldest first."""
        return self.results.of(self.owner(visitor))

    def news(self, visitor: str) -> Result | None:
        """The visitor's last result, if it was not asked for before."""
        last = next(reversed(self.came(visitor)), None)
        if last is None or self._seen.get(self.owner(visitor)) == last.id:
            return None
        self._seen[self.owner(visitor)] = last.id
        return last

    def forecasts(self, photos: PhotoSet, given: Mapping[str, Any]) -> dict[str, float]:
        """Seconds that these settings would take with each base and network."""
        from convdemo.transfer.estimate import forecasts

        plan = plans.plan_of(self.context, given, fetched=False)
        return forecasts(plan, photos, lambda one: self.jobs.has_features(photos, one))

    def train(self, visitor: str, given: Mapping[str, Any]) -> Job:
        """Put a training of the visitor's photos into the queue."""
        photos = self.desk(visitor).photos()
        plan = plans.plan_of(self.context, given)
        self.results.check_place(self.owner(visitor))
        return self.jobs.add(self.prepared(self.owner(visitor), plan, photos))

    def prepared(self, owner: str, plan: Any, photos: PhotoSet) -> Job:
        """A training with the time that it is said to take."""
        from convdemo.transfer.estimate import forecast

        kept = self.jobs.has_features(photos, plan)
        sizes = [len(part) for part in split(photos, seed=plan.seed)]
        told = forecast(plan, *sizes, cached=kept)
        after = 0.0 if plan.mode == "scratch" else forecast(plan, *sizes, cached=True)
        return Job(owner, plan, photos, told, after)

    def stop(self, visitor: str) -> None:
        """Ask the visitor's training to end; nothing of it is kept."""
        job = self.job(visitor)
        if job is not None and job.open:
            self.jobs.stop(job)

    def photo(self, visitor: str, result: str, place: int) -> tuple[Any, str | None]:
        """A misread photo (H, W, 3) uint8 of a result, and the model that misread it."""
        for one in self.came(visitor):
            if one.id == result and 0 <= place < len(one.misread):
                return one.misread[place].pixels, one.name
        raise wire.Refused("transfer_photo_gone")


def fill(controls: list[Any], updates: list[Any]) -> None:
    """Let controls begin with what an event would make of them."""
    for control, change in zip(controls, updates, strict=True):
        plain = not isinstance(change, dict) or "__type__" not in change
        for name, value in ({"value": change} if plain else change).items():
            if name == "value" and isinstance(control, Component):
                made = control.postprocess(value)
                made = move_files_to_cache(made, control, postprocess=True, keep_in_cache=True)
                setattr(control, name, made)
            else:
                setattr(control, name, value)
