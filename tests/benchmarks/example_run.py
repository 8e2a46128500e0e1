"""Makes the finished run that the Train tab begins with: `cnn` on MNIST, by our recipe.

python tests/benchmarks/example_run.py DATA trains it by a run's own worker (two minutes on one
thread), and writes convdemo/ui/example_run.py's folder anew. Prints what it reaches, as JSON.
"""

import argparse
import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file

from convdemo.data.registry import find_dataset
from convdemo.files import save_tensors, write_json
from convdemo.training.recipes import RECIPES
from convdemo.training.runs.snapshots import epochs_of, snapshot_at
from convdemo.training.runs.store import EPOCHS, TEST, RunFolder, Runs
from convdemo.training.runs.worker import execute
from convdemo.ui.example_run import CONFUSIONS, FOLDER, NAME

MODEL, DATASET = "cnn", "mnist"
KEPT = ("run.json", "state.json", "records.jsonl", TEST, EPOCHS)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the run that ships")
    parser.add_argument("data", type=Path)
    data_dir = parser.parse_args().data
    with tempfile.TemporaryDirectory() as made:
        runs = Runs(Path(made) / "runs")
        config = dataclasses.replace(RECIPES[MODEL], device="cpu", precision="float32")
        folder = runs.folder(runs.create(MODEL, DATASET, dataclasses.asdict(config)).id)
        execute(folder, data_dir=data_dir, weights_dir=Path(made) / "weights")
        validation = find_dataset(DATASET).load(data_dir, "validation")
        confusions = [
            snapshot_at(folder, epoch, validation).confusion.tolist() for epoch in epochs_of(folder)
        ]
        _keep(folder)
    write_json(FOLDER / CONFUSIONS, confusions)
    print(json.dumps({**vars(RunFolder(FOLDER).state), "megabytes": _megabytes(FOLDER)}))


def _keep(folder: RunFolder) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in KEPT:
        source = folder.path / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, FOLDER / name)
    for path in (FOLDER / TEST, *(FOLDER / EPOCHS).iterdir()):
        tensors = load_file(path)
        halves = {k: v.half() if v.is_floating_point() else v for k, v in tensors.items()}
        if path.name == TEST:
            halves["labels"] = halves["labels"].to(torch.uint8)
        save_tensors(path, halves, {})
    # Its weights are not in the model library, and it is called by its folder's name.
    write_json(FOLDER / "run.json", {**dataclasses.asdict(folder.run), "id": NAME})
    write_json(FOLDER / "state.json", {**dataclasses.asdict(folder.state), "saved": None})


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*")) / 1e6, 2)


if __name__ == "__main__":
    main()
