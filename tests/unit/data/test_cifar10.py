"""CIFAR-10 in each of the places it is looked for, from files made here."""

import hashlib
import pickle
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10

from convdemo.data.cifar10 import SIDE, THINGS
from convdemo.data.dataset import DataMissingError
from convdemo.data.registry import find_dataset

SPEC = find_dataset("cifar10")


def png(label: int, shade: int) -> bytes:
    """A picture whose red tells its class and whose blue tells it from others of that class."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[..., 2], picture[..., 0] = 20 * label, shade
    return cv2.imencode(".png", picture)[1].tobytes()


def files(part: str, each: int) -> dict[str, bytes]:
    return {
        f"{part}/{name}/{place:04}.png": png(label, place % 256)
        for label, name in enumerate(THINGS)
        for place in range(each)
    }


def check(found, each: int) -> None:
    assert found.images.shape == (10 * each, 3, SIDE, SIDE)
    assert (found.images[:, 0, 0, 0] == 20 * found.labels).all()  # red is first
    assert torch.bincount(found.labels).tolist() == [each] * 10


@pytest.fixture
def offline(monkeypatch):
    def refuse(self):
        raise OSError("no network")

    monkeypatch.setattr(CIFAR10, "download", refuse)


def test_zips_of_class_folders_are_read_as_one(tmp_path: Path):
    for half in (0, 1):
        with zipfile.ZipFile(tmp_path / f"cifar10-train-{half + 1}.zip", "w") as opened:
            for place, (name, data) in enumerate(files("train", 12).items()):
                if place % 2 == half:
                    opened.writestr(name, data)
            opened.writestr("train/README.txt", "not a picture")
            opened.writestr("train/zebra/0000.png", png(1, 1))  # none of the ten
    with zipfile.ZipFile(tmp_path / "cifar10-test.zip", "w") as opened:
        for name, data in files("test", 3).items():
            opened.writestr(name, data)
    check(SPEC.load(tmp_path, "test"), 3)
    train, validation = SPEC.load(tmp_path, "train"), SPEC.load(tmp_path, "validation")
    assert (len(train), len(validation)) == (108, 12)
    both = torch.cat((train.images, validation.images))
    labels = torch.cat((train.labels, validation.labels))
    assert (both[:, 0, 0, 0] == 20 * labels).all()
    assert torch.bincount(labels).tolist() == [12] * 10


def test_folders_of_pictures_are_read(tmp_path: Path):
    path = tmp_path
    for name, data in files("test", 2).items():
        path = tmp_path / "cifar10" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    check(SPEC.load(tmp_path, "test"), 2)
    path.write_bytes(b"broken")
    with pytest.raises(DataMissingError, match="is no 32x32 picture"):
        SPEC.load(tmp_path, "test")


def test_torchvisions_own_files_come_first(tmp_path: Path, monkeypatch):
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = [3, 1, 9]
    rows = rng.integers(0, 256, (3, 3 * SIDE * SIDE)).astype(np.uint8)
    (folder / "test_batch").write_bytes(pickle.dumps({"data": rows, "labels": labels}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list(THINGS)}))
    for attribute, name in (("test_list", "test_batch"), ("train_list", "test_batch")):
        digest = hashlib.md5((folder / name).read_bytes()).hexdigest()
        monkeypatch.setattr(CIFAR10, attribute, [[name, digest]])
    digest = hashlib.md5((folder / "batches.meta").read_bytes()).hexdigest()
    meta = {"filename": "batches.meta", "key": "label_names", "md5": digest}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    found = SPEC.load(tmp_path, "test")
    assert found.labels.tolist() == labels
    assert np.array_equal(found.images.numpy().reshape(3, -1), rows)


@pytest.mark.usefixtures("offline")
def test_where_it_was_looked_for_is_said(tmp_path: Path):
    with pytest.raises(DataMissingError, match="no network") as caught:
        SPEC.load(tmp_path / "none", "train")
    for place in ("cifar-10-batches-py", "cifar10/train", "cifar10-train*.zip", "--data-dir"):
        assert place in str(caught.value)
