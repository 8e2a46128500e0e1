"""What README and docs say is so: links, folders, commands, figures, tables, the front matter."""

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

README = ROOT / "README.md"
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
BENCHMARKS = ROOT / "tests" / "benchmarks"
KOREAN = ROOT / "README.ko.md"
PAGES = [README, KOREAN, *sorted(DOCS.glob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def targets(page: Path) -> list[str]:
    """Where its links and pictures lead, those to other sites left out."""
    text = prose(page)
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)$", text, re.M)
    return [target for target in found if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def shown_pictures() -> set[str]:
    """The names of all pictures that a page shows."""
    paths = [Path(target) for page in PAGES for target in targets(page)]
    return {path.name for path in paths if path.parent.name == "pictures"}


# Links


@each_page
def test_every_link_leads_somewhere(page):
    for target in targets(page):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_the_readme_links_to_every_page():
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in targets(README)}
    assert set(PAGES) - {README} <= linked


def test_the_readme_is_short():
    lines = README.read_text().splitlines()
    assert len(lines) <= 200
    assert max(map(len, lines)) <= 120


# Folders, and where to add what


def tree() -> dict[str, str]:
    """The folders that docs/rooms.md names, and what it says of them."""
    text = (DOCS / "rooms.md").read_text()
    block = re.search(r"## The folders\n\n```\n(.*?)```", text, re.DOTALL)
    assert block
    lines = [line.partition(" ") for line in block[1].splitlines()]
    assert lines
    return {folder: text.strip() for folder, _, text in lines}


def test_every_folder_in_the_tree_is_there_and_described():
    for folder, text in tree().items():
        assert any((ROOT / folder).iterdir()), folder
        assert text, f"{folder} has no description"


def test_every_folder_with_python_is_in_the_tree():
    found = {
        f"{path.parent.relative_to(ROOT).as_posix()}/"
        for part in ("convdemo", "tests")
        for path in (ROOT / part).rglob("*.py")
    }
    assert not found - set(tree()), "in the project and not in docs/rooms.md"


def test_every_place_to_add_something_is_there():
    text = (DOCS / "rooms.md").read_text()
    places = re.findall(r"`(\w+)`\s+in\s+`((?:convdemo|tests)/[\w/.]+)`", text)
    assert len(places) > 20
    for name, file in places:
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text()), f"{name} is not in {file}"
    for file in re.findall(r"`((?:convdemo|tests)/[\w/.]+)`", text):
        assert (ROOT / file).exists(), file


def test_the_inventory_names_tests_that_there_are():
    from convdemo.ui.app import TABS

    text = (DOCS / "inventory.md").read_text()
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)
    }
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 100
    assert named <= defined
    sections = re.findall(r"^## (\w+)$", text, re.M)
    assert [name.lower() for name in sections] == [tab.NAME for tab in TABS]


# Commands and code


@pytest.mark.parametrize("kind", ["start", "test"])
def test_each_command_makes_its_own_environment(kind):
    found = re.search(rf"<!-- {kind} command -->\n```sh\n(.*)\n```", README.read_text())
    assert found
    command = found[1]
    environment = re.match(r"python3 -m venv (\S+) && ", command)
    assert environment
    _, *parts = command.split(" && ")
    assert [part.startswith(f"{environment[1]}/bin/") for part in parts] == [True] * len(parts)
    assert len(parts) >= 2  # one that installs, one that starts


@pytest.mark.parametrize("page", [README, DOCS / "guide.md"], ids=lambda path: path.name)
def test_every_command_is_in_the_table(page):
    from convdemo.cli.main import _parser

    named = set(re.findall(r"^\| `convdemo (\w+)", page.read_text(), re.MULTILINE))
    actions = [action for action in _parser()._actions if action.dest == "command"]
    assert actions[0].choices is not None
    assert named == set(actions[0].choices)


def test_every_benchmark_is_described():
    named = set(re.findall(r"^\| `(\w+\.py)` \|", (DOCS / "benchmarks.md").read_text(), re.M))
    assert named == {path.name for path in BENCHMARKS.glob("*.py")}


def test_every_script_that_is_named_is_there():
    for page in PAGES:
        for path in re.findall(r"python (tests/\S+\.py)", page.read_text()):
            assert (ROOT / path).exists(), f"{path} in {page.name}"


# Figures and pictures


def test_the_table_of_weights_is_up_to_date():
    page = (DOCS / "networks.md").read_text()
    generator = runpy.run_path(str(BENCHMARKS / "weights_table.py"))
    assert generator["with_table"](page) == page, "run tests/benchmarks/weights_table.py --write"


def test_the_figures_of_the_readme_are_those_of_the_docs():
    table = re.search(r"\| what \| figure \|\n\|---\|---\|\n((?:\|.*\n)+)", README.read_text())
    assert table
    figures = (DOCS / "figures.md").read_text()
    for row in table[1].splitlines():
        figure = row.strip("| ").split(" | ")[-1]
        assert figure in figures, row


def test_all_pictures_are_shown():
    assert shown_pictures() == {
        path.name for path in PICTURES.iterdir() if path.suffix in (".png", ".webp")
    }


def test_every_tab_has_a_screenshot(monkeypatch):
    from convdemo.ui.app import TABS

    names = [tab.NAME for tab in TABS]
    assert {f"{name}.webp" for name in names} == {path.name for path in PICTURES.glob("*.webp")}
    monkeypatch.syspath_prepend(BENCHMARKS)
    taken = runpy.run_path(str(BENCHMARKS / "screenshots.py"), run_name="imported")["TABS"]
    assert list(taken) == names


def test_the_maps_are_what_their_commands_make(tmp_path, monkeypatch, capsys):
    from convdemo.cli.main import main

    monkeypatch.chdir(ROOT)
    guide = (DOCS / "guide.md").read_text()
    block = re.search(r"<!-- pictures -->\n```sh\n(.*?)\n```", guide, re.DOTALL)
    assert block
    made = set()
    for command in block[1].splitlines():
        words = shlex.split(command)[1:]
        assert words[-2:] == ["--out", "docs/pictures"]
        assert main([*words[:-1], str(tmp_path), "--json"]) == 0
        made.add(Path(json.loads(capsys.readouterr().out)["files"][0]).name)
    charts = {f"{path.stem}.png" for path in BENCHMARKS.glob("*.json")}
    assert made == {path.name for path in PICTURES.glob("*.png")} - charts
    for name in made:
        ours, kept = (
            np.asarray(Image.open(folder / name).convert("RGB"), int)
            for folder in (tmp_path, PICTURES)
        )
        assert np.abs(ours - kept).mean() < 1  # processors round differently


# What a Space and a release are made of


def test_requirements_are_the_projects_without_gradio():
    wanted = [line for line in PROJECT["dependencies"] if not line.startswith("gradio")]
    assert (ROOT / "requirements.txt").read_text().splitlines() == sorted(wanted)


def test_front_matter_makes_a_space():
    front = dict(
        line.split(": ", 1)
        for line in README.read_text().split("---\n")[1].splitlines()
        if ": " in line
    )
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert (ROOT / front["app_file"]).exists()
    assert front["python_version"].strip('"') == "3.12"
    least = next(d for d in PROJECT["dependencies"] if d.startswith("gradio")).split(">=")[1]
    pinned = tuple(int(part) for part in front["sdk_version"].split("."))
    assert pinned >= tuple(int(part) for part in least.split("."))
    assert "-e" not in (ROOT / "requirements.txt").read_text()


def test_no_file_names_a_place_on_a_developers_machine():
    for path in [*PAGES, *(ROOT / "convdemo").rglob("*")]:
        if path.suffix in (".py", ".js", ".css", ".json", ".csv", ".md"):
            assert not re.search(r"/(root|home)/\w", path.read_text()), path


def test_the_korean_readme_has_the_commands_and_the_pictures_of_the_other():
    code = r"^```\w+\n(?!.*-test)[^`]+"
    for pattern in (r"docs/pictures/\w+\.webp", r"^\| `convdemo (\w+)", code):
        english, korean = (re.findall(pattern, page.read_text(), re.M) for page in (README, KOREAN))
        assert english == korean
        assert english


def test_the_image_has_what_the_package_is_made_of():
    """Docker copies what is named; the wheel needs the project file's own files as well."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "convdemo", "weights"}
    assert all((ROOT / name).exists() for name in copied)
