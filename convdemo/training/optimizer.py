"""What moves the weights: optimizer, learning rate, averaging, and the arithmetic of a step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from convdemo.errors import UserError
from convdemo.training.config import TrainConfig

WARM_UP_SHARE = 0.2  # of the steps of one cycle, until its highest rate
WITHOUT_GRAPH = ("adagrad",)  # torch's counts its steps outside of a graph of kernels
ParamList = tuple[torch.Tensor, ...] | list[torch.Tensor]


def choose_device(wanted: str, index: int = 0) -> torch.device:
    """The device of that name, the GPU of that index; `auto` takes a GPU when there is one."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("device 'cuda' was asked for and no CUDA device is there")
    if wanted == "cuda" or (wanted == "auto" and torch.cuda.is_available()):
        return torch.device("cuda", index)
    return torch.device("cpu")


def autocast(device: torch.device, precision: str):
    """A context in which the network computes in that precision."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def make_optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimizer of a configuration; weight decay spares biases and normalisation.

    On a GPU its rate and its counters are tensors there, as a graph of kernels needs them.
    """
    groups = [
        {
            "params": [p for p in network.parameters() if p.ndim > 1],
            "weight_decay": config.weight_decay,
        },
        {"params": [p for p in network.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    device = next(network.parameters()).device
    if device.type != "cuda" or config.optimizer in WITHOUT_GRAPH:
        return _optimizer(config.optimizer, groups, config.lr)
    for group in groups:
        group["lr"] = torch.tensor(config.lr, device=device)
    return _optimizer(config.optimizer, groups, config.lr, on_gpu=True)


def _optimizer(
    name: str, groups: list[dict[str, Any]], lr: float, *, on_gpu: bool = False
) -> torch.optim.Optimizer:
    if name in ("sgd", "plain_sgd", "nesterov"):
        momentum = 0.0 if name == "plain_sgd" else 0.9
        nesterov = name == "nesterov"
        return torch.optim.SGD(groups, lr, momentum=momentum, nesterov=nesterov, fused=on_gpu)
    if name == "adagrad":
        return torch.optim.Adagrad(groups, lr)
    if name in ("rmsprop", "adadelta"):  # have no fused form
        kind = torch.optim.RMSprop if name == "rmsprop" else torch.optim.Adadelta
        return kind(groups, lr, capturable=on_gpu)
    kind = torch.optim.AdamW if name == "adamw" else torch.optim.Adam
    return kind(groups, lr, fused=on_gpu, capturable=on_gpu)


def current_lr(optimizer: torch.optim.Optimizer) -> float:
    """The learning rate of the next step."""
    return float(optimizer.param_groups[0]["lr"])


def make_schedule(
    optimizer: torch.optim.Optimizer, config: TrainConfig, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate of every step; a run too short to warm up falls from the start."""
    warms_up = steps * WARM_UP_SHARE > 2
    if config.schedule == "onecycle" and warms_up:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, config.lr, total_steps=steps, pct_start=WARM_UP_SHARE, cycle_momentum=False
        )
    if config.schedule == "linear" and warms_up:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            config.lr,
            total_steps=steps,
            pct_start=WARM_UP_SHARE,
            anneal_strategy="linear",
            div_factor=5,
            final_div_factor=100,
            cycle_momentum=False,
        )
    if config.schedule != "constant":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=0)


def scale_rates(
    optimizer: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler, factor: float
) -> None:
    """From now on every learning rate of the schedule times `factor`."""
    for group in optimizer.param_groups:
        for name in ("lr", "initial_lr", "max_lr", "min_lr"):
            if name in group:
                group[name] *= factor
    schedule.base_lrs = [rate * factor for rate in schedule.base_lrs]


def averaging(decay: float) -> Callable[[ParamList, ParamList, torch.Tensor | int], None]:
    """Exponential averaging that forgets its random start: the decay grows up to `decay`."""

    def update(averaged: ParamList, current: ParamList, count: torch.Tensor | int) -> None:
        ramped = min(decay, (1 + int(count)) / (10 + int(count)))
        get_ema_multi_avg_fn(ramped)(averaged, current, count)

    return update
