"""How a picture becomes the input of a model, by its card's `preprocessing`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from convdemo.data.cifar10 import CIFAR10
from convdemo.errors import UserError
from convdemo.images.decode import Picture, over_white
from convdemo.inference.card import IMAGENET, Card
from convdemo.networks.backbones import BACKBONES, HALVES, PACKAGED, BackboneSpec
from convdemo.preprocessing.digit import prepare_digit
from convdemo.preprocessing.garment import prepare_garment
from convdemo.preprocessing.square import square
from convdemo.preprocessing.steps import Prepared, PreprocessingStep

OWN = "compact_resnet"  # the one that was trained here and ships with the project
_OWN = BackboneSpec(
    OWN,
    "Compact ResNet",
    hub_id="",
    parameters=1_978_666,
    megabytes=8,
    cam_stage="block3",
    side=64,
    resize="bilinear",
    mean=CIFAR10.mean,
    std=CIFAR10.std,
)
# By cross-validation on 2,000 cats and dogs 128, 160, 192 and 224 pixels read 96.1, 97.1, 97.8 and
# 98.1 %, and 192 take two thirds of the time of 224. What is to be told apart may fill the photo:
# at 160 pixels the middle alone reads 96.7 %.
_LITE = replace(BACKBONES[PACKAGED], side=192, crop=1.0)
# How the networks that are trained from scratch take photos: the middle square, as large as in the
# course, every channel from -1 to 1.
SCRATCH: dict[str, BackboneSpec] = {
    name: BackboneSpec(
        name,
        title,
        hub_id="",
        parameters=parameters,
        megabytes=round(4 * parameters / 1e6),
        cam_stage=stage,
        side=side,
        crop=1.0,
        resize="bilinear",
        mean=HALVES,
        std=HALVES,
    )
    for name, title, parameters, stage, side in (
        ("cats_dogs", "Cats and dogs", 3_453_121, "conv4", 150),
        ("cats_dogs_5", "Cats and dogs, five convolutions", 991_041, "conv5", 180),
    )
}
# How each base of transfer learning takes photos, and each network that starts from nothing.
CROPS: dict[str, BackboneSpec] = {
    PACKAGED: _LITE,
    OWN: _OWN,
    **{name: spec for name, spec in BACKBONES.items() if name != PACKAGED},
    **SCRATCH,
}


def preprocessing_of(name: str) -> str:
    """What the card of a network made from that one says of its preprocessing."""
    return f"crop_{name}"


Prepare = Callable[..., Prepared]  # (picture, *, skip)


def _prepare_square(side: int, picture: Picture, *, skip: frozenset[str] = frozenset()) -> Prepared:
    """The middle square of any picture, as networks for photos are trained with it."""
    small = square(picture, side)
    return _in_one_step(small, small.astype(np.float32) / 255)


def _prepare_crop(
    spec: BackboneSpec, picture: Picture, *, skip: frozenset[str] = frozenset()
) -> Prepared:
    """The middle of a photo, as a base takes it."""
    pixels = spec.pixels_of(over_white(picture))
    return _in_one_step(np.rint(pixels * 255).astype(np.uint8), pixels)


def _in_one_step(shown: np.ndarray, pixels: np.ndarray) -> Prepared:
    """An input (3, H, W) float32 in 0..1 that comes about at once; `shown` is the same in uint8."""
    image = np.ascontiguousarray(shown.transpose(1, 2, 0))
    return Prepared((PreprocessingStep("size", image, True, pixels),), pixels, empty=False)


# How a picture becomes the input of a model, by its card's `preprocessing`.
PREPROCESSING: dict[str, Prepare] = {
    "digit": prepare_digit,
    "garment": partial(prepare_garment, view="shape"),
    "photo": partial(prepare_garment, view="photo"),
    "square": partial(_prepare_square, 64),  # the user's own classes
    "square32": partial(_prepare_square, 32),  # CIFAR-10
}
_CROPS_BY_CARD = {
    **{preprocessing_of(name): spec for name, spec in CROPS.items()},
    IMAGENET: BACKBONES[PACKAGED],
}


def crop_of(card: Card) -> BackboneSpec | None:
    """How a model with this card takes the middle of a photo, None where it takes something else.

    The side is that of the card: bases took smaller photos in earlier versions.
    """
    spec = _CROPS_BY_CARD.get(card.preprocessing)
    return None if spec is None else replace(spec, side=card.shape[-1])


def prepare(card: Card, picture: Picture, *, skip: frozenset[str] = frozenset()) -> Prepared:
    """The picture as the input of the model with this card; the steps in `skip` are left out.

    ValueError for a card whose way to take pictures is not known, or not that of its network.
    """
    crop = crop_of(card)
    how = partial(_prepare_crop, crop) if crop else PREPROCESSING.get(card.preprocessing)
    prepared = None if how is None else how(picture, skip=skip)
    if prepared is None or not (prepared.empty or prepared.pixels.shape == card.shape):
        raise UserError(
            f"model {card.name!r} cannot be given pictures: its card says "
            f"{card.preprocessing!r} of them and {' × '.join(map(str, card.shape))} of its input"
        )
    return prepared
