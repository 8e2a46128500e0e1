"""A network that reads digits learns somebody's own hand in seconds, and forgets little else."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from convdemo.augmentation.handwriting import augment_digits
from convdemo.data.dataset import ImageSet
from convdemo.data.negatives import with_negatives
from convdemo.errors import UserError
from convdemo.inference.answer import named
from convdemo.inference.library import Trained
from convdemo.inference.predict import probabilities
from convdemo.inference.tta import normalise
from convdemo.networks.stages import split_at

KEPT = 1_200  # pictures of what was learnt before that are shown again
NEGATIVES = 0.2  # more of what is no digit, for each of them
VARIANTS = 16  # of each new digit, as other pens would have written it
STEPS = 60
BATCH = 32  # of new ones, and as many of the kept
RATE = 1e-3
MOST = 500  # digits that are taught at once
ASIDE = 3  # of so many new ones of a digit one is held out


@dataclass(frozen=True)
class Lesson:
    """Digits as networks see them, (N, 28, 28) in 0..1, ink bright, and their labels (N,)."""

    pixels: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Memory:
    """What a network makes of pictures that it knows, before its last convolutions: computed once.

    `shown` are those features, `labels` those of the network's outputs.
    """

    shown: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Outcome:
    """The network that was taught, and how many pictures the one before it reads right, then that
    one and, where it was asked for, one that was shown nothing known meanwhile.

    `read` counts `drawings` of the lesson: those that were held out, or all where none was. `kept`
    counts `known` pictures, of which each network sees one view. `seconds` took the teaching.
    """

    taught: Trained
    seconds: float
    held_out: bool
    drawings: int
    read: tuple[int, ...]
    known: int
    kept: tuple[int, ...]


def split_stage(trained: Trained) -> str:
    """The stage up to which nothing is changed: the one before the last that has a convolution."""
    names = [name for name, _ in trained.network.named_children()]
    convolved = [
        name
        for name, stage in trained.network.named_children()
        if any(isinstance(one, nn.Conv2d) for one in stage.modules())
    ]
    if len(convolved) < 2:
        raise UserError(f"{trained.card.name} has too few convolutions to be taught by its last")
    return names[names.index(convolved[-1]) - 1]


def remember(trained: Trained, known: ImageSet, seed: int = 0) -> Memory:
    """What is shown again beside new digits: `KEPT` known ones, and what is no digit where the
    network tells it apart.
    """
    kept = known.take(KEPT)
    if trained.card.extra_classes:
        kept = with_negatives(kept, NEGATIVES, seed)
    x = kept.images.float() / 255
    return Memory(_features(trained, x), kept.labels)


def teach(
    trained: Trained, lesson: Lesson, memory: Memory | None, seed: int = 0
) -> Iterator[float]:
    """Change the last stages of `trained.network` in place until it reads the lesson; yields the
    share that is done.

    Without a memory it learns the new digits alone, and forgets others. UserError for no digits, or
    more than `MOST`.
    """
    if not 0 < len(lesson.labels) <= MOST:
        raise UserError(f"{len(lesson.labels)} digits are here, 1 to {MOST} can be taught at once")
    generator = torch.Generator().manual_seed(seed)
    labels = lesson.labels.repeat(VARIANTS + 1)
    x = lesson.pixels[:, None].repeat(VARIANTS, 1, 1, 1)
    x = torch.cat((lesson.pixels[:, None], augment_digits(x, labels[: len(x)], generator)))
    new = _features(trained, x)
    _, tail = split_at(trained.network, split_stage(trained))
    tail.requires_grad_(True).eval()  # the statistics of its normalisations stay as they are
    optimizer = torch.optim.AdamW(tail.parameters(), RATE, weight_decay=0.01)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        places = torch.randint(len(new), (BATCH,), generator=generator)
        shown, wanted = new[places], labels[places]
        if memory is not None:
            places = torch.randint(len(memory.labels), (BATCH,), generator=generator)
            shown = torch.cat((shown, memory.shown[places]))
            wanted = torch.cat((wanted, memory.labels[places]))
        loss = functional.cross_entropy(tail(shown), wanted, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield (step + 1) / STEPS
    tail.requires_grad_(False)


def hold_out(lesson: Lesson) -> tuple[Lesson, Lesson]:
    """What is to be learned, and what is held out: of `ASIDE` new ones of a digit the oldest."""
    held = torch.zeros(len(lesson.labels), dtype=torch.bool)
    for label in lesson.labels.unique():
        places = (lesson.labels == label).nonzero()[:, 0]
        held[places[: len(places) // ASIDE]] = True
    parts = (Lesson(lesson.pixels[one], lesson.labels[one]) for one in (~held, held))
    return next(parts), next(parts)


def teach_and_test(
    base: Trained, lesson: Lesson, memory: Memory, tested: ImageSet, *, alone: bool = False
) -> Iterator[float | Outcome]:
    """Teach a copy of `base` what is not held out of a lesson, and `alone` a second one without
    the memory; yields the share that is done, and at last what came of it.
    """
    shown, aside = hold_out(lesson)
    judged = aside if len(aside.labels) else shown
    networks, seconds = [base], []
    for known in (memory, *[None] * alone):
        own, started = copy_of(base), time.monotonic()
        for share in teach(own, shown, known):
            yield 0.7 * (len(seconds) + share) / (1 + alone)
        networks.append(own)
        seconds.append(time.monotonic() - started)
    kept = [0] * len(networks)
    for share, right in read_known(networks, tested):
        kept = [one + more for one, more in zip(kept, right, strict=True)]
        yield 0.7 + 0.3 * share
    yield Outcome(
        networks[1],
        seconds[0],
        len(aside.labels) > 0,
        len(judged.labels),
        tuple(read_right(one, judged) for one in networks),
        len(tested),
        tuple(kept),
    )


def read_right(trained: Trained, lesson: Lesson) -> int:
    """How many digits of a lesson are read as what they are; "not a digit" is no digit."""
    card, found = trained.card, probabilities(trained, lesson.pixels[:, None].numpy())
    read = [named(one, card.classes, card.extra_classes, card.threshold)[0] for one in found]
    wanted = [card.classes[label] for label in lesson.labels.tolist()]
    return sum(one == other for one, other in zip(read, wanted, strict=True))


def read_known(
    networks: Sequence[Trained], tested: ImageSet
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The share that is done, and how many of the next pictures each network reads right in one
    view; the first stages are the same in all of them, and compute once.
    """
    card, stage, done = networks[0].card, split_stage(networks[0]), 0
    below = split_at(networks[0].network, stage)[0]
    tails = [split_at(one.network, stage)[1] for one in networks]
    for x, labels in tested.batches(125):
        with torch.inference_mode():
            shown = below(normalise(x.float() / 255, card.mean, card.std))
            read = [tail(shown)[:, : len(card.classes)].argmax(dim=1) for tail in tails]
        done += len(labels)
        yield done / len(tested), tuple(int((one == labels).sum()) for one in read)


def copy_of(trained: Trained) -> Trained:
    """The same network with weights of its own."""
    return Trained(trained.card, copy.deepcopy(trained.network))


@torch.inference_mode()
def _features(trained: Trained, x: torch.Tensor) -> torch.Tensor:
    """(N, ...) what the first stages make of pictures (N, 1, H, W) in 0..1."""
    below, _ = split_at(trained.network, split_stage(trained))
    card = trained.card
    parts = [below(normalise(part, card.mean, card.std)) for part in x.split(125)]
    return torch.cat(parts).clone()
