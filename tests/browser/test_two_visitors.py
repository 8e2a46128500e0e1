"""A Space with two browsers: what one of them trains and brings, the other one never sees."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.pages import models_to_draw_for
from support.small_data import members, write_zip
from support.train_page import show_train, start, status
from support.visits import visits

from convdemo.ui import text

MINE = r"simple_ann-mnist-\w{6}"


@pytest.fixture(scope="module")
def space(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("space")),
        "OMP_NUM_THREADS": "1",
    }
    with serving(space=True, variables=variables) as started:
        yield started


def ask(page: Page, request: dict, **changes: object) -> dict:
    """What a server function answers to a page's own request with something changed in it."""
    body = json.loads(request["body"])
    body["data"] = {**body["data"], **changes}
    return page.evaluate(
        """async ({ url, body }) => {
          const headers = { "Content-Type": "application/json" };
          return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
        }""",
        {"url": request["url"], "body": body},
    )


def test_what_one_browser_trains_is_not_seen_by_another(
    chromium: Browser, space: Server, tmp_path: Path
):
    with visits(chromium, space.url, patience=30_000) as opened:
        alice, bob = opened(), opened()
        followed: list[dict] = []
        alice.on(
            "request",
            lambda request: (
                followed.append({"url": request.url, "body": request.post_data})
                if '"fn_name":"follow"' in (request.post_data or "")
                else None
            ),
        )
        for page in (alice, bob):
            show_train(page)
        start(alice, long=False)
        expect(status(alice)).to_contain_text(text.say("en", "status.done"), timeout=60_000)
        with alice.expect_file_chooser() as chooser:
            alice.get_by_role("button", name=text.say("en", "train.own")).click()
        chooser.value.set_files(write_zip(tmp_path / "colours of mine.zip", members()))
        sets = alice.locator(".cd-train select option", has_text="colours of mine")
        expect(sets).to_have_count(1, timeout=30_000)

        bob.reload()
        expect(bob.locator(".cd-draw .step")).not_to_have_count(0, timeout=20_000)
        show_train(bob)
        expect(bob.locator(".cd-train .cd-run")).to_have_count(1)
        expect(status(bob)).to_contain_text(text.say("en", "train.example"))
        assert "colours of mine" not in bob.locator(".cd-train").inner_html()
        for page, count in ((alice, 1), (bob, 0)):
            page.get_by_role("tab").first.click()
            models_to_draw_for(page, MINE, count)

        # Bob knows the run's name and asks for it with his own key, and with none.
        [own, *_] = [one for one in followed if '"run":"example"' not in one["body"]]
        asked = json.loads(own["body"])["data"]
        assert ask(alice, own, after=0)["run"]["id"] == asked["run"]
        assert ask(bob, own, visitor="b" * 32)["problem"] == "train_gone"
        for key in (None, "", asked["visitor"].upper(), asked["visitor"][:-1]):
            assert ask(bob, own, visitor=key)["problem"] == "request", key
