"""What the page shows of an album: its classes, what is missing, what is to be known of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from convdemo.data.image_folders.findings import NAMED, Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.ui import guard
from convdemo.ui.transfer_album import Album, Intake
from convdemo.ui.wire import Refused


def refused_set(error: PhotoSetError) -> Refused:
    """Why photos make no set, in words that the page knows."""
    values = dict(error.values)
    if "part" in values:
        values["part"] = f"@transfer.part.{values['part']}"
    return Refused(error.problem, **values)


def found_of(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """What is to be known of photos, as the page gets it."""
    return [asdict(one) | {"names": list(one.names[: NAMED + 1])} for one in findings]


def described(album: Album) -> dict[str, Any]:
    """What the page shows of an album: ids of photos, what is missing, what is to be known."""
    with album.lock:
        found = album.gathered()
        reply: dict[str, Any] = {
            "version": album.version,
            "example": album.example,
            "classes": [
                {"id": group.id, "name": group.name, "photos": list(group.photos)}
                for group in album.groups.values()
            ],
            "count": album.count,
            "limits": {"photos": album.limits.photos, "minutes": album.limits.minutes},
            "intake": _intake(album.intake),
            "torn": _torn(album),
        }
    if isinstance(found, PhotoSetError):
        missing = guard.problem(refused_set(found))
        torn = [Finding("in_two_classes", len(reply["torn"]))] if reply["torn"] else []
        return {**reply, "missing": missing, "findings": found_of(torn)}
    return {**reply, "missing": None, **_looked_over(found)}


def _torn(album: Album) -> list[str]:
    """The ids of photos that lie in two classes."""
    owners: dict[str, set[str]] = {}
    for group, kept in album.photos():
        owners.setdefault(kept.small.digest, set()).add(group.id)
    return [kept.id for _, kept in album.photos() if len(owners[kept.small.digest]) > 1]


def _looked_over(photos: PhotoSet) -> dict[str, Any]:
    training, validation = split(photos)
    return {
        "digest": photos.digest,
        "training": len(training),
        "validation": len(validation),
        "findings": found_of(photos.findings),
    }


def _intake(intake: Intake | None) -> dict[str, Any] | None:
    if intake is None:
        return None
    taken = time.monotonic() - intake.started
    left = taken / intake.done * (intake.of - intake.done) if intake.done else None
    return {
        "id": intake.id,
        "done": intake.done,
        "of": intake.of,
        "over": intake.over,
        "seconds_left": left,
        "findings": found_of(intake.findings),
        "refused": None if intake.refused is None else guard.problem(intake.refused),
    }
