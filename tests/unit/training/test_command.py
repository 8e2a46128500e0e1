"""The command on a card trains what the card is of, whatever was set."""

import dataclasses
import shlex
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support.small_data import members, write_zip

from convdemo.cli.main import main
from convdemo.inference.card import read_card
from convdemo.training.command import SETTINGS, command_of
from convdemo.training.config import TrainConfig
from convdemo.training.loop import Record, Training
from convdemo.training.recipes import recipe
from convdemo.training.runs.store import RunFolder, Runs
from convdemo.training.runs.worker import execute

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
    "negatives": 0.5,
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


def trained(tmp_path: Path, data_dir: Path, config: TrainConfig) -> Path:
    """The file that a run of the page added to the model library."""
    runs = Runs(tmp_path / "runs")
    folder = runs.folder(runs.create(MODEL, DATASET, dataclasses.asdict(config)).id)
    execute(folder, data_dir=data_dir, weights_dir=tmp_path / "page")
    assert folder.state.status == "done", folder.state
    return tmp_path / "page" / f"{folder.state.saved}.safetensors"


def by_command(tmp_path: Path, data_dir: Path, command: str) -> Path:
    """The file that a card's command makes."""
    words = shlex.split(command)
    assert words[0] == "convdemo"
    places = ["--data-dir", str(data_dir), "--weights-dir", str(tmp_path / "line")]
    assert main([*words[1:], *places]) == 0
    (made,) = (tmp_path / "line").iterdir()
    return made


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("name", OTHER)
def test_every_setting_comes_back_from_its_command(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Read by the command line itself, which only does not train here."""
    asked = []
    monkeypatch.setattr("convdemo.training.fit.fit", lambda *words, **_: asked.append(words) or [])
    config = dataclasses.replace(recipe(MODEL, DATASET), **{name: OTHER[name]})
    command = shlex.split(command_of(MODEL, DATASET, config))
    assert main([*command[1:], "--weights-dir", str(tmp_path)]) == 0
    assert asked == [(MODEL, DATASET, config)]
    assert len(command) == 6  # nothing else is said


def test_the_command_on_a_card_trains_the_same_weights(
    small_data_dir: Path, tmp_path: Path, capsys
):
    path = trained(tmp_path, small_data_dir, dataclasses.replace(SHORT, **OTHER))
    card = read_card(path)
    made = by_command(tmp_path, small_data_dir, card.command)
    assert read_card(made).config == card.config == {**dataclasses.asdict(SHORT), **OTHER}
    assert same_weights(path, made)


def test_what_was_measured_is_on_the_card_as_if_it_had_been_asked_for(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    """Measured again, another way may be a hair faster."""
    monkeypatch.setattr("convdemo.training.autotune._fastest", lambda *_: ("bfloat16", False))
    open_ = dataclasses.replace(SHORT, precision="auto", channels_last=None)
    path = trained(tmp_path, small_data_dir, open_)
    monkeypatch.setattr("convdemo.training.autotune._fastest", lambda *_: ("float32", True))
    made = by_command(tmp_path, small_data_dir, read_card(path).command)
    assert same_weights(path, made)


@pytest.mark.parametrize(
    "words",
    [
        f"{MODEL} {DATASET} --patience none --dropout 0.3",
        "fashion_cnn fashion_mnist --preset course --lr 0.003",
        "simple_ann {zip}",
        "--like {like}",
        "--like {like} --limit none --seed 5",
    ],
)
def test_a_card_of_the_command_line_has_a_command_that_stands_alone(
    words: str, small_data_dir: Path, tmp_path: Path, capsys
):
    """The file behind --like may be gone by then, and the zip, of which the pictures are kept."""
    like = trained(tmp_path, small_data_dir, SHORT)
    pictures = write_zip(tmp_path / "colours.zip", members())
    asked = f"convdemo train {words} --epochs 2 --batch 50 --device cpu"
    first = by_command(tmp_path / "first", small_data_dir, asked.format(like=like, zip=pictures))
    like.unlink()
    pictures.unlink()
    command = read_card(first).command
    assert "--like" not in command
    again = by_command(tmp_path / "again", small_data_dir, command)
    assert read_card(again).config == read_card(first).config
    assert same_weights(first, again)


def test_what_no_command_repeats_is_said_behind_it(
    small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    folder = Runs(tmp_path / "runs").folder(
        Runs(tmp_path / "runs").create(MODEL, DATASET, dataclasses.asdict(SHORT)).id
    )
    folder.set_lr_factor(0.5)

    def stop_after_an_epoch(
        folder: RunFolder, training: Training, record: Record, *_: object
    ) -> None:
        if record.epoch and record.val_loss is not None:
            folder.request("stop")
            training.stopping = True

    monkeypatch.setattr("convdemo.training.runs.worker._note", stop_after_an_epoch)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    assert folder.state.status == "stopped"
    command = read_card(tmp_path / f"{folder.state.saved}.safetensors").command
    words, note = command.split("  # ")
    assert note == "stopped after epoch 1, the learning rate was changed on the way"
    assert shlex.split(command, comments=True) == shlex.split(words)


def test_the_usual_settings_need_no_options():
    assert command_of(MODEL, DATASET, recipe(MODEL, DATASET)) == "convdemo train cnn mnist"


def test_a_word_that_is_no_value_is_named(capsys):
    for words in ("--channels-last maybe", "--patience never", "--dropout half"):
        with pytest.raises(SystemExit) as caught:
            main(["train", MODEL, DATASET, *words.split()])
        assert caught.value.code == 2
        assert "invalid" in capsys.readouterr().err
