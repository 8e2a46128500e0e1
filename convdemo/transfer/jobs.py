"""Transfers of several people: one at a time, the others wait; features are kept for the next."""

from __future__ import annotations

import dataclasses
import os
import secrets
import sys
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.errors import Problem

if TYPE_CHECKING:
    from torch import nn

    from convdemo.transfer.advice import Advice
    from convdemo.transfer.features import Features
    from convdemo.transfer.plan import Outcome, Plan

PROBLEMS = {
    "transfer_running": "A training of yours is going on; wait for it or stop it.",
    "transfer_failed": "The training failed: {error}.",
    "transfer_diverged": "The loss is no longer a number: choose a lower learning rate.",
    "transfer_memory": "There is not enough memory for this; take fewer photos or a smaller base.",
}
KEPT_FEATURES = 12
NICENESS = 10  # drawing has to stay quick
OPEN = ("waiting", "loading", "features", "training", "saving")
PATIENCE = 0.25  # seconds between two looks of somebody who waits for a training


class JobError(Problem):
    """A training that cannot begin, or that failed; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS


@dataclass(eq=False)
class Job:
    """A training that was asked for, and how it stands."""

    owner: str
    plan: Plan
    photos: PhotoSet
    seconds_told: float  # what it was said to take
    seconds_after: float = 0.0  # of these, once the features are there
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    status: str = "waiting"  # OPEN, then done, stopped or failed
    done: int = 0
    of: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)  # the present status
    problem: Any = None  # an error with a `problem` and its `values`
    features_kept: bool = False
    result: Any = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def become(self, status: str) -> None:
        """Note another status, and when."""
        self.status, self.since = status, time.monotonic()

    def progress(self, done: int, of: int) -> bool:
        """Note how far the features are; False once it is to stop."""
        self.done, self.of = done, of
        return not self.stopping.is_set()

    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def seconds_left(self) -> float | None:
        """As far as can be told from what was done so far."""
        if self.status in ("features", "training") and self.done:
            took = time.monotonic() - self.since
            left = took / self.done * (self.of - self.done)
            return left + (self.seconds_after if self.status == "features" else 0.0)
        return self.seconds_told if self.open else None


Finish = Callable[[Job, "Outcome", "Advice | None"], Any]


class Jobs:
    """The queue of all trainings; `finish` makes a result of an outcome."""

    def __init__(self, finish: Finish) -> None:
        self._finish = finish
        self._jobs: list[Job] = []  # those that wait, the first one trains
        self._last: OrderedDict[str, Job] = OrderedDict()  # of each owner
        self._features: OrderedDict[tuple[Any, ...], Features] = OrderedDict()
        self._base: tuple[str, nn.Sequential] | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, job: Job) -> Job:
        """Put it at the end of the queue; JobError while the same owner has one in it."""
        with self._changed:
            if any(other.owner == job.owner and other.open for other in self._jobs):
                raise JobError("transfer_running")
            self._jobs.append(job)
            self._last[job.owner] = job
            self._last.move_to_end(job.owner)
            while len(self._last) > 200:
                self._last.popitem(last=False)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return job

    def last(self, owner: str) -> Job | None:
        """What the owner asked for last."""
        return self._last.get(owner)

    def place(self, job: Job) -> int:
        """How many are before it."""
        with self._changed:
            return self._jobs.index(job) if job in self._jobs else 0

    def busy(self) -> frozenset[str]:
        """The owners whose photos are needed now."""
        with self._changed:
            return frozenset(job.owner for job in self._jobs)

    def stop(self, job: Job) -> None:
        """Ask a training to end; one that waits ends now."""
        job.stopping.set()
        with self._changed:
            if job in self._jobs and job.status == "waiting":
                self._jobs.remove(job)
                job.become("stopped")

    def wait(self, job: Job) -> None:
        """Return when it is over."""
        with self._changed:
            while job.open:
                self._changed.wait(PATIENCE)

    def has_features(self, photos: PhotoSet, plan: Plan) -> bool:
        """Whether a training would find its features here."""
        return features_key(photos, plan) in self._features

    def _work(self) -> None:
        if sys.platform == "linux":  # where this is the thread's own
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while True:
            with self._changed:
                while not self._jobs:
                    self._changed.wait()
                job = self._jobs[0]
                job.become("loading")
            self._train(job)
            with self._changed:
                self._jobs.remove(job)
                self._changed.notify_all()

    def _train(self, job: Job) -> None:
        from convdemo.transfer.features import StoppedError

        try:
            self._run(job)
        except StoppedError:
            job.become("stopped")
        except Exception as error:
            traceback.print_exc()
            job.problem = _told(error)
            job.become("failed")

    def _run(self, job: Job) -> None:
        from convdemo.training.loop import Record
        from convdemo.transfer.features import Features, StoppedError
        from convdemo.transfer.plan import Outcome
        from convdemo.transfer.run import transfer

        plan, key = job.plan, features_key(job.photos, job.plan)
        base = None if plan.mode == "scratch" else self._loaded(plan)
        # What a mistake does to the statistics of a base is not in its features.
        spoils = plan.traps.batch_norm
        found = None if spoils or plan.mode == "scratch" else self._features.get(key)
        job.features_kept = found is not None
        job.become("training" if base is None or found is not None else "features")
        job.done = job.of = 0
        trained = transfer(job.photos, plan, base=base, features=found, progress=job.progress)
        for now in trained:
            if job.stopping.is_set():
                trained.close()
                raise StoppedError("somebody stopped it")
            if isinstance(now, Features):
                found = now
                if not spoils:
                    self._keep(key, now)
                if job.status != "training":
                    job.become("training")
                job.done = job.of = 0
            elif isinstance(now, Record):
                job.done, job.of = now.step, now.steps
                job.records.append(dataclasses.asdict(now))
            elif isinstance(now, Outcome):
                job.become("saving")
                job.result = self._finish(job, now, self._advice(job, found))
        job.become("done")

    @staticmethod
    def _advice(job: Job, features: Features | None) -> Advice | None:
        """Where the photos stand for the base that read them as it should."""
        from convdemo.transfer.advice import advise
        from convdemo.transfer.features import NO_TRAPS

        if features is None or job.plan.traps != NO_TRAPS:
            return None
        training, _ = split(job.photos, seed=job.plan.seed)
        return advise(job.photos, features, tuple(training.tolist()))

    def _loaded(self, plan: Plan) -> nn.Sequential:
        """The base, of which the last one stays; a copy where a mistake may spoil it."""
        import copy

        from convdemo.transfer.bases import load_base

        if self._base is None or self._base[0] != plan.backbone:
            self._base = None  # two of them may be more than there is room for
            self._base = plan.backbone, load_base(plan.backbone)
        base = self._base[1]
        return copy.deepcopy(base) if plan.traps.batch_norm else base

    def _keep(self, key: tuple[Any, ...], features: Features) -> None:
        self._features[key] = features
        self._features.move_to_end(key)
        while len(self._features) > KEPT_FEATURES:
            self._features.popitem(last=False)


def features_key(photos: PhotoSet, plan: Plan) -> tuple[Any, ...]:
    """The same for trainings that need the same features."""
    copies = plan.copies if plan.augment else 1
    return photos.digest, plan.backbone, copies, plan.seed, plan.traps


def _told(error: Exception) -> Any:
    from convdemo.training.loop import DivergedError

    if isinstance(getattr(error, "problem", None), str):
        return error
    if isinstance(error, MemoryError):
        return JobError("transfer_memory")
    if isinstance(error, DivergedError):
        return JobError("transfer_diverged")
    return JobError("transfer_failed", error=f"{type(error).__name__}: {error}"[:200])
