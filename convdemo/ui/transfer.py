"""The Transfer tab: your own classes from a handful of photos, in seconds, and used at once."""

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from convdemo.data.custom import JOB
from convdemo.data.image_folders.findings import PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.images.render import encode_png
from convdemo.ui import (
    guard,
    page,
    transfer_api,
    transfer_request,
    transfer_use,
    transfer_zip,
    wire,
)
from convdemo.ui.context import Context
from convdemo.ui.transfer_album import LOCAL, ON_SPACE, Albums
from convdemo.ui.transfer_jobs import Job, Jobs
from convdemo.ui.transfer_look import refused_set
from convdemo.ui.transfer_photos import Photos, owner_of
from convdemo.ui.transfer_results import Results, described

NAME = "transfer"
EXAMPLES = "clothes"  # pictures to try a network on
# Those come first whose kind the drawn classes have; a boot is like nothing among them.
FIRST = ("sandals.jpg", "bag.jpg")


class Bench:
    """Everything behind the tab: the photos, the trainings and what came of them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.results = Results(context)
        self.jobs = Jobs(self.results.finish)
        albums = Albums(ON_SPACE if context.on_space else LOCAL)
        self.photos = Photos(context, albums, self.jobs.busy)
        self.exports = transfer_use.Exports(context, self.results)

    def state(self, payload: Any) -> dict[str, Any]:
        """All that the page shows of the visitor, as it is found again after a reload."""
        request = wire.mapping(payload)
        owner = owner_of(self.context, request)
        return {
            "album": self.photos.look(payload),
            "job": self._job(owner, 0),
            "results": [described(one) for one in self.results.of(owner)],
        }

    def options(self, payload: Any) -> dict[str, Any]:
        """The bases and networks to choose from."""
        request = wire.mapping(payload)
        self.context.visitor(request)
        space = self.context.on_space
        most = transfer_request.MOST_EPOCHS_ON_SPACE if space else transfer_request.MOST_EPOCHS
        return {
            "bases": transfer_request.bases(self.context),
            "networks": transfer_request.networks(),
            "limits": {"copies": transfer_request.MOST_COPIES, "epochs": most},
        }

    def forecasts(self, payload: Any) -> dict[str, Any]:
        """Seconds that {"plan"} would take with each base and network, for the visitor's photos."""
        from dataclasses import replace

        from convdemo.inference.inputs import SCRATCH
        from convdemo.transfer.bases import BASES
        from convdemo.transfer.estimate import forecast

        request = wire.mapping(payload)
        photos = self._set(request)
        sizes = [len(part) for part in split(photos)]
        plan = transfer_request.plan_of(self.context, request, fetched=False)
        plain = plan if plan.mode != "scratch" else replace(plan, mode="features", epochs=None)
        scratch = replace(plan, mode="scratch", unfreeze=None)
        seconds = {}
        for name in BASES:
            one = replace(plain, backbone=name)
            seconds[name] = forecast(one, *sizes, cached=self.jobs.has_features(photos, one))
        for name in SCRATCH:
            seconds[name] = forecast(replace(scratch, network=name), *sizes)
        return {"seconds": seconds}

    def train(self, payload: Any) -> dict[str, Any]:
        """Put the training {"plan"} of the visitor's photos into the queue."""
        request = wire.mapping(payload)
        photos = self._set(request)
        plan = transfer_request.plan_of(self.context, request)
        owner = owner_of(self.context, request)
        self.results.check_place(owner)
        job = self.jobs.add(self.prepared(owner, plan, photos))
        return {"job": self._job(owner, 0), "started": job.id}

    def prepared(self, owner: str, plan: Any, photos: PhotoSet) -> Job:
        """A training with the time that it is said to take."""
        from convdemo.transfer.estimate import forecast

        kept = self.jobs.has_features(photos, plan)
        sizes = [len(part) for part in split(photos, seed=plan.seed)]
        told = forecast(plan, *sizes, cached=kept)
        after = 0.0 if plan.mode == "scratch" else forecast(plan, *sizes, cached=True)
        return Job(owner, plan, photos, told, after)

    def follow(self, payload: Any) -> dict[str, Any]:
        """How the visitor's training stands, with its records from {"after"} on."""
        request = wire.mapping(payload)
        owner = owner_of(self.context, request)
        after = int(wire.number(request, "after", 0, 10**9))
        self.photos.album(request)  # which stays while somebody waits
        return {"job": self._job(owner, after)}

    def stop(self, payload: Any) -> dict[str, Any]:
        """Ask the visitor's training to end; nothing of it is kept."""
        owner = owner_of(self.context, wire.mapping(payload))
        job = self.jobs.last(owner)
        if job is not None and job.open:
            self.jobs.stop(job)
        return {"job": self._job(owner, 0)}

    def shelf(self, payload: Any) -> dict[str, Any]:
        """The models of own classes that the visitor has."""
        return {"models": self.context.shelf(JOB, self.context.visitor(wire.mapping(payload)))}

    def photo(self, payload: Any) -> dict[str, Any]:
        """The photo {"photo"} as a PNG, pixel for pixel; a misread one may be gone from the set."""
        request = wire.mapping(payload)
        wanted = wire.text(request, "photo")
        for result in self.results.of(owner_of(self.context, request)):
            for one in result.misread:
                if one.photo == wanted:
                    return {"png": base64.b64encode(encode_png(one.pixels)).decode()}
        return self.photos.photo(request)

    def _set(self, request: Mapping[str, Any]) -> PhotoSet:
        found = self.photos.album(request).gathered()
        if isinstance(found, PhotoSetError):
            raise refused_set(found)
        return found

    def _job(self, owner: str, after: int) -> dict[str, Any] | None:
        job = self.jobs.last(owner)
        if job is None:
            return None
        records = job.records[after:]
        return {
            "id": job.id,
            "status": job.status,
            "open": job.open,
            "mode": job.plan.mode,
            "title": job.plan.photos.title,
            "place": self.jobs.place(job),
            "done": job.done,
            "of": job.of,
            "seconds_left": job.seconds_left,
            "records": records,
            "next": after + len(records),
            "problem": None if job.problem is None else guard.problem(job.problem),
            "result": None if job.result is None else described(job.result),
        }


def build(context: Context) -> None:
    """The tab's part of the page."""
    bench = Bench(context)
    functions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "state": bench.state,
        "options": bench.options,
        "forecasts": bench.forecasts,
        "stages": transfer_request.stages,
        "train": bench.train,
        "follow": bench.follow,
        "stop": bench.stop,
        **bench.photos.functions(),
        "zip": partial(transfer_zip.begin, bench.photos),
        "stop_zip": partial(transfer_zip.stop, bench.photos),
        "look": bench.photos.look,
        "photo": bench.photo,
        "shelf": bench.shelf,
        "read": partial(transfer_use.read, context),
        "export": bench.exports.begin,
        "exported": bench.exports.state,
        "fetch": context.backbones.fetch,
        "fetching": context.backbones.fetching,
        "stop_fetching": context.backbones.stop,
    }
    page.part(
        "transfer",
        [context.guard.served(name, do) for name, do in functions.items()],
        examples=sorted(page.thumbnails(EXAMPLES), key=lambda one: one["name"] not in FIRST),
    )
    transfer_api.build(context, bench)
