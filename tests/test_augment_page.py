"""The Augment tab as a visitor uses it: a picture, a policy, what it did, another seed, a flip."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from test_browser import check_language
from visits import Opened, visits

from convdemo.augment import POLICY_NAMES
from convdemo.ui import page as shared
from convdemo.ui import text

PICTURE = next(iter(shared.examples("clothes").values()))


@pytest.fixture
def open_augment(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:

        def opened_at_augment(query: str = "", **settings: object) -> Page:
            page = opened(query, **settings)
            page.get_by_role("tab").nth(3).click()
            expect(page.locator(".cd-augment .cd-tile")).to_have_count(9, timeout=20_000)
            return page

        yield opened_at_augment


def pictures(page: Page) -> list[str]:
    images = page.locator(".cd-augment .cd-tile img")
    return [str(images.nth(place).get_attribute("src")) for place in range(images.count())]


def choose(page: Page, role: str, value: str) -> None:
    page.locator(f".cd-augment [data-role={role}]").select_option(value)


def test_a_photo_is_augmented_told_and_augmented_again(open_augment: Opened, tmp_path: Path):
    page = open_augment()
    first = pictures(page)
    with page.expect_file_chooser() as chooser:
        page.locator(".cd-augment [data-role=area]").click()
    own = tmp_path / f"my own{PICTURE.suffix}"  # a name that no example has
    own.write_bytes(PICTURE.read_bytes())
    chooser.value.set_files(own)
    expect(page.locator(".cd-augment code")).to_contain_text(own.name)
    decoder = page.locator(".cd-augment .cd-tile .cd-ops li")
    expect(decoder).to_have_count(18)  # two operations of a sub-policy under each
    again = page.get_by_role("button", name=text.say("en", "augment.again"), exact=True)
    again.click()
    expect(page.locator(".cd-augment code")).not_to_contain_text("manual_seed(0 +")
    page.wait_for_function(
        "(old) => document.querySelector('.cd-augment .cd-tile img').src !== old", arg=first[0]
    )
    drawn = page.locator(".cd-augment [data-role=seed]").input_value()
    before = pictures(page)
    page.locator(".cd-augment h2").first.click()
    page.keyboard.press("r")
    expect(page.locator(".cd-augment [data-role=seed]")).not_to_have_value(drawn)
    seed = page.locator(".cd-augment [data-role=seed]")
    seed.fill(drawn)
    seed.press("Tab")
    expect(page.locator(".cd-augment code")).to_contain_text(f"manual_seed({drawn} +")
    page.wait_for_function(
        "(old) => document.querySelector('.cd-augment .cd-tile img').src === old", arg=before[0]
    )
    assert pictures(page) == before  # the same nine for the same seed

    with page.expect_download() as download:
        page.locator(".cd-augment [data-role=json]").click()
    download.value.save_as(tmp_path / "settings.json")
    saved = json.loads((tmp_path / "settings.json").read_text())
    assert (saved["policy"], saved["seed"], len(saved["tiles"])) == ("imagenet", int(drawn), 9)
    with page.expect_download() as download:
        page.locator(".cd-augment [data-role=png]").click()
    download.value.save_as(tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")


def test_a_tile_whose_label_flips_is_framed(open_augment: Opened):
    page = open_augment()
    group = page.get_by_role("group", name=text.say("en", "augment.digits"))
    group.get_by_role("button").first.click()
    choose(page, "policy", "svhn")
    page.locator(".cd-augment [data-role=counts] button", has_text="16").click()
    expect(page.locator(".cd-augment .cd-tile")).to_have_count(16)
    seed = page.locator(".cd-augment [data-role=seed]")
    framed = page.locator(".cd-augment .cd-tile.cd-flipped")
    for drawn in range(5):
        seed.fill(str(drawn))
        seed.press("Tab")
        expect(page.locator(".cd-augment code")).to_contain_text(f"manual_seed({drawn} +")
        status = page.locator(".cd-augment [data-role=status]")
        expect(status).not_to_have_text(text.say("en", "augment.reading"))
        if framed.count():
            break
    expect(framed.first).to_contain_text("now read as")


def test_every_policy_speaks_both_languages(open_augment: Opened):
    page = open_augment()
    for language, button in (("en", "English"), ("ko", "한국어")):
        page.get_by_role("button", name=button, exact=True).click()
        for policy in POLICY_NAMES:
            choose(page, "policy", policy)
            made = {"rand": "RandAugment", "trivial": "TrivialAugment", "augmix": "AugMix"}
            expect(page.locator(".cd-augment code")).to_contain_text(made.get(policy, policy))
            check_language(page, language)


def test_the_augment_tab_fits_a_phone(open_augment: Opened):
    page = open_augment(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # No name of a tab is wider than its tab, and none lies outside of the page.
    cut = page.evaluate(
        """[...document.querySelectorAll("#convdemo-tabs [role=tab]")]
          .filter((tab) => tab.scrollWidth > tab.clientWidth
            || tab.getBoundingClientRect().right > innerWidth)
          .map((tab) => tab.innerText)"""
    )
    assert cut == []
