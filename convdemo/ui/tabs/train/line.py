"""The network as a line of layers: which one is meant, what it comes to, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from convdemo.convolution.architecture import LineError, titled
from convdemo.convolution.operation import OperationError
from convdemo.data.dataset import DatasetSpec
from convdemo.ui import wire
from convdemo.ui.answers import short
from convdemo.ui.components import LayerRow, LayerTable
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused
from convdemo.ui.written_line import refused

if TYPE_CHECKING:
    from convdemo.networks.summary import Layer

COLUMNS = ("shape", "parameters", "multiply_adds", "field", "memory")
NUMBER = 4  # bytes
WEIGHT = 4 * NUMBER  # a weight with its gradient and what an optimizer like Adam keeps of it
LONGEST = 1_000_000  # characters that are looked at: what has too many layers is told how many


def own_line(model: str, source: DatasetSpec) -> str:
    """The line of a network, "" where it has none."""
    from convdemo.networks.written import line_of

    return line_of(model, len(source.classes))


def checked(context: Context, line: object, source: DatasetSpec) -> str:
    """The line as it is kept; Refused where it is no network for these pictures."""
    from convdemo.networks.written import normalised

    if not isinstance(line, str) or len(line) > LONGEST:
        raise Refused("request")
    _stages(context, line, source)
    return normalised(line)


def changed(line: str, model: str, source: DatasetSpec) -> bool:
    """Whether a line is another one than that of a network."""
    from convdemo.networks.written import normalised

    return normalised(line) != normalised(own_line(model, source))


def _stages(context: Context, line: str, source: DatasetSpec) -> tuple[Layer, ...]:
    limits = context.runs.limits.network
    try:
        return _table(line, source.shape, len(source.classes), tuple(limits.items()))
    except (LineError, OperationError) as error:
        raise refused(error) from error


@lru_cache(maxsize=256)  # a form asks for those of all ready lines at each of its events
def _table(
    line: str, shape: tuple[int, int, int], classes: int, limits: tuple[tuple[str, int], ...]
) -> tuple[Layer, ...]:
    from convdemo.networks.written import line_table

    return line_table(line, shape, classes, dict(limits))


@lru_cache(maxsize=8)
def _built(model: str, shape: tuple[int, int, int], classes: int) -> tuple[Layer, ...]:
    from convdemo.networks.registry import MODELS
    from convdemo.networks.summary import layer_table

    return layer_table(MODELS[model].build(shape, classes), shape)


def read(context: Context, visitor: str, asked: Mapping[str, Any]) -> LayerTable:
    """The stages of {"line"} for the pictures of {"dataset"}, or those of {"model"} where it has
    none; with what an epoch of {"pictures"} in batches of {"batch"} takes here.
    """
    from convdemo.networks.registry import MODELS
    from convdemo.transfer.estimate import epoch_seconds

    source = context.dataset(wire.text(asked, "dataset"), context.visitor({"visitor": visitor}))
    line, model = asked.get("line"), asked.get("model")
    pictures = int(wire.number(asked, "pictures", 1, 10**7))
    batch = int(wire.number(asked, "batch", 1, 10**5))
    if not line and model in MODELS and not own_line(model, source):
        stages = _built(model, source.shape, len(source.classes))
    else:
        checked(context, line, source)
        stages = _stages(context, str(line), source)
    parameters = sum(one.parameters for one in stages)
    sums = {
        "parameters": f"{parameters:,}",
        "products": short(sum(one.multiply_adds for one in stages)),
    }
    seconds = epoch_seconds(stages, pictures, batch)
    kept = batch * sum(one.numbers for one in stages) * NUMBER + parameters * WEIGHT
    takes = {
        "seconds": f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}",
        "memory": _bytes(kept),
        "batch": batch,
    }
    return LayerTable(
        tuple(f"train.line_{one}" for one in COLUMNS),
        tuple(_row(one) for one in stages),
        (("train.line_sum", sums), ("train.line_takes", takes), *_limits(context)),
    )


def _row(stage: Layer) -> LayerRow:
    cells = (
        "×".join(map(str, stage.shape)),
        f"{stage.parameters:,}",
        short(stage.multiply_adds),
        "×".join(map(str, stage.field)) or "–",
        _bytes(stage.numbers * NUMBER),
    )
    layers = " - ".join(stage.layers)
    return LayerRow(stage_named(stage.stage), "" if layers == stage.stage else layers, cells)


def stage_named(name: str) -> Sentence:
    """A stage as the Explain tab calls it, such as block 2."""
    word, number = re.fullmatch(r"(\D*)(.*)", name, re.S).groups()  # type: ignore[union-attr]
    return "train.stage", {"stage": f"@explain.stage.{word}|{word}", "number": number}


def _bytes(count: float) -> str:
    """Such as 3.1 kB."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def _limits(context: Context) -> tuple[Sentence, ...]:
    """What is allowed, where it is little."""
    if not context.on_space:
        return ()
    limits = context.runs.limits.network
    return (("train.line_limits", {name: short(limit) for name, limit in limits.items()}),)


def title_of(model: str) -> str:
    """The name of a network, to fill a gap with."""
    from convdemo.networks.written import PRESETS, is_line, line_of

    if is_line(model):
        ten = line_of(model, 10)
        model = next((name for name, line in PRESETS.items() if line == ten), model)
    return f"@train.model.{model}|{titled(model) if is_line(model) else model}"
