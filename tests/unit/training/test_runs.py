"""Runs: queued, trained by a worker, stopped, paused, killed, resumed; nothing of them is lost."""

import contextlib
import dataclasses
import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from support.forked import ForkedWorker

from convdemo.files import write_json
from convdemo.inference.card import read_card
from convdemo.inference.library import load
from convdemo.training.config import TrainConfig
from convdemo.training.loop import Training
from convdemo.training.runs.scheduler import PAUSED_AT_ONCE, Scheduler, start_worker
from convdemo.training.runs.store import CHECKPOINT, TEST, RunFolder, Runs
from convdemo.training.runs.worker import execute

QUICK = TrainConfig(
    epochs=3, batch=20, limit=200, lr=2e-3, precision="float32", channels_last=False, device="cpu"
)
LONG = dataclasses.replace(QUICK, epochs=100_000, limit=None)
SECONDS = 40.0  # until something that takes a second or two is given up


def wait_for(found: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while not found():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


@pytest.fixture
def real_scheduler(runs: Runs, small_data_dir: Path, tmp_path: Path) -> Iterator[Scheduler]:
    """Workers are processes of their own, as the server starts them."""
    made = Scheduler(runs, small_data_dir, tmp_path / "weights")
    made.warm_up()
    yield made
    for folder in runs.all():
        folder.request("stop")
    wait_for(lambda: not made._busy and not runs.waiting())
    made.close()


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Scheduler:
    """Workers are forked, which spares them the seconds in which they load everything."""
    monkeypatch.setattr("convdemo.training.runs.scheduler.start_worker", ForkedWorker)
    return request.getfixturevalue("real_scheduler")


def new(runs: Runs, config: TrainConfig, model: str = "simple_ann", **changes: object) -> RunFolder:
    run = runs.create(model, "mnist", dataclasses.asdict(config))
    folder = runs.folder(run.id)
    if changes:
        write_json(folder.path / "run.json", {**dataclasses.asdict(run), **changes})
    return folder


def trained(folder: RunFolder) -> int:
    """Epochs that are written down."""
    return sum(1 for r in folder.records() if r["epoch"] and r["val_loss"] is not None)


def test_a_worker_trains_what_the_command_line_trains(
    runs: Runs, real_scheduler: Scheduler, small_data_dir: Path, tmp_path: Path
):
    folder = new(runs, QUICK)
    wait_for(lambda: folder.state.status == "done")
    assert trained(folder) == QUICK.epochs
    assert [path.stem for path in sorted((folder.path / "epochs").iterdir())] == [
        "0001",
        "0002",
        "0003",
    ]
    state = folder.state
    assert state.saved is not None
    model = load(tmp_path / "weights" / f"{state.saved}.safetensors")
    assert model.card.name == state.saved
    assert model.card.default_for is None
    test = load_file(folder.path / TEST)
    right = (test["probabilities"].argmax(dim=1) == test["labels"]).double().mean()
    assert float(right) == pytest.approx(model.card.test_accuracy) == state.test_accuracy
    assert state.test_count == len(test["labels"])

    from convdemo.training.fit import fit

    for _ in fit(
        "simple_ann",
        "mnist",
        QUICK,
        data_dir=small_data_dir,
        weights_dir=tmp_path / "line",
        command="",
    ):
        pass
    same = load(tmp_path / "line" / "simple_ann-mnist.safetensors").network.state_dict()
    for name, value in model.network.state_dict().items():
        assert torch.equal(value, same[name])


def test_one_trains_and_the_others_see_their_place(runs: Runs, scheduler: Scheduler):
    first, second, third = (new(runs, LONG) for _ in range(3))
    wait_for(lambda: first.state.status == "training" and first.records())
    assert [scheduler.place(folder) for folder in (first, second, third)] == [0, 1, 2]
    first.request("stop")
    wait_for(lambda: second.state.status == "training")
    assert scheduler.place(third) == 1
    wait_for(lambda: first.state.status == "stopped")


def test_stop_keeps_the_best_weights_so_far(runs: Runs, scheduler: Scheduler, tmp_path: Path):
    folder = new(runs, LONG)
    wait_for(lambda: trained(folder) >= 2)
    folder.request("stop")
    wait_for(lambda: folder.state.status == "stopped")
    card = read_card(tmp_path / "weights" / f"{folder.state.saved}.safetensors")
    best = max((r for r in folder.records() if r["best"]), key=lambda r: r["epoch"])
    assert card.validation_accuracy == pytest.approx(best["val_accuracy"])
    assert 2 <= card.epochs == trained(folder) < LONG.epochs


def test_pause_stands_still_and_goes_on(runs: Runs, scheduler: Scheduler):
    folder = new(runs, LONG)
    wait_for(lambda: trained(folder) >= 1)
    folder.request("pause")
    assert folder.state.status == "paused"
    time.sleep(0.5)
    stood = len(folder.records())
    time.sleep(0.5)
    assert len(folder.records()) == stood
    folder.request("pause", wanted=False)
    wait_for(lambda: len(folder.records()) > stood)
    folder.request("stop")
    wait_for(lambda: folder.state.status == "stopped")


def test_a_paused_run_lets_others_go_first(runs: Runs, scheduler: Scheduler):
    paused, other = new(runs, LONG), new(runs, LONG)
    wait_for(lambda: trained(paused) >= 1)
    paused.request("pause")
    wait_for(lambda: trained(other) >= 1)
    stood = len(paused.records())
    # Wanted again, it waits for its turn, before those that were made later.
    paused.request("hold")
    paused.request("pause", wanted=False)
    third = new(runs, LONG)
    assert paused.state.status == "waiting"
    assert [scheduler.place(folder) for folder in (other, paused, third)] == [0, 1, 2]
    time.sleep(0.5)
    assert len(paused.records()) == stood
    other.request("stop")
    wait_for(lambda: len(paused.records()) > stood)
    assert paused.state.status == "training"
    assert third.state.status == "waiting"


def test_a_run_that_waits_after_its_pause_can_be_stopped(runs: Runs, scheduler: Scheduler):
    paused = new(runs, LONG)
    wait_for(lambda: trained(paused) >= 1)
    for asked in ("pause", "hold"):
        paused.request(asked)
    paused.request("pause", wanted=False)
    paused.request("stop")
    wait_for(lambda: paused.state.status == "stopped")
    assert paused.state.saved is not None


def test_of_many_paused_runs_the_first_is_stopped(runs: Runs, scheduler: Scheduler):
    made = []
    for _ in range(PAUSED_AT_ONCE + 1):
        made.append(new(runs, LONG))
        wait_for(lambda: trained(made[-1]) >= 1)
        made[-1].request("pause")
        time.sleep(0.02)  # for the clock of the files
    wait_for(lambda: made[0].state.status == "stopped")
    assert [folder.state.status for folder in made[1:]] == ["paused"] * PAUSED_AT_ONCE


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_killed_run_is_interrupted_and_ends_as_if_it_had_not_been(
    runs: Runs, scheduler: Scheduler, small_data_dir: Path, tmp_path: Path
):
    config = dataclasses.replace(QUICK, epochs=8, augment="digits", ema=0.9, schedule="onecycle")
    folder = new(runs, config, model="fashion_dnn")
    wait_for(lambda: trained(folder) >= 2)
    os.kill(scheduler._busy[0][0].pid, signal.SIGKILL)
    wait_for(lambda: not folder.alive())
    if folder.state.status == "done":
        pytest.fail("the run was over before it could be killed: give it more epochs")
    assert folder.state.status == "interrupted"
    kept = trained(folder)
    assert kept < config.epochs
    following = new(runs, QUICK)  # and the next run starts
    wait_for(lambda: following.state.status == "done")

    folder.set_state(status="waiting")
    wait_for(lambda: folder.state.status == "done")
    assert [r["epoch"] for r in folder.records() if r["val_loss"] is not None] == list(range(9))

    unbroken = new(runs, config, model="fashion_dnn")
    wait_for(lambda: unbroken.state.status == "done")
    first, second = (
        load_file(tmp_path / "weights" / f"{run.state.saved}.safetensors")
        for run in (folder, unbroken)
    )
    assert all(torch.equal(first[name], second[name]) for name in second)


@pytest.mark.parametrize(
    ("config", "changes", "status", "key"),
    [
        (dataclasses.replace(QUICK, lr=1e30, optimizer="sgd"), {}, "failed", "train_diverged"),
        (LONG, {"minutes": 1e-6}, "stopped", "train_minutes"),
        (QUICK, {"model": "nothing"}, "failed", "train_failed"),
    ],
    ids=["diverges", "takes too long", "crashes"],
)
def test_whatever_ends_a_run_is_said(
    runs: Runs, small_data_dir: Path, tmp_path: Path, config, changes, status, key, capsys
):
    folder = new(runs, config, **changes)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path / "weights")
    state = folder.state
    assert (state.status, state.reason and state.reason["key"]) == (status, key)


def test_a_diverging_run_keeps_its_last_good_weights(
    runs: Runs, small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    learn = Training._learn

    def learn_badly(self: Training, *batch: torch.Tensor) -> None:
        if self.epoch == 2:
            for parameter in self.network.parameters():
                parameter.data.fill_(float("nan"))
        learn(self, *batch)

    monkeypatch.setattr(Training, "_learn", learn_badly)
    folder = new(runs, QUICK)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    assert folder.state.status == "failed"
    assert folder.state.reason == {"key": "train_diverged", "values": {}}
    kept = read_card(tmp_path / f"{folder.state.saved}.safetensors")
    assert kept.validation_accuracy == folder.records()[-1]["val_accuracy"]
    assert kept.epochs == 1


def test_a_full_disk_is_said_and_what_was_written_counts(
    runs: Runs, small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    from convdemo.training.runs import worker

    save, saved = worker.save_checkpoint, []

    def save_until_it_is_full(path: Path, run: Training) -> None:
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        save(path, run)
        saved.append(path)

    monkeypatch.setattr(worker, "save_checkpoint", save_until_it_is_full)
    folder = new(runs, QUICK)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    reason = {"key": "train_disk", "values": {"error": os.strerror(errno.ENOSPC)}}
    assert (folder.state.status, folder.state.reason) == ("failed", reason)
    assert trained(folder) == 2
    # There is room again: it goes on from there, and ends as a run that never stood still.
    monkeypatch.setattr(worker, "save_checkpoint", save)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    assert (folder.state.status, trained(folder)) == ("done", QUICK.epochs)
    other = new(runs, QUICK)
    execute(other, data_dir=small_data_dir, weights_dir=tmp_path)
    first, second = (load(tmp_path / f"{f.state.saved}.safetensors") for f in (folder, other))
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name])


def test_a_run_whose_weights_have_no_place_does_not_begin(
    runs: Runs, small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr("convdemo.training.runs.worker.prepare", None)
    shelf = tmp_path / "file"
    shelf.write_text("")
    folder = new(runs, QUICK)
    execute(folder, data_dir=small_data_dir, weights_dir=shelf)
    reason = folder.state.reason
    assert reason is not None
    assert (folder.state.status, reason["key"]) == ("failed", "place_unwritable")
    assert reason["values"]["error"] == f"{shelf} is no folder"
    assert reason["values"]["path"].startswith(f"{shelf}/simple_ann-mnist-")


def test_weights_that_find_no_room_in_the_end_are_kept_and_said(
    runs: Runs, small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    import safetensors.torch

    write, shelf, spare = safetensors.torch.save_file, tmp_path / "weights", tmp_path / "spare"
    spare.mkdir()

    def full(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
        if path.parent == shelf:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(tensors, path, metadata)

    monkeypatch.setattr("tempfile.tempdir", str(spare))
    monkeypatch.setattr("safetensors.torch.save_file", full)
    folder = new(runs, QUICK)
    execute(folder, data_dir=small_data_dir, weights_dir=shelf)
    reason = folder.state.reason
    assert reason is not None
    assert (folder.state.status, reason["key"]) == ("failed", "place_spare")
    (kept,) = spare.rglob("*.safetensors")
    assert reason["values"] == {
        "path": str(shelf / kept.name),
        "error": os.strerror(errno.ENOSPC),
        "kept": str(kept),
    }
    # There is room again: nothing is trained once more, and the weights go where they belong.
    monkeypatch.setattr("safetensors.torch.save_file", write)
    monkeypatch.setattr(Training, "_learn", None)
    execute(folder, data_dir=small_data_dir, weights_dir=shelf)
    assert (folder.state.status, folder.state.saved) == ("done", kept.stem)
    first, second = load_file(kept), load_file(shelf / kept.name)
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_without_data_a_run_says_what_was_looked_for(runs: Runs, tmp_path: Path, capsys):
    folder = new(runs, QUICK)
    execute(folder, data_dir=tmp_path / "none", weights_dir=tmp_path)
    reason = folder.state.reason
    assert reason is not None
    assert reason["key"] == "train_no_data"
    assert "MNIST was looked for in" in reason["values"]["error"]


def test_half_written_files_do_not_count(runs: Runs):
    folder = new(runs, QUICK)
    with (folder.path / "records.jsonl").open("w") as records:
        records.write('{"step": 1}\n{"step": 2}\n{"step": 3')
    assert folder.records() == [{"step": 1}, {"step": 2}]
    assert folder.records(after=1) == [{"step": 2}]
    with (folder.path / "records.jsonl").open("a") as records:
        records.write('{"step": 4}\n{"step": 5}\n')  # on the half line: neither counts
    assert folder.records() == [{"step": 1}, {"step": 2}]
    folder.keep_records(1)
    assert folder.records() == [{"step": 1}]
    (runs.path / "other").mkdir()
    (runs.path / "broken").mkdir()
    (runs.path / "broken" / "run.json").write_text("{")
    assert [found.path for found in runs.all()] == [folder.path]


@pytest.mark.parametrize("name", ["..", "", "a/b", "../runs", "nothing", "20260101-000000-abc\0"])
def test_only_runs_are_found(runs: Runs, name: str):
    new(runs, QUICK)
    with pytest.raises(ValueError, match="is not there"):
        runs.folder(name)


def test_a_run_is_removed_unless_it_trains(runs: Runs):
    folder = new(runs, QUICK)
    with folder.lock(), pytest.raises(ValueError, match="still training"):
        runs.remove(folder.path.name)
    runs.remove(folder.path.name)
    assert runs.all() == []


def test_a_worker_in_reserve_ends_with_its_server():
    worker = start_worker()
    assert worker.stdin is not None
    worker.stdin.close()
    with contextlib.closing(worker.stdin):
        assert worker.wait(timeout=SECONDS) == 0


def test_a_worker_that_dies_at_once_fails_its_run(
    runs: Runs, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
):
    wait_for(lambda: scheduler._spare is not None)
    folder = new(runs, QUICK)
    (folder.path / "log.txt").mkdir()  # where the worker wants to write first
    wait_for(lambda: folder.state.status == "failed")
    values = {"error": "exit status 1"}
    assert folder.state.reason == {"key": "train_failed", "values": values}
    assert not (folder.path / CHECKPOINT).exists()


def test_runs_wait_in_the_order_in_which_they_were_made(runs: Runs):
    made = [new(runs, QUICK).path for _ in range(20)]
    assert [folder.path for folder in runs.waiting()] == made


def test_a_second_server_does_not_train_what_the_first_one_trains(
    runs: Runs, small_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setattr("convdemo.training.runs.worker.PATIENCE", 0.05)
    folder, places = new(runs, QUICK), {"data_dir": small_data_dir, "weights_dir": tmp_path}
    with folder.lock():  # both servers handed it to a worker, and the other one was first
        folder.set_state(status="training")
        execute(folder, **places)
        assert (folder.state.status, folder.records()) == ("training", [])
    execute(folder, **places)
    done = folder.state
    assert done.status == "done"
    monkeypatch.setattr(Training, "_learn", None)
    execute(folder, **places)  # the worker of the second server comes when all is over
    assert folder.state == done


def test_a_clock_that_is_set_back_keeps_no_run_from_its_turn(
    runs: Runs, small_data_dir: Path, tmp_path: Path, capsys
):
    later = new(runs, QUICK, created="2100-01-01T00:00:00.000000+00:00")
    now = new(runs, QUICK)
    for folder in (later, now):
        os.utime(folder.path / "state.json", (4e9, 4e9))
    assert [folder.path for folder in runs.waiting()] == [now.path, later.path]
    for folder in (later, now):
        execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
        assert folder.state.status == "done"
        assert all(record["seconds"] >= 0 for record in folder.records())


def test_the_data_folder_is_only_read(runs: Runs, small_data_dir: Path, tmp_path: Path, capsys):
    """So that one which takes nothing is no obstacle."""

    def found() -> list[tuple[Path, int, int]]:
        paths = sorted(small_data_dir.rglob("*"))
        return [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in paths]

    before, folder = found(), new(runs, QUICK)
    execute(folder, data_dir=small_data_dir, weights_dir=tmp_path)
    assert folder.state.status == "done"
    assert found() == before


def test_without_data_in_a_folder_that_takes_nothing_a_run_says_so(
    runs: Runs, tmp_path: Path, capsys
):
    folder, nothing = new(runs, QUICK), Path("/proc/convdemo")
    execute(folder, data_dir=nothing, weights_dir=tmp_path)
    reason = folder.state.reason
    assert reason is not None
    assert (folder.state.status, reason["key"]) == ("failed", "train_no_data")
    assert str(nothing) in reason["values"]["error"]
