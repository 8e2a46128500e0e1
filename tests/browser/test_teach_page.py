"""The default network is taught a sign that it misreads, by mouse and keys, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Locator, Page, expect
from support.forked import ForkedServer
from support.pages import check_language, draw, winner
from support.visits import visits

from convdemo.ui import text

SLOW = 60_000
NAME = "digit_resnet-mnist-hand-"


@pytest.fixture(scope="module")
def server(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("home")),
    }
    with serving(variables=variables, start=ForkedServer) as started:
        yield started


def cross(page: Page, slant: float = 0.0) -> None:
    """A plus sign, somebody's way to write an eight."""
    page.locator("#draw-pad .clear").click()
    draw(page, [(0.5 - slant, 0.15), (0.5 + slant, 0.85)])
    draw(page, [(0.15, 0.5 + slant), (0.85, 0.5 - slant)])


def button(page: Page, key: str, language: str = "en") -> Locator:
    name = text.say(language, f"teach.{key}")
    return page.locator("#draw-teach").get_by_role("button", name=name, exact=True)


def named(page: Page, digit: int) -> Locator:
    """The button that says that it is that digit."""
    return page.locator(".cd-named button").nth(digit)


def test_a_misread_sign_is_taught_and_read(chromium: Browser, server: Server):
    with visits(chromium, server.url, patience=SLOW) as opened:
        page = opened()
        drawings, line = page.locator("#draw-hand img"), page.locator("#draw-teach-line .says")
        cross(page)
        expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
        expect(winner(page).and_(page.locator("[data-class='8']"))).to_have_count(0)
        for count, slant in enumerate((0.0, 0.04, -0.04), start=1):
            cross(page, slant)
            named(page, 8).click()
            expect(drawings).to_have_count(count)
            expect(drawings.first).to_be_visible()  # the fold opens by itself
        named(page, 3).click()
        expect(page.locator("#draw-hand h3")).to_have_text(["3", "8"])
        page.get_by_role("button", name=text.say("en", "teach.remove", digit=3)).click()
        expect(page.locator("#draw-hand h3")).to_have_text(["8"])

        page.locator("#draw-teach").get_by_role("checkbox").check()
        button(page, "start").click()
        rows = page.locator("#draw-taught tbody tr")
        expect(rows).to_have_count(2, timeout=SLOW)
        expect(rows.first.locator("td")).to_contain_text(["held out: 1", "0", "1 (100.0%)", ""])
        expect(rows.nth(1).locator("td").first).to_contain_text("40")
        expect(line).to_contain_text(NAME)
        model = page.locator(".cd-draw-models").get_by_role("combobox")
        expect(model).to_have_value(re.compile(f"^{NAME}1: "))
        expect(winner(page).first).to_have_attribute("data-class", "8")
        cross(page, 0.02)
        expect(winner(page).first).to_have_attribute("data-class", "8")
        with page.expect_download() as saved:
            button(page, "save").click()
        assert saved.value.suggested_filename == f"{NAME}1.safetensors"

        page.locator(".cd-draw-models").get_by_role(
            "button", name=text.say("en", "explain.look_inside")
        ).click()
        explained = page.get_by_role("tabpanel").get_by_label(text.say("en", "answer.model")).last
        expect(explained).to_have_value(re.compile(f"^{NAME}1: "))

        # Who comes again finds the drawings.
        page.goto(server.url)
        page.locator("#draw-teach > button").click()
        expect(drawings).to_have_count(3)


def test_in_korean_on_a_phone_by_keys(chromium: Browser, server: Server):
    """What the browser before has drawn is not seen here."""
    with visits(chromium, server.url, patience=SLOW) as opened:
        other = opened(viewport={"width": 390, "height": 800}, locale="ko-KR")
        other.locator("#draw-teach > button").click()
        expect(other.locator("#draw-hand img")).to_have_count(0)
        expect(other.locator("#draw-hand .note")).to_have_text(text.say("ko", "teach.nothing"))
        button(other, "start", "ko").press("Enter")
        expect(other.locator("#draw-teach-line .says")).to_have_text(
            text.say("ko", "problem.teach_none")
        )
        named(other, 7).press("Enter")
        expect(other.locator("#draw-hand img")).to_have_count(1)
        button(other, "start", "ko").press("Enter")
        expect(other.locator("#draw-taught tbody tr")).to_have_count(2, timeout=SLOW)
        check_language(other, "ko")
        assert other.evaluate("document.documentElement.scrollWidth") <= 390
        button(other, "forget", "ko").press("Enter")
        expect(other.locator("#draw-taught tbody tr")).to_have_count(0)
        expect(other.locator("#draw-teach-line .says")).to_have_text(text.say("ko", "teach.gone"))
        expect(other.locator(".cd-draw-models").get_by_role("combobox")).to_have_value(
            re.compile("^digit_resnet-mnist: ")
        )
