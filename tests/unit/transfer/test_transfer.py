"""A head on frozen features, fine-tuning, from scratch: what changes and what does not."""

import copy
import dataclasses
import itertools
import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from support.elsewhere import DEVICE, Elsewhere, second_device
from support.small_data import picture
from torch import nn
from torch.nn import functional

from convdemo.cli.main import main
from convdemo.data.image_folders.photo_set import PhotoSet, Source, gather, split
from convdemo.images.decode import read_picture
from convdemo.images.render import encode_png
from convdemo.inference.inputs import OWN, SCRATCH
from convdemo.inference.library import load, save
from convdemo.inference.predict import predict_picture
from convdemo.networks.course import TwoSided
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import count_parameters
from convdemo.networks.written import line_table
from convdemo.training.loop import Record
from convdemo.transfer import bases, estimate
from convdemo.transfer import run as transfer_way
from convdemo.transfer.advice import advise
from convdemo.transfer.bases import BASES, DEFAULT, load_base
from convdemo.transfer.features import (
    Features,
    StoppedError,
    Traps,
    as_read,
    compute_features,
    read,
    varied,
)
from convdemo.transfer.finetune import parts, trainable
from convdemo.transfer.head import train_head
from convdemo.transfer.plan import MODES, Outcome, Plan, command_of
from convdemo.transfer.run import card_of, transfer

SHIPPED = BASES[DEFAULT]
# The base as it ships, but for smaller photos: the side is a setting, which the card keeps.
QUICK = dataclasses.replace(SHIPPED, photos=dataclasses.replace(SHIPPED.photos, side=96))
SPEC = QUICK.photos


def striped(label: str, seed: int) -> bytes:
    """A photo of stripes, upright or lying: only their direction tells."""
    generator = np.random.default_rng(seed)
    width, start = generator.integers(5, 12), generator.integers(0, 20)
    line = (((np.arange(96) + start) // width) % 2) * 120 + 60
    image = np.broadcast_to(line, (96, 96))
    image = image if label == "upright" else image.T
    noisy = image[..., None] + generator.integers(-40, 40, (96, 96, 3))
    return encode_png(noisy.clip(0, 255).astype(np.uint8))


def source(label: str, name: str, data: bytes) -> Source:
    return Source(label, name, lambda: data)


@pytest.fixture(scope="module")
def photos() -> PhotoSet:
    return gather(
        source(label, f"{label}/{seed}.png", striped(label, 1000 * place + seed))
        for place, label in enumerate(("lying", "upright"))
        for seed in range(16)
    )


@pytest.fixture(autouse=True)
def _smaller_photos(monkeypatch):
    monkeypatch.setitem(BASES, DEFAULT, QUICK)


@pytest.fixture(scope="module")
def base() -> nn.Sequential:
    return load_base(DEFAULT)


def run(
    photos: PhotoSet, plan: Plan, base: nn.Sequential | None = None, **more: Any
) -> tuple[Outcome, list[Any]]:
    """The outcome, and what came before it."""
    found: list[Any] = list(transfer(photos, plan, base=base, **more))
    assert isinstance(found[-1], Outcome)
    return found[-1], found[:-1]


def same(one: nn.Module, other: nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize(
    ("name", "parameters"), [("cats_dogs", 3_453_121), ("cats_dogs_5", 991_041)]
)
def test_the_courses_networks_have_its_parameters(name, parameters):
    spec = SCRATCH[name]
    network = MODELS[name].build((3, spec.side, spec.side), 2)
    assert count_parameters(network) == spec.parameters == parameters
    assert MODELS[name].shape == (3, spec.side, spec.side)
    assert MODELS[name].cam_stage == spec.cam_stage
    x = torch.rand(2, 3, spec.side, spec.side)
    assert network.eval()(x).shape == (2, 2)
    assert MODELS[name].build((3, spec.side, spec.side), 5).eval()(x).shape == (2, 5)


def test_two_sides_of_a_score_are_its_sigmoid():
    score = torch.tensor([[-3.0], [0.0], [0.7], [12.0]])
    labels = torch.tensor([0, 1, 1, 0])
    logits = TwoSided()(score)
    assert torch.allclose(logits.softmax(dim=1)[:, 1], score.sigmoid()[:, 0])
    binary = functional.binary_cross_entropy_with_logits(score[:, 0], labels.float())
    assert torch.allclose(functional.cross_entropy(logits, labels), binary)


@pytest.mark.parametrize("name", [DEFAULT, OWN])
def test_the_specs_of_the_bases_are_true(name):
    network, spec = load_base(name), BASES[name].photos
    assert count_parameters(network) == spec.parameters


def test_what_can_be_checked_of_our_base_is_true():
    card = bases.shipped_dir() / bases.FILE
    assert load(card).card.test_accuracy == pytest.approx(BASES[OWN].accuracy, abs=0.005)


def test_the_first_two_views_are_the_photo_and_its_mirror_image(photos, base):
    places = split(photos)
    found = compute_features(base, SPEC, photos, places, copies=3)
    count = len(places[0])
    pixels = [photos.photos[place].pixels for place in places[0]]
    x = as_read(SPEC, pixels)
    with torch.no_grad():
        plain = base[:-1](
            (x - torch.tensor(SPEC.mean).view(3, 1, 1)) / torch.tensor(SPEC.std).view(3, 1, 1)
        )
    assert torch.allclose(found.training[:count], plain, atol=1e-5)
    mirrored = read(base[:-1], SPEC, x.flip(3))
    assert torch.allclose(found.training[count : 2 * count], mirrored, atol=1e-5)
    assert not torch.allclose(found.training[2 * count :], plain, atol=1e-2)
    assert found.training_labels.tolist() == 3 * [photos.photos[p].label for p in places[0]]
    assert found.validation_labels.tolist() == [photos.photos[p].label for p in places[1]]
    assert not base.training


def test_views_to_train_with_are_parts_of_the_photo():
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (150, 200, 3)).copy()
    views = varied(SPEC, [ramp] * 40, torch.Generator().manual_seed(0)) * 255
    assert views.shape == (40, 3, SPEC.side, SPEC.side)
    first, last = views[:, 0, 32, 2], views[:, 0, 32, -3]
    mirrored = first > last
    assert 8 < mirrored.sum() < 32
    widths = (last - first).abs() / 59 * 64  # of the ramp, in pixels of the photo
    assert (widths > 200 * 0.5 * 0.75 * 0.9).all()
    assert (widths < 203).all()
    assert widths.std() > 5


def test_the_head_ends_where_its_loss_is_flat_and_reads_raw_features():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(60, 5, generator=generator) * torch.tensor([1.0, 10, 0.1, 3, 0]) + 4
    y = (x[:, 0] + 0.3 * x[:, 3] > 5.2).long()
    head = nn.Linear(5, 2)
    rounds = list(train_head(head, Features(x, y, x[:20], y[:20], 1)))
    logits = head(x).detach()
    assert rounds[-1].accuracy == float((logits.argmax(dim=1) == y).float().mean()) > 0.95
    assert rounds[-1].val_loss == pytest.approx(
        float(functional.cross_entropy(logits[:20], y[:20])), abs=1e-4
    )
    spread = x.std(dim=0).clamp(min=1e-6)
    z = ((x - x.mean(dim=0)) / torch.where(spread > 1e-6, spread, 1)).double()
    weight = (
        (head.weight * torch.where(spread > 1e-6, spread, 1)).detach().double().requires_grad_()
    )
    bias = (head.bias + head.weight @ x.mean(dim=0)).detach().double().requires_grad_()
    loss = functional.cross_entropy(z @ weight.T + bias, y) + 1e-2 * weight.square().sum()
    gradients = torch.autograd.grad(loss, (weight, bias))
    assert max(float(g.abs().max()) for g in gradients) < 3e-3


def test_a_head_learns_and_the_app_reads_the_same(photos, base, tmp_path):
    before = copy.deepcopy(base)
    outcome, found = run(photos, Plan(), base)
    assert same(base, before)
    assert outcome.accuracy >= 0.8
    assert isinstance(found[0], Features)
    records = found[1:]
    assert records[-1].val_accuracy == pytest.approx(outcome.accuracy)
    assert (outcome.trained, outcome.trained + outcome.frozen) == (
        2 * (1280 + 1),
        count_parameters(outcome.network),
    )
    card = card_of(outcome, "stripes", dataset="stripes", command="convdemo transfer FOLDER")
    save(tmp_path / "stripes.safetensors", card, outcome.network)
    trained = load(tmp_path / "stripes.safetensors")
    assert trained.card.test_accuracy is None
    for row, place in zip(outcome.answers.softmax(dim=1), outcome.places, strict=True):
        label, seed = photos.photos[place].name[:-4].split("/")
        data = striped(label, 1000 * ("lying", "upright").index(label) + int(seed))
        said = predict_picture(trained, read_picture(data))
        assert list(said.probabilities) == ["lying", "upright"]
        assert list(said.probabilities.values()) == pytest.approx(row.tolist(), abs=1e-4)


def test_features_are_computed_once(photos, base):
    first, found = run(photos, Plan(), base)
    again, kept = run(photos, Plan(), base, features=found[0])
    assert kept[0] is found[0]
    assert torch.equal(first.answers, again.answers)


def test_fine_tuning_moves_only_what_is_unfrozen(photos, base):
    before = copy.deepcopy(base)
    head, rounds = run(photos, Plan(), base)
    assert not any(record.best for record in rounds[1:])  # the last one is kept
    outcome, found = run(photos, Plan(mode="finetune", epochs=2, lr=3e-4), base)
    assert found[len(rounds) - 1].best  # where fine-tuning begins
    assert same(base, before)
    assert outcome.loss <= head.loss + 1e-5  # the best by validation, the head alone among them
    last = [record for record in found[1:] if record.val_loss is not None][-2:]
    assert [record.epoch - last[0].epoch for record in last] == [0, 1]
    frozen, trained = parts(outcome.network, "block6")
    below = [name for name, _ in frozen.named_children()]
    assert below == ["stem", *(f"block{place}" for place in range(1, 6))]
    assert same(frozen, before[: len(below)])
    assert outcome.trained == sum(weight.numel() for weight in trainable(trained))
    old, new = before.state_dict(), outcome.network.state_dict()
    shared = [name for name in old if not name.startswith("output")]
    moved = {name for name in shared if not torch.equal(old[name], new[name])}
    # All that is no batch normalisation, and nothing else, has moved: all convolutions, that is.
    assert moved == {
        name
        for name in shared
        if name.split(".")[0] in ("block6", "block7", "conv") and old[name].ndim == 4
    }
    assert moved
    assert outcome.loss < head.loss
    assert not same(outcome.network[-1], head.network[-1])


def test_all_stages_can_be_unfrozen_and_no_others(photos, base):
    plan = Plan(mode="finetune", epochs=2, unfreeze="stem", lr=3e-4)
    outcome, found = run(photos, plan, base)
    records = [one for one in found if isinstance(one, Record) and one.epoch > one.epochs - 2]
    assert any(record.best for record in records)  # or it would end with the head alone
    norms, others = [], []
    for (name, module), before in zip(
        outcome.network[:-1].named_modules(), base[:-1].modules(), strict=True
    ):
        own = dict(module.named_parameters(recurse=False))
        is_norm = isinstance(module, nn.BatchNorm2d)
        (norms if is_norm else others).extend(own.values())
        still = [torch.equal(one, before.get_parameter(key)) for key, one in own.items()]
        assert still == [is_norm] * len(own), name
    assert outcome.frozen == sum(weight.numel() for weight in norms) > 0
    assert outcome.trained == count_parameters(outcome.network) - outcome.frozen
    assert len(others) > 40
    with pytest.raises(ValueError, match="stage 'output' is none of stem, block1"):
        run(photos, Plan(mode="finetune", epochs=1, unfreeze="output"), base)


def drift(outcome: Outcome, base: nn.Module) -> float:
    """How far the statistics of the batch normalisation are from those of the base."""
    new, old = outcome.network.state_dict(), base.state_dict()
    names = [name for name in old if name.endswith("running_mean")]
    return max(float((new[name] - old[name]).abs().max()) for name in names)


def test_left_in_training_mode_batch_normalisation_drifts(photos, base):
    before = copy.deepcopy(base)
    for plan in (Plan(), Plan(mode="finetune", epochs=1)):
        right, found = run(photos, plan, base)
        wrong, other = run(photos, dataclasses.replace(plan, traps=Traps(batch_norm=True)), base)
        assert drift(right, base) == 0
        assert drift(wrong, base) > 0.01
        assert (found[0].training - other[0].training).abs().max() > 0.05
    assert same(base, before)


def test_a_forgotten_normalisation_changes_what_validates(photos, base):
    _, found = run(photos, Plan(), base)
    _, other = run(photos, Plan(traps=Traps(normalisation=True)), base)
    assert torch.equal(found[0].training, other[0].training)
    places = split(photos)[1]
    x = as_read(SPEC, [photos.photos[place].pixels for place in places])
    with torch.no_grad():
        assert torch.allclose(other[0].validation, base[:-1](255 * x), rtol=1e-4, atol=1e-3)


def test_from_scratch_is_trained_like_any_network(photos, monkeypatch):
    monkeypatch.setattr("convdemo.training.autotune._fastest", lambda *_: ("float32", True))
    plan = Plan(mode="scratch", epochs=1, augment=False, dropout=0.0)
    outcome, found = run(photos, plan)
    assert [record.epoch for record in found if record.val_loss is not None] == [0, 1]
    assert (outcome.trained, outcome.frozen) == (3_453_121, 0)
    assert outcome.accuracy == found[-1].val_accuracy
    again, _ = run(photos, plan)
    assert torch.equal(outcome.answers, again.answers)


@pytest.mark.parametrize("mode", MODES)
def test_every_way_computes_where_it_is_asked_to_and_says_so(
    mode: str, photos: PhotoSet, base: nn.Sequential, monkeypatch: pytest.MonkeyPatch
):
    """On a stand-in for a GPU that refuses what is not sent there; numbers are the processor's."""
    monkeypatch.setattr("convdemo.training.autotune._fastest", lambda *_: ("float32", True))
    few = dataclasses.replace(photos, photos=photos.photos[8:24])
    plan = Plan(mode=mode, epochs=1, augment=mode != "scratch")
    usual, _ = run(few, plan, None if mode == "scratch" else base)
    asked = []

    def choose(wanted: str) -> torch.device:
        asked.append(wanted)
        return DEVICE

    monkeypatch.setattr(transfer_way, "choose_device", choose)
    before = copy.deepcopy(base)
    with second_device() as devices:
        outcome, _ = run(few, plan, None if mode == "scratch" else base)
    assert set(asked) == {"auto"}
    assert devices.here == 0 < devices.there
    assert outcome.device == DEVICE
    assert same(base, before)
    assert not any(isinstance(one, Elsewhere) for one in outcome.network.state_dict().values())
    assert same(outcome.network, usual.network)
    assert torch.equal(outcome.answers, usual.answers)
    monkeypatch.setattr(transfer_way, "hardware", str)
    assert card_of(outcome, "a", dataset="a", command="").hardware == "cpu:0"
    assert card_of(usual, "a", dataset="a", command="").hardware == "cpu"


def test_every_setting_of_a_plan_comes_back_from_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    other = {
        "mode": "finetune",
        "backbone": "resnet50",
        "network": "cats_dogs_5",
        "copies": 3,
        "unfreeze": "block2",
        "epochs": 4,
        "lr": 2e-4,
        "augment": False,
        "dropout": 0.3,
        "seed": 5,
        "device": "cpu",
        "traps": Traps(batch_norm=True),
    }
    assert list(other) == [field.name for field in dataclasses.fields(Plan)]
    plans: list[Plan] = []
    monkeypatch.setattr(
        "convdemo.cli.transfer.read_and_tell", lambda *_, **__: PhotoSet((), (), (), "")
    )
    monkeypatch.setattr("convdemo.transfer.bases.load_base", lambda _: None)
    monkeypatch.setattr(transfer_way, "transfer", lambda _, plan, base: plans.append(plan) or ())
    for mode, unused in (("finetune", "network"), ("scratch", "backbone")):
        said = {**other, "mode": mode, "traps": Traps()}
        del said[unused]
        words = shlex.split(command_of(Plan(**said), str(tmp_path / "photos")))
        assert main([*words[1:], "--weights-dir", str(tmp_path / "shelf")]) == 0
        assert plans.pop() == Plan(**said)


def test_computing_features_can_be_stopped(photos, base):
    told = []
    with pytest.raises(StoppedError):
        run(photos, Plan(), base, progress=lambda done, of: told.append((done, of)) or done < 40)
    # Four at a time of the 26 to train with as they are, and of their mirror images.
    assert told == [(done, 58) for done in (*range(4, 26, 4), 26, 30, 34, 38, 42)]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"mode": "magic"}, "mode 'magic' is none of features, finetune, scratch"),
        ({"backbone": "alexnet"}, "backbone 'alexnet' is none of efficientnet_lite0, compact"),
        ({"network": "cnn"}, "network 'cnn' is none of cats_dogs"),
        ({"copies": 0}, "copies is 0; 1 to 10"),
        ({"epochs": 1000}, "epochs is 1000; 1 to 500"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, says):
    with pytest.raises(ValueError, match=says):
        Plan(**settings)


@pytest.mark.parametrize("name", ["../up", "A", "", "x" * 61, "a/b", "<b>"])
def test_a_name_that_is_no_files_is_refused(photos, base, name):
    outcome, _ = run(photos, Plan(), base)
    with pytest.raises(ValueError, match="does not fit"):
        card_of(outcome, name, dataset="a", command="")


def clusters(distance: float, burst: bool = False) -> tuple[PhotoSet, Features]:
    """Two classes of points that lie so far apart, under noise of one."""
    generator = torch.Generator().manual_seed(0)
    photos = gather(
        source(label, f"{label}{seed}", picture((90, 90, 90), 50 * place + seed))
        for place, label in enumerate("ab")
        for seed in range(40)
    )
    labels = torch.tensor([photo.label for photo in photos.photos])
    x = torch.randn(80, 30, generator=generator)
    x[:, 0] += distance * labels
    if burst:  # every photo twice, nearly the same
        x = x.repeat_interleave(2, dim=0)[:80] + 0.01 * torch.randn(80, 30, generator=generator)
        groups = torch.arange(80) // 2
        labels = torch.arange(80) // 2 % 2
        kept = [
            dataclasses.replace(photo, group=int(group), label=int(label))
            for photo, group, label in zip(photos.photos, groups, labels, strict=True)
        ]
        photos = dataclasses.replace(photos, photos=tuple(kept))
    return photos, Features(x, labels, x, labels, 1)


def test_the_adviser_measures_how_far_classes_are_apart():
    near, far = (advise(*clusters(d), tuple(range(80))) for d in (0.0, 12.0))
    assert (near.quadrant, far.quadrant) == ("small_different", "small_similar")
    assert near.separation < 0.25
    assert far.separation > 0.9
    assert far.photos_of_a_class == 40
    twins = advise(*clusters(0.0, burst=True), tuple(range(80)))
    assert twins.separation < 0.3  # its own twin next to it says nothing of a photo


def test_the_forecast_counts_what_is_to_be_read(monkeypatch):
    monkeypatch.setattr(estimate, "own_seconds", lambda: 0.01)
    seconds = estimate.forecast
    one = 0.01 * BASES[Plan().backbone].cost
    assert seconds(Plan(), 100, 20) == pytest.approx(0.5 + one * 220)
    assert seconds(Plan(copies=5), 100, 20) == pytest.approx(0.5 + one * 520)
    assert seconds(Plan(augment=False), 100, 20, cached=True) == pytest.approx(0.5)
    assert seconds(Plan(backbone="vgg16"), 100, 20) == pytest.approx(0.5 + 33 * 0.01 * 220)
    tuned = 0.5 + one * (220 + 2 * (300 + 20))
    assert seconds(Plan(mode="finetune", epochs=2), 100, 20) == pytest.approx(tuned)
    scratch = Plan(mode="scratch", epochs=10)
    assert seconds(scratch, 90, 30) == pytest.approx(0.01 * 2.8 * 10 * 100)
    assert estimate.own_seconds() == 0.01


def test_our_base_is_timed_once(monkeypatch):
    """The best of three rounds, on a clock of which each look takes longer."""
    looks = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: next(looks) ** 2)
    monkeypatch.setattr(estimate, "time", clock)
    estimate.own_seconds.cache_clear()
    assert estimate.own_seconds() == estimate.own_seconds() == (1 - 0) / estimate.PHOTOS
    assert next(looks) == 6
    estimate.own_seconds.cache_clear()  # measured anew by whoever needs it


def write(folder: Path) -> Path:
    for place, label in enumerate(("lying", "upright")):
        for seed in range(16):
            path = folder / label / f"{seed}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(striped(label, 1000 * place + seed))
    return folder


def test_an_epoch_costs_what_its_layers_cost(monkeypatch):
    monkeypatch.setattr(estimate, "own_seconds", lambda: 0.01)
    stages = line_table("conv 3 p1 8 - relu - gap - dense 10", (1, 28, 28), 10)
    cost = estimate.COST
    pixels = 28 * 28
    each = cost["multiply_add"] * (9 * 8 * pixels + 80) + cost["number"] * (16 * pixels + 8 + 10)
    step = cost["parameter"] * (80 + 90) + cost["layer"] * 4
    wanted = 0.01 * (1000 * each + 8 * step)  # seven full batches and a smaller one
    assert estimate.epoch_seconds(stages, 1000, 128) == pytest.approx(wanted)


def test_the_command_learns_and_the_model_reads(tmp_path, capsys):
    folder = write(tmp_path / "My Stripes!")
    shelf = tmp_path / "shelf"
    words = ["--weights-dir", str(shelf), "--json"]
    assert main(["transfer", str(folder), "--mode", "features", *words]) == 0
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert rows[-1]["name"] == "efficientnet_lite0-my-stripes"
    assert rows[-1]["val_accuracy"] == rows[-2]["val_accuracy"] >= 0.8
    assert rows[-1]["seconds"] > 0
    assert rows[0]["epoch"] == 1
    assert json.loads(told.err)[-1] == {
        "finding": "small",
        "count": 2,
        "names": ["lying", "upright"],
    }
    files = [str(folder / name) for name in ("lying/3.png", "upright/5.png")]
    assert main(["predict", "custom", *files, "--model", rows[-1]["name"], *words]) == 0
    said = [json.loads(line)["label"] for line in capsys.readouterr().out.splitlines()]
    assert said == ["lying", "upright"]
    assert main(["list", "--weights-dir", str(shelf)]) == 0
    listed = next(line for line in capsys.readouterr().out.splitlines() if "my-stripes" in line)
    assert listed.split()[3] == "-"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "There is no file or folder nowhere that can be opened"),
        (["FOLDER", "--mode", "magic"], "mode 'magic' is none of"),
        (["FOLDER", "--out", "../up"], "does not fit"),
        (["FOLDER", "--backbone", "alexnet"], "none of efficientnet_lite0, compact_resnet"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, words, says):
    folder = write(tmp_path / "stripes")
    given = [str(folder) if word == "FOLDER" else word for word in words]
    assert main(["transfer", *given, "--weights-dir", str(tmp_path / "shelf")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "up.safetensors").exists()


def test_cats_and_dogs_with_the_base_that_ships(test_data_dir, base, monkeypatch):
    """A slice of the course's experiment; the whole of it is in tests/benchmarks/transfer.py."""
    root = test_data_dir / "cats-dogs"
    if not root.is_dir():
        pytest.skip("CONVDEMO_TEST_DATA has no cats-dogs")
    photos = gather(
        Source(path.parent.name, path.name, path.read_bytes, part=part)
        for part, count in (("train", 50), ("validation", 40))
        for name in ("cats", "dogs")
        for path in sorted((root / part / name).glob("*.jpg"))[:count]
    )
    monkeypatch.setitem(BASES, DEFAULT, SHIPPED)
    outcome, _ = run(photos, Plan(), base)
    assert outcome.accuracy >= 0.9
