"""Cards and the model library: what is saved comes back, what is broken stays out."""

import dataclasses
import json
import os
from pathlib import Path

import pytest
import torch
from support.cards import make_card

from convdemo.inference import library
from convdemo.inference.card import Card, NoCardError, NotWholeError, read_card
from convdemo.networks.registry import MODELS


def save(folder, seed=0, **changes):
    card = make_card(**changes)
    torch.manual_seed(seed)
    network = MODELS[card.model].build(card.shape, len(card.classes) + len(card.extra_classes))
    path = folder / f"{card.name}.safetensors"
    library.save(path, card, network)
    return path, card, network


def test_a_saved_model_comes_back_as_it_was(tmp_path):
    path, card, network = save(tmp_path, unknown={"threshold": 0.5})
    assert read_card(path) == card
    trained = library.load(path)
    assert trained.card == card
    assert not trained.network.training
    for name, value in network.state_dict().items():
        assert torch.equal(trained.network.state_dict()[name], value)
    assert not list(tmp_path.glob("*.part"))


def test_extra_classes_widen_the_output(tmp_path):
    path, _, _ = save(tmp_path, extra_classes=("none of these",))
    assert library.load(path).network(torch.zeros(1, 1, 28, 28)).shape == (1, 11)


def test_loading_is_cached_until_the_file_changes(tmp_path):
    path, _, _ = save(tmp_path)
    first = library.load(path)
    assert library.load(path) is first
    save(tmp_path, seed=1)
    os.utime(path, ns=(1, 1))
    second = library.load(path)
    name = "conv1.0.weight"
    assert not torch.equal(first.network.state_dict()[name], second.network.state_dict()[name])


@pytest.mark.parametrize(
    "changes", [{"model": "cnn2"}, {"model": "forgotten"}, {"model": "conv 3x3 9 - later 2"}]
)
def test_weights_of_another_version_are_named(tmp_path, changes):
    path, card, network = save(tmp_path)
    library.save(path, dataclasses.replace(card, **changes), network)
    with pytest.raises(ValueError, match=rf"{path.name} does not fit .*train it again"):
        library.load(path)


def test_the_users_own_model_hides_a_shipped_one(tmp_path):
    for folder, accuracy in (("own", 0.5), ("shipped", 0.9)):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder, validation_accuracy=accuracy)
    entries = library.list_models((tmp_path / "own", tmp_path / "shipped"))
    assert [entry.card.validation_accuracy for entry in entries] == [0.5]


def test_broken_files_stay_off_the_shelf(tmp_path):
    path, _, _ = save(tmp_path)
    whole = path.read_bytes()
    (tmp_path / "truncated.safetensors").write_bytes(whole[:200])
    (tmp_path / "text.safetensors").write_text("not weights")
    (tmp_path / "empty.safetensors").write_bytes(b"")
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "cardless.safetensors")
    assert [entry.path for entry in library.list_models((tmp_path, tmp_path / "absent"))] == [path]
    with pytest.raises(
        NotWholeError, match="truncated.safetensors is not a whole safetensors file"
    ):
        read_card(tmp_path / "truncated.safetensors")
    with pytest.raises(NoCardError, match="cardless.safetensors has no card"):
        read_card(tmp_path / "cardless.safetensors")


@pytest.mark.parametrize(
    "text",
    ["", "null", "5", '"card"', "[]", "{}", "[" * 100_000, '{"name": "\\ud800"}']
    + [
        json.dumps({**dataclasses.asdict(make_card()), name: value})
        for name, value in {
            "name": ["a"],
            "classes": "0123456789",
            "shape": [1, 28],
            "mean": [0.1, 0.2],
            "std": [],
            "parameters": "many",
            "config": [],
            "unknown": {"threshold": "high"},
        }.items()
    ],
    ids=lambda text: text[:20] if text.startswith("[") else None,
)
def test_a_card_of_another_kind_is_none(text):
    with pytest.raises(NoCardError, match="card"):
        Card.from_header({"card": text}, Path("some.safetensors"))


def test_a_card_of_a_later_version_is_read_as_far_as_it_is_known():
    text = json.dumps({**dataclasses.asdict(make_card()), "mood": "good"})
    assert Card.from_header({"card": text}, Path("some.safetensors")) == make_card()


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path, card, network = save(tmp_path)
    before = path.read_bytes()

    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("safetensors.torch.save_file", fail)
    with pytest.raises(KeyboardInterrupt):
        library.save(path, card, network)
    assert path.read_bytes() == before


def test_find_names_the_choices(tmp_path):
    save(tmp_path)
    entries = library.list_models((tmp_path,))
    assert library.find("cnn-mnist", entries).card.model == "cnn"
    with pytest.raises(
        ValueError, match="'resnet' is not in the model library; there are: cnn-mnist"
    ):
        library.find("resnet", entries)


def test_the_marked_model_is_the_default(tmp_path):
    save(tmp_path, name="cnn-mnist", validation_accuracy=0.9, default_for="digits")
    save(tmp_path, name="cnn2-mnist", model="cnn2", validation_accuracy=0.99)
    entries = library.list_models((tmp_path,))
    assert library.default_entry("digits", entries).card.name == "cnn-mnist"
    unmarked = [
        library.Entry(dataclasses.replace(entry.card, default_for=None), entry.path)
        for entry in entries
    ]
    assert library.default_entry("digits", unmarked).card.name == "cnn2-mnist"
    with pytest.raises(ValueError, match="no model for 'clothes'"):
        library.default_entry("clothes", entries)


def test_a_new_card_leaves_the_weights(tmp_path):
    path, card, network = save(tmp_path)
    library.recard(path, dataclasses.replace(card, evidence={"n": 5}))
    assert read_card(path).evidence == {"n": 5}
    for name, value in network.state_dict().items():
        assert torch.equal(library.load(path).network.state_dict()[name], value)
