"""Why this answer? Which places of an input speak for a class, by several methods.

Grad-CAM and saliency are our own and need no hooks; the others are captum's, on a copy of the
network, since its hooks cannot be shared by threads.
"""

from __future__ import annotations

import copy
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .models import split_at

# captum says before each use that it sets hooks, and that it removes them afterwards.
for said in ("backward hooks on ReLU", "forward, backward hooks"):
    warnings.filterwarnings("ignore", f"Setting {said}", UserWarning)

PATH_STEPS = 24  # of integrated gradients, on the way from the background to the picture
NOISY_COPIES = 16  # of SmoothGrad
NOISE_SHARE = 0.15  # of the input's range
OCCLUDED_SHARE = 4  # a window is this part of the longer side
DEFAULT_METHOD = "occlusion"  # the lowest deletion area on MNIST's validation set
_seeding = threading.Lock()


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
class Asked:
    """What a method gets: the score, an input (1, C, H, W) as the network takes it, the stage whose
    maps are looked at, and an input that shows nothing.
    """

    score: Score
    x: torch.Tensor
    stage: str | None
    background: torch.Tensor


def cam_maps(asked: Asked) -> tuple[torch.Tensor, torch.Tensor]:
    """The maps of the stage (1, C, h, w) and the gradient of the score at them."""
    if asked.stage is None:
        raise ValueError("Grad-CAM needs a stage with maps, and this network has none")
    below, above = split_at(asked.score.network, asked.stage)
    with torch.no_grad():
        maps = below(asked.x)
    if maps.ndim != 4:
        raise ValueError(f"stage {asked.stage!r} has no maps")
    maps = maps.clone().requires_grad_()
    score = asked.score.pick(above(maps)).sum()
    (gradient,) = torch.autograd.grad(score, maps)
    return maps.detach(), gradient


def signed_cam(maps: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """(1, 1, h, w): the maps weighted by their mean gradients and summed, before the ReLU."""
    return (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True)


def grad_cam(asked: Asked) -> torch.Tensor:
    """(H, W): where the maps that the score rises with are bright (arXiv 1610.02391)."""
    cam = functional.relu(signed_cam(*cam_maps(asked)))
    size = list(asked.x.shape[2:])
    return functional.interpolate(cam, size, mode="bilinear", align_corners=False)[0, 0]


def saliency(asked: Asked) -> torch.Tensor:
    """(H, W): how much the score changes with each pixel, in its strongest channel
    (arXiv 1312.6034).
    """
    x = asked.x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(asked.score(x).sum(), x)
    return gradient.abs().amax(dim=1)[0]


def _own_copy(score: Score) -> Score:
    """A copy for hooks, in which no activation writes over its input."""
    copied = copy.deepcopy(score)
    for module in copied.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return copied


def _leaf(x: torch.Tensor) -> torch.Tensor:
    return x.clone().requires_grad_()


def integrated_gradients(asked: Asked) -> torch.Tensor:
    """(H, W) signed: what each pixel adds on the way from the background (arXiv 1703.01365)."""
    from captum.attr import IntegratedGradients

    found = IntegratedGradients(asked.score).attribute(
        _leaf(asked.x), baselines=asked.background, n_steps=PATH_STEPS
    )
    return found.detach().sum(dim=1)[0]


def smoothgrad(asked: Asked) -> torch.Tensor:
    """(H, W): saliency averaged over noisy copies, always the same ones (arXiv 1706.03825)."""
    from captum.attr import NoiseTunnel, Saliency

    spread = float(asked.x.max() - asked.x.min()) * NOISE_SHARE
    with _seeding, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found: Any = NoiseTunnel(Saliency(asked.score)).attribute(
            _leaf(asked.x), nt_samples=NOISY_COPIES, stdevs=max(spread, 1e-6), nt_type="smoothgrad"
        )
    return found.detach().amax(dim=1)[0]


def occlusion(asked: Asked) -> torch.Tensor:
    """(H, W) signed: how far the score falls when a window is covered (arXiv 1311.2901)."""
    from captum.attr import Occlusion

    channels, height, width = asked.x.shape[1:]
    side = max(2, max(height, width) // OCCLUDED_SHARE)
    with torch.no_grad():
        found = Occlusion(asked.score).attribute(
            asked.x,
            sliding_window_shapes=(channels, side, side),
            strides=(channels, max(1, side // 3), max(1, side // 3)),
            baselines=asked.background,
            perturbations_per_eval=64,
        )
    return found.sum(dim=1)[0] / channels


def guided_backprop(asked: Asked) -> torch.Tensor:
    """(H, W) signed: the gradient where every ReLU lets only rising evidence back
    (arXiv 1412.6806).
    """
    from captum.attr import GuidedBackprop

    found = GuidedBackprop(_own_copy(asked.score)).attribute(_leaf(asked.x))
    return found.detach().sum(dim=1)[0]


def deeplift(asked: Asked) -> torch.Tensor:
    """(H, W) signed: the difference from the background's score, shared out over the pixels
    (arXiv 1704.02685).
    """
    from captum.attr import DeepLift

    copied = _own_copy(asked.score)
    found: Any = DeepLift(copied).attribute(_leaf(asked.x), baselines=asked.background)
    return found.detach().sum(dim=1)[0]


@dataclass(frozen=True)
class Method:
    """A method by name; `signed` maps say what speaks against the class, too, `staged` ones look at
    the maps of a stage.
    """

    name: str
    compute: Callable[[Asked], torch.Tensor]
    signed: bool = False
    staged: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("grad_cam", grad_cam, staged=True),
        Method("saliency", saliency),
        Method("integrated_gradients", integrated_gradients, signed=True),
        Method("smoothgrad", smoothgrad),
        Method("occlusion", occlusion, signed=True),
        Method("guided_backprop", guided_backprop, signed=True),
        Method("deeplift", deeplift, signed=True),
    )
}
