"""Files of weights that somebody hands over: taken with a card that is true, or refused."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from convdemo.images.decode import Picture
from convdemo.inference.inputs import OWN, preprocessing_of
from convdemo.inference.library import find, list_models, load, model_dirs, recard, save
from convdemo.inference.predict import predict_picture
from convdemo.inference.upload import MOST_BYTES, WeightsError, import_weights
from convdemo.networks.warm_start import head_of, with_head
from convdemo.transfer.bases import BASES, load_base


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A copy of a shipped file, under the name that an upload has."""
    path = tmp_path / "model"
    shutil.copy(find("cnn-mnist", list_models(model_dirs())).path, path)
    return path


def test_a_model_is_taken_under_a_free_name(given: Path, tmp_path: Path):
    folder = tmp_path / "own"
    first, second = (import_weights(given, folder).name for _ in range(2))
    assert (first, second) == ("cnn-mnist-uploaded", "cnn-mnist-uploaded-2")
    taken = load(folder / f"{first}.safetensors")
    for name, value in load_file(given).items():
        assert torch.equal(taken.network.state_dict()[name], value)
    assert (
        taken.card.test_accuracy == find("cnn-mnist", list_models(model_dirs())).card.test_accuracy
    )


@pytest.mark.parametrize("name", ["../../escaped", "a/b", "", "x" * 300, "<img src=x>"])
def test_a_name_cannot_leave_the_shelf(given: Path, tmp_path: Path, name: str):
    card = find("cnn-mnist", list_models(model_dirs())).card
    recard(given, dataclasses.replace(card, name=name, default_for="digits", job="clothes"))
    folder = tmp_path / "own"
    kept = import_weights(given, folder)
    assert [path.stem for path in folder.iterdir()] == [kept.name] == ["cnn-mnist-uploaded"]
    assert (kept.default_for, kept.job) == (None, "digits")


def test_a_name_is_as_long_as_its_bytes(given: Path, tmp_path: Path):
    """Eighty letters are 240 bytes of Hangul, and with what comes behind them no file's name."""
    card = find("cnn-mnist", list_models(model_dirs())).card
    for name, kept in {"가" * 53: "가" * 53, "가" * 80: "cnn-mnist-uploaded"}.items():
        recard(given, dataclasses.replace(card, name=name))
        assert import_weights(given, tmp_path / "own").name == kept


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": "nothing"}, "weights_unknown"),
        ({"dataset": "imagenet"}, "weights_unknown"),
        ({"classes": ("a", "b")}, "weights_unknown"),
        ({"shape": (3, 10**6, 10**6)}, "weights_unknown"),
        ({"model": "cnn2"}, "weights_unfit"),
    ],
    ids=str,
)
def test_a_card_that_is_not_true_is_refused(given: Path, tmp_path: Path, change, problem: str):
    card = find("cnn-mnist", list_models(model_dirs())).card
    recard(given, dataclasses.replace(card, **change))
    with pytest.raises(WeightsError) as refused:
        import_weights(given, tmp_path / "own")
    assert refused.value.problem == problem
    assert not (tmp_path / "own").exists()


def test_other_files_are_refused_with_the_reason(given: Path, tmp_path: Path):
    whole = given.read_bytes()
    tensors = load_file(given)
    torch.save(tensors, tmp_path / "new.pt")
    torch.save(tensors, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    save_file(tensors, tmp_path / "bare")
    card = find("cnn-mnist", list_models(model_dirs())).card
    broken = {**tensors, "output.bias": torch.full((10,), float("nan"))}
    save_file(broken, tmp_path / "nan", metadata=card.to_header())
    odd = {"card": json.dumps({**dataclasses.asdict(card), "name": ["no", "card"]})}
    save_file(tensors, tmp_path / "odd", metadata=odd)
    (tmp_path / "no card").write_bytes(whole[:100])
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello, this is a letter")
    with (tmp_path / "large").open("wb") as opened:
        opened.truncate(MOST_BYTES + 1)
    for name, problem in {
        "new.pt": "weights_pickle",
        "old.pt": "weights_pickle",
        "bare": "weights_card",
        "odd": "weights_card",
        "no card": "weights_not",  # whatever the file is called
        "nan": "weights_numbers",
        "half": "weights_not",
        "empty": "weights_not",
        "text": "weights_not",
        "large": "weights_large",
    }.items():
        with pytest.raises(WeightsError) as refused:
            import_weights(tmp_path / name, tmp_path / "own")
        assert refused.value.problem == problem, name
        assert str(refused.value).endswith(".")


@pytest.mark.parametrize("dataset", ["a/../../../escaped", "..", "", "x" * 90, "<b>"])
def test_the_name_of_somebodys_data_cannot_leave_the_shelf(given: Path, tmp_path: Path, dataset):
    """Such a name was once put into that of the file, which then lay where it said."""
    card = find("cnn-mnist", list_models(model_dirs())).card
    own = {"job": "custom", "preprocessing": "square", "shape": (3, 64, 64), "name": "../x"}
    recard(given, dataclasses.replace(card, dataset=dataset, **own))
    with pytest.raises(WeightsError) as refused:
        import_weights(given, tmp_path / "a" / "b" / "c" / "own")
    assert refused.value.problem == "weights_unknown"
    assert not list(tmp_path.rglob("*escaped*"))


def test_a_model_of_a_transfer_is_taken(tmp_path: Path):
    base = load_base(OWN)
    spec = BASES[OWN].photos
    card = dataclasses.replace(
        find("cnn-mnist", list_models(model_dirs())).card,
        name="my-mugs",
        model=OWN,
        dataset="mugs",
        job="custom",
        classes=("mug", "cup", "glass"),
        shape=(3, spec.side, spec.side),
        preprocessing=preprocessing_of(OWN),
        test_accuracy=None,
    )
    save(tmp_path / "model", card, with_head(base, 3))
    kept = import_weights(tmp_path / "model", tmp_path / "own")
    assert (kept.name, kept.preprocessing, kept.classes) == (
        "my-mugs",
        "crop_compact_resnet",
        card.classes,
    )
    assert head_of(load(tmp_path / "own" / "my-mugs.safetensors").network).out_features == 3
    # Bases took smaller photos in earlier versions: the side is that of the card.
    old = dataclasses.replace(card, name="old", shape=(3, 48, 48))
    save(tmp_path / "model", old, with_head(base, 3))
    import_weights(tmp_path / "model", tmp_path / "own")
    photo = Picture(np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8))
    answer = predict_picture(load(tmp_path / "own" / "old.safetensors"), photo)
    assert answer.prepared.pixels.shape == (3, 48, 48)
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    save(tmp_path / "model", dataclasses.replace(card, shape=(3, 9, 9)), with_head(base, 3))
    with pytest.raises(WeightsError, match="no network"):
        import_weights(tmp_path / "model", tmp_path / "own")
