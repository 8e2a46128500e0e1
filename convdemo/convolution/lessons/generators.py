"""The kinds of questions about convolution: how each is drawn, and its answer."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from convdemo.convolution.arithmetic import (
    formula,
    multiply_adds,
    parameters,
    receptive_field,
    same_padding,
    unread,
    written,
)
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons.question import Question
from convdemo.convolution.operation import Operation, operation, output_shape, output_size
from convdemo.convolution.reference import run


def _dice(kind: str, seed: int) -> random.Random:
    return random.Random(f"{kind} {seed}")


def _asked(kind: str, seed: int, made: Operation, answer: int, **values: Any) -> Question:
    """The question about one operation; what its sentence needs is read from it."""
    plain = {
        name: value[0] if isinstance(value, tuple) else value
        for name in ("dims", "size", "channels", "filters", "kernel", "stride", "groups")
        for value in (getattr(made, name),)
    }
    plain |= {"padding": made.pads[0][0], "dilation": made.dilation[0], "kind": made.kind}
    plain |= {"output_padding": made.output_padding[0]}
    terms = {**formula(made)[0], "formula": written(made)[0], "shape": output_shape(made)}
    return Question(kind, seed, plain | values, answer, (made,), terms)


def _output_size(seed: int) -> Question:
    dice = _dice("output_size", seed)
    kernel = dice.choice((2, 3, 4, 5, 7))
    made = operation(
        "convolution",
        (dice.randint(16, 64),),
        kernel,
        stride=dice.randint(1, 3),
        padding=dice.randint(0, kernel // 2),
        dilation=dice.choice((1, 1, 2)),
    )
    return _asked("output_size", seed, made, output_size(made)[0])


def _parameters(seed: int) -> Question:
    dice = _dice("parameters", seed)
    groups, dims = dice.choice((1, 1, 2, 4)), dice.randint(1, 3)
    made = operation(
        "convolution",
        (16,) * dims,
        dice.choice((1, 3, 5)),
        channels=groups * dice.randint(1, 8),
        filters=groups * dice.randint(1, 16),
        groups=groups,
    )
    weights = parameters(made) - made.filters
    asked = _asked("parameters", seed, made, parameters(made))
    asked.explanation.update(weights=weights, biases=made.filters)
    return asked


def _multiply_adds(seed: int) -> Question:
    dice = _dice("multiply_adds", seed)
    made = operation(
        "convolution",
        (dice.randint(6, 12),) * dice.randint(1, 2),
        dice.choice((2, 3)),
        channels=dice.randint(1, 4),
        filters=dice.choice((1, 2, 4, 8)),
        stride=dice.randint(1, 2),
        padding=dice.randint(0, 1),
    )
    return _asked("multiply_adds", seed, made, multiply_adds(made))


def _unread(seed: int) -> Question:
    dice = _dice("unread", seed)
    size, kernel, padding = dice.randint(12, 64), dice.randint(2, 5), dice.randint(0, 1)
    stride = dice.randint(2, kernel)  # past the kernel it would leave gaps, which are unread too
    made = operation("convolution", (size,), kernel, stride=stride, padding=padding)
    return _asked("unread", seed, made, unread(made)[0])


def _receptive_field(seed: int) -> Question:
    dice = _dice("receptive_field", seed)
    done: list[Operation] = []
    size = (64,)
    for _ in range(dice.randint(2, 4)):
        if dice.random() < 0.4:
            made = operation("max", size, 2)
        else:
            kernel, stride = dice.choice((3, 3, 5)), dice.choice((1, 1, 2))
            made = operation("convolution", size, kernel, stride=stride, padding=kernel // 2)
        done.append(made)
        size = output_size(made)
    names = {"convolution": "conv", "max": "pool"}
    layers = " - ".join(f"{names[one.kind]} {one.kernel[0]} s{one.stride[0]}" for one in done)
    steps = [receptive_field(done[:count])[0].size for count in range(1, len(done) + 1)]
    told = {"steps": steps}
    values = {"layers": layers}
    return Question("receptive_field", seed, values, steps[-1], tuple(done), told)


def _pool_size(seed: int) -> Question:
    dice = _dice("pool_size", seed)
    kernel = dice.randint(2, 4)
    made = operation(
        dice.choice(("max", "average")),
        (dice.randint(8, 64),),
        kernel,
        stride=dice.randint(1, kernel),
        padding=dice.randint(0, kernel // 2),
    )
    return _asked("pool_size", seed, made, output_size(made)[0])


def _transposed_size(seed: int) -> Question:
    dice = _dice("transposed_size", seed)
    stride, kernel = dice.randint(1, 3), dice.randint(2, 5)
    made = operation(
        "transposed",
        (dice.randint(4, 16),),
        kernel,
        stride=stride,
        padding=dice.randint(0, min(2, kernel - 1)),
        output_padding=dice.randint(0, stride - 1),
    )
    return _asked("transposed_size", seed, made, output_size(made)[0])


def _keeping_padding(seed: int) -> Question:
    dice = _dice("keeping_padding", seed)
    kernel, dilation = dice.choice((3, 5, 7, 9, 11)), dice.randint(1, 4)
    padding = dilation * (kernel - 1) // 2
    made = operation("convolution", (64,), kernel, padding=padding, dilation=dilation)
    return _asked("keeping_padding", seed, made, padding)


def _keras_padding(seed: int) -> Question:
    dice = _dice("keras_padding", seed)
    size, stride = dice.randint(10, 64), dice.randint(1, 3)
    made = operation("convolution", (size,), dice.randint(2, 7), stride=stride)
    same = same_padding(made, "keras")
    asked = _asked("keras_padding", seed, made, same.pads[0][1])
    return Question(
        "keras_padding",
        seed,
        asked.values,
        asked.answer,
        asked.operations,
        {"before": same.pads[0][0], "after": same.pads[0][1], "output": same.output[0]},
    )


def _cells(seed: int) -> Question:
    dice = _dice("cells", seed)
    made = operation(
        "convolution",
        [dice.randint(5, 12) for _ in range(3)],
        3,
        filters=dice.choice((2, 4, 8)),
        stride=dice.randint(1, 2),
        padding=dice.randint(0, 1),
    )
    size = " × ".join(map(str, made.size))
    return _asked("cells", seed, made, int(np.prod(output_shape(made))), size=size)


def _cell_value(seed: int) -> Question:
    dice = _dice("cell_value", seed)
    made = operation("convolution", (8,), 3, stride=dice.randint(1, 2), bias=False)
    signal = [dice.randint(0, 9) for _ in range(8)]
    weights = dice.sample((-2, -1, 0, 1, 2), 3)
    output = run(made, np.array([signal]), np.array([[weights]]))
    place = dice.randrange(output.shape[1])
    values = {"signal": signal, "weights": weights, "place": place}
    return _asked("cell_value", seed, made, round(output[0, place]), **values)


def _max_value(seed: int) -> Question:
    dice = _dice("max_value", seed)
    made = operation("max", (6, 6), dice.randint(2, 3), stride=dice.randint(1, 2))
    picture = [[dice.randint(0, 99) for _ in range(6)] for _ in range(6)]
    output = run(made, np.array([picture]))
    row, column = dice.randrange(output.shape[1]), dice.randrange(output.shape[2])
    values = {"picture": picture, "row": row, "column": column}
    return _asked("max_value", seed, made, round(output[0, row, column]), **values)


def _kernel_of(seed: int) -> Question:
    dice = _dice("kernel_of", seed)
    known = {name: one for name, one in KERNELS[2].items() if not name.startswith("gabor")}
    choices = tuple(dice.sample(list(known), 4))
    answer = dice.randrange(4)
    picture = [[dice.randint(0, 9) for _ in range(6)] for _ in range(6)]
    made = operation("convolution", (6, 6), 3, bias=False)
    output = run(made, np.array([picture]), known[choices[answer]][None, None])[0].round(2)
    values = {"picture": picture, "output": output.tolist()}
    asked = _asked("kernel_of", seed, made, answer, **values)
    told = {"kernel": known[choices[answer]].tolist()}
    return Question("kernel_of", seed, asked.values, answer, asked.operations, told, choices)


def _stride_of(seed: int) -> Question:
    dice = _dice("stride_of", seed)
    size, kernel = dice.randint(24, 64), dice.choice((2, 3, 5))
    choices = tuple(str(one) for one in range(1, 5))  # all of which give another size
    answer = dice.randrange(4)
    made = operation("convolution", (size,), kernel, stride=answer + 1, padding=kernel // 2)
    asked = _asked("stride_of", seed, made, answer, output=output_size(made)[0])
    return Question(
        "stride_of", seed, asked.values, answer, asked.operations, asked.explanation, choices
    )


QUESTIONS: dict[str, Callable[[int], Question]] = {
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
