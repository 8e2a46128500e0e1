"""All that can be said of a convolution or a pool without carrying it out, as JSON has it."""

from __future__ import annotations

from typing import Any

from .convolve import Operation, output_shape
from .convolve_code import keras_line, pytorch_line
from .convolve_figures import multiply_adds, parameters, receptive_field, unread, written


def told(operation: Operation) -> dict[str, Any]:
    """Shape, figures, formula and lines of code, as `convdemo convolve --json` prints them."""
    keras, reason = keras_line(operation)
    return {
        "output_shape": list(output_shape(operation)),
        "parameters": parameters(operation),
        "multiply_adds": multiply_adds(operation),
        "receptive_field": [field.size for field in receptive_field([operation])],
        "unread": list(unread(operation)),
        "formula": list(written(operation)),
        "pytorch": pytorch_line(operation),
        "keras": keras,
        "keras_reason": reason,
    }
