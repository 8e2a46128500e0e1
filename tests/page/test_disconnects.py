"""A page that closes its stream of events and asks for more at once gets what it asked for."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from convdemo.ui import disconnects
from convdemo.ui.disconnects import LateDisconnect


def run(made: Coroutine[Any, Any, Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, made).result()


def asked(path: str, work: int) -> list[str]:
    """What an app notices that does so many steps of work while its browser has gone."""
    noticed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(receive())
        for _ in range(work):
            await asyncio.sleep(0)
            if gone.done():
                noticed.append((await gone)["type"])
                return
        noticed.append("ended by itself")
        gone.cancel()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    run(LateDisconnect(app)({"type": "http", "path": path}, receive, send))
    return noticed


def test_a_stream_may_end_by_itself_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disconnects, "PATIENCE", 3600.0)
    assert asked("/gradio_api/queue/data", work=5) == ["ended by itself"]
    assert asked("/gradio_api/upload", work=5) == ["http.disconnect"]


def test_a_browser_that_has_gone_is_noticed_in_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disconnects, "PATIENCE", 0.0)
    assert asked("/demo/gradio_api/queue/data", work=100) == ["http.disconnect"]
