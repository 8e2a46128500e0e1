"""The house: the core stands without the page, and loads what it needs when it needs it."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "convdemo"
CORE = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem not in ("__main__",))
MOST_LINES = 300


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh process has after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_core_never_loads_the_page():
    loaded = loaded_by("\n".join(f"import convdemo.{name}" for name in CORE))
    assert not {"gradio", "pandas", "matplotlib"} & loaded


@pytest.mark.parametrize(
    "name",
    [
        "ingest",
        "preprocess",
        "drawing",
        "garment",
        "data",
        "datasets",
        "weights",
        "cli",
        "predict",
        "adopt",
        "runs",
    ],
)
def test_what_the_first_page_needs_does_not_wait_for_torch(name):
    assert not {"torch", "torchvision"} & loaded_by(f"import convdemo.{name}")


def test_modules_stay_readable():
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def test_the_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stdout
