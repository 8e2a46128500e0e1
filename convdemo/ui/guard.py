"""Who may have something computed, and how much of it.

The page calls Python through Gradio's server functions: they are fast because they pass by the
queue, and with it by every limit of the queue. What they need instead is here.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from convdemo.ingest import PictureError
from convdemo.places import PlaceError
from convdemo.ui.wire import Refused

Reply = dict[str, Any]
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Guard:
    """Lets a call through or refuses it.

    One visitor may ask `per_second` times a second, in bursts of `burst`; `at_once` calls compute
    at the same time, others wait for `patience` seconds. Behind a proxy visitors are told apart by
    the address that the proxy noted down.
    """

    per_second: float = 200
    burst: float = 400
    at_once: int = 4
    patience: float = 5
    behind_proxy: bool = False
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # visitor: calls, at
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._places = threading.BoundedSemaphore(self.at_once)

    def served(
        self, name: str, compute: Callable[[Any], Reply]
    ) -> Callable[[Any, gr.Request], Reply]:
        """`compute` as a server function that the page knows by `name`.

        It answers what `compute` does, or {"problem": key, "values": {...}}, a key of the strings.
        """

        def serve(payload: Any, request: gr.Request) -> Reply:
            try:
                _check_origin(request)
                self._count(self._visitor(request))
                return self._compute(compute, payload)
            except (Refused, PictureError, PlaceError) as error:
                return problem(error)
            except Exception:
                _log.exception("the server function %s failed", name)
                return {"problem": "internal", "values": {}}

        serve.__name__ = name
        return serve

    def _compute(self, compute: Callable[[Any], Reply], payload: Any) -> Reply:
        if not self._places.acquire(timeout=self.patience):
            raise Refused("busy")
        try:
            return compute(payload)
        finally:
            self._places.release()

    def _visitor(self, request: gr.Request) -> str:
        forwarded = request.headers.get("x-forwarded-for", "") if self.behind_proxy else ""
        address = request.client.host if request.client else ""
        return forwarded.split(",")[-1].strip() or address

    def _count(self, visitor: str) -> None:
        """Take one call from the visitor's bucket, which fills up again over time."""
        now = time.monotonic()
        with self._lock:
            if len(self._left) > 1000:
                full_after = self.burst / self.per_second
                self._left = {k: v for k, v in self._left.items() if now - v[1] < full_after}
            left, at = self._left.get(visitor, (self.burst, now))
            left = min(self.burst, left + (now - at) * self.per_second)
            self._left[visitor] = (max(left - 1, 0), now)
        if left < 1:
            raise Refused("busy")


def problem(error: Refused | PictureError | PlaceError) -> Reply:
    """What the page gets instead of an answer; kinds of files have names in its language."""
    values = {name: str(value) for name, value in error.values.items()}
    if "kind" in values:
        values["kind"] = f"@kind.{values['kind']}|{values['kind']}"
    return {"problem": error.problem, "values": values}


def _check_origin(request: gr.Request) -> None:
    """Refuse a call that another site's page sent: it could, by posting text/plain, but browsers
    name the origin.
    """
    origin = request.headers.get("origin")
    if not origin:
        return
    ours = {request.headers.get("host"), request.headers.get("x-forwarded-host")}
    if urlsplit(origin).netloc not in ours:
        raise Refused("origin")
