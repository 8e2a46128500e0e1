"""Pictures of somebody's own classes: read once, looked over, and split into parts.

Nothing is written anywhere: a picture is read from its folder, its zip or its upload, turned
upright, made small and kept in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.split import divide, fingerprint, groups_of, on_both_sides
from convdemo.images.decode import PictureError, over_white, read_picture
from convdemo.images.resize import resize

SHORTER_SIDE = 341  # pixels that are kept: the most that a backbone asks for
SMALL = 20  # photos below which a class is called small
UNEVEN = 3  # times as many photos in one class as in another
LARGEST = 1_500_000_000  # bytes of all kept pixels

Progress = Callable[[int, int], bool]  # (done, of) -> whether to go on


@dataclass(frozen=True, eq=False)
class Small:
    """A photo as it is kept: (H, W, 3) uint8, and what tells it from others."""

    pixels: np.ndarray
    digest: str  # of the pixels
    print: int  # 64 bits that look-alikes nearly share


@dataclass(frozen=True)
class Source:
    """A photo that is still to be read, and what its folder says that it is for.

    `read` gives a file, its bytes, or what was made of them.
    """

    label: str
    name: str
    read: Callable[[], bytes | Path | Small]
    part: str | None = None  # "train", "validation", "test"; None: to be drawn
    burst: str = ""  # photos of one burst of a camera


@dataclass(frozen=True, eq=False)
class Photo:
    """(H, W, 3) uint8 upright; `label` counts the classes of its set."""

    label: int
    name: str
    pixels: np.ndarray
    group: int  # photos that look alike share it
    part: int = 0  # as its folder says: to train with, or what a Use has a share for


@dataclass(frozen=True, eq=False)
class PhotoSet:
    """At least two classes, each with photos for every part."""

    classes: tuple[str, ...]
    photos: tuple[Photo, ...]
    findings: tuple[Finding, ...]
    digest: str  # the same for the same photos in the same classes

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64."""
        return np.array([photo.label for photo in self.photos])

    def pixels(self, places: Iterable[int]) -> list[np.ndarray]:
        """The photos at some places, (H, W, 3) uint8 each."""
        return [self.photos[place].pixels for place in places]

    def counts(self) -> dict[str, int]:
        """The photos of each class."""
        return dict(zip(self.classes, np.bincount(self.labels).tolist(), strict=True))


_Read = tuple[Source, Small]


def small_of(rgb: np.ndarray) -> Small:
    """(H, W, 3) uint8 as it is kept."""
    rgb = np.array(rgb, order="C")  # writable, as torch wants it
    digest = hashlib.sha256(rgb.tobytes() + str(rgb.shape).encode()).hexdigest()
    return Small(rgb, digest, fingerprint(rgb))


def small_photo(file: bytes | Path | np.ndarray) -> Small:
    """A photo upright, on white where it is transparent, as small as it is kept.

    PictureError says why it cannot be read.
    """
    rgb = over_white(read_picture(file))
    shorter = min(rgb.shape[:2])
    if shorter > SHORTER_SIDE:
        height, width = (round(side * SHORTER_SIDE / shorter) for side in rgb.shape[:2])
        rgb = resize(rgb, width, height)
    return small_of(rgb)


@dataclass(frozen=True)
class Use:
    """What photos are wanted for: how they are kept, the shares of what is not trained with, and
    the fewest of a class.
    """

    small: Callable[[bytes | Path], Small]
    shares: tuple[float, ...]
    least: int


TRANSFER = Use(small_photo, shares=(0.2,), least=2)
PARTS = ("train", "validate", "test")  # what a class may lack photos for


def read_all(
    sources: Iterable[Source], progress: Progress, use: Use = TRANSFER
) -> Iterator[tuple[Source, Small | None]]:
    """Every photo made small, None for one that cannot be read; decoded side by side.

    PhotoSetError once `progress` says to stop.
    """

    def given(source: Source) -> bytes | Path | Small:
        try:
            return source.read()
        except OSError:
            return b""

    def small(file: bytes | Path | Small) -> Small | None:
        try:
            return file if isinstance(file, Small) else use.small(file)
        except PictureError:
            return None

    sources = tuple(sources)
    at_once = os.cpu_count() or 1
    with ThreadPoolExecutor(at_once) as pool:
        # A few at a time, so that the files of a large zip are never all in memory.
        for start in range(0, len(sources), 4 * at_once):
            some = sources[start : start + 4 * at_once]
            read = pool.map(small, map(given, some))
            for done, (source, one) in enumerate(zip(some, read, strict=True), start=start + 1):
                yield source, one
                if not progress(done, len(sources)):
                    raise PhotoSetError("photos_stopped")


def gather(
    sources: Iterable[Source],
    progress: Progress = lambda done, of: True,
    use: Use = TRANSFER,
    found: tuple[Finding, ...] = (),
) -> PhotoSet:
    """The set that photos make; PhotoSetError says what is missing.

    A photo that comes twice is kept once; one that is in two classes is in none. What was `found`
    where they come from is said first.
    """
    sources = tuple(sources)
    read: list[_Read] = []
    unreadable: list[str] = []
    taken = 0
    for source, small in read_all(sources, progress, use):
        if small is None:
            unreadable.append(source.name)
            continue
        read.append((source, small))
        taken += small.pixels.nbytes
        if taken > LARGEST:
            raise PhotoSetError("photos_large", limit=LARGEST // 1_000_000)
    findings = (*found, Finding("unreadable", len(unreadable), tuple(unreadable)))
    try:
        return _looked_over(tuple(sorted({s.label for s in sources})), read, use, findings)
    except PhotoSetError as error:
        error.findings = tuple(finding for finding in findings if finding.count)
        raise


def _looked_over(
    classes: tuple[str, ...], read: list[_Read], use: Use, found: tuple[Finding, ...]
) -> PhotoSet:
    if not read:
        raise PhotoSetError("photos_none")
    kept, torn, repeated = _once(read)
    if len(classes) == 1:
        raise PhotoSetError("photos_one_class", name=classes[0])
    sources, smalls = zip(*kept, strict=True) if kept else ((), ())
    counts = Counter(source.label for source in sources)
    for name in classes:
        if counts[name] < use.least:
            raise PhotoSetError("photos_few", name=name, photos=counts[name], least=use.least)
    bursts = [source.burst and f"{source.label}/{source.burst}" for source in sources]
    groups = groups_of([small.print for small in smalls], bursts)
    photos = tuple(
        Photo(classes.index(source.label), source.name, small.pixels, group, part)
        for (source, small), group, part in zip(kept, groups, _given(sources, use), strict=True)
    )
    described = [f"{classes.index(source.label)}{small.digest}" for source, small in kept]
    findings = (
        *found,
        Finding("repeated", len(repeated), tuple(repeated)),
        Finding("in_two_classes", len(torn), tuple(torn)),
        *_describe(classes, photos, use),
    )
    return PhotoSet(
        classes,
        photos,
        tuple(finding for finding in findings if finding.count),
        hashlib.sha256("\0".join((*classes, *described)).encode()).hexdigest()[:16],
    )


def _once(read: list[_Read]) -> tuple[list[_Read], list[str], list[str]]:
    """The photos that stay, the names of those in two classes, and of those that came again."""
    owners: dict[str, set[str]] = {}
    for source, small in read:
        owners.setdefault(small.digest, set()).add(source.label)
    kept: dict[str, _Read] = {}
    torn, repeated = [], []
    for source, small in read:
        if len(owners[small.digest]) > 1:
            torn.append(source.name)
        elif small.digest in kept:
            repeated.append(source.name)
        else:
            kept[small.digest] = source, small
    return list(kept.values()), torn, repeated


def _given(sources: Sequence[Source], use: Use) -> list[int]:
    """What each photo is for, as the folders say; all 0 where they name one side only."""
    places = {"train": 0, "validation": 1, "test": len(use.shares)}
    given = [places.get(source.part or "", 0) for source in sources]
    return given if 0 in given else [0] * len(given)


def _describe(classes: tuple[str, ...], photos: tuple[Photo, ...], use: Use) -> tuple[Finding, ...]:
    """What is to be known of the classes; PhotoSetError for one that lacks photos of a part."""
    labels, groups, parts = _columns(photos)
    parts = divide(labels, groups, parts, use.shares)
    for place, name in enumerate(classes):
        for part in range(len(use.shares) + 1):
            if not ((labels == place) & (parts == part)).any():
                raise PhotoSetError("photos_validation", name=name, part=PARTS[part])
    sides = on_both_sides(labels, groups, parts)
    torn = tuple(classes[place] for place in np.unique(labels[sides]))
    counts = np.bincount(labels)
    sizes = np.unique(groups, return_counts=True)[1]
    small = tuple(name for place, name in enumerate(classes) if counts[place] < SMALL)
    largest, smallest = int(counts.argmax()), int(counts.argmin())
    times = int(counts[largest] // counts[smallest])
    return (
        Finding("alike", int(sizes[sizes > 1].sum())),
        Finding("both_sides", int(sides.sum()), torn),
        Finding("small", len(small), small),
        Finding("uneven", times if times >= UNEVEN else 0, (classes[largest], classes[smallest])),
    )


def _columns(photos: tuple[Photo, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) each: the labels, the groups, and the parts as the folders say."""
    columns = np.array([(photo.label, photo.group, photo.part) for photo in photos])
    labels, groups, parts = columns.reshape(-1, 3).T
    return labels, groups, parts


def parts_of(photos: PhotoSet, use: Use = TRANSFER, *, seed: int = 0) -> np.ndarray:
    """(N,) 0 for the photos to train with, 1, 2, ... for what `use` has shares for."""
    return divide(*_columns(photos.photos), use.shares, seed=seed)


def split(photos: PhotoSet, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Places of the photos to train with and to validate, as the folders say or a fifth of a class.

    Photos that look alike stay on one side where that can be.
    """
    parts = parts_of(photos, seed=seed)
    return (parts == 0).nonzero()[0], (parts == 1).nonzero()[0]
