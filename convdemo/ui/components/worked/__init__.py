"""Worked: a worked example in sentences, tables and coloured numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Words:
    """A line of text and how it looks; what is `aloud` is read out when it changes."""

    said: Sentence
    look: Literal["words", "quiet", "formula", "title", "right", "wrong"] = "words"
    name: str = ""
    aloud: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under their heads; a number is a bar, its share in 0..1."""

    head: tuple[Sentence, ...]
    rows: tuple[tuple[Sentence | float, ...], ...]
    title: Sentence
    name: str = ""


@dataclass(frozen=True)
class Numbers:
    """Numbers on squares, row by row: greys from 0 on, or the signed scale of -`peak` to `peak`,
    None for the largest; without `written` the squares are small and their scale stands below.
    """

    values: tuple[tuple[float, ...], ...]
    title: Sentence
    signed: bool = True
    written: bool = True
    peak: float | None = None
    lines: tuple[Words, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Example:
    """What is shown from top to bottom, numbers side by side; with None what is there gets faint.
    `said` stands above, for what is wrong.
    """

    blocks: tuple[Words | Table | Numbers, ...] | None = None
    said: Sentence = ""


class Worked(Display):
    """Draws an Example. Sentences are keys of `words`, (key, values of its gaps), or the text."""
