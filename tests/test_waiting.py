"""Gradio's queue rests until there is something to do, and answers no later for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import pytest
from gradio import queueing
from gradio.data_classes import PredictBodyInternal

from convdemo.ui.waiting import AT_MOST, _Asyncio, wait_for_events

HOUR = 3600.0


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """What the work gives, in a thread: Gradio leaves a loop of its own in the one of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def blocks_of(compute: Callable[[], Any]) -> gr.Blocks:
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Button().click(compute, None, None)
    blocks.queue()
    return blocks


async def while_it_runs(queue: Any, work: Callable[[], Awaitable[Any]]) -> Any:
    """What `work` gives while the queue's own loop runs."""
    loop = asyncio.create_task(queue.start_processing())
    try:
        return await asyncio.wait_for(work(), 60)
    finally:
        queue.stopped = True
        loop.cancel()


@pytest.fixture
def _as_it_was(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queueing, "asyncio", queueing.asyncio)


def rests(queue: Any, seconds: float) -> int:
    """How often the loop of an idle queue starts to rest in so many seconds."""
    asked = 0

    class Counting(type(queue)):
        def __len__(self) -> int:
            nonlocal asked
            asked += 1
            return 0

    queue.__class__ = Counting
    run(while_it_runs(queue, lambda: asyncio.sleep(seconds)))
    return asked


@pytest.mark.usefixtures("_as_it_was")
def test_an_idle_queue_rests():
    queue = blocks_of(lambda: None)._queue
    wait_for_events(queue)
    assert rests(queue, 0.6) <= 1 + 0.6 / AT_MOST


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize("events", [1, 3])
def test_an_event_ends_the_rest(events: int):
    """Were it not woken it would rest for an hour; the second event waits for the first's place."""
    begun: list[int] = []
    blocks = blocks_of(lambda: begun.append(1))
    queue: Any = blocks._queue

    async def processed(self: Any, told: list[Any], *_: Any) -> None:
        begun.append(1)
        await asyncio.sleep(0.01)
        waiting = self.event_queue_per_concurrency_id[told[0].concurrency_id]
        waiting.current_concurrency -= 1
        self.active_jobs[self.active_jobs.index(told)] = None

    queue.process_events = processed.__get__(queue)
    queue.active_jobs = [None]
    wait_for_events(queue, at_most=HOUR)

    async def work() -> None:
        await asyncio.sleep(0.05)  # it rests by now
        for _ in range(events):
            body = PredictBodyInternal(data=[], fn_index=0, session_hash="one")
            assert (await queue.push(body, None, None))[0]
        while len(begun) < events:
            await asyncio.sleep(0.01)

    run(while_it_runs(queue, work))


class Other:
    """A queue that rests in another way."""

    sleep_when_free = 0.001

    async def push(self) -> None: ...

    async def process_events(self) -> None: ...

    async def start_processing(self) -> None:
        await asyncio.wait_for(asyncio.Event().wait(), 1)


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize("missing", ["start_processing", "push", "process_events", None])
def test_a_queue_that_is_not_as_known_stays_as_it_is(
    missing: str | None, monkeypatch: pytest.MonkeyPatch
):
    if missing:
        monkeypatch.setattr(Other, missing, None)
    queue = Other()
    wait_for_events(queue)
    assert vars(queue) == {}


@pytest.mark.usefixtures("_as_it_was")
def test_a_gradio_that_rests_by_other_means_stays_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(queueing, "asyncio")
    queue = blocks_of(lambda: None)._queue
    before = dict(vars(queue))
    wait_for_events(queue)
    assert vars(queue) == before


def test_other_sleeps_are_asyncios_own():
    stands_in = _Asyncio()
    assert stands_in.Lock is asyncio.Lock
    assert run(stands_in.sleep(0, "over")) == "over"
