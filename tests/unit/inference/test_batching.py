"""Questions that wait together are read as one batch, and each gets its own answer."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convdemo.inference import tta
from convdemo.inference.batching import MOST, Batching, batching_of
from convdemo.inference.library import load
from convdemo.inference.predict import probabilities
from convdemo.inference.tta import probabilities_of


class Reader:
    """Doubles pictures; the first batch is held until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[float]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.batches.append(pictures[:, 0, 0, 0].tolist())
        if not self.begun.is_set():
            self.begun.set()
            assert self.go.wait(60)
        if -1.0 in self.batches[-1]:
            raise ValueError("not this one")
        return pictures.flatten(1)[:, :1] * 2


def picture(number: float, side: int = 2) -> torch.Tensor:
    return torch.full((1, 1, side, side), number)


def asked(
    batching: Batching, reader: Reader, given: Sequence[tuple[torch.Tensor, object]]
) -> list[Callable[[], torch.Tensor]]:
    """All but the first, which is being read, wait together in this order; then the answers."""
    with ThreadPoolExecutor(len(given)) as pool:
        futures: list[Future[torch.Tensor]] = []
        for place, (pictures, about) in enumerate(given):
            futures.append(pool.submit(batching.read, pictures, reader, about))
            assert reader.begun.wait(60)
            until_waiting(batching, place)
        reader.go.set()
        return [one.result for one in futures]


def until_waiting(batching: Batching, count: int) -> None:
    pause = threading.Event()
    for _ in range(60_000):
        if len(batching._waiting) == count:
            return
        pause.wait(0.001)
    raise AssertionError(batching._waiting)


def test_those_who_wait_are_read_as_one_batch_each_its_own_answer():
    batching, reader = Batching(), Reader()
    answers = asked(batching, reader, [(picture(n), "digits") for n in range(6)])
    assert [answer().item() for answer in answers] == [0, 2, 4, 6, 8, 10]
    assert reader.batches == [[0], [1, 2, 3, 4, 5]]
    assert batching.read(picture(9), reader).item() == 18  # nobody is in the way afterwards


def test_what_is_not_alike_is_read_apart():
    batching, reader = Batching(), Reader()
    given = [(picture(0), 1), (picture(1), 1), (picture(2), 2), (picture(3, side=4), 1)]
    answers = asked(batching, reader, [*given, (picture(4), 1)])
    assert [answer().item() for answer in answers] == [0, 2, 4, 6, 8]
    assert reader.batches == [[0], [1, 4], [2], [3]]


def test_a_batch_has_an_end():
    batching, reader = Batching(), Reader()
    asked(batching, reader, [(picture(n), None) for n in range(MOST + 3)])
    assert [len(batch) for batch in reader.batches] == [1, MOST, 2]


def test_an_error_is_told_to_all_of_its_batch_and_to_nobody_else():
    batching, reader = Batching(), Reader()
    given = [(picture(n), about) for n, about in ((0, 1), (-1, 2), (5, 2), (7, 1))]
    first, *wrong, last = asked(batching, reader, given)
    assert (first().item(), last().item()) == (0, 14)
    for one in wrong:
        with pytest.raises(ValueError, match="not this one"):
            one()


def test_pictures_that_wait_for_a_model_are_read_as_each_alone(
    monkeypatch: pytest.MonkeyPatch, shipped
):
    trained = load(shipped["digit_resnet-mnist"].path)
    inputs = np.random.default_rng(0).random((6, 1, 1, 28, 28), np.float32)
    alone = np.concatenate([probabilities(trained, one) for one in inputs])
    sizes: list[int] = []

    def held(network: nn.Module, images: torch.Tensor, **about: Any) -> torch.Tensor:
        sizes.append(len(images))
        until_waiting(batching_of(network), 5 if len(sizes) == 1 else 0)
        return probabilities_of(network, images, **about)

    monkeypatch.setattr(tta, "probabilities_of", held)
    with ThreadPoolExecutor(6) as pool:
        together = np.concatenate(list(pool.map(partial(probabilities, trained), inputs)))
    assert sizes == [1, 5]
    np.testing.assert_allclose(together, alone, atol=1e-6)
