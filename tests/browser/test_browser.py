"""The page in a real browser: drawing, pictures, languages, keys, visitors, no other host."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect
from support.pages import HANGUL, SEVEN, Points, along, check_language, draw, winner, words
from support.visits import Opened, visits

from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.ui import page as shared
from convdemo.ui import text

ONE = [(0.5, 0.15), (0.5, 0.85)]


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=10_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def visit(chromium: Browser, server_url: str) -> Iterator[Page]:
    """A visit that tests share: each puts up what it needs."""
    with visits(chromium, server_url, patience=10_000) as opened:
        yield opened()


def show(page: Page, place: int) -> None:
    page.get_by_role("tab").nth(place).click()
    expect(page.locator("[role=tabpanel]:visible .step").first).to_be_visible()


def begun(page: Page, place: int) -> Page:
    """The visit as if nobody had done anything yet, but for the picture that its tab opens with."""
    page.unroute_all()
    page.get_by_role("button", name="English", exact=True).click()
    page.evaluate("scrollTo(0, 0)")
    show(page, place)
    left_out = page.locator(".step[aria-pressed=false]:visible")
    while count := left_out.count():
        left_out.first.click()
        expect(left_out).to_have_count(count - 1)
    return page


@pytest.fixture
def drawing(visit: Page) -> Page:
    """The Draw tab with an empty pad."""
    page = begun(visit, 0)
    page.locator("#draw-pad .clear").click()
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
    return page


@pytest.fixture
def clothing(visit: Page) -> Page:
    """The Clothes tab."""
    return begun(visit, 1)


def clothes_example(page: Page, name: str) -> Locator:
    place = list(shared.examples("clothes")).index(name)
    return page.locator(".cd-clothes .cd-gallery button").nth(place)


def test_bars_move_before_the_pen_is_lifted(drawing: Page):
    page = drawing
    draw(page, SEVEN, lift=False)
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.mouse.up()
    expect(words(page)).to_contain_text("7")
    expect(page.locator(".cd-draw .step")).to_have_count(len(DIGIT_STEPS))


def finger(page: Page, points: Points) -> None:
    session = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(along(page, points, steps=20)):
        kind = "touchStart" if number == 0 else "touchMove"
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", touch)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_somebody_with_a_phone_in_the_dark_is_another_visitor(open_page: Opened, drawing: Page):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(locale="ko-KR", color_scheme="dark", **phone)
    expect(page.locator("body")).to_have_attribute("lang", "ko")
    tabs = [text.say("ko", f"tab.{tab}") for tab in ("draw", "clothes", "train")]
    for place, name in enumerate(tabs):
        expect(page.get_by_role("tab").nth(place)).to_have_text(name)
    small = page.evaluate(
        """[...document.querySelectorAll("button, select, summary")]
          .filter((node) => node.offsetParent)
          .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 38)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#draw-pad").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    draw(drawing, SEVEN)
    finger(page, ONE)
    expect(winner(page)).to_have_attribute("data-class", "1")
    assert page.evaluate("scrollY") == before
    expect(winner(drawing)).to_have_attribute("data-class", "7")
    expect(words(drawing)).not_to_contain_text(HANGUL)
    ink = page.evaluate("getComputedStyle(document.querySelector('#draw-pad canvas')).color")
    assert min(int(part) for part in re.findall(r"\d+", ink)[:3]) > 200
    page.get_by_role("button", name="English", exact=True).click()
    for place, tab in enumerate(("draw", "clothes", "train")):
        expect(page.get_by_role("tab").nth(place)).to_have_text(text.say("en", f"tab.{tab}"))


def test_keys_undo_and_clear(drawing: Page):
    page = drawing
    draw(page, ONE)
    expect(winner(page)).to_have_attribute("data-class", "1")
    page.keyboard.press("z")
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
    expect(winner(page)).to_have_count(0)
    draw(page, ONE)
    expect(winner(page)).to_have_count(1)
    page.keyboard.press("c")
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text(text.say("en", "key.undo"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_keyboard_draws(drawing: Page):
    page = drawing
    page.locator("#draw-pad canvas").focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(22):
        page.keyboard.press("ArrowDown")
    expect(winner(page)).to_have_attribute("data-class", "1")
    expect(page.locator(".pen.down")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".cd-draw .step")).to_have_count(len(DIGIT_STEPS))
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("z")  # undoes the stroke that is being drawn
    page.keyboard.press("ArrowRight")
    page.keyboard.press("z")
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))
    page.keyboard.press("Tab")
    expect(page.locator("#draw-pad .pen")).to_be_hidden()


def test_everything_on_the_page_is_reached_by_tab(drawing: Page):
    page = drawing
    unreachable = page.evaluate(
        """[...document.querySelectorAll("#draw-pad canvas, button, select, input, summary")]
          .filter((node) => node.closest(".cd-header, .cd-columns, .cd-compare"))
          .filter((node) => node.offsetParent)
          .filter((node) => node.tabIndex < 0)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert unreachable == []


def test_a_step_can_be_left_out(drawing: Page):
    page = drawing
    draw(page, SEVEN)
    step = page.locator(".cd-draw .step").nth(DIGIT_STEPS.index("centre"))
    step.click()
    expect(step).to_have_attribute("aria-pressed", "false")
    expect(step).to_contain_text("left out")
    fold = page.get_by_role("button", name=text.say("en", "code.title"))
    fold.click()
    expect(page.locator(".cd-fold .cm-content:visible")).to_contain_text("skip=frozenset")
    fold.click()


def test_sliders_move_the_digit_for_both_networks(drawing: Page):
    page = drawing
    draw(page, SEVEN)
    for side in ("first", "second"):
        expect(page.locator(f"#draw-{side} .chosen")).to_have_attribute("data-class", "7")
    lines = page.locator("#draw-curves svg path")
    expect(lines).to_have_count(2)
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 7")
    curve = lines.first.get_attribute("d") or ""
    moved = page.locator(".cd-compare .moved")
    before = moved.get_attribute("src") or ""
    slider = page.locator(".cd-compare input[type=range]").nth(2)
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator("#draw-curves svg[role]")).to_contain_text("Rotate (°)")
    expect(page.locator("#draw-curves .at")).to_have_text("at 5°")
    expect(moved).not_to_have_attribute("src", before)
    expect(lines.first).not_to_have_attribute("d", curve)
    digit = page.get_by_role("combobox", name=text.say("en", "compare.digit"))
    digit.click()
    page.get_by_role("option", name="3").click()
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 3")
    page.get_by_role("button", name=text.say("en", "compare.reset")).click()
    expect(moved).to_have_attribute("src", before)
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 7")
    page.evaluate("scrollTo(0, 0)")
    page.locator("#draw-pad .clear").click()
    draw(page, ONE)
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 1")


def test_what_another_tab_sends_is_read(drawing: Page):
    page = drawing
    name = list(shared.examples("digits"))[6]
    page.evaluate(
        "(example) => convdemo.send('draw', { picture: { example, job: 'digits' } })", name
    )
    expect(page.locator("#draw-pad .photo")).to_be_visible()
    expect(winner(page)).to_have_attribute("data-class", "7")


def test_what_is_drawn_is_there_for_the_other_tabs(drawing: Page):
    page = drawing
    draw(page, ONE)
    page.wait_for_function("convdemo.lastDigit?.width === 28")
    assert page.evaluate("convdemo.ink().bytes.length > 100")
    assert page.evaluate("convdemo.drawing().then(({ type }) => type)") == "image/png"
    page.keyboard.press("c")
    page.wait_for_function("convdemo.lastDigit === null")
    assert page.evaluate("[convdemo.ink(), convdemo.drawing()]") == [None, None]


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bad") / "<img src=x onerror=alert(1)>.png"
    file.write_text("Dear reader, this is no picture.")
    return file


def test_a_letter_named_png_gets_one_sentence(drawing: Page, letter: Path):
    page = drawing
    page.locator("#draw-pad input[type=file]").set_input_files(letter)
    for language, name in (("en", "English"), ("ko", "한국어")):
        page.get_by_role("button", name=name, exact=True).click()
        expect(words(page)).to_have_text(text.say(language, "problem.not_a_picture"))
    expect(winner(page)).to_have_count(0)


def test_a_photo_of_a_garment_is_named(clothing: Page):
    page = clothing
    clothes_example(page, "bag.jpg").click()
    expect(page.locator("#clothes-answer .winner")).to_have_text("Bag")
    file = next(f for name, f in shared.examples("clothes").items() if "trouser" in name.lower())
    page.locator("#clothes-picture").get_by_role("button", name="Remove Image").click()
    expect(words(page)).to_have_text(text.say("en", "answer.none"))
    expect(page.locator("#clothes-answer .best li")).to_have_count(0)
    page.locator("#clothes-picture input[type=file]").set_input_files(file)
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)
    expect(page.locator("#clothes-answer .best li").first).to_contain_text("Trouser")


def test_a_digit_on_paper_is_read_and_removed(drawing: Page, tmp_path: Path):
    from PIL import Image, ImageDraw

    paper = Image.fromarray(np.full((600, 800, 3), 214, np.uint8))
    ImageDraw.Draw(paper).line([(300, 120), (520, 120), (390, 470)], fill=(40, 50, 90), width=16)
    paper.save(tmp_path / "paper.jpg")
    page = drawing
    page.locator("#draw-pad input[type=file]").set_input_files(tmp_path / "paper.jpg")
    expect(page.locator("#draw-pad .photo")).to_be_visible()
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.locator("#draw-pad .clear").click()
    expect(page.locator("#draw-pad .photo")).to_be_hidden()
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))


def test_the_camera_takes_a_picture(clothing: Page):
    page = clothing
    page.context.grant_permissions(["camera"])
    clothes_example(page, "bag.jpg").click()
    expect(page.locator("#clothes-answer .winner")).to_have_text("Bag")
    picture = page.locator("#clothes-picture")
    picture.get_by_role("button", name="Capture from camera").click()
    picture.get_by_role("button", name="Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#clothes-picture video')?.videoWidth > 0")
    before = page.locator("#clothes-answer .details").inner_text()
    picture.get_by_role("button", name="capture photo").click()
    expect(page.locator("#clothes-answer .details")).not_to_have_text(before)
    expect(picture.locator("img")).to_be_visible()
    page.context.clear_permissions()
    picture.get_by_role("button", name="Upload file").click()
    expect(picture.locator("input[type=file]")).to_be_attached()


def test_without_a_camera_a_sentence_says_so(drawing: Page):
    page = drawing
    page.get_by_role("button", name="Camera").click()
    expect(words(page)).to_have_text(text.say("en", "picture.no_camera"))


def test_a_picture_is_pasted_and_dropped(drawing: Page):
    page = drawing
    expect(page.locator("#draw-pad .photo")).to_be_hidden()
    for event in ("paste", "drop"):
        page.evaluate(
            """async (name) => {
              const sheet = new OffscreenCanvas(200, 200);
              const context = sheet.getContext("2d");
              context.fillStyle = "#fff";
              context.fillRect(0, 0, 200, 200);
              context.fillStyle = "#000";
              context.fillRect(90, 30, 18, 140);
              const files = new DataTransfer();
              const blob = await sheet.convertToBlob();
              files.items.add(new File([blob], "one.png", { type: "image/png" }));
              const event = name === "paste"
                ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true })
                : new DragEvent("drop", { dataTransfer: files, bubbles: true });
              document.querySelector("#draw-pad canvas").dispatchEvent(event);
            }""",
            event,
        )
        expect(page.locator("#draw-pad .photo")).to_be_visible()
        expect(winner(page)).to_have_attribute("data-class", "1")
        page.keyboard.press("c")
        expect(page.locator("#draw-pad .photo")).to_be_hidden()


def test_what_is_unlike_anything_known_is_not_named(clothing: Page):
    page = clothing
    clothes_example(page, "hat.jpg").click()
    expect(words(page)).to_have_text(text.say("en", "answer.clothes.unknown"))
    expect(winner(page)).to_have_count(0)
    expect(page.locator("#clothes-answer .winner")).to_be_hidden()
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)


@pytest.mark.parametrize("pause", [0, 60, 300])
def test_of_quick_clicks_the_last_one_counts(clothing: Page, pause: int):
    page = clothing
    for name in ("tshirt.jpg", "bag.jpg", "trousers.jpg"):
        clothes_example(page, name).click()
        page.wait_for_timeout(pause)
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")
    expect(page.locator("#clothes-picture img")).to_have_attribute("src", re.compile("trousers"))
    expect(page.locator(".cd-fold code, .cd-fold")).not_to_have_count(0)
    steps = page.locator(".cd-clothes .strip .step")
    for left_out in (True, False):
        for place in (0, 1):
            steps.nth(place).click()
            page.wait_for_timeout(pause)
        for place in (0, 1):
            reads = steps.nth(place).locator(".reads")
            expect(reads).to_have_text("left out" if left_out else re.compile("%$"))
    clothes_example(page, "bag.jpg").click()
    page.keyboard.press("c")
    expect(words(page)).to_have_text(text.say("en", "answer.none"))
    expect(page.locator("#clothes-picture img")).to_have_count(0)


def test_every_file_gets_its_sentence(clothing: Page, letter: Path, tmp_path: Path):
    """One after the other, whatever they are called: none of them leaves the page waiting."""
    pdf = b"%PDF-1.7\n" + b" " * 40
    files = {letter.name: letter.read_bytes(), "b.png": b"", "c.pdf": pdf, "d": pdf}
    page = clothing
    page.get_by_role("button", name="한국어", exact=True).click()
    said = []
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        page.locator("#clothes-picture input[type=file]").set_input_files(tmp_path / name)
        expect(words(page)).to_have_text(re.compile("이 파일은|PDF 파일은"))
        if said:
            expect(words(page)).not_to_have_text(said[-1] if name != "d" else "")
        expect(page.locator("#clothes-answer .bars")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#clothes-picture img")).to_have_count(0)
        said.append(words(page).inner_text())
    assert len(set(said)) == 3
    assert said[0] == text.say("ko", "problem.not_a_picture")
    # The steps of the last picture stay, faint, and speak the language, too.
    page.get_by_role("button", name="English", exact=True).click()
    check_language(page, "en")
    page.locator("#clothes-picture input[type=file]").set_input_files(
        shared.examples("clothes")["trousers.jpg"]
    )
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")


def test_a_server_that_is_gone_is_said(drawing: Page):
    page = drawing
    page.route(re.compile("component_server"), lambda route: route.abort())
    draw(page, ONE)
    expect(words(page)).to_have_text(text.say("en", "problem.offline"))


def test_the_switch_keeps_the_drawing(drawing: Page):
    page = drawing
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    for language, name in (("ko", "한국어"), ("en", "English")):
        # Where the tab was opened again, the canvas gets its size a moment later.
        expect(page.locator("#draw-pad canvas")).not_to_have_js_property("width", 0)
        before = page.locator("#draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()")
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("tab").first).to_have_text(text.say(language, "tab.draw"))
        after = page.locator("#draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()")
        assert after == before
        show(page, 1)
        show(page, 0)


def test_the_switch_waits_for_nobody(drawing: Page):
    """Words are there when the click is over; Gradio writes the names of the tabs a frame later."""
    page = drawing
    shown = page.evaluate(
        """async () => {
          document.querySelector("[data-language=ko]").click();
          await Promise.resolve();
          const said = ["[data-say='draw.title']", "#draw-pad .undo"];
          return said.map((one) => document.querySelector(one).textContent.trim());
        }"""
    )
    assert shown == [text.say("ko", "draw.title"), "되돌리기"]
    expect(page.get_by_role("tab").first).to_have_text(text.say("ko", "tab.draw"))


@pytest.mark.parametrize(
    ("query", "locale", "language"),
    [
        ("", "ko-KR", "ko"),
        ("", "en-GB", "en"),
        ("", "fr-FR", "en"),
        ("?lang=ko", "en-US", "ko"),
        ("?lang=en", "ko-KR", "en"),
        ("?lang=xx", "en-US", "en"),
    ],
)
def test_the_first_visit_follows_the_browser_or_the_link(
    chromium: Browser, query: str, locale: str, language: str
):
    """Of the scripts alone; visits in Korean, by link and by browser, show what comes of it."""
    context = chromium.new_context(locale=locale)
    page = context.new_page()
    body = f"{shared.head()}<body></body>"
    page.route("**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"http://convdemo.invalid/{query}")
    assert page.evaluate("convdemo.language") == language
    context.close()


def test_the_drawing_can_be_downloaded_and_read_again(drawing: Page, tmp_path: Path):
    page = drawing
    draw(page, SEVEN)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "drawing.png")
    page.keyboard.press("c")
    page.locator("#draw-pad input[type=file]").set_input_files(tmp_path / "drawing.png")
    expect(winner(page)).to_have_attribute("data-class", "7")


def test_the_language_may_be_switched_while_a_tab_is_made(open_page: Opened):
    """A part that was asked for in one language arrives when the page speaks the other."""
    page = open_page("?lang=ko")
    expect(page.get_by_role("tab").first).to_have_text(text.say("ko", "tab.draw"))
    expect(page.locator("body")).to_have_attribute("lang", "ko")
    for name, language, told in (("clothes", "en", "English"), ("explain", "ko", "한국어")):
        # The first question is that the tab was opened, the second one makes what is in it.
        asked = [0]

        def second(request: Request, asked: list[int] = asked) -> bool:
            asked[0] += "queue/join" in request.url
            return asked[0] == 2

        with page.expect_request(second):
            page.locator(f"[role=tab][data-tab-id={name}]:visible").click()
        page.get_by_role("button", name=told, exact=True).click()
        expect(page.locator("[role=tabpanel]:visible button").first).to_be_visible()
        check_language(page, language)
