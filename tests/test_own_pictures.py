"""Pictures that a visitor brings to the Train tab: read aside, trained on, seen by nobody else."""

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder
from small_data import members, write_zip
from test_training_tab import ALICE, BOB, make_context, train

from convdemo.cli import main
from convdemo.ingest import read_picture
from convdemo.predict import predict_picture
from convdemo.runs import ON_SPACE
from convdemo.ui import own_pictures, train_choices, train_outcome, training
from convdemo.ui.context import Context
from convdemo.ui.own_pictures import AT_ONCE, Readings
from convdemo.ui.wire import Refused
from convdemo.weights import load

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
    """The last state of a reading: with the name of the data set, or Refused."""
    asked, readings = who or {}, Readings()
    key = own_pictures.begin(context, readings, {"upload": path, "title": "colours.zip", **asked})
    for _ in range(300):
        found = own_pictures.state(context, readings, {**key, **asked})
        if found["dataset"]:
            return found
        time.sleep(0.05)
    pytest.fail("the zip was not read within 15 seconds")


def test_a_zip_is_trained_on_and_what_it_taught_is_used(context: Context, home: Path):
    path = upload(home, members())
    brought = bring(context, path)
    assert (brought["done"], brought["of"]) == (60, 60)
    assert not Path(path).exists()  # what is kept is kept elsewhere
    name = brought["dataset"]

    offer = train_choices.options(context, {})
    described = offer["datasets"][-1]
    assert (described["title"], described["pictures"], described["own"]) == ("colours", 42, True)
    assert described["classes"] == ["blue", "green", "red"]
    meant = [model["name"] for model in offer["models"] if name in model["datasets"]]
    assert meant == ["photo_resnet"]
    assert offer["presets"]["photo_resnet"][name]["recipe"]["augment"] == "custom"

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
    assert {one["actual"] for one in moment["watched"]} <= {"blue", "green", "red"}

    saved = folder.state.saved
    trained = load(context.shelf_dirs[0] / f"{saved}.safetensors")
    assert trained.card.job == "custom"
    for place, (member, data) in enumerate(members().items()):
        if place % 7 == 0:
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
    with pytest.raises(Refused, match="zip_one_class") as refused:
        bring(context, upload(home, files))
    assert refused.value.values == {"name": "red"}


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

    def slowly(path, limits, heed):
        begun.set()
        going.wait(10)
        assert not heed(1, 60)
        raise own_pictures.FolderError("zip_stopped")

    monkeypatch.setattr(own_pictures, "read_zip", slowly)
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
    with pytest.raises(Refused, match="zip_stopped"):
        own_pictures.state(context, readings, key)


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
    assert "nothing.zip is no file" in capsys.readouterr().err
