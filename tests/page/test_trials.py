"""Does it help? The same seeds with and without; in a process that can be watched and stopped."""

import signal
import statistics
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from support.contexts import make_context

from convdemo.augmentation.chain import PRESETS, as_json
from convdemo.data.dataset import ImageSet
from convdemo.explain.attribution_methods import no_progress
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
from convdemo.ui import long_work
from convdemo.ui.long_work import EndedError
from convdemo.ui.tabs.augment.trial import run, told
from convdemo.ui.wire import Refused

ASKED = {"policy": "imagenet", "dataset": "mnist", "pictures": 100, "n": 1, "seed": 0}


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
def test_both_are_trained_from_the_same_seeds(small_data_dir: Path):
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


def test_a_trial_in_its_own_process_is_watched_and_stopped(tmp_path, small_data_dir):
    """It has a low priority, and other tests may be at work."""
    shares: list[float] = []

    def tell(share: float) -> None:
        shares.append(share)
        if share > 0.2:
            raise EndedError

    found: Any = run(make_context(tmp_path, small_data_dir), ASKED, tell)
    processes: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", kept(subprocess.Popen, processes))
        answer, none = next(found)
        assert answer.sentence[0] == "trial.running"
        assert (answer.details[0][0], len(answer.details), none) == ("trial.tried_policy", 1, ())
        answer, (chart, *_) = next(found)
        assert answer.sentence[1]["run"] == 1
        with pytest.raises(EndedError):
            next(found)
    assert 0 == shares[0] < shares[-2] <= 0.2 < shares[-1]
    assert chart.lines[0].y[0] > 0.3
    assert processes[0].returncode == -signal.SIGKILL


def kept(kind: Any, into: list[Any]) -> Any:
    """A class whose instances are remembered."""

    def make(*given: Any, **named: Any) -> Any:
        into.append(kind(*given, **named))
        return into[-1]

    return make


def test_a_trial_without_data_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nothing is there to download from
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    context = make_context(tmp_path, tmp_path / "nothing")
    with pytest.raises(Refused) as caught:
        list(run(context, ASKED, no_progress))
    assert caught.value.problem == "augment_trial_failed"
    assert "MNIST was looked for in" in str(caught.value.values["error"])


def test_there_is_only_so_much_work(monkeypatch):
    monkeypatch.setattr(long_work, "MOST", 0)
    with pytest.raises(Refused, match="busy"):
        next(long_work.followed(lambda tell: ()))


def test_a_verdict_needs_a_difference_of_twice_the_spread():
    def runs(augmented: bool, *shares: float) -> list[Result]:
        return [
            Result(augmented, seed, dict.fromkeys(ablation.CONDITIONS, share), 1.0)
            for seed, share in enumerate(shares)
        ]

    for treated, verdict, points in (
        ((0.90, 0.91, 0.92), "helps", "11.0"),
        ((0.60, 0.61, 0.62), "hurts", "19.0"),
        ((0.79, 0.81, 0.83), "same", "1.0"),
    ):
        results = runs(False, 0.79, 0.80, 0.81) + runs(True, *treated)
        answer: Any = told("", results)
        assert answer.sentence == ("trial.done", {"run": 6, "runs": 6, "pictures": "2,000"})
        _, (key, values), *_ = answer.details
        assert (key, values["points"]) == (f"trial.line_{verdict}", points)
        assert values["without"] == "80.0% ± 1.0"


@pytest.mark.parametrize(
    "changes",
    [{"policy": "magic"}, {"dataset": "cifar10"}, {"pictures": 5}, {"chain": [{"name": "magic"}]}],
)
def test_what_the_page_never_asks_for_is_refused(changes, tmp_path, small_data_dir):
    with pytest.raises(Refused, match="request"):
        next(run(make_context(tmp_path, small_data_dir), {**ASKED, **changes}, no_progress))
