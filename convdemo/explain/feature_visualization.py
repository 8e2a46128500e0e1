"""What does it want to see? An input that a class, or a channel of a stage, answers to most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from convdemo.augmentation.batch import shift_by_pixels
from convdemo.explain.attribution_methods import LARGE, Progress, no_progress, without_softmax
from convdemo.inference.tta import normalise
from convdemo.networks.stages import split_at

STEPS = 40
MOST = 200  # while a class is not sure of its dream yet
RATE = 0.8  # of Adam, on the logits of pixels
# The logits that dreams of digits and garments begin with: dark, as what they lie on, but not so
# dark that a network which is sure of nothing in an empty picture leaves it empty.
DARK = -1.0
BLURS = 2  # of the logits: a network answers to grain that nobody sees anything in
SHOWN = 8  # steps from one dream that is shown to the next
SHIFT = 2  # pixels to each side, drawn for every step: a dream has to bear them
SMOOTHNESS = 1.0  # weight of the mean difference of neighbouring pixels
LARGE_SHIFT = 8  # of photos, which are made of waves
FALL = 1.3  # the power of a wave's length by which it is stronger
# How the colours of photos vary together: by brightness most, then from blue to yellow, then from
# green to red.
COLOURS = ((0.26, 0.09, 0.02), (0.27, 0.0, -0.05), (0.27, -0.09, 0.03))
TRIALS = 20  # shifts that a dream of a class is proven with
SURE = 0.9  # probability that it must have under each of them
_CONTRAST = 0.1  # of the noise it begins with


@dataclass(frozen=True, eq=False)
class Dream:
    """Inputs (N, C, H, W) in 0..1 and, for dreams of classes, the lowest probability of each under
    TRIALS shifts, once STEPS are done.
    """

    pixels: torch.Tensor
    lowest: tuple[float, ...]
    step: int


class Pixels:
    """Small inputs, made of the logits of their pixels."""

    rate = RATE

    def __init__(self, level: float) -> None:
        self.level = level

    def start(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        return self.level + torch.randn(shape, generator=generator) * _CONTRAST

    def images(self, values: torch.Tensor) -> torch.Tensor:
        return _soft(values).sigmoid()


class Waves:
    """Photos, made of waves of every length, the longer the stronger, in colours that go together:
    of single pixels only grain would come. After Olah et al., doi 10.23915/distill.00007.
    """

    rate = 0.05

    def __init__(self, size: tuple[int, int]) -> None:
        height, width = size
        across, down = torch.fft.rfftfreq(width), torch.fft.fftfreq(height)[:, None]
        length = (across**2 + down**2).sqrt().clamp(min=1 / max(size))
        self.size, self.strength = size, length**-FALL
        colours = torch.tensor(COLOURS)
        self.colours = colours / colours.norm(dim=0).max()

    def start(self, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
        waves = (*shape[:2], *self.strength.shape, 2)
        return torch.randn(waves, generator=generator) * 0.01

    def images(self, values: torch.Tensor) -> torch.Tensor:
        waves = torch.view_as_complex(values) * self.strength
        logits = torch.fft.irfft2(waves, s=self.size) * (max(self.size) / 4)
        return torch.einsum("nchw,dc->ndhw", logits, self.colours).sigmoid()


def _soft(logits: torch.Tensor) -> torch.Tensor:
    """The logits of pixels, each averaged with its neighbours, as often as BLURS says."""
    across = torch.tensor([0.25, 0.5, 0.25])
    kernel = torch.outer(across, across).expand(logits.shape[1], 1, 3, 3)
    for _ in range(BLURS):
        padded = functional.pad(logits, (1, 1, 1, 1), mode="replicate")
        logits = functional.conv2d(padded, kernel, groups=logits.shape[1])
    return logits


def _roughness(images: torch.Tensor) -> torch.Tensor:
    down = (images[:, :, 1:] - images[:, :, :-1]).abs().mean(dim=(1, 2, 3))
    across = (images[:, :, :, 1:] - images[:, :, :, :-1]).abs().mean(dim=(1, 2, 3))
    return down + across


def dream(
    network: nn.Sequential,
    shape: tuple[int, int, int],
    wanted: tuple[int, ...],
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    stage: str | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Iterator[Dream]:
    """Inputs for the `wanted` classes, or channels of a stage, at once, as they come about.

    `progress` is told the share that is done, STEPS of them being most, and may raise to end it.

    Nothing is drawn from the process's random state, and the network stays as it is.
    """
    generator = torch.Generator().manual_seed(seed)
    read = without_softmax(network)
    if stage is not None:
        read, _ = split_at(network, stage)
    target = torch.tensor(wanted)
    dark = shape[0] == 1  # digits and garments lie on black
    large = shape[0] == 3 and shape[1] >= LARGE
    canvas = Waves(shape[1:]) if large else Pixels(DARK if dark else 0.0)
    values = canvas.start((len(wanted), *shape), generator).requires_grad_()
    optimizer = torch.optim.Adam([values], lr=canvas.rate)
    places = torch.arange(len(wanted))
    shift = LARGE_SHIFT if large else SHIFT
    for step in range(1, MOST + 1):
        images = canvas.images(values)
        moved = shift_by_pixels(images, generator, pixels=shift, fill=0.0 if dark else 0.5)
        output = read(normalise(moved, mean, std))
        if stage is None:
            rise = output.log_softmax(dim=1)[places, target]
        else:
            rise = output[places, target].flatten(1).mean(dim=1)
        loss = (SMOOTHNESS * _roughness(images) - rise).sum()
        optimizer.zero_grad()
        (values.grad,) = torch.autograd.grad(loss, values)
        optimizer.step()
        progress(0.8 * min(1, step / STEPS) + 0.2 * max(0, step - STEPS) / (MOST - STEPS))
        if step % SHOWN == 0:
            shown = canvas.images(values.detach())
            lowest: tuple[float, ...] = ()
            if step >= STEPS and stage is None:
                lowest = prove(network, shown, wanted, mean=mean, std=std)
            yield Dream(shown, lowest, step)
            if step >= STEPS and min(lowest, default=1.0) >= SURE:
                return


def prove(
    network: nn.Sequential,
    pixels: torch.Tensor,
    wanted: tuple[int, ...],
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    seed: int = 1,
) -> tuple[float, ...]:
    """The lowest probability that each image (N, C, H, W) has for its class under TRIALS shifts."""
    generator = torch.Generator().manual_seed(seed)
    fill = 0.0 if pixels.shape[1] == 1 else 0.5
    copies = pixels.repeat_interleave(TRIALS, dim=0)
    with torch.no_grad():
        moved = normalise(shift_by_pixels(copies, generator, pixels=SHIFT, fill=fill), mean, std)
        found = without_softmax(network)(moved).softmax(dim=1)
    target = torch.tensor(wanted).repeat_interleave(TRIALS)
    chosen = found[torch.arange(len(copies)), target].view(len(pixels), TRIALS)
    return tuple(chosen.min(dim=1).values.tolist())
