"""What a visitor does on the Transfer tab, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from support.photo_files import photo

from convdemo.ui.components import photo_album

RESULTS = ".cd-came .cd-rows label"
SLOW = 60_000  # milliseconds, on a busy machine
KINDS = {"Disc": "disc", "Stripes": "stripes"}


def file(name: str, data: bytes) -> Any:
    """A file as a visitor would choose it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def photos(kind: str, count: int, first: int = 0) -> list[Any]:
    return [file(f"{kind}-{n}.jpg", photo(kind, n)) for n in range(first, first + count)]


def album_says(key: str, **values: object) -> str:
    """A string of the album in English."""
    words = json.loads((Path(photo_album.__file__).parent / "words.json").read_text("utf-8"))
    return words["en"][key].format(**values)


def own_classes(page: Page) -> Locator:
    """The cards of two empty classes, in place of the example."""
    page.locator("#transfer-album .own").click()
    cards = page.locator("#transfer-album .class")
    expect(cards).to_have_count(2)
    expect(page.locator("#transfer-album .thumb")).to_have_count(0)
    return cards


def bring(page: Page, count: int = 8) -> None:
    """Discs and stripes, so many of each, in classes of those names."""
    cards = own_classes(page)
    for card, (name, kind) in zip(cards.all(), KINDS.items(), strict=True):
        card.locator(".name").fill(name)
        card.locator(".name").press("Enter")
        card.locator("input[type=file]").set_input_files(photos(kind, count))
        expect(card.locator(".thumb")).to_have_count(count)


def train(page: Page, rows: int = 1) -> None:
    """Press Train and wait until there are so many results."""
    button = page.locator(".cd-train-button")
    expect(button).to_be_enabled(timeout=SLOW)
    button.click()
    expect(page.locator(RESULTS)).to_have_count(rows, timeout=SLOW)
