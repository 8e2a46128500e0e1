"""Photos of somebody's own classes: what is kept, what is said of them, how they are split."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_data import COLOURS, picture, write_zip

from convdemo.class_folders import FolderError, ZipLimits
from convdemo.photo_set import (
    PROBLEMS,
    SHORTER_SIDE,
    SMALL,
    PhotoSet,
    PhotoSetError,
    Source,
    gather,
    split,
)
from convdemo.photo_sources import read_folder, read_zip


def source(label: str, seed: int, **more) -> Source:
    data = picture(COLOURS.get(label, (90, 90, 90)), seed)
    return Source(label, f"{label}/{seed}.png", lambda: data, **more)


def sources(**counts: int) -> list[Source]:
    return [
        source(label, 1000 * place + seed)
        for place, (label, count) in enumerate(counts.items())
        for seed in range(count)
    ]


def found(photos: PhotoSet) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.kind: (one.count, one.names) for one in photos.findings}


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def class_files(prefix: str = "", count: int = 4, start: int = 0) -> dict[str, bytes]:
    return {
        f"{prefix}{name}/{seed}.png": picture(colour, 100 * place + seed)
        for place, (name, colour) in enumerate(COLOURS.items())
        for seed in range(start, start + count)
    }


def test_a_folder_and_its_zip_are_the_same_set(tmp_path):
    files = class_files()
    from_folder = read_folder(write_folder(tmp_path / "photos", files))
    from_zip = read_zip(write_zip(tmp_path / "photos.zip", files))
    assert from_folder.classes == from_zip.classes == ("blue", "green", "red")
    assert from_folder.counts() == {"blue": 4, "green": 4, "red": 4}
    assert from_folder.digest == from_zip.digest
    for one, other in zip(from_folder.photos, from_zip.photos, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert one.pixels.shape == (30, 40, 3)
        mean = one.pixels.reshape(-1, 3).mean(axis=0)
        assert mean == pytest.approx(np.array(COLOURS[from_folder.classes[one.label]]), abs=12)


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("validation", ["validation", "val"])
def test_train_and_validation_folders_decide_the_split(tmp_path, kind, validation):
    files = class_files("train/", 3) | class_files(f"{validation}/", 2, start=50)
    photos = (
        read_folder(write_folder(tmp_path / "photos", files))
        if kind == "folder"
        else read_zip(write_zip(tmp_path / "photos.zip", files))
    )
    to_train, to_validate = split(photos)
    assert photos.classes == ("blue", "green", "red")
    assert {photos.photos[place].name.split("/")[0] for place in to_validate} == {validation}
    assert (len(to_train), len(to_validate)) == (9, 6)


def test_a_large_photo_is_kept_small_and_upright():
    stream = io.BytesIO()
    image = Image.new("RGB", (1200, 900), (200, 20, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # lies on its side
    image.save(stream, "JPEG", exif=exif)
    photos = gather([Source("a", "large.jpg", stream.getvalue), *sources(a=1, b=2)])
    assert photos.photos[0].pixels.shape == (round(1200 * SHORTER_SIDE / 900), SHORTER_SIDE, 3)


def test_what_cannot_be_read_is_counted_and_named():
    broken = {
        "empty.jpg": b"",
        "text.jpg": b"this is no picture",
        "cut.png": picture((9, 9, 9), 1)[:200],
    }
    photos = gather(
        [*sources(red=3, green=3), *(Source("red", n, lambda d=d: d) for n, d in broken.items())]
    )
    assert found(photos)["unreadable"] == (3, ("empty.jpg", "text.jpg", "cut.png"))
    assert photos.counts() == {"green": 3, "red": 3}


def test_a_file_that_vanishes_is_one_that_cannot_be_read():
    def gone() -> bytes:
        raise FileNotFoundError("gone")

    photos = gather([*sources(red=2, green=2), Source("red", "gone.jpg", gone)])
    assert found(photos)["unreadable"] == (1, ("gone.jpg",))


def test_a_repeated_photo_is_kept_once():
    twice = sources(red=3, green=3)
    photos = gather([*twice, twice[0]])
    assert found(photos)["repeated"] == (1, (twice[0].name,))
    assert photos.counts() == {"green": 3, "red": 3}


def test_a_photo_in_two_classes_is_in_none():
    data = picture((7, 7, 7), 5)
    both = [Source(label, f"{label}/same.png", lambda: data) for label in ("red", "green")]
    photos = gather([*sources(red=3, green=3), *both])
    assert found(photos)["in_two_classes"] == (2, ("red/same.png", "green/same.png"))
    assert photos.counts() == {"green": 3, "red": 3}


def test_small_and_uneven_classes_are_told():
    photos = gather(sources(red=SMALL, green=SMALL // 5))
    assert found(photos)["small"] == (1, ("green",))
    assert found(photos)["uneven"] == (5, ("red", "green"))
    assert set(found(gather(sources(red=SMALL, green=SMALL)))) == set()


@pytest.mark.parametrize(
    ("given", "problem", "values"),
    [
        ([], "photos_none", {}),
        ([Source("red", "text.jpg", lambda: b"text")], "photos_none", {}),
        (sources(red=5), "photos_one_class", {"name": "red"}),
        (sources(red=5, green=1), "photos_few", {"name": "green", "photos": 1, "least": 2}),
        (
            [source("red", s, validates=s > 2) for s in range(5)]
            + [source("green", 100 + s, validates=False) for s in range(5)],
            "photos_validation",
            {"name": "green", "part": "validate"},
        ),
    ],
)
def test_what_is_missing_is_said(given, problem, values):
    with pytest.raises(PhotoSetError) as refused:
        gather(given)
    assert (refused.value.problem, refused.value.values) == (problem, values)
    assert str(refused.value) == PROBLEMS[problem].format(**values)


def test_reading_can_be_stopped():
    told = []

    def heed(done: int, of: int) -> bool:
        told.append((done, of))
        return done < 2

    with pytest.raises(PhotoSetError, match="not read to their end"):
        gather(sources(red=3, green=3), heed)
    assert told == [(1, 6), (2, 6)]


def test_fifty_classes_with_any_name():
    names = [
        "😀",
        "<b>bold</b>",
        "../up",
        "a b",
        "곰",
        "x" * 200,
        *(f"class{n}" for n in range(44)),
    ]
    photos = gather([source(name, 10 * p + s) for p, name in enumerate(names) for s in range(2)])
    assert photos.classes == tuple(sorted(names))
    to_train, to_validate = split(photos)
    assert len(to_train) == len(to_validate) == 50


def test_the_split_takes_a_fifth_of_every_class():
    photos = gather(sources(red=50, green=10, blue=3))
    to_train, to_validate = split(photos)
    assert sorted([*to_train, *to_validate]) == list(range(63))
    held = [photos.classes[photos.photos[place].label] for place in to_validate]
    assert {name: held.count(name) for name in photos.classes} == {"red": 10, "green": 2, "blue": 1}
    again, other = split(photos)[1], split(photos, seed=1)[1]
    assert np.array_equal(again, to_validate)
    assert not np.array_equal(other, to_validate)


def brighter(data: bytes, by: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.asarray(Image.open(io.BytesIO(data))).astype(int) + by
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_photos_that_look_alike_stay_on_one_side():
    pairs = []
    for seed in range(10):
        data = picture((120, 120, 120), 700 + seed)
        for by in (0, 9):
            changed = brighter(data, by)
            pairs.append(Source("red", f"{seed}-{by}", lambda d=changed: d))
    photos = gather([*pairs, *sources(green=10)])
    assert found(photos)["alike"] == (20, ())
    groups = [
        photos.photos[place].name.split("-")[0]
        for place in split(photos)[1]
        if "-" in photos.photos[place].name
    ]
    assert len(groups) == 4
    assert all(groups.count(name) == 2 for name in groups)


def test_a_burst_stays_on_one_side_and_a_single_one_gives_up_its_end():
    bursts = [source("red", 10 * b + s, burst=f"b{b}") for b in range(5) for s in range(4)]
    single = [source("green", 500 + s, burst="only") for s in range(10)]
    photos = gather([*bursts, *single])
    names = [photos.photos[place].name for place in split(photos)[1]]
    red = [int(name[4:-4]) // 10 for name in names if name.startswith("red")]
    assert len(red) == 4
    assert len(set(red)) == 1
    assert [name for name in names if name.startswith("green")] == [
        "green/508.png",
        "green/509.png",
    ]


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    outside = write_folder(tmp_path / "outside", {"secret.png": picture((1, 2, 3), 77)})
    folder = write_folder(tmp_path / "photos", class_files())
    os.symlink(outside / "secret.png", folder / "red" / "link.png")
    os.symlink(outside, folder / "linked")
    assert read_folder(folder).counts() == {"blue": 4, "green": 4, "red": 4}


def test_hidden_files_and_other_files_are_no_photos(tmp_path):
    extra = {"red/.hidden.png": picture((1, 2, 3), 7), "red/notes.txt": b"x", "loose.png": b"x"}
    folder = write_folder(tmp_path / "photos", class_files() | extra)
    assert read_folder(folder).counts() == {"blue": 4, "green": 4, "red": 4}


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"../out/a.png": b"x"}, "zip_paths"),
        ({"a/b.txt": b"x"}, "zip_no_pictures"),
        ({"red/1.png": picture((1, 1, 1), 1)}, "zip_one_class"),
    ],
)
def test_bad_zips_are_refused_in_one_sentence(tmp_path, files, problem):
    with pytest.raises(FolderError) as refused:
        read_zip(write_zip(tmp_path / "a.zip", files))
    assert refused.value.problem == problem


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("a", "b"):
            made.writestr(f"{name}/zeros.png", b"\0" * 3_000_000)
    with pytest.raises(FolderError, match="Unpacked"):
        read_zip(path, ZipLimits(megabytes=5))


def test_a_symlink_in_a_zip_is_a_file_that_cannot_be_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", class_files())
    with zipfile.ZipFile(path, "a") as made:
        info = zipfile.ZipInfo("red/link.png")
        info.external_attr = 0o120777 << 16
        made.writestr(info, "/etc/passwd")
    assert found(read_zip(path))["unreadable"] == (1, ("red/link.png",))


@pytest.mark.parametrize(("make", "problem"), [(False, "not_folder"), (True, "folder_empty")])
def test_a_folder_that_is_not_there_or_empty(tmp_path, make, problem):
    folder = tmp_path / "photos"
    if make:
        folder.mkdir()
    with pytest.raises(FolderError) as refused:
        read_folder(folder)
    assert refused.value.problem == problem
    assert str(folder) in str(refused.value)
