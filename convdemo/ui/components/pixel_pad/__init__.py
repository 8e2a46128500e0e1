"""PixelPad: a few large pixels that are drawn on."""

from __future__ import annotations

from typing import Any

import numpy as np

from convdemo.ui.components.display import Display
from convdemo.ui.wire import Refused


class PixelPad(Display):
    """(H, W) shares of ink, 0..1. A pixel is turned over, and those that the pointer passes become
    the same; with keys the arrows move a cursor, and Space turns over. `input` comes with each.
    """

    def postprocess(self, value: np.ndarray | None) -> Any:
        """What the script draws."""
        return None if value is None else np.asarray(value, np.float64).tolist()

    def preprocess(self, payload: Any) -> np.ndarray | None:
        """(H, W) float64 in 0..1; Refused for anything else."""
        if payload is None:
            return None
        try:
            pixels = np.array(payload, np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise Refused("request") from error
        fits = pixels.ndim == 2 and 0 < pixels.size <= 4096
        if not fits or not bool(((pixels >= 0) & (pixels <= 1)).all()):
            raise Refused("request")
        return pixels

    def api_info(self) -> dict[str, Any]:
        """The value in the browser."""
        return {"type": "object", "description": "rows of shares of ink"}
