"""Data sets of the user's own: split, kept in a file, and read again, those of old files too."""

import json

import pytest
import torch
from safetensors.torch import save, save_file
from support.small_data import members, write_zip

from convdemo.data.custom import TRAINING, keep, own_data_dir, path_of, read_own
from convdemo.data.dataset import SPLITS
from convdemo.data.image_folders.findings import Finding
from convdemo.data.image_folders.reader import read_photos
from convdemo.data.registry import find_dataset


def test_every_split_has_every_class_and_no_picture_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))  # what is kept is offered there
    files = {**members(), "red/notes.txt": b"hello"}
    found = read_photos(write_zip(tmp_path / "a.zip", files), use=TRAINING)
    own = keep(found, "colours", own_data_dir())
    assert (own.classes, own.counts) == (("blue", "green", "red"), (20, 20, 20))
    assert own.findings[0] == Finding("kind", 1, ("red",), ".txt")
    path = path_of(own.name)
    assert path is not None
    assert read_own(path) == own
    assert keep(found, "colours", own_data_dir()).name == own.name  # the same pictures
    source = find_dataset(own.name)
    sets = {split: source.load(tmp_path, split) for split in SPLITS}
    assert {split: len(images) for split, images in sets.items()} == {
        "train": 42,
        "validation": 9,
        "test": 9,
    }
    assert own.pictures == 42
    for images in sets.values():
        assert set(images.labels.tolist()) == {0, 1, 2}
    seen = {bytes(image.numpy()) for images in sets.values() for image in images.images}
    assert len(seen) == 60
    pixels = sets["train"].images.float() / 255
    assert source.mean == pytest.approx(pixels.mean(dim=(0, 2, 3)).tolist(), abs=1e-3)
    assert source.std == pytest.approx(pixels.std(dim=(0, 2, 3)).tolist(), abs=1e-3)


def test_a_file_from_before_there_were_findings_is_read(tmp_path):
    header = {"name": "own-00000001", "title": "old", "classes": ["a", "b"], "pictures": 4}
    header |= {"mean": [0.5] * 3, "std": [0.2] * 3, "unreadable": 2, "without": ["notes"]}
    path = tmp_path / "own-00000001.safetensors"
    save_file({"split": torch.zeros(1)}, path, {"own_data": json.dumps(header)})
    own = read_own(path)
    assert (own.classes, own.counts) == (("a", "b"), ())
    assert own.findings == (Finding("unreadable", 2), Finding("without", 1, ("notes",)))


def test_a_name_that_is_no_data_set_is_none():
    assert path_of("../../etc/passwd") is None
    assert path_of("own-00000000") is None
    with pytest.raises(ValueError, match="'own-00000000' is none of mnist"):
        find_dataset("own-00000000")


@pytest.mark.parametrize(
    "header", [None, {}, {"own_data": "{half"}, {"own_data": "[]"}, {"own_data": '{"name": 1}'}]
)
def test_a_file_that_is_no_data_set_says_so(header, tmp_path):
    tensors = {"images": torch.zeros(1, 3, 32, 32, dtype=torch.uint8)}
    damaged = b"hello" if header is None else save(tensors, header)
    (tmp_path / "own-00000000.safetensors").write_bytes(damaged)
    with pytest.raises(ValueError, match="is no data set"):
        read_own(tmp_path / "own-00000000.safetensors")
