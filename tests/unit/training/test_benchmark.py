"""`convdemo bench train`: what it prints hangs together, its marks are where they were passed."""

import json

import pytest

from convdemo.cli.main import main
from convdemo.training import benchmark
from convdemo.training.recipes import QUICK


def test_bench_train_prints_one_object(small_data_dir, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "COURSE_EPOCHS", 4)
    words = ["bench", "train", "--seeds", "2", "--course-seeds", "1", "--json"]
    assert main([*words, "--data-dir", str(small_data_dir)]) == 0
    captured = capsys.readouterr()
    [line] = captured.out.splitlines()
    found = json.loads(line)
    assert found["model"] == QUICK["mnist"]
    assert found["accuracy"] == pytest.approx(sum(found["accuracies"]) / 2)
    assert found["seconds"] == pytest.approx(sum(found["seconds_of_each"]) / 2)
    assert list(found["seconds_to"]) == ["0.98", "0.99", "0.993"]
    assert found["accuracies"] == [1, 1]  # so that every mark is passed
    assert min(found["seconds_to"].values()) > 0
    assert max(found["seconds_to"].values()) <= found["seconds"]
    assert found["course_seconds_to_99"] == found["course_seconds_of_each"][0]
    assert found["ratio"] == pytest.approx(found["course_seconds_to_99"] / found["seconds"])
    # 900 pictures, the last batch of which is smaller, in each of two runs.
    speeds = [900 / seconds for seconds in found["seconds_of_each"]]
    assert found["samples_per_second"] == pytest.approx(sum(speeds) / 2)
    assert 0 <= found["share_outside_network"] < 1
    assert 0 < found["gigaflops"] < found["matrix_gigaflops"]
    assert found["share_of_matrix_rate"] == pytest.approx(
        found["gigaflops"] / found["matrix_gigaflops"]
    )
    assert "seed 1: " in captured.err
    assert "course, seed 0, epoch 1: " in captured.err


def test_a_mark_is_passed_where_the_kept_weights_pass_it(small_data_dir, monkeypatch):
    """The patterns are learned within a few steps, and guessed before."""
    monkeypatch.setattr(benchmark, "MARKS", {"mnist": (0.05, 0.5, 2.0)})
    job = benchmark._job("mnist", 0, small_data_dir)
    timed = benchmark._timed(job, small_data_dir)
    assert timed.seconds_to[2.0] is None
    first, half = timed.seconds_to[0.05], timed.seconds_to[0.5]
    assert first is not None
    assert half is not None
    assert first <= half <= timed.seconds == job.training.step_seconds


def test_without_the_courses_loop_there_is_no_ratio(small_data_dir):
    found = benchmark.bench_train(
        "mnist", seeds=1, course_seeds=0, data_dir=small_data_dir, tell=lambda line: None
    )
    assert (found["ratio"], found["course_seconds_to_99"]) == (None, None)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("--dataset fashion_mnist_photos", 2, "has no quick preset; mnist"),
        ("--dataset imagenet", 2, "has no quick preset; mnist"),
        ("--seeds 0", 2, "at least one seed is needed"),
    ],
)
def test_what_cannot_be_measured_is_said(words, status, sentence, capsys):
    assert main(["bench", "train", *words.split()]) == status
    assert sentence in capsys.readouterr().err
