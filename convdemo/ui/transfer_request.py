"""What a training of the Transfer tab is asked to be: bases, stages and settings, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from convdemo.inference.inputs import OWN, SCRATCH
from convdemo.transfer.bases import BASES
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.transfer.plan import Plan
from convdemo.networks.backbones import BACKBONES

TRAPS = ("batch_norm", "normalisation")
MOST_COPIES, MOST_EPOCHS, MOST_EPOCHS_ON_SPACE = 10, 60, 20
WORDS = ("mode", "backbone", "network", "unfreeze", "device")
NUMBERS = (
    ("copies", 1, MOST_COPIES, int),
    ("epochs", 1, MOST_EPOCHS, int),
    ("seed", 0, 2**31 - 1, int),
    ("lr", 1e-6, 1, float),
    ("dropout", 0, 0.9, float),
)


def bases(context: Context) -> list[dict[str, Any]]:
    """Every base that one may start from, and whether its weights are here; these come first."""
    from convdemo.networks.hub import is_cached

    offers = [
        {
            "name": spec.name,
            "title": spec.photos.title,
            "megabytes": spec.photos.megabytes,
            "parameters": spec.photos.parameters,
            "side": spec.photos.side,
            "accuracy": _own_accuracy(context) if spec.name == OWN else spec.accuracy,
            "trained_on": spec.trained_on,
            "cached": spec.name == OWN or is_cached(BACKBONES[spec.name]),
        }
        for spec in BASES.values()
    ]
    return sorted(offers, key=lambda offer: not offer["cached"])


def _own_accuracy(context: Context) -> float | None:
    """Of the file that ships, as its card says."""
    from convdemo.inference.card import read_card
    from convdemo.transfer.bases import FILE

    try:
        return read_card(context.model_dirs[-1] / FILE).test_accuracy
    except (ValueError, OSError):
        return None


def networks() -> list[dict[str, Any]]:
    """The networks that start from nothing."""
    return [
        {
            "name": spec.name,
            "title": spec.title,
            "parameters": spec.parameters,
            "side": spec.side,
            "epochs": _usual(spec.name).epochs,
        }
        for spec in SCRATCH.values()
    ]


def _usual(network: str) -> Any:
    from convdemo.training.recipes import RECIPES

    return RECIPES[network]


@lru_cache(maxsize=64)
def stages_of(backbone: str, classes: int) -> list[dict[str, Any]]:
    """The stages of a base with a head for so many classes, from the input on: their values, and
    how many are trained where fine-tuning begins there.
    """
    import torch

    from convdemo.networks.registry import MODELS
    from convdemo.networks.stages import count_parameters
    from convdemo.networks.warm_start import with_head
    from convdemo.transfer.finetune import parts, trainable

    spec = BASES[backbone].photos
    with torch.device("meta"):  # only sizes are asked for
        if backbone == OWN:
            base = MODELS[OWN].build((3, spec.side, spec.side), 10)
        else:
            from convdemo.networks.backbones import build

            base = build(backbone)
        network = with_head(base, classes)
    whole = count_parameters(network)
    found = []
    for name, stage in list(network.named_children())[:-1]:
        trained = sum(weight.numel() for weight in trainable(parts(network, name)[1]))
        values = count_parameters(stage)
        if values:
            told = {"name": name, "values": values, "trained": trained, "frozen": whole - trained}
            found.append({**told, "usual": name == BASES[backbone].unfreeze})
    return found


def plan_of(context: Context, request: Mapping[str, Any], *, fetched: bool = True) -> Plan:
    """The plan of {"plan": {...}}; Refused names what cannot be.

    With `fetched` also a base whose weights are not here yet.
    """
    from convdemo.networks.hub import is_cached
    from convdemo.transfer.plan import Plan

    given = wire.mapping(request.get("plan"))
    most = MOST_EPOCHS_ON_SPACE if context.on_space else MOST_EPOCHS
    values = _settings(given, most)
    try:
        plan = Plan(**values)
    except ValueError as error:
        raise Refused("request") from error
    if plan.mode == "scratch":
        too_long = plan.epochs is None and _usual(plan.network).epochs > most
        return replace(plan, epochs=most) if too_long else plan
    names = {stage["name"] for stage in stages_of(plan.backbone, 2)}
    if plan.unfreeze is not None and plan.unfreeze not in names:
        raise Refused("request")
    if fetched and plan.backbone != OWN and not is_cached(BACKBONES[plan.backbone]):
        spec = BASES[plan.backbone].photos
        raise Refused("explain_fetch", title=spec.title, megabytes=spec.megabytes)
    return plan


def _settings(given: Mapping[str, Any], most_epochs: int) -> dict[str, Any]:
    """The arguments of a plan; what is not given is left to it."""
    from convdemo.transfer.features import Traps

    values: dict[str, Any] = {"augment": given.get("augment") is not False}
    for name in WORDS:
        if given.get(name) is not None:
            values[name] = wire.text(given, name)
    for name, low, high, kind in NUMBERS:
        if given.get(name) is not None:
            limit = min(high, most_epochs) if name == "epochs" else high
            values[name] = kind(_number(given, name, low, limit))
    traps = wire.choices(given, "traps", TRAPS)
    return {**values, "traps": Traps(**dict.fromkeys(traps, True))}


def _number(given: Mapping[str, Any], name: str, low: float, high: float) -> float:
    try:
        return wire.number(given, name, low, high)
    except Refused as error:
        values = {"name": f"@transfer.set.{name}", "low": f"{low:g}", "high": f"{high:g}"}
        raise Refused("train_number", **values) from error


def stages(payload: Any) -> dict[str, Any]:
    """The stages of {"backbone"} for {"classes"} classes."""
    request = wire.mapping(payload)
    backbone = wire.text(request, "backbone")
    if backbone not in BASES:
        raise Refused("request")
    return {"stages": stages_of(backbone, int(wire.number(request, "classes", 2, 1000)))}
