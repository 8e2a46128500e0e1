"""How long a training will take on this machine, from a measurement of our own base."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from convdemo.data.image_folders.photo_set import PhotoSet, split
from convdemo.inference.inputs import OWN
from convdemo.networks.registry import MODELS
from convdemo.networks.summary import Layer
from convdemo.training.optimizer import choose_device
from convdemo.training.recipes import RECIPES
from convdemo.transfer.bases import BASES
from convdemo.transfer.finetune import EPOCHS
from convdemo.transfer.plan import Plan

PHOTOS = 16  # of the batch that is timed
ROUNDS = 3
BACKWARD = 2.0  # what gradients cost, in passes forward
HEAD = 0.5  # seconds for a head, whatever the base
# Seconds of an epoch for a photo in float32, divided by those of our base reading one: measured
# like the costs of the bases, with batches of 32.
SCRATCH_COST = {"cats_dogs": 2.8, "cats_dogs_5": 4.7}
# Of a network of layers, in seconds of our base for a photo: for a picture the multiply-adds and
# the numbers that layers hand on, for a step the parameters and the layers. Least squares over the
# steps of 19 networks in batches of 32 and 128 on one core: half are within 13 % of it, all within
# a factor of 1.8.
COST = {"multiply_add": 6.6e-9, "number": 4.3e-7, "parameter": 9.8e-7, "layer": 5.0e-3}


@functools.lru_cache(maxsize=1)
def own_seconds() -> float:
    """Seconds that our base takes for a photo here, measured at the first call."""
    spec, device = BASES[OWN].photos, choose_device("auto")
    shape = (3, spec.side, spec.side)
    network = MODELS[OWN].build(shape, 10).eval().to(memory_format=torch.channels_last).to(device)
    x = torch.zeros(PHOTOS, *shape).to(device, memory_format=torch.channels_last)
    taken = []
    with torch.inference_mode():
        network(x)  # sets up kernels
        for _ in range(ROUNDS):
            started = time.perf_counter()
            network(x).cpu()  # waits for a GPU
            taken.append(time.perf_counter() - started)
    return min(taken) / PHOTOS


def epoch_seconds(stages: Sequence[Layer], pictures: int, batch: int) -> float:
    """Seconds of an epoch of a network that starts from nothing, in float32."""
    each = COST["multiply_add"] * sum(stage.multiply_adds for stage in stages)
    each += COST["number"] * sum(stage.numbers for stage in stages)
    step = COST["parameter"] * sum(stage.parameters for stage in stages)
    step += COST["layer"] * sum(len(stage.layers) for stage in stages)
    return own_seconds() * (each * pictures + step * -(-pictures // batch))


def forecast(plan: Plan, training: int, validation: int, *, cached: bool = False) -> float:
    """Seconds from the start to the validation accuracy, for so many photos of each part.

    `cached`: the features are there already. Fine-tuning is taken to train the whole base, which
    is the longest that it can take.
    """
    own = own_seconds()
    if plan.mode == "scratch":
        epochs = plan.epochs or RECIPES[plan.network].epochs
        passes = training + validation / (1 + BACKWARD)
        return own * SCRATCH_COST[plan.network] * epochs * passes
    cost = own * BASES[plan.backbone].cost
    copies = plan.copies if plan.augment else 1
    seconds = HEAD + (0.0 if cached else cost * (copies * training + validation))
    if plan.mode == "finetune":
        epochs = plan.epochs or EPOCHS
        seconds += cost * epochs * ((1 + BACKWARD) * training + validation)
    return seconds


def forecasts(plan: Plan, photos: PhotoSet, cached: Callable[[Plan], bool]) -> dict[str, float]:
    """Seconds that these settings would take for photos, with each base and each network that
    starts from nothing; `cached` says of a plan whether its features are there.
    """
    sizes = [len(part) for part in split(photos)]
    scratch = replace(plan, mode="scratch", unfreeze=None)
    if plan.mode == "scratch":
        plan = replace(plan, mode="features", epochs=None)
    based = [replace(plan, backbone=name) for name in BASES]
    found = {one.backbone: forecast(one, *sizes, cached=cached(one)) for one in based}
    bare = [replace(scratch, network=name) for name in SCRATCH_COST]
    return {**found, **{one.network: forecast(one, *sizes) for one in bare}}
