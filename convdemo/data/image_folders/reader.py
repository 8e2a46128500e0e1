"""The one reader of pictures in class folders: of a folder or a zip, whatever lies around them.

Nothing is unpacked on disk, so that no name in a zip can lead anywhere. What is a picture is known
by what is in a file, not by its name; what is left out is counted.
"""

from __future__ import annotations

import lzma
import os
import posixpath
import stat
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from convdemo.data.image_folders.class_tree import Folder, places_of
from convdemo.data.image_folders.file_names import names_in, on_disk, tidy
from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import TRANSFER, PhotoSet, Progress, Source, Use, gather
from convdemo.images.decode import MAX_MEGABYTES, is_picture
from convdemo.images.signatures import PICTURE_KINDS, file_kind

HEAD = 512  # bytes that tell what a file is
# What systems put beside people's files; of the names that begin with a dot, too, none is theirs.
SYSTEM = (
    *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "lost+found"),
    *("system volume information", "@eadir", "@recycle", "#recycle", "#snapshot"),
)


@dataclass(frozen=True)
class ZipLimits:
    """What a zip may hold."""

    files: int = 20_000
    megabytes: int = 4_000  # unpacked
    classes: int = 100


@dataclass(frozen=True)
class Found:
    """The pictures of class folders, to be read, and what else lies there."""

    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _File:
    """A file by its path; `head` gives its first bytes, None where it is broken."""

    path: Folder
    head: Callable[[], bytes | None]
    read: Callable[[], bytes | Path]
    link: bool = False


_LIMITS = ZipLimits()
KINDS = ("kind", "link", "hidden", "loose", "without")  # in which order they are told


def read_photos(
    path: Path,
    progress: Progress = lambda done, of: True,
    *,
    use: Use = TRANSFER,
    limits: ZipLimits = _LIMITS,
) -> PhotoSet:
    """The set in a folder, or a zip, of class folders; PhotoSetError says why there is none."""
    with found_in(path, limits) as found:
        return gather(found.sources, progress, use, found.findings)


@contextmanager
def found_in(path: Path, limits: ZipLimits = _LIMITS) -> Iterator[Found]:
    """What lies in a folder or a zip, to be read meanwhile; PhotoSetError where there is no set."""
    if os.path.isdir(path):
        yield _found(*_in_folder(path.resolve()))
    elif not os.path.isfile(path):
        raise PhotoSetError("photos_missing", path=str(path))
    else:
        with _opened(path) as opened:
            yield _found(*_in_zip(opened, limits), limits.classes)


def _found(files: Iterable[_File], folders: Iterable[Folder], most: int | None = None) -> Found:
    """The classes of the pictures, at most so many, and what is to be known of the rest."""
    left: dict[tuple[str, str], list[Folder]] = defaultdict(list)
    pictures: list[_File] = []
    for file in sorted(files, key=lambda file: file.path):
        if hidden := _hidden(file.path):
            left["hidden", ""].append(hidden)
        elif file.link:
            left["link", ""].append(file.path)
        elif kind := _kind(file):
            left["kind", kind].append(file.path)
        else:
            pictures.append(file)
    # A class of which no picture can be read is a class for all that.
    unread = [path for kind in PICTURE_KINDS for path in left.get(("kind", kind), ())]
    places = places_of(path[:-1] for path in (*(file.path for file in pictures), *unread))
    sources = []
    for file in pictures:
        place = places[file.path[:-1]]
        if place.label is None:
            left["loose", ""].append(file.path)
        else:
            sources.append(Source(place.label, "/".join(file.path), file.read, place.part))
    above = {file.path[:depth] for file in pictures for depth in range(len(file.path))}
    bare = {folder for folder in folders if folder not in above and not _hidden(folder)}
    left["without", ""] = sorted(folder for folder in bare if folder[:-1] in above)
    groups = sorted(left.items(), key=lambda one: (KINDS.index(one[0][0]), -len(one[1]), one[0]))
    findings = tuple(
        Finding(kind, len(paths), _where(kind, paths), of) for (kind, of), paths in groups if paths
    )
    try:
        _check(sources, findings, most)
    except PhotoSetError as error:
        said = error.values.get("files", error.values.get("pictures"))  # by the sentence itself
        error.findings = tuple(
            one for one in findings if one.kind not in ("kind", "loose") or one.count != said
        )
        raise
    return Found(tuple(sources), findings)


def _where(kind: str, paths: list[Folder]) -> tuple[str, ...]:
    """The paths; of files that come in numbers their folders, where they lie in any."""
    within = kind in ("kind", "loose")
    return tuple(dict.fromkeys("/".join((within and path[:-1]) or path) for path in paths))


def _check(sources: list[Source], findings: tuple[Finding, ...], most: int | None) -> None:
    classes = {source.label for source in sources}
    others = [finding for finding in findings if finding.kind == "kind"]
    loose = sum(finding.count for finding in findings if finding.kind == "loose")
    if loose and not sources:
        raise PhotoSetError("photos_no_folders", pictures=loose)
    if others and not sources:
        first = max(others, key=lambda finding: finding.count)
        files = sum(finding.count for finding in others)
        raise PhotoSetError("photos_kind", files=files, count=first.count, of=first.of)
    if not sources:
        raise PhotoSetError("photos_none")
    if len(classes) == 1:
        raise PhotoSetError("photos_one_class", name=next(iter(classes)))
    if most is not None and len(classes) > most:
        raise PhotoSetError("photos_classes", classes=len(classes), limit=most)


def _hidden(path: Folder) -> Folder:
    """The path down to what hides it; empty where nothing does."""
    for depth, part in enumerate(path, start=1):
        if part.startswith(".") or part.lower() in SYSTEM:
            return path[:depth]
    return ()


def _kind(file: _File) -> str | None:
    """What a file is that is no picture that can be read; None for one that is."""
    head = file.head()
    if head is None or is_picture(head):
        return None
    if not head:
        return "empty"
    suffix = Path(file.path[-1]).suffix.lower()
    return file_kind(head) or (suffix if suffix[1:].isalnum() else "unknown")


def _in_folder(top: Path) -> tuple[list[_File], list[Folder]]:
    """The files and the folders in a folder. Links that lead out of it are not followed."""
    found: dict[Path, bool] = {}  # whether it is left alone
    folders: list[Path] = []

    def closed(error: OSError) -> None:
        found[Path(error.filename)] = True

    for place, inside, names in os.walk(top, onerror=closed):
        for path in (Path(place, name) for name in inside):
            if os.path.islink(path):
                found[path] = True
            else:
                folders.append(path)
        for path in (Path(place, name) for name in names):
            outside = os.path.islink(path) and not path.resolve().is_relative_to(top)
            found[path] = outside or not os.path.isfile(path)
    if top in found:
        raise PhotoSetError("photos_missing", path=str(top))
    named = {path: path.relative_to(top).as_posix() for path in (*folders, *found)}
    said = on_disk(named.values())
    paths = {path: tuple(map(tidy, said[name].split("/"))) for path, name in named.items()}

    def file(path: Path, link: bool) -> _File:
        return _File(paths[path], lambda: _head(path), lambda: path, link)

    return [file(path, link) for path, link in found.items()], [paths[path] for path in folders]


def _head(path: Path) -> bytes | None:
    try:
        with path.open("rb") as opened:
            return opened.read(HEAD)
    except (OSError, ValueError):  # ValueError: a path with a null character
        return None


def _opened(path: Path) -> zipfile.ZipFile:
    """A zip to read from; PhotoSetError for a file that is none."""
    try:
        return zipfile.ZipFile(path)
    # OSError: a directory that lies before the file; ValueError: names that are not in UTF-8 as
    # they are said to be; NotImplementedError: a zip of a later version.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        head = _head(path)
        if head is None:
            raise PhotoSetError("photos_missing", path=str(path)) from error
        kind = "picture" if is_picture(head) else file_kind(head)
        if kind in (None, "ZIP"):
            raise PhotoSetError("zip_not") from error
        raise PhotoSetError("zip_kind", of=kind) from error


def _in_zip(opened: zipfile.ZipFile, limits: ZipLimits) -> tuple[list[_File], list[Folder]]:
    """The files and the folders of a zip; PhotoSetError for one that is locked or too large."""
    infos = opened.infolist()
    if len(infos) > limits.files:
        raise PhotoSetError("zip_many", files=len(infos), limit=limits.files)
    files: list[_File] = []
    folders: set[Folder] = set()
    size = 0
    for info, name in zip(infos, names_in(infos), strict=True):
        path = _path(name)
        folders.update(path[:depth] for depth in range(1, len(path)))
        if name.endswith(("/", "\\")):
            folders.add(path)
        elif path:
            files.append(_member(opened, info, path))
        if _hidden(path):
            continue
        size += info.file_size
        if info.flag_bits & 1:
            raise PhotoSetError("zip_password")
    if size > limits.megabytes * 1_000_000:
        raise PhotoSetError("zip_large", megabytes=size // 1_000_000, limit=limits.megabytes)
    return files, list(folders - {()})


def _path(name: str) -> Folder:
    """The parts of a path as any system writes it; PhotoSetError for one that leads upwards."""
    parts = posixpath.normpath(name.replace("\\", "/").lstrip("/")).split("/")
    if ".." in parts:
        raise PhotoSetError("zip_paths", path=name[:80])
    return tuple(tidy(part) for part in parts if part not in ("", "."))


def _member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Folder) -> _File:
    def read(size: int = -1) -> bytes | None:
        """What a member holds; None where it is broken, which costs this one picture."""
        try:
            with opened.open(info) as stream:
                return stream.read(size)
        # A wrong checksum, broken data (an OSError where bzip2 packed it), or a compression that
        # Python does not know.
        except (
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            OSError,
            EOFError,
            NotImplementedError,
        ):
            return None

    link = stat.S_ISLNK(info.external_attr >> 16)
    small = info.file_size <= MAX_MEGABYTES * 1_000_000
    return _File(path, lambda: read(HEAD), lambda: (small and read()) or b"", link)
