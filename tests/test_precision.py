"""The precision is measured once, remembered, and kept where it is named."""

import json

import pytest
import torch

from convdemo import precision
from convdemo.models import MODELS

SHAPE = (1, 28, 28)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return MODELS["simple_ann"].build(SHAPE, 10)


def choose(network, cache, wanted="auto"):
    return precision.fastest(network, "simple_ann", SHAPE, precision=wanted, cache=cache)


@pytest.mark.parametrize("quickest", [("float32", True), ("bfloat16", False)])
def test_the_quickest_way_is_taken_and_remembered(network, tmp_path, monkeypatch, quickest):
    asked = []

    def seconds(_network, _shape, way, *, give_up):
        asked.append(way)
        return 0.1 if way == quickest else 1.0

    monkeypatch.setattr(precision, "_step_seconds", seconds)
    cache = tmp_path / "home" / "speed.json"
    assert choose(network, cache) == quickest
    assert len(asked) == 4
    assert choose(network, cache) == quickest
    assert len(asked) == 4
    assert list(json.loads(cache.read_text()).values()) == [list(quickest)]


def test_a_named_precision_is_kept(network, tmp_path):
    assert choose(network, tmp_path / "speed.json", "bfloat16")[0] == "bfloat16"
    assert choose(network, tmp_path / "speed.json", "float32")[0] == "float32"


def test_measuring_changes_neither_network_nor_random_state(network, tmp_path):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    choose(network, tmp_path / "speed.json")
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_broken_cache_is_measured_anew(network, tmp_path):
    cache = tmp_path / "speed.json"
    cache.write_text("{half")
    assert choose(network, cache, "float32")[0] == "float32"
    assert json.loads(cache.read_text())


def test_a_hopeless_way_is_given_up_early(network, monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(precision.time, "perf_counter", lambda: float(next(ticks)))
    assert precision._step_seconds(network, SHAPE, ("float32", False), give_up=0.5) == 1.0
    assert next(ticks) == 4  # two steps were timed
