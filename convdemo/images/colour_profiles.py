"""From the colours that an embedded profile means to sRGB, in which screens and networks count."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

_SPACE = slice(16, 20)  # of a profile: the name of the colours that it is about
_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_LARGEST = 4_000_000  # bytes; a press's profile has half of them
_CACHED = 8  # profiles; working one out takes as long as applying it to a small picture
_LEAST_SPREAD = 64  # between the darkest and the brightest: less, and nothing would be seen
_LEVELS = 6  # of each channel, with which a profile is tried out


def to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """RGB, or RGBA where it has an alpha channel, from L, LA, RGB, RGBA or CMYK.

    A profile that is broken or about pictures of another kind is left out of account.
    """
    mode = image.mode.removesuffix("A")
    has_alpha = mode != image.mode
    change = None
    if isinstance(profile, bytes) and len(profile) <= _LARGEST:
        change = _change(profile, mode)
    if change is None:
        return image.convert("RGBA" if has_alpha else "RGB")
    colours = change.apply(image.convert(mode) if has_alpha else image)
    if has_alpha:
        colours.putalpha(image.getchannel("A"))
    return colours


@lru_cache(_CACHED)
def _change(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None where the profile cannot be used, or changes nothing, being sRGB's own."""
    if _MODES.get(profile[_SPACE]) != mode:
        return None
    try:
        change = ImageCms.buildTransform(
            io.BytesIO(profile),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            # The deepest black of a print becomes the screen's.
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        tried = _tried(mode)
        found = np.asarray(change.apply(tried)).astype(int)
    except Exception:  # a broken profile is no reason to refuse a picture that can be seen
        return None
    if np.ptp(found) < _LEAST_SPREAD:
        return None
    if mode != "CMYK" and abs(found - np.asarray(tried.convert("RGB"))).max() <= 1:
        return None
    return change


def _tried(mode: str) -> Image.Image:
    """A picture of all mixtures of a few levels of each channel."""
    levels = np.linspace(0, 255, _LEVELS).astype(np.uint8)
    channels = np.meshgrid(*[levels] * len(Image.new(mode, (1, 1)).getbands()))
    return Image.merge(mode, [Image.fromarray(one.reshape(1, -1)) for one in channels])
