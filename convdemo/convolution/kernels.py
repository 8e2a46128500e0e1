"""Kernels that are worth a look, as they stand in books, for signals, pictures and blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import cv2
import numpy as np

GABOR_ANGLES = (0, 45, 90, 135)


def _gabor(angle: float) -> np.ndarray:
    """(7, 7) of a wave under a bell, which answers to stripes along the angle in degrees.

    0 stands for upright stripes; turned clockwise, as rows count downwards. The mean is taken off,
    so that an even area gives 0.
    """
    wave = cv2.getGaborKernel(
        (7, 7), sigma=2, theta=math.radians(angle), lambd=4, gamma=0.5, psi=0, ktype=cv2.CV_64F
    )
    return wave - wave.mean()


def _cube(*axes: tuple[float, ...]) -> np.ndarray:
    """The outer product."""
    return np.einsum("i,j,k->ijk", *(np.array(one, dtype=float) for one in axes))


_BELL, _DIFFERENCE, _SPOT = (0.25, 0.5, 0.25), (-1.0, 0.0, 1.0), (0.0, 1.0, 0.0)
_AROUND = (
    _cube((1, 0, 1), _SPOT, _SPOT) + _cube(_SPOT, (1, 0, 1), _SPOT) + _cube(_SPOT, _SPOT, (1, 0, 1))
)

# By the number of axes; x runs along the last axis, y along the one before, z along the first.
# Frameworks do not turn a kernel round, so each is laid on the patch as it stands here.
KERNELS: dict[int, dict[str, np.ndarray]] = {
    1: {
        "identity": np.array([0.0, 1.0, 0.0]),
        "blur": np.full(3, 1 / 3),
        "gaussian": np.array(_BELL),  # the course's
        "sharpen": np.array([-1.0, 3.0, -1.0]),
        "sobel_x": np.array(_DIFFERENCE),
        "laplacian": np.array([1.0, -2.0, 1.0]),
    },
    2: {
        "identity": np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]),
        "blur": np.full((3, 3), 1 / 9),
        "gaussian": np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 16,
        "sharpen": np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]),
        "sobel_x": np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]),
        "sobel_y": np.array([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]),
        "laplacian": np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]),
        "emboss": np.array([[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]),
        **{f"gabor_{angle}": _gabor(angle) for angle in GABOR_ANGLES},
    },
    3: {
        "identity": _cube(_SPOT, _SPOT, _SPOT),
        "blur": np.full((3, 3, 3), 1 / 27),
        "gaussian": _cube(_BELL, _BELL, _BELL),
        "sharpen": 7 * _cube(_SPOT, _SPOT, _SPOT) - _AROUND,
        "sobel_x": _cube((1, 2, 1), (1, 2, 1), _DIFFERENCE),
        "sobel_y": _cube((1, 2, 1), _DIFFERENCE, (1, 2, 1)),
        "sobel_z": _cube(_DIFFERENCE, (1, 2, 1), (1, 2, 1)),
        "laplacian": _AROUND - 6 * _cube(_SPOT, _SPOT, _SPOT),
    },
}

SEEDS = 1_000_000  # random kernels that can be asked for


def kernel(name: str, size: Sequence[int]) -> np.ndarray | None:
    """The kernel of a name at a size, None where it has none of that size; KeyError for no name."""
    found, wanted = KERNELS[len(size)][name], tuple(size)
    if found.shape == wanted:
        return found
    if name == "identity":
        return centred(np.ones((1,) * len(size)), wanted)
    if name == "blur":
        return np.full(wanted, 1 / math.prod(wanted))
    if name == "gaussian":
        rows = ([math.comb(one - 1, place) for place in range(one)] for one in wanted)
        return reduce(np.multiply.outer, (np.array(row) / sum(row) for row in rows))
    return None


def centred(values: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Weights in the middle of another size: cut all round, or zeros around them."""
    found = np.zeros(tuple(size))
    into, out_of = [], []
    for new, old in zip(size, values.shape, strict=True):
        start, shared = (new - 1) // 2 - (old - 1) // 2, min(new, old)
        into.append(slice(max(0, start), max(0, start) + shared))
        out_of.append(slice(max(0, -start), max(0, -start) + shared))
    found[tuple(into)] = values[tuple(out_of)]
    return found


def random_kernel(seed: int, size: Sequence[int]) -> np.ndarray:
    """Weights with two decimals around zero, the same ones for the same seed and size."""
    return np.random.default_rng(seed).normal(0, 0.5, tuple(size)).round(2)
