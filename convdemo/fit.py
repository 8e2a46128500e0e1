"""From the names of a model and a data set to a file of weights."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from pathlib import Path

import torch

from .config import TrainConfig
from .data import DatasetSpec
from .datasets import DATASETS
from .evaluation import evaluate
from .models import MODELS, count_parameters
from .optimization import choose_device
from .precision import fastest, hardware
from .train import Record, train
from .weights import SUFFIX, Card, home_dir, save

# The course's own optimizers and batches for its networks; one cycle of the learning rate where
# its constant one falls short of the accuracy it states on a test set that is opened only once.
RECIPES: dict[str, TrainConfig] = {
    "simple_ann": TrainConfig(epochs=10, batch=64, lr=0.01, optimizer="sgd"),
    "fashion_dnn": TrainConfig(epochs=10, batch=100, lr=1e-3),
    "cnn": TrainConfig(epochs=10, batch=100, lr=2e-3, schedule="onecycle", patience=5),
    "cnn2": TrainConfig(
        epochs=8, batch=100, lr=2e-3, schedule="onecycle", augment="digits", patience=3
    ),
    "fashion_cnn": TrainConfig(
        epochs=8, batch=100, lr=2e-3, schedule="onecycle", augment="clothes", patience=3
    ),
    "digit_resnet": TrainConfig(
        epochs=12,
        batch=128,
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.02,
        schedule="onecycle",
        label_smoothing=0.02,
        ema=0.995,
        augment="digits",
    ),
    "photo_resnet": TrainConfig(
        epochs=75,
        batch=64,
        lr=3e-3,
        optimizer="adamw",
        weight_decay=0.02,
        schedule="onecycle",
        label_smoothing=0.05,
        ema=0.998,
        channels_last=True,
    ),
    "fashion_resnet": TrainConfig(
        epochs=20,
        batch=128,
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.05,
        schedule="onecycle",
        label_smoothing=0.05,
        ema=0.995,
        augment="clothes_light",
    ),
}
DEFAULT_FOR = {
    "digit_resnet-mnist": "digits",
    "photo_resnet-fashion_mnist_photos": "clothes",
}


def recipe(model: str, dataset: str) -> TrainConfig:
    """What a network is trained with unless told otherwise; its augmentation fits the data."""
    config = pick("model", model, RECIPES)
    job = pick("dataset", dataset, DATASETS).job
    if config.augment == "none" or config.augment.startswith(job):
        return config
    return dataclasses.replace(config, augment=job)


def pick(kind: str, name: str, choices: dict):
    """The entry of that name; ValueError naming what there is."""
    if name not in choices:
        raise ValueError(f"{kind} {name!r} is none of {', '.join(choices)}")
    return choices[name]


def fit(
    model: str,
    dataset: str,
    config: TrainConfig,
    *,
    data_dir: Path,
    weights_dir: Path,
    command: str,
    photos: Path | None = None,
) -> Iterator[Record | Card]:
    """Train one network into WEIGHTS_DIR/MODEL-DATASET.safetensors; yields records, then the card.

    The file is written when training has ended and the test set has been opened, once: a run that
    is interrupted leaves what was there.
    """
    spec = pick("model", model, MODELS)
    source: DatasetSpec = pick("dataset", dataset, DATASETS)
    device = choose_device(config.device)
    training = source.load(data_dir, "train", photos).take(config.limit).to(device)
    validation = source.load(data_dir, "validation", photos).to(device)

    torch.manual_seed(config.seed)
    outputs = len(source.classes) + len(source.extra_classes)
    network = spec.build(source.shape, outputs).to(device)
    precision, channels_last = fastest(
        network, model, source.shape, precision=config.precision, cache=home_dir() / "speed.json"
    )
    if config.channels_last is not None:
        channels_last = config.channels_last
    config = dataclasses.replace(config, precision=precision, channels_last=channels_last)

    if spec.normalisation:
        mean, std = ((value,) * source.shape[0] for value in spec.normalisation)
    else:
        mean, std = source.mean, source.std
    last = None
    for last in train(network, training, validation, config, mean=mean, std=std, classes=outputs):
        yield last
    assert last is not None
    network.to(memory_format=torch.contiguous_format)
    validated = evaluate(network, validation, mean=mean, std=std, classes=outputs, views=spec.views)
    test = source.load(data_dir, "test", photos).to(device)
    tested = evaluate(
        network, test, mean=mean, std=std, classes=len(source.classes), views=spec.views
    )
    name = f"{model}-{dataset}"
    card = Card(
        name=name,
        model=model,
        dataset=dataset,
        job=source.job,
        classes=source.classes,
        shape=source.shape,
        mean=mean,
        std=std,
        preprocessing=source.preprocessing,
        parameters=count_parameters(network),
        validation_accuracy=validated.accuracy,
        test_accuracy=tested.accuracy,
        test_loss=tested.loss,
        epochs=last.epoch,
        seconds=round(last.seconds, 1),
        hardware=hardware(device),
        command=command,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        config=dataclasses.asdict(config),
        views=spec.views,
        extra_classes=source.extra_classes,
        default_for=DEFAULT_FOR.get(name),
    )
    save(weights_dir / f"{name}{SUFFIX}", card, network)
    yield card
