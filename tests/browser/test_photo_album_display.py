"""The album of photos on a page of its own: what it draws of a recorded value, what it asks for."""

import json
from collections.abc import Iterator
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from support.alone import SOCKETS, press, shown, speak
from support.photo_files import photo
from support.transfer_page import album_says, file

from convdemo.images.render import data_url
from convdemo.ui.components import PhotoAlbum, PhotoClass, Photos

pytestmark = SOCKETS
PICTURES = {f"p{n}": data_url(np.full((8, 8), 20 * n, np.uint8)) for n in range(4)}
MANY = tuple(f"q{n}" for n in range(30))
WORDS = {"en": {"left": "{n} left", "gone": "{name} is gone"}, "ko": {"left": "{n}장 남음"}}
BEGUN = Photos(
    (PhotoClass("a", "<b>Mug</b>", ("p0", "p1", "p2")), PhotoClass("b", "Cup", ("p3", "p1"))),
    PICTURES,
    marked=("p1",),
    notes=(("left", {"n": 5}), "a finding"),
    version=3,
)


@pytest.fixture
def open_album(chromium: Browser) -> Iterator[tuple[Page, list[dict]]]:
    asked: list[dict] = []

    def change(event: gr.EventData) -> Photos:
        found = dict(event._data)
        asked.append({key: one for key, one in found.items() if key not in ("turn", "language")})
        if found["action"] == "show":
            pictures = dict.fromkeys(found["photos"], PICTURES["p0"])
            return replace(many, pictures=pictures, turn=found["turn"])
        refused = (("x.txt", ("gone", {"name": "@|a/b"})),) if found["action"] == "add" else ()
        said = ("gone", {"name": "@|Mug"})
        return replace(BEGUN, said=said, refused=refused, turn=found["turn"], version=7)

    many = replace(BEGUN, classes=(PhotoClass("c", "Many", MANY),), version=5)
    with gr.Blocks(analytics_enabled=False) as app:
        album = PhotoAlbum(BEGUN, words=WORDS, elem_id="album")
        album.input(change, None, album, show_progress="hidden", trigger_mode="multiple")
        values = {
            "older": replace(BEGUN, classes=(), version=1),
            "many": many,
            "reading": replace(BEGUN, going=(0.5, ("left", {"n": 7})), version=6),
        }
        for name, value in values.items():
            gr.Button(name).click(lambda value=value: value, None, album, show_progress="hidden")
    with shown(chromium, app, width=500) as page:
        expect(page.locator(".thumb img[src]")).to_have_count(5)
        yield page, asked


def test_an_album_is_drawn_and_each_change_asked_for_once(open_album):
    page, asked = open_album
    expect(page.locator(".name").first).to_have_value("<b>Mug</b>")
    expect(page.locator(".count")).to_have_text(["3 photos", "2 photos"])
    expect(page.locator(".thumb.marked")).to_have_count(2)
    assert "another class" in str(page.locator(".marked").first.get_attribute("title"))
    expect(page.locator(".notes p")).to_have_text(["5 left", "a finding"])
    speak(page, "ko")
    expect(page.locator(".notes p").first).to_have_text("5장 남음")
    expect(page.locator(".add-class")).to_have_text("클래스 추가")
    speak(page, "en")

    # An older value is not drawn, and more photos are asked for.
    press(page, "older")
    press(page, "many")
    expect(page.locator(".thumb img[src]")).to_have_count(24)
    assert asked == [{"action": "show", "photos": list(MANY[:24])}]
    press(page, "6 more")
    expect(page.locator(".thumb img[src]")).to_have_count(30)
    press(page, "reading")
    expect(page.locator(".class")).to_have_count(2)
    expect(page.locator(".doing")).to_have_text("7 left")
    expect(page.locator("progress")).to_have_js_property("value", 0.5)
    expect(page.locator(".zip")).to_be_disabled()
    press(page, album_says("stop"))
    expect(page.locator(".said")).to_have_text("Mug is gone")
    assert asked[-1] == {"action": "stop"}

    # Each change is answered before the next one.
    asked.clear()
    press(page, album_says("add_class"))
    said = page.locator(".said")
    expect(said).to_have_text("Mug is gone")
    page.locator(".name").nth(1).fill("Glass")
    page.locator(".name").nth(1).press("Enter")
    expect(page.locator(".name").nth(1)).to_have_value("Cup")  # Python did not take it
    page.locator(".thumb").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".class").first.locator(".thumb").first).to_be_focused()
    page.locator(".remove").nth(1).click()
    chooser = page.locator(".class").first.locator("input[type=file]")
    chooser.set_input_files([file(f"{n}.jpg", photo("disc", n, 16)) for n in range(14)])
    expect(page.locator(".refused li")).to_have_text("x.txt a/b is gone")
    expect(page.locator(".going")).to_be_hidden()
    *clicks, first, second = asked
    assert clicks == [
        {"action": "add_class", "name": "Class 3"},
        {"action": "rename_class", "class": "b", "name": "Glass"},
        {"action": "remove_photo", "photo": "p0"},
        {"action": "remove_class", "class": "b"},
    ]
    assert [len(one["uploads"]) for one in (first, second)] == [12, 2]
    assert (first["on"], second["on"], first["class"]) == (False, True, "a")
    assert json.dumps(first["uploads"][0]["name"]) == '"0.jpg"'
