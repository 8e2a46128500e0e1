"""What a visitor does on the Train tab, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from convdemo.ui import text


def show_train(page: Page) -> None:
    page.get_by_role("tab").nth(2).click()
    expect(page.locator("#train-start")).to_be_enabled(timeout=30_000)
    expect(status(page)).to_be_visible(timeout=30_000)


def runs(page: Page) -> Locator:
    """The runs in the list, the newest first."""
    return page.locator("#train-runs label")


def status(page: Page) -> Locator:
    return runs(page).first


def unfold(page: Page) -> None:
    """Open More, if it is folded."""
    if not page.locator("#train-seed").is_visible():
        page.locator("#train-more > button").click()
        expect(page.locator("#train-seed")).to_be_visible()


def pick(page: Page, field: str, option: re.Pattern[str] | str) -> None:
    """Choose in a picker, as somebody does."""
    page.locator(f"#{field} input").click()
    page.locator("[role=listbox] [role=option]").filter(has_text=option).first.click()


def start(page: Page, *, long: bool, fault: str = "none") -> None:
    """Train the smallest network for one epoch, or a larger one for hundreds, which lasts."""
    model = "cnn2" if long else "simple_ann"
    names = [text.say(language, f"train.model.{model}") for language in ("en", "ko")]
    name = re.compile("|".join(map(re.escape, names)))
    if not name.search(page.locator("#train-model input").input_value()):
        pick(page, "train-model", name)
        expect(page.locator("#train-model input")).to_have_value(name)
        expect(page.locator("#train-epochs input[type=number]")).not_to_have_value("1")
    page.locator("#train-epochs input[type=number]").fill("200" if long else "1")
    page.locator("#train-epochs input[type=number]").press("Tab")
    if fault != "none":
        unfold(page)
        pick(page, "train-fault", text.say("en", f"train.fault.{fault}"))
        see = text.say("en", f"train.fault.{fault}.see")
        expect(page.get_by_text(see)).to_be_visible()
    before = runs(page).count()
    page.locator("#train-start").click()
    expect(runs(page)).not_to_have_count(before)  # from here on `status` is that of the new run
