"""The command that makes a file of a model that runs without the app: convdemo export."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from convdemo.cli.train import Add
from convdemo.export.exporter import export
from convdemo.inference.library import load_model, model_dirs


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    command = add("export", _export, "a trained model as a file that runs without convdemo")
    command.add_argument("model", help="a name that `convdemo list` shows")
    command.add_argument("--format", required=True, help="zip (weights and predict.py) or onnx")
    command.add_argument("--out", type=Path, required=True, metavar="PATH")


def _export(arguments: argparse.Namespace) -> int:
    trained = load_model(arguments.model, model_dirs(arguments.weights_dir))
    proof = export(trained, arguments.out, arguments.format)
    if arguments.json:
        print(json.dumps(proof, ensure_ascii=False))
        return 0
    print(f"{proof['path']}: {proof['bytes']:,} bytes")
    print(
        f"checked in a process of its own in {proof['seconds']:.1f} s: over {proof['pictures']} "
        f"pictures its probabilities differ from the app's by at most "
        f"{proof['largest_difference']:.1e}"
    )
    return 0
