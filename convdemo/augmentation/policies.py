"""Automatic augmentation taken apart: what torchvision's policies draw, and what they make of it.

torchvision draws from one random state of the whole process and does not tell what it drew. Here
the same draws come from a generator of their own, in the same order, and are applied by
torchvision's own operations: the pictures are those of its transforms for the same seed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torchvision.transforms import v2

from convdemo.errors import choose

BINS = 10  # strengths of an operation in AutoAugment and AugMix


@dataclass(frozen=True)
class AppliedOperation:
    """One operation of a tile: whether it was let through, and how strong it is in real units.

    `unit` is "degrees", "pixels", "factor", "bits", "threshold" or "" for one without strength;
    `chain` counts AugMix's chains from 0, `weight` is that of the chain in the mixture; `values`
    are pixels of the rectangle that was cut out.
    """

    name: str
    probability: float
    applied: bool
    magnitude: float | None
    unit: str
    chain: int | None = None
    weight: float | None = None
    values: dict[str, float] | None = None


@dataclass(frozen=True)
class Drawn:
    """Everything that a policy drew for one picture."""

    operations: tuple[AppliedOperation, ...]
    rule: int | None  # which sub-policy, counted from 0, where the policy has a table of them
    steps: tuple[tuple[str, float], ...]  # (operation, strength as torchvision takes it), applied
    depths: tuple[int, ...] = ()  # of AugMix's chains
    weights: tuple[torch.Tensor, torch.Tensor] | None = None  # of the original and of the chains


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture (H, W, 3) uint8 after a policy, and what was done to it."""

    image: np.ndarray
    drawn: Drawn


# A picture (3, H, W) uint8 and a seed -> what becomes of it, and what was drawn for that.
Change = Callable[[torch.Tensor, int], tuple[torch.Tensor, Drawn]]

UNITS: dict[str, tuple[str, Callable[[float], float]]] = {
    "ShearX": ("degrees", lambda m: math.degrees(math.atan(m))),
    "ShearY": ("degrees", lambda m: math.degrees(math.atan(m))),
    "TranslateX": ("pixels", lambda m: float(int(m))),
    "TranslateY": ("pixels", lambda m: float(int(m))),
    "Rotate": ("degrees", lambda m: m),
    "Brightness": ("factor", lambda m: 1 + m),
    "Color": ("factor", lambda m: 1 + m),
    "Contrast": ("factor", lambda m: 1 + m),
    "Sharpness": ("factor", lambda m: 1 + m),
    "Posterize": ("bits", lambda m: float(int(m))),
    "Solarize": ("threshold", lambda m: 255 * m),
}


def _auto(policy: str) -> Callable[[], v2.AutoAugment]:
    return lambda: v2.AutoAugment(v2.AutoAugmentPolicy(policy))


# The transforms by name, with torchvision's own settings.
POLICIES: dict[str, Callable[[], Any]] = {
    "imagenet": _auto("imagenet"),
    "cifar10": _auto("cifar10"),
    "svhn": _auto("svhn"),
    "rand": v2.RandAugment,
    "trivial": v2.TrivialAugmentWide,
    "augmix": v2.AugMix,
}


def transform_of(policy: str) -> Any:
    """torchvision's transform; ValueError naming the policies there are."""
    return choose("policy", policy, POLICIES)()


def table_of(policy: str) -> tuple[tuple[tuple[str, float, int | None], ...], ...]:
    """The sub-policies ((operation, probability, strength 0..9), ...); empty without a table."""
    return tuple(map(tuple, getattr(transform_of(policy), "_policies", ())))


class Draws:
    """A generator asked as torchvision asks the process's random state."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def below(self, count: int) -> int:
        return int(torch.randint(count, (), generator=self.generator))

    def share(self) -> float:
        return float(torch.rand((), generator=self.generator))

    def uniform(self, low: float, high: float) -> float:
        return torch.empty(1).uniform_(low, high, generator=self.generator).item()

    def normal(self, shape: torch.Size) -> torch.Tensor:
        return torch.randn(shape, generator=self.generator)


class _PolicyDraws(Draws):
    """What a policy's transform draws for a picture of that size."""

    def __init__(self, transform: Any, height: int, width: int, seed: int):
        super().__init__(seed)
        self.transform, self.size = transform, (height, width)

    def item(self, space: dict[str, Any]) -> str:
        """An operation out of all there are."""
        return tuple(space)[self.below(len(space))]

    def strength(self, name: str, bins: int, index: Callable[[], int | None]) -> float:
        """The strength of an operation, its sign drawn where it has one; 0 without strengths."""
        strengths_of, signed = self.transform._AUGMENTATION_SPACE[name]
        strengths = strengths_of(bins, *self.size)
        if strengths is None:
            return 0.0
        found = float(strengths[index()])
        return -found if signed and self.share() <= 0.5 else found

    def weights(self, alpha: float, count: int) -> torch.Tensor:
        """(1, count) shares of a mixture."""
        parameters = torch.tensor([alpha] * count).expand(1, -1)
        sample: Any = torch._sample_dirichlet  # pyright: ignore[reportPrivateImportUsage]
        return sample(parameters, generator=self.generator)


def _operation(name: str, strength: float | None, probability: float = 1.0) -> AppliedOperation:
    """An operation as it is shown; a strength of None for one that was not let through."""
    unit, in_units = UNITS.get(name, ("", None))
    shown = None if strength is None or in_units is None else in_units(strength) + 0.0  # no -0
    return AppliedOperation(name, probability, strength is not None, shown, unit)


def draw(policy: str, height: int, width: int, seed: int) -> Drawn:
    """What a policy draws for a picture of that size."""
    transform = transform_of(policy)
    draws = _PolicyDraws(transform, height, width, seed)
    if isinstance(transform, v2.AutoAugment):
        return _draw_rule(transform, draws)
    if isinstance(transform, v2.AugMix):
        return _draw_mixture(transform, draws)
    steps = []
    if isinstance(transform, v2.RandAugment):
        for _ in range(transform.num_ops):
            name = draws.item(transform._AUGMENTATION_SPACE)
            bins, index = transform.num_magnitude_bins, transform.magnitude
            steps.append((name, draws.strength(name, bins, lambda index=index: index)))
    else:
        name = draws.item(transform._AUGMENTATION_SPACE)
        bins = transform.num_magnitude_bins
        steps.append((name, draws.strength(name, bins, lambda: draws.below(bins))))
    return Drawn(tuple(_operation(*step) for step in steps), None, tuple(steps))


def _draw_rule(transform: Any, draws: _PolicyDraws) -> Drawn:
    rule = draws.below(len(transform._policies))
    operations, steps = [], []
    for name, probability, index in transform._policies[rule]:
        if draws.share() <= probability:
            strength = draws.strength(name, BINS, lambda index=index: index)
            steps.append((name, strength))
            operations.append(_operation(name, strength, probability))
        else:
            operations.append(_operation(name, None, probability))
    return Drawn(tuple(operations), rule, tuple(steps))


def _draw_mixture(transform: Any, draws: _PolicyDraws) -> Drawn:
    mixture = draws.weights(transform.alpha, 2)
    weights = draws.weights(transform.alpha, transform.mixture_width) * mixture[:, 1].reshape(1, -1)
    operations, steps, depths = [], [], []
    for chain in range(transform.mixture_width):
        depths.append(1 + draws.below(3))
        for _ in range(depths[-1]):
            name = draws.item(transform._AUGMENTATION_SPACE)
            strength = draws.strength(name, BINS, lambda: draws.below(transform.severity))
            steps.append((name, strength))
            shown = _operation(name, strength)
            operations.append(replace(shown, chain=chain, weight=float(weights[0, chain])))
    both = (mixture[:, 0], weights)
    return Drawn(tuple(operations), None, tuple(steps), tuple(depths), both)


def apply(policy: str, image: torch.Tensor, drawn: Drawn) -> torch.Tensor:
    """The picture (3, H, W) uint8 after what was drawn for it, by torchvision's operations."""
    transform = transform_of(policy)

    def step(picture: torch.Tensor, name: str, strength: float) -> torch.Tensor:
        return transform._apply_image_or_video_transform(
            picture, name, strength, interpolation=transform.interpolation, fill=transform._fill
        )

    if drawn.weights is None:
        for name, strength in drawn.steps:
            image = step(image, name, strength)
        return image
    original, weights = drawn.weights
    batch = image.unsqueeze(0)
    mix = original.reshape(1, 1, 1, 1) * batch
    remaining = iter(drawn.steps)
    for chain, depth in enumerate(drawn.depths):
        changed = batch
        for _ in range(depth):
            changed = step(changed, *next(remaining))
        mix.add_(weights[:, chain].reshape(1, 1, 1, 1) * changed)
    return mix[0].to(image.dtype)


def change(policy: str, image: torch.Tensor, seed: int) -> tuple[torch.Tensor, Drawn]:
    """The picture (3, H, W) uint8 as torchvision's transform makes it after `torch.manual_seed`,
    and what was drawn."""
    _, height, width = image.shape
    drawn = draw(policy, height, width, seed)
    return apply(policy, image, drawn), drawn


def preview(image: np.ndarray, policy: str, count: int, seed: int) -> tuple[Tile, ...]:
    """`count` tiles of a picture (H, W, 3) uint8; the same seed gives the same bytes.

    Tile i is what torchvision's transform gives after `torch.manual_seed(seed + i)`.
    """
    return tiles_of(image, partial(change, policy), count, seed)


def tiles_of(image: np.ndarray, change: Change, count: int, seed: int) -> tuple[Tile, ...]:
    """`count` tiles of a picture (H, W, 3) uint8, each of a seed of its own from `seed` on."""
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
    made = [change(tensor, one) for one in range(seed, seed + count)]
    return tuple(
        Tile(np.ascontiguousarray(picture.permute(1, 2, 0).numpy()), drawn)
        for picture, drawn in made
    )


def frequencies(policy: str, draws: int, height: int, width: int, seed: int) -> dict[str, float]:
    """How many times an operation is applied to a picture, on average; by name, the most first."""
    drawn = (draw(policy, height, width, seed + index) for index in range(draws))
    counts = Counter(name for one in drawn for name, _ in one.steps)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name: count / draws for name, count in ordered}
