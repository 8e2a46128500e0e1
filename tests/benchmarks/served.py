"""The demo in a process of its own, and a browser, for the benchmarks and the tests."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Server:
    """Where a server answers, its process, and the seconds from its start to its first answer."""

    url: str
    process: int
    started: float
    seconds: float


class Process(Protocol):
    """As much of a Popen as a server needs."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def wait(self) -> int | None: ...


def started(command: list[str], environment: dict[str, str]) -> Process:
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


@contextmanager
def serving(
    *,
    space: bool = False,
    variables: dict[str, str] | None = None,
    options: Sequence[str] = (),
    start: Callable[[list[str], dict[str, str]], Process] = started,
) -> Iterator[Server]:
    """`convdemo serve` on a free port, or app.py as a Space starts it; stopped at the end.

    `variables` are added to the environment, `options` to the command.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "convdemo", "serve", "--port", str(port), *options]
    environment = {**os.environ, **(variables or {})}
    if space:
        command = [sys.executable, "app.py"]
        environment |= {"SYSTEM": "spaces", "GRADIO_SERVER_PORT": str(port)}
    began = time.monotonic()
    process = start(command, environment)
    try:
        while not _answers(url):
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with status {process.returncode}")
            if time.monotonic() - began > 60:
                raise RuntimeError(f"{url} does not answer after 60 seconds")
            time.sleep(0.02)
        yield Server(url, process.pid, began, time.monotonic() - began)
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def installed_chromium() -> str | None:
    """The path of the Chromium that is installed, if there is one."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


@contextmanager
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium that is installed, else playwright's own."""
    opened = playwright.chromium.launch(executable_path=installed_chromium(), args=["--no-sandbox"])
    try:
        yield opened
    finally:
        opened.close()


def hardware() -> dict[str, object]:
    """What the figures were measured on, and how busy it was with other work."""
    models = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
