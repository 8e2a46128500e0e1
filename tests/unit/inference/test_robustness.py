"""One technique at every strength: what it does, where the label goes, what cannot be asked."""

import cv2
import numpy as np
import pytest
import torch

from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES
from convdemo.images.decode import Picture, read_picture
from convdemo.images.resize import fit_into_box
from convdemo.inference import robustness
from convdemo.inference.library import load
from convdemo.inference.predict import predict_picture
from convdemo.inference.robustness import AXES, sweep
from convdemo.ui import page

PICTURES = page.examples("digits")


@pytest.fixture(scope="module")
def reader(shipped):
    return load(shipped["digit_resnet-mnist"].path)


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    noise = np.random.default_rng(1).integers(60, 190, (4, 6, 3)).astype(np.uint8)
    return torch.from_numpy(cv2.resize(noise, (60, 40))).permute(2, 0, 1).contiguous()


def test_every_axis_is_a_technique_that_is_told():
    brightness = {"brightness"}  # brighter and darker are its two halves
    assert set(AXES) - brightness <= set(TECHNIQUES)


@pytest.mark.parametrize("axis", AXES.values(), ids=AXES)
def test_an_axis_changes_nothing_at_its_neutral_point_and_more_beyond(axis, picture):
    values = np.linspace(axis.low, axis.high, axis.points)
    assert np.isclose(values, axis.neutral).any()  # so that the line passes through it
    neutral = axis.change(picture, axis.neutral, "constant")
    assert torch.equal(neutral, picture)

    def distance(value: float) -> float:
        return float((axis.change(picture, value, "constant").int() - picture.int()).abs().sum())

    near = axis.neutral + (axis.high - axis.neutral) / 20
    assert distance(axis.high) > distance(near) > 0


@pytest.mark.parametrize("fill", FILLS)
def test_the_fill_is_passed_on(fill, picture):
    moved = AXES["shift_x"].change(picture, 0.25, fill)
    assert torch.equal(moved[:, :, 15:], picture[:, :, :-15])
    assert bool((moved[:, :, :15] == 0).all()) == (fill == "constant")


def test_the_points_are_what_the_model_reads(reader):
    image = read_picture(next(iter(PICTURES.values()))).rgb
    found = sweep(reader, image, "rotate")
    own = predict_picture(reader, Picture(fit_into_box(image, robustness.SIDE)))
    assert found.label == own.label
    assert [point.value for point in found.points] == pytest.approx(np.linspace(-180, 180, 37))
    middle = found.points[18]
    assert (middle.value, middle.label) == (0, own.label)
    assert middle.probability == pytest.approx(own.probabilities[found.label], abs=1e-6)
    for point in found.points:
        assert (point.label == found.label) <= (point.probability == point.best)
    assert any(point.label != found.label for point in found.points)  # no digit survives all turns
    assert set(found.flips) == {"hflip", "vflip"}


def test_a_six_turned_over_is_a_nine(reader):
    image = next(
        read.rgb
        for path in PICTURES.values()
        if predict_picture(reader, read := read_picture(path)).label in ("6", "9")
    )
    found = sweep(reader, image, "rotate")
    other = {"6": "9", "9": "6"}[found.label]
    assert found.points[0].label == found.points[-1].label == other


def test_another_class_can_be_followed(reader):
    image = read_picture(next(iter(PICTURES.values()))).rgb
    own = sweep(reader, image, "shear")
    other = next(name for name in reader.card.classes if name != own.label)
    followed = sweep(reader, image, "shear", label=other)
    assert followed.label == other
    assert [p.label for p in followed.points] == [p.label for p in own.points]
    assert followed.points[20].probability < 0.5


def test_large_pictures_are_made_small_first(reader, monkeypatch):
    seen = []
    monkeypatch.setattr(
        robustness,
        "predict_picture",
        lambda trained, picture: seen.append(picture.rgb.shape) or _nothing(trained),
    )
    with pytest.raises(ValueError, match="nothing is read"):
        sweep(reader, np.zeros((900, 640, 3), np.uint8), "zoom")
    assert seen == [(320, 228, 3)]


def _nothing(trained):
    return predict_picture(trained, Picture(np.zeros((40, 40, 3), np.uint8)))


def test_what_is_not_there_is_named(reader):
    with pytest.raises(ValueError, match="axis 'twist' is none of rotate"):
        sweep(reader, np.zeros((9, 9, 3), np.uint8), "twist")
    with pytest.raises(ValueError, match="label 'cat' is none of 0, 1"):
        sweep(reader, np.zeros((9, 9, 3), np.uint8), "rotate", label="cat")
