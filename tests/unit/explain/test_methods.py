"""Methods of attribution: ours held to captum's, all of them without a trace and with threads."""

import copy
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch
from captum.attr import (
    DeepLift,
    GuidedBackprop,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    Occlusion,
    Saliency,
)
from support.network_inputs import input_of
from torch import nn

from convdemo.explain import attribution_methods as methods
from convdemo.explain.attribution import REASONS, against_the_class, attribute
from convdemo.explain.attribution_methods import (
    METHODS,
    NOISE_SHARE,
    NOISY_COPIES,
    PATH_STEPS,
    Query,
    Score,
    without_softmax,
)
from convdemo.explain.subject import Subject, subject_from_pixels, subject_of
from convdemo.images.decode import Picture, read_picture
from convdemo.inference.library import Trained, find, list_models, load, model_dirs
from convdemo.networks.backbones import PACKAGED
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import stages
from convdemo.ui import page

THREE = ("digit_resnet-mnist", "cnn2-mnist", "photo_lite-fashion_mnist_photos")
WITH_MAPS = [name for name, spec in MODELS.items() if spec.cam_stage]


@pytest.fixture(scope="module")
def trained(shipped):
    return {name: load(entry.path) for name, entry in shipped.items()}


def asked_of(model: Trained, seed: int = 0, target: int = 3, against: int | None = None) -> Query:
    x = torch.randn(1, *model.card.shape, generator=torch.Generator().manual_seed(seed))
    score = Score(without_softmax(model.network), target, against)
    return Query(score, x, MODELS[model.card.model].cam_stage, torch.zeros_like(x))


@pytest.mark.parametrize("name", THREE)
@pytest.mark.parametrize("against", [None, 5])
def test_grad_cam_and_saliency_are_captums(name, against, trained):
    model = trained[name]
    for seed in range(3):
        asked = asked_of(model, seed, against=against)
        copied = copy.deepcopy(asked.score)
        layer = dict(copied.network.named_children())[str(asked.stage)]
        cam: Any = LayerGradCam(copied, layer).attribute(asked.x, relu_attributions=True)
        size = tuple(asked.x.shape[2:])
        wanted = LayerAttribution.interpolate(cam, size, interpolate_mode="bilinear")[0, 0]
        assert torch.allclose(METHODS["grad_cam"].compute(asked), wanted.detach(), atol=1e-6)
        gradient = Saliency(copied).attribute(asked.x.clone().requires_grad_())
        wanted = gradient.amax(dim=1)[0]
        assert torch.allclose(METHODS["saliency"].compute(asked), wanted, atol=1e-6)


@pytest.mark.parametrize("name", THREE[:2])
def test_what_is_found_in_batches_is_captums(name, trained, monkeypatch):
    plain = asked_of(trained[name], against=5)
    # In double precision: where two inputs of a pool are nearly alike, a batch of another size
    # would choose the other one, and send the gradient elsewhere.
    asked = replace(
        plain,
        score=copy.deepcopy(plain.score).double(),
        x=plain.x.double(),
        background=plain.background.double(),
    )
    leaf = asked.x.clone().requires_grad_()
    path = IntegratedGradients(asked.score).attribute(
        leaf, baselines=asked.background, n_steps=PATH_STEPS
    )
    covered = Occlusion(asked.score).attribute(
        asked.x, sliding_window_shapes=(1, 7, 7), strides=(1, 2, 2), baselines=asked.background
    )
    drawn = torch.Generator().manual_seed(0)
    noise = torch.randn(NOISY_COPIES, *asked.x.shape[1:], generator=drawn)
    noisy = asked.x + noise * float(asked.x.max() - asked.x.min()) * NOISE_SHARE
    smooth = Saliency(asked.score).attribute(noisy.requires_grad_()).mean(dim=0, keepdim=True)
    wanted = {"integrated_gradients": path, "occlusion": covered, "smoothgrad": smooth}
    for pixels in (1, 28 * 28 * 5):  # at once
        monkeypatch.setattr(methods, "PIXELS_AT_ONCE", pixels)
        for method, found in wanted.items():
            ours = METHODS[method].compute(asked).double()
            assert torch.allclose(ours, found.detach()[0, 0].double(), atol=1e-5)


class _Two(nn.Module):
    """ReLU6 by two ReLUs, each of which captum knows."""

    def __init__(self):
        super().__init__()
        self.low, self.high = nn.ReLU(), nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.low(x.clone()) - self.high(x - 6)  # captum hooks into inputs


def clipped(first: nn.Module, second: nn.Module) -> Query:
    """A network whose activations often are beyond 6, with one of them in a layer of its own."""
    torch.manual_seed(4)
    convolution = nn.Conv2d(2, 8, 3, padding=1)
    nn.init.normal_(convolution.weight, std=1.5)
    network = stages(
        conv1=nn.Sequential(convolution, first),
        conv2=nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), second),
        output=nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)),
    )
    x = 3 * torch.randn(1, 2, 9, 9, generator=torch.Generator().manual_seed(1))
    return Query(Score(network.eval(), 1), x, "conv2", torch.full_like(x, 0.2))


def test_relu6_is_told_from_layers_that_let_everything_through():
    asked, two = clipped(nn.ReLU6(inplace=True), nn.ReLU6()), clipped(_Two(), _Two())
    with torch.no_grad():
        network: Any = asked.score.network
        assert (network.conv1(asked.x.clone()) == 6).float().mean() > 0.1
        distance = float(asked.score(asked.x.clone()) - asked.score(asked.background.clone()))
    found = METHODS["deeplift"].compute(asked)
    assert float(found.sum()) == pytest.approx(distance, rel=1e-4)
    theirs: Any = DeepLift(two.score).attribute(
        two.x.clone().requires_grad_(), baselines=two.background
    )
    assert torch.allclose(found, theirs.detach().sum(dim=1)[0], atol=1e-5)

    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return x.clamp(0, 6)

        @staticmethod
        def backward(ctx: Any, *rising: torch.Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return rising[0].clamp(min=0) * ((x > 0) & (x < 6))

    class ByHand(nn.Module):
        def forward(self, x: torch.Tensor) -> Any:
            return Guided.apply(x)

    hand = clipped(ByHand(), ByHand())
    leaf = hand.x.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(hand.score(leaf).sum(), leaf)
    found = METHODS["guided_backprop"].compute(asked)
    assert torch.allclose(found, wanted.sum(dim=1)[0], atol=1e-6)
    # Where nothing is beyond 6, a network of ReLUs, which captum knows, is the same one.
    small = replace(asked, x=asked.x / 20)
    plain = replace(clipped(nn.ReLU(), nn.ReLU()), x=asked.x / 20)
    theirs = GuidedBackprop(plain.score).attribute(plain.x.clone().requires_grad_())
    found = METHODS["guided_backprop"].compute(small)
    assert torch.allclose(found, theirs.detach().sum(dim=1)[0], atol=1e-6)


@pytest.mark.parametrize("name", ["integrated_gradients", "smoothgrad", "occlusion"])
def test_who_follows_a_map_can_end_it_within_a_batch(name, trained, monkeypatch):
    monkeypatch.setattr(methods, "PIXELS_AT_ONCE", 28 * 28)
    told: list[float] = []
    asked = replace(asked_of(trained["cnn2-mnist"]), progress=told.append)
    whole = METHODS[name].compute(asked)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) >= NOISY_COPIES
    read: list[int] = []
    asked.score.register_forward_hook(lambda *_: read.append(1))

    class StopError(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.2:
            raise StopError

    with pytest.raises(StopError):
        METHODS[name].compute(replace(asked, progress=stop))
    assert len(read) < 0.2 * len(told) + 1 + 2 * methods.MOST_THREADS
    assert torch.equal(METHODS[name].compute(asked), whole)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, method)
        for name, spec in MODELS.items()
        for method in METHODS
        if spec.cam_stage or not METHODS[method].staged
    ],
)
def test_every_method_works_on_every_network_and_leaves_no_trace(name, method):
    spec, method = MODELS[name], METHODS[method]
    shape, classes = input_of(name)
    torch.manual_seed(0)
    network = spec.build(shape, classes).eval().requires_grad_(False)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = torch.rand(1, *shape)
    state = torch.get_rng_state()
    asked = Query(Score(without_softmax(network), 1), x, spec.cam_stage, torch.zeros_like(x))
    heat = method.compute(asked)
    assert heat.shape == x.shape[2:]
    assert not heat.requires_grad
    assert bool(heat.isfinite().all())
    assert bool((heat < 0).any()) <= method.signed
    assert torch.equal(heat, method.compute(asked))
    assert torch.equal(state, torch.get_rng_state())
    assert x.grad is None
    assert not x.requires_grad
    for key, value in network.state_dict().items():
        assert torch.equal(value, before[key])
    for module in network.modules():
        assert not module.training
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks
    assert not any(p.requires_grad or p.grad is not None for p in network.parameters())


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_forty_threads_at_once_are_all_right(method, trained):
    model = trained["digit_resnet-mnist"]
    alone = [method.compute(asked_of(model, seed, seed % 10)) for seed in range(8)]
    barrier = threading.Barrier(40)

    def work(place: int) -> torch.Tensor:
        barrier.wait()
        return method.compute(asked_of(model, place % 8, place % 8))

    with ThreadPoolExecutor(40) as pool:
        together = list(pool.map(work, range(40)))
    for place, heat in enumerate(together):
        assert torch.allclose(heat, alone[place % 8], atol=1e-5)


def test_signed_maps_add_up_to_the_score(trained):
    """Integrated gradients and DeepLift share out the distance to the background's score."""
    asked = asked_of(trained["digit_resnet-mnist"])
    with torch.no_grad():
        distance = float(asked.score(asked.x) - asked.score(asked.background))
    for name, error in (("integrated_gradients", 0.15), ("deeplift", 1e-3)):
        total = float(METHODS[name].compute(asked).sum())
        assert total == pytest.approx(distance, rel=error, abs=0.02)


def test_a_photos_maps_add_up_to_its_score():
    """With 24 steps integrated gradients miss three quarters of it."""
    entry = find(PACKAGED, list_models(model_dirs()))
    cheetah = subject_of(load(entry.path), read_picture(page.examples("photos")["cheetah.jpg"]))
    for name, error in (("integrated_gradients", 0.1), ("deeplift", 1e-2)):
        found = attribute(cheetah, name)
        with torch.no_grad():
            ends = [float(found.query.score(x)) for x in (cheetah.x, cheetah.background)]
        assert float(found.heat.sum()) == pytest.approx(ends[0] - ends[1], rel=error)


def test_occlusion_finds_the_only_place_that_matters():
    network: Any = stages(flatten=nn.Flatten(), output=nn.Linear(36, 2, bias=False)).eval()
    nn.init.zeros_(network.output.weight)
    with torch.no_grad():
        network.output.weight[1, 2 * 6 + 4] = 1.0  # row 2, column 4
    x = torch.ones(1, 1, 6, 6)
    heat = METHODS["occlusion"].compute(Query(Score(network, 1), x, None, torch.zeros_like(x)))
    inside = (heat > 0).nonzero().tolist()
    assert [2, 4] in inside
    assert all(abs(row - 2) <= 1 and abs(column - 4) <= 1 for row, column in inside)


@pytest.fixture(scope="module")
def subject(trained) -> Subject:
    picture = read_picture(next(iter(page.examples("digits").values())))
    return subject_of(trained["digit_resnet-mnist"], picture)


def test_a_class_can_be_held_against_another(subject):
    alone = attribute(subject, "integrated_gradients")
    assert alone.target == subject.label
    other = next(name for name in subject.classes if name != subject.label)
    both = attribute(subject, "integrated_gradients", against=other)
    theirs = attribute(subject, "integrated_gradients", target=other)
    assert torch.allclose(both.heat, alone.heat - theirs.heat, atol=1e-5)
    with pytest.raises(ValueError, match="cannot be compared with itself"):
        attribute(subject, "saliency", target=other, against=other)


def test_what_cannot_be_explained_is_named(subject, trained):
    with pytest.raises(ValueError, match="method 'magic' is none of grad_cam, saliency"):
        attribute(subject, "magic")
    with pytest.raises(ValueError, match="stage 'output' has no maps; those with maps: stem,"):
        attribute(subject, "grad_cam", stage="output")
    with pytest.raises(ValueError, match="class 'cat' is none of 0, 1"):
        attribute(subject, "saliency", target="cat")
    with pytest.raises(ValueError, match="there is nothing on this picture"):
        subject_of(trained["digit_resnet-mnist"], Picture(torch.zeros(40, 40, 3).byte().numpy()))
    with pytest.raises(ValueError, match=r"the input is \(1, 5, 5\)"):
        subject_from_pixels(trained["digit_resnet-mnist"], torch.zeros(1, 5, 5).numpy())
    plain = subject_from_pixels(trained["simple_ann-mnist"], subject.pixels.numpy())
    with pytest.raises(ValueError, match="has no maps, as it has no convolutions"):
        attribute(plain, "grad_cam")


def broken(trained: dict[str, Trained], change) -> Subject:
    """A subject whose network was tampered with."""
    model = trained["cnn-mnist"]
    network = copy.deepcopy(model.network)
    change(network)
    card = model.card
    return subject_from_pixels(Trained(card, network), torch.rand(card.shape).numpy())


def dead(network) -> None:
    nn.init.constant_(network.conv2[0].bias, -1e3)


def not_a_number(network) -> None:
    nn.init.constant_(network.output.weight, float("nan"))


def only_against(network) -> None:
    nn.init.constant_(network.output.weight, -0.01)


def nothing_moves(network) -> None:
    nn.init.zeros_(network.output.weight)


@pytest.mark.parametrize(
    ("change", "method", "reason"),
    [
        (dead, "grad_cam", "dead"),
        (not_a_number, "grad_cam", "nan"),
        (not_a_number, "saliency", "nan"),
        (only_against, "grad_cam", "relu"),
        (nothing_moves, "saliency", "flat"),
        (nothing_moves, "occlusion", "flat"),
    ],
)
def test_an_empty_map_says_why(change, method, reason, trained):
    found = attribute(broken(trained, change), method, target="3")
    assert found.empty == reason
    assert reason in REASONS
    assert bool(found.heat.isfinite().all())
    if reason == "relu":  # and there is a remedy
        remedied = against_the_class(found)
        assert remedied.empty is None
        assert remedied.heat.max() > 0


def test_a_map_of_one_place_says_so():
    network = stages(
        conv1=nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()),
        conv2=nn.Sequential(nn.Conv2d(4, 8, 26), nn.ReLU()),
        flatten=nn.Flatten(),
        output=nn.Linear(8, 10),
    ).eval()
    card = next(iter(page_cards()))
    found = attribute(
        subject_from_pixels(Trained(card, network), torch.rand(1, 28, 28).numpy()),
        "grad_cam",
        stage="conv2",
    )
    assert found.empty == "one_place"


def page_cards():
    from convdemo.inference.library import list_models, model_dirs

    return (entry.card for entry in list_models(model_dirs()) if entry.card.name == "cnn-mnist")
