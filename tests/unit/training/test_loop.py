"""Training: it learns, repeats itself exactly, stops early and keeps the best weights."""

import dataclasses
import math
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save

from convdemo.augmentation.batch import erase, flip, stroke_weight, tone, warp
from convdemo.augmentation.handwriting import (
    SQUARED,
    STRETCHED,
    augment_digits,
    coarse,
    habits,
    reframe,
    square_stretch,
    stretched,
)
from convdemo.data.dataset import ImageSet
from convdemo.data.registry import DATASETS
from convdemo.networks.registry import MODELS
from convdemo.training import loop
from convdemo.training.checkpoint import restore_checkpoint, save_checkpoint
from convdemo.training.config import OPTIMIZERS, SCHEDULES, USUAL_RATES, TrainConfig
from convdemo.training.evaluation import evaluate
from convdemo.training.faults import FAULTS
from convdemo.training.loop import DivergedError, Record, Training

NORMAL = {"mean": (0.1307,), "std": (0.3081,), "classes": 10}
FIXED = {"precision": "float32", "channels_last": False, "device": "cpu"}


@pytest.fixture(scope="module")
def small(small_data_dir):
    spec = DATASETS["mnist"]
    return {split: spec.load(small_data_dir, split).take(400) for split in ("train", "validation")}


def accuracy(record: Record) -> float:
    """The validation accuracy of the record of an epoch's end."""
    assert record.val_accuracy is not None
    return record.val_accuracy


def loss(record: Record) -> float:
    """The validation loss of the record of an epoch's end."""
    assert record.val_loss is not None
    return record.val_loss


def run(small, config, model):
    torch.manual_seed(config.seed)
    network = MODELS[model].build((1, 28, 28), 10)
    training = Training(network, small["train"], small["validation"], config, **NORMAL)
    return network, list(training.records())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns(small, optimizer):
    rate = USUAL_RATES[optimizer]
    config = TrainConfig(epochs=3, batch=20, lr=rate, optimizer=optimizer, **FIXED)
    _, records = run(small, config, "simple_ann")
    assert accuracy(records[-1]) > 0.95


def half_cosine(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2


def cycle(first: float, last: float, bend: Callable[[float], float]) -> list[float]:
    """Rates of twenty steps that rise to 1 at the fourth one, and fall from there."""
    rising = [first + (1 - first) * bend(step / 3) for step in range(3)]
    return rising + [1 + (last - 1) * bend(step / 16) for step in range(17)]


# The learning rate of each of twenty steps, as a share of the highest.
RATES = {
    "onecycle": cycle(1 / 25, 1 / 25 / 1e4, half_cosine),
    "linear": cycle(1 / 5, 1 / 5 / 100, float),
    "cosine": [1 - half_cosine(step / 20) for step in range(20)],
    "constant": [1.0] * 20,
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_step_has_the_rate_of_its_schedule(small, schedule):
    config = TrainConfig(epochs=2, batch=40, lr=0.01, schedule=schedule, **FIXED)
    _, records = run(small, config, "simple_ann")
    rates = {record.step: record.lr / 0.01 for record in records}  # of the step that follows
    assert list(rates) == list(range(21))
    assert [rates[step] for step in range(20)] == pytest.approx(RATES[schedule])
    assert rates[20] == rates[19]  # no step follows


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("batch", "steps"), [(400, 1), (200, 2), (40, 10), (30, 14)])
def test_the_shortest_runs_have_a_schedule_too(small, schedule, batch, steps):
    """With less than three steps to warm up in, a rate falls from the start."""
    config = TrainConfig(epochs=1, batch=batch, schedule=schedule, **FIXED)
    _, records = run(small, config, "simple_ann")
    rates = {record.step: record.lr / config.lr for record in records}
    assert list(rates) == list(range(steps + 1))
    warms_up = steps == 14 and schedule in ("onecycle", "linear")
    fallen = [1 - half_cosine(step / steps) for step in range(steps)]
    known = [1.0] * steps if schedule == "constant" else fallen
    if warms_up:  # its highest rate would lie between two steps
        known = [RATES[schedule][0]]
        assert 0.95 < max(rates.values()) <= 1
    assert [rates[step] for step in range(len(known))] == pytest.approx(known)


def test_same_seed_gives_the_same_weights(small):
    config = TrainConfig(epochs=1, batch=50, augment="digits", ema=0.9, seed=3, **FIXED)
    first, again = (run(small, config, "fashion_dnn")[0].state_dict() for _ in range(2))
    other = run(small, dataclasses.replace(config, seed=4), "fashion_dnn")[0].state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["output.weight"], other["output.weight"])


def test_records_tell_where_the_run_stands(small):
    config = TrainConfig(epochs=2, batch=4, patience=5, **FIXED)
    _, records = run(small, config, "simple_ann")
    # Every tenth step of 200, so that there are twenty, and the end of each epoch once more.
    first_epoch = [*range(0, 101, 10), 100]
    assert [record.step for record in records] == [*first_epoch, *range(110, 201, 10), 200]
    ends = [record for record in records if record.val_loss is not None]
    assert [(record.step, record.epoch) for record in ends] == [(0, 0), (100, 1), (200, 2)]
    assert records[-1].steps == 200
    assert ends[1].patience_left == 5
    first, last = records[1].loss, records[-1].loss
    assert first is not None
    assert last is not None
    assert first > last
    assert all(math.isfinite(record.samples_per_second) for record in records)


def test_before_training_a_network_guesses(small):
    _, records = run(small, TrainConfig(epochs=1, batch=40, **FIXED), "simple_ann")
    before = records[0]
    assert before.loss is None
    assert accuracy(before) < 0.4 < accuracy(records[-1])
    assert loss(before) == pytest.approx(math.log(10), abs=0.3)


@pytest.mark.parametrize("model", ["cnn2", "fashion_resnet"])
@pytest.mark.parametrize("changes", [{"schedule": "onecycle", "ema": 0.9}, {"optimizer": "sgd"}])
def test_a_run_that_goes_on_ends_with_the_same_weights(small, tmp_path, model, changes):
    config = TrainConfig(epochs=3, batch=50, augment="digits", patience=3, **changes, **FIXED)
    few = {"training": small["train"].take(100), "validation": small["validation"].take(50)}

    def begun() -> Training:
        torch.manual_seed(config.seed)
        return Training(MODELS[model].build((1, 28, 28), 10), config=config, **few, **NORMAL)

    unbroken = begun()
    expected = [record.loss for record in unbroken.records() if record.epoch in (0, 3)]
    broken = begun()
    for record in broken.records():
        if record.epoch == 2 and record.val_loss is not None:
            save_checkpoint(tmp_path / "at2", broken)
            break
    torch.manual_seed(99)  # as another process would stand
    again = begun()
    restore_checkpoint(tmp_path / "at2", again)
    assert [record.loss for record in again.records()] == expected[1:]
    for name, value in unbroken.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], value), name


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_whose_rate_is_a_tensor_goes_on_too(small, tmp_path, schedule):
    """On a GPU the step reads the rate from a tensor, which must stay the same one."""
    config = TrainConfig(epochs=2, batch=50, schedule=schedule, optimizer="adamw", **FIXED)
    few = {"training": small["train"].take(100), "validation": small["validation"].take(50)}

    def begun() -> Training:
        torch.manual_seed(config.seed)
        network = MODELS["simple_ann"].build((1, 28, 28), 10)
        made = Training(network, config=config, **few, **NORMAL)
        for group in made.optimizer.param_groups:
            group["lr"] = torch.tensor(group["lr"], dtype=torch.float64)
        return made

    unbroken = begun()
    for record in unbroken.records():
        if record.epoch == 1 and record.val_loss is not None:
            save_checkpoint(tmp_path / "at1", unbroken)
    again = begun()
    places = [id(group["lr"]) for group in again.optimizer.param_groups]
    restore_checkpoint(tmp_path / "at1", again)
    for _ in again.records():
        pass
    assert [id(group["lr"]) for group in again.optimizer.param_groups] == places
    for name, value in unbroken.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], value), name


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_learning_rate_can_be_changed_on_the_way(small, schedule):
    config = TrainConfig(epochs=4, batch=50, lr=0.01, schedule=schedule, **FIXED)
    few = {"training": small["train"].take(100), "validation": small["validation"].take(50)}

    def rates(factor: float) -> list[float]:
        run_ = Training(MODELS["simple_ann"].build((1, 28, 28), 10), config=config, **few, **NORMAL)
        found = []
        for record in run_.records():
            if record.val_loss is None:
                continue
            found.append(record.lr)
            if record.epoch == 2:
                run_.wanted_lr_factor = factor
        return found

    usual, slower = rates(1.0), rates(0.1)
    assert slower[:3] == usual[:3]
    assert slower[3:] == pytest.approx([0.1 * rate for rate in usual[3:]])


@pytest.mark.parametrize("name", FAULTS)
def test_every_mistake_can_be_trained_with(small, name):
    config = TrainConfig(epochs=2, batch=20, lr=2e-3, fault=name, **FIXED)
    network = MODELS["cnn2"].build((1, 28, 28), 10)
    few = {"training": small["train"].take(200), "validation": small["validation"].take(100)}
    records = list(Training(network, config=config, **few, **NORMAL).records())
    assert [r.epoch for r in records if r.val_loss is not None] == [0, 1, 2]


def test_mistakes_cost_what_they_should(small):
    def last(name: str, **changes) -> Record:
        values = {"epochs": 3, "batch": 20, "lr": 0.05, "optimizer": "sgd", **changes}
        config = TrainConfig(fault=name, **values, **FIXED)
        return run(small, config, "simple_ann")[1][-1]

    assert accuracy(last("none")) > 0.95
    assert accuracy(last("shuffled_labels")) < 0.4
    assert accuracy(last("sorted_batches")) < 0.6
    # Where a second softmax stands no loss can come near zero: one class has e, nine have 1.
    assert loss(last("softmax_twice", lr=0.5)) > math.log(1 + 9 / math.e) - 1e-3
    assert last("lr_x100", lr=1e-4).lr == pytest.approx(0.01)


def test_dropout_that_stays_on_makes_an_answer_a_matter_of_chance(small):
    torch.manual_seed(0)
    network = MODELS["fashion_dnn"].build((1, 28, 28), 10)
    validation = small["validation"]
    losses = [
        [evaluate(network, validation, **NORMAL, fault=FAULTS[name]).loss for _ in range(2)]
        for name in ("none", "dropout_when_judged")
    ]
    assert losses[0][0] == losses[0][1]
    assert losses[1][0] != losses[1][1]


@pytest.mark.parametrize(
    "damaged", [b"12345678{", save({}), save({}, {"run": "{half"}), save({}, {"run": "[]"})]
)
def test_a_broken_checkpoint_is_named(damaged, small, tmp_path):
    run_ = Training(
        MODELS["cnn"].build((1, 28, 28), 10),
        small["train"],
        small["validation"],
        TrainConfig(**FIXED),
        **NORMAL,
    )
    (tmp_path / "half").write_bytes(damaged)
    with pytest.raises(ValueError, match="half is no checkpoint"):
        restore_checkpoint(tmp_path / "half", run_)


def test_early_stopping_restores_the_best_weights(small):
    """At a far too high rate the loss gets worse at once: the run ends and keeps its best epoch."""
    config = TrainConfig(epochs=30, batch=20, lr=0.2, optimizer="sgd", patience=2, **FIXED)
    network, records = run(small, config, "simple_ann")
    ends = [record for record in records if record.val_loss is not None]
    best = min(ends[1:], key=loss)
    assert best.best
    assert len(ends) == 1 + best.epoch + 2 < 31
    assert [record.patience_left for record in ends[-3:]] == [2, 1, 0]
    kept = evaluate(network, small["validation"], **NORMAL)
    assert kept.loss == pytest.approx(best.val_loss, rel=1e-5)


def test_closing_the_run_keeps_the_best_weights(small):
    config = TrainConfig(epochs=5, batch=50, **FIXED)
    torch.manual_seed(0)
    network = MODELS["simple_ann"].build((1, 28, 28), 10)
    training = Training(network, small["train"], small["validation"], config, **NORMAL)
    records = training.records()
    first = next(record for record in records if record.epoch == 1 and record.val_loss is not None)
    del records  # which closes it
    assert not network.training
    assert evaluate(network, small["validation"], **NORMAL).loss == pytest.approx(first.val_loss)


def test_averaged_weights_forget_the_random_start(small):
    config = TrainConfig(epochs=2, batch=20, lr=2e-3, ema=0.999, **FIXED)
    _, records = run(small, config, "simple_ann")
    assert accuracy(records[-1]) > 0.9


def test_a_pause_is_off_the_clock(small, monkeypatch):
    """On a clock on which a step takes a second, and a pause a thousand."""
    now, learn = SimpleNamespace(seconds=0), Training._learn
    monkeypatch.setattr(loop.time, "perf_counter", lambda: now.seconds)

    def learn_for_a_second(self: Training, *batch: torch.Tensor) -> None:
        now.seconds += 1
        learn(self, *batch)

    def told(pauses: int) -> list[tuple[float, float]]:
        def wait() -> None:
            nonlocal pauses
            pauses, now.seconds = pauses - 1, now.seconds + 1000

        network = MODELS["simple_ann"].build((1, 28, 28), 10)
        config = TrainConfig(epochs=2, batch=100, **FIXED)
        run_ = Training(network, small["train"], small["validation"], config, **NORMAL)
        monkeypatch.setattr(run_, "going", SimpleNamespace(is_set=lambda: not pauses, wait=wait))
        return [(one.seconds, one.samples_per_second) for one in run_.records()]

    monkeypatch.setattr(Training, "_learn", learn_for_a_second)
    unbroken = told(pauses=0)
    assert unbroken[-1] == (8, 100)
    assert told(pauses=3) == unbroken


def test_a_diverging_run_says_so(small):
    config = TrainConfig(epochs=3, batch=20, lr=1e30, optimizer="sgd", **FIXED)
    with pytest.raises(DivergedError, match="lr 1e\\+30 is too high"):
        run(small, config, "simple_ann")


def test_bfloat16_learns_too(small):
    config = TrainConfig(epochs=2, batch=40, lr=2e-3, **{**FIXED, "precision": "bfloat16"})
    _, records = run(small, config, "simple_ann")
    assert accuracy(records[-1]) > 0.9


def test_emptied_pictures_teach_that_nothing_is_no_class(small):
    sure = {}
    for empty in (0.0, 0.3):
        config = TrainConfig(epochs=4, batch=20, lr=2e-3, empty=empty, **FIXED)
        network, records = run(small, config, "simple_ann")
        assert accuracy(records[-1]) > 0.95
        # Emptied pictures have no right answer, so that they are none of the wrong ones.
        assert records[-1].accuracy is not None
        assert records[-1].accuracy > 0.95
        with torch.no_grad():
            nothing = torch.full((1, 1, 28, 28), -0.1307 / 0.3081)
            sure[empty] = network(nothing).softmax(dim=1).max().item()
    assert sure[0.3] < 0.11 < 0.13 < sure[0.0]  # of ten classes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"optimizer": "lion"}, "optimizer 'lion' is none of adam, adamw, sgd, rmsprop"),
        ({"epochs": 0}, "epochs is 0, at least 1 is needed"),
        ({"lr": float("nan")}, "lr is nan, a number above 0 is needed"),
        ({"augment": "cats"}, "augment 'cats' is none of"),
        ({"empty": 1.0}, "empty is 1.0, a share from 0 to below 1 is needed"),
    ],
)
def test_wrong_settings_are_named(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        TrainConfig(**changes)


def test_evaluation_counts_what_it_sees():
    class Reader(torch.nn.Module):
        """Reads the class off the first pixel."""

        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.tensor(10.0))

        def forward(self, x):
            return self.scale * torch.nn.functional.one_hot(x[:, 0, 0, 0].long(), 3).float()

    images = torch.zeros(4, 1, 2, 2, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.tensor([0, 1, 2, 2])
    labels = torch.tensor([0, 1, 1, 2])
    # mean 0 and std 1/255 leave the byte's value.
    result = evaluate(Reader(), ImageSet(images, labels), mean=(0.0,), std=(1 / 255,), classes=3)
    assert result.accuracy == 0.75
    assert result.n == 4
    assert result.confusion == ((1, 0, 0), (0, 1, 1), (0, 0, 1))
    right, wrong = math.log(1 + 2 * math.exp(-10)), 10 + math.log(1 + 2 * math.exp(-10))
    assert result.loss == pytest.approx((3 * right + wrong) / 4, rel=1e-4)


def square(side: int = 28, half: int = 4) -> torch.Tensor:
    image = torch.zeros(1, 1, side, side)
    image[..., side // 2 - half : side // 2 + half, side // 2 - half : side // 2 + half] = 1
    return image


def test_warp_without_ranges_changes_nothing():
    x = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    same = warp(x, torch.Generator(), degrees=0, shear=0, scale=(1, 1), shift=0)
    assert torch.allclose(same, x, atol=1e-5)


def test_warp_scales_by_its_factor():
    x = square()
    grown = warp(x, torch.Generator(), degrees=0, shear=0, scale=(1.5, 1.5), shift=0)
    assert grown.sum().item() == pytest.approx(x.sum().item() * 1.5**2, rel=0.02)


def test_every_picture_of_a_batch_draws_its_own_values():
    x = square().repeat(8, 1, 1, 1)
    generator = torch.Generator().manual_seed(0)
    moved = warp(x, generator, degrees=20, shear=0.1, scale=(0.8, 1.2), shift=3, elastic=0.5)
    assert len({round(float(picture.square().sum()), 3) for picture in moved}) == 8


def test_stroke_weight_grows_and_shrinks_by_a_pixel():
    x = square()  # 8 x 8
    grown = stroke_weight(x, torch.Generator(), thinnest=1, thickest=1)
    shrunk = stroke_weight(x, torch.Generator(), thinnest=-1, thickest=-1)
    assert grown.sum() == 100
    assert shrunk.sum() == 36


def test_tone_and_noise_leave_the_ground_black():
    dimmed = tone(square(), torch.Generator().manual_seed(0), gamma=0.5, noise=0.2)
    assert dimmed[square() == 0].abs().max() == 0
    assert dimmed.min() >= 0
    assert dimmed.max() <= 1


def test_flip_mirrors_about_half():
    x = torch.zeros(200, 1, 2, 2)
    x[..., 0] = 1
    flipped = flip(x, torch.Generator().manual_seed(0))
    mirrored = (flipped[:, 0, 0, 1] == 1).sum().item()
    assert 70 < mirrored < 130


def test_erasing_covers_what_it_says():
    x = torch.full((400, 1, 28, 28), 2.0)
    erased = erase(x, torch.Generator().manual_seed(0), probability=0.5, most=0.2)
    shares = (erased != 2).float().mean(dim=(1, 2, 3))
    assert 0.4 < (shares > 0).float().mean() < 0.6
    assert shares.max() <= 0.25


def test_reframing_fits_twenty_pixels_and_centres_the_mass():
    image = torch.zeros(1, 1, 28, 28)
    image[..., 2:12, 3:7] = 1  # 10 high, 4 wide, off the centre
    framed = reframe(image)[0, 0]
    rows = (framed > 0.5).any(dim=1).nonzero()[:, 0]
    columns = (framed > 0.5).any(dim=0).nonzero()[:, 0]
    assert len(rows) == 20
    assert len(columns) == 8
    weight = framed.sum()
    middle = (framed.sum(dim=1) * torch.arange(28.0)).sum() / weight
    assert middle.item() == pytest.approx(13.5, abs=0.1)


def test_lost_proportions_fill_the_square():
    """A box of 20x10 becomes 20x20 at the most, one of 20x4 only twice as wide."""
    for width, wide in ((10, 20), (4, 8)):
        stroke = torch.zeros(1, 1, 28, 28)
        stroke[..., 4:24, 14 - width // 2 : 14 + width // 2] = 1
        amounts = (square_stretch(stroke, torch.tensor([amount])) for amount in (0.0, 1.0))
        kept, whole = (reframe(stroke, amount) for amount in amounts)
        assert int((kept[0, 0] > 0.5).any(dim=0).sum()) == width
        assert int((whole[0, 0] > 0.5).any(dim=0).sum()) == wide
        assert int((whole[0, 0] > 0.5).any(dim=1).sum()) == 20


@pytest.mark.parametrize(("factor", "wide", "high"), [(0.6, 6, 20), (1.7, 17, 20), (3.0, 20, 13)])
def test_a_digit_is_stretched_within_its_box(factor: float, wide: int, high: int):
    stroke = torch.zeros(1, 1, 28, 28)
    stroke[..., 4:24, 9:19] = 1
    changed = reframe(stroke, torch.tensor([factor]))[0, 0] > 0.5
    assert int(changed.any(dim=0).sum()) == pytest.approx(wide, abs=1)
    assert int(changed.any(dim=1).sum()) == pytest.approx(high, abs=1)


def test_some_digits_lose_their_proportions():
    stroke = torch.zeros(400, 1, 28, 28)
    stroke[..., 4:24, 9:19] = 1
    widths = (stretched(stroke, torch.Generator().manual_seed(0))[:, 0] > 0.5).any(dim=1).sum(dim=1)
    # A factor near 1 leaves the width in pixels as it is.
    assert (widths != 10).double().mean() == pytest.approx(SQUARED + STRETCHED - 0.02, abs=0.05)
    assert widths.min() == 6
    assert widths.max() >= 17
    blank = torch.zeros(50, 1, 28, 28)
    assert torch.equal(stretched(blank, torch.Generator().manual_seed(0)), blank)


def test_a_coarse_digit_has_no_more_detail_than_its_picture():
    """A checkerboard of single pixels is lost in each of them, a large square stays."""
    fine = ((torch.arange(28)[:, None] + torch.arange(28)) % 2).float().expand(400, 1, 28, 28)
    small = coarse(fine, torch.Generator().manual_seed(0))
    changed = (small != fine).flatten(1).any(dim=1)
    assert changed.double().mean() == pytest.approx(0.25, abs=0.06)
    steps = (small[changed][..., 1:] - small[changed][..., :-1]).abs().flatten(1).mean(dim=1)
    assert steps.max() < 0.6
    square = torch.zeros(400, 1, 28, 28)
    square[..., 7:21, 7:21] = 1
    areas = coarse(square, torch.Generator().manual_seed(0)).sum(dim=(1, 2, 3))
    assert areas.min() > 0.7 * 14**2
    assert areas.max() < 1.5 * 14**2


def test_half_of_the_digits_keep_their_pen():
    """Those that are only moved stay as bright and as thick as they were, whatever the batch."""
    stroke = torch.zeros(64, 1, 28, 28)
    stroke[..., 6:22, 12:16] = 1
    augmented = augment_digits(stroke, torch.full((64,), 4), torch.Generator().manual_seed(0))
    mass = augmented.sum(dim=(1, 2, 3)) / stroke[0].sum()
    assert mass[:32].std() > 2 * mass[32:].std()
    assert augmented[32:].amax(dim=(1, 2, 3)).min() > 0.95
    for count in (1, 2, 3):
        labels = torch.zeros(count, dtype=torch.int64)
        some = augment_digits(stroke[:count], labels, torch.Generator().manual_seed(0))
        assert some.shape == (count, 1, 28, 28)
        assert some.amax(dim=(1, 2, 3)).min() > 0.5


def test_only_the_digits_that_have_habits_are_changed():
    stroke = torch.zeros(300, 1, 28, 28)
    stroke[..., 4:24, 13:15] = 1
    for digit, changed_share in ((1, 0.625), (7, 0.35), (0, 0.08), (4, 0.0)):
        labels = torch.full((300,), digit)
        written = habits(stroke, labels, torch.Generator().manual_seed(digit))
        changed = (written != stroke).flatten(1).any(dim=1).float().mean().item()
        assert changed == pytest.approx(changed_share, abs=0.08), digit
        assert torch.isfinite(written).all()


def test_an_empty_picture_stays_finite():
    blank = torch.zeros(20, 1, 28, 28)
    labels = torch.arange(20) % 10
    drawn = augment_digits(blank, labels, torch.Generator().manual_seed(0))
    assert torch.isfinite(drawn).all()
