"""Pictures that a visitor brings to the Train tab: read aside, trained on, seen by nobody else."""

import json
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from gradio.utils import get_upload_folder
from support.contexts import ALICE, BOB, gaps, make_context, train
from support.small_data import COLOURS, HEIC, members, write_zip

from convdemo.cli.main import main
from convdemo.data.custom import OwnData
from convdemo.data.image_folders.findings import Finding
from convdemo.images.decode import read_picture
from convdemo.inference.library import load
from convdemo.inference.predict import predict_picture
from convdemo.training.runs.store import ON_SPACE
from convdemo.ui.components import State
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import form, outcome, own, runs, settings
from convdemo.ui.tabs.train.line import read
from convdemo.ui.wire import Refused

EASY = {"epochs": 4, "batch": 10, "lr": 2e-3, "device": "cpu", "augment": "none"}


NOBODY: dict[str, str] = {}


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


def bring(context: Context, path: str, who: dict[str, str] = NOBODY) -> OwnData | State:
    """What a reading ends with: the data set, or why there is none."""
    *_, last = own.brought(context, path, context.visitor(who))
    return last


def new(context: Context, path: str, who: dict[str, str] = NOBODY) -> OwnData:
    found = bring(context, path, who)
    assert isinstance(found, OwnData), found
    return found


def test_a_zip_is_trained_on_and_what_it_taught_is_used(context: Context, home: Path):
    extra = {"red/a.heic": HEIC, "blue/b.HEIC": HEIC, "__MACOSX/red/._0.png": b"x"}
    path = upload(home, {**members(), **extra})
    brought = new(context, path)
    assert not Path(path).exists()  # what is kept is kept elsewhere
    name = brought.name
    assert (brought.title, brought.pictures) == ("colours", 42)
    assert gaps(own.welcome(brought).sentence)["pictures"] == "60"
    assert [(one.kind, one.count, one.of) for one in brought.findings] == [
        ("kind", 2, "HEIC"),
        ("hidden", 1, ""),
    ]
    meant = [one for one in settings.networks(context, "") if settings.meant(one, name)]
    assert meant == ["photo_lite"]
    chosen = settings.filled(context, "photo_lite", name, "recipe", "")
    assert chosen["augment"] == "custom"
    offered = settings.offers(context, chosen, "", "en")
    assert offered["dataset"][-1] == ("colours", name)
    assert offered["limit"] == [("All 42 pictures", settings.OFF)]

    _, *groups, _ = settings.pictures_by_class(context, {"dataset": name})
    assert [gaps(one.hint) for one in groups] == [
        {"name": colour, "pictures": "20"} for colour in ("blue", "green", "red")
    ]
    for group in groups:
        assert len(group.pictures) == settings.OF_CLASS
        for picture in group.pictures:
            wanted = COLOURS[gaps(group.hint)["name"]]
            assert np.array(picture.image).mean(axis=(0, 1)) == pytest.approx(wanted, abs=12)
    line = settings.filled(context, "cnn", name, "recipe", "")["line"]
    asked = {"line": line, "dataset": name, "pictures": 42, "batch": 10}
    assert read(context, "", asked).rows[-1].cells[0] == "3"

    asked = {"model": "cnn", "dataset": name, "config": EASY}
    folder = train(context, {"id": runs.start(context, asked)})
    assert folder.state.test_accuracy == 1.0
    run = {"run": folder.path.name}
    assert np.sum(outcome.outcome(context, run).counts) == 9
    cell = outcome.cell(context, {**run, "actual": 2, "predicted": 2})
    assert gaps(cell.hint)["total"] == "3"
    watched, _ = outcome.moment(context, {**run, "epoch": 1})
    assert {gaps(one.tip)["actual"] for one in watched.pictures} == {"blue", "green", "red"}

    saved = folder.state.saved
    trained = load(context.model_dirs[0] / f"{saved}.safetensors")
    assert trained.card.job == "custom"
    for member, data in list(members().items())[::7]:
        prediction = predict_picture(trained, read_picture(data))
        assert prediction.label == member.split("/")[0]

    own.forget(context, name, "")
    with pytest.raises(Refused, match="train_dataset_gone"):
        settings.pictures_by_class(context, {"dataset": name})
    with pytest.raises(Refused, match="train_dataset_gone"):
        outcome.outcome(context, run)
    assert runs.listed(context, {})[0]["dataset"] == name  # the run itself is kept


def test_a_data_set_that_a_run_needs_is_not_deleted(context: Context, home: Path):
    name = new(context, upload(home, members())).name
    runs.start(context, {"model": "cnn", "dataset": name, "config": EASY})
    with pytest.raises(Refused, match="train_dataset_used"):
        own.forget(context, name, "")


def test_a_zip_that_makes_no_data_set_is_refused_with_its_reason(context: Context, home: Path):
    files = {k: v for k, v in members().items() if k.startswith("red/")}
    found = bring(context, upload(home, files | {"red/a.heic": HEIC}))
    assert found == State(
        ("problem.photos_one_class", {"name": "@|red"}),
        kind="trouble",
        lines=own.lines_of([Finding("kind", 1, ("red",), "HEIC")]),
    )
    heics = {f"{name}/{n}.heic": HEIC for name in "abc" for n in range(4)}
    found = bring(context, upload(home, heics))
    assert isinstance(found, State)
    values = {"files": "12", "count": "12", "of": "@kind_name.HEIC|HEIC"}
    assert found.sentence == ("problem.photos_kind", values)


def test_what_a_zip_gives_reaches_the_page(context: Context, home: Path):
    *going, last = form.bring(context, upload(home, members()), "")
    assert all(state.kind == "going" for _, state, _, _ in going)
    file, state, name, stop = last
    assert (file, state.sentence[0], stop["visible"]) == (None, "train.own_there", False)
    assert name in [one.name for one in own.own_sets(context, "")]
    [(file, state, _, _)] = form.bring(context, "/etc/passwd", "")
    assert (file, state.sentence) == (None, ("problem.request", {}))


def test_on_a_space_own_pictures_are_ones_own(on_space: Context, home: Path):
    name = new(on_space, upload(home, members()), ALICE).name
    chosen = settings.filled(on_space, "cnn", "mnist", "recipe", ALICE["visitor"])
    for who, seen in ((ALICE, True), (BOB, False)):
        offered = settings.offers(on_space, chosen, who["visitor"], "en")
        assert (name in str(offered)) is seen
    asked = {"model": "cnn", "dataset": name, "config": EASY}
    for call in (settings.pictures_by_class, runs.start):
        with pytest.raises(Refused, match="train_dataset_gone"):
            call(on_space, {**asked, **BOB})
    with pytest.raises(Refused, match="train_dataset_gone"):
        own.forget(on_space, name, BOB["visitor"])
    runs.start(on_space, {**asked, **ALICE})
    assert runs.listed(on_space, ALICE)[0]["dataset"] == name


def test_a_space_keeps_a_few(on_space: Context, home: Path):
    for place in range(ON_SPACE.datasets):
        new(on_space, upload(home, members(per_class=5 + place)), ALICE)
    with pytest.raises(Refused, match="train_datasets"):
        bring(on_space, upload(home, members()), ALICE)


def test_a_reading_can_be_stopped(context: Context, home: Path, monkeypatch: pytest.MonkeyPatch):
    going = threading.Event()
    asked: list[bool] = []

    def slowly(path, progress, **more):
        going.wait(10)
        asked.append(progress(1, 60))
        raise own.PhotoSetError("photos_stopped")

    monkeypatch.setattr(own, "read_photos", slowly)
    path = upload(home, members())
    reading = own.brought(context, path, "")
    assert isinstance(next(reading), State)
    reading.close()  # as Gradio does when somebody presses Stop
    going.set()
    deadline = time.monotonic() + 10
    while Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert asked == [False]
    assert not own.own_sets(context, "")


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
