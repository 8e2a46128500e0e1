"""Why this answer? Which places of an input speak for a class, by several methods.

Guided backpropagation and DeepLIFT are captum's, on a copy of the network, since its hooks cannot
be shared by threads. The others are our own: they need no hooks, and tell how far they are.
"""

from __future__ import annotations

import copy
import itertools
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from convdemo.networks.stages import split_at

# captum says before each use that it sets hooks, and that it removes them afterwards.
for said in ("backward hooks on ReLU", "forward, backward hooks"):
    warnings.filterwarnings("ignore", f"Setting {said}", UserWarning)

PATH_STEPS = 24  # of integrated gradients, on the way from the background to the picture
LARGE_PATH_STEPS = 64  # for photos: with fewer they do not add up to the score
NOISY_COPIES = 16  # of SmoothGrad
NOISE_SHARE = 0.15  # of the input's range
OCCLUDED_SHARE = 4  # a window is this part of the longer side
DEFAULT_METHOD = "occlusion"  # the lowest deletion area on MNIST's validation set
LARGE = 96  # pixels, from which on a picture is a photo
PIXELS_AT_ONCE = 4 * 224 * 224  # in one batch: more of them leave a processor's cache
MOST_THREADS = 2  # that share the batches where torch leaves cores to them

Progress = Callable[[float], None]  # told the share that is done; may raise, which ends the work


def no_progress(share: float) -> None:
    """Nobody wants to know."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """What to tell from inside a part of the whole."""
    return lambda share: progress(start + (end - start) * share)


class Score(nn.Module):
    """What is explained: (N,) logits of a class, or how far they are above those of another."""

    def __init__(self, network: nn.Sequential, target: int, against: int | None = None):
        super().__init__()
        self.network = network
        self.target, self.against = target, against

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pick(self.network(x))

    def pick(self, logits: torch.Tensor) -> torch.Tensor:
        chosen = logits[:, self.target]
        return chosen if self.against is None else chosen - logits[:, self.against]


def without_softmax(network: nn.Sequential) -> nn.Sequential:
    """The stages up to the logits: behind a softmax, where one class is certain, nothing moves."""
    return network[:-1] if isinstance(network[-1], nn.LogSoftmax) else network


@dataclass(frozen=True)
class Query:
    """What a method gets: the score, an input (1, C, H, W) as the network takes it, the stage whose
    maps are looked at, an input that shows nothing, and who follows the work.
    """

    score: Score
    x: torch.Tensor
    stage: str | None
    background: torch.Tensor
    progress: Progress = no_progress


def in_batches(
    like: torch.Tensor,
    count: int,
    compute: Callable[[torch.Tensor], torch.Tensor],
    progress: Progress,
) -> Iterator[torch.Tensor]:
    """What `compute` makes of some of `count` places at a time, in order; each of them costs an
    input (1, C, H, W) `like` this one.
    """
    batches = torch.arange(count).split(max(1, PIXELS_AT_ONCE // (like.shape[2] * like.shape[3])))
    threads = _threads()
    with ThreadPoolExecutor(threads) as pool:
        # No thread runs ahead of whoever may end the work by more than a batch.
        begun = deque(pool.submit(compute, batch) for batch in batches[:threads])
        for done in range(1, len(batches) + 1):
            found = begun.popleft().result()
            if done + len(begun) < len(batches):
                begun.append(pool.submit(compute, batches[done + len(begun)]))
            yield found
            progress(done / len(batches))


def _threads() -> int:
    able = getattr(os, "sched_getaffinity", None)
    cores = len(able(0)) if able else os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores // torch.get_num_threads()))


def gradients(score: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """(N, C, H, W): how the score of each input rises with each of its values."""
    leaf = _fast(inputs).requires_grad_()
    (found,) = torch.autograd.grad(score(leaf).sum(), leaf)
    return found


def _fast(inputs: torch.Tensor) -> torch.Tensor:
    """A copy that convolutions are quickest with."""
    return inputs.detach().clone(memory_format=torch.channels_last)


def scores(score: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    """What comes out for inputs (N, C, H, W)."""
    with torch.no_grad():
        return score(_fast(inputs))


def cam_maps(query: Query) -> tuple[torch.Tensor, torch.Tensor]:
    """The maps of the stage (1, C, h, w) and the gradient of the score at them."""
    if query.stage is None:
        raise ValueError("Grad-CAM needs a stage with maps, and this network has none")
    below, above = split_at(query.score.network, query.stage)
    with torch.no_grad():
        maps = below(query.x)
    if maps.ndim != 4:
        raise ValueError(f"stage {query.stage!r} has no maps")
    maps = maps.clone().requires_grad_()
    score = query.score.pick(above(maps)).sum()
    (gradient,) = torch.autograd.grad(score, maps)
    return maps.detach(), gradient


def signed_cam(maps: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """(1, 1, h, w): the maps weighted by their mean gradients and summed, before the ReLU."""
    return (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True)


def grad_cam(query: Query, sign: int = 1) -> torch.Tensor:
    """(H, W): where the maps that the score rises with are bright (arXiv 1610.02391), or with a
    `sign` of -1 those that it falls with.
    """
    cam = functional.relu(sign * signed_cam(*cam_maps(query)))
    size = list(query.x.shape[2:])
    return functional.interpolate(cam, size, mode="bilinear", align_corners=False)[0, 0]


def saliency(query: Query) -> torch.Tensor:
    """(H, W): how much the score changes with each pixel, in its strongest channel
    (arXiv 1312.6034).
    """
    return gradients(query.score, query.x).abs().amax(dim=1)[0]


class _Clipped(nn.ReLU):
    """ReLU6 as captum takes it, which would let everything through it otherwise."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return functional.relu6(input)


def _own_copy(module: nn.Module) -> nn.Module:
    """A copy for hooks, in which no activation writes over its input."""
    copied = copy.deepcopy(module)
    for parent in list(copied.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(parent, name, _Clipped())
            elif isinstance(child, nn.ReLU):
                child.inplace = False
    return copied


def integrated_gradients(query: Query) -> torch.Tensor:
    """(H, W) signed: what each pixel adds on the way from the background (arXiv 1703.01365)."""
    large = max(query.x.shape[2:]) >= LARGE
    steps = LARGE_PATH_STEPS if large else PATH_STEPS
    # Gauss and Legendre's places on the way from -1 to 1.
    places, weights = (
        torch.from_numpy(values).float().view(-1, 1, 1, 1) / 2
        for values in np.polynomial.legendre.leggauss(steps)
    )
    way = query.x - query.background

    def slope(some: torch.Tensor) -> torch.Tensor:
        inputs = query.background + (places[some] + 0.5) * way
        return (gradients(query.score, inputs) * weights[some]).sum(dim=0)

    found = sum(in_batches(query.x, steps, slope, query.progress), torch.zeros_like(query.x[0]))
    return (found * way[0]).sum(dim=0)


def smoothgrad(query: Query) -> torch.Tensor:
    """(H, W): saliency averaged over noisy copies, always the same ones (arXiv 1706.03825)."""
    spread = max(float(query.x.max() - query.x.min()) * NOISE_SHARE, 1e-6)
    drawn = torch.Generator().manual_seed(0)
    noise = torch.randn(NOISY_COPIES, *query.x.shape[1:], generator=drawn) * spread

    def strength(some: torch.Tensor) -> torch.Tensor:
        return gradients(query.score, query.x + noise[some]).abs().sum(dim=0)

    found = sum(
        in_batches(query.x, NOISY_COPIES, strength, query.progress), torch.zeros_like(noise[0])
    )
    return found.amax(dim=0) / NOISY_COPIES


def occlusion(query: Query) -> torch.Tensor:
    """(H, W) signed: how far the score falls when a window is covered, on average over the windows
    that cover a pixel (arXiv 1311.2901).
    """
    height, width = query.x.shape[2:]
    side = max(2, max(height, width) // OCCLUDED_SHARE)
    stride = max(1, side // 3)
    tops, lefts = (range(0, max(size - side, 0) + stride, stride) for size in (height, width))
    covered = torch.zeros(len(tops) * len(lefts), height, width, dtype=torch.bool)
    for window, (top, left) in zip(covered, itertools.product(tops, lefts), strict=True):
        window[top : top + side, left : left + side] = True

    def covering(some: torch.Tensor) -> torch.Tensor:
        return scores(query.score, torch.where(covered[some, None], query.background, query.x))

    left = torch.cat(list(in_batches(query.x, len(covered), covering, query.progress)))
    falls = scores(query.score, query.x) - left
    return torch.einsum("n,nhw->hw", falls, covered.to(falls)) / covered.sum(dim=0)


def guided_backprop(query: Query) -> torch.Tensor:
    """(H, W) signed: the gradient where every ReLU, and ReLU6, lets only rising evidence back
    (arXiv 1412.6806).
    """
    from captum.attr import GuidedBackprop

    found = GuidedBackprop(_own_copy(query.score)).attribute(query.x.clone().requires_grad_())
    return found.detach().sum(dim=1)[0]


def deeplift(query: Query) -> torch.Tensor:
    """(H, W) signed: the difference from the background's score, shared out over the pixels
    (arXiv 1704.02685).
    """
    from captum.attr import DeepLift
    from captum.attr._core import deep_lift

    deep_lift.SUPPORTED_NON_LINEAR[_Clipped] = deep_lift.nonlinear
    leaf = query.x.clone().requires_grad_()
    found: Any = DeepLift(_own_copy(query.score)).attribute(leaf, baselines=query.background)
    return found.detach().sum(dim=1)[0]


@dataclass(frozen=True)
class Method:
    """A method by name; `signed` maps say what speaks against the class, too, `staged` ones look at
    the maps of a stage. `cost` is about how many answers of the network it takes as long as.
    """

    name: str
    compute: Callable[[Query], torch.Tensor]
    cost: int
    signed: bool = False
    staged: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("grad_cam", grad_cam, 2, staged=True),
        Method("saliency", saliency, 3),
        Method("integrated_gradients", integrated_gradients, 3 * LARGE_PATH_STEPS, signed=True),
        Method("smoothgrad", smoothgrad, 3 * NOISY_COPIES),
        Method("occlusion", occlusion, 121, signed=True),
        Method("guided_backprop", guided_backprop, 4, signed=True),
        Method("deeplift", deeplift, 8, signed=True),
    )
}
