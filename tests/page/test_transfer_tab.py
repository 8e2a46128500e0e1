"""The Transfer tab's Python: photos brought in whatever way, trainings in turn, results in use."""

import errno
import json
import os
import re
import struct
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from support.contexts import ALICE, BOB, make_context
from support.forked import run_python
from support.photo_files import photo, uploaded
from support.small_data import write_zip

from convdemo.cli.main import main
from convdemo.data.image_folders import album as albums
from convdemo.data.image_folders.album import Limits, folder_names, tidy_name
from convdemo.data.image_folders.photo_set import split
from convdemo.data.image_folders.reader import ZipLimits, read_photos
from convdemo.errors import Problem
from convdemo.files import PlaceError
from convdemo.images.decode import read_picture
from convdemo.inference.card import read_card
from convdemo.inference.library import load
from convdemo.inference.predict import predict_picture
from convdemo.training.evaluation import wilson
from convdemo.transfer.jobs import Job
from convdemo.transfer.results import Result
from convdemo.ui import page, text
from convdemo.ui.components import PhotoAlbum, Photos
from convdemo.ui.context import Context
from convdemo.ui.tabs.transfer import came, learn, photos, plans, use, written
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.wire import Refused

FEATURES = {"mode": "features", "copies": 1}
NOBODY = ""


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


@pytest.fixture
def bench(context: Context) -> Bench:
    return Bench(context)


def change(bench: Bench, action: str, visitor: str = NOBODY, /, **asked: Any) -> Photos:
    """What an album shows after a change that it asked for."""
    bench.desk(visitor)
    found = bench.desks.change(bench.owner(visitor), {"action": action, "turn": "t", **asked})
    assert found.turn == "t"
    json.dumps(PhotoAlbum().postprocess(found))
    return found


def add(
    bench: Bench, group: str, files: dict[str, bytes], who: str = NOBODY, /, **more: Any
) -> Photos:
    uploads = [{"upload": uploaded(data, "file"), "name": name} for name, data in files.items()]
    return change(bench, "add", who, **{"class": group, "uploads": uploads, **more})


def two_classes(bench: Bench, count: int = 6, who: str = NOBODY) -> Photos:
    """Discs and stripes, so many of each."""
    found = change(bench, "clear", who, names=["Disc", "Stripes"])
    for group, kind in zip(found.classes, ("disc", "stripes"), strict=True):
        files = {f"{kind}{seed}.jpg": photo(kind, seed) for seed in range(count)}
        found = add(bench, group.id, files, who)
    return found


def followed(bench: Bench, who: str = NOBODY) -> Job:
    """The training once it is over."""
    while (job := bench.job(who)) is None or job.open:
        time.sleep(0.02)
    return job


def trained(bench: Bench, plan: dict[str, Any] | None = None, who: str = NOBODY) -> Result:
    bench.train(who, plan or FEATURES)
    job = followed(bench, who)
    assert job.status == "done", (job.status, job.problem)
    return job.result


def spoken(told: Any) -> tuple[str, Any]:
    """A sentence, once it is seen to be one in both languages."""
    key, values = told
    for language in text.LANGUAGES:
        said = text.say(language, key, **values)
        assert bool(re.search("[가-힣]", said)) == (language == "ko")
    return key, values


def refused(do: Any, /, *arguments: Any, **more: Any) -> Any:
    with pytest.raises((Refused, Problem)) as caught:
        do(*arguments, **more)
    spoken(photos.sentence(caught.value))
    return caught.value


def parts_of(bench: Bench, who: str = NOBODY) -> tuple[int, ...]:
    """How many photos train, and how many validate."""
    return tuple(map(len, split(bench.desk(who).photos())))


# Photos


def test_a_first_visit_finds_an_example_that_can_be_trained_with(bench: Bench):
    found = photos.shown(bench.desk(NOBODY, "ko"))
    assert [(one.name, len(one.photos)) for one in found.classes] == [("신발", 16), ("가방", 16)]
    assert found.example
    assert found.notes[0] == ("transfer.split", {"training": 26, "validation": 6})
    assert sum(parts_of(bench)) == 32
    assert found.pictures.keys() == {one for group in found.classes for one in group.photos}
    some = found.classes[0].photos[:3]
    asked = change(bench, "show", photos=[*some, "gone"]).pictures
    assert list(asked) == list(some)
    assert all(picture.startswith("data:image/jpeg") for picture in asked.values())


def test_classes_are_added_renamed_and_removed(bench: Bench):
    found = change(bench, "clear", names=["Class 1", "Class 2"])
    first, second = (one.id for one in found.classes)
    assert found.notes == (("problem.photos_none", {}),)
    renamed = change(bench, "rename_class", **{"class": first, "name": "  Mug\n with  handle "})
    assert renamed.classes[0].name == "Mug with handle"
    third = change(bench, "add_class", name="☕ <b>cup</b>").classes[2]
    assert third.name == "☕ <b>cup</b>"
    for name in ("Mug with handle", " Mug  with handle "):
        said = change(bench, "rename_class", **{"class": second, "name": name}).said
        assert said == ("problem.album_same_name", {"name": "@|Mug with handle"})
        spoken(said)
    assert change(bench, "add_class", name=" \n").said == ("problem.album_no_name", {})
    left = change(bench, "remove_class", **{"class": second})
    assert [one.id for one in left.classes] == [first, third.id]
    gone = change(bench, "remove_class", **{"class": second})
    assert gone.said == ("problem.album_class_gone", {})
    assert gone.classes == left.classes


def test_photos_that_were_let_go_are_said_to_be_gone(bench: Bench):
    asked = {"action": "add_class", "name": "Mug", "turn": "t"}
    found = bench.desks.change("nobody", asked)
    assert (found.said, found.example) == (("problem.transfer_gone", {}), True)


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("a|b", "a/b"),
        ("\u0007x\ty", "x y"),
        ("x" * 260, "x" * 200),
        ("👩‍🔬 lab", "👩‍🔬 lab"),
        ("@tab.draw", "@tab.draw"),
        ("‮evil", "evil"),
    ],
)
def test_names_are_tidied_and_never_interpreted(name: str, tidy: str):
    assert tidy_name(name) == tidy
    assert text.say("en", "transfer.empty", names=photos.plain(tidy)).endswith(f": {tidy}.")


def test_folders_of_a_zip_are_all_different():
    assert folder_names(["a/b", "a-b", "..", "<x>", "a/b"]) == {
        "a/b": "a-b",
        "a-b": "a-b-2",
        "..": "class",
        "<x>": "-x-",
    }


HEIC = struct.pack(">I", 24) + b"ftypheic" + bytes(12) + bytes(40)
BAD = {
    "nothing.jpg": (b"", "empty_file"),
    "letter.jpg": (b"Dear reader, this is no picture.", "not_a_picture"),
    "phone.heic": (HEIC, "kind"),
    "half.jpg": (photo("disc", 1)[:700], "damaged"),
    "bomb.zip": (b"PK\x03\x04" + bytes(60), "kind"),
}


def test_each_file_that_is_no_photo_gets_a_sentence_and_the_others_stay(bench: Bench):
    group = two_classes(bench, 2).classes[0].id
    files = {name: data for name, (data, _) in BAD.items()} | {"ok.jpg": photo("disc", 77)}
    found = add(bench, group, files)
    told = [(name, key.removeprefix("problem.")) for name, (key, _) in found.refused]
    assert told == [(name, problem) for name, (_, problem) in BAD.items()]
    for _, sentence in found.refused:
        spoken(sentence)
    assert found.said == ("transfer.added", {"photos": 1, "repeated": 0})
    assert len(found.classes[0].photos) == 3
    assert list(found.pictures) == [found.classes[0].photos[-1]]
    more = add(bench, group, {"more.jpg": photo("disc", 78)}, on=True)
    assert more.said == ("transfer.added", {"photos": 2, "repeated": 0})
    assert more.refused == found.refused
    assert add(bench, group, {"other.jpg": photo("disc", 79)}).refused == ()


def test_what_was_uploaded_is_gone_once_it_is_read(bench: Bench):
    group = two_classes(bench, 2).classes[0].id
    path = uploaded(photo("disc", 9), "file")
    change(bench, "add", **{"class": group, "uploads": [{"upload": path, "name": "a.jpg"}]})
    assert not Path(path).exists()
    found = change(bench, "add", **{"class": group, "uploads": [{"upload": "/etc/passwd"}]})
    assert found.said == ("problem.request", {})


def test_a_photo_that_comes_again_counts_once(bench: Bench):
    group = two_classes(bench, 3).classes[0].id
    found = add(bench, group, {"again.jpg": photo("disc", 0), "new.jpg": photo("disc", 50)})
    assert found.said == ("transfer.added_repeated", {"photos": 1, "repeated": 1})
    assert len(found.classes[0].photos) == 4


def test_the_same_photo_in_two_classes_is_in_neither_and_named(bench: Bench):
    group = two_classes(bench, 4).classes[1].id
    both = add(bench, group, {"torn.jpg": photo("disc", 2)})
    assert len(both.marked) == 2
    notes: Any = both.notes
    _, values = next(one for one in notes if one[0] == "finding.in_two_classes")
    assert values["count"] == 2
    assert sum(parts_of(bench)) == 7
    cured = change(bench, "remove_photo", photo=both.marked[1])
    assert cured.marked == ()
    assert sum(parts_of(bench)) == 8


def test_what_is_missing_is_said(bench: Bench):
    stripes = two_classes(bench, 2).classes[1].photos
    one_left = change(bench, "remove_photo", photo=stripes[0])
    assert one_left.notes[0] == (
        "problem.photos_few",
        {"name": "@|Stripes", "photos": "1", "least": "2"},
    )
    assert refused(bench.train, NOBODY, FEATURES).problem == "photos_few"
    none_left = change(bench, "remove_photo", photo=stripes[1])
    assert none_left.notes[0][0] == "problem.photos_one_class"


def test_a_burst_stays_on_one_side_of_the_split(bench: Bench):
    first, second = (one.id for one in change(bench, "clear", names=["Disc", "Stripes"]).classes)
    for burst in range(5):
        files = {f"{burst}-{n}.jpg": photo("disc", 10 * burst + n) for n in range(3)}
        add(bench, first, files, burst=f"b{burst}")
    add(bench, second, {f"{n}.jpg": photo("stripes", n) for n in range(5)})
    groups = {photo.group for photo in bench.desk(NOBODY).photos().photos if photo.label == 0}
    assert len(groups) == 5


def read_in(bench: Bench, data: bytes, who: str = NOBODY) -> Photos:
    """The album once a zip was read."""
    begun = change(bench, "zip", who, upload=uploaded(data, "file"))
    assert begun.said == "" or begun.going is None
    while bench.desk(who).reading:
        time.sleep(0.01)
    return photos.shown(bench.desk(who))


def found_in(found: Photos) -> list[tuple[str, int, str]]:
    """What is to be known of a set: kind, count, names."""
    notes: Any = found.notes
    return [
        (key.removeprefix("finding."), values["count"], values["names"].removeprefix("@|"))
        for key, values in notes
        if key.startswith("finding.")
    ]


def zipped(tmp_path: Path, files: dict[str, bytes]) -> bytes:
    return write_zip(tmp_path / "z.zip", files).read_bytes()


def test_a_zip_of_class_folders_becomes_the_classes(bench: Bench, tmp_path: Path):
    files = {
        f"all/{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(4)
    }
    found = read_in(bench, zipped(tmp_path, {**files, "all/disc/broken.jpg": b"no"}))
    assert [(one.name, len(one.photos)) for one in found.classes] == [("disc", 4), ("stripes", 4)]
    assert found.said == ("transfer.zip_there", {"photos": 8})
    notes: Any = found.notes
    left_out = next(values for key, values in notes if key == "finding.kind")
    assert (left_out["count"], left_out["names"], left_out["of"]) == (
        1,
        "@|all/disc",
        "@kind_name..jpg|.jpg",
    )
    assert not found.example


def test_the_folders_of_a_zip_may_say_what_validates(bench: Bench, tmp_path: Path):
    files = {
        f"{part}/{kind}/{n}.jpg": photo(kind, 100 * len(part) + n)
        for part, count in (("train", 4), ("validation", 2))
        for kind in ("disc", "stripes")
        for n in range(count)
    }
    read_in(bench, zipped(tmp_path, files))
    assert parts_of(bench) == (8, 4)
    for name in [one for one in files if one.startswith("validation/disc")]:
        del files[name]
    notes: Any = read_in(Bench(bench.context), zipped(tmp_path, files)).notes
    key, values = notes[0]
    assert values["part"] == "@transfer.part.validate"
    assert "검증" in text.say("ko", key, **values)


def bomb() -> bytes:
    """A small zip whose directory says that it unpacks to nine gigabytes."""
    import io

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name in ("a/1.png", "b/1.png"):
            opened.writestr(name, bytes(10))
            opened.infolist()[-1].file_size = 4_500_000_000
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: b"no zip at all", "zip_not"),
        (lambda path: zipped(path, {"a/1.jpg": photo("disc", 1)})[:-30], "zip_not"),
        (lambda path: zipped(path, {"a/../../x/1.jpg": b"", "b/1.jpg": b""}), "zip_paths"),
        (lambda path: zipped(path, {}), "photos_none"),
        (lambda path: zipped(path, {"1.jpg": photo("disc", 1)}), "photos_no_folders"),
        (lambda path: zipped(path, {"a/letter.txt": b"x"}), "photos_kind"),
        (lambda path: zipped(path, {"a/1.jpg": photo("disc", 1)}), "photos_one_class"),
        (
            lambda path: zipped(path, {f"{n}/1": photo("disc", n, 9) for n in range(101)}),
            "photos_classes",
        ),
        (lambda path: bomb(), "zip_large"),
    ],
)
def test_bad_zips_get_a_sentence_and_the_photos_stay(
    bench: Bench, tmp_path: Path, make: Any, problem: str
):
    found = read_in(bench, make(tmp_path))
    assert spoken(found.said)[0] == f"problem.{problem}"
    assert found.example
    assert bench.desk(NOBODY).album.count == 32


def test_a_link_in_a_zip_is_no_photo(bench: Bench, tmp_path: Path):
    link = zipfile.ZipInfo("disc/link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as opened:
        opened.writestr(link, "/etc/passwd")
        for kind in ("disc", "stripes"):
            for n in range(2):
                opened.writestr(f"{kind}/{n}.jpg", photo(kind, n))
    found = read_in(bench, (tmp_path / "l.zip").read_bytes())
    assert ("link", 1, "disc/link.jpg") in found_in(found)
    assert bench.desk(NOBODY).album.count == 4


def test_two_classes_alike_in_many_characters_stay_two(bench: Bench, tmp_path: Path):
    long = "Corn_(maize)___Cercospora_leaf_spot_Gray_"
    longer = "x" * 220
    names = (f"{long}leaf_spot", f"{long}healthy", f"{longer}a", f"{longer}b")
    files = {
        f"{name}/{n}.jpg": photo("disc", 10 * p + n, 24)
        for p, name in enumerate(names)
        for n in range(3)
    }
    found = read_in(bench, zipped(tmp_path, files))
    assert {one.name for one in found.classes} == {
        f"{long}healthy",
        f"{long}leaf_spot",
        "x" * 200,
        f"{'x' * 196} 2",
    }
    assert [len(one.photos) for one in found.classes] == [3] * 4


def test_what_a_zip_leaves_out_is_shown_until_other_photos_are_begun(bench: Bench, tmp_path: Path):
    files = {f"{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(4)}
    files |= {"disc/a.HEIC": HEIC, "disc/cut.jpg": photo("disc", 9)[:300]}
    files |= {"stripes/again.jpg": files["stripes/0.jpg"], "alone.jpg": photo("disc", 8)}
    found = found_in(read_in(bench, zipped(tmp_path, files)))
    assert found[:4] == [
        ("kind", 1, "disc"),
        ("loose", 1, "alone.jpg"),
        ("unreadable", 1, "disc/cut.jpg"),
        ("repeated", 1, ""),
    ]
    assert found_in(change(bench, "clear", names=["a", "b"])) == []


def test_a_zip_that_is_stopped_changes_nothing(bench: Bench, tmp_path: Path):
    path = write_zip(tmp_path / "z.zip", {f"{k}/1.jpg": photo(k, 1) for k in ("disc", "stripes")})
    limits = bench.context.runs.limits.zip
    with pytest.raises(ValueError, match="not read to their end"):
        albums.read_zip(path, limits, 100, lambda done, of: False)
    many = refused(albums.read_zip, path, limits, 1, lambda done, of: True)
    assert (many.problem, many.values) == ("album_zip", {"photos": 2, "limit": 1})


def test_fifty_classes_are_fine_and_too_many_photos_are_not(tmp_path: Path, bench: Bench):
    files = {f"c{n:02}/{m}.jpg": photo("disc", 2 * n + m, 24) for n in range(50) for m in range(2)}
    found = read_in(bench, zipped(tmp_path, files))
    assert len(found.classes) == 50
    assert found.notes[0][0] == "transfer.split"
    bench.desk(NOBODY).album.limits = Limits(photos=101, classes=50)
    some = {f"{n}.jpg": photo("stripes", n, 24) for n in range(3)}
    full = add(bench, found.classes[0].id, some)
    assert [key for _, (key, _) in full.refused] == ["problem.album_photos"] * 2
    more = change(bench, "add_class", name="one more")
    assert spoken(more.said)[0] == "problem.album_classes"


def test_photos_are_kept_as_a_zip_that_gives_the_same_set(bench: Bench):
    two_classes(bench, 3)
    found = read_photos(Path(change(bench, "keep").file))
    assert found.digest == bench.desk(NOBODY).photos().digest
    assert found.counts() == {"Disc": 3, "Stripes": 3}
    assert change(bench, "add_class", name="Mug").file == ""


# Visitors


def test_nobody_sees_the_photos_of_another_visitor(tmp_path: Path, small_data_dir: Path):
    bench = Bench(make_context(tmp_path, small_data_dir, on_space=True))
    alice, bob = ALICE["visitor"], BOB["visitor"]
    album = two_classes(bench, 2, alice)
    assert photos.shown(bench.desk(bob)).example
    secret = album.classes[0].photos[0]
    assert change(bench, "show", bob, photos=[secret]).pictures == {}
    theft = change(bench, "remove_class", bob, **{"class": album.classes[0].id})
    assert theft.said == ("problem.album_class_gone", {})
    change(bench, "remove_photo", bob, photo=secret)
    assert bench.desk(alice).album.count == 4
    assert refused(bench.desk, NOBODY).problem == "request"  # without a key
    result = trained(bench, None, alice)
    assert bench.came(bob) == []
    assert bench.job(bob) is None
    assert refused(bench.photo, bob, result.id, 0).problem == "transfer_photo_gone"
    own = load(tmp_path / "weights" / alice / f"{result.name}.safetensors")
    said = predict_picture(own, read_picture(page.examples("clothes")["bag.jpg"]))
    source = json.dumps({"example": "bag.jpg", "job": "clothes"})
    reply = use.answer(bench, result.name, source, alice)
    assert reply.label == said.label
    assert reply.probabilities == pytest.approx(said.probabilities, abs=1e-5)
    theirs = use.answer(bench, result.name, source, bob)
    assert theirs.sentence == ("problem.no_such_model", {"model": result.name})
    assert use.models(bench, bob, "en", result.name)[1]["visible"] is False


def test_a_space_keeps_three_sets_and_lets_the_one_go_that_rests():
    busy: set[str] = set()
    desks = photos.Desks(photos.ON_SPACE, ZipLimits(), lambda: frozenset(busy))
    small = albums.drawn_examples()[0][0]
    for number in range(3):
        album = desks.at(str(number)).album
        album.clear([])
        album.add(album.add_group("a"), small)
    first = desks.at("1")
    assert refused(desks.make_room, "3").problem == "transfer_full"
    first.album.touched -= photos.RESTING + 1
    busy.add("1")
    assert refused(desks.make_room, "3").problem == "transfer_full"
    busy.clear()
    desks.make_room("3")
    assert desks.at("1") is not first
    old = desks.at("2")
    old.album.touched -= 60 * photos.ON_SPACE.minutes + 1
    desks.at("3")
    assert desks.at("2") is not old


# Trainings


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory, small_data_dir: Path) -> Bench:
    """With twelve photos of each class, and a head that was trained."""
    bench = Bench(make_context(tmp_path_factory.mktemp("bench"), small_data_dir))
    two_classes(bench, 12)
    trained(bench)
    return bench


def test_a_head_is_trained_and_told_with_its_interval(module_bench: Bench):
    result = module_bench.came(NOBODY)[0]
    told = result.told
    assert (told["photos"], told["of"]) == (20, 4)
    assert told["right"] >= 3
    assert (told["low"], told["high"]) == pytest.approx(wilson(told["right"], 4))
    assert told["accuracy"] == told["right"] / 4
    assert told["classes"] == ["Disc", "Stripes"]
    assert told["trained"] == 2 * (1280 + 1)
    assert told["advice"]["photos_of_a_class"] == 10
    line = came.in_lines("en", 1, result).split("\n")
    assert line[0] == "1. EfficientNet-Lite0, head only"
    low, high = (f"{100 * one:.0f}%" for one in wilson(told["right"], 4))
    assert line[1] == f"{told['right']} of 4 validation photos right ({low} to {high})"
    [row] = came.intervals("en", [result])["rows"]
    assert row["low"] + row["wide"] == pytest.approx(100 * told["high"], abs=0.2)
    assert row["low"] <= row["at"] <= row["low"] + row["wide"] + 0.1
    card = read_card(module_bench.context.model_dirs[0] / f"{result.name}.safetensors")
    assert (card.job, card.classes, card.test_accuracy) == ("custom", ("Disc", "Stripes"), None)
    assert len(result.misread) == 4 - told["right"]


def test_a_shelf_that_takes_nothing_is_said_before_anything_is_trained(
    bench: Bench, tmp_path: Path
):
    two_classes(bench)
    (tmp_path / "weights").write_text("a file in the way")
    with pytest.raises(PlaceError, match="is no folder"):
        bench.train(NOBODY, FEATURES)
    assert bench.job(NOBODY) is None


def test_a_network_that_finds_no_room_in_the_end_is_kept_and_said(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import safetensors.torch

    write, shelf, spare = safetensors.torch.save_file, tmp_path / "weights", tmp_path / "spare"
    spare.mkdir()

    def full(tensors: Any, path: Path, metadata: Any) -> None:
        if path.parent == shelf:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(tensors, path, metadata)

    monkeypatch.setattr("tempfile.tempdir", str(spare))
    monkeypatch.setattr("safetensors.torch.save_file", full)
    two_classes(bench)
    bench.train(NOBODY, FEATURES)
    job = followed(bench)
    assert job.status == "failed"
    assert job.problem.problem == "place_spare"
    (kept,) = spare.rglob("*.safetensors")
    assert str(job.problem.values["kept"]) == str(kept)
    assert read_card(kept).classes == ("Disc", "Stripes")


def test_the_interval_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)  # as R's prop.test
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1


def test_the_second_training_finds_its_features(module_bench: Bench):
    plan = {**FEATURES, "seed": 0}
    told = trained(module_bench, plan).told
    assert told["features_kept"]
    assert told["right"] == module_bench.came(NOBODY)[0].told["right"]
    assert not trained(module_bench, {**FEATURES, "copies": 2}).told["features_kept"]


def test_fine_tuning_trains_what_the_slider_says(module_bench: Bench):
    stages = plans.extents("compact_resnet", 2)
    assert [one.stage for one in stages] == ["stem", "block1", "block2", "block3"]
    assert stages[-1].usual
    assert plans.stage_choices("en", "compact_resnet")[-1] == ("from block3", "block3")
    result = trained(
        module_bench,
        {
            "mode": "finetune",
            "backbone": "compact_resnet",
            "unfreeze": "block3",
            "epochs": 1,
            "copies": 1,
        },
    )
    told = result.told
    assert (told["trained"], told["frozen"]) == (stages[-1].trained, stages[-1].frozen)
    assert result.command == (
        "convdemo transfer photos --mode finetune --backbone compact_resnet --copies 1"
        " --unfreeze block3 --epochs 1"
    )


def test_both_mistakes_are_shown_and_kept_off_the_shelf(module_bench: Bench):
    for trap in plans.TRAPS:
        result = trained(module_bench, {**FEATURES, "traps": [trap]})
        assert result.told["plan"]["traps"][trap] is True
        assert result.name is None
        assert result.told["advice"] is None
        assert came.kind_of(result) == "trap"
        said = came.of_mistakes("en", module_bench.came(NOBODY), result)
        assert said.startswith(text.say("en", f"transfer.trap.{trap}.result"))
        assert "Without the mistake: " in said
        assert came.of_mistakes("en", [result], result).endswith(
            text.say("en", "transfer.trap_alone")
        )
    # The base was not spoilt by the statistics of the first mistake.
    first = module_bench.came(NOBODY)[0].told
    again = trained(module_bench, {**FEATURES, "seed": 1}).told
    once_more = Bench(module_bench.context)
    two_classes(once_more, 12)
    fresh = trained(once_more, {**FEATURES, "seed": 1}).told
    assert (again["right"], again["digest"]) == (fresh["right"], fresh["digest"])
    assert first["digest"] == fresh["digest"]


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        ({"mode": "magic"}, "request"),
        ({"backbone": "resnet18"}, "request"),
        ({"mode": "finetune", "unfreeze": "output"}, "request"),
        ({"traps": ["other"]}, "request"),
        ({"copies": 0}, "train_number"),
        ({"mode": "finetune", "epochs": 10**6}, "train_number"),
        ({"mode": "finetune", "lr": float("nan")}, "train_number"),
        ({"copies": "2"}, "train_number"),
    ],
    ids=str,
)
def test_plans_that_cannot_be_are_refused(module_bench: Bench, plan: Any, problem: str):
    asked = {"mode": "features", **plan}
    assert refused(plans.plan_of, module_bench.context, asked).problem == problem


def test_a_base_that_is_not_here_says_what_it_takes(
    module_bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("convdemo.networks.hub.is_cached", lambda name: False)
    problem = refused(module_bench.train, NOBODY, {**FEATURES, "backbone": "resnet50"})
    assert (problem.problem, problem.values) == (
        "explain_fetch",
        {"title": "ResNet-50", "megabytes": 102},
    )
    assert plans.bases()[:2] == ["compact_resnet", "efficientnet_lite0"]
    settings = plans.Settings(base="resnet50")
    shown = learn.learning(module_bench, NOBODY, "en", *settings)
    button, train = shown[4], shown[-1]
    assert (button["value"], button["visible"]) == ("Fetch 102 MB", True)
    assert train["interactive"] is False
    here = learn.learning(module_bench, NOBODY, "ko", *settings._replace(base="compact_resnet"))
    assert (here[4]["visible"], here[-1]["interactive"]) == (False, True)
    assert re.fullmatch(r"학습 \(약 .+\)", here[-1]["value"])
    monkeypatch.undo()
    assert plans.bases()[:2] == ["efficientnet_lite0", "compact_resnet"]
    seconds = module_bench.forecasts(module_bench.desk(NOBODY).photos(), FEATURES)
    assert set(seconds) == {*plans.bases(), "cats_dogs", "cats_dogs_5"}
    assert seconds["vgg16"] > seconds["mobilenetv1_100"]
    labels = dict(plans.base_choices(module_bench.context, "en", seconds)).keys()
    assert all(": about " in one.splitlines()[0] for one in labels)


@pytest.mark.parametrize("mode", plans.MODES)
def test_what_the_controls_say_is_a_plan(module_bench: Bench, mode: str):
    settings = plans.Settings(mode, "compact_resnet", normalisation=True)
    plan = plans.plan_of(module_bench.context, settings.asked())
    assert plan.mode == mode
    assert plan.traps.normalisation is (mode != "scratch")
    assert (plan.unfreeze, plan.lr) == (("block3", 1e-4) if mode == "finetune" else (None, None))
    visible = [
        one["visible"] for one in learn.learning(module_bench, NOBODY, "en", *settings)[5:12]
    ]
    assert visible == [mode == "features", *[mode == "finetune"] * 3, *[mode == "scratch"] * 3]


def test_one_training_at_a_time_and_the_others_know_their_place(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    bench = Bench(context)
    going, entered = threading.Event(), threading.Event()

    def slow(job: Any) -> None:
        entered.set()
        while not going.wait(0.01):
            if job.stopping.is_set():
                job.become("stopped")
                return
        job.become("done")

    monkeypatch.setattr(bench.jobs, "_run", slow)
    people = [f"{number:032x}" for number in range(3)]
    for who in people:
        two_classes(bench, 2, who)
        bench.train(who, FEATURES)
    assert entered.wait(5)
    assert [bench.jobs.place(job) for job in map(bench.job, people) if job] == [0, 1, 2]
    assert learn.going(bench, people[2], "en")["state"].startswith("Waiting: 2 before you")
    assert refused(bench.train, people[0], FEATURES).problem == "transfer_running"
    bench.stop(people[1])
    assert followed(bench, people[1]).status == "stopped"
    assert learn.going(bench, people[2], "en")["state"].startswith("Waiting: 1 before you")
    # After a reload the photos and the training are found again.
    assert bench.desk(people[2]).album.count == 4
    *shown, active, over = learn.following(bench, people[2], "en", None)
    assert (shown[1]["visible"], active["active"]) == (True, True)
    bench.stop(people[0])
    assert followed(bench, people[0]).status == "stopped"
    going.set()
    assert followed(bench, people[2]).status == "done"
    *shown, active, later = learn.following(bench, people[2], "en", over)
    assert (shown[1]["visible"], active["active"]) == (False, False)
    assert later != over


def test_a_stopped_training_keeps_nothing_and_the_next_one_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    two_classes(bench, 3)
    plan = {"mode": "finetune", "epochs": 60, "copies": 1}
    job = bench.train(NOBODY, plan)
    while not [one for one in job.records if one["val_loss"] is not None]:
        time.sleep(0.01)
    charts = learn.curves(bench, NOBODY)
    assert [chart.title for chart in charts] == ["transfer.chart.loss", "transfer.chart.accuracy"]
    assert all(len(line.x) == len(line.y) > 0 for chart in charts for line in chart.lines)
    bench.stop(NOBODY)
    assert (followed(bench).status, job.result) == ("stopped", None)
    assert not list(bench.context.model_dirs[0].glob("*.safetensors"))
    assert trained(bench).told["features_kept"]


def test_a_training_that_fails_says_so_in_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    two_classes(bench, 2)

    def broken(*arguments: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(bench.results, "_save", broken)
    bench.train(NOBODY, FEATURES)
    job = followed(bench)
    assert job.status == "failed"
    assert job.problem.problem == "transfer_failed"
    assert "no room" in learn.going(bench, NOBODY, "en")["state"]
    capsys.readouterr()


def test_a_space_keeps_the_last_results_only(tmp_path: Path, small_data_dir: Path):
    bench = Bench(make_context(tmp_path, small_data_dir, on_space=True))
    bench.results.most = 2
    two_classes(bench, 2, ALICE["visitor"])
    names = [trained(bench, None, ALICE["visitor"]).name for _ in range(3)]
    assert len(set(names)) == 3
    kept = {path.stem for path in (tmp_path / "weights" / ALICE["visitor"]).glob("*")}
    assert kept == set(names[1:])


# In use


def test_a_new_photo_is_read_and_a_frame_of_the_camera(module_bench: Bench):
    name = module_bench.came(NOBODY)[0].name
    right = 0
    for kind, label in (("disc", "Disc"), ("stripes", "Stripes")):
        for seed in range(200, 205):
            source = json.dumps({"upload": uploaded(photo(kind, seed), "new.jpg")})
            reply = use.answer(module_bench, name, source, NOBODY)
            assert (reply.of, reply.sentence) == (source, None)
            right += reply.label == label
            seen = read_picture(photo(kind, seed)).rgb
            live = use.frame(module_bench, name, seen, NOBODY)
            assert live.probabilities == pytest.approx(reply.probabilities)
    assert right >= 8
    letter = json.dumps({"upload": uploaded(b"Dear reader", "letter.jpg")})
    for source, problem in ((letter, "not_a_picture"), ("no JSON", "request"), ("[]", "request")):
        bad = use.answer(module_bench, name, source, NOBODY)
        assert isinstance(bad.sentence, tuple)
        assert spoken(bad.sentence)[0] == f"problem.{problem}"
    assert use.answer(module_bench, name, "", NOBODY).sentence == "answer.none"
    assert use.frame(module_bench, None, None, NOBODY).probabilities == {}


def test_a_misread_photo_is_there_even_when_it_left_the_set(bench: Bench):
    group = two_classes(bench, 6).classes[1].id
    # The last disc is called stripes: whoever reads it right reads it wrong.
    add(bench, group, {f"{n}.jpg": photo("disc", 60 + n) for n in range(2)}, burst="wrong")
    found = [trained(bench, {**FEATURES, "seed": seed}) for seed in range(4)]
    result = next(one for one in found if one.misread)
    assert all(one.label != one.read and one.probability > 0.5 for one in result.misread)
    number, pictures = came.misread("en", result)
    assert number == f"Misread ({len(pictures)}): click one to see why"
    assert re.fullmatch(r"(Disc read as Stripes|Stripes read as Disc), .+%", pictures[0][1])
    before, model = bench.photo(NOBODY, result.id, 0)
    assert model == result.name
    change(bench, "remove_photo", photo=result.misread[0].photo)
    assert bench.photo(NOBODY, result.id, 0)[0] is before
    sent = json.loads(use.to_explain(before, model))
    assert sent["model"] == model
    shown = read_picture(Path(sent["picture"]["upload"])).rgb
    files = [photo(kind, seed) for kind in ("disc", "stripes") for seed in (*range(6), 60, 61)]
    assert [np.array_equal(shown, read_picture(file).rgb) for file in files].count(True) == 1
    for place in (-1, 99):
        assert refused(bench.photo, NOBODY, result.id, place).problem == "transfer_photo_gone"


def test_where_the_photos_stand_is_shown_once_it_is_measured(module_bench: Bench):
    found = module_bench.came(NOBODY)
    digest = module_bench.desk(NOBODY).photos().digest
    told = came.advice("ko", found, digest)
    assert [cell["here"] for cell in told["cells"]].count("here") == 1
    assert 3 <= told["left"] <= 97
    assert 4 <= told["top"] <= 96
    assert "10" in told["measured"]
    other = came.advice("en", found, "another set")
    assert other["words"] == text.say("en", "transfer.advice_none")
    assert not any(cell["here"] for cell in other["cells"])


def test_the_pickers_say_on_what_a_model_was_measured(module_bench: Bench):
    result = module_bench.came(NOBODY)[0]
    nothing, using, picker, kept = use.models(module_bench, NOBODY, "en", None, result.name)
    assert (nothing, using["visible"], picker["value"]) == ("", True, result.name)
    label = next(label for label, name in picker["choices"] if name == result.name)
    assert f"{result.told['accuracy']:.1%}" in label
    assert str(result.name) in kept
    newest = [one.name for one in module_bench.came(NOBODY) if one.name][-1]
    assert use.models(module_bench, NOBODY, "en", "gone")[2]["value"] == newest
    source = json.dumps({"example": "bag.jpg", "job": "clothes"})
    line: Any = use.answer(module_bench, result.name, source, NOBODY).details[0]
    assert line[0] == "answer.model_line_validation"
    assert line[1]["photos"] == 4


def exported(bench: Bench, name: str | None, form: str) -> tuple[list[str], str | None]:
    """What is said of an export, and its file."""
    told = list(use.export(bench, name, form, "en", NOBODY))
    assert [path for _, path in told[:-1]] == [None] * (len(told) - 1)
    return [said for said, _ in told], told[-1][1]


def test_an_export_is_proven_and_handed_out(module_bench: Bench):
    # The smaller base: ONNX takes five times as long of the other one, and both are exported alike.
    name = trained(module_bench, {**FEATURES, "backbone": "compact_resnet"}).name
    said, path = exported(module_bench, name, "onnx")
    assert Path(str(path)).suffix == ".onnx"
    assert re.match(r"Exported equals app: largest difference (\de-0\d|0) over 4 pictures", said[1])
    said, path = exported(module_bench, name, "zip")
    assert "about 12 s" in said[0]
    with zipfile.ZipFile(str(path)) as opened:
        assert "predict.py" in opened.namelist()
        labels = json.loads(opened.read("labels.json"))
    assert "Stripes" in json.dumps(labels)
    said, path = exported(module_bench, "gone", "zip")
    assert (said[1], path) == (text.say("en", "problem.no_such_model", model="gone"), None)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_lab_report_tells_what_a_training_reached(
    module_bench: Bench, tmp_path: Path, language: str
):
    plan = {"mode": "finetune", "unfreeze": "block3", "epochs": 1, "copies": 1}
    result, place = trained(module_bench, plan), len(module_bench.came(NOBODY))
    with zipfile.ZipFile(written.report(module_bench, language, result.id, NOBODY)) as opened:
        opened.extractall(tmp_path)
    folder, told = tmp_path / "report", result.told
    said = (folder / "report.md").read_text("utf-8")
    assert said.startswith(f"# {text.say(language, 'report.title_seen', tab='@tab.transfer')}")
    reached = came.in_lines(language, place, result).split("\n")[1].partition("(")[0]
    assert reached in said
    assert "Disc 10 + 2, Stripes 10 + 2." in said
    keys = ["curves", "confusion", *["misread"] * bool(result.misread)]
    assert re.findall(r"^## (.+)$", said, re.M)[: len(keys)] == [
        text.say(language, f"report.{key}") for key in keys
    ]
    assert len(list((folder / "figures").glob("*.svg"))) == len(keys)
    assert sum(map(sum, told["confusion"])) == told["of"]
    assert sum(row[at] for at, row in enumerate(told["confusion"])) == told["right"]
    assert "| `unfreeze` | `block3` |" in said
    assert "| `device` | `cpu` |" in said
    shown = came.results_of(module_bench, NOBODY, language, result.id)[-1]
    assert (folder / "repeat.py").read_text("utf-8") == shown


def test_nobody_gets_a_lab_report_of_anothers_training(bench: Bench):
    alice, bob = ALICE["visitor"], BOB["visitor"]
    two_classes(bench, 6, alice)
    result = trained(bench, FEATURES, alice)
    assert written.report(bench, "en", result.id, alice).stat().st_size > 10_000
    for chosen, who in ((result.id, bob), (None, alice), ("", NOBODY)):
        assert refused(written.report, bench, "en", chosen, who).problem == "request"


# Code, command, endpoint


@pytest.mark.parametrize(
    "plan",
    [
        FEATURES,
        {"mode": "finetune", "unfreeze": "block3", "epochs": 1, "copies": 1},
        {"mode": "scratch", "network": "cats_dogs", "epochs": 1, "augment": True},
    ],
    ids=("features", "finetune", "scratch"),
)
def test_the_code_and_the_command_repeat_what_is_on_screen(
    module_bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str], plan: Any
):
    result = trained(module_bench, plan)
    told = result.told
    with zipfile.ZipFile(change(module_bench, "keep").file) as opened:
        opened.extractall(tmp_path / "photos")
    shown = came.results_of(module_bench, NOBODY, "en", result.id)[-1]
    assert shown.startswith(f"# {result.command}\n")
    printed = run_python(shown, cwd=tmp_path).stdout.splitlines()
    assert printed == [f"{told['right']} of {told['of']} right, {told['epochs']} epochs"]
    assert read_card(tmp_path / "my-classes.safetensors").classes == ("Disc", "Stripes")
    words = result.command.split()[1:]
    words[1] = str(tmp_path / "photos")
    assert main([*words, "--json", "--weights-dir", str(tmp_path)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["val_accuracy"] == told["accuracy"]
    assert last["trained"] == told["trained"]


def test_programs_train_through_the_endpoint(server_url: str, tmp_path: Path):
    client = Client(server_url, verbose=False)
    files = {f"{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(4)}
    path = write_zip(tmp_path / "two.zip", files)
    settings = {"mode": "features", "copies": 1}
    last: Any = client.predict(handle_file(path), settings, api_name="/transfer")
    assert (last["photos"], last["validation_photos"], last["trained"]) == (6, 2, 2 * (1280 + 1))
    assert last["file"] == f"{last['name']}.safetensors"
    bad = write_zip(tmp_path / "one.zip", {"disc/1.jpg": photo("disc", 1)})
    sentence: Any = client.predict(handle_file(bad), {}, "ko", api_name="/transfer")
    assert sentence == {"error": text.say("ko", "problem.photos_one_class", name="disc")}
    wrong: Any = client.predict(handle_file(path), {"epochs": "many"}, api_name="/transfer")
    assert set(wrong) == {"error"}


def test_every_finding_and_status_has_its_words():
    from convdemo.data.image_folders.findings import FINDINGS
    from convdemo.inference.inputs import SCRATCH
    from convdemo.transfer.advice import QUADRANTS
    from convdemo.transfer.jobs import OPEN
    from convdemo.transfer.plan import MODES

    keys = text.strings("en").keys()
    assert not {f"finding.{name}" for name in FINDINGS} - keys
    assert not {f"transfer.now.{name}" for name in (*OPEN, "done", "stopped", "failed")} - keys
    assert not {f"transfer.quadrant.{name}.do" for name in QUADRANTS.values()} - keys
    assert not {f"transfer.network.{name}" for name in SCRATCH} - keys
    for mode in MODES:
        assert not {f"transfer.mode.{mode}", f"transfer.row.{mode}", f"transfer.kind.{mode}"} - keys
    for trap in plans.TRAPS:
        assert not {f"transfer.trap.{trap}.why", f"transfer.trap.{trap}.result"} - keys


def test_malformed_requests_are_refused(bench: Bench):
    before = photos.shown(bench.desk(NOBODY))
    group = before.classes[0].id
    for asked, problem in (
        ({"action": "add", "class": group, "uploads": "all"}, "request"),
        ({"action": "add", "class": "x", "uploads": []}, "album_class_gone"),
        ({"action": "clear", "names": ["one"]}, "request"),
        ({"action": "clear", "names": [1, 2]}, "request"),
        ({"action": "rename_class", "class": 7, "name": "x"}, "request"),
        ({"action": "rename_class", "class": group, "name": 7}, "request"),
        ({"action": "rename_class", "class": "x", "name": "x"}, "album_class_gone"),
        ({"action": "zip", "upload": "/etc/passwd"}, "request"),
        ({"action": ["add"]}, "request"),
        ({}, "request"),
    ):
        found = bench.desks.change(NOBODY, asked)
        assert found.said == (f"problem.{problem}", {}), asked
        assert found.classes == before.classes
    assert bench.desks.change(NOBODY, {"action": "show", "photos": 3}).pictures == {}
