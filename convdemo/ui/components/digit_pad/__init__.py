"""DigitPad: a square of paper to draw on, or to put a picture on, read while somebody draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from convdemo.images.decode import over_white, read_picture
from convdemo.images.render import data_url
from convdemo.ui import wire
from convdemo.ui.components.display import Display, Guard, drawn
from convdemo.ui.components.probability_bars import Answer, bars


@dataclass(frozen=True)
class Brought:
    """A picture that was put on the pad, unopened: its file, what the visitor called it, and
    whether it is one of the pad's examples.
    """

    path: Path
    name: str
    example: bool = False


@dataclass(frozen=True, eq=False)
class Reading:
    """An answer and what else may be shown of it: the picture as it was read, (H, W, 3) uint8, and
    what the network saw, (H, W) or (H, W, 3) uint8.
    """

    answer: Answer
    picture: np.ndarray | None = None
    seen: np.ndarray | None = None


class DigitPad(Display):
    """A drawing by mouse, finger, pen or keys; its value is (H, W) uint8, 255 where ink is full,
    cropped to the ink and at most 112 pixels a side, or None without any ink. With `pictures` it
    may be a `Brought` picture instead, uploaded, dropped, pasted, of the camera or an example.

    `input` is triggered at the end of each stroke, by a picture, by Undo and by Clear. A `live`
    function is asked while somebody draws, past the queue, one call at a time: the `Answer` that it
    gives for the value is drawn by the ProbabilityBars whose elem_id is in `shows`, and what was
    seen by the StepStrip there. It gets `about`, too, where there is one, a mapping that a script
    of the page may replace by the event "convdemo:about". `first` is a stroke, points in 0..1, that
    stands there until somebody draws. `guard` wraps what is called past the queue.

    None as a value from Python clears the pad; a mapping puts a picture on it, {"upload": path of
    an uploaded file, "name"} or {"example": name}.
    """

    def __init__(
        self,
        live: Callable[..., Answer | Reading] | None = None,
        *,
        shows: str = "",
        about: Mapping[str, Any] | None = None,
        pictures: bool = False,
        examples: Sequence[Path] = (),
        first: Sequence[tuple[float, float]] = (),
        guard: Guard | None = None,
        **others: Any,
    ) -> None:
        self._examples = {file.name: file for file in examples}

        def answer(asked: Any) -> dict[str, Any] | None:
            try:
                asked = wire.mapping(asked)
                value = self.preprocess(asked.get("value"))
                given = () if about is None else (wire.mapping(asked.get("about")),)
            except wire.Refused:  # not from our script
                if guard is None:
                    return None
                raise
            return None if live is None else _reply(live(value, *given))

        super().__init__(
            None,
            server_functions=[answer if guard is None else guard("answer", answer)],
            live=live is not None,
            shows=shows,
            about=about,
            pictures=pictures,
            examples=[
                {"name": name, "image": _thumbnail(file)} for name, file in self._examples.items()
            ],
            first=first,
            **others,
        )

    def preprocess(self, payload: Any) -> np.ndarray | Brought | None:
        """The ink of {"ink": {"width", "height", "bytes": base64}}, or the picture of {"upload",
        "name"} or {"example"}; Refused for anything else.
        """
        if not payload:
            return None
        payload = wire.mapping(payload)
        name = wire.text(payload, "name") or "picture.png"
        if "upload" in payload:
            return Brought(wire.uploaded(payload["upload"]), name)
        if "example" in payload:
            name = wire.text(payload, "example") or ""
            if name not in self._examples:
                raise wire.Refused("request")
            return Brought(self._examples[name], name, example=True)
        ink = wire.grey(payload.get("ink"))
        return ink if ink.any() else None

    def api_info(self) -> dict[str, Any]:
        """What a program sends: grey levels, 255 where ink is full."""
        return {
            "type": "object",
            "description": "ink: width, height, and bytes in base64, ink=255",
        }


@lru_cache(maxsize=32)  # each visitor's page has them
def _thumbnail(file: Path) -> str:
    return data_url(over_white(read_picture(file)), side=128)


def _reply(found: Answer | Reading) -> dict[str, Any]:
    reading = Reading(found) if isinstance(found, Answer) else found
    shown = partial(data_url, side=640)
    return {
        "answer": bars(reading.answer),
        "picture": None if reading.picture is None else shown(reading.picture),
        "seen": drawn(reading.seen),
    }
