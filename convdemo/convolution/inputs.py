"""Small inputs on which one sees what a kernel does: signals, pictures, short clips and blocks."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from convdemo.convolution.operation import Axes


def _impulse(size: Axes) -> np.ndarray:
    values = np.zeros(size)
    values[tuple(length // 2 for length in size)] = 1
    return values


def _step(size: Axes) -> np.ndarray:
    """0 in the first half of the last axis, 1 in the other."""
    return np.broadcast_to((np.arange(size[-1]) >= size[-1] // 2).astype(float), size)


def _wave(size: Axes) -> np.ndarray:
    return np.sin(np.arange(size[0]) * (4 * math.pi / max(size[0], 1)))


def _steps(size: Axes) -> np.ndarray:
    """A staircase with a trembling hand, the same one each time."""
    shaken = np.random.default_rng(0).normal(0, 0.12, size)
    return np.maximum(0, np.floor(np.arange(size[0]) * 4 / size[0]) / 2 + shaken)


def _square(size: Axes) -> np.ndarray:
    values = np.zeros(size)
    values[tuple(slice(n // 4, max(n // 4 + 1, n - n // 4)) for n in size)] = 1
    return values


def _cross(size: Axes) -> np.ndarray:
    """Two diagonals."""
    rows, columns = (np.linspace(-1, 1, n) for n in size)
    away = np.abs(np.abs(rows)[:, None] - np.abs(columns)[None])
    return (away < 1.2 / max(2, *size)).astype(float)


def _checker(size: Axes) -> np.ndarray:
    rows, columns = (np.arange(n) // 2 for n in size)
    return ((rows[:, None] + columns[None]) % 2).astype(float)


def _gradient(size: Axes) -> np.ndarray:
    return np.broadcast_to(np.arange(size[-1]) / max(1, size[-1] - 1), size)


def _moving_square(size: Axes) -> np.ndarray:
    """Frame by frame a square goes one cell to the right."""
    frames, height, width = size
    values = np.zeros(size)
    side = max(1, min(height, width) // 3)
    top = (height - side) // 2
    for frame in range(frames):
        left = frame % max(1, width - side + 1)
        values[frame, top : top + side, left : left + side] = 1
    return values


def _ball(size: Axes) -> np.ndarray:
    """1 within a radius of the middle, falling to 0 over one cell."""
    away = np.linalg.norm(np.indices(size).T - (np.array(size) - 1) / 2, axis=-1).T
    return np.clip(max(1, min(size) / 2) - away, 0, 1)


def _layers(size: Axes) -> np.ndarray:
    """Every other slice is full."""
    return np.broadcast_to((np.arange(size[0]) % 2).astype(float)[:, None, None], size)


# By the number of axes, the first one to begin with.
EXAMPLES: dict[int, dict[str, Callable[[Axes], np.ndarray]]] = {
    1: {"ones": np.ones, "step": _step, "impulse": _impulse, "wave": _wave, "steps": _steps},
    2: {
        "square": _square,
        "step": _step,
        "cross": _cross,
        "checker": _checker,
        "gradient": _gradient,
        "impulse": _impulse,
        "ones": np.ones,
    },
    3: {
        "moving_square": _moving_square,
        "ball": _ball,
        "layers": _layers,
        "impulse": _impulse,
        "ones": np.ones,
    },
}


def example(name: str, size: Axes, channels: int = 1) -> np.ndarray:
    """(channels, *size) float64 with two decimals; every further channel lies a cell further on."""
    values = EXAMPLES[len(size)][name](size)
    return np.stack([np.roll(values, shift, axis=-1) for shift in range(channels)]).round(2)


def fitted(values: np.ndarray, shape: Axes) -> np.ndarray:
    """Numbers in another shape: cut at the end of each axis, or zeros after them."""
    found = np.zeros(shape)
    shared = tuple(
        slice(0, min(one, other)) for one, other in zip(values.shape, shape, strict=True)
    )
    found[shared] = values[shared]
    return found


def small(picture: np.ndarray, shape: Axes) -> np.ndarray:
    """(channels, h, w) in 0..1 with two decimals: the middle of the picture, made small."""
    channels, height, width = shape
    rows, columns = picture.shape[:2]
    tall = min(rows, max(1, round(columns * height / width)))
    wide = min(columns, max(1, round(tall * width / height)))
    top, left = (rows - tall) // 2, (columns - wide) // 2
    middle = np.ascontiguousarray(picture[top : top + tall, left : left + wide])
    is_colour = channels == 3 and picture.shape[2] == 3
    if picture.shape[2] == 3 and not is_colour:
        middle = cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)
    reduced = cv2.resize(middle, (width, height), interpolation=cv2.INTER_AREA) / 255
    planes = reduced.transpose(2, 0, 1) if is_colour else np.repeat(reduced[None], channels, axis=0)
    return planes.round(2)
