"""Our convolutions and pools beside torch's own functions, on the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from convdemo.convolution.operation import Operation
from convdemo.convolution.output_size import added_cells, output_size


def by_torch(
    operation: Operation, x: np.ndarray, weights: np.ndarray | None, bias: np.ndarray | None
) -> np.ndarray:
    """(channels, ...space) float64 of torch.nn.functional; arguments as those of `run`."""
    batch = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float64))[None]
    if operation.is_pool:
        return _pooled(operation, batch)[0].numpy()
    laid = torch.from_numpy(np.ascontiguousarray(weights, dtype=np.float64))
    added = None if bias is None else torch.from_numpy(np.asarray(bias, dtype=np.float64))
    settings: dict[str, Any] = {"stride": operation.stride, "dilation": operation.dilation}
    settings["groups"] = operation.groups
    if operation.kind == "transposed":
        spread = getattr(functional, f"conv_transpose{operation.dims}d")
        settings["padding"] = tuple(before for before, _ in operation.pads)
        settings["output_padding"] = added_cells(operation)
        # An uneven 'same' cuts one more off at the end.
        cut = [side for before, after in reversed(operation.pads) for side in (0, before - after)]
        return functional.pad(spread(batch, laid, added, **settings), cut)[0].numpy()
    moved = getattr(functional, f"conv{operation.dims}d")
    if operation.padding_mode != "zeros":
        batch = functional.pad(batch, _sides(operation), mode=operation.padding_mode)
    elif all(before == after for before, after in operation.pads):
        settings["padding"] = tuple(before for before, _ in operation.pads)
    else:  # an uneven 'same', of which torch itself would warn that it copies the input
        batch = functional.pad(batch, _sides(operation))
    return moved(batch, laid, added, **settings)[0].numpy()


def _sides(operation: Operation) -> list[int]:
    """The padding as torch takes it: both sides of the last axis first."""
    return [side for pair in reversed(operation.pads) for side in pair]


def _pooled(operation: Operation, batch):
    settings: dict[str, Any] = {"stride": operation.stride, "ceil_mode": operation.ceil_mode}
    sides, dims = _sides(operation), operation.dims
    # avg_pool3d wants its kernel to fit before anything is padded, so it is padded first; then
    # there may be a last window that begins in the padding, and is none.
    whole = (..., *(slice(size) for size in output_size(operation)))
    if operation.kind == "max":
        padded = functional.pad(batch, sides, value=float("-inf"))
        pool = getattr(functional, f"max_pool{dims}d")
        return pool(padded, operation.kernel, dilation=operation.dilation, **settings)[whole]
    pool = getattr(functional, f"avg_pool{dims}d")
    found = pool(functional.pad(batch, sides), operation.kernel, **settings)[whole]
    if operation.padding != "same":
        return found
    return found / pool(functional.pad(torch.ones_like(batch), sides), operation.kernel, **settings)


def difference(
    operation: Operation,
    x: np.ndarray,
    weights: np.ndarray | None,
    bias: np.ndarray | None,
    ours: np.ndarray,
) -> float:
    """The largest difference between our output and torch's, infinite where shapes differ."""
    theirs = by_torch(operation, x, weights, bias)
    if theirs.shape != ours.shape:
        return float("inf")
    with np.errstate(invalid="ignore"):
        off = np.where(theirs == ours, 0.0, np.abs(theirs - ours))
    return float(off.max())


def photo_difference(photo: np.ndarray, kernel: np.ndarray, ours: np.ndarray) -> float:
    """The same for a kernel on a whole photo (H, W) or (H, W, channels), its edge repeated."""
    planes = torch.from_numpy(np.atleast_3d(photo).astype(np.float64)).permute(2, 0, 1)[:, None]
    before = [(n - 1) // 2 for n in kernel.shape]
    sides = [(one, n - 1 - one) for one, n in zip(before, kernel.shape, strict=True)]
    padded = functional.pad(planes, [*sides[1], *sides[0]], mode="replicate")
    laid = torch.from_numpy(kernel.astype(np.float64))[None, None]
    theirs = functional.conv2d(padded, laid)[:, 0].permute(1, 2, 0).numpy()
    return float(np.abs(theirs - np.atleast_3d(ours)).max())
