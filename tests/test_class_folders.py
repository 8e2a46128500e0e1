"""Zips of class folders: what is in them becomes a data set, or one sentence says why not."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from small_data import COLOURS, members, picture, write_zip

from convdemo.class_folders import FEWEST, SIDE, FolderError, ZipLimits, read_zip, square
from convdemo.data import SPLITS
from convdemo.datasets import find_dataset
from convdemo.ingest import Picture
from convdemo.own_data import keep, own_data_dir, path_of, read_own


def problem(path: Path, limits: ZipLimits | None = None) -> tuple[str, dict]:
    with pytest.raises(FolderError) as refused:
        read_zip(path, limits or ZipLimits())
    assert "{" not in str(refused.value)
    return refused.value.problem, refused.value.values


@pytest.mark.parametrize("prefix", ["", "photos/", "photos/train/"])
def test_folders_are_classes_wherever_they_lie(tmp_path, prefix):
    found = read_zip(write_zip(tmp_path / "a.zip", members(prefix=prefix)), ZipLimits())
    assert found.classes == ("blue", "green", "red")
    assert found.images.shape == (60, 3, SIDE, SIDE)
    assert (found.unreadable, found.without) == (0, ())
    for place, name in enumerate(found.classes):
        mean = found.images[found.labels == place].mean(axis=(0, 2, 3))
        assert mean == pytest.approx(np.array(COLOURS[name]), abs=12)


def test_what_is_no_picture_is_left_out(tmp_path):
    files = members()
    files["green/broken.jpg"] = b"\xff\xd8\xff\xe0 and then nothing"
    files["green/empty.png"] = b""
    files["green/cut.png"] = picture(COLOURS["green"], 1)[:900]
    files |= {"nothing/": b"", "notes/read me.txt": b"hello", "loose.png": files["red/0.png"]}
    files |= {"__MACOSX/red/._0.png": b"x", "red/.DS_Store": b"x"}
    found = read_zip(write_zip(tmp_path / "a.zip", files), ZipLimits())
    assert found.classes == ("blue", "green", "red")
    assert len(found.labels) == 60
    assert found.unreadable == 3
    assert found.without == ("nothing",)


def test_a_broken_checksum_costs_one_picture(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    data = bytearray(path.read_bytes())
    data[data.find(b"IDAT") + 20] ^= 0xFF  # inside of the first picture
    path.write_bytes(data)
    assert read_zip(path, ZipLimits()).unreadable == 1


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_broken_data_of_any_packing_costs_one_picture(tmp_path, packed):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", packed) as opened:
        for name, data in members().items():
            opened.writestr(name, data)
    data = bytearray(path.read_bytes())
    first = 30 + len(next(iter(members())))  # behind the header of the first picture
    data[first + 8 : first + 28] = b"\xff\x13\x77\x00\x99" * 4
    path.write_bytes(data)
    assert read_zip(path, ZipLimits()).unreadable == 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ("zip_no_pictures", {})),
        ({"a/x.txt": b"hello"}, ("zip_no_pictures", {})),
        ({"1.png": b"x", "2.png": b"x"}, ("zip_no_folders", {})),
        (
            {f"cats/{place}.png": picture((9, 9, 9), place) for place in range(8)},
            ("zip_one_class", {"name": "cats"}),
        ),
        (
            {**members(), "../../red/evil.png": b"x"},
            ("zip_paths", {"path": "../../red/evil.png"}),
        ),
        ({**members(), "/etc/red/evil.png": b"x"}, ("zip_paths", {"path": "/etc/red/evil.png"})),
        ({**members(), "C:\\red\\evil.png": b"x"}, ("zip_paths", {"path": "C:\\red\\evil.png"})),
        # Three pictures in all: none of the classes can be learned and judged.
        (
            {f"{name}/0.png": picture(colour, 1) for name, colour in COLOURS.items()},
            ("zip_few", {"name": "blue", "pictures": 1, "least": FEWEST}),
        ),
        (
            {**members(), **{f"dark/{place}.png": b"" for place in range(9)}},
            ("zip_few", {"name": "dark", "pictures": 0, "least": FEWEST}),
        ),
    ],
)
def test_what_makes_no_data_set_is_one_sentence(tmp_path, files, expected):
    assert problem(write_zip(tmp_path / "a.zip", files)) == expected


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04 and no end"])
def test_what_is_no_zip_is_said(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert problem(path) == ("zip_not", {})


def test_half_a_zip_is_no_zip(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    path.write_bytes(path.read_bytes()[:-200])
    assert problem(path) == ("zip_not", {})


def test_a_hundred_thousand_files_are_not_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", {f"{n % 7}/{n}.png": b"" for n in range(100_000)})
    assert problem(path) == ("zip_many", {"files": 100_000, "limit": ZipLimits().files})


def test_five_gigabytes_are_not_unpacked(tmp_path):
    """A bomb says how large it is: its header is taken at its word before anything is read."""
    files = {f"{n % 2}/{n}.bmp": b"\0" * 1000 for n in range(50)}
    path = write_zip(tmp_path / "a.zip", files)
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:  # the sizes in the central directory
        data[at + 24 : at + 28] = struct.pack("<I", 100_000_000)
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(data)
    assert problem(path) == ("zip_large", {"megabytes": 5000, "limit": ZipLimits().megabytes})


def test_a_picture_larger_than_its_header_says_is_cut_off(tmp_path):
    """A bomb that lies: no more is unpacked than was announced."""
    files = members() | {"red/bomb.bmp": b"\0" * 50_000_000}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    (tmp_path / "a.zip").write_bytes(data)
    assert read_zip(tmp_path / "a.zip", ZipLimits()).unreadable == 1


def test_a_locked_zip_is_said(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    assert problem(path) == ("zip_password", {})


def test_limits_are_those_that_are_given(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    assert problem(path, ZipLimits(files=50))[0] == "zip_many"
    assert problem(path, ZipLimits(classes=2)) == ("zip_classes", {"classes": 3, "limit": 2})


def test_reading_can_be_stopped(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    told = []

    def heed(done: int, of: int) -> bool:
        told.append((done, of))
        return done < 5

    with pytest.raises(FolderError) as refused:
        read_zip(path, ZipLimits(), heed)
    assert refused.value.problem == "zip_stopped"
    assert told == [(done, 60) for done in range(1, 6)]


def test_a_square_is_the_middle_on_white():
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[:, 50:150] = (10, 20, 30)
    alpha = np.full((100, 200), 255, np.uint8)
    alpha[:50] = 0
    small = square(Picture(rgb, alpha))
    assert small.shape == (3, SIDE, SIDE)
    assert (small[:, : SIDE // 2 - 1] == 255).all()
    assert small[:, -1, 0].tolist() == [10, 20, 30]


def test_every_split_has_every_class_and_no_picture_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))  # what is kept is offered there
    found = read_zip(write_zip(tmp_path / "a.zip", members()), ZipLimits())
    own = keep(found, "colours", own_data_dir())
    assert own.classes == ("blue", "green", "red")
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


def test_a_name_that_is_no_data_set_is_none():
    assert path_of("../../etc/passwd") is None
    assert path_of("own-00000000") is None
    with pytest.raises(ValueError, match="'own-00000000' is none of mnist"):
        find_dataset("own-00000000")


def test_a_file_that_is_no_data_set_says_so(tmp_path):
    (tmp_path / "own-00000000.safetensors").write_bytes(b"hello")
    with pytest.raises(ValueError, match="is no data set"):
        read_own(tmp_path / "own-00000000.safetensors")
