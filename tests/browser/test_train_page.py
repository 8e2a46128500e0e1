"""The Train tab as a visitor uses it: start, watch, reload, stop, compare, look, and draw."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.forked import ForkedTrainer
from support.pages import check_language, models_to_draw_for, words
from support.small_data import COLOURS, HEIC, members, write_zip
from support.train_page import setting, show_train, start, status
from support.visits import Opened, visits

from convdemo.ui import text


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
def open_train(chromium: Browser, server: Server) -> Iterator[Opened]:
    with visits(chromium, server.url, patience=30_000) as opened:

        def opened_at_train(query: str = "", **settings: object) -> Page:
            page = opened(query, **settings)
            show_train(page)
            return page

        yield opened_at_train


def test_a_run_is_started_watched_found_again_stopped_and_used(open_train: Opened, tmp_path: Path):
    page = open_train()
    start(page, long=True)
    line = page.locator(".cd-train [data-role=charts] svg path, .cd-train polyline").first
    expect(status(page)).to_contain_text(text.say("en", "status.training"), timeout=30_000)
    expect(line).to_be_attached(timeout=30_000)

    page.reload()
    expect(page.locator(".cd-draw .step")).not_to_have_count(0, timeout=20_000)
    show_train(page)
    expect(status(page)).to_contain_text(text.say("en", "status.training"))
    page.get_by_role("button", name=text.say("en", "train.pause"), exact=True).click()
    expect(status(page)).to_contain_text(text.say("en", "status.paused"))
    page.get_by_role("button", name=text.say("en", "train.continue"), exact=True).click()
    expect(status(page)).to_contain_text(text.say("en", "status.training"))
    page.get_by_role("button", name=text.say("en", "train.stop"), exact=True).click()
    expect(status(page)).to_contain_text(text.say("en", "status.stopped"), timeout=30_000)

    cell = page.locator(".cd-train [data-role=outcome] .cd-cell").first
    expect(cell).to_be_visible(timeout=30_000)
    cell.click()
    mistake = page.locator(".cd-train [data-role=outcome] .cd-sample-button").first
    expect(mistake.locator("img")).to_be_visible()
    mistake.click()  # to Explain, with the model that made it
    explain = page.locator(".cd-explain")
    expect(explain.locator("[data-role=known]")).not_to_be_empty(timeout=20_000)
    expect(explain.locator("[data-role=model]")).to_have_value(re.compile(r"cnn2-mnist-\w+"))
    show_train(page)

    start(page, long=False)
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    boxes = page.locator(".cd-train [data-role=runs] input[type=checkbox]")
    for place in range(2):
        boxes.nth(place).check()
    differences = page.locator(".cd-train [data-role=differences]")
    expect(differences).to_contain_text(text.say("en", "train.epochs"))

    with page.expect_download() as download:
        page.get_by_role("button", name=text.say("en", "train.download"), exact=True).click()
    download.value.save_as(tmp_path / "model.safetensors")
    (tmp_path / "model.pt").write_bytes(b"PK\x03\x04")
    upload = page.locator(".cd-train input[type=file]")
    said = page.locator(".cd-train .cd-model-upload")
    upload.set_input_files(tmp_path / "model.pt")
    expect(said).to_contain_text(text.say("en", "problem.weights_pickle"))
    upload.set_input_files(tmp_path / "model.safetensors")
    expect(said).to_contain_text(re.compile(r"simple_ann-mnist-\w{6}-2"))

    page.get_by_role("tab").first.click()
    trained = models_to_draw_for(page, r"(simple_ann|cnn2)-mnist-\w{6}", 3)
    page.locator(".cd-draw").get_by_role("combobox").click()
    page.get_by_role("option", name=trained[0]).click()
    page.get_by_role("button", name=text.say("en", "code.title")).click()
    code = page.locator(".cd-fold .cm-content:visible")
    expect(code).to_contain_text(re.compile("(simple_ann|cnn2)-mnist-"))
    expect(words(page)).not_to_be_empty()


def test_own_pictures_are_shown_class_by_class_before_the_training(
    open_train: Opened, tmp_path: Path
):
    page = open_train()
    files = {**members(6), "red/a.heic": HEIC, "loose.png": members()["red/1.png"]}
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=text.say("en", "train.own"), exact=True).click()
    chooser.value.set_files(write_zip(tmp_path / "colours", files))  # a zip without an ending
    rows = page.locator(".cd-own-classes li")
    expect(rows).to_have_text([f"{name} 6 photos" for name in sorted(COLOURS)], timeout=60_000)
    for row in rows.all():
        expect(row.locator("img")).to_have_count(4)
    found = page.locator(".cd-own .cd-finding")
    expect(found.nth(0)).to_have_text(
        "Files left out, not pictures that can be read: 1 HEIC (red)."
    )
    expect(found.nth(1)).to_have_text("Pictures left out, in no class folder: 1 (loose.png).")
    page.get_by_role("button", name="한국어", exact=True).click()
    expect(found.nth(0)).to_have_text("읽을 수 있는 사진이 아니어서 뺀 파일: HEIC 1개(red).")
    expect(rows.first).to_have_text("blue 사진 6장")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=text.say("ko", "train.own"), exact=True).click()
    heics = {f"{name}/{n}": HEIC for name in "abc" for n in range(8)}
    chooser.value.set_files(write_zip(tmp_path / "b.zip", heics))
    expect(page.locator(".cd-own .cd-trouble")).to_contain_text("(HEIC 24개)", timeout=60_000)


def test_a_mistake_is_trained_beside_a_healthy_run(open_train: Opened):
    page = open_train()
    page.locator(".cd-train details").first.locator("summary").click()
    runs = page.locator(".cd-train .cd-run")
    start(page, long=False)
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    before = runs.count()
    start(page, long=False, fault="shuffled_labels")
    see = text.say("en", "train.fault.shuffled_labels.see")
    expect(page.locator(".cd-train")).to_contain_text(see)
    expect(runs.first).to_contain_text(text.say("en", "train.fault.shuffled_labels"))
    assert page.locator(".cd-train [data-role=runs] input:checked").count() == 2
    expect(runs.first).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    expect(page.locator(".cd-train [data-role=differences]")).to_contain_text(
        text.say("en", "train.fault.none")
    )
    expect(runs).to_have_count(before + 1)  # the healthy run was there
    # One with another seed was not: both are trained, the healthy one first.
    setting(page, "seed").fill("77")
    page.locator(".cd-train .cd-primary").first.click()
    expect(runs).to_have_count(before + 3)
    assert page.locator(".cd-train [data-role=runs] input:checked").count() == 2
    expect(runs.nth(0)).to_contain_text(text.say("en", "train.fault.shuffled_labels"))
    expect(runs.nth(1)).not_to_contain_text(text.say("en", "train.fault.shuffled_labels"))


def test_the_train_tab_speaks_both_languages(open_train: Opened):
    page = open_train()
    start(page, long=False)
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=30_000)
    check_language(page, "en")
    page.get_by_role("button", name="한국어", exact=True).click()
    expect(page.get_by_role("tab").nth(2)).to_have_text(text.say("ko", "tab.train"))
    check_language(page, "ko")


def test_the_train_tab_fits_a_phone(open_train: Opened):
    page = open_train(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """[...document.querySelectorAll(".cd-train button, .cd-train select, .cd-train summary")]
          .filter((node) => node.offsetParent && !node.closest("table"))
          .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 38)
          .map((node) => node.outerHTML.slice(0, 80))"""
    )
    assert small == []
