"""The displays that the Train tab brought along, each alone with recorded values."""

from collections.abc import Iterator

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak

from convdemo.ui.components import (
    Captioned,
    Confusion,
    ConfusionMatrix,
    Figure,
    PictureGroup,
    PictureGroups,
    Report,
    State,
)

pytestmark = SOCKETS
WORDS = {
    "en": {"pear": "pear tree", "at": "epoch {epoch}", "gone": "{what} is gone"},
    "ko": {"pear": "배", "at": "{epoch}에폭", "gone": "{what} 없음"},
}
CLASSES = ("pear", ("text", {"text": "@|@odd"}), "<b>c</b>")
COUNTS = ((8, 2, 0), (1, 9, 0), (0, 5, 5))
SQUARE = np.full((8, 8), 200, np.uint8)
GROUPS = (
    PictureGroup((Captioned(SQUARE, "pear", "read", True),), "pear", "hint", "note"),
    PictureGroup(tuple(Captioned(SQUARE, tip=("at", {"epoch": n}), place=n) for n in (3, 5))),
)
GOING = State(
    ("at", {"epoch": 3}),
    "pear",
    "going",
    0.25,
    ("line",),
    (Figure("time", ("at", {"epoch": 1}), "more"), Figure("speed")),
)


@pytest.fixture(scope="module")
def open_parts(chromium: Browser) -> Iterator[Page]:
    """One page with the three, buttons that give them other values, and what they tell."""
    with gr.Blocks(analytics_enabled=False) as app:
        matrix = ConfusionMatrix(Confusion(CLASSES, COUNTS, ("pear",)), words=WORDS)
        groups = PictureGroups(GROUPS, words=WORDS)
        report = Report(GOING, words=WORDS, elem_id="report")
        told = gr.Textbox(label="told")

        def tell(event: gr.EventData) -> str:
            return str(event._data)

        for part in (matrix, groups):
            part.select(tell, None, told, show_progress="hidden", trigger_mode="always_last")
        for name, part, value in (
            ("untested", matrix, Confusion((), (), ("gone",))),
            ("tested", matrix, Confusion(CLASSES, COUNTS)),
            ("none", groups, None),
            ("some", groups, GROUPS),
            ("trouble", report, State(("gone", {"what": "@|@x"}), kind="trouble")),
            ("going", report, GOING),
        ):
            gr.Button(name).click(lambda value=value: value, None, part, show_progress="hidden")
    with shown(chromium, app, width=700) as page:
        expect(page.locator(".cell")).to_have_count(9)
        yield page


def test_a_matrix_is_read_by_pointer_and_keys(open_parts: Page):
    page, told = open_parts, open_parts.get_by_label("told")
    assert page.locator("td.recall").all_inner_texts() == ["80.0%", "90.0%", "50.0%"]
    names = page.locator("th[scope=row]")
    assert names.all_inner_texts() == ["pear tree", "@odd", "<b>c</b>"]  # text is only text
    cells = page.locator(".cell")
    assert cells.all_inner_texts() == ["8", "2", "·", "1", "9", "·", "·", "5", "5"]
    frequent = page.locator(".frequent button")
    expect(frequent.first).to_have_text("<b>c</b> taken for @odd: 5")
    depths = cells.evaluate_all("(all) => all.map((one) => one.style.getPropertyValue('--depth'))")
    assert depths == ["", "0.63", "", "0.45", "", "", "", "1.00", ""]
    cells.nth(1).click()
    expect(told).to_have_value("{'actual': 0, 'predicted': 1}")
    expect(cells.nth(1)).to_have_attribute("aria-pressed", "true")
    for key in ("ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp"):  # the edge stays
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(told).to_have_value("{'actual': 0, 'predicted': 0}")
    assert page.locator(".cell[tabindex='0']").count() == 1
    frequent.first.click()
    expect(told).to_have_value("{'actual': 2, 'predicted': 1}")


def test_a_matrix_follows_the_language_and_its_value(open_parts: Page):
    page = open_parts
    speak(page, "ko")
    expect(page.locator("th[scope=row]").first).to_have_text("배")
    expect(page.locator(".frequent button").first).to_have_text("<b>c</b> → @odd: 5장")
    expect(page.locator(".cell").first).to_have_attribute("aria-label", "배, 맞힘: 8장")
    speak(page, "en")
    press(page, "untested")
    expect(page.locator(".matrix-part")).to_be_hidden()
    expect(page.locator(".lead")).to_have_text("{what} is gone")
    press(page, "tested")
    expect(page.locator(".cell").first).to_be_visible()


def test_pictures_stand_in_groups_and_are_pressed(open_parts: Page):
    page, told = open_parts, open_parts.get_by_label("told")
    sections = page.locator(".groups section")
    first = sections.first
    assert first.inner_text().split() == ["pear", "tree", "hint", "pear", "tree", "note"]
    expect(first.locator("figure.wrong")).to_have_attribute("title", "read")
    buttons = sections.nth(1).get_by_role("button")
    buttons.nth(1).click()
    expect(told).to_have_value("{'place': 5}")
    speak(page, "ko")
    expect(buttons.first).to_have_attribute("aria-label", "3에폭")
    speak(page, "en")
    press(page, "none")
    expect(sections).to_have_count(0)
    press(page, "some")
    expect(sections).to_have_count(2)


def test_a_report_tells_what_is_new(open_parts: Page):
    page = open_parts
    report = page.locator("#report")
    bar = report.get_by_role("progressbar")
    expect(report.locator(".sentence")).to_have_text("epoch 3")
    expect(bar).to_have_attribute("aria-valuenow", "25")
    assert report.locator(".figures div").all_inner_texts() == ["time\nepoch 1\nmore", "speed\n–"]
    press(page, "trouble")
    expect(report.locator(".trouble")).to_have_text("@x is gone")
    expect(bar).to_be_hidden()
    expect(report.locator(".title")).to_be_hidden()
    speak(page, "ko")
    expect(report.locator(".trouble")).to_have_text("@x 없음")
    speak(page, "en")
    press(page, "going")
    expect(report.locator(".lines p")).to_have_text("line")
    say = "new CustomEvent('convdemo:say', { bubbles: true, detail: { sentence: 'news' } })"
    report.evaluate(f"(node) => node.dispatchEvent({say})")
    expect(report.locator(".trouble")).to_have_text("news")
    press(page, "trouble")
    expect(report.locator(".sentence")).to_have_text("@x is gone")
