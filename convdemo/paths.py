"""Where things lie: the package and what ships with it, the user's own folder, the cache."""

from __future__ import annotations

import os
from pathlib import Path

from convdemo.errors import UserError

PACKAGE = Path(__file__).parent


def default_data_dir() -> Path:
    """The cache folder for data sets: `CONVDEMO_DATA`, else the user's cache."""
    if folder := os.environ.get("CONVDEMO_DATA"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else _users_home() / ".cache") / "convdemo" / "data"


def home_dir() -> Path:
    """The user's own folder: `CONVDEMO_HOME`, else one in the user's home."""
    folder = os.environ.get("CONVDEMO_HOME")
    return Path(folder) if folder else _users_home() / ".convdemo"


def _users_home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise UserError("this user has no home folder: name one with HOME") from error


def shipped_dir() -> Path:
    """The read-only folder of weights that came with the package."""
    packaged = PACKAGE / "shipped_weights"  # where the wheel puts them
    return packaged if packaged.is_dir() else PACKAGE.parent / "weights"
