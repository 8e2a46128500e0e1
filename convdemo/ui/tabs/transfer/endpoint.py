"""The endpoint of the Transfer tab, for programs."""

import secrets
from typing import Any

from gradio.events import api

from convdemo.data.image_folders.album import AlbumError
from convdemo.errors import Problem
from convdemo.files import PlaceError
from convdemo.ui import text, wire
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.tabs.transfer import plans
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.tabs.transfer.photos import sentence
from convdemo.ui.wire import Refused


def build(context: Context, bench: Bench) -> None:
    """/transfer."""

    def transfer(photos: dict, settings: dict | None = None, language: str = "en") -> dict:
        """Learns the classes of a zip of class folders: what `convdemo transfer --json` says last,
        {"val_accuracy", "seconds", "name", "file", "photos", ...}. Settings are the command's:
        {"mode", "backbone", "network", "copies", "unfreeze", "epochs", "lr", "dropout", "seed",
        "device", "augment"}. On a Space {"visitor"} says whose model it is. {"error": sentence}
        if that cannot be.
        """
        try:
            given = dict(wire.mapping(settings or {}))
            return _transfer(context, bench, wire.mapping(photos), given)
        except (Refused, Problem, PlaceError) as error:
            key, values = sentence(error)
            return {"error": text.say(text.known(language), key, **values)}

    api(transfer, api_name="transfer", concurrency_limit=1, concurrency_id="transfer")


def _transfer(
    context: Context, bench: Bench, file: Any, settings: dict[str, Any]
) -> dict[str, Any]:
    from convdemo.data.image_folders.reader import read_photos

    visitor = settings.pop("visitor", None)
    if not (isinstance(visitor, str) and VISITOR.fullmatch(visitor)):
        visitor = secrets.token_hex(16)
    plan = plans.plan_of(context, settings)
    zip_limits = context.runs.limits.zip
    photos = read_photos(wire.uploaded(file.get("path")), limits=zip_limits)
    limit = bench.desks.limits.photos
    if len(photos.photos) > limit:
        raise AlbumError("album_zip", photos=len(photos.photos), limit=limit)
    bench.results.check_place(visitor)
    job = bench.jobs.add(bench.prepared(visitor, plan, photos))
    bench.jobs.wait(job)
    if job.problem is not None:
        raise job.problem
    result = job.result
    if result is None:
        raise Refused("transfer_stopped")
    return {**result.line, **({"visitor": visitor} if context.on_space else {})}
