"""Backbones for the page: one in memory at a time, their weights fetched with progress."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convdemo.networks.backbones import BACKBONES, build
from convdemo.networks.hub import BackboneMissingError, fetch, is_cached
from convdemo.ui import wire
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from torch import nn


class StoppedError(Exception):
    """The visitor wants the download no longer."""


@dataclass(eq=False)
class _Download:
    done: int = 0
    of: int = 0
    over: bool = False
    error: str | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str) -> None:
        def progress(done: int, of: int) -> None:
            self.done, self.of = done, of
            if self.stopping.is_set():
                raise StoppedError

        try:
            fetch(BACKBONES[name], progress)
        except (BackboneMissingError, StoppedError) as error:
            self.error = None if self.stopping.is_set() else str(error)
        finally:
            self.over = True


@dataclass(eq=False)
class Backbones:
    """What there is, what is being fetched, and the one that is in memory."""

    _downloads: dict[str, _Download] = field(default_factory=dict)
    _loaded: tuple[str, nn.Sequential] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def offers(self) -> list[dict[str, Any]]:
        """What one may choose from, and whether its weights are here."""
        return [
            {
                "name": spec.name,
                "title": spec.title,
                "megabytes": spec.megabytes,
                "parameters": spec.parameters,
                "cached": is_cached(BACKBONES[spec.name]),
            }
            for spec in BACKBONES.values()
            if not spec.package  # that one is in the model library
        ]

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

    def fetch(self, payload: Any) -> dict[str, Any]:
        """Begin to fetch the weights of {"backbone"}, unless somebody does already."""
        name = self._name(payload)
        with self._lock:
            going = self._downloads.get(name)
            if going is None or going.over:
                self._downloads[name] = download = _Download()
                threading.Thread(target=download.run, args=(name,), daemon=True).start()
        return {}

    def fetching(self, payload: Any) -> dict[str, Any]:
        """How far {"backbone"} is, in bytes; Refused with the reason where it cannot be had."""
        name = self._name(payload)
        download = self._downloads.get(name)
        if download is None:
            return {"done": 0, "of": 0, "over": True, "cached": is_cached(BACKBONES[name])}
        if download.error is not None:
            raise Refused("explain_no_backbone", error=download.error)
        found = {"done": download.done, "of": download.of, "over": download.over}
        return {**found, "cached": download.over and is_cached(BACKBONES[name])}

    def stop(self, payload: Any) -> dict[str, Any]:
        """End the download of {"backbone"}; what has arrived is kept by the hub's client."""
        download = self._downloads.get(self._name(payload))
        if download is not None:
            download.stopping.set()
        return {}

    @staticmethod
    def _name(payload: Any) -> str:
        name = wire.text(wire.mapping(payload), "backbone")
        if name not in BACKBONES:
            raise Refused("request")
        return name
