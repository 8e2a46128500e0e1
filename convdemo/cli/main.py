"""The command line: convdemo serve | list | predict | evaluate | train | bench | augment ..."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from convdemo.cli import (
    augment,
    console,
    convolve,
    explain,
    export,
    report,
    space,
    train,
    transfer,
)
from convdemo.cli.figures import add_options, figures_of, part_of_name
from convdemo.data.dataset import DataMissingError
from convdemo.data.registry import find_dataset
from convdemo.errors import UserError
from convdemo.files import SpareError, reason
from convdemo.images.decode import NOTES, PictureError, read_picture
from convdemo.images.figures import confusion
from convdemo.inference.library import default_entry, find, list_models, load, model_dirs
from convdemo.networks.hub import BackboneMissingError
from convdemo.paths import default_data_dir
from convdemo.training.memory import keep_freed

JOBS = ("digits", "clothes", "photos", "custom")
BEST = 5  # answers that are named where there are MANY classes
MANY = 20
READ_NO_DATA = ["list", "predict", "augment", "explain", "convolve", "transfer", "export", "space"]


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def _entries(arguments: argparse.Namespace):
    return list_models(model_dirs(arguments.weights_dir))


def _list(arguments: argparse.Namespace) -> int:
    rows = [
        {
            "name": entry.card.name,
            "model": entry.card.model,
            "dataset": entry.card.dataset,
            "classes": entry.card.classes,
            "parameters": entry.card.parameters,
            "validation_accuracy": entry.card.validation_accuracy,
            "test_accuracy": entry.card.test_accuracy,
            "default_for": entry.card.default_for,
            "file": str(entry.path),
        }
        for entry in _entries(arguments)
    ]
    if arguments.json:
        _print_json(rows)
        return 0
    print(f"{'name':34} {'parameters':>10} {'validation':>10} {'test':>8}  default for")
    for row in rows:
        print(
            f"{row['name']:34} {row['parameters']:>10,} {_percent(row['validation_accuracy']):>10} "
            f"{_percent(row['test_accuracy']):>8}  {row['default_for'] or ''}"
        )
    return 0


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def _predict(arguments: argparse.Namespace) -> int:
    entries = _entries(arguments)
    if arguments.model:
        entry = find(arguments.model, entries)
        if entry.card.job != arguments.job:
            raise UserError(
                f"model {arguments.model!r} reads {entry.card.job}, not {arguments.job}"
            )
    else:
        entry = default_entry(arguments.job, entries)
    from convdemo.inference.predict import predict_picture

    trained = load(entry.path)
    failed = 0
    for file in arguments.files:
        try:
            picture = read_picture(file)
            prediction = predict_picture(trained, picture)
        except PictureError as error:
            failed += 1
            row = {"file": file, "error": str(error)}
            print(f"{file}: {error}", file=sys.stderr) if not arguments.json else _print_json(row)
            continue
        note = NOTES.get(prediction.note or "")
        ranked = sorted(prediction.probabilities.items(), key=lambda pair: -pair[1])
        if arguments.json:
            _print_json(
                {
                    "file": file,
                    "label": prediction.label,
                    "notice": prediction.notice,
                    "note": note,
                    "probabilities": prediction.probabilities,
                    "best": dict(ranked[:BEST]),
                    "model": prediction.model,
                    "seconds": round(prediction.seconds, 4),
                }
            )
        else:
            best = max(prediction.probabilities.values(), default=0.0)
            answer = f"{file}: {prediction.label or prediction.notice} ({best:.1%})"
            if len(ranked) > MANY:  # of a thousand classes the second may be as right
                answer += "".join(f", {name} ({share:.1%})" for name, share in ranked[1:BEST])
            print(f"{answer} - {note}" if note else answer)
    return 1 if failed else 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from convdemo.training.evaluation import evaluate

    source = find_dataset(arguments.dataset)
    entry = find(f"{arguments.model}-{arguments.dataset}", _entries(arguments))
    figures = figures_of(arguments)
    name = f"confusion-{part_of_name(arguments.model)}-{part_of_name(arguments.dataset)}"
    figures.check(name)
    trained = load(entry.path)
    card = trained.card
    result = evaluate(
        trained.network,
        source.load(arguments.data_dir, "test", arguments.photos),
        mean=card.mean,
        std=card.std,
        classes=len(card.classes),
        views=card.views,
    )
    drawn = {}
    if figures.folder is not None:
        classes = figures.classes(card.classes, card.job)
        figure = confusion(result.confusion, classes, title=card.name, look=figures.look)
        drawn["figures"] = figures.save(figure, name)
    if arguments.json:
        _print_json(dataclasses.asdict(result) | drawn)
    else:
        print(f"{card.name}: {result.accuracy:.2%} of {result.n} right, loss {result.loss:.4f}")
        for name, row in zip(card.classes, result.confusion, strict=True):
            print(f"{name:>12} " + " ".join(f"{count:>5}" for count in row))
        print(*drawn.get("figures", ()), sep="\n", end="\n" if drawn else "")
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    from convdemo.ui.context import Context
    from convdemo.ui.launch import serve

    serve(
        Context(model_dirs=model_dirs(arguments.weights_dir), data_dir=arguments.data_dir),
        host=arguments.host,
        port=arguments.port,
        root_path=arguments.root_path,
        mcp=arguments.mcp,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convdemo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument(
            "--weights-dir", type=Path, help="your own models (default: CONVDEMO_HOME/weights)"
        )
        if name not in READ_NO_DATA:
            command.add_argument(
                "--data-dir",
                type=Path,
                default=default_data_dir(),
                help="data sets (default: CONVDEMO_DATA, else a cache folder)",
            )
        if name != "serve":
            command.add_argument("--json", action="store_true", help="print JSON")
        return command

    serve = add("serve", _serve, "start the demo in the browser")
    serve.add_argument("--host", default="127.0.0.1", help="0.0.0.0 or ::, for all of them")
    serve.add_argument("--port", type=int, default=7860, help="0 for any that is free")
    serve.add_argument(
        "--root-path",
        metavar="/demo",
        default=os.environ.get("GRADIO_ROOT_PATH", ""),
        help="the folder under which a reverse proxy shows the page",
    )
    serve.add_argument("--mcp", action="store_true", help="the endpoints as tools of a model, too")

    add("list", _list, "the models in the model library")

    predict = add("predict", _predict, "read pictures of digits or clothes")
    predict.add_argument("job", choices=JOBS)
    predict.add_argument("files", nargs="+", metavar="FILE")
    predict.add_argument("--model", help="a name that `convdemo list` shows")

    evaluate = add("evaluate", _evaluate, "accuracy of a model on its test set")
    evaluate.add_argument("model")
    evaluate.add_argument("dataset")
    evaluate.add_argument("--photos", type=Path, help="the folder of photos, where one is needed")
    add_options(evaluate)

    train.add_commands(add)
    transfer.add_commands(add)
    augment.add_commands(add)
    explain.add_commands(add)
    convolve.add_commands(add)
    export.add_commands(add)
    report.add_commands(add)
    space.add_commands(add)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    """The exit status of one command: 1 when something could not be done, 2 for wrong usage."""
    console.ready()
    keep_freed()
    try:
        arguments = _parser().parse_args(words)
        if getattr(arguments, "json", False):
            console.ready_for_json()
        status = arguments.run(arguments)
        sys.stdout.flush()  # here it can still be said that there is no room for it
        return status
    except (DataMissingError, BackboneMissingError, SpareError) as error:
        print(f"convdemo: {error}", file=sys.stderr)
        return 1
    except UserError as error:
        print(f"convdemo: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        console.drop()
        return 1
    except OSError as error:
        console.drop()
        named = "" if error.filename is None else f"{error.filename}: "
        print(f"convdemo: {named}{reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
