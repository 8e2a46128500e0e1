"""Which photos look alike: those of one moment nearly share 64 bits."""

from __future__ import annotations

import cv2
import numpy as np

ALIKE = 4  # of the 64 bits in which two photos of one moment may differ


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
