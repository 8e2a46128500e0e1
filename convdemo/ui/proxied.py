"""Behind a reverse proxy, which may add a folder to each path and ask us by another name."""

from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convdemo.ui.guard import FROM_OUR_PAGE, rebound, wants_to_forge

_EVENTS = "/gradio_api/queue/join"


class BehindProxy:
    """ASGI middleware: the same page and endpoints through a proxy as without one.

    `public` is the folder under which a proxy shows them, or their whole address. The page is told
    to ask where it came from, by a relative address: a proxy may rewrite the name that we are asked
    by (nginx does so by default), so that we cannot know it.
    """

    def __init__(self, app: ASGIApp, public: str = "", host: str = "") -> None:
        self.app = app
        self.path = unquote(urlsplit(public).path)
        self.names = {host, urlsplit(public).hostname}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request as one that came without a proxy."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.path and f"{scope['path']}/".startswith(f"{self.path}/"):
            scope = {**scope, "path": scope["path"].removeprefix(self.path) or "/"}
        headers = Headers(scope=scope)
        if rebound(headers, scope.get("server"), self.names):
            told = (
                f"This server is not known as {headers['host']}: if it is to be, start it with "
                f"--root-path http://{headers['host']}\n"
            )
            await PlainTextResponse(told, 421)(scope, receive, send)
        elif scope["method"] == "OPTIONS" and wants_to_forge(headers):
            await PlainTextResponse("", 403)(scope, receive, send)
        elif page_asked(scope):
            await self.app(_relative(scope), receive, _marked(send))
        elif scope["path"].startswith(_EVENTS) and "origin" in headers:  # not a program
            await self.app(_relative(scope), receive, send)
        else:
            await self.app(scope, receive, send)


def page_asked(scope: Scope) -> bool:
    """Whether a request is for the page itself."""
    return scope["type"] == "http" and scope["path"] == "/"


def _relative(scope: Scope) -> Scope:
    """The request of the page, such that Gradio takes "." for the address of every file."""
    kept = [(name, value) for name, value in scope["headers"] if name != b"x-forwarded-host"]
    return {**scope, "headers": [*kept, (b"x-gradio-server", b".")]}


def _marked(send: Send) -> Send:
    """Answers with the cookie by which the guard knows the page again."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            cookie = f"{FROM_OUR_PAGE}; Path=/; HttpOnly; SameSite=Strict"
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return marked
