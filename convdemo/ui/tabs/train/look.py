"""What is on the page of runs, looked at again and again, and what is done to them there."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from convdemo.files import PlaceError
from convdemo.ui import lab_report, snippet, text, wire
from convdemo.ui.components import Confusion, PictureGroup, State
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import inside, outcome, own, runs, view
from convdemo.ui.tabs.train.settings import spoken
from convdemo.ui.wire import Refused

MOST = 7  # runs beside the chosen one: there are eight colours to tell apart
NOTHING = PictureGroup(note="train.cell_hint")
PAST = {"training": "pause", "paused": "continue"}  # the action that a button has, by status
Seen = dict[str, Any]  # what is on the page, by part


def look(
    context: Context,
    chosen: str | None,
    compared: Sequence[str],
    epoch: float,
    model: str | None,
    news: str,
    visitor: str,
    seen: Seen,
    here: str,
) -> tuple[Seen, dict[str, dict[str, Any]]]:
    """What is on the page now, and an update for each part that is not on it yet.

    `epoch` is where the slider stands, `news` a run that is to be chosen, JSON, and `here` what
    only the browser knows: language, time zone, and the visitor's digit.
    """
    browser = wire.parsed(here)
    language, zone = text.known(str(browser.get("language"))), browser.get("zone")
    zone = zone if isinstance(zone, int) and abs(zone) < 1440 else None
    owner = context.visitor({"visitor": visitor})
    known = {run["id"]: run for run in runs.listed(context, {"visitor": visitor})}
    if news and news != seen.get("news"):
        wanted = wire.parsed(news)
        chosen, compared = wanted.get("choose"), wanted.get("compare", compared)
    if chosen not in known:
        chosen = _first(known)
    run = known[chosen]
    named = {one: view.name(context, run, owner, zone) for one, run in known.items()}
    others = [one for one in compared if one in known and one != chosen][:MOST]
    options = [(view.option(context, r, owner, zone, language), one) for one, r in known.items()]
    beside = [(spoken(language, told), one) for one, told in named.items() if one != chosen]
    folder = context.run_of({"run": chosen, "visitor": visitor})
    several = [
        (known[one], context.run_of({"run": one, "visitor": visitor}).records(), named[one])
        for one in (chosen, *others)
    ]
    records, status, models = several[0][1], run["status"], runs.models(context, visitor)
    living, tested = status in runs.LIVING, run["test_accuracy"] is not None
    following = seen.get("run") != chosen or epoch >= seen.get("epochs", 0)
    at = run["epoch"] if following else max(1, min(int(epoch), run["epoch"]))
    digit = browser.get("digit") if run["dataset"] == "mnist" else None
    asked = {"run": chosen, "epoch": at, "input": digit, "visitor": visitor}
    rate = _rate(records, run, language)

    def say(key: str) -> str:
        return text.say(language, key)

    lead = "inside_lead" if any(r.get("inside") for r in records) else "inside_none"

    parts: dict[str, tuple[Any, Callable[[], dict[str, Any]]]] = {
        "runs": ((options, chosen), lambda: {"choices": options, "value": chosen}),
        "compared": ((beside, others), lambda: {"choices": beside, "value": others}),
        "card": (
            (run, len(records), named[chosen]),
            lambda: {"value": view.card(run, records, named[chosen])},
        ),
        "go": ((status, run["epoch"], language), lambda: _go(run, language)),
        "stop": (living, lambda: {"visible": living}),
        "save": (run["saved"], lambda: {"visible": bool(run["saved"])}),
        "report": (run["epoch"] > 0, lambda: {"visible": run["epoch"] > 0}),
        "rates": (living, lambda: {"visible": living}),
        "rate": (rate, lambda: {"value": rate}),
        "remove": (
            (chosen, status, language),
            lambda: {
                "value": say("train.remove"),
                "interactive": not run["example"] and status not in ("training", "paused"),
            },
        ),
        "curves": (
            [(r["id"], r["status"], len(told), name) for r, told, name in several],
            lambda: {"value": view.charts(several)},
        ),
        "inside_lead": ((lead, language), lambda: {"value": say(f"train.{lead}")}),
        "inside": (
            [(r["id"], r["status"], len(told), name) for r, told, name in several],
            lambda: {"value": inside.charts(several)},
        ),
        "filters": ((chosen, run["epoch"]), lambda: {"value": inside.filters(folder)}),
        "differences": (
            [language, *((r["id"], r["val_accuracy"], name) for r, _, name in several)],
            lambda: {
                "value": view.differences(context, [(r, n) for r, _, n in several], owner, language)
            },
        ),
        "epoch": (
            (chosen, run["epoch"]),
            lambda: {
                "maximum": max(2, run["epoch"]),
                "value": max(1, at),
                "interactive": run["epoch"] > 1,
            },
        ),
        "moment": ((chosen, at, digit), lambda: {"value": _moment(context, asked)}),
        "matrix": (
            (chosen, run["test_accuracy"], living),
            lambda: {"value": _outcome(context, asked, over=not living)},
        ),
        "cell": ((chosen, tested), lambda: {"value": (NOTHING,) if tested else ()}),
        "log_fold": (status == "failed", lambda: {"visible": status == "failed"}),
        "log": ((chosen, status), lambda: {"value": folder.log() if status == "failed" else ""}),
        "code": (
            (chosen, run["lr_factor"]),
            lambda: {"value": snippet.for_run(folder.run, changed=run["lr_factor"] != 1)},
        ),
        "library": (
            models,
            lambda: {"choices": models, "value": model if model in models else models[0]},
        ),
        "timer": (
            [one for one, other in known.items() if other["status"] in runs.LIVING],
            lambda: {"active": any(r["status"] in runs.LIVING for r in known.values())},
        ),
    }
    keys = {name: repr(key) for name, (key, _) in parts.items()}
    new = {name: make() for name, (_, make) in parts.items() if keys[name] != seen.get(name)}
    return {**keys, "run": chosen, "epochs": run["epoch"], "news": news}, new


def _first(known: Mapping[str, Mapping[str, Any]]) -> str:
    """What is worth looking at first: a run that goes on, then one that will, then the newest."""
    for wanted in (("training", "paused"), ("waiting",)):
        for one, run in known.items():
            if run["status"] in wanted:
                return one
    return next(iter(known))


def _go(run: Mapping[str, Any], language: str) -> dict[str, Any]:
    status = run["status"]
    resumable = status in ("interrupted", "failed") or (
        status == "stopped" and run["epoch"] < run["epochs"]
    )
    key = PAST.get(status, "resume")
    return {"visible": status in PAST or resumable, "value": text.say(language, f"train.{key}")}


def _rate(records: Sequence[Mapping[str, Any]], run: Mapping[str, Any], language: str) -> str:
    if not records or run["status"] not in runs.LIVING:
        return ""
    rate = f"{records[-1]['lr']:.2g}"
    return text.say(language, "train.lr_now", rate=rate, factor=f"{run['lr_factor']:g}")


def _moment(context: Context, asked: Mapping[str, Any]) -> tuple[PictureGroup, ...]:
    if not asked["epoch"]:
        return ()
    try:
        return outcome.moment(context, asked)
    except Refused as error:
        return (PictureGroup(note=own.refusal(error).sentence),)


def _outcome(context: Context, asked: Mapping[str, Any], *, over: bool) -> Confusion:
    try:
        if not over:
            raise Refused("train_no_test")
        return outcome.outcome(context, asked)
    except Refused as error:
        return Confusion((), (), (own.refusal(error).sentence,))


def commanded(
    context: Context, action: str, run: str, visitor: str, **more: Any
) -> tuple[Any, Any]:
    """What is said, and the run, JSON, which is looked at again; "go" pauses and resumes it."""
    asked = {"run": run, "visitor": visitor, "action": action, **more}
    try:
        if action == "go":
            status = context.run_of(asked).state.status
            asked["action"] = "pause" if status == "training" else "resume"
        runs.command(context, asked)
    except (Refused, PlaceError) as error:
        return own.refusal(error), gr.skip()
    return gr.skip(), json.dumps({"choose": run, "turn": secrets.token_hex(4)})


def lesson(context: Context, visitor: str) -> tuple[Any, Any]:
    """What is said, and the runs of the lesson, as a command gives them."""
    try:
        return gr.skip(), inside.lesson(context, visitor)
    except (Refused, PlaceError) as error:
        return own.refusal(error), gr.skip()


def removed(
    context: Context, sure: str, run: str, visitor: str, here: str
) -> tuple[str, Any, Any, Any]:
    """The run whose removal is asked for once, the button, and what a command gives; the second
    press removes it: it may be an hour's work.
    """
    if sure != run:
        language = text.known(str(wire.parsed(here).get("language")))
        ask = gr.update(value=text.say(language, "train.remove_sure"))
        return run, ask, gr.skip(), gr.skip()
    return "", gr.skip(), *commanded(context, "remove", run, visitor)


def opened_cell(context: Context, request: Mapping[str, Any]) -> tuple[PictureGroup]:
    """The pictures behind a cell of the matrix."""
    try:
        return (outcome.cell(context, request),)
    except Refused as error:
        return (PictureGroup(note=own.refusal(error).sentence),)


def adopted(context: Context, file: str | None, visitor: str) -> State:
    """What is said of a model that was brought."""
    try:
        name = runs.adopted(context, file, visitor)
    except (Refused, PlaceError) as error:
        return own.refusal(error)
    return State(("train.adopted", {"model": f"@|{name}"}))


def saved(context: Context, of_run: bool, name: str, visitor: str) -> tuple[Any, Any]:
    """The file of a model, or of the one that a run left, and what is said where there is none."""
    try:
        if of_run:
            name = context.run_of({"run": name, "visitor": visitor}).state.saved or ""
        return runs.model_file(context, name, visitor), gr.skip()
    except (Refused, PlaceError) as error:
        return gr.skip(), own.refusal(error)


def reported(context: Context, run: str, visitor: str, here: str) -> tuple[Any, Any, Any]:
    """The file of a run's lab report, its button, and what is said where there is none."""
    language = text.known(str(wire.parsed(here).get("language")))
    file, told = gr.skip(), gr.skip()
    try:
        file = outcome.report(context, {"run": run, "visitor": visitor}, language)
    except (Refused, PlaceError) as error:
        told = own.refusal(error)
    return file, lab_report.button(language), told
