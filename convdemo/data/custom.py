"""Data sets of the user's own, each a safetensors file whose header says what it is."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from convdemo.data.dataset import SPLITS, DatasetSpec, ImageSet
from convdemo.data.image_folders.findings import NAMED, Finding
from convdemo.data.image_folders.photo_set import PhotoSet, Small, Use, parts_of, small_of
from convdemo.errors import UserError, choose
from convdemo.files import save_tensors
from convdemo.images.decode import read_picture
from convdemo.paths import home_dir
from convdemo.preprocessing.square import square

NAME = re.compile(r"own-[0-9a-f]{8}")
JOB, PREPROCESSING = "custom", "square"
SIDE = 64  # pixels of a picture as it is trained with
SUFFIX = ".safetensors"


def small_square(file: bytes | Path) -> Small:
    """The middle square of a picture, as it is trained with."""
    return small_of(square(read_picture(file), SIDE).transpose(1, 2, 0))


TRAINING = Use(small_square, shares=(0.15, 0.15), least=5)  # to validate, and to test


@dataclass(frozen=True)
class OwnData:
    """What the header of a file says of its pictures."""

    name: str
    title: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    pictures: int  # to train with
    counts: tuple[int, ...] = ()  # all pictures of each class
    findings: tuple[Finding, ...] = ()


def own_data_dir() -> Path:
    """Where they are kept; on a Space in a folder for each visitor."""
    return home_dir() / "datasets"


def keep(photos: PhotoSet, title: str, folder: Path) -> OwnData:
    """Split pictures that were gathered for TRAINING, and write them into a file in `folder`."""
    import torch

    given = ImageSet.of([photo.pixels for photo in photos.photos], photos.labels.tolist())
    images, labels = given.images, given.labels
    split = torch.from_numpy(parts_of(photos, TRAINING).astype(np.int8))
    training = images[split == 0].float() / 255
    spread = training.std(dim=(0, 2, 3)).clamp(min=1e-3)  # pictures of one colour have none
    digest = hashlib.sha256(images.numpy().tobytes() + labels.numpy().tobytes())
    digest.update(split.numpy().tobytes() + "\0".join(photos.classes).encode())
    own = OwnData(
        name=f"own-{digest.hexdigest()[:8]}",  # the same pictures are the same data set
        title=title,
        classes=photos.classes,
        mean=tuple(round(value, 4) for value in training.mean(dim=(0, 2, 3)).tolist()),
        std=tuple(round(value, 4) for value in spread.tolist()),
        pictures=len(training),
        counts=tuple(photos.counts().values()),
        findings=tuple(
            dataclasses.replace(one, names=one.names[: NAMED + 1]) for one in photos.findings
        ),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{own.name}{SUFFIX}"
    tensors = {"images": images, "labels": labels, "split": split}
    save_tensors(path, tensors, {"own_data": json.dumps(dataclasses.asdict(own))})
    return own


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
            return _own_data(json.loads(opened.metadata()["own_data"]))
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise UserError(f"{path.name} is no data set") from error


def _own_data(values: dict[str, Any]) -> OwnData:
    found = [Finding(**{**one, "names": tuple(one["names"])}) for one in values.pop("findings", ())]
    # As files said it that were written before there were findings.
    unreadable, without = values.pop("unreadable", 0), tuple(values.pop("without", ()))
    found += [Finding("unreadable", unreadable)] * bool(unreadable)
    found += [Finding("without", len(without), without)] * bool(without)
    tuples: dict[str, Any] = {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
    return OwnData(**{**values, **tuples}, findings=tuple(found))


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
        load=partial(_load, path),
        preprocessing=PREPROCESSING,
    )


def _load(path: Path, data_dir: Path, split: str, photos: Path | None = None) -> ImageSet:
    from safetensors.torch import load_file

    choose("split", split, SPLITS)
    tensors = load_file(path)
    chosen = tensors["split"] == SPLITS.index(split)
    return ImageSet(tensors["images"][chosen], tensors["labels"][chosen])
