"""Dreams, switches, fooling, features and their plane: what they find is proven on the network."""

from typing import Any

import pytest
import torch
from support.network_inputs import input_of
from torch import nn

from convdemo.explain.adversarial import LARGEST, fool
from convdemo.explain.attribution_methods import without_softmax
from convdemo.explain.channel_ablation import importance, without_channels
from convdemo.explain.embedding import features, plane, project
from convdemo.explain.feature_visualization import SHIFT, STEPS, SURE, dream, prove
from convdemo.explain.subject import subject_of
from convdemo.images.decode import read_picture
from convdemo.inference.library import load
from convdemo.inference.tta import normalise
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import run_stages, split_at, stages
from convdemo.ui import page

PICTURES = list(page.examples("digits").values())
SHIPPED = [
    "cnn-mnist",
    "cnn2-mnist",
    "digit_resnet-mnist",
    "simple_ann-mnist",
    "fashion_cnn-fashion_mnist",
    "fashion_dnn-fashion_mnist",
    "fashion_resnet-fashion_mnist",
]


@pytest.fixture(scope="module")
def reader(shipped):
    return load(shipped["digit_resnet-mnist"].path)


@pytest.fixture(scope="module")
def subject(reader):
    return subject_of(reader, read_picture(PICTURES[0]))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_dreams_of_all_classes_count(name, shipped):
    model = load(shipped[name].path)
    card = model.card
    wanted = tuple(range(len(card.classes)))
    state = torch.get_rng_state()
    frames = list(dream(model.network, card.shape, wanted, mean=card.mean, std=card.std))
    last = frames[-1]
    assert torch.equal(state, torch.get_rng_state())
    assert [frame.step for frame in frames][:2] == [8, 16]
    assert last.step >= STEPS
    assert last.step == STEPS or min(frames[-2].lowest) < SURE
    assert last.pixels.min() >= 0
    assert last.pixels.max() <= 1
    # Shifted here by hand, in every way there is, to hold the proof to.
    for place, pixels in enumerate(last.pixels):
        padded = nn.functional.pad(pixels, (SHIFT,) * 4)
        side = card.shape[1]
        moved = torch.stack(
            [
                padded[:, top : top + side, left : left + side]
                for top in range(2 * SHIFT + 1)
                for left in range(2 * SHIFT + 1)
            ]
        )
        with torch.no_grad():
            found = model.network(normalise(moved, card.mean, card.std)).softmax(dim=1)[:, place]
        assert float(found.min()) <= last.lowest[place] + 1e-5
        assert last.lowest[place] <= float(found.max()) + 1e-5
        assert last.lowest[place] >= SURE


def test_noise_is_no_dream(reader):
    card = reader.card
    noise = torch.rand(10, *card.shape, generator=torch.Generator().manual_seed(0))
    seen: list[torch.Tensor] = []
    hook = reader.network[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    proven = prove(reader.network, noise, tuple(range(10)), mean=card.mean, std=card.std)
    hook.remove()
    assert max(proven) < SURE
    # Each is read in twenty places out of 25, and its lowest answer counts.
    (shown,) = seen
    for place, moved in enumerate(shown.view(10, 20, *card.shape)):
        assert len(moved.unique(dim=0)) > 5
        with torch.no_grad():
            answers = reader.network(moved).softmax(dim=1)[:, place]
        assert proven[place] == pytest.approx(float(answers.min()), rel=1e-4)


def test_a_channel_can_be_dreamt_of(reader):
    card = reader.card
    *_, last = dream(reader.network, card.shape, (5,), mean=card.mean, std=card.std, stage="block1")
    below, _ = split_at(reader.network, "block1")

    def answer(pixels: torch.Tensor) -> float:
        with torch.no_grad():
            return float(below(normalise(pixels, card.mean, card.std))[0, 5].mean())

    assert last.lowest == ()
    assert answer(last.pixels) > 3 * max(answer(torch.zeros(1, *card.shape)), 0.05)


def test_switched_off_channels_are_zero(subject):
    network, x = subject.network, subject.x
    whole = without_channels(network, x, "block1", frozenset())
    assert whole.tolist() == pytest.approx(subject.probabilities, abs=1e-6)
    below, above = split_at(network, "block1")
    with torch.no_grad():
        maps = below(x).clone()
        maps[:, [0, 7]] = 0
        wanted = above(maps).softmax(dim=1)[0]
    found = without_channels(network, x, "block1", frozenset({7, 0}))
    assert torch.allclose(found, wanted)
    with pytest.raises(ValueError, match=r"channels \[40\] are not among 40 of block1"):
        without_channels(network, x, "block1", frozenset({3, 40}))


def test_the_ranking_is_what_switching_each_off_does(subject):
    target = subject.place(None)
    ranked = importance(subject.network, subject.x, "block2", target)
    falls = [fall for _, fall in ranked]
    assert falls == sorted(falls, reverse=True)
    assert sorted(channel for channel, _ in ranked) == list(range(80))
    before = subject.probabilities[target]
    for channel, fall in (*ranked[:3], *ranked[-3:]):
        alone = without_channels(subject.network, subject.x, "block2", frozenset({channel}))
        assert before - float(alone[target]) == pytest.approx(fall, abs=1e-5)


@pytest.mark.parametrize("path", PICTURES[:3])
def test_what_fools_does_fool(path, reader):
    subject = subject_of(reader, read_picture(path))
    card = reader.card
    attempt = fool(subject.network, subject.pixels, card.mean, card.std)
    label = subject.place(None)

    def read(pixels: torch.Tensor) -> int:
        with torch.no_grad():
            return int(subject.network(normalise(pixels[None], card.mean, card.std)).argmax())

    for found in (attempt.step, attempt.search):
        assert found.size is not None
        assert found.pixels is not None
        change = (found.pixels - subject.pixels).abs().max()
        assert float(change) <= found.size + 1e-5 <= LARGEST + 1e-5
        assert found.pixels.min() >= 0
        assert found.pixels.max() <= 1
        assert read(found.pixels) == found.label != label
    assert attempt.search.size is not None
    assert attempt.step.size is not None
    assert attempt.search.size <= attempt.step.size + 1e-6  # ten steps are no worse than one
    assert attempt.labels[0] == label
    smaller = [
        size for size, now in zip(attempt.sizes, attempt.labels, strict=True) if now != label
    ]
    assert min(smaller) == attempt.step.size


def test_a_network_that_cannot_be_fooled_says_so():
    network: Any = stages(flatten=nn.Flatten(), output=nn.Linear(9, 2)).eval()
    nn.init.zeros_(network.output.weight)
    with torch.no_grad():
        network.output.bias.copy_(torch.tensor([5.0, 0.0]))
    attempt = fool(network, torch.rand(1, 3, 3), (0.0,), (1.0,))
    assert (attempt.step.size, attempt.search.size) == (None, None)
    assert attempt.search.pixels is None
    assert attempt.search.label == 0


@pytest.mark.parametrize("name", MODELS)
def test_features_are_what_the_last_layer_reads(name):
    shape, classes = input_of(name)
    torch.manual_seed(0)
    network: Any = MODELS[name].build(shape, classes).eval()
    x = torch.rand(3, *shape)
    found = features(network, x)
    with torch.no_grad():
        logits = run_stages(network, x)["output"]
        assert torch.allclose(network.output(found), logits, atol=1e-6)
        assert torch.equal(found, features(without_softmax(network), x))


def test_the_plane_is_that_of_the_widest_spread():
    generator = torch.Generator().manual_seed(0)
    along = torch.randn(200, 2, generator=generator) * torch.tensor([5.0, 2.0])
    basis = torch.linalg.qr(torch.randn(6, 6, generator=generator)).Q
    thin = torch.randn(200, 4, generator=generator) * 0.01
    points = torch.cat((along, thin), dim=1) @ basis.T + 3
    found = plane(points)
    places = project(found, points)
    centred = along - along.mean(dim=0)
    for axis in (0, 1):
        match = abs(float(torch.corrcoef(torch.stack((places[:, axis], centred[:, axis])))[0, 1]))
        assert match > 0.98
    assert found.explained[0] > found.explained[1] > 0
    assert sum(found.explained) == pytest.approx(1, abs=1e-3)
    assert torch.allclose(project(found, points[:1])[0], places[0])
