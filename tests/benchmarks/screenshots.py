"""The screenshots of the README: one for each tab, as WebP; prints their names.

    CONVDEMO_DATA=DIR python tests/benchmarks/screenshots.py [--out docs/pictures]

Every tab shows its own example; Train and Transfer train something small first. They are looked at
by eye: fonts and processors differ, so that no test compares them.
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright
from served import ROOT, browser, serving

SIZE: ViewportSize = {"width": 1280, "height": 860}
PATIENCE = 200_000  # milliseconds for what trains


def draw(page: Page) -> None:
    page.locator("#draw-pad .examples button").nth(6).click()
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()


def clothes(page: Page) -> None:
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)


def train(page: Page) -> None:
    """Ten epochs of the network that is chosen to begin with, on some of the pictures."""
    expect(page.locator("#train-start")).to_be_enabled()
    page.locator("#train-limit input").click()
    page.get_by_role("option", name="5,000 pictures").click()
    page.locator("#train-epochs input[type=number]").fill("10")
    page.locator("#train-epochs input[type=number]").press("Tab")
    page.locator("#train-start").click()
    expect(page.locator("#train-runs label").filter(has_text="done")).to_have_count(2)


def augmentation(page: Page) -> None:
    expect(page.locator("#augment-tiles .read")).to_be_visible()


def explanation(page: Page) -> None:
    page.locator("#explain-maps button.head").first.click()
    expect(page.locator("#explain-maps .tile").first).to_be_visible()


def transfer(page: Page) -> None:
    expect(page.locator("#transfer-album .thumb img[src]").first).to_be_visible()
    page.locator(".cd-train-button").click()
    expect(page.locator(".cd-came .cd-rows label")).to_have_count(1)
    expect(page.locator("#transfer-answer .chosen")).to_have_count(1)


def convolution(page: Page) -> None:
    expect(page.locator(".bench .products td").first).to_be_visible()


# What is done in a tab before it is photographed, by the tab's name, in the order of the page.
TABS: dict[str, Callable[[Page], None]] = {
    "draw": draw,
    "clothes": clothes,
    "train": train,
    "augment": augmentation,
    "explain": explanation,
    "transfer": transfer,
    "convolution": convolution,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="The screenshots of the README")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        serving(variables={"CONVDEMO_HOME": home}) as server,
        sync_playwright() as playwright,
        browser(playwright) as opened,
    ):
        page = opened.new_page(viewport=SIZE, locale="en-US", color_scheme="light")
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.goto(server.url)
        for place, (name, show) in enumerate(TABS.items()):
            page.get_by_role("tab").nth(place).click()
            show(page)
            page.wait_for_timeout(1500)  # what fades or slides in has come to rest
            page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
            page.mouse.move(0, 0)
            shot = Image.open(io.BytesIO(page.screenshot()))
            path = arguments.out / f"{name}.webp"
            shot.convert("RGB").save(path, quality=80, method=6)
            print(path, flush=True)


if __name__ == "__main__":
    main()
