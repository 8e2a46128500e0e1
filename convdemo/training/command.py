"""The settings of `convdemo train` as options, and the command that repeats a training."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from convdemo.errors import UserError

if TYPE_CHECKING:
    from convdemo.training.config import TrainConfig

Kind = Callable[[str], object]


def _or_none(kind: Kind) -> Kind:
    """What reads "none" as well: the setting is off, or as it is where nobody decides."""

    def read(text: str) -> object:
        return None if text == "none" else kind(text)

    read.__name__ = f"{kind.__name__.strip('_')} or none"  # in the sentence about what is neither
    return read


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise UserError(f"{text} is neither yes nor no")
    return text == "yes"


# Every setting of a TrainConfig, in the order in which a command names them.
SETTINGS: tuple[tuple[str, Kind], ...] = (
    ("epochs", int),
    ("limit", _or_none(int)),
    ("seed", int),
    ("batch", int),
    ("lr", float),
    ("optimizer", str),
    ("weight_decay", float),
    ("schedule", str),
    ("label_smoothing", float),
    ("ema", float),
    ("augment", str),
    ("empty", float),
    ("negatives", float),
    ("dropout", _or_none(float)),
    ("patience", _or_none(int)),
    ("device", str),
    ("precision", str),
    ("channels_last", _or_none(_yes_or_no)),
    ("fault", str),
)


def option(name: str) -> str:
    """How a setting is called on the command line."""
    return f"--{name.replace('_', '-')}"


def command_of(
    model: str, dataset: str, config: TrainConfig, *, preset: str = "recipe", photos: bool = False
) -> str:
    """`convdemo train` with every setting that differs from what it would be without an option."""
    from convdemo.networks.written import is_line
    from convdemo.training import recipes

    usual = recipes.preset(preset, model, dataset)
    words = ["convdemo", "train", *(["--layers"] if is_line(model) else []), model, dataset]
    words += ["--preset", preset] if preset != "recipe" else []
    for name, _ in SETTINGS:
        value = getattr(config, name)
        if value != getattr(usual, name):
            words += [option(name), _word(value)]
    return shlex.join(words + (["--photos", "DIR"] if photos else []))


_CODE = """\
from pathlib import Path

from convdemo import Card, TrainConfig, default_data_dir, fit

config = TrainConfig(
{settings}
)
folders = {{"data_dir": default_data_dir(), "weights_dir": Path("weights")}}
for record in fit({model!r}, {dataset!r}, config, command="", **folders):
    if isinstance(record, Card):
        print(f"test {{record.test_accuracy:.4f}}")
    elif record.val_loss is not None:
        print(f"epoch {{record.epoch}}: validation {{record.val_accuracy:.4f}}")
"""


def python_of(model: str, dataset: str, config: Mapping[str, object]) -> str:
    """Python that trains the same, all settings of a TrainConfig spelled out."""
    settings = "\n".join(f"    {name}={value!r}," for name, value in config.items())
    return _CODE.format(settings=settings, model=model, dataset=dataset)


def _word(value: object) -> str:
    """A value as its option reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
