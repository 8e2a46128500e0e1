"""A model and a picture, ready to be looked into: what is explained, and a map that never is blank
without a reason.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from convdemo.explain.methods import (
    METHODS,
    Asked,
    Heed,
    Method,
    Score,
    cam_maps,
    signed_cam,
    unheeded,
    without_softmax,
)
from convdemo.images.decode import Picture
from convdemo.inference.library import Card, Trained
from convdemo.inference.predict import prepare, read_upright
from convdemo.inference.tta import normalise
from convdemo.networks.backbones import class_names, find_backbone, pixels_of
from convdemo.networks.lookup import cam_stage_of
from convdemo.networks.registry import run_stages

# What keeps a map from showing anything, and what to do about it: keys of the page's strings.
REASONS = ("nan", "one_place", "dead", "relu", "flat")


@dataclass(frozen=True, eq=False)
class Subject:
    """What a network, by the name of its model, sees and says.

    `network` ends in logits, `pixels` (C, H, W) is its input in 0..1, `x` (1, C, H, W) the same as
    it takes it, `background` an input on which nothing is; `probabilities` are by output. `card` is
    None for a backbone, which was trained elsewhere.
    """

    model: str
    card: Card | None
    cam_stage: str | None  # the last stage with a map
    mean: tuple[float, ...]
    std: tuple[float, ...]
    network: nn.Sequential
    pixels: torch.Tensor
    x: torch.Tensor
    background: torch.Tensor
    probabilities: tuple[float, ...]
    classes: tuple[str, ...]

    @property
    def label(self) -> str:
        """The class that the network reads in this input, in a single view."""
        return self.classes[int(np.argmax(self.probabilities))]

    def stages(self) -> tuple[str, ...]:
        """The names of the stages that have maps."""
        with torch.no_grad():
            outputs = run_stages(self.network, self.x)
        return tuple(name for name, output in outputs.items() if output.ndim == 4)

    def place(self, label: str | None) -> int:
        """The output that stands for a class, for None the one that is read; ValueError naming the
        classes there are.
        """
        name = self.label if label is None else label
        if name not in self.classes:
            raise ValueError(f"class {name!r} is none of {', '.join(self.classes)}")
        return self.classes.index(name)


def subject_of(trained: Trained, picture: Picture) -> Subject:
    """A picture as the model gets it. ValueError where there is nothing on it."""
    prepared = prepare(trained.card, picture)
    if prepared.empty:
        raise ValueError("there is nothing on this picture")
    upright, _ = read_upright(trained, prepared)
    return subject_from_pixels(trained, upright.pixels)


def subject_from_pixels(trained: Trained, pixels: np.ndarray) -> Subject:
    """An input (C, H, W) in 0..1 as it is, such as one of a data set."""
    card = trained.card
    if tuple(pixels.shape) != tuple(card.shape):
        raise ValueError(f"the input is {tuple(pixels.shape)}, {tuple(card.shape)} is needed")
    return _subject(
        card.name,
        card,
        cam_stage_of(card.model),
        card.mean,
        card.std,
        without_softmax(trained.network),
        pixels,
        (*card.classes, *card.extra_classes),
    )


def backbone_subject(name: str, network: nn.Sequential, picture: np.ndarray) -> Subject:
    """A picture (H, W, 3) uint8 as a backbone of that name, built before, gets it."""
    spec = find_backbone(name)
    pixels = pixels_of(spec, picture).numpy()
    classes = class_names()
    return _subject(name, None, spec.cam_stage, spec.mean, spec.std, network, pixels, classes)


def _subject(
    model: str,
    card: Card | None,
    cam_stage: str | None,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    network: nn.Sequential,
    pixels: np.ndarray,
    classes: tuple[str, ...],
) -> Subject:
    held = torch.from_numpy(np.array(pixels, np.float32))
    x = normalise(held.unsqueeze(0), mean, std)
    # Digits and garments lie on black; of photos the mean colour tells least.
    nothing = torch.zeros_like(held) if len(held) == 1 else torch.tensor(mean).view(-1, 1, 1)
    background = normalise(nothing.expand_as(held).unsqueeze(0), mean, std)
    with torch.no_grad():
        found = tuple(network(x).softmax(dim=1)[0].tolist())
    return Subject(model, card, cam_stage, mean, std, network, held, x, background, found, classes)


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map (H, W) of the input for a class, why there is nothing on it if so, and the time."""

    method: Method
    stage: str | None
    target: str
    against: str | None
    heat: torch.Tensor
    empty: str | None  # one of REASONS
    seconds: float
    asked: Asked


def attribute(
    subject: Subject,
    method: str,
    *,
    stage: str | None = None,
    target: str | None = None,
    against: str | None = None,
    heed: Heed = unheeded,
) -> Attribution:
    """The map of a method for a class, the one that is read for None, perhaps against another.
    `heed` is told the share that is done, and may raise to end it.

    ValueError for methods, stages and classes that are not there, and for a stage without maps.
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} is none of {', '.join(METHODS)}")
    chosen = METHODS[method]
    goal = subject.place(target)
    other = None if against is None else subject.place(against)
    if other == goal:
        raise ValueError(f"class {against!r} cannot be compared with itself")
    if chosen.staged:
        stages = subject.stages()
        stage = stage or subject.cam_stage
        if stage not in stages:
            named = ", ".join(stages) or "none: this network has no maps"
            raise ValueError(f"stage {stage!r} has no maps; those with maps: {named}")
    else:
        stage = None
    asked = Asked(Score(subject.network, goal, other), subject.x, stage, subject.background)
    started = time.perf_counter()
    heat = chosen.compute(replace(asked, heed=heed))
    seconds = time.perf_counter() - started
    reason = _why_empty(chosen, asked, heat)
    heat = torch.nan_to_num(heat, nan=0.0, posinf=0.0, neginf=0.0)
    return Attribution(chosen, stage, subject.classes[goal], against, heat, reason, seconds, asked)


def _why_empty(method: Method, asked: Asked, heat: torch.Tensor) -> str | None:
    """Why a map shows nothing, as one of REASONS; None where it shows something."""
    if not bool(torch.isfinite(heat).all()):
        return "nan"
    if method.staged:
        maps, gradient = cam_maps(asked)
        if maps.shape[2] * maps.shape[3] == 1:
            return "one_place"
        if not bool(maps.any()):
            return "dead"
        if not bool(heat.any()) and bool((signed_cam(maps, gradient) < 0).any()):
            return "relu"
    return None if bool((heat != heat.flatten()[0]).any()) else "flat"


def against_the_class(found: Attribution) -> Attribution:
    """The remedy for a Grad-CAM that its ReLU left empty: what speaks against the class."""
    cam = -signed_cam(*cam_maps(found.asked))
    size = list(found.heat.shape)
    heat = nn.functional.interpolate(cam.clamp(min=0), size, mode="bilinear", align_corners=False)[
        0, 0
    ]
    return replace(found, heat=heat, empty=None)
