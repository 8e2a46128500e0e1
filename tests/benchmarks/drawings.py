"""How the digit models read real drawings that none was trained on; prints JSON.

    python tests/benchmarks/drawings.py FOLDER [--model NAME ...]
    python tests/benchmarks/drawings.py --scenes 100
    python tests/benchmarks/drawings.py --strange 500

FOLDER holds pictures and labels.csv with the columns path and label; the folder of a picture is
its source. "naive" squeezes the whole picture into 28x28, dark ink turned bright, as most demos do.
--scenes reads so many drawn photos of each condition of `paper_scenes`; --strange says how many of
so many letters, shapes and numbers of each kind get a notice, drawn from a seed of no training.
"""

import argparse
import csv
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from convdemo.data.negatives import KINDS, draw_kind
from convdemo.data.registry import find_dataset
from convdemo.images.decode import picture_from_ink, read_picture
from convdemo.inference.library import Trained, find, list_models, load, model_dirs
from convdemo.inference.predict import predict_picture
from convdemo.paths import default_data_dir
from convdemo.preprocessing.digit import DIGIT_STEPS

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


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on real drawings")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--scenes", type=int, metavar="N")
    parser.add_argument("--strange", type=int, metavar="N")
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
