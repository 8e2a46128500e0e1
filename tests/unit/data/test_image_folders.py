"""Class folders on disk and in zips: one reader, whose pictures are a set, or one sentence."""

import io
import os
import struct
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.small_data import COLOURS, HEIC, members, picture, write_zip

from convdemo.data.custom import SIDE, TRAINING
from convdemo.data.image_folders.findings import FINDINGS, Finding, PhotoSetError
from convdemo.data.image_folders.photo_set import TRANSFER, PhotoSet, parts_of
from convdemo.data.image_folders.reader import ZipLimits, read_photos
from convdemo.images.decode import FORMATS, Picture
from convdemo.preprocessing.square import square

USES = {"train": TRAINING, "transfer": TRANSFER}
EACH = dict.fromkeys(sorted(COLOURS), 20)


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """The folder, with these files in it."""
    folder.mkdir()
    for name, data in files.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return folder


def write(way: str, tmp_path: Path, files: dict[str, bytes]) -> Path:
    return (write_zip if way == "zip" else write_folder)(tmp_path / f"photos-{way}", files)


def told(photos: PhotoSet | PhotoSetError) -> dict[str, tuple[int, tuple[str, ...]]]:
    """What was left out, without what is said of the pictures themselves."""
    about = ("small", "uneven", "alike", "both_sides")
    found = [one for one in photos.findings if one.kind not in about]
    return {f"{one.kind} {one.of}".strip(): (one.count, one.names) for one in found}


def refused(path: Path, **more) -> PhotoSetError:
    with pytest.raises(PhotoSetError) as caught:
        read_photos(path, **more)
    assert "{" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def saved(format: str, colour: tuple[int, int, int], seed: int) -> bytes:
    stream = io.BytesIO()
    Image.open(io.BytesIO(picture(colour, seed))).save(stream, format)
    return stream.getvalue()


def moved(to: str) -> dict[str, bytes]:
    """The pictures with other paths, made of {name} and {n}."""
    return {
        to.format(name=name, n=n): picture(colour, 100 * n + len(name))
        for name, colour in COLOURS.items()
        for n in range(20)
    }


@pytest.mark.parametrize("way", ["zip", "folder"])
@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    "to",
    [
        "{name}/{n}.png",
        "photos/{name}/{n}.png",
        "a/b/c/{name}/{n}.png",
        "{name}/deep/{n}/er/x.png",
        "data/train/{name}/{n}.png",
        "TRAIN/photos/{name}/{n}.png",
        "{name}/training/{n}.png",
        "test/{name}/{n}.png",
        "{name}/{n}",
        "{name}/{n}.jfif",
        "{name}/{n}.JPG",
        "{name}/{n}.txt",
        " {name} /{n}.png",
    ],
)
def test_the_label_is_the_folder_below_the_common_root(tmp_path, way, use, to):
    photos = read_photos(write(way, tmp_path, moved(to)), use=use)
    assert photos.counts() == EACH
    assert told(photos) == {}
    assert set(parts_of(photos, use).tolist()) == set(range(len(use.shares) + 1))
    for place, name in enumerate(photos.classes):
        pixels = np.concatenate(
            [p.pixels.reshape(-1, 3) for p in photos.photos if p.label == place]
        )
        assert pixels.mean(axis=0) == pytest.approx(np.array(COLOURS[name]), abs=12)


@pytest.mark.parametrize(
    "to",
    [
        "./{name}/{n}.png",
        "/{name}/{n}.png",
        "//server/share/{name}/{n}.png",
        "C:/photos/{name}/{n}.png",
        "C:\\photos\\{name}\\{n}.png",
        "photos/../{name}/{n}.png",
        "12:30/{name}/{n}.png",
    ],
)
@pytest.mark.parametrize("entry", [None, "./", "/", "C:\\"])
def test_paths_of_any_system_are_read(tmp_path, to, entry):
    files = {**({entry: b""} if entry else {}), **moved(to)}
    photos = read_photos(write_zip(tmp_path / "a.zip", files))
    assert photos.counts() == EACH


def test_a_path_that_leads_out_of_a_zip_is_said(tmp_path):
    files = {**members(), "a/../../red/x.png": b"x"}
    error = refused(write_zip(tmp_path / "a.zip", files))
    assert (error.problem, error.values) == ("zip_paths", {"path": "a/../../red/x.png"})


def test_a_folder_and_its_zip_are_the_same_set(tmp_path):
    zipped, unzipped = (read_photos(write(way, tmp_path, members())) for way in ("zip", "folder"))
    assert zipped.digest == unzipped.digest
    assert [photo.name for photo in zipped.photos] == [photo.name for photo in unzipped.photos]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_known_by_what_is_in_the_file(tmp_path, format):
    odd = {f"violet/{n}.bin": saved(format, (150, 0, 200), n) for n in range(5)}
    photos = read_photos(write_zip(tmp_path / "a.zip", {**members(), **odd}))
    assert photos.counts() == {**EACH, "violet": 5}


@pytest.mark.parametrize("way", ["zip", "folder"])
def test_what_is_left_out_is_counted_and_named(tmp_path, way):
    files = members()
    loose = {f"loose{n}.png": picture((9, 9, 9), n) for n in range(7)}
    files |= loose
    files |= {"green/a.jpg": HEIC, "green/b.heic": HEIC, "red/c": HEIC}
    files |= {
        "red/notes.txt": b"hello",
        "blue/data.csv": b"a,b",
        "blue/x": b"?",
        "red/none.jpg": b"",
    }
    files |= {"blue/in.jpg": b"PK\x03\x04", "blue/clip.png": b"\x00\x00\x00\x18ftypisom"}
    files |= {"green/broken.jpg": b"\xff\xd8\xff\xe0 and then nothing"}
    files |= {"green/cut.png": picture(COLOURS["green"], 1)[:900]}
    files |= {"nothing/": b"", "texts/a/b.txt": b"hello", "violet/x.HEIC": HEIC}
    photos = read_photos(write(way, tmp_path, files))
    assert photos.counts() == EACH
    assert told(photos) == {
        "kind HEIC": (4, ("green", "red", "violet")),
        "kind .txt": (2, ("red", "texts/a")),
        "kind .csv": (1, ("blue",)),
        "kind unknown": (1, ("blue",)),
        "kind empty": (1, ("red",)),
        "kind ZIP": (1, ("blue",)),
        "kind video": (1, ("blue",)),
        "loose": (7, tuple(loose)),
        "without": (3, ("nothing", "texts", "violet")),
        "unreadable": (2, ("green/broken.jpg", "green/cut.png")),
    }


def test_a_class_that_cannot_be_read_is_one_and_a_loose_file_is_none(tmp_path):
    files = {**moved("photos/{name}/{n}.png"), "a.heic": HEIC, "photos/violet/a.heic": HEIC}
    photos = read_photos(write_zip(tmp_path / "a.zip", files))
    assert photos.counts() == EACH
    assert told(photos) == {
        "kind HEIC": (2, ("a.heic", "photos/violet")),
        "without": (1, ("photos/violet",)),
    }
    deep = {f"cats/{name}": data for name, data in members().items()} | {"dogs/1.heic": HEIC}
    error = refused(write_zip(tmp_path / "b.zip", deep))
    assert (error.problem, error.values) == ("photos_one_class", {"name": "cats"})
    assert [(one.kind, one.of) for one in error.findings] == [("kind", "HEIC"), ("without", "")]


@pytest.mark.parametrize("way", ["zip", "folder"])
@pytest.mark.parametrize(
    "hidden",
    [
        "red/.ipynb_checkpoints/0-checkpoint.png",
        "red/@eaDir/0.png/SYNOPHOTO_THUMB_M.jpg",
        "__MACOSX/red/._0.png",
        "red/._0.png",
        ".Trashes/501/0.png",
        "red/Thumbs.db",
        "Desktop.ini",
        "$RECYCLE.BIN/S-1-5/0.png",
        ".git/0.png",
    ],
)
def test_hidden_and_system_files_are_left_out(tmp_path, way, hidden):
    files = {**members(), hidden: picture((5, 5, 5), 5)}
    photos = read_photos(write(way, tmp_path, files))
    assert photos.counts() == EACH
    [(count, [name])] = [told(photos)["hidden"]]
    assert count == 1
    assert hidden.startswith(name)


CODED = {
    "cp949": ("고양이", "강아지", "새"),
    "cp932": ("いぬ", "ねこ", "表"),  # whose second byte is a backslash
    "big5": ("貓", "狗", "功能"),
    "gb18030": ("小猫", "小狗", "鸟"),
    "cp437": ("Äpfel", "Käse", "Birnen"),
    "cp850": ("été", "hiver", "Âne"),
    "cp1252": ("Café", "Thé", "Größe"),
    "cp866": ("кошка", "собака", "птица"),
    "cp1251": ("кошка", "собака", "птица"),
    "utf-8": ("고양이", "café", "犬"),
}


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("prefix", ["", "photos/"])
def test_names_of_any_coding_are_read(tmp_path, coding, prefix):
    files = {
        f"{prefix}{name}/{n}.png".encode(coding): picture(colour, 10 * n + place)
        for place, (name, colour) in enumerate(zip(CODED[coding], COLOURS.values(), strict=True))
        for n in range(5)
    }
    photos = read_photos(write_zip(tmp_path / "a.zip", files))
    assert photos.classes == tuple(sorted(CODED[coding]))


def test_a_folder_of_old_names_on_a_disk_is_read(tmp_path):
    for place, name in enumerate(CODED["cp949"]):
        folder = os.fsencode(tmp_path / "photos") + b"/" + name.encode("cp949")
        os.makedirs(folder)
        for n in range(5):
            Path(os.fsdecode(folder), f"{n}.png").write_bytes(picture((90, 90, 90), 10 * place + n))
    assert read_photos(tmp_path / "photos").classes == tuple(sorted(CODED["cp949"]))


@pytest.mark.parametrize("way", ["zip", "folder"])
def test_names_are_composed_and_trimmed(tmp_path, way):
    decomposed = unicodedata.normalize("NFD", "고양이")
    files = {f"{decomposed}/{n}.png": picture((99, 0, 0), n) for n in range(3)}
    files |= {f"고양이 /{n}.png": picture((99, 0, 0), 10 + n) for n in range(3)}
    files |= {f"새/{n}.png": picture((0, 99, 0), 20 + n) for n in range(6)}
    assert read_photos(write(way, tmp_path, files)).counts() == {"고양이": 6, "새": 6}


PARTS = {
    "above": "{part}/{name}/{n}.png",
    "above and around": "data/{part}/photos/{name}/{n}.png",
    "below": "{name}/{part}/{n}.png",
}


@pytest.mark.parametrize("way", ["zip", "folder"])
@pytest.mark.parametrize("to", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize(
    ("words", "train", "transfer"),
    [
        (("train", "val", "test"), {0: 30, 1: 9, 2: 9}, {0: 30, 1: 18}),
        (("Training", "Testing"), {0: 24, 1: 6, 2: 9}, {0: 30, 1: 9}),
        (("TRAIN", "Valid"), {0: 24, 1: 9, 2: 6}, {0: 30, 1: 9}),
        (("training_set", "dev"), {0: 24, 1: 9, 2: 6}, {0: 30, 1: 9}),
        (("1.Training", "2.Validation"), {0: 24, 1: 9, 2: 6}, {0: 30, 1: 9}),
        (("학습", "검증"), {0: 24, 1: 9, 2: 6}, {0: 30, 1: 9}),
        (("train",), {0: 18, 1: 6, 2: 6}, {0: 24, 1: 6}),
        (("val", "test"), {0: 12, 1: 3, 2: 3}, {0: 15, 1: 3}),
    ],
)
def test_words_for_parts_decide_the_split(tmp_path, way, to, words, train, transfer):
    sizes = dict.fromkeys(words, 3) | ({} if words[0] == "val" else {words[0]: 10})
    files = {
        to.format(part=part, name=name, n=n): picture(colour, 1000 * place + 10 * n + k)
        for place, (part, count) in enumerate(sizes.items())
        for k, (name, colour) in enumerate(COLOURS.items())
        for n in range(count)
    }
    path = write(way, tmp_path, files)
    for use, expected in ((TRAINING, train), (TRANSFER, transfer)):
        photos = read_photos(path, use=use)
        assert photos.classes == tuple(EACH)
        assert dict(Counter(parts_of(photos, use).tolist())) == expected


def test_a_train_among_cars_is_a_class(tmp_path):
    names = ("bus", "car", "train")
    files = {
        f"{name}/{n}.png": picture((9, 9, 9), 10 * p + n)
        for p, name in enumerate(names)
        for n in range(5)
    }
    assert read_photos(write_zip(tmp_path / "a.zip", files)).classes == names


def test_a_class_that_lacks_a_part_is_said(tmp_path):
    files = {f"train/{name}": data for name, data in members(6).items()}
    tests = {name: data for name, data in members(9).items() if int(name[-5]) > 5}
    files |= {f"test/{name[:-4]}_.png": data for name, data in tests.items() if "red" not in name}
    error = refused(write_zip(tmp_path / "a.zip", files), use=TRAINING)
    assert (error.problem, error.values) == ("photos_validation", {"name": "red", "part": "test"})


def only(name: str, count: int = 8) -> dict[str, bytes]:
    return {f"{name}/{n}.png": picture((9, 9, 9), n) for n in range(count)}


@pytest.mark.parametrize("way", ["zip", "folder"])
@pytest.mark.parametrize(
    ("files", "problem", "values"),
    [
        ({}, "photos_none", {}),
        ({"a/": b""}, "photos_none", {}),
        ({".DS_Store": b"x", "__MACOSX/a/._1.jpg": b"x"}, "photos_none", {}),
        (
            {f"{name}/{n}.HEIC": HEIC for name in "abc" for n in range(8)},
            "photos_kind",
            {"files": 24, "count": 24, "of": "HEIC"},
        ),
        ({"a/x.txt": b"hello"}, "photos_kind", {"files": 1, "count": 1, "of": ".txt"}),
        (
            {"a.zip": b"PK\x03\x04", "b.zip": b"PK\x03\x04"},
            "photos_kind",
            {"files": 2, "count": 2, "of": "ZIP"},
        ),
        (
            {f"{n}.png": picture((9, 9, 9), n) for n in range(8)},
            "photos_no_folders",
            {"pictures": 8},
        ),
        (
            {f"train/{n}.png": picture((9, 9, 9), n) for n in range(8)}
            | {"test/9.png": picture((9, 9, 9), 9)},
            "photos_no_folders",
            {"pictures": 9},
        ),
        (only("cats"), "photos_one_class", {"name": "cats"}),
        (only("photos/cats"), "photos_one_class", {"name": "cats"}),
        (only("train/cats") | only("test/cats"), "photos_one_class", {"name": "cats"}),
        (
            only("cats") | {f"dogs/{n}.heic": HEIC for n in range(8)},
            "photos_one_class",
            {"name": "cats"},
        ),
        (
            {**members(), "dark/0.png": picture((1, 1, 1), 1)},
            "photos_few",
            {"name": "dark", "photos": 1},
        ),
        (
            {**members(), **{f"dark/{n}.png": b"\x89PNG\r\n\x1a\n" for n in range(9)}},
            "photos_few",
            {"name": "dark", "photos": 0},
        ),
    ],
)
def test_what_makes_no_set_is_one_sentence(tmp_path, way, files, problem, values):
    path = write(way, tmp_path, files)
    for use in USES.values():
        error = refused(path, use=use)
        least = {"least": use.least} if problem == "photos_few" else {}
        assert (error.problem, error.values) == (problem, {**values, **least})


def test_the_sentence_for_phones_names_the_kind_and_how_many(tmp_path):
    files = {f"{name}/{n}.HEIC": HEIC for name in "abc" for n in range(8)}
    assert "None of the 24 files" in str(error := refused(write_zip(tmp_path / "a.zip", files)))
    assert "(24 HEIC)" in str(error)
    assert error.findings == ()  # it is in the sentence
    error = refused(write_zip(tmp_path / "b.zip", {**files, "a/x.txt": b"hello"}))
    assert "None of the 25 files here" in str(error)
    assert "(24 HEIC)" in str(error)
    assert error.findings == (
        Finding("kind", 24, ("a", "b", "c"), "HEIC"),
        Finding("kind", 1, ("a",), ".txt"),
    )


@pytest.mark.parametrize(
    ("data", "problem", "values"),
    [
        (b"", "zip_not", {}),
        (b"hello", "zip_not", {}),
        (b"PK\x03\x04 and no end", "zip_not", {}),
        (b"Rar!\x1a\x07\x01\x00", "zip_kind", {"of": "RAR"}),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "zip_kind", {"of": "7z"}),
        (b"\x1f\x8b\x08\x00", "zip_kind", {"of": "gzip"}),
        (b"\0" * 257 + b"ustar\x00" + b"\0" * 300, "zip_kind", {"of": "tar"}),
        (picture((1, 2, 3), 1), "zip_kind", {"of": "picture"}),
    ],
)
def test_what_is_no_zip_is_said(tmp_path, data, problem, values):
    (tmp_path / "a.zip").write_bytes(data)
    error = refused(tmp_path / "a.zip")
    assert (error.problem, error.values) == (problem, values)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.zip", "a\0b", "n" * 300])
def test_what_is_not_there_is_said(tmp_path, name):
    assert refused(tmp_path / name).problem == "photos_missing"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    assert refused(tmp_path / "pipe.zip").problem == "photos_missing"


def patched(path: Path, at: int, value: bytes) -> Path:
    """The zip with bytes of every entry of its directory changed."""
    data = bytearray(path.read_bytes())
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + at : place + at + len(value)] = value
        place = data.find(b"PK\x01\x02", place + 4)
    path.write_bytes(data)
    return path


def test_half_a_zip_one_of_a_later_version_and_one_of_wrong_names_are_none(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    assert refused(path).problem == "zip_not"
    path.write_bytes(whole)
    assert refused(patched(path, 6, b"\xff\x00")).problem == "zip_not"  # needs version 25.5
    coded = {f"고양이/{n}.png".encode("cp949"): b"x" for n in range(3)}
    wrong = patched(write_zip(tmp_path / "b.zip", coded), 8, struct.pack("<H", 0x800))
    assert refused(wrong).problem == "zip_not"


def test_a_broken_checksum_costs_one_picture(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    data = bytearray(path.read_bytes())
    data[data.find(b"IDAT") + 20] ^= 0xFF  # inside of the first picture
    path.write_bytes(data)
    assert told(read_photos(path)) == {"unreadable": (1, ("red/0.png",))}


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
    assert told(read_photos(path)) == {"unreadable": (1, ("red/0.png",))}


def test_more_files_than_may_be_are_not_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", {f"{n % 7}/{n}.png": b"" for n in range(20_001)})
    assert refused(path).values == {"files": 20_001, "limit": ZipLimits().files}


def test_five_gigabytes_are_not_unpacked(tmp_path):
    """A bomb says how large it is: its header is taken at its word before anything is read."""
    files = {f"{n % 2}/{n}.bmp": b"\0" * 1000 for n in range(50)}
    path = patched(write_zip(tmp_path / "a.zip", files), 24, struct.pack("<I", 100_000_000))
    error = refused(path)
    assert (error.problem, error.values) == ("zip_large", {"megabytes": 5000, "limit": 4000})


def test_a_picture_larger_than_its_header_says_is_cut_off(tmp_path):
    """A bomb that lies: no more is unpacked than was announced."""
    files = members() | {"red/bomb.bmp": b"BM" + b"\0" * 50_000_000}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    (tmp_path / "a.zip").write_bytes(data)
    assert told(read_photos(tmp_path / "a.zip")) == {"unreadable": (1, ("red/bomb.bmp",))}


def test_a_locked_zip_is_said(tmp_path):
    path = patched(write_zip(tmp_path / "a.zip", members()), 8, b"\x01")
    assert refused(path).problem == "zip_password"


def test_limits_are_those_that_are_given_and_only_for_zips(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    assert refused(path, limits=ZipLimits(files=50)).problem == "zip_many"
    assert refused(path, limits=ZipLimits(megabytes=0)).problem == "zip_large"
    error = refused(path, limits=ZipLimits(classes=2))
    assert (error.problem, error.values) == ("photos_classes", {"classes": 3, "limit": 2})
    folder = write_folder(tmp_path / "photos", members())
    assert read_photos(folder, limits=ZipLimits(0, 0, 0)).counts() == EACH


def test_an_entry_that_comes_twice_is_read_twice(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    with zipfile.ZipFile(path, "a") as opened:
        for name, data in (("0", picture((200, 30, 30), 999)), ("1", members()["red/1.png"])):
            with pytest.warns(UserWarning, match="Duplicate name"):
                opened.writestr(f"red/{name}.png", data)
    photos = read_photos(path)
    assert photos.counts() == {**EACH, "red": 21}
    assert told(photos) == {"repeated": (1, ("red/1.png",))}


def test_links_out_of_a_folder_and_what_is_no_file_are_named_and_not_followed(tmp_path):
    outside = write_folder(tmp_path / "outside", {"secret.png": picture((1, 2, 3), 77)})
    folder = write_folder(tmp_path / "photos", members())
    os.symlink(outside / "secret.png", folder / "red" / "link.png")
    os.symlink(outside / "nothing.png", folder / "red" / "broken.png")
    os.symlink(outside, folder / "linked")
    os.symlink(folder / "red", folder / "again")
    os.mkfifo(folder / "blue" / "pipe.png")
    photos = read_photos(folder)
    assert photos.counts() == EACH
    names = ("again", "blue/pipe.png", "linked", "red/broken.png", "red/link.png")
    assert told(photos) == {"link": (5, names)}
    os.symlink(folder, tmp_path / "itself")
    assert read_photos(tmp_path / "itself").digest == photos.digest


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    path = write_zip(tmp_path / "a.zip", members())
    with zipfile.ZipFile(path, "a") as made:
        info = zipfile.ZipInfo("red/link.png")
        info.external_attr = 0o120777 << 16
        made.writestr(info, "/etc/passwd")
    assert told(read_photos(path)) == {"link": (1, ("red/link.png",))}


def test_two_classes_alike_in_forty_characters_stay_two(tmp_path):
    long = "Corn_(maize)___Cercospora_leaf_spot_Gray_"
    files = {
        f"{long}{end}/{n}.png": picture((9, 9, 9), 10 * p + n)
        for p, end in enumerate(("leaf", "healthy"))
        for n in range(5)
    }
    assert read_photos(write_zip(tmp_path / "a.zip", files)).classes == (
        f"{long}healthy",
        f"{long}leaf",
    )


def test_reading_can_be_stopped(tmp_path):
    told = []

    def progress(done: int, of: int) -> bool:
        told.append((done, of))
        return done < 5

    assert (
        refused(write_zip(tmp_path / "a.zip", members()), progress=progress).problem
        == "photos_stopped"
    )
    assert told == [(done, 60) for done in range(1, 6)]


def test_a_square_is_the_middle_on_white():
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[:, 50:150] = (10, 20, 30)
    alpha = np.full((100, 200), 255, np.uint8)
    alpha[:50] = 0
    small = square(Picture(rgb, alpha), SIDE)
    assert small.shape == (3, SIDE, SIDE)
    assert (small[:, : SIDE // 2 - 1] == 255).all()
    assert small[:, -1, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("kind", FINDINGS)
def test_every_finding_is_a_sentence(kind):
    sentence = str(Finding(kind, 3, tuple("abcdefg"), of="HEIC"))
    assert ("Fewer than 20" if kind == "small" else "3") in sentence
    assert sentence.endswith(".")
    assert "e, f" not in sentence
