"""DigitPad on a page of its own: drawn on, cleared, given pictures, read meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak

from convdemo.images.render import encode_png
from convdemo.ui.components import Answer, Brought, DigitPad, ProbabilityBars, Reading
from convdemo.ui.wire import Refused

pytestmark = SOCKETS


SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]


def emptied(page: Page) -> Page:
    """A page that was used before, with nothing on its pad."""
    press(page, "Clear")
    expect(page.locator("#bars .sentence")).to_have_text(re.compile("^none"))
    expect(page.get_by_label("told")).to_have_value("none")
    return page


@pytest.fixture
def open_pad(pad: Page) -> Page:
    return emptied(pad)


@pytest.fixture(scope="module")
def pad(chromium: Browser) -> Iterator[Page]:
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
        pad.input(told, pad, ended, show_progress="hidden", trigger_mode="always_last")
        gr.Button("empty").click(lambda: None, None, pad, show_progress="hidden")
    with shown(chromium, app, width=500) as page:
        expect(page.locator("#bars .sentence")).to_have_text("none")
        yield page


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
    assert page.get_by_label("told").input_value() == "none"
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
    press(page, "Medium brush")
    speak(page, "ko")
    expect(page.locator(".clear")).to_have_text("지우기")
    speak(page, "en")


PICTURE = np.full((30, 40), 90, np.uint8)
CROSS = ((0.2, 0.2), (0.8, 0.8))


@pytest.fixture
def open_pictures(pictures: Page) -> Page:
    return emptied(pictures)


@pytest.fixture(scope="module")
def pictures(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A pad for drawings and pictures that tells what stands there, and a stroke at first."""
    example = tmp_path_factory.mktemp("pad") / "example.png"
    example.write_bytes(encode_png(PICTURE))

    def named(value: np.ndarray | Brought | None) -> str:
        if value is None:
            return "none"
        return f"{value.name} {value.example}" if isinstance(value, Brought) else "ink"

    def live(value: np.ndarray | Brought | None, about: dict[str, str]) -> Reading:
        answer = Answer({"a": 0.5}, "a", f"{named(value)} {about['of']}")
        return Reading(answer, PICTURE if isinstance(value, Brought) else None)

    with gr.Blocks(analytics_enabled=False) as app:
        pad = DigitPad(
            live,
            shows="bars",
            about={"of": "x"},
            pictures=True,
            examples=[example],
            first=CROSS,
            elem_id="pad",
        )
        ProbabilityBars(elem_id="bars")
        ended = gr.Textbox(label="told")
        pad.input(named, pad, ended, show_progress="hidden", trigger_mode="always_last")
        given = gr.Button("give")
        given.click(lambda: {"example": "example.png"}, None, pad, show_progress="hidden")
    with shown(chromium, app, width=500, height=1000) as page:
        told(page, "ink")
        yield page


def told(page: Page, value: str) -> None:
    """What the bars and Python are told, in the end."""
    expect(page.locator("#bars .sentence")).to_have_text(f"{value} x")
    expect(page.get_by_label("told")).to_have_value(value)


def test_a_picture_stands_in_place_of_a_drawing(open_pictures: Page, tmp_path: Path):
    page = open_pictures
    photo = page.locator(".photo")
    stroke(page, SEVEN)
    told(page, "ink")
    press(page, "Example 1")
    told(page, "example.png True")
    expect(photo).to_be_visible()
    expect(page.locator(".chip")).to_have_text("a")
    assert ink_share(page) == 0
    mine = tmp_path / "mine.png"
    mine.write_bytes(encode_png(PICTURE))
    page.locator("input[type=file]").set_input_files(mine)
    told(page, "mine.png False")
    stroke(page, SEVEN)
    told(page, "ink")
    expect(photo).to_be_hidden()
    for expected in ("mine.png False", "example.png True", "ink", "none"):
        page.keyboard.press("z")
        told(page, expected)
    press(page, "give")
    told(page, "example.png True")
    page.keyboard.press("c")
    told(page, "none")


def test_a_picture_is_dropped_or_pasted_one_at_a_time(open_pictures: Page):
    page = open_pictures
    for kind, count, said in (
        ("drop", 1, "dropped.png False x"),
        ("paste", 1, "dropped.png False x"),
        ("drop", 2, "Only one file is taken here; several were dropped."),
        ("drop", 0, "There is no file in what was dropped here."),
    ):
        page.evaluate(
            """([kind, count]) => {
              const files = new DataTransfer();
              for (let one = 0; one < count; one++) files.items.add(new File(["x"], "dropped.png"));
              const made = { bubbles: true, dataTransfer: files, clipboardData: files };
              const Kind = kind === "drop" ? DragEvent : ClipboardEvent;
              const event = new Kind(kind, { cancelable: true, ...made });
              document.querySelector("#pad canvas").dispatchEvent(event);
            }""",
            [kind, count],
        )
        expect(page.locator("#bars .sentence")).to_have_text(said)
        if count == 1:
            press(page, "Clear")
            told(page, "none")


def test_what_else_is_asked_about_can_change_and_a_server_that_is_gone_is_said(
    open_pictures: Page,
):
    page = open_pictures
    about = """(of) => document.getElementById("pad").dispatchEvent(
      new CustomEvent("convdemo:about", { bubbles: true, detail: { of } }))"""
    for of in ("y", "x"):
        page.evaluate(about, of)
        expect(page.locator("#bars .sentence")).to_have_text(f"none {of}")
    page.route("**/component_server*", lambda route: route.abort())
    page.route("**/component_server/*", lambda route: route.abort())
    press(page, "Clear")
    said = "The server does not answer. Is it still running?"
    expect(page.locator("#bars .sentence")).to_have_text(said)
    page.unroute_all()


@pytest.mark.parametrize(
    "payload",
    [
        "text",
        [],
        {"ink": {"width": 2, "height": 2, "bytes": "AAAA" * 9}},
        {"width": 2, "height": 2, "bytes": "AAAAAA=="},
        {"upload": "/etc/passwd"},
        {"example": "other.png"},
    ],
    ids=str,
)
def test_a_pad_refuses_what_is_no_ink(payload):
    asked: list[object] = []
    pad = DigitPad(lambda ink: asked.append(ink) or Answer({}))
    if payload:
        with pytest.raises(Refused, match="request"):
            pad.preprocess(payload)
        assert pad.answer({"value": payload}) is None
        assert asked == []
