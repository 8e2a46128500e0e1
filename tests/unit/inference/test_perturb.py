"""Moves of a network's input, against what they must be for whole pixels and right angles."""

import numpy as np
import pytest

from convdemo.inference.perturb import NEUTRAL, SLIDERS, perturb, sweep


@pytest.fixture
def image() -> np.ndarray:
    """(28, 28) float32, random ink with a wide black border."""
    pixels = np.zeros((28, 28), np.float32)
    pixels[8:20, 9:19] = np.random.default_rng(7).random((12, 10), dtype=np.float32)
    return pixels


def test_neutral_settings_change_nothing(image: np.ndarray):
    assert np.array_equal(perturb(image, NEUTRAL), image)
    assert np.array_equal(perturb(image, {}), image)


def test_whole_shifts_move_every_pixel(image: np.ndarray):
    moved = perturb(image, {"shift_x": 5, "shift_y": -3})
    assert np.allclose(moved, np.roll(image, (-3, 5), (0, 1)), atol=1e-6)


def test_a_quarter_turn_is_clockwise(image: np.ndarray):
    assert np.allclose(perturb(image, {"rotate": 90}), np.rot90(image, -1), atol=1e-5)


def test_scale_changes_the_area_of_a_square():
    square = np.zeros((28, 28), np.float32)
    square[9:19, 9:19] = 1
    assert perturb(square, {"scale": 1.5}).sum() == pytest.approx(100 * 1.5**2, rel=0.02)
    assert perturb(square, {"scale": 0.5}).sum() == pytest.approx(100 * 0.5**2, rel=0.02)


def test_noise_is_as_strong_as_asked_and_the_same_each_time():
    grey = np.full((200, 200), 0.5, np.float32)
    noisy = perturb(grey, {"noise": 0.1})
    assert noisy.std() == pytest.approx(0.1, rel=0.02)
    assert np.array_equal(noisy, perturb(grey, {"noise": 0.1}))
    assert not np.array_equal(noisy, perturb(grey, {"noise": 0.1}, seed=1))


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda slider: slider.name)
def test_a_sweep_covers_the_slider(image: np.ndarray, slider):
    values, images = sweep(image, {}, slider)
    assert (values[0], values[-1]) == (slider.low, slider.high)
    assert images.shape == (len(values), 28, 28)
    assert images.min() >= 0
    assert images.max() <= 1
    nearest = int(np.abs(values - slider.neutral).argmin())
    assert np.allclose(images[nearest], image, atol=1e-5)


def test_unknown_settings_are_named(image: np.ndarray):
    with pytest.raises(ValueError, match="'tilt'.*shift_x"):
        perturb(image, {"tilt": 1})
