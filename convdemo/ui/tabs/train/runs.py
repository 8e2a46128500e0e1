"""Runs: started, told what to do, listed; and the models that came of them."""

import shutil
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from convdemo.files import check_place
from convdemo.inference.card import SUFFIX
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.example_run import example_run, is_example
from convdemo.ui.tabs.train.settings import checked
from convdemo.ui.wire import Refused

ACTIONS = ("stop", "pause", "resume", "remove", "lr")
LR_CHANGES = (0.5, 2)
LIVING = ("waiting", "training", "paused")


def start(context: Context, request: Mapping[str, Any]) -> str:
    """The id of a new run of {"model", "dataset", "config"}, which waits for its turn."""
    from convdemo.networks.registry import name_of

    model, dataset, config = checked(context, wire.mapping(request))
    runs, visitor = context.runs, context.visitor(request)
    if len(own_runs(context, visitor)) >= runs.limits.runs:
        raise Refused("train_runs", runs=runs.limits.runs)
    if runs.free_megabytes() < runs.limits.free_megabytes:
        raise Refused("train_disk_full", megabytes=runs.limits.free_megabytes)
    check_place(context.model_dirs[0] / visitor / name_of(model))
    run = runs.create(model, dataset, config, owner=visitor)
    context.scheduler.warm_up()
    return run.id


def started(context: Context, request: Mapping[str, Any]) -> list[str]:
    """The ids of what a press on Train begins: a run, and for one that makes a classic mistake the
    same without it, trained before if there is none.
    """
    config = wire.mapping(request.get("config"))
    if config.get("fault", "none") == "none":
        return [start(context, request)]
    healthy = known_or_started(context, {**request, "config": {**config, "fault": "none"}})
    return [start(context, request), healthy]


def known_or_started(context: Context, request: Mapping[str, Any]) -> str:
    """The id of a run of {"model", "dataset", "config"}, trained before or begun now."""
    model, dataset, config = checked(context, request)
    for folder in reversed(own_runs(context, context.visitor(request))):
        run = folder.run
        same = (run.model, run.dataset, run.config) == (model, dataset, config)
        if same and folder.state.status in (*LIVING, "done"):
            return run.id
    return start(context, request)


def command(context: Context, request: Mapping[str, Any]) -> str | None:
    """Do {"action"} to {"run"} and tell how it stands, None where it is gone; what its state does
    not allow is left.
    """
    from convdemo.training.runs.store import ACTIVE, RESUMABLE

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
        return None
    return folder.state.status


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


def own_runs(context: Context, visitor: str) -> list[Any]:
    """The visitor's run folders, the oldest first."""
    return [folder for folder in context.runs.all() if folder.run.owner == visitor]


def listed(context: Context, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The visitor's runs, the newest first, and the one that ships."""
    folders = [example_run(), *own_runs(context, context.visitor(request))]
    return [summary(context, folder) for folder in reversed(folders)]


def summary(context: Context, folder: Any) -> dict[str, Any]:
    """What the page shows of a run, its records aside."""
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
        "saved": state.saved,
    }


@lru_cache(maxsize=256)
def _progress(folder: Any, changed: tuple[int, int]) -> tuple[Any, Any]:
    """The records of the last epoch and of the best one, read once for each change of the file."""
    ends = [r for r in folder.records() if r["epoch"] and r["val_loss"] is not None]
    best = next((record for record in reversed(ends) if record["best"]), None)
    return (ends[-1] if ends else None), best


def adopted(context: Context, file: str | None, visitor: str) -> str:
    """The name in the visitor's model library of the model in an uploaded file."""
    from convdemo.inference.upload import WeightsError, import_weights

    folder = context.model_dirs[0] / context.visitor({"visitor": visitor})
    try:
        return import_weights(wire.uploaded(file), folder).name
    except WeightsError as error:
        raise Refused(error.problem, **error.values) from error


def models(context: Context, visitor: str) -> list[str]:
    """The names of all models that the visitor has as files, their own first."""
    entries = _files(context, visitor)
    shipped = context.model_dirs[-1]
    ordered = sorted(entries, key=lambda entry: (entry.path.parent == shipped, entry.card.name))
    return [entry.card.name for entry in ordered]


def model_file(context: Context, name: str | None, visitor: str) -> str:
    """A copy of a model's file from where Gradio hands out files."""
    entries = _files(context, visitor)
    path = next((entry.path for entry in entries if entry.card.name == name), None)
    if path is None:
        raise Refused("no_such_model", model=name)
    return str(shutil.copy(path, wire.served_file(path.name)))


def _files(context: Context, visitor: str) -> list[Any]:
    entries = context.every_entry(context.visitor({"visitor": visitor}))
    return [entry for entry in entries if entry.path.suffix == SUFFIX]  # not a package's
