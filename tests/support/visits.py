"""Visitors in a real browser, each with a browser profile of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

Opened = Callable[..., Page]


@contextmanager
def visits(chromium: Browser, url: str, *, patience: int) -> Iterator[Opened]:
    """Opens the page as a new visitor; fails if a page asks another host or throws an error.

    `patience` is the milliseconds after which an action is given up.
    """
    contexts = []
    wrong: list[str] = []

    def watch(address: str) -> None:
        if not address.startswith((url, "data:", "blob:")):
            wrong.append(address)

    def opened(query: str = "", **settings: object) -> Page:
        context = chromium.new_context(**{"locale": "en-US", **settings})  # type: ignore[arg-type]
        context.set_default_timeout(patience)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: watch(request.url))
        page.goto(url + query)
        expect(page.locator(".cd-draw .cd-step")).not_to_have_count(0, timeout=20_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong
