"""From a photo to a garment: found, framed, and made what a network takes, step by step.

Two views of the same garment: "shape" follows the seven steps with which Fashion-MNIST was made
(arXiv 1708.07747, section 2) and ends in (1, 28, 28); "photo" keeps the colours and the ground for
a network that was trained on photos, adds the mask that was found, and ends in (4, 64, 64).
"""

from __future__ import annotations

import cv2
import numpy as np

from .ingest import Picture
from .preprocess import (
    SIDE,
    Prepared,
    Step,
    centre_by_box,
    fit_into_box,
    make_step,
    over_white,
    resize,
    thumbnail,
)
from .segment import find_garment, mask_box, tilt

SHAPE_STEPS = ("background", "upright", "box", "size", "sharpen", "polarity", "grey")
PHOTO_STEPS = ("background", "box", "size", "upright")
GARMENT_STEPS: tuple[str, ...] = SHAPE_STEPS
VIEWS = {"shape": SHAPE_STEPS, "photo": PHOTO_STEPS}

PHOTO_SIDE = 64
WINDOW = 72
"""Side of the square around the garment, before it is reduced to PHOTO_SIDE."""
CANVAS = 120
"""Side of the square that training keeps of a photo, so that it can turn and shift the window."""
FILL = 0.85
"""How much of the window the garment's longer side fills."""

_PALEST_GROUND = 253  # of 255: Fashion-MNIST's product shots stand on #fdfdfd
_FLAT = 3.0  # standard deviation of grey levels below which a picture shows nothing


def prepare_garment(
    picture: Picture, *, skip: frozenset[str] = frozenset(), view: str = "shape"
) -> Prepared:
    """A network's input for the garment in this picture, without the steps that `skip` names."""
    unknown = skip - set(GARMENT_STEPS)
    if unknown:
        raise ValueError(f"skip={sorted(unknown)}: the steps are {', '.join(GARMENT_STEPS)}")
    if view not in VIEWS:
        raise ValueError(f"view {view!r} is none of {', '.join(VIEWS)}")
    rgb = over_white(picture)
    mask = np.full(rgb.shape[:2], 255, np.uint8)
    if "background" not in skip:
        mask, _ = find_garment(rgb, picture.alpha)
    empty = float(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).std()) < _FLAT
    if view == "photo":
        return _photo_view(rgb, mask, skip=skip, empty=empty)
    return _shape_view(rgb, mask, skip=skip, empty=empty)


def canvas_of(picture: Picture) -> np.ndarray:
    """(CANVAS, CANVAS, 4) uint8: colours and mask, the garment's box centred at FILL of WINDOW."""
    rgb = over_white(picture)
    mask, _ = find_garment(rgb, picture.alpha)
    return frame(rgb, mask, mask_box(mask))


def frame(rgb: np.ndarray, mask: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """(CANVAS, CANVAS, 4) uint8 around the box; beyond its edge the picture's rim is continued."""
    left, top, right, bottom = box
    scale = FILL * WINDOW / max(right - left, bottom - top)
    scale_x = scale_y = scale
    if scale < 1:  # averaged first: a warp alone would subsample a large photo
        height, width = rgb.shape[:2]
        rgb = resize(rgb, max(1, round(width * scale)), max(1, round(height * scale)))
        mask = resize(mask, rgb.shape[1], rgb.shape[0])
        left, right = left * rgb.shape[1] / width, right * rgb.shape[1] / width
        top, bottom = top * rgb.shape[0] / height, bottom * rgb.shape[0] / height
        scale_x = scale_y = 1.0
    shift_x = CANVAS / 2 - scale_x * (left + right) / 2
    shift_y = CANVAS / 2 - scale_y * (top + bottom) / 2
    move = np.array([[scale_x, 0, shift_x], [0, scale_y, shift_y]])
    size = CANVAS, CANVAS
    colours = cv2.warpAffine(rgb, move, size, borderMode=cv2.BORDER_REPLICATE)
    return np.dstack((colours, cv2.warpAffine(mask, move, size)))


def window_pixels(canvas: np.ndarray, zoom: float = 1.0) -> np.ndarray:
    """(PHOTO_SIDE, PHOTO_SIDE, 4) uint8: the canvas's middle as the network sees it."""
    scale = PHOTO_SIDE / WINDOW * zoom
    shift = PHOTO_SIDE / 2 - scale * CANVAS / 2
    move = np.array([[scale, 0, shift], [0, scale, shift]])
    return cv2.warpAffine(canvas, move, (PHOTO_SIDE, PHOTO_SIDE))


def windows_of(canvas: np.ndarray) -> np.ndarray:
    """(3, 4, PHOTO_SIDE, PHOTO_SIDE) float32: the window at three sizes."""
    return np.stack([_to_network(window_pixels(canvas, zoom)) for zoom in (1.0, 0.9, 1.1)])


def _to_network(window: np.ndarray) -> np.ndarray:
    """(C, H, W) float32 0..1 of (H, W, C) uint8."""
    return np.ascontiguousarray(window.transpose(2, 0, 1), np.float32) / 255


def _photo_view(
    rgb: np.ndarray, mask: np.ndarray, *, skip: frozenset[str], empty: bool
) -> Prepared:
    def squeezed(colours: np.ndarray, shape: np.ndarray) -> np.ndarray:
        size = PHOTO_SIDE, PHOTO_SIDE
        return _to_network(np.dstack((resize(colours, *size), resize(shape, *size))))

    steps = [
        Step(
            "background",
            thumbnail(_dimmed(rgb, mask)),
            squeezed(rgb, mask),
            "background" not in skip,
        )
    ]
    box = (0, 0, rgb.shape[1], rgb.shape[0]) if "box" in skip else mask_box(mask)
    left, top, right, bottom = box
    cut = slice(top, bottom), slice(left, right)
    steps.append(Step("box", thumbnail(rgb[cut]), squeezed(rgb[cut], mask[cut]), "box" not in skip))
    if "size" in skip:
        pixels, variants = steps[-1].pixels, None
    else:
        variants = windows_of(frame(rgb, mask, box))
        pixels = variants[0]
    shown = np.rint(pixels[:3] * 255).astype(np.uint8).transpose(1, 2, 0)
    steps.append(Step("size", shown, pixels, "size" not in skip))
    # Photos lie on any side and no outline tells which: the network is asked about all four.
    turnable = "upright" not in skip
    steps.append(Step("upright", shown, pixels, turnable))
    return Prepared(tuple(steps), pixels, empty, variants, turnable)


def _dimmed(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture with the ground in a pale veil, so that one sees what was found."""
    share = (0.15 + 0.85 * mask.astype(np.float32) / 255)[..., None]
    return np.rint(rgb * share + 255 * (1 - share)).astype(np.uint8)


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
        steps.append(make_step(name, state, active))
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
