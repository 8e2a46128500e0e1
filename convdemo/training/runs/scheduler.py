"""The queue of runs: one trains at a time, in a process that was kept warm for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from convdemo.paths import PACKAGE
from convdemo.training.runs.store import RunFolder, Runs

LOOK_AT_WORKER = 0.1  # seconds between two looks at the worker that trains
LOOK_AT_RUNS = 0.5  # and at all runs, which may have been made by another server
PAUSED_AT_ONCE = 2  # runs that may rest in memory; the one that rests longest is stopped then


def start_worker() -> subprocess.Popen[str]:
    """A worker that imports everything and then waits; it ends with us unless it was given a run.

    In a session of its own: a run goes on when the page's server is stopped, by a key or for good.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "convdemo.training.runs.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        # Where the package is not installed, the worker finds it where we did. Its log is UTF-8.
        env={
            **os.environ,
            "PYTHONPATH": str(PACKAGE.parent),
            "PYTHONIOENCODING": "utf-8:backslashreplace",
        },
    )


@dataclass
class Scheduler:
    """Hands the runs of a folder to workers, in the order in which they were made."""

    runs: Runs
    data_dir: Path
    weights_dir: Path
    _spare: subprocess.Popen[str] | None = None
    _busy: list[tuple[subprocess.Popen[str], RunFolder]] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warm_up(self) -> None:
        """Look for runs now and from now on, with a worker in reserve."""
        self._wake.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._over.clear()
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop looking, and let the spare worker go; a run that trains goes on."""
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        if self._spare is not None:
            with self._spare:  # closes its input and waits for it
                self._spare.terminate()  # it has no run: what it still imports is for nobody
            self._spare = None

    def place(self, folder: RunFolder) -> int:
        """1 for the run that is next, 2 for the one after it, 0 for one that does not wait."""
        waiting = [other.path for other in self.runs.waiting()]
        return waiting.index(folder.path) + 1 if folder.path in waiting else 0

    def _work(self) -> None:
        while not self._over.is_set():
            self._wake.clear()
            self._step()
            self._wake.wait(LOOK_AT_WORKER if self._busy else LOOK_AT_RUNS)

    def _step(self) -> None:
        for worker, folder in list(self._busy):
            if worker.poll() is None:
                continue
            self._busy.remove((worker, folder))
            if folder.path.is_dir() and folder.state.status == "waiting":
                # It ended before it could say anything: tried again, it would end like that again.
                values = {"error": f"exit status {worker.returncode}"}
                folder.set_state(status="failed", reason={"key": "train_failed", "values": values})
        if self._spare is None or self._spare.poll() is not None:
            self._spare = start_worker()
        following = self._next()
        if following is not None:
            self._begin(following)

    def _next(self) -> RunFolder | None:
        """The run whose turn it is; None while another one trains, be it of an earlier server."""
        folders = [(folder, folder.state.status) for folder in self.runs.all()]
        paused = [folder for folder, status in folders if status == "paused"]
        if len(paused) > PAUSED_AT_ONCE:
            min(paused, key=lambda folder: folder.asked_at("pause")).request("stop")
        if any(status == "training" for _, status in folders):
            return None
        if any(worker.poll() is None and not folder.alive() for worker, folder in self._busy):
            return None  # it was handed a run and has not begun yet, or is about to end
        return next((folder for folder, status in folders if status == "waiting"), None)

    def _begin(self, folder: RunFolder) -> None:
        if folder.requested("hold"):  # its worker has been resting since it was paused
            folder.request("hold", wanted=False)
            return
        worker, self._spare = self._spare, None
        assert worker is not None
        assert worker.stdin is not None
        asked = {
            "run": str(folder.path),
            "data_dir": str(self.data_dir),
            "weights_dir": str(self.weights_dir / folder.run.owner),
        }
        try:
            worker.stdin.write(json.dumps(asked) + "\n")
            worker.stdin.close()
        except BrokenPipeError:
            return  # it died in reserve; the run still waits
        self._busy.append((worker, folder))
