"""The precision is measured once, remembered, and kept where it is named."""

import json

import pytest
import torch

from convdemo.networks.registry import MODELS
from convdemo.training import autotune
from convdemo.training.config import TrainConfig

SHAPE = (1, 28, 28)
BATCH = 64


@pytest.fixture
def network():
    torch.manual_seed(0)
    return MODELS["simple_ann"].build(SHAPE, 10)


@pytest.fixture(autouse=True)
def _matrix_units(monkeypatch):
    """As on a processor on which bfloat16 may be faster."""
    monkeypatch.setattr(autotune, "cpuinfo", lambda _: "fpu avx512_bf16")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Where the speeds are kept, in a folder that is not there yet."""
    monkeypatch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "speed.json"


def choose(network, wanted="auto", channels_last=None):
    config = TrainConfig(precision=wanted, channels_last=channels_last)
    found = autotune.autotune(config, network, "simple_ann", SHAPE, BATCH)
    return found.precision, found.channels_last


@pytest.mark.parametrize("quickest", [("float32", True), ("bfloat16", False)])
def test_the_quickest_way_is_taken_and_remembered(network, cache, monkeypatch, quickest):
    asked = []

    def seconds(_network, _shape, way, *, batch, give_up):
        assert batch == BATCH
        asked.append(way)
        return 0.1 if way == quickest else 0.15

    monkeypatch.setattr(autotune, "_step_seconds", seconds)
    assert choose(network) == quickest
    assert len(asked) == 4 * autotune.PASSES
    assert choose(network) == quickest
    assert len(asked) == 4 * autotune.PASSES
    assert list(json.loads(cache.read_text()).values()) == [list(quickest)]


def test_a_hopeless_way_is_not_tried_again(network, cache, monkeypatch):
    asked = []

    def seconds(_network, _shape, way, *, batch, give_up):
        asked.append(way)
        return 0.1 if way[0] == "float32" else 1.0

    monkeypatch.setattr(autotune, "_step_seconds", seconds)
    assert choose(network)[0] == "float32"
    assert [way[0] for way in asked].count("bfloat16") == 2


def test_bfloat16_has_to_be_worth_its_rounding(network, cache, monkeypatch):
    def seconds(_network, _shape, way, *, batch, give_up):
        return 0.95 if way[0] == "bfloat16" else 1.0

    monkeypatch.setattr(autotune, "_step_seconds", seconds)
    assert choose(network)[0] == "float32"


def test_without_matrix_units_bfloat16_is_not_tried(network, cache, monkeypatch):
    asked = []

    def seconds(_network, _shape, way, *, batch, give_up):
        asked.append(way)
        return 0.1 if way[0] == "bfloat16" else 1.0

    monkeypatch.setattr(autotune, "cpuinfo", lambda _: "fpu avx2")
    monkeypatch.setattr(autotune, "_step_seconds", seconds)
    assert choose(network) == ("float32", False)
    assert asked == [("float32", False), ("float32", True)] * autotune.PASSES


def test_where_nothing_is_open_nothing_is_measured(network, cache):
    assert choose(network, "float32", channels_last=True) == ("float32", True)
    assert not cache.exists()


def test_a_named_precision_is_kept(network, cache):
    assert choose(network, "bfloat16")[0] == "bfloat16"
    assert choose(network, "float32")[0] == "float32"


def test_measuring_changes_neither_network_nor_random_state(network, cache):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    choose(network)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize("text", ["", "hello", "{half", "[]", "3", "null", '"text"', "[[1]]"])
def test_a_broken_cache_is_measured_anew(text, network, cache):
    cache.parent.mkdir()
    cache.write_text(text)
    assert choose(network, "float32")[0] == "float32"
    assert [way[0] for way in json.loads(cache.read_text()).values()] == ["float32"]


@pytest.mark.parametrize("value", [None, 3, [], ["float32"], ["magic", False], {"a": 1}])
def test_a_choice_that_is_none_is_measured_anew(value, network, cache):
    choose(network, "float32")
    cache.write_text(json.dumps(dict.fromkeys(json.loads(cache.read_text()), value)))
    assert choose(network, "float32")[0] == "float32"


def test_a_hopeless_way_is_given_up_early(network, monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(autotune.time, "perf_counter", lambda: float(next(ticks)))
    assert (
        autotune._step_seconds(network, SHAPE, ("float32", False), batch=BATCH, give_up=0.5) == 1.0
    )
    assert next(ticks) == 4  # two steps were timed


def test_a_slow_network_is_timed_by_two_steps(network, monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(autotune.time, "perf_counter", lambda: float(next(ticks)))
    assert autotune._step_seconds(network, SHAPE, ("float32", False), batch=BATCH) == 1.0
    assert next(ticks) == 4
