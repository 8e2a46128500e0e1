"""The Augment tab's Python and its command: tiles, what is said of them, code that repeats them."""

import base64
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from support.contexts import make_context
from support.forked import run_python

from convdemo.augmentation.chain import PRESETS, as_json, chain_of, preview_chain, ten_techniques
from convdemo.augmentation.classic_techniques import TECHNIQUES
from convdemo.augmentation.policies import POLICIES, Tile, preview
from convdemo.augmentation.preview import POLICY_NAMES, SIDE, ground
from convdemo.augmentation.problems import LONGEST
from convdemo.cli.main import main
from convdemo.images import figures
from convdemo.images.decode import Picture, read_picture
from convdemo.ui import augment_request, augmentation, page, snippet, text
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

EXAMPLES = page.examples("clothes")
NAME = next(iter(EXAMPLES))
ASKED = {"example": NAME, "job": "clothes", "policy": "imagenet", "n": 9, "seed": 3}


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def pixels(data_url: str) -> np.ndarray:
    data = base64.b64decode(data_url.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures of tiles that are drawn from now on."""
    made: list[Figure] = []
    draw = figures.tiles

    def keep(*given: Any, **named: Any) -> Figure:
        made.append(draw(*given, **named))
        return made[-1]

    monkeypatch.setattr("convdemo.cli.augment.tiles", keep)
    return made


def assert_shown(path: Path, drawn: list[Figure], tiles: Sequence[Tile]) -> None:
    """There is a PNG, of the figure with these tiles."""
    shown = [axes.images[0].get_array() for axes in drawn[-1].axes]
    assert len(shown) == len(tiles)
    for one, tile in zip(shown, tiles, strict=True):
        assert np.array_equal(np.asarray(one), tile.image)
    with Image.open(path) as opened:
        assert opened.format == "PNG"


@pytest.mark.parametrize("policy", POLICIES)
def test_the_command_tells_what_it_did(policy, drawn, tmp_path, capsys):
    words = ["augment", str(EXAMPLES[NAME]), "--policy", policy, "--n", "4", "--seed", "5"]
    assert main([*words, "--out", str(tmp_path / "grid.png"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    image = ground(read_picture(EXAMPLES[NAME]))
    tiles = preview(image, policy, 4, 5)
    assert_shown(tmp_path / "grid.png", drawn, tiles)
    assert len(found["tiles"]) == 4
    for told, tile in zip(found["tiles"], tiles, strict=True):
        assert [one["name"] for one in told] == [one.name for one in tile.drawn.operations]
        for one in told:
            assert {"name", "probability", "applied", "magnitude", "unit"} <= set(one)
            assert ("chain" in one and "weight" in one) == (policy == "augmix")
    assert main(words) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("{} --chain ten --policy rand", 2, "--policy and --chain are both given"),
        ("{} --fill wrap", 2, "--fill belongs to a --chain"),
        ("{} --chain magic", 2, "--chain 'magic' is none of ten, generator_mild"),
        ("{} --chain five_blocks --fill magic", 2, "fill 'magic' is none of constant"),
        ('{} --chain [{"name":"crop","width":600}]', 2, "Step 1 cannot be: it cuts 600 × 96"),
        ("{} --n 0", 2, "--n is 0, a number from 1 to 100 is needed"),
        ("{} --policy magic", 2, "policy 'magic' is none of imagenet, cifar10"),
        ("{} --seed -1", 2, "--seed is -1"),
        ("{} --out /nowhere/at/all.png", 2, "there is no folder /nowhere/at"),
        ("nothing.png", 1, "nothing.png: "),
        (__file__, 1, "is not a picture of a kind"),
    ],
)
def test_what_cannot_be_augmented_is_said(words, status, sentence, capsys):
    given = [str(EXAMPLES[NAME]) if word == "{}" else word for word in words.split()]
    assert main(["augment", *given]) == status
    assert sentence in capsys.readouterr().err


def test_the_command_applies_a_chain(drawn, tmp_path, capsys):
    out = tmp_path / "grid.png"
    words = ["augment", str(EXAMPLES[NAME]), "--n", "4", "--seed", "5", "--json"]
    assert main([*words, "--chain", "generator_mild", "--fill", "wrap", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    chain = chain_of(found["chain"], found["fill"])
    assert (chain.fill, chain.steps) == ("wrap", PRESETS["generator_mild"].steps)
    tiles = preview_chain(ground(read_picture(EXAMPLES[NAME])), chain, 4, 5)
    assert_shown(out, drawn, tiles)
    assert [one["name"] for one in found["tiles"][0]] == [step.name for step in chain.steps]


def test_what_is_offered_is_what_there_is():
    assert tuple(POLICIES) == POLICY_NAMES


def test_large_and_transparent_pictures_are_made_fit():
    large = ground(Picture(np.zeros((300, 1600, 3), np.uint8)))
    assert large.shape == (120, SIDE, 3)
    alpha = np.zeros((8, 8), np.uint8)
    assert (ground(Picture(np.zeros((8, 8, 3), np.uint8), alpha)) == 255).all()


def test_the_page_shows_the_tiles_and_tells_them(context: Context):
    found = augmentation.tiles(context, ASKED)
    image = ground(read_picture(EXAMPLES[NAME]))
    tiles = preview(image, "imagenet", 9, 3)
    assert found["size"] == [image.shape[1], image.shape[0]]
    assert [one["rule"] for one in found["tiles"]] == [tile.drawn.rule for tile in tiles]
    assert augmentation.tiles(context, ASKED)["tiles"] == found["tiles"]
    for one, tile in zip(found["tiles"], tiles, strict=True):
        shown = pixels(one["image"]).astype(int)
        assert max(shown.shape) == 320
        small = cv2.resize(tile.image, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(shown - small).mean() < 3  # a JPEG rounds
    table = augmentation.table({"policy": "imagenet"})
    for one in found["tiles"]:
        rule = table["table"][one["rule"]]
        assert [op["name"] for op in one["operations"]] == [op["name"] for op in rule]


def test_a_tile_whose_label_flips_is_marked(context: Context):
    digits = page.examples("digits")
    asked = {**ASKED, "example": next(iter(digits)), "job": "digits", "policy": "svhn", "n": 16}
    found = augmentation.read(context, {**asked, "reader": "digits"})
    assert found["model"] == "digit_resnet-mnist"
    assert found["original"]["label"] is not None
    assert len(found["tiles"]) == 16
    for tile in found["tiles"]:
        assert tile["flipped"] == (tile["label"] != found["original"]["label"])
    assert {tile["flipped"] for tile in found["tiles"]} == {False, True}


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "magic"},
        {"n": 0},
        {"n": 17},
        {"seed": -1},
        {"seed": 10**7},
        {"example": "../../secret.png"},
        {"job": "weights"},
        {"upload": "/etc/passwd"},
    ],
)
def test_what_the_page_never_asks_for_is_refused(context: Context, changes):
    for call in (augmentation.tiles, augmentation.read):
        with pytest.raises(Refused, match="request"):
            call(context, {**ASKED, "reader": "clothes", **changes})


EVERY_STEP = [{"name": name} for name in TECHNIQUES if name not in ("crop", "resize", "shear")]
PHOTO = next(iter(page.examples("photos")))
CODES = {
    **{policy: {"policy": policy} for policy in POLICIES},
    **{name: {"chain": as_json(one), "fill": one.fill} for name, one in PRESETS.items()},
    **{
        f"steps from {first}": {"chain": EVERY_STEP[first : first + LONGEST], "fill": "constant"}
        for first in range(0, len(EVERY_STEP), LONGEST)
    },
    "wrapped": {"chain": EVERY_STEP[2 : 2 + LONGEST], "fill": "wrap"},
    "nothing": {"chain": [], "fill": "nearest"},
    "photo": {"policy": "trivial", "example": PHOTO, "job": "photos"},
    "sample": {"chain": [{"name": "shear"}], "sample": 7, "dataset": "fashion_mnist"},
}


def test_the_code_makes_the_tiles_with_torchvision_alone(context: Context, tmp_path):
    """All of it, one program after the other in one fresh process: most of the time is imports."""
    wanted, programs = {}, []
    for name, how in CODES.items():
        asked = {k: v for k, v in ASKED.items() if "sample" not in how or k != "example"}
        asked = {k: v for k, v in asked.items() if k != "policy"} | {"n": 2} | how
        (tmp_path / name).mkdir()
        programs.append((name, augmentation.tiles(context, asked)["code"]))
        treatment = augment_request.treatment(asked)
        wanted[name] = treatment.tiles(augment_request.picture(context, asked).image)
    runner = (
        "import json, os, sys\n"
        "for name, code in json.load(sys.stdin):\n"
        f"    os.chdir(os.path.join({str(tmp_path)!r}, name))\n"
        "    exec(compile(code, name, 'exec'), {'__name__': '__main__'})\n"
    )
    env = {"CONVDEMO_DATA": str(context.data_dir)}
    run_python(runner, said=json.dumps(programs), env=env, strict=True)
    for name, tiles in wanted.items():
        for place, tile in enumerate(tiles):
            saved = np.asarray(Image.open(tmp_path / name / f"tile{place}.png"))
            assert np.array_equal(saved, tile.image), name


def test_the_code_reads_the_points_of_the_sweep(context: Context):
    asked = {"example": next(iter(page.examples("digits"))), "job": "digits"}
    found = augmentation.sweep(context, {**asked, "reader": "digits", "axis": "shear"})
    assert (found["unit"], found["neutral"], found["known"]) == ("degrees", 0, False)
    lines = run_python(found["code"], strict=True).stdout.splitlines()
    assert len(lines) == len(found["points"])
    for line, point in zip(lines, found["points"], strict=True):
        value, label, probability, *_, said = line.split()
        assert float(value) == pytest.approx(point["value"], abs=0.006)
        assert (label, said) == (found["label"], point["label"] or point["notice"])
        assert float(probability) == pytest.approx(point["probability"], abs=1e-3)


def test_a_sample_knows_its_class(context: Context):
    asked = {"sample": 3, "dataset": "mnist"}
    images = context.images("mnist", "validation")
    found = augmentation.tiles(context, {**asked, "policy": "rand", "n": 1, "seed": 0})
    assert found["size"] == [28, 28]
    assert found["label"] == str(int(images.labels[3]))
    swept = augmentation.sweep(context, {**asked, "reader": "digits", "axis": "noise"})
    assert (swept["label"], swept["known"]) == (found["label"], True)
    for wrong in ({"sample": -1}, {"sample": 100}, {"sample": 1.5e9}, {"dataset": "own-1"}):
        with pytest.raises(Refused, match="request"):
            augmentation.techniques(context, {**asked, **wrong})


def test_a_sample_that_is_not_there_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.CIFAR10.download", _refuse)
    context = make_context(tmp_path, tmp_path)
    with pytest.raises(Refused, match="train_no_data"):
        augmentation.techniques(context, {"sample": 0, "dataset": "cifar10"})


def _refuse(self):
    raise OSError("no network")


def test_the_ten_techniques_are_shown_on_the_picture(context: Context):
    found = augmentation.techniques(context, ASKED)["techniques"]
    assert [one["name"] for one in found] == list(ten_techniques(100, 100))
    image = ground(read_picture(EXAMPLES[NAME]))
    shown = {one["name"]: pixels(one["image"]).astype(int) for one in found}
    assert abs(shown["hflip"].mean() - image.mean()) < 3
    assert shown["darker"].mean() == pytest.approx(image.mean() / 2, abs=3)
    spread = shown["grayscale"].max(axis=2) - shown["grayscale"].min(axis=2)
    assert spread.max() <= 2
    steps = chain_of([one["step"] for one in found]).steps
    assert [step.name for step in steps] == [one["step"]["name"] for one in found]


def test_everything_that_is_offered_is_accepted(context: Context):
    offer = augmentation.options(context, {})
    first = {"example": NAME, "job": "clothes", "n": 1, "seed": 0}
    for name, preset in offer["presets"].items():
        (tile,) = augmentation.tiles(context, {**first, **preset})["tiles"]
        steps = [step["name"] for step in preset["chain"]]
        assert [one["name"] for one in tile["operations"]] == steps, name
    for technique in offer["techniques"]:
        step = {"name": technique["name"]}
        for setting in technique["settings"]:
            assert setting["low"] <= min(setting["default"]) <= max(setting["default"])
            assert max(setting["default"]) <= setting["high"]
            ranged = len(setting["default"]) == 2
            step[setting["name"]] = setting["default"] if ranged else setting["default"][0]
        for fill in offer["fills"]:
            (tile,) = augmentation.tiles(context, {**first, "chain": [step], "fill": fill})["tiles"]
            assert tile["operations"][0]["name"] == technique["name"]
    assert set(offer["models"]) <= {"clothes", "digits", "photos"}
    for axis in offer["axes"]:
        assert axis["low"] < axis["high"]


def test_an_impossible_chain_is_one_sentence(context: Context):
    crop = {"name": "crop", "width": 640, "height": 640}
    asked = {
        "example": NAME,
        "job": "clothes",
        "n": 1,
        "seed": 0,
        "chain": [{"name": "zoom"}, crop],
    }
    with pytest.raises(Refused) as caught:
        augmentation.tiles(context, asked)
    assert caught.value.problem == "chain_crop"
    for language, step in (("en", "Step 2 "), ("ko", "2번째 단계")):
        said = text.say(language, f"problem.{caught.value.problem}", **caught.value.values)
        assert said.startswith(step)
        assert "640 × 640" in said


def test_a_jpeg_of_108_megapixels_is_reduced_and_says_so(tmp_path, capsys):
    path = tmp_path / "huge.jpg"
    Image.new("RGB", (12_000, 9_000), (30, 90, 150)).save(path, quality=10)
    picture = read_picture(path)
    assert picture.note == "reduced"
    assert ground(picture).shape == (480, 640, 3)
    assert main(["augment", str(path), "--policy", "rand", "--n", "1"]) == 0
    Image.new("L", (8_000, 6_000)).save(tmp_path / "huge.png")
    assert main(["augment", str(tmp_path / "huge.png")]) == 1
    assert "megapixels" in capsys.readouterr().err


def test_a_drawing_carries_itself(context: Context):
    ink = np.zeros((40, 40), np.uint8)
    ink[5:35, 18:22] = 255
    sent = {"width": 40, "height": 40, "bytes": base64.b64encode(ink.tobytes()).decode()}
    asked = {k: v for k, v in ASKED.items() if k not in ("example", "job")}
    found = augmentation.tiles(context, {**asked, "ink": sent})
    assert found["size"] == [50, 50]
    assert "drawing = " in found["code"]
    assert snippet.from_file("a b.png")[1] == "picture = read_image('a b.png')"


def test_the_process_keeps_its_random_state(context: Context):
    before = torch.get_rng_state()
    augmentation.tiles(context, ASKED)
    assert torch.equal(before, torch.get_rng_state())
