"""Classic techniques and chains of them: equal to torchvision's, told in real units, checked."""

import math
from contextlib import nullcontext
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from convdemo.augmentation.chain import (
    PRESETS,
    Chain,
    as_json,
    chain_of,
    check,
    preview_chain,
    run,
    ten_techniques,
)
from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES, warped
from convdemo.augmentation.problems import LONGEST, ChainError
from convdemo.ui.tabs.augment import chain_code

BILINEAR = v2.InterpolationMode.BILINEAR
# What torchvision makes of a technique: written by hand here, to hold the code to.
ORACLES = {
    "hflip": ({"chance": 0.3}, lambda: v2.RandomHorizontalFlip(0.3)),
    "vflip": ({"chance": 0.3}, lambda: v2.RandomVerticalFlip(0.3)),
    "rotate": (
        {"degrees": [-30, 200]},
        lambda: v2.RandomAffine((-30, 200), interpolation=BILINEAR),
    ),
    "shift_x": ({"share": 0.3}, lambda: v2.RandomAffine([0, 0], (0.3, 0), interpolation=BILINEAR)),
    "shift_y": ({"share": 0.3}, lambda: v2.RandomAffine([0, 0], (0, 0.3), interpolation=BILINEAR)),
    "shear": (
        {"degrees": [-10, 40]},
        lambda: v2.RandomAffine([0, 0], shear=(-10, 40), interpolation=BILINEAR),
    ),
    "zoom": (
        {"factor": [0.5, 1.5]},
        lambda: v2.RandomAffine([0, 0], scale=(0.5, 1.5), interpolation=BILINEAR),
    ),
    "blur": ({"sigma": [0.2, 1]}, lambda: v2.GaussianBlur(7, (0.2, 1))),
    "brighter": ({"factor": [1, 2]}, lambda: v2.ColorJitter(brightness=(1, 2))),
    "darker": ({"factor": [0, 1]}, lambda: v2.ColorJitter(brightness=(0, 1))),
    "noise": (
        {"sigma": 0.2},
        lambda: v2.Compose(
            [
                v2.ToDtype(torch.float32, scale=True),
                v2.GaussianNoise(sigma=0.2),
                v2.ToDtype(torch.uint8, scale=True),
            ]
        ),
    ),
    "grayscale": ({"chance": 0.4}, lambda: v2.RandomGrayscale(0.4)),
    "crop": ({"width": 9, "height": 8}, lambda: v2.RandomCrop((8, 9))),
    "resize": ({"width": 30, "height": 8}, lambda: v2.Resize((8, 30))),
    "resized_crop": (
        {"width": 10, "height": 12, "area": [0.3, 1]},
        lambda: v2.RandomResizedCrop((12, 10), scale=(0.3, 1)),
    ),
}
ORDERED = [name for name in ORACLES if name not in ("crop", "resize", "vflip")]


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    noise = np.random.default_rng(0).integers(0, 256, (7, 5, 3)).astype(np.uint8)
    smooth = cv2.resize(noise, (24, 18), interpolation=cv2.INTER_CUBIC)
    return torch.from_numpy(smooth).permute(2, 0, 1).contiguous()


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_is_torchvisions(name, picture):
    settings, build = ORACLES[name]
    chain, transform = chain_of([{"name": name, **settings}]), build()
    with torch.random.fork_rng():
        for seed in range(300):
            torch.manual_seed(seed)
            wanted = transform(picture)
            made, _ = run(chain, picture, seed)
            assert torch.equal(made, wanted), seed


@pytest.mark.parametrize("first", range(0, len(ORDERED), LONGEST))
def test_a_chain_draws_in_torchvisions_order(first, picture):
    names = ORDERED[first : first + LONGEST]
    chain = chain_of([{"name": name, **ORACLES[name][0]} for name in names])
    transform = v2.Compose([ORACLES[name][1]() for name in names])
    with torch.random.fork_rng():
        for seed in range(50):
            torch.manual_seed(seed)
            assert torch.equal(run(chain, picture, seed)[0], transform(picture))


@pytest.mark.parametrize("fill", [fill for fill in FILLS if fill != "constant"])
def test_other_fills_differ_only_at_the_edge(fill, picture):
    whole = torch.full_like(picture, 255)
    tried: tuple[dict[str, Any], ...] = (
        {"angle": 25.0},
        {"translate": (3, -2)},
        {"scale": 0.8},
        {"scale": 1.3},
        {"shear": 20.0},
        {"angle": -70.0, "translate": (1, 2), "scale": 0.9, "shear": 10.0},
    )
    for settings in tried:
        ours = warped(picture, fill, **settings).int()
        theirs = warped(picture, "constant", **settings).int()
        inside = warped(whole, "constant", **settings) == 255  # no edge has come in there
        assert inside.any()
        assert ((ours - theirs).abs() * inside).max() <= 3  # OpenCV rounds to 1/32 pixel
        assert warped(whole, fill, **settings).min() == 255


def test_the_fills_are_what_their_names_say():
    row = torch.arange(10, 50, 10, dtype=torch.uint8).expand(3, 3, 4)
    moved = {fill: warped(row, fill, translate=(2, 0))[0, 0].tolist() for fill in FILLS}
    assert moved == {
        "constant": [0, 0, 10, 20],
        "nearest": [10, 10, 10, 20],
        "reflect": [20, 10, 10, 20],
        "wrap": [30, 40, 10, 20],
    }


def test_what_was_drawn_is_told_in_real_units():
    square = torch.zeros(3, 40, 40, dtype=torch.uint8)
    square[:, 18:22, 30:34] = 255  # to the right of the middle
    _, (told,) = run(chain_of([{"name": "rotate", "degrees": [90, 90]}]), square, 0)
    made, _ = run(chain_of([{"name": "rotate", "degrees": [90, 90]}]), square, 0)
    assert (told.magnitude, told.unit) == (90, "degrees")
    assert made[0, 30:34, 18:22].min() == 255  # turned clockwise, it is below
    made, (told,) = run(chain_of([{"name": "shift_x", "share": 0.25}]), square, 3)
    assert told.unit == "pixels"
    assert told.magnitude is not None
    assert abs(told.magnitude) <= 10
    assert made[0, 18:22, 30 + int(told.magnitude) : 34 + int(told.magnitude)].min() == 255
    made, (told,) = run(chain_of([{"name": "crop", "width": 10, "height": 8}]), square, 1)
    assert told.values is not None
    top, left = int(told.values["top"]), int(told.values["left"])
    assert torch.equal(made, square[:, top : top + 8, left : left + 10])
    for chance, applied in ((0, False), (1, True)):
        _, (told,) = run(chain_of([{"name": "hflip", "chance": chance}]), square, 0)
        assert (told.applied, told.probability) == (applied, chance)


def test_a_random_crop_that_fits_nowhere_is_the_middle():
    slim = torch.arange(200, dtype=torch.uint8).expand(3, 2, 200)
    chain = chain_of([{"name": "resized_crop", "width": 8, "height": 8, "area": [0.9, 1]}])
    torch.manual_seed(0)
    wanted = v2.RandomResizedCrop((8, 8), scale=(0.9, 1))(slim)
    made, (told,) = run(chain, slim, 0)
    assert torch.equal(made, wanted)
    assert told.values == {"left": 98, "top": 0, "width": 3, "height": 2}


@pytest.mark.parametrize("name", PRESETS)
def test_the_presets_give_the_same_for_the_same_seed(name, picture):
    image = np.ascontiguousarray(picture.permute(1, 2, 0).numpy())
    tiles = preview_chain(image, PRESETS[name], 4, 7)
    again = preview_chain(image, PRESETS[name], 4, 7)
    assert [t.image.tobytes() for t in tiles] == [t.image.tobytes() for t in again]
    assert len({t.image.tobytes() for t in tiles}) == 4
    for tile in tiles:
        for told, step in zip(tile.drawn.operations, PRESETS[name].steps, strict=True):
            assert told.name == step.name
    assert chain_of(as_json(PRESETS[name]), PRESETS[name].fill) == PRESETS[name]


def test_the_presets_are_the_courses():
    ten = {step.name: step.settings for step in PRESETS["ten"].steps}
    assert ten["rotate"]["degrees"] == (0, 360)
    assert ten["zoom"]["factor"] == (0.7, 1.3)
    assert ten["shear"]["degrees"][1] == pytest.approx(math.degrees(0.5), abs=0.05)
    five = {step.name: step.settings for step in PRESETS["five_blocks"].steps}
    assert (five["rotate"]["degrees"], five["zoom"]["factor"]) == ((-36, 36), (0.8, 1.2))
    assert len(ten_techniques(20, 30)) == 10
    for chain in ten_techniques(4, 600).values():
        with pytest.raises(ChainError) if chain.steps[0].name == "blur" else nullcontext():
            check(chain, 4, 600)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([{"name": "crop", "width": 50, "height": 10}], r"Step 1 cannot be: it cuts 50 × 10"),
        (
            [
                {"name": "resize", "width": 300, "height": 200},
                {"name": "crop", "width": 100, "height": 100},
                {"name": "crop", "width": 101, "height": 90},
            ],
            r"Step 3 cannot be: it cuts 101 × 90 pixels out of a picture that has 100 × 100",
        ),
        (
            [{"name": "resize", "width": 4, "height": 9}, {"name": "blur", "sigma": [1, 3]}],
            r"Step 2 cannot be: this blur looks 9 pixels to each side",
        ),
    ],
)
def test_an_impossible_chain_says_what_is_impossible(steps, sentence):
    chain = chain_of(steps)
    with pytest.raises(ChainError, match=sentence):
        preview_chain(np.zeros((40, 40, 3), np.uint8), chain, 1, 0)


@pytest.mark.parametrize(
    ("steps", "fill", "sentence"),
    [
        ([{"name": "magic"}], "constant", "none of the names hflip"),
        ([{"name": "hflip", "chance": 2}], "constant", "chance is 2, a number from 0 to 1"),
        ([{"name": "hflip", "chance": True}], "constant", "chance is True"),
        ([{"name": "rotate", "degrees": [30, -30]}], "constant", "a lower and a higher"),
        ([{"name": "rotate", "degrees": 30}], "constant", "a lower and a higher"),
        ([{"name": "rotate", "degrees": [math.nan, 3]}], "constant", "two numbers"),
        ([{"name": "rotate", "angle": 3}], "constant", "rotate has no setting angle"),
        ("hflip", "constant", "is no list of steps"),
        ([], "mirror", "fill 'mirror' is none of constant"),
        ([{"name": "hflip"}] * 13, "constant", "13 steps; at most 12"),
    ],
)
def test_what_no_chain_can_be_is_said(steps, fill, sentence):
    with pytest.raises(ValueError, match=sentence):
        chain_of(steps, fill)


@pytest.mark.parametrize("fill", FILLS)
def test_the_code_names_every_technique(fill):
    """torchvision's class for it, or the one that fills otherwise in its place."""
    for name, technique in TECHNIQUES.items():
        chain = Chain(chain_of([{"name": name}]).steps, fill)
        code = chain_code.for_chain(("", "picture = read_picture('a.png')"), chain, 4, 3)
        compile(code, "code", "exec")
        transform: Any = ORACLES[name][1]()
        names = [type(one).__name__ for one in getattr(transform, "transforms", [transform])]
        filled = technique.fills and fill != "constant"
        assert all(f"v2.{one}(" in code for one in names if not filled), name
        assert ("    Filled(" in code) == filled, name
