"""The command that works out a convolution or a pool: convdemo convolve."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from .cli_train import Add

if TYPE_CHECKING:
    from .convolve import Operation

POOLS = {"max": "max", "avg": "average"}


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    convolve = add("convolve", _convolve, "what a convolution or a pool makes of a size, and why")
    several = {"type": int, "nargs": "+"}
    convolve.add_argument("--dims", type=int, choices=(1, 2, 3), required=True)
    convolve.add_argument("--input", metavar="N", required=True, help="its size", **several)
    convolve.add_argument("--kernel", metavar="K", required=True, **several)
    convolve.add_argument(
        "--stride", metavar="S", help="default: 1, of a pool its kernel", **several
    )
    convolve.add_argument(
        "--padding", nargs="+", default=["valid"], metavar="P", help="valid (default), same, or P"
    )
    convolve.add_argument("--padding-mode", default="zeros", help="reflect, replicate or circular")
    convolve.add_argument("--dilation", default=[1], metavar="D", **several)
    convolve.add_argument("--groups", type=int, default=1, metavar="G")
    convolve.add_argument("--in-channels", type=int, default=1, metavar="C")
    convolve.add_argument("--filters", type=int, metavar="F", help="default: 1")
    convolve.add_argument("--no-bias", action="store_true")
    convolve.add_argument("--output-padding", default=[0], metavar="O", **several)
    kind = convolve.add_mutually_exclusive_group()
    kind.add_argument("--transposed", action="store_true")
    kind.add_argument("--pool", choices=POOLS)


def _convolve(arguments: argparse.Namespace) -> int:
    from .convolve_told import told as told_of

    told = told_of(_operation(arguments))
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print(f"output {' × '.join(map(str, told['output_shape']))}")
    for axis, line in enumerate(told["formula"], start=1):
        print(f"axis {axis}: {line}")
    print(f"parameters {told['parameters']:,}, multiply-adds {told['multiply_adds']:,}")
    print(f"a cell sees {' × '.join(map(str, told['receptive_field']))}")
    if any(told["unread"]):
        print(f"never read at the end: {' and '.join(map(str, told['unread']))}")
    print(told["pytorch"])
    print(told["keras"] or _why(told["keras_reason"]))
    return 0


def _why(reason: str | None) -> str:
    from .convolve_code import REASONS

    return REASONS[reason] if reason else ""


def _operation(arguments: argparse.Namespace) -> Operation:
    from .convolve import operation

    size = arguments.input * (arguments.dims if len(arguments.input) == 1 else 1)
    if len(size) != arguments.dims:
        raise ValueError(f"--input has {len(size)} numbers, --dims is {arguments.dims}")
    kind = "transposed" if arguments.transposed else "convolution"
    return operation(
        POOLS.get(arguments.pool, kind),
        size,
        arguments.kernel,
        channels=arguments.in_channels,
        filters=arguments.filters,
        stride=arguments.stride,
        padding=_padding(arguments.padding),
        padding_mode=arguments.padding_mode,
        dilation=arguments.dilation,
        groups=arguments.groups,
        bias=False if arguments.no_bias else None,
        output_padding=arguments.output_padding,
    )


def _padding(words: list[str]) -> str | list[int]:
    if words in (["valid"], ["same"]):
        return words[0]
    try:
        return [int(word) for word in words]
    except ValueError as error:
        raise ValueError(f"--padding {' '.join(words)} is not valid, same or numbers") from error
