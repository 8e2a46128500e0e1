"""The page in a real browser: drawing, pictures, languages, keys, visitors, no other host."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, expect
from support.pages import HANGUL, SEVEN, along, check_language, draw, winner, words
from support.visits import Opened, visits

from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.ui import page as shared
from convdemo.ui import text

ONE = [(0.5, 0.15), (0.5, 0.85)]


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=10_000) as opened:
        yield opened


def open_clothes(page: Page) -> None:
    page.get_by_role("tab").nth(1).click()
    expect(winner(page)).to_be_visible()


def test_bars_move_before_the_pen_is_lifted(open_page: Opened):
    page = open_page()
    draw(page, SEVEN, lift=False)
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.mouse.up()
    expect(words(page)).to_contain_text("7")
    expect(page.locator(".cd-draw .step")).to_have_count(len(DIGIT_STEPS))


def test_a_finger_draws_and_the_page_stays(open_page: Opened):
    page = open_page(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page.locator("#draw-pad").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)
    for number, (x, y) in enumerate(along(page, ONE, steps=20)):
        kind = "touchStart" if number == 0 else "touchMove"
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", touch)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(winner(page)).to_have_attribute("data-class", "1")
    assert page.evaluate("scrollY") == before


def test_keys_undo_and_clear(open_page: Opened):
    page = open_page()
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


def test_the_keyboard_draws(open_page: Opened):
    page = open_page()
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


def test_everything_on_the_page_is_reached_by_tab(open_page: Opened):
    page = open_page()
    unreachable = page.evaluate(
        """[...document.querySelectorAll("#draw-pad canvas, button, select, input, summary")]
          .filter((node) => node.closest(".cd-header, .cd-columns, .cd-compare"))
          .filter((node) => node.offsetParent)
          .filter((node) => node.tabIndex < 0)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert unreachable == []


def test_buttons_are_large_enough_for_a_finger(open_page: Opened):
    page = open_page(viewport={"width": 390, "height": 844})
    small = page.evaluate(
        """[...document.querySelectorAll("button, select, summary")]
          .filter((node) => node.offsetParent)
          .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 38)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_step_can_be_left_out(open_page: Opened):
    page = open_page()
    step = page.locator(".cd-draw .step").nth(DIGIT_STEPS.index("centre"))
    step.click()
    expect(step).to_have_attribute("aria-pressed", "false")
    expect(step).to_contain_text("left out")
    page.get_by_role("button", name=text.say("en", "code.title")).click()
    expect(page.locator(".cd-fold .cm-content:visible")).to_contain_text("skip=frozenset")


def test_sliders_move_the_digit_for_both_networks(open_page: Opened):
    page = open_page()
    lines = page.locator("#draw-curves svg path")
    expect(lines).to_have_count(2)
    curve = lines.first.get_attribute("d") or ""
    moved = page.locator(".cd-compare .moved")
    before = moved.get_attribute("src") or ""
    for side in ("first", "second"):
        expect(page.locator(f"#draw-{side} .chosen")).to_have_attribute("data-class", "3")
    slider = page.locator(".cd-compare input[type=range]").nth(2)
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator("#draw-curves svg[role]")).to_contain_text("Rotate (°)")
    expect(page.locator("#draw-curves .at")).to_have_text("at 5°")
    expect(moved).not_to_have_attribute("src", before)
    expect(lines.first).not_to_have_attribute("d", curve)
    digit = page.get_by_role("combobox", name=text.say("en", "compare.digit"))
    digit.click()
    page.get_by_role("option", name="7").click()
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 7")
    page.get_by_role("button", name=text.say("en", "compare.reset")).click()
    expect(moved).to_have_attribute("src", before)
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 3")
    page.evaluate("scrollTo(0, 0)")
    draw(page, SEVEN)
    expect(page.locator("#draw-curves h3")).to_have_text("Probability of 7")


def test_what_another_tab_sends_is_read(open_page: Opened):
    page = open_page()
    name = list(shared.examples("digits"))[6]
    page.evaluate(
        "(example) => convdemo.send('draw', { picture: { example, job: 'digits' } })", name
    )
    expect(page.locator("#draw-pad .photo")).to_be_visible()
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.evaluate("convdemo.send('draw', { picture: { upload: '/etc/passwd' } })")
    page.wait_for_timeout(300)
    expect(winner(page)).to_have_attribute("data-class", "7")


def test_what_is_drawn_is_there_for_the_other_tabs(open_page: Opened):
    page = open_page()
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


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("tab", ["draw", "clothes"])
def test_a_letter_named_png_gets_one_sentence(
    open_page: Opened, letter: Path, tab: str, language: str
):
    page = open_page(f"?lang={language}")
    if tab == "clothes":
        open_clothes(page)
    page.locator("#draw-pad:visible, #clothes-picture:visible").locator(
        "input[type=file]"
    ).set_input_files(letter)
    expect(words(page)).to_have_text(text.say(language, "problem.not_a_picture"))
    expect(winner(page)).to_have_count(0)


def test_a_photo_of_a_garment_is_named(open_page: Opened):
    page = open_page()
    open_clothes(page)
    file = next(f for name, f in shared.examples("clothes").items() if "trouser" in name.lower())
    page.locator("#clothes-picture").get_by_role("button", name="Remove Image").click()
    expect(words(page)).to_have_text(text.say("en", "answer.none"))
    expect(page.locator("#clothes-answer .best li")).to_have_count(0)
    page.locator("#clothes-picture input[type=file]").set_input_files(file)
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)
    expect(page.locator("#clothes-answer .best li").first).to_contain_text("Trouser")


def test_a_digit_on_paper_is_read_and_removed(open_page: Opened, tmp_path: Path):
    from PIL import Image, ImageDraw

    paper = Image.fromarray(np.full((600, 800, 3), 214, np.uint8))
    ImageDraw.Draw(paper).line([(300, 120), (520, 120), (390, 470)], fill=(40, 50, 90), width=16)
    paper.save(tmp_path / "paper.jpg")
    page = open_page()
    page.locator("#draw-pad input[type=file]").set_input_files(tmp_path / "paper.jpg")
    expect(page.locator("#draw-pad .photo")).to_be_visible()
    expect(winner(page)).to_have_attribute("data-class", "7")
    page.locator("#draw-pad .clear").click()
    expect(page.locator("#draw-pad .photo")).to_be_hidden()
    expect(words(page)).to_have_text(text.say("en", "answer.digits.empty"))


def test_the_camera_takes_a_picture(open_page: Opened):
    page = open_page(permissions=["camera"])
    open_clothes(page)
    picture = page.locator("#clothes-picture")
    picture.get_by_role("button", name="Capture from camera").click()
    picture.get_by_role("button", name="Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#clothes-picture video')?.videoWidth > 0")
    before = page.locator("#clothes-answer .details").inner_text()
    picture.get_by_role("button", name="capture photo").click()
    expect(page.locator("#clothes-answer .details")).not_to_have_text(before)
    expect(picture.locator("img")).to_be_visible()


def test_without_a_camera_a_sentence_says_so(open_page: Opened):
    page = open_page()
    page.get_by_role("button", name="Camera").click()
    expect(words(page)).to_have_text(text.say("en", "picture.no_camera"))


def test_a_picture_is_pasted_and_dropped(open_page: Opened):
    page = open_page()
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


def test_what_is_unlike_anything_known_is_not_named(open_page: Opened):
    page = open_page()
    open_clothes(page)
    hat = list(shared.examples("clothes")).index("hat.jpg")
    page.locator(".cd-clothes .cd-gallery button").nth(hat).click()
    expect(words(page)).to_have_text(text.say("en", "answer.clothes.unknown"))
    expect(winner(page)).to_have_count(0)
    expect(page.locator("#clothes-answer .winner")).to_be_hidden()
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)


@pytest.mark.parametrize("pause", [0, 60, 300])
def test_of_quick_clicks_the_last_one_counts(open_page: Opened, pause: int):
    page = open_page()
    open_clothes(page)
    names = list(shared.examples("clothes"))
    examples = page.locator(".cd-clothes .cd-gallery button")
    for name in ("tshirt.jpg", "bag.jpg", "trousers.jpg"):
        examples.nth(names.index(name)).click()
        page.wait_for_timeout(pause)
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")
    expect(page.locator("#clothes-picture img")).to_have_attribute("src", re.compile("trousers"))
    expect(page.locator(".cd-fold code, .cd-fold")).not_to_have_count(0)
    steps = page.locator(".cd-clothes .strip .step")
    for place in (0, 1):
        steps.nth(place).click()
        page.wait_for_timeout(pause)
    for place in (0, 1):
        expect(steps.nth(place).locator(".reads")).to_have_text("left out")
    examples.nth(names.index("bag.jpg")).click()
    page.keyboard.press("c")
    expect(words(page)).to_have_text(text.say("en", "answer.none"))
    expect(page.locator("#clothes-picture img")).to_have_count(0)


def test_every_file_gets_its_sentence(open_page: Opened, tmp_path: Path):
    """One after the other, whatever they are called: none of them leaves the page waiting."""
    pdf = b"%PDF-1.7\n" + b" " * 40
    files = {"a.png": b"Dear reader, this is no picture.", "b.png": b"", "c.pdf": pdf, "d": pdf}
    page = open_page("?lang=ko")
    open_clothes(page)
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
    # The steps of the last picture stay, faint, and speak the language, too.
    page.get_by_role("button", name="English", exact=True).click()
    check_language(page, "en")
    page.locator("#clothes-picture input[type=file]").set_input_files(
        shared.examples("clothes")["trousers.jpg"]
    )
    expect(page.locator("#clothes-answer .winner")).to_have_text("Trouser")


def test_a_server_that_is_gone_is_said(open_page: Opened):
    page = open_page()
    page.route(re.compile("component_server"), lambda route: route.abort())
    draw(page, ONE)
    expect(words(page)).to_have_text(text.say("en", "problem.offline"))


def test_the_switch_changes_every_string_and_keeps_the_drawing(open_page: Opened):
    page = open_page()
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
    check_language(page, "en")
    for language, name in (("ko", "한국어"), ("en", "English")):
        # Where the tab was opened again, the canvas gets its size a moment later.
        expect(page.locator("#draw-pad canvas")).not_to_have_js_property("width", 0)
        before = page.locator("#draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()")
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("tab").first).to_have_text(text.say(language, "tab.draw"))
        check_language(page, language)
        after = page.locator("#draw-pad canvas").evaluate("(canvas) => canvas.toDataURL()")
        assert after == before
        open_clothes(page)
        expect(page.locator(".cd-clothes .reads").first).not_to_be_empty()
        check_language(page, language)
        page.get_by_role("tab").first.click()


def test_the_tabs_of_a_phone_change_their_names_too(open_page: Opened):
    page = open_page("?lang=ko", viewport={"width": 390, "height": 844})
    for place, tab in enumerate(("draw", "clothes", "train")):
        expect(page.get_by_role("tab").nth(place)).to_have_text(text.say("ko", f"tab.{tab}"))
    page.get_by_role("button", name="English", exact=True).click()
    for place, tab in enumerate(("draw", "clothes", "train")):
        expect(page.get_by_role("tab").nth(place)).to_have_text(text.say("en", f"tab.{tab}"))


def test_the_switch_waits_for_nobody(open_page: Opened):
    """Words are there when the click is over; Gradio writes the names of the tabs a frame later."""
    page = open_page()
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
    open_page: Opened, query: str, locale: str, language: str
):
    page = open_page(query, locale=locale)
    expect(page.get_by_role("tab").first).to_have_text(text.say(language, "tab.draw"))
    expect(page.locator("body")).to_have_attribute("lang", language)


def test_two_visitors_do_not_see_each_other(open_page: Opened):
    first, second = open_page(), open_page("?lang=ko")
    draw(first, ONE)
    draw(second, SEVEN)
    expect(winner(first)).to_have_attribute("data-class", "1")
    expect(winner(second)).to_have_attribute("data-class", "7")
    expect(words(first)).not_to_contain_text(HANGUL)


def test_the_drawing_can_be_downloaded_and_read_again(open_page: Opened, tmp_path: Path):
    page = open_page()
    draw(page, SEVEN)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "drawing.png")
    page.keyboard.press("c")
    page.locator("#draw-pad input[type=file]").set_input_files(tmp_path / "drawing.png")
    expect(winner(page)).to_have_attribute("data-class", "7")


def test_dark_mode_draws_light_ink(open_page: Opened):
    page = open_page(color_scheme="dark")
    draw(page, SEVEN)
    expect(winner(page)).to_have_attribute("data-class", "7")
    ink = page.evaluate("getComputedStyle(document.querySelector('#draw-pad canvas')).color")
    assert min(int(part) for part in re.findall(r"\d+", ink)[:3]) > 200


def test_the_language_may_be_switched_while_a_tab_is_made(open_page: Opened):
    """A part that was asked for in one language arrives when the page speaks the other."""
    page = open_page()
    for name, language, told in (("clothes", "ko", "한국어"), ("explain", "en", "English")):
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
