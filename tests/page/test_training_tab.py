"""The Train tab's Python: what it offers, what it refuses, and whose runs one sees."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradio.utils import get_upload_folder
from support.contexts import ALICE, BOB, make_context, train
from support.forked import run_python

from convdemo.data.mnist import DIGITS
from convdemo.files import PlaceError
from convdemo.images.decode import read_picture
from convdemo.images.render import signed
from convdemo.inference.library import find, list_models, load, model_dirs
from convdemo.inference.upload import import_weights
from convdemo.networks.registry import MODELS
from convdemo.training.hardware import hardware
from convdemo.training.recipes import COURSE
from convdemo.training.runs.snapshots import first_filters, snapshot_at
from convdemo.training.runs.store import ON_SPACE
from convdemo.ui import example_run, guard, text, train_choices, train_outcome, training, wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

QUICK = {"epochs": 2, "batch": 20, "limit": 200, "device": "cpu", "lr": 2e-3}


# Two networks are for photos that somebody brings to the Transfer tab.
TRAINABLE = sorted(name for name, spec in MODELS.items() if spec.datasets and name != "photo_lite")


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def start(context: Context, who: dict[str, str] | None = None, **config: Any) -> dict[str, Any]:
    asked = {"model": "simple_ann", "dataset": "mnist", "config": {**QUICK, **config}}
    return training.start(context, {**asked, **(who or {})})["run"]


def test_every_preset_that_is_offered_is_accepted(context: Context):
    offer = train_choices.options(context, {})
    assert {model["name"] for model in offer["models"]} == set(TRAINABLE)
    for model, datasets in offer["presets"].items():
        assert ("course" in datasets["mnist"]) == (model in COURSE)
        for dataset, presets in datasets.items():
            for config in presets.values():
                asked = {"model": model, "dataset": dataset, "config": config}
                *names, checked = train_choices.checked(context, asked)
                assert names == [model, dataset]
                assert {name: checked[name] for name in config} == config
                assert config["augment"] in offer["choices"]["augment"][dataset]


@pytest.mark.parametrize("model", ["cats_dogs", "cats_dogs_5"])
def test_networks_for_photos_are_not_trained_here(context: Context, model: str):
    """Their kernels once ran out of the edge of a digit, which the page called an error of ours."""
    asked = {"model": model, "dataset": "mnist", "config": {}}
    for serve in (train_choices.layers, train_choices.checked):
        with pytest.raises(Refused, match="request"):
            serve(context, asked)


def test_a_space_trains_less(tmp_path: Path, small_data_dir: Path):
    context = make_context(tmp_path, small_data_dir, on_space=True)
    offer = train_choices.options(context, ALICE)
    epochs = [
        config["epochs"]
        for datasets in offer["presets"].values()
        for presets in datasets.values()
        for config in presets.values()
    ]
    assert max(epochs) <= offer["limits"]["epochs"] == ON_SPACE.epochs
    with pytest.raises(Refused, match="train_number"):
        start(context, ALICE, epochs=ON_SPACE.epochs + 1)
    for _ in range(ON_SPACE.runs):
        start(context, ALICE)
    with pytest.raises(Refused, match="train_runs"):
        start(context, ALICE)
    start(context, BOB)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("lr", 0),
        ("lr", -0.1),
        ("lr", float("nan")),
        ("lr", 1e9),
        ("lr", "fast"),
        ("epochs", 0),
        ("epochs", 2.5),
        ("epochs", True),
        ("batch", 1),
        ("batch", 10**6),
        ("limit", 3),
        ("patience", 0),
        ("seed", -1),
        ("ema", 1),
        ("empty", 0.6),
    ],
)
def test_numbers_that_cannot_be_trained_with_are_named(context: Context, setting: str, value: Any):
    with pytest.raises(Refused, match="train_number") as refused:
        start(context, **{setting: value})
    for language in text.LANGUAGES:
        values = {**refused.value.values, "name": text.say(language, f"train.{setting}")}
        sentence = text.say(language, "problem.train_number", **values)
        assert values["name"] in sentence
    assert context.runs.all() == []


def test_a_batch_larger_than_the_data_is_refused(context: Context):
    with pytest.raises(Refused, match="train_batch") as refused:
        start(context, batch=500, limit=200)
    assert refused.value.values == {"batch": 500, "pictures": 200}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"model": "nothing", "dataset": "mnist", "config": {}},
        {"model": "cnn", "dataset": "fashion_mnist_photos", "config": {}},
        {"model": "cnn", "dataset": "mnist", "config": []},
        {"model": "cnn", "dataset": "mnist", "config": {"optimizer": "magic"}},
        {"model": "cnn", "dataset": "mnist", "config": {"augment": "clothes"}},
    ],
    ids=str,
)
def test_what_the_page_never_asks_for_is_refused(context: Context, payload: dict[str, Any]):
    with pytest.raises(Refused, match="request"):
        training.start(context, payload)


def test_a_full_disk_is_said_before_a_run_begins(context: Context, monkeypatch):
    monkeypatch.setattr("convdemo.training.runs.store.Runs.free_megabytes", lambda self: 12.0)
    with pytest.raises(Refused, match="train_disk_full"):
        start(context)


@pytest.mark.parametrize("place", ["weights", "runs"])
def test_a_place_that_takes_nothing_is_said_before_a_run_begins(
    context: Context, tmp_path: Path, place: str
):
    (tmp_path / place).write_text("a file in the way")
    with pytest.raises(PlaceError) as refused:
        start(context)
    told = guard.problem(refused.value)
    assert told["problem"] == "place_unwritable"
    assert told["values"]["error"] == f"{tmp_path / place} is no folder"
    assert not list(context.runs.all())
    for language in text.LANGUAGES:
        said = text.say(language, f"problem.{told['problem']}", **told["values"])
        assert str(tmp_path / place) in said


def test_an_uploaded_model_that_finds_no_place_is_told(context: Context, tmp_path: Path):
    (tmp_path / "weights").write_text("a file in the way")
    source = find("simple_ann-mnist", list_models(model_dirs())).path
    with pytest.raises(PlaceError, match="is no folder"):
        import_weights(source, context.model_dirs[0])


def test_a_run_is_followed_and_its_mistakes_are_shown(context: Context):
    run = start(context)
    assert (run["status"], run["place"], run["epoch"]) == ("waiting", 1, 0)
    folder = train(context, run)
    first = training.follow(context, {"run": run["id"], "after": 0})
    ends = [record for record in first["records"] if record["val_loss"] is not None]
    assert [record["epoch"] for record in ends] == [0, 1, 2]
    rest = training.follow(context, {"run": run["id"], "after": first["next"]})
    assert (rest["records"], rest["next"]) == ([], first["next"])
    done = first["run"]
    assert (done["status"], done["epoch"], done["epochs"]) == ("done", 2, 2)
    best = ends[done["best_epoch"]]
    assert done["val_accuracy"] == best["val_accuracy"]

    outcome = train_outcome.outcome(context, {"run": run["id"]})
    matrix = torch.tensor(outcome["confusion"])
    assert outcome["n"] == int(matrix.sum()) == folder.state.test_count
    assert outcome["accuracy"] == pytest.approx(done["test_accuracy"])
    labels = context.images("mnist", "test").labels
    assert matrix.sum(dim=1).tolist() == torch.bincount(labels, minlength=10).tolist()
    for actual, predicted in ((0, 0), *matrix.fill_diagonal_(0).nonzero().tolist()):
        asked = {"run": run["id"], "actual": actual, "predicted": predicted}
        cell = train_outcome.cell(context, asked)
        assert cell["total"] == outcome["confusion"][actual][predicted]
        sure = [picture["probability"] for picture in cell["pictures"]]
        assert sure == sorted(sure, reverse=True)
        assert all(int(labels[picture["place"]]) == actual for picture in cell["pictures"])

    file = training.download(context, {"run": run["id"]})
    assert file["name"] == f"{done['saved']}.safetensors"
    upload = Path(get_upload_folder()) / "test-adopt" / "model"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(base64.b64decode(file["bytes"]))
    added = training.adopted(context, {"upload": str(upload)})["saved"]
    assert added == f"{done['saved']}-2"
    assert added in [model["name"] for model in context.shelf("digits")]
    upload.write_bytes(b"PK\x03\x04")
    with pytest.raises(Refused, match="weights_pickle"):
        training.adopted(context, {"upload": str(upload)})
    with pytest.raises(Refused, match="request"):
        training.adopted(context, {"upload": "/etc/passwd"})
    (context.model_dirs[0] / f"{added}.safetensors").unlink()

    assert done["saved"] in [model["name"] for model in context.shelf("digits")]
    assert context.shelf("digits")[0]["name"] == "digit_resnet-mnist"  # still the tab's own
    assert context.shelf("digits")[1]["name"] == done["saved"]  # what is new comes next


def test_the_code_trains_what_the_run_trains(
    context: Context, small_data_dir: Path, tmp_path: Path
):
    run = start(context, augment="digits", ema=0.9)
    train(context, run)
    reply = training.follow(context, {"run": run["id"], "after": 0})
    ends = [record for record in reply["records"] if record["val_loss"] is not None]
    wanted = [f"epoch {end['epoch']}: validation {end['val_accuracy']:.4f}" for end in ends]
    wanted.append(f"test {reply['run']['test_accuracy']:.4f}")
    env = {"CONVDEMO_DATA": str(small_data_dir)}
    done = run_python(reply["code"], cwd=tmp_path, env=env)
    assert done.stdout.splitlines() == wanted
    context.runs.folder(run["id"]).set_lr_factor(0.5)
    changed = training.follow(context, {"run": run["id"], "after": 0})["code"]
    assert "which this does not repeat" in changed


@pytest.mark.parametrize(("model", "side"), [("cnn", 3), ("simple_ann", 28)])
def test_any_epoch_can_be_looked_at_again(
    context: Context, model: str, side: int, monkeypatch: pytest.MonkeyPatch
):
    asked = {"model": model, "dataset": "mnist", "config": {**QUICK, "label_smoothing": 0.1}}
    run = training.start(context, asked)["run"]
    folder = train(context, run)
    ends = [r for r in folder.records() if r["epoch"] and r["val_loss"] is not None]
    validation = context.images("mnist", "validation")
    monkeypatch.setattr("convdemo.training.runs.snapshots.EVALUATED", len(validation))
    for epoch, end in enumerate(ends, 1):
        own = wire.packed(validation.images[3, 0].numpy() / 255)
        reply = train_outcome.moment(context, {"run": run["id"], "epoch": epoch, "input": own})
        right = sum(reply["confusion"][place][place] for place in range(10))
        # Half precision may move a picture that is on the edge.
        assert right / len(validation) == pytest.approx(end["val_accuracy"], abs=2e-3)
        assert reply["given"]["label"] == reply["watched"][3]["label"]
        actual = [DIGITS[label] for label in validation.labels[:12]]
        assert [one["actual"] for one in reply["watched"]] == actual
        found = snapshot_at(folder, epoch, validation)
        assert found.filters.shape == (32, side, side)
    final = load(context.model_dirs[0] / f"{folder.state.saved}.safetensors").network
    best = next(end["epoch"] for end in reversed(ends) if end["best"])
    kept = snapshot_at(folder, best, validation).filters
    assert torch.allclose(kept, first_filters(final, (1, 28, 28)), atol=1e-3)
    for epoch in (0, 3, "1"):
        with pytest.raises(Refused):
            train_outcome.moment(context, {"run": run["id"], "epoch": epoch})


def test_signed_values_have_a_neutral_middle():
    blue, grey, red = signed(np.array([[-1.0, 0.0, 1.0]]))[0].astype(int)
    assert blue[2] > blue[0] + 100
    assert red[0] > red[2] + 100
    assert max(grey) - min(grey) < 10


def test_before_its_end_a_run_has_no_outcome(context: Context):
    run = start(context)
    with pytest.raises(Refused, match="train_no_test"):
        train_outcome.outcome(context, {"run": run["id"]})


def test_commands_do_what_the_state_allows(context: Context):
    def command(action: str) -> str | None:
        reply = training.command(context, {"run": run["id"], "action": action})["run"]
        return reply and reply["status"]

    run = start(context)
    assert command("pause") == "waiting"
    assert command("stop") == "stopped"
    assert command("resume") == "waiting"
    folder = train(context, run)
    assert command("resume") == "done"
    with folder.lock():
        folder.set_state(status="training")
        assert command("remove") == "training"
        assert command("pause") == "paused"
        assert command("resume") == "waiting"  # for its turn, which the scheduler gives it
        assert command("pause") == "waiting"
        folder.request("hold", wanted=False)
        assert folder.state.status == "training"
        for factor in (0.5, 0.5, 2):
            training.command(context, {"run": run["id"], "action": "lr", "factor": factor})
        assert folder.lr_factor == 0.5
        with pytest.raises(Refused, match="request"):
            training.command(context, {"run": run["id"], "action": "lr", "factor": 1000})
        assert command("stop") == "training"
        assert folder.requested("stop")
    assert command("stop") == "interrupted"  # its process is gone
    assert command("resume") == "waiting"
    assert not folder.requested("stop")
    assert command("remove") is None
    with pytest.raises(Refused, match="train_gone"):
        command("stop")
    with pytest.raises(Refused, match="request"):
        training.command(context, {"run": start(context)["id"], "action": "dance"})


def test_on_a_space_nobody_sees_anothers_runs(tmp_path: Path, small_data_dir: Path):
    context = make_context(tmp_path, small_data_dir, on_space=True)
    run = start(context, ALICE)
    train(context, run)
    listed = [found["id"] for found in training.listed(context, ALICE)["runs"]]
    assert listed == [run["id"], example_run.NAME]
    assert [found["id"] for found in training.listed(context, BOB)["runs"]] == [example_run.NAME]
    about = {"run": run["id"], "after": 0, "action": "remove", "actual": 0, "predicted": 0}
    for function in (
        training.follow,
        training.command,
        train_outcome.outcome,
        train_outcome.cell,
    ):
        with pytest.raises(Refused, match="train_gone"):
            function(context, {**about, **BOB})
    for nobody in ({}, {"visitor": "../" + "a" * 29}, {"visitor": 7}):
        with pytest.raises(Refused, match="request"):
            training.listed(context, nobody)
    saved = training.listed(context, ALICE)["runs"][0]["saved"]
    assert saved in [m["name"] for m in context.shelf("digits", ALICE["visitor"])]
    assert saved not in [m["name"] for m in context.shelf("digits", BOB["visitor"])]
    assert saved not in [m["name"] for m in context.shelf("digits")]
    with pytest.raises(Refused, match="no_such_model"):
        context.trained("digits", saved, BOB["visitor"])


def test_every_model_can_be_downloaded(context: Context):
    names = training.shelf(context, {})["models"]
    assert {"digit_resnet-mnist", "photo_lite-fashion_mnist_photos"} <= set(names)
    for name in names:
        found = training.download(context, {"model": name})
        assert found["name"] == f"{name}.safetensors"
        path = model_dirs()[1] / found["name"]
        assert base64.b64decode(found["bytes"]) == path.read_bytes()
    with pytest.raises(Refused, match="no_such_model"):
        training.download(context, {"model": "../../etc/passwd"})


def test_the_hardware_behind_a_choice_is_named(context: Context):
    offer = train_choices.options(context, {})
    assert set(offer["hardware"]) == set(offer["choices"]["device"])
    assert hardware(torch.device("cpu")).startswith(offer["hardware"]["cpu"])


def test_the_data_are_shown(context: Context):
    shown = train_choices.samples(context, {"dataset": "mnist"})
    images = context.images("mnist", "train")
    pictures = [
        read_picture(base64.b64decode(one["image"].split(",")[1])).rgb[..., 0]
        for one in shown["pictures"]
    ]
    assert len(pictures) == train_choices.SAMPLES
    for pixels, one in zip(pictures, shown["pictures"], strict=True):
        same = (images.images[:, 0] == torch.tensor(pixels)).all(dim=2).all(dim=1)
        assert images.labels[same].tolist() == [int(one["label"])]
    assert shown["counts"] == torch.bincount(images.labels, minlength=10).tolist()
    assert shown["n"] == len(images)
    shares = images.images.float() / 255
    assert shown["mean"] == pytest.approx(float(shares.mean()), abs=1e-4)
    assert shown["std"] == pytest.approx(float(shares.std()), abs=1e-4)


def test_without_data_the_tab_says_what_was_looked_for(tmp_path: Path):
    context = make_context(tmp_path, tmp_path / "empty")
    with pytest.raises(Refused, match="train_no_data") as refused:
        train_choices.samples(context, {"dataset": "mnist"})
    assert "was looked for in" in str(refused.value.values["error"])


@pytest.mark.parametrize("model", TRAINABLE)
def test_the_layer_table_adds_up(context: Context, model: str):
    table = train_choices.layers(context, {"model": model, "dataset": "mnist"})
    network = MODELS[model].build((1, 28, 28), 10)
    assert table["parameters"] == sum(p.numel() for p in network.parameters())
    assert [row["stage"] for row in table["rows"]] == [name for name, _ in network.named_children()]
    assert table["rows"][-1]["shape"] == (10,)


def test_multiplications_are_those_counted_by_hand(context: Context):
    rows = train_choices.layers(context, {"model": "cnn", "dataset": "mnist"})["rows"]
    by_hand = {
        "conv1": 28 * 28 * 9 * 1 * 32,
        "conv2": 14 * 14 * 9 * 32 * 64,
        "flatten": 0,
        "output": 3136 * 10,
    }
    assert {row["stage"]: row["multiply_adds"] for row in rows} == by_hand
