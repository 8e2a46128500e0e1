"""Everything behind the Transfer tab: the photos, the trainings and what came of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.inference.inputs import SCRATCH
from convdemo.transfer.bases import BASES
from convdemo.transfer.jobs import Job, Jobs
from convdemo.ui import text, wire
from convdemo.ui.components import Chart, Line
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.tabs.transfer import plans
from convdemo.ui.tabs.transfer.photos import LOCAL, ON_SPACE, Desk, Desks, sentence
from convdemo.ui.tabs.transfer.results import Result, Results


class Bench:
    """What all visitors have here, each their own."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.results = Results(context)
        self.jobs = Jobs(self.results.finish)
        limits = ON_SPACE if context.on_space else LOCAL
        self._since: dict[str, float] = {}  # bases that are fetched
        self._seen: dict[str, str] = {}  # the last result that each visitor was shown
        self.desks = Desks(limits, context.runs.limits.zip, self.jobs.busy)

    def owner(self, visitor: str) -> str:
        """Whose photos these are: also at localhost those of one browser only."""
        return visitor if VISITOR.fullmatch(visitor) else self.context.visitor({"visitor": visitor})

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
        from dataclasses import replace

        from convdemo.transfer.estimate import forecast

        sizes = [len(part) for part in split(photos)]
        plan = plans.plan_of(self.context, given, fetched=False)
        plain = plan if plan.mode != "scratch" else replace(plan, mode="features", epochs=None)
        scratch = replace(plan, mode="scratch", unfreeze=None)
        based = [replace(plain, backbone=name) for name in BASES]
        from_nothing = [replace(scratch, network=name) for name in SCRATCH]
        return {
            **{
                one.backbone: forecast(one, *sizes, cached=self.jobs.has_features(photos, one))
                for one in based
            },
            **{one.network: forecast(one, *sizes) for one in from_nothing},
        }

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

    def going(self, visitor: str, language: str) -> dict[str, Any]:
        """How the visitor's training stands, in words, for GOING."""
        job = self.job(visitor)
        if job is None:
            return {"state": "", "open": False}
        begins = job.status == "training" and not job.done  # how long that takes nobody knows
        key, values = (
            f"transfer.now.{'begins' if begins else job.status}",
            {
                "title": f"@|{job.plan.photos.title}",
                "place": self.jobs.place(job),
                "done": job.done,
                "of": job.of,
            },
        )
        if job.problem is not None:
            key, values = sentence(job.problem)
        seconds = None if begins else job.seconds_left
        left = None if seconds is None else plans.in_words(language, seconds)
        share = job.done / job.of if job.of else 0
        return {
            "state": text.say(language, key, **values),
            "open": job.open,
            "share": 0.8 * share if job.status == "features" else share,
            "label": text.say(language, "transfer.progress"),
            "left": text.say(language, "transfer.left", time=left) if left else "",
        }

    def fetch_or_stop(self, base: str) -> None:
        """Begin to fetch the weights of a base, or stop that."""
        store, asked = self.context.backbones, {"backbone": base}
        self._since[base] = time.monotonic()
        (store.fetch if store.fetching(asked)["over"] else store.stop)(asked)

    def fetching(self, base: str, language: str) -> dict[str, Any]:
        """How far the weights of a base are, in words, for GOING."""
        try:
            state = self.context.backbones.fetching({"backbone": base})
        except wire.Refused as error:
            key, values = sentence(error)
            return {"state": text.say(language, key, **values), "open": False}
        if state["over"]:
            return {"state": "", "open": False}
        share = state["done"] / (state["of"] or 1)
        done, of = (round(state[one] / 1e6) for one in ("done", "of"))
        spent = time.monotonic() - self._since.get(base, time.monotonic())
        left = plans.in_words(language, spent / share - spent) if share > 0.02 else ""
        key = "explain.fetching" if of else "explain.fetch_begins"
        return {
            "state": text.say(language, key, done=done, of=of),
            "open": True,
            "share": share,
            "label": text.say(language, "explain.fetching_label"),
            "left": text.say(language, "transfer.left", time=left) if left else "",
        }

    def curves(self, visitor: str) -> list[Chart]:
        """Loss and accuracy of the visitor's training over the epochs, empty without any."""
        job = self.job(visitor)
        records = list(job.records) if job is not None else []
        if not records:
            return []
        ends = [one for one in records if one["val_loss"] is not None]
        most = max(1.0, *(along(one) for one in records[-1:]))
        charts = []
        for name, unit in (("loss", "number"), ("accuracy", "share")):
            steps = [(along(one), one[name]) for one in records if one[name] is not None]
            lines = [
                Line("transfer.chart.steps", *_columns(steps), colour=1, faint=True),
                *(
                    Line(
                        key,
                        *_columns(
                            [(along(one), one[field]) for one in ends if one[field] is not None]
                        ),
                        colour=colour,
                    )
                    for key, field, colour in (
                        ("transfer.chart.training", name, 1),
                        ("transfer.chart.validation", f"val_{name}", 0),
                    )
                ),
            ]
            charts.append(
                Chart(
                    tuple(lines),
                    f"transfer.chart.{name}",
                    "transfer.chart.epochs",
                    y_unit=unit,
                    x_range=(0, most),
                    y_range=(0, 1) if unit == "share" else None,
                    read="transfer.chart.at",
                )
            )
        return charts


def along(record: Mapping[str, Any]) -> float:
    """Where a record stands, in epochs."""
    whole = record["val_loss"] is not None
    return float(record["epoch"] if whole else record["step"] * record["epochs"] / record["steps"])


def _columns(points: list[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(x for x, _ in points), tuple(float(y) for _, y in points)
