"""A zip of class folders that a visitor brings: read aside into the album, with a way to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from convdemo.class_folders import FolderError, ZipLimits, opened_zip
from convdemo.ingest import PictureError
from convdemo.photo_set import PhotoSetError, Small, small_photo
from convdemo.photo_sources import sources_in
from convdemo.ui import wire
from convdemo.ui.transfer_album import Album, Intake, Kept, kept_photo, tidy_name
from convdemo.ui.transfer_look import described
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
        groups, unreadable = grouped(path, limits, album.limits.photos, intake.heed)
        intake.unreadable = len(unreadable)
        _take_in(album, intake, groups)
    except (FolderError, PhotoSetError, Refused) as error:
        intake.refused = Refused(error.problem, **error.values)
    except Exception as error:  # a thread has nobody else to tell
        intake.refused = Refused("zip_not")
        raise RuntimeError(f"the zip {path.name} was not read") from error
    finally:
        intake.over = True
        path.unlink(missing_ok=True)  # all that is needed of it is kept


def grouped(
    path: Path, limits: ZipLimits, most: int, heed: Callable[[int, int], bool]
) -> tuple[Groups, list[str]]:
    """The photos of a zip by class, and the names of those that cannot be read.

    FolderError or Refused says why there are none.
    """
    groups: Groups = {}
    unreadable: list[str] = []
    with opened_zip(path) as opened:
        sources = sources_in(opened, limits)
        if len(sources) > most:
            raise Refused("transfer_zip_photos", photos=len(sources), limit=most)
        for done, source in enumerate(sources, start=1):
            try:
                read = source.read()
                small = read if isinstance(read, Small) else small_photo(read)
            except PictureError:
                unreadable.append(source.name)
            else:
                photo = kept_photo(small, source.name, validates=source.validates)
                groups.setdefault(tidy_name(source.label) or "?", []).append(photo)
            if not heed(done, len(sources)):
                raise FolderError("zip_stopped")
    return groups, unreadable


def _take_in(album: Album, intake: Intake, groups: Groups) -> None:
    """Put the photos of a zip into the classes of the same names; empty ones make room."""
    with album.lock:
        if album.example:
            album.clear([])
        for group in [one for one in album.groups.values() if not one.photos]:
            del album.groups[group.id]
        for name, photos in groups.items():
            known = next((one for one in album.groups.values() if one.name == name), None)
            group = known or album.add_group(name)
            for photo in photos:
                intake.repeated += not album.add(group, photo)
        album.changed()
