"""Start the demo: every setting of the server in one place."""

import re
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Response
from gradio.utils import get_upload_folder
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convdemo.errors import UserError
from convdemo.paths import home_dir
from convdemo.training.memory import keep_freed
from convdemo.ui import lab_report, page, text
from convdemo.ui.address import listening
from convdemo.ui.app import build_app
from convdemo.ui.context import Context
from convdemo.ui.disconnects import LateDisconnect
from convdemo.ui.headers import SafeHeaders
from convdemo.ui.proxied import BehindProxy, page_asked
from convdemo.ui.tabs import clothes, draw
from convdemo.ui.theme import theme
from convdemo.ui.waiting import wait_for_events
from convdemo.ui.wire import Refused

BODY_LIMIT = 6_000_000  # bytes of a request; files have a limit of their own
FILE_LIMIT = "200mb"  # zipped folders of pictures
FILE_LIMIT_ON_SPACE = "100mb"
QUIET = 10  # seconds in which the first page comes before what only a report needs
_UPLOAD = "/gradio_api/upload"
_MCP = "/gradio_api/mcp"


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
        await (self.zipped if page_asked(scope) else self.app)(scope, receive, send)


def asgi(context: Context, *, host: str = "", public: str = "", tools: str = "") -> FastAPI:
    """The page and its endpoints, asked for by a host's name, or by a proxy under a path.

    With `tools`, the address of this server, the endpoints are tools as well, by MCP.
    """
    blocks = build_app(context)
    blocks.queue(max_size=64)
    wait_for_events(blocks._queue)
    served = FastAPI(
        openapi_url=None,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(BehindProxy, public=public, host=host),
            Middleware(BodyLimit, limit=BODY_LIMIT),
            Middleware(ZippedPage),
            Middleware(LateDisconnect),
        ],
    )
    name, strings = text.table()

    @served.get(f"/{name}")
    def words() -> Response:
        kept = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(strings, media_type="application/json", headers=kept)

    gr.mount_gradio_app(
        served,
        blocks,
        path="/",
        root_path=public,
        head=page.head(),
        theme=theme(),
        footer_links=["api"],  # what programs can ask for
        favicon_path=str(page.STATIC / "icon.png"),
        max_file_size=FILE_LIMIT_ON_SPACE if context.on_space else FILE_LIMIT,
        allowed_paths=[str(page.EXAMPLES)],
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=bool(tools),
    )
    if blocks.mcp_server_obj:
        # Otherwise the first request's Host says where Gradio finds the endpoints of its own.
        blocks.mcp_server_obj._local_url = tools
        blocks.mcp_server_obj.convert_strings_to_filedata = _no_files  # type: ignore[method-assign]
    # Until it is told so, Gradio takes every file that a request names for one of the app's own.
    blocks.has_launched = True
    blocks.custom_mount_path = None  # "/" is no folder that addresses have to begin with
    return served


def _no_files(value: Any, _: object = None) -> Any:
    """The arguments of a tool without what marks a file: any that is marked, Gradio reads from the
    disk of this server and uploads. What is left names a file, and the endpoint checks it.
    """
    if isinstance(value, dict):
        return {key: _no_files(one) for key, one in value.items() if key != "meta"}
    return [_no_files(one) for one in value] if isinstance(value, list) else value


class Server(uvicorn.Server):
    """A server that first ends the streams which open pages hold on to, and then waits for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection."""
        for route in self.config.app.routes:  # type: ignore[union-attr]
            if over := getattr(getattr(route, "app", None), "stop_event", None):
                over.set()
        await super().shutdown(sockets)


def serve(
    context: Context, *, host: str, port: int | None, root_path: str = "", mcp: bool = False
) -> None:
    """Run the demo until it is interrupted; ValueError where it cannot be.

    With `mcp` its endpoints are tools for a language model, too. The page answers at once; torch
    and the models are loaded behind its back.
    """
    public = _public(root_path)
    _check_folders()
    if mcp and not find_spec("mcp"):
        raise UserError("--mcp needs the package mcp: pip install 'convdemo[mcp]'")
    sockets, url = listening(host, port)
    config = uvicorn.Config(
        asgi(context, host=host, public=public, tools=url if mcp else ""),
        lifespan="on",
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    print(f"convdemo: {url}", flush=True)
    if mcp:
        print(f"convdemo: MCP at {url.rstrip('/')}{_MCP}", flush=True)
    threading.Thread(target=_warm_up, args=(context,), daemon=True).start()
    Server(config).run(sockets=sockets)


def _public(root_path: str) -> str:
    """A folder as "/demo", or a whole address, both without a slash at the end; "" for neither."""
    found = re.fullmatch(r"(https?://[^/?#\s]+)?/?([^/?#:\s][^?#:\s]*?)?/*", root_path.strip())
    if not found:
        raise UserError(f"--root-path {root_path!r} is no folder such as /demo")
    site, folder = found.groups("")
    return f"{site}/{folder}" if folder else site


def _check_folders() -> None:
    """ValueError where no upload can be kept; where nothing else can be, that is said."""
    try:
        folder = Path(get_upload_folder())
    except FileNotFoundError as error:  # Python tried all that it knows
        raise UserError("no temporary folder can be written to: name one with TMPDIR") from error
    if reason := _unusable(folder):
        raise UserError(
            f"the temporary folder {folder} cannot be used ({reason}): "
            "name another one with TMPDIR or GRADIO_TEMP_DIR"
        )
    if reason := _unusable(home_dir()):
        print(
            f"convdemo: {home_dir()} cannot be used ({reason}), so that no run, model or data set "
            "is kept: name another folder with CONVDEMO_HOME",
            file=sys.stderr,
        )


def _unusable(folder: Path) -> str | None:
    """Why nothing can be written into a folder, which is made where there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"convdemo")
    except OSError as error:
        return error.strerror
    return None


def _warm_up(context: Context) -> None:
    """Load what the first visitor will ask for."""
    import torch

    keep_freed()
    torch.set_num_threads(1)  # a picture is less work than waking a second thread
    for tab in (draw, clothes):
        with suppress(Refused):  # the visitor is told when the tab asks for it
            context.trained(tab.JOB, None)
    if context.runs.waiting():  # since the server was stopped
        context.scheduler.warm_up()
    time.sleep(QUIET)
    lab_report.warm_up()
