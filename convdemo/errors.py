"""What a person is told: one base for sentences with a key and values, one way to choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar


class UserError(ValueError):
    """What a person can cause, and is told of in one sentence."""


class Problem(UserError):
    """A sentence with gaps: `problem` is a key of `sentences`, `values` is what fills it."""

    sentences: ClassVar[Mapping[str, str]] = {}

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(self.sentences[problem].format(**values))
        self.problem = problem
        self.values = values


def choose(kind: str, name: str, choices: Mapping[str, Any] | Collection[str]) -> Any:
    """The entry of that name, or the name where there are only names; UserError naming them."""
    if name not in choices:
        raise UserError(f"{kind} {name!r} is none of {', '.join(choices)}")
    return choices[name] if isinstance(choices, Mapping) else name
