"""Which photos are trained with and which judge: as their folders say, or drawn class by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Whole groups may come to so much of a share; where none do, one of them is cut.
LEAST, MOST = 1 / 2, 5 / 3


def divide(
    labels: np.ndarray,
    groups: np.ndarray,
    given: np.ndarray,
    shares: Sequence[float],
    *,
    seed: int = 0,
) -> np.ndarray:
    """(N,) 0 to train with, 1, 2, ... for each of `shares`; labels, groups and given are (N,).

    `given` says the same where folders did; for a part that it does not name, every class gives up
    its share, at least one photo. Photos of a class and a group stay together, unless no choice of
    whole groups comes near the share: then the largest gives up its end.
    """
    random = np.random.default_rng(seed)
    parts = given.copy()
    drawn = [part for part in range(1, len(shares) + 1) if not (given == part).any()]
    for label in np.unique(labels):
        free = ((labels == label) & (given == 0)).nonzero()[0].tolist()
        own: dict[int, list[int]] = {}
        for index in free:
            own.setdefault(int(groups[index]), []).append(index)
        left = list(own.values())
        for part in drawn:
            taken, left = _drawn(left, shares[part - 1] * len(free), random)
            parts[taken] = part
    return parts


def _drawn(
    groups: list[list[int]], share: float, random: np.random.Generator
) -> tuple[list[int], list[list[int]]]:
    """Places of as many photos as `share` says, or nearly, and the groups that are left."""
    total = sum(map(len, groups))
    wanted = min(max(1, round(share)), total - 1)
    if wanted < 1:
        return [], groups
    groups = [groups[index] for index in random.permutation(len(groups))]
    most = min(max(wanted, int(MOST * share)), total - 1)
    # Bit n of the k-th number: some of the first k groups hold n photos together.
    sums = [1]
    for group in groups:
        sums.append((sums[-1] | sums[-1] << len(group)) & ((2 << most) - 1))
    possible = [n for n in range(most + 1) if sums[-1] >> n & 1]
    near = [n for n in possible if n == wanted or n >= max(1, LEAST * share)]
    # Where none is near, every group that is left is larger than what is missing.
    aim = min(near, key=lambda n: abs(n - wanted)) if near else possible[-1]
    taken: list[int] = []
    left: list[list[int]] = []
    missing = aim
    for before, group in zip(reversed(sums[:-1]), reversed(groups), strict=True):
        if before >> missing & 1:
            left.append(group)
        else:
            taken += group
            missing -= len(group)
    if not near:
        largest = max(range(len(left)), key=lambda index: len(left[index]))
        end = len(left[largest]) - (wanted - aim)
        taken += left[largest][end:]
        left[largest] = left[largest][:end]
    return taken, left


def on_both_sides(labels: np.ndarray, groups: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """(N,) whether a photo's class and group has photos to train with and others as well."""
    _, index = np.unique(np.stack([labels, groups]), axis=1, return_inverse=True)
    training = np.bincount(index, parts == 0) > 0
    judging = np.bincount(index, parts != 0) > 0
    return (training & judging)[index]
