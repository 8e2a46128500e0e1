"""From the names of a model and a data set to a file of weights."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from .config import TrainConfig
from .data import DatasetSpec
from .datasets import DATASETS
from .evaluation import evaluate, judge, read_set
from .models import MODELS, ModelSpec, count_parameters
from .optimization import choose_device
from .precision import fastest, hardware
from .train import Record, Training
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
        epochs=16,
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
        epochs=60,
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
        epochs=24,
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


def statistics_of(
    spec: ModelSpec, source: DatasetSpec
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and spread that a network's input is normalised with: the data's, or the course's."""
    if spec.normalisation is None:
        return source.mean, source.std
    mean, std = ((value,) * source.shape[0] for value in spec.normalisation)
    return mean, std


@dataclass(frozen=True)
class Finished:
    """A network's card, and what it says to its test set: (N, outputs) and the (N,) labels."""

    card: Card
    answers: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Job:
    """A training whose data are loaded and whose network is built, and what its card will say."""

    model: str
    dataset: str
    training: Training
    data_dir: Path
    command: str
    photos: Path | None

    @property
    def source(self) -> DatasetSpec:
        return DATASETS[self.dataset]

    def finish(self) -> Finished:
        """Judge the network as it is now: its test set is opened here, once."""
        run, source, views = self.training, self.source, MODELS[self.model].views
        run.network.to(memory_format=torch.contiguous_format)
        about = {"mean": run.mean, "std": run.std, "views": views}
        validated = evaluate(run.network, run.validation, classes=run.classes, **about)
        test = source.load(self.data_dir, "test", self.photos).to(run.device)
        answers = read_set(run.network, test, **about)
        tested = judge(answers, test.labels, classes=len(source.classes))
        name = f"{self.model}-{self.dataset}"
        card = Card(
            name=name,
            model=self.model,
            dataset=self.dataset,
            job=source.job,
            classes=source.classes,
            shape=source.shape,
            mean=run.mean,
            std=run.std,
            preprocessing=source.preprocessing,
            parameters=count_parameters(run.network),
            validation_accuracy=validated.accuracy,
            test_accuracy=tested.accuracy,
            test_loss=tested.loss,
            epochs=run.finished,
            seconds=round(run.seconds, 1),
            hardware=hardware(run.device),
            command=self.command,
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            config=dataclasses.asdict(run.config),
            views=views,
            extra_classes=source.extra_classes,
            default_for=DEFAULT_FOR.get(name),
        )
        return Finished(card, answers, test.labels)


def prepare(
    model: str,
    dataset: str,
    config: TrainConfig,
    *,
    data_dir: Path,
    command: str,
    photos: Path | None = None,
) -> Job:
    """Everything up to the first step. Precision and layout are decided here, where they are open.

    ValueError for unknown names, DataMissingError where the data set is not to be had.
    """
    spec = pick("model", model, MODELS)
    source: DatasetSpec = pick("dataset", dataset, DATASETS)
    device = choose_device(config.device)
    training = source.load(data_dir, "train", photos).take(config.limit).to(device)
    validation = source.load(data_dir, "validation", photos).to(device)

    torch.manual_seed(config.seed)
    outputs = len(source.classes) + len(source.extra_classes)
    network = spec.build(source.shape, outputs).to(device)
    if config.precision == "auto" or config.channels_last is None:
        cache = home_dir() / "speed.json"
        precision, channels_last = fastest(
            network, model, source.shape, precision=config.precision, cache=cache
        )
        if config.channels_last is not None:
            channels_last = config.channels_last
        config = dataclasses.replace(config, precision=precision, channels_last=channels_last)

    mean, std = statistics_of(spec, source)
    run = Training(network, training, validation, config, mean=mean, std=std, classes=outputs)
    return Job(model, dataset, run, data_dir, command, photos)


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
    job = prepare(model, dataset, config, data_dir=data_dir, command=command, photos=photos)
    yield from job.training.records()
    card = job.finish().card
    save(weights_dir / f"{card.name}{SUFFIX}", card, job.training.network)
    yield card
