"""What the controls of the Augment tab ask for, as functions that take and return plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from convdemo.ui import answers, guard, text, wire
from convdemo.ui.components import Answer, Grid
from convdemo.ui.context import JOBS, Context
from convdemo.ui.tabs.augment import making, request, sweep
from convdemo.ui.wire import Refused

JOB_NAMES = {"clothes": "tab.clothes", "digits": "augment.digits", "photos": "augment.photos"}
ANOTHER_SEED = f"() => Math.floor(Math.random() * {request.HIGHEST_SEED + 1})"
OWN = "own"  # what a chain is called that is no preset any more
NOBODY = ""  # reads the tiles
START = json.dumps({"source": "", "reader": NOBODY, "job": "", "away": True})  # for `tell`


def asked(
    source: str, mode: str, policy: str, chain: list, fill: str, count: int, seed: float | None
) -> dict[str, Any]:
    """What the controls say, as `request` takes it; Refused without a picture."""
    lowest, highest = 0, request.HIGHEST_SEED
    drawn = {"n": count, "seed": int(min(max(seed or lowest, lowest), highest))}
    return {**wire.parsed(source), **way(mode, policy, chain, fill), **drawn}


def way(mode: str, policy: str, chain: list, fill: str) -> dict[str, Any]:
    """The policy or the chain, as `request` takes it."""
    return {"chain": chain, "fill": fill} if mode == "chain" else {"policy": policy}


def fitting(context: Context, job: str, visitor: str) -> str:
    """The reader for pictures of a job: its first model, nobody where there is none."""
    entries = context.entries(job, context.visitor({"visitor": visitor}))
    return f"{job}:{entries[0].card.name}" if entries else NOBODY


def readers(context: Context, visitor: str, language: str) -> list[tuple[str, str]]:
    """Who may read the tiles: nobody, or a model of the visitor's library."""
    owner = context.visitor({"visitor": visitor})
    return [
        (text.say(language, "augment.nobody"), NOBODY),
        *(
            (f"{text.say(language, JOB_NAMES[job])}: {one.card.name}", f"{job}:{one.card.name}")
            for job in JOBS
            for one in context.entries(job, owner)
        ),
    ]


def job_of(source: Mapping[str, Any]) -> str | None:
    """Whose model reads such pictures; None for a file, which may be anything."""
    if "ink" in source:
        return "digits"
    return source.get("job") or request.SAMPLED.get(str(source.get("dataset")))


def ready(preset: str) -> tuple[list[dict[str, Any]], str]:
    """The steps and the fill of a ready chain."""
    from convdemo.augmentation.chain import PRESETS, as_json

    return as_json(PRESETS[preset]), PRESETS[preset].fill


def refitted(
    context: Context, source: str, reader: str, last: Mapping[str, Any], visitor: str
) -> dict[str, Any]:
    """Who reads the picture of a source, after the `last` one: {"source", "reader", "job", "away"}.

    A picture of another job gets a model of that job, unless the visitor wants nobody to read;
    "away" says that nobody reads only because there is no model for such pictures.
    """
    job, away = last.get("job"), last.get("away")
    if source != last.get("source"):
        wanted = job_of(wire.parsed(source)) if source else None
        if wanted and wanted != job and (reader or away):
            job, reader = wanted, fitting(context, wanted, visitor)
            away = reader == NOBODY
    elif reader != last.get("reader"):
        job, away = reader.partition(":")[0] or job, False
    return {"source": source, "reader": reader, "job": job, "away": away}


class Told(NamedTuple):
    """What follows from what is chosen, for the displays and controls that show it."""

    tiles: Grid
    table: Any = gr.skip()
    often: Any = gr.skip()
    code: str = ""
    chain: Any = gr.skip()
    preset: Any = gr.skip()
    reader: Any = gr.skip()
    picture: Any = gr.skip()
    about: str = ""


def tell(
    context: Context,
    source: str,
    mode: str,
    policy: str,
    chain: list[Any],
    fill: str,
    count: int,
    seed: float | None,
    preset: str,
    reader: str,
    about: str,
    visitor: str,
) -> Told:
    """The tiles and all that belongs to them; `about` is what the last call gave."""
    last = wire.parsed(about)
    place, used, code, picture = 0, [], "", gr.skip()
    try:
        now = refitted(context, source, reader, last, visitor)
        question = {**asked(source, mode, policy, chain, fill, count, seed), "visitor": visitor}
        grid, used, code = making.make(context, question, now["reader"])
    except guard.REFUSALS as error:
        found = guard.problem(error)
        # A step that cannot be says nothing about the picture: its last tiles stay, faintly.
        chained = found["problem"].startswith("chain_")
        now = {**last, "source": source}
        sentence = guard.told(error) if source else "answer.none"
        grid = Grid((), sentence, stale=chained and source == last.get("source"))
        place = int(found["values"].get("place", 0))
        picture = gr.skip() if chained or not source else None
    told = Told(
        replace(grid, of=source),
        code=code,
        reader=now["reader"],
        picture=picture,
        about=json.dumps(now),
    )
    if mode == "policy":
        return told._replace(table=making.rules(policy, used), often=making.often(policy))
    kept = preset if preset != OWN and (chain, fill) == ready(preset) else OWN
    lines = [f"preset.{kept}.why", f"fill.{fill}.why"]
    return told._replace(chain=gr.update(wrong=place, lines=lines), preset=kept)


def offered(context: Context, source: str, mode: str, visitor: str) -> Any:
    """For the editor of the chain: techniques on the picture, and what it can be cut to."""
    if mode != "chain":
        return gr.skip()
    try:
        return gr.update(
            offered=making.offered(context, {**wire.parsed(source), "visitor": visitor})
        )
    except guard.REFUSALS:
        return gr.update(offered=[])


def begun(preset: str, chain: list[Any], fill: str) -> tuple[list[Any], str]:
    """The chain and the fill of a preset; one's own begins with what is there."""
    if not isinstance(preset, str):
        raise Refused("request")
    return (chain, fill) if preset == OWN else ready(preset)


def kept(
    make: Callable[..., bytes], ending: str, context: Context, visitor: str, *chosen: Any
) -> str | None:
    """A file of the tiles of what is chosen, as `asked` takes it; None where there are none."""
    try:
        question = {**asked(*chosen), "visitor": visitor}
        made = make(context, question)
    except guard.REFUSALS:
        return None
    name = f"augment-{question.get('policy', 'chain')}-{question['seed']}-{question['n']}.{ending}"
    return save_bytes_to_cache(made, name, get_upload_folder())


def reported(
    context: Context, language: str, visitor: str, reader: str, preset: str, *chosen: Any
) -> Path:
    """The lab report of what is chosen, as `asked` takes it."""
    question = {**asked(*chosen), "visitor": visitor}
    return making.report(context, language, question, reader, preset)


def swept(
    context: Context, about: str, axis: str, fill: str, opened: bool, visitor: str
) -> tuple[Any, Any, Any, Any]:
    """Words, curve and code of `sweep.follow`, and whether empty places are filled."""
    filled = gr.update(visible=axis in sweep.FILLING)
    if not opened:
        return gr.skip(), gr.skip(), gr.skip(), filled
    try:
        now = wire.parsed(about)
        if not now.get("source"):
            return Answer({}, sentence="sweep.no_picture"), None, "", filled
        if not now.get("reader"):
            return Answer({}, sentence="sweep.no_reader"), None, "", filled
        question = {**wire.parsed(now["source"]), "visitor": visitor}
        return *sweep.follow(context, question, now["reader"], axis, fill), filled
    except guard.REFUSALS as error:
        return answers.refusal(error), None, "", filled
