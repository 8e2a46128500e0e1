"""What a visitor teaches in the Draw tab: drawings of their own, a network, what it forgets."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.torch import load_file
from support.contexts import ALICE, BOB, make_context

from convdemo.data.dataset import DataMissingError
from convdemo.images.decode import picture_from_ink
from convdemo.inference.predict import predict_picture
from convdemo.ui.components.worked import Table, Words
from convdemo.ui.context import Context
from convdemo.ui.tabs import draw
from convdemo.ui.tabs.draw import teach
from convdemo.ui.wire import Refused

NEAR, FAR = ALICE["visitor"], BOB["visitor"]


def cross(seed: int) -> np.ndarray:
    """A plus sign by an unsteady hand: somebody's way to write an eight."""
    ink = np.zeros((112, 112), np.uint8)
    rng = np.random.default_rng(seed)
    for start, stop in (((56, 10), (56, 100)), ((12, 56), (100, 56))):
        places = np.array([start, stop]) + rng.integers(-9, 10, (2, 2))
        cv2.polylines(ink, [places.astype(np.int32)], False, 255, 9, cv2.LINE_AA)
    return ink


def collected(hands: teach.Hands, visitor: str, value: Any, skipped: str = "[]", digit="8") -> Any:
    """What is said once that visitor has named what stands on the pad."""

    def read(value: Any, about: Any) -> Any:
        return draw.predicted(hands.context, value, about)[1].prepared

    return teach.collect(hands, visitor, read, digit, value, skipped)


@pytest.fixture
def hands(tmp_path: Path, small_data_dir: Path) -> teach.Hands:
    return teach.Hands(make_context(tmp_path, small_data_dir, on_space=True))


@pytest.mark.parametrize("on_space", [True, False])
def test_drawings_are_their_visitors_alone(tmp_path: Path, small_data_dir: Path, on_space: bool):
    hands = teach.Hands(make_context(tmp_path, small_data_dir, on_space=on_space))
    said = collected(hands, NEAR, cross(0))
    assert said == ("teach.kept", {"digit": "8", "count": 1, "most": teach.MOST})
    (group,) = teach.groups(hands.of(NEAR))
    assert (group.title, len(group.pictures)) == ("8", 1)
    assert teach.groups(hands.of(FAR)) == (teach.PictureGroup(note="teach.nothing"),)
    assert teach.code_of(hands.of(FAR), "digit_resnet-mnist") == ""
    teach.remove(hands.of(FAR), group.pictures[0].place)
    assert len(hands.of(NEAR).drawings) == 1
    for place in ("1", None, [1], 2, 99):
        teach.remove(hands.of(NEAR), place)
    assert len(hands.of(NEAR).drawings) == 1
    teach.remove(hands.of(NEAR), group.pictures[0].place)
    assert hands.of(NEAR).drawings == {}


@pytest.mark.parametrize("skipped", ["", "null", "{}", '["nothing"]', "[", '[], "model": "x"}, {'])
def test_malformed_choices_get_a_sentence(hands: teach.Hands, skipped: str):
    assert collected(hands, NEAR, cross(0), skipped) == ("problem.request", {})
    assert hands.of(NEAR).drawings == {}


def test_nothing_too_much_and_nobody(hands: teach.Hands):
    assert collected(hands, NEAR, None) == "answer.digits.empty"
    for _ in range(teach.MOST):
        collected(hands, NEAR, cross(0))
    assert collected(hands, NEAR, cross(1)) == ("problem.teach_full", {"most": str(teach.MOST)})
    assert len(hands.of(NEAR).drawings) == teach.MOST
    assert collected(hands, "somebody", cross(0)) == ("problem.request", {})
    with pytest.raises(Refused, match="teach_none"):
        teach.learn(hands, FAR, False, lambda share: None)


def test_the_drawings_of_who_rests_longest_go(hands: teach.Hands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(teach, "VISITORS", 2)
    for key in ("c" * 32, NEAR, FAR):
        collected(hands, key, cross(0))
    assert [len(hands.of(key).drawings) for key in (FAR, NEAR)] == [1, 1]
    assert len(hands.of("c" * 32).drawings) == 0


def test_without_mnist_it_is_said_how_to_get_it(
    hands: teach.Hands, monkeypatch: pytest.MonkeyPatch
):
    def missing(*_: Any) -> Any:
        raise DataMissingError("Put its four idx files there.")

    monkeypatch.setattr(Context, "images", missing)
    collected(hands, NEAR, cross(0))
    with pytest.raises(Refused, match="train_no_data") as refused:
        teach.learn(hands, NEAR, False, lambda share: None)
    assert str(refused.value.values["error"]) == "Put its four idx files there."


def test_a_hand_is_learned_kept_and_forgotten(hands: teach.Hands, tmp_path: Path):
    context, shares = hands.context, []
    for seed in range(3):
        collected(hands, NEAR, cross(seed))
    found, entry = teach.learn(hands, NEAR, True, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (found.held_out, found.drawings, found.known) == (True, 1, 40)
    assert found.read[:2] == (0, 1)
    table, *notes = list(teach.results(found).blocks or ())
    assert isinstance(table, Table)
    assert table.head == ("", "teach.before", "teach.after", "teach.alone")
    assert table.rows[0][2] == ("teach.share", {"right": "1", "percent": "100.0%"})
    assert notes == [Words("teach.aside", "quiet"), Words("teach.why_mixed", "quiet")]

    base, card = context.trained(draw.JOB, None, NEAR).card, entry.card
    assert card.name == f"{base.name}-hand-1"
    assert (card.default_for, card.preprocessing, card.unknown) == (None, "digit", base.unknown)
    assert card.test_accuracy == found.kept[1] / 40
    own = context.trained(draw.JOB, card.name, NEAR)
    assert predict_picture(own, picture_from_ink(cross(9))).label == "8"
    # It stands right below the default, for its visitor alone.
    assert [one.card.name for one in context.entries(draw.JOB, NEAR)][:2] == [base.name, card.name]
    with pytest.raises(Refused, match="no_such_model"):
        context.trained(draw.JOB, card.name, FAR)
    teach.forget(context, FAR)

    # The code gives the same weights.
    code = teach.code_of(hands.of(NEAR), base.name)
    ran = ["-c", f"import torch\ntorch.set_num_threads(1)\n{code}"]
    subprocess.run(
        [sys.executable, *ran],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "CONVDEMO_DATA": str(context.data_dir)},
    )
    same, other = load_file(tmp_path / "my-hand.safetensors"), load_file(entry.path)
    assert all((same[name] - one).abs().max() < 1e-4 for name, one in other.items())

    for _ in range(2):
        collected(hands, NEAR, cross(5))
        teach.learn(hands, NEAR, False, lambda share: None)
    assert [one.card.name[-1] for one in teach.taught(context, NEAR)] == ["3", "2"]
    teach.forget(context, NEAR)
    assert teach.taught(context, NEAR) == []
    assert context.trained(draw.JOB, None, NEAR).card.name == base.name
