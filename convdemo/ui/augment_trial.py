"""Trials of an augmentation, "does it help?": each in a process of its own, one at a time."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from convdemo.paths import PACKAGE
from convdemo.training.ablation import (
    CONDITIONS,
    NETWORKS,
    SEEDS,
    SIZES,
    TEST_PICTURES,
    Result,
    summary,
)
from convdemo.ui import wire
from convdemo.ui.augment_request import chain_in
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

MOST = 8  # trials that wait or run, of all visitors
FORGOTTEN = 30.0  # seconds after the last look, when nobody waits for it any more
KEPT = 600.0  # and when the results of one that is over are let go


@dataclass(eq=False)
class _Trial:
    """One trial and what is known of it so far."""

    id: str
    owner: str
    request: dict[str, Any]
    asked: float
    process: subprocess.Popen[str] | None = None
    thread: threading.Thread | None = None
    progress: dict[str, Any] | None = None
    results: list[Result] = field(default_factory=list)
    failed: str | None = None
    over: bool = False

    def follow(self) -> None:
        """Read what the process tells until it ends."""
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as told:
            for line in told:
                said = json.loads(line)
                if "progress" in said:
                    self.progress = said["progress"]
                elif "result" in said:
                    self.results.append(Result(**said["result"]))
                else:
                    self.failed = said["failed"]
        if self.process.wait() and self.failed is None and not self.over:
            self.failed = f"exit status {self.process.returncode}"
        self.over = True

    def end(self) -> None:
        self.over = True
        if self.process is not None and self.process.poll() is None:
            self.process.kill()


@dataclass(eq=False)
class Trials:
    """The trials of a server, in the order in which they were asked for."""

    _all: dict[str, _Trial] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, context: Context, payload: Any) -> dict[str, Any]:
        """Queue a trial of {"policy"} or {"chain", "fill"} on {"pictures"} of {"dataset"}."""
        request = wire.mapping(payload)
        dataset, pictures = wire.text(request, "dataset"), request.get("pictures")
        if dataset not in NETWORKS or pictures not in SIZES:
            raise Refused("request")
        asked = {"dataset": dataset, "pictures": pictures, "data_dir": str(context.data_dir)}
        if "chain" in request:
            from convdemo.augmentation.chain import as_json

            chain = chain_in(request)
            asked |= {"chain": as_json(chain), "fill": chain.fill}
        else:
            from convdemo.augmentation.preview import POLICY_NAMES

            policy = wire.text(request, "policy")
            if policy not in POLICY_NAMES:
                raise Refused("request")
            asked["policy"] = policy
        owner = context.visitor(request)
        new = _Trial(secrets.token_hex(8), owner, asked, time.monotonic())
        with self._lock:
            self._tidy()
            if sum(not one.over for one in self._all.values()) >= MOST:
                raise Refused("augment_trials", most=MOST)
            self._all[new.id] = new
            self._begin_next()
        return {"trial": new.id}

    def look(self, context: Context, payload: Any) -> dict[str, Any]:
        """How {"trial"} stands, and what it has found."""
        with self._lock:
            one = self._of(context, payload)
            one.asked = time.monotonic()
            self._tidy()
            self._begin_next()
            waiting = [other for other in self._all.values() if not other.over]
            place = waiting.index(one) + 1 if one in waiting else 0
        if one.failed is not None:
            raise Refused("augment_trial_failed", error=one.failed)
        return {
            "place": place,  # 1: it is running; 2: the next one; 0: it is over
            "over": one.over,
            "progress": one.progress,
            "results": summary(one.results),
            "runs": [{**vars(result)} for result in one.results],
            "conditions": list(CONDITIONS),
            "seeds": SEEDS,
            "test_pictures": TEST_PICTURES,
        }

    def stop(self, context: Context, payload: Any) -> dict[str, Any]:
        """End {"trial"}; what it has found stays."""
        with self._lock:
            self._of(context, payload).end()
            self._begin_next()
        return {}

    def close(self) -> None:
        """End them all, as the server ends."""
        with self._lock:
            for one in self._all.values():
                one.end()
        for one in self._all.values():
            if one.thread is not None:
                one.thread.join()

    def _of(self, context: Context, payload: Any) -> _Trial:
        request = wire.mapping(payload)
        one = self._all.get(wire.text(request, "trial") or "")
        if one is None or one.owner != context.visitor(request):
            raise Refused("augment_trial_gone")
        return one

    def _tidy(self) -> None:
        now = time.monotonic()
        for one in list(self._all.values()):
            if not one.over and now - one.asked > FORGOTTEN:
                one.end()
            if one.over and now - one.asked > KEPT:
                del self._all[one.id]

    def _begin_next(self) -> None:
        waiting = [one for one in self._all.values() if not one.over]
        if not waiting or waiting[0].process is not None:
            return
        first = waiting[0]
        first.process = subprocess.Popen(
            [sys.executable, "-m", "convdemo.training.ablation"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        )
        assert first.process.stdin is not None
        first.process.stdin.write(json.dumps(first.request) + "\n")
        first.process.stdin.close()
        first.thread = threading.Thread(target=first.follow, daemon=True)
        first.thread.start()
