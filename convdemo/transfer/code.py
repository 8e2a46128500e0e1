"""Code that repeats a transfer on a folder of class folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convdemo.transfer.plan import Plan

FOLDER = "photos"
_CODE = """\
from pathlib import Path

from convdemo import {names}

# A folder for each class, its photos inside: the zip of your photos, unpacked.
photos = read_photos(Path({folder!r}))
plan = Plan({settings})
{base}for now in transfer_learn(photos, plan{argument}):
    if isinstance(now, Outcome):
        right = int((now.answers.argmax(dim=1) == now.labels).sum())
        print(f"{{right}} of {{len(now.labels)}} right, {{now.epochs}} epochs")
        card = transfer_card(now, "my-classes", dataset="photos", command="")
        save_model(Path("my-classes.safetensors"), card, now.network)
"""


def code_of(plan: Plan) -> str:
    """Python that trains the same on the same photos."""
    from convdemo.transfer.plan import settings_of

    scratch = plan.mode == "scratch"
    settings = settings_of(plan)
    names = ["Outcome", "Plan", "read_photos", "save_model", "transfer_card", "transfer_learn"]
    names += ["Traps"] * ("traps" in settings) + ["load_base"] * (not scratch)
    return _CODE.format(
        names=", ".join(sorted(names)),
        folder=FOLDER,
        settings=", ".join(f"{name}={value!r}" for name, value in settings.items()),
        base="" if scratch else "base = load_base(plan.backbone)\n",
        argument="" if scratch else ", base=base",
    )
