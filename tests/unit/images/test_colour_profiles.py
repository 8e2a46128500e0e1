"""Pictures with a profile get the sRGB values that their colours stand for, worked out by hand."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms
from support import colour_profiles as icc

from convdemo.images.decode import WORKING_SIDE, read_picture

LEVELS = np.array([0, 40, 90, 150, 210, 255], np.uint8)
# (6, 36, 3): all mixtures of a few levels.
COLOURS = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(6, 36, 3)
SPACES = {
    "Display P3": (icc.DISPLAY_P3, icc.CURVE),
    "Adobe RGB": (icc.ADOBE_RGB, icc.ADOBE_GAMMA),
    "linear": (icc.SRGB, 1.0),
}
P3 = icc.rgb_profile(*SPACES["Display P3"])
OWN = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WRITTEN = {  # kinds of file that hold a profile, and how nothing is lost
    "PNG": {},
    "TIFF": {},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
    "JPEG": {"quality": 100, "subsampling": 0},
}
GREY = np.arange(256, dtype=np.uint8).reshape(4, 64)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def large(pixels: np.ndarray) -> np.ndarray:
    """Each pixel as a square of 8 by 8, which a JPEG keeps."""
    return pixels.repeat(8, axis=0).repeat(8, axis=1)


def assert_close(found: np.ndarray, expected: np.ndarray, most: float = 1.5) -> None:
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= most


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("space", SPACES)
def test_colours_are_what_their_profile_means(space: str, kind: str) -> None:
    image = Image.fromarray(large(COLOURS))
    stored = read_picture(encoded(image, kind, **WRITTEN[kind])).rgb
    profile = icc.rgb_profile(*SPACES[space])
    found = read_picture(encoded(image, kind, icc_profile=profile, **WRITTEN[kind])).rgb
    assert_close(found, icc.srgb_of(stored, *SPACES[space]))
    assert np.abs(stored.astype(int) - found).max() > 15  # and it makes a difference


def test_transparency_stays_and_colours_change() -> None:
    alpha = np.full((6, 36, 1), 77, np.uint8)
    image = Image.fromarray(np.concatenate((COLOURS, alpha), axis=2))
    picture = read_picture(encoded(image, icc_profile=P3))
    assert_close(picture.rgb, icc.srgb_of(COLOURS, *SPACES["Display P3"]))
    assert picture.alpha is not None
    assert (picture.alpha == 77).all()


def test_a_palette_and_sixteen_bits_have_a_profile_too() -> None:
    few = COLOURS[:, ::6]
    palette = Image.fromarray(few).quantize(256)
    kept = np.asarray(palette.convert("RGB"))
    expected = icc.srgb_of(kept, *SPACES["Display P3"])
    assert_close(read_picture(encoded(palette, icc_profile=P3)).rgb, expected)

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = b"".join(b"\0" + row.tobytes() for row in COLOURS.astype(">u2") * np.uint16(257))
    deep = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 36, 6, 16, 2, 0, 0, 0))
    deep += chunk(b"iCCP", b"P3\0\0" + zlib.compress(P3)) + chunk(b"IDAT", zlib.compress(rows))
    expected = icc.srgb_of(COLOURS, *SPACES["Display P3"])
    assert_close(read_picture(deep + chunk(b"IEND", b"")).rgb, expected)


@pytest.mark.parametrize("kind", ["L", "LA", "16 bits"])
def test_grey_levels_have_a_profile_too(kind: str) -> None:
    image = Image.fromarray(GREY)
    if kind == "LA":
        image.putalpha(Image.new("L", image.size, 9))
    if kind == "16 bits":
        image = Image.fromarray(GREY.astype(np.uint16) * np.uint16(257))
    picture = read_picture(encoded(image, icc_profile=icc.grey_profile(1.8)))
    light = (GREY / 255) ** 1.8
    expected = icc.srgb_of_xyz(light[..., None] * icc.D50)
    assert_close(picture.rgb, expected)
    assert (picture.rgb == picture.rgb[..., :1]).all()
    assert (picture.alpha is None) == (kind != "LA")


def press() -> np.ndarray:
    """(2, 2, 2, 2, 3) CIELAB of no or all cyan, magenta, yellow and black on paper."""
    inks = [(60, -25, -30), (50, 55, -5), (88, -5, 70)]
    lab = np.zeros((2, 2, 2, 2, 3))
    for place in np.ndindex(2, 2, 2):
        laid = np.array([ink for ink, used in zip(inks, place, strict=True) if used])
        shade = (100.0, 0.0, 0.0) if not len(laid) else laid.mean(axis=0) / len(laid)
        lab[(*place, 0)] = shade
    return lab


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_are_mixed_as_their_profile_says(kind: str) -> None:
    corners = np.array(list(np.ndindex(2, 2, 2, 2)), np.uint8).reshape(2, 8, 4) * 255
    image = Image.frombytes("CMYK", (64, 16), large(corners).tobytes())
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    data = encoded(image, kind, icc_profile=icc.ink_profile(press()), **options)
    if kind == "JPEG":
        assert b"Adobe" in data[:400]  # whose inks are stored the other way round
    found = read_picture(data).rgb[4::8, 4::8]
    assert_close(found, icc.srgb_of_lab(press().reshape(2, 8, 3)), 4.0)
    plain = encoded(image, kind, **options)
    naive = 255 * (1 - corners[..., :3] / 255) * (1 - corners[..., 3:] / 255)
    assert_close(read_picture(plain).rgb[4::8, 4::8], naive, 4.0)
    assert np.abs(naive - found).max() > 50


def test_cielab_is_read() -> None:
    lab = np.array([[(50, 20, -30), (80, -20, 40), (100, 0, 0), (0, 0, 0)]], float)
    stored = np.rint(lab / (100, 1, 1) * (255, 1, 1)).astype(np.int16).astype(np.uint8)
    data = encoded(Image.frombytes("LAB", (4, 1), stored.tobytes()), "TIFF")
    assert_close(read_picture(data).rgb, icc.srgb_of_lab(lab), 2.5)


def without_light(profile: bytes) -> bytes:
    """The same, but red, green and blue are all black."""
    for name in (b"rXYZ", b"gXYZ", b"bXYZ"):
        (place,) = struct.unpack(">I", profile[profile.index(name) + 4 :][:4])
        profile = profile[: place + 8] + bytes(12) + profile[place + 20 :]
    return profile


UNUSABLE = {
    "none": b"",
    "no profile": b"this is none" * 20,
    "cut off": P3[: len(P3) // 2],
    "without its tags": P3[:128] + bytes(4),
    "of inks": icc.ink_profile(press()),
    "of grey levels": icc.grey_profile(1.8),
    "without light": without_light(P3),
    "far too long": P3 + bytes(5_000_000),
    "its own": OWN,
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_applied_is_left_out_of_account(name: str) -> None:
    for kind in ("TIFF", "JPEG"):
        image = Image.fromarray(large(COLOURS))
        data = encoded(image, kind, icc_profile=UNUSABLE[name], **WRITTEN[kind])
        with_it, without = read_picture(data).rgb, encoded(image, kind, **WRITTEN[kind])
        assert np.array_equal(with_it, read_picture(without).rgb)


@pytest.mark.parametrize("value", [5, "sRGB", (1.5, 2.5)])
def test_a_profile_of_another_type_is_left_out_of_account(value: object) -> None:
    with Image.open(io.BytesIO(encoded(Image.fromarray(COLOURS)))) as image:
        image.info["icc_profile"] = value
        assert np.array_equal(read_picture(image).rgb, COLOURS)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK"])
def test_a_profile_of_colours_is_none_of_other_pictures(mode: str) -> None:
    image = Image.fromarray(large(COLOURS)).convert(mode)
    with_it = read_picture(encoded(image, "TIFF", icc_profile=P3))
    assert np.array_equal(with_it.rgb, read_picture(encoded(image, "TIFF")).rgb)


def test_srgb_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(Image.fromarray(COLOURS), icc_profile=OWN)
    read_picture(data)
    changed: list[int] = []
    apply = ImageCms.ImageCmsTransform.apply

    def counted(change, image, *rest):
        changed.append(image.width * image.height)
        return apply(change, image, *rest)

    monkeypatch.setattr(ImageCms.ImageCmsTransform, "apply", counted)
    assert np.array_equal(read_picture(data).rgb, COLOURS)
    assert changed == []
    # Another profile is applied once, to what is left after a large picture was reduced.
    wide = Image.fromarray(np.zeros((300, 2 * WORKING_SIDE, 3), np.uint8))
    read_picture(encoded(Image.fromarray(COLOURS), icc_profile=P3))
    changed.clear()
    read_picture(encoded(wide, icc_profile=P3))
    assert changed == [WORKING_SIDE * 150]
