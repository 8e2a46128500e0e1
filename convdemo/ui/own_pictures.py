"""Zips of class folders that visitors bring: read aside, with progress and a way to stop."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from convdemo.data.custom import TRAINING, OwnData, keep, path_of, read_own
from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.reader import read_photos
from convdemo.ui import guard, wire
from convdemo.ui.context import Context
from convdemo.ui.transfer_look import found_of, refused_set
from convdemo.ui.wire import Refused

AT_ONCE = 2  # zips that are read at a time, of all visitors
KEPT = 100  # readings that are remembered


@dataclass(eq=False)
class Reading:
    """A zip that is being read, and what became of it."""

    owner: str
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    of: int = 0
    stopped: bool = False
    kept: OwnData | None = None
    refused: Refused | None = None
    findings: tuple[Finding, ...] = ()  # where it is refused

    @property
    def over(self) -> bool:
        return self.kept is not None or self.refused is not None

    def progress(self, done: int, of: int) -> bool:
        """Note the progress; False once it is to stop."""
        self.done, self.of = done, of
        return not self.stopped


class Readings:
    """All zips that are read, by a key that only their own page knows."""

    def __init__(self) -> None:
        self._known: dict[str, Reading] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str) -> tuple[str, Reading]:
        """A new reading; Refused while too many are going on."""
        with self._lock:
            if sum(not reading.over for reading in self._known.values()) >= AT_ONCE:
                raise Refused("busy")
            over = [key for key, reading in self._known.items() if reading.over]
            for key in over[: max(0, len(self._known) - KEPT)]:
                del self._known[key]
            key, reading = secrets.token_hex(8), Reading(owner)
            self._known[key] = reading
            return key, reading

    def find(self, key: str | None, owner: str) -> Reading:
        """The visitor's reading of that key; Refused for any other."""
        reading = self._known.get(key or "")
        if reading is None or reading.owner != owner:
            raise Refused("request")
        return reading


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


def begin(context: Context, readings: Readings, payload: Any) -> dict[str, Any]:
    """Start to read the zip {"upload"}, whose name is {"title"}."""
    request = wire.mapping(payload)
    visitor = context.visitor(request)
    path = wire.uploaded(request.get("upload"))
    title = Path(wire.text(request, "title") or "zip").stem[:60]
    limits = context.runs.limits
    if len(own_sets(context, visitor)) >= limits.datasets:
        raise Refused("train_datasets", datasets=limits.datasets)
    if context.runs.free_megabytes() < limits.free_megabytes:
        raise Refused("train_disk_full", megabytes=limits.free_megabytes)
    key, reading = readings.begin(visitor)

    def read() -> None:
        try:
            found = read_photos(path, reading.progress, use=TRAINING, limits=limits.zip)
            reading.kept = keep(found, title, context.own_data_dir(visitor))
        except PhotoSetError as error:
            reading.refused, reading.findings = refused_set(error), error.findings
        except OSError as error:
            reading.refused = Refused("train_disk", error=error.strerror or str(error))
        except Exception as error:  # a thread has nobody else to tell
            reading.refused = Refused("zip_not")
            raise RuntimeError(f"a zip of {path.stat().st_size} bytes was not read") from error
        finally:
            path.unlink(missing_ok=True)  # all that is needed of it is kept

    threading.Thread(target=read, daemon=True).start()
    return {"intake": key}


def state(context: Context, readings: Readings, payload: Any) -> dict[str, Any]:
    """How the reading {"intake"} stands; its problem, and what was found, where it failed."""
    request = wire.mapping(payload)
    reading = readings.find(wire.text(request, "intake"), context.visitor(request))
    if reading.refused is not None:
        return {**guard.problem(reading.refused), "findings": found_of(reading.findings)}
    taken = time.monotonic() - reading.started
    left = taken / reading.done * (reading.of - reading.done) if reading.done else None
    return {
        "done": reading.done,
        "of": reading.of,
        "seconds_left": left,
        "dataset": None if reading.kept is None else reading.kept.name,
    }


def stop(context: Context, readings: Readings, payload: Any) -> dict[str, Any]:
    """Ask the reading {"intake"} to end."""
    request = wire.mapping(payload)
    readings.find(wire.text(request, "intake"), context.visitor(request)).stopped = True
    return {}


def forget(context: Context, payload: Any) -> dict[str, Any]:
    """Delete the visitor's own data set {"dataset"}; Refused while a run needs it."""
    from convdemo.training.runs.store import ACTIVE

    request = wire.mapping(payload)
    visitor, name = context.visitor(request), wire.text(request, "dataset") or ""
    path = path_of(name, context.own_data_dir(visitor))
    if path is None:
        raise Refused("train_dataset_gone")
    for folder in context.runs.all():
        if folder.run.dataset == name and folder.state.status in (*ACTIVE, "waiting"):
            raise Refused("train_dataset_used")
    path.unlink(missing_ok=True)
    context.forget_images(name)
    return {}


def functions(context: Context) -> dict[str, Callable[[Any], dict[str, Any]]]:
    """What the page can ask of this, by name."""
    readings = Readings()
    return {
        "intake": partial(begin, context, readings),
        "intake_state": partial(state, context, readings),
        "intake_stop": partial(stop, context, readings),
        "forget": partial(forget, context),
    }
