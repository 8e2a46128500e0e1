"""How the digit models read real drawings that none was trained on; prints JSON.

    python tests/benchmarks/drawings.py FOLDER [--model NAME ...]
    python tests/benchmarks/drawings.py --scenes 100
    python tests/benchmarks/drawings.py --strange 500
    python tests/benchmarks/drawings.py FOLDER --teach 3 [--seeds 3] [--source NAME ...]

FOLDER holds pictures and labels.csv with the columns path and label; the folder of a picture is
its source. "naive" squeezes the whole picture into 28x28, dark ink turned bright, as most demos do.
--scenes reads so many drawn photos of each condition of `paper_scenes`; --strange says how many of
so many letters, shapes and numbers of each kind get a notice, drawn from a seed of no training.
--teach takes a source as one person's hand: the default network is taught so many of each digit,
with MNIST mixed in and without, and reads the rest of the source and all of MNIST's test set.
"""

import argparse
import csv
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from convdemo.data.negatives import KINDS, draw_kind
from convdemo.data.registry import find_dataset
from convdemo.images.decode import picture_from_ink, read_picture
from convdemo.inference.inputs import prepare
from convdemo.inference.library import Trained, default_entry, find, list_models, load, model_dirs
from convdemo.inference.predict import predict_picture
from convdemo.paths import default_data_dir
from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.training.teach import Lesson, copy_of, read_known, read_right, remember, teach

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.paper_scenes import CONDITIONS, scene

NAIVE = frozenset(DIGIT_STEPS) - {"polarity"}


def right_by_source(trained, rows: list[tuple[Path, str]], skip: frozenset[str]) -> dict:
    """Share of right answers over all pictures and by source."""
    found: dict[str, list[bool]] = defaultdict(list)
    started = time.perf_counter()
    for path, label in rows:
        prediction = predict_picture(trained, read_picture(path), skip=skip)
        found[path.parent.name].append(prediction.label == label)
    seconds = time.perf_counter() - started
    shares = {source: sum(right) / len(right) for source, right in sorted(found.items())}
    every = [one for right in found.values() for one in right]
    return {
        "accuracy": sum(every) / len(every),
        "mean_of_sources": sum(shares.values()) / len(shares),
        "sources": shares,
        "n": len(every),
        "seconds_a_picture": round(seconds / len(every), 4),
    }


def right_by_condition(trained: Trained, count: int) -> dict:
    """Share of right answers, and of notices, over `count` scenes of each condition."""
    shares, notices, seconds = {}, {}, []
    for condition in CONDITIONS:
        right = silent = 0
        for seed in range(count):
            photo = scene(condition, seed % 10, seed)
            # As a file: a photo arrives as a JPEG.
            _, data = cv2.imencode(".jpg", photo[:, :, ::-1])
            picture = read_picture(data.tobytes())
            started = time.perf_counter()
            prediction = predict_picture(trained, picture)
            seconds.append(time.perf_counter() - started)
            best = max(
                prediction.probabilities, key=prediction.probabilities.__getitem__, default=""
            )
            right += best == str(seed % 10)
            silent += prediction.notice is not None
        shares[condition.name], notices[condition.name] = right / count, silent / count
        print(condition.name, right / count, silent / count, file=sys.stderr)
    return {
        "scenes": shares,
        "least": min(shares.values()),
        "noticed": notices,
        "n_each": count,
        "seconds_median": round(float(np.median(seconds)), 4),
    }


def noticed_by_kind(trained: Trained, count: int) -> dict:
    """Share of `count` pictures of each kind of negatives that get a notice, and of true digits."""
    digits = find_dataset("mnist").load(default_data_dir(), "validation")
    rng = np.random.default_rng(2**32 - 1)
    shares = {}
    for kind, _ in KINDS:
        inks = (draw_kind(kind, digits, rng) for _ in range(count))
        told = [predict_picture(trained, picture_from_ink(ink)).notice for ink in inks]
        shares[kind] = sum(notice is not None for notice in told) / count
    true = [
        predict_picture(trained, picture_from_ink(image.numpy())).notice
        for image in digits.images[:count, 0]
    ]
    return {
        "noticed": shares,
        "true_digits_noticed": sum(notice is not None for notice in true) / count,
        "n_each": count,
    }


def taught(
    trained: Trained, rows: list[tuple[Path, str]], each: int, seeds: int, sources: list[str]
) -> Iterator[dict]:
    """What each source, as somebody's hand, is read like before and after a lesson of `each` of its
    digits, with MNIST mixed in and without; shares right, of the rest and of MNIST's test set.
    """
    mnist = [find_dataset("mnist").load(default_data_dir(), part) for part in ("train", "test")]
    started = time.perf_counter()
    memory = remember(trained, mnist[0])
    remembered = time.perf_counter() - started
    hands: dict[str, list[tuple[Path, str]]] = defaultdict(list)
    for path, label in rows:
        hands[path.parent.name].append((path, label))
    for name, hand in sorted(hands.items()):
        if (sources and name not in sources) or len(hand) < 20 * each:
            continue  # too few are left to be read
        shown = [prepare(trained.card, read_picture(path)).pixels[0] for path, _ in hand]
        pixels = torch.from_numpy(np.stack(shown))
        labels = torch.tensor([int(label) for _, label in hand])
        for seed in range(seeds):
            order = torch.randperm(len(hand), generator=torch.Generator().manual_seed(seed))
            chosen = [order[labels[order] == digit][:each] for digit in labels.unique()]
            learned = torch.zeros(len(hand), dtype=torch.bool)
            learned[torch.cat(chosen)] = True
            lesson = Lesson(pixels[learned], labels[learned])
            rest = Lesson(pixels[~learned], labels[~learned])
            networks, seconds, cpu = [trained], [], []
            for known in (memory, None):
                started, computed = time.perf_counter(), time.process_time()
                networks.append(copy_of(trained))
                list(teach(networks[-1], lesson, known, seed))
                seconds.append(round(time.perf_counter() - started, 2))
                cpu.append(round(time.process_time() - computed, 2))
            kept = np.sum([right for _, right in read_known(networks, mnist[1])], axis=0)
            yield {
                "source": name,
                "seed": seed,
                "taught": len(lesson.labels),
                "held_out": len(rest.labels),
                "read": [round(read_right(one, rest) / len(rest.labels), 4) for one in networks],
                "mnist": [round(right / len(mnist[1]), 4) for right in kept.tolist()],
                "seconds": seconds,
                "seconds_of_the_processor": cpu,
                "seconds_to_remember": round(remembered, 2),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on real drawings")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--scenes", type=int, metavar="N")
    parser.add_argument("--strange", type=int, metavar="N")
    parser.add_argument("--teach", type=int, metavar="N")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--source", action="append", default=[])
    parser.add_argument("--model", action="append")
    arguments = parser.parse_args()
    if arguments.scenes or arguments.strange:
        name = (arguments.model or ["digit_resnet-mnist"])[0]
        trained = load(find(name, list_models(model_dirs())).path)
        if arguments.scenes:
            print(json.dumps(right_by_condition(trained, arguments.scenes)))
        if arguments.strange:
            print(json.dumps(noticed_by_kind(trained, arguments.strange)))
        return
    with open(arguments.folder / "labels.csv", newline="") as file:
        rows = [(arguments.folder / row["path"], row["label"]) for row in csv.DictReader(file)]
    if arguments.teach:
        torch.set_num_threads(1)  # as the page computes
        default = load(default_entry("digits", list_models(model_dirs())).path)
        counts = arguments.teach, arguments.seeds, arguments.source
        for result in taught(default, rows, *counts):
            print(json.dumps(result), flush=True)
        return
    for entry in list_models(model_dirs()):
        card = entry.card
        if card.job == "digits" and (not arguments.model or card.name in arguments.model):
            trained = load(entry.path)
            result = {
                "model": card.name,
                "ours": right_by_source(trained, rows, frozenset()),
                "naive": right_by_source(trained, rows, NAIVE),
            }
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
