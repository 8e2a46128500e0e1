"""The Transfer tab's Python: photos brought in whatever way, trainings in turn, results in use."""

import base64
import errno
import json
import os
import re
import struct
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from support.contexts import ALICE, BOB, make_context
from support.forked import run_python
from support.photo_files import photo, uploaded
from support.small_data import write_zip

from convdemo.cli.main import main
from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.data.image_folders.reader import read_photos
from convdemo.files import PlaceError
from convdemo.images.decode import read_picture
from convdemo.inference.card import read_card
from convdemo.inference.library import load
from convdemo.inference.predict import predict_picture
from convdemo.training.evaluation import wilson
from convdemo.ui import page, text, transfer_album, transfer_request, transfer_use, transfer_zip
from convdemo.ui.context import Context
from convdemo.ui.transfer import Bench
from convdemo.ui.transfer_album import Limits, tidy_name
from convdemo.ui.transfer_photos import folder_names
from convdemo.ui.wire import Refused

NAMES = {"names": ["Shoes", "Bags"]}
FEATURES = {"mode": "features", "copies": 1}


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


@pytest.fixture
def bench(context: Context) -> Bench:
    return Bench(context)


def call(bench: Bench, function: str, /, **asked: Any) -> Any:
    return bench.photos.functions()[function](asked)


def add(bench: Bench, group: str, files: dict[str, bytes], **more: Any) -> Any:
    uploads = [{"upload": uploaded(data, "file"), "name": name} for name, data in files.items()]
    return call(bench, "add", **{"class": group, "uploads": uploads, **more})


def two_classes(bench: Bench, count: int = 6, **who: Any) -> Any:
    """Discs and stripes, so many of each."""
    bench.state({**NAMES, **who})
    album = call(bench, "clear", names=["Disc", "Stripes"], **who)
    for group, kind in zip(album["classes"], ("disc", "stripes"), strict=True):
        files = {f"{kind}{seed}.jpg": photo(kind, seed) for seed in range(count)}
        album = add(bench, group["id"], files, **who)
    return album


def followed(bench: Bench, **who: Any) -> Any:
    """The training once it is over."""
    while (job := bench.follow({"after": 0, **who})["job"])["open"]:
        time.sleep(0.02)
    return job


def trained(bench: Bench, plan: dict[str, Any] | None = None, /, **who: Any) -> Any:
    bench.train({"plan": plan or FEATURES, **who})
    job = followed(bench, **who)
    assert job["status"] == "done", job
    return job["result"]


def refused(do: Any, /, *arguments: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        do(*arguments, **more)
    for language in text.LANGUAGES:
        said = text.say(language, f"problem.{caught.value.problem}", **caught.value.values)
        assert bool(re.search("[가-힣]", said)) == (language == "ko")
    return caught.value


# Photos


def test_a_first_visit_finds_an_example_that_can_be_trained_with(bench: Bench):
    album = bench.state(NAMES)["album"]
    assert [(one["name"], len(one["photos"])) for one in album["classes"]] == [
        ("Shoes", 16),
        ("Bags", 16),
    ]
    assert album["example"]
    assert album["missing"] is None
    assert album["training"] + album["validation"] == 32
    some = album["classes"][0]["photos"][:3]
    images = call(bench, "thumbnails", photos=[*some, "gone"])["images"]
    assert list(images) == some
    assert all(image.startswith("data:image/jpeg") for image in images.values())


def test_classes_are_added_renamed_and_removed(bench: Bench):
    bench.state(NAMES)
    album = call(bench, "clear", names=["Class 1", "Class 2"])
    first, second = (one["id"] for one in album["classes"])
    assert album["missing"]["problem"] == "photos_none"
    renamed = call(bench, "rename_class", **{"class": first, "name": "  Mug\n with  handle "})
    assert renamed["classes"][0]["name"] == "Mug with handle"
    third = call(bench, "add_class", name="☕ <b>cup</b>")["classes"][2]
    assert third["name"] == "☕ <b>cup</b>"
    for name in ("Mug with handle", " Mug  with handle "):
        problem = refused(call, bench, "rename_class", **{"class": second, "name": name})
        assert (problem.problem, problem.values) == (
            "transfer_same_name",
            {"name": "Mug with handle"},
        )
    assert refused(call, bench, "add_class", name=" \n").problem == "transfer_no_name"
    left = call(bench, "remove_class", **{"class": second})
    assert [one["id"] for one in left["classes"]] == [first, third["id"]]
    gone = refused(call, bench, "remove_class", **{"class": second})
    assert gone.problem == "transfer_class_gone"


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
    album = two_classes(bench, 2)
    group = album["classes"][0]
    files = {name: data for name, (data, _) in BAD.items()} | {"ok.jpg": photo("disc", 77)}
    reply = add(bench, group["id"], files)
    assert [(one["name"], one["problem"]) for one in reply["refused"]] == [
        (name, problem) for name, (_, problem) in BAD.items()
    ]
    assert len(reply["classes"][0]["photos"]) == 3
    assert reply["missing"] is None


def test_what_was_uploaded_is_gone_once_it_is_read(bench: Bench):
    group = two_classes(bench, 2)["classes"][0]
    path = uploaded(photo("disc", 9), "file")
    one = {"upload": path, "name": "a.jpg"}
    call(bench, "add", **{"class": group["id"], "uploads": [one]})
    assert not Path(path).exists()
    with pytest.raises(Refused, match="request"):
        call(bench, "add", **{"class": group["id"], "uploads": [{"upload": "/etc/passwd"}]})


def test_a_photo_that_comes_again_counts_once(bench: Bench):
    group = two_classes(bench, 3)["classes"][0]
    reply = add(bench, group["id"], {"again.jpg": photo("disc", 0), "new.jpg": photo("disc", 50)})
    assert reply["repeated"] == 1
    assert len(reply["classes"][0]["photos"]) == 4


def test_the_same_photo_in_two_classes_is_in_neither_and_named(bench: Bench):
    album = two_classes(bench, 4)
    both = add(bench, album["classes"][1]["id"], {"torn.jpg": photo("disc", 2)})
    assert len(both["torn"]) == 2
    finding = next(one for one in both["findings"] if one["kind"] == "in_two_classes")
    assert (finding["count"], set(finding["names"])) == (2, set(both["torn"]))
    assert both["training"] + both["validation"] == 7
    cured = call(bench, "remove_photo", photo=both["torn"][1])
    assert cured["torn"] == []
    assert cured["training"] + cured["validation"] == 8


def test_what_is_missing_is_said(bench: Bench):
    album = two_classes(bench, 2)
    stripes = album["classes"][1]["photos"]
    one_left = call(bench, "remove_photo", photo=stripes[0])
    assert one_left["missing"] == {
        "problem": "photos_few",
        "values": {"name": "Stripes", "photos": "1", "least": "2"},
    }
    assert refused(bench.train, {"plan": FEATURES}).problem == "photos_few"
    none_left = call(bench, "remove_photo", photo=stripes[1])
    assert none_left["missing"]["problem"] == "photos_one_class"


def test_a_burst_stays_on_one_side_of_the_split(bench: Bench):
    bench.state(NAMES)
    album = call(bench, "clear", names=["Disc", "Stripes"])
    first, second = (one["id"] for one in album["classes"])
    for burst in range(5):
        files = {f"{burst}-{n}.jpg": photo("disc", 10 * burst + n) for n in range(3)}
        add(bench, first, files, burst=f"b{burst}")
    add(bench, second, {f"{n}.jpg": photo("stripes", n) for n in range(5)})
    found = bench.photos.album({}).gathered()
    assert isinstance(found, PhotoSet)
    groups = {photo.group for photo in found.photos if photo.label == 0}
    assert len(groups) == 5


def read_in(bench: Bench, data: bytes, **who: Any) -> Any:
    """The album once a zip was read."""
    bench.state({**NAMES, **who})
    transfer_zip.begin(bench.photos, {"upload": uploaded(data, "file"), **who})
    while not (album := bench.photos.look({**NAMES, **who}))["intake"]["over"]:
        time.sleep(0.01)
    return album


def zipped(tmp_path: Path, files: dict[str, bytes]) -> bytes:
    return write_zip(tmp_path / "z.zip", files).read_bytes()


def test_a_zip_of_class_folders_becomes_the_classes(bench: Bench, tmp_path: Path):
    files = {
        f"all/{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(4)
    }
    album = read_in(bench, zipped(tmp_path, {**files, "all/disc/broken.jpg": b"no"}))
    assert [(one["name"], len(one["photos"])) for one in album["classes"]] == [
        ("disc", 4),
        ("stripes", 4),
    ]
    assert album["intake"]["refused"] is None
    assert album["intake"]["findings"] == [
        {"kind": "kind", "count": 1, "names": ["all/disc"], "of": ".jpg"}
    ]
    assert not album["example"]


def test_the_folders_of_a_zip_may_say_what_validates(bench: Bench, tmp_path: Path):
    files = {
        f"{part}/{kind}/{n}.jpg": photo(kind, 100 * len(part) + n)
        for part, count in (("train", 4), ("validation", 2))
        for kind in ("disc", "stripes")
        for n in range(count)
    }
    album = read_in(bench, zipped(tmp_path, files))
    assert (album["training"], album["validation"]) == (8, 4)
    train_only = {name: data for name, data in files.items() if name != "validation"}
    for name in [one for one in train_only if one.startswith("validation/disc")]:
        del train_only[name]
    missing = read_in(Bench(bench.context), zipped(tmp_path, train_only))["missing"]
    assert missing["values"]["part"] == "@transfer.part.validate"
    assert "검증" in text.say("ko", f"problem.{missing['problem']}", **missing["values"])


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
    album = read_in(bench, make(tmp_path))
    assert album["intake"]["refused"]["problem"] == problem
    assert album["example"]
    assert album["count"] == 32


def test_a_link_in_a_zip_is_no_photo(bench: Bench, tmp_path: Path):
    link = zipfile.ZipInfo("disc/link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as opened:
        opened.writestr(link, "/etc/passwd")
        for kind in ("disc", "stripes"):
            for n in range(2):
                opened.writestr(f"{kind}/{n}.jpg", photo(kind, n))
    album = read_in(bench, (tmp_path / "l.zip").read_bytes())
    assert album["intake"]["findings"] == [
        {"kind": "link", "count": 1, "names": ["disc/link.jpg"], "of": ""}
    ]
    assert album["count"] == 4


def test_two_classes_alike_in_many_characters_stay_two(bench: Bench, tmp_path: Path):
    long = "Corn_(maize)___Cercospora_leaf_spot_Gray_"
    longer = "x" * 220
    names = (f"{long}leaf_spot", f"{long}healthy", f"{longer}a", f"{longer}b")
    files = {
        f"{name}/{n}.jpg": photo("disc", 10 * p + n, 24)
        for p, name in enumerate(names)
        for n in range(3)
    }
    album = read_in(bench, zipped(tmp_path, files))
    assert {one["name"] for one in album["classes"]} == {
        f"{long}healthy",
        f"{long}leaf_spot",
        "x" * 200,
        f"{'x' * 196} 2",
    }
    assert [len(one["photos"]) for one in album["classes"]] == [3] * 4


def test_what_a_zip_leaves_out_is_shown_until_other_photos_are_begun(bench: Bench, tmp_path: Path):
    files = {f"{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(4)}
    files |= {"disc/a.HEIC": HEIC, "disc/cut.jpg": photo("disc", 9)[:300]}
    files |= {"stripes/again.jpg": files["stripes/0.jpg"], "alone.jpg": photo("disc", 8)}
    album = read_in(bench, zipped(tmp_path, files))
    assert [(one["kind"], one["count"], one["names"]) for one in album["intake"]["findings"]] == [
        ("kind", 1, ["disc"]),
        ("loose", 1, ["alone.jpg"]),
        ("unreadable", 1, ["disc/cut.jpg"]),
        ("repeated", 1, []),
    ]
    assert call(bench, "clear", names=["a", "b"])["intake"] is None


def test_a_zip_that_is_stopped_changes_nothing(bench: Bench, tmp_path: Path):
    path = write_zip(tmp_path / "z.zip", {f"{k}/1.jpg": photo(k, 1) for k in ("disc", "stripes")})
    limits = bench.context.runs.limits.zip
    with pytest.raises(ValueError, match="not read to their end"):
        transfer_zip.grouped(path, limits, 100, lambda done, of: False)
    many = refused(transfer_zip.grouped, path, limits, 1, lambda done, of: True)
    assert (many.problem, many.values) == ("transfer_zip_photos", {"photos": 2, "limit": 1})


def test_fifty_classes_are_fine_and_too_many_photos_are_not(tmp_path: Path, context: Context):
    bench = Bench(context)
    files = {f"c{n:02}/{m}.jpg": photo("disc", 2 * n + m, 24) for n in range(50) for m in range(2)}
    album = read_in(bench, zipped(tmp_path, files))
    assert len(album["classes"]) == 50
    assert album["missing"] is None
    bench.photos.album({}).limits = Limits(photos=101, classes=50)
    reply = add(
        bench, album["classes"][0]["id"], {f"{n}.jpg": photo("stripes", n, 24) for n in range(3)}
    )
    assert [one["problem"] for one in reply["refused"]] == ["transfer_photos"] * 2
    assert refused(call, bench, "add_class", name="one more").problem == "transfer_classes"


def test_photos_are_kept_as_a_zip_that_gives_the_same_set(bench: Bench):
    album = two_classes(bench, 3)
    kept = call(bench, "keep")
    found = read_photos(Path(kept["file"]))
    assert found.digest == album["digest"]
    assert found.counts() == {"Disc": 3, "Stripes": 3}


# Visitors


def test_nobody_sees_the_photos_of_another_visitor(tmp_path: Path, small_data_dir: Path):
    bench = Bench(make_context(tmp_path, small_data_dir, on_space=True))
    album = two_classes(bench, 2, **ALICE)
    theirs = bench.state({**NAMES, **BOB})["album"]
    assert theirs["example"]
    secret = album["classes"][0]["photos"][0]
    assert call(bench, "thumbnails", photos=[secret], **BOB)["images"] == {}
    assert refused(bench.photo, {"photo": secret, **BOB}).problem == "transfer_photo_gone"
    theft = {"class": album["classes"][0]["id"], **BOB}
    assert refused(call, bench, "remove_class", **theft).problem == "transfer_class_gone"
    call(bench, "remove_photo", photo=secret, **BOB)
    assert bench.photos.look({**NAMES, **ALICE})["count"] == 4
    assert refused(bench.state, NAMES).problem == "request"  # without a key
    result = trained(bench, **ALICE)
    assert bench.state({**NAMES, **BOB})["results"] == []
    assert bench.state({**NAMES, **BOB})["job"] is None
    own = load(tmp_path / "weights" / ALICE["visitor"] / f"{result['name']}.safetensors")
    said = predict_picture(own, read_picture(page.examples("clothes")["bag.jpg"]))
    asked = {"model": result["name"], "example": "bag.jpg", "job": "clothes"}
    reply = transfer_use.read(bench.context, {**asked, **ALICE})
    assert reply["label"] == said.label
    assert reply["probabilities"] == pytest.approx(said.probabilities, abs=1e-5)
    assert refused(transfer_use.read, bench.context, {**asked, **BOB}).problem == "no_such_model"


def test_a_space_keeps_three_sets_and_lets_the_one_go_that_rests(monkeypatch: pytest.MonkeyPatch):
    albums = transfer_album.Albums(transfer_album.ON_SPACE)
    small = transfer_album.drawn_examples()[0][0]
    for number in range(3):
        album = albums.open(str(number))
        album.add(album.add_group("a"), small)
    assert refused(albums.make_room, "3").problem == "transfer_full"
    album = albums.of("1")
    assert album is not None
    album.touched -= transfer_album.RESTING + 1
    assert refused(albums.make_room, "3", frozenset({"1"})).problem == "transfer_full"
    albums.make_room("3")
    assert albums.of("1") is None
    old = albums.of("2")
    assert old is not None
    old.touched -= 60 * transfer_album.ON_SPACE.minutes + 1
    albums.open("3")
    assert albums.of("2") is None
    assert albums.of("0") is not None


# Trainings


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory, small_data_dir: Path) -> Bench:
    """With twelve photos of each class, and a head that was trained."""
    bench = Bench(make_context(tmp_path_factory.mktemp("bench"), small_data_dir))
    two_classes(bench, 12)
    trained(bench)
    return bench


def test_a_head_is_trained_and_told_with_its_interval(module_bench: Bench):
    result = module_bench.state(NAMES)["results"][0]
    assert (result["photos"], result["of"]) == (20, 4)
    assert result["right"] >= 3
    assert (result["low"], result["high"]) == pytest.approx(wilson(result["right"], 4))
    assert result["accuracy"] == result["right"] / 4
    assert result["classes"] == ["Disc", "Stripes"]
    assert result["trained"] == 2 * (1280 + 1)
    assert result["advice"]["photos_of_a_class"] == 10
    card = read_card(module_bench.context.model_dirs[0] / f"{result['name']}.safetensors")
    assert (card.job, card.classes, card.test_accuracy) == ("custom", ("Disc", "Stripes"), None)
    assert len(result["misread"]) == 4 - result["right"]


def test_a_shelf_that_takes_nothing_is_said_before_anything_is_trained(
    bench: Bench, tmp_path: Path
):
    two_classes(bench)
    (tmp_path / "weights").write_text("a file in the way")
    with pytest.raises(PlaceError, match="is no folder"):
        bench.train({"plan": FEATURES})
    assert bench.state(NAMES)["job"] is None


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
    bench.train({"plan": FEATURES})
    job = followed(bench)
    assert job["status"] == "failed"
    assert job["problem"]["problem"] == "place_spare"
    (kept,) = spare.rglob("*.safetensors")
    assert job["problem"]["values"]["kept"] == str(kept)
    assert read_card(kept).classes == ("Disc", "Stripes")


def test_the_interval_is_wilsons():
    assert wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)  # as R's prop.test
    assert wilson(0, 5)[0] == 0
    assert wilson(5, 5)[1] == 1


def test_the_second_training_finds_its_features(module_bench: Bench):
    plan = {**FEATURES, "seed": 0}
    result = trained(module_bench, plan)
    assert result["features_kept"]
    assert result["right"] == module_bench.state(NAMES)["results"][0]["right"]
    assert not trained(module_bench, {**FEATURES, "copies": 2})["features_kept"]


def test_fine_tuning_trains_what_the_slider_says(module_bench: Bench):
    stages = transfer_request.stages({"backbone": "compact_resnet", "classes": 2})["stages"]
    assert [stage["name"] for stage in stages] == ["stem", "block1", "block2", "block3"]
    assert stages[-1]["usual"]
    told = next(stage for stage in stages if stage["name"] == "block3")
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
    assert (result["trained"], result["frozen"]) == (told["trained"], told["frozen"])
    assert result["command"] == (
        "convdemo transfer photos --mode finetune --backbone compact_resnet --copies 1"
        " --unfreeze block3 --epochs 1"
    )


def test_both_mistakes_are_shown_and_kept_off_the_shelf(module_bench: Bench):
    for trap in transfer_request.TRAPS:
        result = trained(module_bench, {**FEATURES, "traps": [trap]})
        assert result["plan"]["traps"][trap] is True
        assert result["name"] is None
        assert result["advice"] is None
    # The base was not spoilt by the statistics of the first mistake.
    first = module_bench.state(NAMES)["results"][0]
    again = trained(module_bench, {**FEATURES, "seed": 1})
    once_more = Bench(module_bench.context)
    two_classes(once_more, 12)
    fresh = trained(once_more, {**FEATURES, "seed": 1})
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
    asked = {"plan": {"mode": "features", **plan}}
    assert refused(transfer_request.plan_of, module_bench.context, asked).problem == problem


def test_a_base_that_is_not_here_says_what_it_takes(
    module_bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("convdemo.networks.hub.is_cached", lambda name: False)
    problem = refused(module_bench.train, {"plan": {**FEATURES, "backbone": "resnet50"}})
    assert (problem.problem, problem.values) == (
        "explain_fetch",
        {"title": "ResNet-50", "megabytes": 102},
    )
    bases = module_bench.options({})["bases"]
    assert [base["name"] for base in bases[:2]] == ["compact_resnet", "efficientnet_lite0"]
    assert [base["cached"] for base in bases] == [True] + [False] * 9
    monkeypatch.undo()
    bases = module_bench.options({})["bases"]
    assert [base["name"] for base in bases[:2]] == ["efficientnet_lite0", "compact_resnet"]
    seconds = module_bench.forecasts({"plan": FEATURES})["seconds"]
    assert set(seconds) == {base["name"] for base in bases} | {"cats_dogs", "cats_dogs_5"}
    assert seconds["vgg16"] > seconds["mobilenetv1_100"]


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
    people = [{"visitor": f"{number:032x}"} for number in range(3)]
    for who in people:
        two_classes(bench, 2, **who)
        bench.train({"plan": FEATURES, **who})
    assert entered.wait(5)
    assert [bench.follow({"after": 0, **who})["job"]["place"] for who in people] == [0, 1, 2]
    again = refused(bench.train, {"plan": FEATURES, **people[0]})
    assert again.problem == "transfer_running"
    assert bench.stop(people[1])["job"]["status"] == "stopped"
    assert bench.follow({"after": 0, **people[2]})["job"]["place"] == 1
    # After a reload the photos and the training are found again.
    found = bench.state({**NAMES, **people[2]})
    assert found["job"]["status"] == "waiting"
    assert found["album"]["count"] == 4
    bench.stop(people[0])
    assert followed(bench, **people[0])["status"] == "stopped"
    going.set()
    assert followed(bench, **people[2])["status"] == "done"


def test_a_stopped_training_keeps_nothing_and_the_next_one_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    two_classes(bench, 3)
    plan = {"mode": "finetune", "epochs": 60, "copies": 1}
    bench.train({"plan": plan})
    while not bench.follow({"after": 0})["job"]["records"]:
        time.sleep(0.01)
    bench.stop({})
    job = followed(bench)
    assert (job["status"], job["result"]) == ("stopped", None)
    assert not list(bench.context.model_dirs[0].glob("*.safetensors"))
    assert trained(bench)["features_kept"]


def test_a_training_that_fails_says_so_in_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    two_classes(bench, 2)

    def broken(*arguments: Any) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(bench.results, "_save", broken)
    bench.train({"plan": FEATURES})
    job = followed(bench)
    assert job["status"] == "failed"
    assert job["problem"]["problem"] == "transfer_failed"
    assert "no room" in job["problem"]["values"]["error"]
    capsys.readouterr()


def test_a_space_keeps_the_last_results_only(tmp_path: Path, small_data_dir: Path):
    bench = Bench(make_context(tmp_path, small_data_dir, on_space=True))
    bench.results.limit = 2
    two_classes(bench, 2, **ALICE)
    names = [trained(bench, **ALICE)["name"] for _ in range(3)]
    assert len(set(names)) == 3
    kept = {path.stem for path in (tmp_path / "weights" / ALICE["visitor"]).glob("*")}
    assert kept == set(names[1:])


# In use


def test_a_new_photo_is_read_and_a_frame_of_the_camera(module_bench: Bench):
    name = module_bench.state(NAMES)["results"][0]["name"]
    right = 0
    for kind, label in (("disc", "Disc"), ("stripes", "Stripes")):
        for seed in range(200, 205):
            path = uploaded(photo(kind, seed), "new.jpg")
            asked = {"model": name, "upload": path, "name": "new.jpg"}
            reply = transfer_use.read(module_bench.context, asked)
            right += reply["label"] == label
            frame = base64.b64encode(photo(kind, seed)).decode()
            live = transfer_use.read(module_bench.context, {"model": name, "frame": frame})
            assert live["probabilities"] == pytest.approx(reply["probabilities"])
    assert right >= 8
    for frame in ("no base64!", 7, "A" * 500_000):
        bad = refused(transfer_use.read, module_bench.context, {"model": name, "frame": frame})
        assert bad.problem == "request"


def test_a_misread_photo_is_there_even_when_it_left_the_set(bench: Bench):
    album = two_classes(bench, 6)
    # The last disc is called stripes: whoever reads it right reads it wrong.
    wrong = {f"{n}.jpg": photo("disc", 60 + n) for n in range(2)}
    album = add(bench, album["classes"][1]["id"], wrong, burst="wrong")
    results = [trained(bench, {**FEATURES, "seed": seed}) for seed in range(4)]
    misread = [one for result in results for one in result["misread"]]
    assert misread
    assert all(one["label"] != one["read"] and one["probability"] > 0.5 for one in misread)
    before = bench.photo({"photo": misread[0]["photo"]})
    call(bench, "remove_photo", photo=misread[0]["photo"])
    assert bench.photo({"photo": misread[0]["photo"]}) == before
    shown = read_picture(base64.b64decode(before["png"])).rgb
    files = [photo(kind, seed) for kind in ("disc", "stripes") for seed in (*range(6), 60, 61)]
    assert [np.array_equal(shown, read_picture(file).rgb) for file in files].count(True) == 1
    assert refused(bench.photo, {"photo": "other"}).problem == "transfer_photo_gone"


def test_the_pickers_say_on_what_a_model_was_measured(module_bench: Bench):
    entries = module_bench.shelf({})["models"]
    result = module_bench.state(NAMES)["results"][0]
    entry = next(one for one in entries if one["name"] == result["name"])
    assert entry["accuracy"] is None
    assert entry["validation_accuracy"] == result["accuracy"]
    assert entry["validated"] == 4
    json.dumps(entries)


def exported(bench: Bench, name: str, form: str) -> Any:
    """An export once it is over."""
    started = bench.exports.begin({"model": name, "form": form})
    while not (state := bench.exports.state(started))["over"]:
        time.sleep(0.05)
    assert state["refused"] is None
    assert state["file"]["largest_difference"] < 1e-4
    return state


def test_an_export_is_proven_and_handed_out(module_bench: Bench):
    # The smaller base: ONNX takes five times as long of the other one, and both are exported alike.
    name = trained(module_bench, {**FEATURES, "backbone": "compact_resnet"})["name"]
    assert Path(exported(module_bench, name, "onnx")["file"]["path"]).suffix == ".onnx"
    state = exported(module_bench, name, "zip")
    with zipfile.ZipFile(state["file"]["path"]) as opened:
        assert "predict.py" in opened.namelist()
        labels = json.loads(opened.read("labels.json"))
    assert "Stripes" in json.dumps(labels)
    assert refused(module_bench.exports.state, {"export": "other"}).problem == "request"
    gone = refused(module_bench.exports.begin, {"model": "gone", "form": "zip"})
    assert gone.problem == "no_such_model"
    for form in ("exe", None):
        bad = refused(module_bench.exports.begin, {"model": name, "form": form})
        assert bad.problem == "request"


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
    with zipfile.ZipFile(call(module_bench, "keep")["file"]) as opened:
        opened.extractall(tmp_path / "photos")
    printed = run_python(result["code"], cwd=tmp_path).stdout.splitlines()
    assert printed == [f"{result['right']} of {result['of']} right, {result['epochs']} epochs"]
    assert read_card(tmp_path / "my-classes.safetensors").classes == ("Disc", "Stripes")
    words = result["command"].split()[1:]
    words[1] = str(tmp_path / "photos")
    assert main([*words, "--json", "--weights-dir", str(tmp_path)]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["val_accuracy"] == result["accuracy"]
    assert last["trained"] == result["trained"]


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
    from convdemo.transfer.plan import MODES
    from convdemo.ui.transfer_jobs import OPEN

    keys = text.strings("en").keys()
    assert not {f"finding.{name}" for name in FINDINGS} - keys
    assert not {f"transfer.now.{name}" for name in (*OPEN, "done", "stopped", "failed")} - keys
    assert not {f"transfer.quadrant.{name}.do" for name in QUADRANTS.values()} - keys
    assert not {f"transfer.network.{name}" for name in SCRATCH} - keys
    for mode in MODES:
        assert not {f"transfer.mode.{mode}", f"transfer.row.{mode}", f"transfer.kind.{mode}"} - keys
    for trap in transfer_request.TRAPS:
        assert not {f"transfer.trap.{trap}.why", f"transfer.trap.{trap}.result"} - keys


def test_malformed_requests_are_refused(bench: Bench):
    group = bench.state(NAMES)["album"]["classes"][0]["id"]
    served = bench.context.guard.served("state", bench.state)
    browser = SimpleNamespace(headers={"host": "x"}, client=SimpleNamespace(host="127.0.0.1"))
    for payload in (None, [], "text"):
        assert served(payload, browser) == {"problem": "request", "values": {}}  # type: ignore[arg-type]
    for name, asked, problem in (
        ("add", {"class": group, "uploads": "all"}, "request"),
        ("add", {"class": "x", "uploads": []}, "transfer_class_gone"),
        ("thumbnails", {"photos": 3}, "request"),
        ("clear", {"names": ["one"]}, "request"),
        ("clear", {"names": [1, 2]}, "request"),
        ("rename_class", {"class": 7, "name": "x"}, "request"),
        ("rename_class", {"class": group, "name": 7}, "request"),
        ("rename_class", {"class": "x", "name": "x"}, "transfer_class_gone"),
    ):
        assert refused(call, bench, name, **asked).problem == problem, name
