"""The lessons: every figure is torch's, code gives what is on screen, and bad input is refused."""

import json
import math
import re
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from support.forked import run_python
from torch import nn
from torch.nn import functional

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import equivariance, losses, neuron, normalisation, optimizers
from convdemo.convolution.lessons.autograd import GRAPHS, OPERATIONS, evaluate, softmax_graph
from convdemo.convolution.lessons.exercises import QUESTIONS, number_of, question, token
from convdemo.convolution.lessons.figures import bracketed, figure, named
from convdemo.ui import text
from convdemo.ui.components import Example, Numbers, PixelPad, Plane, Table, Words, Worked
from convdemo.ui.live import answering
from convdemo.ui.tabs.lessons import dense, exercise, graph, optimizer, output, parts, scaled
from convdemo.ui.tabs.lessons import neuron as neuron_lesson
from convdemo.ui.wire import Refused

PICTURE = equivariance.SHAPES["seven"]
OWN = tuple(optimizer.SETTINGS.values())
TERMS = (1.0, 0.5, -2.0, 1.5)  # inputs and weights by turns
ENDS = tuple(number for start in output.STARTS.values() for number in start)
DENSE = (PICTURE, "sobel_x", 1, 2, 3, 3, 8, 3)
OPTIMIZER = ("valley", -1.0, -2.4, 1.2, 12, *OWN)
SCALED = (0.9, 10.0, 30, 1.0)
Printed = dict[str, list[str]]


def tensor(values: Any, *, follow: bool = False) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64, requires_grad=follow)


def figures(lines: list[str]) -> list[float]:
    """All numbers of some lines, names left out."""
    return [float(one) for line in lines for one in re.findall(r"(?<![a-z])-?[\d.]+\S*", line)]


# Dense against convolution


@pytest.mark.parametrize(("kernel", "filters", "channels"), [(3, 1, 1), (5, 8, 3)])
def test_the_weights_are_those_of_torch(kernel: int, filters: int, channels: int):
    for cost in equivariance.costs(kernel, filters, channels):
        inputs = channels * cost.side**2
        layers = {
            "convolution": nn.Conv2d(channels, filters, kernel, device="meta"),
            "units": nn.Linear(inputs, 128, device="meta"),
            "dense": nn.Linear(inputs, filters * cost.side**2, device="meta"),
        }
        for name, layer in layers.items():
            assert getattr(cost, name) == sum(one.numel() for one in layer.parameters())


def test_both_layers_are_torchs():
    kernel, weights = KERNELS[2]["emboss"], equivariance.dense_weights(12, 5)
    convolved = functional.conv2d(
        tensor(PICTURE)[None, None], tensor(kernel)[None, None], padding=1
    )
    assert np.allclose(equivariance.through_convolution(PICTURE, kernel), convolved[0, 0])
    whole = functional.linear(tensor(PICTURE).flatten(), tensor(weights))
    assert np.allclose(equivariance.through_dense(PICTURE, weights).ravel(), whole)


def test_only_the_convolution_follows_the_picture():
    weights = equivariance.dense_weights(12, 0)
    found, full = equivariance.follow(PICTURE, KERNELS[2]["blur"], weights, down=2, right=-1)
    assert (found.largest, found.differing) == (0, 0)
    assert np.array_equal(found.after[2:, :-1], found.before[:-2, 1:])
    assert full.largest > 0.5
    assert full.differing == 144
    cut, _ = equivariance.follow(PICTURE, KERNELS[2]["blur"], weights, down=0, right=4)
    assert cut.differing > 0  # what left the picture is seen by nobody


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (-2, 1), (-4, -4), (12, 0), (0, -13)])
def test_zeros_come_in_where_a_picture_moves(down: int, right: int):
    picture = np.arange(1.0, 145.0).reshape(12, 12)
    wanted = np.zeros((12, 12))
    for row in range(12):
        for column in range(12):
            if 0 <= row - down < 12 and 0 <= column - right < 12:
                wanted[row, column] = picture[row - down, column - right]
    assert np.array_equal(equivariance.moved(picture, down, right), wanted)


# One neuron, softmax, losses


@pytest.mark.parametrize("name", neuron.ACTIVATIONS)
def test_an_activation_and_its_slope_are_torchs(name: str):
    across = tensor(np.append(np.linspace(-8, 8, 33), [0.0, 800.0, -800.0]), follow=True)
    value = getattr(torch, name)(across)
    value.sum().backward()
    assert np.allclose(neuron.activate(name, across.detach().numpy()), value.detach())
    assert across.grad is not None
    assert np.allclose(neuron.slope(name, across.detach().numpy()), across.grad)


def test_a_neuron_adds_up_its_products():
    found = neuron.neuron([1, -2, 0.5], [0.5, 1.5, 4], 0.25, "tanh")
    assert found.products == (0.5, -3.0, 2.0)
    assert found.total == -0.25
    assert found.output == pytest.approx(math.tanh(-0.25))


@pytest.mark.parametrize("scores", [[1.0, 2.0, -1.0], [0.0, 0.0], [900.0, -900.0, 3.0]])
def test_softmax_is_torchs(scores: list[float]):
    given = np.array(scores)
    assert np.allclose(neuron.softmax(given), tensor(scores).softmax(0))
    assert np.allclose(neuron.log_softmax(given), tensor(scores).log_softmax(0))
    assert np.allclose(neuron.softmax(given + 500), neuron.softmax(given))


LOSSES = {
    "regression": (nn.MSELoss(), nn.ReLU()),
    "binary": (nn.BCEWithLogitsLoss(), nn.Sigmoid()),
    "classes": (nn.CrossEntropyLoss(), nn.Softmax(dim=1)),
}


@pytest.mark.parametrize("trapped", [False, True])
@pytest.mark.parametrize(
    ("task", "scores", "target"),
    [
        ("regression", [-1.5], 2.0),
        ("regression", [3.0], -1.0),
        ("binary", [2.5], 1.0),
        ("binary", [-40.0], 1.0),
        ("binary", [0.3], 0.25),
        ("classes", [2.0, -1.0, 0.5], 1),
        ("classes", [9.0, -9.0], 0),
    ],
)
def test_losses_and_gradients_are_torchs(
    task: str, scores: list[float], target: float, trapped: bool
):
    loss, trap = LOSSES[task]
    given = tensor([scores], follow=True)
    wanted = torch.tensor([target]) if task == "classes" else tensor([[target]])
    value = loss(trap(given) if trapped else given, wanted)
    value.backward()
    assert given.grad is not None
    found = losses.outcome(task, np.array(scores), target, trapped=trapped)
    assert found.loss == pytest.approx(value.item(), abs=1e-12)
    assert found.gradient == pytest.approx(given.grad[0].tolist(), abs=1e-12)


def test_a_softmax_too_many_keeps_the_loss_from_zero():
    sure = np.array([10.0, -10.0, -10.0])
    assert losses.outcome("classes", sure, 0).loss < 1e-8
    trapped = losses.outcome("classes", sure, 0, trapped=True)
    assert trapped.loss == pytest.approx(math.log(1 + 2 / math.e))
    right, wrong = losses.along("classes", sure, 0, 0, np.array([-10.0, 10.0]))
    assert right[1] < 1e-8
    assert wrong[1] == pytest.approx(trapped.loss)


# Graphs


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_is_derived_by_autograd(name: str):
    chosen = GRAPHS[name]
    nodes = {node.name: node for node in evaluate(chosen, chosen.inputs)}
    known = {one: tensor(value, follow=True) for one, value in chosen.inputs.items()}
    inputs = dict(known)
    for step in chosen.steps:
        known[step.name] = OPERATIONS[step.operation](*(known[one] for one in step.inputs))
    last = chosen.steps[-1].name
    known[last].backward()
    for one, leaf in inputs.items():
        assert leaf.grad is not None
        assert nodes[one].gradient == pytest.approx(leaf.grad.item())
    for one, node in nodes.items():
        assert node.value == pytest.approx(known[one].item())
        chained = sum(arrival.local * arrival.incoming for arrival in node.arrivals)
        assert node.gradient == pytest.approx(1.0 if one == last else chained)


def test_gradients_are_what_a_small_change_does():
    chosen = GRAPHS["network"]
    nodes = {node.name: node for node in evaluate(chosen, chosen.inputs)}
    for name in chosen.inputs:
        ends = [
            evaluate(chosen, {**chosen.inputs, name: chosen.inputs[name] + step})[-1].value
            for step in (-1e-6, 1e-6)
        ]
        assert nodes[name].gradient == pytest.approx((ends[1] - ends[0]) / 2e-6, abs=1e-6)


@pytest.mark.parametrize("true", [1, 2, 3])
def test_the_softmax_graph_ends_with_share_minus_target(true: int):
    given = {"s1": 1.0, "s2": 0.0, "s3": -2.0}
    nodes = {n.name: n for n in evaluate(softmax_graph(true), given)}
    scores = tensor(list(given.values())).requires_grad_()
    loss = functional.cross_entropy(scores[None], torch.tensor([true - 1]))
    loss.backward()
    assert nodes["L"].value == pytest.approx(loss.item())
    shares = [nodes[name].gradient for name in given]
    assert scores.grad is not None
    assert shares == pytest.approx(scores.grad.tolist())
    readers = [arrival.reader for arrival in nodes[f"e{true}"].arrivals]
    assert readers == ["S", f"p{true}"]
    _, drawn, _ = graph.answer("softmax", true, given)
    assert drawn.nodes[-1].value == figure(loss.item())


@pytest.mark.parametrize("true", [0, 4, 1.5, True, "1"])
def test_a_class_that_is_none_is_refused(true: object):
    with pytest.raises(Refused, match="request"):
        graph.answer("softmax", true)  # type: ignore[arg-type]


# Descent


def torch_loss(name: str, weights: torch.Tensor) -> torch.Tensor:
    if name == "neuron":
        points, labels = tensor([-2.0, -0.5, 0.3, 1.0, 2.0]), tensor([0.0, 1.0, 0.0, 1.0, 1.0])
        return functional.binary_cross_entropy_with_logits(weights[0] * points + weights[1], labels)
    bend, middle = {"valley": ([0.5, 8.0], [1.5, -0.5]), "bowl": ([1.0, 2.0], [1.0, -0.5])}[name]
    return (tensor(bend) * (weights - tensor(middle)) ** 2).sum() / 2


def torch_optimizer(name: str, weights: torch.Tensor, rate: float) -> torch.optim.Optimizer:
    return {
        "sgd": lambda: torch.optim.SGD([weights], rate),
        "momentum": lambda: torch.optim.SGD([weights], rate, momentum=0.9),
        "rmsprop": lambda: torch.optim.RMSprop([weights], rate),
        "adam": lambda: torch.optim.Adam([weights], rate),
    }[name]()


@pytest.mark.parametrize("loss_name", optimizers.LOSSES)
@pytest.mark.parametrize("name", optimizers.SETTINGS)
def test_steps_are_those_of_torch_optim(name: str, loss_name: str):
    loss = optimizers.LOSSES[loss_name]
    moves = optimizers.descend(
        loss, name, 0.05, optimizers.SETTINGS[name], start=loss.start, steps=20
    )
    weights = tensor(loss.start, follow=True)
    optimizer = torch_optimizer(name, weights, 0.05)
    for move in moves:
        assert move.weights == pytest.approx(weights.tolist())
        optimizer.zero_grad()
        value = torch_loss(loss_name, weights)
        value.backward()
        assert weights.grad is not None
        assert move.loss == pytest.approx(value.item())
        assert move.gradient == pytest.approx(weights.grad.tolist())
        optimizer.step()
        assert move.ended == pytest.approx(weights.tolist())
    kept = optimizer.state[weights]
    names = {"v": "momentum_buffer" if name == "momentum" else "square_avg"}
    names |= {"m": "exp_avg", "s": "square_avg" if name == "rmsprop" else "exp_avg_sq"}
    for one, value in moves[-1].after.items():
        assert value == pytest.approx(kept[names[one]].tolist())


def test_the_best_weights_have_no_gradient():
    for loss in optimizers.LOSSES.values():
        assert np.allclose(loss.gradient(np.array(loss.best)), 0, atol=1e-4)


def test_a_rate_too_high_ends_the_path():
    moves = optimizers.descend(
        optimizers.LOSSES["valley"], "sgd", 1.0, {}, start=(-2.4, 1.2), steps=60
    )
    assert len(moves) == 5  # each step is seven times as far as the one before
    assert moves[-1].ended[1] == pytest.approx(-0.5 + 1.7 * (-7) ** 5)


@pytest.mark.parametrize(("scale", "mean"), [(1, 0), (10, 0), (30, 2)])
def test_the_limit_is_where_descent_turns_to_flight(scale: float, mean: float):
    for problem in normalisation.problems(scale, mean):
        x, y = tensor(problem.x), tensor(problem.y)
        at = tensor([0.3, -0.2], follow=True)
        functional.mse_loss(x @ at, y).backward()
        assert at.grad is not None
        assert problem.gradient(at.detach().numpy()) == pytest.approx(at.grad.tolist())
        bends = torch.autograd.functional.hessian(
            lambda w, x=x, y=y: functional.mse_loss(x @ w, y), at.detach()
        )
        assert problem.curvatures == pytest.approx(torch.linalg.eigvalsh(bends).tolist())
        below, above = (
            np.abs(problem.path(share * problem.limit, 400)[-1] - problem.best).max()
            for share in (0.98, 1.02)
        )
        assert below < np.abs(problem.best).max() < above


def test_normalised_inputs_bend_alike_and_are_learned_sooner():
    raw, normal = normalisation.problems(10, 0)
    assert raw.curvatures[1] / raw.curvatures[0] > 100
    assert normal.curvatures[1] / normal.curvatures[0] < 1.5
    assert normal.loss(normal.best) == pytest.approx(raw.loss(raw.best), rel=1e-3)
    left = [
        float(one.loss(one.path(0.9 * one.limit, 30)[-1]) - one.loss(one.best))
        for one in (raw, normal)
    ]
    assert left[1] < 1e-6 < 0.5 < left[0]


# What the page is answered, and the code for it


def words(example: Example, name: str) -> Words:
    """The line of that name."""
    return next(one for one in example.blocks or () if isinstance(one, Words) and one.name == name)


def rows(example: Example) -> list[list[Any]]:
    """The cells of the table."""
    table = next(one for one in example.blocks or () if isinstance(one, Table))
    return [list(row) for row in table.rows]


@pytest.fixture(scope="module")
def codes() -> dict[str, str]:
    """The code of the lessons, by what is asked."""
    found = {"dense": dense.answer(*DENSE)[2]}
    found["scores"] = neuron_lesson.shares(3, 50, 2, 1, -1)[1]
    for name in neuron.ACTIVATIONS:
        found[name] = neuron_lesson.answer(name, 0.25, *TERMS)[2]
    for task in losses.TASKS:
        found[task] = output.answer(task, *ENDS)[2]
    for name in GRAPHS:
        found[f"graph {name}"] = graph.answer(name, 1)[2]
    found["graph third"] = graph.answer("softmax", 3)[2]
    for name in optimizers.SETTINGS:
        found[name] = optimizer.answer(name, loss_of(name), *OPTIMIZER[1:])[3]
    for mode in scaled.MODES:
        found[mode] = scaled.answer(*SCALED, mode)[4]
    return found


def loss_of(optimizer_name: str) -> str:
    """Each loss is met by one of the optimizers."""
    return {"adam": "neuron", "sgd": "bowl"}.get(optimizer_name, "valley")


@pytest.fixture(scope="module")
def printed(codes: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """What each code prints, by itself, in a Python without convdemo."""
    runner = (
        "import contextlib, io, json, sys\n"
        "printed = {}\n"
        "for name, code in json.load(sys.stdin).items():\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as lines:\n"
        "        exec(code, {})\n"
        "    printed[name] = lines.getvalue().splitlines()\n"
        "assert 'convdemo' not in sys.modules\n"
        "json.dump(printed, sys.stdout)\n"
    )
    cwd = tmp_path_factory.mktemp("elsewhere")
    return json.loads(run_python(runner, said=json.dumps(codes), cwd=cwd).stdout)


def test_the_code_of_the_dense_lesson(printed: Printed):
    told, shown, _ = dense.answer(*DENSE)
    weights = equivariance.dense_weights(12, 3)
    _, full = equivariance.follow(PICTURE, KERNELS[2]["sobel_x"], weights, down=1, right=2)
    lines = printed["dense"]
    assert np.array_equal(shown, equivariance.moved(PICTURE, 1, 2))
    assert lines[0] == "convolution 0.0000 0"
    assert lines[1] == f"dense {full.largest:.4f} {full.differing}"
    layers = {one.name: one for one in told.blocks or () if isinstance(one, Numbers)}
    assert layers["dense"].values == tuple(map(tuple, full.after.tolist()))
    differing = layers["dense"].lines[1].said[1]
    assert isinstance(differing, dict)
    assert differing["count"] == full.differing
    weighed = rows(dense.weigh(*DENSE[-3:])[0])
    assert figures(lines[2:]) == [float(one.replace(",", "")) for row in weighed for one in row]


@pytest.mark.parametrize("name", neuron.ACTIVATIONS)
def test_the_code_of_a_neuron(printed: Printed, name: str):
    told, chart, _ = neuron_lesson.answer(name, 0.25, *TERMS)
    found = neuron.neuron(TERMS[::2], TERMS[1::2], 0.25, name)
    assert printed[name] == [f"{found.total:.4f} {found.output:.4f} {found.slope:.4f}"]
    values = words(told, "sum").said[1]
    assert isinstance(values, dict)
    assert values["terms"] == "1.0·0.5 + (−2.0)·1.5 + 0.2"
    assert [values[one] for one in ("total", "output", "slope")] == [
        figure(one) for one in (found.total, found.output, found.slope)
    ]
    assert chart.at == found.total
    assert found.output in chart.lines[0].y  # it is read out there


def test_the_code_of_softmax(printed: Printed):
    told, _ = neuron_lesson.shares(3, 50, 2, 1, -1)
    cells = [[row[place] for row in rows(told)] for place in (1, 3, 4)]
    shown = [float(one.replace("−", "-")) for column in cells for one in column]
    assert figures(printed["scores"]) == pytest.approx(shown, abs=6e-5)
    same = words(told, "added").said[1]
    assert isinstance(same, dict)
    assert same["difference"] == "0.0000"


@pytest.mark.parametrize("task", losses.TASKS)
def test_the_code_of_an_output(printed: Printed, task: str):
    told, chart, _ = output.answer(task, *ENDS)
    line, _, lost, gradients, _ = rows(told)
    assert line[1:] == list(losses.LINES[task])
    shown = [
        float(one.replace("−", "-"))
        for end in (1, 2)
        for one in (lost[end], *gradients[end].split(", "))
    ]
    assert figures(printed[task]) == pytest.approx(shown, abs=6e-5)
    place = chart.lines[0].x.index(chart.at or 0.0)
    assert figure(chart.lines[0].y[place], 4) == lost[1]


@pytest.mark.parametrize("name", [*GRAPHS, "third"])
def test_the_code_of_a_graph(printed: Printed, name: str):
    table, drawn, _ = graph.answer("softmax", 3) if name == "third" else graph.answer(name, 1)
    lines = [line.split() for line in printed[f"graph {name}"]]
    assert [one.name for one in drawn.nodes] == [line[0] for line in lines]
    for node, line, row in zip(drawn.nodes, lines, rows(table), strict=True):
        shown = [float(one.replace("−", "-")) for one in (node.value, node.gradient)]
        assert [float(one) for one in line[1:]] == pytest.approx(shown, abs=6e-4)
        assert row == [named(node.name), node.told, row[2], node.gradient]
        assert node.told.endswith(f"= {node.value}")
        assert node.chain.endswith("= 1") or node.chain.endswith(f"{row[2]} = {node.gradient}")


def test_what_a_graph_says_adds_up():
    _, drawn, _ = graph.answer("network", 1)
    nodes = {one.name: one for one in drawn.nodes}
    assert nodes["o"].told.startswith("o = v₁·h₁ + v₂·h₂ + c = 1.200·")
    assert nodes["x"].chain.startswith("∂L/∂x = ∂s₁/∂x · ∂L/∂s₁ + ∂s₂/∂x · ∂L/∂s₂ = ")
    _, drawn, _ = graph.answer("logistic", 1)
    places = {one.name: one.place for one in drawn.nodes}
    assert places.keys() == {"w", "x", "b", "s", "p", "y", "L"}
    assert [one.kind for one in drawn.nodes].count("target") == 1
    assert next(one for one in drawn.nodes if one.name == "y").bounds == (0, 1)


@pytest.mark.parametrize("name", optimizers.SETTINGS)
def test_the_code_of_an_optimizer(printed: Printed, name: str):
    loss = optimizers.LOSSES[loss_of(name)]
    settings = optimizers.SETTINGS[name]
    moves = optimizers.descend(loss, name, 0.1, settings, start=(-2.4, 1.2), steps=12)
    told, way, chart, _, number = optimizer.answer(name, loss_of(name), *OPTIMIZER[1:])
    flat = [one for n, m in enumerate(moves, start=1) for one in (n, m.loss, *m.ended)]
    assert figures(printed[name]) == pytest.approx(flat, abs=6e-5)
    assert (number, way.path[-1], len(chart.lines[0].y)) == (12, moves[-1].ended, 13)
    last = rows(told)[-1]
    assert [one.split(" = ")[1] for one in last[1:]] == [figure(w, 4) for w in moves[-1].ended]


@pytest.mark.parametrize("name", optimizers.SETTINGS)
def test_an_update_is_written_as_it_is_computed(name: str):
    settings = optimizers.SETTINGS[name]
    loss = optimizers.LOSSES["valley"]
    moves = optimizers.descend(loss, name, 0.1, settings, start=loss.start, steps=3)
    for number, move in enumerate(moves, start=1):
        for _, *columns in optimizers.written(move, name, 0.1, settings, number):
            for text_ in columns:
                if " = " not in text_:
                    continue
                formula, result = text_.split(" = ")
                for sign, python in (("−", "-"), ("·", "*"), ("²", "**2"), ("^", "**")):
                    formula, result = (one.replace(sign, python) for one in (formula, result))
                formula = re.sub(r"√([\d.]+)", r"\1**0.5", formula).replace("10⁻⁸", "1e-8")
                assert eval(formula) == pytest.approx(float(result), rel=0.05, abs=2e-3)


@pytest.mark.parametrize("mode", scaled.MODES)
def test_the_code_of_normalising(printed: Printed, mode: str):
    told, *ways, chart, _ = scaled.answer(*SCALED, mode)
    limits, _, _, after = rows(told)
    pairs = zip(printed[mode], ways, normalisation.problems(10, 1), (1, 2), strict=True)
    for line, way, problem, column in pairs:
        limit, loss = figures([line])
        assert problem.limit == pytest.approx(limit, rel=1e-3)
        assert limits[column] == figure(problem.limit, 4)
        assert after[column] == figure(float(problem.loss(np.array(way.path[-1]))), 4)
        assert float(problem.loss(np.array(way.path[-1]))) == pytest.approx(loss, rel=1e-3)
        heights, least = way.surface.heights, float(problem.loss(problem.best))
        middle = heights[len(heights) // 2, len(heights) // 2]
        corners = heights[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert least - 1e-3 <= heights.min()  # the best weights are in the middle
        assert middle - least < 0.01 * (corners.min() - least)
    assert chart.y_log
    assert min(min(line.y) for line in chart.lines) >= scaled.LEAST


def test_a_rate_too_high_is_told():
    told, way, _, _, number = optimizer.answer("sgd", "valley", 0.0, -2.4, 1.2, 60, *OWN)
    assert words(told, "step").said[0] == "lessons.optimizer.lost"
    assert number == 5
    json.dumps(Plane().postprocess(way), allow_nan=False)
    told, *ways, _, _ = scaled.answer(1.2, 10, 60, 1, "own")
    assert words(told, "verdict").said[0] == "lessons.scaled.flight"
    for one in ways:
        json.dumps(Plane().postprocess(one), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [(0.5, 3, "0.500"), (-1234.5, 3, "−1234"), (2e6, 3, "2.0×10⁶"), (-4e-5, 3, "−4.0×10⁻⁵")],
)
def test_a_figure_has_a_minus_sign_and_few_digits(value: float, places: int, said: str):
    assert figure(value, places) == said
    assert bracketed(value, places) == (f"({said})" if value < 0 else said)


BAD: list[tuple[Any, tuple[Any, ...]]] = [
    (dense.answer, (PICTURE[:11], *DENSE[1:])),
    (dense.answer, ([0.5] * 144, *DENSE[1:])),
    (dense.answer, (PICTURE, "sobel_x", 1.5, *DENSE[3:])),
    (dense.answer, (*DENSE[:6], 65, 3)),
    (dense.answer, (PICTURE, ["blur"], *DENSE[2:])),
    (dense.weigh, (12, 1, 1)),
    (neuron_lesson.answer, ("relu", float("nan"), *TERMS)),
    (neuron_lesson.answer, ("relu", 0, True, 1, 1, 1)),
    (neuron_lesson.answer, ("step", 0, *TERMS)),
    (neuron_lesson.shares, (1, 0, 1, 2)),
    (neuron_lesson.shares, (2, 0, 1, 21)),
    (output.answer, ("classes", *ENDS[:-1], 3)),
    (output.answer, ("binary", *ENDS[:3], 2, *ENDS[4:])),
    (output.answer, ("other", *ENDS)),
    (graph.answer, ("none", 1)),
    (graph.answer, ("product", 1, {"x": 1, "y": 2})),
    (graph.answer, ("logistic", 1, {"w": 1, "x": 1, "b": 1, "y": 2})),
    (optimizer.answer, ("adam", "hill", *OPTIMIZER[1:])),
    (optimizer.answer, ("sgd", "valley", 0.5, *OPTIMIZER[2:])),
    (optimizer.answer, ("sgd", "valley", -1, "1", *OPTIMIZER[3:])),
    (optimizer.answer, ("sgd", "valley", -1, 0, 0, 61, *OWN)),
    (scaled.answer, (0.9, 10, 10**9, 1, "own")),
    (scaled.answer, (*SCALED, None)),
    (exercise.drawn, ("none",)),
    (exercise.grade, ("cells-1", "1" * 300)),
]


@pytest.mark.parametrize(("serve", "given"), BAD, ids=lambda one: getattr(one, "__module__", None))
def test_malformed_requests_are_refused(serve: Any, given: Any):
    with pytest.raises(Refused, match="request"):
        serve(*given)


def test_what_controls_ask_is_answered_for_each_output():
    def compute(level: float, pixels: np.ndarray) -> Any:
        return (
            Example(
                (
                    Words(
                        str(parts.whole(level, 0, 9)),
                    ),
                )
            ),
            pixels,
            gr.update(visible=False),
        )

    slider, pad, told = gr.Slider(0, 9, 1), PixelPad(np.eye(2)), Worked()
    answer = answering(compute, [slider, pad], [told, pad, slider])
    served = answer({"asked": [3, [[0.5]]]})["answers"]
    assert served[0]["blocks"][0]["said"] == "3"
    assert served[1:] == [[[0.5]], {"__type__": "update", "visible": False}]
    for asked in ([3.5, [[0.5]]], [3, [[2]]], [3], None):
        with pytest.raises(Refused, match="request"):
            answer({"asked": asked})


# Exercises


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_is_shown_without_its_answer_and_graded(kind: str):
    for seed in range(20):
        asked = question(kind, seed)
        shown = exercise.question(exercise.asked_by(token(asked)))
        assert shown == exercise.question(asked)
        right, told = exercise.grade(token(asked), str(asked.answer))
        assert right
        wrong, _ = exercise.grade(token(asked), asked.answer + 1)
        assert not wrong
        for example, names in ((shown, ["question"]), (told, ["verdict", "solution"])):
            for key, values in (words(example, name).said for name in names):
                assert isinstance(values, dict)
                assert "answer" not in values or example is told
                for language in text.LANGUAGES:
                    assert "{" not in text.say(language, key, **values)


def test_a_question_is_drawn_anew_of_another_kind():
    for _ in range(50):
        assert not exercise.drawn("", "cells-7").startswith("cells-")
    assert exercise.drawn("cells").startswith("cells-")


@pytest.mark.parametrize(
    "kept",
    ["", "x", "[]", '{"right": 1}', '{"right": 3, "asked": 2, "streak": 0}',
     '{"right": true, "asked": 2, "streak": 0}', '{"right": -1, "asked": 2, "streak": 0}'],
)  # fmt: skip
def test_a_score_that_is_none_begins_anew(kept: str):
    assert exercise.counted(kept) == exercise.NONE
    whole = {"right": 3, "asked": 4, "streak": 0}
    assert exercise.counted(json.dumps(whole)) == whole


def test_a_solution_ends_with_the_answer():
    ends = {
        "output_size": "formula",
        "pool_size": "formula",
        "transposed_size": "formula",
        "receptive_field": "steps",
    }
    for kind, name in ends.items():
        for seed in range(50):
            asked = question(kind, seed)
            assert asked.solution[name].endswith(f"= {asked.answer}")
    for seed in range(50):
        asked = question("unread", seed)
        told = asked.solution
        assert max(0, told["end"] - told["last"]) == asked.answer
        asked = question("keras_padding", seed)
        told = asked.solution
        size = asked.values["size"]
        assert told["total"] == max(0, told["needed"] - size) == told["before"] + asked.answer
        asked = question("max_value", seed)
        assert max(map(int, asked.solution["window"].split(", "))) == asked.answer
        asked = question("multiply_adds", seed)
        assert asked.solution["cells"] * asked.solution["products"] == asked.answer


def evaluated(terms: str) -> float:
    """The sum that a sentence writes out."""
    products = [
        one.replace("−", "-").replace("(", "").replace(")", "") for one in terms.split(" + ")
    ]
    return sum(math.prod(map(float, one.split("×"))) for one in products)


def test_the_sums_in_solutions_are_right():
    for seed in range(50):
        asked = question("cell_value", seed)
        assert evaluated(asked.solution["terms"]) == asked.answer
        asked = question("kernel_of", seed)
        told = asked.solution
        first = float(told["first"].replace("−", "-"))
        assert first == pytest.approx(asked.values["output"][0][0])
        assert evaluated(told["terms"]) == pytest.approx(first, abs=0.05)


@pytest.mark.parametrize("given", ["", "many", "1.5", None, True, [1]])
def test_what_is_no_number_is_not_graded(given: Any):
    with pytest.raises(Refused, match="lessons_answer"):
        exercise.grade("cells-1", given)


@pytest.mark.parametrize("link", ["", "x", "cells-", "cells-x", "magic-1", "cells-1234567890"])
def test_a_link_that_asks_nothing_is_told(link: str):
    with pytest.raises(Refused, match="lessons_link"):
        exercise.asked_by(link)


def test_an_answer_may_have_a_real_minus_sign():
    assert number_of("−12") == -12
    assert number_of(" 1,024 ") == 1024
