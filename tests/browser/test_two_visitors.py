"""A Space with two browsers: what one of them trains and brings, the other one never sees."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, expect
from support.pages import models_to_draw_for
from support.small_data import members, write_zip
from support.train_page import runs, show_train, start, status
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


def test_what_one_browser_trains_is_not_seen_by_another(
    chromium: Browser, space: Server, tmp_path: Path
):
    with visits(chromium, space.url, patience=30_000) as opened:
        alice, bob = opened(), opened()
        for page in (alice, bob):
            show_train(page)
        start(alice, long=False)
        expect(status(alice)).to_contain_text(text.say("en", "status.done"), timeout=60_000)
        mine = write_zip(tmp_path / "colours of mine.zip", members())
        alice.locator("#train-own input[type=file]").set_input_files(mine)
        expect(alice.locator("#train-dataset input")).to_have_value(
            "colours of mine", timeout=30_000
        )

        bob.reload()
        expect(bob.locator(".cd-draw .step")).not_to_have_count(0, timeout=20_000)
        show_train(bob)
        expect(runs(bob)).to_have_count(1)
        expect(status(bob)).to_contain_text(text.say("en", "train.example"))
        bob.locator("#train-dataset input").click()
        assert "colours of mine" not in bob.locator("body").inner_html()
        bob.keyboard.press("Escape")
        for page, count in ((alice, 1), (bob, 0)):
            page.get_by_role("tab").first.click()
            models_to_draw_for(page, MINE, count)
