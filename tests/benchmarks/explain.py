"""How well maps name what the network goes by, and how long looking inside takes; JSON.

    python tests/benchmarks/explain.py deletion [--split test] [--methods NAME...] [--count 500]
    python tests/benchmarks/explain.py seconds [--model NAME]

`deletion` sets pixels to the background in the order of a map in 28 steps; the area under the
probability of the predicted class is compared with that of a random order and of Sobel's edges.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from convdemo.data.registry import find_dataset
from convdemo.explain.attribution import attribute
from convdemo.explain.attribution_methods import METHODS
from convdemo.explain.faithfulness import deletion, edges, random_map
from convdemo.explain.feature_maps import feature_maps
from convdemo.explain.feature_visualization import SURE, dream
from convdemo.explain.subject import subject_from_pixels, subject_of
from convdemo.images.decode import read_picture
from convdemo.inference.library import find, list_models, load, model_dirs
from convdemo.paths import default_data_dir
from convdemo.training.hardware import hardware
from convdemo.ui import page

EXAMPLES = {"digit": "digits", "garment": "clothes", "photo": "clothes", "square32": "photos"}


def deletions(model: str, split: str, count: int, methods: list[str], data_dir: Path) -> dict:
    """Mean areas by method, and how often each is below a random map's."""
    trained = load(find(model, list_models(model_dirs())).path)
    images = find_dataset(trained.card.dataset).load(data_dir, split).images[:count]
    probe = subject_from_pixels(trained, images[0].numpy() / 255)
    tried = [
        (name, stage)
        for name in methods
        for stage in (probe.stages() if METHODS[name].staged else (None,))
    ]
    areas: dict[str, list[float]] = {}
    for place, image in enumerate(images.numpy()):
        subject = subject_from_pixels(trained, image / np.float32(255))
        target = subject.place(None)
        asked = attribute(subject, "saliency").query
        shape = asked.x.shape[2:]
        maps = {"random": random_map(shape, place), "edges": edges(asked.x)}
        for name, stage in tried:
            key = name if stage is None else f"{name} at {stage}"
            maps[key] = attribute(subject, name, stage=stage).heat
        for name, heat in maps.items():
            areas.setdefault(name, []).append(deletion(asked, heat, target).area)
    chance = np.array(areas["random"])
    return {
        "model": model,
        "split": split,
        "n": len(images),
        "area": {name: round(statistics.mean(found), 4) for name, found in areas.items()},
        "below_random": {
            name: round(float((np.array(found) < chance).mean()), 4)
            for name, found in areas.items()
            if name != "random"
        },
        "below_edges": {
            name: round(float((np.array(found) < np.array(areas["edges"])).mean()), 4)
            for name, found in areas.items()
            if name not in ("random", "edges")
        },
    }


def seconds(models: list[str] | None, repeats: int) -> dict:
    """Median seconds of every method, of all maps and of ten dreams, for every shipped network."""
    found = {}
    for entry in list_models(model_dirs()):
        if models and entry.card.name not in models:
            continue
        trained, card = load(entry.path), entry.card
        examples = page.examples(EXAMPLES.get(card.preprocessing, "photos"))
        picture = read_picture(next(iter(examples.values())))
        subject = subject_of(trained, picture)
        jobs: dict[str, Callable[[], object]] = {
            "answer": lambda t=trained, p=picture: subject_of(t, p),
            "feature_maps": lambda s=subject: feature_maps(s.network, s.x),
        }
        for name, method in METHODS.items():
            if not method.staged or subject.cam_stage is not None:
                jobs[name] = lambda s=subject, n=name: attribute(s, n)
        times = {name: _median(job, repeats) for name, job in jobs.items()}
        wanted = tuple(range(min(len(subject.classes), 10)))
        started = time.perf_counter()
        *_, last = dream(trained.network, card.shape, wanted, mean=card.mean, std=card.std)
        times["dreams"] = round(time.perf_counter() - started, 3)
        found[card.name] = {
            **times,
            "dreams_that_count": sum(one >= SURE for one in last.lowest),
        }
    return {"n": repeats, "hardware": hardware(torch.device("cpu")), "seconds": found}


def _median(job, repeats: int) -> float:
    job()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        job()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("deletion", "seconds"))
    parser.add_argument("--model")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    given = parser.parse_args()
    if given.what == "deletion":
        about = (given.split, given.count, given.methods, given.data_dir)
        print(json.dumps(deletions(given.model or "digit_resnet-mnist", *about)))
    else:
        print(json.dumps(seconds([given.model] if given.model else None, given.repeats)))


if __name__ == "__main__":
    main()
