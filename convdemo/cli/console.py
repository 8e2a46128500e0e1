"""What commands print, whatever the coding of the console, and wherever it goes."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys

ESCAPE = "convdemo.escape"


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """For characters that a coding lacks their escapes in JSON: a JSON text stays one."""
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(ESCAPE, _escaped)


def ready() -> None:
    """Both streams take every character from now on, and there are two of them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # without a console, or closed by whoever started us
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPE)


def ready_for_json() -> None:
    """JSON is read as UTF-8: where the console has another coding, all but ASCII is escaped."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
        stream.reconfigure(encoding="ascii", errors=ESCAPE)


def drop() -> None:
    """What could not be printed is not tried again when Python ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
