"""The lessons and exercises as a visitor uses them: moved, stepped through, solved, linked to."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.visits import Opened, visits

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import optimizers
from convdemo.convolution.lessons.autograd import GRAPHS, evaluate, softmax_graph
from convdemo.convolution.lessons.equivariance import SHAPES, dense_weights, follow
from convdemo.convolution.lessons.exercises import from_token
from convdemo.convolution.lessons.neuron import neuron
from convdemo.ui import text


@pytest.fixture
def open_page(chromium: Browser, server_url: str) -> Iterator[Opened]:
    with visits(chromium, server_url, patience=20_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def visit(chromium: Browser, server_url: str) -> Iterator[Page]:
    """A visit that tests share, each of them with lessons that no other one touches."""
    with visits(chromium, server_url, patience=20_000) as opened:
        page = opened("?tab=convolution")
        expect(page.locator("#lesson-exercise")).to_be_attached()
        yield page


def lesson(page: Page, name: str) -> Locator:
    """A lesson, unfolded."""
    panel = page.locator(f"#lesson-{name}")
    fold = panel.locator("button.label-wrap").first
    if "open" not in str(fold.get_attribute("class")).split():
        fold.click()
    return panel


def named(panel: Locator, name: str) -> Locator:
    """A line of a worked example."""
    return panel.locator(f"[data-name={name}]")


def type_into(panel: Locator, label: str, value: str) -> None:
    """A number beside a slider."""
    field = panel.locator(".block").filter(has_text=label).locator("input[type=number]").last
    field.fill(value)
    field.blur()


def choose(panel: Locator, label: str, option: str) -> None:
    """An entry of a list."""
    panel.get_by_label(label, exact=True).click()
    panel.page.get_by_role("option", name=option, exact=True).click()


def written(value: float, places: int = 3) -> str:
    return f"{value:.{places}f}".replace("-", "−")


def of_exercise(page: Page) -> str:
    """The token of the exercise that is asked."""
    link = page.locator("#lesson-exercise .cd-link input")
    expect(link).to_have_value(re.compile("exercise="))
    return link.input_value().split("exercise=")[1]


def solve(page: Page, *, wrong: bool = False) -> None:
    """Answer the exercise on the page, and wait for the grade."""
    panel = page.locator("#lesson-exercise")
    asked = from_token(of_exercise(page))
    if asked.choices:
        panel.locator(".cd-choices label").nth((asked.answer + wrong) % 4).click()
    else:
        panel.locator(".cd-answer :is(input, textarea)").fill(str(asked.answer + wrong))
        panel.get_by_role("button", name=re.compile("^(Check|확인)$")).click()
    expect(named(panel, "solution")).not_to_be_empty()


def ask(page: Page, kind: str, language: str = "en") -> None:
    """A question of a kind."""
    panel = page.locator("#lesson-exercise")
    name = text.say(language, f"lessons.exercise.{kind}.name")
    choose(panel, text.say(language, "lessons.exercise.kind"), name)
    expect(panel.locator(".cd-link input")).to_have_value(re.compile(f"={kind}-"))


def test_a_picture_is_drawn_on_and_only_the_convolution_follows_it(visit: Page):
    page = visit
    panel = lesson(page, "dense")
    pad = panel.locator("svg[tabindex='0']").first
    inked = pad.locator("rect:not(.cursor)")
    expect(inked).to_have_count(int(SHAPES["seven"].sum()))
    pad.focus()
    page.keyboard.press("Space")  # the corner
    expect(inked).to_have_count(int(SHAPES["seven"].sum()) + 1)
    expect(named(panel, "verdict")).to_have_text(text.say("en", "lessons.dense.still"))
    choose(panel, "Picture", "Ring")
    expect(inked).to_have_count(int(SHAPES["ring"].sum()))
    page.route("**/component_server**", lambda route: route.abort())
    type_into(panel, "Move right", "4")
    expect(panel).to_contain_text(text.say("en", "problem.offline"))
    page.unroute("**/component_server**")
    type_into(panel, "Move right", "0")
    expect(panel).not_to_contain_text(text.say("en", "problem.offline"))
    convolved, dense = named(panel, "convolution"), named(panel, "dense")
    arguments = (SHAPES["seven"], KERNELS[2]["sobel_x"], dense_weights(12, 0))
    _, full = follow(*arguments, down=1, right=2)
    choose(panel, "Picture", "Seven")
    type_into(panel, "Move down", "1")
    type_into(panel, "Move right", "2")
    expect(dense).to_contain_text(f"Largest difference: {written(full.largest)}")
    expect(convolved).to_contain_text("Largest difference: 0.000")
    down = panel.locator("input[type=range]").first
    down.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    _, full = follow(*arguments, down=-1, right=2)
    expect(dense).to_contain_text(f"Largest difference: {written(full.largest)}")
    expect(dense).to_contain_text("Cells that differ: 144 of 144")
    expect(convolved).to_contain_text("Cells that differ: 0 of 144")
    type_into(panel, "Kernel size", "5")
    costs = named(panel, "costs")
    expect(costs.locator("tbody tr").last).to_contain_text("26")
    type_into(panel, "Kernel size", "99")  # is brought back to what there is
    expect(costs.locator("tbody tr").last).to_contain_text("122")
    type_into(panel, "Move right", "0")
    type_into(panel, "Move down", "0")
    expect(named(panel, "verdict")).to_have_text(text.say("en", "lessons.dense.still"))


def test_a_graph_is_walked_backward_also_from_a_chosen_class(visit: Page):
    page = visit
    panel = lesson(page, "graph")
    nodes = {node.name: node for node in evaluate(GRAPHS["logistic"], GRAPHS["logistic"].inputs)}
    weight = panel.locator("[data-node=w] .gradient")
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
    expect(panel.locator("[data-node=s]")).to_have_class(re.compile("now"))
    expect(panel.locator(".chain")).to_have_text(told)
    panel.locator("[data-step=last]").click()
    panel.locator("input[data-name=w]").fill("-1")
    changed = evaluate(GRAPHS["logistic"], {**GRAPHS["logistic"].inputs, "w": -1.0})
    expect(weight).to_have_text(f"∂ {written(changed[0].gradient)}")
    panel.locator("input[data-name=w]").fill("9")
    expect(panel.get_by_role("alert")).to_have_text("w: a number from −3 to 3")
    expect(weight).to_have_text(f"∂ {written(changed[0].gradient)}")
    choose(panel, "Graph", "Two layers, squared error")
    expect(panel.locator("[data-node]")).to_have_count(15)
    classes = panel.get_by_role("radio")
    choose(panel, "Graph", "Softmax and cross-entropy")
    expect(classes).to_have_count(3)
    for true in (3, 2, 1):
        classes.nth(true - 1).check()
        chosen = softmax_graph(true)
        loss = evaluate(chosen, chosen.inputs)[-1].value
        expect(panel.locator("[data-node=L] .value")).to_have_text(written(loss))
        expect(panel.locator(f"[data-node=p{true}]")).to_be_visible()
    choose(panel, "Graph", text.say("en", "lessons.graph.product"))
    expect(classes.and_(page.locator(":visible"))).to_have_count(0)


def test_an_optimizer_takes_a_step_and_has_its_code(visit: Page):
    page = visit
    panel = lesson(page, "optimizer")
    loss = optimizers.LOSSES["valley"]
    moves = optimizers.descend(loss, "sgd", 0.1, {}, start=loss.start, steps=4)
    step = named(panel, "step")
    expect(step).to_contain_text("Step 3")
    panel.get_by_role("button", name="One step").click()
    update = named(panel, "update").locator("tbody tr")
    expect(update.last).to_contain_text(f"= {written(moves[3].ended[0], 4)}")
    expect(update.last).to_contain_text(f"= {written(moves[3].ended[1], 4)}")
    panel.get_by_text("Adam", exact=True).click()
    expect(update).to_have_count(8)
    settings = optimizers.SETTINGS["adam"]
    rate = 0.25  # 10 to the power of -0.6, with two digits
    moves = optimizers.descend(loss, "adam", rate, settings, start=loss.start, steps=4)
    expect(update.last).to_contain_text(f"= {written(moves[3].ended[0], 4)}")
    panel.get_by_role("button", name="Start over").click()
    expect(step).to_contain_text("Step 1")
    panel.locator(".plane svg").first.click(position={"x": 200, "y": 60})
    expect(panel.locator(".plane circle").first).not_to_have_attribute("cx", "66")
    expect(step).not_to_contain_text(written(moves[0].loss, 4))
    panel.get_by_role("button", name=text.say("en", "lessons.code")).click()
    code = panel.locator(".cm-content")
    expect(code).to_contain_text("torch.optim.Adam([weights], lr=0.25")
    panel.get_by_text("RMSprop", exact=True).click()
    expect(code).to_contain_text("torch.optim.RMSprop([weights], lr=0.1")


def test_numbers_follow_what_is_typed(visit: Page):
    page = visit
    panel = lesson(page, "neuron")
    panel.get_by_text("tanh", exact=True).first.click()
    type_into(panel, "Input x₁", "-2")
    found = neuron([-2, 0.5], [0.8, -1.2], 0.4, "tanh")
    expect(named(panel, "sum")).to_contain_text(f"= {written(found.total)}")
    expect(named(panel, "slope")).to_contain_text(written(found.slope))
    expect(named(panel, "added")).to_contain_text("by 0.0000")
    type_into(panel, "Number of scores", "6")
    expect(named(panel, "shares").locator("tbody tr")).to_have_count(6)
    panel = lesson(page, "output")
    panel.get_by_text("Classes", exact=True).click()
    type_into(panel, "Score of class 0", "10")
    loss = named(panel, "ends").locator("tbody tr").nth(2)
    expect(loss).to_have_text("Loss0.00010.5515")
    panel = lesson(page, "scaled")
    limits = named(panel, "facts").locator("tbody tr").first
    expect(limits).to_contain_text("0.04000.8523")
    panel.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    expect(named(panel, "verdict")).to_contain_text("Past the largest stable rate")


def test_exercises_are_asked_by_link_and_by_kind_and_scored(open_page: Opened):
    page = open_page("?exercise=output_size-1")
    panel = page.locator("#lesson-exercise")
    score, streak = named(panel, "score"), named(panel, "streak")
    expect(score).to_have_text("Right: 0 of 0")
    expect(named(panel, "question")).to_contain_text(
        "input 58, kernel 4, stride 1, padding 1, dilation 1"
    )
    expect(panel.locator("button").first).to_be_in_viewport()
    assert of_exercise(page) == "output_size-1"
    solve(page)
    expect(named(panel, "solution")).to_contain_text("+ 1 = 57")
    expect(score).to_have_text("Right: 1 of 1")
    for number, kind in enumerate(("kernel_of", "cell_value"), start=2):
        ask(page, kind)
        solve(page)
        expect(score).to_have_text(f"Right: {number} of {number}")
        expect(streak).to_have_text(f"In a row: {number}")
        expect(named(panel, "verdict")).to_contain_text("Right")
    ask(page, "parameters")
    panel.locator(".cd-answer :is(input, textarea)").fill("many")
    panel.get_by_role("button", name="Check").click()
    expect(panel).to_contain_text(text.say("en", "problem.lessons_answer"))
    expect(score).to_have_text("Right: 3 of 3")
    solve(page, wrong=True)
    expect(score).to_have_text("Right: 3 of 4")
    expect(streak).to_have_text("In a row: 0")
    page.goto(page.url.split("?")[0] + "?exercise=magic-1")
    expect(panel).to_contain_text(text.say("en", "problem.lessons_link"))
    expect(score).to_have_text("Right: 3 of 4")
    expect(named(panel, "question")).not_to_be_empty()
    solve(page)


def test_a_list_that_is_only_passed_changes_nothing_and_keys_solve_an_exercise(
    open_page: Opened,
):
    page = open_page("?exercise=pool_size-3")
    panel, dense = page.locator("#lesson-exercise"), page.locator("#lesson-dense")
    expect(named(panel, "question")).not_to_be_empty()
    inked = dense.locator("svg[tabindex='0']").first.locator("rect:not(.cursor)")
    dense.locator("svg[tabindex='0']").first.focus()
    page.keyboard.press("Space")
    expect(named(dense, "verdict")).to_have_text(text.say("en", "lessons.dense.still"))
    optimizer = lesson(page, "optimizer")
    expect(named(optimizer, "step")).to_contain_text("Step 3")
    first = optimizer.locator(".plane circle").first
    expect(first).to_have_count(1)
    optimizer.locator(".plane svg").first.click(position={"x": 200, "y": 60})
    expect(first).not_to_have_attribute("cx", "66")
    start = first.get_attribute("cx")
    for shown, key in (
        (dense, "lessons.dense.shape"),
        (optimizer, "lessons.optimizer.loss"),
        (panel, "lessons.exercise.kind"),
    ):
        shown.get_by_label(text.say("en", key), exact=True).focus()
        page.keyboard.press("Tab")  # the list comes and goes
    page.get_by_role("button", name="한국어", exact=True).click()
    expect(panel.locator("button").first).to_contain_text(text.say("ko", "lessons.exercise.title"))

    def tab_to(selector: str) -> None:
        for _ in range(150):
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(selector)

    page.locator("#lesson-scaled button").first.focus()
    tab_to("#lesson-exercise .cd-answer :is(input, textarea)")
    page.keyboard.type(str(from_token("pool_size-3").answer))
    page.keyboard.press("Enter")
    right = text.say("ko", "lessons.exercise.right_of", right=1, asked=1)
    expect(named(panel, "score")).to_have_text(right)
    assert of_exercise(page) == "pool_size-3"
    assert first.get_attribute("cx") == start
    expect(inked).to_have_count(int(SHAPES["seven"].sum()) + 1)
    expect(panel.locator("button.cd-next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(named(panel, "solution")).to_have_count(0)
