"""Whatever a person hands over (path, bytes, array, PIL image) -> a picture or a sentence."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageFile

from convdemo.errors import Problem
from convdemo.images.colour_profiles import to_srgb
from convdemo.images.signatures import HEAD, KINDS, file_kind

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
WORKING_SIDE = 1600
MAX_MEGAPIXELS = 40
# A baseline JPEG is reduced while it is decoded and never stands in memory at its full size.
MAX_JPEG_MEGAPIXELS = 200
MAX_MEGABYTES = 128

PROBLEMS: dict[str, str] = {
    "missing": "There is no file at this place.",
    "folder": "This is a folder, not a picture.",
    "unreadable": "This file cannot be opened.",
    "empty_file": "This file is empty.",
    "too_many_bytes": "This file has {megabytes} MB; at most {limit} MB are read.",
    "too_large": "This picture has {width} x {height} pixels; at most {limit} megapixels are read.",
    "kind": "This is {kind}, which cannot be read here; please save it as PNG or JPEG.",
    "not_a_picture": "This file is not a picture of a kind that is read here: "
    "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF.",
    "damaged": "This picture is damaged or incomplete and cannot be read.",
    "clip_kind": "This is {kind}, which cannot be read here; please save it as an animated "
    "GIF, WebP or PNG.",
    "clip_still": "This picture does not move. A block needs at least two frames: an animated GIF, "
    "WebP or PNG, or several pictures chosen at once.",
    "clip_long": "This clip is too long: at most {frames} frames with {limit} megapixels together "
    "are read.",
    "array_shape": "An array of shape {shape} is no picture; (H, W), (H, W, 3), (H, W, 4) are.",
    "array_values": "This picture holds no values that are numbers.",
}

NOTES: dict[str, str] = {
    "reduced": "This picture is very large; it was reduced while reading.",
    "first_frame": "This picture moves or has several pages; the first was taken.",
    "turned": "This picture does not stand upright; it was turned to be read.",
}

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FARTHEST = 1e38  # of a number from 0; single precision ends soon after


class PictureError(Problem):
    """A picture that cannot be used: `problem` is a key of PROBLEMS, `values` what it needs."""

    sentences = PROBLEMS

    def __init__(self, problem: str, **values: object) -> None:
        described = {name: KINDS.get(str(value), value) for name, value in values.items()}
        super().__init__(problem, **described)
        self.values = values


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture of at most 1600 pixels a side.

    `rgb` is (H, W, 3) uint8, not multiplied with `alpha`, which is (H, W) uint8, or None for an
    opaque picture; `note` is a key of NOTES where the reader should know what was done; `drawn`
    says that it comes from the drawing pad.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    note: str | None = None
    drawn: bool = False


def over_white(picture: Picture) -> np.ndarray:
    """(H, W, 3) uint8: the picture's colours, on white where it is transparent."""
    if picture.alpha is None:
        return picture.rgb
    share = picture.alpha[..., None].astype(np.float32) / 255
    return np.rint(picture.rgb * share + 255 * (1 - share)).astype(np.uint8)


def read_picture(source: str | Path | bytes | np.ndarray | Image.Image) -> Picture:
    """The picture in a file, in a file's bytes, in an array or in a PIL image.

    Arrays are (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of integers up to 255 or 65535, of bool, or
    of floats up to 1 or 255. A PictureError says what is wrong.
    """
    if isinstance(source, np.ndarray):
        return _from_image(_image_from_array(source))
    if isinstance(source, Image.Image):
        return _decoded(source)
    with opened(source) as image:
        return _decoded(image)


@contextmanager
def opened(source: str | Path | bytes) -> Iterator[Image.Image]:
    """The image in a file or in a file's bytes, its header read; a PictureError says what is wrong.

    What the operating system refuses while the image is in use is said in the same way.
    """
    if isinstance(source, bytes):
        yield _image_in(io.BytesIO(source), len(source))
        return
    try:
        status = os.stat(source)
        if stat.S_ISDIR(status.st_mode):
            raise PictureError("folder")
        if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device might never end
            raise PictureError("unreadable")
        with open(source, "rb") as stream:
            yield _image_in(stream, status.st_size)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureError("missing") from error
    except PictureError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise PictureError("unreadable") from error


def is_picture(head: bytes) -> bool:
    """Whether a file with these first bytes is a picture of a kind that is read here."""
    kind = file_kind(head)
    if kind == "RAW" or (kind == "HEIC" and b"avif" not in head[:64]):  # TIFF, AVIF to a decoder
        return False
    return any(_decoders(head))


def picture_from_ink(ink: np.ndarray) -> Picture:
    """Black ink on white paper from the drawing pad's (H, W) uint8, where 255 is ink.

    The paper is larger than the array, which may be cropped to the ink and then be all black.
    """
    margin = max(2, max(ink.shape) // 8)
    paper = np.pad(255 - ink, margin, constant_values=255)
    return Picture(np.repeat(paper[:, :, None], 3, axis=2), drawn=True)


def _image_in(stream: BinaryIO, size: int) -> Image.Image:
    if size == 0:
        raise PictureError("empty_file")
    if size > MAX_MEGABYTES * 1_000_000:
        raise PictureError("too_many_bytes", megabytes=size // 1_000_000, limit=MAX_MEGABYTES)
    head = stream.read(512)
    stream.seek(0)
    image = _open(stream, head)
    if image is None:
        stream.seek(0)
        kind = file_kind(stream.read(HEAD))
        raise PictureError("kind", kind=kind) if kind else PictureError("not_a_picture")
    return image


def _decoded(image: Image.Image) -> Picture:
    try:
        return _from_image(image)
    except PictureError:
        raise
    except Exception as error:  # on broken data Pillow's decoders raise nearly every class there is
        raise PictureError("damaged") from error


def _decoders(head: bytes) -> Iterator[Callable[[BinaryIO, str], ImageFile.ImageFile]]:
    """Those of FORMATS that want a file with these first bytes."""
    Image.init()
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is not None and accept is not None and accept(head[:16]) is True:
            yield factory


def _open(stream: BinaryIO, head: bytes) -> ImageFile.ImageFile | None:
    """The file's header read, None if no decoder wants it.

    Image.open would warn of large pictures before we can say our own sentence; and it tries every
    decoder that is installed, where ours are a list.
    """
    for decoder in _decoders(head):
        try:
            return decoder(stream, "")
        except Exception as error:  # as above
            if file_kind(head):  # the decoder for AVIF also tries HEIC
                return None
            raise PictureError("damaged") from error
    return None


def _from_image(image: Image.Image) -> Picture:
    note = None
    if image.format != "MPO" and getattr(image, "is_animated", False):
        note = "first_frame"
        image.seek(0)
    picture = present_frame(image)
    return replace(picture, note=note) if note else picture


def present_frame(image: Image.Image) -> Picture:
    """The frame at which an image stands; whatever its decoder raises goes through."""
    if 0 in image.size:
        raise PictureError("damaged")
    megapixels = image.width * image.height / 1e6
    baseline_jpeg = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    limit = MAX_JPEG_MEGAPIXELS if baseline_jpeg else MAX_MEGAPIXELS
    if megapixels > limit:
        width, height = _upright_size(image)
        raise PictureError("too_large", width=width, height=height, limit=limit)
    note = "reduced" if megapixels > MAX_MEGAPIXELS else None
    side = WORKING_SIDE if megapixels <= MAX_MEGAPIXELS else WORKING_SIDE // 2
    if isinstance(image, ImageFile.ImageFile):
        image.draft(image.mode, (side, side))
    image.load()
    # What the decoder has turned itself, as that for TIFF does, it no longer says after loading.
    turn = _TRANSPOSE.get(_orientation(image))
    image = to_srgb(_reduced(_mixable(image)), image.info.get("icc_profile"))
    pixels = np.asarray(image if turn is None else image.transpose(turn))
    if pixels.shape[2] == 3:
        return Picture(pixels, None, note)
    alpha = pixels[:, :, 3]
    opaque = bool((alpha == 255).all())
    return Picture(
        np.ascontiguousarray(pixels[:, :, :3]),
        None if opaque else np.ascontiguousarray(alpha),
        note,
    )


def _orientation(image: Image.Image) -> int:
    try:
        # Not the method of a PNG, which would unpack the picture to look behind it.
        return Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken EXIF data is no reason to refuse a picture that can be seen
        return 1


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height, as a person sees them, of an image that is not loaded."""
    lies = image.format != "TIFF" and _orientation(image) in (5, 6, 7, 8)
    return (image.height, image.width) if lies else image.size


def _mixable(image: Image.Image) -> Image.Image:
    """The image as L, LA, RGB, RGBA or CMYK, whose neighbours can be averaged."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_bytes(np.asarray(image)))
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        return image.convert("LA" if image.mode[0] == "L" else "RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _reduced(image: Image.Image) -> Image.Image:
    """The image at the working size."""
    longest = max(image.size)
    if longest <= WORKING_SIDE:
        return image
    scale = WORKING_SIDE / longest
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


def _to_bytes(values: np.ndarray) -> np.ndarray:
    """uint8 from numbers of any type: white is 1, 255 or 65535, or else the highest value."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    is_float = np.issubdtype(values.dtype, np.floating)
    if is_float:
        values = _finite(values)
    low, high = float(values.min()), float(values.max())
    tops = (1, 255) if is_float else (65535,) if values.dtype.kind == "u" else (255, 65535)
    white = next((top for top in tops if high <= top), high)
    black = min(low, 0.0)
    scaled = (values.astype(np.float32) - black) * (255 / max(white - black, 1e-9))
    return np.rint(scaled).clip(0, 255).astype(np.uint8)


def _finite(values: np.ndarray) -> np.ndarray:
    """The same in float32, infinity as the nearest number there is, and what is none the least."""
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    known = values[np.abs(values) < _FARTHEST]
    if known.size == 0:
        raise PictureError("array_values")
    return np.nan_to_num(values.clip(known.min(), known.max()), nan=known.min())


def _image_from_array(array: np.ndarray) -> Image.Image:
    right_type = array.dtype == bool or np.issubdtype(array.dtype, np.number)
    right_shape = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not right_type or not right_shape or array.size == 0 or np.iscomplexobj(array):
        raise PictureError("array_shape", shape=tuple(array.shape))
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.shape[0] * array.shape[1] > MAX_MEGAPIXELS * 1e6:
        height, width = array.shape[:2]
        raise PictureError("too_large", width=width, height=height, limit=MAX_MEGAPIXELS)
    return Image.fromarray(_to_bytes(array))
