"""Each display on a page of its own, as anybody's app has it: what it draws of a recorded value."""

import hashlib
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak

from convdemo.paths import PACKAGE
from convdemo.ui.components import (
    Answer,
    Display,
    Preparation,
    ProbabilityBars,
    Step,
    StepStrip,
)

pytestmark = SOCKETS
ROOT = Path(__file__).parents[2]
HERE = PACKAGE / "ui" / "components"
NAMES = sorted(path.parent.name for path in HERE.glob("*/script.js"))
WORDS = {
    "en": {"class.pear": "pear tree", "gone": "{what} is gone", "kind.a": "an apple"},
    "ko": {"class.pear": "배", "gone": "{what} 없음", "kind.a": "사과"},
}
FIRST = Answer({"10": 0.1, "pear": 0.85, "2": 0.05}, "pear", notes=("note",), details=("more",))
OTHER = Answer({"10": 0.4, "pear": 0.33, "2": 0.27})
REFUSED = Answer({}, sentence=("gone", {"what": "@kind.a|a"}))


def strip_of(skipped: list[str]) -> Preparation:
    return Preparation(
        SQUARE,
        tuple(Step(name, SQUARE, name not in skipped, "pear", 0.999) for name in ("cut", "shrink")),
    )


SQUARE = np.full((8, 8), 200, np.uint8)


@pytest.fixture(scope="module")
def open_parts(chromium: Browser, tmp_path_factory) -> Iterator[Page]:
    """One page with both displays, and buttons that give them other values."""
    with gr.Blocks(analytics_enabled=False) as app:
        bars = ProbabilityBars(FIRST, best=2, words=WORDS, elem_id="bars")
        arrived = gr.Textbox(label="arrived")
        for name, value in (("other", OTHER), ("refused", REFUSED), ("nothing", None)):
            pressed = gr.Button(name).click(
                lambda value=value: value, None, bars, show_progress="hidden"
            )
            pressed.then(lambda name=name: name, None, arrived, show_progress="hidden")
        strip = StepStrip(
            strip_of([]), words={"en": {"step.cut": "Cut out", "step.cut.why": "why"}}
        )
        told = gr.Textbox(label="told")

        def left_out(event: gr.EventData) -> tuple[Preparation, str]:
            skipped = event._data["skipped"]
            return strip_of(skipped), ",".join(skipped)

        strip.input(left_out, None, [strip, told], show_progress="hidden")
    with shown(chromium, app, height=720) as page:
        expect(page.locator(".bars li")).to_have_count(3)
        yield page


def bars_of(page: Page) -> list[list[str]]:
    return [row.split("\n") for row in page.locator(".bars li").all_inner_texts()]


def test_bars_stand_in_the_order_they_were_given(open_parts: Page):
    page = open_parts
    assert bars_of(page) == [["10", "10.0%"], ["pear tree", "85.0%"], ["2", "5.0%"]]
    expect(page.locator("#bars .winner")).to_have_text("pear tree")
    expect(page.locator("#bars .sentence")).to_have_text("Probably pear tree")
    expect(page.locator("#bars .best li")).to_have_text(["pear tree85.0%", "1010.0%"])
    expect(page.locator("#bars .chosen")).to_have_attribute("data-class", "pear")
    width = page.locator("#bars .chosen .fill").evaluate("(one) => one.style.transform")
    assert width == "scaleX(0.85)"
    expect(page.locator("#bars .notes")).to_have_text("note")
    expect(page.locator("#bars .details")).to_have_text("more")


def test_bars_follow_their_value_and_the_language(open_parts: Page):
    page = open_parts
    sentence = page.locator("#bars .sentence")
    press(page, "other")
    expect(sentence).to_have_text("Perhaps 10, perhaps pear tree")
    expect(page.locator("#bars .winner")).to_be_hidden()
    speak(page, "ko")
    expect(sentence).to_have_text("10 또는 배")
    expect(page.locator("#bars .bars")).to_have_attribute("aria-label", "클래스별 확률")
    press(page, "refused")
    expect(sentence).to_have_text("사과 없음")
    assert [row[0] for row in bars_of(page)] == ["10", "배", "2"]
    expect(page.locator(".number", has_text="%")).to_have_count(0)
    speak(page, "en")
    expect(sentence).to_have_text("an apple is gone")
    press(page, "nothing")
    expect(sentence).to_be_empty()


def test_news_stands_until_there_is_another_answer(open_parts: Page):
    page = open_parts
    press(page, "other")
    expect(page.locator("#bars .number").first).to_have_text("40.0%")
    expect(page.get_by_label("arrived")).to_have_value("other")
    page.evaluate(
        """document.getElementById("bars").dispatchEvent(new CustomEvent("convdemo:say",
          { bubbles: true, detail: { sentence: "gone", busy: true } }))"""
    )
    expect(page.locator("#bars .bars")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#bars .sentence")).to_have_text("{what} is gone")
    expect(page.locator("#bars .number", has_text="%")).to_have_count(0)
    press(page, "refused")  # of the same question, which is not what is awaited
    expect(page.get_by_label("arrived")).to_have_value("refused")
    expect(page.locator("#bars .sentence")).to_have_text("{what} is gone")


def test_a_step_is_left_out_and_put_back(open_parts: Page):
    page = open_parts
    steps = page.locator(".strip .step")
    expect(steps).to_have_text(["Cut out pear, 99.9%", "shrink pear, 99.9%"])
    assert steps.first.get_attribute("title") == "why"
    for skipped, pressed in (("cut", "false"), ("", "true")):
        steps.first.click()
        expect(page.get_by_label("told")).to_have_value(skipped)
        expect(steps.first).to_have_attribute("aria-pressed", pressed)
    steps.first.focus()
    page.keyboard.press("Space")
    expect(steps.first).to_have_text("Cut out left out")
    assert str(page.locator(".seen").get_attribute("src")).startswith("data:image/png;base64,")


# Every display


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_lines_make_an_app(name: str):
    text = (ROOT / "docs" / "components.md").read_text()
    found = re.findall(r"^## (\w+)\n.*?<!-- component -->\n```python\n(.*?)```", text, re.S | re.M)
    assert len(found) == len(NAMES)
    code = dict(found)[display_of(name).__name__]
    assert len(code.splitlines()) <= 20
    made: dict[str, object] = {}
    exec(code, made)
    demo = made["demo"]
    assert isinstance(demo, gr.Blocks)
    assert sum(isinstance(one, display_of(name)) for one in demo.blocks.values()) == 1


def test_the_demos_show_their_displays(chromium: Browser):
    with gr.Blocks(analytics_enabled=False) as app:
        for name in NAMES:
            demo = importlib.import_module(f"convdemo.ui.components.{name}.demo")
            assert len((HERE / name / "demo.py").read_text().splitlines()) <= 35
            with gr.Column(elem_id=f"demo-{name}"):
                demo.demo.render()
    with shown(chromium, app) as page:
        for name in NAMES:
            parts = page.locator(f"#demo-{name} .html-container:visible")
            expect(parts.first).not_to_be_empty()
        served = page.evaluate(
            "performance.getEntriesByType('resource').map(({ name }) => name)"
            ".filter((name) => name.includes('/components/'))"
        )
        found = {re.sub(r".*/components/", "", one) for one in served}
        assert {one for name in NAMES for one in served_as(name)} <= found


def display_of(name: str) -> type[Display]:
    """The class of a folder, which is called as the folder is."""
    module = importlib.import_module(f"convdemo.ui.components.{name}")
    return getattr(module, "".join(part.title() for part in name.split("_")))


def served_as(name: str) -> list[str]:
    """What a browser asks for, with what changes when the file does."""

    def versioned(path: Path) -> str:
        version = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        return f"{path.relative_to(HERE).as_posix()}?{version}"

    return sorted([versioned(HERE / name / "script.js"), versioned(HERE / "shared.js")])


@pytest.mark.parametrize("name", NAMES)
def test_a_display_has_all_of_its_parts_in_both_languages(name: str):
    folder = HERE / name
    words = json.loads((folder / "words.json").read_text("utf-8"))
    assert words["en"].keys() == words["ko"].keys()
    assert display_of(name)().api_info()["type"] in ("object", "array")
    used = set(re.findall(r'say\("(\w+)"', (folder / "script.js").read_text()))
    assert used <= words["en"].keys()
