"""What a visitor does on the Transfer tab, in a real browser."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect
from support.photo_files import photo

KINDS = {"Disc": "disc", "Stripes": "stripes"}


def file(name: str, data: bytes) -> Any:
    """A file as a visitor would choose it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def photos(kind: str, count: int, first: int = 0) -> list[Any]:
    return [file(f"{kind}-{n}.jpg", photo(kind, n)) for n in range(first, first + count)]


def own_classes(page: Page) -> Locator:
    """The cards of two empty classes, in place of the example."""
    page.locator(".cd-banner .cd-button").click()
    cards = page.locator(".cd-class")
    expect(cards).to_have_count(2)
    expect(page.locator(".cd-thumb")).to_have_count(0)
    return cards


def bring(page: Page, count: int = 8) -> None:
    """Discs and stripes, so many of each, in classes of those names."""
    cards = own_classes(page)
    for card, (name, kind) in zip(cards.all(), KINDS.items(), strict=True):
        card.locator(".cd-class-name").fill(name)
        card.locator(".cd-class-name").press("Enter")
        card.locator("input[type=file]").set_input_files(photos(kind, count))
        expect(card.locator(".cd-thumb")).to_have_count(count)
