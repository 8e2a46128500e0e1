"""Which photos look alike: those of one moment nearly share 64 bits. And which are trained with and
which judge: as their folders say, or drawn class by class."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

ALIKE = 4  # of the 64 bits in which two photos of one moment may differ
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


def fingerprint(rgb: np.ndarray) -> int:
    """64 bits: whether each of 8x8 places is darker than the place to its right."""
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    bits = (grey[:, :-1].astype(int) < grey[:, 1:]).ravel()
    return int.from_bytes(np.packbits(bits).tobytes())


def groups_of(prints: list[int], bursts: list[str]) -> list[int]:
    """The group of every photo: what looks alike, or comes from one burst (if any), shares one."""
    values, places = np.unique(np.array(prints, np.uint64), return_inverse=True)
    groups = np.arange(len(values))

    def join(members: np.ndarray) -> None:
        joined = np.zeros(len(values), bool)
        joined[members] = True
        groups[joined[groups]] = members[0]

    for index in range(1, len(values)):
        near = np.bitwise_count(values[:index] ^ values[index]) <= ALIKE
        if near.any():
            join(np.append(groups[:index][near], index))
    first_of: dict[str, int] = {}
    for index, burst in zip(places.tolist(), bursts, strict=True):
        if burst:
            join(groups[[first_of.setdefault(burst, index), index]])
    return groups[places].tolist()
