"""A race and the search for a rate as a visitor uses them, below the runs of the Train tab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.forked import ForkedServer
from support.pages import check_language
from support.train_page import pick, show_train
from support.visits import Opened, visits

from convdemo.ui import text

PATIENCE = 60_000  # a race of seconds, where others compute, too


@pytest.fixture(scope="module")
def server(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a small data set."""
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("raced")),
        "OMP_NUM_THREADS": "1",
    }
    with serving(variables=variables, start=ForkedServer) as started:
        yield started


@pytest.fixture
def open_race(chromium: Browser, server: Server) -> Iterator[Opened]:
    with visits(chromium, server.url, patience=30_000) as opened:

        def opened_at_race(query: str = "", **settings: object) -> Page:
            page = opened(query, **settings)
            show_train(page)
            for fold in ("race", "rates"):
                page.locator(f"#{fold} > button").press("Enter")
            expect(page.locator("#race-curves path")).to_have_count(3)
            expect(page.locator("#race-goals tbody tr")).to_have_count(3)
            expect(page.locator("#rates-curves .mark")).to_have_count(1)
            return page

        yield opened_at_race


def said(key: str, **values: object) -> str:
    return text.say("en", f"race.{key}", **values)


def test_a_race_of_three_is_run_switched_and_stopped(open_race: Opened):
    page = open_race()
    line, goals = page.locator("#race-line .says"), page.locator("#race-goals")
    expect(line).to_contain_text("A recorded race: Quick CNN on 10,000 pictures of MNIST")
    expect(goals).to_contain_text("step 20 (first)")
    expect(page.locator("#race-curves .key")).to_have_text(
        ["SGD 94.50%", "SGD + momentum 96.90%", "Adam 95.50%"]
    )
    plot = page.locator("#race-curves figure > svg")
    plot.focus()
    page.keyboard.press("Home")
    expect(page.locator("#race-curves .reading")).to_contain_text("Step 0")
    plot.blur()
    check_language(page, "en")

    pick(page, "race-pictures", "2,000")
    page.locator("#race-start").press("Enter")
    expect(line).to_contain_text("The race is over", timeout=PATIENCE)
    expect(page.locator("#race-curves .key")).to_have_count(3)
    expect(page.locator("#race-axis input").first).to_be_checked()
    page.locator("#race-axis input").first.press("ArrowRight")
    expect(plot).to_contain_text(said("axis_seconds"))
    expect(goals).not_to_contain_text("step")

    # The last one gets batches of two, which takes its time.
    page.locator("#race-settings > button").press("Enter")
    page.locator("#race-add").click()
    pick(page, "race-batch", "2")  # at once
    expect(page.locator("#race-who label").last).to_have_text(
        f"4. {said('racer', optimizer='SGD', lr='0.05', batch=2)}"
    )
    expect(page.locator("#race-preset input")).to_have_value(said("preset.changed"))
    pick(page, "race-pictures", "50,000")
    page.locator("#race-start").click()
    stop = page.locator("#race-line").get_by_role("button", name="Stop")
    expect(page.locator("#race-curves .key")).to_have_count(4, timeout=PATIENCE)
    expect(plot).to_contain_text(said("axis_seconds"))  # as it was switched before
    page.locator("#race-axis input").last.press("ArrowLeft")
    expect(plot).to_contain_text(said("axis_step"))
    stop.click()
    expect(line).to_have_text(text.say("en", "problem.explain_stopped"))
    expect(plot).to_contain_text(said("axis_step"))
    expect(page.locator("#race-curves .key")).to_have_count(4)

    # What a race cannot be is said.
    page.get_by_role("button", name="한국어", exact=True).click()
    expect(page.locator("#race-who label").last).to_contain_text("학습률 0.05, 배치 2")
    check_language(page, "ko")


def test_a_rate_is_found_and_taken_on_a_phone(open_race: Opened):
    page = open_race(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    take = page.locator("#rates-take")
    expect(take).to_be_disabled()
    page.locator("#rates-start").click()
    expect(page.locator("#rates-line .says")).to_contain_text("Proposed", timeout=PATIENCE)
    told = page.locator("#rates-line .says").inner_text()
    rate = told.split()[1].rstrip(",")
    take.click()
    expect(page.locator("#train-lr input")).to_have_value(f"{float(rate):.10f}".rstrip("0"))
    expect(page.locator("#train-preset input")).to_have_value(
        text.say("en", "train.preset.changed")
    )
    pick(page, "race-preset", said("preset.norm"))
    expect(page.locator("#race-preset input")).to_have_value(said("preset.norm"))
    pick(page, "race-pictures", "2,000")
    page.locator("#race-start").click()
    expect(page.locator("#race-line .says")).to_contain_text("is over", timeout=PATIENCE)
    expect(page.locator("#race-goals tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
