"""The command that proves that the checkout runs as a Space: convdemo space check.

It builds what a Hugging Face Space builds, an environment with nothing but `requirements.txt` and
the Gradio of `sdk_version`, starts `app.py` there as the Space does, and asks it as visitors do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from convdemo.cli.train import Add
from convdemo.errors import UserError

LARGEST = 10_000_000  # bytes of a file; the hub refuses larger ones without LFS
NEEDED = ("sdk", "sdk_version", "python_version", "app_file", "title")
START = 120  # seconds within which the page has to answer
BUILD = 1200  # seconds for the environment
# Run with the Python of the Space: what programs ask, through the queue.
ASK = """
import json, sys
from gradio_client import Client, handle_file
address, picture = sys.argv[1:]
client = Client(address, verbose=False)
names = sorted(client.view_api(return_format="dict", print_info=False)["named_endpoints"])
print(json.dumps([names, client.predict(handle_file(picture), api_name="/predict_digit")]))
"""


@dataclass(frozen=True)
class Finding:
    """Something that was tried: whether it works, what came out, and the seconds it took."""

    what: str
    works: bool
    told: str
    seconds: float = 0.0


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    space = add("space", _space, "try a checkout as a Hugging Face Space builds and starts it")
    space.add_argument("action", choices=("check",))
    space.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="CHECKOUT")
    space.add_argument("--python", metavar="PYTHON", help="default: the one of `python_version`")
    space.add_argument(
        "--installed", action="store_true", help="build nothing: take the packages of this Python"
    )


def _space(arguments: argparse.Namespace) -> int:
    findings = []
    for finding in check(arguments.folder, arguments.python, installed=arguments.installed):
        findings.append(finding)
        if not arguments.json:
            mark = "works" if finding.works else "FAILS"
            print(f"{mark:6} {finding.seconds:6.1f} s  {finding.what}: {finding.told}", flush=True)
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    return 0 if all(finding.works for finding in findings) else 1


def check(folder: Path, python: str | None, *, installed: bool) -> Iterator[Finding]:
    """What was found, one after the other; ends where nothing further can be tried."""
    front = front_matter(folder)
    yield _settings(folder, front)
    yield _sizes(folder)
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, "app")
        _copy(folder, copy)
        runs = sys.executable
        if not installed:
            began = time.monotonic()
            found = python or shutil.which(f"python{front.get('python_version', '')}")
            told, built = _environment(found or sys.executable, copy, Path(place, "env"), front)
            if found is None:
                told += f"; there is no Python {front.get('python_version')} here"
            yield Finding("environment", built is not None, told, time.monotonic() - began)
            if built is None:
                return
            runs = str(built)
        yield from _asked(runs, copy, Path(place), front)


def front_matter(folder: Path) -> dict[str, str]:
    """The settings of a Space at the head of its README; UserError where there are none."""
    try:
        _, head, _ = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / 'README.md'} does not begin with a Space's settings") from error
    pairs = (line.split(": ", 1) for line in head.splitlines() if ": " in line)
    return {name: value.strip("\"'") for name, value in pairs}


def _settings(folder: Path, front: Mapping[str, str]) -> Finding:
    missing = [name for name in NEEDED if name not in front]
    files = [front.get("app_file", "app.py"), "requirements.txt"]
    missing += [name for name in files if not (folder / name).is_file()]
    told = f"Gradio {front.get('sdk_version')}, Python {front.get('python_version')}"
    return Finding("settings", not missing, f"missing: {', '.join(missing)}" if missing else told)


def _files(folder: Path) -> list[Path]:
    """What a push to the hub would carry, without what git ignores."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(f"{folder} is no checkout that git can list") from error
    names = (os.fsdecode(name) for name in listed.split(b"\0") if name)
    return [path for name in names if (path := folder / name).is_file()]


def _sizes(folder: Path) -> Finding:
    sizes = {path: path.stat().st_size for path in _files(folder)}
    large = [str(path.relative_to(folder)) for path, size in sizes.items() if size > LARGEST]
    told = f"{len(sizes)} files, {sum(sizes.values()) / 1e6:.0f} MB, the largest "
    told += f"{max(sizes.values(), default=0) / 1e6:.1f} MB"
    return Finding("files", not large, f"over 10 MB: {', '.join(large)}" if large else told)


def _copy(folder: Path, copy: Path) -> None:
    for path in _files(folder):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _environment(
    python: str, app: Path, place: Path, front: Mapping[str, str]
) -> tuple[str, Path | None]:
    """What was built or why not, and the Python of an environment with the Space's packages."""
    inside = place / "bin" / "python"
    gradio = f"gradio[oauth]=={front.get('sdk_version')}"
    install = [inside, "-m", "pip", "install", "-q", gradio, "-r", app / "requirements.txt"]
    try:
        for command in ([python, "-m", "venv", place], install):
            subprocess.run(
                list(map(str, command)), capture_output=True, check=True, timeout=BUILD, text=True
            )
        listed = [inside, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]
        version = subprocess.run(list(map(str, listed)), capture_output=True, text=True).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error), None
    except subprocess.CalledProcessError as error:
        return error.stderr.strip().splitlines()[-1][:300], None
    return f"Python {version.strip()}, {gradio}, requirements.txt", inside


@contextmanager
def _started(
    python: str, app: Path, place: Path, front: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """The app as a Space starts it, its address, and where it writes what it says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = place / "home"
    home.mkdir()
    variables = {
        **kept,
        "HOME": str(home),
        "SYSTEM": "spaces",
        "SPACE_ID": "somebody/convdemo",
        "GRADIO_SERVER_PORT": str(port),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "2"),
    }
    log = place / "log.txt"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [python, front.get("app_file", "app.py")],
            cwd=app,
            env=variables,
            stdout=told,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process, f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait()


def _asked(python: str, app: Path, place: Path, front: Mapping[str, str]) -> Iterator[Finding]:
    """The page, the endpoints and a digit, of an app that runs as on a Space."""
    with _started(python, app, place, front) as (process, address, log):
        began = time.monotonic()
        while not (there := _answers(address)) and process.poll() is None:
            if time.monotonic() - began > START:
                break
            time.sleep(0.1)
        last = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["no answer"]
        told = address if there else last[0][:300]
        yield Finding("page", there, told, time.monotonic() - began)
        if not there:
            return
        began = time.monotonic()
        picture = app / "convdemo" / "ui" / "examples" / "digits" / "chalk-two.png"
        asked = [python, "-c", ASK, address, str(picture)]
        reply = subprocess.run(asked, cwd=place, capture_output=True, text=True, timeout=START)
        try:
            names, answer = json.loads(reply.stdout)
        except ValueError:
            last = reply.stderr.strip().splitlines()[-1:] or ["no answer"]
            yield Finding("endpoints", False, last[0][:300], time.monotonic() - began)
            return
        yield Finding("endpoints", bool(names), ", ".join(names))
        yield _digit(answer, time.monotonic() - began)
        said = log.read_text("utf-8", "replace")
        told = "a traceback in its log" if "Traceback" in said else "nothing wrong in its log"
        yield Finding("log", "Traceback" not in said, told)


def _digit(answer: Any, seconds: float) -> Finding:
    known = isinstance(answer, dict)
    told = f"the example of a 2 is read as {answer.get('label')}" if known else str(answer)[:300]
    return Finding("digit", known and answer.get("label") == "2", told, seconds)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False
