"""Runs: trainings that outlive the page. A run is a folder, which a worker process fills.

run.json                what is to be trained; never changes
state.json              how it stands
records.jsonl           what the training tells, a record a line
pause, hold, stop       there while the worker is asked to
lock                    held by the worker for as long as it lives
checkpoint.safetensors  from which it goes on
epochs/NNNN.safetensors the evaluated weights of every epoch
test.safetensors        what the trained network says to the test set
log.txt                 what the worker printed
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convdemo.convolution.architecture import LARGEST, Largest
from convdemo.data.image_folders.reader import ZipLimits
from convdemo.errors import UserError
from convdemo.files import check_place, write_json, write_whole

ACTIVE = ("training", "paused")
RESUMABLE = ("stopped", "failed", "interrupted")
CHECKPOINT, TEST, LOG, EPOCHS = "checkpoint.safetensors", "test.safetensors", "log.txt", "epochs"


@dataclass(frozen=True)
class Run:
    """What is to be trained, as it was asked for."""

    id: str
    model: str
    dataset: str
    config: dict[str, Any]  # of a TrainConfig
    created: str  # ISO 8601, UTC
    owner: str = ""  # the browser that started it, where runs are not shared
    minutes: float | None = None  # of training, after which it is stopped


@dataclass(frozen=True)
class State:
    """How a run stands. `reason` is a key of the page's strings without "problem.", and values."""

    status: str = "waiting"  # waiting, training, paused, done, stopped, failed, interrupted
    reason: dict[str, Any] | None = None
    saved: str | None = None  # the model's name in the model library
    test_accuracy: float | None = None
    test_count: int | None = None


@dataclass(frozen=True)
class RunFolder:
    """One run on disk."""

    path: Path

    @property
    def run(self) -> Run:
        """What it trains; ValueError where the folder holds no run."""
        try:
            run = Run(**json.loads((self.path / "run.json").read_text()))
            texts = (run.id, run.model, run.dataset, run.created, run.owner)
            if not all(isinstance(one, str) for one in texts) or run.config["epochs"] < 1:
                raise TypeError("a value is of another type")
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise UserError(f"{self.path.name!r} is no run") from error
        return run

    @property
    def state(self) -> State:
        """How it stands; a run whose process is gone is interrupted."""
        state = self._written_state()
        if state.status in ACTIVE and not self.alive():
            state = self._written_state()  # the worker may just have ended, as it should
            if state.status in ACTIVE:
                return dataclasses.replace(state, status="interrupted")
        if state.status == "training" and self.requested("pause"):
            return dataclasses.replace(state, status="paused")
        if state.status == "training" and self.requested("hold"):
            return dataclasses.replace(state, status="waiting")
        return state

    def _written_state(self) -> State:
        try:
            return State(**json.loads((self.path / "state.json").read_text()))
        except (OSError, ValueError, TypeError, RecursionError):
            return State()

    def set_state(self, **changes: Any) -> State:
        """Write the state with some of its values changed."""
        state = dataclasses.replace(self._written_state(), **changes)
        write_json(self.path / "state.json", dataclasses.asdict(state))
        return state

    def lock(self) -> FileLock:
        """What the worker holds while it lives, on whatever system."""
        return FileLock(self.path / "lock", thread_local=False)

    def alive(self) -> bool:
        """Whether a worker holds the lock."""
        lock = self.lock()
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False

    def request(self, what: str, *, wanted: bool = True) -> None:
        """Ask the worker to "stop", "pause" or "hold" (rest until its turn), or take that back."""
        if wanted:
            (self.path / what).touch()
        else:
            (self.path / what).unlink(missing_ok=True)

    def requested(self, what: str) -> bool:
        return (self.path / what).exists()

    def asked_at(self, what: str) -> float:
        """When that was asked for, in seconds; 0 if it is not."""
        try:
            return (self.path / what).stat().st_mtime
        except OSError:
            return 0.0

    @property
    def lr_factor(self) -> float:
        """What the schedule's learning rate is multiplied by, as it was asked for last."""
        try:
            return float(json.loads((self.path / "lr.json").read_text()))
        except (OSError, ValueError, TypeError):
            return 1.0

    def set_lr_factor(self, factor: float) -> None:
        """Ask for another learning rate; ValueError for one that no run can want."""
        if not 1e-6 <= factor <= 1e6:
            raise UserError(f"a learning rate times {factor} is out of bounds")
        write_json(self.path / "lr.json", factor)

    def records(self, after: int = 0) -> list[dict[str, Any]]:
        """The records from the index `after` on, up to a line that is damaged or half written."""
        try:
            text = (self.path / "records.jsonl").read_text("utf-8", errors="replace")
        except OSError:
            return []
        records = []
        with suppress(ValueError):
            for line in text.split("\n")[after:-1]:
                records.append(json.loads(line))
        return records

    @property
    def changed(self) -> tuple[int, int]:
        """When the records were last written, and how long they are; (0, 0) without any."""
        try:
            found = (self.path / "records.jsonl").stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    def keep_records(self, step: int) -> None:
        """Forget what came after a step, from which the run is trained again."""
        kept = [record for record in self.records() if record["step"] <= step]
        text = "".join(json.dumps(record) + "\n" for record in kept)
        write_whole(self.path / "records.jsonl", lambda part: part.write_text(text))

    def log(self, most: int = 20_000) -> str:
        """The end of what the worker printed."""
        try:
            return (self.path / LOG).read_text("utf-8", errors="replace")[-most:]
        except OSError:
            return ""


@dataclass(frozen=True)
class Limits:
    """What one may ask for; every limit there is, in one place."""

    epochs: int = 200
    minutes: float | None = None
    runs: int = 50  # kept at a time, of one owner where runs are not shared
    free_megabytes: int = 300  # disk that must be left before a run begins
    datasets: int = 50  # of their own, of one owner where they are not shared
    zip: ZipLimits = field(default_factory=ZipLimits)
    network: Largest = field(default_factory=lambda: LARGEST)  # where it is written as a line


LOCAL = Limits()
ON_SPACE = Limits(
    epochs=20,
    minutes=15,
    runs=6,
    datasets=3,
    zip=ZipLimits(2_000, megabytes=500, classes=50),
    network={"parameters": 3_000_000, "numbers": 500_000, "multiply_adds": 200_000_000},
)


@dataclass(frozen=True)
class Runs:
    """All runs in a folder, and what one may ask for."""

    path: Path
    limits: Limits = field(default_factory=Limits)

    def create(self, model: str, dataset: str, config: dict[str, Any], owner: str = "") -> Run:
        """A new run that waits for its turn."""
        now = datetime.datetime.now(datetime.UTC)
        run = Run(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            model=model,
            dataset=dataset,
            config=config,
            created=now.isoformat(timespec="microseconds"),  # the order of the queue
            owner=owner,
            minutes=self.limits.minutes,
        )
        folder = self.path / run.id
        part = self.path / f".{run.id}.part"
        part.mkdir(parents=True)
        write_json(part / "run.json", dataclasses.asdict(run))
        write_json(part / "state.json", dataclasses.asdict(State()))
        part.replace(folder)  # whole at once: the queue may look at any moment
        return run

    def folder(self, run: str) -> RunFolder:
        """The run of that id; ValueError for anything else."""
        found = RunFolder(self.path / run)
        if not run.replace("-", "").isalnum() or not found.path.is_dir():
            raise UserError(f"run {run!r} is not there")
        return found

    def all(self) -> list[RunFolder]:
        """Every run, the oldest first."""
        folders = sorted(path.parent for path in self.path.glob("[!.]*/run.json"))
        runs = []
        for folder in map(RunFolder, folders):
            try:
                runs.append((folder.run.created, folder))
            except ValueError:
                continue
        return [folder for _, folder in sorted(runs, key=lambda pair: pair[0])]

    def waiting(self) -> list[RunFolder]:
        """Those whose turn is still to come, the next one first."""
        return [folder for folder in self.all() if folder.state.status == "waiting"]

    def remove(self, run: str) -> None:
        """Delete a run; ValueError while its worker lives."""
        folder = self.folder(run)
        if folder.alive():
            raise UserError(f"run {run} is still training")
        shutil.rmtree(folder.path)

    def free_megabytes(self) -> float:
        """Space left on the disk of the runs; PlaceError where nothing can be written there."""
        check_place(self.path / "run.json")
        return shutil.disk_usage(self.path).free / 1e6
