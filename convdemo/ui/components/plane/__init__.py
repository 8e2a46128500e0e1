"""Plane: a loss over two weights as bands of colour, and the way that a descent takes over it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.images.render import encode_png, unsigned
from convdemo.ui.components.display import Display

BANDS = 14
POWER = 0.35  # of a height's share of the span: small losses matter most
Pair = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """Heights (N, N) between two corners; the first row has the highest second weight."""

    heights: np.ndarray
    low: Pair
    high: Pair


@dataclass(frozen=True, eq=False)
class Way:
    """Weights step by step over a surface, and those with the smallest loss."""

    surface: Surface
    path: tuple[Pair, ...]
    best: Pair
    axes: tuple[str, str] = ("w₁", "w₂")


class Plane(Display):
    """Draws a Way; with `picks`, `select` comes when somebody clicks, and its value is where.

    Its text for those who do not see it is the string "plane" of `words`.
    """

    def __init__(self, value: Way | None = None, *, picks: bool = False, **others: Any) -> None:
        super().__init__(value, picks=picks, **others)

    def postprocess(self, value: Way | None) -> Any:
        """What the script draws: the bands as a picture."""
        if value is None:
            return None
        heights = value.surface.heights
        low, high = float(heights.min()), float(heights.max())
        share = ((heights - low) / ((high - low) or 1)).clip(0, 1) ** POWER
        band = np.minimum(np.floor(share * BANDS), BANDS - 1) / (BANDS - 1)
        return {
            "image": _sharp(unsigned(band)),
            "scale": _sharp(unsigned(np.linspace(0, 1, BANDS)[None])),
            "ends": [low, low + (high - low) * 0.5 ** (1 / POWER), high],
            "low": value.surface.low,
            "high": value.surface.high,
            "path": np.array(value.path).clip(-1e5, 1e5).tolist(),
            "best": value.best,
            "axes": value.axes,
        }

    def preprocess(self, payload: Any) -> list[float] | None:  # type: ignore[override]
        """The weights [w1, w2] where somebody clicked last, None for nowhere."""
        return payload.get("picked") if isinstance(payload, dict) else None


def _sharp(image: np.ndarray) -> str:
    """The picture for the src of an <img>; bands have edges that a JPEG would blur."""
    return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode()
