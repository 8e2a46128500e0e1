"""What a visitor does on the Train tab, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from convdemo.ui import text


def show_train(page: Page) -> None:
    page.get_by_role("tab").nth(2).click()
    expect(page.locator(".cd-train .cd-primary")).to_be_enabled(timeout=30_000)
    expect(page.locator(".cd-train .cd-run").first).to_be_visible(timeout=30_000)


def setting(page: Page, name: str) -> Locator:
    """The field of a setting."""
    label = page.locator(".cd-train label").filter(has=page.locator(f"[data-say='train.{name}']"))
    return label.locator("input, select")


def slide(page: Page, name: str, *, to_end: bool) -> None:
    setting(page, name).focus()
    page.keyboard.press("End" if to_end else "Home")


def status(page: Page) -> Locator:
    return page.locator(".cd-train [data-role=runs] .cd-run").first


def start(page: Page, *, long: bool, fault: str = "none") -> None:
    """Train the smallest network for one epoch, or a larger one for hundreds, which lasts."""
    model = "cnn2" if long else "simple_ann"
    names = [text.say(language, f"train.model.{model}") for language in ("en", "ko")]
    name = re.compile("|".join(map(re.escape, names)))
    option = setting(page, "model").locator("option").filter(has_text=name)
    setting(page, "model").select_option(option.get_attribute("value"))
    slide(page, "epochs", to_end=long)
    if fault != "none":
        setting(page, "fault").select_option(label=text.say("en", f"train.fault.{fault}"))
    runs = page.locator(".cd-train .cd-run")
    before = runs.count()
    page.locator(".cd-train .cd-primary").first.click()
    expect(runs).not_to_have_count(before)  # from here on `status` is that of the new run
