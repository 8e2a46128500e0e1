"""Every command with every kind of file and of place: a right answer or one sentence."""

import argparse
import dataclasses
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from support.small_data import members, write_zip

from convdemo.cli import main as cli
from convdemo.cli.main import main
from convdemo.data.custom import JOB, PREPROCESSING
from convdemo.images.render import encode_png
from convdemo.inference import library
from convdemo.inference.card import SUFFIX, read_card
from convdemo.inference.library import find, list_models, model_dirs, save
from convdemo.networks.registry import MODELS
from convdemo.networks.warm_start import with_head
from convdemo.transfer.bases import DEFAULT, load_base
from convdemo.transfer.plan import Outcome, Plan
from convdemo.transfer.run import card_of

CLASSES = ("red", "green", "blue")
_INK = np.full((90, 70, 3), 255, np.uint8)
_INK[20:70, 30:42] = 0
SEEN = encode_png(_INK)  # a one, as far as it is a digit


def shipped(name: str) -> Path:
    return find(name, list_models(model_dirs())).path


def transferred(path: Path, plan: Plan) -> None:
    """What `convdemo transfer` puts in the model library, but for the training."""
    if plan.mode == "scratch":
        spec = plan.photos
        network = MODELS[plan.network].build((3, spec.side, spec.side), 3)
    else:
        network = with_head(load_base(DEFAULT), 3)
    answers, labels = torch.eye(3), torch.arange(3)
    outcome = Outcome(plan, network, CLASSES, answers, labels, (0, 1, 2), 9, 1, 1.0)
    command = "convdemo transfer FOLDER --mode features"
    save(path, card_of(outcome, path.stem, dataset="colours", command=command), network)


def own_pictures(path: Path) -> None:
    """A network for pictures of somebody's own, of which the data set is gone."""
    shape = (3, 64, 64)
    base = read_card(shipped("photo_lite-fashion_mnist_photos"))
    card = dataclasses.replace(
        base,
        name=path.stem,
        dataset="own-0123abcd",
        job=JOB,
        classes=CLASSES,
        extra_classes=(),
        preprocessing=PREPROCESSING,
        mean=(0.5,),
        std=(0.5,),
        unknown=None,
        default_for=None,
    )
    network = MODELS[card.model].build(shape, 3)
    save(path, dataclasses.replace(card, shape=shape), network)


def told_otherwise(**changes: Any) -> Callable[[Path], None]:
    """A file of a digit network whose card says something else of it."""

    def make(path: Path) -> None:
        source = shipped("simple_ann-mnist")
        values = {**dataclasses.asdict(read_card(source)), "name": path.stem, **changes}
        save_file(load_file(source), path, {"card": json.dumps(values)})

    return make


def shipped_as(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        card = dataclasses.replace(read_card(shipped(name)), name=path.stem, default_for=None)
        shutil.copy(shipped(name), path)
        library.recard(path, card)

    return make


def half(path: Path) -> None:
    whole = shipped("simple_ann-mnist").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def pickled(path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, path)


# How each kind of file is made; its name in the model library is the kind.
WHOLE = {
    "digits": shipped_as("simple_ann-mnist"),
    "clothes": shipped_as("fashion_dnn-fashion_mnist"),
    "photos": shipped_as("compact_resnet-cifar10"),
    "own": own_pictures,
    "features": lambda path: transferred(path, Plan()),
    "finetune": lambda path: transferred(path, Plan(mode="finetune", epochs=1)),
    "scratch": lambda path: transferred(path, Plan(mode="scratch", network="cats_dogs_5")),
}
# A card that is read, and a file that is not what it says.
FALSE = {
    "other-model": told_otherwise(model="cnn"),
    "no-model": told_otherwise(model="nothing"),
    "no-dataset": told_otherwise(dataset="../../etc"),
    "no-job": told_otherwise(job="music", preprocessing="spectrum"),
    "no-views": told_otherwise(views="kaleidoscope"),
    "no-threshold": told_otherwise(unknown={}),
    "other-pictures": told_otherwise(preprocessing="square"),
    "no-preprocessing": told_otherwise(preprocessing="spectrum"),
    "other-shape": told_otherwise(shape=(1, 14, 56)),
    "no-settings": told_otherwise(config={}),
    "later-settings": told_otherwise(config={"epochs": 1, "mood": "good"}),
    "odd-settings": told_otherwise(config={"epochs": "many"}),
}
BROKEN = {
    "half": half,
    "cardless": lambda path: save_file({"a": torch.zeros(1)}, path),
    "text": lambda path: path.write_text("weights, I was told"),
    "empty": lambda path: path.write_bytes(b""),
    "folder": lambda path: path.mkdir(),
    "zip": lambda path: write_zip(path, {"a.txt": b"a"}),
    "pickle": pickled,
    "picture": lambda path: path.write_bytes(SEEN),
    "absent": lambda path: None,
}
KINDS: dict[str, Callable[[Path], Any]] = {**WHOLE, **FALSE, **BROKEN}


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shelf with a file of every kind, and a picture to read."""
    folder = tmp_path_factory.mktemp("around")
    (folder / "shelf").mkdir()
    for kind, make in KINDS.items():
        make(folder / "shelf" / f"{kind}{SUFFIX}")
    (folder / "seen.png").write_bytes(SEEN)
    return folder


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Nothing is downloaded, and no second Python proves an export."""
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))
    figures = {"largest_difference": 0.0, "pictures": 10}
    monkeypatch.setattr("convdemo.export.exporter._answered", lambda *_: figures)
    monkeypatch.setattr("torchvision.datasets.CIFAR10", _absent)


def _absent(*_: Any, **__: Any) -> None:
    raise RuntimeError("not found, and there is no network here")


WITH_MAPS = ("photos", "own", "features", "finetune", "scratch")
# What such cards say wrongly is not needed to read a picture, or else to train again.
READ = ("no-dataset", "no-settings", "later-settings", "odd-settings")
TRAINED = ("no-job", "no-views", "no-preprocessing", "other-model", "other-pictures", "other-shape")
# Words of each command that takes a model or a file; {kind} is the name of a model, {file} its
# file. Behind them the kinds with which it does its work, and with no others.
MODEL_COMMANDS = {
    "predict digits {around}/seen.png --model {kind}": ("digits", *READ),
    "predict clothes {around}/seen.png --model {kind}": ("clothes",),
    "predict photos {around}/seen.png --model {kind}": ("photos",),
    "predict custom {around}/seen.png --model {kind}": ("own", "features", "finetune", "scratch"),
    "explain {around}/seen.png --model {kind} --method saliency --out {out}": (*WHOLE, *READ),
    "explain {around}/seen.png --model {kind} --method feature_maps --out {out}": (*WITH_MAPS,),
    "export {kind} --format zip --out {out}.zip": (*WHOLE, *READ),
    "train --like {file} --epochs 1 --limit 20 --device cpu": ("digits", "clothes", *TRAINED),
    "evaluate {kind} mnist": (),
    "bench train --dataset {kind}": (),
    "transfer {around} --backbone {kind}": (),
}
FILE_COMMANDS = {
    "predict digits {file}": ("picture",),
    "explain {file} --model digits --method saliency --out {out}": ("picture",),
    "augment {file} --n 1": ("picture",),
    "augment {file} --n 1 --chain ten --out {out}.png": ("picture",),
    "transfer {file}": (),
    "train cnn {file}": (),
    "list --weights-dir {file}": (*KINDS,),
    "predict digits {around}/seen.png --weights-dir {file}": (*KINDS,),
}


def said_once(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status, and what was said of it: one line, or what argparse says of wrong words."""
    try:
        status = main(words)
    except SystemExit as over:
        status = int(str(over.code))
        assert capsys.readouterr().err.startswith("usage: convdemo")
        return status, ""
    told = capsys.readouterr().err
    assert "Traceback" not in told
    if status:
        assert status in (1, 2)
        # What was left out of a set is told before, line by line; then one sentence, or the file.
        *before, sentence = told.rstrip().splitlines()
        assert all(re.match(r"  .+ left out", line) for line in before), told
        assert re.match(r"convdemo: |/", sentence), told
    return status, told


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("template", {**MODEL_COMMANDS, **FILE_COMMANDS})
def test_a_command_with_a_kind_of_file(
    template: str, kind: str, around: Path, small_data_dir: Path, tmp_path: Path, capsys
):
    places = {"around": around, "file": around / "shelf" / f"{kind}{SUFFIX}", "kind": kind}
    words = [word.format(**places, out=tmp_path / "out") for word in template.split()]
    if "--weights-dir" not in words:
        own = tmp_path / "own" if template.startswith("train") else around / "shelf"
        words += ["--weights-dir", str(own)]
    if words[0] in ("train", "evaluate", "bench"):
        words += ["--data-dir", str(small_data_dir)]
    status, told = said_once(words, capsys)
    works = {**MODEL_COMMANDS, **FILE_COMMANDS}[template]
    assert (status == 0) == (kind in works), told
    if words[0] == "train" and kind in works:
        (made,) = (tmp_path / "own").iterdir()
        like = read_card(places["file"]).config
        asked = {"epochs": 1, "limit": 20, "device": "cpu"}
        config = read_card(made).config
        assert {name: config[name] for name in (like | asked)} == like | asked


@pytest.mark.parametrize("kind", ["features", "finetune", "scratch"])
def test_what_transfer_made_is_told_with_its_command(kind: str, around: Path, capsys):
    assert main(["train", "--like", str(around / "shelf" / f"{kind}{SUFFIX}")]) == 2
    told = capsys.readouterr().err
    assert "it was made by: convdemo transfer FOLDER --mode features" in told


# How a place for a file is no place: made in a folder, it gives the path that is named.
PLACES: dict[str, Callable[[Path], str]] = {
    "a file in the way": lambda folder: _file(folder / "file"),
    "a file further up": lambda folder: _file(folder / "file") + "/a/b",
    "read-only": lambda folder: "/proc/convdemo",
    "too long": lambda folder: str(folder / ("x" * 300)),
    "no name at all": lambda folder: f"{folder}/a\0b",
}
WRITING = {
    "train cnn mnist --weights-dir {place}": "convdemo.training.fit.prepare",
    "transfer {photos} --weights-dir {place}": "convdemo.cli.pictures.read_and_tell",
    "export digits --format zip --out {place}/x.zip": "convdemo.export.zip_file.write_zip",
    "augment {around}/seen.png --out {place}/x.png": "convdemo.cli.augment._tiles",
    "explain {around}/seen.png --model digits --out {place}": "convdemo.cli.explain._subject",
    "train cnn mnist --tensorboard {place}": "convdemo.training.fit.prepare",
    "report example --out {place}/x.zip": "convdemo.export.report.write_report",
    "train cnn mnist --figures {place}": "convdemo.training.fit.prepare",
    "transfer {photos} --figures {place}": "convdemo.cli.pictures.read_and_tell",
    "evaluate simple_ann mnist --figures {place}": "convdemo.inference.library.load",
    "augment {around}/seen.png --figures {place}": "convdemo.cli.augment._tiles",
    "explain {around}/seen.png --out {photos}/o --figures {place}": "convdemo.cli.explain._subject",
}


def _file(path: Path) -> str:
    path.write_text("")
    return str(path)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("template", WRITING)
def test_no_work_begins_where_its_result_cannot_be_written(
    template: str,
    place: str,
    around: Path,
    small_data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys,
):
    def work(*_: Any, **__: Any) -> None:
        raise AssertionError("the work began")

    monkeypatch.setattr(WRITING[template], work)
    places = {"place": PLACES[place](tmp_path), "around": around, "photos": tmp_path}
    words = [word.format(**places) for word in template.split(" ")]
    if "--weights-dir" not in words:
        words += ["--weights-dir", str(around / "shelf")]
    before = sorted(tmp_path.rglob("*"))
    status, told = said_once(words, capsys)
    assert status == 2
    # A file that is named goes into a folder that is there; folders are made.
    into_a_folder = words[0] in ("export", "augment") and place != "too long"
    into_a_folder &= "--figures" not in words
    assert ("there is no folder" if into_a_folder else "cannot be written: ") in told
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("words", ["train cnn mnist", "transfer {photos}"])
@pytest.mark.parametrize("place", ["a file in the way", "a file further up", "read-only"])
def test_no_work_begins_where_the_home_is_none(
    words: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("CONVDEMO_HOME", PLACES[place](tmp_path))
    monkeypatch.setattr("convdemo.training.fit.prepare", None)
    monkeypatch.setattr("convdemo.cli.transfer.read_and_tell", None)
    status, told = said_once(words.format(photos=tmp_path).split(), capsys)
    assert status == 2
    assert "cannot be written: " in told


def test_a_folder_that_is_missing_is_made(small_data_dir: Path, tmp_path: Path, capsys):
    shelf_of_mine = tmp_path / "not" / "there" / "yet"
    words = f"train simple_ann mnist --epochs 1 --limit 50 --weights-dir {shelf_of_mine}"
    assert main([*words.split(), "--data-dir", str(small_data_dir)]) == 0
    assert [path.name for path in shelf_of_mine.iterdir()] == ["simple_ann-mnist.safetensors"]
    seen = tmp_path / "seen.png"
    seen.write_bytes(SEEN)
    out = tmp_path / "maps" / "of" / "mine"
    words = f"explain {seen} --model simple_ann-mnist --method saliency --out {out}"
    assert main(words.split()) == 0
    assert len(list(out.iterdir())) == 2


def test_a_home_that_takes_nothing_slows_nothing_but_the_next_start(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    """What was measured of this machine is kept in the home, if it can be."""
    monkeypatch.setenv("CONVDEMO_HOME", _file(tmp_path / "home"))
    words = f"train simple_ann mnist --epochs 1 --limit 50 --weights-dir {tmp_path / 'own'}"
    assert main([*words.split(), "--data-dir", str(small_data_dir)]) == 0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("x" * 61, "does not fit"),
        ("a/b", "does not fit"),
        ("../up", "does not fit"),
        ("a\0b", "does not fit"),
        ("", "does not fit"),
        ("nul", "Windows has it for a device"),
        ("com1", "Windows has it for a device"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_before_the_photos_are_read(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr("convdemo.cli.transfer.read_and_tell", None)
    status, told = said_once(["transfer", str(tmp_path), "--out", name], capsys)
    assert status == 2
    assert why in told


def full(monkeypatch: pytest.MonkeyPatch, shelf_of_mine: Path, error: Exception) -> None:
    """From now on nothing more goes into that folder, as on a disk that is full."""
    import safetensors.torch

    write = safetensors.torch.save_file

    def refuse(tensors: Any, path: Path, metadata: Any = None) -> None:
        if path.parent == shelf_of_mine:
            raise error
        write(tensors, path, metadata)

    monkeypatch.setattr("safetensors.torch.save_file", refuse)


FULL = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
]


@pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("command", ["train", "transfer"])
def test_weights_that_find_no_room_are_kept_elsewhere(
    command: str,
    error: Exception,
    small_data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys,
):
    own, spare = tmp_path / "own", tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    full(monkeypatch, own, error)
    if command == "train":
        words = (
            f"train simple_ann mnist --epochs 1 --limit 50 --device cpu --data-dir {small_data_dir}"
        )
        name = "simple_ann-mnist"
    else:
        for file, data in members(12).items():
            path = tmp_path / "colours" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        words, name = f"transfer {tmp_path / 'colours'}", "efficientnet_lite0-colours"
    status, told = said_once([*words.split(), "--weights-dir", str(own)], capsys)
    assert status == 1
    assert f"{own / name}{SUFFIX} could not be written: " in told
    assert "No space left on device" in told
    (kept,) = spare.rglob(f"*{SUFFIX}")
    assert f"The weights are kept in {kept}." in told
    assert library.load(kept).card.name == name
    assert not list(own.iterdir())


def test_where_no_place_takes_the_weights_that_is_said(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    def refuse(*_: Any, **__: Any) -> None:
        raise FULL[0]

    monkeypatch.setattr("safetensors.torch.save_file", refuse)
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("convdemo.files.SPARE", (str(spare),))
    words = f"train simple_ann mnist --epochs 1 --limit 50 --weights-dir {tmp_path / 'own'}"
    status, told = said_once([*words.split(), "--data-dir", str(small_data_dir)], capsys)
    assert status == 1
    assert told == f"convdemo: {os.strerror(errno.ENOSPC)}\n"
    assert not list(spare.iterdir())


def commands() -> list[str]:
    """The names of all commands."""
    (found,) = (
        action.choices
        for action in cli._parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return list(found)


# Words of every command, and a function behind it at which the system says no.
DEEP = {
    "serve": "convdemo.ui.launch.serve",
    "list": "convdemo.cli.main.list_models",
    "predict digits {around}/seen.png": "convdemo.inference.predict.predict_picture",
    "evaluate simple_ann mnist": "convdemo.cli.main.load",
    "train cnn mnist": "convdemo.training.fit.prepare",
    "bench train": "convdemo.training.benchmark.bench_train",
    "transfer {around}/shelf": "convdemo.cli.transfer.read_and_tell",
    "augment {around}/seen.png": "convdemo.augmentation.policies.preview",
    "explain {around}/seen.png --model digits --out {out}": "convdemo.explain.subject.subject_of",
    "convolve --dims 1 --input 5 --kernel 3": "convdemo.cli.convolve.describe",
    "export digits --format zip --out {out}": "convdemo.inference.library.load",
    "space check": "convdemo.cli.space.front_matter",
    "report example --out {out}": "convdemo.export.report.write_report",
}


def test_every_command_is_tried_here():
    assert sorted({words.split()[0] for words in DEEP}) == sorted(commands())


@pytest.mark.parametrize("template", DEEP)
def test_no_command_ends_in_a_traceback_of_the_system(
    template: str, around: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    places = {"around": around, "out": tmp_path / "out"}
    words = [word.format(**places) for word in template.split()]
    for error, sentence in {
        PermissionError(errno.EACCES, "Permission denied", "/a/b"): "/a/b: Permission denied",
        OSError(errno.ENOSPC, "No space left on device"): "No space left on device",
        OSError("no more is known of it"): "no more is known of it",
    }.items():

        def fail(*_: Any, error: OSError = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(DEEP[template], fail)
        status, told = said_once([*words, "--weights-dir", str(around / "shelf")], capsys)
        assert (status, told) == (1, f"convdemo: {sentence}\n")


def test_output_that_finds_no_room_is_said_once(tmp_path: Path):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with Path("/dev/full").open("w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-m", "convdemo", "list"],
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (1, f"convdemo: {os.strerror(errno.ENOSPC)}\n")
