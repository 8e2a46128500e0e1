"""Data sets: whole tensors, one fixed split, a sentence where nothing is found."""

import shutil
from dataclasses import replace

import pytest
import torch
from torchvision import datasets

from convdemo.data import dataset
from convdemo.data.dataset import DataMissingError, ImageSet, split_indices
from convdemo.data.registry import DATASETS
from convdemo.paths import default_data_dir

TORCHVISION = ("mnist", "fashion_mnist")


@pytest.mark.parametrize("name", TORCHVISION)
def test_splits_are_disjoint_and_whole(name, small_data_dir):
    spec = DATASETS[name]
    sets = {split: spec.load(small_data_dir, split) for split in dataset.SPLITS}
    assert [len(sets[split]) for split in dataset.SPLITS] == [900, 100, 200]
    for images in sets.values():
        assert images.images.dtype == torch.uint8
        assert images.images.shape[1:] == spec.shape
        assert images.labels.dtype == torch.int64
        assert set(images.labels.tolist()) == set(range(10))
    # Every picture of the files is in one of them, and in no other.
    files = getattr(datasets, {"mnist": "MNIST"}.get(name, "FashionMNIST"))
    read = {part: files(small_data_dir, train=part == "train").data for part in ("train", "test")}
    pictures = {split: {bytes(one.numpy()) for one in sets[split].images} for split in sets}
    assert pictures["train"] | pictures["validation"] == {
        bytes(one.numpy()) for one in read["train"]
    }
    assert pictures["test"] == {bytes(one.numpy()) for one in read["test"]}
    assert sum(map(len, pictures.values())) == 1200 == len(set().union(*pictures.values()))


def test_split_is_the_same_on_every_machine():
    train, validation = split_indices(60_000)
    assert validation[:5].tolist() == [36044, 10678, 57327, 55074, 21567]
    assert len(validation) == 5_000
    assert sorted(torch.cat((train, validation)).tolist()) == list(range(60_000))


def test_batches_cover_everything_once_in_the_drawn_order():
    images = ImageSet(torch.arange(10).view(10, 1, 1, 1), torch.arange(10))
    drawn = [
        torch.cat([labels for _, labels in images.batches(4, torch.Generator().manual_seed(seed))])
        for seed in (1, 1, 2)
    ]
    assert sorted(drawn[0].tolist()) == list(range(10))
    assert drawn[0].tolist() == drawn[1].tolist() != drawn[2].tolist()
    assert [len(labels) for _, labels in images.batches(4)] == [4, 4, 2]
    for pictures, labels in images.batches(4, torch.Generator().manual_seed(1)):
        assert pictures.flatten().tolist() == labels.tolist()


def test_missing_data_names_the_folder(tmp_path, monkeypatch):
    class Offline:
        def __init__(self, root, train, download=False):
            if download:
                raise OSError("no network")
            raise RuntimeError("not found")

    monkeypatch.setattr("torchvision.datasets.MNIST", Offline)
    with pytest.raises(DataMissingError, match="no network") as caught:
        DATASETS["mnist"].load(tmp_path, "train")
    assert str(tmp_path / "MNIST" / "raw") in str(caught.value)
    assert "--data-dir" in str(caught.value)


@pytest.mark.parametrize("damage", ["text", "empty", "short", "labels", "classes"])
def test_files_that_are_damaged_are_named(damage, small_data_dir, tmp_path, monkeypatch):
    """Nothing is downloaded over them, and no traceback of whoever reads them is seen."""
    raw = tmp_path / "MNIST" / "raw"
    shutil.copytree(small_data_dir / "MNIST" / "raw", raw)
    images, labels = (raw / f"train-{name}-ubyte" for name in ("images-idx3", "labels-idx1"))
    whole = labels.read_bytes()
    count = len(whole) - 8
    if damage == "labels":  # fewer than there are pictures
        labels.write_bytes(whole[:4] + (count - 1).to_bytes(4, "big") + whole[8:-1])
    elif damage == "classes":  # those of another set
        labels.write_bytes(whole[:-1] + bytes([46]))
    else:
        data = {"text": b"hello, this is text", "empty": b"", "short": images.read_bytes()[:5000]}
        images.write_bytes(data[damage])
    monkeypatch.setattr("torchvision.datasets.MNIST.download", lambda _: pytest.fail("downloads"))
    with pytest.raises(DataMissingError, match=r"^The files of MNIST in .* are damaged") as caught:
        DATASETS["mnist"].load(tmp_path, "train")
    assert str(raw) in str(caught.value)
    assert "Remove them" in str(caught.value)


def test_missing_data_is_downloaded_into_the_folder(tmp_path, monkeypatch):
    asked = []

    class Online:
        data = torch.zeros(6000, 28, 28, dtype=torch.uint8)
        targets = torch.zeros(6000, dtype=torch.int64)

        def __init__(self, root, train, download=False):
            asked.append((root, train, download))
            if not download:
                raise RuntimeError("not found")

    monkeypatch.setattr("torchvision.datasets.FashionMNIST", Online)
    folder = tmp_path / "new"
    assert len(DATASETS["fashion_mnist"].load(folder, "train")) == 5400
    assert asked == [(folder, True, False), (folder, True, True)]


def test_data_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVDEMO_DATA", str(tmp_path))
    assert default_data_dir() == tmp_path
    monkeypatch.delenv("CONVDEMO_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_data_dir() == tmp_path / "cache" / "convdemo" / "data"


def test_an_unknown_split_is_named(small_data_dir):
    with pytest.raises(ValueError, match="'exam' is none of train, validation, test"):
        DATASETS["mnist"].load(small_data_dir, "exam")


@pytest.mark.parametrize("name", TORCHVISION)
def test_statistics_are_the_training_sets_own(name, real_data_dir):
    spec = DATASETS[name]
    pixels = spec.load(real_data_dir, "train").images.double() / 255
    measured = replace(spec, mean=(pixels.mean().item(),), std=(pixels.std().item(),))
    assert spec.mean == pytest.approx(measured.mean, abs=5e-4)
    assert spec.std == pytest.approx(measured.std, abs=5e-4)
