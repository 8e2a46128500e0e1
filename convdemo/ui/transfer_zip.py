"""A zip of class folders that a visitor brings: read aside into the album, with a way to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from convdemo.data.image_folders.findings import Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import read_all
from convdemo.data.image_folders.reader import ZipLimits, found_in
from convdemo.ui import wire
from convdemo.ui.transfer_album import (
    LONGEST_NAME,
    Album,
    Intake,
    Kept,
    kept_photo,
    tidy_name,
)
from convdemo.ui.transfer_look import described, refused_set
from convdemo.ui.transfer_photos import Photos, owner_of
from convdemo.ui.wire import Refused

Groups = dict[str, list[Kept]]


def begin(photos: Photos, payload: Any) -> dict[str, Any]:
    """Start to read the zip {"upload"} into the visitor's album."""
    request = wire.mapping(payload)
    album = photos.album(request)
    path = wire.uploaded(request.get("upload"))
    with album.lock:
        if album.intake is not None and not album.intake.over:
            raise Refused("busy")
        photos.albums.make_room(owner_of(photos.context, request), photos.busy())
        intake = album.intake = Intake()
    limits = photos.context.runs.limits.zip
    threading.Thread(target=_read, args=(album, intake, path, limits), daemon=True).start()
    return described(album)


def stop(photos: Photos, payload: Any) -> dict[str, Any]:
    """Ask the zip that is being read to end."""
    album = photos.album(wire.mapping(payload))
    if album.intake is not None:
        album.intake.stopped = True
    return described(album)


def _read(album: Album, intake: Intake, path: Path, limits: ZipLimits) -> None:
    try:
        groups, intake.findings = grouped(path, limits, album.limits.photos, intake.progress)
        _take_in(album, intake, groups)
    except PhotoSetError as error:
        intake.refused, intake.findings = refused_set(error), error.findings
    except Refused as error:
        intake.refused = error
    except Exception as error:  # a thread has nobody else to tell
        intake.refused = Refused("zip_not")
        raise RuntimeError(f"the zip {path.name} was not read") from error
    finally:
        intake.over = True
        path.unlink(missing_ok=True)  # all that is needed of it is kept


def grouped(
    path: Path, limits: ZipLimits, most: int, progress: Callable[[int, int], bool]
) -> tuple[Groups, tuple[Finding, ...]]:
    """The photos of a zip by class, and what is to be known of the rest.

    PhotoSetError or Refused says why there are none.
    """
    groups: Groups = {}
    unreadable: list[str] = []
    with found_in(path, limits) as found:
        if len(found.sources) > most:
            raise Refused("transfer_zip_photos", photos=len(found.sources), limit=most)
        names = _names(source.label for source in found.sources)
        for source, small in read_all(found.sources, progress):
            if small is None:
                unreadable.append(source.name)
            else:
                photo = kept_photo(small, source.name, part=source.part)
                groups.setdefault(names[source.label], []).append(photo)
    told = Finding("unreadable", len(unreadable), tuple(unreadable))
    return groups, (*found.findings, *[told] * bool(unreadable))


def _names(labels: Iterable[str]) -> dict[str, str]:
    """A name of the page for each class, no two the same."""
    found: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        name, number = tidy_name(label) or "?", 2
        while name in found.values():
            name, number = f"{tidy_name(label)[: LONGEST_NAME - 4]} {number}", number + 1
        found[label] = name
    return found


def _take_in(album: Album, intake: Intake, groups: Groups) -> None:
    """Put the photos of a zip into the classes of the same names; empty ones make room."""
    repeated = 0
    with album.lock:
        if album.example:
            album.clear([])
        for group in [one for one in album.groups.values() if not one.photos]:
            del album.groups[group.id]
        for name, photos in groups.items():
            known = next((one for one in album.groups.values() if one.name == name), None)
            group = known or album.add_group(name)
            for photo in photos:
                repeated += not album.add(group, photo)
        album.changed()
    intake.findings += (Finding("repeated", repeated),) * bool(repeated)
