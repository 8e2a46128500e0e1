"""The command on a card trains what the card is of, whatever was set."""

import dataclasses
import shlex
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from convdemo.cli import main
from convdemo.config import TrainConfig
from convdemo.presets import recipe
from convdemo.runs import RunFolder, Runs
from convdemo.train_command import SETTINGS, command_of
from convdemo.weights import read_card
from convdemo.worker import execute

MODEL, DATASET = "cnn", "mnist"
SHORT = dataclasses.replace(
    recipe(MODEL, DATASET), epochs=2, batch=25, limit=100, device="cpu", precision="float32"
)
# A value that neither the recipe nor SHORT has, for every setting.
OTHER = {
    "epochs": 3,
    "batch": 40,
    "lr": 1.5e-3,
    "optimizer": "rmsprop",
    "weight_decay": 0.3,
    "schedule": "linear",
    "label_smoothing": 0.1,
    "ema": 0.9,
    "augment": "digits",
    "empty": 0.25,
    "dropout": 0.4,
    "patience": None,  # the recipe has some
    "limit": 90,
    "seed": 7,
    "device": "cpu",
    "precision": "bfloat16",
    "channels_last": True,
    "fault": "shuffled_labels",
}


def test_every_setting_has_an_option_and_another_value_here():
    fields = [field.name for field in dataclasses.fields(TrainConfig)]
    assert sorted(name for name, _ in SETTINGS) == sorted(fields) == sorted(OTHER)
    usual = recipe(MODEL, DATASET)
    assert all(getattr(usual, name) != value for name, value in OTHER.items())


def trained(tmp_path: Path, data_dir: Path, config: TrainConfig, dataset: str = DATASET):
    """A run of the page that is over, and the file that it put on the shelf."""
    runs = Runs(tmp_path / "runs")
    run = runs.create(MODEL, dataset, dataclasses.asdict(config))
    folder = RunFolder(runs.path / run.id)
    execute(folder, data_dir=data_dir, weights_dir=tmp_path / "page")
    assert folder.state.status == "done", folder.state
    return folder, tmp_path / "page" / f"{folder.state.saved}.safetensors"


def by_command(tmp_path: Path, data_dir: Path, command: str, *more: str) -> Path:
    """The file that a card's command makes."""
    words = shlex.split(command)
    assert words[0] == "convdemo"
    places = ["--data-dir", str(data_dir), "--weights-dir", str(tmp_path / "line")]
    assert main([*words[1:], *places, *more]) == 0
    (made,) = (tmp_path / "line").iterdir()
    return made


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("name", [*OTHER, "all of them"])
def test_the_command_on_a_card_trains_the_same_weights(
    name: str, small_data_dir: Path, tmp_path: Path, capsys
):
    changes = OTHER if name == "all of them" else {name: OTHER[name]}
    _, path = trained(tmp_path, small_data_dir, dataclasses.replace(SHORT, **changes))
    card = read_card(path)
    made = by_command(tmp_path, small_data_dir, card.command)
    assert read_card(made).config == card.config
    assert same_weights(path, made)


def test_what_was_measured_is_on_the_card_as_if_it_had_been_asked_for(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    """Measured again, another way may be a hair faster."""
    monkeypatch.setattr("convdemo.fit.fastest", lambda *_, **__: ("bfloat16", False))
    open_ = dataclasses.replace(SHORT, precision="auto", channels_last=None)
    _, path = trained(tmp_path, small_data_dir, open_)
    monkeypatch.setattr("convdemo.fit.fastest", lambda *_, **__: ("float32", True))
    made = by_command(tmp_path, small_data_dir, read_card(path).command)
    assert same_weights(path, made)


@pytest.mark.parametrize(
    "words",
    [
        f"{MODEL} {DATASET} --patience none --dropout 0.3",
        "fashion_cnn fashion_mnist --preset course --lr 0.003",
        "--like {like}",
        "--like {like} --limit none --seed 5",
    ],
)
def test_a_card_of_the_command_line_has_a_command_that_stands_alone(
    words: str, small_data_dir: Path, tmp_path: Path, capsys
):
    """The file behind --like may be gone, or another one by then."""
    _, like = trained(tmp_path, small_data_dir, SHORT)
    asked = f"convdemo train {words.format(like=like)} --epochs 2 --batch 50 --device cpu"
    first = by_command(tmp_path / "first", small_data_dir, asked)
    like.unlink()
    command = read_card(first).command
    assert "--like" not in command
    again = by_command(tmp_path / "again", small_data_dir, command)
    assert read_card(again).config == read_card(first).config
    assert same_weights(first, again)


def test_what_no_command_repeats_is_said_behind_it(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    runs = Runs(tmp_path / "runs")
    config = dataclasses.replace(SHORT, epochs=100)
    folder = runs.folder(runs.create(MODEL, DATASET, dataclasses.asdict(config)).id)
    folder.set_lr_factor(0.5)
    monkeypatch.setattr("convdemo.worker._note", lambda folder, training, record: training_is_over(
        training, record))

    def training_is_over(training, record):
        training.stopping = record.epoch == 1 and record.val_loss is not None
        if training.stopping:
            folder.ask("stop")

    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    assert folder.state.status == "stopped"
    command = read_card(tmp_path / f"{folder.state.saved}.safetensors").command
    assert command.endswith(
        "--epochs 100  # stopped after epoch 1, the learning rate was changed on the way"
    ) or "  # stopped after epoch 1, the learning rate was changed on the way" in command
    assert shlex.split(command, comments=True) == shlex.split(command.split("  #")[0])


def test_the_usual_settings_need_no_options():
    assert command_of(MODEL, DATASET, recipe(MODEL, DATASET)) == "convdemo train cnn mnist"


def test_a_word_that_is_no_value_is_named(capsys):
    for words in ("--channels-last maybe", "--patience never", "--dropout half"):
        with pytest.raises(SystemExit) as caught:
            main(["train", MODEL, DATASET, *words.split()])
        assert caught.value.code == 2
        assert f"invalid" in capsys.readouterr().err
