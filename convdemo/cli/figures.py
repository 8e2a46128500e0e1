"""Figures that commands write beside what they say: where, in which style and language."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.files import check_place
from convdemo.images.figures import confusion, curves
from convdemo.images.look import KINDS, STYLES, WORDS, Look, save
from convdemo.paths import PACKAGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from convdemo.training.loop import Record

OWN = "custom"  # the job of models whose classes are the user's own words
SHORT = 2  # epochs, of which the ends alone are no curve


def add_options(command: argparse.ArgumentParser) -> None:
    """--figures and what goes with it."""
    styles = [style.name for style in STYLES]
    command.add_argument("--figures", type=Path, metavar="DIR", help="for PNG and SVG figures")
    command.add_argument("--figures-style", choices=styles, default=styles[0])
    command.add_argument("--figures-language", choices=("en", "ko"), default="en")


@dataclass(frozen=True)
class Figures:
    """The figures that were asked for: none where `folder` is None."""

    folder: Path | None
    look: Look
    strings: Mapping[str, str]  # of the page, by key

    def check(self, *names: str) -> None:
        """PlaceError where no figure of such a name can be written."""
        if self.folder is not None:
            for name in names:
                for kind in KINDS:
                    check_place(self.folder / f"{name}.{kind}")

    def save(self, figure: Figure, name: str) -> list[str]:
        """Write a figure where it was asked for, if anywhere; the paths of its files."""
        if self.folder is None:
            return []
        return [str(path) for path in save(figure, self.folder, name)]

    def classes(self, names: Iterable[str], job: str | None) -> list[str]:
        """The names of classes in the figure's language, but for a user's own ones."""
        return [name if job == OWN else self.strings.get(f"class.{name}", name) for name in names]

    def of_training(
        self,
        name: str,
        records: Sequence[Record],
        counts: Sequence[Sequence[int]],
        classes: Sequence[str],
    ) -> list[str]:
        """Write the curves of a training and its confusion; the paths of what was asked for."""
        if self.folder is None:
            return []
        ends = [one for one in records if one.val_loss is not None and one.epoch]
        shown = ends if len(ends) > SHORT else records
        epochs = [_epochs(one) for one in shown]
        fields = ("loss", "accuracy", "val_loss", "val_accuracy")
        values = {field: [getattr(one, field) for one in shown] for field in fields}
        kept = next((one.epoch for one in reversed(records) if one.best), None)
        learned = curves(epochs, values, kept, title=name, look=self.look)
        taken = confusion(counts, classes, title=name, look=self.look)
        return self.save(learned, f"curves-{name}") + self.save(taken, f"confusion-{name}")


def _epochs(record: Record) -> float:
    """Where a record stands, in epochs."""
    ended = record.val_loss is not None
    return record.epoch if ended else record.step * record.epochs / record.steps


def figures_of(arguments: argparse.Namespace) -> Figures:
    """What the options of `add_options` ask for."""
    language = arguments.figures_language
    # The page's strings without the page, which takes seconds to load.
    said = {f"figure.{key}": word for key, word in WORDS.items()}
    for file in sorted((PACKAGE / "ui" / "strings" / language).glob("*.json")):
        said |= json.loads(file.read_text(encoding="utf-8"))
    style = next(style for style in STYLES if style.name == arguments.figures_style)
    words = {key: said[f"figure.{key}"] for key in WORDS}
    return Figures(arguments.figures, Look(style, words), said)


def part_of_name(text: str) -> str:
    """Text as a part of a file's name, which may have 255 bytes in all."""
    return re.sub(r"\W+", "_", text).encode()[:100].decode(errors="ignore")
