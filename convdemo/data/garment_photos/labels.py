"""Which photo shows what, and which ones training never sees.

The photos are those of "clothing-dataset-small" (CC0) in its own layout: `train/KIND/FILE.jpg` and
`validation/KIND/FILE.jpg`. Its kinds are not Fashion-MNIST's; where a kind says too little,
`labels.csv` says what we see on the file: several classes where it could be any of them,
none where it is to be left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from convdemo.data.mnist import GARMENTS
from convdemo.errors import UserError
from convdemo.paths import PACKAGE

NONE = "none of these"
CLASSES = (*GARMENTS, NONE)
LABELS_FILE = PACKAGE / "data" / "garment_photos" / "labels.csv"
HELD_OUT_SHARE = 5

_KINDS = {
    "dress": "Dress",
    "hat": NONE,
    "longsleeve": "Pullover",
    "outwear": "Coat",
    "pants": "Trouser",
    "shirt": "Shirt",
    "shoes": "",  # every file is in the list
    "shorts": NONE,
    "skirt": NONE,
    "t-shirt": "T-shirt/top",
}


@dataclass(frozen=True)
class GarmentPhoto:
    """A file, the classes it could be (mostly one), and whether training never sees it."""

    path: Path
    kind: str
    labels: tuple[int, ...]
    held_out: bool


def list_photos(folder: Path) -> tuple[GarmentPhoto, ...]:
    """The labelled photos in a folder; ValueError where there are none.

    Held out of training, per set of classes: the data set's own validation pictures, then those
    with the smallest SHA-1 of the file name, until it is a fifth.
    """
    with LABELS_FILE.open(newline="") as opened:
        listed = {row["file"]: row["label"] for row in csv.DictReader(opened)}
    by_label: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(Path(folder).glob("*/*/*.jpg")):
        kind = path.parent.name
        label = listed.get(f"{kind}/{path.name}", _KINDS.get(kind, ""))
        if label:
            by_label[label].append(path)
    if not by_label:
        raise UserError(
            f"no photos in {folder}: train/KIND/*.jpg and validation/KIND/*.jpg are expected"
        )
    photos = []
    for label, paths in by_label.items():
        classes = tuple(CLASSES.index(name) for name in label.split("|"))
        for index, path in enumerate(sorted(paths, key=_held_out_first)):
            held_out = _given_for_validation(path) or index < -(-len(paths) // HELD_OUT_SHARE)
            photos.append(GarmentPhoto(path, path.parent.name, classes, held_out))
    return tuple(sorted(photos, key=lambda photo: photo.path))


def _given_for_validation(path: Path) -> bool:
    return path.parent.parent.name == "validation"


def _held_out_first(path: Path) -> tuple[bool, str]:
    return not _given_for_validation(path), hashlib.sha1(path.name.encode()).hexdigest()
