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

from .views import normalise

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-4  # of a probability; two processors round differently
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
LONGEST = 1600  # pixels of a picture's side; a larger one is reduced first
MEGAPIXELS, JPEG_MEGAPIXELS = 40, 200  # at most; a JPEG is reduced while it is read
ORIENTATION = 0x0112  # EXIF's tag
TRUST_IN_THE_PHOTO = 0.2  # how much surer the network has to be of a turned photo
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@functools.cache
def labels() -> dict:
    """The classes, and what the network takes."""
    return json.loads((HERE / "labels.json").read_text("utf-8"))


def read(file: str | Path) -> np.ndarray:
    """(H, W, 3) uint8: a picture upright, on white where it is transparent; ValueError if none."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # the limits are those below
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        with open(file, "rb") as stream, Image.open(stream, formats=formats) as image:
            return opened(image)
    except OSError as error:
        if error.strerror:
            raise ValueError(error.strerror) from error
        raise ValueError("this file is not a picture that can be read") from error
    except Exception as error:  # decoders raise nearly everything on broken data
        raise ValueError(str(error) or "this picture is damaged") from error


def opened(image: Image.Image) -> np.ndarray:
    """(H, W, 3) uint8: the picture at its working size, upright, on white."""
    megapixels = image.width * image.height / 1e6
    baseline = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    if megapixels > (JPEG_MEGAPIXELS if baseline else MEGAPIXELS):
        raise ValueError(f"this picture is too large: {image.width} x {image.height} pixels")
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except Exception:  # broken EXIF data, of a picture that can be seen
        orientation = 1
    side = LONGEST if megapixels <= MEGAPIXELS else LONGEST // 2
    image.draft(image.mode, (side, side))
    image.load()
    if image.mode not in ("L", "RGB", "LA", "RGBA", "CMYK") or "transparency" in image.info:
        image = to_rgba(image)
    if max(image.size) > LONGEST:
        scale = LONGEST / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    image = to_rgba(image)
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    pixels = np.asarray(image)
    share = pixels[:, :, 3:].astype(np.float32) / 255
    return np.rint(pixels[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)


def to_rgba(image: Image.Image) -> Image.Image:
    """The picture as RGBA, whatever its kind."""
    if not image.mode.startswith(("I", "F")):
        return image.convert("RGBA")
    values = np.asarray(image)
    high, black = float(values.max()), min(float(values.min()), 0.0)
    tops = {"u": (65535,), "f": (1, 255)}.get(values.dtype.kind, (255, 65535))
    white = next((top for top in tops if high <= top), high)
    scaled = (values.astype(np.float32) - black) * (255 / max(white - black, 1e-9))
    return Image.fromarray(np.rint(scaled).clip(0, 255).astype(np.uint8)).convert("RGBA")


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
    network: nn.Module, pixels: np.ndarray, views: Callable[[torch.Tensor], torch.Tensor]
) -> np.ndarray:
    """(N, outputs) of inputs (N, C, H, W) in 0..1, the mean of the answers to all views of each."""
    expected = labels()["input"]
    with torch.inference_mode():
        seen = views(torch.from_numpy(np.ascontiguousarray(pixels, np.float32)))
        x = normalise(seen.flatten(0, 1), expected["mean"], expected["std"])
        outputs = network(x).softmax(dim=1)
        return outputs.view(len(seen), len(pixels), -1).mean(dim=0).numpy()


def upright(found: np.ndarray) -> np.ndarray:
    """(outputs,) from (directions, outputs): of the direction in which the network is surest.

    The photo's own is preferred; the outputs for none of the classes are the mean of both.
    """
    count = len(labels()["classes"])
    surest = found[:, :count].max(axis=1)
    surest[0] += TRUST_IN_THE_PHOTO
    chosen = int(surest.argmax())
    unlike = (found[0, count:] + found[chosen, count:]) / 2
    return np.concatenate((found[chosen, :count], unlike))


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
