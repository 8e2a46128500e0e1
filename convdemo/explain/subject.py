"""A model and a picture, ready to be looked into: what is explained, and a map that never is blank
without a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from convdemo.errors import UserError, choose
from convdemo.explain.attribution_methods import without_softmax
from convdemo.images.decode import Picture
from convdemo.inference.card import Card
from convdemo.inference.inputs import prepare
from convdemo.inference.library import Trained
from convdemo.inference.predict import read_upright
from convdemo.inference.tta import normalise
from convdemo.networks.backbones import class_names, find_backbone
from convdemo.networks.registry import cam_stage_of
from convdemo.networks.stages import run_stages
from convdemo.preprocessing.crop import pixels_of


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
    note: str | None = None  # a key of NOTES where the reader should know how it was read

    @property
    def label(self) -> str:
        """The class that the network reads in this input, in a single view."""
        return self.classes[int(np.argmax(self.probabilities))]

    def stages(self) -> tuple[str, ...]:
        """The names of the stages that have maps."""
        with torch.no_grad():
            outputs = run_stages(self.network, self.x)
        return tuple(name for name, output in outputs.items() if output.ndim == 4)

    def stage_with_maps(self, name: str | None) -> str:
        """The stage of that name, for None the last one with maps; UserError naming those there
        are.
        """
        stages, name = self.stages(), name or self.cam_stage
        if not stages or name is None:
            raise UserError(f"{self.model} has no maps, as it has no convolutions")
        if name not in stages:
            raise UserError(f"stage {name!r} has no maps; those with maps: {', '.join(stages)}")
        return name

    def place(self, label: str | None) -> int:
        """The output that stands for a class, for None the one that is read; ValueError naming the
        classes there are.
        """
        name = self.label if label is None else label
        choose("class", name, self.classes)
        return self.classes.index(name)


def subject_of(trained: Trained, picture: Picture) -> Subject:
    """A picture as the model gets it. ValueError where there is nothing on it."""
    prepared = prepare(trained.card, picture)
    if prepared.empty:
        raise UserError("there is nothing on this picture")
    upright, _ = read_upright(trained, prepared)
    note = picture.note or ("turned" if upright.quarters else None)
    return replace(subject_from_pixels(trained, upright.pixels), note=note)


def subject_from_pixels(trained: Trained, pixels: np.ndarray) -> Subject:
    """An input (C, H, W) in 0..1 as it is, such as one of a data set."""
    card = trained.card
    if tuple(pixels.shape) != tuple(card.shape):
        raise ValueError(f"the input is {tuple(pixels.shape)}, {tuple(card.shape)} is needed")
    return _subject(
        card.name,
        card,
        cam_stage_of(card.model, card.shape, len(card.classes) + len(card.extra_classes)),
        card.mean,
        card.std,
        without_softmax(trained.network),
        pixels,
        (*card.classes, *card.extra_classes),
    )


def backbone_subject(name: str, network: nn.Sequential, picture: np.ndarray) -> Subject:
    """A picture (H, W, 3) uint8 as a backbone of that name, built before, gets it."""
    spec = find_backbone(name)
    pixels = pixels_of(spec, picture)
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
