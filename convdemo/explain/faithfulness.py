"""Can I believe it? How far a map names what the network really went by."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from convdemo.explain.attribution_methods import (
    LARGE,
    Method,
    Progress,
    Query,
    Score,
    in_batches,
    no_progress,
    part_of,
    scores,
)

STEPS = 28  # in which all pixels are taken away
RANDOM_MAPS = 5
SURE = 0.5  # probability below which there is no answer to explain
ALIKE = 0.5  # rank correlation from which a map hardly depends on the weights
PERTURBED = 8  # copies behind infidelity and sensitivity
PERTURBED_PHOTOS = 3  # behind the sensitivity of a photo, whose maps take seconds
RADIUS = 0.02  # of the noise that sensitivity is measured with, as a share of the input's range
MAP_SHARE = 0.1  # of the time that goes into the map itself, about
_seeding = threading.Lock()


@dataclass(frozen=True)
class Curve:
    """The probability of a class as pixels go (deletion) or come (insertion), and the area under
    it: (STEPS + 1,) values, from the untouched picture or from the empty one on.
    """

    values: tuple[float, ...]
    area: float


@dataclass(frozen=True)
class Check:
    """One question about a map, whether it passed, and the figures it was answered from."""

    name: str  # "sure", "deletion" or "weights"
    passed: bool
    values: dict[str, float]


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """All that was measured of a map, and the verdict: "trust", "doubt" or "distrust"."""

    verdict: str
    checks: tuple[Check, ...]
    deletion: dict[str, Curve]  # of the "map", a "random" one and an "edges" detector
    insertion: dict[str, Curve]
    similarity: float
    infidelity: float
    sensitivity: float


def order_of(heat: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """(H*W,) places from the brightest to the darkest; equal ones in an order drawn from a seed."""
    mixed = torch.randperm(heat.numel(), generator=torch.Generator().manual_seed(seed))
    flat = heat.flatten()[mixed]
    return mixed[flat.argsort(descending=True, stable=True)]


def erased(x: torch.Tensor, background: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """(STEPS + 1, C, H, W): x with more and more of its places, in order, set to the background."""
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order))
    bounds = torch.arange(STEPS + 1) * len(order) / STEPS
    gone = (rank.view(1, -1) < bounds.view(-1, 1)).view(STEPS + 1, 1, *x.shape[2:])
    return torch.where(gone, background, x)


def curve(
    network: nn.Sequential, inputs: torch.Tensor, target: int, progress: Progress = no_progress
) -> Curve:
    """The probability of a class for inputs in order, and the area under it."""

    def read(some: torch.Tensor) -> torch.Tensor:
        return scores(network, inputs[some]).softmax(dim=1)[:, target]

    found = torch.cat(list(in_batches(inputs, len(inputs), read, progress)))
    area = float((found[1:] + found[:-1]).mean()) / 2
    return Curve(tuple(found.tolist()), area)


def deletion(query: Query, heat: torch.Tensor, target: int) -> Curve:
    """What is left of a class as the brightest places of a map go first (arXiv 1806.07421)."""
    inputs = erased(query.x, query.background, order_of(heat))
    return curve(query.score.network, inputs, target, query.progress)


def insertion(query: Query, heat: torch.Tensor, target: int) -> Curve:
    """How a class comes about as the brightest places of a map come first."""
    inputs = erased(query.background, query.x, order_of(heat))
    return curve(query.score.network, inputs, target, query.progress)


def edges(x: torch.Tensor) -> torch.Tensor:
    """(H, W): the strength of Sobel's edge detector, which knows no network."""
    grey = x.mean(dim=1, keepdim=True)
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    kernels = torch.stack((kernel, kernel.T)).unsqueeze(1)
    padded = nn.functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    return nn.functional.conv2d(padded, kernels)[0].norm(dim=0)


def random_map(shape: torch.Size, seed: int) -> torch.Tensor:
    """(H, W) of noise."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def randomised(network: nn.Sequential, seed: int = 0) -> nn.Sequential:
    """A copy in which every layer is as it was before any training."""
    copied = copy.deepcopy(network)
    with _seeding, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in copied.modules():
            reset: Any = getattr(module, "reset_parameters", None)
            if reset is not None:
                reset()
    return copied


def rank_correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    """Spearman's: 1 for maps that order the places alike, 0 for unrelated ones; ties share a rank.

    0 where one of them is the same everywhere, since it orders nothing.
    """
    ranks = [_ranks(heat.flatten().numpy()) for heat in (one, other)]
    if min(rank.std() for rank in ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[places]


def evaluate_map(
    method: Method, query: Query, heat: torch.Tensor, progress: Progress = no_progress
) -> Faithfulness:
    """How far a map (H, W) that a method gave for a query can be believed.

    Bright places of a signed map are those that speak for the class. `progress` is told the share
    that is done, and may raise to end it.
    """
    curves, maps = RANDOM_MAPS + 5, copies_for(query.x) + 2
    whole = curves * (STEPS + 1) + maps * method.cost
    done = 0

    def next_of(cost: int) -> Query:
        """What is asked for, followed as the next part of the whole."""
        nonlocal done
        start, done = done, done + cost
        return replace(query, progress=part_of(progress, start / whole, done / whole))

    def measured(measure: Callable[[Query, torch.Tensor, int], Curve], by: torch.Tensor) -> Curve:
        return measure(next_of(STEPS + 1), by, target)

    target, network = query.score.target, query.score.network
    others = [random_map(heat.shape, seed) for seed in range(RANDOM_MAPS)]
    by_chance = [measured(deletion, other) for other in others]
    deleted = {
        "map": measured(deletion, heat),
        "random": by_chance[0],
        "edges": measured(deletion, edges(query.x)),
    }
    inserted = {
        "map": measured(insertion, heat),
        "random": measured(insertion, others[0]),
        "edges": measured(insertion, edges(query.x)),
    }
    unlearned = Score(randomised(network), target, query.score.against)
    unknowing = method.compute(replace(next_of(method.cost), score=unlearned))
    similarity = abs(rank_correlation(heat, unknowing))
    probability = deleted["map"].values[0]
    least = min(one.area for one in by_chance)
    area = deleted["map"].area
    checks = (
        Check("sure", probability >= SURE, {"probability": probability}),
        Check("deletion", area < least, {"area": area, "random": least}),
        Check("weights", similarity < ALIKE, {"similarity": similarity}),
    )
    sure, falls, learned = (check.passed for check in checks)
    verdict = "distrust" if not (sure and falls) else "trust" if learned else "doubt"
    return Faithfulness(
        verdict,
        checks,
        deleted,
        inserted,
        similarity,
        infidelity(query, heat),
        sensitivity(method, next_of((maps - 1) * method.cost)),
    )


def infidelity(query: Query, heat: torch.Tensor) -> float:
    """captum's infidelity: how badly the map foretells what noise does to the score; the lower the
    better (arXiv 1901.09392). The map is scaled to fit best, so that methods can be compared.
    """
    from captum.metrics import infidelity as measured

    spread = _range(query.x) * 0.1
    generator = torch.Generator().manual_seed(0)

    def perturb(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        noise = torch.randn(x.shape, generator=generator) * spread
        return noise, x - noise

    spread_out = heat.expand_as(query.x[0]).unsqueeze(0) / query.x.shape[1]
    with torch.no_grad():
        found = measured(
            query.score,
            perturb,
            query.x,
            spread_out,
            n_perturb_samples=PERTURBED,
            normalize=True,
        )
    return float(found)


def sensitivity(method: Method, query: Query) -> float:
    """captum's largest sensitivity: how far the map moves when the input hardly does, as a share
    of its own size; the lower the better (arXiv 1901.09392).
    """
    from captum.metrics import sensitivity_max as measured

    radius = _range(query.x) * RADIUS
    generator = torch.Generator().manual_seed(1)
    copies = copies_for(query.x)
    done = 0

    def one_map(x: torch.Tensor) -> torch.Tensor:
        nonlocal done
        part = part_of(query.progress, done / (copies + 1), (done + 1) / (copies + 1))
        done += 1
        found = method.compute(replace(query, x=x.unsqueeze(0), progress=part))
        part(1)
        return found

    def explain(given: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
        x = given[0] if isinstance(given, tuple) else given  # captum gives now one, now the other
        with torch.enable_grad():  # captum turns it off
            maps = [one_map(one) for one in x]
        return torch.stack(maps).unsqueeze(1)

    def perturb(x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn(x.shape, generator=generator).clamp(-1, 1) * radius

    found = measured(explain, query.x, perturb, n_perturb_samples=copies)
    return float(found)


def copies_for(x: torch.Tensor) -> int:
    """Of an input, behind its sensitivity: each costs as much as a map does."""
    return PERTURBED_PHOTOS if max(x.shape[2:]) >= LARGE else PERTURBED


def _range(x: torch.Tensor) -> float:
    return max(float(x.max() - x.min()), 1e-6)
