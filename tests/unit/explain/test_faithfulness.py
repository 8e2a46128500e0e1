"""How far a map is believed: areas by hand, untrained networks never, the figures reproducible."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from convdemo.explain import faithfulness
from convdemo.explain.attribution import attribute
from convdemo.explain.attribution_methods import METHODS, Query, Score, without_softmax
from convdemo.explain.faithfulness import (
    STEPS,
    deletion,
    edges,
    erased,
    evaluate_map,
    insertion,
    order_of,
)
from convdemo.explain.subject import subject_of
from convdemo.images.decode import read_picture
from convdemo.inference.library import load
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import stages
from convdemo.ui import page

PICTURES = list(page.examples("digits").values())


@pytest.fixture(scope="module")
def reader(shipped):
    return load(shipped["digit_resnet-mnist"].path)


@pytest.fixture(scope="module")
def subjects(reader):
    return [subject_of(reader, read_picture(path)) for path in PICTURES[:4]]


def test_places_go_from_the_brightest_on():
    heat = torch.tensor([[0.0, 3.0], [1.0, 0.0]])
    order = order_of(heat)
    assert order[:2].tolist() == [1, 2]
    assert sorted(order.tolist()) == [0, 1, 2, 3]
    assert torch.equal(order, order_of(heat))


def test_places_are_taken_away_step_by_step():
    x = torch.arange(1.0, 57.0).view(1, 1, 7, 8)
    order = order_of(x[0, 0])
    taken = erased(x, torch.zeros_like(x), order)
    assert taken.shape == (STEPS + 1, 1, 7, 8)
    assert torch.equal(taken[0], x[0])
    assert not taken[-1].any()
    for step, picture in enumerate(taken):
        assert int((picture == 0).sum()) == 2 * step
        assert picture.max() <= 56 - 2 * step


def test_the_area_is_that_under_the_curve():
    network: Any = stages(flatten=nn.Flatten(), output=nn.Linear(56, 2, bias=False)).eval()
    nn.init.zeros_(network.output.weight)
    with torch.no_grad():
        network.output.weight[0, 0] = 100.0  # only the first pixel counts
    x = torch.ones(1, 1, 7, 8)
    asked = Query(Score(network, 0), x, None, torch.zeros_like(x))
    first = torch.zeros(7, 8)
    first[0, 0] = 1
    gone_first = deletion(asked, first, 0)
    gone_last = deletion(asked, -first, 0)
    # One half from the first step on; certain in all but the last.
    assert gone_first.area == pytest.approx((0.5 * STEPS + 0.25) / STEPS)
    assert gone_last.area == pytest.approx((STEPS - 0.25) / STEPS)
    assert insertion(asked, first, 0).area == pytest.approx(gone_last.area)
    assert gone_first.values[0] == pytest.approx(1)
    assert gone_first.values[1:] == pytest.approx([0.5] * STEPS)


def test_edges_are_sobels():
    x = torch.zeros(1, 1, 5, 6)
    x[..., 3:] = 1
    found = edges(x)
    assert found[:, 2:4].eq(4).all()
    assert found[:, :2].eq(0).all()
    assert found[:, 4:].eq(0).all()


def test_ranks_are_compared_with_ties_shared():
    one = torch.tensor([[1.0, 2.0, 2.0], [3.0, 0.0, 5.0]])
    assert faithfulness.rank_correlation(one, one.exp()) == pytest.approx(1)
    assert faithfulness.rank_correlation(one, -one) == pytest.approx(-1)
    assert faithfulness.rank_correlation(one, torch.zeros_like(one)) == 0
    ranks = np.array([2, 3.5, 3.5, 5, 1, 6])
    other = torch.tensor([[1.0, 0.0, 7.0], [2.0, 2.0, 9.0]])
    theirs = np.array([2, 1, 5, 3.5, 3.5, 6])
    assert faithfulness.rank_correlation(one, other) == pytest.approx(
        np.corrcoef(ranks, theirs)[0, 1]
    )


def test_a_good_map_of_a_trained_network_is_trusted(subjects):
    verdicts = []
    for subject in subjects:
        found = attribute(subject, "grad_cam")
        judged = evaluate_map(found.method, found.query, found.heat)
        verdicts.append(judged.verdict)
        sure, falls, learned = judged.checks
        assert [sure.name, falls.name, learned.name] == ["sure", "deletion", "weights"]
        assert sure.values["probability"] == pytest.approx(max(subject.probabilities), abs=1e-5)
        assert judged.deletion["map"].area == falls.values["area"]
        assert judged.deletion["map"].values[0] == judged.insertion["map"].values[-1]
        for curves in (judged.deletion, judged.insertion):
            assert all(len(one.values) == STEPS + 1 for one in curves.values())
        assert judged.infidelity >= 0
        assert judged.sensitivity > 0
        again = evaluate_map(found.method, found.query, found.heat)
        assert (again.infidelity, again.sensitivity, again.similarity) == pytest.approx(
            (judged.infidelity, judged.sensitivity, judged.similarity)
        )
    assert "trust" in verdicts
    assert verdicts.count("distrust") <= 1


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_map_of_an_untrained_network_is_never_trusted(method, subjects, reader):
    """Neither of that network itself, nor when it is passed off as one of the trained network."""
    stage = MODELS[reader.card.model].cam_stage
    for seed, subject in enumerate(subjects):
        unlearned = faithfulness.randomised(subject.network, seed)
        with torch.no_grad():
            target = int(unlearned(subject.x).argmax())
        asked = Query(Score(unlearned, target), subject.x, stage, subject.background)
        assert evaluate_map(method, asked, method.compute(asked)).verdict == "distrust"


def test_a_map_of_noise_is_not_trusted(subjects):
    trusted = 0
    for seed, subject in enumerate(subjects):
        found = attribute(subject, "saliency")
        noise = faithfulness.random_map(found.heat.shape, 100 + seed)
        trusted += evaluate_map(found.method, found.query, noise).verdict != "distrust"
    assert trusted <= 1  # one of six random maps is the best of them by chance


def test_a_map_that_ignores_the_weights_is_doubted(subjects):
    """Edges beat random maps, and are the same for every network."""
    subject = subjects[0]
    found = attribute(subject, "saliency")
    method = replace(found.method, compute=lambda asked: edges(asked.x))
    judged = evaluate_map(method, found.query, edges(found.query.x))
    assert judged.similarity == pytest.approx(1)
    assert judged.verdict == "doubt"


def test_untrained_means_as_before_any_training(reader):
    network = without_softmax(reader.network)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    state = torch.get_rng_state()
    one, same, other = (faithfulness.randomised(network, seed) for seed in (0, 0, 1))
    for key, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[key])
        if key.endswith("weight") and value.ndim > 1:
            assert not torch.equal(value, other.state_dict()[key])
            assert not torch.equal(value, before[key])
    assert torch.equal(state, torch.get_rng_state())
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])
