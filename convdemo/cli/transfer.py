"""The command that learns your own classes from photos: convdemo transfer."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.cli.figures import add_options, figures_of
from convdemo.cli.pictures import read_and_tell
from convdemo.cli.train import Add
from convdemo.data.image_folders.photo_set import TRANSFER
from convdemo.files import check_place
from convdemo.inference.card import SUFFIX
from convdemo.inference.library import keep
from convdemo.paths import home_dir

if TYPE_CHECKING:
    from convdemo.training.loop import Record

# Settings of a plan that have an option of the same name.
SETTINGS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("backbone", str, "the base to start from (default: the one that ships)"),
    ("network", str, "with --mode scratch: cats_dogs or cats_dogs_5"),
    ("copies", int, "views of each photo that features are computed of"),
    ("unfreeze", str, "with --mode finetune: the first stage that is trained"),
    ("epochs", int, "of fine-tuning or from scratch"),
    ("lr", float, "of the base while fine-tuning, or from scratch"),
    ("dropout", float, "with --mode scratch, instead of the network's own"),
    ("seed", int, "of the split, the views and the network"),
    ("device", str, "auto (default: a GPU where there is one), cpu or cuda"),
)


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    command = add("transfer", _transfer, "learn your own classes from a folder of class folders")
    command.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="class folders, or train/ and validation/ with class folders in each; or a zip",
    )
    command.add_argument("--mode", default="features", help="features, finetune or scratch")
    for name, kind, text in SETTINGS:
        command.add_argument(f"--{name}", type=kind, help=text)
    command.add_argument("--no-augment", action="store_true", help="every photo only as it is")
    command.add_argument("--out", metavar="NAME", help="its name in your model library")
    add_options(command)


def _transfer(arguments: argparse.Namespace) -> int:
    from convdemo.training.evaluation import score
    from convdemo.training.loop import Record
    from convdemo.transfer.bases import load_base
    from convdemo.transfer.plan import Outcome, command_of
    from convdemo.transfer.run import Plan, card_of, check_name, line_of, slug, transfer

    given = {
        name: getattr(arguments, name)
        for name, _, _ in SETTINGS
        if getattr(arguments, name) is not None
    }
    plan = Plan(mode=arguments.mode, augment=not arguments.no_augment, **given)
    title = slug(arguments.folder.resolve().stem)
    name = arguments.out if arguments.out is not None else f"{plan.photos.name}-{title}"
    check_name(name)
    path = (arguments.weights_dir or home_dir() / "weights") / f"{name}{SUFFIX}"
    check_place(path)
    figures = figures_of(arguments)
    figures.check(f"curves-{name}", f"confusion-{name}")
    photos = read_and_tell(arguments.folder, TRANSFER, as_json=arguments.json)
    base = None if plan.mode == "scratch" else load_base(plan.backbone)
    command = command_of(plan, "FOLDER")
    records: list[Record] = []
    for now in transfer(photos, plan, base=base):
        if isinstance(now, Record):
            records.append(now)
            _tell(arguments, now)
        elif isinstance(now, Outcome):
            card = card_of(now, name, dataset=title, command=command)
            keep(path, card, now.network)
            line = line_of(now, card.name, str(path))
            if figures.folder is not None:
                read = score(now.answers.softmax(dim=1), now.labels, classes=len(now.classes))
                classes = list(now.classes)
                line["figures"] = figures.of_training(name, records, read.confusion, classes)
            _tell(arguments, line)
    return 0


def _tell(arguments: argparse.Namespace, now: Record | dict[str, Any]) -> None:
    if arguments.json:
        row = now if isinstance(now, dict) else dataclasses.asdict(now)
        print(json.dumps(row, ensure_ascii=False), flush=True)
        return
    if not isinstance(now, dict):
        if now.val_accuracy is not None:
            loss = "" if now.loss is None else f"loss {now.loss:.4f}  "
            print(f"{now.epoch}/{now.epochs}  {loss}validation {now.val_accuracy:.2%}", flush=True)
        return
    print(
        f"validation {now['val_accuracy']:.2%} of {now['validation_photos']}, "
        f"{now['seconds']:.1f} s: {now['file']}",
        *now.get("figures", ()),
        sep="\n",
    )
