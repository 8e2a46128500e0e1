"""How a training of the Transfer tab is asked for: ways, bases, settings, and how they are said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from convdemo.inference.inputs import OWN, SCRATCH
from convdemo.networks import hub
from convdemo.networks.backbones import BACKBONES
from convdemo.transfer.bases import BASES
from convdemo.ui import answers, text, wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.transfer.plan import Plan

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
MODES = ("features", "finetune", "scratch")
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
Choices = list[tuple[str, str]]


class Settings(NamedTuple):
    """What the controls say, in their order; `epochs` are those of fine-tuning."""

    mode: str = MODES[0]
    base: str = ""
    network: str = next(iter(SCRATCH))
    copies: int = 2
    unfreeze: str | None = None
    epochs: int = 5
    lr: float = 1e-4
    scratch_epochs: int = 5
    augment: bool = True
    dropout: bool = True
    batch_norm: bool = False
    normalisation: bool = False

    def asked(self) -> dict[str, Any]:
        """The settings that this way to learn has."""
        if self.mode == "scratch":
            found = {"network": self.network, "epochs": self.scratch_epochs}
            found |= {"augment": self.augment} | ({} if self.dropout else {"dropout": 0})
            return {"mode": self.mode, **found}
        traps = [name for name in TRAPS if getattr(self, name)]
        common = {"mode": self.mode, "backbone": self.base, "copies": self.copies, "traps": traps}
        if self.mode == "features":
            return common
        stage = extent_of(self.base, self.unfreeze).stage
        return {**common, "unfreeze": stage, "epochs": self.epochs, "lr": self.lr}


def extents(backbone: str, classes: int) -> Any:
    """What fine-tuning may train; Refused for a base that is none."""
    from convdemo.transfer import extent

    if backbone not in BASES:
        raise Refused("request")
    return extent.extents(backbone, classes)


def extent_of(base: str, stage: str | None) -> Any:
    """What fine-tuning from a stage trains; from where it usually begins if that is none."""
    found = extents(base, 2)
    usual = next((one for one in found if one.usual), found[-1])
    return next((one for one in found if one.stage == stage), usual)


def is_here(base: str) -> bool:
    """Whether there are no weights to be fetched for a base, as for none."""
    return base not in BACKBONES or hub.is_cached(BACKBONES[base])


def bases() -> list[str]:
    """Every base that one may start from; those that are here come first."""
    return sorted(BASES, key=lambda name: not is_here(name))


def most_epochs(context: Context) -> int:
    """As many as a training may have here."""
    return MOST_EPOCHS_ON_SPACE if context.on_space else MOST_EPOCHS


def usual_epochs(network: str) -> int:
    """Those of the recipe of a network that starts from nothing; Refused for one that is none."""
    from convdemo.training.recipes import RECIPES

    if network not in SCRATCH:
        raise Refused("request")
    return RECIPES[network].epochs


def in_words(language: str, seconds: float) -> str:
    """About so long: a forecast is not exact."""
    if seconds < 1:
        return text.say(language, "transfer.about_second")
    if seconds < 90:
        rounded = round(seconds) if seconds < 10 else round(seconds / 5) * 5
        return text.say(language, "transfer.about_seconds", seconds=rounded)
    if seconds < 5400:
        return text.say(language, "transfer.about_minutes", minutes=round(seconds / 60))
    return text.say(language, "transfer.about_hours", hours=f"{seconds / 3600:.1f}")


def base_choices(context: Context, language: str, seconds: Mapping[str, float]) -> Choices:
    """The bases by title with their seconds; in a second line how good and how large they are."""
    found = []
    for name in bases():
        spec, photos = BASES[name], BASES[name].photos
        accuracy = _own_accuracy(context) if name == OWN else spec.accuracy
        key = "base_unknown" if accuracy is None else "base_here" if is_here(name) else "base_away"
        values = {"data": spec.trained_on, "megabytes": photos.megabytes}
        values |= {"share": f"{100 * (accuracy or 0):.0f}", "parameters": _short(photos)}
        line = text.say(language, f"transfer.{key}", **values)
        found.append((f"{_timed(language, photos.title, seconds.get(name))}\n{line}", name))
    return found


def network_choices(language: str, seconds: Mapping[str, float]) -> Choices:
    """The networks that start from nothing, said in the same way."""
    found = []
    for name, spec in SCRATCH.items():
        title = text.say(language, f"transfer.network.{name}")
        values = {"parameters": _short(spec), "side": spec.side}
        line = text.say(language, "transfer.network_line", **values)
        found.append((f"{_timed(language, title, seconds.get(name))}\n{line}", name))
    return found


def _timed(language: str, title: str, seconds: float | None) -> str:
    return title if seconds is None else f"{title}: {in_words(language, seconds)}"


def _short(spec: Any) -> str:
    return answers.short(spec.parameters)


def stage_choices(language: str, base: str) -> Choices:
    """The stages of a base that fine-tuning may begin at."""
    found = []
    for one in extents(base, 2):
        match = re.fullmatch(r"([a-z]+)([\d_]*)", one.stage, re.IGNORECASE)
        word, number = match.groups() if match else (one.stage, "")
        values = {"stage": f"@explain.stage.{word}|{word}", "number": number}
        found.append((text.say(language, "transfer.stage_value", **values), one.stage))
    return found


def _own_accuracy(context: Context) -> float | None:
    """Of the file that ships, as its card says."""
    from convdemo.inference.card import read_card
    from convdemo.transfer.bases import FILE

    try:
        return read_card(context.model_dirs[-1] / FILE).test_accuracy
    except (ValueError, OSError):
        return None


def plan_of(context: Context, given: Mapping[str, Any], *, fetched: bool = True) -> Plan:
    """The plan of these settings; Refused names what cannot be.

    With `fetched` also a base whose weights are not here yet.
    """
    from convdemo.transfer.plan import Plan

    most = most_epochs(context)
    values = _settings(given, most)
    try:
        plan = Plan(**values)
    except ValueError as error:
        raise Refused("request") from error
    if plan.mode == "scratch":
        too_long = plan.epochs is None and usual_epochs(plan.network) > most
        return replace(plan, epochs=most) if too_long else plan
    names = {one.stage for one in extents(plan.backbone, 2)}
    if plan.unfreeze is not None and plan.unfreeze not in names:
        raise Refused("request")
    if fetched and not is_here(plan.backbone):
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
