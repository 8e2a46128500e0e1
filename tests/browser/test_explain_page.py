"""The Explain tab as a visitor uses it: drawn and sent, looked into, compared, believed or not."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.pages import SEVEN, check_language, draw, winner
from support.visits import Opened, visits

from convdemo.ui import text

FIRST = ".cd-explain .cd-stage"


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


@pytest.fixture
def open_explain(open_page: Opened) -> Opened:
    def opened(query: str = "", **settings: object) -> Page:
        page = open_page(query, **settings)
        page.get_by_role("tab").nth(4).click()
        expect(page.locator(FIRST).first).to_be_visible(timeout=20_000)
        return page

    return opened


def panel(page: Page, role: str) -> Locator:
    """A panel, which asks the server only once it is seen."""
    found = page.locator(f".cd-explain [data-role={role}].cd-explain-panel")
    found.scroll_into_view_if_needed()
    return found


def test_a_drawing_is_sent_and_looked_into(open_page: Opened):
    page = open_page()
    page.locator(".cd-draw").get_by_role("button", name="Clear", exact=True).click()
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.locator(".cd-draw").get_by_role("button", name="Look inside").click()
    tab = page.locator(".cd-explain")
    expect(tab.locator(".cd-winner-name")).to_have_text("7", timeout=20_000)
    stage = tab.locator(".cd-stage-head").nth(1)
    expect(stage).to_contain_text("40 × 14 × 14")
    stage.click()
    expect(tab.locator(".cd-map-tile")).to_have_count(40)
    tab.locator(".cd-map-tile").nth(3).click()
    expect(tab.locator(".cd-map h3").first).to_contain_text("Map 3 of block1")
    expect(tab.locator(".cd-layer-chain li").first).to_contain_text(
        "patch is multiplied by the weight"
    )
    large = tab.locator(".cd-map-large")
    large.focus()
    said = tab.locator(".cd-map-pictures [role=status]")
    before = said.inner_text()
    page.keyboard.press("ArrowRight")
    expect(said).not_to_have_text(before)
    assert tab.locator("rect.cd-widest").count() == tab.locator("rect.cd-inner").count() == 1


def test_two_methods_are_compared_and_the_verdict_is_read(open_explain: Opened, tmp_path: Path):
    page = open_explain()
    why = panel(page, "why")
    why.locator(".cd-chips [value=saliency]").click()
    for method in ("saliency", "occlusion"):
        expect(why.locator(f"[data-method={method}] canvas")).to_be_visible(timeout=20_000)
    with page.expect_download() as download:
        why.locator("[data-method=occlusion] .cd-toolbar button").nth(2).click()
    download.value.save_as(tmp_path / "map.npy")
    heat = np.load(tmp_path / "map.npy")
    assert heat.shape == (28, 28)
    assert heat.max() > 0 > heat.min()
    why.locator("select").nth(1).select_option("9")  # and not 9
    expect(why.locator("[data-method=saliency]")).to_contain_text("9", timeout=20_000)
    why.locator("[data-method=occlusion] .cd-toolbar button").first.click()
    trust = panel(page, "trust")
    verdict = trust.locator(".cd-trust-found[data-verdict]")
    expect(verdict).to_be_visible(timeout=30_000)
    expect(trust.locator("[data-check]")).to_have_count(3)
    expect(trust.locator(".cd-trust-verdict strong")).not_to_be_empty()


def test_channels_are_switched_off_and_the_network_is_fooled(open_explain: Opened):
    page = open_explain()
    what_if = panel(page, "what_if")
    expect(what_if.locator(".cd-switch")).to_have_count(80, timeout=20_000)
    before = what_if.locator(".cd-what-if-says").inner_text()
    what_if.locator(".cd-toolbar .cd-button").last.click()
    expect(what_if.locator(".cd-switch[aria-pressed=false]")).to_have_count(5)
    expect(what_if.locator(".cd-what-if-says")).not_to_have_text(before)
    fool = panel(page, "fool")
    fool.locator(".cd-primary").click()
    expect(fool.locator(".cd-fool.cd-fooled")).to_be_visible(timeout=20_000)
    fool.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    expect(fool.locator(".cd-fool.cd-fooled")).to_have_count(0)
    dream = panel(page, "dream")
    dream.locator(".cd-primary").click()
    expect(dream.locator(".cd-dream")).to_have_count(10, timeout=30_000)


def test_a_backbone_that_is_not_here_says_what_it_would_take(open_explain: Opened):
    page = open_explain()
    tab = page.locator(".cd-explain")
    tab.locator("[data-role=model]").select_option("resnet50")
    status = tab.locator(".cd-input [data-role=status]")
    expect(status).to_contain_text("102 MB have to be fetched once")
    tab.locator("[data-role=fetch] .cd-primary").click()
    # There is no hub for the tests' server: one sentence, and the page goes on.
    expect(tab.locator("[data-role=fetch]")).to_contain_text("connect to the internet once")
    tab.locator("[data-role=model]").select_option("cnn-mnist")
    expect(page.locator(FIRST).first).to_contain_text("32 × 14 × 14")
    expect(tab.locator("[data-role=fetch]")).to_be_hidden()


def look_at_a_photo(page: Page) -> Locator:
    """The panel of maps of the second photo, a cheetah's head, by the large base."""
    tab = page.locator(".cd-explain")
    tab.locator(".cd-examples").last.locator("button").nth(1).click()
    expect(tab.locator(".cd-winner-name")).to_have_text("cheetah", timeout=60_000)
    return panel(page, "why")


def test_a_long_map_shows_how_far_it_is_and_stops(open_explain: Opened):
    page = open_explain()
    why = look_at_a_photo(page)
    for method in ("grad_cam", "occlusion"):
        why.locator(f".cd-chips [value={method}]").click()  # off: the long one is left
    card = why.locator("[data-method=integrated_gradients]")
    bar = card.get_by_role("progressbar")
    expect(bar).to_be_visible(timeout=60_000)
    expect(card.locator(".cd-work-line")).to_contain_text(re.compile(r"\d+%, about \d+ s left"))
    first = int(str(bar.get_attribute("aria-valuenow")))
    expect(bar).not_to_have_attribute("aria-valuenow", str(first))
    card.get_by_role("button", name="Stop", exact=True).click()
    expect(bar).to_be_hidden()
    expect(card.locator(".cd-heat-waiting")).to_have_text("Stopped.")
    expect(card.locator("canvas")).to_be_hidden()
    # Scrolling away and back does not begin it again; the button does.
    panel(page, "fool")
    panel(page, "why")
    expect(bar).to_be_hidden()
    card.get_by_role("button", name="Start again").click()
    expect(bar).to_be_visible(timeout=60_000)
    # Another class takes its place, without Stop.
    why.locator("select").first.select_option("leopard")
    expect(card).to_contain_text("leopard", timeout=120_000)
    expect(card.locator("canvas")).to_be_visible()
    expect(bar).to_be_hidden()


def test_a_verdict_and_the_search_for_a_change_stop_too(open_explain: Opened):
    page = open_explain()
    why = look_at_a_photo(page)
    for method in ("occlusion", "integrated_gradients"):
        why.locator(f".cd-chips [value={method}]").click()
    for role, begin in (("trust", None), ("fool", ".cd-primary"), ("dream", ".cd-primary")):
        found = panel(page, role)
        if begin:
            found.locator(begin).click()
        stop = found.get_by_role("button", name="Stop", exact=True)
        expect(stop).to_be_visible(timeout=60_000)
        stop.click()
        expect(stop).to_be_hidden()
        expect(found.locator(".cd-explain-status")).to_have_text("Stopped.")
        again = found.get_by_role("button", name="Start again") if begin is None else None
        expect(again or found.locator(str(begin))).to_be_enabled()


def test_a_class_of_a_thousand_is_found_by_parts_of_its_name(open_explain: Opened):
    page = open_explain()
    why = look_at_a_photo(page)
    for method in ("occlusion", "integrated_gradients"):
        why.locator(f".cd-chips [value={method}]").click()
    field = why.get_by_role("combobox", name="Find a class")
    field.click()
    page.keyboard.type("RETRIEVER old")
    found = why.locator(".cd-class-found [role=option]")
    expect(found).to_have_text(["golden retriever"])
    field.fill("bear")
    expect(found.first).to_have_text("bearskin")  # begins with it; then words that do
    assert {"brown bear", "ice bear"} <= set(found.all_inner_texts())
    page.keyboard.press("ArrowDown")
    expect(why.locator(".cd-class-found [aria-selected=true]")).to_have_text(
        found.nth(1).inner_text()
    )
    page.keyboard.press("Escape")
    expect(why.locator(".cd-class-found")).to_be_hidden()
    field.fill("zzz")
    expect(why.locator(".cd-class-found")).to_have_text("No class has this in its name")
    field.fill("volca")
    page.keyboard.press("Enter")
    expect(field).to_have_value("volcano")
    expect(why.locator("select").first).to_have_value("volcano")
    expect(why.locator("[data-method=grad_cam]")).to_contain_text("volcano", timeout=60_000)


def test_the_explain_tab_speaks_both_languages(open_explain: Opened):
    page = open_explain()
    page.locator(".cd-explain .cd-stage-head").first.click()
    page.locator(".cd-explain .cd-map-tile").first.click()
    for role in ("why", "trust", "dream", "what_if", "fool", "crowd"):
        panel(page, role)
    expect(page.locator(".cd-trust-found[data-verdict]")).to_be_visible(timeout=30_000)
    for language, button in (("en", "English"), ("ko", "한국어")):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("tab").nth(4)).to_have_text(text.say(language, "tab.explain"))
        check_language(page, language)


def test_the_explain_tab_fits_a_phone(open_explain: Opened):
    page = open_explain(viewport={"width": 390, "height": 844})
    page.locator(".cd-explain .cd-stage-head").first.click()
    page.locator(".cd-explain .cd-map-tile").first.click()
    expect(page.locator(".cd-explain .cd-layer-chain li").first).to_be_visible()
    for role in ("why", "trust", "dream", "what_if", "fool", "crowd"):
        panel(page, role)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
