"""Where a bench can start from: layers on inputs, each with something to see."""

from __future__ import annotations

from dataclasses import dataclass

from convdemo.convolution.operation import Axes


@dataclass(frozen=True)
class Bench:
    """What lies on a bench: a layer, the name of its input, see `inputs.EXAMPLES`, and of a kernel
    for each filter, see `kernels.KERNELS`, or the seed of a random one.

    `size` has a number for each axis, and so have `stride`, `dilation` and `output_padding`, or none.
    """

    size: Axes
    kernel: Axes
    source: str = "ones"
    kernels: tuple[str | int, ...] = ()
    kind: str = "convolution"
    channels: int = 1
    filters: int = 1
    stride: Axes = ()
    padding: Axes | str = "valid"
    padding_mode: str = "zeros"
    dilation: Axes = ()
    groups: int = 1
    bias: bool = True
    output_padding: Axes = ()


PRESETS = {
    "course": Bench((5,), (3,), kernels=("gaussian",), bias=False),
    "edges": Bench((9, 9), (3, 3), "square", ("sobel_x", "sobel_y"), filters=2),
    "same": Bench((9, 9), (3, 3), "cross", ("gaussian",), padding="same", padding_mode="reflect"),
    "stride": Bench((8, 8), (3, 3), "checker", ("blur",), stride=(2, 2)),
    "dilated": Bench((11, 11), (3, 3), "impulse", ("blur",), dilation=(2, 2)),
    "pool": Bench((8, 8), (2, 2), "gradient", kind="max", stride=(2, 2)),
    "transposed": Bench(
        (4, 4),
        (3, 3),
        "square",
        ("gaussian",),
        kind="transposed",
        stride=(2, 2),
        padding=(1, 1),
        output_padding=(1, 1),
    ),
    "channels": Bench((8, 8), (3, 3), "square", ("blur", 3), channels=3, filters=2),
    "motion": Bench((5, 7, 7), (3, 3, 3), "moving_square", ("sobel_z",)),
    "ball": Bench((5, 6, 6), (2, 2, 2), "ball", ("blur",)),
    "large": Bench((26, 26), (3, 3), "square", channels=32, filters=64),
}
# The first thing to see along one, two and three axes.
BEGINNINGS = {
    1: Bench((16,), (3,), "steps", ("gaussian",)),
    2: PRESETS["edges"],
    3: PRESETS["motion"],
}
# The course's networks and well-known beginnings: the shape of the input, and the line of layers.
LINES = {
    "cnn": (
        "1x28x28",
        "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - flatten - dense 10",
    ),
    "cnn2": (
        "1x28x28",
        "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - conv 3x3 p1 128 - relu"
        " - pool 2 p1 - flatten - dense 625 - relu - dense 10",
    ),
    "stack": (
        "1x28x28",
        "conv 3x3 32 - conv 3x3 64 - pool 2 - flatten - dense 128 - dense 10",
    ),
    "lenet": (
        "1x32x32",
        "conv 5x5 6 - avgpool 2 - conv 5x5 16 - avgpool 2 - flatten - dense 120 - dense 84"
        " - dense 10",
    ),
    "resnet": (
        "3x224x224",
        "conv 7x7 s2 p3 64 - relu - pool 3x3 s2 p1 - conv 3x3 p1 64 - relu - conv 3x3 p1 64",
    ),
    "signal": (
        "1x128",
        "conv 5 p2 16 - relu - pool 2 - conv 5 p2 32 - relu - pool 2 - flatten - dense 4",
    ),
    "clip": (
        "3x16x64x64",
        "conv 3x3x3 p1 16 - relu - pool 2 - conv 3x3x3 p1 32 - relu - pool 2",
    ),
}
