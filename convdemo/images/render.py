"""Maps as pictures, one scale for what is only bright or dark, another for what has a sign; and
pictures as PNG, or as the source of an <img>.
"""

from __future__ import annotations

import base64

import cv2
import numpy as np

from convdemo.images.resize import shrink_to_fit

_SMALL = 64  # images up to this side become a PNG, larger ones a JPEG
LOW, MIDDLE, HIGH = (33, 102, 214), (226, 226, 222), (205, 62, 40)


def signed(values: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of values -1..1: blue below zero, red above, a neutral grey in the middle."""
    share = np.abs(values).clip(0, 1)[..., None]
    ends = np.where(values[..., None] < 0, np.array(LOW), np.array(HIGH))
    return np.rint(np.array(MIDDLE) * (1 - share) + ends * share).astype(np.uint8)


def unsigned(values: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of values 0..1: dark violet to yellow, in steps that look alike."""
    scaled = np.rint(values.clip(0, 1) * 255).astype(np.uint8)
    return cv2.applyColorMap(scaled, cv2.COLORMAP_VIRIDIS)[..., ::-1].copy()


def coloured(heat: np.ndarray, *, has_sign: bool) -> np.ndarray:
    """(H, W, 3) uint8 of a map, its strongest place at the end of the scale."""
    most = float(np.abs(heat).max()) or 1.0
    return signed(heat / most) if has_sign else unsigned(heat / most)


def enlarged(image: np.ndarray, side: int) -> np.ndarray:
    """The image with its longer side at `side` pixels, bilinear as in the course."""
    scale = side / max(image.shape[:2])
    size = [max(1, round(length * scale)) for length in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def overlaid(
    picture: np.ndarray, heat: np.ndarray, *, has_sign: bool, strength: float
) -> np.ndarray:
    """(H, W, 3) uint8: the map over its picture (H, W, 3) of the same size, 0..1 strong."""
    over = coloured(heat, has_sign=has_sign).astype(np.float32)
    return np.rint(picture * (1 - strength) + over * strength).clip(0, 255).astype(np.uint8)


def picture_of(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of a network's input (C, H, W) in 0..1: its colours, or grey if it has less
    than three channels.
    """
    shown = pixels[:3] if len(pixels) >= 3 else np.repeat(pixels[:1], 3, axis=0)
    return np.ascontiguousarray(
        np.rint(shown * 255).clip(0, 255).astype(np.uint8).transpose(1, 2, 0)
    )


def encode_png(image: np.ndarray) -> bytes:
    """The PNG file of an (H, W) or (H, W, 3) uint8 array."""
    encoded, data = cv2.imencode(".png", image if image.ndim == 2 else image[:, :, ::-1])
    if not encoded:
        raise ValueError(f"no PNG of an array of shape {image.shape} and type {image.dtype}")
    return data.tobytes()


def data_url(image: np.ndarray, *, side: int = 224) -> str:
    """The (H, W) or (H, W, 3) uint8 picture, reduced to a longest side, for the src of an <img>."""
    if max(image.shape[:2]) <= _SMALL:
        return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode()
    image = shrink_to_fit(image, side)
    blue_first = image if image.ndim == 2 else image[:, :, ::-1]
    _, data = cv2.imencode(".jpg", blue_first, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
