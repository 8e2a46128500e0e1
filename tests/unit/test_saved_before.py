"""What version 0.1.0 left on a disk before its modules moved into rooms works as it did.

The archive holds a home folder with a network, a data set of somebody's own and a run that was
stopped after an epoch, a model that was exported, and what that version said of them.
"""

import json
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from support.checkout import ROOT

from convdemo.data.custom import own_data_dir, read_own
from convdemo.data.registry import find_dataset
from convdemo.images.decode import read_picture
from convdemo.inference.library import find, list_models, load, model_dirs
from convdemo.inference.predict import predict_picture
from convdemo.training.runs.snapshots import epochs_of, network_at, snapshot_at
from convdemo.training.runs.store import Runs
from convdemo.training.runs.worker import execute

ARCHIVE = ROOT / "tests" / "saved" / "before-rooms.zip"


@pytest.fixture
def saved(tmp_path, monkeypatch) -> Path:
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def told(saved) -> dict:
    return json.loads((saved / "expected.json").read_text())


def test_a_network_answers_as_it_did(saved, told):
    trained = load(find(told["model"], list_models(model_dirs())).path)
    assert json.loads(json.dumps(asdict(trained.card))) == told["card"]
    answer = predict_picture(trained, read_picture(saved / "one.png"))
    assert (answer.label, answer.notice) == (told["label"], told["notice"])
    assert answer.probabilities == pytest.approx(told["probabilities"], abs=1e-5)


def test_a_run_is_there_with_its_epochs(saved, told, small_data_dir):
    (folder,) = Runs(saved / "home" / "runs").all()
    assert folder.run.id == told["run"]
    assert asdict(folder.state) == told["state"]
    assert folder.records() == told["records"]
    assert epochs_of(folder) == [1]
    trained = load(find(told["model"], list_models(model_dirs())).path)
    kept = network_at(folder, 1).state_dict()
    for name, value in trained.network.state_dict().items():
        torch.testing.assert_close(kept[name], value, atol=1e-2, rtol=1e-2)  # kept in half
    validation = find_dataset("mnist").load(small_data_dir, "validation")
    assert snapshot_at(folder, 1, validation).confusion.sum() == len(validation)


def test_a_run_goes_on_where_it_stopped(saved, told, small_data_dir):
    folder = Runs(saved / "home" / "runs").folder(told["run"])
    (folder.path / "stop").unlink(missing_ok=True)
    execute(folder, data_dir=small_data_dir, weights_dir=saved / "home" / "weights")
    assert folder.state.status == "done"
    assert epochs_of(folder) == [1, 2, 3]
    assert folder.records()[: len(told["records"])] == told["records"]


def test_a_data_set_of_somebodys_own_is_found(saved, told):
    name = told["own"]["name"]
    (path,) = own_data_dir().glob("*.safetensors")
    assert json.loads(json.dumps(asdict(read_own(path)))) == told["own"]
    source = find_dataset(name)
    assert source.classes == tuple(told["own"]["classes"])
    assert len(source.load(saved, "train")) == told["own"]["pictures"]


def test_an_exported_model_runs_without_the_app(saved):
    folder = saved / "exported"
    with zipfile.ZipFile(saved / "export.zip") as archive:
        archive.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "predict.py"), "--check"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["same_labels"]
