"""From the names of a model and a data set to a file of weights."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from convdemo.data.dataset import DatasetSpec
from convdemo.data.mnist import EXTRA_CLASSES
from convdemo.data.negatives import with_negatives
from convdemo.data.registry import find_dataset
from convdemo.errors import UserError
from convdemo.files import check_place
from convdemo.inference.card import SUFFIX, Card
from convdemo.inference.library import keep
from convdemo.networks.registry import ModelSpec, cam_stage_of, find_model, name_of
from convdemo.networks.stages import count_parameters, set_dropout
from convdemo.networks.warm_start import begin
from convdemo.networks.written import is_line
from convdemo.training.autotune import decided
from convdemo.training.config import TrainConfig
from convdemo.training.distributed import ALONE, Ranks
from convdemo.training.evaluation import Evaluation, evaluate, read_set, score
from convdemo.training.hardware import hardware
from convdemo.training.loop import Record, Training
from convdemo.training.optimizer import choose_device
from convdemo.training.threshold import threshold_for

DEFAULT_FOR = {
    "digit_resnet-mnist": "digits",
    "photo_lite-fashion_mnist_photos": "clothes",
}


def statistics_of(
    spec: ModelSpec, source: DatasetSpec
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and spread that a network's input is normalised with: the data's, or the course's."""
    if spec.normalisation is None:
        return source.mean, source.std
    mean, std = ((value,) * source.shape[0] for value in spec.normalisation)
    return mean, std


def extra_classes(source: DatasetSpec, negatives: float) -> tuple[str, ...]:
    """The outputs after the classes: the data's own, or what negatives are taken for."""
    return EXTRA_CLASSES if negatives else source.extra_classes


def outputs_of(source: DatasetSpec, negatives: float) -> int:
    """The number of a network's outputs."""
    return len(source.classes) + len(extra_classes(source, negatives))


@dataclass(frozen=True)
class Finished:
    """A network's card, and what it says to its test set: (N, classes) and the (N,) labels."""

    card: Card
    answers: torch.Tensor
    labels: torch.Tensor
    tested: Evaluation


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
        return find_dataset(self.dataset)

    def finish(self) -> Finished:
        """Judge the network as it is now: its test set is opened here, once."""
        run, source, views = self.training, self.source, find_model(self.model).views
        run.network.to(memory_format=torch.contiguous_format)
        about = {"mean": run.mean, "std": run.std, "views": views}
        labelled = len(source.classes) + len(source.extra_classes)
        validated = evaluate(run.network, run.validation, classes=labelled, **about)
        test = source.load(self.data_dir, "test", self.photos).to(run.device)
        answers = read_set(run.network, test, **about)[:, :labelled]
        tested = score(answers, test.labels, classes=len(source.classes))
        name = f"{name_of(self.model)}-{self.dataset}"
        unknown = None
        if run.config.negatives:
            unknown = threshold_for(run.network, run.validation, run.config.seed, **about)
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
            best_epoch=run.best_epoch,
            seconds=round(run.seconds, 1),
            hardware=hardware(run.device),
            command=self.command,
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            config=dataclasses.asdict(run.config),
            views=views,
            extra_classes=extra_classes(source, run.config.negatives),
            unknown=unknown,
            default_for=DEFAULT_FOR.get(name),
        )
        return Finished(card, answers, test.labels, tested)


def prepare(
    model: str,
    dataset: str,
    config: TrainConfig,
    *,
    data_dir: Path,
    command: str,
    photos: Path | None = None,
    ranks: Ranks = ALONE,
) -> Job:
    """Everything up to the first step. Precision and layout are decided here, where they are open.

    Of several ranks the first one comes first, since it may have to download the data.
    ValueError for unknown names, DataMissingError where the data set is not to be had.
    """
    spec = find_model(model)
    source = find_dataset(dataset)
    device = choose_device(config.device, ranks.local)
    if not ranks.first:
        ranks.wait()
    training = source.load(data_dir, "train", photos).take(config.limit).to(device)
    if config.negatives:
        if source.job != "digits":
            raise UserError(f"negatives are drawn for digits, and {dataset} holds none")
        training = with_negatives(training, config.negatives, config.seed)
    validation = source.load(data_dir, "validation", photos).to(device)
    if ranks.first:
        ranks.wait()

    torch.manual_seed(config.seed)
    outputs = outputs_of(source, config.negatives)
    network = spec.build(source.shape, outputs)
    set_dropout(network, config.dropout)
    if spec.start is not None:
        begin(network, spec.start, source.related)
    network.to(device)
    if ranks.first:
        batch = min(config.batch, len(training))
        config = decided(config, network, model, source.shape, batch)
    config = ranks.broadcast(config)  # the others would decide for themselves, and differently

    mean, std = statistics_of(spec, source)
    ranks.synchronise(network, device)
    run = Training(
        network,
        training,
        validation,
        config,
        mean=mean,
        std=std,
        classes=outputs,
        ranks=ranks,
    )
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
    ranks: Ranks = ALONE,
    when_tested: Callable[[Evaluation], object] | None = None,
) -> Iterator[Record | Card]:
    """Train one network into WEIGHTS_DIR/MODEL-DATASET.safetensors; yields records, then the card.

    The network is one of the registry by name, or a line of layers.

    The file is written when training has ended and the test set has been opened, once: a run that
    is interrupted leaves what was there. Of several ranks all yield records, the first the card.
    Where the file cannot be written is said before: PlaceError. SpareError where it fails then.
    `when_tested` is told how the network does on its test set, before the card comes.
    """
    spec, source = find_model(model), find_dataset(dataset)
    if is_line(model):  # what cannot be is said before the data are read
        cam_stage_of(model, source.shape, outputs_of(source, config.negatives))
    path = weights_dir / f"{spec.name}-{dataset}{SUFFIX}"
    if ranks.first:
        check_place(path)
    job = prepare(
        model, dataset, config, data_dir=data_dir, command=command, photos=photos, ranks=ranks
    )
    yield from job.training.records()
    if not ranks.first:
        return
    finished = job.finish()
    keep(path, finished.card, job.training.network)
    if when_tested is not None:
        when_tested(finished.tested)
    yield finished.card
