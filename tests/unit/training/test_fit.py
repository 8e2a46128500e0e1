"""Recipes, and the way from two names to a file of weights."""

import dataclasses

import pytest
import torch

from convdemo.augmentation.batch import augment_clothes_lightly
from convdemo.data.registry import DATASETS
from convdemo.inference.card import Card
from convdemo.inference.library import load
from convdemo.networks.registry import MODELS
from convdemo.training.config import TrainConfig
from convdemo.training.fit import fit
from convdemo.training.loop import Record
from convdemo.training.recipes import RECIPES, recipe


def test_every_network_has_a_recipe():
    assert set(RECIPES) == set(MODELS)


@pytest.mark.parametrize(
    ("model", "dataset", "augment"),
    [
        ("cnn", "mnist", "none"),
        ("digit_resnet", "mnist", "digits"),
        ("digit_resnet", "fashion_mnist", "clothes"),
        ("fashion_resnet", "fashion_mnist", "clothes_light"),
        ("fashion_resnet", "mnist", "digits"),
        ("photo_lite", "fashion_mnist_photos", "none"),
    ],
)
def test_the_augmentation_fits_the_data(model, dataset, augment):
    assert recipe(model, dataset).augment == augment


def test_light_augmentation_moves_by_a_pixel_at_most():
    image = torch.zeros(300, 1, 28, 28)
    image[..., 14, 6] = 1
    moved = augment_clothes_lightly(image, torch.zeros(300), torch.Generator().manual_seed(0))
    rows, columns = (moved[:, 0] > 0.2).nonzero()[:, 1:].T
    assert rows.min() >= 13
    assert rows.max() <= 15
    mirrored = 27 - 6
    near = ((columns - 6).abs() <= 1) | ((columns - mirrored).abs() <= 1)
    assert near.all()
    assert (columns > 14).any()
    assert (columns < 14).any()


def test_fit_yields_records_and_then_the_card_of_the_file_it_wrote(small_data_dir, tmp_path):
    config = TrainConfig(epochs=1, batch=50, precision="float32", channels_last=False, device="cpu")
    *records, card = fit(
        "simple_ann",
        "fashion_mnist",
        config,
        data_dir=small_data_dir,
        weights_dir=tmp_path,
        command="convdemo train simple_ann fashion_mnist",
    )
    last = records[-1]
    assert isinstance(last, Record)
    assert isinstance(card, Card)
    trained = load(tmp_path / "simple_ann-fashion_mnist.safetensors")
    assert trained.card == card
    assert card.config == dataclasses.asdict(config)
    assert card.job == "clothes"
    assert card.classes == DATASETS["fashion_mnist"].classes
    assert card.mean == (0.5,)  # the course's own scaling for this network
    assert card.validation_accuracy == last.val_accuracy


def test_unknown_names_are_told_with_the_choices(tmp_path):
    with pytest.raises(ValueError, match="model 'vgg' is none of simple_ann, fashion_dnn"):
        recipe("vgg", "mnist")
    with pytest.raises(ValueError, match="dataset 'svhn' is none of mnist, fashion_mnist"):
        recipe("cnn", "svhn")
