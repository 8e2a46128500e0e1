"""The run that ships: curves, mistakes and epochs for whoever opens the Train tab first."""

import json
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.contexts import ALICE, make_context

from convdemo.training.config import TrainConfig
from convdemo.training.recipes import RECIPES
from convdemo.training.runs.snapshots import EVALUATED, epochs_of
from convdemo.ui import example_run, text, train_outcome, training
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

ASKED = {"run": example_run.NAME}
EPOCHS = RECIPES["cnn"].epochs


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """That of somebody who has trained nothing and has no data."""
    return make_context(tmp_path, tmp_path / "no data")


def test_a_new_visitor_finds_a_finished_run(context: Context):
    (found,) = training.listed(context, {})["runs"]
    assert (found["id"], found["example"], found["status"]) == ("example", True, "done")
    assert (found["model"], found["dataset"]) == ("cnn", "mnist")
    assert found["epoch"] == found["epochs"] == EPOCHS
    assert TrainConfig(**found["config"]).fault == "none"
    records = training.follow(context, {**ASKED, "after": 0})["records"]
    ends = [one for one in records if one["val_loss"] is not None]
    assert [one["epoch"] for one in ends] == list(range(EPOCHS + 1))
    assert found["val_accuracy"] == max(one["val_accuracy"] for one in ends) > 0.985
    assert ends[0]["val_accuracy"] < 0.3  # before the training


def test_its_mistakes_are_those_of_its_test_set(context: Context):
    (found,) = training.listed(context, {})["runs"]
    outcome = train_outcome.outcome(context, ASKED)
    confusion = np.array(outcome["confusion"])
    assert confusion.sum() == outcome["n"] == 10_000
    assert confusion.sum(axis=1).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert outcome["accuracy"] == pytest.approx(found["test_accuracy"], abs=1e-9)


@pytest.mark.parametrize("epoch", range(1, EPOCHS + 1))
def test_each_epoch_reads_our_own_examples(context: Context, epoch: int):
    found = train_outcome.moment(context, {**ASKED, "epoch": epoch})
    assert sorted(one["actual"] for one in found["watched"]) == list("0123456789")
    assert np.sum(found["confusion"]) == EVALUATED
    assert len(found["filters"]) == 32
    right = sum(one["label"] == one["actual"] for one in found["watched"])
    assert right >= (9 if epoch == EPOCHS else 7)


def test_the_epochs_are_those_that_are_recorded():
    assert epochs_of(example_run.example_run()) == list(range(1, EPOCHS + 1))
    assert len(json.loads((example_run.FOLDER / example_run.CONFUSIONS).read_text())) == EPOCHS


def test_its_pictures_are_not_fetched_for_a_look(context: Context, small_data_dir: Path, tmp_path):
    asked = {**ASKED, "actual": 4, "predicted": 9}
    for folder in (context.data_dir, small_data_dir):  # nothing there; other pictures there
        with pytest.raises(Refused, match="train_example_pictures"):
            train_outcome.cell(make_context(tmp_path, folder), asked)
    assert not context.data_dir.exists()


def test_its_pictures_are_those_of_mnist(real_data_dir: Path, tmp_path: Path):
    context = make_context(tmp_path, real_data_dir)
    confusion = train_outcome.outcome(context, ASKED)["confusion"]
    for actual, predicted in ((4, 9), (7, 2), (3, 3)):
        found = train_outcome.cell(context, {**ASKED, "actual": actual, "predicted": predicted})
        assert found["total"] == confusion[actual][predicted]


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
    listed = [found["id"] for found in training.listed(context, {})["runs"]]
    assert listed[-1] == example_run.NAME
    asked = {"run": folder.name, "epoch": 1, "after": 0}
    for ask in (training.follow, train_outcome.outcome, train_outcome.moment):
        served = context.guard.served("asked", partial(ask, context))
        nobody: Any = SimpleNamespace(headers={}, client=None)
        problem = served(asked, nobody).get("problem")
        assert problem is None or f"problem.{problem}" in text.strings("en")
        assert problem != "internal" or ask is train_outcome.moment  # there are no data either


@pytest.mark.parametrize("config", [{}, None, 3, "text", {"epochs": "many"}])
def test_a_run_without_settings_is_none(context: Context, config: object):
    folder = context.runs_dir / "20260101-000000-abcdef"
    shutil.copytree(example_run.FOLDER, folder)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "config": config}))
    assert [found["id"] for found in training.listed(context, {})["runs"]] == [example_run.NAME]


@pytest.mark.parametrize("action", training.ACTIONS)
def test_nobody_changes_it(context: Context, action: str):
    with pytest.raises(Refused, match="request"):
        training.command(context, {**ASKED, "action": action, "factor": 2})
    assert example_run.example_run().run.id == "example"


def test_on_a_space_it_is_everybodys(tmp_path: Path):
    context = make_context(tmp_path, tmp_path, on_space=True)
    assert [one["id"] for one in training.listed(context, ALICE)["runs"]] == ["example"]
    assert train_outcome.outcome(context, {**ASKED, **ALICE})["n"] == 10_000


def test_it_is_small():
    sizes = [path.stat().st_size for path in example_run.FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) < 2e6
