"""PyTorch that gives the output on the bench, to be run anywhere torch is installed."""

from __future__ import annotations

import numpy as np

from convdemo.convolution.code import pytorch_line
from convdemo.convolution.operation import Operation

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


def code_for(
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
