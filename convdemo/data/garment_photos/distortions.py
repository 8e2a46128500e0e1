"""Photos varied for training: direction, size, ground, light, colours, sharpness.

Every function draws from a NumPy generator and ends in one (PHOTO_SIDE, PHOTO_SIDE, 3) uint8 photo.
"""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.data.garment_photos.backgrounds import Backgrounds, cloud
from convdemo.preprocessing.garment import PHOTO_SIDE
from convdemo.preprocessing.steps import SIDE as FASHION_SIDE

SKIN = ((255, 219, 190), (234, 192, 160), (198, 145, 110), (141, 92, 62), (92, 58, 40))
FILL = 0.85  # of the photo's side, that the longer side of a garment takes
FREE = 0.4  # of what may lie in any direction does
TURNED = 0.15  # of the rest lies on a side, or upside down
FAR = 0.2  # of the photos show more than the picture, its rim continued


def vary_photo(rgb: np.ndarray, rng: np.random.Generator, *, free: bool) -> np.ndarray:
    """A part of a picture (H, W, 3) uint8, or all of it and its continued rim, as another photo
    might show it; `free` allows any direction.
    """
    height, width = rgb.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    far = rng.random() < FAR
    seen = rng.uniform(longer, 1.5 * longer) if far else rng.uniform(0.62 * shorter, 1.12 * longer)
    scale, stretch = PHOTO_SIDE / seen, np.exp(rng.normal(0, 0.08))
    angle = rng.normal(0, 0.12)
    if free and rng.random() < FREE:
        angle = rng.uniform(-np.pi, np.pi)
    elif rng.random() < TURNED:
        angle += rng.choice((-1, 1, 2)) * np.pi / 2
    if scale < 0.75:  # averaged first: a warp alone would skip pixels
        size = max(1, round(width * scale)), max(1, round(height * scale))
        rgb, scale = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), 1.0
        height, width = rgb.shape[:2]
    scales = scale * stretch, scale / stretch
    size = np.array([width, height])
    # What does not fit into the view lies anywhere in it, and a little beyond.
    spare = np.maximum(0, size - PHOTO_SIDE / np.array(scales))
    middle = size / 2 + rng.uniform(-0.5, 0.5, 2) * spare + rng.normal(0, 0.03, 2) * size
    move = centre_move(middle, scales, angle)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_REFLECT
    seen = cv2.warpAffine(rgb, move, (PHOTO_SIDE, PHOTO_SIDE), borderMode=border)
    return photographed(seen, rng)


def lay_down(
    drawing: np.ndarray, rng: np.random.Generator, *, backgrounds: Backgrounds, free: bool
) -> np.ndarray:
    """A drawing (side, side, 4) uint8, cut to what is on it, given cloth and laid on a ground."""
    fill = FILL * PHOTO_SIDE / drawing.shape[0]
    sample = warp(drawing, random_move(rng, drawing.shape[0], fill, free=free))
    share = cv2.GaussianBlur(sample[..., 3], (3, 3), 0)[..., None].astype(np.float32) / 255
    ground = backgrounds.draw(rng)
    if rng.random() < 0.4:
        cast_shadow(ground, share[..., 0], rng)
    colours, cloth = sample[..., :3], backgrounds.weave(rng)
    if cloth is not None:
        colours = np.clip(colours * cloth, 0, 255)
    return photographed((colours * share + ground * (1 - share)).astype(np.uint8), rng)


def photographed(colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, colour cast, blur, noise, and things in front.

    Half of the photos keep their colours and stay sharp: what is always distorted is read worse
    when it is not.
    """
    colours = np.ascontiguousarray(colours[:, ::-1] if rng.random() < 0.5 else colours)
    if rng.random() < 0.5:
        gain, offset = np.exp(rng.normal(0, 0.1)), rng.normal(0, 8)
        curve = np.clip(np.arange(256) * gain + offset, 0, 255).astype(np.uint8)
        return cv2.LUT(colours, curve)
    if rng.random() < 0.7:
        colours = cv2.transform(colours, _colour_matrix(rng))
    colours = cv2.LUT(colours, _tone_curve(rng))
    if rng.random() < 0.15:
        _cover(colours, rng)
    if rng.random() < 0.6:  # as coarse as Fashion-MNIST may be, so that sharpness says nothing
        coarse = int(rng.uniform(FASHION_SIDE, PHOTO_SIDE))
        colours = cv2.resize(colours, (coarse, coarse), interpolation=cv2.INTER_AREA)
        colours = cv2.resize(colours, (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        light = cloud(np.ones(3), rng, strength=rng.uniform(0, 0.45))
        colours = cv2.multiply(colours, light, dtype=cv2.CV_8U)
    if rng.random() < 0.5:
        noise = np.empty(colours.shape, np.int16)  # grain
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(noise, np.zeros(3), np.full(3, rng.uniform(0, 9)))
        colours = cv2.add(colours, noise, dtype=cv2.CV_8U)
    return colours


def _tone_curve(rng: np.random.Generator) -> np.ndarray:
    """(256,) uint8: exposure, contrast and gamma, now and then a negative."""
    values = np.linspace(0, 1, 256)
    if rng.random() < 0.04:
        values = 1 - values
    gain, offset = np.exp(rng.normal(0, 0.2)), rng.normal(0, 0.06)
    curve = np.clip(values * gain + offset, 0, 1) ** np.exp(rng.normal(0, 0.25))
    return (curve * 255).astype(np.uint8)


def _colour_matrix(rng: np.random.Generator) -> np.ndarray:
    """(3, 3) float32: the hues turned about the grey axis, the saturation scaled, a colour cast."""
    angle = rng.uniform(-np.pi, np.pi) if rng.random() < 0.6 else rng.normal(0, 0.1)
    cosine, sine = np.cos(angle), np.sin(angle)
    grey = np.full((3, 3), 1 / 3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = cosine * np.eye(3) + (1 - cosine) * grey + sine * cross
    saturation = 0.0 if rng.random() < 0.15 else rng.uniform(0.4, 1.4)
    matrix = (saturation * turn + (1 - saturation) * grey) * np.exp(rng.normal(0, 0.08, 3))
    return matrix.astype(np.float32)


def _cover(colours: np.ndarray, rng: np.random.Generator) -> None:
    """A hand, a label, the picture's edge: something in front of the garment."""
    colour = (rng.choice(SKIN) if rng.random() < 0.4 else rng.integers(0, 256, 3)).tolist()
    centre = rng.integers(0, PHOTO_SIDE, 2).tolist()
    axes = np.rint(rng.uniform(0.06, 0.23, 2) * PHOTO_SIDE).astype(int).tolist()
    if rng.random() < 0.5:
        cv2.ellipse(colours, centre, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
    else:
        corner = (centre[0] + axes[0], centre[1] + axes[1])
        cv2.rectangle(colours, centre, corner, colour, -1)


def cast_shadow(ground: np.ndarray, share: np.ndarray, rng: np.random.Generator) -> None:
    """Darken the ground where the garment throws its shadow."""
    shift = rng.normal(0, 0.03, 2) * PHOTO_SIDE
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    shadow = cv2.GaussianBlur(warp(share, move), (0, 0), rng.uniform(0.02, 0.06) * PHOTO_SIDE)
    ground *= 1 - shadow[..., None] * rng.uniform(0.1, 0.6)


def warp(image: np.ndarray, move: np.ndarray, method: int = cv2.INTER_LINEAR) -> np.ndarray:
    return cv2.warpAffine(image, move, (PHOTO_SIDE, PHOTO_SIDE), flags=method)


def centre_move(
    middle: float | np.ndarray,
    scales: tuple[float, float],
    angle: float,
    shift: tuple[float, float] = (0.0, 0.0),
    slant: float = 0.0,
) -> np.ndarray:
    """(2, 3) affine: slanted, scaled, turned, and `middle` laid `shift` off the photo's middle."""
    scale_x, scale_y = scales
    cosine, sine = np.cos(angle), np.sin(angle)
    shape = np.array([[scale_x, slant * scale_x], [0, scale_y]])
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ shape
    offset = np.full(2, PHOTO_SIDE / 2) + shift - linear @ np.full(2, middle)
    return np.column_stack((linear, offset))


def random_move(rng: np.random.Generator, side: int, scale: float, *, free: bool) -> np.ndarray:
    angle = rng.normal(0, 0.15)
    if free and rng.random() < 0.5:
        angle = rng.uniform(-np.pi, np.pi)
    elif rng.random() < 0.1:
        angle += rng.choice((-1, 1, 2)) * np.pi / 2
    scale = scale * np.exp(rng.normal(0, 0.16) - 0.04)
    stretch = np.exp(rng.normal(0, 0.08))
    shift = rng.normal(0, 0.05, 2) * PHOTO_SIDE
    slant = rng.normal(0, 0.08)  # seen a little from the side
    return centre_move(side / 2, (scale * stretch, scale / stretch), angle, tuple(shift), slant)
