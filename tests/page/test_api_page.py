"""docs/api.md: its examples in three languages are run as they stand, and answer alike."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from benchmarks.served import serving, started
from gradio_client import Client
from gradio_client.utils import is_file_obj_with_meta
from support.checkout import ROOT
from support.forked import ForkedServer
from support.small_data import members, write_zip

from convdemo.cli.main import main
from convdemo.ui import launch, page
from convdemo.ui.headers import HEADERS

PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:7860"
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
HELPERS = re.search(r"^## Before each example\n(.*?)(?=^## )", PAGE, re.M | re.S)
NEEDED = "no default"
LANGUAGES = ("python", "sh", "js")
UNLIKE = ("seconds", "run", "file", "name", "features_seconds")  # from one call to the next


def example(language: str, text: str) -> str:
    """The only block of code of a language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    return found


@pytest.fixture(scope="module")
def url(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    variables = {"CONVDEMO_DATA": str(small_data_dir), "CONVDEMO_HOME": str(home)}
    with serving(variables=variables, start=ForkedServer) as server:
        yield server.url


@pytest.fixture(scope="module")
def answers(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What each endpoint answers in each language: one script with all examples of it."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(page.EXAMPLES / "digits" / "chalk-two.png", folder / "two.png")
    shutil.copy(page.EXAMPLES / "clothes" / "ankle-boot.jpg", folder / "boot.jpg")
    write_zip(folder / "photos.zip", members())
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert node is not None
    assert HELPERS is not None
    found: dict[str, dict[str, Any]] = {}
    for language, command in zip(
        LANGUAGES, ([sys.executable], ["bash", "-eu"], [node]), strict=True
    ):
        # In JavaScript braces let each example have names of its own.
        opened, closed = ("{\n", "}\n") if language == "js" else ("", "")
        parts = [f"{opened}{example(language, one)}{closed}" for one in SECTIONS.values()]
        code = "".join([example(language, HELPERS[1]), *parts]).replace(ADDRESS, url)
        script = folder / f"examples.{language.replace('js', 'mjs')}"
        script.write_text(code)
        done = subprocess.run([*command, script], cwd=folder, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done
        lines = done.stdout.splitlines()[-len(SECTIONS) :]
        read = ast.literal_eval if language == "python" else json.loads
        found[language] = dict(zip(SECTIONS, map(read, lines), strict=True))
    return found


@pytest.mark.parametrize("endpoint", SECTIONS)
def test_every_example_answers_the_same(answers: dict[str, dict[str, Any]], endpoint: str):
    told = [answers[language][endpoint] for language in LANGUAGES]
    assert all("error" not in one for one in told), told
    alike = [{k: v for k, v in one.items() if k not in UNLIKE} for one in told]
    assert alike[0]
    assert alike[1] == alike[0]
    assert alike[2] == alike[0]


def test_the_examples_show_what_is_to_be_shown(answers: dict[str, dict[str, Any]]):
    told = answers["sh"]
    assert (told["predict_digit"]["label"], told["predict_clothes"]["label"]) == ("2", "Ankle boot")
    assert told["convolve"]["output_shape"] == [16, 28, 28]
    assert told["run"]["status"] == "done"
    assert told["transfer"]["val_accuracy"] > 0.9


def test_the_runs_of_all_three_end_alike(answers: dict[str, dict[str, Any]], url: str):
    client = Client(url, verbose=False)
    accuracies = []
    for language in LANGUAGES:
        run = answers[language]["train"]["run"]
        deadline = time.monotonic() + 120
        while (told := client.predict(run, api_name="/run"))["status"] != "done":
            assert told["status"] in ("waiting", "training"), told
            assert time.monotonic() < deadline
            time.sleep(0.2)
        accuracies.append(told["val_accuracy"])
    assert accuracies[0] > 0.1
    assert len(set(accuracies)) == 1


def test_every_endpoint_and_argument_is_described(url: str):
    described: Any = Client(url, verbose=False).view_api(return_format="dict", print_info=False)
    named = {name.strip("/"): one for name, one in described["named_endpoints"].items()}
    assert set(SECTIONS) == set(named)
    for name, text in SECTIONS.items():
        rows = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? \|", text, re.M)
        table = {one: json.loads(value) if value else NEEDED for one, value in rows}
        wanted = {
            one["parameter_name"]: one["parameter_default"]
            if one["parameter_has_default"]
            else NEEDED
            for one in named[name]["parameters"]
        }
        assert table == wanted, name
        assert f"[`/{name}`](#{name})" in PAGE


# The endpoints as tools


def test_without_its_package_mcp_is_refused_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["serve", "--mcp", "--port", "0"]) == 2
    told = capsys.readouterr()
    assert told.err.strip().splitlines()[-1].endswith("pip install 'convdemo[mcp]'")
    assert told.out == ""


def test_a_tool_is_given_no_file_that_was_not_uploaded():
    """Gradio uploads from this machine whatever has the mark of a file."""
    mark = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    given = {"picture": mark, "settings": {"more": [mark, 1]}, "language": "ko"}
    bare = {"path": "/etc/hostname"}
    expected = {"picture": bare, "settings": {"more": [bare, 1]}, "language": "ko"}
    assert launch._no_files(given) == expected
    assert not any(map(is_file_obj_with_meta, (bare, expected)))


def ask(url: str, method: str, **asked: Any) -> httpx.Response:
    headers = {"Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": asked}
    answer = httpx.post(f"{url}/gradio_api/mcp/", json=body, headers=headers, timeout=60)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    return answer


def test_no_endpoint_is_a_tool_unless_that_is_wanted(url: str):
    assert ask(url, "tools/list").status_code in (404, 405)


if find_spec("mcp"):  # an extra of its own, which the tests do not need

    def test_the_endpoints_are_tools(tmp_path: Path):
        """What they are, that one answers, and that it reads no file of the server's."""

        def result(method: str, **asked: Any) -> Any:
            told = ask(server.url, method, **asked).text
            return json.loads(re.findall(r"^data: (.*)$", told, re.M)[-1])["result"]

        with serving(options=["--mcp"], start=started) as server:
            listed = result("tools/list")["tools"]
            assert {one["name"] for one in listed} == set(SECTIONS)
            assert "digit" in listed[0]["description"]
            picture = (page.EXAMPLES / "digits" / "chalk-two.png").read_bytes()
            upload = f"{server.url}/gradio_api/upload"
            [path] = httpx.post(upload, files={"files": ("two.png", picture)}).json()
            secret = tmp_path / "secret.png"
            secret.write_bytes(picture)
            for place, words in ((path, "'label': '2'"), (str(secret), "'error':")):
                given = {"path": place, "meta": {"_type": "gradio.FileData"}}
                called = {"name": "predict_digit", "arguments": {"picture": given}}
                assert words in result("tools/call", **called)["content"][0]["text"]
