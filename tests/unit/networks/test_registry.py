"""The networks: the course's to the parameter, ours within their budget, all in named stages."""

import pytest
import torch
from support.network_inputs import input_of
from torch import nn

from convdemo.data.registry import DATASETS
from convdemo.networks.registry import MODELS
from convdemo.networks.resnets import Residual
from convdemo.networks.stages import count_parameters, run_stages, split_at

COURSE = {
    "simple_ann": 109_386,
    "fashion_dnn": 235_146,
    "cnn": 50_186,
    "cnn2": 1_379_557,
    "fashion_cnn": 1_475_338,
}
BUILT = [(name, dataset) for name, spec in MODELS.items() for dataset in spec.datasets]


def build(name: str, dataset: str) -> nn.Sequential:
    spec = DATASETS[dataset]
    torch.manual_seed(0)
    outputs = len(spec.classes) + len(spec.extra_classes)
    return MODELS[name].build(spec.shape, outputs).eval()


@pytest.mark.parametrize(("name", "parameters"), COURSE.items())
def test_course_networks_have_the_courses_parameters(name, parameters):
    assert count_parameters(MODELS[name].build((1, 28, 28), 10)) == parameters


@pytest.mark.parametrize(("name", "dataset"), BUILT)
def test_stages_compose_to_the_network(name, dataset):
    network = build(name, dataset)
    shape = DATASETS[dataset].shape
    x = torch.rand(3, *shape, generator=torch.Generator().manual_seed(1))
    whole = network(x)
    outputs = run_stages(network, x)
    assert list(outputs) == [stage for stage, _ in network.named_children()]
    assert torch.equal(outputs[list(outputs)[-1]], whole)
    for stage in outputs:
        below, above = split_at(network, stage)
        assert torch.equal(above(below(x)), whole)


@pytest.mark.parametrize(("name", "dataset"), BUILT)
def test_later_stages_leave_earlier_maps_alone(name, dataset):
    """A stage that begins with an in-place activation would overwrite the map before it."""
    network = build(name, dataset)
    x = torch.randn(2, *DATASETS[dataset].shape, generator=torch.Generator().manual_seed(2))
    kept = {}
    for stage, output in run_stages(network, x).items():
        below, _ = split_at(network, stage)
        kept[stage] = (output, below(x))
    for stage, (after, alone) in kept.items():
        assert torch.equal(after, alone), stage


def test_the_network_to_look_into_answers_in_log_probabilities():
    network = build("xai", "cifar10")
    outputs = run_stages(network, torch.rand(2, 3, 32, 32))
    wanted = outputs["output"].softmax(dim=1)
    assert torch.allclose(outputs["log_softmax"].exp(), wanted, atol=1e-6)
    assert outputs["conv4_2"].shape == (2, 320, 4, 4)
    assert 4 * count_parameters(network) < 10e6  # bytes of its file


@pytest.mark.parametrize("name", [name for name in MODELS if MODELS[name].datasets])
def test_the_files_of_networks_stay_below_ten_megabytes(name):
    values = count_parameters(build(name, MODELS[name].datasets[0]))
    begins = MODELS[name].start is not None  # its kernels ship in half precision
    assert (2 if begins else 4) * values < 9.9e6
    if name not in (*COURSE, "xai", "compact_resnet") and not begins:
        assert values <= 500_000


@pytest.mark.parametrize("name", MODELS)
def test_cam_stage_is_the_last_map(name):
    shape, classes = input_of(name)
    network = MODELS[name].build(shape, classes).eval()
    maps = [
        stage
        for stage, output in run_stages(network, torch.rand(1, *shape)).items()
        if output.ndim == 4
    ]
    assert MODELS[name].cam_stage == (maps[-1] if maps else None)


def test_cnn2s_third_pool_is_padded_to_four():
    maps = run_stages(build("cnn2", "mnist"), torch.rand(1, 1, 28, 28))
    assert maps["conv3"].shape == (1, 128, 4, 4)


def test_residual_adds_its_input():
    nothing = nn.Conv2d(2, 2, 1, bias=False)
    nn.init.zeros_(nothing.weight)
    block = Residual(nothing)
    x = torch.rand(1, 2, 3, 3)
    assert torch.equal(block(x), x)


def test_an_unknown_stage_is_named():
    with pytest.raises(ValueError, match="'conv9' is none of conv1, conv2, flatten, output"):
        split_at(build("cnn", "mnist"), "conv9")
