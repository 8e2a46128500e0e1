"""A kernel on a whole photo, and the learned filters that look most like it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from convdemo.images.render import signed

SIDE = 640  # pixels of the longer side of a photo
STRONGEST = 0.99  # of the values of a photo lie within the ends of its scale


@dataclass(frozen=True, eq=False)
class Filtered:
    """A photo under a kernel: (H, W, 3) uint8, in colours of a signed scale if `has_sign`, whose
    ends are then plus and minus `end`; `clipped` is the share of values beyond black and white, or
    beyond the ends."""

    image: np.ndarray
    has_sign: bool
    end: float
    clipped: float


@dataclass(frozen=True, eq=False)
class Match:
    """A learned filter: its number, the cosine of the angle to the kernel, its weights."""

    filter: int
    cosine: float
    weights: np.ndarray


def slid(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """(H, W, ...) float64: a kernel with the photo's edge repeated, as large as the photo."""
    height, width = kernel.shape
    middle = ((width - 1) // 2, (height - 1) // 2)  # of an even side the cell before the middle
    border = cv2.BORDER_REPLICATE
    return cv2.filter2D(image.astype(np.float64), -1, kernel, anchor=middle, borderType=border)


def filtered(photo: np.ndarray, kernel: np.ndarray) -> Filtered:
    """A photo (H, W, 3) uint8 under a kernel. Weights that add up to about 1 keep the brightness
    and each colour; others are laid on the grey photo and may give either sign."""
    if 0.5 <= kernel.sum() <= 1.5:
        values = slid(photo, kernel)
        clipped = float(((values < -0.5) | (values > 255.5)).mean())
        image = np.rint(values).clip(0, 255).astype(np.uint8)
        return Filtered(image, has_sign=False, end=255.0, clipped=clipped)
    values = slid(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY) / 255, kernel)
    sizes = np.abs(values)
    end = float(np.quantile(sizes, STRONGEST)) or float(sizes.max()) or 1.0
    return Filtered(signed(values / end), True, end, float((sizes > end).mean()))


def resized(kernel: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A kernel (h, w) at another size, its weights taken for brightness."""
    if kernel.shape == size:
        return kernel
    smaller = size[0] < kernel.shape[0] or size[1] < kernel.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(kernel.astype(np.float64), size[::-1], interpolation=way)


def nearest(kernel: np.ndarray, filters: np.ndarray, count: int) -> list[Match]:
    """The filters (N, channels, h, w) that point most in the direction of a kernel (h', w'), which
    is resized to theirs and laid on every channel; their weights are given as means over these.

    ValueError where the kernel is all zeros.
    """
    wanted = resized(kernel, (filters.shape[2], filters.shape[3]))
    length = float(np.linalg.norm(wanted)) * filters.shape[1] ** 0.5
    if not length:
        raise ValueError("a kernel of zeros has no direction")
    sums = filters.sum(axis=1)
    lengths = np.linalg.norm(filters.reshape(len(filters), -1), axis=1)
    cosines = (sums * wanted).sum(axis=(1, 2)) / np.maximum(lengths, 1e-12) / length
    best = np.argsort(-cosines, kind="stable")[:count]
    means = filters.mean(axis=1)
    return [Match(int(at), float(cosines[at]), means[at]) for at in best]
