"""The frames of a moving picture (GIF, WebP, APNG, pages of a TIFF), small ones."""

from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from convdemo.images.decode import PictureError, opened, over_white, present_frame
from convdemo.images.resize import shrink_to_fit

FRAMES = 1000  # that a clip may have
MEGAPIXELS = 200  # that its frames may have together: a few seconds of decoding
SIDE = 64  # pixels of the longer side of a frame that is kept


def read_clip(source: str | Path | bytes) -> tuple[np.ndarray, ...]:
    """All frames of the clip in a file or in a file's bytes, in their order, each (h, w, 3) uint8
    with at most SIDE pixels a side, on white; a PictureError says what is wrong.
    """
    try:
        with opened(source) as image:
            return _frames(image)
    except PictureError as error:
        if error.problem == "kind":
            raise PictureError("clip_kind", **error.values) from error
        raise


def spread(count: int, wanted: int) -> tuple[int, ...]:
    """The places of so many frames out of `count`, evenly from the first to the last."""
    return tuple(np.linspace(0, count - 1, wanted).round().astype(int).tolist())


def _frames(image: Image.Image) -> tuple[np.ndarray, ...]:
    frames: list[np.ndarray] = []
    megapixels = 0.0
    try:
        # A phone's JPEG holds further views of the same moment, a PNG may have a still in place of
        # the clip for programs that show no clips.
        if image.format == "MPO" or not getattr(image, "is_animated", False):
            raise PictureError("clip_still")
        first = 1 if getattr(image, "default_image", False) else 0
        for _ in islice(ImageSequence.Iterator(image), first, None):
            frame = over_white(present_frame(image))
            megapixels += image.width * image.height / 1e6
            if len(frames) == FRAMES or megapixels > MEGAPIXELS:
                raise PictureError("clip_long", frames=FRAMES, limit=MEGAPIXELS)
            frames.append(shrink_to_fit(frame, SIDE))
    except PictureError:
        raise
    except Exception as error:  # on broken data Pillow's decoders raise nearly every class there is
        raise PictureError("damaged") from error
    if len(frames) < 2:
        raise PictureError("clip_still")
    return tuple(frames)
