"""Does it help? The same seeds with and without; in a process that can be watched and stopped."""

import itertools
import statistics
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from support.contexts import make_context

from convdemo.augmentation.chain import PRESETS, as_json
from convdemo.data.dataset import ImageSet
from convdemo.training import ablation
from convdemo.training.ablation import (
    Progress,
    Result,
    augment_of,
    change_of,
    conditions,
    summary,
    trial,
)
from convdemo.ui import augment_trial
from convdemo.ui.augment_trial import Trials
from convdemo.ui.wire import Refused

ASKED = {"policy": "imagenet", "dataset": "mnist", "pictures": 100}


def test_a_change_is_made_to_each_picture_by_itself():
    images = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    same = images[:1].expand(6, -1, -1, -1)
    augment = augment_of(change_of(None, as_json(PRESETS["generator_mild"]), "nearest"))
    made = augment(same, torch.zeros(6), torch.Generator().manual_seed(1))
    again = augment(same, torch.zeros(6), torch.Generator().manual_seed(1))
    assert made.shape == same.shape
    assert torch.equal(made, again)
    assert len({picture.numpy().tobytes() for picture in made}) == 6
    nothing = augment_of(change_of(None, [], "constant"))
    assert torch.allclose(nothing(images, torch.zeros(6), torch.Generator()), images, atol=1 / 509)


def test_a_chain_that_changes_the_size_is_undone_for_the_network():
    crop = augment_of(change_of(None, [{"name": "crop", "width": 14, "height": 20}], "constant"))
    images = torch.full((2, 1, 28, 28), 0.5)
    made = crop(images, torch.zeros(2), torch.Generator().manual_seed(0))
    assert torch.allclose(made, images, atol=1 / 255)


def test_the_conditions_move_and_turn():
    images = torch.zeros(50, 1, 28, 28, dtype=torch.uint8)
    images[:, :, 12:16, 12:16] = 255
    found = conditions(ImageSet(images, torch.zeros(50, dtype=torch.int64)))
    assert list(found) == list(ablation.CONDITIONS)
    assert found["clean"].images is images
    places = torch.stack(
        [(i[0] > 100).nonzero().float().mean(dim=0) for i in found["moved"].images]
    )
    off = places - places.mean(dim=0)
    assert 2 < off.abs().max() <= 4.6
    middle = torch.stack(
        [(i[0] > 100).nonzero().float().mean(dim=0) for i in found["turned"].images]
    )
    assert torch.allclose(middle, torch.tensor(13.5), atol=0.6)
    assert not torch.equal(found["turned"].images[0], images[0])


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(ablation, "STEPS", 8)


@pytest.mark.usefixtures("quick")
def test_both_are_trained_from_the_same_seeds(small_data_dir: Path, monkeypatch):
    """On a clock that goes on by a second whenever somebody looks at it."""
    ticks = itertools.count()
    monkeypatch.setattr(ablation, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    change = change_of("trivial", None, "constant")
    found = list(trial("mnist", change, pictures=100, data_dir=small_data_dir, seeds=2))
    results = [one for one in found if isinstance(one, Result)]
    assert [(one.augmented, one.seed) for one in results] == [
        (False, 0),
        (True, 0),
        (False, 1),
        (True, 1),
    ]
    progress = [one for one in found if isinstance(one, Progress)]
    shares = [one.share for one in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    # Each record takes a second, and the end of a run another; the first of each kind tells.
    assert [one.run for one in progress] == sorted(one.run for one in progress)
    records = len(progress) // 4
    first, third, fourth = (
        [one.seconds_left for one in progress if one.run == run] for run in (1, 3, 4)
    )
    assert first == [None] * records
    assert fourth == [records - place for place in range(records)]
    assert third == [2 * records + 1 - place for place in range(records)]
    with_it, without = summary(results)["with"]["clean"], summary(results)["without"]["clean"]
    values = [one.accuracy["clean"] for one in results if not one.augmented]
    assert without == {
        "mean": statistics.mean(values),
        "spread": statistics.stdev(values),
        "n": 2,
    }
    assert with_it["n"] == 2
    again = [
        one
        for one in trial("mnist", change, pictures=100, data_dir=small_data_dir, seeds=1)
        if isinstance(one, Result)
    ]
    assert [one.accuracy for one in again] == [one.accuracy for one in results[:2]]


def test_what_cannot_be_tried_is_said(small_data_dir: Path):
    with pytest.raises(ValueError, match="'cifar10' is none of mnist"):
        next(
            trial("cifar10", change_of(None, [], "constant"), pictures=100, data_dir=small_data_dir)
        )
    with pytest.raises(ValueError, match="'magic' is none of imagenet"):
        change_of("magic", None, "constant")


def wait(context, trials: Trials, asked: dict, seconds: float = 90) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = trials.look(context, asked)
        if found["over"]:
            return found
        time.sleep(0.1)
    raise AssertionError("the trial did not end")


def test_a_trial_in_its_own_process_is_watched_and_stopped(tmp_path, small_data_dir):
    context, own = make_context(tmp_path, small_data_dir), Trials()
    asked = own.start(context, ASKED)
    second = own.start(context, {**ASKED, "policy": None, "chain": [{"name": "hflip"}]})
    assert own.look(context, second)["place"] == 2
    end = time.monotonic() + 150  # it has a low priority, and other tests may be at work
    while not (found := own.look(context, asked))["runs"] and time.monotonic() < end:
        time.sleep(0.1)
    assert found["progress"]["runs"] == 6
    assert found["results"]["without"]["clean"]["mean"] > 0.3
    own.stop(context, asked)
    assert own.look(context, asked)["over"]
    assert own.look(context, asked)["runs"]  # what it has found stays
    assert own.look(context, second)["place"] == 1  # its turn has come
    own.close()


def test_a_trial_without_data_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing is there to download from
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    context, own = make_context(tmp_path, tmp_path / "nothing"), Trials()
    asked = own.start(context, ASKED)
    with pytest.raises(Refused) as caught:
        wait(context, own, asked)
    assert caught.value.problem == "augment_trial_failed"
    assert "MNIST was looked for in" in str(caught.value.values["error"])


def test_trials_belong_to_who_asked_and_are_forgotten(tmp_path, small_data_dir, monkeypatch):
    context, own = make_context(tmp_path, small_data_dir, on_space=True), Trials()
    alice, bob = {"visitor": "a" * 32}, {"visitor": "b" * 32}
    asked = own.start(context, {**ASKED, **alice})
    with pytest.raises(Refused, match="augment_trial_gone"):
        own.look(context, {**asked, **bob})
    for _ in range(augment_trial.MOST - 1):
        own.start(context, {**ASKED, **bob})
    with pytest.raises(Refused, match="augment_trials"):
        own.start(context, {**ASKED, **bob})
    monkeypatch.setattr(augment_trial, "FORGOTTEN", -1.0)  # nobody has looked for long
    own.start(context, {**ASKED, **bob})
    assert own.look(context, {**asked, **alice})["over"]
    own.close()


@pytest.mark.parametrize(
    "changes",
    [{"policy": "magic"}, {"dataset": "cifar10"}, {"pictures": 5}, {"chain": [{"name": "magic"}]}],
)
def test_what_the_page_never_asks_for_is_refused(changes, tmp_path, small_data_dir):
    with pytest.raises(Refused, match="request"):
        Trials().start(make_context(tmp_path, small_data_dir), {**ASKED, **changes})
