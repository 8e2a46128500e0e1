"""TwoNetworks: one picture that is moved by sliders, and what two classifiers say to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.ui import wire
from convdemo.ui.components.curves import Chart
from convdemo.ui.components.display import Display, Guard, drawn
from convdemo.ui.components.probability_bars import Answer, bars


@dataclass(frozen=True, eq=False)
class Compared:
    """The picture as it was moved, (H, W) or (H, W, 3) uint8, an answer of each classifier, and a
    chart of them, if there is any.
    """

    picture: np.ndarray | None
    answers: tuple[Answer, ...]
    chart: Chart | None = None


class TwoNetworks(Display):
    """The moved picture. Its value is a question, any mapping; whenever there is another one,
    `compare` is asked it past the queue, one call at a time, the newest last: a slider's `input`
    with `js=` alone may make it in the browser, so that the answer follows the hand.

    `shows` are the elem_ids of a ProbabilityBars for each answer, and of Curves for the chart.
    """

    def __init__(
        self,
        compare: Callable[[Mapping[str, Any]], Compared] | None = None,
        value: Mapping[str, Any] | None = None,
        *,
        shows: Sequence[str] = (),
        guard: Guard | None = None,
        **others: Any,
    ) -> None:
        def answer(asked: Any) -> dict[str, Any]:
            found = Compared(None, ()) if compare is None else compare(wire.mapping(asked))
            return {
                "picture": drawn(found.picture),
                "answers": [bars(one) for one in found.answers],
                "charts": drawn([found.chart] if found.chart else []),
            }

        functions = [answer if guard is None else guard("answer", answer)]
        super().__init__(value, server_functions=functions, shows=shows, **others)

    def preprocess(self, payload: Any) -> Any:
        """The question."""
        return payload
