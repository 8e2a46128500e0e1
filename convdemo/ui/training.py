"""The Train tab: runs to start, follow, stop and compare, and the mistakes of each."""

import base64
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from convdemo.files import check_place
from convdemo.inference.card import SUFFIX
from convdemo.ui import own_pictures, page, snippet, train_choices, train_outcome, wire
from convdemo.ui.context import Context
from convdemo.ui.example_run import example_run, is_example
from convdemo.ui.wire import Refused

NAME = "train"
ACTIONS = ("stop", "pause", "resume", "remove", "lr")
LR_CHANGES = (0.5, 2)


def start(context: Context, payload: Any) -> dict[str, Any]:
    """Put a run of {"model", "dataset", "config"} into the queue."""
    request = wire.mapping(payload)
    model, dataset, config = train_choices.checked(context, request)
    runs = context.runs
    if len(_own(context, request)) >= runs.limits.runs:
        raise Refused("train_runs", runs=runs.limits.runs)
    if runs.free_megabytes() < runs.limits.free_megabytes:
        raise Refused("train_disk_full", megabytes=runs.limits.free_megabytes)
    check_place(context.model_dirs[0] / context.visitor(request) / model)
    run = runs.create(model, dataset, config, owner=context.visitor(request))
    context.scheduler.warm_up()
    return {"run": summary(context, runs.folder(run.id))}


def listed(context: Context, payload: Any) -> dict[str, Any]:
    """The visitor's runs, the newest first, and the one that ships."""
    folders = [example_run(), *_own(context, wire.mapping(payload))]
    return {"runs": [summary(context, folder) for folder in reversed(folders)]}


def follow(context: Context, payload: Any) -> dict[str, Any]:
    """The records of {"run"} from {"after"} on."""
    request = wire.mapping(payload)
    folder = context.run_of(request)
    after = int(wire.number(request, "after", 0, 10**9))
    found = summary(context, folder)  # first: what is recorded after it is seen next time
    records = folder.records(after)
    code = snippet.for_run(folder.run, changed=folder.lr_factor != 1)
    return {"run": found, "records": records, "next": after + len(records), "code": code}


def command(context: Context, payload: Any) -> dict[str, Any]:
    """Do {"action"} to {"run"}; what its state does not allow is left."""
    from convdemo.training.runs.store import ACTIVE, RESUMABLE

    request = wire.mapping(payload)
    folder = context.run_of(request)
    action, status = wire.text(request, "action"), folder.state.status
    if action not in ACTIONS or is_example(folder):
        raise Refused("request")
    if action == "stop" and (status in ACTIVE or folder.alive()):
        folder.request("stop")
    elif action == "stop" and status == "waiting":
        folder.set_state(status="stopped")
    elif action == "pause" and status == "training":
        folder.request("pause")
    elif action == "resume" and status in ("paused", *RESUMABLE):
        _resume(folder, paused=status == "paused")
        context.scheduler.warm_up()
    elif action == "lr" and status in ACTIVE:
        factor = wire.number(request, "factor", *LR_CHANGES)
        folder.set_lr_factor(min(max(folder.lr_factor * factor, 1e-3), 1e3))
    elif action == "remove" and status not in ACTIVE:
        context.runs.remove(folder.path.name)
        return {"run": None}
    return {"run": summary(context, folder)}


def _resume(folder: Any, *, paused: bool) -> None:
    """Let a run that paused or ended go on when it is its turn."""
    from convdemo.training.runs.store import CHECKPOINT

    if paused:
        folder.request("hold")  # until it is its turn, others may have begun meanwhile
        folder.request("pause", wanted=False)
        return
    for asked in ("stop", "pause", "hold"):
        folder.request(asked, wanted=False)
    folder.set_state(status="waiting", reason=None)
    if not (folder.path / CHECKPOINT).exists():
        folder.keep_records(-1)


def adopted(context: Context, payload: Any) -> dict[str, Any]:
    """Put the model in an uploaded file {"upload"} in the visitor's model library."""
    from convdemo.inference.upload import WeightsError, import_weights

    request = wire.mapping(payload)
    folder = context.model_dirs[0] / context.visitor(request)
    try:
        return {"saved": import_weights(wire.uploaded(request.get("upload")), folder).name}
    except WeightsError as error:
        raise Refused(error.problem, **error.values) from error


def download(context: Context, payload: Any) -> dict[str, Any]:
    """The file of {"model"}, or of the model that {"run"} added to the model library, as base64."""
    request = wire.mapping(payload)
    if request.get("model") is not None:
        name = wire.text(request, "model")
    else:
        name = context.run_of(request).state.saved
    entries = context.every_entry(context.visitor(request))
    entries = [entry for entry in entries if entry.path.suffix == SUFFIX]
    path = next((entry.path for entry in entries if entry.card.name == name), None)
    if path is None:
        raise Refused("no_such_model", model=name)
    return {"name": path.name, "bytes": base64.b64encode(path.read_bytes()).decode()}


def shelf(context: Context, payload: Any) -> dict[str, Any]:
    """The names of all models that the visitor has, their own first."""
    entries = context.every_entry(context.visitor(wire.mapping(payload)))
    entries = [entry for entry in entries if entry.path.suffix == SUFFIX]  # not a package's
    shipped = context.model_dirs[-1]
    ordered = sorted(entries, key=lambda entry: (entry.path.parent == shipped, entry.card.name))
    return {"models": [entry.card.name for entry in ordered]}


def summary(context: Context, folder: Any) -> dict[str, Any]:
    """What the list of runs shows of one."""
    run, state = folder.run, folder.state
    last, best = _progress(folder, folder.changed)
    return {
        "id": run.id,
        "example": is_example(folder),
        "model": run.model,
        "dataset": run.dataset,
        "status": state.status,
        "place": context.scheduler.place(folder) if state.status == "waiting" else 0,
        "epoch": last["epoch"] if last else 0,
        "epochs": run.config["epochs"],
        "best_epoch": best["epoch"] if best else None,
        "val_accuracy": best["val_accuracy"] if best else None,
        "test_accuracy": state.test_accuracy,
        "seconds": last["seconds"] if last else 0,
        "created": run.created,
        "lr_factor": folder.lr_factor,
        "config": run.config,
        "reason": state.reason,
        "log": state.status == "failed",
        "saved": state.saved,
    }


@lru_cache(maxsize=256)
def _progress(folder: Any, changed: tuple[int, int]) -> tuple[Any, Any]:
    """The records of the last epoch and of the best one, read once for each change of the file."""
    ends = [r for r in folder.records() if r["epoch"] and r["val_loss"] is not None]
    best = next((record for record in reversed(ends) if record["best"]), None)
    return (ends[-1] if ends else None), best


def build(context: Context) -> None:
    """The tab's part of the page."""

    def options(payload: Any) -> dict[str, Any]:
        context.scheduler.warm_up()
        return train_choices.options(context, payload)

    functions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "options": options,
        "start": partial(start, context),
        "runs": partial(listed, context),
        "follow": partial(follow, context),
        "command": partial(command, context),
        "outcome": partial(train_outcome.outcome, context),
        "cell": partial(train_outcome.cell, context),
        "moment": partial(train_outcome.moment, context),
        "samples": partial(train_choices.samples, context),
        "classes": partial(train_choices.classes, context),
        "layers": partial(train_choices.layers, context),
        "adopt": partial(adopted, context),
        "download": partial(download, context),
        "shelf": partial(shelf, context),
        **own_pictures.functions(context),
        "log": lambda payload: {"text": context.run_of(wire.mapping(payload)).log()},
    }
    guard = context.guard
    page.part("training", [guard.served(name, do) for name, do in functions.items()])


def _own(context: Context, request: Any) -> list[Any]:
    visitor = context.visitor(request)
    return [folder for folder in context.runs.all() if folder.run.owner == visitor]
