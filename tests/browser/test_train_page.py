"""The Train tab as a visitor uses it: start, watch, reload, stop, compare, look, and draw."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.forked import ForkedTrainer
from support.pages import models_to_draw_for, words
from support.small_data import COLOURS, HEIC, members, write_zip
from support.train_page import pick, runs, show_train, start, status, unfold
from support.visits import Opened, visits

from convdemo.ui import text

SMALLEST = text.say("en", "train.model.simple_ann")


@pytest.fixture(scope="module")
def server(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose data set is learnt in seconds, and whose runs are its own."""
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("trained")),
        "OMP_NUM_THREADS": "1",
    }
    with serving(variables=variables, start=ForkedTrainer) as started:
        yield started


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Opened]:
    with visits(chromium, server.url, patience=30_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def visit(chromium: Browser, server: Server) -> Iterator[Page]:
    """A visit that tests share, with what they have trained."""
    with visits(chromium, server.url, patience=30_000) as opened:
        page = opened()
        show_train(page)
        yield page


@pytest.fixture
def train(visit: Page) -> Page:
    show_train(visit)
    return visit


@pytest.fixture
def trained(train: Page) -> Page:
    """With a run of the smallest network that has ended, which is chosen."""
    done = runs(train).filter(has_text=SMALLEST).filter(has_text=text.say("en", "status.done"))
    if not done.count():
        start(train, long=False)
        expect(status(train)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    done.first.click()
    expect(train.locator("#train-card .title")).to_contain_text(SMALLEST)
    return train


def go_on(page: Page, name: str) -> None:
    page.get_by_role("button", name=text.say("en", f"train.{name}"), exact=True).click()


def test_a_run_is_started_watched_stopped_compared_and_set_up_again(train: Page):
    page = train
    start(page, long=True)
    expect(status(page)).to_contain_text(text.say("en", "status.training"), timeout=30_000)
    expect(page.locator("#train-curves path").first).to_be_attached(timeout=30_000)
    rate = page.get_by_text(re.compile(r"^Learning rate [\d.e-]+$"))
    expect(rate).to_be_visible()
    go_on(page, "lr_halve")

    page.reload()
    expect(page.locator(".cd-draw .step")).not_to_have_count(0, timeout=20_000)
    show_train(page)
    expect(status(page)).to_contain_text(text.say("en", "status.training"))
    go_on(page, "pause")
    expect(status(page)).to_contain_text(text.say("en", "status.paused"))
    go_on(page, "continue")
    expect(status(page)).to_contain_text(text.say("en", "status.training"))
    go_on(page, "stop")
    expect(status(page)).to_contain_text(text.say("en", "status.stopped"), timeout=30_000)

    cell = page.locator("#train-matrix .cell").first
    expect(cell).to_be_visible(timeout=30_000)
    cell.click()
    mistake = page.locator("#train-cell button").first
    expect(mistake.locator("img")).to_be_visible()
    mistake.click()  # to Explain, with the model that made it
    notes = page.locator("#explain-bars .notes")
    expect(notes).to_contain_text("The data set says", timeout=20_000)
    model = page.locator(".cd-explain").get_by_role("combobox", name="Model")
    expect(model).to_have_value(re.compile(r"cnn2-mnist-\w+"))
    show_train(page)

    # What a network read at the end of an earlier epoch.
    slider = page.locator("#train-epoch input[type=number]")
    last = int(slider.input_value())
    if last > 1:
        before = page.locator("#train-moment .pictures").nth(1).inner_html()
        slider.fill("1")
        slider.press("Tab")
        expect(page.locator("#train-moment .pictures").nth(1)).not_to_have_js_property(
            "innerHTML", before
        )

    start(page, long=False)
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    pick(page, "train-compared", re.compile("three blocks"))
    differences = page.locator("#train-differences")
    expect(differences).to_contain_text(text.say("en", "train.epochs"))
    expect(page.locator("#train-curves .key")).to_have_count(4)
    runs(page).nth(1).click()
    expect(page.locator("#train-card .title")).to_contain_text(text.say("en", "train.model.cnn2"))
    go_on(page, "reuse")
    expect(page.locator("#train-told")).to_contain_text(text.say("en", "train.reused"))
    expect(page.locator("#train-epochs input[type=number]")).to_have_value("200")
    status(page).click()


def test_models_are_downloaded_brought_and_used(trained: Page, tmp_path: Path):
    page = trained
    with page.expect_download() as download:
        go_on(page, "download")
    download.value.save_as(tmp_path / "model.safetensors")
    assert download.value.suggested_filename.startswith("simple_ann-mnist-")
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04")
    said = page.locator("#train-adopted .sentence")
    for name, told in (
        ("model.pt", text.say("en", "problem.weights_pickle")),
        ("model.safetensors", re.compile(r"simple_ann-mnist-\w{6}-2")),
    ):
        with page.expect_file_chooser() as chooser:
            page.locator("#train-adopt").click()
        chooser.value.set_files(tmp_path / name)
        expect(said).to_contain_text(told)
    with page.expect_download() as download:
        page.locator("#train-save-model").click()
    assert download.value.suggested_filename.endswith(".safetensors")
    with page.expect_download() as download:
        page.locator("#train-report").click()
    assert download.value.suggested_filename.startswith("report-2")
    expect(page.locator("#train-report")).to_have_text(text.say("en", "report.button"))

    page.get_by_role("tab").first.click()
    mine = models_to_draw_for(page, r"simple_ann-mnist-\w{6}-2", 1)
    page.locator(".cd-draw").get_by_role("combobox").click()
    page.get_by_role("option", name=mine[0]).click()
    page.get_by_role("button", name=text.say("en", "code.title")).click()
    code = page.locator(".cd-fold .cm-content:visible")
    expect(code).to_contain_text(re.compile(r"simple_ann-mnist-\w{6}-2"))
    expect(words(page)).not_to_be_empty()


def test_a_drawn_digit_is_read_at_any_epoch(train: Page):
    page = train
    watched = page.locator("#train-moment figure[title='Your own digit'] figcaption")
    runs(page).last.click()  # the example
    slider = page.locator("#train-epoch input[type=number]")
    expect(slider).to_have_value("10")
    filters = page.locator("#train-moment img").last.get_attribute("src")
    slider.fill("1")
    slider.press("Tab")
    expect(page.locator("#train-moment img").last).not_to_have_attribute("src", filters or "")
    expect(watched).to_contain_text("%")


def test_settings_that_cannot_be_are_not_offered_and_own_pictures_are_shown_before_the_training(
    open_page: Opened, tmp_path: Path
):
    page = open_page("?tab=train")
    expect(page.locator("#train-start")).to_be_enabled(timeout=30_000)
    pick(page, "train-limit", "1,000")
    plan = page.get_by_text(re.compile(r"^8 steps an epoch"))
    expect(plan).to_be_visible()
    expect(page.locator("#train-preset input")).to_have_value(
        text.say("en", "train.preset.changed")
    )
    pick(page, "train-limit", "All 55")
    expect(page.locator("#train-preset input")).to_have_value(text.say("en", "train.preset.recipe"))
    pick(page, "train-dataset", "CIFAR-10")
    expect(page.locator("#train-model input")).to_have_value(re.compile(r"Compact|CNN|ResNet"))
    unfold(page)
    page.locator("#train-seed input").fill("-3")
    page.locator("#train-start").click()
    told = page.locator("#train-told .sentence")
    expect(told).to_contain_text(text.say("en", "train.seed"))
    files = {**members(6), "red/a.heic": HEIC, "loose.png": members()["red/1.png"]}
    chooser = page.locator("#train-own input[type=file]")
    chooser.set_input_files(write_zip(tmp_path / "colours", files))  # a zip without an ending
    rows = page.locator("#train-data section:has(.pictures)")
    expect(rows.locator(".hint")).to_have_text(
        [f"{name}: 6 pictures" for name in sorted(COLOURS)], timeout=60_000
    )
    for row in rows.all():
        expect(row.locator("img")).to_have_count(4)
    expect(page.locator("#train-dataset input")).to_have_value("colours")
    found = page.locator("#train-own-status .lines p")
    expect(found.nth(0)).to_have_text(
        "Files left out, not pictures that can be read: 1 HEIC (red)."
    )
    expect(found.nth(1)).to_have_text("Pictures left out, in no class folder: 1 (loose.png).")
    page.get_by_role("button", name="한국어", exact=True).click()
    expect(found.nth(0)).to_have_text("읽을 수 있는 사진이 아니어서 뺀 파일: HEIC 1개(red).")
    expect(rows.first.locator(".hint")).to_have_text("blue: 그림 6장")
    heics = {f"{name}/{n}": HEIC for name in "abc" for n in range(8)}
    chooser.set_input_files(write_zip(tmp_path / "b.zip", heics))
    said = page.locator("#train-own-status .sentence.trouble")
    expect(said).to_contain_text("(HEIC 24개)", timeout=60_000)
    remove = page.locator("#train-own-remove")
    remove.click()
    expect(remove).to_have_text(text.say("ko", "train.remove_sure"))
    remove.click()
    expect(page.locator("#train-dataset input")).to_have_value("MNIST")
    expect(remove).to_be_hidden()


def test_a_mistake_is_trained_beside_a_healthy_run(trained: Page):
    page = trained
    before = runs(page).count()
    start(page, long=False, fault="shuffled_labels")
    broken = text.say("en", "train.fault.shuffled_labels")
    expect(status(page)).to_contain_text(broken)
    beside = page.locator("#train-compared .token")
    expect(beside).to_have_count(1)
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    differences = page.locator("#train-differences")
    expect(differences).to_contain_text(text.say("en", "train.fault.none"))
    expect(runs(page)).to_have_count(before + 1)  # the healthy run was there
    # One with another seed was not: both are trained, the healthy one first.
    page.locator("#train-seed input").fill("77")
    page.locator("#train-start").click()
    expect(runs(page)).to_have_count(before + 3)
    expect(beside).to_have_count(1)
    expect(runs(page).nth(0)).to_contain_text(broken)
    expect(runs(page).nth(1)).not_to_contain_text(broken)
