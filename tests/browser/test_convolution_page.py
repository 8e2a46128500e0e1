"""The Convolution tab as a visitor uses it: played, clicked, painted, typed, in both languages."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect
from support.visits import visits

from convdemo.ui import text


@pytest.fixture(scope="module")
def visit(chromium: Browser, server_url: str) -> Iterator[Page]:
    """A visit that tests share: each begins with the layer that the tab opens with."""
    with visits(chromium, server_url, patience=15_000) as opened:
        page = opened(has_touch=True)
        page.get_by_role("tab", name=text.say("en", "tab.convolution"), exact=True).click()
        expect(total(page)).not_to_be_empty(timeout=20_000)
        expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 2 × 7 × 7")
        yield page


@pytest.fixture
def bench(visit: Page) -> Page:
    page = visit
    page.unroute_all()
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate("scrollTo(0, 0)")
    more = page.locator(".cd-bench .cd-fold button").first
    if "open" in str(more.get_attribute("class")).split():
        more.click()
    start(page, "stride")  # from wherever it was
    expect(part(page, "shape")).to_have_text("1 × 8 × 8 → 1 × 3 × 3")
    expect(page.get_by_label("2D", exact=True)).to_be_checked()
    for dims, shape in ((1, "1 × 16 → 1 × 14"), (2, "1 × 9 × 9 → 2 × 7 × 7")):
        page.get_by_label(f"{dims}D", exact=True).check()
        expect(part(page, "shape")).to_have_text(shape)
    return page


PARTS = {
    "sum": ".bench .sum",
    "status": ".bench .status",
    "now": ".bench .now",
    "output": ".bench .out canvas",
    "input": ".bench .in canvas",
    "legend": ".bench .in .legend",
    "check": ".bench .check",
    "shape": ".bench .shape",
    "formula": ".bench .formula",
    "parameters": ".bench dd.parameters",
    "kernel": ".bench .kernel",
    "weight": ".bench .weights input",
    "value": ".bench .value",
    "where": ".bench .where",
    "speed": ".bench .speed",
    "stride": ".sets-stride textarea, .sets-stride input",
    "size of the kernel": ".sets-kernel textarea, .sets-kernel input",
}


def total(page: Page) -> Locator:
    """The line with the sum of the chosen cell."""
    return part(page, "sum")


def part(page: Page, name: str) -> Locator:
    return page.locator(PARTS[name])


def press(page: Page, key: str, language: str = "en") -> None:
    """A button of the tab by the key of its words."""
    page.get_by_role("button", name=text.say(language, key), exact=True).click()


def start(page: Page, preset: str, language: str = "en") -> None:
    press(page, f"convolution.preset.{preset}", language)


def choose(page: Page, field: str, option: str) -> None:
    """Another option of a Dropdown."""
    page.get_by_label(field, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def click_cell(grid: Locator, shape: tuple[int, int], place: tuple[int, int]) -> None:
    """Click a cell of a grid that is a single tile."""
    box = grid.bounding_box()
    assert box is not None
    (rows, columns), (row, column) = shape, place
    width, height = (box["width"] - 2) / columns, (box["height"] - 2) / rows
    grid.click(position={"x": 1 + (column + 0.5) * width, "y": 1 + (row + 0.5) * height})


def numbers(page: Page, table: int) -> list[list[str]]:
    """A table of the chosen cell: its patch, its kernel, its products."""
    rows = page.locator(".bench .products table").nth(table).locator("tr").all()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]


def test_a_convolution_is_played_and_a_cell_adds_up(bench: Page):
    page = bench
    expect(part(page, "status")).to_have_text("")
    start(page, "stride")  # a checkerboard of 8 x 8, blurred in steps of two
    expect(part(page, "status")).to_contain_text("A stride of 2 halves the output")
    now = part(page, "now")
    expect(now).to_have_text(re.compile("of 9$"))
    play = page.get_by_role("button", name="Play", exact=True)
    part(page, "speed").select_option("30")
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


def test_the_courses_examples(bench: Page):
    page = bench
    start(page, "course")
    expect(total(page)).to_have_text("0.25 + 0.5 + 0.25 = 1")
    expect(part(page, "shape")).to_have_text("1 × 5 → 1 × 3")
    expect(part(page, "now")).to_have_text("Cell 1 of 3")
    expect(page.get_by_label("1D", exact=True)).to_be_checked()
    start(page, "large")
    expect(part(page, "shape")).to_have_text("32 × 26 × 26 → 64 × 24 × 24")
    expect(part(page, "parameters")).to_have_text("18,496")
    expect(part(page, "now")).to_contain_text("Too large to draw cell by cell")
    expect(part(page, "output")).to_be_hidden()


def test_three_dimensions_and_pooling(bench: Page):
    page = bench
    page.get_by_label("3D", exact=True).check()
    expect(part(page, "shape")).to_have_text("1 × 5 × 7 × 7 → 1 × 3 × 5 × 5")
    expect(page.locator(".bench .products table")).to_have_count(9)  # three slices of each
    start(page, "pool")
    expect(part(page, "kernel")).to_be_hidden()
    expect(page.get_by_label("Kernel by name", exact=True)).to_be_hidden()
    click_cell(part(page, "output"), (4, 4), (0, 1))
    expect(page.locator(".bench .products .marked")).to_have_text("0.43")
    expect(total(page)).to_have_text("The largest is 0.43")
    with page.expect_download() as download:
        page.get_by_role("button", name="Lab report").click()
    with zipfile.ZipFile(download.value.path()) as report:
        said = report.read("report/report.md").decode()
    assert "| `kind` | `max` |" in said
    assert "Output: 1 × 4 × 4\n" in said


def test_a_kind_brings_its_own_settings(bench: Page):
    page = bench
    page.get_by_role("radio", name="Average pool", exact=True).check()
    expect(part(page, "size of the kernel")).to_have_value("2 × 2")
    expect(part(page, "stride")).to_have_value("2 × 2")
    expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 1 × 4 × 4")
    page.get_by_label("Transposed convolution", exact=True).check()
    expect(part(page, "size of the kernel")).to_have_value("3 × 3")
    expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 2 × 11 × 11")


def test_a_kernel_is_painted_and_a_number_typed(bench: Page):
    page = bench
    start(page, "course")
    expect(total(page)).to_have_text("0.25 + 0.5 + 0.25 = 1")
    part(page, "weight").nth(1).fill("2")
    expect(total(page)).to_have_text("0.25 + 2 + 0.25 = 2.5")
    expect(page.get_by_label("Kernel by name", exact=True)).to_have_value("Your own")
    # The second bar is drawn down to a half, then on below zero: nothing moves meanwhile.
    grid = part(page, "input")
    grid.scroll_into_view_if_needed()
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
    expect(part(page, "legend")).to_have_text("−11")
    expect(page.get_by_label("What it is", exact=True)).to_have_value("Your own numbers")
    choose(page, "Kernel by name", "Sobel, left to right")
    expect(total(page)).to_have_text("−1 + 0 + 1 = 0")
    choose(page, "Kernel by name", "Random")
    expect(page.get_by_label("Seed", exact=True)).to_be_visible()
    before = total(page).inner_text()
    page.get_by_label("Seed", exact=True).fill("7")
    expect(total(page)).not_to_have_text(before)


def test_a_kernel_of_its_own_size_and_a_bias(bench: Page):
    page = bench
    choose(page, "Kernel by name", "Gabor, upright stripes")
    expect(part(page, "size of the kernel")).to_have_value("7 × 7")
    expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 2 × 3 × 3")
    page.locator(".cd-bench .cd-fold button").first.click()
    page.get_by_label("Bias of this filter", exact=True).fill("0.5")
    expect(total(page)).to_contain_text("(bias)")
    page.get_by_label("With a bias", exact=True).uncheck()
    expect(total(page)).not_to_contain_text("(bias)")


def test_what_cannot_be_is_said_and_the_last_picture_stays(bench: Page):
    page = bench
    start(page, "stride")
    expect(part(page, "now")).to_have_text(re.compile("of 9$"))
    size = part(page, "size of the kernel")
    size.fill("11 x 3")
    status = part(page, "status")
    expect(status).to_contain_text("the padded input has 8 along axis 1: 3 too many")
    expect(page.locator(".bench.old")).to_have_count(1)
    expect(part(page, "now")).to_have_text(re.compile("of 9$"))
    size.fill("3 3 3")
    expect(status).to_contain_text("Kernel size has 3 numbers for 2 axes: 1 too many.")
    size.fill("")
    expect(status).to_have_text("Kernel size is empty; a whole number is needed.")
    size.fill("2 × 3")
    expect(status).to_have_text("")
    expect(part(page, "now")).to_have_text(re.compile("of 12$"))
    expect(size).to_have_value("2 × 3")
    size.press("ArrowUp")
    expect(size).to_have_value("3 × 4")


def test_terms_light_up_what_sets_them(bench: Page):
    page = bench
    term = part(page, "formula").locator("[data-term=stride]").first
    term.focus()
    expect(page.locator(".sets-stride").first).to_have_class(re.compile("lit"))
    expect(part(page, "formula").locator(".said")).to_contain_text("s: by how many inputs")
    term.blur()
    expect(page.locator(".cd-bench .lit")).to_have_count(0)
    part(page, "formula").locator("[data-term=dilation]").first.click()  # which is folded away
    expect(page.get_by_label("Dilation", exact=True)).to_be_visible()


def test_a_photo_a_learned_filter_and_a_line(bench: Page):
    page = bench
    photo = page.locator("#convolution-photo")
    photo.scroll_into_view_if_needed()
    after = photo.locator("img").last
    expect(photo).to_contain_text("blue is below zero")
    first = after.get_attribute("src")
    photo.locator(".cd-gallery button").nth(1).click()
    expect(part(page, "shape")).to_have_text("1 × 16 × 16 → 2 × 14 × 14")
    expect(after).not_to_have_attribute("src", str(first))
    expect(page.get_by_label("What it is", exact=True)).to_have_value("A picture")
    cosines = page.locator("#convolution-learned .cosine")
    expect(cosines).to_have_count(7)
    assert float(cosines.nth(1).inner_text().split()[-1].replace("−", "-")) > 0.5
    page.get_by_label("Layers", exact=True).scroll_into_view_if_needed()
    rows = page.locator("#convolution-layers [role=row]:visible")
    expect(rows.last).to_contain_text("50,186")
    line = page.get_by_label("Layers", exact=True)
    line.fill("conv 31x31 8")
    said = page.locator(".prose.cd-wrong")
    expect(said).to_contain_text("Part 1 (conv 31x31 8) cannot be.")
    expect(said).to_contain_text("3 too many")
    line.fill("conv 3x3 8 - pool 2")
    expect(said).to_have_text("")
    expect(rows).to_have_count(5)  # with its head
    expect(rows.nth(3)).to_contain_text("8 × 13 × 13")


def test_by_keyboard_alone(bench: Page):
    page = bench
    page.get_by_role("button", name="The course's signal", exact=True).focus()
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
    expect(part(page, "value")).to_have_value("5")
    page.keyboard.press("Enter")  # back on the grid, one cell further on
    expect(part(page, "input")).to_be_focused()
    expect(part(page, "where")).to_contain_text("Number 3")
    part(page, "output").focus()
    page.keyboard.press("Home")
    expect(total(page)).to_have_text("0.25 + 2.5 + 0.25 = 3")
    part(page, "weight").first.focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(total(page)).to_have_text("0.5 + 2.5 + 0.25 = 3.25")
    page.keyboard.press("Escape")
    page.locator(".cd-bench h3").first.click()
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text(text.say("en", "key.play"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_cell_is_tapped(bench: Page):
    page = bench
    page.set_viewport_size({"width": 390, "height": 844})
    start(page, "stride")
    output = part(page, "output")
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box is not None
    output.tap(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(part(page, "now")).to_have_text("Cell 5 of 9")


def test_a_difference_from_torch_is_shown_as_our_mistake(bench: Page):
    page = bench

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


def test_a_picture_that_is_none_changes_nothing(bench: Page, tmp_path: Path):
    page = bench
    start(page, "stride")
    expect(part(page, "shape")).to_have_text("1 × 8 × 8 → 1 × 3 × 3")
    letter = tmp_path / "letter.png"
    letter.write_text("Dear reader")
    page.locator("#convolution-picture input[type=file]").set_input_files(letter)
    expect(part(page, "status")).to_have_text(text.say("en", "problem.not_a_picture"))
    expect(page.get_by_label("What it is", exact=True)).to_have_value("A checkerboard")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(part(page, "shape")).to_have_text("1 × 8 × 8 → 1 × 3 × 3")


def ball(folder: Path, kind: str, count: int = 20) -> Path:
    """A clip of a bright square that goes one pixel to the right from frame to frame."""
    frames = [np.zeros((48, 48), np.uint8) for _ in range(count)]
    for place, frame in enumerate(frames):
        frame[16:32, place : place + 16] = 255
    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(folder / f"clip.{kind}", save_all=True, append_images=others, duration=40)
    return folder / f"clip.{kind}"


def test_a_clip_of_ones_own_becomes_a_block(bench: Page, tmp_path: Path):
    page = bench
    status = part(page, "status")
    start(page, "motion")

    def upload(*files: Path) -> None:
        with page.expect_file_chooser() as chooser:
            press(page, "convolution.clip")
        chooser.value.set_files(list(files))

    source = page.get_by_label("What it is", exact=True)
    upload(ball(tmp_path, "gif"))
    expect(part(page, "shape")).to_have_text("1 × 8 × 16 × 16 → 1 × 6 × 14 × 14")
    expect(status).to_have_text("8 of 20 frames are shown, spread from the first to the last.")
    expect(source).to_have_value("A clip of your own")
    expect(part(page, "check")).to_contain_text("Equals torch.nn.functional")
    still = tmp_path / "still.png"
    Image.new("L", (30, 20), 90).save(still)
    upload(still)
    expect(status).to_contain_text("This picture does not move.")
    expect(source).to_have_value("A clip of your own")
    upload(still, ball(tmp_path, "webp", 2), ball(tmp_path, "png", 2))
    expect(part(page, "shape")).to_have_text("1 × 3 × 16 × 16 → 1 × 1 × 14 × 14")
    expect(status).to_have_text("")
    # The same clip as a picture is its first frame, which is said.
    page.get_by_label("2D", exact=True).check()
    expect(part(page, "shape")).to_have_text("1 × 9 × 9 → 2 × 7 × 7")
    page.locator("#convolution-picture input[type=file]").set_input_files(ball(tmp_path, "gif"))
    expect(part(page, "shape")).to_have_text("1 × 16 × 16 → 2 × 14 × 14")
    expect(status).to_have_text(text.say("en", "note.first_frame"))


def test_the_lines_are_copied(bench: Page):
    page = bench
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, "same")
    lines = page.locator("#convolution-lines")
    torch = 'nn.Conv2d(1, 1, 3, padding="same", padding_mode="reflect")'
    expect(lines.locator(".cm-line").first).to_have_text(torch)
    expect(lines.locator(".cm-line").last).to_have_text("# Keras' layers pad with zeros only.")
    lines.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith(torch)
