"""Work that takes longer than a moment: it tells how far it is, and ends when nobody wants it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import gradio as gr

from convdemo.ui import guard
from convdemo.ui.asking import QUICK
from convdemo.ui.components import Progress, WorkLine
from convdemo.ui.wire import Refused

AT_ONCE = 2  # others wait for their turn
MOST = 24  # that are under way or wait, of all visitors
EVERY = 0.3  # seconds after which it is told how far the work is
STOPPED = "problem.explain_stopped"

Part = TypeVar("Part")
Tell = Callable[[float], None]  # takes the share that is done, 0..1


class EndedError(Exception):
    """Nobody wants this work any longer."""


class StoppedError(EndedError):
    """Somebody stopped it."""


@dataclass(frozen=True)
class Made(Generic[Part]):
    """A part of what the work gives."""

    part: Part


@dataclass(eq=False)
class _Work(Generic[Part]):
    parts: Callable[[Tell], Iterable[Part]]
    places: threading.Semaphore
    share: float = 0.0
    since: float | None = None  # its turn came
    ending: threading.Event = field(default_factory=threading.Event)
    made: queue.SimpleQueue[Made[Part] | Exception | None] = field(
        default_factory=queue.SimpleQueue
    )

    def tell(self, share: float) -> None:
        if self.ending.is_set():
            raise EndedError
        self.share = share

    def end(self, error: EndedError) -> None:
        self.ending.set()
        self.made.put(error)

    def progress(self) -> Progress:
        left = None
        if self.since is not None and self.share > 0:
            left = (time.monotonic() - self.since) * (1 - self.share) / self.share
        return Progress(self.share, left, self.since is None)

    def run(self) -> None:
        try:
            while not self.places.acquire(timeout=0.1):
                self.tell(0)
            try:
                self.since = time.monotonic()
                for part in self.parts(self.tell):
                    self.tell(self.share)
                    self.made.put(Made(part))
            finally:
                self.places.release()
            self.made.put(None)
        except Exception as error:
            self.made.put(error)


PLACES = threading.Semaphore(AT_ONCE)
_last: dict[Any, _Work[Any]] = {}
_lock = threading.Lock()


def followed(
    parts: Callable[[Tell], Iterable[Part]],
    turn: Any = None,
    places: threading.Semaphore = PLACES,
) -> Iterator[Progress | Made[Part]]:
    """What the work makes, part by part, and between the parts how far it is. It begins once one of
    the places is free.

    It runs in a thread and ends at its next word of progress when the iterator is closed, as Gradio
    does when the page is closed, when newer work has the same `turn`, or when that is stopped: then
    EndedError or StoppedError is raised here. Refused where too much work waits.
    """
    work = _Work(parts, places)
    turn = work if turn is None else turn
    with _lock:
        before = _last.get(turn)
        if before is None and len(_last) >= MOST:
            raise Refused("busy")
        _last[turn] = work
    if before is not None:
        before.end(EndedError())
    threading.Thread(target=work.run, daemon=True).start()
    try:
        while True:
            try:
                made = work.made.get(timeout=EVERY)
            except queue.Empty:
                made = work.progress()
            if made is None:
                return
            if isinstance(made, Exception):
                raise made
            if not work.ending.is_set():
                yield made
    finally:
        work.ending.set()
        with _lock:
            if _last.get(turn) is work:
                del _last[turn]


def stop(turn: Any) -> None:
    """End the work that has that turn, if there is one."""
    with _lock:
        work = _last.get(turn)
    if work is not None:
        work.end(StoppedError())


def wire_up(
    triggers: Sequence[Any],
    parts: Callable[..., Iterable[tuple[Any, ...]]],
    inputs: Sequence[Any],
    outputs: tuple[WorkLine, *tuple[Any, ...]],
    *,
    turn: Any,
    again: gr.Button | None = None,
    places: threading.Semaphore = PLACES,
) -> Any:
    """Let `parts(tell, *inputs)` make tuples of outputs, the first of them a WorkLine: it shows how
    far the work is, and stops it. What is refused is said there, too; `again` is shown once it was
    stopped. Returns Gradio's event, for what comes then.
    """
    line, rest = outputs[0], [gr.skip()] * (len(outputs) - 1)
    buttons = [] if again is None else [again]

    def told(*made: Any, stopped: bool = False) -> tuple[Any, ...]:
        # What is not in the page at all comes without its text right after a fold was opened.
        return (*made, *(gr.Button(visible=True if stopped else "hidden") for _ in buttons))

    def going(*given: Any) -> Iterator[tuple[Any, ...]]:
        shown = False  # how far it is
        try:
            for one in followed(lambda tell: parts(tell, *given), turn, places):
                shown = isinstance(one, Progress)
                yield told(one, *rest) if isinstance(one, Progress) else told(*one.part)
            if shown:
                yield told(None, *rest)
        except StoppedError:
            yield told(STOPPED, *rest, stopped=True)
        except EndedError:
            return
        except guard.REFUSALS as error:
            yield told(guard.told(error), *rest)

    begins = [*triggers, *(button.click for button in buttons)]
    more: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 8}
    event = gr.on(begins, going, list(inputs), [*outputs, *buttons], **more, **QUICK)
    line.input(lambda: stop(turn), None, None, queue=False, **QUICK)
    return event
