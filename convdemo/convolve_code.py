"""The line that makes a convolution or a pool in PyTorch and in Keras."""

from __future__ import annotations

from .convolve import Axes, Operation
from .convolve_figures import same_padding

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
# Why Keras has no such layer; a page says each in its own words.
REASONS = {
    "padding_mode": "Keras' layers pad with zeros only.",
    "padding_number": "Keras' layers know 'valid' and 'same', and this padding is neither.",
    "average_padding": "Keras leaves the padding out of the average, PyTorch counts it.",
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
    """The module of torch.nn, with what is not its default."""
    words = [] if operation.is_pool else [str(operation.channels), str(operation.filters)]
    words.append(_value(operation.kernel))
    if operation.stride != (operation.kernel if operation.is_pool else (1,) * operation.dims):
        words.append(f"stride={_value(operation.stride)}")
    if operation.padding == "same":
        words.append('padding="same"')
    elif any(max(pair) for pair in operation.pads):
        words.append(f"padding={_value(tuple(before for before, _ in operation.pads))}")
    for setting, default in (("output_padding", 0), ("dilation", 1)):
        if set(numbers := getattr(operation, setting)) != {default}:
            words.append(f"{setting}={_value(numbers)}")
    if operation.groups > 1:
        words.append(f"groups={operation.groups}")
    if operation.padding_mode != "zeros":
        words.append(f'padding_mode="{operation.padding_mode}"')
    if not (operation.is_pool or operation.bias):
        words.append("bias=False")
    return f"nn.{_TORCH_NAMES[operation.kind]}{operation.dims}d({', '.join(words)})"


def keras_line(operation: Operation) -> tuple[str | None, str | None]:
    """The layer of keras.layers that does the same, or None and a key of REASONS."""
    if reason := _missing(operation):
        return None, reason
    words = [_value(operation.kernel)]
    if not operation.is_pool:
        words.insert(0, str(operation.filters))
    if operation.stride != (operation.kernel if operation.is_pool else (1,) * operation.dims):
        words.append(f"strides={_value(operation.stride)}")
    if any(max(pair) for pair in operation.pads):
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


def _missing(operation: Operation) -> str | None:
    padded = any(max(pair) for pair in operation.pads)
    is_transposed = operation.kind == "transposed"
    dilated, strided = max(operation.dilation) > 1, max(operation.stride) > 1
    gaps = any(s > reach for s, reach in zip(operation.stride, operation.reach, strict=True))
    past = any(o >= s for o, s in zip(operation.output_padding, operation.stride, strict=True))
    reasons = {
        "padding_mode": padded and operation.padding_mode != "zeros",
        "average_padding": padded and operation.kind == "average",
        "transposed_padding": padded and is_transposed,
        "padding_number": padded and operation.pads != same_padding(operation, "keras").pads,
        "pool_dilation": dilated and operation.is_pool,
        "stride_and_dilation": dilated and strided,
        "transposed_groups": is_transposed and operation.groups > 1,
        "output_padding": any(operation.output_padding) and past,
        "transposed_gaps": is_transposed and gaps,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
