"""Kernels at any size, on whole photos, and among learned filters; inputs to lay them on."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from convdemo.convolution.filtering import filtered, nearest, resized, slid
from convdemo.convolution.inputs import EXAMPLES, example, fitted
from convdemo.convolution.kernels import KERNELS, centred, kernel, random_kernel
from convdemo.convolution.torch_check import photo_difference


def made(name: str, size: tuple[int, ...]) -> np.ndarray:
    """A kernel that there is."""
    found = kernel(name, size)
    assert found is not None
    return found


def photo(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (24, 31, 3), dtype=np.uint8)


@pytest.mark.parametrize("dims", KERNELS)
def test_a_kernel_of_its_own_size_is_as_in_books(dims):
    for name, wanted in KERNELS[dims].items():
        assert kernel(name, wanted.shape) is wanted


def test_some_kernels_have_every_size():
    assert np.array_equal(made("blur", (2, 4)), np.full((2, 4), 1 / 8))
    assert np.allclose(made("gaussian", (5,)), np.array([1, 4, 6, 4, 1]) / 16)
    assert np.allclose(made("gaussian", (1, 3)), [[0.25, 0.5, 0.25]])
    assert np.array_equal(made("identity", (5,)), [0, 0, 1, 0, 0])
    assert np.array_equal(made("identity", (4,)), [0, 1, 0, 0])
    assert kernel("sobel_x", (5, 5)) is None
    with pytest.raises(KeyError):
        kernel("magic", (3,))


def test_weights_keep_their_middle_in_another_size():
    one = np.array([1.0, 2.0, 3.0])
    assert np.array_equal(centred(one, (5,)), [0, 1, 2, 3, 0])
    assert np.array_equal(centred(one, (1,)), [2])
    assert np.array_equal(centred(centred(one, (6,)), (3,)), one)
    assert np.array_equal(centred(np.array([[1.0, 2.0]]), (3, 2)), [[0, 0], [1, 2], [0, 0]])


def test_a_random_kernel_is_its_seeds():
    one = random_kernel(7, (1, 3, 3))
    assert np.array_equal(one, random_kernel(7, (1, 3, 3)))
    assert not np.array_equal(one, random_kernel(8, (1, 3, 3)))
    assert np.array_equal(one, one.round(2))


@pytest.mark.parametrize("dims", EXAMPLES)
def test_every_example_has_any_size_and_moves_on_by_channel(dims):
    for name in EXAMPLES[dims]:
        for size in ((1,) * dims, (7, 6, 5)[:dims]):
            values = example(name, size, 2)
            assert values.shape == (2, *size)
            assert np.abs(values).max() <= 2
            assert np.array_equal(values[1], np.roll(values[0], 1, axis=-1))


def test_the_course_s_ones_and_a_square_that_moves():
    assert np.array_equal(example("ones", (5,))[0], np.ones(5))
    clip = example("moving_square", (3, 6, 6))[0]
    for before, after in zip(clip, clip[1:], strict=False):
        assert np.array_equal(after, np.roll(before, 1, axis=1))
    assert clip.sum() == 3 * 4


def test_numbers_are_cut_or_filled_with_zeros():
    values = np.arange(6.0).reshape(1, 2, 3)
    assert np.array_equal(fitted(values, (1, 1, 4))[0], [[0, 1, 2, 0]])
    assert fitted(values, (2, 2, 3))[1].sum() == 0


@pytest.mark.parametrize("size", [(3, 3), (2, 4), (5, 1)])
def test_a_kernel_on_a_photo_is_torchs_convolution(size):
    weights, grey = random_kernel(1, size), photo()[..., 0] / 255
    before = [(n - 1) // 2 for n in size]
    pads = [before[1], size[1] - 1 - before[1], before[0], size[0] - 1 - before[0]]
    padded = functional.pad(torch.from_numpy(grey)[None, None], pads, mode="replicate")
    theirs = functional.conv2d(padded, torch.from_numpy(weights)[None, None])[0, 0].numpy()
    assert np.allclose(slid(grey, weights), theirs, atol=1e-12)
    assert photo_difference(grey, weights, slid(grey, weights)) < 1e-12
    assert photo_difference(grey, weights, slid(grey, weights) + 0.5) == pytest.approx(0.5)


def test_a_bright_kernel_keeps_colours_and_a_signed_one_has_a_scale():
    same = filtered(photo(), KERNELS[2]["identity"])
    assert np.array_equal(same.image, photo())
    assert (same.has_sign, same.clipped) == (False, 0)
    sharp = filtered(photo(), KERNELS[2]["sharpen"])
    assert 0 < sharp.clipped < 1
    edges = filtered(photo(), KERNELS[2]["sobel_x"])
    assert edges.has_sign
    assert edges.clipped == pytest.approx(0.01, abs=0.005)
    flat = filtered(np.full((9, 9, 3), 77, np.uint8), KERNELS[2]["laplacian"])
    assert (flat.image == flat.image[0, 0]).all()


def test_the_nearest_filter_is_the_kernel_itself():
    sobel = KERNELS[2]["sobel_x"]
    filters = np.stack([random_kernel(seed, (1, 3, 3)) for seed in range(6)])
    filters[4] = 2.5 * sobel
    filters[2] = -sobel
    found = nearest(sobel, filters, 6)
    assert (found[0].filter, found[0].cosine) == (4, pytest.approx(1))
    assert (found[-1].filter, found[-1].cosine) == (2, pytest.approx(-1))
    assert [one.cosine for one in found] == sorted((one.cosine for one in found), reverse=True)
    wanted = functional.cosine_similarity(
        torch.from_numpy(sobel).flatten()[None], torch.from_numpy(filters).flatten(1)
    )
    for one in found:
        assert one.cosine == pytest.approx(float(wanted[one.filter]))


def test_on_colours_the_kernel_lies_on_every_channel():
    sobel = KERNELS[2]["sobel_y"]
    grey_one = np.repeat(sobel[None], 3, axis=0)
    red_one = np.stack([sobel, 0 * sobel, 0 * sobel])
    found = nearest(sobel, np.stack([red_one, grey_one]), 2)
    assert [one.filter for one in found] == [1, 0]
    assert found[0].cosine == pytest.approx(1)
    assert found[1].cosine == pytest.approx(3**-0.5)
    assert np.allclose(found[1].weights, sobel / 3)


def test_a_kernel_is_resized_to_the_filters():
    gabor = KERNELS[2]["gabor_0"]
    small = resized(gabor, (3, 3))
    assert np.allclose(small, small[::-1])  # upright stripes stay upright
    assert nearest(gabor, small[None, None], 1)[0].cosine == pytest.approx(1)
    with pytest.raises(ValueError, match="no direction"):
        nearest(np.zeros((3, 3)), small[None, None], 1)
