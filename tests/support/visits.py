"""Visitors in a real browser, each with a profile that nobody has used, or that was emptied."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

Opened = Callable[..., Page]


@dataclass
class Profile:
    """What a visitor has, and the page that keeps its process going once it was emptied."""

    context: BrowserContext
    keeper: Page | None = None


# Profiles to be used again, by their settings. The files of the page are in their cache; and a page
# that stays open keeps the site's process going, with the scripts compiled, which those after it
# share where Chromium was started with SHARED. Both save two thirds of what it takes to open one.
_emptied: WeakKeyDictionary[Browser, dict[str, list[Profile]]] = WeakKeyDictionary()
SHARED = "--process-per-site"


@contextmanager
def visits(chromium: Browser, url: str, *, patience: int) -> Iterator[Opened]:
    """Opens the page as a new visitor; fails if a page asks another host or throws an error.

    `patience` is the milliseconds after which an action is given up.
    """
    profiles = _emptied.setdefault(chromium, {})
    used: list[tuple[list[Profile], Profile]] = []
    wrong: list[str] = []

    def watch(address: str) -> None:
        if not address.startswith((url, "data:", "blob:")):
            wrong.append(address)

    def opened(
        query: str = "",
        *,
        viewport: ViewportSize | None = None,
        color_scheme: Literal["light", "dark"] | None = None,
        **settings: object,
    ) -> Page:
        settings = {"locale": "en-US", **settings}
        alike = profiles.setdefault(json.dumps([url, settings], sort_keys=True), [])
        profile = alike.pop() if alike else Profile(chromium.new_context(**settings))  # type: ignore[arg-type]
        context = profile.context
        context.set_default_timeout(patience)
        used.append((alike, profile))
        page = context.new_page()
        if viewport:
            page.set_viewport_size(viewport)
        if color_scheme:
            page.emulate_media(color_scheme=color_scheme)
        page.on("pageerror", lambda error: wrong.append(str(error.stack or error)))
        page.on("request", lambda request: watch(request.url))
        page.goto(url + query)
        expect(page.locator(".cd-draw .cd-step, .cd-draw .step")).not_to_have_count(
            0, timeout=20_000
        )
        return page

    yield opened
    for alike, profile in used:
        if _empty(profile, url):
            alike.append(profile)
        else:
            profile.context.close()
    assert not wrong, wrong


def _empty(profile: Profile, url: str) -> bool:
    """Close its pages and forget who it was; False where that is not known to be all."""
    context = profile.context
    context.clear_cookies()
    pages = [page for page in context.pages if page is not profile.keeper]
    known = all(page.url.startswith(url) for page in pages)
    if known and profile.keeper is None:
        profile.keeper = context.new_page()
        profile.keeper.route("**", lambda route: route.fulfill(content_type="text/html"))
        profile.keeper.goto(url)
    for page in pages:
        if known:
            page.evaluate("localStorage.clear()")
        page.close()
    return known
