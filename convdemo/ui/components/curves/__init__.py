"""Curves: lines over one axis, read out where somebody points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from convdemo.ui.components.display import Display, drawn
from convdemo.ui.components.probability_bars import Sentence

Unit = Literal["number", "share", "degrees", "factor", "pixels"]  # 0.5, 50%, 0.5°, ×0.5, 0.5 px


@dataclass(frozen=True)
class Line:
    """Points, x rising; nothing is drawn where y is not finite.

    `colour` is one of eight, 0..7; a `faint` line is neither named nor read out; `best` is the x of
    its best point, which gets a ring.
    """

    name: Sentence
    x: tuple[float, ...]
    y: tuple[float, ...]
    colour: int = 0
    faint: bool = False
    best: float | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of the strip below a chart, from x to x, with what it is called."""

    start: float
    stop: float
    name: Sentence
    strong: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines over one axis; ranges are (low, high), None for that of the points.

    `read` is said of the place that is read out, with its {x}; `marks` are dashed lines, (x, name);
    `at` is where it is read out while nobody points, None for the end; `x_log` and `y_log` are by
    powers of ten.
    """

    lines: tuple[Line, ...]
    title: Sentence = ""
    x_title: Sentence = ""
    x_unit: Unit = "number"
    y_unit: Unit = "number"
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    read: str = "at"
    marks: tuple[tuple[float, Sentence], ...] = ()
    strip: tuple[Span, ...] = ()
    at: float | None = None
    y_log: bool = False
    x_log: bool = False


class Curves(Display):
    """One chart, or several side by side that are read out at the same place.

    By pointer, or by keys where it has the focus. `select` comes when another place is read out,
    with {"x"}, null when nobody points any longer; with `stays` the last place stays. Sentences are
    keys of `words`, (key, values of its gaps), or the text itself.
    """

    def __init__(
        self, value: Chart | Sequence[Chart] | None = None, *, stays: bool = False, **others: Any
    ) -> None:
        super().__init__(value, stays=stays, **others)

    def postprocess(self, value: Chart | Sequence[Chart] | None) -> Any:
        """What the script draws, also of what comes past the queue ("convdemo:curves")."""
        return drawn([value] if isinstance(value, Chart) else value or ())
