"""One training shared by several processes ends as one process would have ended it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from convdemo.cli.main import main
from convdemo.inference.library import load
from convdemo.training.distributed import ALONE, Ranks, joined

# 401 pictures in batches of 100: the last one has a single picture, and a rank goes without.
WORDS = ["train", "cnn", "mnist", "--epochs", "2", "--limit", "401", "--seed", "4", "--json"]
CHANGES = ["--batch", "100", "--lr", "1e-3", "--precision", "float32", "--device", "cpu"]


def found(printed: str, folder: Path) -> tuple[list[dict], dict[str, torch.Tensor]]:
    """The records among what a command printed, and the weights that it left in a folder."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return lines, load(folder / "cnn-mnist.safetensors").network.state_dict()


def test_two_processes_train_what_one_does(small_data_dir, tmp_path, capsys):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    words = [*WORDS, *CHANGES, "--data-dir", str(small_data_dir), "--weights-dir"]
    assert main([*words, str(tmp_path / "one")]) == 0
    alone, weights = found(capsys.readouterr().out, tmp_path / "one")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [sys.executable, *launcher, "-m", "convdemo", *words, str(tmp_path / "two")],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    shared, same_weights = found(done.stdout, tmp_path / "two")
    assert [line.get("step") for line in shared] == [line.get("step") for line in alone]
    for one, two in zip(alone[:-1], shared[:-1], strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
        assert two["accuracy"] == pytest.approx(one["accuracy"], abs=1e-9)
        if one["val_loss"] is not None:
            assert two["val_loss"] == pytest.approx(one["val_loss"], rel=1e-3)
            assert two["val_accuracy"] == pytest.approx(one["val_accuracy"], abs=1e-3)
    assert shared[-1]["test_accuracy"] == pytest.approx(alone[-1]["test_accuracy"], abs=0.011)
    for name, value in weights.items():
        torch.testing.assert_close(same_weights[name], value, atol=2e-4, rtol=1e-3)


LEAVING = """
import os
from torch import nn
from convdemo.training.distributed import joined
before = len(os.listdir("/proc/self/task"))
with joined():
    network = nn.parallel.DistributedDataParallel(nn.Linear(3, 3))
    assert len(os.listdir("/proc/self/task")) > before
del network
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads by /proc")
def test_no_thread_of_the_group_is_left():
    """One that is still there when Python ends can abort the process."""
    env = {**os.environ, "TORCHELASTIC_RUN_ID": "one", "LOCAL_RANK": "0"}
    address = {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-c", LEAVING],
        env={**env, **address},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "0"  # Gloo may have a line of its own above


def test_without_a_launcher_there_is_one():
    with joined() as ranks:
        assert ranks is ALONE
        assert ranks.first
    whole = torch.arange(5)
    assert ranks.shard(whole) is whole
    assert ranks.broadcast("bfloat16") == "bfloat16"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_picture_of_a_batch_is_somebodys(size):
    shares = [Ranks(rank, size).shard(torch.arange(5)) for rank in range(size)]
    assert sorted(torch.cat(shares).tolist()) == [0, 1, 2, 3, 4]
