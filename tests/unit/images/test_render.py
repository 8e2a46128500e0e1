"""Maps as pictures: what each colour stands for."""

import numpy as np

from convdemo.images.render import (
    HIGH,
    LOW,
    MIDDLE,
    coloured,
    enlarged,
    overlaid,
    picture_of,
    signed,
    unsigned,
)


def test_zero_is_in_the_middle_of_the_signed_scale():
    below, nothing, above = signed(np.array([[-1.0, 0.0, 1.0]]))[0]
    assert (tuple(below), tuple(nothing), tuple(above)) == (LOW, MIDDLE, HIGH)
    heat = np.array([[-2.0, 0.0, 4.0]])
    assert np.array_equal(coloured(heat, has_sign=True), signed(heat / 4))
    assert (coloured(np.zeros((2, 2)), has_sign=True) == MIDDLE).all()


def test_the_unsigned_scale_grows_brighter():
    row = unsigned(np.linspace(0, 1, 20)[None])[0].astype(float)
    brightness = row @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(brightness) > 0).all()


def test_an_overlay_goes_from_picture_to_map():
    picture = np.full((4, 4, 3), 100, np.uint8)
    heat = np.arange(16.0).reshape(4, 4)
    none = overlaid(picture, heat, has_sign=False, strength=0)
    whole = overlaid(picture, heat, has_sign=False, strength=1)
    half = overlaid(picture, heat, has_sign=False, strength=0.5)
    assert np.array_equal(none, picture)
    assert np.array_equal(whole, coloured(heat, has_sign=False))
    assert np.abs(half.astype(int) - (picture.astype(int) + whole) / 2).max() <= 1


def test_a_picture_is_what_the_network_sees():
    grey = picture_of(np.array([[[0.0, 0.5, 1.0]]], np.float32))
    assert grey.tolist() == [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
    masked = np.stack([np.full((2, 2), share, np.float32) for share in (1, 0.2, 0, 1)])
    assert picture_of(masked)[0, 0].tolist() == [255, 51, 0]  # the mask is no colour


def test_enlarged_is_by_the_longer_side():
    row = np.array([[[0, 0, 9], [9, 0, 0]]], np.uint8)
    large = enlarged(row, 6)
    assert large.shape == (3, 6, 3)
    assert (large == large[0]).all()
    assert large[0, [0, 5]].tolist() == row[0].tolist()
    assert enlarged(np.zeros((3, 4, 3), np.uint8), 40).shape == (30, 40, 3)
    assert enlarged(np.zeros((10, 1, 3), np.uint8), 20).shape == (20, 2, 3)
