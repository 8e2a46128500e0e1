"""From a stroke to moved bars, in a real browser: prints one JSON object.

    python tests/benchmarks/latency.py [--strokes 20]

A stroke's latency is the time from the last pointer event that left ink to the last change of a bar
that followed it, both by the page's own clock.
"""

import argparse
import json
import statistics

from playwright.sync_api import Page, sync_playwright
from served import browser, hardware, serving

WATCH = """() => {
  const marks = (window.marks = { ink: 0, bar: 0, changes: 0 });
  const canvas = document.querySelector("#draw-pad canvas");
  for (const name of ["pointerdown", "pointermove"]) {
    canvas.addEventListener(name, ({ buttons }) => {
      if (buttons) marks.ink = performance.now();
    }, true);
  }
  new MutationObserver((records) => {
    const moved = records.some(({ target, oldValue }) => target.getAttribute("style") !== oldValue);
    if (!moved) return;
    marks.bar = performance.now();
    marks.changes += 1;
  }).observe(document.querySelector("#draw-answer .bars"), {
    subtree: true, attributes: true, attributeFilter: ["style"], attributeOldValue: true,
  });
}"""


def stroke(page: Page, number: int) -> dict[str, float]:
    """One stroke of 20 moves at 60 a second, another one each time; how the bars followed."""
    box = page.locator("#draw-pad canvas").bounding_box()
    assert box is not None
    page.keyboard.press("c")
    page.wait_for_timeout(300)
    page.evaluate("Object.assign(marks, { ink: 0, bar: 0, changes: 0 })")
    shift = (number % 5) * 0.06
    for step in range(21):
        x = box["x"] + box["width"] * (0.25 + shift + 0.3 * step / 20)
        y = box["y"] + box["height"] * (0.2 + 0.6 * (step / 20) ** (1 + number % 3))
        page.mouse.move(x, y)
        if step == 0:
            page.mouse.down()
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(700)
    return page.evaluate("({ latency: marks.bar - marks.ink, changes: marks.changes })")


def measure(strokes: int) -> dict[str, object]:
    """The figures of that many strokes, after three that are not counted."""
    with serving() as server, sync_playwright() as playwright, browser(playwright) as chromium:
        page = chromium.new_page()
        page.goto(server.url)
        page.wait_for_selector("#draw-answer .chosen")
        page.evaluate(WATCH)
        found = [stroke(page, number) for number in range(-3, strokes)][3:]
    latencies = sorted(one["latency"] for one in found)
    return {
        "what": "milliseconds from the last ink of a stroke to the last change of the bars",
        "n": strokes,
        "p50": round(statistics.median(latencies), 1),
        "p95": round(statistics.quantiles(latencies, n=20, method="inclusive")[18], 1),
        "max": round(latencies[-1], 1),
        "changes_of_the_bars_per_stroke": statistics.median(one["changes"] for one in found),
        "hardware": hardware(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Latency of the drawing pad")
    parser.add_argument("--strokes", type=int, default=20)
    print(json.dumps(measure(parser.parse_args().strokes)))
