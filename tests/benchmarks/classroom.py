"""A class that draws at once, while a run trains: prints one JSON object.

    CONVDEMO_DATA=DIR python tests/benchmarks/classroom.py [--visitors 40] [--seconds 120] [--idle]

One visitor in a real browser draws a stroke, whose requests are kept; then every visitor sends them
as the page does, each from a session of its own: while a stroke is drawn one question after the
other to the pad, when it ends the question for its steps through the queue, then a pause. A figure
is the milliseconds from a question to its answer. `--predictions N` asks the pad one question after
the other instead, and tells how the server's memory grows.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import statistics
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psutil
from latency import WATCH, stroke
from playwright.sync_api import Page, Request, sync_playwright
from served import browser, hardware, serving

STROKE, PAUSE = 0.6, 1.5  # seconds
NETWORK = "cnn"  # that is trained meanwhile
FIRST_POINT = "#train-curves path"


@dataclass
class Visit:
    """What a visitor asked: milliseconds of the questions of strokes, and of their steps."""

    strokes: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def asked(page: Page) -> dict[str, list[dict[str, Any]]]:
    """The bodies of a stroke's requests: to the "component_server" and to the "queue"."""
    found: dict[str, list[dict[str, Any]]] = {"component_server": [], "queue": []}

    def keep(request: Request) -> None:
        for kind in found:
            if request.method == "POST" and f"/{kind}/" in request.url:
                body = json.loads(request.post_data or "{}")
                if kind == "queue" or '"ink"' in json.dumps(body["data"]):
                    found[kind].append(body)

    page.evaluate(WATCH)
    page.on("request", keep)
    stroke(page, 0)
    # The first event of a stroke asks for its steps; those after it make nothing.
    until = time.monotonic() + 20
    while not (steps := [one for one in found["queue"] if "ink" in json.dumps(one["data"])]):
        if time.monotonic() > until:
            raise RuntimeError("the page asked nothing while a stroke was drawn")
        page.wait_for_timeout(100)
    page.remove_listener("request", keep)
    return {"component_server": growing(found["component_server"][-1]), "queue": steps[:1]}


def growing(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Twenty questions while a stroke grows from above: a busy page has asked fewer."""
    ink = body["data"]["value"]["ink"]
    levels = np.frombuffer(base64.b64decode(ink["bytes"]), np.uint8)
    bodies = []
    for part in range(1, 21):
        some = levels.copy()
        some[len(some) * part // 20 :] = 0
        value = {"ink": {**ink, "bytes": base64.b64encode(some.tobytes()).decode()}}
        bodies.append({**body, "data": {**body["data"], "value": value}})
    return bodies


def post(url: str, body: dict[str, Any]) -> Any:
    """The JSON that is answered."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read())


def through_queue(url: str, body: dict[str, Any], session: str) -> str:
    """How the question of a session ends: the name of the last message."""
    post(f"{url}/gradio_api/queue/join", {**body, "session_hash": session})
    told = f"{url}/gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(told, timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data:"):
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    return "done" if message["success"] else str(message["output"])
                if message["msg"] in ("unexpected_error", "queue_full"):
                    return message["msg"]
    return "closed"


def visit(url: str, bodies: dict[str, list[Any]], over: threading.Event, seed: int) -> Visit:
    """Strokes of one visitor until it is over."""
    chance, found, pad = random.Random(seed), Visit(), f"{url}/gradio_api/component_server/"
    over.wait(chance.random() * (STROKE + PAUSE))
    number = 0
    while not over.is_set():
        until = time.monotonic() + STROKE
        number += 1
        session = f"class{seed}x{number}"
        try:
            for body in bodies["component_server"]:
                if time.monotonic() > until:
                    break
                began = time.monotonic()
                reply = post(pad, {**body, "session_hash": session})
                found.strokes.append(1000 * (time.monotonic() - began))
                if "problem" in reply:
                    found.errors.append(reply["problem"])
                over.wait(0.016)
            began = time.monotonic()
            ended = through_queue(url, bodies["queue"][0], session)
            found.steps.append(1000 * (time.monotonic() - began))
            if ended != "done":
                found.errors.append(ended)
        except OSError as error:
            found.errors.append(str(error))
        over.wait(PAUSE * (0.5 + chance.random()))
    return found


def figures(values: list[float]) -> dict[str, float]:
    """Of milliseconds the middle, the 95th percentile, the largest and how many there are."""
    cut = statistics.quantiles(values, n=20, method="inclusive")
    rounded = {"p50": statistics.median(values), "p95": cut[18], "max": max(values)}
    return {**{name: round(one, 1) for name, one in rounded.items()}, "n": len(values)}


def start_run(page: Page) -> None:
    """Train a network until its curve has a point."""
    page.locator("[role=tab][data-tab-id=train]:visible").click()
    page.locator("#train-start").wait_for()
    page.locator("#train-model input").click()
    page.get_by_role("option").filter(has_text="29k").first.click()
    page.locator("#train-epochs input[type=number]").fill("100")
    page.locator("#train-start").click()
    page.locator("#train-stop").wait_for(timeout=120_000)
    page.wait_for_timeout(10_000)


def measure(visitors: int, seconds: float, *, idle: bool) -> dict[str, Any]:
    """The figures of so many visitors who draw for so long."""
    with tempfile.TemporaryDirectory() as home:
        variables = {"CONVDEMO_HOME": home}
        with (
            serving(variables=variables) as server,
            sync_playwright() as playwright,
            browser(playwright) as chromium,
        ):
            page = chromium.new_page()
            page.goto(server.url)
            page.wait_for_selector("#draw-answer .chosen")
            bodies = asked(page)
            if not idle:
                start_run(page)
            page.close()
            over, visits = threading.Event(), []
            threads = [
                threading.Thread(
                    target=lambda seed=seed: visits.append(visit(server.url, bodies, over, seed))
                )
                for seed in range(visitors)
            ]
            for thread in threads:
                thread.start()
            time.sleep(seconds)
            over.set()
            for thread in threads:
                thread.join()
            rest = psutil.Process(server.process).memory_info().rss / 1e6
    medians = sorted(statistics.median(one.strokes) for one in visits)
    errors = [error for one in visits for error in one.errors]
    return {
        "what": "milliseconds from a question to its answer",
        "visitors": visitors,
        "seconds": seconds,
        "a run trains": not idle,
        "questions of a stroke": figures([one for visit in visits for one in visit.strokes]),
        "steps, through the queue": figures([one for visit in visits for one in visit.steps]),
        "slowest visitor's median by the median": round(
            medians[-1] / statistics.median(medians), 2
        ),
        "errors": {one: errors.count(one) for one in sorted(set(errors))},
        "memory (MB)": round(rest),
        "hardware": hardware(),
    }


def grown(predictions: int) -> dict[str, Any]:
    """The server's memory along so many predictions."""
    with (
        serving() as server,
        sync_playwright() as playwright,
        browser(playwright) as chromium,
    ):
        page = chromium.new_page()
        page.goto(server.url)
        page.wait_for_selector("#draw-answer .chosen")
        bodies = asked(page)["component_server"]
        page.close()
        process, url = psutil.Process(server.process), f"{server.url}/gradio_api/component_server/"
        every, memory = max(1, predictions // 10), []
        for number in range(predictions + 1):
            if number % every == 0:
                memory.append(round(process.memory_info().rss / 1e6, 1))
            post(url, bodies[number % len(bodies)])
    after = memory[1]  # the first tenth fills what is kept
    return {
        "what": "MB of the server's memory after each tenth of the predictions",
        "predictions": predictions,
        "memory": memory,
        "growth after the first tenth": round(memory[-1] / after - 1, 4),
        "hardware": hardware(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A class that draws at once")
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--idle", action="store_true", help="without a run that trains")
    parser.add_argument("--predictions", type=int, help="one visitor asks so many instead")
    given = parser.parse_args()
    found = (
        measure(given.visitors, given.seconds, idle=given.idle)
        if given.predictions is None
        else grown(given.predictions)
    )
    print(json.dumps(found))
