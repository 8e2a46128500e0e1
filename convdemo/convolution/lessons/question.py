"""What a question about convolution is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convdemo.convolution.operation import Operation


@dataclass(frozen=True)
class Question:
    """One question: `kind` is the key of its text on the page, `values` what is put into it.

    `answer` is a number, or with `choices` the index of the right one. `explanation` is what the
    answer comes from. `operations` can be put on the bench: one, or the layers of a stack.
    """

    kind: str
    seed: int
    values: dict[str, Any]
    answer: int
    operations: tuple[Operation, ...]
    explanation: dict[str, Any]
    choices: tuple[str, ...] = ()
