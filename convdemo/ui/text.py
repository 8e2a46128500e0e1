"""Every string that a visitor can see, in English and Korean."""

import json
from functools import cache
from pathlib import Path

from convdemo import (
    adopt,
    augment,
    convolve,
    convolve_stack,
    file_kinds,
    ingest,
    photo_findings,
    places,
)

LANGUAGES = ("en", "ko")
_FOLDER = Path(__file__).parent / "strings"


@cache
def strings(language: str) -> dict[str, str]:
    """The strings of "en" or "ko" by key; English sentences of the core are written there."""
    own: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.json")):
        own |= json.loads(file.read_text(encoding="utf-8"))
    if language != "en":
        return own
    problems = {
        **ingest.PROBLEMS,
        **adopt.PROBLEMS,
        **augment.PROBLEMS,
        **photo_findings.PROBLEMS,
        **places.PROBLEMS,
        **{f"convolve_{key}": told for key, told in convolve.PROBLEMS.items()},
        **{f"convolve_{key}": told for key, told in convolve_stack.PROBLEMS.items()},
    }
    said = {f"problem.{key}": sentence for key, sentence in problems.items()}
    notes = {f"note.{key}": sentence for key, sentence in ingest.NOTES.items()}
    findings = {f"finding.{key}": sentence for key, sentence in photo_findings.FINDINGS.items()}
    kinds = {f"kind.{key}": told for key, told in file_kinds.KINDS.items()}
    return {**said, **notes, **findings, **kinds, **own}


def known(language: str) -> str:
    """The language that is spoken with somebody who asks for that one."""
    return language if language in LANGUAGES else LANGUAGES[0]


def say(language: str, key: str, **values: object) -> str:
    """The string of that key in that language, its {placeholders} filled. A value that begins with
    "@" is itself a key, as in the page, with the text behind the "|" for where there is none.
    """
    table = strings(language)

    def spoken(value: object) -> object:
        if not isinstance(value, str) or not value.startswith("@"):
            return value
        name, _, otherwise = value[1:].partition("|")
        return table.get(name, otherwise or name)

    filled = {name: spoken(value) for name, value in values.items()}
    return table[key].format(**filled)
