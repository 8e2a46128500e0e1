"""Grounds to put garments on, and colours as clothes and floors have them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from convdemo.preprocessing.garment import PHOTO_SIDE


@dataclass(frozen=True)
class Backgrounds:
    """What garments are put on and what they are made of, (N, side, side, 3) uint8
    each: patches of floors, beds and walls, and patches of cloth.
    """

    patches: np.ndarray
    fabrics: np.ndarray

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """A background (side, side, 3) float32 0..255."""
        kind = rng.random()
        if kind < 0.5 and len(self.patches):
            patch = self.patches[rng.integers(len(self.patches))]
            return np.ascontiguousarray(turned(patch, rng), np.float32)
        if kind < 0.75:  # a product shot
            return np.full((PHOTO_SIDE, PHOTO_SIDE, 3), rng.uniform(225, 255), np.float32)
        colour = any_colour(rng)
        if kind < 0.87:
            return np.full((PHOTO_SIDE, PHOTO_SIDE, 3), colour, np.float32)
        return boards(colour, rng) if kind < 0.93 else cloud(colour, rng)

    def weave(self, rng: np.random.Generator) -> np.ndarray | None:
        """(side, side, 3) float32 about 1: the folds and the weave of a real garment, or None.

        There is no photo of a bag, and hardly one of a boot: without real cloth on what is drawn,
        a network learns that whatever looks like a photo is neither.
        """
        if not len(self.fabrics) or rng.random() < 0.4:
            return None
        patch = turned(self.fabrics[rng.integers(len(self.fabrics))], rng).astype(np.float32)
        if rng.random() < 0.7:
            patch = patch.mean(axis=2, keepdims=True)
        return np.clip(patch / np.maximum(patch.mean(axis=(0, 1)), 20), 0.3, 2.5)


def any_colour(rng: np.random.Generator) -> np.ndarray:
    """(3,) float 0..255: greys and blacks as often as clothes and floors have them."""
    value = rng.uniform(10, 255)
    if rng.random() < 0.35:
        return np.clip(value + rng.normal(0, 6, 3), 0, 255)
    hue = np.array([[[rng.integers(180), rng.integers(30, 256), int(value)]]], np.uint8)
    return cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].astype(float)


def turned(patch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    patch = np.rot90(patch, int(rng.integers(4)))
    return patch[:, ::-1] if rng.random() < 0.5 else patch


def boards(colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A wooden or tiled floor: lines on a slightly uneven colour."""
    ground = cloud(colour, rng, strength=12)
    for _ in range(rng.integers(2, 8)):
        place = int(rng.integers(PHOTO_SIDE))
        ground[place : place + 1] *= rng.uniform(0.5, 0.9)
    return np.ascontiguousarray(turned(ground, rng))


def cloud(colour: np.ndarray, rng: np.random.Generator, strength: float = 25) -> np.ndarray:
    """(side, side, 3) float32: the colour with soft lighter and darker places."""
    side = int(rng.integers(2, 9))
    coarse = rng.uniform(-1, 1, (side, side)).astype(np.float32)
    soft = cv2.resize(coarse, (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_CUBIC)
    return (colour + soft[..., None] * strength).astype(np.float32)
