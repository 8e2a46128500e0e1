"""TwoNetworks on a page of its own: what is told by bars and curves while a slider is held."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, shown

from convdemo.ui.components import (
    Answer,
    Chart,
    Compared,
    Curves,
    Line,
    ProbabilityBars,
    TwoNetworks,
)

pytestmark = SOCKETS
X = (0.0, 1.0)
FRAMES = """async () => {
  for (let n = 0; n < 5; n++) await new Promise((seen) => requestAnimationFrame(seen));
}"""


@pytest.fixture
def opened(chromium: Browser) -> Iterator[tuple[Page, list[int], threading.Event]]:
    """A slider, its displays, what was asked, and what lets a question be answered."""
    asked: list[int] = []
    free = threading.Event()
    free.set()

    def compare(question: Any) -> Compared:
        level = question["level"]
        asked.append(level)
        free.wait(10)
        said = tuple(Answer({"a": share, "b": 1 - share}) for share in (level / 100, 0.5))
        lines = (Line("one", X, (0.0, level / 100)), Line("two", X, (0.5, 0.5), 1))
        return Compared(np.full((4, 4), level, np.uint8), said, Chart(lines, "both"))

    with gr.Blocks(analytics_enabled=False) as app:
        slider = gr.Slider(0, 100, 20, step=1, label="level")
        both = TwoNetworks(compare, {"level": 20}, shows=("one", "two", "chart"))
        ProbabilityBars(elem_id="one")
        ProbabilityBars(elem_id="two")
        Curves(elem_id="chart")
        slider.input(None, slider, both, js="(level) => ({ level })")
    with shown(chromium, app, height=720) as page:
        yield page, asked, free
        free.set()


def move(page: Page, level: int) -> None:
    page.locator("input[type=range]").evaluate(
        """(slider, level) => {
          slider.value = level;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        level,
    )


def test_a_question_is_answered_by_every_display_and_of_many_the_last_one(
    opened: tuple[Page, list[int], threading.Event],
):
    page, asked, free = opened
    numbers = page.locator("#one .number")
    expect(numbers).to_have_text(["20.0%", "80.0%"])
    expect(page.locator("#chart path")).to_have_count(2)
    before = page.locator(".moved").get_attribute("src") or ""
    move(page, 70)
    expect(numbers).to_have_text(["70.0%", "30.0%"])
    expect(page.locator("#two .number")).to_have_text(["50.0%", "50.0%"])
    expect(page.locator(".moved")).not_to_have_attribute("src", before)
    assert asked == [20, 70]
    page.evaluate("() => { document.body.lang = 'ko'; }")
    expect(page.locator("figcaption")).to_have_text("움직인 그림")
    free.clear()
    asked.clear()
    for level in range(30, 60):
        move(page, level)
    page.evaluate(FRAMES)  # all of them have come to the display, which asks one at a time
    deadline = time.monotonic() + 20
    while not asked and time.monotonic() < deadline:
        page.wait_for_timeout(10)
    assert asked == [30]
    free.set()
    expect(page.locator("#one .number")).to_have_text(["59.0%", "41.0%"])
    assert asked == [30, 59]
