"""A trained model as a file that runs without the app, proven to answer as the app does."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.errors import UserError, choose
from convdemo.export.examples import drawn_digits, drawn_things
from convdemo.export.onnx_check import TOLERANCE
from convdemo.files import PlaceError, check_place, part_of, reason
from convdemo.images.decode import read_picture
from convdemo.paths import PACKAGE

if TYPE_CHECKING:
    import numpy as np

    from convdemo.inference.library import Trained

FORMATS = ("zip", "onnx")
PICTURES = 10
PATIENCE = 180  # seconds until a file that does not answer counts as broken


def export(
    trained: Trained,
    out: Path,
    form: str,
    *,
    pictures: Sequence[np.ndarray] | None = None,
) -> dict[str, Any]:
    """Write the model to `out` as "zip" or "onnx"; its path, format, bytes and certificate.

    The first ten of `pictures` (H, W, 3) uint8 go into a zip with the answers to them; an ONNX file
    is only compared on them. Without any, ten drawn ones are taken. A file at `out` is replaced
    once the new one has passed; ValueError says in one sentence why nothing was written.
    """
    choose("format", form, FORMATS)
    check_place(out, make=False)
    drawn = drawn_digits() if trained.card.preprocessing == "digit" else drawn_things()
    given = [read_picture(picture).rgb for picture in list(pictures or ())[:PICTURES]]
    part = part_of(out)
    try:
        if form == "zip":
            from convdemo.export.zip_file import write_zip

            write_zip(trained, given or drawn, part)
            proven = certificate(part, out.name)
        else:
            proven = _onnx(trained, drawn, given, part, out.name)
        size = part.stat().st_size
        part.replace(out)
    except OSError as error:
        raise PlaceError("place_unwritable", path=out, error=reason(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return {"path": str(out), "format": form, "bytes": size, **proven}


def certificate(path: Path, name: str) -> dict[str, Any]:
    """How far the answers of an exported file are from the app's, found in a fresh process.

    `largest_difference` of a probability, the number of `pictures`, and `seconds`. The file is run:
    it has to be one of ours. ValueError says in one sentence why it is not as it has to be, of a
    file that the reader knows by `name`.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="convdemo-export-") as folder:
        if zipfile.is_zipfile(path):
            try:
                with zipfile.ZipFile(path) as opened:
                    opened.extractall(folder)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise UserError(f"{name} is not a whole zip file") from error
            words = ["predict.py", "--check"]
        else:
            words = [str((PACKAGE / "export" / "onnx_check.py").resolve()), str(path.resolve())]
        figures = _answered(words, folder, name)
    return {
        "largest_difference": figures["largest_difference"],
        "pictures": figures["pictures"],
        "seconds": round(time.monotonic() - started, 2),
    }


def _onnx(
    trained: Trained,
    drawn: Sequence[np.ndarray],
    given: Sequence[np.ndarray],
    part: Path,
    name: str,
) -> dict[str, Any]:
    """The figures of a new ONNX file; its own check never holds pictures that somebody gave."""
    from convdemo.export.onnx import largest_difference, write_onnx

    write_onnx(trained, drawn, part)
    proven = certificate(part, name)
    if not given:
        return proven
    largest = max(proven["largest_difference"], largest_difference(trained, given, part))
    _check_difference(largest, name)
    return {**proven, "largest_difference": largest, "pictures": len(given)}


def _answered(words: list[str], folder: str, name: str) -> dict[str, Any]:
    """What a fresh Python prints that knows nothing of where it was started from."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{name} gave no answer within {PATIENCE} seconds") from error
    try:
        figures = json.loads(done.stdout)
        largest = figures["largest_difference"]
    except (ValueError, KeyError, TypeError) as error:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise UserError(f"{name} does not run: {reason}") from error
    _check_difference(largest, name)
    if done.returncode:
        raise UserError(f"{name} reads some pictures as something else than the app does")
    return figures


def _check_difference(largest: float, name: str) -> None:
    if not largest <= TOLERANCE:
        raise UserError(
            f"{name} answers otherwise than the app: a probability differs by {largest:.2g}, "
            f"at most {TOLERANCE:g} is allowed"
        )
