"""Pictures that a visitor brings to the Train tab: read aside, trained on, seen by nobody else."""

import base64
import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from convdemo.ui.own_pictures import AT_ONCE, Readings
from gradio.utils import get_upload_folder
from support.contexts import ALICE, BOB, make_context, train
from support.small_data import COLOURS, HEIC, members, write_zip

from convdemo.cli.main import main
from convdemo.images.decode import read_picture
from convdemo.inference.library import load
from convdemo.inference.predict import predict_picture
from convdemo.training.runs.store import ON_SPACE
from convdemo.ui import own_pictures, train_choices, train_outcome, training
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

EASY = {"epochs": 4, "batch": 10, "lr": 2e-3, "device": "cpu", "augment": "none"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def context(home: Path, small_data_dir: Path) -> Context:
    return make_context(home, small_data_dir)


@pytest.fixture
def on_space(home: Path, small_data_dir: Path) -> Context:
    return make_context(home, small_data_dir, on_space=True)


def upload(tmp_path: Path, files: dict[str, bytes]) -> str:
    """The path of a zip as the page's upload leaves it."""
    folder = Path(get_upload_folder()) / tmp_path.name
    folder.mkdir(parents=True, exist_ok=True)
    return str(shutil.move(write_zip(tmp_path / "colours.zip", files), folder / "colours.zip"))


def bring(context: Context, path: str, who: dict[str, str] | None = None) -> dict[str, Any]:
    """The last state of a reading: with the name of the data set, or a problem."""
    asked, readings = who or {}, Readings()
    key = own_pictures.begin(context, readings, {"upload": path, "title": "colours.zip", **asked})
    for _ in range(300):
        found = own_pictures.state(context, readings, {**key, **asked})
        if found.get("dataset") or "problem" in found:
            return found
        time.sleep(0.05)
    pytest.fail("the zip was not read within 15 seconds")


def test_a_zip_is_trained_on_and_what_it_taught_is_used(context: Context, home: Path):
    extra = {"red/a.heic": HEIC, "blue/b.HEIC": HEIC, "__MACOSX/red/._0.png": b"x"}
    path = upload(home, {**members(), **extra})
    brought = bring(context, path)
    assert (brought["done"], brought["of"]) == (60, 60)
    assert not Path(path).exists()  # what is kept is kept elsewhere
    name = brought["dataset"]

    offer = train_choices.options(context, {})
    described = offer["datasets"][-1]
    assert (described["title"], described["pictures"], described["own"]) == ("colours", 42, True)
    assert described["classes"] == ["blue", "green", "red"]
    meant = [model["name"] for model in offer["models"] if name in model["datasets"]]
    assert meant == ["photo_lite"]
    assert offer["presets"]["photo_lite"][name]["recipe"]["augment"] == "custom"

    assert described["counts"] == [20, 20, 20]
    assert [(one["kind"], one["count"], one["of"]) for one in described["findings"]] == [
        ("kind", 2, "HEIC"),
        ("hidden", 1, ""),
    ]
    known = train_choices.classes(context, {"dataset": name})["classes"]
    assert [(one["name"], one["count"]) for one in known] == [
        ("blue", 20),
        ("green", 20),
        ("red", 20),
    ]
    for one in known:
        assert len(one["images"]) == train_choices.OF_CLASS
        for image in one["images"]:
            pixels = read_picture(base64.b64decode(image.split(",")[1])).rgb
            assert pixels.mean(axis=(0, 1)) == pytest.approx(COLOURS[one["name"]], abs=12)

    shown = train_choices.samples(context, {"dataset": name})
    assert sum(shown["counts"]) == shown["n"] == 42
    assert train_choices.layers(context, {"model": "cnn", "dataset": name})["rows"][-1][
        "shape"
    ] == (3,)

    asked = {"model": "cnn", "dataset": name, "config": EASY}
    folder = train(context, training.start(context, asked)["run"])
    assert folder.state.test_accuracy == 1.0
    run = {"run": folder.path.name}
    assert train_outcome.outcome(context, run)["n"] == 9
    cell = train_outcome.cell(context, {**run, "actual": 2, "predicted": 2})
    assert cell["total"] == 3
    moment = train_outcome.moment(context, {**run, "epoch": 1})
    assert {one["actual"] for one in moment["watched"]} == {"blue", "green", "red"}

    saved = folder.state.saved
    trained = load(context.model_dirs[0] / f"{saved}.safetensors")
    assert trained.card.job == "custom"
    for member, data in list(members().items())[::7]:
        prediction = predict_picture(trained, read_picture(data))
        assert prediction.label == member.split("/")[0]

    own_pictures.forget(context, {"dataset": name})
    with pytest.raises(Refused, match="train_dataset_gone"):
        train_choices.samples(context, {"dataset": name})
    with pytest.raises(Refused, match="train_dataset_gone"):
        train_outcome.outcome(context, run)
    assert training.listed(context, {})["runs"][0]["dataset"] == name  # the run itself is kept


def test_a_data_set_that_a_run_needs_is_not_deleted(context: Context, home: Path):
    name = bring(context, upload(home, members()))["dataset"]
    training.start(context, {"model": "cnn", "dataset": name, "config": EASY})
    with pytest.raises(Refused, match="train_dataset_used"):
        own_pictures.forget(context, {"dataset": name})


def test_a_zip_that_makes_no_data_set_is_refused_with_its_reason(context: Context, home: Path):
    files = {k: v for k, v in members().items() if k.startswith("red/")}
    found = bring(context, upload(home, files | {"red/a.heic": HEIC}))
    assert (found["problem"], found["values"]) == ("photos_one_class", {"name": "red"})
    assert [(one["kind"], one["of"]) for one in found["findings"]] == [("kind", "HEIC")]
    heics = {f"{name}/{n}.heic": HEIC for name in "abc" for n in range(4)}
    found = bring(context, upload(home, heics))
    assert found["problem"] == "photos_kind"
    assert found["values"] == {"files": "12", "count": "12", "of": "@kind_name.HEIC|HEIC"}


@pytest.mark.parametrize("dataset", train_choices.OFFERED)
def test_classes_are_shown_of_own_pictures_only(context: Context, dataset: str):
    with pytest.raises(Refused, match="request"):
        train_choices.classes(context, {"dataset": dataset})


def test_on_a_space_own_pictures_are_ones_own(on_space: Context, home: Path):
    name = bring(on_space, upload(home, members()), ALICE)["dataset"]
    assert train_choices.options(on_space, ALICE)["datasets"][-1]["name"] == name
    assert name not in str(train_choices.options(on_space, BOB))
    asked = {"model": "cnn", "dataset": name, "config": EASY}
    for call in (train_choices.samples, own_pictures.forget, training.start):
        with pytest.raises(Refused, match="train_dataset_gone"):
            call(on_space, {**asked, **BOB})
    assert training.start(on_space, {**asked, **ALICE})["run"]["dataset"] == name
    readings = Readings()
    key, _ = readings.begin(ALICE["visitor"])
    with pytest.raises(Refused, match="request"):
        own_pictures.state(on_space, readings, {"intake": key, **BOB})


def test_a_space_keeps_a_few(on_space: Context, home: Path):
    for place in range(ON_SPACE.datasets):
        bring(on_space, upload(home, members(per_class=5 + place)), ALICE)
    with pytest.raises(Refused, match="train_datasets"):
        bring(on_space, upload(home, members()), ALICE)


def test_a_reading_can_be_stopped(context: Context, home: Path, monkeypatch: pytest.MonkeyPatch):
    begun = threading.Event()
    going = threading.Event()

    def slowly(path, progress, **more):
        begun.set()
        going.wait(10)
        assert not progress(1, 60)
        raise own_pictures.PhotoSetError("photos_stopped")

    monkeypatch.setattr(own_pictures, "read_photos", slowly)
    readings = Readings()
    key = own_pictures.begin(context, readings, {"upload": upload(home, members())})
    begun.wait(10)
    assert own_pictures.state(context, readings, key)["dataset"] is None
    own_pictures.stop(context, readings, key)
    going.set()
    reading = readings.find(key["intake"], "")
    deadline = time.monotonic() + 10
    while not reading.over and time.monotonic() < deadline:
        time.sleep(0.02)
    assert own_pictures.state(context, readings, key)["problem"] == "photos_stopped"


def test_only_so_many_are_read_at_once():
    readings = Readings()
    for _ in range(AT_ONCE):
        readings.begin("")
    with pytest.raises(Refused, match="busy"):
        readings.begin("")


def test_the_command_line_trains_on_a_zip(home: Path, small_data_dir: Path, capsys):
    write_zip(home / "colours.zip", members())
    (home / "green.png").write_bytes(members()["green/3.png"])
    words = ["train", "cnn", str(home / "colours.zip"), "--epochs", "4", "--batch", "10"]
    more = ["--augment", "none", "--dropout", "0.1", "--data-dir", str(small_data_dir)]
    assert main([*words, *more]) == 0
    [saved] = [path.stem for path in (home / "home" / "weights").iterdir()]
    capsys.readouterr()
    assert main(["predict", "custom", str(home / "green.png"), "--model", saved]) == 0
    assert ": green (" in capsys.readouterr().out
    assert main(["train", "cnn", str(home / "nothing.zip")]) == 2
    said = f"There is no file or folder {home / 'nothing.zip'} that can be opened."
    assert capsys.readouterr().err == f"convdemo: {said}\n"


@pytest.mark.parametrize("way", ["zip", "ZIP", "zip without an ending", "folder"])
@pytest.mark.parametrize("as_json", [False, True])
def test_both_commands_say_what_is_left_out_before_they_train(
    way: str, as_json: bool, home: Path, small_data_dir: Path, capsys: pytest.CaptureFixture[str]
):
    files = {**members(), "red/a.heic": HEIC, "loose.png": members()["red/1.png"]}
    if way == "folder":
        for name, data in files.items():
            (home / "colours" / name).parent.mkdir(parents=True, exist_ok=True)
            (home / "colours" / name).write_bytes(data)
    path = home / {"zip": "colours.zip", "ZIP": "COLOURS.ZIP"}.get(way, "colours")
    if way != "folder":
        write_zip(path, files)
    train = ["train", "simple_ann", str(path), "--epochs", "1", "--batch", "10"]
    train += ["--augment", "none", "--data-dir", str(small_data_dir)]
    transfer = ["transfer", str(path), "--copies", "1"]
    for words in (train, transfer):
        assert main(words + ["--json"] * as_json) == 0
        out, err = capsys.readouterr()
        if as_json:
            rows = json.loads(err.splitlines()[0])
            assert [(row["finding"], row["count"], row["names"]) for row in rows[:2]] == [
                ("kind", 1, ["red"]),
                ("loose", 1, ["loose.png"]),
            ]
            assert rows[0]["kind"] == "HEIC"
            assert all(json.loads(line) for line in out.splitlines())
        else:
            counts, *told = out.splitlines()
            assert counts == "blue: 20 photos, green: 20 photos, red: 20 photos"
            assert told[0] == "  Files left out, not pictures that can be read: 1 HEIC (red)."
            assert told[1] == "  Pictures left out, in no class folder: 1 (loose.png)."
            assert "validation" in told[-1]


def test_both_commands_refuse_in_one_sentence(home: Path, capsys: pytest.CaptureFixture[str]):
    path = write_zip(home / "a.zip", {f"{name}/{n}": HEIC for name in "abc" for n in range(8)})
    for words in (["train", "simple_ann", str(path)], ["transfer", str(path)]):
        assert main(words) == 2
        [sentence] = capsys.readouterr().err.splitlines()
        assert sentence.startswith("convdemo: None of the 24 files here")
        assert "(24 HEIC)" in sentence


def test_a_data_set_of_ours_is_no_folder_of_that_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(home)
    (home / "mnist").mkdir()
    (home / "mine").mkdir()
    assert main(["train", "simple_ann", "./mnist"]) == 2
    assert "There is no picture here" in capsys.readouterr().err
    assert main(["train", "simple_ann", "mine"]) == 2
    assert "There is no picture here" in capsys.readouterr().err
    assert main(["train", "simple_ann", "mnits"]) == 2
    assert "'mnits' is none of mnist" in capsys.readouterr().err
