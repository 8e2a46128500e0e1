"""A browser that closes a stream and asks for more at the same moment is not forgotten."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = "/queue/data"
PATIENCE = 1.0  # seconds


class LateDisconnect:
    """ASGI middleware: that a stream of events was closed is told a moment later.

    A page closes its stream once nothing is on its way. Where Gradio notices that before it has
    ended the stream itself, it drops whatever the page asked for since: a tab stayed empty.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request; of a stream the end of the connection comes later."""

        async def late() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                await asyncio.sleep(PATIENCE)
            return message

        stream = scope["type"] == "http" and scope["path"].endswith(STREAM)
        await self.app(scope, late if stream else receive, send)
