"""The data set `fashion_mnist_photos`: what the photo network learns from.

Every epoch is drawn anew from Fashion-MNIST made to look like photos, real photos (`photo_labels`
says where they come from), drawings of what there are no photos of, and pictures of anything else.
"""

from __future__ import annotations

import dataclasses
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .data import FASHION_MNIST, GARMENTS, DatasetSpec, ImageSet, check_split
from .drawn_clothes import DRAWN, draw_clothes
from .garment import CANVAS, PHOTO_SIDE, canvas_of, frame, window_pixels
from .ingest import read_picture
from .photo_augment import augment_canvas, strange_picture
from .photo_compose import SHOES, compose_garment, plain_garment
from .photo_labels import NONE, Photo, list_photos
from .photo_scenery import Scenery
from .segment import mask_box

if TYPE_CHECKING:
    import torch

DRAWINGS = 900  # of each kind
VALIDATION_SHOTS = 1000

# Shares of an epoch, summed up; what is left are pictures of anything else.
_UP_TO_FASHION, _UP_TO_PHOTOS, _UP_TO_DRAWINGS = 0.34, 0.80, 0.91
_PHOTO_WEIGHTS = {5: 2.0, 7: 2.0, 9: 2.0}  # shoes: few, and worth as much as any
_UNSURE_WEIGHT = 0.4  # a photo that could be of several classes gets one of them at random
_DRAWN_CHANCES = (0.2, 0.2, 0.45, 0.15)
_FASHION_CHANCES = np.array([1, 1, 1, 1, 1, 1.2, 1, 1.2, 1.6, 1.2]) / 11.2  # no photos of bags


def load_canvases(photos: tuple[Photo, ...]) -> np.ndarray:
    """(N, CANVAS, CANVAS, 4) uint8: every photo's garment as `canvas_of` centres it."""
    canvases = np.empty((len(photos), CANVAS, CANVAS, 4), np.uint8)
    for place, photo in enumerate(photos):
        canvases[place] = canvas_of(read_picture(photo.path))
    return canvases


def scenery_of(canvases: np.ndarray) -> Scenery:
    """The grounds around the garments, and their cloth: squares of the canvases in which the mask
    is empty, or full.
    """
    grounds, fabrics = [], []
    kernel = np.ones((5, 5), np.uint8)
    for canvas in canvases:
        inside = (canvas[..., 3] > 40).astype(np.uint8)
        grounds += _square(canvas, cv2.dilate(inside, kernel) == 0)
        fabrics += _square(canvas, cv2.erode(inside, kernel) == 1)
    return Scenery(_stacked(grounds), _stacked(fabrics))


def _square(canvas: np.ndarray, wanted: np.ndarray) -> list[np.ndarray]:
    """A square of the canvas that lies where it is wanted, if there is one."""
    sums = cv2.integral(wanted.astype(np.uint8))
    least = 22
    for top in range(0, CANVAS - least, 10):
        for left in range(0, CANVAS - least, 10):
            bottom, right = top + least, left + least
            covered = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
            if covered == least**2:
                square = canvas[top:bottom, left:right, :3]
                return [cv2.resize(square, (PHOTO_SIDE, PHOTO_SIDE))]
    return []


def _stacked(patches: list[np.ndarray]) -> np.ndarray:
    return np.array(patches, np.uint8).reshape(-1, PHOTO_SIDE, PHOTO_SIDE, 3)


def draw_canvases(count: int, seed: int) -> tuple[np.ndarray, ...]:
    """(count, CANVAS, CANVAS, 4) uint8 of drawings for each of DRAWN."""
    rng = np.random.default_rng(seed)
    kinds = []
    for label in DRAWN:
        pictures = [draw_clothes(label, rng) for _ in range(count)]
        kinds.append(
            np.stack([frame(p[..., :3], p[..., 3], mask_box(p[..., 3])) for p in pictures])
        )
    return tuple(kinds)


def load_strangers(data_dir: Path, count: int = 8000) -> np.ndarray:
    """(N, 32, 32, 3) uint8: CIFAR-10's training pictures, none of which shows clothes.

    Taken from torchvision's layout or from `cifar10-train-*.zip` in `data_dir`; empty if neither
    is there, since the photos themselves hold hats, shorts and skirts.
    """
    from torchvision import datasets

    order = np.random.default_rng(0)
    try:
        pictures = datasets.CIFAR10(data_dir, train=True).data
        return pictures[order.choice(len(pictures), min(count, len(pictures)), replace=False)]
    except RuntimeError:
        archives = sorted(Path(data_dir).glob("cifar10-train-*.zip"))
    pictures = []
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            names = sorted(name for name in opened.namelist() if name.endswith((".jpg", ".png")))
            share = min(-(-count // len(archives)), len(names))
            for place in order.choice(len(names), share, replace=False):
                pictures.append(read_picture(opened.read(names[place])).rgb)
    return np.array(pictures, np.uint8).reshape(-1, 32, 32, 3)


@dataclass(frozen=True, eq=False)
class PhotoMix:
    """Fashion-MNIST made into photos, photos varied and drawings, drawn anew for every batch.

    `canvases` belong to `photos`; `drawn` holds canvases of drawings for each of DRAWN. Classes of
    photos are weighted by the square root of their number, Fashion-MNIST's nearly evenly.
    """

    fashion: ImageSet
    canvases: np.ndarray
    photos: tuple[Photo, ...]
    scenery: Scenery
    strangers: np.ndarray
    drawn: tuple[np.ndarray, ...]
    samples: int = 10_000

    def __len__(self) -> int:
        return self.samples

    def to(self, device: torch.device | str) -> PhotoMix:
        """The same: the CPU draws the pictures, batch by batch, and the training sends them on."""
        return self

    def take(self, count: int | None) -> PhotoMix:
        """The same sources with epochs of at most `count` pictures."""
        return (
            self if count is None else dataclasses.replace(self, samples=min(count, self.samples))
        )

    def batches(
        self, size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """An epoch of pictures (N, 4, 64, 64) uint8 and labels (N,) int64."""
        import torch

        drawn = torch.randint(2**62, (1,), generator=generator)
        draw = _Drawer(self, np.random.default_rng(int(drawn)))
        for start in range(0, self.samples, size):
            pairs = [draw.sample() for _ in range(min(size, self.samples - start))]
            pictures = np.stack([picture for picture, _ in pairs]).transpose(0, 3, 1, 2)
            labels = torch.tensor([label for _, label in pairs])
            yield torch.from_numpy(np.ascontiguousarray(pictures)), labels


def _training_mix(data_dir: Path, photos_dir: Path) -> PhotoMix:
    photos = tuple(photo for photo in list_photos(photos_dir) if not photo.held_out)
    canvases = load_canvases(photos)
    return PhotoMix(
        fashion=FASHION_MNIST.load(data_dir, "train"),
        canvases=canvases,
        photos=photos,
        scenery=scenery_of(canvases),
        strangers=load_strangers(data_dir),
        drawn=draw_canvases(DRAWINGS, seed=0),
    )


def held_out_photos(photos_dir: Path) -> tuple[tuple[Photo, ...], np.ndarray]:
    """The held-out photos of one sure class, and their canvases."""
    photos = tuple(
        photo for photo in list_photos(photos_dir) if photo.held_out and len(photo.labels) == 1
    )
    return photos, load_canvases(photos)


def _validation_set(data_dir: Path, photos_dir: Path) -> ImageSet:
    """The held-out photos, and some of Fashion-MNIST's validation pictures as product shots."""
    import torch

    photos, canvases = held_out_photos(photos_dir)
    labels = [photo.labels[0] for photo in photos]
    held_out = _image_set([window_pixels(canvas) for canvas in canvases], labels)
    shots = product_shots(FASHION_MNIST.load(data_dir, "validation").take(VALIDATION_SHOTS))
    return ImageSet(
        torch.cat((held_out.images, shots.images)), torch.cat((held_out.labels, shots.labels))
    )


def product_shots(fashion: ImageSet) -> ImageSet:
    """Fashion-MNIST's pictures (N, 1, 28, 28) as the photo network takes them, (N, 4, 64, 64)."""
    pictures = [plain_garment(image[0]) for image in fashion.images.numpy()]
    return _image_set(pictures, fashion.labels.tolist())


def _image_set(pictures: list[np.ndarray], labels: list[int]) -> ImageSet:
    import torch

    stacked = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
    return ImageSet(torch.from_numpy(stacked), torch.tensor(labels, dtype=torch.int64))


class _Drawer:
    """One epoch's draws from a mix."""

    def __init__(self, mix: PhotoMix, rng: np.random.Generator) -> None:
        self.mix, self.rng = mix, rng
        self.scenery = mix.scenery
        labels = mix.fashion.labels.numpy()
        self.fashion_places = [np.nonzero(labels == label)[0] for label in range(len(GARMENTS))]
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for place, photo in enumerate(mix.photos):
            groups[photo.labels].append(place)
        self.groups = list(groups.items())
        weights = [
            len(places) ** 0.5
            * (_PHOTO_WEIGHTS.get(labels[0], 1) if len(labels) == 1 else _UNSURE_WEIGHT)
            for labels, places in self.groups
        ]
        self.group_chances = np.array(weights) / sum(weights)

    def sample(self) -> tuple[np.ndarray, int]:
        chance = self.rng.random()
        if chance < _UP_TO_FASHION:
            return self._fashion()
        if chance < _UP_TO_PHOTOS:
            return self._photo()
        if chance < _UP_TO_DRAWINGS:
            return self._drawing()
        return self._stranger(), len(GARMENTS)

    def _drawing(self) -> tuple[np.ndarray, int]:
        kind = int(self.rng.choice(len(DRAWN), p=_DRAWN_CHANCES))
        canvas = self.mix.drawn[kind][self.rng.integers(len(self.mix.drawn[kind]))]
        free = DRAWN[kind] in SHOES
        sample = augment_canvas(canvas, self.rng, scenery=self.scenery, free=free, cut_out=True)
        return sample, DRAWN[kind]

    def _fashion(self) -> tuple[np.ndarray, int]:
        label = int(self.rng.choice(len(GARMENTS), p=_FASHION_CHANCES))
        image = self.mix.fashion.images[self.rng.choice(self.fashion_places[label]), 0].numpy()
        return compose_garment(image, label, self.rng, scenery=self.scenery), label

    def _photo(self) -> tuple[np.ndarray, int]:
        labels, places = self.groups[self.rng.choice(len(self.groups), p=self.group_chances)]
        label = int(self.rng.choice(labels))
        canvas = self.mix.canvases[self.rng.choice(places)]
        free = label in SHOES or label == len(GARMENTS)
        return augment_canvas(canvas, self.rng, scenery=self.scenery, free=free), label

    def _stranger(self) -> np.ndarray:
        if len(self.mix.strangers) and self.rng.random() < 0.7:
            return strange_picture(
                self.mix.strangers[self.rng.integers(len(self.mix.strangers))], self.rng
            )
        return strange_picture(self.scenery.draw(self.rng).clip(0, 255).astype(np.uint8), self.rng)


def _load(data_dir: Path, split: str, photos: Path | None = None) -> PhotoMix | ImageSet:
    check_split(split)
    if split == "test":  # the photos have no test set of their own
        return product_shots(FASHION_MNIST.load(data_dir, "test"))
    if photos is None:
        raise ValueError("fashion_mnist_photos needs its photos: name their folder, --photos DIR")
    load = _training_mix if split == "train" else _validation_set
    return load(data_dir, photos)


FASHION_MNIST_PHOTOS = DatasetSpec(
    name="fashion_mnist_photos",
    title="Fashion-MNIST and photos",
    job="clothes",
    classes=GARMENTS,
    shape=(4, PHOTO_SIDE, PHOTO_SIDE),  # red, green, blue, mask
    mean=(0.5,) * 4,
    std=(0.25,) * 4,
    load=_load,
    preprocessing="photo",
    extra_classes=(NONE,),
)
