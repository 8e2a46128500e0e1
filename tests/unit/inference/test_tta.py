"""Views: the input itself first, each of the others where it should be, their answers averaged."""

import math

import pytest
import torch
from torch import nn

from convdemo.data.dataset import ImageSet
from convdemo.inference.tta import (
    SHEAR,
    TURN_DEGREES,
    VIEWS,
    moved,
    normalise,
    nudged,
    probabilities_of,
    view_count,
)
from convdemo.networks.registry import MODELS
from convdemo.training.evaluation import CPU_BATCH, read_set


def dot(row: int, column: int) -> torch.Tensor:
    """One bright pixel at a distance from the middle of 29x29."""
    image = torch.zeros(1, 1, 29, 29)
    image[0, 0, 14 + row, 14 + column] = 1
    return image


def place(image: torch.Tensor) -> tuple[float, float]:
    """Where the mass of an image lies, from its middle."""
    steps = torch.arange(29.0) - 14
    total = image.sum()
    return (
        float((image.sum(dim=1) * steps).sum() / total),
        float((image.sum(dim=0) * steps).sum() / total),
    )


@pytest.mark.parametrize("name", VIEWS)
def test_the_first_view_is_the_input(name):
    x = torch.rand(3, 2, 28, 28, generator=torch.Generator().manual_seed(0))
    views = VIEWS[name](x)
    assert views.shape[1:] == x.shape
    assert torch.equal(views[0], x)


@pytest.mark.parametrize("name", VIEWS)
def test_a_set_is_read_a_few_inputs_at_a_time(name):
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (60, 1, 28, 28), generator=generator, dtype=torch.uint8)
    network = MODELS["quick_cnn"].build((1, 28, 28), 10).eval()
    sizes = []
    network.register_forward_pre_hook(lambda _, inputs: sizes.append(len(inputs[0])))
    about = {"mean": (0.5,), "std": (0.5,), "views": name}
    found = read_set(network, ImageSet(pictures, torch.zeros(60, dtype=torch.int64)), **about)
    assert max(sizes) <= CPU_BATCH
    assert sum(sizes) == 60 * view_count(name) == 60 * len(VIEWS[name](torch.zeros(1, 1, 28, 28)))
    with torch.no_grad():
        whole = probabilities_of(network, pictures.float() / 255, **about)
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-4)


def test_slanted_views_turn_and_shear_to_both_sides():
    views = VIEWS["slanted"](dot(-10, 0))  # above the middle
    sides = [place(view[0, 0])[1] for view in views]
    turn = 10 * math.tan(math.radians(TURN_DEGREES))
    shear = 10 * SHEAR
    assert sorted(sides) == pytest.approx(sorted([0, turn, -turn, shear, -shear]), abs=0.3)


def test_the_mirror_image_is_one():
    assert place(VIEWS["mirrored"](dot(3, 5))[1, 0, 0]) == (3.0, -5.0)


def test_the_middle_is_seen_from_nearer():
    whole, middle, *mirrors = VIEWS["nearer"](dot(6, 3))
    # Whole pixels: of 29, three quarters are the 21 in the middle.
    assert place(middle[0, 0]) == pytest.approx((6 * 29 / 21, 3 * 29 / 21), abs=0.1)
    assert torch.equal(torch.stack(mirrors), torch.stack((whole, middle)).flip(4))


def test_answers_are_averaged_over_the_views():
    class Left(nn.Module):
        """Logits that tell whether the left or the right half is brighter."""

        def forward(self, x):
            left, right = x[..., :14].sum(dim=(1, 2, 3)), x[..., 15:].sum(dim=(1, 2, 3))
            return torch.stack((left, right), dim=1)

    alone = probabilities_of(Left(), dot(0, -5), mean=(0.0,), std=(1.0,))
    both = probabilities_of(Left(), dot(0, -5), mean=(0.0,), std=(1.0,), views="mirrored")
    assert alone[0, 0].item() == pytest.approx(math.e / (1 + math.e))
    assert both[0].tolist() == pytest.approx([0.5, 0.5])


def test_normalise_is_per_channel():
    x = torch.ones(1, 2, 1, 1)
    assert normalise(x, (0.5, 0.0), (0.5, 2.0)).flatten().tolist() == [1.0, 0.5]


@pytest.mark.parametrize("name", MODELS)
def test_no_network_of_digits_is_shown_mirror_images(name):
    spec = MODELS[name]
    assert spec.views in VIEWS
    assert not (
        spec.views in ("mirrored", "nearer", "nudged", "moved") and "mnist" in spec.datasets
    )


def test_moved_views_are_the_input_moved_to_each_corner_and_mirrored():
    images = torch.zeros(1, 3, 32, 32)
    images[:, 1, 10, 6] = 1
    images[:, 2, 1, 0] = 1  # comes back as its own reflection where it was moved out
    views = moved(images)
    assert views.shape == (10, 1, 3, 32, 32)
    assert torch.equal(views[0], images)
    assert torch.equal(views[5:], views[:5].flip(4))
    found = [tuple(view[0, 1].nonzero()[0].tolist()) for view in views[:5]]
    assert found == [(10, 6), (9, 5), (11, 7), (11, 5), (9, 7)]
    assert views[1, 0, 2].sum() == 0
    assert views[2, 0, 2].nonzero().tolist() == [[0, 1], [2, 1]]


def test_nudged_views_are_the_input_moved_by_half_a_pixel_and_mirrored():
    images = torch.zeros(1, 1, 28, 28)
    images[..., 10, 6] = 1
    views = nudged(images)
    assert views.shape == (10, 1, 1, 28, 28)
    assert torch.equal(views[0], images)
    assert torch.equal(views[5:], views[:5].flip(4))
    for view, places in zip(
        views[1:5],
        (((10, 5), (10, 6)), ((10, 6), (10, 7)), ((9, 6), (10, 6)), ((10, 6), (11, 6))),
        strict=True,
    ):
        for row, column in places:
            assert view[0, 0, row, column] == pytest.approx(0.5, abs=1e-4)
        assert view.sum() == pytest.approx(1, abs=1e-3)
