"""ConfusionMatrix: what a classifier takes for what, cell by cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Confusion:
    """`counts[actual][predicted]` pictures of the classes; `lead` is said above the matrix."""

    classes: tuple[Sentence, ...]
    counts: tuple[tuple[int, ...], ...]
    lead: tuple[Sentence, ...] = ()


class ConfusionMatrix(Display):
    """The counts, the recall of each class, and buttons for the most frequent mistakes.

    `select` comes with {"actual", "predicted"}, the places of the classes of a cell that is
    pressed; the arrow keys walk over the cells. Sentences are keys of `words`, (key, values of its
    gaps), or the text itself.
    """

    def postprocess(self, value: Confusion | None) -> Any:  # type: ignore[override]
        """What the script draws."""
        return None if value is None else asdict(value)

    def preprocess(self, payload: Any) -> None:
        """Nothing: which cell is pressed comes with the event."""

    def api_info(self) -> dict[str, Any]:
        """The value in the browser."""
        return {"type": "object", "description": "a Confusion: classes, counts"}
