"""Report: how something that takes a while stands, in words, as a bar and in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from convdemo.ui.components.display import Display, drawn
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Figure:
    """A name, its value, and a few quiet words more."""

    name: Sentence
    value: Sentence = "–"
    more: Sentence = ""


@dataclass(frozen=True)
class State:
    """What is said of something.

    `progress` is a share in 0..1, None for no bar; `kind` is "going" while it rises, "trouble"
    where the sentence is of something that went wrong. `lines` are quiet, a paragraph each.
    """

    sentence: Sentence = ""
    title: Sentence = ""
    kind: Literal["rest", "going", "trouble"] = "rest"
    progress: float | None = None
    lines: tuple[Sentence, ...] = ()
    figures: tuple[Figure, ...] = ()


class Report(Display):
    """A title, a sentence that is read aloud when it is another one, a bar, figures.

    Sentences are keys of `words`, (key, values of its gaps), or the text itself.
    """

    def postprocess(self, value: State | None) -> Any:
        """What the script draws."""
        return drawn(value or State())
