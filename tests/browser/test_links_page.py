"""Links as a visitor and a teacher use them: made, copied, opened, corrected."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect
from support.checkout import ROOT
from support.visits import Opened, visits

LESSONS = re.findall(r"\]\(http://[^)?]+([^)]+)\)", (ROOT / "docs/classroom.md").read_text("utf-8"))


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


def lesson(tab: str, language: str) -> str:
    return next(one for one in LESSONS if f"tabs={tab}&lang={language}" in one)


def test_a_lesson_is_opened_changed_and_copied(open_page: Opened):
    query = lesson("train", "en")
    page = open_page(query, permissions=["clipboard-read", "clipboard-write"])
    tabs = page.locator("#convdemo-tabs [role=tab][data-tab-id]:visible")
    expect(tabs).to_have_count(1)
    expect(page.locator(".cd-task")).to_have_text(parse_qs(query[1:])["task"][0])
    epochs = page.locator("#train-epochs input[type=number]")
    expect(epochs).to_have_value("5")
    expect(page.locator("#train-limit input")).to_have_value(re.compile("1,000"))
    epochs.fill("7")
    epochs.blur()
    expect(page).to_have_url(re.compile("train.epochs=7"))
    assert "train.device" not in page.url
    copy = page.locator("[data-role=link]")
    copy.focus()
    page.keyboard.press("Enter")
    expect(copy).to_have_text("Link copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    found = parse_qs(urlsplit(copied).query)
    assert found["tabs"] == ["train"]
    assert found["train.model"] == ["cnn"]
    elsewhere = open_page(f"?{urlsplit(copied).query}")
    opened = elsewhere.locator("#train-epochs input[type=number]")
    expect(opened).to_have_value("7", timeout=30_000)


def test_what_is_not_there_is_said_in_korean_on_a_phone(open_page: Opened):
    markup = "%3Cimg+src=x+onerror=document.title=1%3E"
    query = lesson("explain", "ko").replace("explain.model=", f"explain.model={markup}")
    page = open_page(f"{query}{markup}", viewport={"width": 390, "height": 844})
    notice = page.get_by_role("status").filter(has_text="기본값")
    expect(notice).to_contain_text("모델", timeout=30_000)
    expect(page.locator(".cd-task")).to_contain_text("<img")
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert "explain.model" not in page.url  # it is corrected
    assert "explain.example=clothes" in page.url
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide)
    page.locator("[data-language=en]").click()
    expect(page.get_by_role("status").filter(has_text="The usual is shown")).to_be_visible()
    expect(page.locator("[data-role=link]")).to_have_text("Copy link")
