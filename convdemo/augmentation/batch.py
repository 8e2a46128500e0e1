"""Augmentation of whole batches while training: every picture of a batch is drawn its own values.

The functions take float pictures (N, C, H, W) in 0..1 with a black ground and a generator, and give
pictures of the same shape. torchvision's v2 transforms draw once per batch, hence our own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

Augment = Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]


def uniform(
    count: int, low: float, high: float, generator: torch.Generator, device: torch.device
) -> torch.Tensor:
    """(count,) values between low and high, drawn on the CPU: a seed means the same anywhere."""
    return (torch.rand(count, generator=generator) * (high - low) + low).to(device)


def column(values: torch.Tensor) -> torch.Tensor:
    """(N,) values as (N, 1, 1, 1), one per picture."""
    return values.view(-1, 1, 1, 1)


def warp(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    degrees: float,
    shear: float,
    scale: tuple[float, float],
    shift: float,
    elastic: float = 0.0,
    edge: str = "zeros",
) -> torch.Tensor:
    """Each picture turned, sheared, scaled per axis, shifted (pixels) and bent (pixels).

    `edge` says what lies around it, as in `functional.grid_sample`.
    """
    count, _, height, width = images.shape
    device = images.device
    angle = uniform(count, -degrees, degrees, generator, device) * (math.pi / 180)
    slant = uniform(count, -shear, shear, generator, device)
    scale_x = 1 / uniform(count, *scale, generator, device)
    scale_y = 1 / uniform(count, *scale, generator, device)
    shift_x = uniform(count, -shift, shift, generator, device) * (2 / width)
    shift_y = uniform(count, -shift, shift, generator, device) * (2 / height)
    cosine, sine = angle.cos(), angle.sin()
    rows = (
        torch.stack((scale_x * cosine, scale_x * (slant * cosine - sine), shift_x), dim=1),
        torch.stack((scale_y * sine, scale_y * (slant * sine + cosine), shift_y), dim=1),
    )
    grid = functional.affine_grid(torch.stack(rows, dim=1), list(images.shape), align_corners=False)
    if elastic:
        coarse = torch.randn(count, 2, 5, 5, generator=generator).to(device) * (2 * elastic / width)
        bend = functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=True)
        grid = grid + bend.permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, padding_mode=edge, align_corners=False)


def _extreme(images: torch.Tensor, choose: Callable[..., torch.Tensor]) -> torch.Tensor:
    """The extreme of every 3x3 neighbourhood, in two passes: four times faster than pooling."""
    padded = functional.pad(images, (1, 1, 0, 0), mode="replicate")
    rows = choose(choose(padded[..., :-2], padded[..., 1:-1]), padded[..., 2:])
    padded = functional.pad(rows, (0, 0, 1, 1), mode="replicate")
    return choose(choose(padded[..., :-2, :], padded[..., 1:-1, :]), padded[..., 2:, :])


def stroke_weight(
    images: torch.Tensor, generator: torch.Generator, *, thinnest: float, thickest: float
) -> torch.Tensor:
    """Each picture's strokes shrunk (below 0) or grown (above 0) by up to a pixel on each side."""
    amount = column(uniform(len(images), thinnest, thickest, generator, images.device))
    grown = _extreme(images, torch.maximum) - images
    shrunk = _extreme(images, torch.minimum) - images
    return images + amount.clamp(min=0) * grown + (-amount).clamp(min=0) * shrunk


def tone(
    images: torch.Tensor, generator: torch.Generator, *, gamma: float, noise: float
) -> torch.Tensor:
    """Each picture's values to a power of e^-gamma..e^gamma, its top lowered, noise added."""
    count, device = len(images), images.device
    power = column(uniform(count, -gamma, gamma, generator, device).exp())
    top = column(uniform(count, 0.75, 1.0, generator, device))
    spread = column(uniform(count, 0.0, noise, generator, device))
    grain = torch.randn(images.shape, generator=generator).to(device)
    return (images.clamp(min=0) ** power * top + grain * spread * (images > 0)).clamp(0, 1)


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Half of the pictures mirrored left to right: for clothes, never for digits."""
    chosen = uniform(len(images), 0, 1, generator, images.device) < 0.5
    return torch.where(column(chosen), images.flip(3), images)


def shift_by_pixels(
    images: torch.Tensor,
    generator: torch.Generator,
    *,
    pixels: int,
    fill: float | None = None,
) -> torch.Tensor:
    """Each picture moved by whole pixels, up to `pixels` to each side; its edges are reflected
    where there is no value to fill them with.
    """
    count, _, height, width = images.shape
    mode = "reflect" if fill is None else "constant"
    padded = functional.pad(images, (pixels,) * 4, mode=mode, value=fill)
    moves = torch.randint(0, 2 * pixels + 1, (2, count, 1), generator=generator).to(images.device)
    rows = moves[0] + torch.arange(height, device=images.device)
    columns = moves[1] + torch.arange(width, device=images.device)
    which = torch.arange(count, device=images.device).view(-1, 1, 1)
    return padded.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2
    )


def erase(
    images: torch.Tensor, generator: torch.Generator, *, probability: float, most: float = 0.33
) -> torch.Tensor:
    """Some pictures with one rectangle of noise, up to `most` of the area (arXiv 1708.04896)."""
    count, _, height, width = images.shape
    device = images.device
    area = uniform(count, 0.02, most, generator, device) * height * width
    aspect = uniform(count, math.log(0.3), math.log(1 / 0.3), generator, device).exp()
    tall = (area * aspect).sqrt().clamp(max=height)
    wide = (area / aspect).sqrt().clamp(max=width)
    top = uniform(count, 0, 1, generator, device) * (height - tall)
    left = uniform(count, 0, 1, generator, device) * (width - wide)
    rows = torch.arange(height, device=device).view(1, height, 1)
    columns = torch.arange(width, device=device).view(1, 1, width)

    def inside(places: torch.Tensor, start: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        start, length = start.view(-1, 1, 1), length.view(-1, 1, 1)
        return (places >= start) & (places < start + length)

    chosen = uniform(count, 0, 1, generator, device) < probability
    hole = inside(rows, top, tall) & inside(columns, left, wide) & chosen.view(-1, 1, 1)
    filling = torch.rand(images.shape, generator=generator).to(device)
    return torch.where(hole.unsqueeze(1), filling, images)


def augment_clothes(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Clothes mirrored, moved a little and partly hidden."""
    images = flip(images, generator)
    images = warp(images, generator, degrees=3, shear=0.03, scale=(0.95, 1.05), shift=1.5)
    return erase(images, generator, probability=0.3, most=0.2)


def augment_clothes_lightly(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Clothes mirrored and moved by up to a pixel: for runs too short to learn from more."""
    images = flip(images, generator)
    return warp(images, generator, degrees=0, shear=0, scale=(1, 1), shift=1)


def augment_custom(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Pictures of anything mirrored, turned a little, moved and scaled, their edges reflected."""
    images = flip(images, generator)
    shift = images.shape[-1] / 16
    return warp(
        images, generator, degrees=10, shear=0.05, scale=(0.85, 1.2), shift=shift, edge="reflection"
    )


def augment_clothes_mirrored(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Clothes mirrored and nothing else: for runs of seconds."""
    return flip(images, generator)


def augment_photos(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Small photos mirrored, moved by whole pixels, since there is no detail to blur, and half of
    them partly hidden: without that a long run learns its pictures by heart.
    """
    moved = shift_by_pixels(flip(images, generator), generator, pixels=4)
    return erase(moved, generator, probability=0.5, most=0.2)


def augment_photos_zoomed(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Small photos mirrored, moved or zoomed, brighter or darker, tinted a little: things come in
    other sizes and lights in the photos that a backbone is for. Half of them are only moved, since
    a zoom blurs what it touches.
    """
    images = flip(images, generator)
    moved = shift_by_pixels(images, generator, pixels=4)
    zoomed = warp(
        images, generator, degrees=0, shear=0, scale=(0.85, 1.5), shift=4, edge="reflection"
    )
    count, device = len(images), images.device
    chosen = column(uniform(count, 0, 1, generator, device)) < 0.5
    light = column(uniform(count, 0.8, 1.2, generator, device))
    tint = uniform(3 * count, 0.93, 1.07, generator, device).view(count, 3, 1, 1)
    return (torch.where(chosen, zoomed, moved) * light * tint).clamp(0, 1)
