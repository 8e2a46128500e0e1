"""What travels between the page and Python: what arrives is checked, every picture encoded."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gradio.context import LocalContext
from gradio.utils import get_upload_folder

MAX_INK_SIDE = 128


class Refused(ValueError):
    """A call that is not answered: `problem` is a key of the strings, `values` fills its gaps."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.values = values


def mapping(payload: Any) -> Mapping[str, Any]:
    """The payload, which has to be a JSON object."""
    if not isinstance(payload, dict):
        raise Refused("request")
    return payload


def parsed(source: str) -> Mapping[str, Any]:
    """The JSON object in a text."""
    try:
        return mapping(json.loads(source))
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("request") from error


def text(payload: Mapping[str, Any], name: str) -> str | None:
    """The string of that name, at most 200 characters; None if there is none."""
    value = payload.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > 200):
        raise Refused("request")
    return value


def number(payload: Mapping[str, Any], name: str, low: float, high: float) -> float:
    """The number of that name, between the two."""
    value = payload.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise Refused("request")
    return value


def choices(payload: Mapping[str, Any], name: str, allowed: Sequence[str]) -> frozenset[str]:
    """The set of that name, each of its members one of those allowed; empty if there is none."""
    value = payload.get(name, [])
    if not isinstance(value, list) or not all(choice in allowed for choice in value):
        raise Refused("request")
    return frozenset(value)


def grey(payload: Any) -> np.ndarray:
    """(H, W) uint8 from {"width", "height", "bytes": base64 of H x W bytes}, at most 128 a side."""
    payload = mapping(payload)
    width = number(payload, "width", 1, MAX_INK_SIDE)
    height = number(payload, "height", 1, MAX_INK_SIDE)
    encoded = payload.get("bytes")
    if not isinstance(encoded, str) or width % 1 or height % 1:
        raise Refused("request")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("request") from error
    if len(data) != width * height:
        raise Refused("request")
    return np.frombuffer(data, np.uint8).reshape(int(height), int(width))


def uploaded(path: object) -> Path:
    """The path of a file that was uploaded to this server; Refused for any other file."""
    if not isinstance(path, str) or "\0" in path:
        raise Refused("request")
    resolved = Path(path).resolve()
    if not resolved.is_relative_to(Path(get_upload_folder()).resolve()):
        raise Refused("request")
    return resolved


def served_file(name: str) -> Path:
    """A place for a file that Gradio hands out to whoever knows its address, which is a secret.

    It goes when uploads go: Gradio itself knows of no file that only a display's value names.
    """
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    if (blocks := LocalContext.blocks.get(None)) is not None:
        blocks.upload_file_set.add(str(folder / name))
    return folder / name


def packed(pixels: np.ndarray) -> dict[str, Any]:
    """What `grey` reads, from (1, H, W) or (H, W) float32 in 0..1."""
    image = as_bytes(pixels.reshape(pixels.shape[-2:]))
    height, width = image.shape
    return {"width": width, "height": height, "bytes": base64.b64encode(image.tobytes()).decode()}


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    """uint8 from 0..1."""
    return np.rint(pixels * 255).clip(0, 255).astype(np.uint8)


def uint8_image(pixels: Any) -> np.ndarray:
    """(H, W) or (H, W, 3) from one picture (C, H, W) of a data set."""
    image = np.asarray(pixels)
    return image[0] if len(image) < 3 else np.ascontiguousarray(image[:3].transpose(1, 2, 0))
