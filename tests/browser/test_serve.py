"""Where the server listens, what it needs, and what it is behind a proxy."""

import errno
import os
import re
import socket
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from benchmarks.served import Server, serving
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, Request, expect
from starlette.datastructures import Headers
from support.pages import SEVEN, draw, winner, words
from support.reverse_proxy import proxied
from support.visits import visits

from convdemo.cli import main
from convdemo.paths import home_dir
from convdemo.ui import launch, proxies, text
from convdemo.ui.address import listening
from convdemo.ui.guard import FROM_OUR_PAGE, Guard, rebound, wants_to_forge
from convdemo.ui.page import examples

DEAD = "http://127.0.0.1:9"  # nobody proxies there
TWO = "chalk-two.png"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose environment names proxies that do not answer, for a folder of a proxy."""
    variables = {"http_proxy": DEAD, "HTTP_PROXY": DEAD, "ALL_PROXY": "socks5://127.0.0.1:9"}
    variables |= {"no_proxy": "", "NO_PROXY": ""}
    with serving(variables=variables, options=["--root-path", "/demo"]) as started:
        yield started


# Where it listens


def reached(url: str) -> bool:
    parts = urlsplit(url)
    assert parts.hostname
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10):
        return True


needs_six = pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "localhost"),
        pytest.param("::", "localhost", marks=needs_six),
        pytest.param("::1", "[::1]", marks=needs_six),
        pytest.param("[::1]", "[::1]", marks=needs_six),
    ],
)
def test_it_listens_where_it_says(host: str, shown: str):
    sockets, url = listening(host, 0)
    try:
        assert re.fullmatch(rf"http://{re.escape(shown)}:[1-9]\d+/", url)
        assert reached(url)
    finally:
        for one in sockets:
            one.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="other systems may not pass it on")
def test_no_answer_waits_for_its_own_end():
    (opened,), _ = listening("127.0.0.1", 0)
    with opened, socket.create_connection(opened.getsockname()):
        accepted, _ = opened.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_the_first_free_port_is_taken_where_none_is_named(monkeypatch: pytest.MonkeyPatch):
    taken, url = listening("127.0.0.1", 0)
    port = urlsplit(url).port
    assert port
    monkeypatch.setenv("GRADIO_SERVER_PORT", str(port))
    sockets, other = listening("127.0.0.1", None)
    assert port < (urlsplit(other).port or 0) < port + 100
    for one in (*taken, *sockets):
        one.close()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--port -1", "port -1 is none: a number from 0 to 65535 is needed"),
        ("--port 99999", "port 99999 is none: a number from 0 to 65535 is needed"),
        ("--port {taken}", "port {taken} of 127.0.0.1 is in use: name another one with --port"),
        ("--port 0 --host nowhere.invalid", "host 'nowhere.invalid' is not known"),
        ("--port 0 --host http://x", "host 'http://x' is not known"),
        ("--port 0 --host=" + "x" * 80, "is not known"),
        ("--port 0 --host 192.0.2.1", "host '192.0.2.1' is no address of this machine"),
        ("--port 0 --root-path /a?b", "--root-path '/a?b' is no folder such as /demo"),
        ("--port 0 --root-path a://b//c", "is no folder such as /demo"),
    ],
)
def test_it_says_why_it_cannot_listen(words: str, sentence: str, capsys):
    taken, url = listening("127.0.0.1", 0)
    port = str(urlsplit(url).port)
    try:
        assert main.main(["serve", *words.replace("{taken}", port).split()]) == 2
    finally:
        taken[0].close()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("convdemo: ")
    assert sentence.replace("{taken}", port) in line


def test_an_error_of_another_kind_is_told(monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object, **__: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied (while attempting ...)")

    monkeypatch.setattr(socket, "create_server", refused)
    with pytest.raises(ValueError, match=r"^port 80 of 127\.0\.0\.1 cannot be used: .*denied$"):
        listening("127.0.0.1", 80)


@pytest.mark.parametrize(
    ("given", "public"),
    [
        ("", ""),
        ("/", ""),
        ("/demo", "/demo"),
        ("demo/", "/demo"),
        ("/a/b/", "/a/b"),
        ("https://demo.example/", "https://demo.example"),
        ("https://demo.example/a/", "https://demo.example/a"),
    ],
)
def test_a_folder_may_be_written_in_several_ways(given: str, public: str):
    assert launch._public(given) == public


# What it needs


def test_a_temporary_folder_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below", Path("/proc/nothing")):
        monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
        assert main.main(["serve", "--port", "0"]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"convdemo: the temporary folder {folder} cannot be used (")
        assert line.endswith("name another one with TMPDIR or GRADIO_TEMP_DIR")


def test_no_temporary_folder_at_all_is_said(monkeypatch: pytest.MonkeyPatch, capsys):
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setattr("tempfile.gettempdir", none)
    assert main.main(["serve", "--port", "0"]) == 2
    assert capsys.readouterr().err == (
        "convdemo: no temporary folder can be written to: name one with TMPDIR\n"
    )


def test_a_home_that_cannot_be_used_is_named_and_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    home = tmp_path / "file"
    home.touch()
    launch._check_folders()
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("CONVDEMO_HOME", str(home))
    launch._check_folders()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"convdemo: {home} cannot be used (")
    assert line.endswith("name another folder with CONVDEMO_HOME")


@pytest.mark.parametrize(
    ("number", "place", "named"),
    [
        (errno.ENOTDIR, "home", True),
        (errno.EACCES, "uploads", True),
        (errno.ENOSPC, None, True),
        (errno.EROFS, None, True),
        (errno.ENOENT, "elsewhere", False),
        (errno.ECONNREFUSED, None, False),
    ],
)
def test_a_visitor_is_told_that_nothing_can_be_kept(number: int, place: str | None, named: bool):
    folders = {"home": home_dir(), "uploads": Path(get_upload_folder()), "elsewhere": Path("/x")}

    def fail(_: Any) -> dict[str, Any]:
        file = None if place is None else str(folders[place] / "runs" / "one")
        raise OSError(number, os.strerror(number), file)

    reply = Guard().served("fail", fail)(1, request())
    if not named:
        assert reply == {"problem": "internal", "values": {}}
        return
    reason = reply["values"]["reason"]
    assert reason == ", ".join([os.strerror(number), *([str(folders[place])] if place else [])])
    for language in text.LANGUAGES:
        assert reason in text.say(language, f"problem.{reply['problem']}", reason=reason)


@pytest.mark.parametrize(
    "address",
    ["http://proxy:3128", "socks5://proxy:1080", "socks4://proxy", "http://proxy:port", "::"],
)
def test_gradio_is_imported_whatever_proxies_are_named(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    """What hinders its client is seen; that it is then imported the server of this file shows."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    assert proxies._understood()
    monkeypatch.setenv("all_proxy", address)
    assert proxies._understood() == address.startswith("http://proxy:3128")


# Whose requests are answered


def request(**headers: str) -> Any:
    """What a server function gets to know of a request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(
        headers={"host": "127.0.0.1:7860", **named}, client=SimpleNamespace(host="127.0.0.1")
    )


OURS = "https://demo.example"
FOREIGN = "https://evil.example"
ANSWERED = [
    {"origin": "http://127.0.0.1:7860"},
    {"origin": OURS, "sec_fetch_site": "same-origin"},
    {"origin": OURS, "host": "demo.example"},
    {"origin": OURS, "x_forwarded_host": "demo.example"},
    {"origin": "http://demo.example", "cookie": f"a=b; {FROM_OUR_PAGE}"},
    {},  # no browser
]
REFUSED = [
    {"origin": FOREIGN},
    {"origin": "null"},
    {"origin": FOREIGN, "sec_fetch_site": "cross-site"},
    {"origin": "https://other.demo.example", "sec_fetch_site": "same-site"},
    {"origin": FOREIGN, "sec_fetch_site": "cross-site", "cookie": FROM_OUR_PAGE},
    {"origin": "http://127.0.0.1:7860", "sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "cross-site"},
    {"origin": FOREIGN, "x_forwarded_host": "demo.example"},
    {"origin": FOREIGN, "cookie": f"x{FROM_OUR_PAGE}"},
]


@pytest.mark.parametrize("headers", [*ANSWERED, *REFUSED], ids=str)
def test_our_page_is_answered_by_whatever_name_and_no_other(headers: dict[str, str]):
    served = Guard().served("answer", lambda payload: {"answer": payload})
    wanted = {"answer": 1} if headers in ANSWERED else {"problem": "origin", "values": {}}
    assert served(1, request(**headers)) == wanted


HERE = ("127.0.0.1", 7860)


@pytest.mark.parametrize(
    ("host", "listens", "lets_in"),
    [
        ("127.0.0.1:7860", HERE, True),
        ("localhost:7860", HERE, True),
        ("demo.localhost:7860", HERE, True),
        ("[::1]:7860", ("::1", 7860), True),
        (f"{socket.gethostname().upper()}:7860", HERE, True),
        ("box:7860", HERE, True),  # named when it was started
        ("evil.example:7860", HERE, False),
        ("evil.example:7860", ("::1", 7860), False),
        ("evil.example", HERE, True),  # a proxy's port
        ("evil.example:8080", HERE, True),
        ("evil.example:7860", ("192.0.2.1", 7860), True),  # open to the network
        ("evil.example:7860", None, True),
        ("", HERE, True),
        ("[:7860", HERE, True),
    ],
)
def test_a_name_that_was_turned_to_this_machine_is_no_name_of_ours(
    host: str, listens: tuple[str, int] | None, lets_in: bool
):
    assert rebound({"host": host}, listens, {"box", None}) != lets_in
    assert not rebound({"host": host, "sec-fetch-site": "same-origin"}, listens, {"box"})


def test_no_other_site_writes_the_headers_of_a_proxy():
    asked = {"access-control-request-headers": "content-type,X-Forwarded-Host"}
    assert wants_to_forge(Headers(asked))
    assert not wants_to_forge(Headers({"access-control-request-headers": "content-type"}))


def status(url: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(url, method=method, headers=named)
    try:
        with urllib.request.urlopen(asked, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_server_sends_away_who_is_misled(server: Server):
    port = urlsplit(server.url).port
    code, told = status(server.url, host=f"evil.example:{port}")
    assert (code, f"--root-path http://evil.example:{port}" in told) == (421, True)
    assert status(server.url, host="demo.example")[0] == 200
    forged = {"access_control_request_headers": "x-forwarded-host"}
    asked = {"origin": FOREIGN, "access_control_request_method": "POST"}
    assert status(f"{server.url}/gradio_api/info", "OPTIONS", **asked, **forged)[0] == 403


# Behind a proxy


ASK = """async ({ url, body }) => {
  const headers = { "Content-Type": "text/plain" };
  return (await fetch(url, { method: "POST", headers, body })).json();
}"""


def test_a_proxy_that_rewrites_our_name_serves_our_page_and_no_other(
    chromium: Browser, server_url: str
):
    asked: list[Request] = []
    with (
        proxied(server_url) as url,
        proxied(server_url) as elsewhere,
        visits(chromium, url, patience=60_000) as opened,
    ):
        ours = opened("?lang=ko", bypass_csp=True)  # as another site has it, which may ask anybody
        ours.on("request", lambda one: asked.append(one) if one.method == "POST" else None)
        draw(ours, SEVEN)
        expect(winner(ours)).to_have_attribute("data-class", "7")
        [cookie] = ours.context.cookies()
        assert f"{cookie.get('name')}={cookie.get('value')}" == FROM_OUR_PAGE
        assert cookie.get("sameSite") == "Strict"
        # A page at another port says the same as text, which needs nobody's leave.
        foreign = ours.context.new_page()
        foreign.goto(f"{elsewhere}gradio_api/app_id")
        served = [one for one in asked if "component_server" in one.url]
        again = {"url": served[-1].url, "body": served[-1].post_data}
        assert foreign.evaluate(ASK, again) == {"problem": "origin", "values": {}}
        assert "problem" not in ours.evaluate(ASK, again)


def test_the_page_works_in_a_proxys_folder(chromium: Browser, server: Server):
    """Drawing, uploads, a download; nothing is asked outside of the folder, no socket is opened."""
    sockets: list[str] = []
    with (
        proxied(server.url, "/demo/") as url,
        visits(chromium, url, patience=60_000) as opened,
    ):
        page = opened()
        page.on("websocket", lambda one: sockets.append(one.url))
        draw(page, SEVEN)
        expect(winner(page)).to_have_attribute("data-class", "7")
        page.locator("#draw-pad input[type=file]").set_input_files(examples("digits")[TWO])
        expect(winner(page)).to_have_attribute("data-class", "2")  # a display has uploaded it
        page.locator("[role=tab][data-tab-id=clothes]:visible").click()
        # A proxy may ask us by another name: files have no address of their own.
        example = page.locator(".cd-gallery:visible img").first
        expect(example).to_have_attribute("src", re.compile("^/demo/gradio_api/file="))
        bag = page.locator("#clothes-answer .winner")
        expect(bag).not_to_have_text("Bag")
        page.locator("#clothes-picture").get_by_role("button", name="Remove Image").click()
        expect(words(page)).to_have_text(text.say("en", "answer.none"))
        page.locator("#clothes-picture input[type=file]").set_input_files(
            examples("clothes")["bag.jpg"]
        )
        expect(bag).to_have_text("Bag")  # and a control of Gradio's
        with page.expect_download() as download:
            page.get_by_role("button", name=text.say("en", "report.button")).last.click()
        with zipfile.ZipFile(download.value.path()) as kept:
            assert kept.testzip() is None
    assert not sockets


@pytest.mark.parametrize("folder", ["/demo/", "/"])
def test_programs_are_answered_through_a_proxy(server: Server, folder: str):
    """The endpoints are events of the queue, whose answers come as a stream."""
    picture = examples("digits")[TWO]
    with proxied(server.url, folder) as url:
        client = Client(url, verbose=False)
        assert client.predict(handle_file(picture), api_name="/predict_digit")["label"] == "2"


def test_a_proxy_may_leave_the_folder_in_the_path(server: Server):
    plain, kept = (status(f"{server.url}/{folder}") for folder in ("", "demo/"))
    assert (plain[0], kept[0]) == (200, 200)
    assert '"root":"/demo"' in plain[1].replace(" ", "")
    assert status(f"{server.url}/demo/gradio_api/info")[0] == 200
    assert status(f"{server.url}/demonstration/gradio_api/info")[0] == 404
