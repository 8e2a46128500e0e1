"""Trials of an augmentation, "does it help?": each in a process of its own, one at a time."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from convdemo.paths import PACKAGE
from convdemo.training.ablation import (
    CONDITIONS,
    NETWORKS,
    SEEDS,
    SIZES,
    TEST_PICTURES,
    Progress,
    Result,
    summary,
)
from convdemo.ui import wire
from convdemo.ui.components import Answer, Chart, Line
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.augment.request import treatment
from convdemo.ui.wire import Refused

MOST = 8  # trials that wait or run, of all visitors
EVERY = 0.3  # seconds between two looks: whoever has gone is noticed then
RUNS = 2 * SEEDS


@dataclass(frozen=True)
class Trial:
    """What is tried, in a sentence, how many trials come before it, and what is known of it."""

    tried: Sentence
    before: int = 0
    progress: Progress | None = None
    results: tuple[Result, ...] = ()


@dataclass(eq=False)
class Trials:
    """The trials of a server, in the order in which they were asked for."""

    _line: list[object] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, context: Context, request: Mapping[str, Any]) -> Iterator[Trial]:
        """A trial of {"policy"} or {"chain", "fill"} on {"pictures"} of {"dataset"}, step by step.

        Its process ends with the generator.
        """
        asked, tried = _asked(context, request)
        yield Trial(tried)
        with self._place(tried) as before:
            for number in before:
                yield Trial(tried, before=number)
            yield from _follow(asked, tried)

    @contextmanager
    def _place(self, tried: Sentence) -> Iterator[Iterator[int]]:
        """A place in the line: how many are before it, until there is none."""
        own = object()
        with self._lock:
            if len(self._line) >= MOST:
                raise Refused("augment_trials", most=MOST)
            self._line.append(own)
        try:
            yield self._before(own)
        finally:
            with self._lock:
                self._line.remove(own)

    def _before(self, own: object) -> Iterator[int]:
        while number := self._line.index(own):
            yield number
            time.sleep(EVERY)


def _asked(context: Context, request: Mapping[str, Any]) -> tuple[dict[str, Any], Sentence]:
    """What the process is told, and what is said of it."""
    dataset, pictures = wire.text(request, "dataset"), request.get("pictures")
    if dataset not in NETWORKS or pictures not in SIZES:
        raise Refused("request")
    how = treatment(request)
    about = {"dataset": dataset, "pictures": pictures, "data_dir": str(context.data_dir)}
    said = {"dataset": f"@dataset.{dataset}", "pictures": f"{pictures:,}"}
    if how.chain is None:
        policy = {"policy": f"@policy.{how.policy}"}
        return {**about, "policy": how.policy}, ("trial.tried_policy", {**said, **policy})
    from convdemo.augmentation.chain import as_json

    steps = as_json(how.chain)
    key = f"trial.tried_{'step' if len(steps) == 1 else 'chain'}"
    return {**about, "chain": steps, "fill": how.chain.fill}, (key, {**said, "steps": len(steps)})


def _follow(asked: dict[str, Any], tried: Sentence) -> Iterator[Trial]:
    """What the process tells, until it ends; it does not outlive this."""
    process = subprocess.Popen(
        [sys.executable, "-m", "convdemo.training.ablation"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_pass_on, args=(process.stdout, told), daemon=True)
    reader.start()
    try:
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.close()
        now, over = Trial(tried), False
        while not over:
            yield now
            time.sleep(EVERY)
            while not told.empty():
                line = told.get()
                over = line is None
                now = now if line is None else _with(now, json.loads(line))
        if status := process.wait():
            raise Refused("augment_trial_failed", error=f"exit status {status}")
        yield now
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()


def _pass_on(lines: Any, told: queue.Queue[str | None]) -> None:
    for line in lines:
        told.put(line)
    told.put(None)


def _with(now: Trial, said: dict[str, Any]) -> Trial:
    if "failed" in said:
        raise Refused("augment_trial_failed", error=said["failed"])
    if "progress" in said:
        return Trial(now.tried, 0, Progress(**said["progress"]), now.results)
    return Trial(now.tried, 0, now.progress, (*now.results, Result(**said["result"])))


def told(trial: Trial, *, stopped: bool = False) -> Answer:
    """How it stands and what it has shown, in words."""
    progress, done = trial.progress, len(trial.results)
    share: dict[str, float] = {"progress": 0.0}
    left: tuple[Sentence, ...] = ()
    if done == RUNS:
        state: Sentence = ("trial.done", {"runs": RUNS, "pictures": f"{TEST_PICTURES:,}"})
        share = {"progress": 1.0}
    elif stopped:
        key = "trial.stopped" if done else "trial.stopped_early"
        state = (key, {"run": done, "runs": RUNS})
    elif trial.before:
        state = ("trial.waiting", {"before": trial.before})
    elif progress is None:
        state = "trial.starting"
    else:
        state = ("trial.running", {"run": progress.run, "runs": progress.runs})
        share = {"progress": progress.share}
        left = _left(progress.seconds_left)
    lines = _results(trial) if done else ()
    return Answer(share, sentence=state, notes=left, details=(trial.tried, *lines))


def _left(seconds: float | None) -> tuple[Sentence, ...]:
    if seconds is None:
        return ("trial.left_unknown",)
    minutes, rest = divmod(max(1, round(seconds)), 60)
    values = {"minutes": minutes, "seconds": rest}
    return (("trial.left_minutes" if minutes else "trial.left_seconds", values),)


def _results(trial: Trial) -> tuple[Sentence, ...]:
    """A line for each condition, with a verdict once all runs are done."""
    found, lines = summary(list(trial.results)), []
    for condition in CONDITIONS:
        sides = {name: found[name].get(condition) for name in ("without", "with")}
        values = {
            "condition": f"@trial.on.{condition}",
            **{
                name: "–" if one is None else f"{one['mean']:.1%} ± {one['spread'] * 100:.1f}"
                for name, one in sides.items()
            },
        }
        verdict, points = "", 0.0
        if len(trial.results) == RUNS:
            verdict, points = verdict_of(found["without"][condition], found["with"][condition])
        key = f"trial.line_{verdict}" if verdict else "trial.line"
        lines.append((key, {**values, "points": f"{abs(points) * 100:.1f}"}))
    return (*lines, "trial.rule")


def verdict_of(without: Mapping[str, float], treated: Mapping[str, float]) -> tuple[str, float]:
    """ "helps", "hurts" or "same", and the difference of the means.

    A difference counts where the means are further apart than twice the larger spread. For three
    runs against three that is about what a t test asks for at five per cent.
    """
    difference = treated["mean"] - without["mean"]
    if abs(difference) <= 2 * max(without["spread"], treated["spread"]):
        return "same", difference
    return ("helps" if difference > 0 else "hurts"), difference


def charts(trial: Trial) -> tuple[Chart, ...]:
    """The runs of both kinds by their seed, a chart for each condition, all on one scale."""
    if not trial.results:
        return ()
    shares = [share for one in trial.results for share in one.accuracy.values()]
    scale = (max(0.0, min(shares) - 0.01), min(1.0, max(shares) + 0.01))

    def line(name: str, condition: str, *, augmented: bool) -> Line:
        ours = [one for one in trial.results if one.augmented == augmented]
        seeds = tuple(float(one.seed + 1) for one in ours)
        values = tuple(one.accuracy[condition] for one in ours)
        return Line(f"trial.{name}", seeds, values, colour=0 if augmented else 1)

    return tuple(
        Chart(
            (line("without", one, augmented=False), line("with", one, augmented=True)),
            f"trial.on.{one}",
            "trial.seed",
            y_unit="share",
            x_range=(0, SEEDS + 1),
            y_range=scale,
            read="trial.at_seed",
        )
        for one in CONDITIONS
    )
