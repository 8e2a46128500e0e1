"""A network of one's own in a real browser: written, corrected, trained, read and looked into."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, expect
from support.forked import ForkedTrainer
from support.pages import SEVEN, check_language, draw, models_to_draw_for, winner
from support.train_page import pick, runs, show_train, status
from support.visits import Opened, visits

from convdemo.networks.written import LINES
from convdemo.ui import text


@pytest.fixture(scope="module")
def server(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("written")),
        "OMP_NUM_THREADS": "1",
    }
    with serving(variables=variables, start=ForkedTrainer) as started:
        yield started


@pytest.fixture
def opened(chromium: Browser, server: Server) -> Iterator[Opened]:
    with visits(chromium, server.url, patience=30_000) as found:
        yield found


def test_a_network_is_written_corrected_trained_read_and_opened(opened: Opened):
    page = opened()
    show_train(page)
    field, line = page.locator("#train-line textarea"), page.locator("#train-line")
    expect(field).to_have_value(LINES["quick_cnn"])
    field.click()
    field.fill("conv 3 8 - relu - pool 2 - dense 10")
    expect(line.locator(".wrong")).to_contain_text("flatten first")
    expect(line.locator("mark")).to_have_text("dense 10")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.locator("#train-start").click()  # it is not trained, nor is another instead of it
    expect(page.locator("#train-told .sentence")).to_contain_text("flatten first")
    expect(runs(page)).to_have_count(1)

    # Corrected by keys: the table follows, and Train takes what is there.
    field.focus()
    field.press("End")
    for _ in range(len("dense 10")):
        field.press("ArrowLeft")
    field.press_sequentially("flatten - ")
    expect(line.locator(".wrong")).to_be_empty()
    expect(line.locator("tbody")).to_have_count(3)
    expect(line.locator("tbody").last).to_contain_text("13,530")
    totals = re.compile(r"13,610 parameters.*s an epoch", re.S)
    expect(line.locator(".totals")).to_contain_text(totals)
    expect(page.locator("#train-model input")).to_have_value(re.compile(r"^conv 8, dense 10: 14k"))
    page.locator("#train-epochs input[type=number]").fill("2")
    page.locator("#train-epochs input[type=number]").press("Tab")
    expect(page.locator("#train-preset input")).to_have_value(
        text.say("en", "train.preset.changed")
    )
    page.locator("#train-start").click()
    expect(runs(page)).to_have_count(2)
    expect(status(page)).to_contain_text("conv 8, dense 10, MNIST")
    expect(status(page)).to_contain_text(text.say("en", "status.done"), timeout=60_000)
    expect(page.locator("#train-inside figure")).to_have_count(3)
    expect(page.locator("#train-inside figure").first).to_contain_text("conv1")
    page.get_by_role("button", name=text.say("en", "train.inside_filters")).click()
    expect(page.locator("#train-filters .pictures")).to_have_count(2)
    check_language(page, "en")

    cell = page.locator("#train-matrix .cell").first
    cell.click()
    page.locator("#train-cell button").first.click()  # to Explain
    expect(page.locator("#explain-bars .notes")).to_contain_text("The data set says")
    model = page.locator(".cd-explain").get_by_role("combobox", name="Model")
    expect(model).to_have_value(re.compile(r"^conv 8, dense 10 \(layers_\w+-mnist-\w+\)"))

    page.get_by_role("tab").first.click()
    [trained] = models_to_draw_for(page, r"^conv 8, dense 10 \(", 1)
    page.locator(".cd-draw").get_by_role("combobox").first.click()
    page.get_by_role("option", name=trained).click()
    draw(page, SEVEN)
    expect(winner(page)).to_be_visible()


def test_a_line_is_written_on_a_phone_by_keys_in_korean(opened: Opened):
    page = opened("?lang=ko", viewport={"width": 390, "height": 844})
    show_train(page)
    line = page.locator("#train-line")
    pick(page, "train-model", text.say("ko", "train.model.ten_sigmoid"))
    field = line.locator("textarea")
    expect(field).to_have_value(re.compile("^flatten - dense 64 - sigmoid"))
    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("합성곱 3 8")
    expect(line.locator(".wrong")).to_contain_text("합성곱로 시작")
    expect(line.locator("mark")).to_have_text("합성곱")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("conv 31 8")
    expect(line.locator(".wrong")).to_contain_text("31")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("flatten - dense 10")
    page.keyboard.press("Enter")
    expect(page.locator("#train-model input")).to_have_value(re.compile("^dense 10: "))
    check_language(page, "ko")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cut = line.evaluate(
        """(one) => [...one.querySelectorAll("table, textarea, p")]
          .filter((part) => part.scrollWidth > part.clientWidth + 1)
          .map((part) => part.outerHTML)"""
    )
    assert cut == []
