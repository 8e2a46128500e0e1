"""The middle of a photo, against torchvision."""

import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from convdemo.inference.inputs import CROPS


@pytest.mark.parametrize("name", CROPS)
@pytest.mark.parametrize("size", [(640, 427), (333, 500), (64, 64), (73, 90), (900, 41)])
def test_pillow_crops_to_the_pixel_as_torchvision(name, size):
    spec = CROPS[name]
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    shorter = [int(spec.side / spec.crop)]
    theirs = functional.resize(
        functional.to_pil_image(picture), shorter, InterpolationMode(spec.resize)
    )
    theirs = functional.to_image(functional.center_crop(theirs, [spec.side, spec.side]))
    theirs = functional.to_dtype(theirs, torch.float32, scale=True)
    ours = spec.pixels_of(picture)
    assert (ours.dtype, ours.shape) == (np.float32, (3, spec.side, spec.side))
    assert np.array_equal(ours, theirs.numpy())
