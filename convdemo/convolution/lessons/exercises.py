"""Questions about convolution, each made again from its kind and a seed, and graded."""

from __future__ import annotations

import re

from convdemo.convolution.lessons.generators import QUESTIONS
from convdemo.convolution.lessons.question import Question


def question(kind: str, seed: int) -> Question:
    """The same question for the same seed; ValueError for a kind that is not there."""
    if kind not in QUESTIONS:
        raise ValueError(f"kind {kind!r} is none of {', '.join(QUESTIONS)}")
    return QUESTIONS[kind](seed)


def number_of(given: object) -> int | float | None:
    """The number that an answer is, typed or not: 1024, 1,024 and 1 024 are one; None for none."""
    if isinstance(given, str):
        typed = given.strip().replace("\N{MINUS SIGN}", "-")
        if re.fullmatch(r"\d{1,3}([, ]\d{3})+", typed):
            typed = re.sub(r"[, ]", "", typed)
        return int(typed) if re.fullmatch(r"[+-]?\d{1,18}", typed) else None
    return None if isinstance(given, bool) or not isinstance(given, int | float) else given


def grade(question: Question, given: object) -> bool:
    """Whether that is the answer, as a number or as it is typed."""
    number = number_of(given)
    return number is not None and number == question.answer


def token(question: Question) -> str:
    """What a link says to ask this question again."""
    return f"{question.kind}-{question.seed}"


def from_token(text: str) -> Question:
    """The question of a link; ValueError where it says none."""
    found = re.fullmatch(r"([a-z_]+)-(\d{1,9})", text)
    if found is None:
        raise ValueError(f"exercise {text!r} is no kind and seed, such as output_size-7")
    return question(found[1], int(found[2]))
