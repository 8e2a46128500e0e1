"""Photos of a digit on paper, in every condition that the generator draws."""

import cv2
import numpy as np
import pytest
from support.paper_scenes import CONDITIONS, Condition, scene

from convdemo.images.decode import Picture
from convdemo.inference.library import Trained, find, list_models, load, model_dirs
from convdemo.inference.predict import predict_prepared
from convdemo.preprocessing.digit import prepare_digit
from convdemo.preprocessing.paper import sheet

SCENES = 4  # of each condition; the benchmark of drawings reads 100


@pytest.fixture(scope="module")
def digits() -> Trained:
    return load(find("digit_resnet-mnist", list_models(model_dirs())).path)


def read(trained: Trained, photo: np.ndarray) -> str:
    """The digit that the bars show first, "" for an empty picture."""
    found = predict_prepared(trained, prepare_digit(Picture(photo))).probabilities
    return max(found, key=found.__getitem__, default="")


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda one: one.name)
def test_digits_on_paper_are_read(digits: Trained, condition: Condition):
    numbers = [(7 * place + CONDITIONS.index(condition)) % 10 for place in range(SCENES)]
    told = [read(digits, scene(condition, digit, place)) for place, digit in enumerate(numbers)]
    right = sum(one == str(digit) for one, digit in zip(told, numbers, strict=True))
    assert right >= SCENES - 1, (told, numbers)


@pytest.mark.parametrize(
    ("name", "digit", "seed"),
    [
        ("hand's shadow, table", 1, 21),
        ("hand's shadow, table", 3, 1073),
        ("hand's shadow, table", 4, 1104),
        ("edge's shadow, table", 7, 97),
    ],
)
def test_a_digit_wholly_or_partly_in_a_shadow_is_read(
    digits: Trained, name: str, digit: int, seed: int
):
    """On green and brown tables, and on one as grey as paper in a shadow."""
    condition = next(one for one in CONDITIONS if one.name == name)
    assert read(digits, scene(condition, digit, seed)) == str(digit)


@pytest.mark.parametrize("share", [0.25, 0.7])
def test_a_brush_on_paper_that_darkens_to_one_side_is_no_shadow(share: float):
    """Its stroke stays whole, not only the corners that no square of its width fills."""
    ink = np.zeros((300, 300), np.uint8)
    four = [[[140, 68], [83, 169], [208, 169]], [[169, 116], [169, 241]]]
    cv2.polylines(ink, [np.array(stroke) for stroke in four], False, 255, 29, cv2.LINE_AA)
    rows, columns = np.mgrid[:300, :300] / 300
    photos = (
        np.rint(paper * (1 - (1 - share) * ink / 255)).astype(np.uint8)
        for paper in (np.full((300, 300), 235.0), 235 - 44 * (rows + columns))
    )
    even, dim = (
        prepare_digit(Picture(np.repeat(photo[:, :, None], 3, axis=2))).pixels for photo in photos
    )
    assert abs(even - dim).sum() < 0.15 * even.sum()


@pytest.mark.parametrize("colour", [(112, 72, 44), (70, 88, 112), (38, 40, 44), (120, 122, 124)])
def test_a_sheet_on_a_table_is_cut_out(colour: tuple[int, int, int]):
    photo = np.full((400, 300, 3), colour, np.uint8)
    corners = np.array([[60, 40], [250, 70], [235, 360], [40, 330]])
    cv2.fillPoly(photo, [corners], (245, 242, 236))
    cv2.line(photo, (140, 150), (150, 250), (30, 45, 120), 6)
    found = sheet(photo)
    # The sides of the sheet are 192 and 193, 290 and 291 pixels long; a margin is cut off.
    assert found.shape[0] == pytest.approx(291 - 14, abs=8)
    assert found.shape[1] == pytest.approx(193 - 14, abs=8)
    paper = abs(found.astype(int) - (245, 242, 236)).max(axis=2) < 8
    assert paper.mean() > 0.95
    assert (found[:, :, 0] < 60).any()


@pytest.mark.parametrize("table", [(112, 72, 44), (120, 122, 124), (118, 118, 118)])
def test_a_shadow_leaves_the_sheet_whole(table: tuple[int, int, int]):
    """Where paper in a shadow is as bright as a grey table in the light, too."""
    photo = np.full((400, 300, 3), table, np.uint8)
    cv2.rectangle(photo, (40, 40), (260, 360), (245, 242, 236), -1)
    cv2.line(photo, (140, 150), (150, 250), (30, 45, 120), 6)
    photo[:, 150:] = photo[:, 150:] // 2
    height, width = sheet(photo).shape[:2]
    assert height == pytest.approx(321 - 18, abs=8)
    assert width == pytest.approx(221 - 18, abs=8)


@pytest.mark.parametrize("share", [1, 0.5])
def test_paper_that_fills_the_picture_stays_as_it_is(share: float):
    """Half of it in a shadow, too: the lit half is no sheet."""
    photo = np.full((400, 300, 3), (245, 242, 236), np.uint8)
    cv2.line(photo, (140, 150), (150, 250), (30, 45, 120), 6)
    photo[:, 150:] = photo[:, 150:] * share
    assert np.array_equal(sheet(photo), photo)


def test_a_strip_between_whose_margins_little_is_left_is_the_picture():
    photo = np.full((93, 377, 3), (112, 72, 44), np.uint8)
    cv2.fillPoly(photo, [np.array([[40, 30], [333, 32], [333, 59], [40, 57]])], (245, 242, 236))
    cv2.circle(photo, (188, 46), 2, (30, 45, 120), 1)
    assert np.array_equal(sheet(photo), photo)
