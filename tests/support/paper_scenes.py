"""Digits on paper as a phone takes them: rulings, pens, pencils, tables, shadows, distance, angle.

`scene(condition, digit, seed)` draws one photo (H, W, 3) uint8 with what is around.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH, HEIGHT = 750, 1000

# Strokes of each digit in a box one unit high; (x, y) downwards. Several ways to write it.
SHAPES: dict[int, tuple[tuple[tuple[tuple[float, float], ...], ...], ...]] = {
    0: (
        (
            (
                (0.35, 0.0),
                (0.1, 0.15),
                (0.02, 0.5),
                (0.12, 0.88),
                (0.35, 1.0),
                (0.58, 0.85),
                (0.66, 0.5),
                (0.58, 0.12),
                (0.35, 0.0),
                (0.3, 0.02),
            ),
        ),
    ),
    1: (
        (((0.3, 0.0), (0.3, 1.0)),),
        (((0.08, 0.24), (0.28, 0.01), (0.3, 0.0), (0.3, 0.03), (0.3, 1.0)),),
    ),
    2: (
        (
            (
                (0.04, 0.22),
                (0.16, 0.04),
                (0.36, 0.0),
                (0.55, 0.1),
                (0.58, 0.3),
                (0.42, 0.55),
                (0.02, 0.98),
                (0.05, 1.0),
                (0.64, 0.99),
            ),
        ),
        (
            (
                (0.04, 0.2),
                (0.25, 0.0),
                (0.5, 0.08),
                (0.54, 0.32),
                (0.3, 0.7),
                (0.08, 0.95),
                (0.1, 1.0),
                (0.25, 0.9),
                (0.62, 1.0),
            ),
        ),
    ),
    3: (
        (
            (
                (0.04, 0.12),
                (0.25, 0.0),
                (0.5, 0.08),
                (0.52, 0.3),
                (0.3, 0.46),
                (0.22, 0.47),
                (0.3, 0.48),
                (0.58, 0.62),
                (0.56, 0.88),
                (0.3, 1.0),
                (0.02, 0.9),
            ),
        ),
    ),
    4: (
        (
            ((0.36, 0.0), (0.0, 0.62), (0.02, 0.65), (0.68, 0.63)),
            ((0.44, 0.38), (0.44, 1.0)),
        ),
        (
            ((0.1, 0.0), (0.04, 0.5), (0.1, 0.54), (0.6, 0.5)),
            ((0.5, 0.02), (0.48, 1.0)),
        ),
    ),
    5: (
        (
            (
                (0.58, 0.0),
                (0.12, 0.02),
                (0.1, 0.04),
                (0.06, 0.44),
                (0.1, 0.45),
                (0.3, 0.38),
                (0.55, 0.5),
                (0.6, 0.75),
                (0.42, 0.97),
                (0.2, 1.0),
                (0.02, 0.92),
            ),
        ),
    ),
    6: (
        (
            (
                (0.5, 0.0),
                (0.2, 0.25),
                (0.04, 0.6),
                (0.1, 0.9),
                (0.32, 1.0),
                (0.55, 0.86),
                (0.56, 0.62),
                (0.36, 0.5),
                (0.14, 0.6),
                (0.06, 0.75),
            ),
        ),
    ),
    7: (
        (((0.0, 0.04), (0.58, 0.02), (0.6, 0.05), (0.42, 0.4), (0.22, 1.0)),),
        (
            ((0.0, 0.04), (0.58, 0.02), (0.6, 0.05), (0.42, 0.4), (0.22, 1.0)),
            ((0.16, 0.52), (0.54, 0.48)),
        ),
    ),
    8: (
        (
            (
                (0.52, 0.1),
                (0.32, 0.0),
                (0.1, 0.1),
                (0.12, 0.32),
                (0.34, 0.48),
                (0.58, 0.68),
                (0.54, 0.92),
                (0.3, 1.0),
                (0.06, 0.9),
                (0.06, 0.68),
                (0.3, 0.5),
                (0.52, 0.3),
                (0.54, 0.12),
                (0.5, 0.08),
            ),
        ),
    ),
    9: (
        (
            (
                (0.54, 0.14),
                (0.36, 0.0),
                (0.12, 0.08),
                (0.04, 0.3),
                (0.18, 0.46),
                (0.4, 0.42),
                (0.55, 0.2),
                (0.56, 0.14),
                (0.54, 0.5),
                (0.46, 1.0),
            ),
        ),
    ),
}

BLUE, BLACK, PENCIL, FAINT_PENCIL = (30, 45, 120), (25, 25, 32), (95, 95, 98), (135, 135, 138)
PENS: dict[str, tuple[int, int, int]] = {
    "yellow": (250, 220, 50),
    "orange": (250, 150, 45),
    "green": (70, 180, 90),
    "light blue": (110, 190, 240),
    "pink": (245, 130, 185),
    "grey": (165, 165, 168),
    "red": (205, 40, 45),
}
TABLES: tuple[tuple[int, int, int], ...] = (
    (112, 72, 44),
    (168, 124, 82),
    (60, 42, 34),
    (70, 88, 112),
    (120, 122, 124),
    (38, 40, 44),
    (96, 128, 92),
)


@dataclass(frozen=True)
class Condition:
    """What a photo is like; lengths are shares of the photo's width."""

    name: str
    ruling: str = "plain"  # plain, ruled, margin, graph
    inks: tuple[tuple[int, int, int], ...] = (BLUE, BLACK)
    stroke: tuple[float, float] = (0.008, 0.016)
    size: tuple[float, float] = (0.35, 0.6)  # the digit's height
    table: bool = False
    shadow: str = "none"  # none, hand, edge
    tilt: float = 0.03  # how far a corner of the sheet is moved
    blur: float = 0.0
    noise: float = 2.0


_TABLE = {"table": True, "size": (0.22, 0.36), "stroke": (0.007, 0.014)}
CONDITIONS: tuple[Condition, ...] = (
    Condition("close, plain"),
    Condition("close, ruled", ruling="ruled"),
    Condition("close, graph", ruling="graph"),
    Condition("close, pencil", inks=(PENCIL, FAINT_PENCIL)),
    Condition("pencil, ruled", ruling="ruled", inks=(PENCIL,)),
    Condition("pencil, margin", ruling="margin", inks=(PENCIL, FAINT_PENCIL)),
    Condition("pen, margin", ruling="margin"),
    Condition("on a table", **_TABLE),
    Condition("on a table, ruled", ruling="ruled", **_TABLE),
    Condition("on a table, margin, pencil", ruling="margin", inks=(PENCIL,), **_TABLE),
    Condition("on a table, graph", ruling="graph", **_TABLE),
    Condition("small", table=True, size=(0.06, 0.11), stroke=(0.004, 0.006)),
    *(
        Condition(f"{name}, table", inks=(colour,), table=True, size=(0.22, 0.4))
        for name, colour in PENS.items()
    ),
    *(Condition(f"{name}, close", inks=(colour,)) for name, colour in PENS.items()),
    Condition("hand's shadow", shadow="hand"),
    Condition("edge's shadow", shadow="edge"),
    Condition("hand's shadow, table", shadow="hand", **_TABLE),
    Condition("edge's shadow, table", shadow="edge", **_TABLE),
    Condition("at an angle", **{**_TABLE, "tilt": 0.11}),
    Condition("blurred", blur=3.0, **_TABLE),
    Condition("noisy", noise=9.0, **_TABLE),
)


def _smooth(points: np.ndarray) -> np.ndarray:
    for _ in range(3):
        first, second = points[:-1], points[1:]
        cut = np.stack((0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second), axis=1)
        points = np.concatenate((points[:1], cut.reshape(-1, 2), points[-1:]))
    return points


def _write(sheet: np.ndarray, digit: int, condition: Condition, rng: np.random.Generator) -> None:
    """The digit in the sheet (H, W, 3) float, in place; the pen covers what is printed."""
    shapes = SHAPES[digit]
    strokes = shapes[int(rng.integers(len(shapes)))]
    height = rng.uniform(*condition.size) * WIDTH
    slant, turn, aspect = rng.uniform(-0.15, 0.2), rng.uniform(-0.08, 0.08), rng.uniform(0.85, 1.2)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = matrix @ np.array([[1, -slant], [0, 1]]) @ np.diag([aspect, 1.0]) * height
    middle = np.array([WIDTH, HEIGHT]) / 2 + rng.uniform(-0.07, 0.07, 2) * WIDTH
    width = max(2, round(rng.uniform(*condition.stroke) * WIDTH))
    mask = np.zeros(sheet.shape[:2], np.uint8)
    for stroke in strokes:
        points = np.array(stroke) + rng.normal(0, 0.012, (len(stroke), 2))
        points = _smooth((points - [0.32, 0.5]) @ matrix.T + middle)
        cv2.polylines(mask, [np.rint(points * 16).astype(int)], False, 255, width, cv2.LINE_AA, 4)
    colour = np.array(condition.inks[int(rng.integers(len(condition.inks)))], np.float32)
    cover = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8)[..., None]
    if condition.inks[0][0] == condition.inks[0][1]:  # a pencil leaves the grain of the paper
        grain = 0.72 + 0.28 * rng.random(sheet.shape[:2], np.float32)
        cover = cover * cv2.GaussianBlur(grain, (0, 0), 1.0)[..., None]
    sheet *= 1 - cover * (1 - colour / 255 * 0.98)


def _ruled(sheet: np.ndarray, ruling: str, rng: np.random.Generator) -> None:
    step, weight = round(WIDTH * rng.uniform(0.045, 0.075)), int(rng.integers(2, 4))
    line = np.array((150, 185, 220), np.float32) / 255
    offset = int(rng.integers(step))
    if ruling != "plain":
        for row in range(offset, HEIGHT, step):
            sheet[row : row + weight] *= line
    if ruling == "graph":
        for column in range(offset, WIDTH, step):
            sheet[:, column : column + weight] *= line
    if ruling == "margin":
        column = round(WIDTH * rng.uniform(0.08, 0.16))
        sheet[:, column : column + weight] *= np.array((235, 140, 150), np.float32) / 255


def _table(rng: np.random.Generator) -> np.ndarray:
    colour = np.array(TABLES[int(rng.integers(len(TABLES)))], np.float32)
    table = np.empty((HEIGHT, WIDTH, 3), np.float32)
    table[:] = colour
    grain = rng.normal(0, 1, (HEIGHT // 6, 4)).astype(np.float32)
    table *= 1 + 0.05 * cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[..., None]
    for row in range(int(rng.integers(60)), HEIGHT, int(rng.integers(40, 110))):
        table[row : row + 3] *= 0.75
    return table


def _light(condition: Condition, rng: np.random.Generator) -> np.ndarray:
    """(H, W, 1): a lamp from one side, and a shadow over about half of the picture."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = (columns / WIDTH - 0.5) * np.cos(angle) + (rows / HEIGHT - 0.5) * np.sin(angle)
    light = 1 - 0.12 * (ramp + 0.5)
    if condition.shadow == "edge":
        tilt = rng.uniform(-0.25, 0.25)
        distance = columns - WIDTH * rng.uniform(0.4, 0.62) + tilt * (rows - HEIGHT / 2)
        distance = distance if rng.random() < 0.5 else -distance
        dark = 1 / (1 + np.exp(-(distance / rng.uniform(2, 8)).clip(-30, 30)))
    elif condition.shadow == "hand":
        shade = np.zeros((HEIGHT, WIDTH), np.uint8)
        middle = (round(WIDTH * rng.uniform(0.45, 0.7)), round(HEIGHT * rng.uniform(0.6, 0.75)))
        cv2.ellipse(shade, middle, (210, 160), rng.uniform(-30, 30), 0, 360, 255, -1)
        wrist = (WIDTH + 100, HEIGHT + 100)
        cv2.line(shade, middle, wrist, 255, round(WIDTH * rng.uniform(0.25, 0.4)))
        dark = cv2.GaussianBlur(shade.astype(np.float32) / 255, (0, 0), rng.uniform(10, 30))
    else:
        return light[..., None]
    return (light * (1 - dark * rng.uniform(0.4, 0.58)))[..., None]


def scene(condition: Condition, digit: int, seed: int) -> np.ndarray:
    """(1000, 750, 3) uint8: a photo of this digit under this condition."""
    rng = np.random.default_rng((seed, digit, CONDITIONS.index(condition)))
    sheet = np.empty((HEIGHT, WIDTH, 3), np.float32)
    sheet[:] = np.array((245, 242, 236), np.float32) * rng.uniform(0.94, 1.0)
    _ruled(sheet, condition.ruling, rng)
    _write(sheet, digit, condition, rng)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    inset = np.array([WIDTH, HEIGHT]) * (rng.uniform(0.06, 0.14) if condition.table else -0.04)
    target = corners + np.sign(np.array([WIDTH, HEIGHT]) / 2 - corners) * inset
    target += rng.uniform(-1, 1, (4, 2)) * condition.tilt * WIDTH
    matrix = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    photo = cv2.warpPerspective(sheet, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    if condition.table:
        cover = np.ones((HEIGHT, WIDTH), np.float32)
        cover = cv2.warpPerspective(cover, matrix, (WIDTH, HEIGHT))[..., None]
        photo = photo * cover + _table(rng) * (1 - cover)
    photo = photo * _light(condition, rng)
    if condition.blur:
        photo = cv2.GaussianBlur(photo, (0, 0), condition.blur)
    photo = photo + condition.noise * rng.standard_normal(photo.shape, np.float32)
    return np.rint(photo.clip(0, 255)).astype(np.uint8)
