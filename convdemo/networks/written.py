"""Networks that are written as a line of layers."""

from __future__ import annotations

import ast
import re

from torch import nn

from convdemo.convolution.architecture import LARGEST, Largest, LineError, Row, stack
from convdemo.networks.resnets import Residual
from convdemo.networks.stages import Shape, stages
from convdemo.networks.summary import Layer

_CONV = "conv 3 p1 nobias {0} - bn - relu"
_POOLED = "conv 3 p1 nobias {0} - pool 2 - bn - relu"
_RESIDUAL = f"res({_CONV})"


def _joined(*parts: str) -> str:
    return " - ".join(parts)


# Networks of the registry that can be written, for ten classes.
LINES = {
    "simple_ann": "flatten - dense 128 - relu - dense 64 - relu - dense 10",
    "fashion_dnn": "flatten - dense 256 - relu - dropout 0.25 - dense 128 - relu - dense 10",
    "cnn": "conv 3 p1 32 - relu - pool 2 - conv 3 p1 64 - relu - pool 2 - flatten - dense 10",
    "cnn2": "conv 3 p1 32 - relu - pool 2 - conv 3 p1 64 - relu - pool 2 - conv 3 p1 128 - relu "
    "- pool 2 p1 - flatten - dense 625 - relu - dropout 0.2 - dense 10",
    "fashion_cnn": "conv 3 p1 32 - bn - relu - pool 2 - conv 3 64 - bn - relu - pool 2 - flatten "
    "- dense 600 - dropout 0.25 - dense 120 - dense 10",
    "quick_cnn": "conv 5 s2 nobias 16 - bn - relu - conv 3 nobias 32 - pool 2 - bn - relu "
    "- conv 3 nobias 64 - bn - relu - flatten - dense 10",
    "quick_fashion": _joined(
        "conv 5 s2 p2 nobias 16 - bn - relu",
        *map(_POOLED.format, (32, 96)),
        "flatten - dense 10",
    ),
    "digit_resnet": _joined(
        *(_POOLED.format(16), _CONV.format(40), _RESIDUAL.format(40), "pool 2"),
        *(_CONV.format(80), _RESIDUAL.format(80), _RESIDUAL.format(80), "gap - dense 10"),
    ),
    "fashion_resnet": _joined(
        *(_POOLED.format(24), _CONV.format(48), _RESIDUAL.format(48), "pool 2"),
        *(_CONV.format(96), _RESIDUAL.format(96), _RESIDUAL.format(96), "gap - dense 10"),
    ),
    "compact_resnet": _joined(
        _CONV.format(32),
        *(_joined(_POOLED.format(n), _RESIDUAL.format(n)) for n in (64, 192, 320)),
        "gap - dense 10",
    ),
    "xai": _joined(
        *(_CONV.format(32), _CONV.format(32), "pool 2"),
        *(_joined(_CONV.format(64), "dropout 0.05") for _ in range(2)),
        "pool 2",
        *(_joined(_CONV.format(160), "dropout 0.1") for _ in range(2)),
        "pool 2",
        *(_joined(_CONV.format(320), "dropout 0.1") for _ in range(2)),
        "gap - dense 10 - softmax",
    ),
    "cats_dogs": _joined(
        *(f"conv 3 {n} - relu - pool 2" for n in (32, 64, 128, 128)),
        "flatten - dropout 0.5 - dense 512 - relu - dense 10",
    ),
    "cats_dogs_5": _joined(
        *(f"conv 3 {n} - relu - pool 2" for n in (32, 64, 128, 256)),
        "conv 3 256 - relu - flatten - dropout 0.5 - dense 10",
    ),
}
# More that are worth a try.
PRESETS = {
    "lenet5": "conv 5 p2 6 - tanh - avgpool 2 - conv 5 16 - tanh - avgpool 2 - flatten "
    "- dense 120 - tanh - dense 84 - tanh - dense 10",
    "all_convolutional": "conv 3 p1 32 - bn - relu - conv 3 s2 p1 32 - bn - relu - conv 3 p1 64 "
    "- bn - relu - conv 3 s2 p1 64 - bn - relu - conv 1 10 - gap",
    "ten_sigmoid": "flatten - " + "dense 64 - sigmoid - " * 9 + "dense 10",
    "ten_relu": "flatten - " + "dense 64 - relu - " * 9 + "dense 10",
    "ten_normalised": "flatten - " + "dense 64 - bn - relu - " * 9 + "dense 10",
}


def is_line(model: str) -> bool:
    """Whether a network is said as a line, and not by its name: the least takes two words."""
    return " " in model.strip()


def normalised(line: str) -> str:
    """The line as it is kept: small letters, and one way to write what is between the layers."""
    spaced = re.sub(r"->|[-–→;\n]", " - ", line.lower())
    return " ".join(re.sub(r"([()])", r" \1 ", spaced).replace(" (", "(").split())


def line_of(model: str, classes: int) -> str:
    """The line of a network by name, "" where it has none; a line itself for so many classes: its
    last dense layer, or its last convolution, hands on as many numbers.
    """
    line = model if is_line(model) else LINES.get(model, PRESETS.get(model, ""))
    return re.sub(
        r"\b((?:dense|linear|conv [^-()]*?) )\d+(?=( - (gap|softmax))*$)", rf"\g<1>{classes}", line
    )


def network_of(line: str, shape: Shape, classes: int) -> nn.Sequential:
    """The untrained network of a line for inputs (C, H, W): its stages, the last one the scores.

    A convolution, a dense layer and what changes the shape begin a stage of their own. A softmax at
    the end is left out, since the loss and the answers have their own. LineError or OperationError
    where it cannot be.
    """
    named = {name: _made(code) for name, code in _stages(line, shape, classes).items()}
    return stages(**named)


def network_code(line: str, shape: Shape, classes: int) -> str:
    """The expression that makes the same: of `stages`, `nn` and, for `res`, `Residual`."""
    named = [f"{name}={code}" for name, code in _stages(line, shape, classes).items()]
    return f"stages({', '.join(named)})"


def cam_stage_of_line(line: str, shape: Shape, classes: int) -> str | None:
    """The last stage that hands on a map; None where there is none."""
    last = None
    for name, rows in _grouped(_checked(line, shape, classes)).items():
        if len(rows[-1].shape) > 1:
            last = name
    return last


def line_table(
    line: str, shape: Shape, classes: int, largest: Largest = LARGEST
) -> tuple[Layer, ...]:
    """The stages of the network that `network_of` makes, which is not made here; LineError or
    OperationError where it cannot be, or is too large.
    """
    return tuple(
        Layer(
            name,
            tuple(row.name for row in rows),
            rows[-1].shape,
            sum(row.parameters for row in rows),
            sum(row.multiply_adds for row in rows),
            sum(row.numbers for row in rows),
            tuple(field.size for field in rows[-1].fields),
        )
        for name, rows in _grouped(_checked(line, shape, classes, largest)).items()
    )


def _stages(line: str, shape: Shape, classes: int) -> dict[str, str]:
    """The code of each stage by its name."""
    found = {}
    for name, rows in _grouped(_checked(line, shape, classes)).items():
        codes = [row.pytorch for row in rows]
        found[name] = codes[0] if len(codes) == 1 else f"nn.Sequential({', '.join(codes)})"
    return found


def _checked(line: str, shape: Shape, classes: int, largest: Largest = LARGEST) -> tuple[Row, ...]:
    rows = stack(line, shape, largest)
    handed = " × ".join(map(str, rows[-1].shape))
    if rows[-1].layer == "softmax":
        rows = rows[:-1]
    if handed != str(classes):
        raise LineError("line_answer", shape=handed, classes=classes)
    if not any(row.parameters for row in rows):
        raise LineError("line_nothing")
    return rows


def _grouped(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """The layers of each stage by its name: conv1, res1, flatten, hidden1, output."""
    kinds = {"depthwise": "conv", "convt": "conv", "dense": "hidden", "linear": "hidden"}
    begins = ("conv", "depthwise", "convt", "res", "flatten", "gap", "dense", "linear")
    groups: list[tuple[str, list[Row]]] = []
    for row in rows:
        if row.layer in begins:
            groups.append((kinds.get(row.layer, row.layer), [row]))
        elif groups:
            groups[-1][1].append(row)
        else:
            groups.append(("start", [row]))
    dense = [place for place, (kind, _) in enumerate(groups) if kind == "hidden"]
    found: dict[str, list[Row]] = {}
    for place, (kind, layers) in enumerate(groups):
        number = sum(kind == other for other, _ in groups[:place]) + 1
        if dense and place == dense[-1]:
            name = "output"
        elif kind in ("start", "flatten", "gap") or (kind == "hidden" and len(dense) == 2):
            name = kind
        else:
            name = f"{kind}{number}"
        found[name] = layers
    return found


def _made(code: str) -> nn.Module:
    """The module of a line of PyTorch that an architecture's row has."""
    return _module(ast.parse(code, mode="eval").body)


def _module(call: ast.expr) -> nn.Module:
    assert isinstance(call, ast.Call)
    make = getattr(nn, call.func.attr) if isinstance(call.func, ast.Attribute) else Residual
    arguments = [
        _module(one) if isinstance(one, ast.Call) else ast.literal_eval(one) for one in call.args
    ]
    words = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
    return make(*arguments, **words)
