"""The displays of the Explain tab on a page of their own: what they draw of recorded values."""

import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, shown, speak

from convdemo.ui.components import (
    Cell,
    FeatureMaps,
    Heat,
    Heatmaps,
    Network,
    OpenedMap,
    OpenedStage,
    Points,
    Progress,
    Scatter,
    Stage,
    WorkLine,
)
from convdemo.ui.components.feature_maps import drawn_cell

pytestmark = SOCKETS
NUMBERS = {"min": -2.0, "max": 3.0, "mean": 0.5, "std": 1.0, "zeros": 0.25}
VALUES = np.arange(-32, 32, dtype=np.float32).reshape(4, 4, 4) / 10
HISTOGRAM = ([1, 9, 4], -2.0, 3.0)
SQUARE = np.full((8, 8), 200, np.uint8)
KERNEL = np.ones((1, 3, 3), np.float32)
RELU = {"kind": "ReLU", "inputs": -1.5, "output": 0.0, "details": {}}
STRANGE = {"kind": "Strange", "inputs": None, "output": 0.0, "details": {}}
STAGES = (
    Stage("block2", ("Conv2d", "ReLU", "Conv2d"), VALUES, NUMBERS, HISTOGRAM),
    Stage("out", ("Strange",), np.arange(100, dtype=np.float32), NUMBERS, HISTOGRAM),
)
WORDS = {"en": {"stage.block": "block", "class.pear": "pear tree"}, "ko": {"stage.block": "블록"}}
PLANE = Points(
    ("pear", "plum"),
    ((0, 0), (1, 1), (2, 0)),
    ("pear", "plum", "plum"),
    (1, 0),
    "pear",
    (0.75, 0.25),
)


def opened(event: gr.EventData) -> OpenedStage | OpenedMap:
    about = event._data
    assert about["of"] == "mine"
    if "channel" not in about:
        return OpenedStage(about["stage"], VALUES, "mine")
    channel = about["channel"]
    made = (VALUES[channel], NUMBERS, KERNEL, "block1.0", "mine")
    return OpenedMap(about["stage"], channel, *made)


def cell(asked: dict) -> dict:
    value = float(VALUES[asked["channel"], asked["row"], asked["column"]])
    layers = (STRANGE, RELU)
    return drawn_cell(Cell(value, layers, (0, 0, 4, 4), (1, 1, 3, 3), np.ones((8, 8))))


@pytest.fixture(scope="module")
def open_displays(chromium: Browser) -> Iterator[Page]:
    with gr.Blocks() as demo:
        maps = FeatureMaps(
            Network(SQUARE, (1, 8, 8), STAGES, "mine"), cell=cell, words=WORDS, elem_id="maps"
        )
        maps.select(opened, None, maps, show_progress="hidden")
        ramp = np.linspace(-1, 2, 64, dtype=np.float32).reshape(8, 8)
        heats = (
            Heat(SQUARE, ramp, True, name="Ramp", file="ramp", actions=(("why", "Why?"),)),
            Heat(name="Later"),
            Heat(SQUARE, name="Nothing", empty="There is no map."),
            Heat(film=b"GIF89a", name="Film", file="film", marked=True),
        )
        heat = Heatmaps(heats, elem_id="heat")
        told = gr.Textbox(label="told")

        def acted(event: gr.EventData) -> str:
            return f"{event._data['action']} {event._data['place']}"

        heat.select(acted, None, told)
        Scatter(PLANE, words=WORDS, elem_id="plane")
        line = WorkLine(Progress(0.25, 7.2), elem_id="line")
        line.input(lambda: "Stopped.", None, line, show_progress="hidden")
    with shown(chromium, demo, height=720) as page:
        yield page


def test_feature_maps_are_opened_down_to_a_cell(open_displays: Page):
    page = open_displays
    maps = page.locator("#maps")
    heads = maps.locator(".head")
    expect(heads).to_have_count(2)
    expect(heads.first).to_contain_text("block2")
    expect(heads.first.locator(".layers")).to_have_text("convolution\u00a0×\u00a02ReLU")
    expect(heads.nth(1).locator(".layers")).to_have_text("Strange")  # there are no words for it
    assert heads.nth(1).evaluate("(head) => head.tagName") == "DIV"
    heads.first.click()
    tiles = maps.locator(".tile")
    expect(tiles).to_have_count(4)
    tiles.nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(maps.locator(".map h3")).to_have_text("Map 2 of block2")
    # The cell that is farthest from zero comes first.
    expect(maps.locator(".place")).to_have_text("Row 3, column 3: 1.50")
    expect(maps.locator(".filter h4")).to_have_text("The filter that made it, in block1")
    expect(maps.locator(".filter td")).to_have_count(9)
    expect(maps.locator(".chain li")).to_have_count(2)
    expect(maps.locator(".chain")).to_contain_text("max(0, −1.50) = 0")
    maps.locator(".large").focus()
    page.keyboard.press("ArrowUp")
    expect(maps.locator(".place")).to_have_text("Row 2, column 3: 1.10")
    expect(maps.locator(".mark.kept")).to_be_visible()
    box = maps.locator(".large").bounding_box()
    assert box
    page.mouse.click(box["x"] + 2, box["y"] + 2)
    expect(maps.locator(".place")).to_have_text("Row 0, column 0: 0")
    maps.get_by_role("button", name="Cells").click()
    expect(maps.locator(".large canvas")).to_be_visible()
    maps.get_by_role("button", name="Whole network").click()
    expect(maps.locator(".low")).to_have_text("−3.00")
    speak(page, "ko")
    expect(maps.locator(".map h3")).to_have_text("블록2의 맵 2")
    speak(page, "en")
    heads.first.click()
    expect(tiles).to_have_count(0)


def test_heatmaps_are_shown_kept_and_asked_about(open_displays: Page, tmp_path: Path):
    page = open_displays
    cards = page.locator("#heat .card")
    expect(cards).to_have_count(4)
    expect(cards.nth(0).locator("canvas.over")).to_be_visible()
    expect(cards.nth(0)).to_contain_text("from −1.00 to 2.00")
    expect(cards.nth(1)).to_contain_text("Computing")
    expect(cards.nth(2).locator(".picture")).to_have_count(0)
    expect(cards.nth(3)).to_have_class(re.compile("marked"))
    cards.nth(0).get_by_role("button", name="Why?").click()
    expect(page.get_by_label("told")).to_have_value("why 0")
    with page.expect_download() as kept:
        cards.nth(0).get_by_role("button", name=".npy").click()
    kept.value.save_as(tmp_path / "ramp.npy")
    ramp = np.load(tmp_path / "ramp.npy")
    assert np.allclose(ramp, np.linspace(-1, 2, 64).reshape(8, 8), atol=0.01)
    with page.expect_download() as kept:
        cards.nth(0).get_by_role("button", name="PNG").click()
    assert kept.value.suggested_filename == "ramp.png"
    with page.expect_download() as kept:
        cards.nth(3).get_by_role("button", name="GIF").click()
    assert kept.value.suggested_filename == "film.gif"
    speak(page, "ko")
    expect(cards.nth(1)).to_contain_text("계산하는 중")
    speak(page, "en")


def test_a_plane_singles_a_class_out(open_displays: Page):
    plane = open_displays.locator("#plane")
    expect(plane.locator(".points")).to_have_count(2)
    expect(plane.locator("svg")).to_have_attribute("aria-label", re.compile("3 .*pear tree"))
    plane.get_by_role("button", name="plum").click()
    expect(plane.locator(".points.faint")).to_have_count(1)
    plane.get_by_role("button", name="plum").click()
    expect(plane.locator(".points.faint")).to_have_count(0)


def test_work_is_stopped(open_displays: Page):
    line = open_displays.locator("#line")
    expect(line.get_by_role("progressbar")).to_be_visible()
    expect(line).to_contain_text("25%, about 8 s left")
    line.get_by_role("button", name="Stop").click()
    expect(line.locator(".says")).to_have_text("Stopped.")
    expect(line.get_by_role("progressbar")).to_be_hidden()
