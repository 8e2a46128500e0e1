"""Curves on a page of its own, as anybody's app has it: lines, read out by pointer and keys."""

import re
from collections.abc import Iterator

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak

from convdemo.ui.components import Chart, Curves, Line, Span

pytestmark = SOCKETS


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
    with shown(chromium, app, width=900) as page:
        expect(page.locator("#curves path")).to_have_count(6)
        yield page


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
