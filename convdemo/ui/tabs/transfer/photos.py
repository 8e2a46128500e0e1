"""The photos of visitors: what an album is asked to do, and what it shows."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from convdemo.data.image_folders.album import (
    Album,
    AlbumError,
    Kept,
    Limits,
    kept_photo,
    read_zip,
    write_zip,
)
from convdemo.data.image_folders.findings import NAMED, Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet, small_photo, split
from convdemo.data.image_folders.reader import ZipLimits
from convdemo.images.decode import PictureError
from convdemo.images.render import data_url
from convdemo.ui import guard, text, wire
from convdemo.ui.components import PhotoClass, Photos
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.refused_photos import refused_set
from convdemo.ui.wire import Refused

LOCAL, ON_SPACE = Limits(), Limits(photos=600, classes=50, sets=3, minutes=30)
RESTING = 5 * 60  # seconds after which somebody else may have the place of a set
AT_ONCE = 24  # files of one change
FIRST, SIDE = 24, 72  # pictures of a class that are shown at once, and their longer side
FREE_TEXT = ("name", "names", "model", "path", "error", "first", "second")  # may be anything
WORDS = ("finding.", "kind", "problem.", "transfer.added", "transfer.album.", "transfer.empty")
WORDS += ("transfer.part.", "transfer.split", "transfer.zip")  # what the album says
CLASSES = ("transfer.album.class_shoes", "transfer.album.class_bags")


def plain(words: object) -> str:
    """A visitor's words in a sentence, which are no key of ours."""
    return "@|" + str(words).replace("|", "/")


def sentence(error: Any) -> tuple[str, dict[str, str]]:
    """What is said of a refusal."""
    found = guard.problem(refused_set(error) if isinstance(error, PhotoSetError) else error)
    values = found["values"].items()
    return f"problem.{found['problem']}", {
        name: plain(value) if name in FREE_TEXT else value for name, value in values
    }


def said_of(finding: Finding) -> Sentence:
    """What is to be known of a set."""
    some = ", ".join(finding.names[:NAMED]) + ", …" * (len(finding.names) > NAMED)
    first, second = map(plain, (*finding.names, "", "")[:2])
    of = f"@kind_name.{finding.of}|{finding.of}"
    values = {"count": finding.count, "names": plain(some), "first": first, "second": second}
    return f"finding.{finding.kind}", {**values, "of": of}


@dataclass(eq=False)
class Intake:
    """A zip that is being read, and what was found in it."""

    done: int = 0
    of: int = 0
    stopped: bool = False
    over: bool = False
    findings: tuple[Finding, ...] = ()

    def progress(self, done: int, of: int) -> bool:
        """Note the progress; False once it is to stop."""
        self.done, self.of = done, of
        return not self.stopped


@dataclass(eq=False)
class Desk:
    """A visitor's album, the zip that is read into it, and what came of the last change."""

    album: Album
    key: str = field(default_factory=lambda: secrets.token_hex(4))
    intake: Intake | None = None
    turn: str = ""
    said: Sentence = ""
    refused: list[tuple[str, Sentence]] = field(default_factory=list)
    added: int = 0
    repeated: int = 0

    @property
    def reading(self) -> bool:
        return self.intake is not None and not self.intake.over

    @property
    def resting(self) -> float:
        """Seconds since it was last in use."""
        return time.monotonic() - self.album.touched

    def photos(self) -> PhotoSet:
        """What can be trained with; PhotoSetError says what is missing."""
        found = self.album.gathered()
        if isinstance(found, PhotoSetError):
            raise found
        return found


class Desks:
    """The desks of all visitors; `busy` are those whose photos are trained with now."""

    def __init__(
        self, limits: Limits, zips: ZipLimits, busy: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self.limits = limits
        self.zips = zips
        self.busy = busy
        self._of: dict[str, Desk] = {}
        self._lock = threading.Lock()

    def at(self, owner: str, language: str = text.LANGUAGES[0]) -> Desk:
        """The visitor's desk, with the example where there is none, or none any longer."""
        with self._lock:
            for key, desk in list(self._of.items()):
                old = desk.resting > 60 * self.limits.minutes
                if old and key not in self.busy() | {owner}:
                    del self._of[key]
            desk = self._of.get(owner)
            if desk is None:
                desk = self._of[owner] = Desk(Album(self.limits))
                first, second = (text.say(language, name) for name in CLASSES)
                desk.album.show_example((first, second))
        desk.album.touched = time.monotonic()
        return desk

    def make_room(self, owner: str) -> None:
        """Before photos are added: the set that rests longest goes; Refused where none rests."""
        with self._lock:
            others = {
                key: desk
                for key, desk in self._of.items()
                if key != owner and desk.album.count and not desk.album.example
            }
            if len(others) < self.limits.sets:
                return
            busy = self.busy()
            resting = [k for k, one in others.items() if k not in busy and one.resting > RESTING]
            if not resting:
                raise Refused("transfer_full", sets=self.limits.sets)
            del self._of[max(resting, key=lambda key: others[key].resting)]

    def change(self, owner: str, asked: Mapping[str, Any]) -> Photos:
        """Do what a PhotoAlbum asks for; what it shows then says what came of it."""
        gone = owner not in self._of
        desk = self.at(owner, text.known(str(asked.get("language"))))
        desk.turn = str(asked.get("turn"))[:200]
        if asked.get("action") == "show":
            return shown(desk, _ids(asked))
        if not asked.get("on"):
            desk.said, desk.refused, desk.added, desk.repeated = "", [], 0, 0
        before, file = set(_known(desk)), ""
        try:
            if gone:
                raise Refused("transfer_gone")
            with desk.album.lock:
                file = self._do(owner, desk, asked)
        except (Refused, AlbumError, PhotoSetError) as error:
            desk.said = sentence(error)
        return shown(desk, [one for one in _known(desk) if one not in before], file)

    def _do(self, owner: str, desk: Desk, asked: Mapping[str, Any]) -> str:
        """One change; the path of a file to be saved, "" for none."""
        album, action = desk.album, wire.text(asked, "action")
        if action == "keep":
            path = wire.served_file("photos.zip")
            write_zip(album, path)
            return str(path)
        if action == "add":
            self._add(owner, desk, asked)
        elif action == "zip":
            self._begin_zip(owner, desk, wire.uploaded(asked.get("upload")))
        elif action in CHANGES:
            CHANGES[action](desk, asked)
        else:
            raise Refused("request")
        album.changed()
        return ""

    def _add(self, owner: str, desk: Desk, asked: Mapping[str, Any]) -> None:
        """What cannot be read is told photo by photo, and the others are there."""
        group, given = desk.album.group(wire.text(asked, "class")), asked.get("uploads")
        if not isinstance(given, list) or not 1 <= len(given) <= AT_ONCE:
            raise Refused("request")
        self.make_room(owner)
        burst = wire.text(asked, "burst") or ""
        for one in map(wire.mapping, given):
            name, path = wire.text(one, "name") or "", wire.uploaded(one.get("upload"))
            try:
                new = desk.album.add(group, kept_photo(small_photo(path), name, burst=burst))
                desk.added, desk.repeated = desk.added + new, desk.repeated + (not new)
                desk.album.example = False
            except (PictureError, AlbumError) as error:
                desk.refused.append((name, sentence(error)))
            finally:
                path.unlink(missing_ok=True)  # all that is needed of it is kept
        key = "transfer.added_repeated" if desk.repeated else "transfer.added"
        if desk.added or not desk.refused:
            desk.said = key, {"photos": desk.added, "repeated": desk.repeated}

    def _begin_zip(self, owner: str, desk: Desk, path: Path) -> None:
        if desk.reading:
            raise Refused("busy")
        self.make_room(owner)
        desk.intake = Intake()
        threading.Thread(target=self._read_zip, args=(desk, desk.intake, path), daemon=True).start()

    def _read_zip(self, desk: Desk, intake: Intake, path: Path) -> None:
        try:
            most = desk.album.limits.photos
            groups, intake.findings = read_zip(path, self.zips, most, intake.progress)
            repeated = desk.album.take_in(groups)
            intake.findings += (Finding("repeated", repeated),) * bool(repeated)
            desk.said = "transfer.zip_there", {"photos": sum(map(len, groups.values()))}
        except (AlbumError, PhotoSetError) as error:
            intake.findings = getattr(error, "findings", ())
            desk.said = sentence(error)
        except Exception as error:  # a thread has nobody else to tell
            desk.said = sentence(Refused("zip_not"))
            raise RuntimeError(f"the zip {path.name} was not read") from error
        finally:
            desk.album.changed()
            intake.over = True
            path.unlink(missing_ok=True)  # all that is needed of it is kept


def _rename(desk: Desk, asked: Mapping[str, Any]) -> None:
    group = desk.album.group(wire.text(asked, "class"))
    group.name = desk.album.free_name(wire.text(asked, "name") or "", other_than=group.id)


def _remove(desk: Desk, asked: Mapping[str, Any]) -> None:
    del desk.album.groups[desk.album.group(wire.text(asked, "class")).id]


def _remove_photo(desk: Desk, asked: Mapping[str, Any]) -> None:
    for group in desk.album.groups.values():
        group.photos.pop(wire.text(asked, "photo") or "", None)


def _begin_anew(desk: Desk, asked: Mapping[str, Any]) -> None:
    names = asked.get("names")
    if not isinstance(names, list) or len(names) != 2:
        raise Refused("request")
    first, second = (wire.text({"name": name}, "name") or "" for name in names)
    desk.intake = desk.intake if desk.reading else None
    if asked["action"] == "clear":
        desk.album.clear([first, second])
    else:
        desk.album.show_example((first, second))


def _stop(desk: Desk, asked: Mapping[str, Any]) -> None:
    if desk.intake is not None:
        desk.intake.stopped = True


CHANGES: dict[str, Callable[[Desk, Mapping[str, Any]], object]] = {
    "add_class": lambda desk, asked: desk.album.add_group(wire.text(asked, "name") or ""),
    "rename_class": _rename,
    "remove_class": _remove,
    "remove_photo": _remove_photo,
    "clear": _begin_anew,
    "show_example": _begin_anew,
    "stop": _stop,
}


def shown(desk: Desk, pictures: list[str] | None = None, file: str = "") -> Photos:
    """What the album shows, with these pictures, or with the first ones of each class."""
    with desk.album.lock:
        groups = [(one.id, one.name, tuple(one.photos)) for one in desk.album.groups.values()]
        known, marked = _known(desk), desk.album.torn()
        wanted = [p for *_, photos in groups for p in photos[:FIRST]]
        found = [known[one] for one in (wanted if pictures is None else pictures) if one in known]
        return Photos(
            tuple(PhotoClass(*one) for one in groups),
            {one.id: data_url(one.small.pixels, side=SIDE) for one in found[: 12 * FIRST]},
            marked,
            desk.said,
            tuple(desk.refused),
            tuple(_notes(desk, marked)),
            _going(desk.intake),
            file,
            desk.album.example,
            desk.turn,
            desk.key,
            desk.album.version,
        )


def _notes(desk: Desk, marked: tuple[str, ...]) -> list[Sentence]:
    """How a set is split or what is missing, then what else is to be known of it."""
    found = desk.album.gathered()
    findings = [] if desk.intake is None or desk.reading else list(desk.intake.findings)
    if isinstance(found, PhotoSetError):
        torn = [Finding("in_two_classes", len(marked))] * bool(marked)
        return [sentence(found), *map(said_of, findings + torn)]
    training, validation = map(len, split(found))
    first = ("transfer.split", {"training": training, "validation": validation})
    empty = [group.name for group in desk.album.groups.values() if not group.photos]
    left_out = [("transfer.empty", {"names": plain(", ".join(empty))})] * bool(empty)
    return [first, *left_out, *map(said_of, (*findings, *found.findings))]


def _going(intake: Intake | None) -> tuple[float, Sentence] | None:
    if intake is None or intake.over:
        return None
    key = "transfer.zip_reading" if intake.of else "transfer.zip_opening"
    return intake.done / max(intake.of, 1), (key, {"done": intake.done, "of": intake.of})


def _known(desk: Desk) -> dict[str, Kept]:
    return {kept.id: kept for _, kept in desk.album.photos()}


def _ids(asked: Mapping[str, Any]) -> list[str]:
    given = asked.get("photos")
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
