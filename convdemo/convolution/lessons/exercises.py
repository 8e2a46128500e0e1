"""Questions about convolution, each made again from its kind and a seed, graded, and worked out.

A kind is one function: it draws the numbers of a question, and has its answer and the way there.
"""

from __future__ import annotations

import dataclasses
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.convolution.arithmetic import (
    multiply_adds,
    parameters,
    receptive_field,
    same_padding,
    unused_inputs,
    written,
)
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.operation import Operation, operation
from convdemo.convolution.output_size import output_shape, output_size
from convdemo.convolution.reference import run
from convdemo.errors import UserError, choose


@dataclass(frozen=True)
class Question:
    """One question: `kind` is the key of its text on the page, `values` what is put into it.

    `answer` is a number, or with `choices` the index of the right one; `steps` are what the text
    of its solution has besides. `operations` can be put on the bench: one, or layers of a stack.
    """

    operations: tuple[Operation, ...]
    values: dict[str, Any]
    answer: int
    steps: dict[str, Any]
    choices: tuple[str, ...] = ()
    kind: str = ""
    seed: int = 0

    @property
    def solution(self) -> dict[str, Any]:
        """What the text of the solution is filled with, `answer` among it."""
        answer = self.choices[self.answer] if self.choices else self.answer
        return {**self.values, "answer": answer, **self.steps}


def question(kind: str, seed: int) -> Question:
    """The same question for the same seed; ValueError for a kind that is not there."""
    drawn = choose("kind", kind, QUESTIONS)(random.Random(f"{kind} {seed}"))
    return dataclasses.replace(drawn, kind=kind, seed=seed)


def number_of(given: object) -> int | float | None:
    """The number that an answer is, typed or not: 1024, 1,024 and 1 024 are one; None for none."""
    if isinstance(given, str):
        typed = given.strip().replace("\N{MINUS SIGN}", "-")
        if re.fullmatch(r"\d{1,3}([, ]\d{3})+", typed):
            typed = re.sub(r"[, ]", "", typed)
        return int(typed) if re.fullmatch(r"[+-]?\d{1,18}", typed) else None
    return None if isinstance(given, bool) or not isinstance(given, int | float) else given


def grade(question: Question, given: object) -> bool:
    """Whether that is the answer, as a number or as it is typed."""
    number = number_of(given)
    return number is not None and number == question.answer


def token(question: Question) -> str:
    """What a link says to ask this question again."""
    return f"{question.kind}-{question.seed}"


def from_token(text: str) -> Question:
    """The question of a link; ValueError where it says none."""
    found = re.fullmatch(r"([a-z_]+)-(\d{1,9})", text)
    if found is None:
        raise UserError(f"exercise {text!r} is no kind and seed, such as output_size-7")
    return question(found[1], int(found[2]))


def _of(made: Operation, **values: Any) -> dict[str, Any]:
    """What the text of a question about one operation may say of it, and what else it says."""
    plain = {
        name: value[0] if isinstance(value, tuple) else value
        for name in ("dims", "size", "channels", "filters", "kernel", "stride", "groups")
        for value in (getattr(made, name),)
    }
    plain |= {"padding": made.pads[0][0], "dilation": made.dilation[0], "kind": made.kind}
    return plain | {"output_padding": made.output_padding[0]} | values


def _formulas(made: Operation) -> list[str]:
    """The formulas of the output sizes with the signs that mathematics has for their floor."""
    texts = [text.replace(" - ", " − ") for text in written(made)]
    return [text.replace("floor(", "⌊").replace(") + 1 =", "⌋ + 1 =") for text in texts]


def _times(*numbers: int) -> str:
    return " × ".join(map(str, numbers))


def _products(values: Sequence[Any], weights: Sequence[Any]) -> str:
    """3×1 + 4×(−2), what is multiplied by zero left out."""
    described = [
        f"{value}×({weight})" if str(weight).startswith("-") else f"{value}×{weight}"
        for value, weight in zip(values, weights, strict=True)
        if float(weight) != 0
    ]
    return " + ".join(described).replace("-", "−") or "0"


# The kinds


def _output_size(rng: random.Random) -> Question:
    kernel = rng.choice((2, 3, 4, 5, 7))
    made = operation(
        "convolution",
        (rng.randint(16, 64),),
        kernel,
        stride=rng.randint(1, 3),
        padding=rng.randint(0, kernel // 2),
        dilation=rng.choice((1, 1, 2)),
    )
    return Question((made,), _of(made), output_size(made)[0], {"formula": _formulas(made)[0]})


def _parameters(rng: random.Random) -> Question:
    groups, dims = rng.choice((1, 1, 2, 4)), rng.randint(1, 3)
    made = operation(
        "convolution",
        (16,) * dims,
        rng.choice((1, 3, 5)),
        channels=groups * rng.randint(1, 8),
        filters=groups * rng.randint(1, 16),
        groups=groups,
    )
    steps = {
        "each": _times(made.channels // groups, *made.kernel),
        "weights": parameters(made) - made.filters,
        "biases": made.filters,
    }
    return Question((made,), _of(made), parameters(made), steps)


def _multiply_adds(rng: random.Random) -> Question:
    made = operation(
        "convolution",
        (rng.randint(6, 12),) * rng.randint(1, 2),
        rng.choice((2, 3)),
        channels=rng.randint(1, 4),
        filters=rng.choice((1, 2, 4, 8)),
        stride=rng.randint(1, 2),
        padding=rng.randint(0, 1),
    )
    cells = (made.filters, *output_size(made))
    steps = {
        "formula": _formulas(made)[0],
        "output": _times(*cells),
        "each": _times(made.channels, *made.kernel),
        "cells": math.prod(cells),
        "products": made.channels * math.prod(made.kernel),
    }
    return Question((made,), _of(made), multiply_adds(made), steps)


def _unread(rng: random.Random) -> Question:
    size, kernel, padding = rng.randint(12, 64), rng.randint(2, 5), rng.randint(0, 1)
    stride = rng.randint(2, kernel)  # past the kernel it would leave gaps, which are unread too
    made = operation("convolution", (size,), kernel, stride=stride, padding=padding)
    start = (output_size(made)[0] - 1) * stride - padding
    steps = {
        "formula": _formulas(made)[0],
        "start": start,
        "last": start + kernel - 1,
        "end": size - 1,
    }
    return Question((made,), _of(made), unused_inputs(made)[0], steps)


def _receptive_field(rng: random.Random) -> Question:
    done: list[Operation] = []
    size = (64,)
    for _ in range(rng.randint(2, 4)):
        if rng.random() < 0.4:
            made = operation("max", size, 2)
        else:
            kernel, stride = rng.choice((3, 3, 5)), rng.choice((1, 1, 2))
            made = operation("convolution", size, kernel, stride=stride, padding=kernel // 2)
        done.append(made)
        size = output_size(made)
    jump, seen, lines = 1, 1, []
    for made in done:
        grown = seen + (made.kernel[0] - 1) * jump
        lines.append(f"{seen} + ({made.kernel[0]} − 1) × {jump} = {grown}")
        seen, jump = grown, jump * made.stride[0]
    names = {"convolution": "conv", "max": "pool"}
    layers = " - ".join(f"{names[one.kind]} {one.kernel[0]} s{one.stride[0]}" for one in done)
    answer = receptive_field(done)[0].size
    return Question(tuple(done), {"layers": layers}, answer, {"steps": "; ".join(lines)})


def _pool_size(rng: random.Random) -> Question:
    kernel = rng.randint(2, 4)
    made = operation(
        rng.choice(("max", "average")),
        (rng.randint(8, 64),),
        kernel,
        stride=rng.randint(1, kernel),
        padding=rng.randint(0, kernel // 2),
    )
    return Question((made,), _of(made), output_size(made)[0], {"formula": _formulas(made)[0]})


def _transposed_size(rng: random.Random) -> Question:
    stride, kernel = rng.randint(1, 3), rng.randint(2, 5)
    made = operation(
        "transposed",
        (rng.randint(4, 16),),
        kernel,
        stride=stride,
        padding=rng.randint(0, min(2, kernel - 1)),
        output_padding=rng.randint(0, stride - 1),
    )
    return Question((made,), _of(made), output_size(made)[0], {"formula": _formulas(made)[0]})


def _keeping_padding(rng: random.Random) -> Question:
    kernel, dilation = rng.choice((3, 5, 7, 9, 11)), rng.randint(1, 4)
    padding = dilation * (kernel - 1) // 2
    made = operation("convolution", (64,), kernel, padding=padding, dilation=dilation)
    steps = {"reach": made.effective_kernel[0], "less": made.effective_kernel[0] - 1}
    return Question((made,), _of(made), padding, steps)


def _keras_padding(rng: random.Random) -> Question:
    size, stride = rng.randint(10, 64), rng.randint(1, 3)
    made = operation("convolution", (size,), rng.randint(2, 7), stride=stride)
    same = same_padding(made)
    before, after = same.pads[0]
    steps = {
        "output": same.output[0],
        "needed": (same.output[0] - 1) * stride + made.kernel[0],
        "total": before + after,
        "before": before,
    }
    return Question((made,), _of(made), after, steps)


def _cells(rng: random.Random) -> Question:
    made = operation(
        "convolution",
        [rng.randint(5, 12) for _ in range(3)],
        3,
        filters=rng.choice((2, 4, 8)),
        stride=rng.randint(1, 2),
        padding=rng.randint(0, 1),
    )
    shape = output_shape(made)
    steps = {"formulas": "; ".join(_formulas(made)), "product": _times(*shape)}
    return Question((made,), _of(made, size=_times(*made.size)), math.prod(shape), steps)


def _cell_value(rng: random.Random) -> Question:
    made = operation("convolution", (8,), 3, stride=rng.randint(1, 2), bias=False)
    signal = [rng.randint(0, 9) for _ in range(8)]
    weights = rng.sample((-2, -1, 0, 1, 2), 3)
    output = run(made, np.array([signal]), np.array([[weights]]))
    place = rng.randrange(output.shape[1])
    start = place * made.stride[0]
    steps = {"start": start, "terms": _products(signal[start : start + 3], weights)}
    values = _of(made, signal=signal, weights=weights, place=place)
    return Question((made,), values, round(output[0, place]), steps)


def _max_value(rng: random.Random) -> Question:
    made = operation("max", (6, 6), rng.randint(2, 3), stride=rng.randint(1, 2))
    picture = [[rng.randint(0, 99) for _ in range(6)] for _ in range(6)]
    output = run(made, np.array([picture]))
    row, column = rng.randrange(output.shape[1]), rng.randrange(output.shape[2])
    (kernel, _), (stride, _) = made.kernel, made.stride
    top, left = row * stride, column * stride
    window = [one for line in picture[top : top + kernel] for one in line[left : left + kernel]]
    steps = {"top": top, "left": left, "window": ", ".join(map(str, window))}
    values = _of(made, picture=picture, row=row, column=column)
    return Question((made,), values, round(output[0, row, column]), steps)


def _kernel_of(rng: random.Random) -> Question:
    known = {name: one for name, one in KERNELS[2].items() if not name.startswith("gabor")}
    choices = tuple(rng.sample(list(known), 4))
    answer = rng.randrange(4)
    picture = [[rng.randint(0, 9) for _ in range(6)] for _ in range(6)]
    made = operation("convolution", (6, 6), 3, bias=False)
    kernel = known[choices[answer]]
    output = run(made, np.array([picture]), kernel[None, None])[0]
    patch = [one for line in picture[:3] for one in line[:3]]
    steps = {
        "terms": _products(patch, [f"{weight:.3g}" for weight in kernel.ravel()]),
        "first": f"{output[0, 0] + 0.0:.2f}".replace("-", "−"),
    }
    values = _of(made, picture=picture, output=output.round(2).tolist())
    return Question((made,), values, answer, steps, choices)


def _stride_of(rng: random.Random) -> Question:
    size, kernel = rng.randint(24, 64), rng.choice((2, 3, 5))
    answer = rng.randrange(4)
    choices = tuple(str(stride) for stride in range(1, 5))  # all of which give another size
    sizes = []
    for stride in range(1, 5):
        other = operation("convolution", (size,), kernel, stride=stride, padding=kernel // 2)
        sizes.append(f"{stride} → {output_size(other)[0]}")
    made = operation("convolution", (size,), kernel, stride=answer + 1, padding=kernel // 2)
    steps = {"formula": _formulas(made)[0], "sizes": ", ".join(sizes)}
    return Question((made,), _of(made, output=output_size(made)[0]), answer, steps, choices)


QUESTIONS: dict[str, Callable[[random.Random], Question]] = {
    "output_size": _output_size,
    "parameters": _parameters,
    "multiply_adds": _multiply_adds,
    "unread": _unread,
    "receptive_field": _receptive_field,
    "pool_size": _pool_size,
    "transposed_size": _transposed_size,
    "keeping_padding": _keeping_padding,
    "keras_padding": _keras_padding,
    "cells": _cells,
    "cell_value": _cell_value,
    "max_value": _max_value,
    "kernel_of": _kernel_of,
    "stride_of": _stride_of,
}
