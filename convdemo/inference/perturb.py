"""Shift, rotate, scale and noise a network's input a little, to see what the network can bear."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Slider:
    """The range of one change; at `neutral` it changes nothing."""

    name: str
    low: float
    high: float
    step: float
    neutral: float


SLIDERS: tuple[Slider, ...] = (
    Slider("shift_x", -10, 10, 0.5, 0),  # pixels of the input, positive to the right
    Slider("shift_y", -10, 10, 0.5, 0),  # positive downwards
    Slider("rotate", -90, 90, 5, 0),  # degrees, positive clockwise
    Slider("scale", 0.5, 1.5, 0.05, 1),
    Slider("noise", 0, 0.6, 0.02, 0),  # standard deviation, where white is 1
)
NEUTRAL: dict[str, float] = {slider.name: slider.neutral for slider in SLIDERS}


def perturb(pixels: np.ndarray, settings: Mapping[str, float], *, seed: int = 0) -> np.ndarray:
    """The (H, W) float32 image in 0..1, scaled and rotated about its middle, shifted, made noisy.

    `settings` has values for some of SLIDERS; the others stay neutral. A seed draws the same noise.
    """
    unknown = settings.keys() - NEUTRAL.keys()
    if unknown:
        raise ValueError(f"settings={sorted(unknown)} are not among {tuple(NEUTRAL)}")
    values = {**NEUTRAL, **settings}
    height, width = pixels.shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, -values["rotate"], values["scale"])
    matrix[:, 2] += values["shift_x"], values["shift_y"]
    moved = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR)
    if values["noise"]:
        noise = np.random.default_rng(seed).standard_normal(pixels.shape, dtype=np.float32)
        moved = moved + np.float32(values["noise"]) * noise
    return np.clip(moved, 0, 1, dtype=np.float32)


def sweep(
    pixels: np.ndarray, settings: Mapping[str, float], slider: Slider
) -> tuple[np.ndarray, np.ndarray]:
    """The values of one slider over its range, (N,), and the image at each of them, (N, H, W).

    The other sliders keep their `settings`.
    """
    values = np.linspace(slider.low, slider.high, 41)
    images = [perturb(pixels, {**settings, slider.name: float(value)}) for value in values]
    return values, np.stack(images)
