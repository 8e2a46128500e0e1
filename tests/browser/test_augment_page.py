"""The Augment tab as a visitor uses it: a picture, a policy, what it did, another seed, a flip."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.pages import check_language
from support.visits import Opened, visits

from convdemo.augmentation.chain import PRESETS
from convdemo.augmentation.preview import POLICY_NAMES
from convdemo.ui import page as shared
from convdemo.ui import text

CODE = ".cd-augment > [data-role=code] code"
SHOWN = "[...document.querySelectorAll('.cd-augment .cd-tile img')].map((one) => one.src).join('')"
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
    expect(page.locator(CODE)).to_contain_text(own.name)
    decoder = page.locator(".cd-augment .cd-tile .cd-ops li")
    expect(decoder).to_have_count(18)  # two operations of a sub-policy under each
    again = page.get_by_role("button", name=text.say("en", "augment.again"), exact=True)
    again.click()
    expect(page.locator(CODE)).not_to_contain_text("manual_seed(0 +")
    # Not the first tile alone: two seeds may both leave it as it is.
    page.wait_for_function(f"(old) => {SHOWN} !== old", arg="".join(first))
    drawn = page.locator(".cd-augment [data-role=seed]").input_value()
    before = pictures(page)
    page.locator(".cd-augment h2").first.click()
    page.keyboard.press("r")
    expect(page.locator(".cd-augment [data-role=seed]")).not_to_have_value(drawn)
    seed = page.locator(".cd-augment [data-role=seed]")
    seed.fill(drawn)
    seed.press("Tab")
    expect(page.locator(CODE)).to_contain_text(f"manual_seed({drawn} +")
    # The same nine for the same seed.
    page.wait_for_function(f"(old) => {SHOWN} === old", arg="".join(before))

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
        expect(page.locator(CODE)).to_contain_text(f"manual_seed({drawn} +")
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
            expect(page.locator(CODE)).to_contain_text(made.get(policy, policy))
            check_language(page, language)


def test_the_augment_tab_fits_a_phone(open_augment: Opened):
    page = open_augment(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # No name of a tab is wider than its tab, and none lies outside of the page.
    cut = page.evaluate(
        """[...document.querySelectorAll("#convdemo-tabs [role=tab]")]
          .filter((tab) => tab.scrollWidth > tab.clientWidth
            || tab.getBoundingClientRect().right > tab.parentElement.getBoundingClientRect().right)
          .map((tab) => tab.innerText)"""
    )
    assert cut == []


def enter_chain(page: Page) -> None:
    page.locator(".cd-augment [data-role=modes] button[value=chain]").click()
    expect(page.locator(".cd-augment .cd-step-card")).to_have_count(3)  # of five blocks
    expect(page.locator(CODE)).to_contain_text("Filled(")


def test_a_chain_is_built_step_by_step(open_augment: Opened, tmp_path: Path):
    page = open_augment()
    enter_chain(page)
    tab = page.locator(".cd-augment")
    expect(tab.locator("[data-role=preset]")).to_have_value("five_blocks")
    expect(tab.locator("[data-role=fill]")).to_have_value("reflect")
    expect(tab.locator(".cd-ten-one")).to_have_count(10)
    expect(tab.locator("[data-role=table]")).to_be_hidden()
    # A range: its upper end to the end of the scale.
    upper = tab.locator(".cd-step-card").nth(1).locator("input[type=range]").last
    upper.focus()
    page.keyboard.press("End")
    expect(tab.locator("[data-role=preset]")).to_have_value("own")
    expect(page.locator(CODE)).to_contain_text("(-36, 360)")
    # Another step from the ten techniques, another fill, another order.
    tab.locator(".cd-ten-one").nth(4).click()  # blur
    expect(tab.locator(".cd-step-card")).to_have_count(4)
    expect(page.locator(CODE)).to_contain_text("v2.GaussianBlur")
    tab.locator("[data-role=fill]").select_option("constant")
    expect(page.locator(CODE)).to_contain_text("v2.RandomAffine((-36, 360)")
    tab.locator(".cd-step-card").nth(1).locator(".cd-icon").first.click()  # up
    expect(tab.locator(".cd-step-title").first).to_have_text("Rotation")
    told = tab.locator(".cd-tile").first.locator(".cd-ops li")
    expect(told).to_have_count(4)
    expect(told.first).to_contain_text("turned")
    with page.expect_download() as download:
        tab.locator("[data-role=json]").click()
    download.value.save_as(tmp_path / "settings.json")
    saved = json.loads((tmp_path / "settings.json").read_text())
    assert [step["name"] for step in saved["chain"]] == ["rotate", "hflip", "zoom", "blur"]
    assert saved["fill"] == "constant"
    assert "policy" not in saved


def test_an_impossible_step_is_marked_and_can_be_mended(open_augment: Opened):
    page = open_augment()
    enter_chain(page)
    tab = page.locator(".cd-augment")
    chips = tab.locator(".cd-palette .cd-chips")  # the ten techniques above have one, too
    chips.get_by_role("button", name="Add: Random crop", exact=True).click()
    expect(tab.locator(".cd-step-card")).to_have_count(4)
    width = tab.locator(".cd-step-card").nth(3).locator("input").first
    width.fill("640")
    width.press("Tab")
    expect(tab.locator(".cd-wrong")).to_have_count(1)
    expect(tab.locator("[data-role=status]")).to_contain_text("Step 4 cannot be: it cuts 640 ×")
    width.fill("60")
    width.press("Tab")
    expect(tab.locator(".cd-wrong")).to_have_count(0)
    expect(tab.locator(".cd-tile").first).to_contain_text("60 ×")


def test_where_the_label_goes_is_drawn(open_augment: Opened):
    page = open_augment()
    group = page.get_by_role("group", name=text.say("en", "augment.digits"))
    group.get_by_role("button").first.click()
    panel = page.locator(".cd-augment [data-role=sweep]")
    panel.scroll_into_view_if_needed()
    expect(panel.locator(".cd-sweep-strip .cd-kept").first).to_be_visible(timeout=60_000)
    expect(panel.locator(".cd-flip")).to_have_count(2)
    expect(panel.locator(".cd-sweep-words")).to_contain_text("Read as")
    panel.locator(".cd-sweep-plot").focus()
    page.keyboard.press("End")
    expect(panel.locator(".cd-sweep-at")).to_have_text("180°")
    panel.locator("select").first.select_option("blur")
    expect(panel.locator("code")).to_contain_text("'blur'")
    page.locator(".cd-augment [data-role=reader]").select_option("")
    expect(panel.locator(".cd-sweep-words")).to_have_text(text.say("en", "augment.sweep.no_reader"))


@pytest.mark.usefixtures("real_data_dir")  # the server's as well
def test_a_trial_is_started_and_stopped(open_augment: Opened):
    page = open_augment()
    panel = page.locator(".cd-augment [data-role=trial]")
    panel.scroll_into_view_if_needed()
    button = panel.locator(".cd-panel-fields > .cd-button")
    button.click()
    state = panel.locator(".cd-trial-state")
    expect(state).to_contain_text("Run 1 of 6", timeout=150_000)
    expect(button).to_have_text(text.say("en", "augment.trial.stop"))
    button.click()
    expect(state).to_contain_text("Stopped")
    expect(button).to_have_text(text.say("en", "augment.trial.start"))
    expect(button).to_be_enabled()


def test_the_chain_speaks_both_languages_and_fits_a_phone(open_augment: Opened):
    page = open_augment(viewport={"width": 390, "height": 844})
    enter_chain(page)
    for language, button in (("en", "English"), ("ko", "한국어")):
        page.get_by_role("button", name=button, exact=True).click()
        for preset in PRESETS:
            choose(page, "preset", preset)
            expect(page.locator(".cd-augment .cd-step-card")).to_have_count(
                len(PRESETS[preset].steps)
            )
        check_language(page, language)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
