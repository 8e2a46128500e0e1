"""CIFAR-10: 60,000 small colour photos of ten kinds of things."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from convdemo.data.dataset import DataMissingError, DatasetSpec, ImageSet, loader_of

SIDE = 32
THINGS = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
_PICTURES = (".png", ".jpg", ".jpeg")


def _class_folders(data_dir: Path, part: str) -> Iterator[tuple[str, int, bytes]]:
    """(path, label, file) of CIFAR-10 as pictures in class folders, packed as zips or not."""
    for archive in sorted(data_dir.glob(f"cifar10-{part}*.zip")):
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if (label := _label(name, part)) is not None:
                    yield name, label, opened.read(name)
    for path in (data_dir / "cifar10" / part).glob("*/*"):
        if (label := _label(f"{part}/{path.parent.name}/{path.name}", part)) is not None:
            yield path.relative_to(data_dir / "cifar10").as_posix(), label, path.read_bytes()


def _label(name: str, part: str) -> int | None:
    path = PurePosixPath(name)
    named = path.parts[-3:-1]
    if path.suffix.lower() not in _PICTURES or len(named) != 2 or named[0] != part:
        return None
    return THINGS.index(named[1]) if named[1] in THINGS else None


def _read_folders(data_dir: Path, part: str) -> ImageSet | None:
    """The pictures in the order of their names; None where there is none."""
    import cv2

    found = sorted(_class_folders(data_dir, part))
    if not found:
        return None
    pictures = []
    for name, _, file in found:
        picture = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
        if picture is None or picture.shape != (SIDE, SIDE, 3):
            raise DataMissingError(f"{name} of CIFAR-10 in {data_dir} is no {SIDE}x{SIDE} picture")
        pictures.append(picture[..., ::-1])
    return ImageSet.of(pictures, [label for _, label, _ in found])


def _read(data_dir: Path, train: bool) -> ImageSet:
    """torchvision's copy, else one in class folders, else a download."""
    from torchvision import datasets

    folder, part = Path(data_dir), "train" if train else "test"
    try:
        found = datasets.CIFAR10(folder, train=train)
    except RuntimeError:
        if (pictures := _read_folders(folder, part)) is not None:
            return pictures
        try:
            folder.mkdir(parents=True, exist_ok=True)
            found = datasets.CIFAR10(folder, train=train, download=True)
        except (RuntimeError, OSError) as error:
            raise DataMissingError(
                f"CIFAR-10 was looked for in {folder / 'cifar-10-batches-py'}, in "
                f"{folder / 'cifar10' / part} and in {folder}/cifar10-{part}*.zip and is not "
                f"there, and the download failed ({error}). Put it into one of them, or name the "
                f"folder that holds it with --data-dir or CONVDEMO_DATA."
            ) from error
    return ImageSet.of(found.data, found.targets)


CIFAR10 = DatasetSpec(
    name="cifar10",
    title="CIFAR-10",
    job="photos",
    classes=THINGS,
    shape=(3, SIDE, SIDE),
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    load=loader_of(_read),
    preprocessing="square32",
)
