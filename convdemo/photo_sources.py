"""Where photos of somebody's own classes come from: folders, and zips of them.

Class folders lie in the folder itself or in its `train/` and `validation/`. Links that lead out of
the folder are not followed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from .class_folders import (
    PICTURE_SUFFIXES,
    FolderError,
    ZipLimits,
    bytes_of,
    members_of,
    opened_zip,
)
from .photo_set import Heed, PhotoSet, Source, gather

_LIMITS = ZipLimits()
# What people call the two parts.
PARTS = {
    "train": False,
    "training": False,
    "validation": True,
    "valid": True,
    "val": True,
    "test": True,
}


def read_folder(folder: Path, heed: Heed = lambda done, of: True) -> PhotoSet:
    """The photos of class folders; FolderError or PhotoSetError says what is wrong."""
    if not folder.is_dir():
        raise FolderError("not_folder", path=str(folder))
    found = tuple(_in_folder(folder.resolve()))
    if not found:
        raise FolderError("folder_empty", path=str(folder))
    return gather(found, heed)


def _in_folder(folder: Path) -> Iterator[Source]:
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if len(place.parts) < 2 or path.suffix.lower() not in PICTURE_SUFFIXES:
            continue
        if any(part.startswith(".") for part in place.parts):
            continue
        if path.is_file() and path.resolve().is_relative_to(folder):
            yield Source(
                path.parent.name, place.as_posix(), path.read_bytes, _validates(place.parts)
            )


def _validates(parts: tuple[str, ...]) -> bool | None:
    """What the folder around a class folder says of its photos."""
    return PARTS.get(parts[-3].lower()) if len(parts) > 2 else None


def read_zip(
    path: Path, limits: ZipLimits = _LIMITS, heed: Heed = lambda done, of: True
) -> PhotoSet:
    """The photos of a zip of class folders; FolderError or PhotoSetError says what is wrong."""
    with opened_zip(path) as opened:
        return gather(sources_in(opened, limits), heed)


def sources_in(opened: zipfile.ZipFile, limits: ZipLimits = _LIMITS) -> tuple[Source, ...]:
    """The photos of a zip, to be read while it is open; FolderError says why there are none."""

    def source(label: str, info: zipfile.ZipInfo) -> Source:
        place = PurePosixPath(info.filename.replace("\\", "/"))
        return Source(label, str(place), lambda: bytes_of(opened, info), _validates(place.parts))

    members, _ = members_of(opened, limits)
    ordered = sorted(members, key=lambda member: member[1].filename)
    return tuple(source(label, info) for label, info in ordered)
