"""The commands that train: convdemo train | bench."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.cli.figures import add_options, figures_of, part_of_name
from convdemo.cli.tensorboard import board
from convdemo.errors import UserError
from convdemo.paths import home_dir
from convdemo.training.command import SETTINGS, command_of, option

if TYPE_CHECKING:
    from convdemo.inference.card import Card
    from convdemo.training.config import TrainConfig
    from convdemo.training.distributed import Ranks
    from convdemo.training.evaluation import Evaluation
    from convdemo.training.loop import Record

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    """The parsers of the commands here."""
    train = add("train", _train, "train a network and add it to your model library")
    train.add_argument("model", nargs="?")
    train.add_argument("dataset", nargs="?", help="its name, or a folder or a zip of class folders")
    train.add_argument(
        "--like", type=Path, metavar="WEIGHTS", help="train again what a file of weights is"
    )
    train.add_argument(
        "--layers",
        metavar="LINE",
        help="in place of MODEL, such as 'conv 3 p1 16 - relu - pool 2 - flatten - dense 10'",
    )
    train.add_argument("--preset", default="recipe", help="recipe (ours) or course")
    for name, kind in SETTINGS:
        train.add_argument(option(name), type=kind, default=argparse.SUPPRESS)
    train.add_argument(
        "--photos", type=Path, help="the folder of clothing-dataset-small, for fashion_mnist_photos"
    )
    train.add_argument("--tensorboard", type=Path, metavar="DIR", help="for TensorBoard's curves")
    add_options(train)
    bench = add("bench", _bench, "measure this machine; prints one JSON object")
    bench.add_argument("what", choices=["train"])
    bench.add_argument("--dataset", default="mnist")
    bench.add_argument("--seeds", type=_count, default=5)
    bench.add_argument(
        "--course-seeds", type=_count, default=1, help="runs of the course's loop; 0: none"
    )


def _count(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{value} is not between 0 and 100")
    return value


def _bench(arguments: argparse.Namespace) -> int:
    from convdemo.training.benchmark import bench_train

    if arguments.seeds < 1:
        raise UserError("at least one seed is needed")
    measured = bench_train(
        arguments.dataset,
        seeds=arguments.seeds,
        course_seeds=arguments.course_seeds,
        data_dir=arguments.data_dir,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(json.dumps(measured, indent=None if arguments.json else 1))
    return 0


def _train(arguments: argparse.Namespace) -> int:
    from convdemo.training.distributed import joined

    with joined() as ranks:
        return _trained(arguments, ranks)


def _trained(arguments: argparse.Namespace, ranks: Ranks) -> int:
    from convdemo.inference.card import Card
    from convdemo.networks.registry import name_of
    from convdemo.training.fit import fit

    model, dataset, usual = _asked(arguments, quiet=not ranks.first)
    given = {name: getattr(arguments, name) for name, _ in SETTINGS if hasattr(arguments, name)}
    config = dataclasses.replace(usual, **given)
    command = command_of(
        model, dataset, config, preset=arguments.preset, photos=arguments.photos is not None
    )
    weights_dir = arguments.weights_dir or home_dir() / "weights"
    name, figures = f"{part_of_name(name_of(model))}-{part_of_name(dataset)}", figures_of(arguments)
    if ranks.first:
        figures.check(f"curves-{name}", f"confusion-{name}")
    records: list[Record] = []
    tested: list[Evaluation] = []
    with board(arguments.tensorboard if ranks.first else None) as write:
        for record in fit(
            model,
            dataset,
            config,
            data_dir=arguments.data_dir,
            weights_dir=weights_dir,
            command=command,
            photos=arguments.photos,
            ranks=ranks,
            when_tested=tested.append,
        ):
            if not ranks.first:
                continue
            if isinstance(record, Card):
                classes = figures.classes(record.classes, record.job)
                drawn = figures.of_training(name, records, tested[0].confusion, classes)
                _tell_end(arguments, record, weights_dir, drawn)
            else:
                records.append(record)
                write(record)
                _tell(arguments, record)
    return 0


def _asked(arguments: argparse.Namespace, *, quiet: bool) -> tuple[str, str, TrainConfig]:
    """Network, data set and the settings to begin with, of a preset or of a file of weights."""
    from convdemo.inference.card import read_card
    from convdemo.networks.written import is_line, normalised
    from convdemo.training.recipes import preset

    model, dataset = arguments.model, arguments.dataset
    if arguments.like is not None:
        if model or dataset or arguments.layers:
            raise UserError("--like names network and data set: leave out MODEL and DATASET")
        if not arguments.like.is_file():
            raise UserError(f"{arguments.like} is no file of weights")
        card = read_card(arguments.like)
        return card.model, card.dataset, _settings(card, arguments.like)
    if arguments.layers is not None:
        if dataset:
            raise UserError("--layers is the network: leave out MODEL")
        model, dataset = normalised(arguments.layers), model
        if not is_line(model):
            raise UserError(f"--layers {arguments.layers!r} is no line of layers")
    if not (model and dataset):
        raise UserError(
            "MODEL and DATASET are needed, or --layers LINE and DATASET, or --like WEIGHTS"
        )
    dataset = _kept(dataset, as_json=arguments.json, quiet=quiet)
    return model, dataset, preset(arguments.preset, model, dataset)


def _tell_end(
    arguments: argparse.Namespace, card: Card, weights_dir: Path, drawn: list[str]
) -> None:
    if arguments.json:
        described = dataclasses.asdict(card) | ({"figures": drawn} if drawn else {})
        print(json.dumps(described, ensure_ascii=False), flush=True)
        return
    print(
        f"epoch {card.best_epoch} of {card.epochs} is kept: test {card.test_accuracy:.2%}, "
        f"validation {card.validation_accuracy or 0:.2%}, {card.seconds:.0f} s: "
        f"{weights_dir / card.name}.safetensors",
        *drawn,
        sep="\n",
    )


def _tell(arguments: argparse.Namespace, record: Record) -> None:
    if arguments.json:
        if record.epoch:  # a line each for what was trained
            print(json.dumps(dataclasses.asdict(record)), flush=True)
    elif record.epoch == 0:
        print(f"before training: validation {record.val_accuracy:.2%}", flush=True)
    elif record.val_loss is not None:
        print(
            f"epoch {record.epoch}/{record.epochs}  loss {record.loss:.4f}  "
            f"accuracy {record.accuracy:.2%}  validation {record.val_loss:.4f} "
            f"{record.val_accuracy:.2%}{'  best' if record.best else ''}",
            flush=True,
        )


def _settings(card: Card, file: Path) -> TrainConfig:
    """Those that a card was trained with; ValueError for a card of something else."""
    from convdemo.training.config import TrainConfig

    known = {field.name for field in dataclasses.fields(TrainConfig)}
    if not card.config or not set(card.config) <= known:
        made = f"; it was made by: {card.command}" if card.command else ""
        raise UserError(f"{file} has no settings of `convdemo train`{made}")
    try:
        return TrainConfig(**card.config)
    except (TypeError, ValueError) as error:
        raise UserError(f"the settings in {file} cannot be: {error}") from error


def _kept(dataset: str, *, as_json: bool, quiet: bool) -> str:
    """The name of a data set: its own, or that of what a folder or a zip becomes."""
    from convdemo.cli.pictures import read_and_tell
    from convdemo.data.custom import TRAINING, keep, own_data_dir, path_of
    from convdemo.data.registry import DATASETS

    path = Path(dataset)
    meant = os.path.exists(path) or path.suffix.lower() == ".zip" or len(path.parts) > 1
    if dataset in DATASETS or path_of(dataset) is not None or not meant:
        return dataset
    photos = read_and_tell(path, TRAINING, as_json=as_json, quiet=quiet)
    title = path.resolve().name if path.is_dir() else path.stem
    return keep(photos, title, own_data_dir()).name
