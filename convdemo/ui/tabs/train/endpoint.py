"""The endpoints of the Train tab, for programs."""

import secrets
from collections.abc import Mapping
from typing import Any

from gradio.events import api

from convdemo.data.registry import DATASETS
from convdemo.files import PlaceError
from convdemo.ui import answers, text
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.tabs.train import runs, settings
from convdemo.ui.wire import Refused


def build(context: Context) -> None:
    """/train and /run."""

    def train(
        model: str,
        dataset: str,
        epochs: int | None = None,
        seed: int = 0,
        settings: dict | None = None,
        language: str = "en",
    ) -> dict:
        """Start training a network on a data set, as a press on Train does.

        `model` is a name that the Train tab offers or a line of layers, "conv 3 p1 8 - relu -
        flatten - dense 10". `settings` are those of `convdemo train`, with underscores: {"lr",
        "batch", "limit", "optimizer", "augment", ...}. Answers {"run", "status"}, on a Space also
        {"visitor"}, whom the run belongs to: a key that `settings` may name. {"error": sentence} if
        that cannot be.
        """
        given = {**(settings or {}), "seed": seed, **({} if epochs is None else {"epochs": epochs})}
        try:
            return _train(context, model, dataset, given)
        except (Refused, PlaceError) as error:
            return {"error": answers.sentence(error, language)}

    def run(run: str, visitor: str = "", after: int = 0, language: str = "en") -> dict:
        """How a run stands: {"status", "place", "epoch", "epochs", "best_epoch", "val_accuracy",
        "test_accuracy", "seconds", "config", "reason", "saved", "records"}.

        `status` is waiting, training, paused, done, stopped, failed or interrupted; `saved` the
        name of the trained model once there is one. `records` are those from the index `after` on.
        On a Space `visitor` is what `/train` answered. {"error": sentence} if that cannot be.
        """
        try:
            return _run(context, run, visitor, after, language)
        except Refused as error:
            return {"error": answers.sentence(error, language)}

    for endpoint in (train, run):
        name = endpoint.__name__
        api(endpoint, api_name=name, concurrency_limit=2, concurrency_id="runs")


def _train(context: Context, model: str, dataset: str, given: dict[str, Any]) -> dict[str, Any]:
    visitor = given.pop("visitor", None)
    if not (isinstance(visitor, str) and VISITOR.fullmatch(visitor)):
        visitor = secrets.token_hex(16)
    owner = {"visitor": visitor}
    _check_names(context, model, dataset, given, context.visitor(owner))
    asked = {"model": model, "dataset": dataset, "config": given, **owner}
    run, *_ = runs.started(context, asked)
    status = context.runs.folder(run).state.status
    return {"run": run, "status": status, **(owner if context.on_space else {})}


def _check_names(
    context: Context, model: str, dataset: str, given: Mapping[str, Any], visitor: str
) -> None:
    """Refused for a name that there is not, with those that there are."""
    from convdemo.networks.written import is_line

    if not (isinstance(model, str) and isinstance(dataset, str)):
        raise Refused("request")
    if dataset in DATASETS and dataset not in settings.OFFERED:
        raise _none_of("dataset", dataset, settings.OFFERED)
    context.dataset(dataset, visitor)
    networks = settings.networks(context, visitor)
    if not is_line(model) and model not in networks:
        raise _none_of("model", model, networks)
    several = settings.choices(dataset)
    numbers = [name for name, *_ in (*settings.NUMBERS, *settings.OPTIONAL)]
    for name, value in given.items():
        if name in several and value not in list(several[name]):
            raise _none_of(name, value, several[name])
        if name not in (*numbers, *several):
            known = ", ".join((*numbers, *several))
            raise Refused("train_setting", value=settings.literal(name), choices=known)


def _none_of(name: str, value: object, choices: Any) -> Refused:
    told = {"value": settings.literal(str(value)), "choices": ", ".join(choices)}
    return Refused("train_choice", name=f"@train.{name}", **told)


def _run(context: Context, run: str, visitor: str, after: int, language: str) -> dict[str, Any]:
    if context.on_space and not VISITOR.fullmatch(visitor):
        raise Refused("train_gone")
    folder = context.run_of({"run": run, "visitor": visitor})
    found = {k: v for k, v in runs.summary(context, folder).items() if k not in ("id", "example")}
    reason = found["reason"]
    if reason:
        values = {key: settings.literal(str(one)) for key, one in reason["values"].items()}
        found["reason"] = text.say(text.known(language), f"problem.{reason['key']}", **values)
    return {"run": run, **found, "records": folder.records(max(0, int(after)))}
