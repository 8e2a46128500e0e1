"""The Augment tab as a visitor uses it: a picture, a policy, what it did, another seed, a flip."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.pages import SEVEN, draw
from support.visits import Opened, visits

from convdemo.augmentation.chain import PRESETS
from convdemo.ui import page as shared
from convdemo.ui import text

CODE = "#augment-code .cm-content"
TILES = "#augment-tiles .tile"
SHOWN = "[...document.querySelectorAll('#augment-tiles img')].map((one) => one.src).join('')"
SENTENCE = "#augment-tiles .sentence"
PICTURE = next(iter(shared.examples("clothes").values()))


@pytest.fixture
def open_augment(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:

        def opened_at_augment(query: str = "", **settings: object) -> Page:
            page = opened(query, **settings)
            page.get_by_role("tab").nth(3).click()
            expect(page.locator(TILES)).to_have_count(9, timeout=20_000)
            return page

        yield opened_at_augment


def say(key: str, **values: object) -> str:
    return text.say("en", f"augment.{key}", **values)


def choose(page: Page, field: str, option: str) -> None:
    """An option of a picker, both by what they are called."""
    page.get_by_role("combobox", name=field, exact=True).locator("visible=true").click()
    page.get_by_role("option", name=option, exact=True).click()


def seed(page: Page) -> Locator:
    return page.get_by_label(say("seed"), exact=True)


def unfold(page: Page, key: str) -> None:
    page.locator(".cd-fold > button", has_text=say(key)).click()


def show_code(page: Page) -> None:
    unfold(page, "code")
    expect(page.locator(CODE)).to_be_visible()


def save(page: Page, key: str, path: Path) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=say(key), exact=True).click()
    download.value.save_as(path)
    return path.read_bytes()


def test_a_photo_is_augmented_told_and_augmented_again(open_augment: Opened, tmp_path: Path):
    page = open_augment()
    show_code(page)
    own = tmp_path / f"my own{PICTURE.suffix}"  # a name that no example has
    own.write_bytes(PICTURE.read_bytes())
    page.locator("#augment-picture").get_by_role("button", name="Remove Image").click()
    expect(page.locator(SENTENCE)).to_have_text(text.say("en", "answer.none"))
    page.locator("#augment-picture input[type=file]").set_input_files(own)
    expect(page.locator(CODE)).to_contain_text(own.name)
    expect(page.locator(f"{TILES} i")).to_have_count(18)  # two coins of a sub-policy under each
    before = page.evaluate(SHOWN)
    page.get_by_role("button", name=say("again"), exact=True).click()
    # Not the first tile alone: two seeds may both leave it as it is.
    page.wait_for_function(f"(old) => {SHOWN} !== old", arg=before)
    expect(page.locator(CODE)).not_to_contain_text("manual_seed(0 +")
    drawn, before = seed(page).input_value(), page.evaluate(SHOWN)
    page.locator("#augment-picture").focus()
    page.keyboard.press("r")
    expect(seed(page)).not_to_have_value(drawn)
    page.wait_for_function(f"(old) => {SHOWN} !== old", arg=before)
    seed(page).fill(drawn)
    expect(page.locator(CODE)).to_contain_text(f"manual_seed({drawn} +")
    # The same nine for the same seed.
    page.wait_for_function(f"(old) => {SHOWN} === old", arg=before)
    saved = json.loads(save(page, "save_settings", tmp_path / "settings.json"))
    assert (saved["policy"], saved["seed"], len(saved["tiles"])) == ("imagenet", int(drawn), 9)
    assert save(page, "save_grid", tmp_path / "grid.png").startswith(b"\x89PNG")


def test_pointing_at_a_tile_marks_the_rule_that_made_it(open_augment: Opened):
    page = open_augment()
    marked = page.locator("#augment-table [aria-current] th")
    title = page.locator(f"{TILES} .title").nth(3)
    page.locator(f"{TILES} .picture").nth(3).hover()
    expect(marked).to_have_text(title.inner_text().rpartition(" ")[2])
    expect(page.locator("#augment-table [aria-current] .tiles")).to_contain_text("4")
    page.locator("#augment-table h2").hover()
    expect(marked).to_have_count(0)


def test_a_tile_whose_label_flips_is_framed(open_augment: Opened):
    page = open_augment()
    page.locator(".cd-augment .cd-gallery").nth(1).get_by_role("button").first.click()
    choose(page, say("policy"), say("policy.svhn"))
    page.get_by_label("16", exact=True).click()
    expect(page.locator(TILES)).to_have_count(16)
    framed = page.locator("#augment-tiles .flipped")
    for drawn in range(5):
        before = page.locator("#augment-tiles").inner_text()
        seed(page).fill(str(drawn + 1))
        expect(page.locator("#augment-tiles")).not_to_have_text(before, use_inner_text=True)
        if framed.count():
            break
    expect(framed.first).to_contain_text("now read as")
    expect(page.locator(SENTENCE)).to_contain_text("read differently")
    choose(page, say("reader"), say("nobody"))
    expect(page.locator(SENTENCE)).to_be_empty()
    expect(framed).to_have_count(0)


def test_a_drawing_and_a_picture_of_a_data_set_are_augmented(open_augment: Opened):
    page = open_augment()
    page.get_by_role("button", name="MNIST", exact=True).click()
    expect(page.locator("#augment-tiles .details")).to_contain_text("28 × 28 pixels")
    expect(page.locator("#augment-tiles .details")).to_contain_text("labelled")
    expect(page.get_by_label(say("reader"), exact=True)).to_have_value(re.compile("^Digits: "))
    page.get_by_role("tab").first.click()
    draw(page, SEVEN)
    page.get_by_role("tab").nth(3).click()
    page.get_by_role("button", name=say("drawing"), exact=True).click()
    expect(page.locator("#augment-tiles .details")).to_contain_text("Read as 7")


STEPS = "#augment-chain .steps > li"


def enter_chain(page: Page) -> None:
    show_code(page)
    page.get_by_label(say("how.chain"), exact=True).click()
    expect(page.locator(STEPS)).to_have_count(3)  # of five blocks
    expect(page.locator(CODE)).to_contain_text("Filled(")


def test_a_chain_is_built_step_by_step(open_augment: Opened, tmp_path: Path):
    page = open_augment()
    enter_chain(page)
    preset = page.get_by_label(say("preset"), exact=True)
    expect(preset).to_have_value(say("preset.five_blocks"))
    offered = page.locator("#augment-chain .offered button")
    expect(offered).to_have_count(10)
    expect(page.locator("#augment-table")).to_be_hidden()
    # A range: its upper end to the end of the scale.
    page.locator(STEPS).nth(1).locator("input[type=range]").last.focus()
    page.keyboard.press("End")
    expect(preset).to_have_value(say("preset.own"))
    expect(page.locator(CODE)).to_contain_text("(-36, 360)")
    # Another step from the ten techniques, another fill, another order.
    offered.nth(4).click()  # blur
    expect(page.locator(STEPS)).to_have_count(4)
    expect(page.locator(CODE)).to_contain_text("v2.GaussianBlur")
    choose(page, say("fill"), say("fill.constant"))
    expect(page.locator(CODE)).to_contain_text("v2.RandomAffine((-36, 360)")
    page.locator(STEPS).nth(1).get_by_role("button").first.click()  # up
    expect(page.locator(f"{STEPS} .name").first).to_have_text("Rotation")
    told = page.locator(TILES).first.locator(".done li")
    expect(told.first).to_contain_text("turned")
    expect(told).to_have_count(4)
    saved = json.loads(save(page, "save_settings", tmp_path / "settings.json"))
    assert [step["name"] for step in saved["chain"]] == ["rotate", "hflip", "zoom", "blur"]
    assert saved["fill"] == "constant"
    assert "policy" not in saved
    choose(page, say("preset"), say("preset.ten"))
    expect(page.locator(STEPS)).to_have_count(len(PRESETS["ten"].steps))
    expect(page.locator(CODE)).to_contain_text("v2.RandomVerticalFlip")
    expect(preset).to_have_value(say("preset.ten"))


def test_an_impossible_step_is_marked_and_can_be_mended(open_augment: Opened):
    page = open_augment()
    enter_chain(page)
    buttons = page.locator("#augment-chain .all")
    buttons.get_by_role("button", name="Add: Random crop", exact=True).click()
    expect(page.locator(STEPS)).to_have_count(4)
    width = page.locator(STEPS).nth(3).locator("input").first
    width.fill("640")
    width.press("Tab")
    expect(page.locator("#augment-chain .cannot")).to_have_count(1)
    expect(page.locator(SENTENCE)).to_contain_text("Step 4 cannot be: it cuts 640 ×")
    expect(page.locator(TILES)).to_have_count(9)  # the last ones stay, faintly
    width.fill("60")
    width.press("Tab")
    expect(page.locator("#augment-chain .cannot")).to_have_count(0)
    expect(page.locator(TILES).first).to_contain_text("60 ×")


def test_where_the_label_goes_is_drawn(open_augment: Opened):
    page = open_augment()
    page.locator(".cd-augment .cd-gallery").nth(1).get_by_role("button").first.click()
    expect(page.locator("#augment-tiles .details")).to_contain_text("Read as 2")
    unfold(page, "sweep.title")
    words = page.locator("#augment-sweep-words")
    expect(words.locator(".sentence")).to_contain_text("Read as 2", timeout=60_000)
    expect(words.locator(".details")).to_contain_text("Upside down")
    chart = page.locator("#augment-sweep")
    expect(chart.locator(".strip li").first).to_be_visible()
    chart.locator("figure > svg").focus()
    page.keyboard.press("End")
    expect(chart.locator(".reading")).to_contain_text("180°")
    unfold(page, "sweep.code")
    choose(page, say("sweep.axis"), say("sweep.axis.blur"))
    expect(page.locator(".cm-content:visible").first).to_contain_text("'blur'", timeout=60_000)
    choose(page, say("reader"), say("nobody"))
    expect(words.locator(".sentence")).to_have_text(say("sweep.no_reader"))
    expect(chart.locator("svg")).to_have_count(0)


@pytest.mark.usefixtures("real_data_dir")  # the server's as well
def test_a_trial_is_started_and_stopped(open_augment: Opened):
    page = open_augment()
    unfold(page, "trial.title")
    line, state = page.locator("#augment-trial-line"), page.locator("#augment-trial .sentence")
    expect(state).to_have_text(say("trial.none"))
    page.locator("#augment-trial-start").click()
    expect(line.get_by_role("progressbar")).to_be_visible(timeout=150_000)
    expect(state).to_contain_text("0 of 6")
    line.get_by_role("button", name="Stop").click()
    expect(line).to_contain_text("Stopped")
    expect(state).to_contain_text("0 of 6")
