"""Visitors in a real browser, each with a profile that nobody has used, or that was emptied."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page, expect

Opened = Callable[..., Page]

# Profiles to be used again, by their settings: the files of the page are in their cache already,
# which saves a third of the time that it takes to open.
_emptied: WeakKeyDictionary[Browser, dict[str, list[BrowserContext]]] = WeakKeyDictionary()


@contextmanager
def visits(chromium: Browser, url: str, *, patience: int) -> Iterator[Opened]:
    """Opens the page as a new visitor; fails if a page asks another host or throws an error.

    `patience` is the milliseconds after which an action is given up.
    """
    profiles = _emptied.setdefault(chromium, {})
    used: list[tuple[list[BrowserContext], BrowserContext]] = []
    wrong: list[str] = []

    def watch(address: str) -> None:
        if not address.startswith((url, "data:", "blob:")):
            wrong.append(address)

    def opened(query: str = "", **settings: object) -> Page:
        settings = {"locale": "en-US", **settings}
        alike = profiles.setdefault(json.dumps([url, settings], sort_keys=True), [])
        context = alike.pop() if alike else chromium.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(patience)
        used.append((alike, context))
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: watch(request.url))
        page.goto(url + query)
        expect(page.locator(".cd-draw .cd-step")).not_to_have_count(0, timeout=20_000)
        return page

    yield opened
    for alike, context in used:
        if _empty(context, url):
            alike.append(context)
        else:
            context.close()
    assert not wrong


def _empty(context: BrowserContext, url: str) -> bool:
    """Close its pages and forget who it was; False where that is not known to be all."""
    context.clear_cookies()
    known = all(page.url.startswith(url) for page in context.pages)
    for page in context.pages:
        if known:
            page.evaluate("localStorage.clear()")
        page.close()
    return known
