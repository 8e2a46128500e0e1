"""Chains of classic techniques: checked, applied in order, with the course's own as presets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES, Setting, blur_kernel
from convdemo.augmentation.policies import Drawn, Draws, Tile, tiles_of
from convdemo.augmentation.problems import LONGEST, ChainError
from convdemo.errors import UserError, choose


@dataclass(frozen=True)
class ChainStep:
    """A technique and its settings, each of them a value or a (low, high)."""

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Chain:
    """Steps in their order, and what fills the places that no pixel comes to."""

    steps: tuple[ChainStep, ...]
    fill: str = "constant"


def _chosen(setting: Setting, value: Any) -> Any:
    """The value, or the range, that a setting was given; ValueError for one that it cannot have."""
    ranged = len(setting.default) == 2
    values = list(value) if ranged and isinstance(value, Sequence) else [value]
    for one in values:
        fits = isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        if not fits or not setting.low <= one <= setting.high:
            raise UserError(
                f"{setting.name} is {value!r}, {'two numbers' if ranged else 'a number'} from "
                f"{setting.low:g} to {setting.high:g} is needed"
            )
    if not ranged:
        return value
    if len(values) != 2 or values[0] > values[1]:
        raise UserError(f"{setting.name} is {value!r}, a lower and a higher number are needed")
    return tuple(values)


def chain_of(steps: Any, fill: str = "constant") -> Chain:
    """The chain of [{"name", setting: value or [low, high], ...}]; what is not said is a default.

    ValueError for what is not there or out of range, ChainError for too many steps.
    """
    choose("fill", fill, FILLS)
    if not isinstance(steps, list | tuple):
        raise UserError(f"chain {steps!r} is no list of steps")
    if len(steps) > LONGEST:
        raise ChainError("chain_steps", steps=len(steps), limit=LONGEST)
    found = []
    for given in steps:
        if not isinstance(given, dict) or given.get("name") not in TECHNIQUES:
            raise UserError(f"step {given!r} has none of the names {', '.join(TECHNIQUES)}")
        technique = TECHNIQUES[given["name"]]
        known = {setting.name for setting in technique.settings}
        if unknown := given.keys() - known - {"name"}:
            raise UserError(f"{technique.name} has no setting {', '.join(sorted(unknown))}")
        settings = {}
        for setting in technique.settings:
            default = setting.default if len(setting.default) == 2 else setting.default[0]
            settings[setting.name] = _chosen(setting, given.get(setting.name, default))
        found.append(ChainStep(technique.name, settings))
    return Chain(tuple(found), fill)


def as_json(chain: Chain) -> list[dict[str, Any]]:
    """The steps as `chain_of` takes them."""
    return [
        {
            "name": step.name,
            **{k: list(v) if isinstance(v, tuple) else v for k, v in step.settings.items()},
        }
        for step in chain.steps
    ]


def check(chain: Chain, height: int, width: int) -> tuple[int, int]:
    """(height, width) of what the chain makes of such a picture; ChainError for what cannot be."""
    for place, step in enumerate(chain.steps, start=1):
        there = {"place": place, "wide": width, "tall": height}
        if step.name == "blur":
            reach = blur_kernel(step.settings["sigma"][1]) // 2
            if reach >= min(height, width):
                raise ChainError("chain_blur", reach=reach, **there)
        if "width" not in step.settings:
            continue
        size = {name: int(step.settings[name]) for name in ("width", "height")}
        if step.name == "crop" and (size["width"] > width or size["height"] > height):
            raise ChainError("chain_crop", **size, **there)
        width, height = size["width"], size["height"]
    return height, width


def run(chain: Chain, image: torch.Tensor, seed: int) -> tuple[torch.Tensor, Drawn]:
    """A picture (3, H, W) uint8 after a chain that was checked for it, and what was drawn."""
    draws = Draws(seed)
    described = []
    for step in chain.steps:
        image, operation = TECHNIQUES[step.name].apply(image, step.settings, chain.fill, draws)
        described.append(operation)
    return image, Drawn(tuple(described), None, ())


def preview_chain(image: np.ndarray, chain: Chain, count: int, seed: int) -> tuple[Tile, ...]:
    """`count` tiles of a picture (H, W, 3) uint8; the same seed gives the same bytes.

    Tile i is what torchvision's transforms give after `torch.manual_seed(seed + i)`; where it has
    no such fill, OpenCV's do. ChainError for a chain that cannot be applied to it.
    """
    check(chain, *image.shape[:2])
    return tiles_of(image, partial(run, chain), count, seed)


def _keras(
    turn: float,
    shift: float,
    shear: float,
    zoom: float,
    *,
    flips: tuple[str, ...],
    turns_back: bool,
) -> list[dict[str, Any]]:
    """What Keras' ImageDataGenerator draws; the course reads its shear as radians."""
    slant = round(math.degrees(shear), 1)
    return [
        {"name": "rotate", "degrees": [-turn if turns_back else 0, turn]},
        {"name": "shift_x", "share": shift},
        {"name": "shift_y", "share": shift},
        {"name": "shear", "degrees": [-slant, slant]},
        {"name": "zoom", "factor": [round(1 - zoom, 2), round(1 + zoom, 2)]},
        *({"name": name, "chance": 0.5} for name in flips),
    ]


# The course's own. Keras fills with the nearest pixel, its layers by reflection.
PRESETS: dict[str, Chain] = {
    "ten": chain_of(
        _keras(360, 0.1, 0.5, 0.3, flips=("hflip", "vflip"), turns_back=False), "nearest"
    ),
    "generator_mild": chain_of(
        _keras(20, 0.1, 0.1, 0.1, flips=("hflip",), turns_back=True), "nearest"
    ),
    "generator_strong": chain_of(
        _keras(40, 0.2, 0.2, 0.2, flips=("hflip",), turns_back=True), "nearest"
    ),
    "five_blocks": chain_of(
        [
            {"name": "hflip", "chance": 0.5},
            {"name": "rotate", "degrees": [-36, 36]},  # a tenth of a whole turn
            {"name": "zoom", "factor": [0.8, 1.2]},
        ],
        "reflect",
    ),
}


def ten_techniques(height: int, width: int) -> dict[str, Chain]:
    """The course's table of ten techniques, each at one strength, for a picture of that size."""
    crop = {"name": "crop", "width": max(4, width * 2 // 3), "height": max(4, height * 2 // 3)}
    steps: dict[str, dict[str, Any]] = {
        "hflip": {"name": "hflip", "chance": 1},
        "vflip": {"name": "vflip", "chance": 1},
        "rotate_right": {"name": "rotate", "degrees": [45, 45]},
        "rotate_left": {"name": "rotate", "degrees": [-45, -45]},
        "blur": {"name": "blur", "sigma": [2, 2]},
        "brighter": {"name": "brighter", "factor": [1.6, 1.6]},
        "noise": {"name": "noise", "sigma": 0.15},
        "darker": {"name": "darker", "factor": [0.5, 0.5]},
        "grayscale": {"name": "grayscale", "chance": 1},
        "crop": crop,
    }
    return {name: chain_of([step]) for name, step in steps.items()}
