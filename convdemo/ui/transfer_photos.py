"""What the Transfer tab asks of photos: added, taken out, shown, kept."""

from __future__ import annotations

import base64
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from convdemo.data.image_folders.photo_set import small_photo
from convdemo.images.decode import PictureError
from convdemo.images.render import data_url, encode_png
from convdemo.ui import guard, wire
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.transfer_album import Album, Albums, kept_photo
from convdemo.ui.transfer_look import described
from convdemo.ui.wire import Refused

AT_ONCE = 24  # files of one request
THUMBNAILS = 120  # of one request
THUMBNAIL_SIDE = 72
Busy = Callable[[], frozenset[str]]  # whose sets are trained with now


def owner_of(context: Context, request: Mapping[str, Any]) -> str:
    """Whose photos a request may see: also at localhost those of its own browser only."""
    key = request.get("visitor")
    return key if isinstance(key, str) and VISITOR.fullmatch(key) else context.visitor(request)


class Photos:
    """The server functions of the photos of all visitors."""

    def __init__(self, context: Context, albums: Albums, busy: Busy = frozenset) -> None:
        self.context = context
        self.albums = albums
        self.busy = busy

    def functions(self) -> dict[str, Callable[[Any], dict[str, Any]]]:
        """What the page can ask of this, by name."""
        changes = {
            "add_class": self._add_class,
            "rename_class": self._rename_class,
            "remove_class": self._remove_class,
            "remove_photo": self._remove_photo,
            "clear": self._clear,
            "show_example": self._show_example,
        }
        return {
            **{name: partial(self._change, do) for name, do in changes.items()},
            "add": self.add,
            "thumbnails": self.thumbnails,
            "photo": self.photo,
            "keep": self.keep,
        }

    def album(self, request: Mapping[str, Any]) -> Album:
        """The visitor's album; Refused where it is gone."""
        album = self.albums.of(owner_of(self.context, request), self.busy())
        if album is None:
            raise Refused("transfer_gone")
        album.touched = time.monotonic()
        return album

    def look(self, payload: Any) -> dict[str, Any]:
        """The visitor's photos as they are now, with the example where there are none yet."""
        request = wire.mapping(payload)
        owner = owner_of(self.context, request)
        album = self.albums.of(owner, self.busy())
        if album is None:
            album = self.albums.open(owner, self.busy())
            album.show_example(_two_names(request))
        album.touched = time.monotonic()
        return described(album)

    def _change(self, do: Callable[[Album, Mapping[str, Any]], None], payload: Any) -> Any:
        request = wire.mapping(payload)
        album = self.album(request)
        with album.lock:
            do(album, request)
        return described(album)

    @staticmethod
    def _add_class(album: Album, request: Mapping[str, Any]) -> None:
        album.add_group(wire.text(request, "name") or "")

    @staticmethod
    def _rename_class(album: Album, request: Mapping[str, Any]) -> None:
        group = album.group(wire.text(request, "class"))
        group.name = album.free_name(wire.text(request, "name") or "", other_than=group.id)
        album.changed()

    @staticmethod
    def _remove_class(album: Album, request: Mapping[str, Any]) -> None:
        del album.groups[album.group(wire.text(request, "class")).id]
        album.changed()

    @staticmethod
    def _remove_photo(album: Album, request: Mapping[str, Any]) -> None:
        photo = wire.text(request, "photo")
        for group in album.groups.values():
            group.photos.pop(photo or "", None)
        album.changed()

    @staticmethod
    def _clear(album: Album, request: Mapping[str, Any]) -> None:
        album.clear(list(_two_names(request)))

    @staticmethod
    def _show_example(album: Album, request: Mapping[str, Any]) -> None:
        album.show_example(_two_names(request))

    def add(self, payload: Any) -> dict[str, Any]:
        """Put {"uploads": [{"upload", "name"}]} into {"class"}, all of one {"burst"} of a camera.

        What cannot be read is told photo by photo, and the others are there.
        """
        request = wire.mapping(payload)
        album = self.album(request)
        group = album.group(wire.text(request, "class"))
        given = request.get("uploads")
        if not isinstance(given, list) or not 1 <= len(given) <= AT_ONCE:
            raise Refused("request")
        self.albums.make_room(owner_of(self.context, request), self.busy())
        burst = wire.text(request, "burst") or ""
        refused: list[dict[str, Any]] = []
        repeated = 0
        for one in map(wire.mapping, given):
            name = wire.text(one, "name") or ""
            path = wire.uploaded(one.get("upload"))
            try:
                photo = kept_photo(small_photo(path), name, burst=burst)
                with album.lock:
                    repeated += not album.add(album.group(group.id), photo)
                    album.example = False
            except (PictureError, Refused) as error:
                refused.append({"name": name, **guard.problem(error)})
            finally:
                path.unlink(missing_ok=True)  # all that is needed of it is kept
        return {**described(album), "refused": refused, "repeated": repeated}

    def thumbnails(self, payload: Any) -> dict[str, Any]:
        """Small pictures of the photos {"photos": [id]}, those that are still there."""
        request = wire.mapping(payload)
        album = self.album(request)
        wanted = request.get("photos")
        if not isinstance(wanted, list) or len(wanted) > THUMBNAILS:
            raise Refused("request")
        with album.lock:
            known = {kept.id: kept for _, kept in album.photos()}
        found = [known[key] for key in wanted if isinstance(key, str) and key in known]
        return {
            "images": {one.id: data_url(one.small.pixels, side=THUMBNAIL_SIDE) for one in found}
        }

    def photo(self, payload: Any) -> dict[str, Any]:
        """The photo {"photo"} as a PNG, pixel for pixel."""
        request = wire.mapping(payload)
        wanted = wire.text(request, "photo")
        album = self.album(request)
        with album.lock:
            kept = next((one for _, one in album.photos() if one.id == wanted), None)
        if kept is None:
            raise Refused("transfer_photo_gone")
        return {"png": base64.b64encode(encode_png(kept.small.pixels)).decode()}

    def keep(self, payload: Any) -> dict[str, Any]:
        """All photos as a zip of class folders, to be had from the address of {"file"}."""
        album = self.album(wire.mapping(payload))
        with album.lock:
            photos = [(group.name, kept) for group, kept in album.photos()]
        if not photos:
            raise Refused("photos_none")
        path = served_file("photos.zip")
        folders = folder_names([name for name, _ in photos])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as opened:
            for place, (name, kept) in enumerate(photos, start=1):
                folder = folders[name]
                opened.writestr(f"{folder}/{place:04}.png", encode_png(kept.small.pixels))
        return {"file": str(path), "name": path.name}


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


def served_file(name: str) -> Path:
    """A place for a file that Gradio hands out to whoever knows its address, which is a secret."""
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    return folder / name


def _two_names(request: Mapping[str, Any]) -> tuple[str, str]:
    """The names of the two classes to begin with, in the visitor's language."""
    names = request.get("names")
    if not isinstance(names, list) or len(names) != 2:
        raise Refused("request")
    first, second = (wire.text({"name": name}, "name") or "" for name in names)
    return first, second
