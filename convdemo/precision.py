"""The precision and memory layout in which this machine trains a network fastest."""

from __future__ import annotations

import copy
import json
import math
import os
import platform
import statistics
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from .optimization import autocast

WARM_UP = 2  # steps that set up kernels
ROUNDS = 5
BATCH = 64


def processor_name(device: torch.device) -> str:
    """What the processor or the graphics card calls itself."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return name


def hardware(device: torch.device) -> str:
    """The processor that trains and its threads, in words."""
    name = processor_name(device)
    if device.type == "cuda":
        return name
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def _step_seconds(
    network: nn.Module,
    shape: tuple[int, int, int],
    way: tuple[str, bool],
    *,
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
    x = torch.rand(BATCH, *shape, generator=generator).to(device).contiguous(memory_format=layout)
    labels = torch.zeros(BATCH, dtype=torch.int64, device=device)
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
    return statistics.median(taken[WARM_UP:])


def fastest(
    network: nn.Module,
    model: str,
    shape: tuple[int, int, int],
    *,
    precision: str,
    cache: Path,
) -> tuple[str, bool]:
    """(precision, channels-last) for this network here; a precision that is not "auto" is kept.

    Measured with a few steps the first time and kept in the file `cache` after that.
    """
    device = next(network.parameters()).device
    key = f"{model} {shape} {precision} {hardware(device)} torch {torch.__version__}"
    try:
        known = json.loads(cache.read_text())
    except (OSError, json.JSONDecodeError):
        known = {}
    if key not in known:
        state = torch.get_rng_state()
        precisions = ("float32", "bfloat16") if precision == "auto" else (precision,)
        ways = [(name, last) for name in precisions for last in (False, True)]
        timed: dict[tuple[str, bool], float] = {}
        for way in ways:
            slow = 2 * min(timed.values(), default=math.inf)
            timed[way] = _step_seconds(network, shape, way, give_up=slow)
        torch.set_rng_state(state)
        known[key] = min(timed, key=lambda way: timed[way])
        cache.parent.mkdir(parents=True, exist_ok=True)
        part = cache.with_name(f"{cache.name}.{os.getpid()}.part")
        part.write_text(json.dumps(known, indent=1))
        part.replace(cache)
    chosen, last = known[key]
    return chosen, last
