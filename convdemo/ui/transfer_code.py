"""Code that repeats a training of the Transfer tab on a folder of class folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convdemo.transfer.plan import Plan

FOLDER = "photos"
_CODE = """\
from pathlib import Path

{imports}
# A folder for each class, its photos inside: the zip of your photos, unpacked.
photos = read_photos(Path({folder!r}))
plan = Plan({settings})
{base}for now in transfer_learn(photos, plan{argument}):
    if isinstance(now, Outcome):
        right = int((now.answers.argmax(dim=1) == now.labels).sum())
        print(f"{{right}} of {{len(now.labels)}} right, {{now.epochs}} epochs")
        card = card_of(now, "my-classes", dataset="photos", command="")
        save_model(Path("my-classes.safetensors"), card, now.network)
"""
_IMPORTS = """\
{more}from convdemo import read_photos, transfer_learn
from convdemo.transfer.run import card_of
{traps}from convdemo import Outcome, Plan, save_model
"""


def code_of(plan: Plan) -> str:
    """Python that trains the same on the same photos."""
    from convdemo.transfer.plan import settings_of

    scratch = plan.mode == "scratch"
    settings = settings_of(plan)
    imports = _IMPORTS.format(
        more="" if scratch else "from convdemo.transfer.bases import load_base\n",
        traps="from convdemo.transfer.features import Traps\n" if "traps" in settings else "",
    )
    return _CODE.format(
        imports=imports,
        folder=FOLDER,
        settings=", ".join(f"{name}={value!r}" for name, value in settings.items()),
        base="" if scratch else "base = load_base(plan.backbone)\n",
        argument="" if scratch else ", base=base",
    )
