"""The process that fills a run's folder: it trains what `convdemo train` trains.

Started as `python -m convdemo.training.runs.worker`, it imports everything first and then waits on
its standard input for the folder of a run, and the user's folder of weights.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import torch
from filelock import Timeout
from torch import nn

from convdemo.data.dataset import DataMissingError, ImageSet
from convdemo.files import PlaceError, check_place, reason, save_tensors
from convdemo.inference.card import SUFFIX
from convdemo.inference.library import keep
from convdemo.networks.registry import MODELS, name_of
from convdemo.training.checkpoint import restore_checkpoint, save_checkpoint
from convdemo.training.command import command_of
from convdemo.training.config import TrainConfig
from convdemo.training.fit import Job, prepare
from convdemo.training.insides import Watched
from convdemo.training.loop import DivergedError, Record, Training
from convdemo.training.memory import keep_freed
from convdemo.training.runs.store import CHECKPOINT, EPOCHS, LOG, TEST, Run, RunFolder

LOOK_EVERY = 0.1  # seconds between two looks for a request
PATIENCE = 1.0  # for who only looks whether somebody trains
NICENESS = 10  # drawing has to stay quick


def warm_up() -> None:
    """Train for a step: what torch only imports and sets up then is there when a run comes."""
    importlib.import_module("torchvision.datasets")
    pictures = ImageSet(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), torch.arange(8))
    config = TrainConfig(
        epochs=1,
        batch=8,
        optimizer="adamw",
        schedule="linear",
        precision="float32",
        channels_last=True,
        device="cpu",
    )
    network = MODELS["quick_cnn"].build((1, 28, 28), 10)
    run = Training(network, pictures, pictures, config, mean=(0.5,), std=(0.5,), classes=10)
    for _ in run.records():
        pass


def execute(folder: RunFolder, *, data_dir: Path, weights_dir: Path) -> None:
    """Train a run to its end, or until it is asked to stop; whatever happens is in its state.

    Nothing is done where a worker of another server trains it, or has done so.
    """
    try:
        lock = folder.lock().acquire(timeout=PATIENCE)
    except Timeout:
        return
    with lock:
        if folder.state.status == "done":
            return
        folder.set_state(status="training", reason=None)
        try:
            _train(folder, folder.run, data_dir, weights_dir)
        except Exception as error:
            traceback.print_exc()
            key, values = _why(error, folder)
            folder.set_state(status="failed", reason={"key": key, "values": values})


def _why(error: Exception, folder: RunFolder) -> tuple[str, dict[str, str]]:
    """Why a run failed: a key of the page's strings, and its values."""
    if isinstance(error, DivergedError):
        return "train_diverged", {}
    if isinstance(error, DataMissingError):
        dataset = f"@dataset.{folder.run.dataset}"
        return "train_no_data", {"dataset": dataset, "error": str(error)}
    if isinstance(error, PlaceError):
        return error.problem, {name: str(value) for name, value in error.values.items()}
    if isinstance(error, OSError):
        return "train_disk", {"error": reason(error)}
    return "train_failed", {"error": f"{type(error).__name__}: {error}"}


def _train(folder: RunFolder, run: Run, data_dir: Path, weights_dir: Path) -> None:
    config = TrainConfig(**run.config)
    check_place(_place(folder, run, weights_dir))
    command = command_of(run.model, run.dataset, config)
    print(f"{time.strftime('%F %T')} {command}", flush=True)
    job = prepare(run.model, run.dataset, config, data_dir=data_dir, command=command)
    training = job.training
    checkpoint = folder.path / CHECKPOINT
    if checkpoint.exists():
        restore_checkpoint(checkpoint, training)
        folder.keep_records(training.step)
    reason = None
    network = training.network
    assert isinstance(network, nn.Sequential)
    watched = Watched(training.learn, network)
    training.learn = watched
    try:
        with _requests(folder, training):
            for record in training.records():
                _note(folder, training, record, watched)
                if run.minutes is not None and record.seconds > 60 * run.minutes:
                    reason = {"key": "train_minutes", "values": {"minutes": run.minutes}}
                    break
    except DivergedError:
        if training.best is not None:
            _finish(folder, job, weights_dir)
        raise
    if training.best is None:
        folder.set_state(status="stopped", reason=reason)
        return
    _finish(folder, job, weights_dir)
    folder.set_state(status="done" if training.over else "stopped", reason=reason)


@contextlib.contextmanager
def _requests(folder: RunFolder, training: Training) -> Iterator[None]:
    """Passes on what the run is asked for, between two steps and not between two records."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            training.stopping = folder.requested("stop")
            training.wanted_lr_factor = folder.lr_factor
            resting = folder.requested("pause") or folder.requested("hold")
            if training.stopping or not resting:
                training.going.set()
            else:
                training.going.clear()

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _note(folder: RunFolder, training: Training, record: Record, watched: Watched) -> None:
    """Write a record down with what went on inside and, at the end of an epoch, all that is needed
    to go on from there.
    """
    inside = [dataclasses.asdict(stage) for stage in watched.seen]
    watched.look()
    line = json.dumps({**dataclasses.asdict(record), "inside": inside})
    if record.epoch and record.val_loss is not None:
        epochs = folder.path / EPOCHS
        epochs.mkdir(exist_ok=True)
        small = {
            name: value.half() if value.is_floating_point() else value
            for name, value in training.evaluated.state_dict().items()
        }
        save_tensors(epochs / f"{record.epoch:04}{SUFFIX}", small, {})
        save_checkpoint(folder.path / CHECKPOINT, training)
    with (folder.path / "records.jsonl").open("a") as records:
        records.write(line + "\n")


def _finish(folder: RunFolder, job: Job, weights_dir: Path) -> None:
    """Put the network in the model library, and keep what it says to the test set."""
    finished = job.finish()
    path = _place(folder, folder.run, weights_dir)
    card = dataclasses.replace(
        finished.card, name=path.stem, default_for=None, command=_told(folder, job.training)
    )
    keep(path, card, job.training.network)
    tensors = {"probabilities": finished.answers, "labels": finished.labels.to(torch.int16)}
    save_tensors(folder.path / TEST, tensors, {})
    folder.set_state(
        saved=path.stem, test_accuracy=card.test_accuracy, test_count=len(finished.labels)
    )


def _told(folder: RunFolder, training: Training) -> str:
    """The command that trains the same, what was measured for this machine spelled out; and what
    happened on the way that no command repeats.
    """
    run = folder.run
    notes = [f"stopped after epoch {training.finished}"] if not training.over else []
    notes += ["the learning rate was changed on the way"] if folder.lr_factor != 1 else []
    command = command_of(run.model, run.dataset, training.config)
    return f"{command}  # {', '.join(notes)}" if notes else command


def _place(folder: RunFolder, run: Run, weights_dir: Path) -> Path:
    """Where the network of a run goes: its own file, beside those of other runs."""
    number = folder.path.name.rsplit("-", 1)[-1]
    return weights_dir / f"{name_of(run.model)}-{run.dataset}-{number}{SUFFIX}"


def main() -> None:
    """Wait for a run on standard input, and train it."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    keep_freed()
    warm_up()
    line = sys.stdin.readline()
    if not line:
        return  # whoever kept this process in reserve is gone
    asked = json.loads(line)
    folder = RunFolder(Path(asked["run"]))
    with (folder.path / LOG).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    execute(folder, data_dir=Path(asked["data_dir"]), weights_dir=Path(asked["weights_dir"]))


if __name__ == "__main__":
    main()
