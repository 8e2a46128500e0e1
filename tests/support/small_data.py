"""Data small enough to write in a test: patterns and colours that a network learns in seconds."""

import io
import struct
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

COUNTS = {"train": 1_000, "t10k": 200}  # 100 of the first are held out for validation


def patterns(labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(N, 28, 28) uint8: a bright bar whose place and direction tell the class, under noise."""
    images = generator.integers(0, 60, (len(labels), 28, 28))
    for image, label in zip(images, labels, strict=True):
        start = 4 + 4 * (label % 5)
        bar = (slice(start, start + 4), slice(4, 24))
        image[bar if label < 5 else bar[::-1]] = 230
    return images.astype(np.uint8)


def write_mnist_layout(folder: Path, class_name: str) -> None:
    """Write FOLDER/CLASS_NAME/raw with the four idx files that torchvision looks for."""
    raw = folder / class_name / "raw"
    raw.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for split, count in COUNTS.items():
        labels = generator.integers(0, 10, count).astype(np.uint8)
        images = patterns(labels, generator)
        header = struct.pack(">HBBIII", 0, 8, 3, *images.shape)
        (raw / f"{split}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        header = struct.pack(">HBBI", 0, 8, 1, count)
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(header + labels.tobytes())


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"  # how a phone's photo begins
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 210)}


@cache
def picture(colour: tuple[int, int, int], seed: int, size: tuple[int, int] = (40, 30)) -> bytes:
    """A PNG of one colour under noise."""
    noise = np.random.default_rng(seed).integers(-30, 30, (*size[::-1], 3))
    image = Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def members(per_class: int = 20, prefix: str = "") -> dict[str, bytes]:
    """The files of a zip with a folder for each colour."""
    return {
        f"{prefix}{name}/{place}.png": picture(colour, 100 * place + len(name))
        for name, colour in COLOURS.items()
        for place in range(per_class)
    }


class Named(zipfile.ZipInfo):
    """An entry whose name is bytes of a coding that the zip does not tell."""

    def __init__(self, name: bytes) -> None:
        super().__init__(name.hex())
        self.bytes = name

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.bytes, self.flag_bits


def write_zip(path: Path, files: Mapping[str, bytes] | Mapping[bytes, bytes]) -> Path:
    """The path, with a zip of these files there."""
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in files.items():
            opened.writestr(Named(name) if isinstance(name, bytes) else name, data)
    return path
