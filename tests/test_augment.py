"""The Augment tab's Python and its command: tiles, what is said of them, code that repeats them."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_training_tab import make_context

from convdemo.augment import GAP, POLICY_NAMES, SIDE, grid, ground
from convdemo.cli import main
from convdemo.ingest import Picture, read_picture
from convdemo.policies import POLICIES, preview
from convdemo.ui import augmentation, page, snippet
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


@pytest.mark.parametrize("policy", POLICIES)
def test_the_command_tells_what_it_did(policy, tmp_path, capsys):
    words = ["augment", str(EXAMPLES[NAME]), "--policy", policy, "--n", "4", "--seed", "5"]
    assert main([*words, "--out", str(tmp_path / "grid.png"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    image = ground(read_picture(EXAMPLES[NAME]))
    tiles = preview(image, policy, 4, 5)
    written = np.asarray(Image.open(tmp_path / "grid.png").convert("RGB"))
    assert np.array_equal(written, grid(tiles))
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


def test_what_is_offered_is_what_there_is():
    assert tuple(POLICIES) == POLICY_NAMES


def test_a_grid_holds_every_tile_where_it_should(context: Context):
    tiles = preview(ground(read_picture(EXAMPLES[NAME])), "trivial", 9, 0)
    whole = grid(tiles)
    height, width = tiles[0].image.shape[:2]
    for place, tile in enumerate(tiles):
        top, left = (place // 3) * (height + GAP), (place % 3) * (width + GAP)
        assert np.array_equal(whole[top : top + height, left : left + width], tile.image)


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
        shown = pixels(one["image"])
        assert shown.mean() == pytest.approx(tile.image.mean(), abs=3)
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
    assert not all(tile["flipped"] for tile in found["tiles"])


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


def test_the_code_makes_the_tiles_with_torchvision_alone(context: Context, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    running = {}
    for policy in POLICIES:  # side by side, since most of their time is imports
        code = augmentation.tiles(context, {**ASKED, "policy": policy, "n": 4})["code"]
        (tmp_path / policy).mkdir()
        words = [sys.executable, "-W", "error", "-c", code]
        running[policy] = subprocess.Popen(words, cwd=tmp_path / policy, env=environment)
    image = ground(read_picture(EXAMPLES[NAME]))
    for policy, process in running.items():
        assert process.wait(timeout=120) == 0
        for place, tile in enumerate(preview(image, policy, 4, 3)):
            saved = np.asarray(Image.open(tmp_path / policy / f"tile{place}.png"))
            assert np.array_equal(saved, tile.image)


def test_a_drawing_carries_itself(context: Context):
    ink = np.zeros((40, 40), np.uint8)
    ink[5:35, 18:22] = 255
    sent = {"width": 40, "height": 40, "bytes": base64.b64encode(ink.tobytes()).decode()}
    asked = {k: v for k, v in ASKED.items() if k not in ("example", "job")}
    found = augmentation.tiles(context, {**asked, "ink": sent})
    assert found["size"] == [50, 50]
    assert "drawing = " in found["code"]
    assert snippet.from_file("a b.png")[1] == "picture = read_picture('a b.png')"


def test_the_process_keeps_its_random_state(context: Context):
    before = torch.get_rng_state()
    augmentation.tiles(context, ASKED)
    assert torch.equal(before, torch.get_rng_state())
