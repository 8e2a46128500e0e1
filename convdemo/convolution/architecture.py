"""An architecture written as one line, turned into a table of shapes and figures; and all that can
be said of a layer or of a line without carrying it out, as JSON has it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convdemo.convolution.arithmetic import (
    Field,
    multiply_adds,
    parameters,
    receptive_field,
    unused_inputs,
    written,
)
from convdemo.convolution.code import keras_line, pytorch_line
from convdemo.convolution.operation import Axes, Operation, OperationError, operation
from convdemo.convolution.output_size import output_shape, output_size
from convdemo.errors import Problem

LONGEST = 100  # parts of a line
KINDS = {"conv": "convolution", "convt": "transposed", "pool": "max", "avgpool": "average"}
LETTERS = {name[0]: name for name in ("stride", "padding", "dilation", "groups", "output_padding")}
DROPPED = "0.5"  # the share, where none is said
PROBLEMS = {
    "line_empty": "The line names no layer.",
    "line_long": "The line has {count} parts; at most {limit} are taken: {off} too many.",
    "line_input": "An input is channels and 1, 2 or 3 sizes; here are {count} numbers.",
    "part_unknown": "Part {place} begins with {word}; it can be {choices}.",
    "part_word": "Part {place} ({part}) has the word {word}, which says nothing there.",
    "part_twice": "Part {place} ({part}) says {setting} twice.",
    "part_missing": "Part {place} ({part}) lacks its {setting}.",
    "part_flat": "Part {place} ({part}) needs a map, but there the shape is flat: {shape}.",
    "part_map": "Part {place} ({part}) needs a flat shape, but there it is {shape}: flatten first.",
    "part_operation": "Part {place} ({part}) cannot be. {sentence}",
}


class LineError(Problem):
    """A line that is no network; `problem` is a key of PROBLEMS.

    For `part_operation` the cause is the OperationError that the sentence comes from.
    """

    sentences = PROBLEMS


@dataclass(frozen=True)
class Row:
    """One layer of the line: what it hands on, what it costs, what a cell of it has seen.

    `fields` and `unused_inputs` are for each axis; the latter is empty for what reads all.
    `keras` is None where Keras has no such layer. Of a normalisation the two numbers of each
    channel that it learns are counted, its running means are not.
    """

    name: str
    shape: Axes
    parameters: int
    multiply_adds: int
    fields: tuple[Field, ...]
    unused_inputs: Axes
    pytorch: str
    keras: str | None


@dataclass(frozen=True)
class _Part:
    place: int
    text: str
    layer: str
    words: tuple[str, ...]

    def error(self, problem: str, **values: object) -> LineError:
        """The problem, said of this part."""
        return LineError(problem, place=self.place, part=self.text, **values)

    def need_no_words(self) -> None:
        """LineError where the layer is followed by anything."""
        for word in self.words:
            raise self.error("part_word", word=word)

    def need_map(self, shape: Axes) -> None:
        """LineError where the shape is flat."""
        if len(shape) == 1:
            raise self.error("part_flat", shape=_written(shape))


def stack(line: str, input_shape: Sequence[int]) -> tuple[Row, ...]:
    """The layers of `conv 3x3 s1 p1 32 - pool 2 - flatten - dense 10` for (channels, ...space).

    One number of a kernel holds for every axis; `same`, `valid`, `d2`, `g2` can be said as well, of
    a pool `ceil`, of a transposed convolution, `convt`, its output padding, `o1`. There are also
    `bn`, `dropout 0.5`, `gap`, the average of each map, `softmax`, and `linear`, another `dense`.
    LineError names the part that is wrong and why, OperationError an input that cannot be.
    """
    shape = tuple(input_shape)
    if len(shape) not in (2, 3, 4):
        raise LineError("line_input", count=len(shape))
    rows: list[Row] = []
    done = [operation("max", shape[1:], 1, channels=shape[0])]  # the input, seen as it is
    for part in _parts(line):
        made = LAYERS[part.layer](part, shape, done)
        rows.append(made)
        shape = made.shape
    return tuple(rows)


def describe(made: Operation) -> dict[str, Any]:
    """Shape, figures, formula and lines of code, as `convdemo convolve --json` prints them."""
    keras, reason = keras_line(made)
    return {
        "output_shape": list(output_shape(made)),
        "parameters": parameters(made),
        "multiply_adds": multiply_adds(made),
        "receptive_field": [field.size for field in receptive_field([made])],
        "unread": list(unused_inputs(made)),
        "formula": list(written(made)),
        "pytorch": pytorch_line(made),
        "keras": keras,
        "keras_reason": reason,
    }


def describe_line(line: str, shape: Sequence[int]) -> dict[str, Any]:
    """The layers of a line for an input (channels, ...space), a row each, and their sums."""
    rows = stack(line, shape)
    own = receptive_field([operation("max", shape[1:], 1, channels=shape[0])])
    return {
        "input": {"shape": list(shape), "field": [field.size for field in own]},
        "rows": [
            {
                "name": row.name,
                "shape": list(row.shape),
                "parameters": row.parameters,
                "multiply_adds": row.multiply_adds,
                "field": [field.size for field in row.fields],
                "jump": [str(field.jump) for field in row.fields],
                "unread": list(row.unused_inputs),
                "pytorch": row.pytorch,
                "keras": row.keras,
            }
            for row in rows
        ],
        "parameters": sum(row.parameters for row in rows),
        "multiply_adds": sum(row.multiply_adds for row in rows),
    }


def _written(shape: Axes) -> str:
    """Such as 32 × 13 × 13."""
    return " × ".join(map(str, shape))


def _parts(line: str) -> list[_Part]:
    texts = [
        text for text in (" ".join(one.split()) for one in re.split(r"->|[-–→;\n]", line)) if text
    ]
    if not texts:
        raise LineError("line_empty")
    if (off := len(texts) - LONGEST) > 0:
        raise LineError("line_long", count=len(texts), limit=LONGEST, off=off)
    parts = []
    for place, text in enumerate(texts, start=1):
        layer, *words = text.lower().split()
        if layer not in LAYERS:
            choices = ", ".join(LAYERS)
            raise LineError("part_unknown", place=place, word=layer, choices=choices)
        parts.append(_Part(place, text, layer, tuple(words)))
    return parts


def _row(
    part: _Part,
    shape: Axes,
    done: list[Operation],
    code: tuple[str, str | None],
    figures: tuple[int, int] = (0, 0),
    unused_inputs: Axes = (),
) -> Row:
    """`figures` are the parameters and multiply-adds, `code` the lines of PyTorch and Keras."""
    return Row(part.text, shape, *figures, receptive_field(done), unused_inputs, *code)


def _moved(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """A convolution or a pool."""
    part.need_map(shape)
    settings = _settings(part)
    for setting in ("kernel", "filters") if "conv" in part.layer else ("kernel",):
        if setting not in settings:
            raise part.error("part_missing", setting=setting)
    for setting in ("filters", "groups"):  # the only ones that are one number
        if setting in settings:
            settings[setting] = settings[setting][0]
    try:
        made = operation(KINDS[part.layer], shape[1:], channels=shape[0], **settings)
    except OperationError as error:
        raise part.error("part_operation", sentence=error) from error
    done.append(made)
    code = pytorch_line(made), keras_line(made)[0]
    figures = parameters(made), multiply_adds(made)
    return _row(part, output_shape(made), done, code, figures, unused_inputs(made))


def _settings(part: _Part) -> dict:
    """What the words say, as `operation` takes it."""
    settings: dict = {}

    def add(setting: str, value: object) -> None:
        if setting in settings:
            raise part.error("part_twice", setting=setting)
        settings[setting] = value

    for word in part.words:
        found = re.fullmatch(r"([spdgo]?)([0-9]{1,9}(?:x[0-9]{1,9})*)", word)
        if word in ("same", "valid"):
            add("padding", word)
        elif word == "ceil":
            add("ceil_mode", True)
        elif found is None:
            raise part.error("part_word", word=word)
        else:
            letter, numbers = found[1], tuple(int(one) for one in found[2].split("x"))
            is_filters = not letter and "kernel" in settings and "conv" in part.layer
            setting = "filters" if is_filters else LETTERS.get(letter, "kernel")
            if setting in ("filters", "groups") and len(numbers) > 1:
                raise part.error("part_word", word=word)
            add(setting, numbers)
    return settings


def _kept(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """What changes no cell's view, and has nothing to set."""
    part.need_no_words()
    if part.layer == "flatten":
        part.need_map(shape)
        shape = (math.prod(shape),)
    return _row(part, shape, done, _KEPT[part.layer])


_KEPT = {
    "relu": ("nn.ReLU()", "layers.ReLU()"),
    "softmax": ("nn.Softmax(dim=1)", "layers.Softmax()"),
    "flatten": ("nn.Flatten()", "layers.Flatten()"),
}


def _normalised(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """A scale and a shift for each channel, or for each number of a flat shape."""
    part.need_no_words()
    dims = max(1, len(shape) - 1)
    code = f"nn.BatchNorm{dims}d({shape[0]})", "layers.BatchNormalization()"
    return _row(part, shape, done, code, (2 * shape[0], 0))


def _dropped(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    word = " ".join(part.words) or DROPPED
    if not re.fullmatch(r"[0-9]?\.[0-9]{1,9}|[01]", word) or float(word) > 1:
        raise part.error("part_word", word=word)
    line = f"Dropout({float(word)})"
    return _row(part, shape, done, (f"nn.{line}", f"layers.{line}"))


def _averaged(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """One number of each map, its average, which is a flat shape."""
    part.need_no_words()
    part.need_map(shape)
    dims = len(shape) - 1
    _see_all(done)
    torch = f"nn.Sequential(nn.AdaptiveAvgPool{dims}d(1), nn.Flatten())"
    return _row(part, shape[:1], done, (torch, f"layers.GlobalAveragePooling{dims}D()"))


def _see_all(done: list[Operation]) -> None:
    """What looks at every cell is a kernel over all that is left."""
    size = output_size(done[-1])
    done.append(operation("max", size, size, channels=done[-1].filters))


def _dense(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """Every cell with every other."""
    if len(shape) != 1:
        raise part.error("part_map", shape=_written(shape))
    word = " ".join(part.words)
    if not word:
        raise part.error("part_missing", setting="units")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", word):
        raise part.error("part_word", word=word)
    units = int(word)
    _see_all(done)
    code = f"nn.Linear({shape[0]}, {units})", f"layers.Dense({units})"
    return _row(part, (units,), done, code, ((shape[0] + 1) * units, shape[0] * units))


LAYERS: dict[str, Callable[[_Part, Axes, list[Operation]], Row]] = {
    "conv": _moved,
    "convt": _moved,
    "pool": _moved,
    "avgpool": _moved,
    "gap": _averaged,
    "relu": _kept,
    "bn": _normalised,
    "dropout": _dropped,
    "flatten": _kept,
    "dense": _dense,
    "linear": _dense,
    "softmax": _kept,
}
