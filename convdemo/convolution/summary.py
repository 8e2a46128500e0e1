"""All that can be said of a convolution, a pool or a line of layers without carrying it out, as
JSON has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convdemo.convolution.architecture import stack
from convdemo.convolution.arithmetic import (
    multiply_adds,
    parameters,
    receptive_field,
    unused_inputs,
    written,
)
from convdemo.convolution.code import keras_line, pytorch_line
from convdemo.convolution.operation import Operation, operation, output_shape


def describe(operation: Operation) -> dict[str, Any]:
    """Shape, figures, formula and lines of code, as `convdemo convolve --json` prints them."""
    keras, reason = keras_line(operation)
    return {
        "output_shape": list(output_shape(operation)),
        "parameters": parameters(operation),
        "multiply_adds": multiply_adds(operation),
        "receptive_field": [field.size for field in receptive_field([operation])],
        "unread": list(unused_inputs(operation)),
        "formula": list(written(operation)),
        "pytorch": pytorch_line(operation),
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
