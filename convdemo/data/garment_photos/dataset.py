"""The data set `fashion_mnist_photos`: what the photo network learns from.

Every epoch is drawn anew from real photos (`labels` says where they come from), drawings of
what there are no photos of, and Fashion-MNIST made to look like photos.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from convdemo.data.dataset import SPLITS, DatasetSpec, ImageSet
from convdemo.data.garment_photos.backgrounds import Backgrounds
from convdemo.data.garment_photos.composites import SHOES, compose_garment, plain_garment
from convdemo.data.garment_photos.distortions import lay_down, vary_photo
from convdemo.data.garment_photos.drawings.garments import DRAWN, draw_clothes
from convdemo.data.garment_photos.labels import NONE, GarmentPhoto, list_photos
from convdemo.data.mnist import FASHION_MNIST, GARMENTS
from convdemo.errors import UserError, choose
from convdemo.images.decode import over_white, read_picture
from convdemo.preprocessing.crop import LITE_MEAN, LITE_STD
from convdemo.preprocessing.garment import PHOTO_SIDE, whole_square
from convdemo.preprocessing.segmentation import mask_box

if TYPE_CHECKING:
    import torch

DRAWINGS = 300  # of each kind
TEST_SHOTS = 2_000  # of Fashion-MNIST's 10,000, since one takes as long as forty of the originals
# What ImageNet has of our classes, in their order; of shirts it has none.
RELATED = (
    ("jersey",),
    ("jean",),
    ("sweatshirt", "cardigan"),
    ("gown", "hoopskirt", "overskirt"),
    ("trench coat", "fur coat", "lab coat", "suit", "poncho"),
    ("sandal", "clog"),
    (),
    ("running shoe", "Loafer"),
    ("purse", "mailbag", "backpack", "plastic bag"),
    ("cowboy boot",),
    (),
)

# Shares of an epoch, summed up; what is left are photos.
_UP_TO_FASHION, _UP_TO_DRAWINGS = 0.15, 0.25
_PHOTO_WEIGHTS = {5: 2.5, 7: 2.0, 9: 2.5}  # shoes: few, and worth as much as any
_UNSURE_WEIGHT = 0.5  # a photo that could be of several classes gets one of them at random
_DRAWN_CHANCES = (0.22, 0.22, 0.36, 0.2)
# Shoes and bags, of which there are few photos or none, twice as often as the rest.
_FASHION_CHANCES = np.array([1, 1, 1, 1, 1, 2, 1, 2, 3, 2]) / 15


def read_photos(photos: tuple[GarmentPhoto, ...]) -> tuple[np.ndarray, ...]:
    """The pixels (H, W, 3) uint8 of each photo."""
    return tuple(over_white(read_picture(photo.path)) for photo in photos)


def backgrounds_of(photos: Sequence[np.ndarray]) -> Backgrounds:
    """What photos have in a corner, mostly the ground, and in their middle, mostly cloth."""
    grounds, fabrics = [], []
    for index, rgb in enumerate(photos):
        height, width = rgb.shape[:2]
        side = max(1, min(height, width) // 4)
        corners = [(y, x) for y in (0, height - side) for x in (0, width - side)]
        grounds.append(_square(rgb, *corners[index % 4], side))
        fabrics.append(_square(rgb, (height - side) // 2, (width - side) // 2, side))
    return Backgrounds(np.stack(grounds), np.stack(fabrics))


def _square(rgb: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    return cv2.resize(rgb[top : top + side, left : left + side], (PHOTO_SIDE, PHOTO_SIDE))


def draw_pictures(count: int, seed: int) -> tuple[tuple[np.ndarray, ...], ...]:
    """`count` drawings (side, side, 4) uint8 for each of DRAWN, squares around what is on them."""
    rng = np.random.default_rng(seed)
    return tuple(tuple(_cut(draw_clothes(label, rng)) for _ in range(count)) for label in DRAWN)


def _cut(drawing: np.ndarray) -> np.ndarray:
    left, top, right, bottom = mask_box(drawing[..., 3])
    height, width = bottom - top, right - left
    side = max(height, width)
    square = np.zeros((side, side, 4), np.uint8)
    down, across = (side - height) // 2, (side - width) // 2
    square[down : down + height, across : across + width] = drawing[top:bottom, left:right]
    return square


@dataclass(frozen=True, eq=False)
class PhotoMix:
    """Photos varied, drawings, and Fashion-MNIST made into photos, drawn anew for every batch.

    `pixels` belong to `photos`; `drawn` holds drawings for each of DRAWN. Classes of photos are
    weighted by the square root of their number.
    """

    fashion: ImageSet
    pixels: tuple[np.ndarray, ...]
    photos: tuple[GarmentPhoto, ...]
    backgrounds: Backgrounds
    drawn: tuple[tuple[np.ndarray, ...], ...]
    samples: int = 3_000

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
        """An epoch of pictures (N, 3, side, side) uint8 and labels (N,) int64."""
        import torch

        seed = int(torch.randint(2**62, (1,), generator=generator))
        draw = _Drawer(self, np.random.default_rng(seed))
        for start in range(0, self.samples, size):
            pairs = [draw.sample() for _ in range(min(size, self.samples - start))]
            drawn = ImageSet.of(*zip(*pairs, strict=True))
            yield drawn.images, drawn.labels


def _training_mix(data_dir: Path, photos_dir: Path) -> PhotoMix:
    photos = tuple(photo for photo in list_photos(photos_dir) if not photo.held_out)
    pixels = read_photos(photos)
    return PhotoMix(
        fashion=FASHION_MNIST.load(data_dir, "train"),
        pixels=pixels,
        photos=photos,
        backgrounds=backgrounds_of(pixels),
        drawn=draw_pictures(DRAWINGS, seed=0),
    )


def _validation_set(photos_dir: Path) -> ImageSet:
    """The held-out photos of one sure class."""
    photos = tuple(
        photo for photo in list_photos(photos_dir) if photo.held_out and len(photo.labels) == 1
    )
    pictures = [whole_square(rgb) for rgb in read_photos(photos)]
    return ImageSet.of(pictures, [photo.labels[0] for photo in photos])


def product_shots(fashion: ImageSet) -> ImageSet:
    """Fashion-MNIST's pictures (N, 1, 28, 28) as photos (N, 3, side, side)."""
    pictures = [plain_garment(image[0]) for image in fashion.images.numpy()]
    return ImageSet.of(pictures, fashion.labels.tolist())


class _Drawer:
    """One epoch's draws from a mix."""

    def __init__(self, mix: PhotoMix, rng: np.random.Generator) -> None:
        self.mix, self.rng = mix, rng
        self.backgrounds = mix.backgrounds
        labels = mix.fashion.labels.numpy()
        self.fashion_places = [np.nonzero(labels == label)[0] for label in range(len(GARMENTS))]
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, photo in enumerate(mix.photos):
            groups[photo.labels].append(index)
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
        return self._drawing() if chance < _UP_TO_DRAWINGS else self._photo()

    def _drawing(self) -> tuple[np.ndarray, int]:
        kind = int(self.rng.choice(len(DRAWN), p=_DRAWN_CHANCES))
        drawing = self.mix.drawn[kind][self.rng.integers(len(self.mix.drawn[kind]))]
        free = DRAWN[kind] in SHOES
        return lay_down(drawing, self.rng, backgrounds=self.backgrounds, free=free), DRAWN[kind]

    def _fashion(self) -> tuple[np.ndarray, int]:
        label = int(self.rng.choice(len(GARMENTS), p=_FASHION_CHANCES))
        image = self.mix.fashion.images[self.rng.choice(self.fashion_places[label]), 0].numpy()
        return compose_garment(image, label, self.rng, backgrounds=self.backgrounds), label

    def _photo(self) -> tuple[np.ndarray, int]:
        labels, places = self.groups[self.rng.choice(len(self.groups), p=self.group_chances)]
        label = int(self.rng.choice(labels))
        rgb = self.mix.pixels[self.rng.choice(places)]
        free = label in SHOES or label == len(GARMENTS)
        return vary_photo(rgb, self.rng, free=free), label


def _load(data_dir: Path, split: str, photos: Path | None = None) -> PhotoMix | ImageSet:
    choose("split", split, SPLITS)
    if split == "test":  # the photos have no test set of their own
        return product_shots(FASHION_MNIST.load(data_dir, "test").take(TEST_SHOTS))
    if photos is None:
        raise UserError("fashion_mnist_photos needs its photos: name their folder, --photos DIR")
    return _training_mix(data_dir, photos) if split == "train" else _validation_set(photos)


FASHION_MNIST_PHOTOS = DatasetSpec(
    name="fashion_mnist_photos",
    title="Fashion-MNIST and photos",
    job="clothes",
    classes=GARMENTS,
    shape=(3, PHOTO_SIDE, PHOTO_SIDE),
    mean=LITE_MEAN,
    std=LITE_STD,
    load=_load,
    preprocessing="photo",
    extra_classes=(NONE,),
    related=RELATED,
)
