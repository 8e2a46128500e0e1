"""How the clothes models read photos that none was trained on; prints JSON.

    python tests/benchmarks/clothes.py [--photos DIR] [--shots DIR] [--model NAME]
                                       [--set-threshold] [--halve] [--turned]

--photos is clothing-dataset-small, of which the held-out fifth is read; --shots holds pictures and
labels.csv with the columns path and label. Accuracies are of the class named first, a notice or
not, and with the notice counted as wrong. With --set-threshold the model's card gets the threshold
of the notice: half of the held-out photos choose it, the other half say what it does. --halve first
writes the file anew with its kernels in half precision, which all figures are then of.
"""

import argparse
import csv
import dataclasses
import json
import time
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from convdemo.data.garment_photos.labels import list_photos
from convdemo.data.mnist import GARMENTS
from convdemo.files import save_tensors
from convdemo.images.decode import Picture, read_picture
from convdemo.inference.card import read_card
from convdemo.inference.library import Trained, find, list_models, load, model_dirs, recard
from convdemo.inference.predict import read_upright
from convdemo.preprocessing.garment import prepare_garment

NONE = len(GARMENTS)
LEAST_STRANGE = 0.8  # half would do, and 5 % of garments; photos from elsewhere differ


def turned(picture: Picture, quarters: int) -> Picture:
    """The picture as somebody took it who held the camera on its side, or upside down."""
    return dataclasses.replace(picture, rgb=np.ascontiguousarray(np.rot90(picture.rgb, quarters)))


def halve(path: Path) -> None:
    """Half precision for all but biases and normalisation, whose range it may not hold."""
    weights = {
        name: value.half() if value.ndim > 1 else value for name, value in load_file(path).items()
    }
    save_tensors(path, weights, read_card(path).to_header())


def read_all(trained: Trained, paths: list[Path], quarters: int = 0) -> tuple[np.ndarray, dict]:
    """(N, outputs) probabilities as `predict_picture` averages them, and its seconds."""
    answers, seconds = [], []
    for path in paths:
        started = time.perf_counter()
        picture = turned(read_picture(path), quarters)
        answers.append(read_upright(trained, prepare_garment(picture, view="photo"))[1])
        seconds.append(time.perf_counter() - started)
    median, slow = np.quantile(seconds, (0.5, 0.95))
    return np.array(answers), {"median": round(median, 4), "p95": round(slow, 4)}


def by_class(answers: np.ndarray, labels: np.ndarray, threshold: float) -> dict:
    """Accuracy of each class and its mean, the notice aside and counted; and the confusion."""
    named = answers[:, :NONE].argmax(axis=1)
    silent = answers[:, NONE] >= threshold
    confusion = np.zeros((NONE, NONE), int)
    garments = labels < NONE
    np.add.at(confusion, (labels[garments], named[garments]), 1)
    rows = {}
    for label in np.unique(labels[garments]):
        chosen = labels == label
        rows[GARMENTS[label]] = {
            "n": int(chosen.sum()),
            "accuracy": round(float((named[chosen] == label).mean()), 4),
            "with_notice": round(float(((named == label) & ~silent)[chosen].mean()), 4),
        }
    return {
        "mean_of_classes": round(float(np.mean([row["accuracy"] for row in rows.values()])), 4),
        "mean_with_notice": round(float(np.mean([row["with_notice"] for row in rows.values()])), 4),
        "n": int(garments.sum()),
        "classes": rows,
        "confusion": confusion.tolist(),
    }


def notices(unlike: np.ndarray, kinds: np.ndarray, labels: np.ndarray, threshold: float) -> dict:
    """How many of each kind that is no known garment get the notice, and how many garments do."""
    silent = unlike >= threshold
    strange = {
        str(kind): {
            "n": int((kinds == kind).sum()),
            "share": round(float(silent[kinds == kind].mean()), 4),
        }
        for kind in np.unique(kinds[labels == NONE])
    }
    garments = labels < NONE
    return {
        "strange": strange,
        "strange_share": round(float(silent[~garments].mean()), 4),
        "garments_share": round(float(silent[garments].mean()), 4),
        "garments": int(garments.sum()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy on photos of clothes")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--model", default="photo_lite-fashion_mnist_photos")
    parser.add_argument("--set-threshold", action="store_true")
    parser.add_argument("--halve", action="store_true")
    parser.add_argument("--turned", action="store_true", help="a third of them on their sides, too")
    arguments = parser.parse_args()
    entry = find(arguments.model, list_models(model_dirs()))
    if arguments.halve:
        halve(entry.path)
    trained = load(entry.path)
    threshold = (trained.card.unknown or {}).get("threshold", 2.0)
    result: dict = {"model": trained.card.name}
    if arguments.photos:
        photos = [
            photo
            for photo in list_photos(arguments.photos)
            if photo.held_out and len(photo.labels) == 1
        ]
        labels = np.array([photo.labels[0] for photo in photos])
        kinds = np.array([photo.kind for photo in photos])
        answers, seconds = read_all(trained, [photo.path for photo in photos])
        unlike = answers[:, NONE]
        chosen_on = np.arange(len(photos)) % 2 == 0
        if arguments.set_threshold:
            negatives = chosen_on & (labels == NONE)
            threshold = round(float(np.quantile(unlike[negatives], 1 - LEAST_STRANGE)), 3)
        shown_on = ~chosen_on
        result["notice"] = {
            "threshold": threshold,
            "chosen_on": notices(unlike[chosen_on], kinds[chosen_on], labels[chosen_on], threshold),
            "shown_on": notices(unlike[shown_on], kinds[shown_on], labels[shown_on], threshold),
        }
        result["held_out"] = {
            **by_class(answers, labels, threshold),
            "seconds_a_picture": seconds,
        }
        if arguments.turned:
            paths = [photo.path for photo in photos[::3]]
            for quarters in range(1, 4):
                seen = by_class(read_all(trained, paths, quarters)[0], labels[::3], threshold)
                seen.pop("confusion")
                result[f"held_out_turned_{90 * quarters}"] = seen
        if arguments.set_threshold:
            recard(
                entry.path,
                dataclasses.replace(
                    trained.card, unknown={"least_strange": LEAST_STRANGE, **result["notice"]}
                ),
            )
    if arguments.shots:
        with open(arguments.shots / "labels.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        labels = np.array([GARMENTS.index(row["label"]) for row in rows])
        answers, seconds = read_all(trained, [arguments.shots / row["path"] for row in rows])
        result["shots"] = {
            **by_class(answers, labels, threshold),
            "seconds_a_picture": seconds,
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
