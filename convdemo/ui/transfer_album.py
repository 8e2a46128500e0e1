"""The photos of visitors' own classes: kept in memory for as long as somebody works on them."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet, Small, Source, gather, small_photo
from convdemo.ui.wire import Refused

LONGEST_NAME = 200  # as long as a request's
EXAMPLES_EACH = 16
RESTING = 5 * 60  # seconds after which somebody else may have the place of a set


@dataclass(frozen=True)
class Limits:
    """What is kept at most; `sets` are those of all visitors."""

    photos: int = 4_000
    classes: int = 100
    sets: int = 12
    minutes: float = 12 * 60  # that a set stays untouched


LOCAL = Limits()
ON_SPACE = Limits(photos=600, classes=50, sets=3, minutes=30)


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


@dataclass(eq=False)
class Intake:
    """A zip that is being read, and what became of it."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))
    started: float = field(default_factory=time.monotonic)
    done: int = 0
    of: int = 0
    stopped: bool = False
    over: bool = False
    findings: tuple[Finding, ...] = ()
    refused: Refused | None = None

    def progress(self, done: int, of: int) -> bool:
        """Note the progress; False once it is to stop."""
        self.done, self.of = done, of
        return not self.stopped


class Album:
    """The classes and photos of one visitor; every change makes another `version`."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.lock = threading.RLock()
        self.groups: dict[str, Group] = {}
        self.example = False
        self.version = 0
        self.touched = time.monotonic()
        self.intake: Intake | None = None
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
        """The class of that id; Refused where it is gone."""
        if key not in self.groups:
            raise Refused("transfer_class_gone")
        return self.groups[key]

    def add_group(self, name: str) -> Group:
        """A new empty class; Refused for a name that is taken or where there are too many."""
        name = self.free_name(name)
        if len(self.groups) >= self.limits.classes:
            raise Refused("transfer_classes", limit=self.limits.classes)
        group = Group(secrets.token_hex(4), name)
        self.groups[group.id] = group
        self.changed()
        return group

    def free_name(self, name: str, *, other_than: str = "") -> str:
        """The name tidied up; Refused where it is empty or another class has it."""
        tidy = tidy_name(name)
        if not tidy:
            raise Refused("transfer_no_name")
        if any(group.name == tidy and group.id != other_than for group in self.groups.values()):
            raise Refused("transfer_same_name", name=tidy)
        return tidy

    def add(self, group: Group, photo: Kept) -> bool:
        """Put a photo into a class; False where it is there already, Refused where none fits in."""
        if any(photo.small.digest == other.small.digest for other in group.photos.values()):
            return False
        if self.count >= self.limits.photos:
            raise Refused("transfer_photos", limit=self.limits.photos)
        group.photos[photo.id] = photo
        self.changed()
        return True

    def clear(self, names: list[str]) -> None:
        """Begin anew with these classes, all of them empty."""
        self.groups.clear()
        self.example = False
        self.intake = None if self.intake is None or self.intake.over else self.intake
        for name in names:
            self.add_group(name)
        self.changed()

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
    # The page's strings give the stroke a meaning of its own.
    printable = "".join(c if c.isprintable() or c == "\u200d" else " " for c in name)
    return re.sub(r"\s+", " ", printable.replace("|", "/")).strip()[:LONGEST_NAME].strip()


def kept_photo(small: Small, name: str, **more: Any) -> Kept:
    """A photo to be put into a class."""
    return Kept(secrets.token_hex(6), name[:200], small, **more)


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


class Albums:
    """The albums of all visitors, by their key."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._of: dict[str, Album] = {}
        self._lock = threading.Lock()

    def of(self, owner: str, busy: frozenset[str] = frozenset()) -> Album | None:
        """The visitor's album; None where there is none, or none any longer."""
        with self._lock:
            self._let_go(busy | {owner})
            return self._of.get(owner)

    def open(self, owner: str, busy: frozenset[str] = frozenset()) -> Album:
        """The visitor's album, a new one where there is none; Refused while every place is taken.

        Sets of those who are in `busy` stay. An album that holds only the example takes no place.
        """
        with self._lock:
            self._let_go(busy | {owner})
            album = self._of.setdefault(owner, Album(self.limits))
            album.touched = time.monotonic()
            return album

    def make_room(self, owner: str, busy: frozenset[str] = frozenset()) -> None:
        """Before photos are added: the set that rests longest goes; Refused where none rests."""
        with self._lock:
            others = {k: a for k, a in self._of.items() if k != owner and _takes_place(a)}
            if len(others) < self.limits.sets:
                return
            resting = {k: a for k, a in others.items() if k not in busy and _rests(a)}
            if not resting:
                raise Refused("transfer_full", sets=self.limits.sets)
            del self._of[min(resting, key=lambda key: resting[key].touched)]

    def _let_go(self, busy: frozenset[str] | set[str]) -> None:
        now = time.monotonic()
        for key, album in list(self._of.items()):
            if key not in busy and now - album.touched > 60 * self.limits.minutes:
                del self._of[key]


def _takes_place(album: Album) -> bool:
    return album.count > 0 and not album.example


def _rests(album: Album) -> bool:
    return time.monotonic() - album.touched > RESTING
