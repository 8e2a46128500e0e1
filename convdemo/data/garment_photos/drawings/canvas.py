"""A sheet to draw clothes on, and their outlines; all coordinates are shares of its side."""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 192

Points = np.ndarray
Lines = Points | list[list[float]]  # (N, 2)


class Sheet:
    """A picture and its mask; all coordinates are shares of its side."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.colours = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.mask = np.zeros((SIDE, SIDE), np.uint8)
        self.rng = rng

    def fill(self, points: Lines, colour: Points) -> None:
        """A filled outline (N, 2)."""
        places = [np.round(np.asarray(points) * SIDE * 16).astype(np.int32)]
        cv2.fillPoly(self.colours, places, colour.tolist(), cv2.LINE_AA, 4)
        cv2.fillPoly(self.mask, places, 255, cv2.LINE_AA, 4)

    def line(self, points: Lines, colour: Points, width: float, *, inside: bool = False) -> None:
        """A line through the points; with `inside` only where there is something already."""
        places = [np.round(np.asarray(points) * SIDE * 16).astype(np.int32)]
        thick = max(1, round(width * SIDE))
        before = self.colours.copy() if inside else None
        cv2.polylines(self.colours, places, False, colour.tolist(), thick, cv2.LINE_AA, 4)
        if before is None:
            cv2.polylines(self.mask, places, False, 255, thick, cv2.LINE_AA, 4)
        else:
            np.copyto(self.colours, before, where=self.mask[..., None] < 128)

    def shade(self) -> None:
        """Light from one side, folds and the weave of the cloth."""
        rng = self.rng
        slope = rng.normal(0, 0.35, 2)
        rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
        coarse = rng.normal(0, 1, (8, 8)).astype(np.float32)
        folds = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) * rng.uniform(
            0, 0.15
        )
        weave = rng.normal(0, rng.uniform(0, 0.12), (SIDE, SIDE))
        light = 1 + slope[0] * rows * 0.5 + slope[1] * columns * 0.5 + folds + weave
        self.colours = np.clip(self.colours * light[..., None], 0, 255).astype(np.uint8)

    def finished(self) -> np.ndarray:
        """(SIDE, SIDE, 4) uint8."""
        return np.dstack((self.colours, self.mask))


def slanted(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Seen a little from the side or from below."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * SIDE
    moved = (corners + rng.normal(0, 0.05 * SIDE, (4, 2))).astype(np.float32)
    return cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners, moved), (SIDE, SIDE))


def material_colour(rng: np.random.Generator) -> np.ndarray:
    """(3,) float: leather, cloth and rubber; blacks, browns and greys more often than the rest."""
    value = rng.uniform(15, 250)
    kind = rng.random()
    hue = rng.integers(180) if kind < 0.45 else rng.integers(5, 22)
    saturation = rng.integers(60, 256) if kind < 0.75 else rng.integers(0, 40)
    pixel = np.array([[[hue, saturation, int(value)]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(float)


def arc(left: float, right: float, base: float, height: float, bow: float = 2.5) -> Points:
    """A handle from (left, base) up by `height` to (right, base); a larger `bow` is squarer."""
    way = np.linspace(-1, 1, 40)
    across = (left + right) / 2 + (right - left) / 2 * way
    return np.stack((across, base - height * (1 - np.abs(way) ** bow)), axis=1)


def rounded(
    left: float, top: float, right: float, bottom: float, *, power: float = 5.0, taper: float = 0.0
) -> Points:
    """A rectangle with round corners (a superellipse), its top narrower by `taper`."""
    angle = np.linspace(0, 2 * np.pi, 72)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / power)
    down = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (2 / power)
    across = across * (1 - taper * (1 - down) / 2)
    middle = (left + right) / 2, (top + bottom) / 2
    return np.stack(
        (middle[0] + across * (right - left) / 2, middle[1] + down * (bottom - top) / 2), axis=1
    )
