"""Questions that wait for the same network are read as one batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch
from torch import nn

MOST = 16  # pictures of one batch: more of them leave a processor's cache
Read = Callable[[torch.Tensor], torch.Tensor]


@dataclass(eq=False)
class _Asked:
    pictures: torch.Tensor
    about: Hashable
    turn: threading.Event = field(default_factory=threading.Event)
    answer: torch.Tensor | None = None
    error: Exception | None = None

    def like(self, other: _Asked) -> bool:
        return (self.about, self.pictures.shape[1:]) == (other.about, other.pictures.shape[1:])


class Batching:
    """Lets one thread read at a time: who asks while nobody reads does so at once, alone; of those
    who ask meanwhile the first one reads for all that are like it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reading = False
        self._waiting: list[_Asked] = []

    def read(self, pictures: torch.Tensor, read: Read, about: Hashable = None) -> torch.Tensor:
        """What `read` answers, (N, ...) of pictures (N, C, H, W), or raises; it may be called for
        others that ask the same `about` theirs, or not be called because another's was.
        """
        mine = _Asked(pictures, about)
        with self._lock:
            self._waiting.append(mine)
            begins, self._reading = not self._reading, True
        if not begins:
            mine.turn.wait()
        if mine.answer is None and mine.error is None:
            self._read_for_all(mine, read)
        if mine.error is not None:
            raise mine.error
        assert mine.answer is not None
        return mine.answer

    def _read_for_all(self, mine: _Asked, read: Read) -> None:
        batch = self._taken(mine)
        try:
            answers = read(torch.cat([one.pictures for one in batch]))
            parts = answers.split([len(one.pictures) for one in batch])
            for one, part in zip(batch, parts, strict=True):
                one.answer = part
        except Exception as error:
            for one in batch:
                one.error = error
        with self._lock:
            self._reading = bool(self._waiting)
            following = self._waiting[:1]
        for one in batch + following:
            one.turn.set()

    def _taken(self, mine: _Asked) -> list[_Asked]:
        batch, count = [mine], len(mine.pictures)
        with self._lock:
            self._waiting.remove(mine)
            for one in list(self._waiting):
                if one.like(mine) and count + len(one.pictures) <= MOST:
                    self._waiting.remove(one)
                    batch.append(one)
                    count += len(one.pictures)
        return batch


_by_network: WeakKeyDictionary[nn.Module, Batching] = WeakKeyDictionary()


def batching_of(network: nn.Module) -> Batching:
    """The batching of everybody who asks that network."""
    return _by_network.setdefault(network, Batching())
