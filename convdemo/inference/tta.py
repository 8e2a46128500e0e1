"""Several views of one input, whose answers are averaged: what a network is unsure of evens out.

Each function takes inputs (N, C, H, W) in 0..1 and gives (V, N, C, H, W), the input itself first.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional

Views = Callable[[torch.Tensor], torch.Tensor]

# Chosen on MNIST's validation set among turns, shears, scales and shifts of one network.
TURN_DEGREES = 7.0
SHEAR = 0.15
# Likewise on Fashion-MNIST's, among whole and half pixels, straight and diagonal.
NUDGE_PIXELS = 0.5
# Of each side; three quarters and six tenths did the same for held-out photos of clothes.
MIDDLE = 0.75


def single(images: torch.Tensor) -> torch.Tensor:
    """The input alone."""
    return images.unsqueeze(0)


def mirrored(images: torch.Tensor) -> torch.Tensor:
    """The input and its mirror image: for clothes, never for digits."""
    return torch.stack((images, images.flip(3)))


def nearer(images: torch.Tensor) -> torch.Tensor:
    """The input and its middle, as from nearer, each also mirrored: for photos of clothes."""
    height, width = images.shape[2:]
    top, left = round(height * (1 - MIDDLE) / 2), round(width * (1 - MIDDLE) / 2)
    middle = images[..., top : height - top, left : width - left]
    middle = functional.interpolate(middle, (height, width), mode="bilinear")
    views = torch.stack((images, middle))
    return torch.cat((views, views.flip(4)))


def _sampled(images: torch.Tensor, rows: list[list[float]]) -> torch.Tensor:
    """The images under one affine map of the output's coordinates to the input's."""
    theta = torch.tensor([rows], device=images.device).expand(len(images), 2, 3)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def slanted(images: torch.Tensor) -> torch.Tensor:
    """The input, turned to both sides and slanted to both sides."""
    cosine, sine = math.cos(math.radians(TURN_DEGREES)), math.sin(math.radians(TURN_DEGREES))
    maps = [
        [[cosine, -sine, 0.0], [sine, cosine, 0.0]],
        [[cosine, sine, 0.0], [-sine, cosine, 0.0]],
        [[1.0, SHEAR, 0.0], [0.0, 1.0, 0.0]],
        [[1.0, -SHEAR, 0.0], [0.0, 1.0, 0.0]],
    ]
    return torch.stack((images, *(_sampled(images, rows) for rows in maps)))


def nudged(images: torch.Tensor) -> torch.Tensor:
    """The input and the input moved half a pixel to each side, each also mirrored: for clothes."""
    height, width = images.shape[2:]
    right, down = 2 * NUDGE_PIXELS / width, 2 * NUDGE_PIXELS / height
    moves = ((right, 0.0), (-right, 0.0), (0.0, down), (0.0, -down))
    moved = [_sampled(images, [[1.0, 0.0, x], [0.0, 1.0, y]]) for x, y in moves]
    views = torch.stack((images, *moved))
    return torch.cat((views, views.flip(4)))


def moved(images: torch.Tensor) -> torch.Tensor:
    """The input and the input moved by a pixel to each corner, each also mirrored: for photos.

    Chosen on CIFAR-10's validation set among the mirror image alone, two and four diagonals and the
    four straight moves.
    """
    height, width = images.shape[2:]
    padded = functional.pad(images, (1, 1, 1, 1), mode="reflect")
    indices = ((1, 1), (2, 2), (0, 0), (0, 2), (2, 0))
    views = torch.stack([padded[..., y : y + height, x : x + width] for y, x in indices])
    return torch.cat((views, views.flip(4)))


VIEWS: dict[str, Views] = {
    "single": single,
    "mirrored": mirrored,
    "nearer": nearer,
    "slanted": slanted,
    "nudged": nudged,
    "moved": moved,
}


def view_count(views: str) -> int:
    """How many inputs a network reads for one picture."""
    return len(VIEWS[views](torch.zeros(1, 1, 4, 4)))


def probabilities_of(
    network: torch.nn.Module,
    images: torch.Tensor,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    views: str = "single",
    quarters: int = 0,
) -> torch.Tensor:
    """(N, outputs) probabilities of inputs (N, C, H, W) in 0..1, averaged over the views.

    The network sees views of the images as they are when turned counter-clockwise by quarters.
    """
    seen = VIEWS[views](images.rot90(quarters, (2, 3)) if quarters else images)
    outputs = network(normalise(seen.flatten(0, 1), mean, std)).softmax(dim=1)
    return outputs.view(len(seen), len(images), -1).mean(dim=0)


def normalise(
    images: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]
) -> torch.Tensor:
    """Pictures (N, C, H, W) in 0..1 as the network takes them: (x - mean) / std per channel."""
    centre = torch.tensor(mean, device=images.device).view(1, -1, 1, 1)
    scale = torch.tensor(std, device=images.device).view(1, -1, 1, 1)
    return (images - centre) / scale
