"""The command that works out a convolution or a pool: convdemo convolve."""

from __future__ import annotations

import argparse
import json
from typing import Any

from convdemo.cli.train import Add
from convdemo.convolution.architecture import describe, describe_line
from convdemo.convolution.code import REASONS
from convdemo.convolution.operation import Operation, operation
from convdemo.errors import UserError

POOLS = {"max": "max", "avg": "average"}
# Settings of an operation that are options here.
SETTINGS = ("channels", "filters", "stride", "padding_mode", "dilation", "groups", "bias")
SETTINGS += ("output_padding", "ceil_mode")


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    convolve = add("convolve", _convolve, "what a convolution or a pool makes of a size, and why")
    several = {"type": int, "nargs": "+"}
    convolve.add_argument("--dims", type=int, choices=(1, 2, 3), required=True)
    convolve.add_argument("--input", metavar="N", required=True, help="its size", **several)
    convolve.add_argument("--kernel", metavar="K", **several)
    convolve.add_argument(
        "--line",
        help="layers instead of a kernel, such as 'conv 3x3 p1 32 - bn - relu - pool 2 - dropout "
        "0.5 - flatten - linear 10'; also convt, avgpool, gap, dense, softmax",
    )
    convolve.add_argument(
        "--stride", metavar="S", help="default: 1, of a pool its kernel", **several
    )
    convolve.add_argument(
        "--padding",
        nargs="+",
        default=["valid"],
        metavar="P",
        help="valid (default), same (with a stride as Keras has it), or P",
    )
    convolve.add_argument("--padding-mode", default="zeros", help="reflect, replicate or circular")
    convolve.add_argument("--dilation", default=[1], metavar="D", **several)
    convolve.add_argument("--groups", type=int, default=1, metavar="G")
    convolve.add_argument("--in-channels", dest="channels", type=int, default=1, metavar="C")
    convolve.add_argument("--filters", type=int, metavar="F", help="default: 1")
    convolve.add_argument("--no-bias", dest="bias", action="store_const", const=False)
    convolve.add_argument("--ceil-mode", action="store_true", help="of a pool: round up")
    convolve.add_argument("--output-padding", default=[0], metavar="O", **several)
    kind = convolve.add_mutually_exclusive_group()
    kind.add_argument("--transposed", action="store_true")
    kind.add_argument("--pool", choices=POOLS)


def _convolve(arguments: argparse.Namespace) -> int:
    size = arguments.input * (arguments.dims if len(arguments.input) == 1 else 1)
    if len(size) != arguments.dims:
        raise UserError(f"--input has {len(size)} numbers, --dims is {arguments.dims}")
    if (arguments.line is None) == (arguments.kernel is None):
        raise UserError("name either a --kernel or a --line of layers")
    if arguments.line is not None:
        described = describe_line(arguments.line, (arguments.channels, *size))
        words = _table
    else:
        described = describe(_operation(arguments, size))
        words = _sentences
    print(json.dumps(described, ensure_ascii=False) if arguments.json else words(described))
    return 0


def _sentences(described: dict[str, Any]) -> str:
    """Size and formula of one operation, its figures, and its layer in PyTorch and in Keras."""
    lines = [f"output {_times(described['output_shape'])}"]
    lines += [f"axis {axis}: {line}" for axis, line in enumerate(described["formula"], start=1)]
    lines += [_figures(described), f"a cell sees {_times(described['receptive_field'])}"]
    if any(described["unread"]):
        lines.append(f"never read at the end: {' and '.join(map(str, described['unread']))}")
    keras = described["keras"] or REASONS[described["keras_reason"]]
    return "\n".join([*lines, described["pytorch"], keras])


def _table(described: dict[str, Any]) -> str:
    """A line for each layer, the sums, and the network in PyTorch and in Keras."""
    rows = described["rows"]
    lines = [f"input: {_times(described['input']['shape'])}"]
    for place, row in enumerate(rows, start=1):
        seen = f"a cell sees {_times(row['field'])}"
        lines.append(f"{place}. {row['name']}: {_times(row['shape'])}, {_figures(row)}, {seen}")
    lines += [f"in all: {_figures(described)}", "nn.Sequential("]
    lines += [f"    {row['pytorch']}," for row in rows]
    lines += [")", "keras.Sequential(["]
    lines += [f"    {row['keras']}," if row["keras"] else "    # no such layer" for row in rows]
    return "\n".join([*lines, "])"])


def _figures(of: dict[str, Any]) -> str:
    return f"parameters {of['parameters']:,}, multiply-adds {of['multiply_adds']:,}"


def _times(numbers: list[int]) -> str:
    return " × ".join(map(str, numbers))


def _operation(arguments: argparse.Namespace, size: list[int]) -> Operation:
    kind = "transposed" if arguments.transposed else "convolution"
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    settings["padding"] = _padding(arguments.padding)
    return operation(POOLS.get(arguments.pool, kind), size, arguments.kernel, **settings)


def _padding(words: list[str]) -> str | list[int]:
    if words in (["valid"], ["same"]):
        return words[0]
    try:
        return [int(word) for word in words]
    except ValueError as error:
        raise UserError(f"--padding {' '.join(words)} is not valid, same or numbers") from error
