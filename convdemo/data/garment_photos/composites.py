"""Fashion-MNIST made to look like photos: dyed, laid on a ground, worn by somebody, in pairs."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from convdemo.data.garment_photos.backgrounds import Backgrounds, any_colour
from convdemo.data.garment_photos.distortions import (
    FILL,
    SKIN,
    cast_shadow,
    centre_move,
    photographed,
    random_move,
    warp,
)
from convdemo.preprocessing.garment import PHOTO_SIDE

SHOES = (5, 7, 9)
TROUSER, DRESS, BAG = 1, 3, 8


def compose_garment(
    image: np.ndarray, label: int, rng: np.random.Generator, *, backgrounds: Backgrounds
) -> np.ndarray:
    """A Fashion-MNIST picture (28, 28) uint8 dyed, laid on a ground, worn or in a pair."""
    ground = backgrounds.draw(rng)
    worn = label not in (*SHOES, BAG) and rng.random() < 0.3
    if worn:
        _wear(ground, label, rng)
    paired = label in SHOES and rng.random() < 0.5
    if paired:
        places = _pair_moves(rng)
    else:
        fill = FILL * (0.62 if worn else 1.0) * PHOTO_SIDE / 28
        places = [random_move(rng, 28, fill, free=label in SHOES and rng.random() < 0.5)]
    dye, cloth = _Dye.draw(rng), backgrounds.weave(rng)
    stack = image_with_shape(image)
    for place in places:
        layer = warp(stack, place, cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR)
        share = layer[..., 1].astype(np.float32) / 255
        if rng.random() < 0.4:
            cast_shadow(ground, share, rng)
        colours = dye.colour(layer[..., 0].astype(np.float32) / 255)
        if cloth is not None:
            colours = np.clip(colours * cloth, 0, 255)
        ground = ground * (1 - share[..., None]) + colours * share[..., None]
    return photographed(ground.clip(0, 255).astype(np.uint8), rng)


def plain_garment(image: np.ndarray) -> np.ndarray:
    """A Fashion-MNIST picture (28, 28) uint8 as the product shot that it once was, on white."""
    scale = FILL * PHOTO_SIDE / 28
    layer = warp(image_with_shape(image), centre_move(14.0, (scale, scale), 0.0))
    share = layer[..., 1:].astype(np.float32) / 255
    grey = (255 - layer[..., :1].astype(np.float32)) * share + 253 * (1 - share)
    return np.repeat(grey, 3, axis=2).astype(np.uint8)


def image_with_shape(image: np.ndarray) -> np.ndarray:
    """(28, 28, 2) uint8: the picture's greys, and where the garment is, its pale parts included."""
    garment = (image > 12).astype(np.uint8)
    closed = cv2.morphologyEx(garment, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.dstack((image, closed * 255))


def _pair_moves(rng: np.random.Generator) -> list[np.ndarray]:
    """Two shoes beside or across each other, alike or mirrored, the whole turned."""
    scale = PHOTO_SIDE / 28 * rng.uniform(0.45, 0.75)
    turn = rng.normal(0, 0.2) if rng.random() < 0.5 else rng.uniform(-np.pi, np.pi)
    way = rng.uniform(-np.pi, np.pi)
    apart = rng.uniform(0.08, 0.22) * PHOTO_SIDE
    moves = []
    for side in (-1, 1):
        mirror = -1 if side == 1 and rng.random() < 0.3 else 1
        shift = (side * apart * np.cos(way), side * apart * np.sin(way))
        angle = turn + rng.normal(0, 0.15)
        moves.append(centre_move(14.0, (mirror * scale, scale), angle, shift))
    return moves


def _wear(ground: np.ndarray, label: int, rng: np.random.Generator) -> None:
    """A person's head, arms and legs on the ground; the garment hides the rest."""
    skin = np.array(SKIN[rng.integers(len(SKIN))], float) * rng.uniform(0.8, 1.05)
    other = any_colour(rng)
    half = rng.uniform(0.09, 0.15)

    def block(left: float, top: float, right: float, bottom: float, colour: np.ndarray) -> None:
        corners = np.round(np.array([[left, top], [right, bottom]]) * PHOTO_SIDE)
        first, last = corners.astype(int).tolist()
        cv2.rectangle(ground, first, last, colour.tolist(), -1)

    def oval(x: float, y: float, wide: float, high: float, colour: np.ndarray) -> None:
        middle, axes = (
            np.round(np.array(pair) * PHOTO_SIDE).astype(int).tolist()
            for pair in ((x, y), (wide, high))
        )
        cv2.ellipse(ground, middle, axes, 0, 0, 360, colour.tolist(), -1)

    if label == TROUSER:
        block(0.47 - half, 0, 0.53 + half, 0.32, other)
        return
    if rng.random() < 0.8:
        y = rng.uniform(0.07, 0.14)
        if rng.random() < 0.5:
            oval(0.5, y - 0.03, 0.11, 0.14, any_colour(rng) * 0.5)
        block(0.45, y, 0.55, 0.32, skin)
        oval(0.5, y, 0.08, 0.11, skin)
    legs = skin if label == DRESS or rng.random() < 0.3 else other
    if rng.random() < 0.8:
        block(0.5 - half, 0.65, 0.48, 1, legs)
        block(0.52, 0.65, 0.5 + half, 1, legs)
    if rng.random() < 0.6:
        for way in (-1, 1):
            x, y = 0.5 + way * rng.uniform(0.14, 0.24), rng.uniform(0.56, 0.76)
            oval(x, y, 0.045, rng.uniform(0.04, 0.14), skin)


@dataclass(frozen=True)
class _Dye:
    """Two colours between which the greys of Fashion-MNIST lie, and a print."""

    dark: np.ndarray
    light: np.ndarray
    print_share: np.ndarray | None
    print_colour: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator) -> _Dye:
        first = any_colour(rng)
        if rng.random() < 0.7:
            second = first * rng.uniform(0.1, 0.7) + (
                rng.uniform(0, 60) if rng.random() < 0.3 else 0
            )
        else:
            second = any_colour(rng)
        pair = (first, second) if rng.random() < 0.7 else (second, first)
        share = None
        if rng.random() < 0.2:
            share = _stripes(rng) if rng.random() < 0.6 else _blob(rng)
        return cls(*pair, share, any_colour(rng))

    def colour(self, greys: np.ndarray) -> np.ndarray:
        """(side, side, 3) float32 0..255 of greys 0..1."""
        top = max(float(np.quantile(greys, 0.98)), 0.2)
        place = np.clip(greys / top, 0, 1)[..., None]
        colours = self.dark * place + self.light * (1 - place)
        if self.print_share is not None:
            printed = self.print_colour * (0.5 + 0.5 * place)
            colours = colours + (printed - colours) * self.print_share[..., None]
        return colours.astype(np.float32)


def _stripes(rng: np.random.Generator) -> np.ndarray:
    places = np.linspace(0, 48, PHOTO_SIDE) * rng.uniform(0.25, 1.4) + rng.uniform(0, 6)
    wave = (np.sin(places) > rng.uniform(-0.5, 0.7)).astype(np.float32) * rng.uniform(0.3, 1)
    across = np.broadcast_to(wave[:, None], (PHOTO_SIDE, PHOTO_SIDE))
    if rng.random() < 0.3:
        return np.maximum(across, across.T)  # checks
    return across if rng.random() < 0.6 else across.T


def _blob(rng: np.random.Generator) -> np.ndarray:
    """A print on the chest."""
    share = np.zeros((PHOTO_SIDE, PHOTO_SIDE), np.float32)
    for _ in range(rng.integers(1, 5)):
        centre = (rng.normal(0.5, 0.1, 2) * PHOTO_SIDE).astype(int).tolist()
        axes = (rng.uniform(0.02, 0.14, 2) * PHOTO_SIDE).astype(int).tolist()
        cv2.ellipse(share, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
    return share
