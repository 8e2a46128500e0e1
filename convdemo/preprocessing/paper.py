"""The sheet of paper in a photo that shows more: found by colour or brightness, seen from above.

A shadow changes how bright paper is and hardly its colour, so that colour comes first: on a table
of another colour it finds the whole sheet, lit or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from convdemo.images.resize import is_grey, shrink_to_fit

DETAIL = 256  # pixels of the longer side, on which the sheet is looked for
SMALLEST, LARGEST = 0.12, 0.97  # of the picture's area
# How far the sheet must stand out: in natural logarithms of colour ratios, and of brightness.
COLOUR_STEP, LIGHT_STEP = 0.03, 0.22
# Between which distances from its border, in pixels of DETAIL: next to it, where a frame may be no
# wider, and for colours, which cameras and files smear, beyond what is a mixture of both sides.
NEXT, BEYOND = (0, 2), (2, 4)


def sheet(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the sheet alone, seen from above if its corners are in the picture.

    The picture itself where there is no sheet with straight, clear edges and something around it.
    """
    if min(rgb.shape[:2]) < 64:
        return rgb
    small = shrink_to_fit(rgb, DETAIL)
    if is_grey(small):
        small = np.ascontiguousarray(small[:, :, :1])
    # Without what is thin: writing, rulings, the grain of a table.
    even = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    even = np.atleast_3d(cv2.medianBlur(even, 5))
    logs, detailed = (np.log(image.astype(np.float32) + 10) for image in (even, small))
    for region in _regions(logs, detailed):
        outline = _outline(region.mask)
        if outline is None or not _stands_out(outline, region):
            continue
        if _is_written_on(outline, detailed):
            found = _cut_out(rgb, outline, rgb.shape[1] / small.shape[1])
            # Of a strip, hardly anything is left between the margins.
            return found if min(found.shape[:2]) >= 16 else rgb
    return rgb


class Region(NamedTuple):
    """What may be a sheet: where, what tells it apart, by how much at least and how far outside."""

    mask: np.ndarray
    values: np.ndarray
    least: float
    reach: tuple[int, int]


def _regions(logs: np.ndarray, detailed: np.ndarray) -> Iterator[Region]:
    """What may be a sheet, the likeliest first."""
    light = np.ascontiguousarray(logs.mean(axis=2))
    if logs.shape[2] == 3:
        colour = logs[..., :2] - logs[..., 2:]
        brightest = light >= np.quantile(light, 0.85)
        away = np.linalg.norm(colour - np.median(colour[brightest], axis=0), axis=2)
        yield Region((away < _otsu(away)[0]).astype(np.uint8), away, COLOUR_STEP, BEYOND)
    for threshold in _otsu(light):
        bright = (light > threshold).astype(np.uint8)
        yield Region(bright, light, LIGHT_STEP, NEXT)
        yield Region(1 - bright, light, LIGHT_STEP, NEXT)
    # Within a printed frame, however thin.
    light = np.ascontiguousarray(detailed.mean(axis=2))
    yield Region((light > _otsu(light)[0]).astype(np.uint8), light, LIGHT_STEP, NEXT)


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
    """(N, 2) the corners of the region's largest part that has the straight edges of a sheet."""
    region = cv2.morphologyEx(region, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    outlines, tree = cv2.findContours(region, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    parts = [outline for outline, (*_, parent) in zip(outlines, tree[0], strict=True) if parent < 0]
    for outline in sorted(parts, key=cv2.contourArea, reverse=True)[:3]:
        corners = _corners(outline, region.shape)
        if corners is not None:
            return corners
    return None


def _corners(outline: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """(N, 2) the corners of an outline that could be a sheet's."""
    area = cv2.contourArea(outline)
    if not SMALLEST * shape[0] * shape[1] < area < LARGEST * shape[0] * shape[1]:
        return None
    hull = cv2.convexHull(outline)
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
    far = np.array(shape[::-1]) - 1
    inside = ((middles > 3) & (middles < far - 3)).all(axis=1)
    return corners if inside.sum() >= 2 else None


def _stands_out(corners: np.ndarray, region: Region) -> bool:
    """Whether what lies just outside differs on most of the sheet's border that can be seen."""
    values = region.values
    filled = cv2.fillPoly(np.zeros(values.shape, np.uint8), [corners], 1)
    inside = cv2.erode(filled, np.ones((5, 5), np.uint8), borderValue=0)
    near, far = (cv2.dilate(filled, np.ones((2 * reach + 1,) * 2)) for reach in region.reach)
    outside = far - near
    if outside.sum() < 0.01 * values.size or not inside.any():
        return False
    level = np.median(values[inside > 0])
    return float(np.median(abs(values[outside > 0] - level))) > region.least


def _is_written_on(corners: np.ndarray, logs: np.ndarray) -> bool:
    """Whether something that stands out most lies within the sheet and away from its edge."""
    filled = cv2.fillPoly(np.zeros(logs.shape[:2], np.uint8), [corners], 1)
    inside = cv2.erode(filled, np.ones((9, 9), np.uint8), borderValue=0)
    if not inside.any():
        return False
    away = abs(logs - np.median(logs[inside > 0], axis=0)).max(axis=2) * inside
    strong = (away > max(0.1, 0.5 * float(np.quantile(away, 0.9995)))).astype(np.uint8)
    count, labels = cv2.connectedComponents(strong, connectivity=8)
    edge = inside - cv2.erode(inside, np.ones((5, 5), np.uint8), borderValue=0)
    at_edge = np.zeros(count, bool)
    at_edge[labels[edge > 0]] = True
    free = strong * ~at_edge[labels]
    return bool(free.sum() >= 6)


def _cut_out(rgb: np.ndarray, corners: np.ndarray, scale: float) -> np.ndarray:
    """The sheet without its edge; a rectangle again where its four corners are in the picture."""
    height, width = rgb.shape[:2]
    points = (corners.astype(np.float32) + 0.5) * scale
    margin = 2.5 * scale + 0.01 * max(rgb.shape)
    inner = (points > scale) & (points < np.array([width, height]) - scale)
    if len(points) == 4 and inner.all():
        (left, top), (right, bottom) = np.sort(points, axis=0)[1:3] + np.array(
            [[margin], [-margin]]
        )
        low, high = points.min(axis=0), points.max(axis=0)
        # What is nearly upright gains nothing, and the corners are known to a pixel or two.
        if np.minimum(points - low, high - points).max() > 0.03 * (high - low).max():
            return _upright(rgb, points, margin)
        return rgb[round(top) : max(0, round(bottom)), round(left) : max(0, round(right))]
    mask = cv2.fillPoly(np.zeros((height, width), np.uint8), [np.rint(points).astype(int)], 1)
    mask = cv2.erode(mask, np.ones((2 * round(margin) + 1,) * 2, np.uint8))
    if not mask.any():
        return rgb[:0]
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
