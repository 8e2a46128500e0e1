"""The lessons: every figure is torch's, code gives what is on screen, and bad input is refused."""

import json
import math
import re
from typing import Any

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
from convdemo.ui import lesson_descent, lesson_exercises, lesson_graph, lesson_layers, text
from convdemo.ui.wire import Refused

PICTURE = equivariance.SHAPES["seven"]
DENSE = {
    "picture": PICTURE.ravel().tolist(),
    "kernel": "sobel_x",
    "down": 1,
    "right": 2,
    "seed": 3,
    "size": 3,
    "filters": 8,
    "channels": 3,
}
NEURON = {"inputs": [1.0, -2.0], "weights": [0.5, 1.5], "bias": 0.25, "activation": "sigmoid"}
OPTIMIZER = {"loss": "valley", "rate": 0.1, "steps": 12}
Replies = dict[str, dict[str, Any]]
Printed = dict[str, list[str]]
SCALED = {"scale": 10.0, "mean": 1.0, "share": 0.9, "mode": "own", "steps": 30}


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
    reply = lesson_graph.graph({"graph": "softmax", "class": true, "values": given})
    assert reply["nodes"][-1]["value"] == pytest.approx(loss.item())


@pytest.mark.parametrize("true", [0, 4, 1.0, True, "1"])
def test_a_class_that_is_none_is_refused(true: object):
    with pytest.raises(Refused, match="request"):
        lesson_graph.graph({"graph": "softmax", "class": true})


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


# What the page asks for, and the code for it


@pytest.fixture(scope="module")
def replies() -> Replies:
    """What the lessons answer, by what is asked."""
    asked = {"regression": ([-1.5], 2), "binary": ([1.2], 1), "classes": ([2, 0.5, -1], 2)}
    found = {
        "dense": lesson_layers.dense(DENSE),
        "scores": lesson_layers.scores({"scores": [2, 1, -1], "added": 50}),
    }
    for name in neuron.ACTIVATIONS:
        found[name] = lesson_layers.neuron({**NEURON, "activation": name})
    for task, (scores, target) in asked.items():
        found[task] = lesson_layers.output({"task": task, "scores": scores, "target": target})
    for name in GRAPHS:
        found[f"graph {name}"] = lesson_graph.graph({"graph": name})
    found["graph third"] = lesson_graph.graph({"graph": "softmax", "class": 3})
    for name, settings in optimizers.SETTINGS.items():
        loss = {"adam": "neuron", "sgd": "bowl"}.get(name, "valley")
        payload = {**OPTIMIZER, "loss": loss, "optimizer": name, **settings}
        found[name] = lesson_descent.optimizer(payload)
    for mode in lesson_descent.MODES:
        found[mode] = lesson_descent.scaled({**SCALED, "mode": mode})
    return found


@pytest.fixture(scope="module")
def printed(replies: Replies, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """What the code of each reply prints, every piece by itself, in a Python without convdemo."""
    codes = {name: reply["code"] for name, reply in replies.items()}
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


def test_the_code_of_the_dense_lesson(replies: Replies, printed: Printed):
    reply, lines = replies["dense"], printed["dense"]
    full = reply["dense"]
    assert reply["convolution"]["differing"] == 0
    assert lines[0] == "convolution 0.0000 0"
    assert lines[1] == f"dense {full['largest']:.4f} {full['differing']}"
    assert figures(lines[2:]) == [
        number
        for one in reply["costs"]
        for number in (one["side"], one["convolution"], one["units"], one["dense"])
    ]


@pytest.mark.parametrize("name", neuron.ACTIVATIONS)
def test_the_code_of_a_neuron(replies: Replies, printed: Printed, name: str):
    reply = replies[name]
    assert printed[name] == [f"{reply['total']:.4f} {reply['output']:.4f} {reply['slope']:.4f}"]


def test_the_code_of_softmax(replies: Replies, printed: Printed):
    reply = replies["scores"]
    told = [*reply["shares"], *reply["logarithms"], *reply["later"]]
    assert figures(printed["scores"]) == pytest.approx(told, abs=6e-5)
    assert reply["difference"] < 1e-12


@pytest.mark.parametrize("task", losses.TASKS)
def test_the_code_of_an_output(replies: Replies, printed: Printed, task: str):
    both = (replies[task]["right"], replies[task]["trapped"])
    told = [number for one in both for number in (one["loss"], *one["gradient"])]
    assert figures(printed[task]) == pytest.approx(told, abs=6e-5)


@pytest.mark.parametrize("name", [*GRAPHS, "third"])
def test_the_code_of_a_graph(replies: Replies, printed: Printed, name: str):
    nodes = replies[f"graph {name}"]["nodes"]
    wanted = [f"{n['name']} {n['value']:.4f} {n['gradient']:.4f}" for n in nodes]
    assert printed[f"graph {name}"] == wanted


@pytest.mark.parametrize("name", optimizers.SETTINGS)
def test_the_code_of_an_optimizer(replies: Replies, printed: Printed, name: str):
    reply = replies[name]
    told = [(n, m["loss"], *m["ended"]) for n, m in enumerate(reply["moves"], start=1)]
    flat = [number for row in told for number in row]
    assert figures(printed[name]) == pytest.approx(flat, abs=6e-5)
    assert reply["path"][-1] == list(reply["moves"][-1]["ended"])


@pytest.mark.parametrize("mode", lesson_descent.MODES)
def test_the_code_of_normalising(replies: Replies, printed: Printed, mode: str):
    both = (replies[mode]["raw"], replies[mode]["normal"])
    for line, one in zip(printed[mode], both, strict=True):
        assert figures([line]) == pytest.approx([one["limit"], one["losses"][-1]], rel=1e-3)
        cells = one["plane"]["cells"]
        heights = np.array(one["plane"]["heights"]).reshape(cells, cells)
        assert one["least"] - 1e-3 <= heights.min()  # the best weights are in the middle
        middle, corners = heights[cells // 2, cells // 2], heights[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert middle - one["least"] < 0.01 * (corners.min() - one["least"])


def test_every_reply_is_json(replies: Replies):
    extremes = [
        *replies.values(),
        lesson_layers.scores({"scores": [20, -20], "added": -1000}),
        lesson_layers.output({"task": "binary", "scores": [10], "target": 0}),
        lesson_descent.optimizer({**OPTIMIZER, "optimizer": "sgd", "rate": 1, "steps": 60}),
        lesson_descent.scaled({**SCALED, "share": 1.2, "steps": 60}),
    ]
    for reply in extremes:
        json.dumps(reply, allow_nan=False)
    assert [extremes[-2]["lost"], extremes[-1]["raw"]["lost"]] == [True, True]


BAD: list[tuple[Any, Any]] = [
    (lesson_layers.dense, {**DENSE, "picture": [0.5] * 143}),
    (lesson_layers.dense, {**DENSE, "down": 1.5}),
    (lesson_layers.dense, {**DENSE, "filters": 65}),
    (lesson_layers.dense, {**DENSE, "kernel": ["blur"]}),
    (lesson_layers.neuron, {**NEURON, "weights": [1.0]}),
    (lesson_layers.neuron, {**NEURON, "bias": float("nan")}),
    (lesson_layers.neuron, {**NEURON, "inputs": [True, 1.0]}),
    (lesson_layers.scores, {"scores": [1.0], "added": 0}),
    (lesson_layers.scores, {"scores": [1.0, 21.0], "added": 0}),
    (lesson_layers.output, {"task": "classes", "scores": [1, 2], "target": 2}),
    (lesson_layers.output, {"task": "binary", "scores": [1], "target": 2}),
    (lesson_layers.output, {"task": "other", "scores": [1], "target": 0}),
    (lesson_graph.graph, {"graph": "none"}),
    (lesson_graph.graph, {"graph": "product", "values": {"x": 1, "y": 2}}),
    (lesson_graph.graph, {"graph": "logistic", "values": {"w": 1, "x": 1, "b": 1, "y": 2}}),
    (lesson_descent.optimizer, {**OPTIMIZER, "optimizer": "adam"}),
    (lesson_descent.optimizer, {**OPTIMIZER, "optimizer": "sgd", "rate": 0}),
    (lesson_descent.optimizer, {**OPTIMIZER, "optimizer": "sgd", "start": [1]}),
    (lesson_descent.optimizer, {**OPTIMIZER, "optimizer": "sgd", "start": ["1", 2]}),
    (lesson_descent.scaled, {**SCALED, "steps": 10**9}),
    (lesson_descent.scaled, {**SCALED, "mode": None}),
    (lesson_exercises.exercise, {"kind": "none", "seed": 1}),
    (lesson_exercises.exercise, {"kind": "cells", "seed": -1}),
    (lesson_exercises.grade, {"token": "cells-1", "answer": "1" * 300}),
]


@pytest.mark.parametrize(("serve", "payload"), BAD, ids=lambda one: getattr(one, "__name__", None))
def test_malformed_requests_are_refused(serve: Any, payload: Any):
    with pytest.raises(Refused, match="request"):
        serve(payload)


@pytest.mark.parametrize(
    "serve", list(dict.fromkeys(serve for serve, _ in BAD)), ids=lambda one: one.__name__
)
@pytest.mark.parametrize("payload", [None, [], "x", 7, {}])
def test_what_is_no_request_is_refused(serve: Any, payload: Any):
    with pytest.raises(Refused):
        serve(payload)


# Exercises


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_is_shown_without_its_answer_and_graded(kind: str):
    for seed in range(20):
        asked = question(kind, seed)
        reply = lesson_exercises.exercise({"kind": kind, "seed": seed})
        assert reply == lesson_exercises.exercise({"token": reply["token"]})
        assert reply["token"] == token(asked)
        assert not {"answer", "solution", "explanation"} & reply.keys()
        right = lesson_exercises.grade({"token": reply["token"], "answer": str(asked.answer)})
        assert (right["right"], right["answer"]) == (True, asked.answer)
        wrong = lesson_exercises.grade({"token": reply["token"], "answer": asked.answer + 1})
        assert wrong["right"] is False
        json.dumps([reply, right], allow_nan=False)
        for language in text.LANGUAGES:
            told = {**reply["values"], **right["solution"]}
            for key in (f"lessons.exercise.{kind}", f"lessons.exercise.{kind}.solution"):
                assert "{" not in text.say(language, key, **told)


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
        lesson_exercises.grade({"token": "cells-1", "answer": given})


@pytest.mark.parametrize("link", ["", "x", "cells-", "cells-x", "magic-1", "cells-1234567890"])
def test_a_link_that_asks_nothing_is_told(link: str):
    with pytest.raises(Refused, match="lessons_link"):
        lesson_exercises.exercise({"token": link})


def test_an_answer_may_have_a_real_minus_sign():
    assert number_of("−12") == -12
    assert number_of(" 1,024 ") == 1024
