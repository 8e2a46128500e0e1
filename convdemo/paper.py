"""The sheet of paper in a photo that shows more: found by colour or brightness, cut out, set upright.

A shadow changes how bright paper is and hardly its colour, so that colour comes first: on a table of
another colour it finds the whole sheet, lit or not.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from convdemo.preprocess import fit_into_box

DETAIL = 256  # pixels of the longer side, on which the sheet is looked for
SMALLEST, LARGEST = 0.12, 0.97  # of the picture's area
# How far the sheet must stand out: in natural logarithms of colour ratios, and of brightness.
COLOUR_STEP, LIGHT_STEP = 0.05, 0.22


def sheet(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the sheet alone, seen from above if its corners are in the picture.

    The picture itself where there is no sheet with straight, clear edges and something around it.
    """
    if min(rgb.shape[:2]) < 64:
        return rgb
    small = fit_into_box(rgb, DETAIL) if max(rgb.shape) > DETAIL else rgb
    # Without what is thin: writing, rulings, the grain of a table.
    even = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    even = cv2.medianBlur(even, 5)
    logs = np.log(even.astype(np.float32) + 10)
    for region, values, least in _regions(logs):
        outline = _outline(region)
        if outline is not None and _stands_out(outline, values, least):
            return _cut_out(rgb, outline, rgb.shape[1] / small.shape[1])
    return rgb


def _regions(logs: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """What may be a sheet, the likeliest first: (mask, what tells it apart, the least step)."""
    light = np.ascontiguousarray(logs.mean(axis=2))
    colour = logs[..., :2] - logs[..., 2:]
    brightest = light >= np.quantile(light, 0.85)
    away = np.linalg.norm(colour - np.median(colour[brightest], axis=0), axis=2)
    yield (away < _otsu(away)[0]).astype(np.uint8), away, COLOUR_STEP
    for threshold in _otsu(light):
        bright = (light > threshold).astype(np.uint8)
        yield bright, light, LIGHT_STEP
        yield 1 - bright, light, LIGHT_STEP


def _otsu(values: np.ndarray) -> tuple[float, float]:
    """The threshold of Otsu (1979) between two groups, and that within the lower of them."""
    low, high = float(values.min()), float(values.max())
    scale = 255 / max(high - low, 1e-6)
    levels = np.rint((values - low) * scale).astype(np.uint8)
    first, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    lower = levels[levels <= first]
    second, _ = cv2.threshold(lower, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return first / scale + low, second / scale + low


def _outline(region: np.ndarray) -> np.ndarray | None:
    """(N, 2) the corners of the region's largest part, if it has the straight edges of a sheet."""
    region = cv2.morphologyEx(region, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    largest = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(largest)
    if not SMALLEST * region.size < area < LARGEST * region.size:
        return None
    hull = cv2.convexHull(largest)
    if area < 0.94 * cv2.contourArea(hull):
        return None
    corners = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, closed=True), closed=True)
    straight = len(corners) <= 6 and cv2.contourArea(corners) > 0.95 * cv2.contourArea(hull)
    _, (width, height), _ = cv2.minAreaRect(hull)
    if not straight or area < 0.6 * width * height:
        return None
    corners = corners[:, 0]
    # The lit half of a sheet has one edge in the picture, a sheet on a table at least two.
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    far = np.array(region.shape[::-1]) - 1
    inside = ((middles > 3) & (middles < far - 3)).all(axis=1)
    return corners if inside.sum() >= 2 else None


def _stands_out(corners: np.ndarray, values: np.ndarray, least: float) -> bool:
    """Whether what lies just outside differs on most of the sheet's border that can be seen."""
    filled = cv2.fillPoly(np.zeros(values.shape, np.uint8), [corners], 1)
    kernel = np.ones((9, 9), np.uint8)
    inside = cv2.erode(filled, kernel, borderValue=0)
    outside = cv2.dilate(filled, kernel) - filled
    if outside.sum() < 0.02 * values.size or not inside.any():
        return False
    level = np.median(values[inside > 0])
    return float(np.median(abs(values[outside > 0] - level))) > least


def _cut_out(rgb: np.ndarray, corners: np.ndarray, scale: float) -> np.ndarray:
    """The sheet without its edge; a rectangle again where its four corners are in the picture."""
    height, width = rgb.shape[:2]
    points = (corners.astype(np.float32) + 0.5) * scale
    margin = 2.5 * scale + 0.01 * max(rgb.shape)
    inner = points.min(axis=0) > scale
    if len(points) == 4 and inner.all() and (points.max(axis=0) < [width - scale, height - scale]).all():
        return _upright(rgb, points, margin)
    mask = cv2.fillPoly(np.zeros((height, width), np.uint8), [np.rint(points).astype(int)], 1)
    mask = cv2.erode(mask, np.ones((2 * round(margin) + 1,) * 2, np.uint8))
    left, top, wide, high = cv2.boundingRect(mask)
    box = slice(top, top + high), slice(left, left + wide)
    level = np.median(rgb[mask > 0], axis=0).astype(np.uint8)
    return np.where(mask[box][..., None] > 0, rgb[box], level)


def _upright(rgb: np.ndarray, points: np.ndarray, margin: float) -> np.ndarray:
    """The four-cornered sheet as a rectangle, as large as it is in the picture."""
    # Clockwise from the corner that is next to the picture's upper left one.
    points = points[np.argsort(np.arctan2(*(points - points.mean(axis=0)).T[::-1]))]
    points = np.roll(points, -int(points.sum(axis=1).argmin()), axis=0)
    sides = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - margin
    matrix = cv2.getPerspectiveTransform(points.astype(np.float32), target)
    size = (max(1, round(width - 2 * margin)), max(1, round(height - 2 * margin)))
    return cv2.warpPerspective(rgb, matrix, size, flags=cv2.INTER_LINEAR)
