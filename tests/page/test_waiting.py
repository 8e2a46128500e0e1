"""Gradio's queue rests until there is something to do, and answers no later for it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import pytest
from gradio import queueing
from gradio.data_classes import PredictBodyInternal

from convdemo.ui.waiting import AT_MOST, _Asyncio, wait_for_events

HOUR = 3600.0


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """What the work gives, in a loop of its own: outside of any, Gradio would make several."""

    async def working() -> Any:
        return await work()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, working()).result()


def queue_of() -> Any:
    """The queue of a page with one button."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Button().click(lambda: None, None, None)
    blocks.queue()
    return blocks._queue


async def while_it_runs(queue: Any, work: Awaitable[Any]) -> None:
    """Do the work while the queue's own loop runs."""
    loop = asyncio.create_task(queue.start_processing())
    try:
        await asyncio.wait_for(work, 60)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)


@pytest.fixture
def _as_it_was(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queueing, "asyncio", asyncio)


@pytest.mark.usefixtures("_as_it_was")
def test_an_idle_queue_rests():
    """What Gradio's loop does first each time that it looks for events is counted."""
    looks = 0

    class Counted(queueing.Queue):
        def __len__(self) -> int:
            nonlocal looks
            looks += 1
            return 0

    async def work() -> None:
        queue = queue_of()
        queue.__class__ = Counted
        wait_for_events(queue)
        await while_it_runs(queue, asyncio.sleep(2 * AT_MOST + 0.1))

    run(work)
    assert 1 <= looks <= 4


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize("events", [1, 3])
def test_an_event_ends_the_rest(events: int):
    """Were it not woken it would rest for an hour; a second event waits for the first's place."""
    begun: list[Any] = []

    async def work() -> None:
        queue = queue_of()
        queue.active_jobs = [None]

        async def process_events(told: list[Any], *_: object) -> None:
            begun.append(told)
            await asyncio.sleep(0.01)
            of = queue.event_queue_per_concurrency_id[told[0].concurrency_id]
            of.current_concurrency -= 1
            queue.active_jobs[queue.active_jobs.index(told)] = None

        async def push() -> None:
            await asyncio.sleep(0.05)  # it rests by now
            for _ in range(events):
                body = PredictBodyInternal(data=[], fn_index=0, session_hash="one")
                assert (await queue.push(body, None, None))[0]
            while len(begun) < events:
                await asyncio.sleep(0.01)

        queue.process_events = process_events
        wait_for_events(queue, at_most=HOUR)
        await while_it_runs(queue, push())

    run(work)
    assert len(begun) == events


class Other:
    """A queue that rests in another way."""

    async def push(self) -> None: ...

    async def process_events(self) -> None: ...

    async def start_processing(self) -> None:
        await asyncio.wait_for(asyncio.Event().wait(), 1)


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize("missing", ["start_processing", "push", "process_events", None])
def test_a_queue_of_another_kind_stays_as_it_is(
    missing: str | None, monkeypatch: pytest.MonkeyPatch
):
    if missing:
        monkeypatch.delattr(Other, missing)
    queue = Other()
    wait_for_events(queue)
    assert vars(queue) == {}
    assert vars(queueing)["asyncio"] is asyncio


@pytest.mark.usefixtures("_as_it_was")
@pytest.mark.parametrize("change", ["asyncio", "push", "process_events", "start_processing"])
def test_a_gradio_that_changed_stays_as_it_is(change: str, monkeypatch: pytest.MonkeyPatch):
    async def work() -> None:
        queue = queue_of()
        before = dict(vars(queue))
        if change == "asyncio":
            monkeypatch.delattr(queueing, "asyncio")
        else:
            monkeypatch.delattr(queueing.Queue, change)
        wait_for_events(queue)
        assert vars(queue) == before

    run(work)


def test_other_sleeps_are_asyncios_own():
    stands_in = _Asyncio()
    assert stands_in.Lock is asyncio.Lock
    assert run(lambda: stands_in.sleep(0, "over")) == "over"
