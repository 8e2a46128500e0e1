"""Gradio's queue waits for events, where it asks a thousand times a second whether there is one.

That costs an idle server 5 to 9 % of a core. The queue's loop rests by
`asyncio.sleep(queue.sleep_when_free)` when it finds nothing to do; here that sleep ends when an
event comes or a place becomes free. A queue of another version, which rests otherwise, is left as
it is.
"""

import asyncio
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any

from gradio import queueing

AT_MOST = 0.25  # seconds, should an event ever come by another way than those below
ENTRANCES = ("push", "process_events")  # after these there may be something to do
RESTS = {"asyncio", "sleep", "sleep_when_free"}  # how the loop is known to rest


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
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # wait_for may lose a cancellation
                await seconds.woken.wait()
        seconds.woken.clear()
        return result


def wait_for_events(queue: Any, at_most: float = AT_MOST) -> None:
    """Let the queue rest until there is something to do; nothing where it is not as known here."""
    if not _known(queue):
        return
    rest = Until(at_most)
    for name in ENTRANCES:
        setattr(queue, name, _waking(getattr(queue, name), rest))
    queue.sleep_when_free = rest
    queue.progress_update_sleep_when_free = at_most  # no event of ours tells its progress
    queueing.asyncio = _Asyncio()  # type: ignore[assignment]


def _known(queue: Any) -> bool:
    loop = getattr(getattr(queue, "start_processing", None), "__code__", None)
    return (
        loop is not None
        and set(loop.co_names) >= RESTS
        and hasattr(queueing, "asyncio")
        and all(iscoroutinefunction(getattr(queue, name, None)) for name in ENTRANCES)
    )


def _waking(entrance: Any, rest: Until) -> Any:
    async def passed(*args: Any, **named: Any) -> Any:
        try:
            return await entrance(*args, **named)
        finally:
            rest.woken.set()

    return passed
