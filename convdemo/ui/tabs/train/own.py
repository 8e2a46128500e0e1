"""Zips of class folders that visitors bring: read with progress, and a way to stop."""

import threading
import time
from collections.abc import Generator, Iterable
from typing import Any

from convdemo.data.custom import TRAINING, OwnData, keep, path_of, read_own
from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.reader import read_photos
from convdemo.ui import guard, wire
from convdemo.ui.components import State
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.refused_photos import refused_set
from convdemo.ui.wire import Refused

EVERY = 0.3  # seconds between two looks at a zip that is being read
NAMED = 5  # files, folders or classes of a finding that are named


def own_sets(context: Context, visitor: str) -> list[OwnData]:
    """The visitor's own data sets, the newest first; files that are not whole are left out."""
    found = []
    folder = context.own_data_dir(visitor)
    for path in sorted(folder.glob("own-*.safetensors"), key=lambda p: -p.stat().st_mtime):
        try:
            found.append(read_own(path))
        except ValueError:
            continue
    return found


def brought(context: Context, file: str, visitor: str) -> Generator[State | OwnData]:
    """How far the reading of a zip is, then the data set, or why there is none; whoever stops
    asking ends it.
    """
    path = wire.uploaded(file)
    limits = context.runs.limits
    if len(own_sets(context, visitor)) >= limits.datasets:
        raise Refused("train_datasets", datasets=limits.datasets)
    if context.runs.free_megabytes() < limits.free_megabytes:
        raise Refused("train_disk_full", megabytes=limits.free_megabytes)
    stopped = threading.Event()
    done: list[int] = [0, 0]
    ended: list[OwnData | State] = []

    def progress(read: int, of: int) -> bool:
        done[:] = read, of
        return not stopped.is_set()

    def read() -> None:
        try:
            found = read_photos(path, progress, use=TRAINING, limits=limits.zip)
            kept = keep(found, path.stem[:60], context.own_data_dir(visitor))
            ended.append(kept)
        except PhotoSetError as error:
            ended.append(refusal(refused_set(error), error.findings))
        except OSError as error:
            ended.append(refusal(Refused("train_disk", error=error.strerror or str(error))))
        except Exception as error:  # a thread has nobody else to tell
            ended.append(refusal(Refused("zip_not")))
            raise RuntimeError("a zip was not read") from error
        finally:
            path.unlink(missing_ok=True)  # all that is needed of it is kept

    reader = threading.Thread(target=read, daemon=True)
    started = time.monotonic()
    reader.start()
    try:
        yield State("train.own_opening", kind="going", progress=0.0)
        while reader.is_alive():
            reader.join(EVERY)
            if done[0] and reader.is_alive():
                yield _reading(done[0], done[1], time.monotonic() - started)
        yield ended[0]
    finally:
        stopped.set()


def _reading(done: int, of: int, taken: float) -> State:
    told: Sentence = ("train.own_reading", {"done": f"{done:,}", "of": f"{of:,}"})
    left = taken / done * (of - done)
    lines = (("train.own_seconds_left", {"seconds": f"{left:.0f}"}),) if left >= 1 else ()
    return State(told, kind="going", progress=done / of, lines=lines)


def refusal(error: Any, findings: Iterable[Finding] = ()) -> State:
    """Why something was not done, and what was found."""
    found = guard.problem(error)
    said = ("name", "model", "path", "error")  # names of a visitor's, but for those of settings
    values = {
        name: f"@|{value}" if name in said and not value.startswith("@train.") else value
        for name, value in found["values"].items()
    }
    cause = [(f"problem.{values['cause']}", values)] if "cause" in values else []
    lines = (*cause, *lines_of(findings))
    return State((f"problem.{found['problem']}", values), kind="trouble", lines=lines)


def lines_of(findings: Iterable[Finding]) -> tuple[Sentence, ...]:
    """What is to be known of a set of pictures, a sentence each."""
    found = []
    for one in findings:
        more = ", …" if len(one.names) > NAMED else ""
        first, second = (*one.names, "", "")[:2]
        values = {
            "count": one.count,
            "names": f"@|{', '.join(one.names[:NAMED])}{more}",
            "first": f"@|{first}",
            "second": f"@|{second}",
            "of": f"@kind_name.{one.of}|{one.of}",
        }
        found.append((f"finding.{one.kind}", values))
    return tuple(found)


def welcome(one: OwnData) -> State:
    """What a new data set holds."""
    values = {
        "title": f"@|{one.title}",
        "classes": len(one.counts),
        "pictures": f"{sum(one.counts):,}",
        "training": f"{one.pictures:,}",
    }
    return State(("train.own_there", values), lines=lines_of(one.findings))


def forget(context: Context, name: str, visitor: str) -> None:
    """Delete the visitor's own data set; Refused while a run needs it."""
    from convdemo.training.runs.store import ACTIVE

    path = path_of(name, context.own_data_dir(visitor))
    if path is None:
        raise Refused("train_dataset_gone")
    for folder in context.runs.all():
        if folder.run.dataset == name and folder.state.status in (*ACTIVE, "waiting"):
            raise Refused("train_dataset_used")
    path.unlink(missing_ok=True)
    context.forget_images(name)
