"""The line that makes a convolution or a pool in PyTorch and in Keras, and a script that runs it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from convdemo.convolution.operation import Axes, Operation
from convdemo.convolution.output_size import added_cells, output_size, same_pads

_TORCH_NAMES = {
    "convolution": "Conv",
    "transposed": "ConvTranspose",
    "max": "MaxPool",
    "average": "AvgPool",
}
_KERAS_NAMES = {
    "convolution": "Conv{}D",
    "transposed": "Conv{}DTranspose",
    "max": "MaxPooling{}D",
    "average": "AveragePooling{}D",
}
_CODE = """\
import torch
from torch import nn

x = torch.tensor({x}, dtype=torch.float64)
{layer}with torch.no_grad():
    print(layer(x[None])[0].tolist())
"""
_WEIGHTS = """\
weight = torch.tensor({weight}, dtype=torch.float64)
{place}.load_state_dict({{"weight": weight{bias}}})
"""
# Why Keras has no such layer; a page says each in its own words.
REASONS = {
    "padding_mode": "Keras' layers pad with zeros only.",
    "padding_number": "Keras' layers know 'valid' and 'same', and this padding is neither.",
    "average_padding": "Keras leaves the padding out of the average, PyTorch counts it.",
    "ceil_mode": "Keras' pools round down, and the windows of their 'same' lie elsewhere.",
    "pool_dilation": "Keras' pools have no dilation.",
    "stride_and_dilation": "Keras takes a stride or a dilation, not both.",
    "transposed_padding": "Keras cuts a transposed convolution's edge by a rule of its own.",
    "transposed_groups": "Keras' transposed convolutions have no groups.",
    "output_padding": "Keras' output padding is smaller than the stride.",
    "transposed_gaps": "Keras makes the output larger where the stride is past the kernel.",
}


def _value(numbers: Axes) -> str:
    """One number where all are the same."""
    return str(numbers[0] if len(set(numbers)) == 1 else numbers)


def pytorch_line(operation: Operation) -> str:
    """The module of torch.nn, with what is not its default; two where 'same' is only Keras'."""
    words = [] if operation.is_pool else [str(operation.channels), str(operation.filters)]
    words.append(_value(operation.kernel))
    if operation.stride != (operation.kernel if operation.is_pool else (1,) * operation.dims):
        words.append(f"stride={_value(operation.stride)}")
    padding, sides = _torch_padding(operation)
    words += padding
    for setting, numbers, default in (
        ("output_padding", added_cells(operation), 0),
        ("dilation", operation.dilation, 1),
    ):
        if set(numbers) != {default}:
            words.append(f"{setting}={_value(numbers)}")
    if operation.groups > 1:
        words.append(f"groups={operation.groups}")
    if operation.padding_mode != "zeros":
        words.append(f'padding_mode="{operation.padding_mode}"')
    if not (operation.is_pool or operation.bias):
        words.append("bias=False")
    line = f"nn.{_TORCH_NAMES[operation.kind]}{operation.dims}d({', '.join(words)})"
    if not any(sides):
        return line
    added = f"nn.ZeroPad{operation.dims}d({sides})"
    both = (added, line) if operation.kind == "convolution" else (line, added)
    return f"nn.Sequential({', '.join(both)})"


def _torch_padding(operation: Operation) -> tuple[list[str], Axes]:
    """The words for the padding, and what is padded aside (cut off, where negative): both sides of
    the last axis first."""
    pads = operation.pads
    words, numbers = [], tuple(before for before, _ in pads)
    sides, each = [(0, 0)] * operation.dims, tuple(zip(pads, operation.stride, strict=True))
    uneven = any(before != after for before, after in pads)
    if operation.padding == "same" and operation.kind == "convolution":
        if max(operation.stride) == 1:
            return ['padding="same"'], ()
        if uneven:
            numbers, sides = (0,) * operation.dims, list(pads)
    elif operation.padding == "same" and operation.kind == "transposed":
        sides = [(0, before - after) for before, after in pads]
    elif operation.padding == "same" and uneven:
        # A pool pads as much on both sides. In steps past 1 the ceiling adds the odd one at the
        # end; in steps of 1 there is a cell too many at the beginning.
        odd = [after - before if s == 1 else 0 for (before, after), s in each]
        numbers = tuple(number + one for number, one in zip(numbers, odd, strict=True))
        sides = [(-one, 0) for one in odd]
    if any(numbers):
        words.append(f"padding={_value(numbers)}")
    hangs_over = any(before < after and s > 1 for (before, after), s in each)
    if operation.ceil_mode or (operation.is_pool and hangs_over):
        words.append("ceil_mode=True")
    if operation.kind == "average" and operation.padding == "same" and any(numbers):
        words.append("count_include_pad=False")
    return words, tuple(side for pair in reversed(sides) for side in pair)


def keras_line(operation: Operation) -> tuple[str | None, str | None]:
    """The layer of keras.layers that does the same, or None and a key of REASONS."""
    if reason := _missing(operation):
        return None, reason
    words = [_value(operation.kernel)]
    if not operation.is_pool:
        words.insert(0, str(operation.filters))
    if operation.stride != (operation.kernel if operation.is_pool else (1,) * operation.dims):
        words.append(f"strides={_value(operation.stride)}")
    if operation.padding == "same" or not (
        _is_like(operation, "valid") if operation.is_pool else _is_unpadded(operation)
    ):
        words.append('padding="same"')
    if any(operation.output_padding):
        words.append(f"output_padding={_value(operation.output_padding)}")
    if set(operation.dilation) != {1}:
        words.append(f"dilation_rate={_value(operation.dilation)}")
    if operation.groups > 1:
        words.append(f"groups={operation.groups}")
    if not (operation.is_pool or operation.bias):
        words.append("use_bias=False")
    return f"layers.{_KERAS_NAMES[operation.kind].format(operation.dims)}({', '.join(words)})", None


def _is_unpadded(operation: Operation) -> bool:
    return not any(max(pair) for pair in operation.pads)


def _is_like(operation: Operation, word: str) -> bool:
    """Whether the windows begin where those of this padding do, and are as many."""
    plain = (1,) * operation.dims
    other = replace(operation, padding=word, ceil_mode=False, dilation=plain)
    begins = [[before for before, _ in one.pads] for one in (operation, other)]
    return begins[0] == begins[1] and output_size(operation) == output_size(other)


def _missing(operation: Operation) -> str | None:
    is_same = operation.padding == "same"
    padded = not (is_same or _is_unpadded(operation))
    is_transposed = operation.kind == "transposed"
    dilated, strided = max(operation.dilation) > 1, max(operation.stride) > 1
    gaps = any(s > k for s, k in zip(operation.stride, operation.effective_kernel, strict=True))
    past = any(o >= s for o, s in zip(operation.output_padding, operation.stride, strict=True))
    alike = operation.is_pool and any(_is_like(operation, word) for word in ("valid", "same"))
    reasons = {
        "padding_mode": operation.padding_mode != "zeros" and not _is_unpadded(operation),
        "average_padding": padded and operation.kind == "average",
        "transposed_padding": padded and is_transposed,
        "pool_dilation": dilated and operation.is_pool,
        "ceil_mode": operation.ceil_mode and not alike,
        "padding_number": padded and not alike and operation.pads != same_pads(operation),
        "stride_and_dilation": dilated and strided,
        "transposed_groups": is_transposed and operation.groups > 1,
        "output_padding": any(operation.output_padding) and past,
        "transposed_gaps": is_transposed and gaps and not is_same,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def script(
    made: Operation, x: np.ndarray, weights: np.ndarray | None, bias: np.ndarray | None
) -> str:
    """A script that prints the output (channels, ...space) as a list; weights as PyTorch's."""
    layer = f"layer = {pytorch_line(made)}.double()\n"
    if made.kind == "average" and made.padding != "same" and any(max(p) for p in made.pads):
        layer = _padded_first(made)
    if weights is not None:
        added = ""
        if made.bias and bias is not None:
            added = f', "bias": torch.tensor({bias.tolist()}, dtype=torch.float64)'
        place = "layer"
        if "nn.Sequential" in layer:  # a 'same' of Keras': padded before, or cut afterwards
            place = "layer[0]" if made.kind == "transposed" else "layer[1]"
        layer += _WEIGHTS.format(place=place, weight=weights.tolist(), bias=added)
    return _CODE.format(x=x.tolist(), layer=layer)


def _padded_first(made: Operation) -> str:
    """torch's AvgPool3d wants its kernel to fit before anything is padded: so it is padded first.
    The other pools count the padding in the same way."""
    if made.dims < 3 or all(n >= k for n, k in zip(made.size, made.kernel, strict=True)):
        return f"layer = {pytorch_line(made)}\n"
    pads = tuple(pad for pair in reversed(made.pads) for pad in pair)
    inner = f"nn.AvgPool{made.dims}d({made.kernel}, stride={made.stride})"
    return f"layer = nn.Sequential(nn.ConstantPad{made.dims}d({pads}, 0.0), {inner})\n"
