"""Classic mistakes to train with on purpose, each in one place: what a curve looks like then.

A healthy run beside it, from the same seed, shows what the mistake costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from convdemo.augmentation.batch import flip
from convdemo.data.dataset import ImageSet

LR_FACTOR = 100.0


@dataclass(frozen=True)
class Fault:
    """What a mistake changes; everything is as it should be where nothing is said."""

    name: str
    lr_factor: float = 1.0
    shuffled_labels: bool = False
    raw_pixels: bool = False  # 0..255 instead of mean 0 and spread 1
    softmax_twice: bool = False
    flips: bool = False  # left to right and upside down, whatever is on the picture
    sorted_batches: bool = False  # one class after the other, in every epoch
    dropout_when_judged: bool = False

    def statistics(
        self, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What pixels in 0..1 are normalised with."""
        if not self.raw_pixels:
            return mean, std
        return (0.0,) * len(mean), (1 / 255,) * len(std)

    def training_set(self, images: ImageSet, generator: torch.Generator) -> ImageSet:
        """What is trained with."""
        if self.shuffled_labels:
            order = torch.randperm(len(images), generator=generator).to(images.labels.device)
            return ImageSet(images.images, images.labels[order])
        if self.sorted_batches:
            order = images.labels.argsort(stable=True)
            return ImageSet(images.images[order], images.labels[order])
        return images

    def pictures(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """A batch (N, C, H, W), after its augmentation."""
        if not self.flips:
            return x
        return flip(flip(x, generator).transpose(2, 3), generator).transpose(2, 3)

    def logits(self, logits: torch.Tensor) -> torch.Tensor:
        """What the cross-entropy, which has a softmax of its own, is given."""
        return logits.softmax(dim=1) if self.softmax_twice else logits

    def before_judging(self, network: nn.Module) -> None:
        """The network is in eval mode, and about to be evaluated."""
        if self.dropout_when_judged:
            for module in network.modules():
                if isinstance(module, nn.Dropout):
                    module.train()


NONE = Fault("none")
FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        NONE,
        Fault("lr_x100", lr_factor=LR_FACTOR),
        Fault("shuffled_labels", shuffled_labels=True),
        Fault("raw_pixels", raw_pixels=True),
        Fault("softmax_twice", softmax_twice=True),
        Fault("flips", flips=True),
        Fault("sorted_batches", sorted_batches=True),
        Fault("dropout_when_judged", dropout_when_judged=True),
    )
}
