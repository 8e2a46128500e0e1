"""Hostile input by the thousand: what is refused with which sentence, what crashes; JSON.

    python tests/benchmarks/fuzz.py [--cases 1000] [--seed 0] [--only TARGET ...] [--first N]

Pictures, files of weights, zips, links, lines of layers, and every event and server function of the
page, called in this process. A case is made by its number and the seed alone: `--first N --cases 1`
repeats one, and then a crash is not caught; but what was asked of the page before, it still knows.
What trains, downloads or exports for long is refused.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import re
import resource
import signal
import string
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from unittest import mock

import gradio as gr
import numpy as np
from gradio.exceptions import ComponentProcessingError as Processing
from PIL import Image

from convdemo.convolution.architecture import describe_line
from convdemo.convolution.lessons.exercises import QUESTIONS
from convdemo.data.image_folders.reader import read_photos
from convdemo.errors import UserError
from convdemo.images.decode import read_picture
from convdemo.images.frames import read_clip
from convdemo.inference import library
from convdemo.inference.upload import import_weights
from convdemo.networks.written import LINES, PRESETS, network_of
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.long_work import EndedError
from convdemo.ui.tabs.lessons import exercise
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.wire import Refused

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.in_process import Session, built, called

REFUSALS = (UserError, Refused, gr.Error, EndedError)
HUNG = 60  # seconds after which a case hangs
KEYS = (
    *("model", "dataset", "run", "visitor", "skip", "upload", "example", "ink", "width", "height"),
    *("bytes", "sample", "split", "index", "place", "value", "about", "settings", "input", "left"),
    *("right", "config", "name", "action", "class", "uploads", "photos", "turn", "names", "digit"),
    *("kernel", "size", "filters", "biases", "picture", "job", "stage", "channel", "source"),
)
WORDS = (
    *("", "mnist", "cnn-mnist", "digit_resnet-mnist", "test", "validation", "seven.png", "0", "-1"),
    *("../../etc/passwd", "<img src=x onerror=alert(1)>", "\0", "a" * 5000, "{}", "[]", "null"),
    *("NaN", "1e999", "가나다", "\ud800", "%00", "{name}", "@kind.x|y", "example", "en", "ko"),
)
NUMBERS = (0, 1, -1, 2, 3, 28, 128, 10**6, 2**31, 2**63, 10**40, -(10**40), 0.5, 1e-300, 1e308)
ODD = (float("nan"), float("inf"), -float("inf"), True, False, None)


def anything(rng: random.Random, depth: int = 0) -> Any:
    """What JSON can say, of the keys and words that the page knows and of others."""
    kind = rng.randrange(8 if depth < 3 else 5)
    if kind == 0:
        return rng.choice(ODD)
    if kind == 1:
        return rng.choice(NUMBERS)
    if kind == 2:
        return rng.choice(WORDS)
    if kind == 3:
        return "".join(rng.choices(string.printable + "가é\u202e", k=rng.randrange(20)))
    if kind == 4:
        return rng.randrange(-5, 200) if rng.random() < 0.5 else rng.uniform(-5, 5)
    many = range(rng.choice((0, 1, 2, 3, 8)))
    if kind == 5:
        return [anything(rng, depth + 1) for _ in many]
    return {rng.choice(KEYS): anything(rng, depth + 1) for _ in many}


def changed(rng: random.Random, value: Any) -> Any:
    """A value with something else in it, or another one."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.dumps(changed(rng, json.loads(value)))
        except ValueError:
            return anything(rng)
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice([*value, rng.choice(KEYS)])
        return {**value, key: changed(rng, value.get(key))}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        return [*value[:place], changed(rng, value[place]), *value[place + 1 :]]
    return anything(rng)


def damaged(rng: random.Random, data: bytes) -> bytes:
    """The bytes with some of them changed, left out, repeated, or the end missing."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(found) + 1)
        # What a header says stands at the beginning.
        at = rng.randrange(min(64, len(found) + 1)) if rng.random() < 0.5 else at
        kind = rng.randrange(6)
        if kind == 0:
            del found[at:]
        elif kind == 1:
            del found[at : at + rng.choice((1, 2, 4, 100))]
        elif kind == 2:
            found[at:at] = found[at : at + rng.choice((1, 4, 100))]
        elif kind == 3:
            found[at : at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
        else:
            found[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(found)


class Targets:
    """What is tried: each makes a case of a random generator and hands it over.

    One that comes back took it; what it raises is a refusal or a crash.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = ""  # in the target

    @cached_property
    def _pictures(self) -> list[bytes]:
        pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
        image, found = Image.fromarray(pixels), []
        for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM"):
            more = {"save_all": True, "append_images": [image.rotate(90)] * 2}
            for options in ({}, more if kind in ("PNG", "WEBP", "GIF", "TIFF") else {"quality": 9}):
                stream = io.BytesIO()
                image.save(stream, kind, **options)
                found.append(stream.getvalue())
        return found

    def pictures(self, rng: random.Random) -> None:
        """A picture of any kind, damaged: as a picture, and as a clip."""
        data = damaged(rng, rng.choice(self._pictures))
        path = self.folder / "picture"
        path.write_bytes(data)
        if rng.random() < 0.3:
            read_clip(path)
        read_picture(data if rng.random() < 0.5 else path)

    @cached_property
    def _weights(self) -> bytes:
        there = library.list_models(library.model_dirs())
        return library.find("simple_ann-mnist", there).path.read_bytes()

    def weights(self, rng: random.Random) -> None:
        """A file of weights with another header, or damaged: handed over, and in the library."""
        own, data = self.folder / "own", self._weights
        length = int.from_bytes(data[:8], "little")
        header, rest = json.loads(data[8 : 8 + length]), data[8 + length :]
        kind = rng.randrange(4)
        if kind == 0:
            data = damaged(rng, data[: 8 + length]) + rest[: rng.choice((0, 100, len(rest)))]
        else:
            if kind == 1:
                header = changed(rng, header)
            else:
                card = json.loads(header["__metadata__"]["card"])
                for _ in range(rng.choice((1, 1, 3))):
                    card = {**card, (key := rng.choice([*card])): changed(rng, card[key])}
                header["__metadata__"]["card"] = json.dumps(card)
            text = json.dumps(header).encode("utf-8", "surrogatepass")
            data = len(text).to_bytes(8, "little") + text + rest
        path = self.folder / "given.safetensors"
        path.write_bytes(data)
        library.list_models([self.folder])
        try:
            taken = import_weights(path, own)
            library.load(own / f"{taken.name}{library.SUFFIX}")
        finally:
            for one in own.glob("*"):
                library.remove(one)
        # A file that somebody put there, whatever its card says.
        library.load(path)

    def zips(self, rng: random.Random) -> None:
        """A zip with entries of any name, then damaged."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", rng.choice((0, 8))) as made:
            for place in range(rng.choice((0, 2, 12, 12, 12, 40))):
                name = f"{'ab'[place % 2]}/{place}.png"
                if rng.random() < 0.2:
                    name = str(anything(rng, 3))[:300] + rng.choice(("", "/x.png", "/../x"))
                info = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
                info.external_attr = rng.choice((0, 0, 0o120777 << 16, rng.getrandbits(32)))
                data = rng.choice(self._pictures)
                made.writestr(info, damaged(rng, data) if rng.random() < 0.1 else data)
        data = stream.getvalue()
        if rng.random() < 0.7:
            tail = rng.choice((0, max(0, len(data) - 300)))  # the directory stands at the end
            data = data[:tail] + damaged(rng, data[tail:])
        path = self.folder / "photos.zip"
        path.write_bytes(data)
        read_photos(path)

    def links(self, rng: random.Random) -> None:
        """What the address of an exercise says, an answer, and what one tab sends to another."""
        kind = rng.choice([*QUESTIONS, str(anything(rng, 3))])
        token: Any = rng.choice((f"{kind}-{rng.choice((*NUMBERS, 7, 12))}", anything(rng)))
        try:
            exercise.put(token)
            exercise.grade(token, anything(rng))
        finally:
            exercise.board(exercise.counted(changed(rng, '{"right": 1, "asked": 2, "streak": 1}')))
            with_words = json.dumps(anything(rng))
            for text in (with_words, with_words[: rng.randrange(20)], anything(rng)):
                try:
                    wire.parsed(text)
                except Refused:
                    continue

    def lines(self, rng: random.Random) -> None:
        """A line of layers with parts of others, odd words and sizes."""
        parts = rng.choice([*LINES.values(), *PRESETS.values()]).split(" - ")
        for _ in range(rng.choice((1, 2, 5))):
            at = rng.randrange(len(parts))
            words = parts[at].split(" ")
            words[rng.randrange(len(words))] = rng.choice(
                (
                    str(rng.choice(NUMBERS)),
                    str(anything(rng, 3)),
                    f"s{rng.randrange(-1, 9)}",
                    "res(",
                )
            )
            parts[at] = rng.choice((" ".join(words), " ".join(words), parts[at - 1], ""))
        line = rng.choice((" - ", "-", " → ", "\n")).join(parts * rng.choice((1, 1, 1, 30)))
        sizes = rng.choices((0, 1, 3, 7, 28, 28, 64, -1, 10**9), k=rng.choice((3, 3, 2, 5)))
        shape = rng.choice((sizes, [1, 28, 28]))
        describe_line(line, shape)
        if len(shape) == 3:
            channels, height, width = shape
            network_of(line, (channels, height, width), 10)

    @cached_property
    def _page(self) -> tuple[Session, list[tuple[str, Callable[[random.Random], Any]]]]:
        weights = self.folder / "weights"
        dirs = (weights, library.model_dirs()[1])
        context = Context(dirs, self.folder / "data", self.folder / "runs", on_space=True)
        context.guard.per_second = context.guard.burst = 1e9
        context.__dict__["scheduler"] = mock.Mock(place=lambda folder: 1)
        session = Session(built(context), "b" * 32)
        doors = [(called(one), partial(self._asked, session, one)) for one in session.events]
        doors += [(one.name, partial(self._served, one)) for one in session.functions]
        return session, doors

    def page(self, rng: random.Random) -> None:
        """Anything for any event or server function of the page."""
        self.where, ask = rng.choice(self._page[1])
        ask(rng)

    def _asked(self, session: Session, event: Any, rng: random.Random) -> None:
        given = {}
        for place, one in enumerate(event.inputs):
            if not one.stateful and rng.random() < max(0.2, 1 / len(event.inputs)):
                given[place] = changed(rng, session.value(one))
        data = changed(rng, {"index": [0, 0], "value": "a", "place": 0, "action": "add_class"})
        session.ask(event, given, data if isinstance(data, dict) else {})

    def _served(self, function: Any, rng: random.Random) -> None:
        ink = base64.b64encode(bytes(rng.randrange(256) for _ in range(16))).decode()
        pad = {"ink": {"width": 4, "height": 4, "bytes": ink}}
        known = {"value": pad, "about": {"model": None, "skip": []}, "visitor": "b" * 32, **pad}
        payload = changed(rng, {**known, "left": "cnn-mnist", "digit": 3})
        answer = function.ask(payload if rng.random() < 0.8 else anything(rng))
        if isinstance(answer, dict) and answer.get("problem") == "internal":
            raise RuntimeError(f"{function.name} failed")


SHARES = {"page": 30, "pictures": 25, "lines": 15, "weights": 10, "zips": 10, "links": 10}


@contextmanager
def nothing_long(folder: Path) -> Iterator[None]:
    """What trains, downloads or exports is refused at once, and nothing is left elsewhere."""
    busy = mock.Mock(side_effect=Refused("busy"))
    own = {"CONVDEMO_HOME": str(folder / "home"), "GRADIO_TEMP_DIR": str(folder / "served")}
    with (
        mock.patch.dict(os.environ, own),
        mock.patch.object(Bench, "train", busy),
        mock.patch("convdemo.ui.tabs.augment.trial._process", busy),
        mock.patch("convdemo.ui.backbone_store.fetch", busy),
    ):
        yield


def sentence(error: BaseException) -> str:
    """What a refusal says, without what it says it of."""
    if isinstance(error, gr.Error):
        return "Gradio: " + re.sub(
            r"'.*'|\[.*|-?\d+|: .*", "…", str(error.message), flags=re.DOTALL
        )
    told = re.sub(r"'.*'|\d+", "…", str(error), flags=re.DOTALL)[:80]
    return getattr(error, "problem", told)


def of_gradio(error: BaseException) -> bool:
    """Whether Gradio's own check of a control's value failed: no module of ours was asked."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return not any("/convdemo/" in one for one in files)


def place_of(error: BaseException) -> str:
    """Where in the package it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    frames = [one for one in frames if "/convdemo/" in one.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def hang(*_: Any) -> None:
    raise TimeoutError(f"it takes longer than {HUNG} s")


def fuzz(cases: int, seed: int, *, first: int = 0, only: list[str] | None = None) -> dict[str, Any]:
    """The report of so many cases."""
    names = [name for name in SHARES if not only or name in only]
    tried: dict[str, Counter[str]] = {name: Counter() for name in names}
    crashes: dict[str, dict[str, Any]] = {}
    slowest: tuple[float, str, int] = (0.0, "", 0)
    signal.signal(signal.SIGALRM, hang)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    warmed = before
    with tempfile.TemporaryDirectory() as folder, nothing_long(Path(folder)):
        targets = Targets(Path(folder))
        for number in range(first, first + cases):
            rng = random.Random(f"{seed} {number}")
            name = rng.choices(names, [SHARES[one] for one in names])[0]
            targets.where = ""
            at = time.perf_counter()
            signal.alarm(HUNG)
            try:
                getattr(targets, name)(rng)
                told = "taken"
            except REFUSALS as error:
                told = sentence(error)
            except Exception as wrapped:
                error = wrapped.__cause__ if isinstance(wrapped, Processing) else wrapped
                assert isinstance(error, Exception)
                if isinstance(error, REFUSALS):
                    told = sentence(error)
                elif name == "page" and of_gradio(error):
                    told = f"Gradio: {type(error).__name__}"
                elif cases == 1:
                    raise
                else:
                    told = "crashed"
                    what = f"{type(error).__name__}: {error}"[:200]
                    key = f"{name} {targets.where} {type(error).__name__} {place_of(error)}"
                    found = crashes.setdefault(key, {"case": number, "error": what, "times": 0})
                    found["times"] += 1
            signal.alarm(0)
            tried[name][told] += 1
            slowest = max(slowest, (time.perf_counter() - at, f"{name} {targets.where}", number))
            if number == first + min(cases // 10, 1000):
                warmed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, where, number = slowest
    return {
        "cases": cases,
        "seed": seed,
        "seconds": round(time.monotonic() - began, 1),
        "targets": {name: dict(counts.most_common()) for name, counts in tried.items()},
        "crashed": sum(counts["crashed"] for counts in tried.values()),
        "crashes": crashes,
        "slowest": {"seconds": round(seconds, 2), "where": where.strip(), "case": number},
        "peak_megabytes": {"after a tenth": warmed // 1024, "at the end": peak // 1024},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--only", nargs="*", choices=SHARES)
    asked = parser.parse_args()
    report = fuzz(asked.cases, asked.seed, first=asked.first, only=asked.only)
    print(json.dumps(report, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
