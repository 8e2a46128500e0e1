"""Gradio's queue waits for events, where it asks a thousand times a second whether there is one.

That costs an idle server 5 to 9 % of a core. The queue's loop rests by
`asyncio.sleep(queue.sleep_when_free)` when it finds nothing to do; here that sleep ends when an
event comes or a place becomes free, and else lasts as long as Gradio has it on Windows. A queue of
another version, which rests otherwise, sees a number of seconds and asks twenty times a second.
"""

import asyncio
from contextlib import suppress
from typing import Any

from gradio import queueing

AT_MOST = 0.05  # seconds, should an event ever come by another way than those below
PROGRESS = 0.1  # seconds between two looks for progress to tell, which no event of ours has
ENTRANCES = ("push", "process_events")  # after these there may be something to do


class Until(float):
    """Seconds to sleep at most; it ends at once when it is woken."""

    def __init__(self, seconds: float) -> None:
        self.woken = asyncio.Event()


class _Asyncio:
    """asyncio for Gradio's queue: its sleep can be woken."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float, result: Any = None) -> Any:
        """Sleep so long, or until it is woken."""
        if not isinstance(seconds, Until):
            return await asyncio.sleep(seconds, result)
        with suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(seconds.woken.wait(), float(seconds))
        seconds.woken.clear()
        return result


def wait_for_events(queue: Any, at_most: float = AT_MOST) -> None:
    """Let the queue rest until there is something to do; nothing where it is not as known here."""
    if not all(callable(getattr(queue, name, None)) for name in ENTRANCES):
        return
    rest = Until(at_most)
    for name in ENTRANCES:
        setattr(queue, name, _waking(getattr(queue, name), rest))
    queue.sleep_when_free = rest
    queue.progress_update_sleep_when_free = PROGRESS
    if getattr(queueing, "asyncio", None) is asyncio:
        queueing.asyncio = _Asyncio()  # type: ignore[assignment]


def _waking(entrance: Any, rest: Until) -> Any:
    async def passed(*args: Any, **named: Any) -> Any:
        try:
            return await entrance(*args, **named)
        finally:
            rest.woken.set()

    return passed
