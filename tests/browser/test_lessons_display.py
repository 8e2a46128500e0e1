"""The displays of the lessons on a page of their own: what they draw, and what they tell."""

import json
from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from convdemo.ui.components import (
    ComputationGraph,
    Example,
    GraphNode,
    NodeGraph,
    Numbers,
    PixelPad,
    Plane,
    Surface,
    Table,
    Way,
    Words,
    Worked,
)
from convdemo.ui.wire import Refused

# Gradio leaves the socket open with which it looked for a free port.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <socket:ResourceWarning",
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning",
)
TO_P = (("p", "3.0"),)
NODES = (
    GraphNode("x1", (0, 0), "2.0", "3.0", "x₁ = 2", "∂p/∂x₁ = 3", TO_P, "input", (-9, 9), 2),
    GraphNode("y", (0, 1), "3.0", "2.0", "y = 3", "∂p/∂y = 2", (("p", "2.0"),), "target"),
    GraphNode("p", (1, 0.5), "6.0", "1.0", "p = x₁·y = 6", "∂p/∂p = 1"),
)
EXAMPLE = Example(
    (
        Words(("sum", {"number": 3}), name="sum", aloud=True),
        Table(("part", "", "share"), (("one", 0.25, "<b>1</b>"),), "parts"),
        Numbers(((0, -1.5), (1, 2)), "numbers", name="written"),
        Numbers(((0, 1), (1, 0)), "small", written=False, peak=4, name="small"),
    )
)
WORDS = {"en": {"sum": "Together {number}"}, "ko": {"sum": "모두 {number}"}}
SURFACE = Surface(np.arange(100.0).reshape(10, 10), (-2, -2), (2, 2))


@pytest.fixture(scope="module")
def parts(chromium: Browser) -> Iterator[Page]:
    """A page with all four, and what they told last."""
    with gr.Blocks(analytics_enabled=False) as app:
        graph = ComputationGraph(NodeGraph("product", NODES), elem_id="graph")
        worked = Worked(EXAMPLE, words=WORDS, elem_id="worked")
        pad = PixelPad(np.eye(4), elem_id="pad")
        plane = Plane(Way(SURFACE, ((-1, -1), (0, 0.5)), (1, 1)), picks=True, elem_id="plane")
        told = gr.Textbox(label="told")

        quick: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "always_last"}
        graph.input(json.dumps, graph, told, **quick)
        plane.select(json.dumps, plane, told, **quick)
        pad.input(lambda pixels: json.dumps(pixels.tolist()), pad, told, **quick)
        gr.Button("refuse").click(lambda: Example(said="sorry"), None, worked, **quick)
        gr.Button("again").click(lambda: EXAMPLE, None, worked, **quick)
    _, url, _ = app.launch(prevent_thread_lock=True, quiet=True, run_history=False)
    context = chromium.new_context(locale="en-US")
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url)
    expect(page.locator("#graph [data-node]")).to_have_count(3)
    yield page
    context.close()
    app.close()
    assert not wrong


def told(page: Page) -> Locator:
    return page.get_by_label("told")


def test_a_graph_is_walked_and_typed_into(parts: Page):
    graph = parts.locator("#graph")
    gradients = graph.locator(".gradient")
    expect(gradients).to_have_text(["∂ 3.0", "∂ 2.0", "∂ 1.0"])
    graph.locator("[data-step=first]").click()
    expect(gradients).to_have_text(["", "", ""])
    expect(graph.locator("[data-node=p] .value")).to_have_text("·")
    for where in ("Forward, node 1 of 1", "Backward, node 1 of 3", "Backward, node 2 of 3"):
        graph.locator("[data-step=next]").click()
        expect(graph.locator(".where")).to_have_text(where)
    expect(graph.locator(".chain")).to_have_text("∂p/∂y = 2")
    expect(graph.locator(".local")).to_have_text("×2.0")
    graph.locator("[data-node=p]").click()
    expect(graph.locator(".told").first).to_have_text("p = x₁·y = 6")
    for key, name in (("ArrowLeft", "x1"), ("ArrowDown", "y"), ("Home", "x1"), ("End", "p")):
        parts.keyboard.press(key)
        expect(graph.locator(".node:focus")).to_have_attribute("data-node", name)
    field = graph.locator("input")
    expect(graph.locator("label")).to_have_text("x₁")
    field.fill("-4.5")
    expect(told(parts)).to_have_value('["product", {"x1": -4.5}]')
    field.fill("10")
    expect(graph.get_by_role("alert")).to_have_text("x₁: a number from −9 to 9")
    expect(told(parts)).to_have_value('["product", {"x1": -4.5}]')


def test_an_example_is_drawn_and_stays_faint_behind_what_is_wrong(parts: Page):
    worked = parts.locator("#worked")
    expect(worked.locator("[data-name=sum]")).to_have_text("Together 3")
    expect(worked.locator(".spoken")).to_have_text("Together 3")
    expect(worked.locator("td")).to_contain_text(["one", "", "<b>1</b>", "0", "−1.50", "1", "2"])
    assert worked.locator(".bar span").evaluate("(one) => one.style.width") == "25%"
    expect(worked.locator("[data-name=small] .scale")).to_have_text("−4.04.0")
    parts.evaluate("document.body.lang = 'ko'")
    expect(worked.locator("[data-name=sum]")).to_have_text("모두 3")
    parts.evaluate("document.body.lang = 'en'")
    parts.get_by_role("button", name="refuse").click()
    expect(worked.locator(".said")).to_have_text("sorry")
    expect(worked.locator("[data-name=sum]")).to_have_text("Together 3")
    assert worked.locator(".blocks").evaluate("(one) => getComputedStyle(one).opacity") == "0.45"
    parts.get_by_role("button", name="again").click()
    expect(worked.locator(".said")).to_be_empty()


def test_pixels_are_drawn_by_pointer_and_keys(parts: Page):
    pad = parts.locator("#pad svg")
    inked = pad.locator("rect:not(.cursor)")
    expect(inked).to_have_count(4)
    pad.focus()
    parts.keyboard.press("Space")
    expect(inked).to_have_count(3)
    parts.keyboard.press("ArrowRight")
    parts.keyboard.press("Enter")
    expect(told(parts)).to_have_value(json.dumps([[0.0, 1.0, 0.0, 0.0], *np.eye(4)[1:].tolist()]))
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + (x + 0.5) * box["width"] / 4, box["y"] + 20) for x in (2, 3)]
    parts.mouse.move(*places[0])
    parts.mouse.down()
    parts.mouse.move(*places[1], steps=4)
    parts.mouse.up()
    expect(inked).to_have_count(6)


def test_a_place_on_a_plane_is_told(parts: Page):
    plane = parts.locator("#plane")
    expect(plane.locator("circle")).to_have_count(2)
    expect(plane.locator(".ends span")).to_have_text(["0", "13.7", "99.0"])
    box = plane.locator("svg").first.bounding_box()
    assert box is not None
    unit = box["width"] / 354
    plane.locator("svg").first.click(position={"x": (34 + 240) * unit, "y": 80 * unit})
    expect(told(parts)).to_have_value("[1, 1]")


@pytest.mark.parametrize("payload", ["x", [], [[2]], [[0.5], [0, 1]], [[None]], [[-1]]])
def test_a_pad_refuses_what_are_no_pixels(payload: object):
    with pytest.raises(Refused, match="request"):
        PixelPad().preprocess(payload)
