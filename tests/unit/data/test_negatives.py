"""What is not one digit: drawn, trained beside, and said."""

import cv2
import numpy as np
import pytest
import torch

from convdemo.data import negatives
from convdemo.data.dataset import ImageSet
from convdemo.data.mnist import EXTRA_CLASSES
from convdemo.data.negatives import DIGITS, KINDS, draw_kind, draw_negatives
from convdemo.images.decode import picture_from_ink, read_picture
from convdemo.inference.answer import SEVERAL, UNKNOWN
from convdemo.inference.library import Trained, find, list_models, load, model_dirs
from convdemo.inference.predict import predict_picture
from convdemo.preprocessing.digit import frame_ink

SEED = 2**32 - 7  # of no training


@pytest.fixture(scope="module")
def trained() -> Trained:
    return load(find("digit_resnet-mnist", list_models(model_dirs())).path)


def hershey(text: str, font: int = cv2.FONT_HERSHEY_SIMPLEX) -> np.ndarray:
    """(H, W) uint8: a text as a plotter writes it, without the hand of `negatives`."""
    (width, height), below = cv2.getTextSize(text, font, 4, 9)
    ink = np.zeros((height + below + 80, width + 80), np.uint8)
    cv2.putText(ink, text, (40, height + 40), font, 4, 255, 9, cv2.LINE_AA)
    return ink


@pytest.fixture(scope="module")
def digits() -> ImageSet:
    images = np.stack([frame_ink(hershey(digit)) for digit in DIGITS])
    return ImageSet(torch.from_numpy(images[:, None]), torch.arange(10))


def test_negatives_are_labelled_after_the_digits(digits):
    drawn = draw_negatives(300, digits, SEED)
    assert drawn.images.shape == (300, 1, 28, 28)
    assert drawn.images.dtype == torch.uint8
    counts = torch.bincount(drawn.labels, minlength=12)
    assert len(counts) == len(DIGITS) + len(EXTRA_CLASSES)
    assert int(counts[:10].sum()) == pytest.approx(300 * negatives.FONT_DIGITS, abs=25)
    assert int(counts[11]) > 30
    assert (drawn.images.flatten(1).amax(dim=1) > 127).all()


def test_the_same_seed_draws_the_same(digits):
    one, same, other = (draw_negatives(20, digits, seed) for seed in (1, 1, 2))
    assert torch.equal(one.images, same.images)
    assert torch.equal(one.labels, same.labels)
    assert not torch.equal(one.images, other.images)


def test_letters_that_digits_look_like_are_left_out():
    assert not set(negatives.LETTERS) & set("OoIlSsZzbgq")


# Of digits as plain as these, one over the other is often one of the two.
@pytest.mark.parametrize("kind", [name for name, _ in KINDS if name != "overlaid"])
def test_most_of_each_kind_is_noticed(trained: Trained, digits, kind: str):
    rng = np.random.default_rng(SEED)
    inks = [draw_kind(kind, digits, rng) for _ in range(25)]
    told = [predict_picture(trained, picture_from_ink(ink)) for ink in inks]
    assert sum(one.label is None for one in told) >= 20
    assert all((one.label is None) == (one.notice is not None) for one in told)


@pytest.mark.parametrize("letter", [*"ABCDEFGHKLMNPRTVWXY"])
def test_a_letter_is_no_digit(trained: Trained, letter: str):
    told = predict_picture(trained, picture_from_ink(hershey(letter)))
    assert (told.label, told.notice) == (None, UNKNOWN)
    assert sum(told.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("number", ["17", "42", "69", "305"])
@pytest.mark.parametrize("gap", [" ", ""])
def test_several_digits_are_said_to_be_several(trained: Trained, number: str, gap: str):
    told = predict_picture(trained, picture_from_ink(hershey(gap.join(number))))
    assert (told.label, told.notice) == (None, SEVERAL)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_is_still_one(trained: Trained, digit: str):
    told = predict_picture(trained, picture_from_ink(hershey(digit)))
    assert (told.label, told.notice) == (digit, None)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
@pytest.mark.parametrize("digit", DIGITS)
def test_wide_and_slim_digits_are_read(trained: Trained, digit: str, factor: float):
    ink = cv2.resize(hershey(digit), None, fx=factor**0.5, fy=factor**-0.5)
    assert predict_picture(trained, picture_from_ink(ink)).label == digit


@pytest.mark.parametrize("quarters", [1, 3])
@pytest.mark.parametrize("digit", [*"1234578"])
def test_a_digit_in_a_file_may_lie_on_its_side(trained: Trained, digit: str, quarters: int):
    ink = np.rot90(hershey(digit), quarters)
    told = predict_picture(trained, read_picture(255 - ink))
    assert (told.label, told.note) == (digit, "turned")
    # Who draws sits before the pad.
    told = predict_picture(trained, picture_from_ink(ink))
    assert told.note is None
    assert told.label is None or digit == "8"


@pytest.mark.parametrize("side", [8, 10, 12, 16])
def test_digits_of_a_few_pixels_are_read(trained: Trained, side: int):
    told = []
    for digit in DIGITS:
        ink = hershey(digit)
        left, top, width, height = cv2.boundingRect(ink)
        ink, scale = ink[top : top + height, left : left + width], side / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.pad(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), 2)
        told.append(predict_picture(trained, picture_from_ink(small)).label)
    assert sum(one == digit for one, digit in zip(told, DIGITS, strict=True)) >= 9


def test_the_card_says_how_the_notice_was_chosen(trained: Trained):
    card = trained.card
    assert card.extra_classes == EXTRA_CLASSES
    chosen = card.unknown
    assert chosen is not None
    assert 0 < chosen["threshold"] < 1
    assert chosen["digits_noticed"][0] <= 0.01
    assert chosen["negatives_noticed"] >= 0.8
