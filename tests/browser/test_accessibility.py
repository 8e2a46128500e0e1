"""Every tab with its results on screen: what axe finds, names, headings, numbers on colours."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.forked import ForkedServer
from support.train_page import pick, runs, start
from support.transfer_page import RESULTS, train
from support.visits import Opened, visits

from convdemo.ui import text
from convdemo.ui.app import TABS

SLOW = 60_000  # milliseconds for what is computed, on a busy machine
# What axe counts as a fault, and names that lack the text that is seen, which it counts as a trial.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
}
PANELS = ("why", "trust", "dream", "what_if", "fool", "crowd")
LESSONS = ("dense", "neuron", "graph", "output", "optimizer", "scaled", "exercise")


@pytest.fixture(scope="module")
def server(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    variables = {
        "CONVDEMO_DATA": str(small_data_dir),
        "CONVDEMO_HOME": str(tmp_path_factory.mktemp("home")),
    }
    with serving(variables=variables, start=ForkedServer) as started:
        yield started


@pytest.fixture
def open_page(chromium: Browser, server: Server) -> Iterator[Opened]:
    with visits(chromium, server.url, patience=SLOW) as opened:
        yield opened


def show_tab(page: Page, name: str) -> None:
    page.locator(f"#convdemo-tabs [role=tab][data-tab-id={name}]").click()
    expect(page.locator(f"[role=tab][data-tab-id={name}]")).to_have_attribute(
        "aria-selected", "true"
    )


def unfold(page: Page) -> None:
    """Open every fold that is to be seen."""
    page.evaluate(
        """() => {
          const seen = (rule) => [...document.querySelectorAll(rule)]
            .filter((one) => one.offsetParent);
          seen("details").forEach((fold) => (fold.open = true));
          seen(".cd-columns .cd-fold > .label-wrap:not(.open)").forEach((fold) => fold.click());
        }"""
    )


def draw_states(page: Page) -> Iterator[str]:
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
    expect(page.locator("#draw-curves path")).to_have_count(2)
    yield "read"
    page.locator("#draw-pad .examples button").first.click()
    page.locator(".cd-draw .step").nth(1).click()
    expect(page.locator(".cd-draw .step[aria-pressed=false]")).to_have_count(1)
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
    yield "a step left out"
    page.locator("[data-role=help]").click()
    yield "shortcuts"
    page.keyboard.press("Escape")
    page.locator(".cd-named button").nth(4).click()
    expect(page.locator("#draw-hand img").first).to_be_visible()
    page.locator("#draw-teach button.primary").click()
    expect(page.locator("#draw-taught tbody tr")).to_have_count(2, timeout=SLOW)
    yield "taught"


def clothes_states(page: Page) -> Iterator[str]:
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)
    yield "read"


def train_states(page: Page) -> Iterator[str]:
    expect(page.locator("#train-start")).to_be_enabled(timeout=SLOW)
    expect(runs(page)).not_to_have_count(0)
    if runs(page).count() == 1:
        start(page, long=False)
    done = re.compile("|".join(text.say(one, "status.done") for one in text.LANGUAGES))
    expect(runs(page).filter(has_text=done)).to_have_count(2, timeout=2 * SLOW)
    runs(page).nth(1).click()
    pick(page, "train-compared", re.compile("."))
    expect(page.locator("#train-differences table")).to_be_visible()
    page.locator("#train-matrix .cell").nth(1).click()
    yield "two runs compared"


def augment_states(page: Page) -> Iterator[str]:
    read = page.locator("#augment-tiles .read")
    expect(read).to_be_visible(timeout=SLOW)
    yield "a policy"
    page.locator("#augment-mode input").nth(1).check()
    expect(page.locator("#augment-chain .offered img")).to_have_count(10, timeout=SLOW)
    for fold in page.locator(".cd-augment > .cd-fold > button").all()[:2]:  # not the code
        fold.click()
    expect(page.locator("#augment-sweep .strip li").first).to_be_visible(timeout=SLOW)
    yield "a chain, and what can be asked of it"


def explain_states(page: Page) -> Iterator[str]:
    page.locator("#explain-maps button.head").first.click()
    page.locator("#explain-maps .tile").first.click()
    expect(page.locator("#explain-maps .chain li").first).to_be_visible(timeout=SLOW)
    yield "the numbers of a cell"
    for name in ("filters", *PANELS):
        page.locator(f"#explain-{name} > .label-wrap").click()
    for name in ("dream", "fool", "near", "plane"):
        page.locator(f"#explain-{name}-start").click()
    expect(page.locator("#explain-trust .winner")).not_to_be_empty(timeout=SLOW)
    expect(page.locator("#explain-heat canvas")).to_have_count(3, timeout=SLOW)
    yield "every panel"


def transfer_states(page: Page) -> Iterator[str]:
    expect(page.locator("#transfer-album .thumb img[src]").first).to_be_visible(timeout=SLOW)
    if not page.locator(RESULTS).count():
        train(page)
    expect(page.locator(RESULTS)).to_have_count(1, timeout=2 * SLOW)
    expect(page.locator("#transfer-answer .chosen")).to_have_count(1, timeout=SLOW)
    yield "trained"


def convolution_states(page: Page) -> Iterator[str]:
    for place in range(3):
        page.get_by_label(f"{place + 1}D", exact=True).check()
        expect(page.locator(".bench .products td").first).to_be_visible(timeout=SLOW)
        yield f"{place + 1} dimensions"
    for name in LESSONS:
        fold = page.locator(f"#lesson-{name} button.label-wrap").first
        if "open" not in str(fold.get_attribute("class")).split():
            fold.click()
        page.wait_for_timeout(500)  # for what it computes
        yield f"the lesson {name}"


STATES = {
    "draw": draw_states,
    "clothes": clothes_states,
    "train": train_states,
    "augment": augment_states,
    "explain": explain_states,
    "transfer": transfer_states,
    "convolution": convolution_states,
}


# No transition is on its way; what moves for ever may do so.
AT_REST = """() => document.getAnimations().every((one) =>
  one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def walk(page: Page) -> Iterator[tuple[str, str]]:
    """Every tab, in each state that has something else on screen: its name, and what is new there:
    the whole page, or a part of it.
    """
    for tab in TABS:
        show_tab(page, tab.NAME)
        part = "body"  # at first, and where a dialog opens, with what is around the tab
        for state in STATES[tab.NAME](page):
            unfold(page)
            # What is being computed anew is faint until then, and for the time of the transition.
            expect(page.locator(".cd-old:visible, .bench.old:visible")).to_have_count(0)
            page.wait_for_function(AT_REST)
            lesson = state.removeprefix("the lesson ")
            yield f"{tab.NAME}, {state}", part if lesson == state else f"#lesson-{lesson}"
            part = "body" if tab.NAME == "draw" else "[role=tabpanel]"


VIOLATIONS = """async ([part, rules]) => {
  const seen = [...document.querySelectorAll(part)].filter((node) => node.checkVisibility());
  if (!seen.length) throw new Error(`nothing is seen of ${part}`);
  return (await axe.run(seen, rules)).violations;
}"""


def violations(page: Page, part: str) -> str:
    """What axe finds in what is seen there, each kind with its first places."""
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(VIOLATIONS, [part, RULES])
    return "\n".join(
        f"{one['id']}: {node['html'][:160]}\n    {' '.join(node['failureSummary'].split())[:300]}"
        for one in found
        for node in one["nodes"][:3]
    )


# What is seen of every control that has a name of its own: [the name, the text, the markup].
NAMED = """() => [...document.querySelectorAll("button, a, summary, [role=button], [role=tab]")]
  .filter((node) => node.ariaLabel && node.checkVisibility({ visibilityProperty: true }))
  .map((node) => {
    const words = [];
    const gather = (one) => {
      if (one.nodeType === Node.TEXT_NODE) words.push(one.data);
      else if (one.ariaHidden !== "true") [...one.childNodes].forEach(gather);
    };
    gather(node);
    return [node.ariaLabel, words.join(" "), node.outerHTML.slice(0, 160)];
  })"""


def plain(words: str) -> str:
    """Letters and digits alone: who speaks to a computer does not say the signs."""
    return " ".join(re.findall(r"\w+", words.lower()))


def misnamed(page: Page) -> list[str]:
    """Controls whose name lacks what is seen of them."""
    found = page.evaluate(NAMED)
    return [markup for name, seen, markup in found if plain(seen) not in plain(name)]


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1280), ("ko", "dark", 390)]
)
def test_nobody_is_left_out(open_page: Opened, language: str, scheme: str, width: int):
    page = open_page(
        f"?lang={language}", color_scheme=scheme, viewport={"width": width, "height": 900}
    )
    walked = []
    for state, part in walk(page):
        walked.append(state)
        assert violations(page, part) == "", state
        assert misnamed(page) == [], state
        assert page.locator("h1").all_inner_texts() == ["convdemo"], state
    assert {state.split(",")[0] for state in walked} == {tab.NAME for tab in TABS} == set(STATES)


# Numbers on colours


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
    expect(page.locator(".bench .products td").first).to_be_visible(timeout=SLOW)
    show_tab(page, "train")
    expect(page.locator("#train-matrix .cell").first).to_be_visible(timeout=SLOW)
    found = page.evaluate(RENDERED)
    assert len({ground for _, ground in found}) > 700
    low, text_colour, ground = min((contrast(*pair), *pair) for pair in found)
    assert low >= 4.5, f"{text_colour} on {ground}"
