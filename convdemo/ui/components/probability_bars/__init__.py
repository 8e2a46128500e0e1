"""ProbabilityBars: what a classifier answers, in words and as a bar for each class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from convdemo.ui.components.display import Display, drawn

Sentence = str | tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Answer:
    """Probabilities by class, each in 0..1, in the order of the bars.

    `label` stands out; None where the answer is none of the classes. `sentence` is said in place of
    the usual words ("Almost surely ..."), `notes` below it and `details` below the bars: keys of
    the display's words, or (key, values of its gaps). `of` names what is answered: while another
    is awaited, what comes for the same is not drawn.
    """

    probabilities: Mapping[str, float]
    label: str | None = None
    sentence: Sentence | None = None
    notes: tuple[Sentence, ...] = ()
    details: tuple[Sentence, ...] = ()
    of: str = ""


def bars(answer: Answer | None) -> dict[str, Any] | None:
    """The answer as the script draws it: classes and shares are lists, an object has no order."""
    if answer is None:
        return None
    shares = answer.probabilities
    return {**drawn(answer), "classes": list(shares), "shares": list(shares.values())}


class ProbabilityBars(Display):
    """The likeliest class and how sure the answer is in words, the `best` likeliest with their
    probability, and a bar for each class at a place of its own; if they are `scaled`, the longest
    bar is full.

    A class is called by what `words` have for "class.NAME", else by its name.
    """

    def __init__(
        self, value: Answer | None = None, *, best: int = 0, scaled: bool = False, **others: Any
    ) -> None:
        super().__init__(value, best=best, scaled=scaled, **others)

    def postprocess(self, value: Answer | None) -> dict[str, Any] | None:
        """What the script draws."""
        return bars(value)
