"""The page without server and browser: a visitor who opens every tab and calls whatever is there.

What is called is found in the page as it was built, so that nothing new is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from convdemo.ui.app import build_app
from convdemo.ui.context import Context

MOST_PARTS = 1000  # of one answer; work that takes long tells how far it is in between

Made = TypeVar("Made")
EMPTY = '{"language": "en"}'


@dataclass(frozen=True, eq=False)
class ServerFunction:
    """What a display calls past the queue."""

    name: str
    function: Any

    def ask(self, payload: Any) -> Any:
        """The answer, to a program at this machine."""
        request = SimpleNamespace(headers={}, client=SimpleNamespace(host="127.0.0.1"))
        return self.function(payload, request)


def run(made: Coroutine[Any, Any, Made]) -> Made:
    """What comes of it, in a thread of its own: a browser keeps a loop open in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, made).result()


def in_loop(make: Callable[[], Made]) -> Made:
    """What is made within a loop: Gradio makes one that nobody closes where there is none."""

    async def made() -> Made:
        return make()

    return run(made())


def built(context: Context) -> gr.Blocks:
    """The page."""
    return in_loop(lambda: build_app(context))


class Session:
    """A visitor's page, with all that is made when tabs and folds are opened.

    `events` are all dependencies that call Python, `functions` the server functions of displays.
    """

    def __init__(self, app: gr.Blocks, visitor: str, language: str = "en") -> None:
        self.app = app
        self.state = SessionState(app)
        config = self.state.blocks_config
        frame = next(f for f in config.fns.values() if f.renderable).inputs[:2]
        self._frame = dict(zip((one._id for one in frame), (visitor, language), strict=True))
        opened: set[int] = set()
        while new := [f for f in config.fns.values() if f.renderable and f._id not in opened]:
            for one in new:
                opened.add(one._id)
                self.ask(one, {2: ""})  # nothing was sent to it
        found = [f for f in config.fns.values() if f.fn is not None and not f.renderable]
        self.events: list[BlockFunction] = found
        self.functions = [
            ServerFunction(f"{type(block).__name__}.{name}", function)
            for block in config.blocks.values()
            for name, function in vars(block).items()
            if getattr(function, "_is_server_fn", False)
        ]

    def value(self, block: Any) -> Any:
        """What the browser sends for a control that nobody has touched."""
        if block.stateful:
            return None
        value = self._frame.get(block._id, getattr(block, "value", None))
        # A script fills what is empty when it asks, most of it with an object.
        return EMPTY if value is None and isinstance(block, gr.Textbox) else value

    def ask(
        self, event: BlockFunction, given: Mapping[int, Any] | None = None, data: Any = None
    ) -> list[Any]:
        """All parts of what an event answers; `given` by the place of the input, `data` as its
        display sends it.
        """
        inputs = [self.value(one) for one in event.inputs]
        for place, value in (given or {}).items():
            inputs[place] = value
        return run(self._parts(event, inputs, data))

    async def _parts(self, event: BlockFunction, inputs: list[Any], data: Any) -> list[Any]:
        parts, iterator = [], None
        about = gr.EventData(event.inputs[0] if event.inputs else None, data or {})
        for _ in range(MOST_PARTS):
            made = await self.app.process_api(
                event,
                list(inputs),
                state=self.state,
                iterator=iterator,
                event_data=about,
                root_path="",
            )
            if isinstance(made["data"], list):
                parts += made["data"]
            iterator = made["iterator"]
            if not made["is_generating"]:
                break
        return parts


def called(event: BlockFunction) -> str:
    """How an event is named in a report."""
    function = getattr(event.fn, "func", event.fn)
    module = getattr(function, "__module__", "").removeprefix("convdemo.ui.")
    return f"{event._id} {module}.{getattr(function, '__qualname__', event.name)}"
