"""The bench on a page of its own, as anybody's app has it, worked out by recorded answers."""

import json
import threading
from collections.abc import Iterator

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown

from convdemo.ui.components import Bench, ConvolutionBench
from convdemo.ui.components.convolution_bench import beginning
from convdemo.ui.tabs.convolution import work

pytestmark = SOCKETS
FIRST = Bench((5,), (3,), kernels=("gaussian",), bias=False)
OTHER = Bench((4, 4), (2, 2), "checker", kind="max", stride=(2, 2))
FAR = Bench((3,), (9,))


@pytest.fixture(scope="module")
def free() -> threading.Event:
    """What lets a question be answered."""
    made = threading.Event()
    made.set()
    return made


@pytest.fixture(scope="module")
def open_bench(chromium: Browser, free: threading.Event) -> Iterator[Page]:
    def answers(payload: dict) -> dict:
        assert free.wait(60)
        if payload["settings"]["kernel"] == [9]:
            return {"problem": "far", "values": {"kernel": 9}}
        return work.bench(payload)

    words = {"en": {"problem.far": "{kernel} is too far"}, "ko": {"problem.far": "{kernel} 초과"}}
    with gr.Blocks(analytics_enabled=False) as app:
        bench = ConvolutionBench(FIRST, answers, words=words)
        for name, value in (("other", OTHER), ("far", FAR), ("first", FIRST)):
            gr.Button(name).click(lambda value=value: value, None, bench, show_progress="hidden")
        told = gr.JSON(label="told")
        bench.input(None, bench, told, js="({controls}) => controls ?? null")
        at_once = {"random": {"kernel": "random"}, "seed": {"seed": 5}}
        at_once |= {"signal": beginning(FIRST), "pool": beginning(OTHER)}
        for name, told_of in at_once.items():
            gr.Button(name).click(None, None, bench, js=f"() => ({json.dumps(told_of)})")
        gr.Button("stride").click(
            None,
            None,
            bench,
            js="() => ({settings: {kind: 'convolution', size: '5', kernel: '3',"
            " stride: '2', pads: '0', dilation: '1', output_padding: '0'}})",
        )
    with shown(chromium, app) as page:
        yield page


def test_a_bench_is_drawn_worked_out_and_followed_by_controls(open_bench: Page):
    page = open_bench
    expect(page.locator(".sum")).to_have_text("0.25 + 0.5 + 0.25 = 1")
    press(page, "stride")
    expect(page.locator(".shape")).to_have_text("1 × 5 → 1 × 2")
    press(page, "other")
    expect(page.locator(".sum")).to_have_text("The largest is 1")
    expect(page.locator(".kernel")).to_be_hidden()
    expect(page.locator(".now")).to_have_text("Cell 2 of 4")
    expect(page.locator(".json-holder")).to_contain_text("nn.MaxPool2d(2)")


def test_a_refusal_leaves_the_last_picture(open_bench: Page):
    page = open_bench
    press(page, "first")
    expect(page.locator(".shape")).to_have_text("1 × 5 → 1 × 3")
    press(page, "far")
    expect(page.locator(".status")).to_have_text("9 is too far")
    expect(page.locator(".bench.old")).to_have_count(1)
    expect(page.locator(".shape")).to_have_text("1 × 5 → 1 × 3")
    page.evaluate("() => { document.body.lang = 'ko'; }")
    expect(page.locator(".status")).to_have_text("9 초과")
    expect(page.locator(".play")).to_have_text("재생")
    page.evaluate("() => { document.body.lang = 'en'; }")
    press(page, "first")
    expect(page.locator(".status")).to_be_empty()


def test_a_cell_is_walked_to_and_a_weight_painted(open_bench: Page):
    page = open_bench
    press(page, "other")
    expect(page.locator(".now")).to_have_text("Cell 2 of 4")
    press(page, "first")
    expect(page.locator(".now")).to_have_text("Cell 1 of 3")
    page.locator(".out canvas").focus()
    page.keyboard.press("End")
    expect(page.locator(".now")).to_have_text("Cell 3 of 3")
    page.locator(".weights input").first.fill("3")
    expect(page.locator(".sum")).to_have_text("3 + 0.5 + 0.25 = 3.75")
    press(page, "Play")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator(".now")).to_have_text("Cell 3 of 3")


def test_a_quick_hand_is_not_undone(open_bench: Page, free: threading.Event):
    """What is done before a beginning is worked out is done to it, also if it is the second one."""
    page = open_bench
    press(page, "pool")
    expect(page.locator(".now")).to_have_text("Cell 2 of 4")
    free.clear()
    press(page, "signal")
    page.locator(".out canvas").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    free.set()
    expect(page.locator(".now")).to_have_text("Cell 2 of 3")
    free.clear()
    press(page, "pool")
    press(page, "signal")
    page.locator(".weights input").first.fill("3")
    press(page, "Step")
    free.set()
    expect(page.locator(".now")).to_have_text("Cell 2 of 3")
    expect(page.locator(".sum")).to_have_text("3 + 0.5 + 0.25 = 3.75")


def test_a_kernel_that_is_told_again_stays_as_it_is(open_bench: Page):
    page = open_bench
    press(page, "first")
    weights = page.locator(".weights input")
    expect(weights.first).to_have_value("0.25")
    press(page, "random")
    expect(weights.first).not_to_have_value("0.25")
    first = weights.first.input_value()
    press(page, "seed")
    expect(weights.first).not_to_have_value(first)
    other = weights.first.input_value()
    press(page, "random")
    press(page, "stride")
    expect(page.locator(".shape")).to_have_text("1 × 5 → 1 × 2")
    expect(weights.first).to_have_value(other)
