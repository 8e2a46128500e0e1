"""A network written out as code: the lines of plain torch that build it again."""

from __future__ import annotations

import inspect
import keyword
from typing import Any

from torch import nn

from convdemo.networks.stages import Residual

WIDTH = 100
# The arguments of each kind of layer, by the names they have there and in the constructor.
_ARGUMENTS: dict[type[nn.Module], tuple[str, ...]] = {
    nn.Conv2d: (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "padding_mode",
    ),
    nn.BatchNorm2d: ("num_features", "eps", "affine", "track_running_stats"),
    nn.MaxPool2d: ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    nn.AvgPool2d: ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    nn.AdaptiveAvgPool2d: ("output_size",),
    nn.Linear: ("in_features", "out_features"),
    nn.Dropout: ("p",),
    nn.Dropout2d: ("p",),
    nn.Flatten: ("start_dim", "end_dim"),
    nn.ReLU: ("inplace",),
    nn.ReLU6: ("inplace",),
    nn.LeakyReLU: ("negative_slope", "inplace"),
    nn.ELU: ("alpha", "inplace"),
    nn.GELU: ("approximate",),
    nn.SiLU: ("inplace",),
    nn.Hardswish: ("inplace",),
    nn.Sigmoid: (),
    nn.Tanh: (),
    nn.Identity: (),
    nn.Softmax: ("dim",),
    nn.LogSoftmax: ("dim",),
}


def network_code(network: nn.Module, indent: int = 0) -> str:
    """The expression that builds the network untrained, with the same keys in its state dict.

    `indent` is the number of spaces before it. ValueError for a kind of layer that is not known.
    """
    return _written(network, indent, "", "")


def _written(module: nn.Module, indent: int, path: str, before: str) -> str:
    """`before` is what stands on the same line, such as the name of a stage."""
    if isinstance(module, nn.Sequential):
        return _sequential(module, indent, path, before)
    if type(module) is Residual:
        below = _written(module.body, indent + 4, f"{path}body.", "")
        return _call("Residual", [below], indent, before)
    if type(module) not in _ARGUMENTS:
        kinds = ", ".join(kind.__name__ for kind in (*_ARGUMENTS, Residual))
        raise ValueError(
            f"layer {path.rstrip('.') or 'network'} is a {type(module).__name__}, which cannot be "
            f"written as code; these can: {kinds}"
        )
    return _call(f"nn.{type(module).__name__}", _arguments(module), indent, before)


def _sequential(module: nn.Sequential, indent: int, path: str, before: str) -> str:
    # named_children would leave out what comes twice.
    children = [(name, child) for name, child in module._modules.items() if child is not None]
    if [name for name, _ in children] == [str(place) for place in range(len(children))]:
        below = [_written(child, indent + 4, f"{path}{name}.", "") for name, child in children]
        return _call("nn.Sequential", below, indent, before)
    entries = []
    for name, child in children:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError(f"stage {name!r} has a name that cannot be written as code")
        entries.append(f"{name}={_written(child, indent + 8, f'{path}{name}.', f'{name}=')}")
    ordered = _call("OrderedDict", entries, indent + 4, "")
    return _call("nn.Sequential", [ordered], indent, before)


def _call(name: str, arguments: list[str], indent: int, before: str) -> str:
    """On one line where it fits, else an argument a line."""
    short = f"{name}({', '.join(arguments)})"
    if "\n" not in short and indent + len(before) + len(short) < WIDTH:
        return short
    if len(arguments) == 1 and "\n" in arguments[0]:
        lines = f"{' ' * (indent + 4)}{arguments[0]}\n"
    else:
        lines = "".join(f"{' ' * (indent + 4)}{argument},\n" for argument in arguments)
    return f"{name}(\n{lines}{' ' * indent})"


def _arguments(module: nn.Module) -> list[str]:
    """What the constructor has to be told: what has no default, or differs from it."""
    expected = inspect.signature(type(module).__init__).parameters
    told: list[str] = []
    for name in _ARGUMENTS[type(module)]:
        value, default = _short(getattr(module, name)), expected[name].default
        if name == "stride" and "kernel_size" in expected and default is None:
            default = _short(module.kernel_size)
        if default is inspect.Parameter.empty and len(told) == list(expected).index(name) - 1:
            told.append(repr(value))
        elif value != default:
            told.append(f"{name}={value!r}")
    if "bias" in expected and module.bias is None and type(module) is not nn.BatchNorm2d:
        told.append("bias=False")
    return told


def _short(value: Any) -> Any:
    """One number for a pair of the same."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
