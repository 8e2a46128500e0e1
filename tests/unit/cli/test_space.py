"""What a Space needs, tried on the project itself and on checkouts that lack something."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.checkout import ROOT

from convdemo.cli import main, space
from convdemo.errors import UserError

FRONT = '---\nsdk: gradio\nsdk_version: 6.31.0\npython_version: "3.12"\napp_file: app.py\n---\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the settings of a Space but no title, whose app ends at once."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "README.md").write_text(FRONT)
    (folder / "app.py").write_text("raise SystemExit('there is no module of that name')\n")
    (folder / "requirements.txt").write_text("")
    return folder


def test_this_checkout_runs_as_a_space(capsys):
    """With the packages that are installed; the command itself builds an environment of its own."""
    assert main.main(["space", "check", str(ROOT), "--installed", "--json"]) == 0
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert list(found) == ["settings", "files", "page", "endpoints", "digit", "log"]
    assert "/predict_digit, " in found["endpoints"]["told"]
    assert found["digit"]["told"] == "the example of a 2 is read as 2"


def test_what_is_missing_is_said(checkout: Path, capsys):
    (checkout / "weights.bin").write_bytes(bytes(space.LARGEST + 1))
    (checkout / ".gitignore").write_text("kept\n")
    (checkout / "kept").write_bytes(bytes(space.LARGEST + 1))
    assert main.main(["space", "check", str(checkout), "--installed"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["FAILS", "FAILS", "FAILS"]
    assert lines[0].endswith("settings: missing: title")
    assert lines[1].endswith("files: over 10 MB: weights.bin")
    assert lines[2].endswith("page: there is no module of that name")


def test_an_environment_that_cannot_be_built_is_said(checkout: Path, monkeypatch):
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "pip" in command:
            raise subprocess.CalledProcessError(1, command, stderr="...\nERROR: no such version")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(space, "_files", lambda folder: [folder / "app.py"])
    monkeypatch.setattr(space.subprocess, "run", run)
    *_, last = space.check(checkout, sys.executable, installed=False)
    assert (last.what, last.works, last.told) == ("environment", False, "ERROR: no such version")


def test_a_folder_that_is_no_space_is_refused(tmp_path: Path, checkout: Path):
    with pytest.raises(UserError, match="does not begin with a Space's settings"):
        list(space.check(tmp_path, None, installed=True))
    shutil.rmtree(checkout / ".git")
    with pytest.raises(UserError, match="is no checkout that git can list"):
        list(space.check(checkout, None, installed=True))
