"""The Train tab's Python: what it offers, what it refuses, and whose runs one sees."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from gradio.utils import get_upload_folder
from support.contexts import ALICE, BOB, gaps, make_context, train
from support.forked import run_python

from convdemo.data.mnist import DIGITS
from convdemo.files import PlaceError
from convdemo.images.render import signed
from convdemo.inference.library import find, list_models, load, model_dirs
from convdemo.inference.predict import probabilities
from convdemo.inference.upload import import_weights
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import count_parameters
from convdemo.networks.written import LINES, PRESETS
from convdemo.training.hardware import hardware
from convdemo.training.recipes import COURSE
from convdemo.training.runs.snapshots import first_filters, snapshot_at
from convdemo.training.runs.store import ON_SPACE
from convdemo.ui import answers, example_run, guard, text, wire
from convdemo.ui.components import LayerTable
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import endpoint, form, inside, look, outcome, runs, settings, view
from convdemo.ui.tabs.train import line as line_of_layers
from convdemo.ui.wire import Refused

QUICK = {"epochs": 2, "batch": 20, "limit": 200, "device": "cpu", "lr": 2e-3}


# Two networks are for photos that somebody brings to the Transfer tab.
TRAINABLE = sorted(name for name, spec in MODELS.items() if spec.datasets and name != "photo_lite")


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def start(context: Context, who: dict[str, str] | None = None, **config: Any) -> dict[str, Any]:
    asked = {"model": "simple_ann", "dataset": "mnist", "config": {**QUICK, **config}}
    asked |= who or {}
    folder = context.runs.folder(runs.start(context, asked))
    return runs.summary(context, folder)


def names(context: Context, visitor: str = "") -> list[str]:
    """The models that read digits, as a picker offers them."""
    return [one.card.name for one in context.entries("digits", visitor)]


def test_every_preset_that_is_offered_is_accepted(context: Context):
    assert set(settings.networks(context, "")) == set(TRAINABLE)
    for model in TRAINABLE:
        for dataset in settings.OFFERED:
            presets = settings.presets(context, model, dataset)
            assert ("course" in presets) == (model in COURSE)
            for name, config in presets.items():
                asked = {"model": model, "dataset": dataset, "config": config}
                *names, checked = settings.checked(context, asked)
                assert names == [model, dataset]
                assert {name: checked[name] for name in config} == config
                chosen = settings.filled(context, model, dataset, name, "")
                assert chosen["preset"] == name
                for field, options in settings.offers(context, chosen, "", "ko").items():
                    values = [value for _, value in options]
                    assert settings.coded(chosen[field]) in values, field
                    assert len(values) == len(set(values)), field


def test_settings_depend_on_each_other(context: Context):
    chosen = settings.filled(context, "quick_cnn", "mnist", "recipe", "")
    few = settings.settled(context, {**chosen, "limit": 100, "batch": 2048}, "")
    assert (few["batch"], few["preset"]) == (100, settings.CHANGED)
    assert settings.settled(context, {**few, **chosen}, "") == chosen
    left_on = {**chosen, "fault": "dropout_when_judged"}
    assert settings.settled(context, {**left_on, "dropout": 0.5}, "")["fault"] != "none"
    assert settings.settled(context, {**left_on, "dropout": 0}, "")["fault"] == "none"
    for model in TRAINABLE:
        for dataset in settings.OFFERED:
            assert settings.meant(model, settings.for_model(model, dataset))
    assert settings.for_model("fashion_cnn", "own-00000000") == "own-00000000"
    assert settings.for_dataset(context, "cnn", "fashion_mnist", "") == "cnn"
    other = settings.for_dataset(context, "photo_lite", "mnist", "")
    assert settings.meant(other, "mnist")


@pytest.mark.parametrize("model", ["cats_dogs", "cats_dogs_5"])
def test_networks_for_photos_are_not_trained_here(context: Context, model: str):
    """Their kernels once ran out of the edge of a digit, which the page called an error of ours."""
    asked = {"model": model, "dataset": "mnist", "config": {}}
    with pytest.raises(Refused, match="request"):
        settings.checked(context, asked)


def test_a_space_trains_less(tmp_path: Path, small_data_dir: Path):
    context = make_context(tmp_path, small_data_dir, on_space=True)
    epochs = [
        config["epochs"]
        for model in TRAINABLE
        for dataset in settings.OFFERED
        for config in settings.presets(context, model, dataset).values()
    ]
    assert max(epochs) <= ON_SPACE.epochs
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
        runs.start(context, payload)


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
    ends = [record for record in folder.records() if record["val_loss"] is not None]
    assert [record["epoch"] for record in ends] == [0, 1, 2]
    done = runs.summary(context, folder)
    assert (done["status"], done["epoch"], done["epochs"]) == ("done", 2, 2)
    best = ends[done["best_epoch"]]
    assert done["val_accuracy"] == best["val_accuracy"]

    confusion = outcome.outcome(context, {"run": run["id"]})
    matrix = torch.tensor(confusion.counts)
    assert int(matrix.sum()) == folder.state.test_count
    right = float(matrix.diagonal().sum() / matrix.sum())
    assert right == pytest.approx(done["test_accuracy"])
    assert gaps(confusion.lead[0])["accuracy"] == f"{right:.2%}"
    labels = context.images("mnist", "test").labels
    assert matrix.sum(dim=1).tolist() == torch.bincount(labels, minlength=10).tolist()
    for actual, predicted in ((0, 0), *matrix.fill_diagonal_(0).nonzero().tolist()):
        asked = {"run": run["id"], "actual": actual, "predicted": predicted}
        cell = outcome.cell(context, asked)
        assert gaps(cell.hint)["total"] == f"{confusion.counts[actual][predicted]:,}"
        sure = [float(str(picture.caption).rstrip("%")) for picture in cell.pictures]
        assert sure == sorted(sure, reverse=True)
        assert all(int(labels[picture.place]) == actual for picture in cell.pictures)
    sent = json.loads(outcome.sent(context, {"run": run["id"], "place": 3}))
    picture = {"sample": 3, "dataset": "mnist", "split": "test"}
    assert sent == {"picture": picture, "model": done["saved"]}

    file = Path(runs.model_file(context, done["saved"], ""))
    assert file.name == f"{done['saved']}.safetensors"
    upload = Path(get_upload_folder()) / "test-adopt" / "model"
    upload.parent.mkdir(parents=True, exist_ok=True)
    upload.write_bytes(file.read_bytes())
    added = runs.adopted(context, str(upload), "")
    assert added == f"{done['saved']}-2"
    assert added in names(context)
    upload.write_bytes(b"PK\x03\x04")
    with pytest.raises(Refused, match="weights_pickle"):
        runs.adopted(context, str(upload), "")
    with pytest.raises(Refused, match="request"):
        runs.adopted(context, "/etc/passwd", "")
    (context.model_dirs[0] / f"{added}.safetensors").unlink()

    assert done["saved"] in names(context)
    assert names(context)[0] == "digit_resnet-mnist"  # still the tab's own
    assert names(context)[1] == done["saved"]  # what is new comes next


def test_the_code_trains_what_the_run_trains(
    context: Context, small_data_dir: Path, tmp_path: Path
):
    run = start(context, augment="digits", ema=0.9)
    train(context, run)
    folder = context.runs.folder(run["id"])
    ends = [record for record in folder.records() if record["val_loss"] is not None]
    wanted = [f"epoch {end['epoch']}: validation {end['val_accuracy']:.4f}" for end in ends]
    wanted.append(f"test {folder.state.test_accuracy:.4f}")
    env = {"CONVDEMO_DATA": str(small_data_dir)}
    _, shown = looked(context, run["id"])
    done = run_python(shown["code"]["value"], cwd=tmp_path, env=env)
    assert done.stdout.splitlines() == wanted
    folder.set_lr_factor(0.5)
    _, changed = looked(context, run["id"])
    assert "which this does not repeat" in changed["code"]["value"]


def looked(
    context: Context, run: str | None = None, seen: dict[str, Any] | None = None, **given: Any
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What is on the page of a run, and what is new there."""
    known = {"compared": [], "epoch": 0, "model": None, "news": "", "visitor": "", **given}
    here = json.dumps({"language": "en", "zone": 0})
    return look.look(context, run, seen=seen or {}, here=here, **known)


def test_only_what_is_another_is_sent_again(context: Context):
    run = start(context)
    seen, shown = looked(context, run["id"])
    assert shown["timer"] == {"active": True}
    assert shown["matrix"]["value"].lead == (("problem.train_no_test", {}),)
    assert shown["runs"]["value"] == run["id"]
    assert looked(context, run["id"], seen)[1] == {}
    folder = train(context, run)
    seen, shown = looked(context, run["id"], seen)
    assert (shown["timer"], shown["stop"]) == ({"active": False}, {"visible": False})
    assert shown["epoch"]["value"] == 2  # the newest, until somebody moves the slider
    assert sum(map(sum, shown["matrix"]["value"].counts)) == folder.state.test_count
    _, shown = looked(context, run["id"], seen, epoch=1)
    assert set(shown) == {"moment"}
    news = json.dumps({"choose": example_run.NAME, "compare": [run["id"], "gone"]})
    seen, shown = looked(context, run["id"], seen, news=news)
    assert (shown["runs"]["value"], shown["compared"]["value"]) == ("example", [run["id"]])
    assert len(shown["curves"]["value"][0].lines) == 2
    assert "Quick" not in shown["differences"]["value"]
    assert "| Network |" in shown["differences"]["value"]
    runs.command(context, {"run": run["id"], "action": "remove"})
    _, shown = looked(context, run["id"], seen, compared=[run["id"]], news=news)
    assert (shown["runs"]["value"], shown["compared"]["value"]) == ("example", [])


def test_a_mistake_is_begun_beside_a_healthy_run(context: Context):
    asked = {"model": "simple_ann", "dataset": "mnist", "config": {**QUICK, "fault": "raw_pixels"}}
    broken, healthy = runs.started(context, asked)
    faults = [context.runs.folder(one).run.config["fault"] for one in (broken, healthy)]
    assert faults == ["raw_pixels", "none"]
    other, again = runs.started(context, {**asked, "config": {**asked["config"], "seed": 0}})
    assert again == healthy  # which is there already
    assert other != broken
    assert len(runs.started(context, {**asked, "config": QUICK})) == 1


def test_what_went_wrong_is_said_with_the_log(context: Context):
    run = start(context)
    folder = train(context, run)
    (folder.path / "log.txt").write_text("Traceback")
    reason = {"key": "train_failed", "values": {"error": "@odd|words"}}
    folder.set_state(status="failed", reason=reason)
    _, shown = looked(context, run["id"])
    assert shown["log"] == {"value": "Traceback"}
    assert shown["card"]["value"].lines[0] == (
        "problem.train_failed",
        {"error": "@|@odd|words"},
    )
    assert shown["go"]["visible"]


@pytest.mark.parametrize(("model", "side"), [("cnn", 3), ("simple_ann", 28)])
def test_any_epoch_can_be_looked_at_again(
    context: Context, model: str, side: int, monkeypatch: pytest.MonkeyPatch
):
    asked = {"model": model, "dataset": "mnist", "config": {**QUICK, "label_smoothing": 0.1}}
    folder = train(context, {"id": runs.start(context, asked)})
    run = folder.path.name
    ends = [r for r in folder.records() if r["epoch"] and r["val_loss"] is not None]
    validation = context.images("mnist", "validation")
    monkeypatch.setattr("convdemo.training.runs.snapshots.EVALUATED", len(validation))
    for epoch, end in enumerate(ends, 1):
        given = wire.packed(validation.images[3, 0].numpy() / 255)
        reply, filters = outcome.moment(context, {"run": run, "epoch": epoch, "input": given})
        own, *watched = reply.pictures
        missed = gaps(reply.note).get("missed", 0)
        # Half precision may move a picture that is on the edge.
        right = 1 - missed / len(validation)
        assert right == pytest.approx(end["val_accuracy"], abs=2e-3)
        assert own.caption == watched[3].caption
        actual = [f"@class.{DIGITS[label]}|{DIGITS[label]}" for label in validation.labels[:12]]
        assert [gaps(one.tip)["actual"] for one in watched] == actual
        assert len(filters.pictures) == 32
        found = snapshot_at(folder, epoch, validation)
        assert found.filters.shape == (32, side, side)
    final = load(context.model_dirs[0] / f"{folder.state.saved}.safetensors").network
    best = next(end["epoch"] for end in reversed(ends) if end["best"])
    kept = snapshot_at(folder, best, validation).filters
    assert torch.allclose(kept, first_filters(final, (1, 28, 28)), atol=1e-3)
    for epoch in (0, 3, "1"):
        with pytest.raises(Refused):
            outcome.moment(context, {"run": run, "epoch": epoch})


def test_signed_values_have_a_neutral_middle():
    blue, grey, red = signed(np.array([[-1.0, 0.0, 1.0]]))[0].astype(int)
    assert blue[2] > blue[0] + 100
    assert red[0] > red[2] + 100
    assert max(grey) - min(grey) < 10


def test_before_its_end_a_run_has_no_outcome(context: Context):
    run = start(context)
    with pytest.raises(Refused, match="train_no_test"):
        outcome.outcome(context, {"run": run["id"]})


def test_commands_do_what_the_state_allows(context: Context):
    def command(action: str) -> str | None:
        return runs.command(context, {"run": run["id"], "action": action})

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
            runs.command(context, {"run": run["id"], "action": "lr", "factor": factor})
        assert folder.lr_factor == 0.5
        with pytest.raises(Refused, match="request"):
            runs.command(context, {"run": run["id"], "action": "lr", "factor": 1000})
        assert command("stop") == "training"
        assert folder.requested("stop")
    assert command("stop") == "interrupted"  # its process is gone
    assert command("resume") == "waiting"
    assert not folder.requested("stop")
    assert command("remove") is None
    with pytest.raises(Refused, match="train_gone"):
        command("stop")
    with pytest.raises(Refused, match="request"):
        runs.command(context, {"run": start(context)["id"], "action": "dance"})


def test_on_a_space_nobody_sees_anothers_runs(tmp_path: Path, small_data_dir: Path):
    context = make_context(tmp_path, small_data_dir, on_space=True)
    run = start(context, ALICE)
    train(context, run)
    listed = [found["id"] for found in runs.listed(context, ALICE)]
    assert listed == [run["id"], example_run.NAME]
    assert [found["id"] for found in runs.listed(context, BOB)] == [example_run.NAME]
    about = {"run": run["id"], "epoch": 1, "action": "remove", "actual": 0, "predicted": 0}
    for function in (
        runs.command,
        outcome.outcome,
        outcome.cell,
        outcome.moment,
    ):
        with pytest.raises(Refused, match="train_gone"):
            function(context, {**about, **BOB})
    _, shown = looked(context, run["id"], visitor=BOB["visitor"], compared=[run["id"]])
    assert shown["runs"]["value"] == example_run.NAME
    assert run["id"] not in str(shown)
    for nobody in ({}, {"visitor": "../" + "a" * 29}, {"visitor": 7}):
        with pytest.raises(Refused, match="request"):
            runs.listed(context, nobody)
    saved = runs.listed(context, ALICE)[0]["saved"]
    assert saved in names(context, ALICE["visitor"])
    assert saved not in names(context, BOB["visitor"])
    assert saved not in names(context)
    with pytest.raises(Refused, match="no_such_model"):
        context.trained("digits", saved, BOB["visitor"])


LINE = "conv 3 s2 4 - relu - flatten - dense 10"


@pytest.fixture
def endpoints(monkeypatch) -> Callable[[Context], dict[str, Any]]:
    """What programs call, by name."""

    def build(context: Context) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def keep(function: Any, *, api_name: str, **_: Any) -> None:
            found[api_name] = function

        monkeypatch.setattr(endpoint, "api", keep)
        endpoint.build(context)
        return found

    return build


def test_a_program_trains_and_follows_a_run(context: Context, endpoints):
    called = endpoints(context)
    assert set(called) == {"train", "run"}
    few = {name: value for name, value in QUICK.items() if name != "epochs"}
    for model in ("simple_ann", LINE):
        begun = called["train"](model, "mnist", 2, 7, few)
        assert set(begun) == {"run", "status"}
        waiting = called["run"](begun["run"])
        assert (waiting["status"], waiting["saved"], waiting["records"]) == ("waiting", None, [])
        assert waiting["config"] | {**QUICK, "seed": 7} == waiting["config"]
        train(context, {"id": begun["run"]})
        over = called["run"](begun["run"])
        assert (over["status"], over["epoch"], over["model"]) == ("done", 2, model)
        assert over["records"][-1]["val_accuracy"] > 0.3
        assert over["saved"] in names(context)
        rest = called["run"](begun["run"], after=len(over["records"]) - 1)["records"]
        assert rest == over["records"][-1:]
    assert over["saved"].startswith("layers_")
    _, shown = look.look(context, begun["run"], (), 0, None, "", "", {}, json.dumps({}))
    code = shown["code"]["value"]
    assert f'fit("{LINE}", "mnist"' in code.replace("'", '"')


def test_a_program_is_told_what_cannot_be_trained(context: Context, endpoints):
    call = endpoints(context)["train"]
    for asked, words in (
        (("magic", "mnist"), ["Network: magic is none of", "quick_cnn"]),
        (("cats_dogs", "mnist"), ["cats_dogs is none of"]),
        (("cnn", "fashion_mnist_photos"), ["Data set", "fashion_mnist_photos is none of mnist"]),
        (("cnn", "own-00000000"), ["These pictures are no longer there."]),
        (("cnn", "mnist", 0), ["Epochs: a number from 1 to 200 is needed."]),
        (("cnn", "mnist", 1, 0, {"lr": "fast"}), ["a number from 1e-07 to 10"]),
        (("cnn", "mnist", 1, 0, {"optimizer": "magic"}), ["magic is none of", "adam"]),
        (("cnn", "mnist", 1, 0, {"speed": 3}), ["There is no setting speed; there are", "lr"]),
        (("conv 3 8 - relu", "mnist"), ["10 classes need 10 numbers"]),
        (("conv 3 s0 8 - flatten - dense 10", "mnist"), ["conv 3 s0 8"]),
    ):
        told = call(*asked)
        assert set(told) == {"error"}, asked
        assert all(word in told["error"] for word in words), told
    told = call("magic", "mnist", language="ko")["error"]
    assert "쓸 수 있는 값" in told
    assert context.runs.all() == []


def test_a_program_on_a_space_sees_its_own_runs(tmp_path: Path, small_data_dir: Path, endpoints):
    called = endpoints(make_context(tmp_path, small_data_dir, on_space=True))
    begun = called["train"]("simple_ann", "mnist", 1)
    assert called["run"](begun["run"], begun["visitor"])["status"] == "waiting"
    for other in (ALICE["visitor"], "", "../"):
        told = called["run"](begun["run"], other)
        assert told == {"error": text.say("en", "problem.train_gone")}
    again = called["train"]("simple_ann", "mnist", 1, 0, {"visitor": begun["visitor"]})
    assert again["visitor"] == begun["visitor"]
    assert "from 1 to 20 " in called["train"]("simple_ann", "mnist", 21)["error"]
    mine = {"visitor": begun["visitor"]}
    many = [called["train"]("simple_ann", "mnist", 1, 0, mine) for _ in range(ON_SPACE.runs - 1)]
    assert [set(one) for one in many[:-1]] == [{"run", "status", "visitor"}] * (len(many) - 1)
    assert many[-1] == {"error": text.say("en", "problem.train_runs", runs=ON_SPACE.runs)}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_lab_report_is_written_in_the_visitors_language(
    tmp_path: Path, small_data_dir: Path, language: str
):
    context = make_context(tmp_path, small_data_dir, on_space=True)
    here = json.dumps({"language": language})
    run = start(context, ALICE, epochs=1)
    asked = run["id"], ALICE["visitor"], here
    nothing, ready, told = look.reported(context, *asked)
    assert (ready["value"], ready["interactive"]) == (text.say(language, "report.button"), True)
    assert "value" not in nothing
    assert told.sentence == ("problem.train_no_report", {})
    train(context, run)
    file, _, told = look.reported(context, *asked)
    assert isinstance(file, str)
    assert Path(file).is_relative_to(get_upload_folder())
    with zipfile.ZipFile(file) as opened:
        report = opened.read("report/report.md").decode()
        assert {"report/figures/confusion.svg", "report/figures/misread.png"} <= set(
            opened.namelist()
        )
    assert f"## {text.say(language, 'report.result')}" in report
    _, _, told = look.reported(context, run["id"], BOB["visitor"], here)
    assert told.sentence == ("problem.train_gone", {})
    file, _, _ = look.reported(context, "example", ALICE["visitor"], here)
    assert Path(file).name == "report-example.zip"


def test_every_model_can_be_downloaded(context: Context):
    names = runs.models(context, "")
    assert {"digit_resnet-mnist", "photo_lite-fashion_mnist_photos"} <= set(names)
    for name in names:
        found = Path(runs.model_file(context, name, ""))
        assert found.name == f"{name}.safetensors"
        assert found.read_bytes() == (model_dirs()[1] / found.name).read_bytes()
        assert found.is_relative_to(get_upload_folder())
    with pytest.raises(Refused, match="no_such_model"):
        runs.model_file(context, "../../etc/passwd", "")


def test_the_hardware_behind_a_choice_is_named(context: Context):
    chosen = settings.filled(context, "cnn", "mnist", "recipe", "")
    devices = {device for _, device in settings.offers(context, chosen, "", "en")["device"]}
    assert set(settings.hardware()) == devices
    assert hardware(torch.device("cpu")).startswith(settings.hardware()["cpu"])
    plan = settings.plan(context, {**chosen, "limit": 1000, "batch": 300, "epochs": 3}, "")
    assert gaps(plan[0]) == {"steps": "4", "all": "12"}


def test_the_data_are_shown(context: Context):
    many, *groups, like = settings.pictures_by_class(context, {"dataset": "mnist"})
    images = context.images("mnist", "train")
    assert gaps(many.hint) == {"pictures": f"{len(images):,}"}
    counts = torch.bincount(images.labels, minlength=10).tolist()
    assert [gaps(one.hint)["pictures"] for one in groups] == [f"{count:,}" for count in counts]
    for label, group in enumerate(groups):
        assert len(group.pictures) == settings.OF_CLASS
        for picture in group.pictures:
            pixels = torch.tensor(np.array(picture.image))
            same = (images.images[:, 0] == pixels).all(dim=2).all(dim=1)
            assert images.labels[same].tolist() == [label]
    shares = images.images.float() / 255
    assert gaps(like.note) == {"mean": f"{shares.mean():.3f}", "spread": f"{shares.std():.3f}"}


def test_without_data_the_tab_says_what_was_looked_for(tmp_path: Path):
    context = make_context(tmp_path, tmp_path / "empty")
    with pytest.raises(Refused, match="train_no_data") as refused:
        settings.pictures_by_class(context, {"dataset": "mnist"})
    assert "was looked for in" in str(refused.value.values["error"])


ASKED = {"dataset": "mnist", "pictures": 1000, "batch": 100}


def table_of(context: Context, line: str, **asked: Any) -> LayerTable:
    return line_of_layers.read(context, "", {**ASKED, "line": line, **asked})


@pytest.mark.parametrize("model", TRAINABLE)
def test_the_layer_table_adds_up(context: Context, model: str):
    chosen = settings.filled(context, model, "mnist", "recipe", "")
    table = table_of(context, chosen["line"], model=model)
    network = MODELS[model].build((1, 28, 28), 10)
    assert gaps(table.totals[0])["parameters"] == f"{count_parameters(network):,}"
    assert table.rows[-1].cells[0] == "10"
    assert settings.written(context, chosen, chosen, "") == model


def test_what_cannot_be_written_has_a_table_too(context: Context):
    table = table_of(context, "", model="photo_lite")
    network = MODELS["photo_lite"].build((1, 28, 28), 10)
    assert len(table.rows) == len(list(network.children()))
    assert gaps(table.totals[0])["parameters"] == f"{count_parameters(network):,}"
    with pytest.raises(Refused, match="convolve_line_empty"):
        table_of(context, "", model="cnn")


def test_a_row_is_what_is_counted_by_hand(context: Context):
    rows = table_of(context, LINES["cnn"]).rows
    said = [settings.spoken("ko", row.name) for row in rows]
    assert said == ["합성곱1", "합성곱2", "펼치기", "출력"]
    products, memory = 14 * 14 * 9 * 32 * 64, 4 * 64 * (2 * 14 * 14 + 7 * 7)
    assert rows[1].layers == "conv 3 p1 64 - relu - pool 2"
    counted = f"{9 * 32 * 64 + 64:,}", f"{products / 1e6:.1f}M"
    assert rows[1].cells == ("64×7×7", *counted, "10×10", f"{memory / 1e3:.3g} kB")


def given(context: Context, chosen: dict[str, Any], **changes: Any) -> tuple[Any, ...]:
    """What the page sends once these fields are others."""
    fields = {name: settings.coded(chosen[name]) for name in form.NAMES} | changes
    return (*(fields[name] for name in form.NAMES), chosen, "", json.dumps({"language": "en"}))


MINE = "Conv 3 8 – relu - pool 2 - flatten - dense 10"
KEPT = "conv 3 8 - relu - pool 2 - flatten - dense 10"


def test_a_line_is_chosen_by_writing_it(context: Context):
    base = len(form.NAMES)  # where the settings are in what comes back
    first = settings.filled(context, "quick_cnn", "mnist", "recipe", "")
    written = form.filled(context, "line", *given(context, first, line=MINE))
    assert (written[base]["model"], written[base]["line"]) == (KEPT, MINE)
    assert written[base]["epochs"] == first["epochs"]  # what was set stays
    assert written[0]["value"] == written[0]["choices"][-1][1] == KEPT
    assert written[0]["choices"][-1][0].startswith("conv 8, dense 10: ")
    # Other data: as many classes, other shapes; another network: its own line.
    moved = form.filled(context, "dataset", *given(context, written[base], dataset="cifar10"))
    assert moved[base]["line"] == KEPT
    other = form.filled(context, "model", *given(context, written[base], model="cnn"))
    assert (other[base]["model"], other[base]["line"]) == ("cnn", LINES["cnn"])
    # While it cannot be, the last network stays; but it is not trained instead.
    broken = given(context, first, line="conv 3 8 - rel", batch=64)
    assert form.settled(context, *broken)[len(form.SETTLED)]["model"] == "quick_cnn"
    told, news = form.begun(context, *broken)
    assert told.sentence[0] == "problem.convolve_part_unknown"
    assert news == gr.skip()
    assert context.runs.all() == []


@pytest.mark.parametrize("what", ["model", "dataset", "preset"])
def test_a_list_that_is_only_passed_changes_nothing(context: Context, what: str):
    """Gradio's lists say that something was chosen whenever they lose the focus."""
    first = settings.filled(context, "quick_cnn", "mnist", "recipe", "")
    mine = {**first, "batch": 64, "preset": settings.CHANGED}
    assert form.filled(context, what, *given(context, mine)) == form.STAY
    other = {"model": "cnn", "dataset": "fashion_mnist", "preset": "recipe"}[what]
    chosen = form.filled(context, what, *given(context, mine, **{what: other}))
    assert chosen[len(form.NAMES)][what] == other


BAD = {
    "many": "relu - " * 10_000,
    "parameters": "flatten - dense 100000 - dense 10",
    "kernel": "conv 31 8 - flatten - dense 10",
    "letters": "합성곱 3 8 - 펼치기",
    "empty": " ",
    "long": "x" * 100_000,
}


@pytest.mark.parametrize("line", BAD.values(), ids=BAD)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_line_that_is_no_network_gets_one_sentence(context: Context, line: str, language: str):
    chosen = settings.filled(context, "quick_cnn", "mnist", "recipe", "")
    told, _ = form.begun(context, *given(context, chosen, line=line))
    said = [settings.spoken(language, one) for one in (told.sentence, *told.lines)]
    assert 10 < len(" ".join(said)) < 400
    assert not any("{" in one or one.startswith("problem") for one in said)
    assert context.runs.all() == []


def test_a_space_takes_smaller_networks_and_says_so(tmp_path: Path, small_data_dir: Path):
    line = "flatten - dense 8000 - dense 10"
    assert len(table_of(make_context(tmp_path, small_data_dir), line).totals) == 2
    space = make_context(tmp_path, small_data_dir, on_space=True)
    with pytest.raises(Refused, match="convolve_large_parameters") as refused:
        line_of_layers.read(space, ALICE["visitor"], {**ASKED, "line": line})
    assert refused.value.values["limit"] == "3,000,000"
    small = line_of_layers.read(space, ALICE["visitor"], {**ASKED, "line": KEPT})
    assert gaps(small.totals[-1])["parameters"] == "3.0M"
    with pytest.raises(Refused, match="convolve_large_parameters"):
        runs.start(space, {**ALICE, "model": line, "dataset": "mnist", "config": QUICK})


def test_a_line_is_trained_named_and_read(context: Context):
    run = runs.start(context, {"model": MINE, "dataset": "mnist", "config": QUICK})
    folder = train(context, {"id": run})
    summary = runs.summary(context, folder)
    assert (summary["model"], summary["status"]) == (KEPT, "done")
    assert "conv 8, dense 10, " in view.option(context, summary, "", None, "en")
    [entry] = [one for one in context.entries("digits") if one.card.model == KEPT]
    assert answers.model_option(entry.card).startswith("conv 8, dense 10 (layers_")
    trained = load(entry.path)
    shape = (4, 10)
    assert probabilities(trained, np.zeros((4, 1, 28, 28), np.float32)).shape == shape
    again = {**context.run_of({"run": run}).run.config}
    reused = form.reused(
        context, run, *given(context, settings.filled(context, "cnn", "mnist", "recipe", ""))
    )
    assert reused[1 + len(form.NAMES)]["line"] == KEPT
    assert reused[1 + len(form.NAMES)]["epochs"] == again["epochs"]


def test_presets_have_names(context: Context):
    for name, line in PRESETS.items():
        for language in text.LANGUAGES:
            assert text.looked_up(language, line_of_layers.title_of(line)) == (
                text.say(language, f"train.model.{name}")
            )


def test_a_run_notes_what_goes_on_inside(context: Context):
    folder = train(context, start(context))
    records = folder.records()
    assert records[0]["inside"] == []  # nothing is learned before the first step
    names = [name for name, _ in MODELS["simple_ann"].build((1, 28, 28), 10).named_children()]
    learning = [name for name in names if name != "flatten"]
    noted = [record["inside"] for record in records if record["inside"]]
    assert len(noted) == records[-1]["steps"]  # so short a run is noted step by step
    assert all([one["stage"] for one in stages] == learning for stages in noted)
    summary = runs.summary(context, folder)
    gradient, update, dead = inside.charts([(summary, records, "one")])
    assert [settings.spoken("en", line.name) for line in gradient.lines] == learning
    first = noted[0][0]
    assert (gradient.lines[0].y[0], update.lines[0].y[0]) == (first["gradient"], first["update"])
    assert len(dead.lines) == len(learning) - 1  # those with a ReLU
    assert (gradient.y_log, dead.y_range) == (True, (0, 1))
    beside = inside.charts([(summary, records, ("train.name", {"model": "x"}))] * 2)
    assert [chart.title for chart in beside] == [("train.name_gradient", {"model": "x"})] * 2
    low, high = beside[0].y_range or (0, 0)
    assert low <= min(y for line in gradient.lines for y in line.y) <= high
    shown = inside.filters(folder)
    assert [gaps(group.hint)["epoch"] for group in shown] == [1, 2]
    assert {len(group.pictures) for group in shown} == {inside.FILTERS}


def test_a_run_of_before_has_nothing_inside(context: Context):
    folder = example_run.example_run()
    summary, records = runs.summary(context, folder), folder.records()
    assert inside.charts([(summary, records, "one")]) == ()
    assert inside.charts([(summary, records, "one"), (summary, records, "two")]) == ()
    assert len(inside.filters(folder)) == inside.EPOCHS
    assert list(inside.spread(30, 4)) == [0, 10, 19, 29]


def test_gradients_vanish_in_one_click(context: Context):
    told = json.loads(inside.lesson(context, ""))
    started = [context.runs.folder(one) for one in (told["choose"], *told["compare"])]
    assert [one.run.model for one in started] == [PRESETS[name] for name in inside.LESSON]
    assert json.loads(inside.lesson(context, "")) == told  # they are there
    ratios = []
    for folder in started:
        train(context, {"id": folder.run.id})
        last = folder.records()[-1]["inside"]
        ratios.append(last[0]["gradient"] / last[-1]["gradient"])
    assert ratios[0] < 1e-4 < ratios[1] < ratios[2]
