"""Hostile input by the thousand, what it once broke, and the files that it leaves."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from benchmarks.fuzz import SHARES, fuzz
from gradio.route_utils import delete_files_created_by_app
from starlette.testclient import TestClient
from support.contexts import BOB, make_context
from support.in_process import Session, built, called, in_loop

from convdemo.ui import launch
from convdemo.ui.tabs.transfer import plans
from convdemo.ui.wire import Refused

EXAMPLE = '{"example": "ankle-boot.jpg", "job": "clothes"}'


@pytest.fixture(scope="module", autouse=True)
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where uploads and files for visitors lie."""
    folder = tmp_path_factory.mktemp("served")
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADIO_TEMP_DIR", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, small_data_dir: Path) -> Session:
    folder = tmp_path_factory.mktemp("space")
    return Session(built(make_context(folder, small_data_dir, on_space=True)), BOB["visitor"])


def ask(session: Session, ending: str, given: dict[int, Any], data: Any = None) -> list[Any]:
    """The answer of every event whose function's name ends so."""
    doors = [one for one in session.events if called(one).endswith(ending)]
    assert doors
    return [session.ask(one, given, data) for one in doors]


@pytest.mark.filterwarnings("ignore")  # of Pillow and zipfile, about what is damaged
def test_a_thousand_cases_are_taken_or_refused():
    report = fuzz(1000, 0)
    assert report["crashes"] == {}
    assert set(report["targets"]) == set(SHARES)
    assert all(counts.keys() - {"taken"} for counts in report["targets"].values())
    assert sum(sum(counts.values()) for counts in report["targets"].values()) == 1000


def test_what_a_program_may_send_is_refused(session: Session):
    for settings in (0.5, [1], "text"):
        [(told,)] = ask(session, "endpoint.build.<locals>.transfer", {0: {}, 1: settings})
        assert "error" in told
    assert plans.is_here(cast(str, None))  # a base that is none needs no weights
    for visitor in (None, 7, ["a"]):
        with pytest.raises(Refused, match="request"):
            ask(session, "transfer.wire_up.<locals>.again", {0: visitor})
    with pytest.raises(Refused, match="request"):
        ask(session, "Learn.wire.<locals>.recipe", {0: None})
    with pytest.raises(Refused, match="request"):
        ask(session, "augment.events.begun", {0: ["own"]})
    with pytest.raises(Refused, match="request"):
        ask(session, "train.form.translated", {0: ["cnn"]})
    # A menu from which one is chosen may be sent a list of its own choices.
    with pytest.raises(Refused, match="request"):
        ask(session, "explain.wire_up.<locals>.answered", {0: EXAMPLE, 1: ["cnn-mnist"]})
    about = json.dumps({"source": EXAMPLE, "reader": 7})
    for parts in ask(session, "augment.events.swept", {0: about}):
        assert len(parts) > 1
    for shape in (None, "9" * 300):
        [(_, _, told)] = ask(session, "convolution.panels.in_line", {1: shape})
        assert told.endswith(".")
    convolved = {0: 1, 1: 9, 2: 3, 13: {"a": 1}}
    [(told,)] = ask(session, "endpoint.build.<locals>.convolve", convolved)
    assert "error" in told
    # Before anything is ranked, none of the channels is among the first.
    [(kept,)] = ask(session, "_switches.<locals>.without", {})
    assert kept == []


def test_files_for_visitors_go_after_an_hour(session: Session, served: Path):
    app = session.app
    assert app.delete_cache == (3600, 3600)
    ask(session, "events.kept", {})  # pictures of the Augment tab
    ask(session, "look.saved", {})  # weights
    ask(session, "transfer.wire_up.<locals>.changed", {}, {"action": "keep"})  # a zip of photos

    def there() -> set[str]:
        return {path.name for path in served.rglob("*") if path.is_file()}

    made = {"cnn-mnist.safetensors", "photos.zip", "augment-imagenet-0-9.png"}
    assert there() >= made
    delete_files_created_by_app(app, age=3600)
    assert there() >= made
    delete_files_created_by_app(app, age=-1)  # as if it were later
    assert there() == set()


def test_uploads_go_after_an_hour(tmp_path: Path, small_data_dir: Path):
    page = in_loop(lambda: launch.asgi(make_context(tmp_path, small_data_dir)))
    apps: list[Any] = [getattr(route, "app", None) for route in page.routes]
    [blocks] = [app.get_blocks() for app in apps if hasattr(app, "get_blocks")]
    with TestClient(page) as client:
        sent = client.post("/gradio_api/upload", files={"files": ("a.png", b"no picture")})
        [path] = sent.json()
        assert Path(path).read_bytes() == b"no picture"
        delete_files_created_by_app(blocks, age=3600)
        assert os.path.exists(path)
        delete_files_created_by_app(blocks, age=-1)
        assert not os.path.exists(path)
