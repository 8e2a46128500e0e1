"""Networks that are written as a line: compared with those that torch builds of the same words."""

import random

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from convdemo.convolution.architecture import LARGEST, LineError, stack, titled
from convdemo.convolution.operation import OperationError
from convdemo.data.registry import DATASETS
from convdemo.networks.registry import MODELS
from convdemo.networks.resnets import Residual
from convdemo.networks.stages import count_parameters, stages
from convdemo.networks.summary import layer_table
from convdemo.networks.written import (
    LINES,
    PRESETS,
    cam_stage_of_line,
    line_of,
    line_table,
    network_code,
    network_of,
)

DIGITS = (1, 28, 28)


@pytest.mark.parametrize("name", LINES)
def test_a_network_of_the_registry_is_its_line(name):
    spec = MODELS[name]
    shape = spec.shape or DATASETS[spec.datasets[0]].shape
    torch.manual_seed(0)
    wanted = spec.build(shape, 10).eval()
    torch.manual_seed(0)
    found = network_of(LINES[name], shape, 10).eval()
    assert count_parameters(found) == count_parameters(wanted)
    ours, theirs = list(found.state_dict().values()), list(wanted.state_dict().values())
    assert len(ours) == len(theirs)
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))
    x = torch.rand(2, *shape)
    assert torch.allclose(found(x).log_softmax(1), wanted(x).log_softmax(1), atol=1e-6)


def test_what_cannot_be_written_is_a_pretrained_one():
    assert MODELS.keys() - LINES == {"photo_lite"}


@pytest.mark.parametrize(("name", "parameters"), [("lenet5", 61_706), ("ten_sigmoid", 84_170)])
def test_a_preset_has_the_parameters_of_its_paper(name, parameters):
    assert count_parameters(network_of(PRESETS[name], DIGITS, 10)) == parameters


@pytest.mark.parametrize("line", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("shape", [DIGITS, (3, 32, 32)])
def test_code_builds_the_same_network(line, shape):
    torch.manual_seed(1)
    network = network_of(line, shape, 10).eval()
    made = eval(
        network_code(line, shape, 10), {"stages": stages, "nn": nn, "Residual": Residual}
    ).eval()
    made.load_state_dict(network.state_dict())
    x = torch.rand(2, *shape)
    assert torch.equal(made(x), network(x))
    assert sum(row.parameters for row in stack(line, shape)) == count_parameters(network)


def test_stages_begin_where_the_shape_changes():
    line = "relu - depthwise 3 p1 8 - bn - res(relu - tanh) - gap - dense 9 - leaky - dense 4"
    network = network_of(f"{line} - softmax", (2, 8, 8), 4)
    assert [name for name, _ in network.named_children()] == [
        *("start", "conv1", "res1", "gap", "hidden", "output")
    ]
    assert isinstance(network.output, nn.Linear)  # the softmax is the loss's
    assert cam_stage_of_line(line, (2, 8, 8), 4) == "res1"
    assert cam_stage_of_line("flatten - dense 4", (2, 8, 8), 4) is None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("flatten - dense 9", "The last layer hands on 9; 10 classes need 10 numbers: end with"),
        ("conv 3 10", "The last layer hands on 10 × 26 × 26; 10 classes need"),
        ("conv 3 p1 10 - relu - softmax", "The last layer hands on 10 × 28 × 28"),
        ("softmax", "The last layer hands on 1 × 28 × 28"),
    ],
)
def test_a_line_has_to_end_with_the_classes(line, sentence):
    with pytest.raises(LineError, match=sentence):
        network_of(line, DIGITS, 10)


def test_a_line_without_anything_to_learn_is_refused():
    with pytest.raises(LineError, match="No layer of the line has anything to learn"):
        network_of("relu - gap", (3, 8, 8), 3)


@pytest.mark.parametrize("name", [*LINES, *PRESETS])
def test_a_line_answers_with_other_classes(name):
    shape = (3, 150, 150) if name.startswith("cats") else (3, 32, 32)
    rows = line_table(line_of(name, 7), shape, 7)
    assert line_of(line_of(name, 7), 10) == {**LINES, **PRESETS}[name]
    network = network_of(line_of(name, 7), shape, 7).eval()
    assert rows[-1].shape[0] == 7
    built = {row.stage: row for row in layer_table(network, shape)}
    for row in rows:
        if row.layers != ("softmax",):
            same = built[row.stage]
            assert (row.shape, row.parameters) == (same.shape, same.parameters)
            assert row.multiply_adds == same.multiply_adds


def test_what_a_network_hands_on_is_counted_in_its_brackets_too():
    rows = line_table("conv 3 p1 2 - res(relu - res(tanh)) - gap - dense 10", (1, 4, 4), 10)
    assert [row.numbers for row in rows] == [32, 32 * 4, 2, 10]


def test_a_line_is_called_by_what_learns_most():
    assert titled(LINES["cnn"]) == "conv 32, conv 64, dense 10"
    assert titled(PRESETS["lenet5"]) == "conv 6, conv 16, …, dense 10"
    assert titled("relu - res(conv 3x3 p1 nobias 8 - bn)") == "conv 8"


def test_a_smaller_limit_is_said():
    with pytest.raises(LineError, match="at most 100 are taken"):
        line_table(LINES["cnn"], DIGITS, 10, {**LARGEST, "parameters": 100})


BAD = (
    ("part_unknown", "conv 3 8 - 합성곱 3", "합성곱"),
    ("part_unknown", "ＣＯＮＶ 3", "ＣＯＮＶ"),
    ("part_word", "res(relu - conv 3 q1 8)", "q1"),
    ("part_word", "conv 3 p1 8 - relu 6", "6"),
    ("part_missing", "conv 3 8 - res( conv  3 )", "conv  3"),
    ("part_operation", "conv 3 16 - conv 3 g3 33", "conv 3 g3 33"),
    ("part_sum", "conv 3 8 - res(conv 3 8)", "res(conv 3 8)"),
    ("part_brackets", "res relu", "res relu"),
    ("part_brackets", "res(relu - relu", "res(relu - relu"),
    ("part_brackets", "relu - conv 3) 8", "conv 3) 8"),
    ("part_word", "relu (relu)", "("),
    ("large_parameters", "flatten - dense 100000", "dense 100000"),
    ("large_numbers", "conv 3 100000", "conv 3 100000"),
    ("large_multiply_adds", "conv 5 p2 1000 - conv 5 p2 1000", "conv 5 p2 1000"),
)


@pytest.mark.parametrize(("problem", "line", "word"), BAD)
def test_what_is_wrong_is_marked_in_the_line(problem, line, word):
    with pytest.raises(LineError) as caught:
        stack(line, DIGITS)
    assert caught.value.problem == problem
    start, stop = caught.value.values["start"], caught.value.values["stop"]
    assert line[start:stop] == word


@pytest.mark.parametrize(
    "line",
    ["relu - " * 10_000, "res(" * 10_000, "res(" * 10_000 + ")" * 10_000, "x" * 100_000, " \n;"],
    ids=["many", "open", "deep", "long", "empty"],
)
def test_a_monstrous_line_gets_one_short_sentence(line):
    with pytest.raises(LineError) as caught:
        stack(line, DIGITS)
    assert len(str(caught.value)) < 300


# Random lines


MOVED = ("conv", "conv", "conv", "depthwise", "convt", "pool", "avgpool")
KEPT = ("relu", "leaky", "sigmoid", "tanh", "bn", "dropout")
LAYERS = (*MOVED, *KEPT, "gap", "flatten", "dense", "dense", "res")


def random_line(rng: random.Random, depth: int = 0) -> str:
    """Layers with settings that are often possible and sometimes not."""
    count = rng.randint(1, 5)
    return " - ".join(random_part(rng, depth) for _ in range(count))


def random_part(rng: random.Random, depth: int) -> str:
    layer = rng.choice(LAYERS)
    words = [layer]
    if layer in MOVED:
        words.append("x".join(str(rng.randint(1, 5)) for _ in range(rng.choice((1, 2)))))
        words += [f"s{rng.randint(1, 3)}"] * rng.choice((0, 1))
        words += [f"p{rng.randint(0, 3)}"] * rng.choice((0, 1))
        words += [f"d{rng.randint(1, 2)}"] * (rng.random() < 0.2 and layer != "avgpool")
        words += ["ceil"] * ("pool" in layer and rng.random() < 0.2)
        words += ["nobias"] * (layer[:4] == "conv" and rng.random() < 0.2)
        if layer in ("conv", "convt"):
            words += [f"g{rng.choice((1, 2, 3))}"] * rng.choice((0, 0, 1))
            words.append(str(rng.randint(1, 12)))
    elif layer == "dense":
        words.append(str(rng.randint(1, 12)))
    elif layer == "res":
        return f"res({random_line(rng, depth + 1)})" if depth < 2 else "relu"
    return " ".join(words)


class Added(nn.Module):
    def __init__(self, body: nn.Module):
        super().__init__()
        self.body = body

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.body(x)
        assert found.shape == x.shape  # torch would stretch the smaller one
        return x + found


def parts_of(line: str) -> list[str]:
    """The parts of a line, what is in brackets with its own."""
    parts, depth = [""], 0
    for mark in line:
        depth += (mark == "(") - (mark == ")")
        if mark == "-" and not depth:
            parts.append("")
        else:
            parts[-1] += mark
    return [part.strip() for part in parts]


def by_hand(line: str, x: torch.Tensor) -> tuple[nn.Sequential, torch.Tensor]:
    """What somebody would write who knows torch, and what it gives for x; torch's error if not."""
    layers: list[nn.Module] = []
    for part in parts_of(line):
        layers.append(layer_by_hand(part, x))
        x = layers[-1].eval()(x)
        assert x.numel()  # torch itself takes empty maps
    return nn.Sequential(*layers), x


def layer_by_hand(part: str, x: torch.Tensor) -> nn.Module:
    layer, *words = part.split()
    if part.startswith("res"):
        return Added(by_hand(part[4:-1], x)[0])
    channels, flat = x.shape[1], x.dim() == 2
    assert not (flat and layer == "gap")  # torch averages over the batch
    plain = {
        "relu": nn.ReLU(),
        "leaky": nn.LeakyReLU(),
        "sigmoid": nn.Sigmoid(),
        "tanh": nn.Tanh(),
        "dropout": nn.Dropout(),
        "bn": nn.BatchNorm1d(channels) if flat else nn.BatchNorm2d(channels),
        "gap": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    if layer in plain:
        return plain[layer]
    if layer == "flatten":
        assert not flat  # torch's Flatten does nothing there
        return nn.Flatten()
    if layer == "dense":
        assert flat  # torch's Linear takes the last axis of a map
        return nn.Linear(channels, int(words[0]))
    return moved_by_hand(layer, words, channels)


def moved_by_hand(layer: str, words: list[str], channels: int) -> nn.Module:
    kernel = tuple(int(one) for one in words[0].split("x"))
    settings: dict = {"kernel_size": kernel * (2 if len(kernel) == 1 else 1)}
    names = {"s": "stride", "p": "padding", "d": "dilation", "g": "groups"}
    filters = channels
    for word in words[1:]:
        if word == "ceil":
            settings["ceil_mode"] = True
        elif word == "nobias":
            settings["bias"] = False
        elif word[0] in names:
            settings[names[word[0]]] = int(word[1:])
        else:
            filters = int(word)
    if layer == "depthwise":
        return nn.Conv2d(channels, channels, groups=channels, **settings)
    make = {
        "conv": nn.Conv2d,
        "convt": nn.ConvTranspose2d,
        "pool": nn.MaxPool2d,
        "avgpool": nn.AvgPool2d,
    }[layer]
    return make(**settings) if "pool" in layer else make(channels, filters, **settings)


def refused_by_torch(line: str, x: torch.Tensor) -> bool:
    try:
        by_hand(line, x)
    except (RuntimeError, ValueError, AssertionError, IndexError):
        return True
    return False


def test_three_hundred_lines_are_what_torch_builds_or_refuses():
    rng = random.Random(0)
    built = refused = 0
    x = torch.rand(2, 3, 9, 11, generator=torch.Generator().manual_seed(0))
    while built + refused < 300:
        line = random_line(rng)
        try:
            rows = stack(line, x.shape[1:])
        except (LineError, OperationError) as error:
            refused += 1
            if not refused_by_torch(line, x):
                pytest.fail(f"torch takes {line}, of which we say: {error}")
            continue
        built += 1
        network, found = by_hand(line, x)
        module = eval(
            f"nn.Sequential({', '.join(row.pytorch for row in rows)})",
            {"nn": nn, "Residual": Residual},
        ).eval()
        module.load_state_dict(network.eval().state_dict())
        assert torch.equal(module(x), found), line
        with FlopCounterMode(display=False) as counter:
            network(x[:1])
        assert rows[-1].shape == tuple(found.shape[1:]), line
        assert sum(row.parameters for row in rows) == count_parameters(network), line
        assert sum(row.multiply_adds for row in rows) == counter.get_total_flops() // 2, line
    assert built > 80
    assert refused > 80
