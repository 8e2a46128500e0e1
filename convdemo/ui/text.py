"""Every string that a visitor can see, in English and Korean."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from functools import cache

from convdemo import files
from convdemo.augmentation.problems import PROBLEMS
from convdemo.convolution import architecture, operation
from convdemo.data.image_folders import album
from convdemo.data.image_folders import findings as photo_findings
from convdemo.images import decode, look, signatures
from convdemo.inference import upload
from convdemo.paths import PACKAGE
from convdemo.transfer import jobs

LANGUAGES = ("en", "ko")
_FOLDER = PACKAGE / "ui" / "strings"


def strings(language: str) -> dict[str, str]:
    """The strings of "en" or "ko" by key, English for any other word, which a request may bring;
    English sentences of the core are written there.
    """
    return _read(known(language))


@cache
def _read(language: str) -> dict[str, str]:
    own: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.json")):
        own |= json.loads(file.read_text(encoding="utf-8"))
    if language != "en":
        return own
    problems = {
        **decode.PROBLEMS,
        **upload.PROBLEMS,
        **PROBLEMS,
        **photo_findings.PROBLEMS,
        **album.PROBLEMS,
        **jobs.PROBLEMS,
        **files.PROBLEMS,
        **{f"convolve_{key}": told for key, told in operation.PROBLEMS.items()},
        **{f"convolve_{key}": told for key, told in architecture.PROBLEMS.items()},
    }
    said = {f"problem.{key}": sentence for key, sentence in problems.items()}
    notes = {f"note.{key}": sentence for key, sentence in decode.NOTES.items()}
    findings = {f"finding.{key}": sentence for key, sentence in photo_findings.FINDINGS.items()}
    kinds = {f"kind.{key}": told for key, told in signatures.KINDS.items()}
    words = {f"figure.{key}": word for key, word in look.WORDS.items()}
    return {**said, **notes, **findings, **kinds, **words, **own}


class Words(dict[str, dict[str, str]]):
    """Strings of both languages for a display. Its script takes those of the `parts`, (prefixes,
    what is dropped), out of `table`, which a browser fetches once for all displays.
    """

    def __init__(
        self, found: dict[str, dict[str, str]], parts: Sequence[tuple[Sequence[str], str]]
    ):
        super().__init__(found)
        self.parts = list(parts)

    def __or__(self, other: Words) -> Words:  # type: ignore[override]
        found = {language: {**self[language], **other[language]} for language in LANGUAGES}
        return Words(found, [*self.parts, *other.parts])


def words(*prefixes: str, drop: str = "") -> Words:
    """The strings of both languages whose keys begin so, for a display; `drop` is taken out of the
    keys.
    """
    found = {
        language: {
            key.replace(drop, "", 1): sentence
            for key, sentence in strings(language).items()
            if key.startswith(prefixes)
        }
        for language in LANGUAGES
    }
    return Words(found, [(prefixes, drop)])


@cache
def table() -> tuple[str, bytes]:
    """All strings by language and key as zipped JSON, and the name of that file, another one
    whenever they change.
    """
    told = json.dumps({one: strings(one) for one in LANGUAGES}, ensure_ascii=False).encode()
    return f"words-{hashlib.sha256(told).hexdigest()[:8]}.json", gzip.compress(told, mtime=0)


def known(language: str) -> str:
    """The language that is spoken with somebody who asks for that one."""
    return language if language in LANGUAGES else LANGUAGES[0]


def say(language: str, key: str, **values: object) -> str:
    """The string of that key in that language, its {placeholders} filled. A value that begins with
    "@" is itself a key, as in the page, with the text behind the "|" for where there is none.
    """
    filled = {name: looked_up(language, value) for name, value in values.items()}
    return strings(language)[key].format(**filled)


def looked_up(language: str, value: object) -> object:
    """What fills a gap, as `say` has it."""
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    name, _, otherwise = value[1:].partition("|")
    return strings(language).get(name, otherwise or name)
