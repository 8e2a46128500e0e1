"""Digits as other hands and other pens would have written them, drawn anew for every batch.

MNIST was written by American clerks and students: its ones have no flag and its sevens no bar, and
its strokes are of one pen. The functions take pictures (N, 1, 28, 28) in 0..1, ink bright.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from convdemo.augmentation.batch import column, stroke_weight, tone, uniform, warp

SIDE = 28
BOX_SIDE = 20.0
INK = 0.3  # what counts as part of a stroke

# How often a digit is given a habit that it may not have: (digit, share).
FLAG_ON_ONE = (1, 0.5)
FOOT_ON_ONE = (1, 0.25)
BAR_ON_SEVEN = (7, 0.35)
SLASH_ON_ZERO = (0, 0.08)
SQUARED = 0.15  # share of digits whose proportions are lost, as in forms with a box per digit
MOST_STRETCH = 0.5  # the shorter side over the longer one, below which no side is stretched further
STRETCHED = 0.35  # share of digits that are wider or slimmer than they were written, by factors of
STRETCHES = (0.6, 1.7)
COARSE = 0.25  # share of digits out of pictures so small that they were these many pixels high
COARSE_SIDES = (8, 9, 10, 12, 14, 16)
BINARY = 0.5  # share of the coarse ones that were black and white


def _places(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The row and the column of every pixel, (1, 28, 28) each."""
    line = torch.arange(float(SIDE), device=device)
    return line.view(1, -1, 1), line.view(1, 1, -1)


def _extent(ink: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last index along an axis at which there is ink, or (inf, -inf) without any."""
    there = (ink > INK).any(dim=3 - dim)
    index = torch.arange(float(SIDE), device=ink.device)
    first = torch.where(there, index, math.inf).amin(dim=1)
    last = torch.where(there, index, -math.inf).amax(dim=1)
    return first, last


def _stroke_column(ink: torch.Tensor, row: torch.Tensor, reach: float) -> torch.Tensor:
    """Where the ink near a row stands on average, per picture."""
    rows, columns = _places(ink.device)
    near = ink * ((rows - row.view(-1, 1, 1)).abs() < reach)
    return (near * columns).sum(dim=(1, 2)) / near.sum(dim=(1, 2)).clamp(min=1e-3)


def _segments(start: torch.Tensor, end: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """Anti-aliased strokes (N, 28, 28) between points (N, 2) given as (column, row)."""
    rows, columns = _places(start.device)
    along = end - start
    length = (along**2).sum(dim=1).clamp(min=1e-3).view(-1, 1, 1)
    across_x = columns - start[:, 0].view(-1, 1, 1)
    across_y = rows - start[:, 1].view(-1, 1, 1)
    step_x, step_y = along[:, 0].view(-1, 1, 1), along[:, 1].view(-1, 1, 1)
    share = ((across_x * step_x + across_y * step_y) / length).clamp(0, 1)
    distance = ((across_x - share * step_x) ** 2 + (across_y - share * step_y) ** 2).sqrt()
    return (width.view(-1, 1, 1) / 2 + 0.5 - distance).clamp(0, 1)


def reframe(images: torch.Tensor, stretch: torch.Tensor | None = None) -> torch.Tensor:
    """Each digit's box fitted into 20x20 and its mass centred again, as MNIST was made.

    `stretch` (N,) is what the width of each is multiplied with before.
    """
    ink = images[:, 0]
    top, bottom = _extent(ink, 1)
    left, right = _extent(ink, 2)
    wide, high = right - left + 1, bottom - top + 1
    stretch = torch.ones_like(wide) if stretch is None else stretch
    scale_y = torch.maximum(wide * stretch, high) / BOX_SIDE
    scale_x = scale_y / stretch
    rows, columns = _places(images.device)
    mass = ink.sum(dim=(1, 2)).clamp(min=1e-3)
    middle = (SIDE - 1) / 2
    shift_x = ((ink * columns).sum(dim=(1, 2)) / mass - middle) * (2 / SIDE)
    shift_y = ((ink * rows).sum(dim=(1, 2)) / mass - middle) * (2 / SIDE)
    none = torch.zeros_like(shift_x)
    rows_of_theta = (
        torch.stack((scale_x, none, shift_x), dim=1),
        torch.stack((none, scale_y, shift_y), dim=1),
    )
    theta = torch.stack(rows_of_theta, dim=1)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def square_stretch(images: torch.Tensor, squareness: torch.Tensor) -> torch.Tensor:
    """(N,) what stretches each digit towards a square: 0 keeps the aspect, 1 fills the square, but
    for sides that would more than double.
    """
    ink = images[:, 0]
    high, wide = (last - first + 1 for first, last in (_extent(ink, 1), _extent(ink, 2)))
    longest = torch.maximum(wide, high)
    shares = (side / longest for side in (high, wide))
    high, wide = (share.clamp(min=MOST_STRETCH) for share in shares)
    return (high / wide) ** squareness


def habits(images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Some ones with a flag or a foot, sevens with a bar, zeros with a slash; others as is."""
    count, device = len(images), images.device
    ink = images[:, 0].clone()
    top, bottom = _extent(ink, 1)
    left, right = _extent(ink, 2)
    height = bottom - top

    def draw(low: float, high: float) -> torch.Tensor:
        return uniform(count, low, high, generator, device)

    width = draw(1.5, 3.2)
    changed = torch.zeros(count, dtype=torch.bool, device=device)

    def add(habit: tuple[int, float], start: torch.Tensor, end: torch.Tensor) -> None:
        digit, share = habit
        chosen = ((labels == digit) & (draw(0, 1) < share) & (height > 0)).nonzero()[:, 0]
        if len(chosen):
            stroke = _segments(start[chosen], end[chosen], width[chosen])
            ink[chosen] = torch.maximum(ink[chosen], stroke)
            changed[chosen] = True

    head = torch.stack((_stroke_column(ink, top, 2.5), top + 0.8), dim=1)
    angle, length = draw(25, 70) * (math.pi / 180), height * draw(0.2, 0.85)
    flag = torch.stack((-length * angle.sin(), length * angle.cos()), dim=1)
    base = torch.stack((_stroke_column(ink, bottom, 2.5), bottom - 0.5), dim=1)
    half = height * draw(0.15, 0.4)
    foot = torch.stack((half, half * draw(-0.12, 0.12)), dim=1)
    waist = top + height * draw(0.42, 0.62)
    stem = torch.stack((_stroke_column(ink, waist, 1.2), waist), dim=1)
    half = height * draw(0.15, 0.32)
    bar = torch.stack((half, -half * draw(-0.3, 0.3)), dim=1)
    middle = torch.stack(((left + right) / 2, (top + bottom) / 2), dim=1)
    slash = torch.stack((right - left, -height), dim=1) * draw(0.35, 0.62).unsqueeze(1)

    add(FLAG_ON_ONE, head, head + flag)
    add(FOOT_ON_ONE, base - foot, base + foot)
    add(BAR_ON_SEVEN, stem - bar, stem + bar)
    add(SLASH_ON_ZERO, middle - slash, middle + slash)
    written = ink.unsqueeze(1)
    chosen = changed.nonzero()[:, 0]
    if len(chosen):
        written[chosen] = reframe(written[chosen])
    return written


def stretched(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Some digits stretched towards a square, some by a factor of their own, wider or slimmer."""
    count, device = len(images), images.device
    amount = uniform(count, 0.3, 1.0, generator, device)
    least, most = (math.log(value) for value in STRETCHES)
    factor = uniform(count, least, most, generator, device).exp()
    draw = uniform(count, 0, 1, generator, device)
    drawn = (images[:, 0] > INK).flatten(1).any(dim=1)
    places = ((draw < SQUARED + STRETCHED) & drawn).nonzero()[:, 0]
    if not len(places):
        return images
    images = images.clone()
    chosen = images[places]
    towards_square = square_stretch(chosen, amount[places])
    images[places] = reframe(
        chosen, torch.where(draw[places] < SQUARED, towards_square, factor[places])
    )
    return images


def coarse(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Some digits as they come out of a picture in which they were 8 to 16 pixels high."""
    count, device = len(images), images.device
    draw = uniform(count, 0, 1, generator, device)
    level = column(uniform(count, 0.3, 0.6, generator, device))
    binary = column(uniform(count, 0, 1, generator, device)) < BINARY
    images = images.clone()
    each = COARSE / len(COARSE_SIDES)
    for kind, side in enumerate(COARSE_SIDES):
        places = ((draw >= kind * each) & (draw < (kind + 1) * each)).nonzero()[:, 0]
        if not len(places):
            continue
        small = functional.adaptive_avg_pool2d(images[places], round(side * SIDE / BOX_SIDE))
        small = torch.where(binary[places], (small > level[places]).float(), small)
        images[places] = functional.interpolate(small, (SIDE, SIDE), mode="bilinear")
    return images


def focus(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of the pictures blurred, half made crisper, each by its own amount."""
    kernel = torch.tensor([1.0, 2.0, 1.0], device=images.device) / 4
    blurred = functional.conv2d(images, kernel.view(1, 1, 3, 1), padding=(1, 0))
    blurred = functional.conv2d(blurred, kernel.view(1, 1, 1, 3), padding=(0, 1))
    amount = column(uniform(len(images), -1, 1, generator, images.device))
    crisp = ((images - 0.5) * (1 + 4 * (-amount).clamp(min=0)) + 0.5).clamp(0, 1)
    return torch.where(amount > 0, images + amount * (blurred - images), crisp)


def augment_digits(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Half of a batch as other hands and pens would have written it, half only moved a little.

    With nothing but strangers' handwriting the network reads MNIST's own a little worse.
    """
    half = len(images) // 2
    if half == 0:
        return other_hands(images, labels, generator)
    moved = warp(
        images[half:], generator, degrees=10, shear=0.15, scale=(0.9, 1.1), shift=1.5, elastic=0.6
    )
    return torch.cat((other_hands(images[:half], labels[:half], generator), moved))


def other_hands(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Digits of other hands (habits, slant, proportions) and other pens (weight, focus, tone)."""
    images = stretched(habits(images, labels, generator), generator)
    images = stroke_weight(images, generator, thinnest=-0.3, thickest=0.8)
    images = warp(
        images, generator, degrees=14, shear=0.3, scale=(0.75, 1.15), shift=2.0, elastic=0.7
    )
    images = coarse(images, generator)
    images = focus(images, generator)
    return tone(images, generator, gamma=0.5, noise=0.06)
