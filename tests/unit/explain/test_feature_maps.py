"""Maps, fields and numbers of cells, held to what one works out by hand and to the network."""

from typing import Any, cast

import numpy as np
import pytest
import torch
from support.network_inputs import input_of
from torch import nn

from convdemo.explain import cell, receptive_field
from convdemo.explain.feature_maps import (
    BINS,
    convolution_behind,
    convolutions,
    feature_maps,
    filters,
    histogram,
    statistics_of,
)
from convdemo.networks import backbones
from convdemo.networks.backbones import PACKAGED
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import run_stages, stages


def build(name: str) -> tuple[Any, torch.Tensor]:
    torch.manual_seed(3)
    if name in MODELS:
        shape, classes = input_of(name)
        network = MODELS[name].build(shape, classes)
    else:
        shape, network = (3, 75, 75), backbones.build(name)  # odd sides are padded unevenly
    for module in network.modules():  # statistics that are not those of an untrained network
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(cast(torch.Tensor, module.running_mean))
            nn.init.uniform_(cast(torch.Tensor, module.running_var), 0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network.eval(), torch.randn(1, *shape)


@pytest.mark.parametrize("name", MODELS)
def test_the_maps_are_the_stages_outputs(name):
    network, x = build(name)
    with torch.no_grad():
        wanted = run_stages(network, x)
    found = feature_maps(network, x)
    assert [one.name for one in found] == list(wanted)
    for one in found:
        assert torch.equal(one.values.flatten(), wanted[one.name].flatten())
        assert one.spatial == (wanted[one.name].ndim == 4)


def test_statistics_and_histogram_are_right():
    values = torch.tensor([[-1.0, 0.0], [0.0, 3.0]])
    assert statistics_of(values) == {
        "min": -1,
        "max": 3,
        "mean": 0.5,
        "std": pytest.approx(1.5),
        "zeros": 0.5,
    }
    counts, low, high = histogram(values)
    assert (counts, low, high) == (np.histogram(values, BINS)[0].tolist(), -1, 3)
    assert sum(histogram(torch.zeros(5))[0]) == 5


def test_filters_are_found_by_name():
    network, _ = build("cnn")
    assert list(convolutions(network)) == ["conv1.0", "conv2.0"]
    assert torch.equal(filters(network, "conv2.0"), network.conv2[0].weight)
    assert convolution_behind(network, "output") == "conv2.0"
    assert convolution_behind(network, "conv1") == "conv1.0"
    with pytest.raises(ValueError, match="'conv9' is none of conv1.0, conv2.0"):
        filters(network, "conv9")
    with pytest.raises(ValueError, match="'conv9' is not in the network"):
        convolution_behind(network, "conv9")


def test_fields_by_hand():
    network = stages(
        conv1=nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU()),  # 3
        pool1=nn.MaxPool2d(2),  # 4
        conv2=nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU()),  # 8
        pool2=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    ).eval()
    x = torch.randn(1, 1, 16, 16)
    assert receptive_field.theoretical(network, "conv1", x, 5, 7) == (4, 6, 7, 9)
    assert receptive_field.theoretical(network, "conv1", x, 0, 15) == (0, 14, 2, 16)
    assert receptive_field.theoretical(network, "pool1", x, 2, 3) == (3, 5, 7, 9)
    assert receptive_field.theoretical(network, "conv2", x, 4, 4) == (5, 5, 13, 13)


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.cam_stage])
def test_nothing_outside_of_the_field_matters(name):
    network, x = build(name)
    stage = str(MODELS[name].cam_stage)
    with torch.no_grad():
        before = run_stages(network, x)[stage]
    row, column = before.shape[2] // 2, before.shape[3] // 2
    top, left, bottom, right = receptive_field.theoretical(network, stage, x, row, column)
    outside = torch.ones_like(x, dtype=torch.bool)
    outside[:, :, top:bottom, left:right] = False
    with torch.no_grad():
        after = run_stages(network, torch.where(outside, torch.randn_like(x), x))[stage]
    assert torch.allclose(after[0, :, row, column], before[0, :, row, column], atol=1e-5)
    strength, inner = receptive_field.effective(network, stage, x, row, column, None)
    assert strength[outside[0, 0]].abs().sum() == 0
    held = strength[inner[0] : inner[2], inner[1] : inner[3]].sum()
    assert held >= 0.95 * strength.sum() - 1e-6


TIMMS = ("mobilenetv1_100", "mobilenetv2_100", PACKAGED)  # of the same kinds of layers


@pytest.mark.parametrize(
    "name", [*(name for name, spec in MODELS.items() if spec.cam_stage), *TIMMS]
)
def test_the_numbers_of_a_cell_add_up(name):
    network, x = build(name)
    with torch.no_grad():
        outputs = run_stages(network, x)
    for stage, output in outputs.items():
        if output.ndim != 4:
            with pytest.raises(ValueError, match="has no maps"):
                cell.cell(network, stage, x, 0, 0, 0)
            continue
        _, channels, height, width = output.shape
        for place in ((0, 0, 0), (channels - 1, height // 2, width - 1)):
            layers = cell.cell(network, stage, x, *place)
            assert {layer.kind for layer in layers} <= TOLD
            assert layers[-1].output == pytest.approx(float(output[0][place]), abs=1e-5)
            check(layers)


# Layers whose numbers the page spells out; nothing stays in one piece that could be taken apart.
TOLD = {"Conv2d", "BatchNorm2d", "ReLU", "ReLU6", "MaxPool2d", "Residual"}


def check(layers: Any) -> None:
    earlier: Any = (None, *layers)
    for before, layer in zip(earlier, layers, strict=False):
        details = layer.details
        if layer.kind == "Conv2d":
            total = sum(details["sums"]) + details["others"] + details["bias"]
            assert total == pytest.approx(layer.output, abs=1e-4)
            for patch, kernel, product, summed in zip(
                details["patches"],
                details["kernels"],
                details["products"],
                details["sums"],
                strict=True,
            ):
                assert np.allclose(np.multiply(patch, kernel), product)
                assert np.sum(product) == pytest.approx(summed, abs=1e-5)
        elif layer.kind == "BatchNorm2d":
            share = (layer.inputs - details["mean"]) / details["std"]
            made = share * details["scale"] + details["shift"]
            assert made == pytest.approx(layer.output, abs=1e-4)
        elif layer.kind == "ReLU":
            assert layer.output == max(layer.inputs, 0)
        elif layer.kind == "ReLU6":
            assert layer.output == min(max(layer.inputs, 0), 6)
        elif layer.kind == "MaxPool2d":
            row, column = details["place"]
            assert details["window"][row][column] == layer.output == np.max(details["window"])
        elif layer.kind == "Residual":
            assert layer.inputs + details["body"] == pytest.approx(layer.output, abs=1e-5)
            assert before.output == pytest.approx(details["body"], abs=1e-5)
        if before is not None and layer.kind not in ("Residual", "MaxPool2d"):
            assert layer.inputs == pytest.approx(before.output, abs=1e-5)


def test_a_cell_that_is_not_there_is_named():
    network, x = build("cnn")
    with pytest.raises(ValueError, match="is not in a stage of 32 maps of 14x14"):
        cell.cell(network, "conv1", x, 0, 14, 0)
