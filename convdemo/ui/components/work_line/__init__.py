"""WorkLine: how far long work is, the time that is left, and Stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Progress:
    """The share that is done, 0..1, the seconds left as far as they can be told, and whether the
    work still waits for its turn.
    """

    share: float = 0.0
    left: float | None = None
    waits: bool = False


class WorkLine(Display):
    """A Progress with a button that stops the work, a sentence in its place, or nothing.

    `does` says what is worked on, a key of `words`. `input` comes when somebody wants to stop:
    `line.input(None, cancels=[event])`, say.
    """

    def __init__(
        self, value: Progress | Sentence | None = None, *, does: str = "does", **others: Any
    ) -> None:
        super().__init__(value, does=does, **others)
