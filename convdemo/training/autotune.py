"""The precision and memory layout in which this machine trains a network fastest."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import statistics
import time
from contextlib import suppress

import torch
from torch import nn
from torch.nn import functional

from convdemo.files import write_whole
from convdemo.paths import home_dir
from convdemo.training.config import TrainConfig
from convdemo.training.hardware import cpuinfo, hardware
from convdemo.training.optimizer import autocast

WARM_UP = 2  # steps that set up kernels
ROUNDS = 4
ENOUGH = 0.5  # seconds of steps after which a slow network is timed by those that there were
PASSES = 2  # over all ways, so that a moment in which the machine is busy hits no way alone
WORTH_IT = 1.1  # how much faster bfloat16 must be to be worth its rounding


def _step_seconds(
    network: nn.Module,
    shape: tuple[int, int, int],
    way: tuple[str, bool],
    *,
    batch: int,
    give_up: float = math.inf,
) -> float:
    """Median seconds of a training step on random pictures; the network is left alone.

    Where one step takes over `give_up` seconds, that step's: bfloat16 can be ten times slower on a
    processor without instructions for it, and nobody should wait for that to be measured well.
    """
    precision, channels_last = way
    trial = copy.deepcopy(network)
    device = next(trial.parameters()).device
    layout = torch.channels_last if channels_last else torch.contiguous_format
    trial.to(memory_format=layout).train()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(batch, *shape, generator=generator).to(device).contiguous(memory_format=layout)
    labels = torch.zeros(batch, dtype=torch.int64, device=device)
    taken = []
    for _ in range(WARM_UP + ROUNDS):
        started = time.perf_counter()
        with autocast(device, precision):
            loss = functional.cross_entropy(trial(x), labels)
        loss.backward()
        loss.item()  # waits for a GPU
        taken.append(time.perf_counter() - started)
        if len(taken) > 1 and taken[-1] > give_up:
            return taken[-1]
        if len(taken) > 1 and sum(taken) > ENOUGH:
            break
    return statistics.median(taken[WARM_UP:] or taken[1:])


def candidates(device: torch.device) -> tuple[str, ...]:
    """The precisions that may be fastest: without instructions for it bfloat16 never pays."""
    flags = cpuinfo("flags").split()
    if device.type == "cpu" and "amx_bf16" not in flags and "avx512_bf16" not in flags:
        return ("float32",)
    return ("float32", "bfloat16")


def autotune(
    config: TrainConfig, network: nn.Module, model: str, shape: tuple[int, int, int], batch: int
) -> TrainConfig:
    """The settings with the precision and the layout that are fastest here, where they are open.

    Measured with a few steps the first time and kept in the user's own folder after that.
    """
    device = next(network.parameters()).device
    precisions = candidates(device) if config.precision == "auto" else (config.precision,)
    layouts = (False, True) if config.channels_last is None else (config.channels_last,)
    ways = [(name, last) for name in precisions for last in layouts]
    chosen = ways[0]
    if len(ways) > 1:
        open_ = f"{config.precision} {config.channels_last}"  # what was asked for, and left open
        key = f"{model} {shape} {batch} {open_} {hardware(device)} torch {torch.__version__}"
        chosen = _fastest(network, shape, ways, batch, key)
    return dataclasses.replace(config, precision=chosen[0], channels_last=chosen[1])


def _fastest(
    network: nn.Module,
    shape: tuple[int, int, int],
    ways: list[tuple[str, bool]],
    batch: int,
    key: str,
) -> tuple[str, bool]:
    """The fastest of several ways, under that key in the file of what was measured before."""
    cache = home_dir() / "speed.json"
    try:
        known = dict(json.loads(cache.read_text()))
    except (OSError, ValueError, TypeError):
        known = {}
    if known.get(key) not in [list(way) for way in ways]:
        state = torch.get_rng_state()
        timed: dict[tuple[str, bool], float] = {}
        for way in ways * PASSES:
            slow = 2 * min(timed.values(), default=math.inf)
            if timed.get(way, 0) < slow:
                taken = _step_seconds(network, shape, way, batch=batch, give_up=slow)
                timed[way] = min(taken, timed.get(way, math.inf))
        torch.set_rng_state(state)
        costs = {"float32": 1.0, "bfloat16": WORTH_IT}
        known[key] = min(timed, key=lambda way: timed[way] * costs[way[0]])
        with suppress(OSError):  # what cannot be kept is measured again
            cache.parent.mkdir(parents=True, exist_ok=True)
            write_whole(cache, lambda part: part.write_text(json.dumps(known, indent=1)))
    precision, channels_last = known[key]
    return precision, channels_last
