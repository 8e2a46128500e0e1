"""Pictures and clips as input of the bench: read by our rules, made small."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from convdemo.convolution.filtering import SIDE
from convdemo.convolution.inputs import small
from convdemo.convolution.operation import Axes
from convdemo.images.decode import over_white
from convdemo.images.frames import read_clip, spread
from convdemo.images.resize import fit_into_box
from convdemo.ui import wire
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.wire import Refused

PHOTOS = ("photos", "clothes", "digits")
MOST_PICTURES = 8  # that are chosen at once for a block


def clip(payload: Any) -> dict[str, Any]:
    """How many frames the block of {"upload"} or {"uploads"} can have."""
    return {"frames": len(_frames(wire.mapping(payload)))}


def asked_photo(given: Mapping[str, Any]) -> np.ndarray:
    """(H, W, 3) uint8 of {"upload"} or {"example", "job"}, its longer side at most SIDE."""
    return _asked(given)[0]


def asked_plane(given: Mapping[str, Any], shape: Axes) -> np.ndarray:
    """(channels, h, w) of {"ink"}, {"upload"} or {"example", "job"}."""
    if "ink" not in given:
        return small(asked_photo(given), shape)
    ink = wire.grey(given["ink"])
    side = max(ink.shape) + max(ink.shape) // 4
    paper = np.zeros((side, side), np.uint8)
    top, left = (side - ink.shape[0]) // 2, (side - ink.shape[1]) // 2
    paper[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return small(paper[..., None], shape)


def asked_block(given: Mapping[str, Any], shape: Axes) -> np.ndarray:
    """(channels, depth, h, w): frames of a clip {"upload"}, or of several pictures {"uploads"},
    spread from the first to the last.
    """
    channels, depth, height, width = shape
    frames = _frames(given)
    chosen = [frames[place] for place in spread(len(frames), depth)]
    return np.stack([small(frame, (channels, height, width)) for frame in chosen], axis=1)


def asked_note(given: Mapping[str, Any], size: Axes) -> dict[str, Any] | None:
    """What the visitor should know of how a picture or a clip was read: {"key", "values"}."""
    if len(size) == 3 and ("upload" in given or "uploads" in given):
        count = int(wire.number(given, "count", 2, 1e6)) if "count" in given else None
        count = count or len(_frames(given))
        if count <= size[0]:
            return None
        return {"key": "convolution.clip_frames", "values": {"shown": size[0], "count": count}}
    note = _asked(given)[1] if "upload" in given else None
    return {"key": f"note.{note}", "values": {}} if note else None


def _asked(given: Mapping[str, Any]) -> tuple[np.ndarray, str | None]:
    if "upload" in given:
        return _photo("upload", str(wire.uploaded(given["upload"])))
    if "example" in given:
        return _photo(wire.text(given, "job") or PHOTOS[0], wire.text(given, "example") or "")
    raise Refused("request")


def _frames(given: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    if "uploads" not in given:
        return _clip(str(wire.uploaded(given.get("upload"))))
    paths = given["uploads"]
    if not isinstance(paths, list) or not 2 <= len(paths) <= MOST_PICTURES:
        raise Refused("request")
    return tuple(_photo("upload", str(wire.uploaded(path)))[0] for path in paths)


# A picture is asked for again at every change of a setting.
@lru_cache(maxsize=2 * MOST_PICTURES)
def _photo(job: str, name: str) -> tuple[np.ndarray, str | None]:
    """The picture on white, and the note on how it was read."""
    asked = {"upload": name} if job == "upload" else {"example": name, "job": job}
    picture, _ = requested_picture(asked, *PHOTOS)
    rgb = over_white(picture)
    return fit_into_box(rgb, SIDE) if max(rgb.shape[:2]) > SIDE else np.array(rgb), picture.note


@lru_cache(maxsize=4)
def _clip(path: str) -> tuple[np.ndarray, ...]:
    return read_clip(path)
