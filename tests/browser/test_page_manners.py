"""What a visitor does beside the point: drops, Undo, waiting, Reload and Back, two windows."""

import base64
import re
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from benchmarks.served import serving
from playwright.sync_api import Browser, Page, Route, expect
from support.forked import ForkedTrainer
from support.pages import SEVEN, draw, models_to_draw_for, winner, words
from support.train_page import runs, start, status, unfold
from support.transfer_page import train
from support.visits import Opened, visits

from convdemo.images.render import encode_png
from convdemo.ui import text
from convdemo.ui.app import TABS

Given = dict[str, str] | Sequence[Path]  # data by its type, or files
TAB_NAMES = [tab.NAME for tab in TABS]
UPLOAD = re.compile(r"/upload(\?|$)")
COPY = 1  # the operation that a drag offers
PATIENCE = 30_000  # milliseconds until another window has looked


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=10_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 1 in black on white."""
    paper = np.full((200, 200), 255, np.uint8)
    paper[30:170, 90:108] = 0
    file = tmp_path_factory.mktemp("files") / "one.png"
    file.write_bytes(encode_png(paper))
    return file


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another site, and the paths that it was asked for."""
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def drop(page: Page, place: tuple[float, float], given: Given) -> None:
    """Drag that from outside onto the page and let go."""
    data, files = (given, []) if isinstance(given, dict) else ({}, given)
    items = [{"mimeType": kind, "data": said} for kind, said in data.items()]
    paths = [str(file) for file in files]
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": place[0],
                "y": place[1],
                "data": {"items": items, "files": paths, "dragOperationsMask": COPY},
            },
        )
    session.detach()


def middle(page: Page, selector: str) -> tuple[float, float]:
    target = page.locator(selector)
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def show_tab(page: Page, name: str) -> None:
    page.locator(f"#convdemo-tabs [role=tab][data-tab-id={name}]").click()
    expect(opened_tab(page)).to_have_attribute("data-tab-id", name)


def opened_tab(page: Page):
    return page.locator("#convdemo-tabs [role=tab][data-tab-id][aria-selected=true]")


# Drops


# Where a tab takes what is dropped, where it says what it cannot, and what is there once it begins.
AREAS = {
    "draw": ("#draw-pad canvas", "#draw-answer .sentence", "#draw-answer .chosen"),
    "clothes": ("#clothes-picture", "#clothes-answer .sentence", "#clothes-answer .chosen"),
    "train": ("#train-own", "#train-own-status .sentence", "#train-start:enabled"),
    "augment": ("#augment-picture", "#augment-tiles .sentence", "#augment-tiles .read"),
    "explain": ("#explain-picture", "#explain-bars .sentence", "#explain-bars .chosen"),
    "transfer": (
        "#transfer-album .class >> nth=0",
        "#transfer-album .said",
        "#transfer-album .thumb img[src] >> nth=0",
    ),
    "convolution": ("#convolution-picture", ".bench .status", ".bench .products td >> nth=0"),
}
WAITING = {  # where a tab takes a picture, and its answer
    "draw": ("#draw-pad", "#draw-answer .bars"),
    "clothes": ("#clothes-picture", "#clothes-answer .bars"),
    "explain": ("#explain-picture", "#explain-bars .bars"),
    "transfer": ("#transfer-picture", "#transfer-answer .bars"),
}


def test_what_is_dropped_and_what_is_uploaded_on_every_tab(
    open_page: Opened, elsewhere: tuple[str, list[str]], one_file: Path, tmp_path: Path
):
    """A drop beside an upload area leaves the page, one that is no file is answered, no other host
    is asked, and no answer stands while an upload travels.
    """
    assert set(AREAS) == set(TAB_NAMES)
    site, asked = elsewhere
    page = open_page()
    windows, own = page.context.pages, page.url
    page.evaluate("window.stays = true")
    held: list[Route] = []
    page.route(UPLOAD, lambda route: held.append(route))
    picture, folder = f"{site}/picture.png", [tmp_path / "folder"]
    folder[0].mkdir()
    link = {"text/uri-list": f"{site}/page.html", "text/plain": f"{site}/page.html"}
    beside: list[Given] = [[one_file], [one_file, one_file], folder, link, {"text/plain": "reader"}]
    answers: list[tuple[Given, str]] = [
        ({"text/html": f"<img src='{picture}'>", "text/uri-list": picture}, "elsewhere"),
        ({"text/plain": "dear reader"}, "nothing"),
        ({"text/uri-list": f"# a link\r\n{site}/page.html"}, "elsewhere"),
        ({"text/html": "<b>dear</b> reader"}, "nothing"),
        (folder, "folder"),
        ({"text/html": f"<img src='data:text/plain,x'><img src='{picture}'>"}, "nothing"),
        (folder, "folder"),
        ({"text/html": f"<img src='{own}'>"}, "nothing"),
    ]
    for tab, (area, sentence, begun) in AREAS.items():
        show_tab(page, tab)
        expect(page.locator(begun)).to_be_visible(timeout=30_000)
        page.evaluate("scrollTo(0, 0)")
        for place in ((5, 5), middle(page, "h1"), middle(page, f"[data-tab-id={tab}]"), (640, 120)):
            for given in beside:
                drop(page, place, given)
        assert page.evaluate("window.stays") is True
        assert page.url.startswith(own)
        assert parse_qs(urlsplit(page.url).query).get("tab", TAB_NAMES[:1]) == [tab]
        assert held == []
        if tab in WAITING:
            upload_slowly(page, tab, one_file, held)
        place = middle(page, area)
        several = [] if tab == "transfer" else [([one_file, one_file], "several")]
        for given, key in answers + several:
            drop(page, place, given)
            expect(page.locator(sentence)).to_have_text(text.say("en", f"drop.{key}"))
        if tab == "train":  # text is dropped into a field as ever
            unfold(page)
            field = page.locator("#train-seed input")
            field.fill("")
            field.hover()  # waits until nothing moves it any more
            drop(page, middle(page, "#train-seed input"), {"text/plain": "123"})
            expect(field).to_have_value("123")
    assert page.evaluate("window.stays") is True
    assert held == []
    assert asked == []
    assert page.context.pages == windows


def upload_slowly(page: Page, tab: str, file: Path, held: list[Route]) -> None:
    """Upload a picture, and look what stands there before it has arrived."""
    area, answer = WAITING[tab]
    bars, tabpanel = page.locator(answer), page.locator(f".cd-{tab}")
    answered = bars.locator(".chosen")
    if tab == "transfer":
        train(page)
    expect(answered).to_have_count(1, timeout=60_000)
    page.locator(f"{area} input[type=file]").set_input_files(file)
    expect(bars).to_have_attribute("aria-busy", "true")
    expect(answered).to_have_count(0)
    expect(bars.locator(".number", has_text="%")).to_have_count(0)
    if tab in ("draw", "clothes"):  # what is asked meanwhile does not bring the old answer back
        tabpanel.get_by_role("combobox").click()
        page.get_by_role("option").nth(1).click()
        page.wait_for_timeout(300)
        expect(answered).to_have_count(0)
        expect(words(page).first).to_have_text(text.say("en", "picture.reading"))
    held.pop().continue_()
    expect(answered).to_have_count(1)
    expect(bars).to_have_attribute("aria-busy", "false")
    assert held == []


# Undo and waiting


def pixels(page: Page) -> str:
    return page.locator("#draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()")


def upload(page: Page, file: Path) -> None:
    page.locator("#draw-pad input[type=file]").set_input_files(file)


def test_undo_brings_back_what_the_page_began_with_and_calls_an_upload_back(
    open_page: Opened, one_file: Path
):
    page = open_page()
    expect(winner(page)).to_have_attribute("data-class", "3")  # what the page begins with
    upload(page, one_file)
    expect(winner(page)).to_have_attribute("data-class", "1")
    page.keyboard.press("z")
    expect(winner(page)).to_have_attribute("data-class", "3")

    # What is dropped from a page is taken where that page holds it itself.
    encoded = base64.b64encode(one_file.read_bytes()).decode()
    data = f"data:image/png;base64,{encoded}"
    blob = page.evaluate(
        "async (data) => URL.createObjectURL(await (await fetch(data)).blob())", data
    )
    for address in (data, blob):
        for given in (
            {"text/html": f"<a href=/><img src='{address}'>"},
            {"text/uri-list": address},
        ):
            page.locator("#draw-pad .clear").click()
            expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
            drop(page, middle(page, "#draw-pad canvas"), given)
            expect(winner(page)).to_have_attribute("data-class", "1")
            expect(page.locator("#draw-pad .photo")).to_be_visible()

    page.locator("#draw-pad .clear").click()
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    held: list[Route] = []
    page.route(UPLOAD, lambda route: held.append(route))
    upload(page, one_file)
    expect(winner(page)).to_have_count(0)
    page.keyboard.press("z")  # calls it back
    expect(winner(page)).to_have_attribute("data-class", "7")
    with page.expect_response(UPLOAD):
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(winner(page)).to_have_attribute("data-class", "7")
    expect(page.locator("#draw-pad .photo")).to_be_hidden()
    page.unroute_all()


def test_undo_goes_back_to_nothing(open_page: Opened, one_file: Path):
    page = open_page()
    undo = page.get_by_role("button", name="Undo")
    photo = page.locator("#draw-pad .photo")
    bar = winner(page)
    draw(page, SEVEN)
    expect(bar).to_have_attribute("data-class", "7")
    drawn = pixels(page)
    for bring in (
        lambda: upload(page, one_file),
        lambda: page.locator("#draw-pad .examples button").first.click(),
        lambda: page.locator("#draw-pad .clear").click(),
    ):
        bring()
        expect(page.locator("#draw-pad .paper:not(.drawn)")).to_be_visible()
        undo.click()
        expect(photo).to_be_hidden()
        expect(bar).to_have_attribute("data-class", "7")
        assert pixels(page) == drawn
    upload(page, one_file)
    expect(photo).to_be_visible()
    draw(page, SEVEN)
    expect(photo).to_be_hidden()
    expect(bar).to_have_attribute("data-class", "7")
    undo.click()  # the stroke over the picture
    expect(photo).to_be_visible()
    expect(bar).to_have_attribute("data-class", "1")
    undo.click()
    expect(photo).to_be_hidden()
    assert pixels(page) == drawn
    undo.click()
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
    undo.click()
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))


# The address


@pytest.mark.parametrize(
    ("name", "width"), [("train", 1280), ("convolution", 390), ("nonsense", 1280), ("", 390)]
)
def test_a_link_opens_its_tab(open_page: Opened, name: str, width: int):
    page = open_page(f"?lang=ko&tab={name}#x", viewport={"width": width, "height": 800})
    known = name if name in TAB_NAMES else TAB_NAMES[0]
    expect(opened_tab(page)).to_have_attribute("data-tab-id", known)
    expect(opened_tab(page)).to_have_text(text.say("ko", f"tab.{known}"))
    assert page.url.endswith(f"/?lang=ko&tab={name}#x")


def test_reload_and_back_keep_the_tab_and_what_is_sent_to_another_one(open_page: Opened):
    page = open_page("?lang=en#x")
    page.get_by_role("button", name=text.say("en", "explain.look_inside")).first.click()
    page.wait_for_url("**/?lang=en&tab=explain#x")
    for name in ("train", "convolution"):
        show_tab(page, name)
        page.wait_for_url(f"**/?lang=en&tab={name}#x")
    page.reload()
    expect(opened_tab(page)).to_have_attribute("data-tab-id", "convolution")
    page.goto("about:blank")
    page.go_back()
    expect(opened_tab(page)).to_have_attribute("data-tab-id", "convolution")
    for name in ("train", "explain", "draw"):
        page.go_back()
        expect(opened_tab(page)).to_have_attribute("data-tab-id", name)
    page.go_forward()
    expect(opened_tab(page)).to_have_attribute("data-tab-id", "explain")


# Two windows


def test_two_windows_see_what_the_other_one_trains(
    chromium: Browser, small_data_dir: Path, tmp_path: Path
):
    weights = tmp_path / "home" / "weights"
    weights.mkdir(parents=True)
    variables = {"CONVDEMO_DATA": str(small_data_dir), "CONVDEMO_HOME": str(weights.parent)}
    with (
        serving(variables=variables, start=ForkedTrainer) as server,
        visits(chromium, server.url, patience=30_000) as opened,
    ):
        # One browser's window, and another browser's with the models on the page.
        first, second, third = opened("?tab=train"), opened("?tab=train"), opened()
        for page in (first, second):
            expect(status(page)).to_contain_text(text.say("en", "train.example"))
        start(first, long=False)
        for page in (first, second):
            expect(runs(page)).to_have_count(2, timeout=PATIENCE)
            expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=60_000)
        [run] = weights.glob("*.safetensors")
        models_to_draw_for(third, run.stem, 1, within=PATIENCE / 1000)
        first.get_by_role("button", name=text.say("en", "train.remove"), exact=True).click()
        first.get_by_role("button", name=text.say("en", "train.remove_sure")).click()
        for page in (first, second):
            expect(runs(page)).to_have_count(1, timeout=PATIENCE)
        run.unlink()  # as a command may
        models_to_draw_for(third, run.stem, 0, within=PATIENCE / 1000)
