"""A dense layer beside a convolution: what each weighs, and what each makes of a moved picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convdemo.convolution.arithmetic import parameters
from convdemo.convolution.operation import operation
from convdemo.convolution.reference import run

SIDES = (28, 64, 128, 224, 512)  # pixels
UNITS = 128  # of a small dense layer
_SAME = 1e-6  # what rounding may make of equal numbers
SIDE = 12  # pixels of the small picture
_DRAWN = {
    "seven": ("######", "######", "...##.", "..##..", ".##...", ".##..."),
    "cross": ("..##..", "..##..", "######", "######", "..##..", "..##.."),
    "ring": (".####.", "##..##", "#....#", "#....#", "##..##", ".####."),
    "stairs": ("##....", "##....", ".###..", "..###.", "....##", "....##"),
}


@dataclass(frozen=True)
class Cost:
    """Weights and biases for pictures of one side: of a convolution, of a dense layer with UNITS
    outputs, and of one with as many outputs as the convolution.
    """

    side: int
    convolution: int
    units: int
    dense: int


@dataclass(frozen=True)
class Followed:
    """What a layer makes of a moved picture (`after`), held against what it made of the picture
    before, moved along (`expected`): the largest difference and how many cells differ.
    """

    before: np.ndarray
    after: np.ndarray
    expected: np.ndarray
    largest: float
    differing: int


def _shape(rows: tuple[str, ...]) -> np.ndarray:
    inked = np.array([[float(one == "#") for one in row] for row in rows])
    return np.pad(inked, (SIDE - len(rows)) // 2)


SHAPES = {name: _shape(rows) for name, rows in _DRAWN.items()}  # (SIDE, SIDE), 0 or 1


def costs(kernel: int, filters: int, channels: int) -> tuple[Cost, ...]:
    """The weights at each of SIDES; the convolution keeps the size of the picture."""
    found = []
    for side in SIDES:
        made = operation(
            "convolution", (side, side), kernel, channels=channels, filters=filters, padding="same"
        )
        inputs, outputs = channels * side**2, filters * side**2
        found.append(Cost(side, parameters(made), (inputs + 1) * UNITS, inputs * outputs + outputs))
    return tuple(found)


def dense_weights(side: int, seed: int) -> np.ndarray:
    """(side², side²) random weights, as small as those that layers begin with."""
    return np.random.default_rng(seed).standard_normal((side**2, side**2)) / side


def through_dense(picture: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """What a dense layer without biases makes of a picture, laid out as a picture again."""
    return (weights @ picture.ravel()).reshape(picture.shape)


def through_convolution(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What one filter without a bias makes of a picture, whose size it keeps."""
    made = operation("convolution", picture.shape, kernel.shape, padding="same", bias=False)
    return run(made, picture[None], kernel[None, None])[0]


def moved(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """The picture moved by whole pixels; zeros come in, what leaves is lost."""
    height, width = picture.shape
    far = max(abs(down), abs(right))
    padded = np.pad(picture, far)
    return padded[far - down : far - down + height, far - right : far - right + width]


def follow(
    picture: np.ndarray, kernel: np.ndarray, weights: np.ndarray, *, down: int, right: int
) -> tuple[Followed, Followed]:
    """How a convolution and how a dense layer follow a picture that is moved by pixels."""
    later = moved(picture, down, right)
    convolved = [through_convolution(one, kernel) for one in (picture, later)]
    dense = [through_dense(one, weights) for one in (picture, later)]
    first, second = (_followed(before, after, down, right) for before, after in (convolved, dense))
    return first, second


def _followed(before: np.ndarray, after: np.ndarray, down: int, right: int) -> Followed:
    expected = moved(before, down, right)
    difference = np.abs(after - expected)
    differing = int((difference > _SAME).sum())
    return Followed(before, after, expected, float(difference.max()), differing)
