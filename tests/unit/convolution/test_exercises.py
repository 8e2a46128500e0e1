"""Exercises: every answer is what torch gives, for 200 seeds of each kind."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons.exercises import (
    QUESTIONS,
    Question,
    from_token,
    grade,
    question,
    token,
)

SEEDS = range(200)


def convolution(values: dict, dims: int = 1) -> nn.Module:
    """The convolution of a question's text."""
    return getattr(nn, f"Conv{dims}d")(
        values["channels"],
        values["filters"],
        values["kernel"],
        stride=values["stride"],
        padding=values["padding"],
        dilation=values["dilation"],
        groups=values["groups"],
    )


def line(asked: Question) -> torch.Tensor:
    return torch.zeros(1, 1, asked.values["size"])


def _output_size(asked: Question) -> int:
    return convolution(asked.values)(line(asked)).shape[-1]


def _parameters(asked: Question) -> int:
    module = convolution(asked.values, asked.values["dims"])
    return sum(one.numel() for one in module.parameters())


def _multiply_adds(asked: Question) -> int:
    values = asked.values
    x = torch.zeros(1, values["channels"], *(values["size"],) * values["dims"])
    with FlopCounterMode(display=False) as counter:
        convolution(values, values["dims"])(x)
    return counter.get_total_flops() // 2


def _unread(asked: Question) -> int:
    """Inputs at the end that can be cut off, and torch gives the same."""
    size, module = asked.values["size"], convolution(asked.values)
    nn.init.ones_(module.weight)  # pyright: ignore[reportArgumentType]
    x = line(asked).requires_grad_()
    (gradient,) = torch.autograd.grad(module(x).sum(), x)
    last = int(gradient[0, 0].nonzero().max())
    return size - 1 - last


def _receptive_field(asked: Question) -> int:
    modules = []
    for layer in asked.values["layers"].split(" - "):
        name, kernel, stride = layer.split()
        kernel, stride = int(kernel), int(stride.removeprefix("s"))
        modules.append(
            nn.AvgPool1d(kernel, stride)
            if name == "pool"
            else nn.Conv1d(1, 1, kernel, stride, kernel // 2)
        )
    for module in modules:
        for parameter in module.parameters():
            nn.init.ones_(parameter)
    x = torch.ones(1, 1, 400, dtype=torch.float64, requires_grad=True)
    output = nn.Sequential(*modules).double()(x)
    (gradient,) = torch.autograd.grad(output[0, 0, output.shape[-1] // 2], x)
    read = gradient[0, 0].nonzero()
    return int(read.max() - read.min()) + 1


def _pool_size(asked: Question) -> int:
    values = asked.values
    pool = {"max": nn.MaxPool1d, "average": nn.AvgPool1d}[values["kind"]]
    return pool(values["kernel"], values["stride"], values["padding"])(line(asked)).shape[-1]


def _transposed_size(asked: Question) -> int:
    names = ("stride", "padding", "output_padding")
    settings = {name: asked.values[name] for name in names}
    return nn.ConvTranspose1d(1, 1, asked.values["kernel"], **settings)(line(asked)).shape[-1]


def _keeping_padding(asked: Question) -> int:
    x, values = torch.zeros(1, 1, 64), asked.values
    kept = [
        padding
        for padding in range(40)
        if 64 + 2 * padding > values["dilation"] * (values["kernel"] - 1)
        and nn.Conv1d(1, 1, values["kernel"], padding=padding, dilation=values["dilation"])(x).shape
        == x.shape
    ]
    (padding,) = kept
    return padding


def _keras_padding(asked: Question) -> int:
    """The fewest zeros with which torch gives ceil(input / stride) cells, one half at the end."""
    values = asked.values
    kernel = torch.ones(1, 1, values["kernel"])
    wanted = -(-values["size"] // values["stride"])
    for total in range(20):
        padded = functional.pad(line(asked), (total // 2, total - total // 2))
        if padded.shape[-1] < values["kernel"]:
            continue
        if functional.conv1d(padded, kernel, stride=values["stride"]).shape[-1] == wanted:
            return total - total // 2
    raise AssertionError(asked)


def _cells(asked: Question) -> int:
    size = [int(one) for one in asked.values["size"].split(" × ")]
    return convolution(asked.values, 3)(torch.zeros(1, 1, *size)).numel()


def _cell_value(asked: Question) -> int:
    values = asked.values
    signal, weights = (torch.tensor([[values[name]]]).double() for name in ("signal", "weights"))
    output = functional.conv1d(signal, weights, stride=values["stride"])
    return int(output[0, 0, values["place"]])


def _max_value(asked: Question) -> int:
    values = asked.values
    picture = torch.tensor([[values["picture"]]]).double()
    output = functional.max_pool2d(picture, values["kernel"], values["stride"])
    return int(output[0, 0, values["row"], values["column"]])


def _kernel_of(asked: Question) -> int:
    picture = torch.tensor([[asked.values["picture"]]]).double()
    fits = []
    for place, name in enumerate(asked.choices):
        output = functional.conv2d(picture, torch.from_numpy(KERNELS[2][name])[None, None])
        if np.allclose(output[0, 0].numpy(), asked.values["output"], atol=0.006):
            fits.append(place)
    (place,) = fits  # one kernel, and no other, gives this
    return place


def _stride_of(asked: Question) -> int:
    values = asked.values
    kernel = torch.ones(1, 1, values["kernel"])
    fits = []
    for place, stride in enumerate(asked.choices):
        output = functional.conv1d(
            line(asked), kernel, stride=int(stride), padding=values["padding"]
        )
        if output.shape[-1] == values["output"]:
            fits.append(place)
    (place,) = fits
    return place


ORACLES = {
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


def test_there_are_at_least_ten_kinds_each_with_an_oracle():
    assert len(QUESTIONS) >= 10
    assert set(QUESTIONS) == set(ORACLES)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_two_hundred_seeds_are_graded_as_torch_would(kind):
    asked_for = set()
    for seed in SEEDS:
        asked = question(kind, seed)
        right = ORACLES[kind](asked)
        assert asked.answer == right, (seed, asked.values)
        assert grade(asked, right)
        assert grade(asked, str(right))
        assert not grade(asked, right + 1)
        assert not grade(asked, right - 1)
        assert asked.kind == kind
        assert abs(asked.answer) < 100_000
        assert asked.steps
        assert not asked.choices or asked.answer < len(set(asked.choices)) == 4
        asked_for.add((str(asked.values), asked.answer))
    assert len(asked_for) >= 20  # of 200, which is more than anybody sees in one sitting


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_link_asks_the_same_again(kind):
    asked = question(kind, 7)
    assert question(kind, 7) == asked
    assert from_token(token(asked)) == asked
    assert any(question(kind, seed) != asked for seed in range(8, 12))


def test_the_questions_do_not_change_between_versions():
    """A link that somebody kept has to ask what it asked."""
    asked = question("output_size", 1)
    values = {"size": 58, "kernel": 4, "stride": 1, "padding": 1, "dilation": 1}
    assert (asked.values | values, asked.answer) == (asked.values, 57)
    assert token(asked) == "output_size-1"


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (1024, True),
        (1024.0, True),
        ("1024", True),
        (" 1,024 ", True),
        ("1 024", True),
        ("10,24", False),
        ("1024.5", False),
        ("", False),
        ("many", False),
        (None, False),
        (True, False),
        ([1024], False),
    ],
)
def test_an_answer_counts_as_it_is_typed(given, right):
    asked = Question((), {}, 1024, {})
    assert grade(asked, given) is right
    assert not grade(Question((), {}, 1, {}), True)


@pytest.mark.parametrize("text", ["", "output_size", "output_size-", "output_size--1", "x-1", "7"])
def test_a_link_that_asks_nothing_is_told(text):
    with pytest.raises(ValueError, match=r"is no kind and seed|is none of output_size"):
        from_token(text)
