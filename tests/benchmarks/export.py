"""An exported zip in a fresh virtual environment: what it takes, and how far its answers are off.

    python tests/benchmarks/export.py [MODEL]

Installs the zip's requirements.txt, which takes minutes, and runs `predict.py --check`; JSON.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from served import hardware

from convdemo.export.exporter import export
from convdemo.inference.library import find, list_models, load, model_dirs


def measure(model: str) -> dict:
    """The figures of one model."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trained = load(find(model, list_models(model_dirs())).path)
        told = export(trained, folder / "model.zip", "zip")
        with zipfile.ZipFile(folder / "model.zip") as opened:
            opened.extractall(folder / "model")
        started = time.monotonic()
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--no-input"]
        requirements = folder / "model" / "requirements.txt"
        subprocess.run([*pip, "-r", requirements], check=True, stdout=sys.stderr)
        installed = time.monotonic() - started
        started = time.monotonic()
        words = [python, "-I", "predict.py", "--check"]
        done = subprocess.run(words, cwd=folder / "model", capture_output=True, text=True)
        if not done.stdout:
            raise SystemExit(done.stderr)
        return {
            "what": "a zip in a virtual environment of its own; seconds, bytes",
            "model": model,
            "requirements": requirements.read_text().split(),
            "bytes": told["bytes"],
            "largest_difference_here": told["largest_difference"],
            "status": done.returncode,
            **json.loads(done.stdout),
            "install_seconds": round(installed, 1),
            "check_seconds": round(time.monotonic() - started, 1),
            "hardware": hardware(),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An exported zip by itself")
    parser.add_argument("model", nargs="?", default="digit_resnet-mnist")
    print(json.dumps(measure(parser.parse_args().model)))
