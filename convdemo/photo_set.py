"""Pictures of somebody's own classes: read once, looked over, and split into parts.

Nothing is written anywhere: a picture is read from its folder, its zip or its upload, turned
upright, made small and kept in memory.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .ingest import PictureError, read_picture
from .photo_split import divide, on_both_sides
from .preprocess import over_white, resize

SHORTER_SIDE = 341  # pixels that are kept: the most that a backbone asks for
SMALL = 20  # photos below which a class is called small
UNEVEN = 3  # times as many photos in one class as in another
ALIKE = 4  # of the 64 bits in which two photos of one moment may differ
LARGEST = 1_500_000_000  # bytes of all kept pixels
PROBLEMS = {
    "photos_none": "There is no picture here that can be read.",
    "photos_kind": "None of the {files} files here is a picture that can be read ({count} {of}); "
    "JPEG, PNG, WebP, GIF, BMP, TIFF and AVIF are.",
    "photos_no_folders": "The {pictures} pictures here lie in no class folder: put each class "
    "into its own.",
    "photos_one_class": "There are only pictures of {name}: a second class is needed to tell "
    "apart.",
    "photos_classes": "There are {classes} class folders; at most {limit} are taken.",
    "photos_few": "The class {name} has {photos} pictures that can be used; it needs at least "
    "{least}.",
    "photos_validation": "The class {name} has no picture to {part} with.",
    "photos_large": "These pictures take more than {limit} MB of memory; use fewer.",
    "photos_stopped": "The pictures were not read to their end.",
    "photos_missing": "There is no file or folder {path} that can be opened.",
    "zip_not": "This is not a whole zip file.",
    "zip_kind": "This is no zip, but: {of}.",
    "zip_password": "This zip is locked with a password.",
    "zip_paths": "This zip has paths that lead out of it ({path}): it is not read.",
    "zip_many": "This zip holds {files} files; at most {limit} are taken.",
    "zip_large": "Unpacked, this zip would take {megabytes} MB; at most {limit} MB are taken.",
}
# What one should know of a set. The first five are about what lies beside the pictures.
FINDINGS = {
    "kind": "Files left out, not pictures that can be read: {count} {of} ({names}).",
    "link": "Links, or what else cannot be opened, left out: {count} ({names}).",
    "hidden": "Hidden and system files left out: {count} ({names}).",
    "loose": "Pictures left out, in no class folder: {count} ({names}).",
    "without": "Folders without a picture that can be read: {count} ({names}).",
    "unreadable": "Damaged pictures left out: {count} ({names}).",
    "repeated": "Pictures that came again and count once: {count}.",
    "in_two_classes": "Pictures in two classes, in use in neither: {count}. Remove each from the "
    "class where it is wrong.",
    "alike": "{count} pictures look alike, as from one burst. They stay together in training or in "
    "validation; pictures of other moments teach more.",
    "both_sides": "{count} pictures look alike and lie on both sides of the split ({names}): "
    "new pictures may be read less well than those that validate.",
    "small": "Fewer than 20 pictures: {names}. More of them make the result better, and surer.",
    "uneven": "{first} has {count} times as many pictures as {second}; add some there, or the "
    "network leans to {first}.",
}
NAMED = 5  # names of a finding that are said

Heed = Callable[[int, int], bool]  # (done, of) -> whether to go on


class PhotoSetError(ValueError):
    """Pictures that make no set; `problem` is a key of PROBLEMS, `findings` are what was found."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(PROBLEMS[problem].format(**values))
        self.problem = problem
        self.values = values
        self.findings: tuple[Finding, ...] = ()


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


@dataclass(frozen=True)
class Finding:
    """Something that one should know of a set: a key of FINDINGS and its numbers."""

    kind: str
    count: int
    names: tuple[str, ...] = ()  # of photos, of folders, or of the classes it is about
    of: str = ""  # the kind of file

    def __str__(self) -> str:
        names = ", ".join(self.names[:NAMED]) + " and others" * (len(self.names) > NAMED)
        first, second = (*self.names, "", "")[:2]
        return FINDINGS[self.kind].format(
            count=self.count, names=names, of=self.of, first=first, second=second
        )


@dataclass(frozen=True, eq=False)
class PhotoSet:
    """At least two classes, each with photos for every part."""

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


def small_of(rgb: np.ndarray) -> Small:
    """(H, W, 3) uint8 as it is kept."""
    rgb = np.array(rgb, order="C")  # writable, as torch wants it
    digest = hashlib.sha256(rgb.tobytes() + str(rgb.shape).encode()).hexdigest()
    return Small(rgb, digest, _fingerprint(rgb))


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
    sources: Iterable[Source], heed: Heed, use: Use = TRANSFER
) -> Iterator[tuple[Source, Small | None]]:
    """Every photo made small, None for one that cannot be read; decoded side by side.

    PhotoSetError once `heed` says to stop.
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
                if not heed(done, len(sources)):
                    raise PhotoSetError("photos_stopped")


def gather(
    sources: Iterable[Source],
    heed: Heed = lambda done, of: True,
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
    for source, small in read_all(sources, heed, use):
        if small is None:
            unreadable.append(source.name)
            continue
        read.append(_Read(source, small))
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
    counts = Counter(one.source.label for one in kept)
    for name in classes:
        if counts[name] < use.least:
            raise PhotoSetError("photos_few", name=name, photos=counts[name], least=use.least)
    sources = [one.source for one in kept]
    groups = _alike([one.small.print for one in kept], sources)
    photos = tuple(
        Photo(classes.index(one.source.label), one.source.name, one.small.pixels, group, part)
        for one, group, part in zip(kept, groups, _given(sources, use), strict=True)
    )
    told = [f"{classes.index(one.source.label)}{one.small.digest}" for one in kept]
    findings = (
        *found,
        Finding("repeated", len(repeated), tuple(repeated)),
        Finding("in_two_classes", len(torn), tuple(torn)),
        *_told(classes, photos, use),
    )
    return PhotoSet(
        classes,
        photos,
        tuple(finding for finding in findings if finding.count),
        hashlib.sha256("\0".join((*classes, *told)).encode()).hexdigest()[:16],
    )


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


def _given(sources: list[Source], use: Use) -> list[int]:
    """What each photo is for, as the folders say; all 0 where they name one side only."""
    places = {"train": 0, "validation": 1, "test": len(use.shares)}
    given = [places.get(source.part or "", 0) for source in sources]
    return given if 0 in given else [0] * len(given)


def _alike(prints: list[int], sources: list[Source]) -> list[int]:
    """The group of every photo: what looks alike, or comes from one burst, shares one."""
    values, places = np.unique(np.array(prints, np.uint64), return_inverse=True)
    groups = np.arange(len(values))

    def join(members: np.ndarray) -> None:
        joined = np.zeros(len(values), bool)
        joined[members] = True
        groups[joined[groups]] = members[0]

    for place in range(1, len(values)):
        near = np.bitwise_count(values[:place] ^ values[place]) <= ALIKE
        if near.any():
            join(np.append(groups[:place][near], place))
    first_of: dict[tuple[str, str], int] = {}
    for place, source in zip(places, sources, strict=True):
        if source.burst:
            first = first_of.setdefault((source.label, source.burst), int(place))
            join(groups[[first, place]])
    return groups[places].tolist()


def _told(classes: tuple[str, ...], photos: tuple[Photo, ...], use: Use) -> tuple[Finding, ...]:
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
