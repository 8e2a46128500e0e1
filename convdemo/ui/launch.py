"""Start the demo: every setting of the server in one place."""

import threading
from contextlib import suppress

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convdemo.ui import build_app, clothes, digits, page
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

BODY_LIMIT = 6_000_000  # bytes of a request; files have a limit of their own
FILE_LIMIT = "200mb"  # zipped folders of pictures
FILE_LIMIT_ON_SPACE = "100mb"
_UPLOAD = "/gradio_api/upload"


class BodyLimit:
    """ASGI middleware: 413 for a request whose body is too large, whatever its header says.

    The body is taken in before anybody reads it. One that is too large is thrown away while it
    arrives, up to a point: a client that is still sending would not see the answer.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request of a reasonable size."""
        if scope["type"] != "http" or scope["path"].rstrip("/") == _UPLOAD:
            await self.app(scope, receive, send)
            return
        kept = bytearray()
        size = 0
        message: Message = {"more_body": True}
        while message.get("more_body") and size <= 20 * self.limit:
            message = await receive()
            size += len(message.get("body", b""))
            if size <= self.limit:
                kept += message.get("body", b"")
        if size > self.limit:
            await send({"type": "http.response.start", "status": 413, "headers": []})
            await send({"type": "http.response.body"})
            return
        first: list[Message] = [{"type": "http.request", "body": bytes(kept)}]

        async def again() -> Message:
            return first.pop() if first else await receive()

        await self.app(scope, again, send)


class ZippedPage:
    """ASGI middleware: the page itself travels as gzip, a third of its size; Gradio leaves it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.zipped = GZipMiddleware(app, compresslevel=4)  # more takes longer than it saves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, and zip the answer if it asks for the page."""
        page_asked = scope["type"] == "http" and scope["path"] == "/"
        await (self.zipped if page_asked else self.app)(scope, receive, send)


def start(context: Context, *, host: str, port: int | None) -> tuple[gr.Blocks, str]:
    """The running page and its address; `port` None takes the first free one from 7860.

    The page answers at once; torch and the models are loaded behind its back.
    """
    app = build_app(context)
    app.queue(max_size=64)
    _, url, _ = app.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        head=page.head(),
        theme=page.theme(),
        footer_links=[],
        favicon_path=str(page.STATIC / "icon.png"),
        max_file_size=FILE_LIMIT_ON_SPACE if context.on_space else FILE_LIMIT,
        allowed_paths=[],
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        strict_cors=True,
        ssr_mode=False,
        pwa=False,
        share=False,
        mcp_server=False,
        app_kwargs={
            "middleware": [Middleware(BodyLimit, limit=BODY_LIMIT), Middleware(ZippedPage)]
        },
    )
    threading.Thread(target=_warm_up, args=(context,), daemon=True).start()
    return app, url


def serve(context: Context, *, host: str, port: int | None) -> None:
    """Run the demo until it is interrupted; ValueError if the port is taken."""
    try:
        app, url = start(context, host=host, port=port)
    except OSError as error:
        raise ValueError(f"port {port} of {host} cannot be used: {error}") from error
    print(f"convdemo: {url}", flush=True)
    app.block_thread()


def _warm_up(context: Context) -> None:
    """Load what the first visitor will ask for."""
    import torch

    torch.set_num_threads(1)  # a picture is less work than waking a second thread
    for tab in (digits, clothes):
        with suppress(Refused):  # the visitor is told when the tab asks for it
            context.trained(tab.JOB, None)
    if context.runs.waiting():  # since the server was stopped
        context.scheduler.warm_up()
