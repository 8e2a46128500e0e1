"""Backbones for the page: one in memory at a time, their weights fetched with progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convdemo.networks.backbones import BACKBONES, build
from convdemo.networks.hub import BackboneMissingError, fetch, is_cached
from convdemo.ui.long_work import Tell
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from torch import nn


def fetched(tell: Tell, name: str) -> Iterator[tuple[None, float]]:
    """Work that fetches the weights of a backbone, as `long_work.wire_up` takes it; in the end the
    time. What has arrived is kept by the hub's client when it is stopped.
    """
    if not isinstance(name, str) or name not in BACKBONES:
        return
    try:
        fetch(BACKBONES[name], lambda done, of: tell(done / max(of, 1)))
    except BackboneMissingError as error:
        raise Refused("explain_no_backbone", error=error) from error
    yield None, time.monotonic()


@dataclass(eq=False)
class Backbones:
    """The one that is in memory."""

    _loaded: tuple[str, nn.Sequential] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def network(self, name: str) -> nn.Sequential:
        """The stages, loaded; Refused with the size of the download where they are not here."""
        spec = BACKBONES[name]
        if not is_cached(BACKBONES[name]):
            raise Refused("explain_fetch", title=spec.title, megabytes=spec.megabytes)
        with self._lock:
            if self._loaded is None or self._loaded[0] != name:
                self._loaded = None  # two of them may be more than there is room for
                try:
                    network = build(name, pretrained=True).requires_grad_(False)
                except ValueError as error:
                    raise Refused("explain_broken", error=error) from error
                self._loaded = (name, network)
            return self._loaded[1]
