"""The garment is found, framed and shown step by step, whatever the picture is."""

import numpy as np
import pytest

from convdemo.images.decode import Picture
from convdemo.images.resize import shrink_to_fit
from convdemo.preprocessing.garment import GARMENT_STEPS, PHOTO_SIDE, VIEWS, prepare_garment
from convdemo.preprocessing.segmentation import find_garment, tilt

SHIRT_COLOUR = (40, 70, 160)


def shirt_on(ground: np.ndarray, top: int = 60, left: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """A blue shirt of 100 x 130 pixels, sleeves included, on the ground; and where it is."""
    where = np.zeros(ground.shape[:2], bool)
    where[top : top + 130, left + 25 : left + 75] = True
    where[top : top + 35, left : left + 100] = True
    picture = ground.copy()
    picture[where] = SHIRT_COLOUR
    return picture, where


def plain_ground(value: int = 250) -> np.ndarray:
    return np.full((240, 200, 3), value, np.uint8)


def busy_ground() -> np.ndarray:
    """A carpet: coarse brown noise, of none of the shirt's colours."""
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 25, (60, 50, 1)).repeat(4, axis=0).repeat(4, axis=1)
    return np.clip(np.array((150, 115, 85)) + noise, 0, 255).astype(np.uint8)


def overlap(mask: np.ndarray, where: np.ndarray) -> float:
    found = mask > 127
    return float((found & where).sum() / (found | where).sum())


@pytest.mark.parametrize(("ground", "way"), [(plain_ground(), "plain"), (busy_ground(), "grabcut")])
def test_the_garment_is_found(ground, way):
    picture, where = shirt_on(ground)
    mask, found_by = find_garment(picture)
    assert found_by == way
    assert overlap(mask, where) > 0.8


def test_transparency_says_where_the_garment_is():
    picture, where = shirt_on(busy_ground())
    mask, found_by = find_garment(picture, where.astype(np.uint8) * 255)
    assert found_by == "alpha"
    assert overlap(mask, where) == 1.0


def test_without_a_plausible_garment_it_is_the_whole_picture():
    mask, found_by = find_garment(plain_ground())
    assert found_by == "whole"
    assert (mask[20:220, 20:180] == 255).all()


def test_the_same_picture_gives_the_same_mask():
    picture, _ = shirt_on(busy_ground())
    np.testing.assert_array_equal(find_garment(picture)[0], find_garment(picture)[0])


@pytest.mark.parametrize("angle", [-20, 0, 12])
def test_the_tilt_of_a_long_garment_is_measured(angle):
    import cv2

    mask = np.zeros((200, 200), np.uint8)
    mask[20:180, 80:120] = 255
    turn = cv2.getRotationMatrix2D((100, 100), -angle, 1.0)
    assert tilt(cv2.warpAffine(mask, turn, (200, 200))) == pytest.approx(angle, abs=2)


def test_a_square_garment_has_no_tilt():
    mask = np.zeros((100, 100), np.uint8)
    mask[20:80, 20:80] = 255
    assert tilt(mask) == 0


def test_the_shape_view_is_bright_on_black_with_its_aspect_kept():
    picture, _ = shirt_on(plain_ground())
    pixels = prepare_garment(Picture(picture[:, 40:160])).pixels
    assert pixels.shape == (1, 28, 28)
    assert pixels[0, 2:26, 12:16].mean() > 0.5  # the body
    assert pixels[0, 20:26, 3:6].max() < 0.1  # beside it, below the sleeve


def test_the_photo_view_is_the_whole_picture_its_rim_continued():
    rgb = np.zeros((80, 40, 3), np.uint8)
    rgb[:, :20], rgb[:, 20:] = (200, 30, 30), (30, 30, 200)
    prepared = prepare_garment(Picture(rgb), view="photo")
    assert prepared.pixels.shape == (3, PHOTO_SIDE, PHOTO_SIDE)
    left, right = prepared.pixels[:, :, :79], prepared.pixels[:, :, 81:]
    np.testing.assert_allclose(left, np.broadcast_to(rgb[0, 0, :, None, None] / 255, left.shape))
    np.testing.assert_allclose(right, np.broadcast_to(rgb[0, -1, :, None, None] / 255, right.shape))
    assert prepared.turnable == "always"
    assert [step.name for step in prepared.steps] == ["size", "upright"]


def test_a_photo_without_its_square_is_squeezed():
    rgb = np.zeros((80, 40, 3), np.uint8)
    rgb[:20] = 255
    pixels = prepare_garment(Picture(rgb), view="photo", skip=frozenset({"size"})).pixels
    assert pixels[:, : PHOTO_SIDE // 4 - 1].min() == 1
    assert pixels[:, PHOTO_SIDE // 4 + 1 :].max() == 0


@pytest.mark.parametrize("view", list(VIEWS))
def test_the_last_step_is_what_the_network_gets(view):
    picture, _ = shirt_on(busy_ground())
    prepared = prepare_garment(Picture(picture), view=view)
    assert [step.name for step in prepared.steps] == list(VIEWS[view])
    assert all(step.active for step in prepared.steps)
    assert {step.pixels.shape for step in prepared.steps} == {prepared.pixels.shape}
    np.testing.assert_array_equal(prepared.steps[-1].pixels, prepared.pixels)


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("name", GARMENT_STEPS)
def test_each_step_can_be_switched_off(name, view):
    picture, _ = shirt_on(busy_ground())
    prepared = prepare_garment(Picture(picture), skip=frozenset({name}), view=view)
    assert [step.name for step in prepared.steps if not step.active] == [
        step for step in VIEWS[view] if step == name
    ]
    usual = prepare_garment(Picture(picture), view=view).pixels
    assert prepared.pixels.shape == usual.shape
    if name in VIEWS[view] and name not in ("upright", "grey"):  # a shirt is not long, nor grey
        assert not np.array_equal(prepared.pixels, usual)


def test_unknown_steps_and_views_are_named():
    picture = Picture(plain_ground())
    with pytest.raises(ValueError, match=r"skip=\['colour'\]"):
        prepare_garment(picture, skip=frozenset({"colour"}))
    with pytest.raises(ValueError, match="view 'side'"):
        prepare_garment(picture, view="side")


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 9), (40, 1600)])
def test_pictures_of_any_shape_give_numbers(size, view):
    generator = np.random.default_rng(0)
    picture = Picture(generator.integers(0, 256, (*size, 3), dtype=np.uint8))
    prepared = prepare_garment(picture, view=view)
    assert np.isfinite(prepared.pixels).all()
    assert 0 <= prepared.pixels.min() <= prepared.pixels.max() <= 1


def test_a_blank_picture_is_empty():
    assert prepare_garment(Picture(plain_ground()), view="photo").empty
    assert not prepare_garment(Picture(shirt_on(plain_ground())[0]), view="photo").empty


def test_reducing_keeps_the_aspect_and_never_enlarges():
    assert shrink_to_fit(np.zeros((400, 200, 3), np.uint8), 160).shape == (160, 80, 3)
    assert shrink_to_fit(np.zeros((40, 20, 3), np.uint8), 160).shape == (40, 20, 3)
