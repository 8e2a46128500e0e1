"""Sandals and sneakers from above and boots from the front, drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from convdemo.data.garment_photos.drawings.canvas import (
    Points,
    Sheet,
    arc,
    material_colour,
    rounded,
)


@dataclass(frozen=True, eq=False)
class Foot:
    """Where a shoe lies, toes up: its middle (2,), its length and half of its width; `way` is -1
    for a left foot, 1 for a right one.
    """

    centre: Points
    length: float
    width: float
    way: float

    def outline(self, grow: float = 0.0) -> Points:
        """A sole's outline (N, 2), larger all round."""
        along = np.linspace(0, 1, 40)
        knots = (0, 0.03, 0.12, 0.3, 0.55, 0.8, 0.93, 0.98, 1)
        half = np.interp(along, knots, (0, 0.42, 0.82, 1.0, 0.78, 0.76, 0.6, 0.36, 0))
        half = (half + np.convolve(np.pad(half, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")) / 2
        middle = self.centre[0] - self.way * 0.22 * self.width * (1 - along) ** 2
        down = (along - 0.5) * (self.length + grow) + self.centre[1]
        left, right = middle - half * (self.width + grow), middle + half * (self.width + grow)
        return np.concatenate((np.stack((left, down), 1), np.stack((right, down), 1)[::-1]))


def draw_pair(sheet: Sheet, shoe: Callable[[Sheet, Foot, np.random.Generator], None]) -> None:
    """Two shoes side by side, now and then one."""
    rng = sheet.rng
    length, width = rng.uniform(0.55, 0.72), rng.uniform(0.09, 0.125)
    seed = int(rng.integers(2**31))
    feet = (
        ((-1, 0.5 - width * 1.35), (1, 0.5 + width * 1.35)) if rng.random() < 0.85 else ((1, 0.5),)
    )
    for way, place in feet:
        centre = np.array([place, 0.5 + rng.normal(0, 0.03)])
        shoe(sheet, Foot(centre, length, width, way), np.random.default_rng(seed))


def draw_sneaker(sheet: Sheet, foot: Foot, rng: np.random.Generator) -> None:
    """Rubber rim, upper, opening with the insole, tongue and laces."""
    upper = material_colour(rng)
    rim = material_colour(rng) if rng.random() < 0.4 else np.full(3, rng.uniform(180, 255))
    sheet.fill(foot.outline(grow=0.025), rim)
    sheet.fill(foot.outline(), upper)
    (x, y), length, width = foot.centre, foot.length, foot.width
    opening = y + length * rng.uniform(0.12, 0.2)
    inner = rounded(
        x - width * 0.5, opening - length * 0.16, x + width * 0.5, y + length * 0.43, power=2.6
    )
    sheet.fill(inner, material_colour(rng) * 0.6)
    tongue = rounded(x - width * 0.36, y - length * 0.2, x + width * 0.36, opening, power=3)
    sheet.fill(tongue, np.clip(upper * rng.uniform(0.6, 1.4), 0, 255))
    lace = np.full(3, rng.uniform(170, 255)) if rng.random() < 0.6 else material_colour(rng)
    if rng.random() < 0.85:
        rows = np.linspace(y - length * 0.18, opening - length * 0.08, rng.integers(4, 8))
        for top, bottom in zip(rows[:-1], rows[1:], strict=True):
            across = np.array([[x - width * 0.42, top], [x + width * 0.42, bottom]])
            sheet.line(across, lace, 0.012)
            if rng.random() < 0.6:
                sheet.line(across * (-1, 1) + (2 * x, 0), lace, 0.012)
    if rng.random() < 0.5:
        toe = arc(x - width, x + width, y - length * 0.22, length * 0.1, 2)
        sheet.line(toe, upper * 0.5, 0.01, inside=True)


def draw_sandal(sheet: Sheet, foot: Foot, rng: np.random.Generator) -> None:
    """Footbed and straps: slides, flip-flops, sandals with crossing bands or an ankle strap."""
    bed, strap = material_colour(rng), material_colour(rng)
    sheet.fill(foot.outline(grow=0.012), bed * 0.6)
    sheet.fill(foot.outline(), bed)
    (x, y), length, width = foot.centre, foot.length, foot.width
    kind, thick = rng.random(), rng.uniform(0.02, 0.05)
    ball = y - length * 0.12
    if kind < 0.3:  # a slide's one broad band
        band = rng.uniform(0.12, 0.28) * length
        sheet.fill(
            rounded(x - width * 1.08, ball - band / 2, x + width * 1.08, ball + band / 2, power=6),
            strap,
        )
    elif kind < 0.6:  # a flip-flop's fork
        toe = np.array([x - foot.way * 0.2 * width, y - length * 0.33])
        for side in (-1, 1):
            end = np.array([x + side * width * 0.95, y + length * rng.uniform(-0.05, 0.06)])
            bow = (toe + end) / 2 + (side * width * 0.25, -0.01)
            sheet.line(np.stack((toe, bow, end)), strap, thick)
    else:
        for row in range(rng.integers(1, 4)):
            down = y - length * (0.3 - 0.14 * row)
            tilt = rng.normal(0, 0.04)
            sheet.line([[x - width, down - tilt], [x + width, down + tilt]], strap, thick)
    if kind > 0.6 and rng.random() < 0.7:
        back = arc(x - width * 0.8, x + width * 0.8, y + length * 0.22, -length * 0.24, 2.5)
        sheet.line(back, strap, thick * 0.7)
        if rng.random() < 0.6:
            sheet.line(
                arc(x - width * 0.85, x + width * 0.85, y + length * 0.2, 0.05), strap, thick * 0.8
            )


def draw_boot(sheet: Sheet, foot: Foot, rng: np.random.Generator) -> None:
    """From the front and above: the shaft with its opening, the toe towards us, laces or a zip."""
    upper, sole = material_colour(rng), material_colour(rng) * 0.5
    (x, y), length, width = foot.centre, foot.length, foot.width
    shaft, top = width * rng.uniform(0.8, 1.05), y - length * rng.uniform(0.3, 0.5)
    ankle = y + length * rng.uniform(0.02, 0.12)
    toe = np.array([x + foot.way * width * 0.2, ankle + length * 0.1])
    front = Foot(toe, length * rng.uniform(0.5, 0.7), width * 1.05, -foot.way)
    sole_front = front.outline() * (1, -1) + (0, 2 * toe[1])
    sheet.fill(sole_front + (0, 0.02), sole)
    sheet.fill(sole_front, upper)
    sheet.fill(rounded(x - shaft, top, x + shaft, ankle + length * 0.12, power=6), upper * 0.92)
    rim = length * rng.uniform(0.03, 0.07)
    sheet.fill(rounded(x - shaft, top - rim, x + shaft, top + rim, power=2), upper * 0.7)
    sheet.fill(
        rounded(x - shaft * 0.85, top - rim * 0.7, x + shaft * 0.85, top + rim * 0.8, power=2),
        material_colour(rng) * 0.4,
    )
    if rng.random() < 0.6:
        lace = np.full(3, rng.uniform(20, 255)) if rng.random() < 0.6 else material_colour(rng)
        for down in np.linspace(top + rim * 2, ankle + length * 0.15, rng.integers(4, 9)):
            sheet.line([[x - shaft * 0.4, down], [x + shaft * 0.4, down + 0.01]], lace, 0.012)
    elif rng.random() < 0.5:
        sheet.line(
            [[x + foot.way * shaft * 0.6, top], [x + foot.way * shaft * 0.6, ankle]],
            upper * 0.4,
            0.01,
        )
