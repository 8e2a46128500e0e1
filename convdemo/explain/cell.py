"""How one cell of a map came about, in numbers: the patch, the kernel, the product, the sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from convdemo.networks.resnets import Residual
from convdemo.networks.stages import split_at

SHOWN_CHANNELS = 6  # of a patch with many; the others are summed up


@dataclass(frozen=True)
class LayerReading:
    """What one layer did for the cell: its kind, what went in, what came out, and the details.

    For a convolution: `patches`, `kernels` and `products` of the channels that weigh most, the
    `channels` they belong to, the sum over the `others`, and the `bias`. For a pool: the `window`
    and the `place` that won. For a normalisation: its four numbers.
    """

    kind: str
    inputs: float | None
    output: float
    details: dict[str, Any] = field(default_factory=dict)


def cell(
    network: nn.Sequential, stage: str, x: torch.Tensor, channel: int, row: int, column: int
) -> tuple[LayerReading, ...]:
    """The layers of a stage in order, as they made one cell of it from an input (1, C, H, W).

    ValueError for a cell that is not there. What lies before the last convolution of the stage is
    left out: it made the maps that this convolution looks at.
    """
    names = [name for name, _ in network.named_children()]
    before = names.index(stage) if stage in names else 0
    below, _ = split_at(network, stage)
    with torch.no_grad():
        entering = network[:before](x) if before else x
        output = below(x)
        if output.ndim != 4:
            raise ValueError(f"stage {stage!r} has no maps")
        _, channels, height, width = output.shape
        if not (0 <= channel < channels and 0 <= row < height and 0 <= column < width):
            raise ValueError(
                f"cell {(channel, row, column)} is not in a stage of {channels} maps of "
                f"{height}x{width}"
            )
        found, _ = _walk(getattr(network, stage), entering, (channel, row, column))
    return tuple(reversed(found))


Place = tuple[int, int, int]


# timm's blocks, whose layers are called in the order in which they are named.
_BLOCKS = ("DepthwiseSeparableConv", "InvertedResidual")
_JOINED = "BatchNormAct2d"  # timm's normalisation with what comes after it


def _layers(module: nn.Module) -> list[nn.Module]:
    """What is done one after the other."""
    kind = type(module).__name__
    if kind in _BLOCKS and getattr(module, "has_skip", False):
        return [Residual(nn.Sequential(*module.children()))]
    if isinstance(module, nn.Sequential) or kind in _BLOCKS:
        return [layer for child in module.children() for layer in _layers(child)]
    if kind == _JOINED and isinstance(module, nn.BatchNorm2d):
        return [_alone(module), *(layer for child in module.children() for layer in _layers(child))]
    return [module]


def _alone(joined: nn.BatchNorm2d) -> nn.BatchNorm2d:
    """The normalisation of a joined layer, sharing its numbers."""
    alone = nn.BatchNorm2d(joined.num_features, joined.eps, affine=joined.affine, device="meta")
    alone.load_state_dict(joined.state_dict(), assign=True)
    return alone.eval()


def _walk(module: nn.Module, x: torch.Tensor, place: Place) -> tuple[list[LayerReading], bool]:
    """The layers of a cell from the last one back, and whether a convolution ended the walk."""
    layers = _layers(module)
    values = [x]
    for layer in layers:
        # A copy goes in: activations that write over their input leave it to us.
        values.append(layer(values[-1].clone()))
    found: list[LayerReading] = []
    for layer, inputs, outputs in zip(
        reversed(layers), reversed(values[:-1]), reversed(values[1:]), strict=True
    ):
        output = float(outputs[0][place])
        if isinstance(layer, nn.Conv2d):
            found.append(_convolution(layer, inputs, place, output))
            return found, True
        if isinstance(layer, nn.MaxPool2d):
            described, place = _pool(layer, inputs, place, output)
            found.append(described)
        elif isinstance(layer, nn.BatchNorm2d):
            found.append(_normalisation(layer, float(inputs[0][place]), place[0], output))
        elif isinstance(layer, Residual):
            added = float(inputs[0][place])
            found.append(LayerReading("Residual", added, output, {"body": output - added}))
            inner, ended = _walk(layer.body, inputs, place)
            found += inner
            if ended:
                return found, True
        elif not isinstance(layer, nn.Dropout | nn.Identity):
            if inputs.shape != outputs.shape:  # nothing is known of what it looks at
                found.append(LayerReading(type(layer).__name__, None, output))
                return found, True
            found.append(LayerReading(type(layer).__name__, float(inputs[0][place]), output))
    return found, False


def _rim(layer: nn.Conv2d, axis: int, size: int) -> tuple[int, int]:
    """What is padded before and after a map along an axis, as TensorFlow does it where timm has
    a class for that: as many cells as strides fit, the odd one of the padding at the end.
    """
    if type(layer) is nn.Conv2d:
        pad = _pair(layer.padding)[axis]
        return pad, pad
    stride = layer.stride[axis]
    effective_kernel = layer.dilation[axis] * (layer.kernel_size[axis] - 1) + 1
    whole = max((-(-size // stride) - 1) * stride + effective_kernel - size, 0)
    return whole // 2, whole - whole // 2


def _convolution(layer: nn.Conv2d, x: torch.Tensor, place: Place, output: float) -> LayerReading:
    channel, row, column = place
    kernel = layer.weight[channel]  # (I / groups, kh, kw)
    each = len(kernel)
    first = channel // (layer.out_channels // layer.groups) * each
    up, below = _rim(layer, 0, x.shape[2])
    left, right = _rim(layer, 1, x.shape[3])
    padded = nn.functional.pad(x[0, first : first + each], (left, right, up, below))
    rows, columns = (
        at * stride + dilation * torch.arange(length)
        for at, stride, dilation, length in zip(
            (row, column), layer.stride, layer.dilation, layer.kernel_size, strict=True
        )
    )
    patch = padded[:, rows[:, None], columns]
    products = patch * kernel
    sums = products.sum(dim=(1, 2))
    shown = sums.abs().argsort(descending=True)[:SHOWN_CHANNELS].sort().values
    bias = 0.0 if layer.bias is None else float(layer.bias[channel])
    details = {
        "channels": [first + int(one) for one in shown],
        "patches": patch[shown].tolist(),
        "kernels": kernel[shown].tolist(),
        "products": products[shown].tolist(),
        "sums": sums[shown].tolist(),
        "others": float(sums.sum() - sums[shown].sum()),
        "other_channels": each - len(shown),
        "bias": bias,
        "top": int(rows[0]) - up,  # of the patch in the map before, which may lie outside of it
        "left": int(columns[0]) - left,
    }
    return LayerReading("Conv2d", None, output, details)


def _pool(
    layer: nn.MaxPool2d, x: torch.Tensor, place: Place, output: float
) -> tuple[LayerReading, Place]:
    channel, row, column = place
    (tall, wide), (down, across) = _pair(layer.kernel_size), _pair(layer.stride)
    up, left = _pair(layer.padding)
    first_row, first_column = row * down - up, column * across - left
    top, start = max(0, first_row), max(0, first_column)
    window = x[0, channel, top : first_row + tall, start : first_column + wide]
    won_row, won_column = divmod(int(window.argmax()), window.shape[1])
    details = {"window": window.tolist(), "place": [won_row, won_column]}
    layer_told = LayerReading("MaxPool2d", float(window.max()), output, details)
    return layer_told, (channel, top + won_row, start + won_column)


def _normalisation(
    layer: nn.BatchNorm2d, value: float, channel: int, output: float
) -> LayerReading:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    details = {
        "mean": float(layer.running_mean[channel]),
        "std": float((layer.running_var[channel] + layer.eps).sqrt()),
        "scale": float(layer.weight[channel]) if layer.affine else 1.0,
        "shift": float(layer.bias[channel]) if layer.affine else 0.0,
    }
    return LayerReading("BatchNorm2d", value, output, details)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
