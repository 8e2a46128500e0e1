"""The house: rooms that say what is in them, and load what they need when they need it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from convdemo.paths import PACKAGE

DIRECTLY = {"__init__", "__main__", "errors", "files", "paths"}
ROOMS = sorted(
    path.parent
    for path in PACKAGE.rglob("__init__.py")
    if path.parent not in (PACKAGE, PACKAGE / "images" / "fonts") and "ui" not in path.parts
)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


CORE = sorted(
    name_of(path)
    for path in PACKAGE.rglob("*.py")
    if path.stem not in ("__init__", "__main__") and PACKAGE / "ui" not in path.parents
)


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh process has after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_hardly_anything_lies_outside_of_the_rooms():
    assert {path.stem for path in PACKAGE.glob("*.py")} == DIRECTLY


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_says_in_one_paragraph_what_is_in_it(room):
    tree = ast.parse((room / "__init__.py").read_text())
    assert len(tree.body) == 1
    told = ast.get_docstring(tree)
    assert told
    assert "\n\n" not in told
    assert "Begin with" in told.replace("\n", " ")


def test_the_core_never_loads_the_page():
    loaded = loaded_by("\n".join(f"import {name}" for name in CORE))
    assert not {"gradio", "pandas", "matplotlib"} & loaded


@pytest.mark.parametrize(
    "names",
    [
        ["convdemo"],
        [name for name in CORE if name.split(".")[1] in ("images", "preprocessing")],
        ["convdemo.augmentation.problems", "convdemo.augmentation.preview"],
        ["convdemo.data.dataset", "convdemo.data.registry", "convdemo.data.custom"],
        ["convdemo.networks.backbones", "convdemo.networks.hub"],
        ["convdemo.inference.library", "convdemo.inference.predict", "convdemo.inference.upload"],
        ["convdemo.training.runs.store", "convdemo.training.command"],
        ["convdemo.cli.main"],
    ],
    ids=lambda names: names[0],
)
def test_what_the_first_page_needs_does_not_wait_for_torch(names):
    assert not {"torch", "torchvision"} & loaded_by(f"import {', '.join(names)}")


def test_paths_are_built_in_one_place():
    """An exported predict.py has a place of its own, for which it is written."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name) and node.id == "__file__"
    }
    assert found == {"paths.py", "export/runtime.py"}


def test_the_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
    )
    assert done.returncode == 0, done.stdout
