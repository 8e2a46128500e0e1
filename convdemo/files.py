"""Where a result is to go: seen to before the work, and written so that no file is ever half."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.errors import Problem

if TYPE_CHECKING:
    import torch

SPARE = (None, ".", "~")  # where weights go that have no place: temporary files, here, the home
PROBLEMS = {
    "place_folder": "{path} is a folder; name a file in it.",
    "place_odd": "{path} is no ordinary file.",
    "place_no_folder": "there is no folder {folder}",
    "place_unwritable": "{path} cannot be written: {error}.",
    "place_spare": "{path} could not be written: {error}. The weights are kept in {kept}.",
}


class PlaceError(Problem):
    """A place that no file can be written to; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS


class SpareError(PlaceError):
    """The work is done and could not be written where it belongs, but is kept elsewhere."""


def part_of(path: Path) -> Path:
    """The file beside its place that a new one is written to before it is moved there."""
    return path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def check_place(path: Path, *, make: bool = True) -> None:
    """PlaceError where no file can be written; with `make`, its folder is made where it is missing.

    A file is written there and removed again: no rule says as much of names, rights and disks.
    """
    try:
        if path.is_dir():
            raise PlaceError("place_folder", path=path)
        if path.exists() and not path.is_file():
            raise PlaceError("place_odd", path=path)
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.parent.is_dir():
            raise PlaceError("place_no_folder", folder=path.parent)
        part = part_of(path)
        part.touch()
        part.unlink()
    except PlaceError:
        raise
    except (OSError, ValueError) as error:  # a ValueError is of a name that no system takes
        why = f"{path.parent} is no folder" if _is_in_the_way(path.parent) else reason(error)
        raise PlaceError("place_unwritable", path=path, error=why) from error


def _is_in_the_way(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        return folder.exists() and not folder.is_dir()
    return False


def reason(error: Exception) -> str:
    """What an error of the system says, without number and file, as a part of a sentence."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there: none is ever half."""
    part = part_of(path)
    try:
        write(part)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def save_tensors(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file; OSError where there is no room for it."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    held = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        write_whole(path, lambda part: save_file(held, part, metadata))
    except SafetensorError as error:  # a disk that is full, for one
        raise OSError(str(error)) from error


def keep(path: Path, write: Callable[[Path], None]) -> None:
    """Write what took long to make; where that fails, somewhere else, and SpareError says where."""
    try:
        write(path)
    except OSError as error:
        for folder in SPARE:
            with suppress(OSError):
                kept = _spare(path.name, write, folder and os.path.expanduser(folder))
                break
        else:
            raise
        raise SpareError("place_spare", path=path, error=reason(error), kept=kept) from error


def _spare(name: str, write: Callable[[Path], None], folder: str | None) -> Path:
    made = Path(tempfile.mkdtemp(prefix="convdemo-", dir=folder)).absolute()
    try:
        write(made / name)
    except OSError:
        made.rmdir()
        raise
    return made / name


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON."""
    write_whole(path, lambda part: part.write_text(json.dumps(value)))
