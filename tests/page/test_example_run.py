"""The run that ships: curves, mistakes and epochs for whoever opens the Train tab first."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.contexts import ALICE, gaps, make_context

from convdemo.training.config import TrainConfig
from convdemo.training.recipes import RECIPES
from convdemo.training.runs.snapshots import EVALUATED, epochs_of
from convdemo.ui import example_run, text
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import look, outcome, runs
from convdemo.ui.wire import Refused

ASKED = {"run": example_run.NAME}
EPOCHS = RECIPES["cnn"].epochs


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """That of somebody who has trained nothing and has no data."""
    return make_context(tmp_path, tmp_path / "no data")


def test_a_new_visitor_finds_a_finished_run(context: Context):
    (found,) = runs.listed(context, {})
    assert (found["id"], found["example"], found["status"]) == ("example", True, "done")
    assert (found["model"], found["dataset"]) == ("cnn", "mnist")
    assert found["epoch"] == found["epochs"] == EPOCHS
    assert TrainConfig(**found["config"]).fault == "none"
    records = example_run.example_run().records()
    ends = [one for one in records if one["val_loss"] is not None]
    assert [one["epoch"] for one in ends] == list(range(EPOCHS + 1))
    assert found["val_accuracy"] == max(one["val_accuracy"] for one in ends) > 0.985
    assert ends[0]["val_accuracy"] < 0.3  # before the training


def test_its_mistakes_are_those_of_its_test_set(context: Context):
    (found,) = runs.listed(context, {})
    confusion = np.array(outcome.outcome(context, ASKED).counts)
    assert confusion.sum() == 10_000
    assert confusion.sum(axis=1).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    right = np.trace(confusion) / confusion.sum()
    assert right == pytest.approx(found["test_accuracy"], abs=1e-9)


@pytest.mark.parametrize("epoch", range(1, EPOCHS + 1))
def test_each_epoch_reads_our_own_examples(context: Context, epoch: int):
    watched, filters = outcome.moment(context, {**ASKED, "epoch": epoch})
    actual = [gaps(one.tip)["actual"].split("|")[1] for one in watched.pictures]
    assert sorted(actual) == list("0123456789")
    assert gaps(watched.note)["count"] == EVALUATED
    assert len(filters.pictures) == 32
    right = sum(not one.wrong for one in watched.pictures)
    assert right >= (9 if epoch == EPOCHS else 7)


def test_the_epochs_are_those_that_are_recorded():
    assert epochs_of(example_run.example_run()) == list(range(1, EPOCHS + 1))
    assert len(json.loads((example_run.FOLDER / example_run.CONFUSIONS).read_text())) == EPOCHS


def test_its_pictures_are_not_fetched_for_a_look(context: Context, small_data_dir: Path, tmp_path):
    asked = {**ASKED, "actual": 4, "predicted": 9}
    for folder in (context.data_dir, small_data_dir):  # nothing there; other pictures there
        with pytest.raises(Refused, match="train_example_pictures"):
            outcome.cell(make_context(tmp_path, folder), asked)
    assert not context.data_dir.exists()


def test_its_pictures_are_those_of_mnist(real_data_dir: Path, tmp_path: Path):
    context = make_context(tmp_path, real_data_dir)
    counts = outcome.outcome(context, ASKED).counts
    for actual, predicted in ((4, 9), (7, 2), (3, 3)):
        found = outcome.cell(context, {**ASKED, "actual": actual, "predicted": predicted})
        assert gaps(found.hint)["total"] == f"{counts[actual][predicted]:,}"


@pytest.mark.parametrize(
    "changes",
    [
        {"run.json": b"[" * 100_000},
        {"run.json": b'{"id": 1}'},
        {"run.json": b"\xff\xfe"},
        {"records.jsonl": b"\xff\xfe\n[1]\n"},
        {"state.json": b"[" * 100_000},
        {"test.safetensors": b"12345678{"},
        {"epochs/0001.safetensors": b"12345678{"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_damaged_run_costs_itself_only(context: Context, changes: dict[str, bytes]):
    folder = context.runs_dir / "20260101-000000-abcdef"
    shutil.copytree(example_run.FOLDER, folder)
    for name, content in changes.items():
        (folder / name).write_bytes(content)
    listed = [found["id"] for found in runs.listed(context, {})]
    assert listed[-1] == example_run.NAME
    here = '{"language": "en"}'
    _, shown = look.look(context, folder.name, [], 0, None, "", "", {}, here)
    told = str([shown[name]["value"] for name in ("card", "moment", "matrix")])
    for problem in re.findall(r"problem\.(\w+)", told):
        assert f"problem.{problem}" in text.strings("en")
        assert problem != "internal"


@pytest.mark.parametrize("config", [{}, None, 3, "text", {"epochs": "many"}])
def test_a_run_without_settings_is_none(context: Context, config: object):
    folder = context.runs_dir / "20260101-000000-abcdef"
    shutil.copytree(example_run.FOLDER, folder)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "config": config}))
    assert [found["id"] for found in runs.listed(context, {})] == [example_run.NAME]


@pytest.mark.parametrize("action", runs.ACTIONS)
def test_nobody_changes_it(context: Context, action: str):
    with pytest.raises(Refused, match="request"):
        runs.command(context, {**ASKED, "action": action, "factor": 2})
    assert example_run.example_run().run.id == "example"


def test_on_a_space_it_is_everybodys(tmp_path: Path):
    context = make_context(tmp_path, tmp_path, on_space=True)
    assert [one["id"] for one in runs.listed(context, ALICE)] == ["example"]
    assert np.sum(outcome.outcome(context, {**ASKED, **ALICE}).counts) == 10_000


def test_it_is_small():
    sizes = [path.stat().st_size for path in example_run.FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) < 2e6
