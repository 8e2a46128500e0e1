"""The page while a run trains, in a real browser: prints one JSON object.

    CONVDEMO_DATA=DIR python tests/benchmarks/training_load.py [--visitors 10] [--strokes 20]

Two figures: seconds from the click on Train to the first point of the curve, and milliseconds from
a stroke to the bars in the Draw tab while that run trains and other visitors draw as well. One
visitor draws in the browser; the others are strokes like that one's, sent again and again by
threads, with the pauses of somebody who draws.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
import urllib.request

from latency import WATCH, stroke
from playwright.sync_api import Page, Request, sync_playwright
from served import browser, hardware, serving

STROKE_SECONDS, PAUSE_SECONDS = 0.35, 1.0
FIRST_POINT = """() => new Promise((resolve) => {
  const clicked = performance.now();
  document.querySelector(".cd-train .cd-primary").click();
  const look = () => {
    const point = document.querySelector(".cd-train [data-role=charts] circle");
    if (point) resolve(performance.now() - clicked);
    else requestAnimationFrame(look);
  };
  look();
})"""


def asked(page: Page) -> list[Request]:
    """The requests with which the page has a stroke read."""
    found: list[Request] = []

    def keep(request: Request) -> None:
        if request.method == "POST" and "component_server" in request.url:
            found.append(request)

    page.on("request", keep)
    stroke(page, 0)
    page.remove_listener("request", keep)
    if not found:
        raise RuntimeError("the page asked nothing while a stroke was drawn")
    return found


def visitor(url: str, bodies: list[bytes], over: threading.Event, taken: list[float]) -> None:
    """Strokes of one of the others: one request after the other, then a pause."""
    while not over.is_set():
        until = time.monotonic() + STROKE_SECONDS
        for body in bodies:
            if time.monotonic() > until:
                break
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
            started = time.monotonic()
            with urllib.request.urlopen(request, timeout=60) as reply:
                reply.read()
            taken.append(time.monotonic() - started)
        over.wait(PAUSE_SECONDS)


def start_run(page: Page, network: str) -> float:
    """Seconds from the click to the first point."""
    page.get_by_role("tab").nth(2).click()
    page.wait_for_selector(".cd-train .cd-primary:not([disabled])")
    page.wait_for_timeout(15_000)  # the spare worker has imported everything
    networks = page.locator(".cd-train select").first
    option = networks.locator("option", has_text=network).first
    networks.select_option(option.get_attribute("value"))
    found = page.evaluate(FIRST_POINT) / 1000
    page.get_by_role("tab").nth(0).click()
    return found


def p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20, method="inclusive")[18], 1)


def measure(visitors: int, strokes: int) -> dict[str, object]:
    """Both figures, the second after three strokes that are not counted."""
    taken: list[float] = []
    over = threading.Event()
    with (
        tempfile.TemporaryDirectory() as home,
        serving(variables={"CONVDEMO_HOME": home}) as server,
        sync_playwright() as playwright,
        browser(playwright) as chromium,
    ):
        page = chromium.new_page()
        page.goto(server.url)
        page.wait_for_selector(".cd-answer .cd-winner")
        page.evaluate(WATCH)
        requests = asked(page)
        bodies = [request.post_data_buffer or b"" for request in requests]
        quiet = [stroke(page, number)["latency"] for number in range(-3, strokes)][3:]
        quick_point = start_run(page, "Quick CNN")
        page.wait_for_timeout(10_000)  # that run is over
        start_run(page, "Digit ResNet")  # and this one takes minutes
        alone = [stroke(page, number)["latency"] for number in range(-3, strokes)][3:]
        others = [
            threading.Thread(target=visitor, args=(requests[0].url, bodies, over, taken))
            for _ in range(visitors - 1)
        ]
        for one in others:
            one.start()
        busy = [stroke(page, number)["latency"] for number in range(-3, strokes)][3:]
        over.set()
        for one in others:
            one.join()
        page.get_by_role("tab").nth(2).click()
        training = page.locator(".cd-train .cd-runs .cd-run").first.inner_text()
    return {
        "what": "milliseconds from the last ink of a stroke to the last change of the bars",
        "n": strokes,
        "visitors": visitors,
        "click_to_first_point_seconds": round(quick_point, 2),  # of Quick CNN
        "p95_nothing_trains": p95(quiet),
        "p95_while_training": p95(alone),
        "p50_while_training_and_others_draw": round(statistics.median(busy), 1),
        "p95_while_training_and_others_draw": p95(busy),
        "others_requests": len(taken),
        "others_p95_milliseconds": p95([1000 * one for one in taken]) if len(taken) > 1 else None,
        "run": " ".join(training.split()),
        "hardware": hardware(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Latency of the drawing pad while a run trains")
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--strokes", type=int, default=20)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.visitors, arguments.strokes)))
