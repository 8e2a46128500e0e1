"""Numbers on the colours of maps, of the bench and of the matrix of mistakes can be read."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from support.visits import Opened, visits


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


def luminance(colour: tuple[float, ...]) -> float:
    """The relative luminance of an sRGB colour in 0..1, https://www.w3.org/TR/WCAG22/."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def rgb(css: str) -> tuple[float, ...]:
    """Of a computed colour, "rgb(0, 0, 0)" or "color(srgb 0 0 0)"."""
    parts = [float(part) for part in re.findall(r"[\d.]+", css)[:3]]
    return tuple(part if css.startswith("color") else part / 255 for part in parts)


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(rgb(one)), luminance(rgb(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


# [text, ground] as the browser renders them: of the maps and of numbers worked out, of both scales
# of the bench, and of the matrix of mistakes. The modules are those that the page has loaded.
RENDERED = """async () => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const module = (path) => import(loaded.find((one) => one.includes(`components/${path}`)));
  const { colour, inkOn, make } = await module("shared.js");
  const { paintOn, scaleOf } = await module("convolution_bench/script.js");
  const shares = Array.from({ length: 401 }, (_, place) => place / 200 - 1);
  const [signed, unsigned] = [scaleOf([-1, 1]), scaleOf([0, 1])];
  const nodes = shares.flatMap((share) => {
    const [map, negative, positive] = [0, 1, 2].map(() => make("span"));
    const ground = colour(share);
    Object.assign(map.style, { background: `rgb(${ground.join(" ")})`, color: inkOn(ground) });
    paintOn(negative, share, signed);
    paintOn(positive, Math.abs(share), unsigned);
    const cell = make("span", { className: "cell wrong" });
    cell.style.setProperty("--depth", Math.abs(share));
    return [map, negative, positive, cell];
  });
  document.querySelector("#train-matrix table").parentNode.append(...nodes);
  const found = nodes.map((node) => {
    const { color, backgroundColor } = getComputedStyle(node);
    return [color, backgroundColor];
  });
  nodes.forEach((node) => node.remove());
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_are_read_on_every_colour_of_the_scales(open_page: Opened, scheme: str):
    page = open_page("?tab=convolution", color_scheme=scheme)
    expect(page.locator(".bench .products td").first).to_be_visible()
    page.locator("#convdemo-tabs [role=tab][data-tab-id=train]").click()
    expect(page.locator("#train-matrix .cell").first).to_be_visible()
    found = page.evaluate(RENDERED)
    assert len({ground for _, ground in found}) > 700
    low, text_colour, ground = min((contrast(*pair), *pair) for pair in found)
    assert low >= 4.5, f"{text_colour} on {ground}"
