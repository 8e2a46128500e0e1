"""A run written down between two epochs, so that it can go on as if it had never stopped."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from convdemo.errors import UserError
from convdemo.files import save_tensors
from convdemo.training.loop import Tensors, Training

COUNTERS = (
    "step",
    "samples",
    "finished",
    "waited",
    "seconds",
    "step_seconds",
    "lr_factor",
)


def save_checkpoint(path: Path, run: Training) -> None:
    """Everything that decides how a run goes on, at the end of an epoch."""
    optimizer = run.optimizer.state_dict()
    tensors = {f"network.{name}": value for name, value in run.network.state_dict().items()}
    if run.average is not None:
        tensors |= {f"average.{k}": value for k, value in run.average.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in (run.best or {}).items()}
    for index, slots in optimizer["state"].items():
        tensors |= {f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in slots.items()}
    tensors["generator"] = run.generator.get_state()
    tensors["random.cpu"] = torch.get_rng_state()
    if run.device.type == "cuda":
        tensors["random.cuda"] = torch.cuda.get_rng_state(run.device)
    values: dict[str, Any] = {name: getattr(run, name) for name in COUNTERS}
    values["lowest"] = run.lowest if math.isfinite(run.lowest) else None
    values["groups"] = [
        {k: _number(value) for k, value in group.items()} for group in optimizer["param_groups"]
    ]
    values["schedule"] = {
        name: [_number(one) for one in value] if isinstance(value, list) else _number(value)
        for name, value in run.schedule.state_dict().items()
        if isinstance(value, bool | int | float | list | torch.Tensor)
    }
    # Clones: tensors that share memory, as a network and its best weights may, cannot be saved.
    save_tensors(path, {k: v.clone() for k, v in tensors.items()}, {"run": json.dumps(values)})


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, torch.Tensor) else value


def restore_checkpoint(path: Path, run: Training) -> None:
    """Put a run of the same configuration where the one that was written down stood.

    ValueError for a file that is not whole or belongs to another network.
    """
    try:
        tensors = load_file(path)
        with safe_open(path, framework="pt") as opened:
            values = json.loads(opened.metadata()["run"])
        _restore(run, tensors, values)
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is no checkpoint of this run: {error}") from error


def _restore(run: Training, tensors: Tensors, values: dict[str, Any]) -> None:
    def part(prefix: str) -> Tensors:
        start = len(prefix) + 1
        return {k[start:]: value for k, value in tensors.items() if k.startswith(f"{prefix}.")}

    run.network.load_state_dict(part("network"))
    if run.average is not None:
        run.average.load_state_dict(part("average"))
    run.best = {name: value.to(run.device) for name, value in part("best").items()} or None
    slots: dict[int, Tensors] = {}
    for key, value in part("optimizer").items():
        index, name = key.split(".")
        slots.setdefault(int(index), {})[name] = value
    rates = [group["lr"] for group in run.optimizer.param_groups]
    run.optimizer.load_state_dict({"state": slots, "param_groups": values["groups"]})
    for group, rate in zip(run.optimizer.param_groups, rates, strict=True):
        if isinstance(rate, torch.Tensor):  # on a GPU, where the step reads it
            group["lr"] = rate.fill_(group["lr"])
    run.schedule.load_state_dict(values["schedule"])
    run.generator.set_state(tensors["generator"])
    run.random = part("random")
    for name in COUNTERS:
        setattr(run, name, values[name])
    run.wanted_lr_factor = run.lr_factor
    run.lowest = math.inf if values["lowest"] is None else values["lowest"]
