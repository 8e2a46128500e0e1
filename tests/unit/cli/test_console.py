"""Consoles of every coding: no command stops at a character, and JSON stays JSON."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.photo_files import photo
from support.small_data import write_zip

from convdemo.cli import main
from convdemo.images.render import encode_png
from convdemo.ui.page import examples

CODINGS = ("ascii", "cp1252", "cp1251", "cp949", "utf-8", "utf-16")
SEVEN = examples("digits")["chalk-two.png"]
KOREAN = "고양이 ×😀é"
QUICKLY = ("--no-augment", "--copies", "1")
SALIENCY = ("--model", "simple_ann-mnist", "--method", "saliency")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, small_data_dir: Path) -> Path:
    """A folder with pictures, photos and a model, all with names that few codings have."""
    folder = tmp_path_factory.mktemp("말")
    for name in ("둘.png", f"{KOREAN}.png"):
        (folder / name).write_bytes(SEVEN.read_bytes())
    (folder / "글.png").write_text("no picture", encoding="utf-8")
    kinds = {"고양이": "disc", "강아지": "stripes"}
    files = {
        f"{name}/{place}.jpg": photo(kind, place)
        for name, kind in kinds.items()
        for place in range(8)
    }
    write_zip(folder / "동물.zip", files)
    words = ["--out", "animals", "--weights-dir", str(folder / "shelf"), *QUICKLY]
    assert main.main(["transfer", str(folder / "동물.zip"), *words]) == 0
    (folder / "사진.png").write_bytes(encode_png(np.full((60, 60, 3), 90, np.uint8)))
    return folder


def words_of(place: Path, data: Path) -> dict[str, tuple[int, list[str]]]:
    """For each command what it is given, as a person with a Korean keyboard would, and its end."""
    shelf = ["--weights-dir", str(place / "shelf")]
    two, unread = str(place / f"{KOREAN}.png"), str(place / "글.png")
    return {
        "list": (0, shelf),
        "predict": (1, ["digits", two, unread]),
        "evaluate": (0, ["simple_ann", "mnist", "--data-dir", str(data)]),
        "train": (2, ["simple_ann", str(place / "없음.zip")]),
        "transfer": (0, [str(place / "동물.zip"), "--out", "again", *shelf, *QUICKLY]),
        "augment": (0, [two, "--n", "2"]),
        "explain": (
            0,
            [two, *SALIENCY, "--out", str(place / "까닭")],
        ),
        "convolve": (0, ["--dims", "2", "--input", "9", "--kernel", "3"]),
        "export": (2, ["없음", "--format", "zip", "--out", str(place / "모델.zip")]),
        "bench": (2, ["train", "--dataset", "없음"]),
        "space": (2, ["check", str(place)]),
        "report": (0, ["example", "--language", "ko", "--out", str(place / "보고서.zip")]),
    }


COMMANDS = (
    *("list", "predict", "evaluate", "train", "transfer"),
    *("augment", "explain", "convolve", "export", "bench", "report", "space"),
)


def said(
    monkeypatch: pytest.MonkeyPatch, coding: str, words: list[str]
) -> tuple[int, bytes, bytes]:
    """The status of a command on a console of that coding, and what came out of both streams."""
    streams = {}
    for name in ("stdout", "stderr"):
        streams[name] = io.TextIOWrapper(io.BytesIO(), encoding=coding, write_through=True)
        monkeypatch.setattr(sys, name, streams[name])
    status = main.main(words)
    out, err = (stream.buffer.getvalue() for stream in streams.values())
    return status, out, err


def test_every_command_is_tried():
    parser = main._parser()
    [commands] = [action.choices for action in parser._actions if action.dest == "command"]
    assert {*COMMANDS, "serve"} == set(commands or ())


@pytest.mark.parametrize("json_asked", [False, True], ids=["words", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_stops_at_a_character(
    command: str,
    json_asked: bool,
    place: Path,
    small_data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    status, words = words_of(place, small_data_dir)[command]
    words = [command, *words, *(["--json"] if json_asked else [])]
    ended, out, err = said(monkeypatch, "ascii", words)
    assert ended == status, err.decode()
    assert b"Traceback" not in err
    assert bool(out) == (command == "predict" or not status)
    for line in out.decode().splitlines() if json_asked else ():
        json.loads(line)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_name_comes_out_in_every_coding(
    coding: str, place: Path, monkeypatch: pytest.MonkeyPatch
):
    file = str(place / f"{KOREAN}.png")
    _, out, _ = said(monkeypatch, coding, ["predict", "digits", file])
    line = out.decode(coding)
    kept = "".join(mark for mark in KOREAN if mark.encode(coding, "ignore").decode(coding))
    assert ": 2 (" in line
    assert all(mark in line for mark in kept)
    assert ("\\uace0\\uc591\\uc774" in line) == ("고" not in kept)
    _, out, _ = said(monkeypatch, coding, ["predict", "digits", file, file, "--json"])
    assert [json.loads(row)["file"] for row in out.decode("utf-8").splitlines()] == [file] * 2
    _, _, err = said(monkeypatch, coding, ["predict", "digits", str(place / "글.png")])
    assert ".png: " in err.decode(coding)


def test_a_file_name_that_is_no_text_comes_out(place: Path, monkeypatch: pytest.MonkeyPatch):
    name = "7\udcff.png"
    status, out, err = said(monkeypatch, "utf-8", ["predict", "digits", name])
    assert (status, out) == (1, b"")
    assert err.startswith(b"7\\udcff.png: ")


def test_escapes_are_those_of_json():
    text = json.dumps({KOREAN: 1}, ensure_ascii=False)
    for coding in ("ascii", "cp1252"):
        assert json.loads(text.encode(coding, "convdemo.escape").decode(coding)) == {KOREAN: 1}


def run(*words: str, **settings: object) -> subprocess.Popen[bytes]:
    variables = {**os.environ, **dict(settings.pop("env", {}))}  # type: ignore[call-overload]
    return subprocess.Popen(
        [sys.executable, "-m", "convdemo", *words],
        env=variables,
        stderr=subprocess.PIPE,
        **settings,  # type: ignore[arg-type]
    )


def test_a_process_of_another_coding_prints_json(place: Path):
    shelf = ["--weights-dir", str(place / "shelf")]
    process = run(
        "list", "--json", *shelf, env={"PYTHONIOENCODING": "cp1252"}, stdout=subprocess.PIPE
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    [animals] = [row for row in json.loads(out) if row["name"] == "animals"]
    assert set(animals["classes"]) == {"고양이", "강아지"}


def closed(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise")
def test_a_reader_that_went_away_is_no_fault():
    reading, writing = os.pipe()
    os.close(reading)
    process = run("list", stdout=writing)
    os.close(writing)
    assert closed(process) == (1, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="no closed descriptors at the start")
def test_a_command_without_any_stdout_ends_well():
    process = run("list", preexec_fn=lambda: os.close(1))
    assert closed(process) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_said():
    with open("/dev/full", "wb") as full:
        status, err = closed(run("list", stdout=full))
    assert status == 1
    assert err.startswith(b"convdemo: ")
    assert err.count(b"\n") == 1


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch, capsys):
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CONVDEMO_HOME")
    monkeypatch.setattr(Path, "home", staticmethod(nobody))
    assert main.main(["list"]) == 2
    assert capsys.readouterr().err == (
        "convdemo: this user has no home folder: name one with HOME\n"
    )
