"""RuleTable: rules of a few operations each, a row for every rule, and who followed it."""

from __future__ import annotations

from dataclasses import dataclass

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Rule:
    """Two operations, (name, chance in 0..1), and the numbers of the tiles that were made by it."""

    operations: tuple[tuple[Sentence, float], ...]
    tiles: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rules:
    """A title, lines below it, and the rules: without any there is no table."""

    title: Sentence = ""
    lines: tuple[Sentence, ...] = ()
    rules: tuple[Rule, ...] = ()


class RuleTable(Display):
    """The rules as a table; rows that made a tile stand out.

    The event "convdemo:mark" at it marks a row, or none (null), as `Tiles` does while somebody
    points at a tile. Sentences are keys of `words`, (key, values of its gaps), or the text itself;
    "KEY.why" is said on hover of an operation.
    """
