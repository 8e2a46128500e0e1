"""A network that learns somebody's own hand: what it reads then, and what it has not forgotten."""

import cv2
import numpy as np
import pytest
import torch

from convdemo.data.dataset import ImageSet
from convdemo.images.decode import Picture, picture_from_ink, read_picture
from convdemo.inference.inputs import prepare
from convdemo.inference.library import Trained, load_model
from convdemo.inference.predict import predict_picture, probabilities
from convdemo.training.teach import (
    MOST,
    Lesson,
    Outcome,
    copy_of,
    hold_out,
    remember,
    split_stage,
    teach,
    teach_and_test,
)
from convdemo.ui import page

EXAMPLES = list(page.examples("digits").values())


@pytest.fixture(scope="module")
def base() -> Trained:
    return load_model("digit_resnet-mnist")


def cross(rng: np.random.Generator) -> np.ndarray:
    """A plus sign by an unsteady hand: somebody's way to write an eight."""
    ink = np.zeros((112, 112), np.uint8)
    for start, stop in (((56, 10), (56, 100)), ((12, 56), (100, 56))):
        places = np.array([start, stop]) + rng.integers(-9, 10, (2, 2))
        cv2.polylines(ink, [places.astype(np.int32)], False, 255, 9, cv2.LINE_AA)
    return ink


def letter() -> Picture:
    """A capital A."""
    ink = np.zeros((112, 112), np.uint8)
    for line in ([(16, 100), (56, 10), (96, 100)], [(34, 66), (78, 66)]):
        cv2.polylines(ink, [np.array(line, np.int32)], False, 255, 9, cv2.LINE_AA)
    return picture_from_ink(ink)


def pixels_of(base: Trained, inks: list[np.ndarray]) -> torch.Tensor:
    shown = [prepare(base.card, picture_from_ink(ink)).pixels for ink in inks]
    return torch.from_numpy(np.concatenate(shown))


def known(base: Trained) -> ImageSet:
    """The examples as digits that are known already, thirty times each."""
    shown = [prepare(base.card, read_picture(file)).pixels for file in EXAMPLES]
    pixels = torch.from_numpy(np.stack(shown)).repeat(30, 1, 1, 1)
    labels = torch.from_numpy(probabilities(base, pixels.numpy())).argmax(dim=1)
    return ImageSet((pixels * 255).to(torch.uint8), labels)


def test_a_strange_eight_is_learned_and_the_rest_is_kept(base):
    rng = np.random.default_rng(0)
    shown, held_out = [cross(rng) for _ in range(5)], [cross(rng) for _ in range(20)]
    read = [predict_picture(base, picture_from_ink(ink)).label for ink in held_out]
    assert read.count("8") == 0
    before = [predict_picture(base, read_picture(file)) for file in EXAMPLES]
    weights = {name: value.clone() for name, value in base.network.state_dict().items()}

    own = copy_of(base)
    lesson = Lesson(pixels_of(base, shown), torch.full((5,), 8))
    shares = list(teach(own, lesson, remember(base, known(base))))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    read = [predict_picture(own, picture_from_ink(ink)).label for ink in held_out]
    assert read.count("8") >= 18
    after = [predict_picture(own, read_picture(file)) for file in EXAMPLES]
    assert [one.label for one in after] == [one.label for one in before]
    assert [predict_picture(one, letter()).notice for one in (base, own)] == ["unknown"] * 2

    # The base itself is as it was, and so are the first stages of the copy.
    assert all(torch.equal(base.network.state_dict()[name], one) for name, one in weights.items())
    changed = {
        name.split(".")[0]
        for name, value in own.network.state_dict().items()
        if not torch.equal(value, weights[name])
    }
    assert split_stage(base) == "pool1"
    assert changed == {"block2", "output"}
    assert not any(weight.requires_grad for weight in own.network.parameters())


def test_the_same_lesson_gives_the_same_weights(base):
    lesson = Lesson(pixels_of(base, [cross(np.random.default_rng(1))]), torch.tensor([8]))
    memory = remember(base, known(base))
    both = [copy_of(base), copy_of(base)]
    for one in both:
        list(teach(one, lesson, memory, seed=3))
    for one, other in zip(*(one.network.state_dict().values() for one in both), strict=True):
        assert torch.equal(one, other)


def test_without_what_was_known_more_is_forgotten(base):
    """Everything that it is shown is an eight; of seven other digits it keeps fewer."""
    rng = np.random.default_rng(2)
    lesson = Lesson(pixels_of(base, [cross(rng) for _ in range(5)]), torch.full((5,), 8))
    images = known(base).take(len(EXAMPLES))
    x = images.images.float().numpy() / 255

    def sure(trained: Trained) -> float:
        found = probabilities(trained, x)
        return float(found[range(len(x)), images.labels].mean())

    kept = []
    for memory in (remember(base, known(base)), None):
        own = copy_of(base)
        list(teach(own, lesson, memory))
        kept.append(sure(own))
    assert kept[0] > sure(base) - 0.05
    assert kept[1] < kept[0] - 0.03


def test_of_three_digits_the_oldest_is_held_out():
    labels = torch.tensor([8, 1, 8, 8, 1, 8, 8, 8])
    shown, aside = hold_out(Lesson(torch.arange(8.0).view(8, 1, 1).expand(8, 28, 28), labels))
    assert aside.pixels[:, 0, 0].tolist() == [0, 2]
    assert aside.labels.tolist() == [8, 8]
    assert shown.pixels[:, 0, 0].tolist() == [1, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("count", [2, 6])
def test_what_came_of_a_lesson_is_counted(base, count):
    """Six crosses: two are held out; of two none is, and those that were learned are counted."""
    rng = np.random.default_rng(4)
    lesson = Lesson(pixels_of(base, [cross(rng) for _ in range(count)]), torch.full((count,), 8))
    tested = known(base).take(50)
    *shares, found = teach_and_test(
        base, lesson, remember(base, known(base)), tested, alone=count == 6
    )
    assert [one for one in shares if isinstance(one, float)] == shares
    assert shares[-1] == 1
    assert isinstance(found, Outcome)
    assert (found.held_out, found.drawings) == (count == 6, 2)
    assert found.read == ((0, 2, 2) if count == 6 else (0, 2))
    assert found.known == 50
    assert found.kept[:2] == (50, 50)
    assert found.kept[2:] == () or found.kept[2] < 50


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_there_is_something_to_learn_and_not_too_much(base, count):
    lesson = Lesson(torch.zeros(count, 28, 28), torch.zeros(count, dtype=torch.int64))
    with pytest.raises(ValueError, match=f"{count} digits are here, 1 to 500 can be taught"):
        next(teach(copy_of(base), lesson, None))


def test_a_network_without_convolutions_cannot_be_taught():
    with pytest.raises(ValueError, match="simple_ann-mnist has too few convolutions"):
        split_stage(load_model("simple_ann-mnist"))
