"""The Explain tab as a visitor uses it: drawn and sent, looked into, compared, believed or not."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.pages import SEVEN, draw, winner
from support.visits import Opened, visits

HEAD = "#explain-maps button.head"
PANELS = ("why", "trust", "dream", "what_if", "fool", "crowd")


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


@pytest.fixture
def open_explain(open_page: Opened) -> Opened:
    def opened(query: str = "", **settings: object) -> Page:
        page = open_page(query, **settings)
        page.get_by_role("tab").nth(4).click()
        expect(page.locator(HEAD).first).to_be_visible(timeout=30_000)
        return page

    return opened


def panel(page: Page, name: str) -> Locator:
    """A panel, opened: its work begins then."""
    found = page.locator(f"#explain-{name}")
    found.locator("> .label-wrap").click()
    return found


def choose(page: Page, picker: Locator, option: str) -> None:
    """An option of one of Gradio's Dropdowns, by what is written there."""
    picker.click()
    page.get_by_role("option", name=option).first.click()


def model(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Model").locator("visible=true")


def test_a_drawing_is_sent_and_looked_into_by_another_network_too(open_page: Opened):
    page = open_page()
    page.locator(".cd-draw").get_by_role("button", name="Clear", exact=True).click()
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.locator(".cd-draw").get_by_role("button", name="Look inside").click()
    tab = page.locator("#explain-maps")
    expect(page.locator("#explain-bars .winner")).to_have_text("7", timeout=30_000)
    stage = tab.locator(".head").nth(1)
    expect(stage).to_contain_text("40 × 14 × 14")
    stage.click()
    expect(tab.locator(".tile")).to_have_count(40)
    tab.locator(".tile").nth(3).click()
    expect(tab.locator(".map h3")).to_contain_text("Map 3 of block1")
    expect(tab.locator(".chain li").first).to_contain_text("patch is multiplied by the weight")
    large = tab.locator(".large")
    large.focus()
    said = tab.locator(".place")
    before = said.inner_text()
    page.keyboard.press("ArrowRight")
    expect(said).not_to_have_text(before)
    assert tab.locator("rect.widest").count() == tab.locator("rect.inner").count() == 1
    # Another drawing comes to the tab that is there, and what is opened stays open.
    page.get_by_role("tab").first.click()
    page.locator(".cd-draw").get_by_role("button", name="Clear", exact=True).click()
    draw(page, [(0.5, 0.15), (0.5, 0.85)])
    expect(winner(page)).to_have_attribute("data-class", "1")
    page.locator(".cd-draw").get_by_role("button", name="Look inside").click()
    expect(page.locator("#explain-bars .winner")).to_have_text("1")
    expect(tab.locator(".tile")).to_have_count(40)
    expect(tab.locator(".map h3")).to_contain_text("Map 3 of block1")

    # Weights that are not here: what it would take to have them.
    choose(page, model(page), "ResNet-50")
    said = page.locator("#explain-bars .sentence")
    expect(said).to_contain_text("102 MB have to be fetched once")
    fetch = page.get_by_role("button", name="Fetch the weights")
    fetch.click()
    # There is no hub for the tests' server: one sentence, and the page goes on.
    expect(page.locator("#explain-answer")).to_contain_text("connect to the internet once")
    choose(page, model(page), "cnn-mnist")
    expect(page.locator(HEAD).first).to_contain_text("32 × 14 × 14")
    expect(fetch).to_be_hidden()


def test_every_panel_answers(open_explain: Opened, tmp_path: Path):
    page = open_explain()
    compare_two_methods(page, tmp_path)
    filters = panel(page, "filters")
    expect(filters.locator("#explain-kernels .card")).to_have_count(16)
    choose(page, filters.get_by_role("combobox"), "block1, convolution 2")
    expect(filters.locator("#explain-kernels .card")).to_have_count(40)
    expect(filters).to_contain_text("the mean over these maps")
    switch_off_and_fool(page)
    read_the_crowd(page)


def compare_two_methods(page: Page, tmp_path: Path) -> None:
    why = panel(page, "why")
    why.get_by_role("checkbox", name="Saliency").click()
    cards = why.locator("#explain-heat .card")
    expect(cards).to_have_count(4)
    expect(cards.locator("canvas")).to_have_count(4, timeout=20_000)
    occlusion = cards.filter(has_text="Occlusion")
    with page.expect_download() as download:
        occlusion.get_by_role("button", name=".npy").click()
    download.value.save_as(tmp_path / "map.npy")
    heat = np.load(tmp_path / "map.npy")
    assert heat.shape == (28, 28)
    assert heat.max() > 0 > heat.min()
    choose(page, why.get_by_role("combobox", name="and not"), "9")
    expect(cards.first).to_contain_text("and not 9", timeout=20_000)
    occlusion.get_by_role("button", name="Can I believe it?").click()
    trust = page.locator("#explain-trust")
    expect(trust.locator(".winner")).to_have_text(re.compile("elievable|Doubtful"), timeout=30_000)
    expect(trust.locator(".notes p").first).to_contain_text("Occlusion for 2 and not 9")
    expect(trust.locator(".notes p")).to_have_count(4)
    expect(trust.locator("svg[role=img]")).to_have_count(2)
    for line in ("why", "trust"):  # what is over is told no longer
        expect(page.locator(f"#explain-{line}-line progress")).to_be_hidden()


def switch_off_and_fool(page: Page) -> None:
    what_if = panel(page, "what_if")
    switches = what_if.locator("#explain-board input[type=checkbox]")
    expect(switches).to_have_count(80)
    expect(what_if.locator("#explain-ranks .bars li").first).to_be_visible(timeout=20_000)
    said = what_if.locator("#explain-switched .sentence")
    expect(said).to_contain_text("All channels are on")
    what_if.get_by_role("button", name="Switch off the five that matter most").click()
    expect(said).to_contain_text("With 5 of 80 off")
    expect(what_if.locator("#explain-board input:checked")).to_have_count(75)
    fool = panel(page, "fool")
    fool.locator("#explain-fool-start").click()
    expect(fool.locator("#explain-fooled .marked")).to_be_visible(timeout=30_000)
    fool.locator("svg[role=img]").focus()
    page.keyboard.press("Home")
    expect(fool.locator("#explain-fooled")).to_contain_text("Still read as 2")
    expect(fool.locator("#explain-fooled .marked")).to_have_count(0)
    dream = panel(page, "dream")
    dream.locator("#explain-dream-start").click()
    expect(dream.locator(".card")).to_have_count(10, timeout=30_000)


def read_the_crowd(page: Page) -> None:
    crowd = panel(page, "crowd")
    crowd.get_by_role("button", name="Look for them").click()
    expect(crowd.locator(".card")).to_have_count(8, timeout=30_000)
    expect(crowd).to_contain_text("training pictures")
    crowd.get_by_role("button", name="Show the plane").click()
    plane = crowd.locator(".plot svg")
    expect(plane).to_be_visible(timeout=30_000)
    crowd.locator(".legend button").nth(2).click()
    expect(plane.locator(".points.faint")).to_have_count(11)


# Stop of a line of work is pressed by the page itself, as soon as so many shares of it were to be
# seen there: who looks from outside may come when the work is over. They are kept in `window.seen`.
STOP = """([line, most]) => {
  const found = (rule) => document.querySelector(`${line} ${rule}`);
  const seen = (window.seen = []);
  const look = () => {
    const bar = found("progress");
    if (!bar?.checkVisibility()) return;
    if (bar.value !== seen.at(-1)?.[0]) seen.push([bar.value, found(".work").innerText]);
    if (seen.length < most) return;
    watch.disconnect();
    found("button").click();
  };
  const watch = new MutationObserver(look);
  watch.observe(document.querySelector(line), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
}"""


Share = tuple[float, str]  # how far it is, and what is said with it


def stop_at(page: Page, name: str, shares: int, begin: Callable[[], object]) -> list[Share]:
    """Begin work that is stopped once it told so many shares: those."""
    line = f"#explain-{name}-line"
    page.evaluate(STOP, [line, shares])
    begin()
    expect(page.locator(line)).to_contain_text("Stopped.", timeout=60_000)
    expect(page.locator(line).get_by_role("progressbar")).to_be_hidden()
    return page.evaluate("seen")


def test_what_takes_long_stops_and_a_class_of_a_thousand_is_found(open_explain: Opened):
    page = open_explain()
    why = panel(page, "why")
    why.get_by_role("checkbox", name="SmoothGrad").click()  # beside the others that take long
    expect(why.locator("#explain-heat canvas")).to_have_count(4, timeout=60_000)
    bar = page.locator("#explain-why-line").get_by_role("progressbar")
    expect(bar).to_be_hidden()
    # The second photo, a cheetah's head, by the large base.
    photo = page.locator(".cd-explain .cd-gallery").nth(2).locator("button").nth(1)
    (first, _), (second, said) = stop_at(page, "why", 2, photo.click)
    assert 0 <= first < second < 1
    assert re.search(r"\d+%, about \d+ s left", said)
    expect(page.locator("#explain-bars .winner")).to_have_text("cheetah", timeout=60_000)
    again = why.get_by_role("button", name="Start again")
    stop_at(page, "why", 1, again.click)
    # Another class takes its place, without Stop.
    again.click()
    field = why.get_by_role("combobox", name="Class to explain")
    choose(page, field, "leopard")
    expect(why.locator("#explain-heat")).to_contain_text("leopard", timeout=60_000)
    for method in ("Integrated gradients", "SmoothGrad", "Occlusion"):
        why.get_by_role("checkbox", name=method).click()  # off: the quick one is left
    expect(bar).to_be_hidden()

    field.click()
    expect(page.get_by_role("option", name="snow leopard")).to_be_attached()
    field.fill("")
    field.press_sequentially("en retriever")
    expect(page.get_by_role("option")).to_have_text(re.compile("golden retriever"))
    field.fill("")
    field.press_sequentially("volca")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value("volcano")
    expect(why.locator("#explain-heat")).to_contain_text("volcano", timeout=60_000)

    # A verdict and the search for a change stop, too.
    stop_at(page, "trust", 1, lambda: panel(page, "trust"))
    expect(page.locator("#explain-trust").get_by_role("button", name="Start again")).to_be_enabled()
    for name in ("fool", "dream"):
        start = panel(page, name).locator(f"#explain-{name}-start")
        stop_at(page, name, 1, start.click)
        expect(start).to_be_enabled()
