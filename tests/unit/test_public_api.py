"""What code from outside may rely on: some forty names, loaded when they are asked for."""

import ast
import re
import subprocess
import sys

import pytest

import convdemo
from convdemo.paths import PACKAGE


@pytest.mark.parametrize("name", convdemo.__all__)
def test_every_name_is_there_and_is_what_it_says(name):
    found = getattr(convdemo, name)
    place = convdemo._PLACES[name]
    assert f"{found.__module__}.{found.__name__}" == f"convdemo.{place}"
    assert found.__doc__


def test_types_and_places_name_the_same():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    typed = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convdemo.")
        for alias in node.names
    }
    assert typed == {name: f"convdemo.{place}" for name, place in convdemo._PLACES.items()}
    assert sorted(typed) == convdemo.__all__
    assert set(convdemo.__all__) <= set(dir(convdemo))


def test_offered_code_takes_all_from_there():
    texts = [
        node.value
        for path in (PACKAGE / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    imports = re.findall(r"^[^#\n]*(?:from|import) convdemo.*", "\n".join(texts), re.MULTILINE)
    assert len(imports) >= 10
    assert [line for line in imports if "convdemo." in line] == []


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="has no attribute 'read_sound'"):
        getattr(convdemo, "read_sound")  # noqa: B009
    with pytest.raises(ImportError):
        exec("from convdemo import read_sound")


def test_nothing_is_loaded_before_it_is_asked_for():
    code = (
        "import sys\nfrom convdemo import default_data_dir, load_model, predict, read_image\n"
        "print(sorted({'torch', 'timm', 'gradio', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_example_of_the_docstring_runs(tmp_path):
    example = PACKAGE / "ui" / "examples" / "digits" / "seven-with-bar.png"
    lines = (convdemo.__doc__ or "").splitlines()
    code = "\n".join(line[4:] for line in lines if line.startswith("    "))
    code = code.replace('"seven.png"', repr(str(example)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "7"
