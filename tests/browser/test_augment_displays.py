"""Tiles, RuleTable and ChainEditor on a page of their own, with recorded values."""

from collections.abc import Iterator

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak

from convdemo.ui.components import (
    ChainEditor,
    Done,
    Grid,
    Rule,
    Rules,
    RuleTable,
    Setting,
    Tile,
    Tiles,
)
from convdemo.ui.components.chain_editor import offer

pytestmark = SOCKETS
IMAGE = np.full((8, 12, 3), 200, np.uint8)
TURNED = Done(("turned", {"value": 30}))
TOLD = (Done("op.fade", "left", applied=False, chance=0.25), TURNED)
GRID = Grid(
    (
        Tile(IMAGE, ("tile", {"number": 1}), TOLD, "a pear", 1.0, row=1),
        Tile(IMAGE, "second", (Done("chain", heading=True), TURNED), "a fig", 0.5, flipped=True),
    ),
    "one of two",
    ("a line",),
)
STALE = Grid(sentence="refused", stale=True)
RULES = Rules(
    "rules",
    ("some lines",),
    (Rule((("op.fade", 0.5), ("turn", 1.0))), Rule((("turn", 0.25), ("op.fade", 0)), (1, 2))),
)
WORDS = {
    "en": {"op.fade": "Fade", "op.fade.why": "Paler.", "tile": "Tile {number}", "left": "left out"},
    "ko": {"op.fade": "흐리게", "tile": "타일 {number}", "left": "건너뜀", "rules": "규칙"},
}
KINDS = {
    "turn": (Setting("angle", -90, 90, 1, (-10, 10), "degrees"),),
    "fade": (Setting("left", 0, 1, 0.25, (0.5,), "share"),),
    "cut": (Setting("width", 4, 64, 1, (16,), "pixels", typed=True),),
}
CHAIN = [{"name": "turn", "angle": [-10, 10]}, {"name": "fade", "left": 0.5}]


@pytest.fixture(scope="module")
def open_displays(chromium: Browser) -> Iterator[Page]:
    with gr.Blocks(analytics_enabled=False) as app:
        arrived = gr.Textbox(label="arrived")
        tiles = Tiles(GRID, marks="rules", words=WORDS, elem_id="tiles")
        table = RuleTable(RULES, words=WORDS, elem_id="rules")
        for name, value in (("stale", STALE), ("grid", GRID), ("nothing", None)):
            pressed = gr.Button(name).click(
                lambda value=value: value, None, tiles, show_progress="hidden"
            )
            pressed.then(lambda name=name: name, None, arrived, show_progress="hidden")
        gr.Button("without").click(lambda: Rules("no table"), None, table, show_progress="hidden")
        editor = ChainEditor(CHAIN, kinds=KINDS, longest=4, words=WORDS, elem_id="editor")
        told = gr.JSON(elem_id="told")
        editor.change(lambda steps: steps, editor, told, show_progress="hidden")
        begin = gr.Button("begin")
        begin.click(lambda: CHAIN[:1], None, editor, show_progress="hidden")
        step = {"name": "cut", "width": 8}
        update = {"offered": offer({"cut": (IMAGE, step)}), "wrong": 2, "lines": ["left"]}
        gr.Button("mark").click(lambda: gr.update(**update), None, editor, show_progress="hidden")
    with shown(chromium, app, width=900) as page:
        expect(page.locator("#tiles .tile")).to_have_count(2)
        yield page


def test_tiles_tell_what_was_done_to_them(open_displays: Page):
    page = open_displays
    first, second = (page.locator("#tiles .tile").nth(place) for place in range(2))
    expect(page.locator("#tiles .sentence")).to_have_text("one of two")
    expect(page.locator("#tiles .details")).to_have_text("a line")
    expect(first.locator(".title")).to_have_text("Tile 1")
    expect(first.locator("p")).to_have_text("a pear 99.9%")
    expect(first.locator(".done li")).to_have_text(["Fade25%left out", "turned"])
    expect(first.locator(".name").first).to_have_attribute("title", "Paler.")
    expect(first.locator("i")).to_have_attribute("aria-label", "Its coin did not let it through")
    expect(second).to_have_class("tile coarse flipped")
    expect(second.locator(".heading")).to_have_text("chain")
    speak(page, "ko")
    expect(first.locator(".title")).to_have_text("타일 1")
    speak(page, "en")
    press(page, "stale")
    expect(page.locator("#tiles .sentence")).to_have_text("refused")
    expect(page.locator("#tiles .tiles")).to_have_class("tiles read stale")
    press(page, "nothing")
    expect(page.locator("#tiles .tile")).to_have_count(0)
    press(page, "grid")
    expect(page.locator("#tiles .tiles")).to_have_class("tiles read")


def test_pointing_at_a_tile_marks_its_rule(open_displays: Page):
    page = open_displays
    marked = page.locator("#rules [aria-current]")
    page.locator("#tiles .picture").first.hover()
    expect(marked).to_have_text("2turn 25%Fade 0%1, 2")
    page.locator("#tiles .picture").nth(1).hover()
    expect(marked).to_have_count(0)
    page.locator("#rules h2").hover()
    page.locator("#tiles .picture").first.focus()  # by keys as well
    expect(marked).to_have_count(1)
    page.locator("#tiles .picture").first.press("Enter")  # pressed, it stays
    page.locator("#tiles .picture").first.blur()
    expect(marked).to_have_count(1)
    page.locator("#tiles .picture").first.click()
    page.locator("#rules h2").hover()
    page.locator("#tiles .picture").first.blur()
    expect(marked).to_have_count(0)
    speak(page, "ko")
    expect(page.locator("#rules h2")).to_have_text("규칙")
    speak(page, "en")
    press(page, "without")
    expect(page.locator("#rules table")).to_be_hidden()


def test_news_stands_until_there_are_other_tiles(open_displays: Page):
    page = open_displays
    page.evaluate(
        """document.getElementById("tiles").dispatchEvent(new CustomEvent("convdemo:say",
          { bubbles: true, detail: { sentence: "left", busy: true } }))"""
    )
    expect(page.locator("#tiles .sentence")).to_have_text("left out")
    expect(page.locator("#tiles .tile")).to_have_count(0)
    press(page, "stale")  # of the same picture as what was there
    expect(page.get_by_label("arrived")).to_have_value("stale")
    expect(page.locator("#tiles .sentence")).to_have_text("left out")


def test_a_chain_is_edited(open_displays: Page):
    page = open_displays
    editor, told = page.locator("#editor"), page.locator("#told")
    steps = editor.locator(".steps li")
    expect(steps.locator(".name")).to_have_text(["turn", "Fade"])
    expect(steps.first.locator("output")).to_have_text("-10 to 10 degrees")
    lower, upper = (steps.first.locator("input").nth(end) for end in range(2))
    upper.focus()
    page.keyboard.press("Home")  # no thumb passes the other
    expect(steps.first.locator("output")).to_have_text("-10 degrees")
    page.keyboard.press("End")
    lower.focus()
    page.keyboard.press("ArrowRight")
    expect(steps.first.locator("output")).to_have_text("-9 to 90 degrees")
    expect(lower).to_have_attribute("aria-valuetext", "-9 degrees")
    expect(told).to_contain_text("-9")
    editor.get_by_role("button", name="Add: cut").click()
    steps.nth(2).locator("input").fill("100")
    steps.nth(2).locator("input").press("Tab")
    expect(steps.nth(2).locator("input")).to_have_value("64")
    expect(told).to_contain_text("64")
    steps.nth(2).get_by_role("button").first.click()
    expect(steps.locator(".name")).to_have_text(["turn", "cut", "Fade"])
    expect(steps.nth(1).get_by_role("button").first).to_be_focused()
    steps.nth(1).get_by_role("button").last.click()
    expect(steps.locator(".name")).to_have_text(["turn", "Fade"])
    expect(steps.nth(1).get_by_role("button").last).to_be_focused()
    press(page, "mark")
    expect(editor.locator(".cannot .wrong")).to_be_visible()
    expect(editor.locator(".lines p").first).to_have_text("left out")
    expect(steps.first.locator("output")).to_have_text("-9 to 90 degrees")  # it is as it was
    editor.locator(".offered button").click()
    expect(steps.nth(2).locator("input")).to_have_value("8")
    editor.get_by_role("button", name="Add: Fade").click()
    expect(editor.locator(".full")).to_contain_text("4 steps")
    expect(editor.locator(".all button:enabled")).to_have_count(0)
    speak(page, "ko")
    expect(steps.first.locator("output")).to_have_text("-9도 ~ 90도")
    speak(page, "en")
    press(page, "begin")
    expect(steps.locator(".name")).to_have_text(["turn"])
    expect(steps.first.locator("output")).to_have_text("-10 to 10 degrees")
    expect(told).not_to_contain_text("Fade")
