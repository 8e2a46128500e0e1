"""Data sets of the user's own, each a safetensors file whose header says what it is."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .class_folders import SIDE
from .data import SPLITS, DatasetSpec, ImageSet, check_split, home_dir

if TYPE_CHECKING:
    from .class_folders import ClassFolders

NAME = re.compile(r"own-[0-9a-f]{8}")
JOB, PREPROCESSING = "custom", "square"
HELD_OUT = 0.15  # of every class for validation, and as much for the test
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class OwnData:
    """What the header of a file says of its pictures."""

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pictures: int  # to train with
    unreadable: int = 0
    without: tuple[str, ...] = ()


def own_data_dir() -> Path:
    """Where they are kept; on a Space in a folder for each visitor."""
    return home_dir() / "datasets"


def keep(found: ClassFolders, title: str, folder: Path) -> OwnData:
    """Split the pictures, class by class, and write them into a file in `folder`."""
    import torch
    from safetensors.torch import save_file

    images, labels = torch.from_numpy(found.images), torch.from_numpy(found.labels)
    split = _split(labels, len(found.classes))
    training = images[split == 0].float() / 255
    spread = training.std(dim=(0, 2, 3)).clamp(min=1e-3)  # pictures of one colour have none
    digest = hashlib.sha256(found.images.tobytes() + found.labels.tobytes())
    digest.update("\0".join(found.classes).encode())
    own = OwnData(
        name=f"own-{digest.hexdigest()[:8]}",  # the same pictures are the same data set
        title=title,
        classes=found.classes,
        mean=tuple(round(value, 4) for value in training.mean(dim=(0, 2, 3)).tolist()),
        std=tuple(round(value, 4) for value in spread.tolist()),
        pictures=len(training),
        unreadable=found.unreadable,
        without=found.without,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{own.name}{SUFFIX}"
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    tensors = {"images": images, "labels": labels, "split": split}
    try:
        save_file(tensors, part, {"own_data": json.dumps(dataclasses.asdict(own))})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return own


def _split(labels: Any, classes: int) -> Any:
    """(N,) 0 for training, 1 for validation, 2 for the test; at least one of each class in each."""
    import torch

    generator = torch.Generator().manual_seed(0)
    split = torch.zeros(len(labels), dtype=torch.int8)
    for place in range(classes):
        own = (labels == place).nonzero()[:, 0]
        own = own[torch.randperm(len(own), generator=generator)]
        held = max(1, round(HELD_OUT * len(own)))
        split[own[:held]] = 1
        split[own[held : 2 * held]] = 2
    return split


def path_of(name: str, folder: Path | None = None) -> Path | None:
    """The file of a data set in `folder`, or anywhere; None if there is none of that name."""
    if not NAME.fullmatch(name):
        return None
    if folder is not None:
        path = folder / f"{name}{SUFFIX}"
        return path if path.is_file() else None
    return next(iter(own_data_dir().glob(f"**/{name}{SUFFIX}")), None)


def read_own(path: Path) -> OwnData:
    """What a file's header says; ValueError for a file that is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            values = json.loads(opened.metadata()["own_data"])
    except (SafetensorError, KeyError, TypeError, OSError) as error:
        raise ValueError(f"{path.name} is no data set") from error
    tuples: dict[str, Any] = {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
    return OwnData(**{**values, **tuples})


def spec_of(path: Path) -> DatasetSpec:
    """The data set in a file, as networks are trained on it."""
    own = read_own(path)
    return DatasetSpec(
        name=own.name,
        title=own.title,
        job=JOB,
        classes=own.classes,
        shape=(3, SIDE, SIDE),
        mean=own.mean,
        std=own.std,
        load=_loader(path),
        preprocessing=PREPROCESSING,
    )


def _loader(path: Path) -> Callable[..., ImageSet]:
    def load(data_dir: Path, split: str, photos: Path | None = None) -> ImageSet:
        from safetensors.torch import load_file

        check_split(split)
        tensors = load_file(path)
        chosen = tensors["split"] == SPLITS.index(split)
        return ImageSet(tensors["images"][chosen], tensors["labels"][chosen])

    return load
