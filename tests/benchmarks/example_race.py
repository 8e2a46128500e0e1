"""Record the race and the search for a rate that ship with the page: a few minutes.

    OMP_NUM_THREADS=1 CONVDEMO_DATA=DIR python tests/benchmarks/example_race.py

They are those that the Train tab offers first. Seconds are of one core, alone or not.
"""

import json
from dataclasses import asdict

import torch

from convdemo.data.registry import find_dataset
from convdemo.paths import default_data_dir
from convdemo.training.hardware import processor_name
from convdemo.training.race import race
from convdemo.training.rate_finder import try_rates
from convdemo.training.recipes import recipe
from convdemo.ui.tabs.train.race import FILE, FIRST, LENGTH, RACES, recorded_runners
from convdemo.ui.tabs.train.settings import FIRST as MODEL

DATASET = "mnist"


def main() -> None:
    torch.set_num_threads(1)
    source = find_dataset(DATASET)
    parts = ("train", "validation")
    training, validation = (source.load(default_data_dir(), part) for part in parts)
    points = [
        (point.runner, point.step, point.steps, round(point.seconds, 3), point.loss, point.accuracy)
        for point in race(recorded_runners(), source, training.take(LENGTH), validation)
    ]
    rates = [
        (tried.rate, tried.loss)
        for tried in try_rates(MODEL, recipe(MODEL, DATASET), source, training)
    ]
    about = {"model": MODEL, "dataset": DATASET, "pictures": LENGTH}
    found = {
        **about,
        "hardware": processor_name(torch.device("cpu")),
        "racers": [asdict(one) for one in RACES[FIRST]],
        "points": points,
        "rates": rates,
    }
    FILE.write_text(json.dumps(found) + "\n")
    print(FILE, len(points), "points,", len(rates), "rates")


if __name__ == "__main__":
    main()
