"""The lessons and exercises as a visitor uses them: moved, stepped through, solved, linked to."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.pages import check_language
from support.visits import Opened, visits

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import optimizers
from convdemo.convolution.lessons.autograd import GRAPHS, evaluate, softmax_graph
from convdemo.convolution.lessons.equivariance import SHAPES, dense_weights, follow
from convdemo.convolution.lessons.exercises import from_token
from convdemo.convolution.lessons.neuron import neuron
from convdemo.ui import text

LESSONS = ("dense", "neuron", "graph", "output", "optimizer", "scaled", "exercise")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


def bring(page: Page) -> None:
    """The lessons into view, which sets them off."""
    page.locator("#convdemo-tabs [role=tab][data-tab-id=convolution]").click()
    page.locator(".cd-lesson-head").scroll_into_view_if_needed()


def lesson(page: Page, name: str) -> Locator:
    page.locator(f".cd-lesson-head [value={name}]").click()
    return page.locator(f"[data-lesson={name}]")


def written(value: float, places: int = 3) -> str:
    return f"{value:.{places}f}".replace("-", "−")


def of_exercise(page: Page) -> str:
    """The token of the exercise that is asked."""
    return page.locator("[data-lesson=exercise] [data-role=link]").input_value().split("=")[1]


def solve(page: Page, *, wrong: bool = False) -> None:
    """Answer the exercise on the page, and wait for the grade."""
    panel = page.locator("[data-lesson=exercise]")
    asked = from_token(of_exercise(page))
    if asked.choices:
        panel.locator(".cd-exercise-choice").nth((asked.answer + wrong) % 4).click()
    else:
        panel.locator("form input").fill(str(asked.answer + wrong))
        panel.locator("form button").click()
    expect(panel.locator("[data-role=solution]")).not_to_be_empty()


def test_only_the_convolution_follows_a_moved_picture(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "dense")
    largest = {name: panel.locator(f"[data-figure={name}]") for name in ("convolution", "dense")}
    arguments = (SHAPES["seven"], KERNELS[2]["sobel_x"], dense_weights(12, 0))
    _, full = follow(*arguments, down=1, right=2)
    expect(largest["dense"]).to_have_text(written(full.largest))
    expect(largest["convolution"]).to_have_text("0.000")
    panel.locator(".cd-move-back").click()
    expect(largest["dense"]).to_have_text("0.000")
    panel.locator(".cd-move-up").focus()
    page.keyboard.press("ArrowUp")
    _, full = follow(*arguments, down=-1, right=0)
    expect(largest["dense"]).to_have_text(written(full.largest))
    expect(panel.locator("[data-cells=dense]")).to_have_text("144 of 144")
    expect(panel.locator("[data-cells=convolution]")).to_have_text("0 of 144")
    panel.locator("input[type=number]").nth(1).fill("5")  # of the kernel of the table
    expect(panel.locator("tbody tr").last).to_contain_text("26")
    panel.locator("input[type=number]").nth(1).fill("99")
    expect(panel.locator(".cd-field-wrong").nth(1)).to_have_text("A whole number from 1 to 11")


def test_a_graph_is_walked_backward(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "graph")
    nodes = {node.name: node for node in evaluate(GRAPHS["logistic"], GRAPHS["logistic"].inputs)}
    weight = panel.locator("[data-node=w] .cd-node-gradient")
    expect(weight).to_have_text(f"∂ {written(nodes['w'].gradient)}")
    panel.locator("[data-step=first]").click()
    expect(weight).to_have_text("")
    for _ in range(3 + 3):  # forward through s, p, L, backward through L, p, s
        panel.locator("[data-step=next]").click()
    local, incoming, found = (
        written(one)
        for one in (nodes["s"].arrivals[0].local, nodes["p"].gradient, nodes["s"].gradient)
    )
    told = f"∂L/∂s = ∂p/∂s · ∂L/∂p = {local} · ({incoming}) = {found}"
    chain = panel.locator("[data-role=chain]")
    expect(panel.locator("[data-node=s]")).to_have_class(re.compile("cd-node-now"))
    expect(chain).to_have_text(told)
    panel.locator("[data-step=last]").click()
    panel.locator("input[type=number]").first.fill("-1")
    changed = evaluate(GRAPHS["logistic"], {**GRAPHS["logistic"].inputs, "w": -1.0})
    expect(weight).to_have_text(f"∂ {written(changed[0].gradient)}")
    panel.locator("select").first.select_option("network")
    expect(panel.locator("[data-node]")).to_have_count(15)


def test_a_node_is_picked_by_keyboard_alone(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "graph")
    told, chain = panel.locator("[data-role=told]"), panel.locator("[data-role=chain]")
    nodes = {node.name: node for node in evaluate(GRAPHS["logistic"], GRAPHS["logistic"].inputs)}
    expect(panel.locator("[data-step=next]")).to_be_disabled()
    panel.locator("[data-step=back]").focus()
    page.keyboard.press("Tab")  # the graph is one stop, at the node that is told about
    here = panel.locator(".cd-node:focus")
    expect(here).to_have_attribute("data-node", "w")
    ring = here.locator(".cd-node-ring")
    assert ring.evaluate("(ring) => getComputedStyle(ring).stroke") != "none"
    for key, name in (
        ("ArrowDown", "x"),
        ("ArrowRight", "s"),
        ("ArrowRight", "p"),
        ("ArrowDown", "y"),
        ("End", "L"),
        ("Home", "w"),
        ("ArrowLeft", "w"),
        ("ArrowRight", "s"),
    ):
        page.keyboard.press(key)
        expect(here).to_have_attribute("data-node", name)
        expect(here).to_have_attribute("aria-pressed", "true")
        expect(told).to_contain_text(f"{name} = ")
        expect(told).to_contain_text(written(nodes[name].value))
    expect(chain).to_contain_text(f"= {written(nodes['s'].gradient)}")
    page.keyboard.press("Shift+Tab")
    expect(panel.locator("[data-step=back]")).to_be_focused()
    page.keyboard.press("Enter")  # a step tells about its own node again
    expect(told).to_contain_text("x = ")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(here).to_have_attribute("data-node", "x")


def test_the_class_of_the_loss_is_chosen(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "graph")
    graphs, classes = panel.locator("select").first, panel.locator("select").nth(1)
    expect(classes).to_be_hidden()
    graphs.select_option("softmax")
    expect(classes).to_be_visible()
    for true in (3, 2, 1):
        classes.select_option(str(true))
        chosen = softmax_graph(true)
        loss = evaluate(chosen, chosen.inputs)[-1].value
        expect(panel.locator("[data-node=L] .cd-node-value")).to_have_text(written(loss))
        expect(panel.locator(f"[data-node=p{true}]")).to_be_visible()
        expect(panel.locator("pre code")).to_contain_text(f"p{true} = e{true} / S")
    graphs.select_option("product")
    expect(classes).to_be_hidden()


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_code_says_what_it_is(open_page: Opened, language: str):
    page = open_page(f"?lang={language}")
    bring(page)
    for name in LESSONS[:-1]:
        title = lesson(page, name).locator(".cd-code summary")
        for one in title.all():
            expect(one).to_have_text(text.say(language, "lessons.code"))
        expect(title).not_to_have_count(0)


def test_an_optimizer_takes_a_step(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "optimizer")
    loss = optimizers.LOSSES["valley"]
    moves = optimizers.descend(loss, "sgd", 0.1, {}, start=loss.start, steps=4)
    expect(panel.locator("[data-role=step]")).to_contain_text("Step 3")
    panel.locator("[data-step=one]").click()
    last = panel.locator("[data-role=update] tbody tr").last
    expect(last).to_contain_text(f"= {written(moves[3].ended[0], 4)}")
    expect(last).to_contain_text(f"= {written(moves[3].ended[1], 4)}")
    panel.locator("[value=adam]").click()
    expect(panel.locator("[data-role=update] tbody tr")).to_have_count(8)
    rate = 0.25  # 10 to the power of -0.6, with two digits
    moves = optimizers.descend(
        loss, "adam", rate, optimizers.SETTINGS["adam"], start=loss.start, steps=4
    )
    expect(last).to_contain_text(f"= {written(moves[3].ended[0], 4)}")


def test_numbers_follow_what_is_typed(open_page: Opened):
    page = open_page()
    bring(page)
    panel = lesson(page, "neuron")
    panel.locator("[value=tanh]").click()
    panel.locator("input[type=number]").first.fill("-2")
    found = neuron([-2, 0.5], [0.8, -1.2], 0.4, "tanh")
    expect(panel.locator("[data-role=sum]")).to_contain_text(f"= {written(found.total)}")
    expect(panel.locator("[data-role=slope]")).to_contain_text(written(found.slope))
    panel.locator("input[type=number]").first.fill("")
    expect(panel.locator(".cd-field-wrong").first).to_have_text("A number from −5 to 5")
    expect(panel.locator("[data-role=added]")).to_contain_text("by 0.0000")
    panel = lesson(page, "output")
    panel.locator("[value=classes]").click()
    panel.locator("input[type=number]").first.fill("10")
    expect(panel.locator("[data-end='right.loss']")).to_have_text("0.0001")
    expect(panel.locator("[data-end='trapped.loss']")).to_have_text("0.5515")
    panel = lesson(page, "scaled")
    expect(panel.locator("[data-fact='raw.limit']")).to_have_text("0.0400")
    expect(panel.locator("[data-fact='normal.limit']")).to_have_text("0.8523")
    panel.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    expect(panel.locator("[data-role=verdict]")).to_contain_text("Past the largest stable rate")


def test_three_exercises_are_solved(open_page: Opened):
    page = open_page("?exercise=cells-1")  # none of the kinds below, whose links then tell them
    bring(page)
    panel = lesson(page, "exercise")
    score, streak = (panel.locator(f"[data-score={name}]") for name in ("score", "streak"))
    expect(score).to_have_text("0 of 0")
    expect(panel.locator("[data-role=question]")).not_to_be_empty()
    for number, kind in enumerate(("output_size", "kernel_of", "cell_value"), start=1):
        panel.locator("select").select_option(kind)
        expect(panel.locator("[data-role=link]")).to_have_value(re.compile(kind))
        solve(page)
        expect(score).to_have_text(f"{number} of {number}")
        expect(streak).to_have_text(str(number))
        expect(panel.locator("[data-role=verdict]")).to_contain_text("Right")
    panel.locator("select").select_option("parameters")
    expect(panel.locator("[data-role=link]")).to_have_value(re.compile("parameters"))
    panel.locator("form input").fill("many")
    panel.locator("form button").click()
    expect(panel.locator("[data-role=verdict]")).to_have_text(
        text.say("en", "problem.lessons_answer")
    )
    expect(score).to_have_text("3 of 3")
    solve(page, wrong=True)
    expect(score).to_have_text("3 of 4")
    expect(streak).to_have_text("0")
    page.reload()
    bring(page)
    lesson(page, "exercise")
    expect(score).to_have_text("3 of 4")


def test_a_link_asks_the_same_question(open_page: Opened):
    page = open_page("?exercise=output_size-1")
    question = page.locator("[data-lesson=exercise] [data-role=question]")
    expect(question).to_contain_text("input 58, kernel 4, stride 1, padding 1, dilation 1")
    expect(page.locator(".cd-lesson-head")).to_be_in_viewport()
    assert of_exercise(page) == "output_size-1"
    solve(page)
    expect(page.locator("[data-role=solution]")).to_contain_text("+ 1 = 57")
    page = open_page("?exercise=magic-1")
    expect(page.locator("[data-lesson=exercise] .cd-lesson-status")).to_have_text(
        text.say("en", "problem.lessons_link")
    )
    expect(page.locator("[data-lesson=exercise] [data-role=question]")).not_to_be_empty()
    solve(page)


def test_the_lessons_fit_a_phone(open_page: Opened):
    page = open_page(viewport=PHONE)
    bring(page)
    for name in LESSONS:
        panel = lesson(page, name)
        expect(panel.locator(".cd-lesson-stage").first).not_to_be_empty()
        if name == "graph":
            panel.locator("select").first.select_option("network")
            expect(panel.locator("[data-node=v2]")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        small = panel.evaluate(
            """(panel) => [...panel.querySelectorAll("button, select, summary, input")]
              .filter((node) => node.offsetParent)
              .filter((node) => node.offsetHeight < 40 || node.offsetWidth < 40)
              .map((node) => node.outerHTML.slice(0, 80))"""
        )
        assert small == [], name
        wide = panel.evaluate(
            """(panel) => [...panel.querySelectorAll(".cd-lesson-stage > *")]
              .filter((node) => node.getBoundingClientRect().right > innerWidth)
              .map((node) => node.outerHTML.slice(0, 80))"""
        )
        assert wide == [], name


def test_an_exercise_is_solved_by_keyboard_alone(open_page: Opened):
    page = open_page("?exercise=pool_size-3")
    panel = page.locator("[data-lesson=exercise]")
    expect(panel.locator("[data-role=question]")).not_to_be_empty()

    def tab_to(selector: str) -> None:
        for _ in range(150):
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(selector)

    tab_to(".cd-lesson-head [value=dense]")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-lesson=neuron]")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")  # round to the last one
    expect(panel).to_be_visible()
    tab_to("[data-lesson=exercise] form input")
    page.keyboard.type(str(from_token(of_exercise(page)).answer))
    page.keyboard.press("Enter")
    expect(panel.locator("[data-score=score]")).to_have_text("1 of 1")
    page.keyboard.press("Enter")  # the focus is on the next question's button
    expect(panel.locator("[data-role=solution]")).to_be_empty()
    tab_to(".cd-lesson-head [value=dense]")
    page.keyboard.press("Space")
    tab_to(".cd-lesson-pad")
    page.keyboard.press("Space")  # draws the cell in the corner
    expect(page.locator("[data-lesson=dense] [data-role=moved]")).to_contain_text("down 0")


def test_the_lessons_speak_both_languages(open_page: Opened):
    page = open_page("?lang=ko")
    bring(page)
    page.locator("#convdemo-convolution").evaluate("(bench) => bench.remove()")  # has its own test
    for name in LESSONS:
        panel = lesson(page, name)
        expect(panel.locator(".cd-lesson-stage").first).not_to_be_empty()
        expect(
            panel.locator("[data-role=where]" if name == "graph" else "h2").first
        ).not_to_be_empty()
        for value in ("binary", "classes", "momentum", "rmsprop", "adam", "tanh"):
            for button in panel.locator(f"button[value={value}]").all():
                button.click()
        if name == "exercise":
            for kind in ("receptive_field", "kernel_of", "pool_size"):
                panel.locator("select").select_option(kind)
                expect(panel.locator("[data-role=link]")).to_have_value(re.compile(kind))
                solve(page)
                check_language(page, "ko")
        page.wait_for_timeout(300)
        check_language(page, "ko")
    page.get_by_role("button", name="English", exact=True).click()
    for name in LESSONS:
        lesson(page, name)
        check_language(page, "en")
