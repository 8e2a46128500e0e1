"""A drawing becomes a digit as MNIST shows it, whatever it is drawn with and on."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from convdemo.images.decode import Picture, picture_from_ink, read_picture
from convdemo.images.resize import fit_into_box
from convdemo.inference import library
from convdemo.inference.predict import predict_picture
from convdemo.paths import PACKAGE
from convdemo.preprocessing.centring import centre_by_mass, centre_of_mass
from convdemo.preprocessing.digit import DIGIT_STEPS, even_stroke, full_contrast, prepare_digit
from convdemo.preprocessing.steps import Prepared, to_input

Colour = int | tuple[int, int, int]
FIVE = [
    [(70, 20), (32, 22)],
    [(32, 22), (28, 48), (48, 42), (68, 54), (66, 76), (44, 86), (24, 78)],
]
SEVEN = [[(24, 20), (74, 20), (46, 84)]]
FOUR = [[(46, 16), (22, 58), (74, 58)], [(58, 36), (58, 88)]]
EXAMPLES = PACKAGE / "ui" / "examples" / "digits"


def ink_of(strokes: list, *, side: int = 100, pen: float = 8) -> np.ndarray:
    """(side, side) uint8, 255 on the strokes, which are given on a square of 100."""
    fine = np.zeros((side * 4, side * 4), np.uint8)
    for stroke in strokes:
        points = np.rint(np.array(stroke) * (side * 4 / 100)).astype(np.int32)
        cv2.polylines(fine, [points], False, 255, round(pen * 4), cv2.LINE_AA)
    return cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)


def drawn(ink: np.ndarray, colour: Colour = 0, ground: Colour = 255) -> Picture:
    share = ink[:, :, None] / 255
    pixels = share * np.broadcast_to(colour, 3) + (1 - share) * np.broadcast_to(ground, 3)
    return Picture(np.rint(pixels).astype(np.uint8))


def box_of(pixels: np.ndarray) -> tuple[int, int, int, int]:
    left, top, width, height = cv2.boundingRect((pixels[0] > 0.25).astype(np.uint8))
    return left, top, width, height


def assert_alike(one: Prepared, other: Prepared, *, share: float) -> None:
    """At most this share of the ink of one digit differs from the other's."""
    difference = abs(one.pixels - other.pixels).sum() / one.pixels.sum()
    assert difference <= share, f"{difference:.3f} of the ink differs"


def step(prepared: Prepared, name: str) -> np.ndarray:
    return next(step.image for step in prepared.steps if step.name == name)


@pytest.mark.parametrize("strokes", [FIVE, SEVEN, FOUR], ids=["five", "seven", "four"])
@pytest.mark.parametrize("pen", [1, 3, 8, 16])
def test_digit_is_20_high_and_its_mass_in_the_middle(strokes: list, pen: int) -> None:
    prepared = prepare_digit(drawn(ink_of(strokes, side=200, pen=pen)))
    _, _, width, height = box_of(prepared.pixels)
    assert max(width, height) == 20
    assert centre_of_mass(prepared.pixels[0]) == pytest.approx((13.5, 13.5), abs=0.5)
    assert prepared.pixels.dtype == np.float32
    assert prepared.pixels.max() == 1
    assert not prepared.empty


@pytest.mark.parametrize("pen", [0.6, 2, 8, 14])
def test_strokes_of_any_pen_come_out_as_mnist_has_them(pen: float) -> None:
    pixels = prepare_digit(drawn(ink_of(SEVEN, side=300, pen=pen * 3))).pixels[0]
    stem = pixels[13:19].sum(axis=1).mean() * np.cos(np.arctan(28 / 64))
    assert 1.5 < stem < 3.9


def test_negative_is_the_same_digit() -> None:
    dark = drawn(ink_of(FIVE))
    bright = Picture(255 - dark.rgb)
    assert np.array_equal(prepare_digit(dark).pixels, prepare_digit(bright).pixels)


def test_pad_and_its_crop_are_the_same_digit() -> None:
    ink = ink_of(FOUR, side=112)
    left, top, width, height = cv2.boundingRect(ink)
    crop = ink[top : top + height, left : left + width]
    assert_alike(
        prepare_digit(picture_from_ink(ink)), prepare_digit(picture_from_ink(crop)), share=0.01
    )


def test_thick_one_that_fills_its_crop_is_ink_on_the_pad() -> None:
    prepared = prepare_digit(picture_from_ink(np.full((80, 16), 255, np.uint8)))
    assert box_of(prepared.pixels)[3] == 20
    assert prepared.pixels[0, 14, 12:16].min() > 0.5
    assert prepared.pixels[0, 14, :10].max() == 0


@pytest.mark.parametrize("colour", [0, 255, (200, 30, 30)])
def test_transparent_is_as_on_paper(colour: Colour) -> None:
    ink = ink_of(FIVE, side=150)
    transparent = Picture(np.full((150, 150, 3), colour, np.uint8), ink)
    assert_alike(prepare_digit(drawn(ink)), prepare_digit(transparent), share=0.02)


def test_three_times_as_large_is_the_same_digit() -> None:
    small, large = (drawn(ink_of(FIVE, side=side, pen=8 * side / 100)) for side in (100, 300))
    assert_alike(prepare_digit(small), prepare_digit(large), share=0.1)


def test_mnist_itself_stays_as_it_is() -> None:
    ink = centre_by_mass(fit_into_box(ink_of(SEVEN)[16:90, 18:80], 20))
    prepared = prepare_digit(Picture(np.repeat(ink[:, :, None], 3, axis=2)))
    assert abs(prepared.pixels[0] - ink / 255).max() < 0.1


def test_colour_as_bright_as_its_ground_is_seen() -> None:
    # Both are 120 in brightness: only red and blue tell them apart.
    picture = drawn(ink_of(FIVE, side=150), (255, 60, 74), (20, 155, 204))
    assert_alike(prepare_digit(drawn(ink_of(FIVE, side=150))), prepare_digit(picture), share=0.05)


def on_uneven_paper(ink: np.ndarray) -> np.ndarray:
    """(H, W) float: the ink on paper that a lamp lights from one corner, with grain."""
    height, width = ink.shape
    rows, columns = np.mgrid[0:height, 0:width]
    paper = 120 + 100 * (rows / height + columns / width) / 2
    grain = np.random.default_rng(0).normal(0, 3, ink.shape)
    return paper * (1 - 0.75 * ink / 255) + grain


def shadowed(image: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[0 : image.shape[0], 0 : image.shape[1]]
    edge = (rows + 0.4 * columns - 0.7 * image.shape[0]) / 12
    return image * (1 - 0.4 / (1 + np.exp(-edge)))


def ruled(image: np.ndarray) -> np.ndarray:
    image = image.copy()
    for row in range(20, len(image), 45):
        image[row : row + 2] *= 0.72
    return image


def on_table(image: np.ndarray) -> np.ndarray:
    return np.pad(image, 40, constant_values=50)


def framed(image: np.ndarray) -> np.ndarray:
    return np.pad(np.pad(image, 4, constant_values=30), 10, constant_values=200)


@pytest.mark.parametrize("setting", [lambda image: image, shadowed, ruled, on_table, framed])
@pytest.mark.parametrize("strokes", [FIVE, SEVEN, FOUR], ids=["five", "seven", "four"])
def test_photo_of_paper_is_the_same_digit(setting, strokes: list) -> None:
    ink = np.pad(ink_of(strokes, side=240, pen=14), 60)
    photo = setting(on_uneven_paper(ink)).clip(0, 255).astype(np.uint8)
    picture = Picture(np.repeat(photo[:, :, None], 3, axis=2))
    assert_alike(prepare_digit(drawn(ink)), prepare_digit(picture), share=0.25)


def test_specks_go_and_a_detached_bar_stays() -> None:
    apart = [[(72, 14), (36, 14)], *FIVE[1:]]
    ink = ink_of(apart, side=200, pen=9)
    specked = ink.copy()
    for row, column in ((10, 10), (190, 20), (100, 190), (185, 180)):
        cv2.circle(specked, (column, row), 2, 255, -1)
    prepared = prepare_digit(drawn(specked))
    assert_alike(prepare_digit(drawn(ink)), prepared, share=0.02)
    assert prepared.pixels[0, 4:7, 10:20].max() == 1  # the bar


def test_small_digit_on_a_large_page_is_found() -> None:
    ink = ink_of(FOUR, side=100, pen=8)
    page = np.zeros((1400, 1000), np.uint8)
    page[60:160, 840:940] = ink
    assert_alike(prepare_digit(drawn(ink)), prepare_digit(drawn(page)), share=0.2)


def test_ink_may_touch_every_border() -> None:
    ink = ink_of(SEVEN, side=200, pen=16)
    left, top, width, height = cv2.boundingRect(ink)
    crop = ink[top : top + height, left : left + width]
    assert_alike(prepare_digit(drawn(ink)), prepare_digit(drawn(crop)), share=0.05)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((112, 112), 255),
        np.zeros((28, 28)),
        np.full((1, 1), 90),
        np.full((3000, 1), 7),
        np.random.default_rng(1).normal(190, 3, (300, 300)),
        on_uneven_paper(np.zeros((300, 200), np.uint8)),
    ],
    ids=["white", "black", "one pixel", "one column", "grain", "paper"],
)
def test_nothing_drawn_is_empty(pixels: np.ndarray) -> None:
    grey = pixels.clip(0, 255).astype(np.uint8)
    prepared = prepare_digit(Picture(np.repeat(grey[:, :, None], 3, axis=2)))
    assert prepared.empty
    assert prepared.pixels.shape == (1, 28, 28)
    assert not prepared.pixels.any()


def test_fully_transparent_is_empty() -> None:
    nothing = np.zeros((50, 50), np.uint8)
    assert prepare_digit(Picture(np.repeat(nothing[:, :, None], 3, axis=2), nothing)).empty


def test_steps_are_named_and_end_in_the_input() -> None:
    prepared = prepare_digit(drawn(ink_of(FIVE)))
    assert tuple(step.name for step in prepared.steps) == DIGIT_STEPS
    assert all(step.active for step in prepared.steps)
    assert np.array_equal(prepared.steps[-1].pixels, prepared.pixels)
    for step in prepared.steps:
        assert step.image.dtype == np.uint8
        assert step.pixels.shape == (1, 28, 28)
        assert 0 <= step.pixels.min() <= step.pixels.max() <= 1
        if step.image.shape != (28, 28):
            assert np.array_equal(step.pixels, to_input(step.image))


def test_each_step_does_what_its_name_says() -> None:
    ink = np.pad(ink_of(SEVEN, pen=3), ((0, 100), (50, 0)))
    prepared = prepare_digit(drawn(ink, (200, 0, 0), (250, 250, 220)))
    assert step(prepared, "grey").shape == ink.shape
    assert step(prepared, "grey")[0, 0] > 200  # paper
    assert step(prepared, "polarity")[0, 0] < 55
    assert step(prepared, "background")[0, 0] == 0
    assert step(prepared, "background").max() == 255
    assert step(prepared, "box").shape == pytest.approx((67, 54), abs=2)
    assert step(prepared, "size").shape == (20, 16)
    assert step(prepared, "centre").shape == (28, 28)


@pytest.mark.parametrize("name", DIGIT_STEPS)
def test_a_step_that_is_off_is_marked_and_leaves_the_ones_before_alone(name: str) -> None:
    ink = np.pad(ink_of(FIVE, pen=2), ((0, 40), (60, 0)))
    photo = on_table(on_uneven_paper(ink)).clip(0, 255).astype(np.uint8)
    picture = Picture(np.stack((photo, photo, photo // 2), axis=2))
    everything, without = (prepare_digit(picture, skip=frozenset(skip)) for skip in ((), (name,)))
    place = DIGIT_STEPS.index(name)
    assert [step.active for step in without.steps] == [step != name for step in DIGIT_STEPS]
    for before, same in zip(everything.steps[:place], without.steps[:place], strict=True):
        assert np.array_equal(before.image, same.image)
    if name != "contrast":  # the strokes are white already
        assert not np.array_equal(everything.steps[place].pixels, without.steps[place].pixels)
    assert without.pixels.shape == (1, 28, 28)
    assert not without.empty


def test_every_step_off_is_the_picture_squeezed() -> None:
    picture = drawn(ink_of(FIVE))
    prepared = prepare_digit(picture, skip=frozenset(DIGIT_STEPS))
    assert np.array_equal(prepared.pixels, to_input(picture.rgb[:, :, 0]))


def test_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match="blur.*grey"):
        prepare_digit(drawn(ink_of(FIVE)), skip=frozenset({"blur"}))


def test_strokes_in_range_are_left_alone() -> None:
    ink = ink_of(SEVEN, pen=9)
    assert even_stroke(ink[10:95, 15:85]).shape == (85, 70)
    assert np.array_equal(even_stroke(ink[10:95, 15:85]), ink[10:95, 15:85])


def test_contrast_brings_the_strokes_to_white() -> None:
    ink = np.zeros((20, 20), np.uint8)
    ink[5:15, 8:11] = 128
    assert full_contrast(ink)[10, 9] == 255
    assert full_contrast(ink)[0, 0] == 0


def test_examples_are_small_pictures_of_every_digit() -> None:
    paths = sorted(EXAMPLES.glob("*.png"))
    assert len(paths) == 10
    for path in paths:
        with Image.open(path) as image:
            assert 200 <= min(image.size) <= max(image.size) <= 600
        assert path.stat().st_size < 30_000
        assert not prepare_digit(read_picture(path)).empty


def test_drawings_of_many_people_are_read(test_data_dir: Path, shipped: dict) -> None:
    # The means over the sources: 99.2 % when these weights were made, 98 % asked for.
    trained = library.load(shipped["digit_resnet-mnist"].path)
    right: dict[str, list[bool]] = {}
    with open(test_data_dir / "drawn-digits" / "labels.csv", newline="") as table:
        for row in csv.DictReader(table):
            picture = read_picture(test_data_dir / "drawn-digits" / row["path"])
            answer = predict_picture(trained, picture)
            right.setdefault(row["path"].split("/")[0], []).append(answer.label == row["label"])
    assert len(right) == 6
    assert np.mean([np.mean(answers) for answers in right.values()]) >= 0.98


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.png")), ids=lambda path: path.stem)
def test_examples_are_read(path: Path, shipped: dict) -> None:
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    answer = predict_picture(library.load(shipped["digit_resnet-mnist"].path), read_picture(path))
    assert answer.label is not None
    assert names[int(answer.label)] in path.stem.split("-")


def test_a_picture_that_is_half_black_and_half_white_is_read() -> None:
    """A drawing on white, turned on black: three quarters of it can be brighter than its ground."""
    picture = np.zeros((64, 64, 3), np.uint8)
    rows, columns = np.mgrid[:64, :64]
    picture[np.abs(rows - 32) + np.abs(columns - 32) < 34] = 255
    picture[30:34, 20:44] = 0
    noise = np.random.default_rng(0).integers(0, 256, picture.shape).astype(np.uint8)
    dark, bright = (prepare_digit(Picture(tried)).pixels for tried in (picture, 255 - picture))
    assert np.array_equal(dark, bright)
    assert box_of(dark)[3] == 20
    assert dark[0, 13, 10:16].max() == 0 < dark[0, 10, 10:16].min()  # the stroke across it
    for tried in (noise, noise // 2 + picture // 2):
        assert prepare_digit(Picture(tried)).empty
