"""From a photo to a garment: found, framed, and made what a network takes, step by step.

Two views of the same garment: "shape" follows the seven steps with which Fashion-MNIST was made
(arXiv 1708.07747, section 2) and ends in (1, 28, 28); "photo" is the whole picture in its colours,
for a network that has seen photos, and ends in (3, 160, 160).
"""

from __future__ import annotations

import cv2
import numpy as np

from convdemo.errors import choose
from convdemo.images.decode import Picture, over_white
from convdemo.images.resize import fit_into_box, resize
from convdemo.preprocessing.centring import centre_by_box
from convdemo.preprocessing.segmentation import find_garment, mask_box, tilt
from convdemo.preprocessing.steps import SIDE, Prepared, PreprocessingStep, check_skipped

SHAPE_STEPS = ("background", "upright", "box", "size", "sharpen", "polarity", "grey")
PHOTO_STEPS = ("size", "upright")
GARMENT_STEPS: tuple[str, ...] = SHAPE_STEPS
VIEWS = {"shape": SHAPE_STEPS, "photo": PHOTO_STEPS}

PHOTO_SIDE = 160

_PALEST_GROUND = 253  # of 255: Fashion-MNIST's product shots stand on #fdfdfd
_FLAT = 3.0  # standard deviation of grey levels below which a picture shows nothing


def prepare_garment(
    picture: Picture, *, skip: frozenset[str] = frozenset(), view: str = "shape"
) -> Prepared:
    """A network's input for the garment in this picture, without the steps that `skip` names."""
    check_skipped(skip, GARMENT_STEPS)
    choose("view", view, VIEWS)
    rgb = over_white(picture)
    empty = float(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).std()) < _FLAT
    if view == "photo":
        return _photo_view(rgb, skip=skip, empty=empty)
    mask = np.full(rgb.shape[:2], 255, np.uint8)
    if "background" not in skip:
        mask, _ = find_garment(rgb, picture.alpha)
    return _shape_view(rgb, mask, skip=skip, empty=empty)


def whole_square(rgb: np.ndarray, side: int = PHOTO_SIDE) -> np.ndarray:
    """(side, side, 3) uint8: the whole picture in the middle, its rim continued beside it."""
    small = fit_into_box(rgb, side)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    bottom, right = side - small.shape[0] - top, side - small.shape[1] - left
    return cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_REPLICATE)


def _photo_view(rgb: np.ndarray, *, skip: frozenset[str], empty: bool) -> Prepared:
    whole = "size" not in skip
    shown = whole_square(rgb) if whole else resize(rgb, PHOTO_SIDE, PHOTO_SIDE)
    pixels = np.ascontiguousarray(shown.transpose(2, 0, 1), np.float32) / 255
    # Photos lie on any side and no outline tells which: the network is asked about all four.
    turnable = "upright" not in skip
    steps = (
        PreprocessingStep("size", shown, whole, pixels),
        PreprocessingStep("upright", shown, turnable, pixels),
    )
    return Prepared(steps, pixels, empty, "always" if turnable else "never")


def _shape_view(
    rgb: np.ndarray, mask: np.ndarray, *, skip: frozenset[str], empty: bool
) -> Prepared:
    steps = []
    share = mask[..., None].astype(np.float32) / 255
    state = np.rint(rgb * share + _PALEST_GROUND * (1 - share)).astype(np.uint8)
    for name in SHAPE_STEPS:
        active = name not in skip
        if name == "upright" and active:
            state, mask = _turned_upright(state, mask)
        elif name == "box" and active:
            left, top, right, bottom = mask_box(mask)
            state = state[top:bottom, left:right]
        elif name == "size":
            state = fit_into_box(state, SIDE) if active else resize(state, SIDE, SIDE)
        elif name == "sharpen" and active:
            blurred = cv2.GaussianBlur(state, (0, 0), 1.0)
            state = cv2.addWeighted(state, 2.0, blurred, -1.0, 0)
        elif name == "polarity" and active:
            state = 255 - state
        elif name == "grey":
            state = cv2.cvtColor(state, cv2.COLOR_RGB2GRAY) if active else state[..., 1]
            state = centre_by_box(state)
        steps.append(PreprocessingStep(name, state, active))
    return Prepared(tuple(steps), steps[-1].pixels, empty)


def _turned_upright(rgb: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Picture and mask with a long garment's small tilt taken away."""
    angle = tilt(mask)
    if abs(angle) < 3:
        return rgb, mask
    height, width = mask.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = round(width * cosine + height * sine), round(width * sine + height * cosine)
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    ground = (_PALEST_GROUND,) * 3
    return cv2.warpAffine(rgb, turn, size, borderValue=ground), cv2.warpAffine(mask, turn, size)
