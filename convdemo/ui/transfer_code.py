"""Code and a command that repeat a training of the Transfer tab on a folder of class folders."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convdemo.transfer_plan import Plan

FOLDER = "photos"
_CODE = """\
from pathlib import Path

{imports}
# A folder for each class, its photos inside: the zip of your photos, unpacked.
photos = read_photos(Path({folder!r}))
plan = Plan({settings})
{base}for now in transfer(photos, plan{argument}):
    if isinstance(now, Outcome):
        right = int((now.answers.argmax(dim=1) == now.labels).sum())
        print(f"{{right}} of {{len(now.labels)}} right, {{now.epochs}} epochs")
        card = card_of(now, "my-classes", dataset="photos", command="")
        save(Path("my-classes.safetensors"), card, now.network)
"""
_IMPORTS = """\
{more}from convdemo.image_folders import read_photos
from convdemo.transfer import card_of, transfer
{traps}from convdemo.transfer_plan import Outcome, Plan
from convdemo.weights import save
"""


def settings_of(plan: Plan) -> dict[str, object]:
    """What of a plan is said: what it needs, and what differs from what is usual."""
    usual = type(plan)(mode=plan.mode)
    own = ("network",) if plan.mode == "scratch" else ("backbone",)
    found: dict[str, object] = {"mode": plan.mode, **{name: getattr(plan, name) for name in own}}
    for name in ("copies", "unfreeze", "epochs", "lr", "augment", "dropout", "seed", "traps"):
        value = getattr(plan, name)
        if value != getattr(usual, name):
            found[name] = value
    return found


def code_of(plan: Plan) -> str:
    """Python that trains the same on the same photos."""
    scratch = plan.mode == "scratch"
    settings = settings_of(plan)
    imports = _IMPORTS.format(
        more="" if scratch else "from convdemo.bases import load_base\n",
        traps="from convdemo.transfer_features import Traps\n" if "traps" in settings else "",
    )
    return _CODE.format(
        imports=imports,
        folder=FOLDER,
        settings=", ".join(f"{name}={value!r}" for name, value in settings.items()),
        base="" if scratch else "base = load_base(plan.backbone)\n",
        argument="" if scratch else ", base=base",
    )


def command_of(plan: Plan) -> str:
    """The same as `convdemo transfer`; mistakes made on purpose have no option."""
    words = ["convdemo", "transfer", FOLDER]
    for name, value in settings_of(plan).items():
        if name == "augment":
            words.append("--no-augment")
        elif name != "traps":
            words += [f"--{name}", str(value)]
    return shlex.join(words)
