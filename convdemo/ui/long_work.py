"""Work that takes longer than a moment: it tells how far it is, and ends when nobody wants it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import gradio as gr

from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.ui import guard
from convdemo.ui.components import Progress, WorkLine
from convdemo.ui.wire import Refused

AT_ONCE = 2  # others wait for their turn
EVERY = 0.3  # seconds after which it is told how far the work is
STOPPED = "problem.explain_stopped"

Part = TypeVar("Part")
Tell = Callable[[float], None]  # takes the share that is done, 0..1


class EndedError(Exception):
    """Nobody wants this work any longer."""


@dataclass(frozen=True)
class Made(Generic[Part]):
    """A part of what the work gives."""

    part: Part


@dataclass(eq=False)
class _Work(Generic[Part]):
    parts: Callable[[Tell], Iterable[Part]]
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

    def progress(self) -> Progress:
        left = None
        if self.since is not None and self.share > 0:
            left = (time.monotonic() - self.since) * (1 - self.share) / self.share
        return Progress(self.share, left, self.since is None)

    def run(self) -> None:
        try:
            while not _places.acquire(timeout=0.1):
                self.tell(0)
            try:
                self.since = time.monotonic()
                for part in self.parts(self.tell):
                    self.tell(self.share)
                    self.made.put(Made(part))
            finally:
                _places.release()
            self.made.put(None)
        except Exception as error:
            self.made.put(error)


_places = threading.Semaphore(AT_ONCE)
_last: dict[Any, _Work[Any]] = {}
_lock = threading.Lock()


def followed(
    parts: Callable[[Tell], Iterable[Part]], turn: Any = None
) -> Iterator[Progress | Made[Part]]:
    """What the work makes, part by part, and between the parts how far it is.

    It runs in a thread and ends at its next word of progress when the iterator is closed, as Gradio
    does when an event is cancelled or the page is closed, or when newer work has the same `turn`:
    then EndedError is raised here.
    """
    work = _Work(parts)
    turn = work if turn is None else turn
    with _lock:
        before = _last.get(turn)
        _last[turn] = work
    if before is not None:
        before.ending.set()
    threading.Thread(target=work.run, daemon=True).start()
    try:
        while True:
            try:
                made = work.made.get(timeout=EVERY)
            except queue.Empty:
                made = work.progress()
            if work.ending.is_set():
                raise EndedError
            if made is None:
                return
            if isinstance(made, Exception):
                raise made
            yield made
    finally:
        work.ending.set()
        with _lock:
            if _last.get(turn) is work:
                del _last[turn]


def wire_up(
    triggers: Sequence[Any],
    parts: Callable[..., Iterable[tuple[Any, ...]]],
    inputs: Sequence[Any],
    outputs: tuple[WorkLine, *tuple[Any, ...]],
    *,
    turn: Any,
    again: gr.Button | None = None,
) -> None:
    """Let `parts(tell, *inputs)` make tuples of outputs, the first of them a WorkLine: it shows how
    far the work is, and stops it. What is refused is said there, too; `again` is shown once it was
    stopped.
    """
    line, rest = outputs[0], [gr.skip()] * (len(outputs) - 1)
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def going(*given: Any) -> Iterator[tuple[Any, ...]]:
        told = False  # how far it is
        try:
            for one in followed(lambda tell: parts(tell, *given), turn):
                told = isinstance(one, Progress)
                yield (one, *rest) if isinstance(one, Progress) else one.part
            if told:
                yield (None, *rest)
        except EndedError:
            return
        except (Refused, PictureError, PlaceError) as error:
            found = guard.problem(error)
            yield ((f"problem.{found['problem']}", found["values"]), *rest)

    more = {"trigger_mode": "multiple", "concurrency_limit": 8, **private}
    begins = [*triggers, *([] if again is None else [again.click])]
    event = gr.on(begins, going, list(inputs), list(outputs), **more)
    if again is None:
        line.input(lambda: STOPPED, None, line, cancels=[event], **private)
        return
    line.input(
        lambda: (STOPPED, gr.Button(visible=True)), None, [line, again], cancels=[event], **private
    )
    gr.on(begins, lambda: gr.Button(visible=False), None, again, queue=False, **private)
