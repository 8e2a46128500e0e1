"""What the predict.py of an exported model is made of; its text is copied, so it stands alone."""

import argparse
import functools
import io
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from convdemo.inference.tta import normalise

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-4  # of a probability; two processors round differently
TRUST_IN_THE_PHOTO = 0.5  # how much surer the network has to be of a turned photo


@functools.cache
def labels() -> dict:
    """The classes, and what the network takes."""
    return json.loads((HERE / "labels.json").read_text("utf-8"))


def middle_square(rgb: np.ndarray, side: int) -> np.ndarray:
    """(3, side, side) float32 in 0..1: the middle of a picture (H, W, 3) uint8."""
    height, width = rgb.shape[:2]
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    middle = np.ascontiguousarray(rgb[top : top + least, left : left + least])
    method = cv2.INTER_AREA if side < least else cv2.INTER_LINEAR
    small = cv2.resize(middle, (side, side), interpolation=method)
    return np.ascontiguousarray(small.transpose(2, 0, 1)).astype(np.float32) / 255


def middle_crop(rgb: np.ndarray, side: int, shorter: int, method: Image.Resampling) -> np.ndarray:
    """(3, side, side) float32 in 0..1: the middle of a picture whose shorter side was resized."""
    height, width = rgb.shape[:2]
    longer = int(shorter * max(height, width) / min(height, width))
    size = (shorter, longer) if width <= height else (longer, shorter)
    image = Image.fromarray(rgb)
    image = image if image.size == size else image.resize(size, method)
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    middle = np.asarray(image.crop((left, top, left + side, top + side)))
    return middle.transpose(2, 0, 1).astype(np.float32) * np.float32(1 / 255)


def load(build: Callable[[], nn.Module]) -> nn.Module:
    """The network with its weights, ready to read."""
    network = build()
    network.load_state_dict(load_file(HERE / "weights.safetensors"))
    return network.to(memory_format=torch.channels_last).eval()


def probabilities(
    network: nn.Module,
    pixels: np.ndarray,
    views: Callable[[torch.Tensor], torch.Tensor],
    quarters: int = 0,
) -> np.ndarray:
    """(N, outputs) of inputs (N, C, H, W) in 0..1, the mean of the answers to all views of each.

    The network sees views of the inputs as they are when turned counter-clockwise by quarters.
    """
    expected = labels()["input"]
    with torch.inference_mode():
        turned = np.ascontiguousarray(np.rot90(pixels, quarters, (2, 3)), np.float32)
        seen = views(torch.from_numpy(turned))
        x = normalise(seen.flatten(0, 1), expected["mean"], expected["std"])
        outputs = network(x).softmax(dim=1)
        return outputs.view(len(seen), len(pixels), -1).mean(dim=0).numpy()


def upright(found: np.ndarray) -> np.ndarray:
    """(outputs,) from (directions, outputs): of the direction in which the network is surest of a
    class; the photo's own is preferred.
    """
    count = len(labels()["classes"])
    surest = found[:, :count].max(axis=1)
    surest[0] += TRUST_IN_THE_PHOTO
    return found[int(surest.argmax())]


def named(answer: np.ndarray) -> dict:
    """Label, notice and probabilities from (outputs,); the label is None where there is a notice.

    Outputs after the classes say that the picture is none of them.
    """
    classes, threshold = labels()["classes"], labels()["unknown_threshold"]
    count, notice = len(classes), None
    share = answer[:count] / max(float(answer[:count].sum()), 1e-12)
    if threshold is not None and float(answer[count:].sum()) >= threshold:
        surest = labels()["extra_classes"][int(answer[count:].argmax())]
        notice = "several" if surest == "several" else "unknown"
    return {
        "label": None if notice else classes[int(share.argmax())],
        "notice": notice,
        "probabilities": {name: float(value) for name, value in zip(classes, share, strict=True)},
    }


def check(predict: Callable[[str], dict]) -> int:
    """0 where the pictures that came along are read as they were when the model was exported."""
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))
    differences, same = [0.0], True
    for wanted in expected:
        told = predict(str(HERE / "pictures" / wanted["picture"]))
        one, other = told["probabilities"], wanted["probabilities"]
        differences += [abs(one.get(name, 0) - other.get(name, 0)) for name in {**one, **other}]
        same = same and all(told[key] == wanted[key] for key in ("label", "notice"))
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
            told = predict(network, file)
        except ValueError as error:
            told, failed = {"error": str(error)}, 1
        print(json.dumps({"file": file, **told}, ensure_ascii=False), flush=True)
    return failed
