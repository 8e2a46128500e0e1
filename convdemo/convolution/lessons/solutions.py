"""The worked solution of a question: the numbers on the way to its answer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from convdemo.convolution.arithmetic import same_padding, written
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons.question import Question
from convdemo.convolution.operation import output_size
from convdemo.convolution.reference import run


def solution(asked: Question) -> dict[str, Any]:
    """What the sentence of the solution is filled with, `answer` among it."""
    found = _WORKED[asked.kind](asked)
    answer = asked.choices[asked.answer] if asked.choices else asked.answer
    return {**asked.values, "answer": answer, **found}


def _formula(text: str) -> str:
    """The formula of an output size with the signs that mathematics has for its floor."""
    return text.replace("floor(", "⌊").replace(") + 1 =", "⌋ + 1 =").replace(" - ", " − ")


def _size(asked: Question) -> dict[str, Any]:
    return {"formula": _formula(asked.explanation["formula"])}


def _transposed_size(asked: Question) -> dict[str, Any]:
    return {"formula": asked.explanation["formula"].replace(" - ", " − ")}


def _parameters(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    return {
        "each": " × ".join(map(str, (made.channels // made.groups, *made.kernel))),
        "weights": asked.explanation["weights"],
        "biases": asked.explanation["biases"],
    }


def _multiply_adds(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    cells = math.prod((made.filters, *output_size(made)))
    return {
        "formula": _formula(written(made)[0]),
        "output": " × ".join(map(str, (made.filters, *output_size(made)))),
        "each": " × ".join(map(str, (made.channels, *made.kernel))),
        "cells": cells,
        "products": made.channels * math.prod(made.kernel),
    }


def _unread(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    cells = output_size(made)[0]
    last = (cells - 1) * made.stride[0] + made.kernel[0] - 1 - made.pads[0][0]
    return {
        "formula": _formula(asked.explanation["formula"]),
        "start": (cells - 1) * made.stride[0] - made.pads[0][0],
        "last": last,
        "end": made.size[0] - 1,
    }


def _receptive_field(asked: Question) -> dict[str, Any]:
    jump, size, lines = 1, 1, []
    for made in asked.operations:
        kernel, grown = made.kernel[0], size + (made.kernel[0] - 1) * jump
        lines.append(f"{size} + ({kernel} − 1) × {jump} = {grown}")
        size, jump = grown, jump * made.stride[0]
    return {"steps": "; ".join(lines)}


def _keeping_padding(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    return {"reach": made.reach[0], "less": made.reach[0] - 1}


def _keras_padding(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    same = same_padding(made, "keras")
    cells = same.output[0]
    return {
        "output": cells,
        "needed": (cells - 1) * made.stride[0] + made.kernel[0],
        "total": sum(same.pads[0]),
        "before": same.pads[0][0],
    }


def _cells(asked: Question) -> dict[str, Any]:
    made = asked.operations[0]
    return {
        "formulas": "; ".join(_formula(text) for text in written(made)),
        "product": " × ".join(map(str, (made.filters, *output_size(made)))),
    }


def _cell_value(asked: Question) -> dict[str, Any]:
    signal, weights = asked.values["signal"], asked.values["weights"]
    start = asked.values["place"] * asked.values["stride"]
    patch = signal[start : start + len(weights)]
    return {"start": start, "terms": _terms(patch, weights)}


def _max_value(asked: Question) -> dict[str, Any]:
    kernel, stride = asked.values["kernel"], asked.values["stride"]
    top, left = asked.values["row"] * stride, asked.values["column"] * stride
    rows = [row[left : left + kernel] for row in asked.values["picture"][top : top + kernel]]
    return {"top": top, "left": left, "window": ", ".join(str(one) for row in rows for one in row)}


def _kernel_of(asked: Question) -> dict[str, Any]:
    kernel = KERNELS[2][asked.choices[asked.answer]]
    picture = np.array(asked.values["picture"], dtype=float)
    first = run(asked.operations[0], picture[None], kernel[None, None])[0, 0, 0]
    told = [f"{weight:.3g}" for weight in kernel.ravel()]
    return {
        "terms": _terms(picture[:3, :3].ravel().astype(int).tolist(), told),
        "first": f"{first + 0.0:.2f}".replace("-", "−"),
    }


def _stride_of(asked: Question) -> dict[str, Any]:
    size, kernel, padding = (asked.values[name] for name in ("size", "kernel", "padding"))
    room = size + 2 * padding - kernel
    sizes = [f"{stride} → {room // stride + 1}" for stride in range(1, 5)]
    return {"formula": _formula(asked.explanation["formula"]), "sizes": ", ".join(sizes)}


def _terms(values: list[Any], weights: list[Any]) -> str:
    """3×1 + 4×(−2), what is multiplied by zero left out."""
    told = [
        f"{value}×({weight})" if str(weight).startswith("-") else f"{value}×{weight}"
        for value, weight in zip(values, weights, strict=True)
        if float(weight) != 0
    ]
    return " + ".join(told).replace("-", "−") or "0"


_WORKED: dict[str, Callable[[Question], dict[str, Any]]] = {
    "output_size": _size,
    "parameters": _parameters,
    "multiply_adds": _multiply_adds,
    "unread": _unread,
    "receptive_field": _receptive_field,
    "pool_size": _size,
    "transposed_size": _transposed_size,
    "keeping_padding": _keeping_padding,
    "keras_padding": _keras_padding,
    "cells": _cells,
    "cell_value": _cell_value,
    "max_value": _max_value,
    "kernel_of": _kernel_of,
    "stride_of": _stride_of,
}
