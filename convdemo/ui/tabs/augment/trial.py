"""Trials of an augmentation, "does it help?": each in a process of its own, one at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from convdemo.ui.components import Answer, Chart, Line
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.augment.request import treatment
from convdemo.ui.wire import Refused

RUNS = 2 * SEEDS
ONE = threading.Semaphore(1)  # trial runs, of all visitors


def run(
    context: Context, request: Mapping[str, Any], tell: Tell
) -> Iterator[tuple[Answer, tuple[Chart, ...]]]:
    """A trial of {"policy"} or {"chain", "fill"} on {"pictures"} of {"dataset"}: what it has shown
    so far, in words and in charts, after each run. Its process ends with the generator.
    """
    asked, tried = _asked(context, request)
    results: list[Result] = []
    yield told(tried, results), ()
    with _process(asked) as lines:
        for said in map(json.loads, lines):
            if "failed" in said:
                raise Refused("augment_trial_failed", error=said["failed"])
            if "progress" in said:
                tell(said["progress"]["share"])
            else:
                results.append(Result(**said["result"]))
                yield told(tried, results), charts(results)


@contextmanager
def _process(asked: dict[str, Any]) -> Iterator[Iterator[str]]:
    """What the process tells, line by line, until it ends; it does not outlive this."""
    with subprocess.Popen(
        [sys.executable, "-m", "convdemo.training.ablation"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.close()
            yield process.stdout
            if status := process.wait():
                raise Refused("augment_trial_failed", error=f"exit status {status}")
        finally:
            process.kill()


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


def told(tried: Sentence, results: Sequence[Result]) -> Answer:
    """How far it is and what it has shown, in words."""
    key = "trial.done" if len(results) == RUNS else "trial.running"
    counts = {"run": len(results), "runs": RUNS, "pictures": f"{TEST_PICTURES:,}"}
    lines = _results(results) if results else ()
    return Answer({}, sentence=(key, counts), details=(tried, *lines))


def _results(results: Sequence[Result]) -> tuple[Sentence, ...]:
    """A line for each condition, with a verdict once all runs are done."""
    found, lines = summary(list(results)), []
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
        if len(results) == RUNS:
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


def charts(results: Sequence[Result]) -> tuple[Chart, ...]:
    """The runs of both kinds by their seed, a chart for each condition, all on one scale."""
    shares = [share for one in results for share in one.accuracy.values()]
    scale = (max(0.0, min(shares) - 0.01), min(1.0, max(shares) + 0.01))

    def line(name: str, condition: str, *, augmented: bool) -> Line:
        ours = [one for one in results if one.augmented == augmented]
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
