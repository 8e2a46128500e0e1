"""Displays on a page of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page

# Gradio leaves the socket open with which it looked for a free port.
SOCKETS = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning",
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning",
)


@contextmanager
def shown(
    chromium: Browser, app: gr.Blocks, *, width: int = 1280, height: int = 900
) -> Iterator[Page]:
    """The page of an app, in which no script may fail."""
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    page = chromium.new_page(locale="en-US", viewport={"width": width, "height": height})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    yield page
    page.close()
    app.close()
    assert not wrong


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def speak(page: Page, language: str) -> None:
    page.evaluate("(language) => { document.body.lang = language; }", language)
