"""Photos of one's own classes, put together one by one, in memory."""

from __future__ import annotations

import re
import secrets
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import (
    PhotoSet,
    Small,
    Source,
    gather,
    read_all,
    small_photo,
)
from convdemo.data.image_folders.reader import ZipLimits, found_in
from convdemo.errors import Problem
from convdemo.images.render import encode_png

LONGEST_NAME = 200  # as long as a request's
EXAMPLES_EACH = 16


PROBLEMS = {
    "album_class_gone": "This class is no longer there.",
    "album_classes": "There are {limit} classes already; more are not taken.",
    "album_no_name": "A class needs a name.",
    "album_same_name": "There is a class {name} already; choose another name.",
    "album_photos": "At most {limit} photos are kept here; remove some first.",
    "album_zip": "This zip has {photos} photos; at most {limit} are kept here.",
}


class AlbumError(Problem):
    """What cannot be put into an album; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS


@dataclass(frozen=True)
class Limits:
    """What is kept at most; `sets` are those of everybody, `minutes` that one stays untouched."""

    photos: int = 4_000
    classes: int = 100
    sets: int = 12
    minutes: float = 12 * 60


@dataclass(frozen=True, eq=False)
class Kept:
    """A photo of a class."""

    id: str
    name: str
    small: Small
    burst: str = ""
    part: str | None = None


@dataclass(eq=False)
class Group:
    """A class as it is put together."""

    id: str
    name: str
    photos: dict[str, Kept] = field(default_factory=dict)


class Album:
    """Classes and their photos; every change makes another `version`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lock = threading.RLock()
        self.groups: dict[str, Group] = {}
        self.example = False
        self.version = 0
        self.touched = time.monotonic()
        self._gathered: tuple[int, PhotoSet | PhotoSetError] | None = None

    def photos(self) -> Iterator[tuple[Group, Kept]]:
        """Every photo with its class."""
        for group in self.groups.values():
            for kept in group.photos.values():
                yield group, kept

    @property
    def count(self) -> int:
        return sum(len(group.photos) for group in self.groups.values())

    def changed(self) -> None:
        """Note that somebody works on it."""
        self.version += 1
        self.touched = time.monotonic()

    def group(self, key: str | None) -> Group:
        """The class of that id; AlbumError where it is gone."""
        if key not in self.groups:
            raise AlbumError("album_class_gone")
        return self.groups[key]

    def add_group(self, name: str) -> Group:
        """A new empty class; AlbumError for a name that is taken or where there are too many."""
        name = self.free_name(name)
        if len(self.groups) >= self.limits.classes:
            raise AlbumError("album_classes", limit=self.limits.classes)
        group = Group(secrets.token_hex(4), name)
        self.groups[group.id] = group
        self.changed()
        return group

    def free_name(self, name: str, *, other_than: str = "") -> str:
        """The name tidied up; AlbumError where it is empty or another class has it."""
        tidy = tidy_name(name)
        if not tidy:
            raise AlbumError("album_no_name")
        if any(group.name == tidy and group.id != other_than for group in self.groups.values()):
            raise AlbumError("album_same_name", name=tidy)
        return tidy

    def add(self, group: Group, photo: Kept) -> bool:
        """Put a photo into a class; False where it is there, AlbumError where there is no room."""
        if any(photo.small.digest == other.small.digest for other in group.photos.values()):
            return False
        if self.count >= self.limits.photos:
            raise AlbumError("album_photos", limit=self.limits.photos)
        group.photos[photo.id] = photo
        self.changed()
        return True

    def clear(self, names: list[str]) -> None:
        """Begin anew with these classes, all of them empty."""
        self.groups.clear()
        self.example = False
        for name in names:
            self.add_group(name)
        self.changed()

    def take_in(self, groups: Mapping[str, list[Kept]]) -> int:
        """Put photos into the classes of these names, and say how many were there already; the
        example and empty classes make room.
        """
        repeated = 0
        with self.lock:
            if self.example:
                self.clear([])
            for group in [one for one in self.groups.values() if not one.photos]:
                del self.groups[group.id]
            for name, photos in groups.items():
                known = next((one for one in self.groups.values() if one.name == name), None)
                group = known or self.add_group(name)
                repeated += sum(not self.add(group, photo) for photo in photos)
            self.changed()
        return repeated

    def torn(self) -> tuple[str, ...]:
        """The ids of photos that lie in two classes."""
        owners: dict[str, set[str]] = {}
        for group, kept in self.photos():
            owners.setdefault(kept.small.digest, set()).add(group.id)
        return tuple(kept.id for _, kept in self.photos() if len(owners[kept.small.digest]) > 1)

    def gathered(self) -> PhotoSet | PhotoSetError:
        """The set that the photos make, or what is missing; worked out once for each version.

        A photo's name in it is its id here.
        """
        with self.lock:
            if self._gathered is None or self._gathered[0] != self.version:
                sources = [_source(group, kept) for group, kept in self.photos()]
                try:
                    found: PhotoSet | PhotoSetError = gather(sources)
                except PhotoSetError as error:
                    found = error
                self._gathered = self.version, found
            return self._gathered[1]

    def show_example(self, names: tuple[str, str]) -> None:
        """Fill it with drawn shoes and bags, so that there is something to train with at once."""
        self.clear(list(names))
        for group, photos in zip(self.groups.values(), drawn_examples(), strict=True):
            group.photos = {photo.id: photo for photo in photos}
        self.example = True
        self.changed()


def _source(group: Group, kept: Kept) -> Source:
    return Source(group.name, kept.id, lambda: kept.small, kept.part, kept.burst)


def tidy_name(name: str) -> str:
    """A class's name as it is shown: one line of at most 200 characters, whatever they are."""
    # The strings of a page give the stroke a meaning of its own.
    printable = "".join(c if c.isprintable() or c == "\u200d" else " " for c in name)
    return re.sub(r"\s+", " ", printable.replace("|", "/")).strip()[:LONGEST_NAME].strip()


def kept_photo(small: Small, name: str, **more: Any) -> Kept:
    """A photo to be put into a class."""
    return Kept(secrets.token_hex(6), name[:200], small, **more)


def read_zip(
    path: Path, limits: ZipLimits, most: int, progress: Callable[[int, int], bool]
) -> tuple[dict[str, list[Kept]], tuple[Finding, ...]]:
    """The photos of a zip of class folders, by class, and what is to be known of the rest.

    PhotoSetError or AlbumError says why there are none.
    """
    groups: dict[str, list[Kept]] = {}
    unreadable: list[str] = []
    with found_in(path, limits) as found:
        if len(found.sources) > most:
            raise AlbumError("album_zip", photos=len(found.sources), limit=most)
        names = _different_names(source.label for source in found.sources)
        for source, small in read_all(found.sources, progress):
            if small is None:
                unreadable.append(source.name)
            else:
                photo = kept_photo(small, source.name, part=source.part)
                groups.setdefault(names[source.label], []).append(photo)
    told = Finding("unreadable", len(unreadable), tuple(unreadable))
    return groups, (*found.findings, *[told] * bool(unreadable))


def _different_names(labels: Iterable[str]) -> dict[str, str]:
    """A tidy name for each class, no two the same."""
    found: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        name, number = tidy_name(label) or "?", 2
        while name in found.values():
            name, number = f"{tidy_name(label)[: LONGEST_NAME - 4]} {number}", number + 1
        found[label] = name
    return found


def write_zip(album: Album, path: Path) -> None:
    """All photos as a zip of class folders, which gives the same set again."""
    with album.lock:
        photos = [(group.name, kept) for group, kept in album.photos()]
    if not photos:
        raise PhotoSetError("photos_none")
    folders = folder_names([name for name, _ in photos])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as opened:
        for place, (name, kept) in enumerate(photos, start=1):
            opened.writestr(f"{folders[name]}/{place:04}.png", encode_png(kept.small.pixels))


def folder_names(classes: Iterable[str]) -> dict[str, str]:
    """A folder for each class, no two the same, whatever the names are."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(classes):
        stem = re.sub(r'[\\/:*?"<>|]', "-", name).strip(". ") or "class"
        folder, number = stem, 2
        while folder in found.values():
            folder, number = f"{stem}-{number}", number + 1
        found[name] = folder
    return found


@cache
def drawn_examples() -> tuple[tuple[Kept, ...], tuple[Kept, ...]]:
    """Shoes and bags that we draw ourselves: the same ones every time."""
    from convdemo.data.garment_photos.drawings.garments import BAG, SANDAL, SNEAKER, draw_clothes

    def drawn(name: str, *labels: int) -> tuple[Kept, ...]:
        random = np.random.default_rng(labels[0])
        photos = []
        for place in range(EXAMPLES_EACH):
            small = small_photo(draw_clothes(labels[place % len(labels)], random))
            photos.append(replace(kept_photo(small, f"{name}-{place}.png"), id=f"{name}{place}"))
        return tuple(photos)

    return drawn("shoes", SNEAKER, SANDAL), drawn("bag", BAG)
