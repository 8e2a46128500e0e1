"""The shipped weights are what their cards say."""

import pytest

from convdemo.data.registry import DATASETS
from convdemo.inference.library import list_models, load
from convdemo.networks.registry import MODELS
from convdemo.networks.stages import count_parameters
from convdemo.paths import shipped_dir
from convdemo.training.evaluation import evaluate

SHIPPED = {entry.card.name: entry for entry in list_models((shipped_dir(),))}
SUBSET = 2_000
LEAST = {  # what each must reach on its test set, or the mean of its seeds
    "simple_ann-mnist": 0.97,
    "fashion_dnn-fashion_mnist": 0.87,
    "cnn-mnist": 0.9902,
    "cnn2-mnist": 0.9935,
    "fashion_cnn-fashion_mnist": 0.90,
    "digit_resnet-mnist": 0.9960,
    "fashion_resnet-fashion_mnist": 0.94,
}


def test_every_file_in_the_folder_is_a_model():
    assert {path.stem for path in shipped_dir().iterdir()} == set(SHIPPED)
    assert set(LEAST) <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_card_and_file_agree(name):
    entry = SHIPPED[name]
    card = entry.card
    assert entry.path.stem == card.name == f"{card.model}-{card.dataset}"
    assert entry.path.stat().st_size < 10_000_000
    spec = DATASETS[card.dataset]
    assert (card.classes, card.shape, card.job) == (spec.classes, spec.shape, spec.job)
    assert card.preprocessing == spec.preprocessing
    trained = load(entry.path)
    assert count_parameters(trained.network) == card.parameters
    assert card.model in MODELS
    assert card.config["seed"] >= 0
    assert card.seconds > 0
    assert card.command.startswith("convdemo train")


@pytest.mark.parametrize("name", LEAST)
def test_stated_accuracy_reaches_its_mark(name):
    assert (SHIPPED[name].card.test_accuracy or 0) >= LEAST[name]


def test_one_default_for_each_job():
    marked = [entry.card.default_for for entry in SHIPPED.values() if entry.card.default_for]
    assert sorted(marked) == ["clothes", "digits"]


@pytest.mark.parametrize("name", [n for n in SHIPPED if SHIPPED[n].card.shape == (1, 28, 28)])
def test_stated_accuracy_is_what_it_reads(name, real_data_dir):
    """Over the first pictures of the test set: within four standard errors of the card's figure."""
    card = SHIPPED[name].card
    images = DATASETS[card.dataset].load(real_data_dir, "test").take(SUBSET)
    result = evaluate(
        load(SHIPPED[name].path).network,
        images,
        mean=card.mean,
        std=card.std,
        classes=10,
        views=card.views,
    )
    stated = card.test_accuracy
    assert stated is not None
    error = (stated * (1 - stated) / SUBSET) ** 0.5
    assert abs(result.accuracy - stated) < 4 * error
