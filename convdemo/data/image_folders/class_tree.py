"""Which folder is a picture's class, and what it is for, by where pictures lie."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

Folder = tuple[str, ...]  # the names on the way to it
# What people call the parts of a set, whatever the case; "1.Training", "test_set" are the same.
WORDS = {
    **dict.fromkeys(("train", "training", "trainset", "학습", "훈련"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "eval", "검증"), "validation"),
    **dict.fromkeys(("test", "testing", "testset", "시험", "테스트"), "test"),
}
_AROUND = re.compile(r"[\W\d_]+|(?<![a-z])(set|data|dataset|images?|imgs?|photos?|seg)(?![a-z])")


@dataclass(frozen=True)
class Place:
    """The class of a picture, None where it lies in no class folder, and the part it is for."""

    label: str | None
    part: str | None


def part_of(folder: str) -> str | None:
    """The part that a folder's name means, if it means one."""
    return WORDS.get(_AROUND.sub("", folder.lower()))


def places_of(folders: Iterable[Folder]) -> dict[Folder, Place]:
    """The class of the pictures in each folder: the folder below the one they all lie in, whatever
    lies deeper. Folders for parts, which may lie above or below, do not count.
    """
    folders = set(folders)
    below = _tree(folders)
    splits = {folder for folder in below if _is_split(folder, below)}
    without = {folder: _without_parts(folder, splits) for folder in folders}
    tree = _tree(rest for rest, _ in without.values())
    root: Folder = ()
    while len(inside := tree[root] - {""}) == 1 and tree[(*root, *inside)] - {""}:
        root = (*root, *inside)
    depth = len(root)
    return {
        folder: Place(
            rest[depth] if len(rest) > depth and "" not in rest[: depth + 1] else None, part
        )
        for folder, (rest, part) in without.items()
    }


def _tree(folders: Iterable[Folder]) -> dict[Folder, set[str]]:
    """The names in every folder above these."""
    below: dict[Folder, set[str]] = defaultdict(set)
    for folder in folders:
        for depth, name in enumerate(folder):
            below[folder[:depth]].add(name)
    return below


def _is_split(folder: Folder, below: dict[Folder, set[str]]) -> bool:
    """Whether the folders in one are parts of a set: all of them, or two that differ, or those
    alone that have classes inside. "train" among buses and cars is a class.
    """
    parts = {name: part_of(name) for name in below[folder]}
    words = {name for name, part in parts.items() if part}
    deep = {name for name in parts if len(below.get((*folder, name), ())) > 1}
    both = len({part == "train" for part in parts.values() if part}) == 2
    return bool(words) and (words == set(parts) or both or words == deep)


def _without_parts(folder: Folder, splits: set[Folder]) -> tuple[Folder, str | None]:
    """The path without the folders of parts, and the innermost part; "" is one beside them."""
    rest: list[str] = []
    part = None
    for depth, name in enumerate(folder):
        if folder[:depth] not in splits:
            rest.append(name)
        elif word := part_of(name):
            part = word
        else:
            rest.append("")
    return tuple(rest), part
