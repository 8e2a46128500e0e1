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

from convdemo.paths import PACKAGE
from convdemo.ui.components import (
    Answer,
    Chart,
    Curves,
    DigitPad,
    Display,
    Line,
    Preparation,
    ProbabilityBars,
    Span,
    Step,
    StepStrip,
)
from convdemo.ui.wire import Refused

# Gradio leaves the socket open with which it looked for a free port.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning",
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning",
)
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
        for name, value in (("other", OTHER), ("refused", REFUSED), ("nothing", None)):
            gr.Button(name).click(lambda value=value: value, None, bars, show_progress="hidden")
        strip = StepStrip(
            strip_of([]), words={"en": {"step.cut": "Cut out", "step.cut.why": "why"}}
        )
        told = gr.Textbox(label="told")

        def left_out(event: gr.EventData) -> tuple[Preparation, str]:
            skipped = event._data["skipped"]
            return strip_of(skipped), ",".join(skipped)

        strip.input(left_out, None, [strip, told], show_progress="hidden")
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    context = chromium.new_context(locale="en-US")
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    expect(page.locator(".bars li")).to_have_count(3)
    yield page
    context.close()
    app.close()
    assert not wrong


def bars_of(page: Page) -> list[list[str]]:
    return [row.split("\n") for row in page.locator(".bars li").all_inner_texts()]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def speak(page: Page, language: str) -> None:
    page.evaluate("(language) => { document.body.lang = language; }", language)


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
    page.evaluate(
        """document.getElementById("bars").dispatchEvent(new CustomEvent("convdemo:say",
          { bubbles: true, detail: { sentence: "gone", busy: true } }))"""
    )
    expect(page.locator("#bars .bars")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#bars .sentence")).to_have_text("{what} is gone")
    expect(page.locator("#bars .number", has_text="%")).to_have_count(0)
    press(page, "refused")  # of the same question, which is not what is awaited
    page.wait_for_timeout(300)
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


# The pad

SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]


@pytest.fixture
def open_pad(chromium: Browser) -> Iterator[Page]:
    """A pad whose ink is told while it is drawn, and once more at the end of each stroke."""

    def live(ink: np.ndarray | None) -> Answer:
        if ink is None:
            return Answer({}, sentence="none")
        return Answer({"right": ink[:, ink.shape[1] // 2 :].sum() / ink.sum(), "left": 0.0})

    def told(ink: np.ndarray | None) -> str:
        return "none" if ink is None else f"{ink.dtype} {max(ink.shape)} {ink.max()}"

    with gr.Blocks(analytics_enabled=False) as app:
        pad = DigitPad(live, shows="bars")
        ProbabilityBars(live(None), elem_id="bars")
        ended = gr.Textbox(label="told")
        pad.input(told, pad, ended, show_progress="hidden")
        gr.Button("empty").click(lambda: None, None, pad, show_progress="hidden")
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    page, wrong = chromium.new_page(viewport={"width": 500, "height": 900}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    expect(page.locator("#bars .sentence")).to_have_text("none")
    yield page
    page.close()
    app.close()
    assert not wrong


def stroke(page: Page, points: list[tuple[float, float]], *, lift: bool = True) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    for place, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if place == 0:
            page.mouse.down()
    if lift:
        page.mouse.up()


def ink_share(page: Page) -> float:
    """How much of the pad is covered."""
    return page.locator("canvas").evaluate(
        """(one) => one.getContext("2d").getImageData(0, 0, one.width, one.height).data
          .filter((_, place) => place % 4 === 3 && _ > 127).length / one.width ** 2"""
    )


def test_a_pad_is_read_while_it_is_drawn_on(open_pad: Page):
    page = open_pad
    stroke(page, SEVEN, lift=False)
    expect(page.locator("#bars .bars li")).to_have_count(2)
    assert page.get_by_label("told").input_value() == ""
    page.mouse.up()
    expect(page.get_by_label("told")).to_have_value("uint8 112 255")
    one = ink_share(page)
    assert 0.02 < one < 0.2
    stroke(page, [(0.3, 0.6), (0.7, 0.6)])
    assert ink_share(page) > one
    press(page, "Undo")
    assert ink_share(page) == pytest.approx(one)
    press(page, "Undo")
    assert ink_share(page) == 0
    expect(page.get_by_label("told")).to_have_value("none")
    expect(page.locator("#bars .sentence")).to_have_text("none")


def test_a_pad_is_cleared_by_button_and_by_python(open_pad: Page):
    page = open_pad
    for name in ("Clear", "empty"):
        stroke(page, SEVEN)
        expect(page.get_by_label("told")).to_have_value("uint8 112 255")
        press(page, name)
        expect(page.locator("#bars .sentence")).to_have_text("none")
        assert ink_share(page) == 0
        press(page, "Undo")
        assert ink_share(page) > 0
        press(page, "Clear")
        expect(page.get_by_label("told")).to_have_value("none")


def test_a_pad_is_drawn_on_by_keys_and_brushes(open_pad: Page):
    page = open_pad
    shares = []
    for brush in ("Thin brush", "Thick brush"):
        press(page, brush)
        page.locator("canvas").focus()
        for key in ("Space", *["ArrowRight"] * 8, "Space"):
            page.keyboard.press(key)
        expect(page.get_by_label("told")).to_have_value("uint8 112 255")
        shares.append(ink_share(page))
        press(page, "Clear")
        expect(page.get_by_label("told")).to_have_value("none")
    assert 0 < 1.5 * shares[0] < shares[1]
    speak(page, "ko")
    expect(page.locator(".clear")).to_have_text("지우기")


@pytest.mark.parametrize("payload", ["text", [], {"width": 2, "height": 2, "bytes": "AAAA" * 9}])
def test_a_pad_refuses_what_is_no_ink(payload):
    asked: list[object] = []
    pad = DigitPad(lambda ink: asked.append(ink) or Answer({}))
    if payload:
        with pytest.raises(Refused, match="request"):
            pad.preprocess(payload)
        assert pad.answer(payload) is None
        assert asked == []


# Curves

EPOCHS = (0.0, 1.0, 2.0, 3.0)
LOSS = Chart(
    (
        Line("noise", (0, 0.5, 3), (2, 1, 0), colour=1, faint=True),
        Line("training", EPOCHS, (2.0, 1.0, 0.5, 0.25), colour=1),
        Line(("of", {"what": "@kind.a|a"}), EPOCHS[:3], (2.0, float("nan"), 0.75), best=2.0),
    ),
    "loss",
    "epochs",
    y_range=(0, 2),
    read="epoch",
)
TURNED = Chart(
    (Line("7", (-90, 0, 90), (0.0, 1.0, 0.5)),),
    x_title="angle",
    x_unit="degrees",
    y_unit="share",
    y_range=(0, 1),
    marks=((0, "upright"),),
    strip=(Span(-90, 45, "7", strong=True), Span(45, 90, "1")),
    at=90,
)
CURVE_WORDS = {
    "en": {"epoch": "epoch {x}", "loss": "Loss", "of": "of {what}", "kind.a": "an apple"},
    "ko": {"epoch": "{x} 에포크", "loss": "손실", "of": "{what}의", "kind.a": "사과"},
}


@pytest.fixture(scope="module")
def open_curves(chromium: Browser) -> Iterator[Page]:
    with gr.Blocks(analytics_enabled=False) as app:
        curves = Curves((LOSS, LOSS), words=CURVE_WORDS, elem_id="curves")
        told = gr.Textbox(label="told")

        def place(event: gr.EventData) -> str:
            return str(event._data["x"])

        curves.select(place, None, told, show_progress="hidden", trigger_mode="always_last")
        fixed = Curves(TURNED, stays=True, elem_id="fixed")
        gr.Button("none").click(lambda: None, None, fixed, show_progress="hidden")
        gr.Button("one").click(lambda: TURNED, None, fixed, show_progress="hidden")
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    page, wrong = chromium.new_page(viewport={"width": 900, "height": 900}), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    expect(page.locator("#curves path")).to_have_count(6)
    yield page
    page.close()
    app.close()
    assert not wrong


def test_curves_are_read_out_at_one_place(open_curves: Page):
    page = open_curves
    reading, plot = page.locator("#curves .reading"), page.locator("#curves figure > svg")
    # Each line's end first: they are of several lengths.
    expect(reading).to_have_text(["epoch 3training 0.250of an apple 0.750"] * 2)
    box = plot.first.bounding_box()
    assert box is not None
    inside = box["width"] - 48 - 14
    for x, said in ((0, "epoch 0training 2of an apple 2"), (1, "epoch 1training 1of an apple –")):
        page.mouse.move(box["x"] + 48 + inside * (x + 0.1) / 3, box["y"] + 80)
        expect(reading).to_have_text([said] * 2)
        expect(page.get_by_label("told")).to_have_value(str(x))
    page.mouse.move(box["x"], box["y"] - 30)
    expect(reading.first).to_contain_text("epoch 3")
    plot.nth(1).focus()
    for key, epoch in (("ArrowLeft", 2), ("Home", 0), ("ArrowLeft", 0), ("End", 3)):
        page.keyboard.press(key)
        expect(reading.first).to_contain_text(f"epoch {epoch}")
    expect(page.locator("#curves .spoken")).to_have_text("epoch 3 training 0.250 of an apple –")
    speak(page, "ko")
    expect(page.locator("#curves h3")).to_have_text(["손실"] * 2)
    expect(reading.first).to_have_text("3 에포크training 0.250사과의 –")
    speak(page, "en")
    # From the top left corner of the plot to its bottom right one.
    path = str(plot.first.locator("path").nth(1).get_attribute("d"))
    ends = [re.findall(r"[\d.]+,[\d.]+", path)[one] for one in (0, -1)]
    assert [[float(one) for one in end.split(",")] for end in ends] == [
        [48, 10],
        [pytest.approx(48 + inside, abs=0.6), pytest.approx(10 + 142 * 0.875, abs=0.1)],
    ]


def test_a_curve_keeps_its_place_and_its_units(open_curves: Page):
    page = open_curves
    reading, plot = page.locator("#fixed .reading"), page.locator("#fixed figure > svg")
    expect(reading).to_have_text("at 90°7 50.00%")
    expect(plot.locator(":scope > text")).to_have_text(
        [
            "0%",
            "50%",
            "100%",
            *(f"{one}°".replace("-", "−") for one in range(-90, 91, 30)),
            "angle",
            "upright",
        ]
    )
    expect(page.locator("#fixed .strip li")).to_have_text(["7", "1"])
    strip = page.locator("#fixed .strip li").evaluate_all(
        "all => all.map((one) => one.offsetWidth)"
    )
    assert strip[0] == pytest.approx(3 * strip[1], abs=3)
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 50)
    expect(reading).to_have_text("at 90°7 50.00%")
    page.mouse.down()
    expect(reading).to_have_text("at −90°7 0.00%")
    page.mouse.up()
    page.mouse.move(box["x"], box["y"] - 40)
    expect(reading).to_have_text("at −90°7 0.00%")
    for name, count in (("none", 0), ("one", 1)):
        press(page, name)
        expect(plot).to_have_count(count)


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


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_shows_the_display_alone(chromium: Browser, name: str):
    demo = importlib.import_module(f"convdemo.ui.components.{name}.demo")
    assert len((HERE / name / "demo.py").read_text().splitlines()) <= 35
    _, url, _ = demo.demo.launch(prevent_thread_lock=True, quiet=True)
    page = chromium.new_page()
    try:
        page.goto(url)
        expect(page.locator(".html-container:visible").first).not_to_be_empty()
        served = page.evaluate(
            "performance.getEntriesByType('resource').map(({ name }) => name)"
            ".filter((name) => name.includes('/components/'))"
        )
        assert set(served_as(name)) <= {re.sub(r".*/components/", "", one) for one in served}
    finally:
        page.close()
        demo.demo.close()


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
