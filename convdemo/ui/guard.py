"""Who may have something computed, and how much of it.

The page calls Python through Gradio's server functions: they are fast because they pass by the
queue, and with it by every limit of the queue. What they need instead is here.
"""

import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio.utils import get_upload_folder

from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.paths import home_dir
from convdemo.ui.wire import Refused

Reply = dict[str, Any]
REFUSALS = (Refused, PictureError, PlaceError)  # what is told in a sentence
FROM_OUR_PAGE = "convdemo=page"  # a cookie
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Guard:
    """Lets a call through or refuses it.

    One visitor may ask `per_second` times a second, in bursts of `burst`; `at_once` calls compute
    at the same time, others wait for `patience` seconds. Behind a proxy visitors are told apart by
    the address that the proxy noted down.
    """

    per_second: float = 200
    burst: float = 400
    at_once: int = 4
    patience: float = 5
    behind_proxy: bool = False
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)  # visitor: calls, at
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._places = threading.BoundedSemaphore(self.at_once)

    def served(
        self, name: str, compute: Callable[[Any], Reply]
    ) -> Callable[[Any, gr.Request], Reply]:
        """`compute` as a server function that the page knows by `name`.

        It answers what `compute` does, or {"problem": key, "values": {...}}, a key of the strings.
        """

        def serve(payload: Any, request: gr.Request) -> Reply:
            try:
                _check_origin(request)
                self._count(self._visitor(request))
                return self._compute(compute, payload)
            except REFUSALS as error:
                return problem(error)
            except Exception as error:
                _log.exception("the server function %s failed", name)
                if reason := _unkept(error):
                    return {"problem": "storage", "values": {"reason": reason}}
                return {"problem": "internal", "values": {}}

        serve.__name__ = name
        return serve

    def _compute(self, compute: Callable[[Any], Reply], payload: Any) -> Reply:
        if not self._places.acquire(timeout=self.patience):
            raise Refused("busy")
        try:
            return compute(payload)
        finally:
            self._places.release()

    def _visitor(self, request: gr.Request) -> str:
        forwarded = request.headers.get("x-forwarded-for", "") if self.behind_proxy else ""
        address = request.client.host if request.client else ""
        return forwarded.split(",")[-1].strip() or address

    def _count(self, visitor: str) -> None:
        """Take one call from the visitor's bucket, which fills up again over time."""
        now = time.monotonic()
        with self._lock:
            if len(self._left) > 1000:
                full_after = self.burst / self.per_second
                self._left = {k: v for k, v in self._left.items() if now - v[1] < full_after}
            left, at = self._left.get(visitor, (self.burst, now))
            left = min(self.burst, left + (now - at) * self.per_second)
            self._left[visitor] = (max(left - 1, 0), now)
        if left < 1:
            raise Refused("busy")


def _unkept(error: Exception) -> str | None:
    """Why nothing can be written into the folders of this server, if that is what went wrong."""
    if not isinstance(error, OSError) or error.errno is None:
        return None
    reason = os.strerror(error.errno)
    if error.filename is None:
        return reason if error.errno in (errno.ENOSPC, errno.EROFS) else None
    file = Path(os.fsdecode(error.filename))
    ours = (home_dir(), Path(get_upload_folder()))
    return next((f"{reason}, {one}" for one in ours if file.is_relative_to(one)), None)


def told(error: Refused | PictureError | PlaceError) -> tuple[str, Reply]:
    """What a display says instead of an answer."""
    found = problem(error)
    return f"problem.{found['problem']}", found["values"]


def problem(error: Refused | PictureError | PlaceError) -> Reply:
    """What the page gets instead of an answer; kinds of files have names in its language."""
    values = {name: str(value) for name, value in error.values.items()}
    if "kind" in values:
        values["kind"] = f"@kind.{values['kind']}|{values['kind']}"
    if "of" in values:
        values["of"] = f"@kind_name.{values['of']}|{values['of']}"
    return {"problem": error.problem, "values": values}


def _check_origin(request: gr.Request) -> None:
    """Refuse a call that another site's page sent: it could, by posting text/plain.

    Whose page it is must not hang on the name that we are asked by alone, since a reverse proxy may
    rewrite Host. Three things tell it, none of which another site's script can set:

    - `Sec-Fetch-Site`: the browser compared the page with the address that it asks, as it sees it.
      It says so to https and to this machine, in every browser since 2023, and then it decides.
    - `Origin`, where it names what we are asked by, or what a proxy was asked by. A script of
      another site would need leave to write `X-Forwarded-Host`: see `wants_to_forge`.
    - The cookie that came with our page: `SameSite=Strict` keeps it from other sites' requests. It
      serves a proxy that rewrites Host without https. A page at another port of the same host has
      it too; whoever answers there owns the host.

    A token in the page would tell no more than the cookie, and each script would have to send it.
    What names no origin at all is no browser.
    """
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site:
        ours = site in ("same-origin", "none")
    else:
        hosts = {headers.get("host"), headers.get("x-forwarded-host")}
        cookies = headers.get("cookie", "").split("; ")
        ours = not origin or urlsplit(origin).netloc in hosts or FROM_OUR_PAGE in cookies
    if not ours:
        raise Refused("origin")


def wants_to_forge(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for leave to send the headers of a proxy for another site's script.

    Gradio gives leave for everything where the server is not asked for as localhost.
    """
    return "x-forwarded-" in headers.get("access-control-request-headers", "").lower()


def rebound(
    headers: Mapping[str, str], listening: tuple[str, int] | None, names: Collection[str | None]
) -> bool:
    """Whether a request came by a name that was made to stand for this machine (DNS rebinding).

    A page at http://evil.example:7860 is loaded, and then its name points to 127.0.0.1: for the
    browser we are that page's own server, which it may ask everything. Such a page needs a name,
    our very port and plain http. A proxy on this machine has a port of its own, or `names` tells of
    it; what goes by https or by a number is not rebound.
    """
    address, port = listening or ("", 0)
    try:
        asked = urlsplit(f"//{headers.get('host', '')}")
        if not ip_address(address).is_loopback or asked.port != port or not asked.hostname:
            return False
    except ValueError:
        return False
    return not ("sec-fetch-site" in headers or asked.hostname in names or _local(asked.hostname))


def _local(name: str) -> bool:
    """Whether a name is this machine's own, or a number."""
    if name.split(".")[-1] == "localhost" or name == socket.gethostname().lower():
        return True
    try:
        return bool(ip_address(name))
    except ValueError:
        return False
