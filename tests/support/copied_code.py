"""Code that the page offers, run as somebody would who copied it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.checkout import ROOT


def run_code(code: str, folder: Path) -> list[str]:
    """What the code prints, run by a Python of its own in another folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
