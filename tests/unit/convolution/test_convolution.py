"""Convolution and pooling: torch's numbers for any settings, and a sentence for every refusal."""

import argparse
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.checkout import ROOT
from support.operations import LIKELY, as_module, by_torch, module_of, operations, settings_of
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convdemo.cli import convolve
from convdemo.convolution.architecture import PROBLEMS as LINE_PROBLEMS
from convdemo.convolution.architecture import LineError, stack
from convdemo.convolution.arithmetic import (
    formula,
    multiply_adds,
    parameters,
    receptive_field,
    same_compared,
    same_padding,
    unused_inputs,
    written,
)
from convdemo.convolution.code import REASONS, keras_line, pytorch_line
from convdemo.convolution.kernels import GABOR_ANGLES, KERNELS
from convdemo.convolution.operation import (
    KINDS,
    LARGEST,
    POOLS,
    PROBLEMS,
    Operation,
    OperationError,
    check,
    operation,
    weight_shape,
)
from convdemo.convolution.output_size import output_shape, output_size
from convdemo.convolution.reference import run
from convdemo.convolution.torch_check import difference

# torch says that it copies the input where 'same' is uneven, which is its affair.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")


@st.composite
def keras_same(draw: st.DrawFn) -> dict[str, Any]:
    """The settings of a 'same' that Keras has."""
    kind = draw(st.sampled_from(KINDS))
    dims = draw(st.integers(1, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return draw(st.tuples(*[st.integers(low, high)] * dims))

    # torch's AvgPool3d wants a kernel to fit before anything is padded.
    size = each(4 if (kind, dims) == ("average", 3) else 1, (12, 7, 5)[dims - 1])
    found = {"kind": kind, "size": size, "kernel": each(1, 4), "channels": 2, "padding": "same"}
    return {**found, "stride": each(1, 4)}


def drawn(made: Operation, seed: int = 0) -> tuple[np.ndarray, Any, Any]:
    """An input, weights and a bias of the shapes that are needed."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(made.channels, *made.size))
    if made.is_pool:
        return x, None, None
    bias = rng.normal(size=made.filters) if made.bias else None
    return x, rng.normal(size=weight_shape(made)), bias


@settings(LIKELY, max_examples=200)
@given(operations())
def test_the_values_and_figures_are_torchs(made):
    x, weights, bias = drawn(made)
    wanted = by_torch(as_module(made), x, weights, bias)
    assert np.allclose(run(made, x, weights, bias), wanted, atol=1e-4, rtol=0)
    assert output_shape(made) == wanted.shape
    module = as_module(made)
    assert parameters(made) == sum(one.numel() for one in module.parameters())
    with FlopCounterMode(display=False) as counter:
        module(torch.from_numpy(x)[None])
    assert multiply_adds(made) == counter.get_total_flops() // 2
    line = eval(pytorch_line(made), {"nn": nn})
    assert np.array_equal(by_torch(line, x, weights, bias), wanted)
    for terms, text in zip(formula(made), written(made), strict=True):
        left, right = text.replace("×", "*").split(" = ")
        rounding = {"floor": math.floor, "ceil": math.ceil}
        assert eval(left, rounding) == int(right) == terms["output"]


def by_the_rule(made: Operation, x: np.ndarray, weights: Any, bias: Any) -> np.ndarray:
    """Keras' 'same' as TensorFlow documents it, in torch: what is padded is worked out here."""
    batch, functional = torch.from_numpy(x)[None], nn.functional
    total = []
    for n, k, s in zip(made.size, made.kernel, made.stride, strict=True):
        if made.kind == "transposed":
            total.append(max(k - s, 0))
        else:
            total.append(max(k - s, 0) if n % s == 0 else max(k - n % s, 0))
    sides = [side for one in reversed(total) for side in (one // 2, one - one // 2)]
    if made.kind == "transposed":
        laid, added = torch.from_numpy(weights), torch.from_numpy(bias)
        spread = getattr(functional, f"conv_transpose{made.dims}d")(batch, laid, added, made.stride)
        # The bias stands where a stride past the kernel leaves nothing.
        wanted = [n * s for n, s in zip(made.size, made.stride, strict=True)]
        whole = added.reshape(1, -1, *[1] * made.dims).repeat(1, 1, *[one + 4 for one in wanted])
        whole[(..., *map(slice, spread.shape[2:]))] = spread
        cut = [slice(one // 2, one // 2 + size) for one, size in zip(total, wanted, strict=True)]
        return whole[(0, slice(None), *cut)].numpy()
    windows = functional.pad(batch, sides, value=float("nan"))
    for axis in range(made.dims):
        windows = windows.unfold(axis + 2, made.kernel[axis], made.stride[axis])
    taps = windows.flatten(-made.dims)
    if made.kind == "max":
        return taps.nan_to_num(nan=float("-inf")).max(dim=-1).values[0].numpy()
    if made.kind == "average":
        return taps.nanmean(dim=-1)[0].numpy()
    laid = torch.from_numpy(weights).flatten(2)
    found = torch.einsum("oct,c...t->o...", laid, taps.nan_to_num(nan=0.0)[0])
    return found.numpy() + np.reshape(bias, (-1, *[1] * made.dims))


@settings(LIKELY, max_examples=300)
@given(keras_same())
def test_same_is_what_keras_documents(given):
    made = operation(**given)
    x, weights, bias = drawn(made)
    wanted = by_the_rule(made, x, weights, bias)
    found = run(made, x, weights, bias)
    assert np.allclose(found, wanted)
    for size, stride, cells in zip(made.size, made.stride, output_size(made), strict=True):
        assert cells == (size * stride if made.kind == "transposed" else -(-size // stride))
    module = eval(pytorch_line(made), {"nn": nn}).double()
    given_values = (weights, bias) if not made.is_pool else ()
    for parameter, value in zip(module.parameters(), given_values, strict=True):
        parameter.data = torch.from_numpy(value)
    with torch.no_grad():
        assert np.allclose(module(torch.from_numpy(x)[None])[0].numpy(), wanted)
    assert difference(made, x, weights, bias, found) < 1e-9
    line, reason = keras_line(made)
    assert reason is None
    assert line is not None
    assert 'padding="same"' in line


@settings(LIKELY, max_examples=150)
@given(operations(POOLS, ceil_mode=True))
def test_a_pool_in_keras_has_the_windows_of_torchs(made):
    """Where there is a line of Keras for a pool that rounds up, its rule gives the same numbers."""
    line, _ = keras_line(made)
    assume(line is not None)
    padding = "same" if line and "same" in line else "valid"
    other = operation(
        made.kind,
        made.size,
        made.kernel,
        channels=made.channels,
        stride=made.stride,
        padding=padding,
    )
    x, _, _ = drawn(made)
    assert np.array_equal(run(made, x), run(other, x))


@settings(LIKELY, max_examples=400)
@given(settings_of())
def test_what_torch_refuses_is_refused_and_nothing_else(given):
    def refuses(make: Callable[[], object]) -> bool:
        try:
            make()
        except (RuntimeError, ValueError):
            return True
        return False

    x = torch.zeros(1, given["channels"], *given["size"], dtype=torch.float64)
    by_them = refuses(lambda: module_of(**given)(x))
    assert refuses(lambda: operation(**given)) == by_them


@settings(LIKELY, max_examples=100)
@given(operations())
def test_what_is_never_read_has_no_gradient(made):
    assume(made.padding_mode == "zeros")
    assume(all(s <= k for s, k in zip(made.stride, made.effective_kernel, strict=True)))
    assume(all(o < s for o, s in zip(made.output_padding, made.stride, strict=True)))
    # The same windows without gaps, so that all that lies in them has a gradient.
    same = {"stride": made.stride, "padding": made.padding, "output_padding": made.output_padding}
    kind = "transposed" if made.kind == "transposed" else "convolution"
    if made.ceil_mode:  # which no convolution has
        assume(
            made.dims < 3
            or all(n >= k for n, k in zip(made.size, made.effective_kernel, strict=True))
        )
        kind, same = "average", {**same, "ceil_mode": True, "output_padding": 0}
    solid = operation(kind, made.size, made.effective_kernel, **same)
    x = torch.ones(1, 1, *solid.size, dtype=torch.float64, requires_grad=True)
    module = as_module(solid)
    for one in module.parameters():
        nn.init.ones_(one)
    (gradient,) = torch.autograd.grad(module(x).sum(), x)
    for axis in range(made.dims):
        others = [other for other in range(made.dims) if other != axis]
        read = (gradient[0, 0].sum(dim=others) if others else gradient[0, 0]) > 0
        last = max((int(one) for one in read.nonzero()), default=-1)
        assert unused_inputs(made)[axis] == len(read) - 1 - last


def test_all_is_unread_where_the_padding_cuts_every_output_of_the_input_away():
    made = operation("transposed", (1,), 1, padding=1, dilation=5, output_padding=4)
    assert unused_inputs(made) == (1,)
    x, weights, _ = drawn(made)
    assert not by_torch(as_module(made), x, weights, np.zeros(1)).any()


def seen_by(module: nn.Module, x: torch.Tensor, place: int) -> list[int]:
    (gradient,) = torch.autograd.grad(module(x)[0, 0, place], x)
    return [int(one) for one in gradient[0, 0].nonzero()]


def passing(layers: list[Operation]) -> nn.Sequential:
    """The layers in torch, adding up what they see; a maximum would hide the others."""
    modules = []
    for one in layers:
        kind = "convolution" if one.is_pool else one.kind
        names = ("size", "kernel", "stride", "padding", "dilation", "output_padding")
        modules.append(as_module(operation(kind, **{name: getattr(one, name) for name in names})))
    for parameter in (one for module in modules for one in module.parameters()):
        nn.init.ones_(parameter)
    return nn.Sequential(*modules)


@settings(LIKELY, max_examples=200)
@given(
    st.lists(
        st.tuples(*[st.integers(1, 3)] * 2, st.integers(1, 2), st.integers(0, 1)),
        min_size=1,
        max_size=4,
    ),
    st.integers(-1, 3),
    st.integers(1, 3),
)
def test_the_receptive_field_is_where_torch_has_a_gradient(numbers, transposed, step):
    layers, size = [], (300,)
    for place, (kernel, dilation, stride, padding) in enumerate(numbers):
        padding = min(padding, kernel // 2)
        if place == transposed:
            dilation = dilation if len(numbers) == 1 else 1
            made = operation("transposed", size, kernel, stride=step, dilation=dilation)
        else:
            kind = ("convolution", "max")[place % 2]
            made = operation(kind, size, kernel, stride=stride, dilation=dilation, padding=padding)
        layers.append(made)
        size = output_size(made)
    (field,) = receptive_field(layers)
    module = passing(layers)
    x = torch.ones(1, 1, 300, dtype=torch.float64, requires_grad=True)
    middle = size[0] // 2
    spans = [seen_by(module, x, middle + more) for more in range(step)]
    most = max(span[-1] - span[0] + 1 for span in spans if span) if any(spans) else 0
    among = len(layers) > 1 and any(one.kind == "transposed" for one in layers)
    assert most <= field.size if among else most == field.size
    if all(one.kind != "transposed" for one in layers):
        assert spans[0][0] == field.start + middle * field.jump


def test_the_field_after_one_transposed_convolution_starts_where_its_first_cell_looks():
    made = operation("transposed", (9,), 4, stride=2, padding=1)
    (field,) = receptive_field([made])
    assert (field.size, field.jump, field.start) == (2, Fraction(1, 2), -1)
    x = torch.ones(1, 1, 9, dtype=torch.float64, requires_grad=True)
    assert seen_by(passing([made]), x, 8) == [3, 4]  # cell 8 is four inputs on


def test_the_courses_examples():
    signal = operation("convolution", (5,), 3, bias=False)
    assert run(signal, np.ones((1, 5)), np.array([[[0.25, 0.5, 0.25]]])).tolist() == [[1, 1, 1]]
    maps = operation("convolution", (26, 26), 3, channels=32, filters=64)
    assert output_shape(maps) == (64, 24, 24)
    assert parameters(maps) == 3 * 3 * 32 * 64 + 64 == 18_496
    assert written(signal) == ("floor((5 + 2×0 - 1×(3 - 1) - 1) / 1) + 1 = 3",)
    assert unused_inputs(operation("convolution", (32,), 5, stride=2)) == (1,)


def test_same_pads_as_each_framework_does():
    photo = operation("convolution", (224, 224), (3, 7), stride=2)
    compared = same_compared(photo)
    assert compared.torch is None
    assert compared.keras.pads == ((0, 1), (2, 3))  # as TensorFlow documents its SAME
    assert compared.keras.output == compared.half.output == (112, 112)
    assert (compared.half.pads, compared.shift) == (((1, 1), (3, 3)), (1, 1))
    even = operation("convolution", (10,), 4, padding="same")
    assert same_compared(even).torch == same_compared(even).keras == same_padding(even)
    assert even.pads == ((1, 2),)
    assert same_compared(even).half.output == (9,)
    assert same_compared(photo).torch is None


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "choice",
        {"kind": "median"},
        "kind is median; it can be convolution, transposed, max, average.",
    ),
    ("choice", {"padding": "full"}, "padding is full; it can be valid, same, numbers."),
    ("dims", {"size": (5, 5, 5, 5)}, "A kernel moves along 1, 2 or 3 axes, not along 4."),
    ("whole", {"stride": 1.5}, "stride is 1.5; a whole number is needed."),
    ("axes", {"kernel": (3, 3, 3)}, "kernel has 3 numbers for 2 axes: 1 too many."),
    ("axes", {"size": (9, 9, 9), "stride": (1, 1)}, "stride has 2 numbers for 3 axes: 1 too few."),
    (
        "large",
        {"channels": LARGEST + 3},
        "channels is 1000003; at most 1000000 is taken: 3 too many.",
    ),
    (
        "kernel_empty",
        {"kernel": (3, 0)},
        "A kernel of 0 along axis 2 holds nothing; at least 1 is needed: 1 too few.",
    ),
    (
        "stride_none",
        {"stride": 0},
        "With a stride of 0 along axis 1 the kernel does not move on; at least 1 is needed: 1 too "
        "few.",
    ),
    (
        "small_axis",
        {"padding": (0, -2)},
        "padding is -2 along axis 2; at least 0 is needed: 2 too few.",
    ),
    ("small", {"filters": 0}, "filters is 0; at least 1 is needed: 1 too few."),
    ("foreign", {"kind": "max", "groups": 2}, "The kind max has no groups; here it is 2."),
    (
        "foreign",
        {"kind": "average", "dilation": (1, 2)},
        "The kind average has no dilation; here it is 1, 2.",
    ),
    (
        "foreign",
        {"ceil_mode": True},
        "The kind convolution has no ceil_mode; here it is True.",
    ),
    (
        "same_with",
        {"kind": "max", "padding": "same", "ceil_mode": True},
        "PyTorch has no such 'same', and Keras has none where ceil_mode is True.",
    ),
    (
        "same_with",
        {"kind": "max", "padding": "same", "dilation": 2},
        "PyTorch has no such 'same', and Keras has none where dilation is 2, 2.",
    ),
    (
        "same_with",
        {"padding": "same", "stride": 2, "dilation": (1, 2)},
        "PyTorch has no such 'same', and Keras has none where dilation is 1, 2.",
    ),
    (
        "same_with",
        {"kind": "transposed", "padding": "same", "stride": 2, "output_padding": 1},
        "PyTorch has no such 'same', and Keras has none where output_padding is 1, 1.",
    ),
    (
        "groups_channels",
        {"channels": 8, "filters": 6, "groups": 3},
        "3 groups do not divide 8 input channels: 2 left over.",
    ),
    (
        "groups_filters",
        {"channels": 6, "filters": 8, "groups": 3},
        "3 groups do not divide 8 filters: 2 left over.",
    ),
    (
        "same_with",
        {"padding": "same", "stride": (1, 3), "padding_mode": "reflect"},
        "PyTorch has no such 'same', and Keras has none where padding_mode is reflect.",
    ),
    (
        "pool_padding",
        {"kind": "max", "kernel": 3, "padding": 2},
        "A pool pads at most half of its kernel; along axis 1 that is 1 of 3, the padding is 2: 1 "
        "too many.",
    ),
    (
        "reflect_far",
        {"padding": 6, "padding_mode": "reflect"},
        "Reflection leaves the edge itself out, so that an input of 5 along axis 1 gives at most "
        "4, the padding is 6: 2 too many.",
    ),
    (
        "circular_far",
        {"padding": 6, "padding_mode": "circular"},
        "Going round, an input of 5 along axis 1 gives at most 5, the padding is 6: 1 too many.",
    ),
    (
        "kernel_far",
        {"dilation": 3},
        "The kernel reaches over 7 inputs (dilation 3 times 2 plus 1), the padded input has 5 "
        "along axis 1: 2 too many.",
    ),
    (
        "output_padding_far",
        {"kind": "transposed", "stride": 2, "output_padding": 3},
        "The output padding is smaller than the stride 2 or the dilation 1; along axis 1 it is 3: "
        "2 too many.",
    ),
    (
        "output_none",
        {"kind": "transposed", "padding": 4},
        "A padding of 4 along axis 1 leaves 0 of the 7 outputs; at least 1 is needed: 2 too few.",
    ),
)


@pytest.mark.parametrize(("problem", "given", "sentence"), REFUSED)
def test_what_cannot_be_is_said_with_the_rule_and_by_how_much(problem, given, sentence):
    with pytest.raises(OperationError) as caught:
        operation(**{"kind": "convolution", "size": (5, 5), "kernel": 3, **given})
    assert (caught.value.problem, str(caught.value)) == (problem, sentence)
    assert PROBLEMS[problem].format(**caught.value.values) == sentence


def test_every_sentence_is_tested():
    elsewhere = {"shape"}
    assert {problem for problem, _, _ in REFUSED} | elsewhere == set(PROBLEMS)
    of_networks = {"line_answer", "line_nothing"}  # in test_written
    assert {problem for problem, _, _, _ in NO_LINES} | of_networks == set(LINE_PROBLEMS)
    assert {reason for reason, _ in NO_KERAS} == set(REASONS)


def test_arrays_that_do_not_fit_are_told():
    made = operation("convolution", (5,), 3, channels=2, filters=4)
    x, weights, bias = drawn(made)
    wrong: tuple[tuple[Any, Any, Any, str], ...] = (
        (x[:1], weights, bias, "input has the shape (1, 5); (2, 5) is needed."),
        (x, weights[:3], bias, "weights has the shape (3, 2, 3); (4, 2, 3) is needed."),
        (x, None, bias, "weights has the shape (); (4, 2, 3) is needed."),
        (x, weights, bias[:1], "bias has the shape (1,); (4,) is needed."),
    )
    for one, kernel, added, sentence in wrong:
        with pytest.raises(OperationError, match=re.escape(sentence)):
            run(made, one, kernel, added)


LINES: tuple[tuple[str, tuple[int, ...], nn.Sequential], ...] = (
    (
        "conv 3x3 s1 p1 32 - relu - pool 2 - conv 5 same d2 g2 64 - avgpool 3 s2 - flatten - "
        "dense 10",
        (2, 28, 30),
        nn.Sequential(
            nn.Conv2d(2, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5, padding="same", dilation=2, groups=2),
            nn.AvgPool2d(3, 2),
            nn.Flatten(),
            nn.Linear(64 * 6 * 7, 10),
        ),
    ),
    (
        "relu -> CONV 5 s2 p1 4 -> pool 3 s2 p1",
        (1, 40),
        nn.Sequential(nn.ReLU(), nn.Conv1d(1, 4, 5, 2, 1), nn.MaxPool1d(3, 2, 1)),
    ),
    (
        "conv 3x1x2 s1x2x1 8 - flatten - dense 4 - relu - dense 2",
        (1, 6, 6, 6),
        nn.Sequential(
            nn.Conv3d(1, 8, (3, 1, 2), (1, 2, 1)),
            nn.Flatten(),
            nn.Linear(8 * 4 * 3 * 5, 4),
            nn.ReLU(),
            nn.Linear(4, 2),
        ),
    ),
    (
        "conv 3 s2 same 8 - BN - pool 2 ceil - dropout - convt 3x2 s2x1 p1x0 o1x0 g2 6 - gap - "
        "bn - linear 5 - softmax",
        (2, 28, 30),
        nn.Sequential(
            nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(2, 8, 3, stride=2)),
            nn.BatchNorm2d(8),
            nn.MaxPool2d(2, ceil_mode=True),
            nn.Dropout(),
            nn.ConvTranspose2d(8, 6, (3, 2), (2, 1), (1, 0), (1, 0), groups=2),
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            nn.BatchNorm1d(6),
            nn.Linear(6, 5),
            nn.Softmax(dim=1),
        ),
    ),
    (
        "convt 3 same s2 4 - softmax - avgpool 2 same - pool 3 s2 p1 ceil - dropout .25 - flatten",
        (3, 9),
        nn.Sequential(
            nn.Sequential(nn.ConvTranspose1d(3, 4, 3, 2), nn.ConstantPad1d((0, -1), 0.0)),
            nn.Softmax(dim=1),
            nn.AvgPool1d(2),
            nn.MaxPool1d(3, 2, 1, ceil_mode=True),
            nn.Dropout(0.25),
            nn.Flatten(),
        ),
    ),
)


@pytest.mark.parametrize(("line", "shape", "network"), LINES)
def test_a_line_is_the_table_of_the_network_in_torch(line, shape, network):
    rows = stack(line, shape)
    x = torch.rand(1, *shape)
    for row, module in zip(rows, network.eval(), strict=True):
        own = eval(row.pytorch, {"nn": nn}).eval()
        own.load_state_dict(module.state_dict())
        written = own(x)
        with FlopCounterMode(display=False) as counter:
            x = module(x)
        assert torch.equal(written, x)
        assert row.shape == tuple(x.shape[1:])
        assert row.parameters == sum(one.numel() for one in module.parameters())
        assert row.multiply_adds == counter.get_total_flops() // 2


def test_the_table_follows_what_a_cell_sees_and_what_is_lost():
    rows = stack("conv 3 p1 8 - pool 2 - conv 3 8 - pool 2 - flatten - dense 2", (3, 29))
    assert [row.fields[0].size for row in rows] == [3, 4, 8, 10, 10, 30]
    assert [row.fields[0].start for row in rows] == [-1] * 6
    assert [row.fields[0].jump for row in rows][:5] == [1, 2, 2, 4, 4]
    assert [row.unused_inputs for row in rows] == [(0,), (1,), (0,), (0,), (), ()]


NO_LINES: tuple[tuple[str, str, tuple[int, ...], str], ...] = (
    ("line_empty", " - ", (1, 8, 8), "The line names no layer."),
    (
        "line_long",
        "relu -" * 102,
        (1, 8),
        "The line has 102 parts; at most 100 are taken: 2 too many.",
    ),
    (
        "part_sum",
        "conv 3 8 - res( conv 3 8 )",
        (1, 8),
        "Part 2 (res( conv 3 8 )) adds what goes in, 8 × 6, to what comes out, 8 × 4: both need "
        "the same shape.",
    ),
    (
        "part_brackets",
        "res(relu",
        (1, 8),
        "Part 1 (res(relu) has a bracket without its other one; layers stand in them as in "
        "res(conv 3 p1 8 - relu).",
    ),
    (
        "large_parameters",
        "flatten - dense 5000 - dense 6000",
        (1, 8),
        "With part 3 (dense 6000) there are 30,051,000 parameters; at most 30,000,000 are taken.",
    ),
    (
        "large_numbers",
        "conv 3 p1 900000",
        (1, 9),
        "Part 1 (conv 3 p1 900000) hands on 8,100,000 numbers; at most 8,000,000 are taken.",
    ),
    (
        "large_multiply_adds",
        "conv 5 p2 1000 - conv 5 p2 1000",
        (1, 28, 28),
        "With part 2 (conv 5 p2 1000) a picture takes 19,619,600,000 multiply-adds; at most "
        "5,000,000,000 are taken.",
    ),
    ("line_input", "relu", (8,), "An input is channels and 1, 2 or 3 sizes; here are 1 numbers."),
    (
        "part_unknown",
        "relu - norm 3",
        (1, 8, 8),
        "Part 2 begins with norm; it can be conv, depthwise, convt, pool, avgpool, gap, relu, "
        "leaky, sigmoid, tanh, bn, dropout, flatten, dense, linear, softmax, res.",
    ),
    (
        "part_word",
        "conv 3 8 k2",
        (1, 8),
        "Part 1 (conv 3 8 k2) has the word k2, which says nothing there.",
    ),
    ("part_word", "relu 6", (1, 8), "Part 1 (relu 6) has the word 6, which says nothing there."),
    (
        "part_word",
        "conv 3 8x8",
        (1, 8),
        "Part 1 (conv 3 8x8) has the word 8x8, which says nothing there.",
    ),
    (
        "part_word",
        "flatten - dense 0",
        (1, 8),
        "Part 2 (dense 0) has the word 0, which says nothing there.",
    ),
    *(
        (
            "part_word",
            line,
            (1, 8),
            f"Part 1 ({line}) has the word {word}, which says nothing there.",
        )
        for line, word in (
            ("bn 8", "8"),
            ("softmax 1", "1"),
            ("gap 2", "2"),
            ("dropout 1.5", "1.5"),
            ("dropout half", "half"),
            ("dropout 0.5 0.5", "0.5 0.5"),
        )
    ),
    ("part_missing", "convt 3 s2", (1, 8), "Part 1 (convt 3 s2) lacks its filters."),
    (
        "part_flat",
        "gap - gap",
        (2, 8),
        "Part 2 (gap) needs a map, but there the shape is flat: 2.",
    ),
    (
        "part_operation",
        "conv 3 8 ceil",
        (1, 8),
        "Part 1 (conv 3 8 ceil) cannot be. The kind convolution has no ceil_mode; here it is True.",
    ),
    ("part_twice", "conv 3 8 s1 s2", (1, 8), "Part 1 (conv 3 8 s1 s2) says stride twice."),
    ("part_twice", "conv 3 8 p1 same", (1, 8), "Part 1 (conv 3 8 p1 same) says padding twice."),
    ("part_missing", "conv 3", (1, 8), "Part 1 (conv 3) lacks its filters."),
    ("part_missing", "pool s2", (1, 8), "Part 1 (pool s2) lacks its kernel."),
    ("part_missing", "flatten - dense", (1, 8), "Part 2 (dense) lacks its units."),
    (
        "part_flat",
        "flatten - pool 2",
        (2, 8),
        "Part 2 (pool 2) needs a map, but there the shape is flat: 16.",
    ),
    (
        "part_map",
        "pool 2 - dense 3",
        (2, 8, 8),
        "Part 2 (dense 3) needs a flat shape, but there it is 2 × 4 × 4: flatten first.",
    ),
    (
        "part_operation",
        "pool 3 - conv 3 8",
        (1, 8),
        "Part 2 (conv 3 8) cannot be. The kernel reaches over 3 inputs (dilation 1 times 2 plus "
        "1), the padded input has 2 along axis 1: 1 too many.",
    ),
)


@pytest.mark.parametrize(("problem", "line", "shape", "sentence"), NO_LINES)
def test_a_line_that_is_no_network_names_the_part(problem, line, shape, sentence):
    with pytest.raises(LineError) as caught:
        stack(line, shape)
    assert (caught.value.problem, str(caught.value)) == (problem, sentence)
    if problem == "part_operation":
        assert isinstance(caught.value.__cause__, OperationError)
    with pytest.raises(OperationError, match="size is 0 along axis 1; at least 1"):
        stack("relu", (1, 0))


def test_the_kernels_do_what_their_names_say():
    rng = np.random.default_rng(0)
    for dims, kernels in KERNELS.items():
        x = rng.normal(size=(1, *(9,) * dims))
        for name, kernel in kernels.items():
            made = operation("convolution", x.shape[1:], kernel.shape, padding="same", bias=False)
            wanted = by_torch(as_module(made), x, kernel[None, None], None)
            assert np.allclose(run(made, x, kernel[None, None]), wanted)
            total = {"sobel_x": 0, "sobel_y": 0, "sobel_z": 0, "laplacian": 0}.get(name, 1)
            assert kernel.sum() == pytest.approx(0 if name.startswith("gabor") else total)
            if name == "identity":
                assert np.allclose(wanted, x)
    ramp = np.tile(np.arange(9.0), (9, 1))[None]
    made = operation("convolution", (9, 9), 3, bias=False)
    assert run(made, ramp, KERNELS[2]["sobel_x"][None, None]).max() == 8
    assert abs(run(made, ramp, KERNELS[2]["sobel_y"][None, None])).max() == 0


def test_a_gabor_kernel_answers_to_its_angle():
    rows, columns = np.mgrid[:24, :24]
    made = operation("convolution", (24, 24), 7, bias=False)
    for angle in GABOR_ANGLES:
        turn = math.radians(angle)
        phase = columns * math.cos(turn) + rows * math.sin(turn)
        stripes = np.cos(2 * math.pi * phase / 4)[None]
        answers = {
            other: abs(run(made, stripes, KERNELS[2][f"gabor_{other}"][None, None])).max()
            for other in GABOR_ANGLES
        }
        assert max(answers, key=answers.__getitem__) == angle
        assert sorted(answers.values())[-1] > 2 * sorted(answers.values())[-2]


NO_KERAS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("padding_mode", {"padding": 1, "padding_mode": "reflect"}),
    ("padding_number", {"padding": 2}),
    ("average_padding", {"kind": "average", "padding": 1}),
    ("pool_dilation", {"kind": "max", "dilation": 2}),
    ("ceil_mode", {"kind": "max", "kernel": 4, "stride": 2, "ceil_mode": True}),
    ("stride_and_dilation", {"stride": 2, "dilation": 2}),
    ("transposed_padding", {"kind": "transposed", "padding": 1}),
    ("transposed_groups", {"kind": "transposed", "channels": 2, "filters": 2, "groups": 2}),
    ("output_padding", {"kind": "transposed", "dilation": 2, "output_padding": 1}),
    ("transposed_gaps", {"kind": "transposed", "stride": 4}),
)


@pytest.mark.parametrize(("reason", "given"), NO_KERAS)
def test_what_keras_lacks_has_a_reason(reason, given):
    made = operation(**{"kind": "convolution", "size": (9, 9), "kernel": 3, **given})
    assert keras_line(made) == (None, reason)


@pytest.mark.parametrize(
    ("given", "torch_line", "line"),
    [
        (
            {"channels": 3, "filters": 8, "padding": 1},
            "nn.Conv2d(3, 8, 3, padding=1)",
            'layers.Conv2D(8, 3, padding="same")',
        ),
        (
            {"kernel": (3, 5), "dilation": 2, "padding": "same", "bias": False},
            'nn.Conv2d(1, 1, (3, 5), padding="same", dilation=2, bias=False)',
            'layers.Conv2D(1, (3, 5), padding="same", dilation_rate=2, use_bias=False)',
        ),
        (
            {"kind": "max", "kernel": 3, "stride": 2, "size": (9,), "padding": 1},
            "nn.MaxPool1d(3, stride=2, padding=1)",
            'layers.MaxPooling1D(3, strides=2, padding="same")',
        ),
        (
            {"stride": 2, "kernel": 4, "size": (9,), "padding": "same"},
            "nn.Sequential(nn.ZeroPad1d((1, 2)), nn.Conv1d(1, 1, 4, stride=2))",
            'layers.Conv1D(1, 4, strides=2, padding="same")',
        ),
        (
            {"kind": "average", "kernel": 2, "padding": "same"},
            "nn.AvgPool2d(2, ceil_mode=True)",
            'layers.AveragePooling2D(2, padding="same")',
        ),
        (
            {"kind": "max", "kernel": 2, "ceil_mode": True},
            "nn.MaxPool2d(2, ceil_mode=True)",
            'layers.MaxPooling2D(2, padding="same")',
        ),
        (
            {"kind": "max", "kernel": 2, "size": (8, 8), "ceil_mode": True},
            "nn.MaxPool2d(2, ceil_mode=True)",
            "layers.MaxPooling2D(2)",
        ),
        (
            {"kind": "transposed", "stride": 2, "padding": "same"},
            "nn.Sequential(nn.ConvTranspose2d(1, 1, 3, stride=2), nn.ZeroPad2d((0, -1, 0, -1)))",
            'layers.Conv2DTranspose(1, 3, strides=2, padding="same")',
        ),
        (
            {"kind": "transposed", "stride": 2, "size": (4, 4, 4), "output_padding": 1},
            "nn.ConvTranspose3d(1, 1, 3, stride=2, output_padding=1)",
            "layers.Conv3DTranspose(1, 3, strides=2, output_padding=1)",
        ),
    ],
)
def test_the_lines_of_both_frameworks(given, torch_line, line):
    made = operation(**{"kind": "convolution", "size": (9, 9), "kernel": 3, **given})
    assert pytorch_line(made) == torch_line
    assert keras_line(made) == (line, None)


def told(capsys, words: str | list[str]) -> str:
    """What the command prints."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()

    def add(name, run, text):
        command = commands.add_parser(name, help=text)
        command.set_defaults(run=run)
        command.add_argument("--json", action="store_true")
        return command

    convolve.add_commands(add)
    arguments = parser.parse_args(
        ["convolve", *(words.split() if isinstance(words, str) else words)]
    )
    assert arguments.run(arguments) == 0
    return capsys.readouterr().out


def test_the_command_prints_json(capsys):
    words = "--dims 2 --input 26 26 --kernel 3 3 --in-channels 32 --filters 64 --json"
    found = json.loads(told(capsys, words))
    assert found["output_shape"] == [64, 24, 24]
    assert found["parameters"] == 18_496
    assert found["multiply_adds"] == 24 * 24 * 18_432
    assert (found["receptive_field"], found["unread"]) == ([3, 3], [0, 0])
    words = "--dims 3 --input 9 --kernel 2 --pool max --in-channels 4 --json"
    found = json.loads(told(capsys, words))
    assert (found["output_shape"], found["unread"]) == ([4, 4, 4, 4], [1, 1, 1])
    assert found["parameters"] == found["multiply_adds"] == 0
    words = "--dims 1 --input 8 --kernel 4 --stride 2 --padding 1 --transposed --json"
    found = json.loads(told(capsys, words))
    assert (found["output_shape"], found["keras_reason"]) == ([1, 16], "transposed_padding")
    words = "--dims 2 --input 7 --kernel 2 --pool max --ceil-mode --json"
    assert json.loads(told(capsys, words))["output_shape"] == [1, 4, 4]
    words = "--dims 1 --input 9 --kernel 4 --stride 2 --padding same --json"
    assert json.loads(told(capsys, words))["output_shape"] == [1, 5]
    words = "--dims 1 --input 9 --kernel 2 --pool avg --padding same --json"
    assert json.loads(told(capsys, words))["output_shape"] == [1, 5]


def test_the_command_prints_lines(capsys):
    words = "--dims 2 --input 32 30 --kernel 5 --stride 2 --padding 1 --filters 4"
    assert told(capsys, words).splitlines() == [
        "output 4 × 15 × 14",
        "axis 1: floor((32 + 2×1 - 1×(5 - 1) - 1) / 2) + 1 = 15",
        "axis 2: floor((30 + 2×1 - 1×(5 - 1) - 1) / 2) + 1 = 14",
        "parameters 104, multiply-adds 21,000",
        "a cell sees 5 × 5",
        "nn.Conv2d(1, 4, 5, stride=2, padding=1)",
        REASONS["padding_number"],
    ]
    assert "never read at the end: 1\n" in told(capsys, "--dims 1 --input 32 --kernel 5 --stride 2")


def test_the_command_takes_a_line_of_layers(capsys):
    line = "conv 3 s2 same 8 - bn - relu - pool 2 ceil - convt 2 p1 3 - gap - linear 5"
    words = ["--dims", "2", "--input", "28", "--in-channels", "2", "--line", line]
    found = json.loads(told(capsys, [*words, "--json"]))
    rows = stack(line, (2, 28, 28))
    assert found["input"] == {"shape": [2, 28, 28], "field": [1, 1]}
    assert [row["shape"] for row in found["rows"]] == [list(row.shape) for row in rows]
    assert found["parameters"] == sum(row.parameters for row in rows) == 287
    said = told(capsys, words)
    assert "1. conv 3 s2 same 8: 8 × 14 × 14, parameters 152, multiply-adds 28,224, a cell" in said
    assert "in all: parameters 287, " in said
    network = eval(said[said.index("nn.Sequential(") : said.index("keras.")], {"nn": nn})
    assert network(torch.zeros(1, 2, 28, 28)).shape == (1, 5)
    assert sum(one.numel() for one in network.parameters()) == 287
    assert '    layers.Conv2D(8, 3, strides=2, padding="same"),' in said
    assert "    # no such layer\n" in said  # a transposed convolution that is padded by a number


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--dims 1 --input 4", "name either a --kernel or a --line of layers"),
        ("--dims 1 --input 4 --kernel 2 --line relu", "name either a --kernel or a --line"),
        ("--dims 1 --input 4 --line pool", "Part 1 (pool) lacks its kernel."),
        ("--dims 1 --input 4 --kernel 2 --ceil-mode", "The kind convolution has no ceil_mode"),
        ("--dims 1 --input 4 --kernel 5", "the padded input has 4 along axis 1: 1 too many"),
        ("--dims 1 --input 4 --kernel 2 --stride 0", "With a stride of 0 along axis 1"),
        ("--dims 3 --input 4 4 --kernel 2", "--input has 2 numbers, --dims is 3"),
        ("--dims 1 --input 4 --kernel 2 --padding x", "--padding x is not valid, same or numbers"),
        ("--dims 1 --input 4 --kernel 2 --pool max --filters 3", "The kind max has no filters"),
        ("--dims 1 --input 4 --kernel 2 --padding -1", "padding is -1 along axis 1"),
    ],
)
def test_the_command_refuses_with_the_sentence(words, sentence, capsys):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        told(capsys, words)


def test_importing_costs_nothing():
    names = ("operation", "arithmetic", "reference", "architecture", "code", "lessons.exercises")
    code = "\n".join(f"import convdemo.convolution.{name}" for name in names)
    code += "\nimport convdemo.cli.convolve"
    code += "\nimport sys\nassert not {'torch', 'gradio', 'hypothesis'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    check(operation("max", (4,), 2))
