"""What the predict.py of an exported model calls: weights, answers, the check and the command."""

import argparse
import functools
import io
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from convdemo.inference.answer import EMPTY, named, surest_turn
from convdemo.inference.tta import probabilities_of

HERE = Path(__file__).resolve().parents[2]  # where predict.py lies, two folders above its copy
TOLERANCE = 1e-4  # of a probability; two processors round differently


@functools.cache
def labels() -> dict:
    """The classes, and what the network takes."""
    return json.loads((HERE / "labels.json").read_text("utf-8"))


def load(build: Callable[[], nn.Module]) -> nn.Module:
    """The network with its weights, ready to read."""
    network = build()
    network.load_state_dict(load_file(HERE / "weights.safetensors"))
    return network.to(memory_format=torch.channels_last).eval()


def answer(
    network: nn.Module, pixels: np.ndarray, *, empty: bool = False, turnable: str = "never"
) -> dict:
    """Label, notice and probabilities of an input (C, H, W) in 0..1; the label is None where there
    is a notice. `turnable` says whether the network is asked how the picture stands upright.
    """
    if empty:
        return {"label": None, "notice": EMPTY, "probabilities": {}}
    described = labels()
    about = {name: described["input"][name] for name in ("mean", "std", "views")}
    x = torch.from_numpy(np.ascontiguousarray(pixels[None], np.float32))

    def read(quarters: int) -> np.ndarray:
        with torch.inference_mode():
            return probabilities_of(network, x, quarters=quarters, **about)[0].numpy()

    classes, extra_classes = described["classes"], described["extra_classes"]
    threshold = described["unknown_threshold"]
    _, found = surest_turn(read, len(classes), turnable, threshold)
    label, notice, shares = named(found, classes, extra_classes, threshold)
    return {"label": label, "notice": notice, "probabilities": shares}


def check(predict: Callable[[str], dict]) -> int:
    """0 where the pictures that came along are read as they were when the model was exported."""
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))
    differences, same = [0.0], True
    for wanted in expected:
        described = predict(str(HERE / "pictures" / wanted["picture"]))
        one, other = described["probabilities"], wanted["probabilities"]
        differences += [abs(one.get(name, 0) - other.get(name, 0)) for name in {**one, **other}]
        same = same and all(described[key] == wanted[key] for key in ("label", "notice"))
    largest = float(np.max(differences))
    figures = {"largest_difference": largest, "pictures": len(expected), "same_labels": same}
    print(json.dumps(figures))
    return 0 if same and largest <= TOLERANCE else 1


def main(
    words: list[str],
    build: Callable[[], nn.Module],
    predict: Callable[[nn.Module, str], dict],
) -> int:
    """The exit status: 1 where a file cannot be read or the check fails."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    parser = argparse.ArgumentParser(description="Read pictures; a JSON object a line.")
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--check", action="store_true", help="read the pictures that came along")
    arguments = parser.parse_args(words)
    if not arguments.files and not arguments.check:
        parser.error("name a picture, or --check")
    network = load(build)
    if arguments.check:
        return check(partial(predict, network))
    failed = 0
    for file in arguments.files:
        try:
            described = predict(network, file)
        except ValueError as error:
            described, failed = {"error": str(error)}, 1
        print(json.dumps({"file": file, **described}, ensure_ascii=False), flush=True)
    return failed
