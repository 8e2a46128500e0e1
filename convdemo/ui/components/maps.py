"""Maps of numbers, as displays send them to their scripts."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np

SIDE = 56  # no side of a map is sent longer than that


def packed(maps: np.ndarray, most: int = SIDE) -> dict[str, Any]:
    """Maps (N, h, w) as whole numbers: -127..127 for each, in base64, and what 127 stands for; no
    side longer than `most`.
    """
    maps = np.asarray(maps, np.float32)
    side = max(maps.shape[1:])
    if side > most:
        width, height = (max(1, round(length * most / side)) for length in maps.shape[:0:-1])
        area = cv2.INTER_AREA
        maps = np.stack([cv2.resize(one, (width, height), interpolation=area) for one in maps])
    peaks = np.abs(maps).max(axis=(1, 2))
    scaled = maps / np.maximum(peaks, 1e-12)[:, None, None] * 127
    return {
        "count": len(maps),
        "height": maps.shape[1],
        "width": maps.shape[2],
        "bytes": base64.b64encode(np.rint(scaled).astype(np.int8).tobytes()).decode(),
        "peaks": peaks.tolist(),
    }
