"""How the digit models read real drawings that none was trained on; prints JSON.

    python tests/benchmarks/drawings.py FOLDER [--model NAME ...]

FOLDER holds pictures and labels.csv with the columns path and label; the folder of a picture is
its source. "naive" squeezes the whole picture into 28x28, dark ink turned bright, as most demos do.
"""

import argparse
import csv
import json
import time
from collections import defaultdict
from pathlib import Path

from convdemo.drawing import DIGIT_STEPS
from convdemo.ingest import read_picture
from convdemo.predict import predict_picture
from convdemo.weights import load, shelf, shelf_dirs

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


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on real drawings")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", action="append")
    arguments = parser.parse_args()
    with open(arguments.folder / "labels.csv", newline="") as file:
        rows = [(arguments.folder / row["path"], row["label"]) for row in csv.DictReader(file)]
    for entry in shelf(shelf_dirs()):
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
