"""The Transfer tab as a visitor uses it: photos brought, a head trained, used and taken along."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from support.forked import run_python
from support.photo_files import photo
from support.small_data import write_zip
from support.transfer_page import (
    KINDS,
    RESULTS,
    SLOW,
    album_says,
    file,
    own_classes,
    photos,
    train,
)
from support.visits import Opened, visits

from convdemo.ui import text

NEW = "new.jpg"
WINNER = "#transfer-answer .winner"
NOTES = "#transfer-album .notes"
NAMES = "#transfer-album .name"

# The predict.py that was taken along, where the package is not.
WITHOUT_US = """import runpy, sys
sys.modules["convdemo"] = None
runpy.run_path("predict.py", run_name="__main__")"""


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


@pytest.fixture
def open_transfer(open_page: Opened) -> Opened:
    def opened(query: str = "", **settings: object) -> Page:
        page = open_page(query, **settings)
        page.locator("[role=tab][data-tab-id=transfer]:visible").click()
        expect(page.locator("#transfer-album .thumb img[src]").first).to_be_visible(timeout=SLOW)
        return page

    return opened


def test_the_example_is_trained_with_one_click_and_again_at_once(open_transfer: Opened):
    page = open_transfer()
    train(page)
    row = page.locator(RESULTS)
    expect(row).to_contain_text("6 of 6 validation photos right")
    expect(page.locator("#transfer-answer .details")).to_contain_text(
        "100.0% right on the 6 validation photos"
    )
    # The first two pictures are of what was learned: a bag and sandals, from above.
    winner = page.locator(WINNER)
    expect(winner).to_have_text(text.say("en", "transfer.album.class_bags"))
    page.locator(".cd-use .cd-gallery button").nth(1).click()
    expect(winner).to_have_text(text.say("en", "transfer.album.class_shoes"))
    expect(page.locator(".cd-advice .here")).to_have_count(1)
    model = page.locator(".cd-use").get_by_role("combobox")
    first = model.input_value()  # with a number behind, where others have trained the same
    train(page, 2)
    expect(model).not_to_have_value(first)
    expect(row.first).to_contain_text("the features were there already")
    # With a mistake made on purpose, beside the right one.
    page.locator(".cd-more-fold > button").click()
    page.locator(".cd-more-fold input").nth(1).check()
    train(page, 3)
    expect(page.locator(".cd-came")).to_contain_text("Without the mistake")
    expect(page.locator(".cd-came .point")).to_have_count(3)
    page.get_by_role("button", name=text.say("en", "transfer.code")).click()
    code = page.locator(".cd-fold .cm-content:visible")
    expect(code).to_contain_text("Traps(")
    # Another one of the list is used again.
    row.last.click()
    expect(code).not_to_contain_text("Traps(")
    expect(model).to_have_value(first)


def test_what_cannot_be_used_gets_a_sentence_and_names_are_only_text(open_transfer: Opened):
    page = open_transfer()
    cards = own_classes(page)
    name = "<img src=x onerror=alert(1)>☕"
    cards.nth(0).locator(".name").fill(name)
    cards.nth(0).locator(".name").press("Enter")
    files = [
        *photos("disc", 3), file("<b>letter</b>.jpg", b"Dear reader"), file("empty.png", b""),
        file("phone.heic", b"\0\0\0\x18ftypheic" + bytes(40)),
        file("more.png", b"no"), file("half.jpg", photo("disc", 9)[:900]),
    ]  # fmt: skip
    cards.nth(0).locator("input[type=file]").set_input_files(files)
    refused = page.locator("#transfer-album .refused li")
    expect(refused).to_have_count(4)
    expect(refused.nth(0)).to_contain_text("<b>letter</b>.jpg")
    expect(refused.nth(2)).to_contain_text("HEIC")
    expect(refused.nth(3)).to_contain_text("2 more files")
    expect(page.locator(NOTES)).to_contain_text(f"There are only pictures of {name}")
    expect(page.locator(".cd-train-button")).to_be_disabled()
    cards.nth(1).locator("input[type=file]").set_input_files(photos("stripes", 3))
    expect(page.locator(NOTES)).to_contain_text("photos to train with")
    cards.nth(1).locator(".name").fill(name)
    cards.nth(1).locator(".name").press("Enter")
    expect(page.locator("#transfer-album")).to_contain_text("There is a class")
    expect(cards.nth(1).locator(".name")).to_have_value("Class 2")
    cards.nth(1).locator("input[type=file]").set_input_files(photos("disc", 1))
    expect(page.locator("#transfer-album .thumb.marked")).to_have_count(2)
    cards.nth(1).locator(".thumb.marked").click()
    expect(page.locator("#transfer-album .thumb.marked")).to_have_count(0)
    train(page)
    expect(page.locator("#transfer-answer .bars li")).to_have_count(2)
    expect(page.locator("#transfer-answer .bars .name").first).to_have_text(name)
    assert page.locator(".cd-transfer img[src=x]").count() == 0


# The browser's own stand-in for a camera shows the same frames whenever it is started, and photos
# that are in two classes are in none. Here every start shows another scene, which never rests.
SCENES = """() => {
  const camera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let scene = 0;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    (await camera(wanted)).getTracks().forEach((track) => track.stop());
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 240];
    const context = canvas.getContext("2d");
    const [ground, thing] = scene++ % 2 ? ["#024", "#fd8"] : ["#fff", "#a00"];
    let frame = 0;
    setInterval(() => {
      frame += 1;
      context.fillStyle = ground;
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = thing;
      context.fillRect((frame * 7) % 240, (frame * 3) % 160, 40 + (frame % 40), 60);
    }, 50);
    return canvas.captureStream();
  };
}"""


PASTE = """async ([selector, drop]) => {
  const sheet = new OffscreenCanvas(64, 64);
  const context = sheet.getContext("2d");
  context.fillStyle = drop ? "#0a0" : "#a00";
  context.fillRect(8, 8, 40, 40);
  const files = new DataTransfer();
  files.items.add(new File([await sheet.convertToBlob()], "p.png", { type: "image/png" }));
  const event = drop
    ? new DragEvent("drop", { dataTransfer: files, bubbles: true })
    : new ClipboardEvent("paste", { clipboardData: files, bubbles: true });
  document.querySelector(selector).dispatchEvent(event);
}"""


def reach(page: Page, there: Callable[[], bool], most: int = 90) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        if there():
            return
        page.keyboard.press("Tab")
    raise AssertionError(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def focused(page: Page, selector: str) -> Callable[[], bool]:
    return lambda: page.evaluate(f"document.activeElement.matches({json.dumps(selector)})")


def bring_by_keys(page: Page) -> None:
    """Eight discs and eight stripes, one more of which was taken out."""
    page.on("filechooser", lambda chooser: None)  # from now on, as asking just before may be late
    page.locator("[role=tab][data-tab-id=transfer]:visible").focus()
    reach(page, focused(page, "#transfer-album .own"))
    page.keyboard.press("Enter")
    expect(page.locator("#transfer-album .thumb")).to_have_count(0)
    for place, (name, kind) in enumerate(KINDS.items()):
        page.locator("[role=tab][data-tab-id=transfer]:visible").focus()
        card = f"#transfer-album .class:nth-child({place + 1})"
        reach(page, focused(page, f"{card} .name"))
        page.keyboard.press("Control+A")
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        reach(page, focused(page, f"{card} .upload"))
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(photos(kind, 8 + place))
        expect(page.locator(f"{card} .thumb")).to_have_count(8 + place)
    expect(page.locator(NAMES).nth(0)).to_have_value("Disc")
    reach(page, focused(page, "#transfer-album .class:nth-child(2) .thumb"))
    page.keyboard.press("Enter")  # takes the photo out; the focus goes to the next one
    expect(page.locator("#transfer-album .class").nth(1).locator(".thumb")).to_have_count(8)
    assert focused(page, "#transfer-album .thumb")()
    expect(page.locator(NOTES)).to_contain_text("12 photos to train with, 4 to validate")


def test_photos_are_brought_trained_and_read_by_keys_then_explained_and_taken_along(
    open_transfer: Opened, tmp_path: Path
):
    page = open_transfer()
    bring_by_keys(page)
    reach(page, focused(page, ".cd-modes input"))
    reach(page, focused(page, ".cd-rows input"))
    page.keyboard.press("ArrowDown")  # to our own base
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Fetch 553 MB")).to_be_visible()  # VGG-16 is not here
    page.keyboard.press("ArrowUp")
    expect(page.locator(".cd-train-button")).to_be_enabled(timeout=SLOW)
    reach(page, focused(page, ".cd-train-button"))
    page.keyboard.press("Enter")
    expect(page.locator(RESULTS)).to_have_count(1, timeout=SLOW)
    reach(page, focused(page, ".cd-use .cd-gallery button"))
    page.keyboard.press("Enter")
    expect(page.locator("#transfer-answer .chosen")).to_have_count(1)

    use = page.locator(".cd-use")
    picker = use.get_by_role("combobox")
    expect(picker).to_have_value(re.compile(r"^\S+: \d+\.\d%"))
    for name, kind in KINDS.items():
        page.locator("#transfer-picture input[type=file]").set_input_files(
            [file(NEW, photo(kind, 300))]
        )
        expect(page.locator(WINNER)).to_have_text(name)
    model = picker.input_value().split(":")[0]
    use.get_by_role("button", name=text.say("en", "transfer.export")).click()
    use.get_by_role("button", name=text.say("en", "transfer.export.zip")).click()
    save = use.get_by_role("button", name=text.say("en", "transfer.export_save"))
    expect(save).to_be_visible(timeout=120_000)
    expect(use).to_contain_text("Exported equals app")
    with page.expect_download() as download:
        save.click()
    download.value.save_as(tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as opened:
        opened.extractall(tmp_path / "model")
    (tmp_path / NEW).write_bytes(photo("stripes", 300))
    ran = run_python(WITHOUT_US, cwd=tmp_path / "model", words=[str(tmp_path / NEW)])
    assert "Stripes" in ran.stdout
    use.get_by_role("button", name=text.say("en", "transfer.explain")).click()
    bars = page.locator("#explain-bars")
    expect(bars.locator(".winner")).to_have_text("Stripes", timeout=SLOW)
    expect(bars).to_contain_text("right on the 4 validation photos")
    model_there = page.locator(".cd-explain").get_by_role("combobox", name="Model")
    expect(model_there).to_have_value(re.compile(re.escape(model)))
    page.locator("#explain-why > .label-wrap").click()
    expect(page.locator("#explain-heat .card").first).to_contain_text("Stripes", timeout=SLOW)


def test_a_zip_is_brought_what_is_pasted_joins_it_and_a_reload_finds_the_training(
    open_transfer: Opened, tmp_path: Path
):
    page = open_transfer()
    chooser = page.locator("#transfer-album .zip-file")
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 no zip")
    chooser.set_input_files(bad)
    said = page.locator("#transfer-album")
    expect(said).to_contain_text(text.say("en", "problem.zip_not"))
    expect(page.locator("#transfer-album .banner")).to_be_visible()
    files = {f"{kind}/{n}.jpg": photo(kind, n) for kind in ("disc", "stripes") for n in range(30)}
    chooser.set_input_files(write_zip(tmp_path / "good.zip", files))
    expect(said).to_contain_text("60 photos were read")
    cards = page.locator("#transfer-album .class")
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="6 more").first.click()
    expect(cards.first.locator(".thumb")).to_have_count(30)
    with page.expect_download() as download:
        page.get_by_role("button", name=album_says("keep")).click()
    download.value.save_as(tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as opened:
        assert len(opened.namelist()) == 60

    cards.nth(1).get_by_role("button", name=album_says("add")).focus()
    for count, is_dropped in ((31, False), (32, True)):
        page.evaluate(PASTE, ["#transfer-album .class:nth-child(2)", is_dropped])
        expect(cards.nth(1).locator(".count")).to_have_text(album_says("n_photos", photos=count))
    expect(cards.nth(0).locator(".count")).to_have_text(album_says("n_photos", photos=30))

    # So many photos and epochs that a fast machine is not done before the page is there again.
    page.locator(".cd-modes label").nth(1).click()
    epochs = page.get_by_role("spinbutton", name=text.say("en", "transfer.set.epochs"))
    epochs.fill("60")
    epochs.press("Tab")
    expect(page.locator(".cd-train-button")).to_be_enabled()
    page.locator(".cd-train-button").click()
    expect(page.locator(".cd-transfer progress:visible")).to_have_count(1)
    page.reload()
    page.locator("[role=tab][data-tab-id=transfer]:visible").click()
    expect(page.locator(NAMES).first).to_have_value("disc", timeout=SLOW)
    expect(cards.nth(1).locator(".count")).to_have_text(album_says("n_photos", photos=32))
    stop = page.get_by_role("button", name=text.say("en", "transfer.stop"), exact=True)
    expect(stop).to_be_visible(timeout=SLOW)
    stop.click()
    expect(page.locator(".block.cd-going-on")).to_contain_text("nothing of it is kept")
    expect(page.locator(".cd-train-button")).to_be_enabled()
    expect(page.locator(RESULTS)).to_have_count(0)


def test_bursts_of_the_camera_a_drop_on_it_and_live_answers(open_transfer: Opened):
    page = open_transfer(permissions=["camera"])
    page.evaluate(SCENES)
    cards = own_classes(page)
    for place, card in enumerate(cards.all()):
        card.get_by_role("button", name=album_says("camera")).click()
        dialog = page.locator("#transfer-album dialog")
        page.wait_for_function("document.querySelector('#transfer-album video')?.videoWidth > 0")
        if place:
            dialog.get_by_role("button", name=album_says("for_seconds", seconds=3)).click()
        else:
            hold = dialog.get_by_role("button", name=album_says("hold"))
            hold.focus()
            page.keyboard.down("Space")
        expect(dialog.locator("[role=status]")).to_contain_text(
            re.compile(r"([3-9]|\d\d) photos taken"), timeout=SLOW
        )
        if not place:
            page.keyboard.up("Space")
        dialog.get_by_role("button", name=album_says("camera_done")).click()
        expect(dialog).to_have_count(0)
        expect(card.locator(".thumb").nth(2)).to_be_visible()
    expect(page.locator(NOTES)).to_contain_text(
        re.compile(r"\d+ photos to train with, \d+ to validate")
    )
    train(page)
    took = page.locator("#transfer-answer .details p").last
    expect(took).to_contain_text("Computed")

    page.get_by_role("button", name=text.say("en", "transfer.live")).click()
    live = page.locator("div.cd-live").first
    begin = live.get_by_role("button", name=text.say("en", "gradio.access_webcam"))
    expect(begin).to_be_visible()
    held: list[Route] = []
    page.route(re.compile(r"/upload(\?|$)"), lambda route: held.append(route))
    page.evaluate(PASTE, [".cd-live video", True])
    expect(page.locator("#transfer-answer .bars")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#transfer-answer .chosen")).to_have_count(0)
    held.pop().continue_()
    expect(took).to_contain_text("Computed")
    expect(page.locator("#transfer-answer .chosen")).to_have_count(1)
    expect(begin).to_be_visible()

    page.unroute_all()
    said = page.locator("#transfer-answer .bars").inner_text()
    begin.click()
    live.get_by_role("button", name=text.say("en", "gradio.capture_photo")).click()
    expect(page.locator("#transfer-answer .bars")).not_to_have_text(said, use_inner_text=True)
    expect(took).to_contain_text("Computed")
    expect(page.locator(WINNER)).to_contain_text("Class")
