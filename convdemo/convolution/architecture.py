"""An architecture written as one line, turned into a table of shapes and figures; and all that can
be said of a layer or of a line without carrying it out, as JSON has it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from convdemo.convolution.operation import POOLS, Axes, Operation, OperationError, operation
from convdemo.convolution.output_size import output_shape, output_size
from convdemo.errors import Problem

LONGEST = 100  # parts of a line
Largest = Mapping[str, int]
LARGEST: Largest = {"parameters": 30_000_000, "numbers": 8_000_000, "multiply_adds": 5_000_000_000}
KINDS = {
    "conv": "convolution",
    "depthwise": "convolution",
    "convt": "transposed",
    "pool": "max",
    "avgpool": "average",
}
LETTERS = {name[0]: name for name in ("stride", "padding", "dilation", "groups", "output_padding")}
DROPPED = "0.5"  # the share, where none is said
PROBLEMS = {
    "line_empty": "The line names no layer.",
    "line_long": "The line has {count} parts; at most {limit} are taken: {off} too many.",
    "line_input": "An input is channels and 1, 2 or 3 sizes; here are {count} numbers.",
    "line_answer": "The last layer hands on {shape}; {classes} classes need {classes} numbers: end "
    "with dense {classes}.",
    "line_nothing": "No layer of the line has anything to learn.",
    "part_unknown": "Part {place} begins with {word}; it can be {choices}.",
    "part_word": "Part {place} ({part}) has the word {word}, which says nothing there.",
    "part_twice": "Part {place} ({part}) says {setting} twice.",
    "part_missing": "Part {place} ({part}) lacks its {setting}.",
    "part_flat": "Part {place} ({part}) needs a map, but there the shape is flat: {shape}.",
    "part_map": "Part {place} ({part}) needs a flat shape, but there it is {shape}: flatten first.",
    "part_operation": "Part {place} ({part}) cannot be. {sentence}",
    "part_sum": "Part {place} ({part}) adds what goes in, {before}, to what comes out, {after}: "
    "both need the same shape.",
    "part_brackets": "Part {place} ({part}) has a bracket without its other one; layers stand in "
    "them as in res(conv 3 p1 8 - relu).",
    "large_parameters": "With part {place} ({part}) there are {count} parameters; at most {limit} "
    "are taken.",
    "large_numbers": "Part {place} ({part}) hands on {count} numbers; at most {limit} are taken.",
    "large_multiply_adds": "With part {place} ({part}) a picture takes {count} multiply-adds; at "
    "most {limit} are taken.",
}


class LineError(Problem):
    """A line that is no network; `problem` is a key of PROBLEMS.

    Where it is one part's, `values` has {"start", "stop"}, the letters of the line that are meant.
    For `part_operation` the cause is the OperationError that the sentence comes from.
    """

    sentences = PROBLEMS


@dataclass(frozen=True)
class Row:
    """One layer of the line: what it hands on, what it costs, what a cell of it has seen.

    `fields` and `unused_inputs` are for each axis; the latter is empty for what reads all.
    `layer` is its first word. `keras` is None where Keras has no such layer. Of a normalisation the
    two numbers of each channel that it learns are counted, its running means are not. `numbers`
    are all that it hands on, with what is in its brackets.
    """

    name: str
    layer: str
    shape: Axes
    parameters: int
    multiply_adds: int
    fields: tuple[Field, ...]
    unused_inputs: Axes
    pytorch: str
    keras: str | None
    numbers: int


@dataclass(frozen=True)
class _Part:
    """A layer as it is written; `start` is where in the line, `inside` what its brackets hold, and
    where that begins.
    """

    place: str
    text: str
    start: int
    layer: str
    words: tuple[str, ...]
    inside: tuple[str, int] = ("", 0)

    def error(self, problem: str, **values: object) -> LineError:
        """The problem, said of this part, or of its word where it is one's."""
        word = str(values.get("word", self.text))
        start = self.start + max(0, self.text.lower().rfind(word.lower()))
        told = {"place": self.place, "part": _short(" ".join(self.text.split())), **values}
        if "word" in told:
            told["word"] = _short(word)
        return LineError(problem, start=start, stop=start + len(word), **told)

    def need_no_words(self) -> None:
        """LineError where the layer is followed by anything."""
        for word in self.words:
            raise self.error("part_word", word=word)

    def need_map(self, shape: Axes) -> None:
        """LineError where the shape is flat."""
        if len(shape) == 1:
            raise self.error("part_flat", shape=_written(shape))


def stack(line: str, input_shape: Sequence[int], largest: Largest = LARGEST) -> tuple[Row, ...]:
    """The layers of `conv 3x3 s1 p1 32 - pool 2 - flatten - dense 10` for (channels, ...space).

    One number of a kernel holds for every axis; `same`, `valid`, `d2`, `g2` and, where there is no
    bias, `nobias` can be said as well, of a pool `ceil`, of a transposed convolution, `convt`, its
    output padding, `o1`. `depthwise 3` has a kernel, or several, for each channel. There are also
    `bn`, `dropout 0.5`, `gap`, the average of each map, `softmax`, `linear`, another `dense`,
    `relu`, `leaky`, `sigmoid`, `tanh`, and `res(...)`, which adds what goes into the layers in its
    brackets to what comes out. LineError names the part that is wrong and why, or too much: see
    LARGEST; OperationError an input that cannot be.
    """
    shape = tuple(input_shape)
    if len(shape) not in (2, 3, 4):
        raise LineError("line_input", count=len(shape))
    own = operation("max", shape[1:], 1, channels=shape[0])
    return _rows(_parts(line), shape, [own], largest)


def titled(line: str) -> str:
    """A line in a few words, such as conv 32, conv 64, dense 10: its first and last layers that
    learn most.
    """
    found = re.findall(r"\b(conv|depthwise|convt|dense|linear) ([^-()]*)", line)
    named = [f"{layer} {settings.split()[-1]}" for layer, settings in found if settings.strip()]
    return ", ".join(named if len(named) < 5 else [*named[:2], "…", *named[-1:]])


def _rows(
    parts: list[_Part], shape: Axes, done: list[Operation], largest: Largest = LARGEST
) -> tuple[Row, ...]:
    """The layers, one after the other; `done` has what moved over the input before, and gets what
    they move.
    """
    rows: list[Row] = []
    for part in parts:
        rows.append(LAYERS[part.layer](part, shape, done))
        shape = rows[-1].shape
        counts = {
            "parameters": sum(row.parameters for row in rows),
            "numbers": math.prod(shape),
            "multiply_adds": sum(row.multiply_adds for row in rows),
        }
        for name, count in counts.items():
            if count > largest[name]:
                raise part.error(f"large_{name}", count=f"{count:,}", limit=f"{largest[name]:,}")
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


def _short(text: str) -> str:
    """What a sentence can quote."""
    return text if len(text) <= 60 else f"{text[:60]}…"


def _written(shape: Axes) -> str:
    """Such as 32 × 13 × 13."""
    return " × ".join(map(str, shape))


def _parts(line: str, base: int = 0, outer: str = "") -> list[_Part]:
    """The layers of a line, or of what stands in the brackets of `outer`, from `base` on."""
    spans = _spans(line)
    if not spans:
        raise LineError("line_empty")
    count = max(len(spans), line.count("("))
    if (off := count - LONGEST) > 0:
        raise LineError("line_long", count=count, limit=LONGEST, off=off)
    parts = []
    for number, (start, stop) in enumerate(spans, start=1):
        text, place = line[start:stop], f"{outer}{number}"
        layer, *words = text.lower().replace("(", " ( ").split()
        part = _Part(place, text, base + start, layer, tuple(words))
        if text.count("(") != text.count(")"):
            raise part.error("part_brackets")
        if layer not in LAYERS:
            raise part.error("part_unknown", word=layer, choices=", ".join(LAYERS))
        if layer == "res":
            found = re.fullmatch(r"\w+\s*\((.*)\)", text, re.S)
            if found is None:
                raise part.error("part_brackets")
            part = replace(part, inside=(found[1], base + start + found.start(1)))
        parts.append(part)
    return parts


def _spans(line: str) -> list[tuple[int, int]]:
    """Where each part begins and ends, without the spaces around it; brackets hold theirs
    together.
    """
    ends, depth = [], 0
    for mark in re.finditer(r"->|[-–→;\n()]", line):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if mark[0] not in "()" and depth <= 0:
            ends.append(mark.span())
    starts = [0, *(stop for _, stop in ends)]
    stops = [*(start for start, _ in ends), len(line)]
    found = []
    for start, stop in zip(starts, stops, strict=True):
        text = line[start:stop]
        if text.strip():
            found.append((start + len(text) - len(text.lstrip()), start + len(text.rstrip())))
    return found


def _row(
    part: _Part,
    shape: Axes,
    done: list[Operation],
    code: tuple[str, str | None],
    figures: tuple[int, int] = (0, 0),
    unused_inputs: Axes = (),
    inside: int = 0,
) -> Row:
    """`figures` are the parameters and multiply-adds, `code` the lines of PyTorch and Keras,
    `inside` the numbers that layers in its brackets hand on.
    """
    name, fields = " ".join(part.text.split()), receptive_field(done)
    numbers = math.prod(shape) + inside
    return Row(name, part.layer, shape, *figures, fields, unused_inputs, *code, numbers)


def _moved(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """A convolution or a pool."""
    part.need_map(shape)
    settings = _settings(part)
    for setting in ("kernel", "filters") if "conv" in part.layer else ("kernel",):
        if setting not in settings:
            raise part.error("part_missing", setting=setting)
    if part.layer == "depthwise":
        settings = {"filters": shape[:1], **settings, "groups": shape[:1]}
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
        elif word in ("ceil", "nobias"):
            add(*{"ceil": ("ceil_mode", True), "nobias": ("bias", False)}[word])
        elif found is None:
            raise part.error("part_word", word=word)
        else:
            letter, numbers = found[1], tuple(int(one) for one in found[2].split("x"))
            is_filters = not letter and "kernel" in settings and KINDS[part.layer] not in POOLS
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
    "leaky": ("nn.LeakyReLU(0.01)", "layers.LeakyReLU(negative_slope=0.01)"),
    "sigmoid": ("nn.Sigmoid()", 'layers.Activation("sigmoid")'),
    "tanh": ("nn.Tanh()", 'layers.Activation("tanh")'),
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


def _added(part: _Part, shape: Axes, done: list[Operation]) -> Row:
    """The layers in brackets, and what went in on top."""
    text, base = part.inside
    rows = _rows(_parts(text, base, f"{part.place}."), shape, done)
    if rows[-1].shape != shape:
        before, after = _written(shape), _written(rows[-1].shape)
        raise part.error("part_sum", before=before, after=after)
    code = f"Residual(nn.Sequential({', '.join(row.pytorch for row in rows)}))"
    figures = sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)
    inside = sum(row.numbers for row in rows)
    return _row(part, shape, done, (code, None), figures, inside=inside)


LAYERS: dict[str, Callable[[_Part, Axes, list[Operation]], Row]] = {
    "conv": _moved,
    "depthwise": _moved,
    "convt": _moved,
    "pool": _moved,
    "avgpool": _moved,
    "gap": _averaged,
    "relu": _kept,
    "leaky": _kept,
    "sigmoid": _kept,
    "tanh": _kept,
    "bn": _normalised,
    "dropout": _dropped,
    "flatten": _kept,
    "dense": _dense,
    "linear": _dense,
    "softmax": _kept,
    "res": _added,
}
