"""The Convolution tab as a visitor uses it: played, clicked, painted, typed, in both languages."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect
from support.pages import check_language
from support.visits import Opened, visits

from convdemo.ui import text


@pytest.fixture
def open_bench(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=15_000) as opened:

        def bench(query: str = "", **settings: object) -> Page:
            page = opened(query, **settings)
            language = query.removeprefix("?lang=") or "en"
            page.get_by_role("tab", name=text.say(language, "tab.convolution"), exact=True).click()
            expect(total(page)).not_to_be_empty(timeout=20_000)
            return page

        yield bench


def total(page: Page) -> Locator:
    """The line with the sum of the chosen cell."""
    return page.locator(".cd-bench [data-role=sum]")


def part(page: Page, role: str) -> Locator:
    return page.locator(f".cd-bench [data-role={role}]")


def start(page: Page, preset: str) -> None:
    part(page, "presets").locator(f"[value={preset}]").click()


def click_cell(grid: Locator, shape: tuple[int, int], place: tuple[int, int]) -> None:
    """Click a cell of a grid that is a single tile."""
    box = grid.bounding_box()
    assert box is not None
    (rows, columns), (row, column) = shape, place
    width, height = (box["width"] - 2) / columns, (box["height"] - 2) / rows
    grid.click(position={"x": 1 + (column + 0.5) * width, "y": 1 + (row + 0.5) * height})


def numbers(page: Page, table: int) -> list[list[str]]:
    """A table of the chosen cell: its patch, its kernel, its products."""
    rows = page.locator(".cd-bench-products table").nth(table).locator("tr").all()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]


def test_a_convolution_is_played_and_a_cell_adds_up(open_bench: Opened):
    page = open_bench()
    expect(part(page, "status")).to_have_text("")
    start(page, "stride")  # a checkerboard of 8 x 8, blurred in steps of two
    now = part(page, "now")
    expect(now).to_have_text(re.compile("of 9$"))
    play = page.get_by_role("button", name="Play", exact=True)
    part(page, "player").locator("select").select_option("30")
    play.click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(now).to_have_text("Cell 9 of 9")
    expect(play).to_be_visible()
    click_cell(part(page, "output"), (3, 3), (1, 2))
    expect(now).to_have_text("Cell 6 of 9")
    patch, kernel, products = (numbers(page, table) for table in range(3))
    # Rows 2 to 4 and columns 4 to 6 of a checkerboard with squares of two.
    assert patch == [["1", "1", "0"], ["1", "1", "0"], ["0", "0", "1"]]
    assert kernel == [["0.1111"] * 3] * 3
    assert products[0] == ["0.1111", "0.1111", "0"]
    expect(total(page)).to_contain_text("= 0.555556")
    expect(part(page, "check")).to_contain_text("Equals torch.nn.functional within 1e-6")
    expect(part(page, "formula")).to_contain_text("Never read")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(now).to_have_text("Cell 7 of 9")


def test_the_courses_examples(open_bench: Opened):
    page = open_bench()
    start(page, "course")
    expect(total(page)).to_have_text("0.25 + 0.5 + 0.25 = 1")
    expect(part(page, "shape")).to_have_text("1 × 5 → 1 × 3")
    expect(part(page, "now")).to_have_text("Cell 1 of 3")
    start(page, "large")
    expect(part(page, "shape")).to_have_text("32 × 26 × 26 → 64 × 24 × 24")
    expect(part(page, "parameters")).to_have_text("18,496")
    expect(part(page, "now")).to_contain_text("Too large to draw cell by cell")
    expect(part(page, "output")).to_be_hidden()


def test_one_two_and_three_dimensions(open_bench: Opened):
    page = open_bench()
    dims = part(page, "dims").locator("button")
    dims.nth(0).click()
    expect(part(page, "shape")).to_have_text("1 × 16 → 1 × 14")
    dims.nth(2).click()
    expect(part(page, "shape")).to_have_text("1 × 5 × 7 × 7 → 1 × 3 × 5 × 5")
    expect(page.locator(".cd-bench-products table")).to_have_count(9)  # three slices of each
    start(page, "pool")
    expect(part(page, "kernel")).to_be_hidden()
    click_cell(part(page, "output"), (4, 4), (0, 1))
    expect(page.locator(".cd-bench-numbers .cd-marked")).to_have_text("0.43")
    expect(total(page)).to_have_text("The largest is 0.43")


def test_a_kernel_is_painted_and_a_number_typed(open_bench: Opened):
    page = open_bench()
    start(page, "course")
    expect(total(page)).to_have_text("0.25 + 0.5 + 0.25 = 1")
    weights = part(page, "weights").locator(".cd-bench-weight")
    weights.nth(1).fill("2")
    expect(part(page, "kernel-name")).to_have_value("own")
    expect(total(page)).to_have_text("0.25 + 2 + 0.25 = 2.5")
    # The second bar is drawn down to a half, then on below zero: nothing moves meanwhile.
    grid = part(page, "input")
    box = grid.bounding_box()
    assert box is not None
    x, top = box["x"] + box["width"] * 0.3, box["y"] + 1
    page.mouse.move(x, top + 10)
    page.mouse.down()
    page.mouse.move(x, top + 36)
    expect(total(page)).to_have_text("0.25 + 1 + 0.25 = 1.5")
    page.mouse.move(x, top + 144)
    page.mouse.up()
    expect(total(page)).to_have_text("0.25 − 2 + 0.25 = −1.5")
    assert grid.bounding_box() == box
    expect(part(page, "input-legend")).to_have_text("−11")
    expect(part(page, "source")).to_have_value("own")
    part(page, "kernel-name").select_option("sobel_x")
    expect(total(page)).to_have_text("−1 + 0 + 1 = 0")


def test_what_cannot_be_is_said_and_the_last_picture_stays(open_bench: Opened):
    page = open_bench()
    start(page, "stride")
    expect(part(page, "now")).to_have_text(re.compile("of 9$"))
    height = part(page, "settings").locator("[data-setting=kernel] input:visible").first
    height.fill("11")
    status = part(page, "status")
    expect(status).to_contain_text("the padded input has 8 along axis 1: 3 too many")
    expect(page.locator("#convdemo-convolution .cd-bench-old, .cd-bench-old")).not_to_have_count(0)
    expect(part(page, "now")).to_have_text(re.compile("of 9$"))
    assert height.get_attribute("max") == "8"
    height.fill("")
    expect(status).to_have_text("Kernel size is empty; a whole number is needed.")
    height.fill("2")
    expect(status).to_have_text("")
    expect(part(page, "now")).to_have_text(re.compile("of 12$"))


def test_terms_light_up_what_sets_them(open_bench: Opened):
    page = open_bench()
    term = part(page, "formula").locator("[data-term=stride]").first
    term.focus()
    expect(part(page, "settings").locator("[data-setting=stride]")).to_have_class(
        re.compile("cd-lit")
    )
    expect(part(page, "formula").locator("[role=status]")).to_contain_text("s: by how many inputs")
    term.blur()
    expect(page.locator(".cd-bench .cd-lit")).to_have_count(0)


def test_a_photo_a_learned_filter_and_a_line(open_bench: Opened):
    page = open_bench()
    part(page, "photos").locator("button").nth(1).click()
    expect(part(page, "shape")).to_have_text("1 × 16 × 16 → 2 × 14 × 14")
    part(page, "photo").scroll_into_view_if_needed()
    before, after = part(page, "photo-before"), part(page, "photo-after")
    expect(after).to_be_visible()
    assert before.get_attribute("src") != after.get_attribute("src")
    expect(part(page, "photo")).to_contain_text("blue is below zero")
    part(page, "learned").scroll_into_view_if_needed()
    cosines = part(page, "learned").locator("[data-role=cosine]")
    expect(cosines).to_have_count(6)
    assert float(cosines.first.inner_text().split()[-1].replace("−", "-")) > 0.5
    rows = part(page, "stack").locator("tbody tr")
    expect(rows.last).to_contain_text("50,186")
    line = part(page, "stack-line")
    line.fill("conv 31x31 8")
    said = part(page, "stack").locator("[role=status]")
    expect(said).to_contain_text("Part 1 (conv 31x31 8) cannot be.")
    expect(said).to_contain_text("3 too many")
    line.fill("conv 3x3 8 - pool 2")
    expect(said).to_have_text("")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("8 × 13 × 13")


def test_by_keyboard_alone(open_bench: Opened):
    page = open_bench()
    start_button = part(page, "presets").locator("[value=course]")
    start_button.focus()
    page.keyboard.press("Enter")
    expect(part(page, "now")).to_have_text("Cell 1 of 3")
    page.keyboard.press("ArrowRight")
    expect(part(page, "now")).to_have_text("Cell 2 of 3")
    part(page, "output").focus()
    page.keyboard.press("End")
    expect(part(page, "now")).to_have_text("Cell 3 of 3")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    part(page, "input").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("5")
    expect(part(page, "editor").locator("input")).to_have_value("5")
    page.keyboard.press("Enter")  # back on the grid, one cell further on
    expect(part(page, "input")).to_be_focused()
    expect(part(page, "editor")).to_contain_text("Number 3")
    part(page, "output").focus()
    page.keyboard.press("Home")
    expect(total(page)).to_have_text("0.25 + 2.5 + 0.25 = 3")
    part(page, "weights").locator(".cd-bench-weight").first.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(total(page)).to_have_text("0.5 + 2.5 + 0.25 = 3.25")
    page.keyboard.press("Escape")
    page.locator(".cd-bench h2").first.click()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text(text.say("en", "key.play"))


def everywhere(page: Page, look: Callable[[], None]) -> None:
    for preset in ("course", "same", "pool", "transposed", "channels", "motion", "large"):
        start(page, preset)
        expect(part(page, "status")).to_have_text("")
        look()


def test_the_bench_speaks_both_languages(open_bench: Opened):
    page = open_bench("?lang=ko")
    page.locator(".cd-bench details").first.locator("summary").click()
    for _ in ("ko", "en"):
        part(page, "learned").scroll_into_view_if_needed()
    expect(part(page, "learned").locator("[data-role=cosine]")).to_have_count(6)
    everywhere(page, lambda: check_language(page, "ko"))
    start(page, "stride")
    part(page, "settings").locator("[data-setting=kernel] input:visible").first.fill("11")
    expect(part(page, "status")).to_contain_text("3개가 넘칩니다")
    page.get_by_role("button", name="English", exact=True).click()
    expect(part(page, "status")).to_contain_text("3 too many")
    check_language(page, "en")


def test_the_bench_fits_a_phone(open_bench: Opened):
    page = open_bench(viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator(".cd-bench details").first.locator("summary").click()

    def look() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    everywhere(page, look)
    small = page.evaluate(
        """[...document.querySelectorAll(".cd-bench :is(button, select, summary, input, textarea)")]
          .filter((node) => node.offsetParent && node.type !== "checkbox")
          .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 38)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert small == []
    start(page, "stride")
    output = part(page, "output")
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box is not None
    output.tap(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(part(page, "now")).to_have_text("Cell 5 of 9")


def test_a_difference_from_torch_is_shown_as_our_mistake(open_bench: Opened):
    page = open_bench()

    def answer(route: Route) -> None:
        reply = route.fetch()
        told = reply.json()
        if isinstance(told, dict) and told.get("cells"):
            told["cells"]["difference"] = 0.25
        route.fulfill(response=reply, json=told)

    page.route(re.compile("component_server"), answer)
    start(page, "course")
    expect(part(page, "check")).to_have_text(
        "This differs from torch.nn.functional by 0.25: a mistake of ours."
    )


def test_a_picture_that_is_none_changes_nothing(open_bench: Opened, tmp_path: Path):
    page = open_bench()
    start(page, "motion")
    expect(part(page, "shape")).to_have_text("1 × 5 × 7 × 7 → 1 × 3 × 5 × 5")
    letter = tmp_path / "letter.png"
    letter.write_text("Dear reader")
    page.locator(".cd-bench input[type=file]").set_input_files(letter)
    expect(part(page, "status")).to_have_text(text.say("en", "problem.not_a_picture"))
    expect(part(page, "source")).to_have_value("moving_square")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".cd-bench-products table")).to_have_count(9)


def ball(folder: Path, kind: str, count: int = 20) -> Path:
    """A clip of a bright square that goes one pixel to the right from frame to frame."""
    frames = [np.zeros((48, 48), np.uint8) for _ in range(count)]
    for place, frame in enumerate(frames):
        frame[16:32, place : place + 16] = 255
    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(folder / f"clip.{kind}", save_all=True, append_images=others, duration=40)
    return folder / f"clip.{kind}"


def test_a_clip_of_ones_own_becomes_a_block(open_bench: Opened, tmp_path: Path):
    page = open_bench()
    file, status = page.locator(".cd-bench input[type=file]"), part(page, "status")
    start(page, "motion")
    expect(part(page, "photos")).to_be_hidden()
    expect(part(page, "clip-hint")).to_be_visible()
    file.set_input_files(ball(tmp_path, "gif"))
    expect(part(page, "shape")).to_have_text("1 × 8 × 16 × 16 → 1 × 6 × 14 × 14")
    expect(status).to_have_text("8 of 20 frames are shown, spread from the first to the last.")
    expect(part(page, "source")).to_have_value("clip")
    expect(part(page, "check")).to_contain_text("Equals torch.nn.functional")
    still = tmp_path / "still.png"
    Image.new("L", (30, 20), 90).save(still)
    file.set_input_files(still)
    expect(status).to_contain_text("This picture does not move.")
    expect(part(page, "source")).to_have_value("clip")
    file.set_input_files([still, ball(tmp_path, "webp", 2), ball(tmp_path, "png", 2)])
    expect(part(page, "shape")).to_have_text("1 × 3 × 16 × 16 → 1 × 1 × 14 × 14")
    expect(status).to_have_text("")
    # The same clip as a picture is its first frame, which is said.
    page.locator(".cd-bench [data-role=dims] button").nth(1).click()
    expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 2 × 7 × 7")
    file.set_input_files(ball(tmp_path, "gif"))
    expect(part(page, "shape")).to_have_text("1 × 16 × 16 → 2 × 14 × 14")
    expect(status).to_have_text(text.say("en", "note.first_frame"))


def test_the_lines_are_copied(open_bench: Opened):
    page = open_bench(permissions=["clipboard-read", "clipboard-write"])
    start(page, "same")
    row = page.locator(".cd-bench-line").first
    expect(row.locator("code")).to_have_text(
        'nn.Conv2d(1, 1, 3, padding="same", padding_mode="reflect")'
    )
    row.get_by_role("button").click()
    assert page.evaluate("navigator.clipboard.readText()") == row.locator("code").inner_text()
    keras = page.locator(".cd-bench-line").last
    expect(keras).to_contain_text("Keras' layers pad with zeros only.")
    expect(keras.get_by_role("button")).to_be_hidden()
