"""Many features in two dimensions: the plane in which they differ most."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True, eq=False)
class Plane:
    """Two directions (2, F) through a middle (F,), and the shares of the variance along them."""

    middle: torch.Tensor
    directions: torch.Tensor
    explained: tuple[float, float]


def plane(features: torch.Tensor) -> Plane:
    """The first two principal components of (N, F); each points to where its largest weight is
    positive, so that the same features always lie the same way round.
    """
    middle = features.mean(dim=0)
    _, spreads, directions = torch.linalg.svd(features - middle, full_matrices=False)
    chosen = directions[:2]
    largest = chosen.gather(1, chosen.abs().argmax(dim=1, keepdim=True))
    variance = spreads**2 / max(float((spreads**2).sum()), 1e-12)
    return Plane(middle, chosen * largest.sign(), (float(variance[0]), float(variance[1])))


def project(onto: Plane, features: torch.Tensor) -> torch.Tensor:
    """(N, 2) places of features (N, F) in the plane."""
    return (features - onto.middle) @ onto.directions.T


def features(network: nn.Sequential, x: torch.Tensor) -> torch.Tensor:
    """(N, F) of what the last layer reads, for inputs (N, C, H, W): how the network sees them."""
    names = [name for name, _ in network.named_children()]
    with torch.inference_mode():
        return network[: names.index("output")](x).flatten(1)
