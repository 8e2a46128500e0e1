"""Train a network from several seeds, keep the one with the best validation accuracy, print JSON.

    python tests/benchmarks/accuracy.py MODEL DATASET --seeds 5 --out FOLDER [--photos DIR]

Each seed is one `convdemo train`, which opens the test set once; a seed whose file is already in
FOLDER is not trained again. The kept file's card gains the evidence: mean and spread over seeds.
"""

import argparse
import dataclasses
import json
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from convdemo.inference.card import SUFFIX, read_card
from convdemo.inference.library import recard


def spread(values: list[float]) -> float:
    """The standard deviation over the seeds; 0 for a single one."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Mean accuracy over seeds")
    parser.add_argument("model")
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    arguments, rest = parser.parse_known_args()  # the rest goes to `convdemo train`
    name = f"{arguments.model}-{arguments.dataset}{SUFFIX}"

    cards = []
    for seed in range(arguments.seeds):
        folder = arguments.out / f"seed{seed}"
        if not (folder / name).exists():
            command = [
                sys.executable,
                "-m",
                "convdemo",
                "train",
                arguments.model,
                arguments.dataset,
            ]
            command += ["--seed", str(seed), "--weights-dir", str(folder), *rest]
            print(shlex.join(command[1:]), file=sys.stderr)
            subprocess.run(command, check=True, stdout=sys.stderr)
        cards.append(read_card(folder / name))

    kept = max(range(len(cards)), key=lambda seed: cards[seed].validation_accuracy)
    test = [card.test_accuracy for card in cards]
    validation = [card.validation_accuracy for card in cards]
    evidence = {
        "command": "python tests/benchmarks/accuracy.py "
        f"{arguments.model} {arguments.dataset} --seeds {arguments.seeds}",
        "n": len(cards),
        "kept_seed": kept,
        "test_accuracies": test,
        "test_mean": statistics.mean(test),
        "test_spread": spread(test),
        "validation_mean": statistics.mean(validation),
        "validation_spread": spread(validation),
        "seconds": sum(card.seconds for card in cards),
    }
    target = arguments.out / name
    shutil.copyfile(arguments.out / f"seed{kept}" / name, target)
    recard(target, dataclasses.replace(cards[kept], evidence=evidence))
    print(json.dumps({"file": str(target), **evidence}))


if __name__ == "__main__":
    main()
