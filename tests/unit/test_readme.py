"""What the README says is so: its tree, its commands, its table, its front matter."""

import json
import re
import runpy
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.checkout import ROOT

README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def rooms() -> set[str]:
    """The folders with Python in them."""
    found = {
        path.parent.relative_to(ROOT)
        for part in ("convdemo", "tests")
        for path in (ROOT / part).rglob("*.py")
    }
    return {f"{path}/" for path in found}


def tree() -> dict[str, str]:
    """Path and description of every line of the README's tree."""
    block = re.search(r"## Files\n\n```\n(.*?)```", README, re.DOTALL)
    assert block
    paths: dict[str, str] = {}
    folders: list[str] = []
    for line in block[1].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, _, text = line.strip().partition("  ")
        folders[depth:] = [name]
        paths["".join(folders)] = text.strip()
    assert paths
    return paths


def test_everything_in_the_tree_is_there_and_described():
    for path, text in tree().items():
        assert (ROOT / path).exists(), path
        assert text, f"{path} has no description"


def test_every_room_is_in_the_tree():
    assert not rooms() - set(tree()), "in the project and not in the README"


def test_requirements_are_the_projects_without_gradio():
    wanted = [line for line in PROJECT["dependencies"] if not line.startswith("gradio")]
    assert (ROOT / "requirements.txt").read_text().splitlines() == sorted(wanted)


def test_front_matter_makes_a_space():
    front = dict(
        line.split(": ", 1) for line in README.split("---\n")[1].splitlines() if ": " in line
    )
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert (ROOT / front["app_file"]).exists()
    assert front["python_version"].strip('"') == "3.12"
    least = next(d for d in PROJECT["dependencies"] if d.startswith("gradio")).split(">=")[1]
    pinned = tuple(int(part) for part in front["sdk_version"].split("."))
    assert pinned >= tuple(int(part) for part in least.split("."))
    assert "-e" not in (ROOT / "requirements.txt").read_text()


def test_the_table_of_weights_is_up_to_date():
    generator = runpy.run_path(str(ROOT / "tests" / "benchmarks" / "weights_table.py"))
    assert generator["with_table"](README) == README, (
        "run tests/benchmarks/weights_table.py --write"
    )


@pytest.mark.parametrize("kind", ["start", "test"])
def test_each_command_makes_its_own_environment(kind):
    found = re.search(rf"<!-- {kind} command -->\n```sh\n(.*)\n```", README)
    assert found
    command = found[1]
    environment = re.match(r"python3 -m venv (\S+) && ", command)
    assert environment
    _, *parts = command.split(" && ")
    assert [part.startswith(f"{environment[1]}/bin/") for part in parts] == [True] * len(parts)
    assert len(parts) >= 2  # one that installs, one that starts


def test_every_command_of_the_table_exists():
    from convdemo.cli.main import _parser

    named = set(re.findall(r"^\| `convdemo (\w+)", README, re.MULTILINE))
    actions = [action for action in _parser()._actions if action.dest == "command"]
    assert actions[0].choices is not None
    assert named == set(actions[0].choices)


def test_the_pictures_are_what_their_commands_make(tmp_path, monkeypatch, capsys):
    from convdemo.cli.main import main

    monkeypatch.chdir(ROOT)
    block = re.search(r"<!-- pictures -->\n```sh\n(.*?)\n```", README, re.DOTALL)
    assert block
    made = set()
    for command in block[1].splitlines():
        words = shlex.split(command)[1:]
        assert words[-2:] == ["--out", "tests/pictures"]
        assert main([*words[:-1], str(tmp_path), "--json"]) == 0
        made.add(Path(json.loads(capsys.readouterr().out)["files"][0]).name)
    shown = set(re.findall(r"\(tests/pictures/([\w.-]+)\)", README))
    assert made
    assert shown == made == {path.name for path in (ROOT / "tests" / "pictures").glob("*.png")}
    for name in shown:
        ours, kept = (
            np.asarray(Image.open(folder / name).convert("RGB"), int)
            for folder in (tmp_path, ROOT / "tests" / "pictures")
        )
        assert np.abs(ours - kept).mean() < 1  # processors round differently


def test_no_file_names_a_place_on_a_developers_machine():
    kinds = (".py", ".js", ".css", ".json", ".csv")
    paths = [path for path in (ROOT / "convdemo").rglob("*") if path.suffix in kinds]
    assert {path.suffix for path in paths} == set(kinds)
    named = [path for path in paths if re.search(r"/(root|home)/\w", path.read_text())]
    assert named == []
