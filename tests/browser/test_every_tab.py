"""Every tab in its states, wide and light in English, narrow and dark in Korean: what axe finds,
the names of controls, their size under a finger, the language of words, the room of a phone.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from benchmarks.served import Server, serving
from playwright.sync_api import Browser, Page, expect
from support.forked import ForkedServer
from support.pages import check_language
from support.train_page import pick, runs, start
from support.transfer_page import train
from support.visits import Opened, visits

from convdemo.augmentation.chain import PRESETS as CHAINS
from convdemo.augmentation.preview import POLICY_NAMES
from convdemo.convolution.lessons.exercises import from_token
from convdemo.convolution.presets import PRESETS
from convdemo.ui import text
from convdemo.ui.app import TABS

WIDE, NARROW = 1280, 390
SLOW = 60_000  # milliseconds for what is computed, on a busy machine
# What axe counts as a fault, and names that lack the text that is seen, which it counts as a trial.
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
}
PANELS = ("why", "trust", "dream", "what_if", "fool", "crowd")
NAMES = {"transfer": "Shoes|Bags"}  # of classes: they stay as they were learned
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


# The states of a tab: a name, and where there is something new.
States = Iterator[tuple[str, str]]
PAGE, TAB = "body", "[role=tabpanel]"


def draw_states(page: Page) -> States:
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
    expect(page.locator("#draw-curves path")).to_have_count(2)
    yield "read", PAGE
    page.locator("#draw-pad .examples button").first.click()
    page.locator(".cd-draw .step").nth(1).click()
    expect(page.locator(".cd-draw .step[aria-pressed=false]")).to_have_count(1)
    expect(page.locator(".cd-draw .reads").first).not_to_be_empty()
    yield "a step left out", TAB
    page.locator("[data-role=help]").click()
    yield "shortcuts", PAGE
    page.keyboard.press("Escape")
    page.locator(".cd-named button").nth(4).click()
    expect(page.locator("#draw-hand img").first).to_be_visible()
    page.locator("#draw-teach button.primary").click()
    expect(page.locator("#draw-taught tbody tr")).to_have_count(2, timeout=SLOW)
    yield "taught", TAB


def clothes_states(page: Page) -> States:
    expect(page.locator("#clothes-answer .best li")).to_have_count(3)
    yield "read", PAGE


def train_states(page: Page) -> States:
    expect(page.locator("#train-start")).to_be_enabled(timeout=SLOW)
    start(page, long=False)
    expect(runs(page).first).to_contain_text(text.say("en", "status.done"), timeout=2 * SLOW)
    runs(page).nth(1).click()
    pick(page, "train-compared", re.compile("."))
    expect(page.locator("#train-differences table")).to_be_visible()
    page.locator("#train-matrix .cell").nth(1).click()
    yield "two runs compared", PAGE


def augment_states(page: Page) -> States:
    read = page.locator("#augment-tiles .read")
    expect(read).to_be_visible(timeout=SLOW)
    yield "a policy", PAGE
    with korean(page) as say:
        for policy in POLICY_NAMES:
            choose(page, say("augment.policy"), say(f"augment.policy.{policy}"))
            why = say(f"augment.policy.{policy}.why")
            expect(page.locator("#augment-table .lines p").first).to_have_text(why)
            check_language(page, "ko")
    page.locator("#augment-mode input").nth(1).check()
    expect(page.locator("#augment-chain .offered img")).to_have_count(10, timeout=SLOW)
    for fold in page.locator(".cd-augment > .cd-fold > button").all()[:2]:  # not the code
        fold.click()
    expect(page.locator("#augment-sweep .strip li").first).to_be_visible(timeout=SLOW)
    yield "a chain, and what can be asked of it", TAB
    with korean(page) as say:
        for preset, chain in CHAINS.items():
            choose(page, say("augment.preset"), say(f"augment.preset.{preset}"))
            expect(page.locator("#augment-chain .steps > li")).to_have_count(len(chain.steps))
        check_language(page, "ko")


def explain_states(page: Page) -> States:
    page.locator("#explain-maps button.head").first.click()
    page.locator("#explain-maps .tile").first.click()
    expect(page.locator("#explain-maps .chain li").first).to_be_visible(timeout=SLOW)
    yield "the numbers of a cell", PAGE
    for name in ("filters", *PANELS):
        page.locator(f"#explain-{name} > .label-wrap").click()
    for name in ("dream", "fool", "near", "plane"):
        page.locator(f"#explain-{name}-start").click()
    expect(page.locator("#explain-trust .winner")).not_to_be_empty(timeout=SLOW)
    expect(page.locator("#explain-heat canvas")).to_have_count(3, timeout=SLOW)
    expect(page.locator("#explain-dream .card")).to_have_count(10, timeout=SLOW)
    expect(page.locator("#explain-fooled .marked")).to_be_visible(timeout=SLOW)
    expect(page.locator("#explain-crowd .plot svg")).to_be_visible(timeout=SLOW)
    yield "every panel", TAB


def transfer_states(page: Page) -> States:
    expect(page.locator("#transfer-album .thumb img[src]").first).to_be_visible(timeout=SLOW)
    train(page)
    expect(page.locator("#transfer-answer .chosen")).to_have_count(1, timeout=SLOW)
    yield "trained", PAGE
    page.locator(".cd-more-fold > button").click()
    page.locator(".cd-more-fold input").first.check()
    train(page, 2)
    page.locator("#transfer-album .name").first.fill("")
    page.locator("#transfer-album .name").first.press("Enter")
    said = text.say("en", "problem.album_no_name")
    expect(page.locator("#transfer-album")).to_contain_text(said)
    yield "trained twice, a name that is missing", TAB
    with korean(page):
        for place in (0, 2):
            page.locator(".cd-modes label").nth(place).click()
            check_language(page, "ko", NAMES["transfer"])


def convolution_states(page: Page) -> States:
    page.locator("#convolution-photo").scroll_into_view_if_needed()
    for place in range(3):
        page.get_by_label(f"{place + 1}D", exact=True).check()
        expect(page.locator(".bench .products td").first).to_be_visible(timeout=SLOW)
        yield f"{place + 1} dimensions", TAB if place else PAGE
    for name in LESSONS:
        fold = page.locator(f"#lesson-{name} button.label-wrap").first
        if "open" not in str(fold.get_attribute("class")).split():
            fold.click()
        panel = page.locator(f"#lesson-{name}")
        expect(panel.locator("svg, .worked, .cd-link input").first).to_be_visible(timeout=SLOW)
    with korean(page) as say:
        choose(page, say("lessons.graph.which"), say("lessons.graph.network"))
        expect(page.locator("#lesson-graph [data-node=v2]")).to_be_visible()
        for kind in ("receptive_field", "kernel_of", "pool_size"):
            choose(page, say("lessons.exercise.kind"), say(f"lessons.exercise.{kind}.name"))
            link = page.locator("#lesson-exercise .cd-link input")
            expect(link).to_have_value(re.compile(f"={kind}-"))
            answer_exercise(page, link.input_value().split("exercise=")[1])
            check_language(page, "ko")
        for preset in PRESETS:
            name = say(f"convolution.preset.{preset}")
            page.get_by_role("button", name=name, exact=True).click()
            told = say(f"convolution.preset.{preset}.why")
            expect(page.locator(".bench .status")).to_have_text(told)
            check_language(page, "ko")
    yield "every lesson", TAB
    with korean(page):
        page.locator(".sets-kernel textarea, .sets-kernel input").fill("99")
        expect(page.locator(".bench .status")).to_contain_text("넘칩니다")
        check_language(page, "ko")


def answer_exercise(page: Page, token: str) -> None:
    panel, asked = page.locator("#lesson-exercise"), from_token(token)
    if asked.choices:
        panel.locator(".cd-choices label").nth(asked.answer).click()
    else:
        panel.locator(".cd-answer :is(input, textarea)").fill(str(asked.answer))
        panel.get_by_role("button", name="확인", exact=True).click()
    expect(panel.locator("[data-name=solution]")).not_to_be_empty()


def choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("combobox", name=field, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


@contextmanager
def korean(page: Page) -> Iterator[Callable[[str], str]]:
    """For a while the page is in Korean, for words alone; gives what its strings say."""
    page.locator("[data-language=ko]").click()
    yield partial(text.say, "ko")
    page.locator("[data-language=en]").click()
    expect(page.locator("#convdemo-tabs [role=tab]").first).to_have_text(text.say("en", "tab.draw"))


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


# Controls that a finger cannot miss: too low or too narrow ones, but for those inside of a line.
SMALL = """() => [...document.querySelectorAll(
    "[role=tabpanel] :is(button, select, summary, textarea, a, label:has(> [type=radio]),"
    + "input:not([type=range], [type=radio], [type=checkbox], [role=combobox]))")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.offsetParent)
  .filter((node) => !node.closest("table, p, .cm-editor"))
  .filter((node) => Math.min(node.offsetWidth, node.offsetHeight) < 38)
  .map((node) => `${node.offsetWidth} x ${node.offsetHeight}: ${node.outerHTML.slice(0, 120)}`)"""
# Names of tabs that are wider than their place, or lie outside of the page.
CUT = """() => [...document.querySelectorAll("#convdemo-tabs [role=tab]")]
  .filter((tab) => tab.scrollWidth > tab.clientWidth
    || tab.getBoundingClientRect().right > tab.parentElement.getBoundingClientRect().right)
  .map((tab) => tab.innerText)"""


Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[str, Scheme, int], ...] = (("en", "light", WIDE), ("ko", "dark", NARROW))


def look(page: Page, language: str, scheme: Scheme, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.locator(f"[data-language={language}]").evaluate("(button) => button.click()")


@pytest.mark.parametrize("name", STATES)
def test_nobody_is_left_out(open_page: Opened, name: str):
    page = open_page(f"?lang=en&tab={name}", viewport={"width": WIDE, "height": 900})
    for state, part in STATES[name](page):
        unfold(page)
        for language, scheme, width in LOOKS:
            look(page, language, scheme, width)
            check_language(page, language, NAMES.get(name, ""))
            # What is being computed anew is faint until then, and for the time of the transition.
            expect(page.locator(".cd-old:visible, .bench.old:visible")).to_have_count(0)
            page.wait_for_function(AT_REST)
            said = f"{state}, {language}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, said
            assert violations(page, part) == "", said
            assert misnamed(page) == [], said
            assert page.locator("h1").all_inner_texts() == ["convdemo"], said
        assert page.evaluate(SMALL) == [], state
        assert page.evaluate(CUT) == [], state
        look(page, "en", "light", WIDE)
        check_language(page, "en", NAMES.get(name, ""))


def test_every_tab_has_states():
    assert list(STATES) == [tab.NAME for tab in TABS]
