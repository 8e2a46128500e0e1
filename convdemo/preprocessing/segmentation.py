"""Where the garment is in a photo: a soft mask, found without any network."""

import cv2
import numpy as np

from convdemo.images.resize import shrink_to_fit

WORK_SIDE = 160
"""Longest side, in pixels, on which the garment is searched: GrabCut takes about 60 ms there."""

_BORDER = 0.04
_PLAIN_SPREAD = 7.0
_PLAIN_DISTANCE = 10.0
_LEAST_AREA, _MOST_AREA = 0.03, 0.95


def find_garment(rgb: np.ndarray, alpha: np.ndarray | None = None) -> tuple[np.ndarray, str]:
    """The garment's mask (H, W) uint8 0..255 and how it was found.

    `rgb` is (H, W, 3) uint8, `alpha` (H, W) uint8 or None. The way is "alpha" (the picture itself
    says what is background), "plain" (one border colour), "grabcut" (Rother et al. 2004, seeded by
    the distance from the border's colours), or "whole" where no mask was plausible.
    """
    if alpha is not None and _plausible(alpha > 127):
        return alpha.copy(), "alpha"
    small = shrink_to_fit(rgb, WORK_SIDE)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (3, 3), 0), cv2.COLOR_RGB2LAB).astype(np.float32)
    mask, way = _plain_background(lab), "plain"
    if mask is None or not _plausible(mask):
        mask, way = _grab_cut(small, lab), "grabcut"
    mask = _clean(mask)
    if not _plausible(mask):
        # Most people put what they photograph into the middle, and leave a rim.
        height, width = mask.shape
        mask, way = np.zeros((height, width), bool), "whole"
        rim = round(0.06 * height), round(0.06 * width)
        mask[rim[0] : height - rim[0], rim[1] : width - rim[1]] = True
    soft = cv2.resize(mask.astype(np.uint8) * 255, rgb.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return soft, way


def mask_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (exclusive) of what is over one half, else of everything."""
    rows, columns = np.nonzero(mask.max(axis=1) > 127)[0], np.nonzero(mask.max(axis=0) > 127)[0]
    if not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def tilt(mask: np.ndarray) -> float:
    """Degrees by which a long shape leans from the nearest of upright and level; 0 for others.

    Turning the picture by them (counter-clockwise, as `cv2.getRotationMatrix2D`) straightens it.
    """
    points = cv2.findNonZero((mask > 127).astype(np.uint8))
    if points is None or len(points) < 5:
        return 0.0
    _, (first, second), angle = cv2.minAreaRect(points)
    if max(first, second) < 1.6 * max(min(first, second), 1.0):
        return 0.0
    return float((angle + 45) % 90 - 45)


def _plausible(mask: np.ndarray) -> bool:
    return _LEAST_AREA <= float(mask.mean()) <= _MOST_AREA


def _border(height: int, width: int) -> np.ndarray:
    thick = max(1, round(_BORDER * max(height, width)))
    border = np.ones((height, width), bool)
    border[thick:-thick, thick:-thick] = False
    return border


def _plain_background(lab: np.ndarray) -> np.ndarray | None:
    """What differs from the border's one colour; None where the border has several."""
    height, width = lab.shape[:2]
    if min(height, width) < 8:
        return None
    pixels = lab[_border(height, width)]
    colour = np.median(pixels, axis=0)
    distance = np.linalg.norm(pixels - colour, axis=1)
    # A model or a sleeve may leave the picture: a third of the border need not be background.
    if np.quantile(distance, 0.65) > _PLAIN_SPREAD:
        return None
    near = (np.linalg.norm(lab - colour, axis=2) < _PLAIN_DISTANCE).astype(np.uint8)
    padded = cv2.copyMakeBorder(near, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, parts = cv2.connectedComponents(padded, connectivity=4)
    return (parts != parts[0, 0])[1:-1, 1:-1]


def _grab_cut(rgb: np.ndarray, lab: np.ndarray) -> np.ndarray:
    height, width = lab.shape[:2]
    if min(height, width) < 8:
        return np.ones((height, width), bool)
    strange = _strangeness(lab)
    rows = np.linspace(-1, 1, height)[:, None]
    columns = np.linspace(-1, 1, width)[None]
    centre = np.exp(-1.2 * (rows**2 + columns**2))
    likely = strange * centre
    state = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    state[likely >= np.quantile(likely, 0.6)] = cv2.GC_PR_FGD
    state[_border(height, width) & (strange < np.quantile(strange, 0.7))] = cv2.GC_BGD
    if not (state == cv2.GC_BGD).any() or not (state == cv2.GC_PR_FGD).any():
        return np.ones((height, width), bool)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, state, (0, 0, 1, 1), *models, 4, cv2.GC_INIT_WITH_MASK)  # the box is not used
    return (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)


def _strangeness(lab: np.ndarray) -> np.ndarray:
    """How far each pixel is from the nearest of the border's five colours, 0..1."""
    border = lab[_border(*lab.shape[:2])]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    cv2.setRNGSeed(0)
    start = np.zeros((len(border), 1), np.int32)
    _, labels, centres = cv2.kmeans(
        border, min(5, len(border)), start, criteria, 1, cv2.KMEANS_PP_CENTERS
    )
    share = np.bincount(labels.ravel(), minlength=len(centres)) / len(border)
    kept = centres[share > 0.08] if (share > 0.08).any() else centres
    distance = np.linalg.norm(lab[:, :, None] - kept[None, None], axis=3).min(axis=2)
    distance = cv2.GaussianBlur(distance.astype(np.float32), (0, 0), 2)
    return distance / max(float(distance.max()), 1e-6)


def _clean(mask: np.ndarray) -> np.ndarray:
    """The mask without specks and holes: parts of at least a tenth of the largest one."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    kept = np.isin(parts, np.nonzero(areas >= 0.1 * areas.max())[0])
    _, hole_parts, hole_stats, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8))
    small = hole_stats[:, cv2.CC_STAT_AREA] < 0.004 * kept.size
    small[0] = False
    return kept | np.isin(hole_parts, np.nonzero(small)[0])
