"""Work of the Explain tab that may take longer than a moment: it is followed, and can be ended."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convdemo.ui import wire
from convdemo.ui.context import VISITOR
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution_methods import Progress

Reply = dict[str, Any]
AT_ONCE = 2  # others wait for their turn
MOMENT = 0.3  # seconds after which work is followed; what is quicker is answered at once
PATIENCE = 30  # seconds after which nobody waits any longer who has not looked
KEPT = 100  # works, done or not


class EndedError(Exception):
    """Nobody wants this work any longer."""


@dataclass(eq=False)
class _Effort:
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    share: float = 0.0
    since: float | None = None  # its turn came
    looked: float = field(default_factory=time.monotonic)
    ended: str = "explain_stopped"  # why it ends without an answer: a key of the problems
    stopping: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None
    error: Exception | None = None

    def progress(self, share: float) -> None:
        if self.stopping.is_set() or time.monotonic() - self.looked > PATIENCE:
            raise EndedError
        self.share = share

    def end(self, why: str) -> None:
        self.ended = why
        self.stopping.set()


class Efforts:
    """The last work of each kind that each visitor asked for; a newer one ends the one before."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], _Effort] = {}
        self._lock = threading.Lock()
        self._places = threading.Semaphore(AT_ONCE)

    def followed(
        self, kind: str, compute: Callable[[Any, Progress], Reply]
    ) -> Callable[[Any], Reply]:
        """`compute` as a server function: it answers, or says {"going", "share", "left",
        "waits"}: what `look` and `stop` take, the share that is done, the seconds left, and
        whether it waits for its turn.
        """

        def begin(payload: Any) -> Reply:
            effort = _Effort()
            # A caller without a key is nobody's: nothing of theirs is replaced.
            key = (_owner(wire.mapping(payload)) or effort.id, kind)
            with self._lock:
                before = self._last.pop(key, None)
                if before is not None:
                    before.end("explain_replaced")
                for old in list(self._last)[: max(0, len(self._last) - KEPT)]:
                    self._last.pop(old).end("explain_replaced")
                self._last[key] = effort
            work = threading.Thread(target=self._work, args=(effort, compute, payload), daemon=True)
            work.start()
            effort.over.wait(MOMENT)
            return self._told(effort)

        return begin

    def look(self, payload: Any) -> Reply:
        """How far {"going"} is, or its answer; Refused where it ended without one."""
        effort = self._found(payload)
        effort.looked = time.monotonic()
        return self._told(effort)

    def stop(self, payload: Any) -> Reply:
        """End {"going"}."""
        self._found(payload).end("explain_stopped")
        return {}

    def _found(self, payload: Any) -> _Effort:
        request = wire.mapping(payload)
        name, owner = wire.text(request, "going"), _owner(request)
        with self._lock:
            for (whose, _), effort in self._last.items():
                if effort.id == name and whose == (owner or effort.id):
                    return effort
        raise Refused("explain_replaced")

    def _told(self, effort: _Effort) -> Reply:
        if not effort.over.is_set():
            told = {"going": effort.id, "share": effort.share, "left": _left(effort)}
            return {**told, "waits": effort.since is None}
        with self._lock:
            self._last = {key: one for key, one in self._last.items() if one is not effort}
        if effort.error is not None:
            raise effort.error
        if effort.reply is None:
            raise Refused(effort.ended)
        return effort.reply

    def _work(
        self, effort: _Effort, compute: Callable[[Any, Progress], Reply], payload: Any
    ) -> None:
        try:
            while not self._places.acquire(timeout=0.1):
                effort.progress(0)
            try:
                effort.since = time.monotonic()
                effort.progress(0)
                effort.reply = compute(payload, effort.progress)
            finally:
                self._places.release()
        except EndedError:
            pass
        except Exception as error:
            effort.error = error
        finally:
            effort.over.set()


def _left(effort: _Effort) -> float | None:
    """Seconds, as far as can be told from what was done so far."""
    if effort.since is None or effort.share <= 0:
        return None
    return (time.monotonic() - effort.since) * (1 - effort.share) / effort.share


def _owner(request: Mapping[str, Any]) -> str | None:
    key = request.get("visitor")
    return key if isinstance(key, str) and VISITOR.fullmatch(key) else None
