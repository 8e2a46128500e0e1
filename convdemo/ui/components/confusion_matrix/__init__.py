"""ConfusionMatrix: what a classifier takes for what, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

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
