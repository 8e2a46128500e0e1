"""Races, the learning-rate finder, and what goes on inside of a network while it trains."""

import dataclasses
import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from convdemo.data.dataset import ImageSet
from convdemo.data.registry import DATASETS
from convdemo.networks.registry import MODELS, find_model
from convdemo.networks.written import LINES, PRESETS
from convdemo.training.config import TrainConfig
from convdemo.training.fit import statistics_of
from convdemo.training.insides import StageState, Watched, dead_shares
from convdemo.training.loop import Training
from convdemo.training.race import GOALS, POINTS, Point, Runner, decided, race, reached, with_norm
from convdemo.training.rate_finder import HIGH, LOW, STEPS, Tried, proposed, try_rates

MNIST = DATASETS["mnist"]
SMALL = "conv 5 s3 4 - relu - flatten - dropout 0.3 - dense 10"
WITH_NORM = "conv 5 s3 4 - bn - relu - flatten - dropout 0.3 - dense 10"
CONFIG = TrainConfig(epochs=2, batch=20, lr=0.01, precision="float32", channels_last=False)


@pytest.fixture(scope="module")
def data(small_data_dir) -> tuple[ImageSet, ImageSet]:
    """400 pictures to train with, and those for validation."""
    training, validation = (MNIST.load(small_data_dir, one) for one in ("train", "validation"))
    return training.take(400), validation


def points_of(runners: list[Runner], data: tuple[ImageSet, ImageSet]) -> list[list[Point]]:
    found: list[list[Point]] = [[] for _ in runners]
    for point in race(runners, MNIST, *data):
        found[point.runner].append(point)
    return found


def timeless(points: list[Point]) -> list[Point]:
    return [dataclasses.replace(point, seconds=0.0, runner=0) for point in points]


def test_each_runs_as_it_would_alone(data):
    """Though they take turns, and each draws random numbers for its dropout."""
    sgd = Runner(SMALL, dataclasses.replace(CONFIG, optimizer="sgd"))
    adam = Runner(SMALL, CONFIG)
    both = points_of([sgd, adam, sgd], data)
    assert timeless(both[0]) == timeless(both[2])
    assert timeless(points_of([adam, sgd], data)[0]) == timeless(both[1])
    about = zip(("mean", "std"), statistics_of(find_model(SMALL), MNIST), strict=True)
    torch.manual_seed(0)
    network = find_model(SMALL).build(MNIST.shape, 10)
    alone = Training(network, data[0], data[1], CONFIG, classes=10, **dict(about))
    ends = [one.val_accuracy for one in alone.records() if one.val_accuracy is not None]
    by_step = {point.step: point.accuracy for point in both[1]}
    assert [by_step[0], by_step[20], by_step[40]] == ends


def test_all_begin_with_the_same_weights_and_stop_at_the_end(data):
    runners = [Runner(SMALL, dataclasses.replace(CONFIG, lr=lr)) for lr in (0.001, 0.01, 1e6)]
    slow, quick, too_high = points_of(runners, data)
    assert {points[0].accuracy for points in (slow, quick, too_high)} == {slow[0].accuracy}
    for points in (slow, quick):
        steps = [point.step for point in points]
        assert steps == sorted({*steps})  # none twice
        assert {0, 1, 2, 3, 4, 20, 40} <= {*steps}
        assert len(steps) <= POINTS + 2  # the end of the first epoch is one
        gaps = [two - one for one, two in pairwise(steps)]
        assert max(gaps[: len(gaps) // 2]) < max(gaps)
        assert points[-1].step == points[-1].steps == 40
        assert points[0].loss is None
        assert all(one.seconds < other.seconds for one, other in pairwise(points))
    assert (quick[-1].loss or 0) < (slow[-1].loss or 0)
    assert all(math.isfinite(point.loss or 0) for point in too_high)
    first = reached(quick, GOALS[0])
    assert first is not None
    assert first == next(point for point in quick if point.accuracy >= 0.9)
    assert reached(slow[:2], GOALS[2]) is None


def test_one_that_diverges_leaves_the_others(data):
    plain = dataclasses.replace(CONFIG, optimizer="plain_sgd")
    lost, kept = points_of(
        [Runner(SMALL, dataclasses.replace(plain, lr=1e30)), Runner(SMALL, plain)], data
    )
    assert lost[-1].diverged
    assert lost[-1].loss is None
    assert kept[-1].step == 40


def test_a_network_with_and_without_normalisation_race(data):
    plain, normed = points_of([Runner(SMALL, CONFIG), Runner(WITH_NORM, CONFIG)], data)
    assert plain[-1].step == normed[-1].step == 40
    assert [state.stage for state in normed[-1].inside] == ["conv1", "output"]


@pytest.mark.parametrize(
    ("line", "plain", "normed"),
    [
        (
            "conv 5 s3 4 -> relu - flatten - dense 9 - relu - dense 10",
            "conv 5 s3 4 - relu - flatten - dense 9 - relu - dense 10",
            "conv 5 s3 4 - bn - relu - flatten - dense 9 - bn - relu - dense 10",
        ),
        (
            "res(conv 3 p1 1 - relu - conv 3 p1 1) - flatten - dense 10",
            "res( conv 3 p1 1 - relu - conv 3 p1 1 ) - flatten - dense 10",
            "res( conv 3 p1 1 - bn - relu - conv 3 p1 1 - bn ) - flatten - dense 10",
        ),
        ("bn - conv 3 4 - bn - flatten - dense 10", "conv 3 4 - flatten - dense 10", None),
    ],
)
def test_normalisation_is_put_in_and_taken_out(line: str, plain: str, normed: str | None):
    assert with_norm(line, False) == plain
    assert with_norm(line, True) == (normed or line)
    if normed:
        assert with_norm(normed, False) == plain


@pytest.mark.parametrize("model", LINES)
def test_networks_of_the_registry_race_with_and_without_normalisation(model: str):
    shape = MODELS[model].shape or (1, 28, 28)
    kinds = {
        wanted: [
            type(one) for one in find_model(with_norm(model, wanted)).build(shape, 10).modules()
        ]
        for wanted in (True, False)
    }
    assert nn.BatchNorm2d in kinds[True] or nn.BatchNorm1d in kinds[True]
    assert not {nn.BatchNorm1d, nn.BatchNorm2d} & {*kinds[False]}
    others = [one for one in kinds[True] if one not in (nn.BatchNorm1d, nn.BatchNorm2d)]
    assert others.count(nn.Conv2d) == kinds[False].count(nn.Conv2d)
    with pytest.raises(ValueError, match="not written as a line"):
        with_norm("photo_lite", True)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_race_has_two_to_six(data, count):
    with pytest.raises(ValueError, match=f"{count} runners are here, 2 to 6 can race"):
        next(race([Runner(SMALL, CONFIG)] * count, MNIST, *data))


def test_what_is_open_is_decided():
    made = decided(TrainConfig())
    assert (made.precision, made.channels_last) == ("float32", True)
    assert not decided(dataclasses.replace(TrainConfig(), channels_last=False)).channels_last


# Inside


def test_a_look_inside_says_what_torch_says_and_changes_nothing():
    torch.manual_seed(0)
    network = find_model("conv 3 2 - bn - relu - flatten - dense 3").build((1, 6, 6), 3)
    other = find_model("conv 3 2 - bn - relu - flatten - dense 3").build((1, 6, 6), 3)
    other.load_state_dict(network.state_dict())
    x, labels = torch.rand(5, 1, 6, 6), torch.tensor([0, 1, 2, 0, 1])

    def step(one: nn.Sequential):
        optimizer = torch.optim.SGD(one.parameters(), 0.1)

        def learn(x: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            optimizer.zero_grad()
            logits = one(x)
            loss = nn.functional.cross_entropy(logits, labels)
            loss.backward()
            optimizer.step()
            return loss.detach(), logits.detach()

        return learn

    watched, plain = Watched(step(network), network), step(other)
    watched(x, labels)
    plain(x, labels)
    assert watched.seen == ()
    watched.look()
    assert torch.equal(watched(x, labels)[0], plain(x, labels)[0])
    for one, two in zip(network.state_dict().values(), other.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    for state in watched.seen:
        weights = list(getattr(other, state.stage).parameters())
        gradient = torch.cat([one.grad.flatten() for one in weights if one.grad is not None])
        now = torch.cat([one.detach().flatten() for one in weights])
        before = now + 0.1 * gradient
        size = gradient.square().mean().sqrt()
        assert state.gradient == pytest.approx(size.item(), rel=1e-5)
        ratio = 0.1 * size / before.square().mean().sqrt()
        # Rates of change, not changes of sizes.
        assert state.update == pytest.approx(ratio.item(), rel=1e-4)
    assert [state.stage for state in watched.seen] == ["conv1", "output"]


def test_dead_units_are_counted():
    network = find_model("conv 1 4 - relu - flatten - dense 3 - relu - dense 2").build((1, 2, 2), 2)
    with torch.no_grad():
        weights = network.state_dict()
        weights["conv1.0.weight"][:] = torch.tensor([1.0, -1, 1, 1]).view(4, 1, 1, 1)
        weights["conv1.0.bias"][:] = torch.tensor([0.0, 0, -0.5, -9])
        weights["hidden.0.weight"][:] = -1
        weights["hidden.0.bias"][:] = torch.tensor([-1.0, 90, -1])
    x = torch.zeros(2, 1, 2, 2)
    x[1, 0, 0, 0] = 1  # alone wakes the first and the third channel
    assert dead_shares(network, x) == {"conv1": 0.5, "hidden": pytest.approx(2 / 3)}
    assert network.training


def test_gradients_vanish_in_ten_layers_of_sigmoids(data):
    """And neither with ReLU nor with a normalisation between: the lesson of the Train tab."""
    names = ("ten_sigmoid", "ten_relu", "ten_normalised")
    config = dataclasses.replace(CONFIG, epochs=1, lr=1e-3)
    ends = [points[-1] for points in points_of([Runner(PRESETS[n], config) for n in names], data)]
    shares = [end.inside[0].gradient / end.inside[-1].gradient for end in ends]
    assert shares[0] < 1e-5
    assert min(shares[1:]) > 1e-3
    assert isinstance(ends[0].inside[0], StageState)
    assert ends[0].inside[0].dead is None  # there is no ReLU


# The finder


def test_the_rate_rises_until_the_loss_is_too_high(data):
    tried = list(try_rates(SMALL, dataclasses.replace(CONFIG, optimizer="sgd"), MNIST, data[0]))
    assert 60 < len(tried) < STEPS
    ratio = (HIGH / LOW) ** (1 / (STEPS - 1))
    assert tried[0].rate == pytest.approx(LOW)
    assert all(two.rate / one.rate == pytest.approx(ratio) for one, two in pairwise(tried))
    assert tried[0].loss == pytest.approx(math.log(10), abs=0.5)
    found = proposed(tried)
    assert found is not None
    assert 1e-3 < found < 0.3
    lowest = min(tried, key=lambda one: one.loss)
    assert found < lowest.rate


def test_a_proposal_is_where_the_loss_falls_fastest():
    rates = [10 ** (-5 + place / 10) for place in range(60)]

    def curve(middle: float) -> list[Tried]:
        slope = [2.3 / (1 + math.exp(8 * (math.log10(rate) - middle))) for rate in rates]
        return [Tried(rate, loss) for rate, loss in zip(rates, slope, strict=True)]

    for middle in (-3.0, -2.0):
        assert proposed(curve(middle)) == pytest.approx(10**middle, rel=0.3)
    assert proposed([Tried(rate, 2.3) for rate in rates]) is None
    assert proposed(curve(-3)[:9]) is None
