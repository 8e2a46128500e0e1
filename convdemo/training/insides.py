"""What goes on inside of a network while it trains: gradients, updates, dead units, filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from convdemo.networks.stages import kinds, run_stages

Step = Callable[..., tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class StageState:
    """A stage in a step: the root mean square of its gradient, its update over its weights (both
    as root mean squares), and the share of its units that are 0 for every picture of the batch,
    None where it has no ReLU.
    """

    stage: str
    gradient: float
    update: float
    dead: float | None


class Watched:
    """A training step that looks inside in the steps that are asked for by `look`.

    It takes the place of `Training.learn`; `seen` has what the last look found, stage by stage.
    Nothing that is trained is changed.
    """

    def __init__(self, step: Step, network: nn.Sequential):
        self.step, self.network = step, network
        self.wanted = False
        self.seen: tuple[StageState, ...] = ()

    def look(self) -> None:
        """Look inside in the next step; what was seen before is forgotten."""
        self.wanted, self.seen = True, ()

    def __call__(self, x: torch.Tensor, *about: object) -> tuple[torch.Tensor, torch.Tensor]:
        if not self.wanted:
            return self.step(x, *about)
        self.wanted = False
        learning = {
            name: [one for one in stage.parameters() if one.requires_grad]
            for name, stage in self.network.named_children()
        }
        before = {name: _flat(weights) for name, weights in learning.items() if weights}
        dead = dead_shares(self.network, x)
        found = self.step(x, *about)
        self.seen = tuple(
            StageState(
                name,
                _size(_flat([one.grad for one in learning[name] if one.grad is not None])),
                _size(_flat(learning[name]) - weights) / max(_size(weights), 1e-12),
                dead.get(name),
            )
            for name, weights in before.items()
        )
        return found


@torch.no_grad()
def dead_shares(network: nn.Sequential, x: torch.Tensor) -> dict[str, float]:
    """The share of dead units of each stage with a ReLU: of channels, where it hands on maps."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()  # or a normalisation would count the batch twice
    outputs = run_stages(network, x)
    for module, training in modes:
        module.training = training
    shares = {}
    for name, stage in network.named_children():
        if "ReLU" in kinds(stage):
            units = outputs[name].flatten(2) if outputs[name].ndim > 2 else outputs[name][..., None]
            shares[name] = (units == 0).all(dim=2).all(dim=0).float().mean().item()
    return shares


def _flat(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.cat([one.detach().flatten() for one in tensors]) if tensors else torch.zeros(1)


def _size(values: torch.Tensor) -> float:
    """The root mean square."""
    return values.square().mean().sqrt().item()
