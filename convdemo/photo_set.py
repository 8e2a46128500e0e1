"""Photos of somebody's own classes: read once, looked over, and split into training and validation.

Nothing is written anywhere: a photo is read from its folder, its zip or its upload, turned
upright, made small and kept in memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .ingest import PictureError, read_picture
from .preprocess import over_white, resize

SHORTER_SIDE = 341  # pixels that are kept: the most that a backbone asks for
FEWEST = 2  # photos of a class: one to train with, one to validate
SMALL = 20  # photos below which a class is called small
UNEVEN = 3  # times as many photos in one class as in another
ALIKE = 4  # of the 64 bits in which two photos of one moment may differ
VALIDATION_SHARE = 0.2
LARGEST = 1_500_000_000  # bytes of all kept pixels
PROBLEMS = {
    "photos_none": "There is no photo here that can be read.",
    "photos_one_class": "There are only photos of {name}: a second class is needed to tell apart.",
    "photos_few": "The class {name} has {photos} photos that can be used; it needs at least "
    "{least}, one to train with and one to validate.",
    "photos_validation": "The class {name} has no photo to {part} with.",
    "photos_large": "These photos take more than {limit} MB of memory; use fewer.",
    "photos_stopped": "The photos were not read to their end.",
}
FINDINGS = ("unreadable", "repeated", "in_two_classes", "alike", "small", "uneven")

Heed = Callable[[int, int], bool]  # (done, of) -> whether to go on


class PhotoSetError(ValueError):
    """Photos that make no set; `problem` is a key of PROBLEMS."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(PROBLEMS[problem].format(**values))
        self.problem = problem
        self.values = values


@dataclass(frozen=True, eq=False)
class Small:
    """A photo as it is kept: (H, W, 3) uint8, and what tells it from others."""

    pixels: np.ndarray
    digest: str  # of the pixels
    print: int  # 64 bits that look-alikes nearly share


@dataclass(frozen=True)
class Source:
    """A photo that is still to be read, and whether its folder says what it is for.

    `read` gives a file's bytes, or what `small_photo` made of them.
    """

    label: str
    name: str
    read: Callable[[], bytes | Small]
    validates: bool | None = None  # None: to be drawn
    burst: str = ""  # photos of one burst of a camera


@dataclass(frozen=True, eq=False)
class Photo:
    """(H, W, 3) uint8 upright; `label` counts the classes of its set."""

    label: int
    name: str
    pixels: np.ndarray
    group: int  # photos that look alike share it
    validates: bool | None = None


@dataclass(frozen=True)
class Finding:
    """Something that one should know of a set: a member of FINDINGS and its numbers."""

    kind: str
    count: int
    names: tuple[str, ...] = ()  # of photos, or of the classes it is about


@dataclass(frozen=True, eq=False)
class PhotoSet:
    """At least two classes with at least two photos each."""

    classes: tuple[str, ...]
    photos: tuple[Photo, ...]
    findings: tuple[Finding, ...]
    digest: str  # the same for the same photos in the same classes

    def counts(self) -> dict[str, int]:
        """The photos of each class."""
        found = Counter(photo.label for photo in self.photos)
        return {name: found[place] for place, name in enumerate(self.classes)}


@dataclass(frozen=True, eq=False)
class _Read:
    source: Source
    small: Small


def gather(sources: Iterable[Source], heed: Heed = lambda done, of: True) -> PhotoSet:
    """The set that photos make; PhotoSetError says what is missing.

    A photo that comes twice is kept once; one that is in two classes is in none.
    """
    sources = tuple(sources)
    read: list[_Read] = []
    unreadable: list[str] = []
    taken = 0
    for done, source in enumerate(sources, start=1):
        one = _read(source)
        if one is None:
            unreadable.append(source.name)
        else:
            read.append(one)
            taken += one.small.pixels.nbytes
        if taken > LARGEST:
            raise PhotoSetError("photos_large", limit=LARGEST // 1_000_000)
        if not heed(done, len(sources)):
            raise PhotoSetError("photos_stopped")
    if not read:
        raise PhotoSetError("photos_none")
    kept, torn, repeated = _once(read)
    classes = tuple(sorted({source.label for source in sources}))
    _check(classes, [one.source for one in kept])
    groups = _alike([one.small.print for one in kept], [one.source for one in kept])
    photos = tuple(
        Photo(
            classes.index(one.source.label),
            one.source.name,
            one.small.pixels,
            group,
            one.source.validates,
        )
        for one, group in zip(kept, groups, strict=True)
    )
    told = [f"{classes.index(one.source.label)}{one.small.digest}" for one in kept]
    findings = (
        Finding("unreadable", len(unreadable), tuple(unreadable)),
        Finding("repeated", len(repeated), tuple(repeated)),
        Finding("in_two_classes", len(torn), tuple(torn)),
        *_looked_over(classes, photos),
    )
    return PhotoSet(
        classes,
        photos,
        tuple(finding for finding in findings if finding.count),
        hashlib.sha256("\0".join((*classes, *told)).encode()).hexdigest()[:16],
    )


def small_photo(file: bytes | Path | np.ndarray) -> Small:
    """A photo upright, on white where it is transparent, as small as it is kept.

    PictureError says why it cannot be read.
    """
    rgb = over_white(read_picture(file))
    shorter = min(rgb.shape[:2])
    if shorter > SHORTER_SIDE:
        height, width = (round(side * SHORTER_SIDE / shorter) for side in rgb.shape[:2])
        rgb = resize(rgb, width, height)
    rgb = np.array(rgb, order="C")  # writable, as torch wants it
    digest = hashlib.sha256(rgb.tobytes() + str(rgb.shape).encode()).hexdigest()
    return Small(rgb, digest, _fingerprint(rgb))


def _read(source: Source) -> _Read | None:
    try:
        given = source.read()
        return _Read(source, given if isinstance(given, Small) else small_photo(given))
    except (PictureError, OSError):
        return None


def _fingerprint(rgb: np.ndarray) -> int:
    """64 bits: whether each of 8x8 places is darker than the place to its right."""
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    bits = (grey[:, :-1].astype(int) < grey[:, 1:]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes())


def _once(read: list[_Read]) -> tuple[list[_Read], list[str], list[str]]:
    """The photos that stay, the names of those in two classes, and of those that came again."""
    owners: dict[str, set[str]] = {}
    for one in read:
        owners.setdefault(one.small.digest, set()).add(one.source.label)
    kept: dict[str, _Read] = {}
    torn, repeated = [], []
    for one in read:
        if len(owners[one.small.digest]) > 1:
            torn.append(one.source.name)
        elif one.small.digest in kept:
            repeated.append(one.source.name)
        else:
            kept[one.small.digest] = one
    return list(kept.values()), torn, repeated


def _check(classes: tuple[str, ...], sources: list[Source]) -> None:
    if len(classes) == 1:
        raise PhotoSetError("photos_one_class", name=classes[0])
    counts = Counter(source.label for source in sources)
    for name in classes:
        if counts[name] < FEWEST:
            raise PhotoSetError("photos_few", name=name, photos=counts[name], least=FEWEST)
    if any(source.validates is not None for source in sources):
        for name in classes:
            parts = {bool(source.validates) for source in sources if source.label == name}
            if len(parts) < 2:
                part = "validate" if False in parts else "train"
                raise PhotoSetError("photos_validation", name=name, part=part)


def _alike(prints: list[int], sources: list[Source]) -> list[int]:
    """The group of every photo: what looks alike, or comes from one burst, shares one."""
    groups = list(range(len(prints)))

    def root(place: int) -> int:
        while groups[place] != place:
            groups[place] = groups[groups[place]]
            place = groups[place]
        return place

    first_of: dict[tuple[str, str], int] = {}
    for place, source in enumerate(sources):
        if source.burst:
            groups[root(place)] = root(first_of.setdefault((source.label, source.burst), place))
    values = np.array(prints, np.uint64)
    for place in range(1, len(values)):
        near = np.bitwise_count(values[:place] ^ values[place]) <= ALIKE
        for other in near.nonzero()[0]:
            groups[root(place)] = root(int(other))
    return [root(place) for place in range(len(groups))]


def _looked_over(classes: tuple[str, ...], photos: tuple[Photo, ...]) -> tuple[Finding, ...]:
    counts = Counter(photo.label for photo in photos)
    sizes = Counter(photo.group for photo in photos)
    alike = sum(size for size in sizes.values() if size > 1)
    small = tuple(name for place, name in enumerate(classes) if counts[place] < SMALL)
    largest, smallest = max(counts, key=lambda c: counts[c]), min(counts, key=lambda c: counts[c])
    times = counts[largest] // counts[smallest]
    return (
        Finding("alike", alike),
        Finding("small", len(small), small),
        Finding("uneven", times if times >= UNEVEN else 0, (classes[largest], classes[smallest])),
    )


def split(photos: PhotoSet, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Places of the photos to train with and to validate, as the folders say or a fifth of a class.

    Photos that look alike stay on one side; a class of one single burst gives up its last fifth.
    """
    places = np.arange(len(photos.photos))
    if any(photo.validates is not None for photo in photos.photos):
        validates = np.array([bool(photo.validates) for photo in photos.photos])
        return places[~validates], places[validates]
    labels = np.array([photo.label for photo in photos.photos])
    groups = np.array([photo.group for photo in photos.photos])
    random = np.random.default_rng(seed)
    chosen: list[int] = []
    for label in range(len(photos.classes)):
        own = places[labels == label]
        wanted = max(1, round(VALIDATION_SHARE * len(own)))
        order = random.permutation(np.unique(groups[own]))
        if len(order) == 1:
            chosen += own[-wanted:].tolist()
            continue
        taken = 0
        for group in order[:-1]:  # at least one group is left to train with
            members = own[groups[own] == group]
            if taken and taken + len(members) > 1.5 * wanted:
                continue
            chosen += members.tolist()
            taken += len(members)
            if taken >= wanted:
                break
    validates = np.isin(places, chosen)
    return places[~validates], places[validates]
