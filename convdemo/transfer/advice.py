"""Which way to go with a set of photos: its place among four, by its size and by measurement."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from convdemo.data.image_folders.photo_set import PhotoSet
from convdemo.transfer.features import Features

LARGE = 1_000  # photos of a class to train with, above which a set counts as large
SIMILAR = 0.5  # separation above which photos count as similar to what the base knows
NEIGHBOURS = 5
# (large, similar): as in the course, a set of photos is in one of four places.
QUADRANTS: dict[tuple[bool, bool], str] = {
    (False, True): "small_similar",  # train a head on frozen features
    (False, False): "small_different",  # a head on earlier stages, or more photos
    (True, True): "large_similar",  # fine-tune the last stages
    (True, False): "large_different",  # fine-tune most of it, or start from scratch
}


@dataclass(frozen=True)
class Advice:
    """Where a set stands: photos of a class to train with (mean), and how far its classes are apart
    for the frozen base, from 0 (as if guessed) to 1 (every photo's neighbours are of its class).
    """

    quadrant: str
    photos_of_a_class: float
    separation: float
    right: float  # the share of photos whose nearest neighbours say their class


def advise(photos: PhotoSet, features: Features, training: tuple[int, ...]) -> Advice:
    """The advice for a set whose photos at the places `training` made these features.

    Each photo is named by its nearest neighbours among the others; those that look like the same
    moment do not count as neighbours, or every burst of a camera would be told apart.
    """
    count = len(training)
    x = functional.normalize(features.training[:count] - features.training[:count].mean(dim=0))
    labels = features.training_labels[:count]
    groups = torch.tensor([photos.photos[index].group for index in training])
    likeness = x @ x.T
    likeness[groups[:, None] == groups[None, :]] = -torch.inf
    near = likeness.topk(min(NEIGHBOURS, count), dim=1)
    votes = functional.one_hot(labels[near.indices], len(photos.classes)).double()
    weights = near.values.add(1).clamp(min=0).nan_to_num(0).double()
    said = (votes * weights[:, :, None]).sum(dim=1)
    right = float((said.argmax(dim=1) == labels).double().mean())
    chance = float(torch.bincount(labels).max() / count)
    separation = max(0.0, (right - chance) / max(1 - chance, 1e-9))
    of_a_class = count / len(photos.classes)
    quadrant = QUADRANTS[of_a_class > LARGE, separation >= SIMILAR]
    return Advice(quadrant, of_a_class, separation, right)
