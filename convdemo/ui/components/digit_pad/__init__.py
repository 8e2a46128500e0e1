"""DigitPad: a square of paper to draw on, read while somebody draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from convdemo.ui import wire
from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Answer, drawn


class DigitPad(Display):
    """A drawing by mouse, finger, pen or keys; its value is (H, W) uint8, 255 where ink is full,
    cropped to the ink and at most 112 pixels a side, or None without any ink.

    `input` is triggered at the end of each stroke, by Undo and by Clear. A `live` function is asked
    while somebody draws, past the queue, one call at a time: the `Answer` that it gives for the ink
    (None without any) is drawn by the ProbabilityBars whose elem_id is `shows`. None as a value
    from Python clears the pad.
    """

    def __init__(
        self,
        live: Callable[[np.ndarray | None], Answer] | None = None,
        *,
        shows: str = "",
        **others: Any,
    ) -> None:
        def answer(payload: Any) -> dict[str, Any] | None:
            try:
                ink = self.preprocess(payload)
            except wire.Refused:
                return None  # not from our script
            return None if live is None else drawn(live(ink))

        super().__init__(
            None, server_functions=[answer], live=live is not None, shows=shows, **others
        )

    def preprocess(self, payload: Any) -> np.ndarray | None:  # type: ignore[override]
        """The ink of {"width", "height", "bytes": base64}; Refused for anything else."""
        if not payload:
            return None
        ink = wire.grey(payload)
        return ink if ink.any() else None

    def postprocess(self, value: None) -> None:  # type: ignore[override]
        """None clears the pad; nothing else is ever sent to it."""

    def api_info(self) -> dict[str, Any]:
        """What a program sends: grey levels, 255 where ink is full."""
        return {"type": "object", "description": "width, height, and bytes in base64, ink=255"}
