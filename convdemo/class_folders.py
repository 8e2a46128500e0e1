"""A zip of class folders: a folder for each class, its pictures inside, whatever lies around them.

Nothing is unpacked on disk: every picture is read from the zip itself, made small and kept.
"""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from .ingest import Picture, PictureError, read_picture
from .preprocess import over_white, resize

SIDE = 64  # pixels of a picture as it is trained with
FEWEST = 5  # pictures of a class: some to train with, one to validate, one to test
PROBLEMS = {
    "zip_not": "This is not a whole zip file.",
    "zip_password": "This zip is locked with a password.",
    "zip_paths": "This zip has paths that lead out of it ({path}): it is not read.",
    "zip_many": "This zip holds {files} files; at most {limit} are taken.",
    "zip_large": "Unpacked, this zip would take {megabytes} MB; at most {limit} MB are taken.",
    "zip_no_pictures": "There is no folder with pictures in this zip.",
    "zip_no_folders": "The pictures of this zip lie in no folder: put each class into its own.",
    "zip_one_class": "All pictures lie in one folder, {name}: there is nothing to tell apart.",
    "zip_classes": "This zip has {classes} class folders; at most {limit} are taken.",
    "zip_few": "The folder {name} has {pictures} pictures that can be read; each class needs at "
    "least {least}.",
    "zip_stopped": "The zip was not read to its end.",
    "not_folder": "{path} is no folder.",
    "folder_empty": "There is no folder with pictures in {path}.",
}
_ENDINGS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "ppm")
PICTURE_SUFFIXES = tuple(f".{ending}" for ending in _ENDINGS)


class FolderError(ValueError):
    """A zip that makes no data set; `problem` is a key of PROBLEMS."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(PROBLEMS[problem].format(**values))
        self.problem = problem
        self.values = values


@dataclass(frozen=True)
class ZipLimits:
    """What a zip may hold."""

    files: int = 20_000
    megabytes: int = 4_000  # unpacked
    classes: int = 100


@dataclass(frozen=True, eq=False)
class ClassFolders:
    """The pictures (N, 3, SIDE, SIDE) uint8 and labels (N,) of a zip, and what was left out."""

    classes: tuple[str, ...]
    images: np.ndarray
    labels: np.ndarray
    unreadable: int  # pictures that are broken
    without: tuple[str, ...]  # folders in which no picture is


def square(picture: Picture, size: int = SIDE) -> np.ndarray:
    """(3, size, size) uint8: the middle square of a picture, on white where it is transparent."""
    rgb = over_white(picture)
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(rgb[top : top + side, left : left + side])
    return np.ascontiguousarray(resize(middle, size, size).transpose(2, 0, 1))


def read_zip(
    path: Path,
    limits: ZipLimits,
    heed: Callable[[int, int], bool] = lambda done, of: True,
) -> ClassFolders:
    """The pictures in a zip of class folders; FolderError says why there is no data set in it.

    `heed(done, of)` is told how many pictures are read and answers whether to go on.
    """
    with opened_zip(path) as opened:
        members, without = members_of(opened, limits)
        return _gather(opened, members, without, heed)


def opened_zip(path: Path) -> zipfile.ZipFile:
    """A zip to read from; FolderError for a file that is none."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:  # OSError: a directory that lies before the file
        raise FolderError("zip_not") from error


def members_of(
    opened: zipfile.ZipFile, limits: ZipLimits
) -> tuple[list[tuple[str, zipfile.ZipInfo]], tuple[str, ...]]:
    """(class, member) of every picture, and the names of folders without one.

    FolderError for a zip that is too large, locked, leads out of itself or has no two classes.
    """
    infos = opened.infolist()
    if len(infos) > limits.files:
        raise FolderError("zip_many", files=len(infos), limit=limits.files)
    members: list[tuple[str, zipfile.ZipInfo]] = []
    folders: set[str] = set()
    loose = 0
    for info in infos:
        place = PurePosixPath(info.filename.replace("\\", "/"))
        if ".." in place.parts or place.is_absolute() or ":" in place.parts[0]:
            raise FolderError("zip_paths", path=info.filename[:80])
        if "__MACOSX" in place.parts or place.name.startswith("."):
            continue
        if info.is_dir():
            folders.add(place.name)
        elif place.suffix.lower() in PICTURE_SUFFIXES:
            if len(place.parts) > 1:
                members.append((place.parts[-2], info))
            else:
                loose += 1
    size = sum(info.file_size for _, info in members)
    if size > limits.megabytes * 1_000_000:
        raise FolderError("zip_large", megabytes=size // 1_000_000, limit=limits.megabytes)
    if not members:
        raise FolderError("zip_no_folders" if loose else "zip_no_pictures")
    if any(info.flag_bits & 1 for _, info in members):
        raise FolderError("zip_password")
    classes = {name for name, _ in members}
    if len(classes) == 1:
        raise FolderError("zip_one_class", name=next(iter(classes)))
    if len(classes) > limits.classes:
        raise FolderError("zip_classes", classes=len(classes), limit=limits.classes)
    # A folder around the class folders holds none itself.
    around = {part for _, info in members for part in PurePosixPath(info.filename).parts[:-2]}
    return members, tuple(sorted(folders - classes - around))


def _gather(
    opened: zipfile.ZipFile,
    members: list[tuple[str, zipfile.ZipInfo]],
    without: tuple[str, ...],
    heed: Callable[[int, int], bool],
) -> ClassFolders:
    names = tuple(sorted({name for name, _ in members}))
    images: list[np.ndarray] = []
    labels: list[int] = []
    read = zip(members, _decoded(opened, members), strict=True)
    for done, ((name, _), image) in enumerate(read, start=1):
        if image is not None:
            images.append(image)
            labels.append(names.index(name))
        if not heed(done, len(members)):
            raise FolderError("zip_stopped")
    counts = Counter(labels)
    for place, name in enumerate(names):
        if counts[place] < FEWEST:
            raise FolderError("zip_few", name=name, pictures=counts[place], least=FEWEST)
    return ClassFolders(
        names,
        np.stack(images),
        np.array(labels, np.int64),
        unreadable=len(members) - len(images),
        without=without,
    )


def bytes_of(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """What a member holds; nothing where it is broken, which costs this one picture."""
    try:
        return opened.read(info)
    # A wrong checksum, broken data (an OSError where bzip2 packed it), or a compression that Python
    # does not know.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        NotImplementedError,
    ):
        return b""


def _decoded(
    opened: zipfile.ZipFile, members: list[tuple[str, zipfile.ZipInfo]]
) -> Iterator[np.ndarray | None]:
    """Every picture made small, None for one that cannot be read; decoded side by side."""

    def small(data: bytes) -> np.ndarray | None:
        try:
            return square(read_picture(data))
        except PictureError:
            return None

    at_once = os.cpu_count() or 1
    with ThreadPoolExecutor(at_once) as pool:
        # A few at a time, so that the pictures of a large zip are never all in memory.
        for start in range(0, len(members), 4 * at_once):
            some = [bytes_of(opened, info) for _, info in members[start : start + 4 * at_once]]
            yield from pool.map(small, some)
