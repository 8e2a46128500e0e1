"""What a network is made of, stage by stage: shapes, parameters, multiplications."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convdemo.networks.stages import Shape, count_parameters, kinds


@dataclass(frozen=True)
class Layer:
    """One stage: what is in it, what it hands on, and what one picture costs there.

    `numbers` are all that its layers hand on, which training keeps; `field` is what a cell has
    seen of the picture, for each axis: () where that is not known.
    """

    stage: str
    layers: tuple[str, ...]
    shape: tuple[int, ...]  # without the batch
    parameters: int
    multiply_adds: int
    numbers: int
    field: tuple[int, ...] = ()


def layer_table(network: nn.Sequential, shape: Shape) -> tuple[Layer, ...]:
    """The stages of a network for pictures of that shape; counted by running it once."""
    was_training = network.training
    network.eval()
    x = torch.zeros(1, *shape)
    rows = []
    with torch.inference_mode():
        for name, stage in network.named_children():
            with FlopCounterMode(display=False) as counter:
                x = stage(x)
            rows.append(
                Layer(
                    name,
                    tuple(kinds(stage)),
                    tuple(x.shape[1:]),
                    count_parameters(stage),
                    counter.get_total_flops() // 2,
                    x.numel() * len(tuple(kinds(stage))),
                )
            )
    network.train(was_training)
    return tuple(rows)
