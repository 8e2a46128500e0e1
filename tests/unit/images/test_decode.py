"""Pictures of every kind are read rightly, everything else is answered with one plain sentence."""

import gzip
import io
import os
import re
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convdemo.images import decode, signatures
from convdemo.images.decode import (
    FORMATS,
    NOTES,
    PROBLEMS,
    WORKING_SIDE,
    PictureError,
    picture_from_ink,
    read_picture,
)
from convdemo.images.frames import read_clip
from convdemo.images.render import encode_png
from convdemo.images.signatures import HEAD, KINDS, file_kind


def quadrants(height: int = 40, width: int = 60) -> np.ndarray:
    """Red, green, blue and white quarters: every turn and mirror of it looks different."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 2, : width // 2] = (255, 0, 0)
    pixels[: height // 2, width // 2 :] = (0, 255, 0)
    pixels[height // 2 :, : width // 2] = (0, 0, 255)
    return pixels


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred kilobytes at most that unpacks to width x height grey pixels."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


JPEG = encoded(Image.fromarray(quadrants(200, 300)), "JPEG", quality=90)
PNG = encoded(Image.fromarray(quadrants()), "PNG")

REFUSED = {
    "empty file": (b"", "empty_file", {}),
    "text": (b"This is not a picture, whatever its name says.\n" * 20, "not_a_picture", {}),
    "binary noise": (bytes(range(256)) * 8, "not_a_picture", {}),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], "damaged", {}),
    "jpeg of a header only": (JPEG[:20], "damaged", {}),
    "corrupt jpeg": (JPEG[:4] + bytes(500) + JPEG[504:], "damaged", {}),
    "truncated png": (PNG[: len(PNG) // 2], "damaged", {}),
    "corrupt png": (PNG[:20] + b"\xff" * 8 + PNG[28:], "damaged", {}),
    "png bomb": (
        png_bomb(12000, 9000),
        "too_large",
        {"width": 12000, "height": 9000, "limit": 40},
    ),
    "heic": (b"\x00\x00\x00\x18ftypheic" + bytes(200), "kind", {"kind": "HEIC"}),
    "heif of a phone": (b"\x00\x00\x00\x18ftypmif1" + bytes(200), "kind", {"kind": "HEIC"}),
    "video": (b"\x00\x00\x00\x18ftypisom" + bytes(200), "kind", {"kind": "video"}),
    "pdf": (b"%PDF-1.7\n" + bytes(200), "kind", {"kind": "PDF"}),
    "zip": (b"PK\x03\x04" + bytes(200), "kind", {"kind": "ZIP"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(name: str, tmp_path: Path) -> None:
    data, problem, values = REFUSED[name]
    path = tmp_path / "<img src=x onerror=alert(1)>.png"
    path.write_bytes(data)
    for source in (path, str(path), data):
        with pytest.raises(PictureError) as caught:
            read_picture(source)
        assert (caught.value.problem, caught.value.values) == (problem, values)
        told = {name: KINDS.get(value, value) for name, value in values.items()}
        assert str(caught.value) == PROBLEMS[problem].format(**told)
        assert "<" not in str(caught.value)


SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>'
COMMENT = f"<!-- {'Not yet <svg> nor <html>. ' * 3000}-->"
MARKUP = {
    "SVG": [
        SVG,
        f'<?xml version="1.0" encoding="UTF-16"?>\n{SVG}',
        f" \r\n<!-- Created with Inkscape (http://www.inkscape.org/) -->\n\n{SVG}",
        f"{COMMENT}{COMMENT}\n<!--->-->{SVG}",
        f'<?xml-stylesheet href="a>b.css"?><!DOCTYPE svg>{SVG.upper()}',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [\n'
        f' <!ENTITY ns "http://www.w3.org/2000/svg">\n <!-- ]> -->\n]>\n{SVG}',
        '<s:svg\n xmlns:s="http://www.w3.org/2000/svg"/>',
        "<!-- 고양이 ㅡㅡ> -->" + SVG,
    ],
    "HTML": [
        "<!DOCTYPE html><p>7</p>",
        f"{COMMENT}<html lang=ko><body>{SVG}</body></html>",
        f'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">{SVG}',
        f"<head><title>{SVG}</title></head>",
    ],
    None: [
        f"Dear reader, {SVG}",
        f'<?xml version="1.0"?><kml>{SVG}</kml>',
        "<svgs/>",
        f"<!-- {SVG}",
        f"<!DOCTYPE svg [ {SVG}",
    ],
}


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("kind", MARKUP)
def test_markup_is_known_whatever_stands_before_it(kind: str | None, coding: str) -> None:
    for markup in MARKUP[kind]:
        data = markup.encode(coding)
        for source, known in ((data, kind), (gzip.compress(data), kind or "gzip")):
            with pytest.raises(PictureError) as caught:
                read_picture(source)
            wanted = ("kind", {"kind": known}) if known else ("not_a_picture", {})
            assert (caught.value.problem, caught.value.values) == wanted, markup[-200:]


def test_no_text_takes_long_to_be_told() -> None:
    for start in ("<!--", "<!doctype a [", "<!doctype a ]", "<!doctype a '", "<?", " ", "\0"):
        assert file_kind((start * HEAD)[:HEAD].encode()) is None
    bomb = gzip.compress(bytes(200 * HEAD), 9)
    assert file_kind(bomb[:HEAD]) == "gzip"
    assert file_kind(gzip.compress(SVG.encode())[:12]) == "gzip"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_article(kind: str) -> None:
    article = "an" if kind in ("audio or video", "AVIF", "SVG", "HTML", "xz") else "a"
    for problem in ("kind", "clip_kind"):
        sentence = str(PictureError(problem, kind=kind))
        assert sentence.startswith(f"This is {article} {kind} file, which cannot be read here")


def test_every_kind_that_is_told_is_a_known_one() -> None:
    told = {name for _, _, name in signatures._SIGNATURES} | set(signatures._BRANDS.values())
    assert told | {"SVG", "HTML", "gzip"} == set(KINDS)


def test_refused_places(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    places = {
        tmp_path / "nothing.png": "missing",
        tmp_path: "folder",
        pipe: "unreadable",
        "with a \0 character": "unreadable",
        tmp_path / ("a" * 300): "unreadable",
    }
    for place, problem in places.items():
        with pytest.raises(PictureError) as caught:
            read_picture(place)
        assert caught.value.problem == problem


def test_every_sentence_is_plain() -> None:
    for sentence in (*PROBLEMS.values(), *NOTES.values()):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert set(re.findall(r"\{(\w+)\}", PROBLEMS["too_large"])) == {"width", "height", "limit"}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
def test_lossless_kinds_are_exact_whatever_their_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.jpg"
    path.write_bytes(encoded(Image.fromarray(quadrants()), kind, lossless=True))
    picture = read_picture(path)
    assert np.array_equal(picture.rgb, quadrants())
    assert picture.alpha is None
    assert picture.note is None


BACK = {  # from the upright picture to the one that is stored, by EXIF's number for it
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
XMP = '<x:xmpmeta><rdf:Description tiff:Orientation="{}"/></x:xmpmeta>'


def lying(orientation: int, height: int = 96, width: int = 128) -> Image.Image:
    """The picture of quarters as a camera stores it that says this orientation."""
    upright, turn = Image.fromarray(quadrants(height, width)), BACK[orientation]
    return upright if turn is None else upright.transpose(turn)


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def exif_behind(data: bytes) -> bytes:
    """A PNG that says its orientation after its pixels."""
    start = data.index(b"eXIf") - 4
    end = start + 12 + struct.unpack(">I", data[start : start + 4])[0]
    last = data.index(b"IEND") - 4
    return data[:start] + data[end:last] + data[start:end] + data[last:]


def tagged(image: Image.Image, orientation: int, **options: object) -> bytes:
    return encoded(image, "TIFF", tiffinfo={0x0112: orientation}, **options)


def with_exif(kind: str, **options: object) -> Callable[[Image.Image, int], bytes]:
    return lambda image, orientation: encoded(image, kind, exif=exif_of(orientation), **options)


ORIENTED: dict[str, Callable[[Image.Image, int], bytes]] = {
    "JPEG": with_exif("JPEG"),
    "MPO": lambda image, orientation: encoded(
        image, "MPO", exif=exif_of(orientation), save_all=True, append_images=[image]
    ),
    "PNG": with_exif("PNG"),
    "PNG, said behind": lambda image, orientation: exif_behind(
        encoded(image, "PNG", exif=exif_of(orientation))
    ),
    "PNG of a palette": lambda image, orientation: encoded(
        image.quantize(8), "PNG", exif=exif_of(orientation)
    ),
    "WEBP": with_exif("WEBP", lossless=True),
    "AVIF": with_exif("AVIF", quality=100, subsampling="4:4:4"),
    "TIFF": tagged,
    "TIFF, packed": partial(tagged, compression="tiff_lzw"),
    "TIFF of a JPEG": partial(tagged, compression="jpeg", quality=100),
    "TIFF of pages": lambda image, orientation: tagged(
        image, orientation, save_all=True, append_images=[image]
    ),
    "JPEG with XMP": lambda image, orientation: encoded(
        image, "JPEG", xmp=XMP.format(orientation).encode()
    ),
    "WEBP with XMP": lambda image, orientation: encoded(
        image, "WEBP", lossless=True, xmp=XMP.format(orientation).encode()
    ),
    "TIFF with XMP": lambda image, orientation: encoded(
        image, "TIFF", tiffinfo={700: XMP.format(orientation).encode()}
    ),
    "TIFF with both": lambda image, orientation: encoded(
        image, "TIFF", tiffinfo={0x0112: orientation, 700: XMP.format(orientation).encode()}
    ),
}
SAYS_NONE = {"GIF", "BMP", "PPM"}


def assert_upright(pixels: np.ndarray, height: int = 96, width: int = 128) -> None:
    assert pixels.shape == (height, width, 3)
    expected = quadrants(height, width)[4::8, 4::8]
    assert np.abs(pixels[4::8, 4::8].astype(int) - expected).max() <= 6


@pytest.mark.parametrize("orientation", BACK)
@pytest.mark.parametrize("kind", ORIENTED)
def test_every_kind_of_file_comes_out_upright(kind: str, orientation: int) -> None:
    data = ORIENTED[kind](lying(orientation), orientation)
    assert_upright(read_picture(data).rgb)
    with Image.open(io.BytesIO(data)) as image:  # as somebody may hand it over from Python
        assert_upright(read_picture(image).rgb)


def test_no_kind_is_forgotten() -> None:
    assert {kind.split()[0].rstrip(",") for kind in ORIENTED} - {"MPO"} | SAYS_NONE == set(FORMATS)


@pytest.mark.parametrize("orientation", BACK)
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_large_pictures_come_out_upright(kind: str, orientation: int) -> None:
    data = ORIENTED[kind](lying(orientation, 1280, 2 * WORKING_SIDE), orientation)
    assert_upright(read_picture(data).rgb, 640, WORKING_SIDE)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", BACK)
def test_each_frame_of_a_clip_comes_out_upright(kind: str, orientation: int) -> None:
    image = lying(orientation, 48, 64)
    other = Image.fromarray(255 - np.asarray(image))
    says = {"tiffinfo": {0x0112: orientation}} if kind == "TIFF" else {"exif": exif_of(orientation)}
    data = encoded(image, kind, save_all=True, append_images=[other], lossless=True, **says)
    first, second = read_clip(data)
    assert np.array_equal(first, quadrants(48, 64))
    assert np.array_equal(second, 255 - quadrants(48, 64))


@pytest.mark.parametrize("orientation", BACK)
@pytest.mark.parametrize("kind", ["PNG", "PNG, said behind", "WEBP", "TIFF", "BMP"])
def test_what_is_too_large_is_told_as_one_sees_it(
    kind: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_MEGAPIXELS", 0.01)
    image = lying(orientation)
    data = ORIENTED[kind](image, orientation) if kind in ORIENTED else encoded(image, kind)
    # To look behind the pixels of a PNG that is too large is what must not be done.
    size = image.size if kind in ("BMP", "PNG, said behind") else (128, 96)
    with pytest.raises(PictureError, match=f"{size[0]} x {size[1]}"):
        read_picture(data)


@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        exif = exif_of(orientation).tobytes()
        assert_upright(read_picture(encoded(lying(1), kind, exif=exif, lossless=True)).rgb)


def test_broken_exif_is_no_reason_to_refuse() -> None:
    picture = read_picture(
        encoded(Image.fromarray(quadrants(96, 128)), "JPEG", exif=b"Exif\0\0II*")
    )
    assert_upright(picture.rgb)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(1, -1).repeat(4, axis=0)
    expected = np.arange(256, dtype=np.uint8)
    for source in (
        encoded(Image.fromarray(ramp), "PNG"),
        encoded(Image.fromarray(ramp), "TIFF"),
        ramp,
    ):
        assert np.array_equal(read_picture(source).rgb[2, :, 1], expected)


def test_cmyk_and_grey_with_alpha_and_palette() -> None:
    cmyk = Image.new("CMYK", (30, 20), (0, 255, 255, 0))
    red = read_picture(encoded(cmyk, "JPEG", quality=95)).rgb[10, 15]
    assert red[0] > 245
    assert red[1:].max() < 10

    grey = Image.merge("LA", (Image.new("L", (9, 5), 40), Image.new("L", (9, 5), 128)))
    picture = read_picture(encoded(grey, "PNG"))
    assert picture.rgb[2, 4].tolist() == [40, 40, 40]
    assert picture.alpha is not None
    assert picture.alpha[2, 4] == 128

    palette = Image.new("P", (10, 10), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.paste(1, (5, 0, 10, 10))
    picture = read_picture(encoded(palette, "PNG", transparency=0))
    assert picture.alpha is not None
    assert picture.alpha[5].tolist() == [0] * 5 + [255] * 5
    assert picture.rgb[5, 7].tolist() == [255, 0, 0]


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    opaque = Image.fromarray(quadrants()).convert("RGBA")
    assert read_picture(encoded(opaque, "PNG")).alpha is None


def test_the_first_frame_of_an_animation_is_taken_and_said() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        picture = read_picture(data)
        assert picture.note == "first_frame"
        assert picture.rgb[5, 10].tolist() == [255, 0, 0]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 3e38, -3e38])
def test_numbers_that_are_none_do_not_cost_the_picture(odd: float) -> None:
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    expected = np.arange(256).reshape(16, 16).repeat(3).reshape(16, 16, 3)
    values[5, 7], expected[5, 7] = odd, 255 if odd > 0 else 0
    assert np.array_equal(read_picture(encoded(Image.fromarray(values), "TIFF")).rgb, expected)
    for kind in (np.float32, np.float64):
        assert np.array_equal(read_picture(values.astype(kind)).rgb, expected)
    if not np.isfinite(odd):
        half = read_picture(values.astype(np.float16)).rgb
        assert np.abs(half.astype(int) - expected).max() <= 1
    nothing = encoded(Image.fromarray(np.full((9, 9), odd, np.float32)), "TIFF")
    with pytest.raises(PictureError) as caught:
        read_picture(nothing)
    assert str(caught.value) == "This picture holds no values that are numbers."


def test_tiny_and_narrow_pictures_are_read() -> None:
    assert read_picture(encoded(Image.new("RGB", (1, 1), "red"), "PNG")).rgb.tolist() == [
        [[255, 0, 0]]
    ]
    narrow = read_picture(encoded(Image.new("L", (1, 3000), 7), "PNG"))
    assert narrow.rgb.shape == (WORKING_SIDE, 1, 3)
    assert (narrow.rgb == 7).all()


def test_large_pictures_come_at_the_working_size() -> None:
    pixels = np.kron(quadrants(), np.ones((40, 40, 1), np.uint8))  # 2400 x 1600
    for kind in ("PNG", "JPEG"):
        picture = read_picture(encoded(Image.fromarray(pixels), kind, compress_level=1))
        assert picture.rgb.shape == (1067, 1600, 3)
        assert picture.note is None
        assert abs(picture.rgb[200, 200].astype(int) - (255, 0, 0)).max() <= 2


def test_a_huge_jpeg_is_reduced_while_it_is_read() -> None:
    picture = read_picture(encoded(Image.new("L", (12000, 9000), 200), "JPEG"))
    assert picture.note == "reduced"
    assert picture.rgb.shape == (1125, 1500, 3)
    assert (picture.rgb == 200).all()


def test_a_huge_progressive_jpeg_is_refused_as_it_must_be_held_whole() -> None:
    data = encoded(Image.new("L", (64, 48)), "JPEG", progressive=True)
    size = data.index(b"\xff\xc2") + 5  # start of frame, length, precision; then height and width
    data = data[:size] + struct.pack(">HH", 9000, 12000) + data[size + 4 :]
    with pytest.raises(PictureError, match="12000 x 9000"):
        read_picture(data)


def test_arrays_of_every_kind() -> None:
    colours = quadrants()
    grey = colours[:, :, 0]
    for array in (colours, colours / 255.0, colours.astype(np.int64), colours.astype(np.float32)):
        assert np.array_equal(read_picture(array).rgb, colours)
    for array in (grey, grey[:, :, None], grey > 0):
        assert np.array_equal(read_picture(array).rgb[:, :, 2], grey)
    assert np.array_equal(read_picture(Image.fromarray(colours)).rgb, colours)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.full((5, 5), np.nan), "array_values"),
        (np.full((5, 5), np.inf), "array_values"),
        (np.zeros((0, 5)), "array_shape"),
        (np.zeros((5, 5, 7)), "array_shape"),
        (np.zeros(5), "array_shape"),
        (np.array([["a"]]), "array_shape"),
        (np.zeros((7000, 7000), np.uint8), "too_large"),
    ],
)
def test_arrays_that_are_no_pictures(array: np.ndarray, problem: str) -> None:
    with pytest.raises(PictureError) as caught:
        read_picture(array)
    assert caught.value.problem == problem


def test_ink_of_the_pad_is_black_on_white_with_a_margin() -> None:
    ink = np.zeros((16, 24), np.uint8)
    ink[:, 4] = 255
    picture = picture_from_ink(ink)
    assert picture.rgb.shape == (22, 30, 3)
    assert (picture.rgb[3:19, 7] == 0).all()
    assert int((255 - picture.rgb[:, :, 0].astype(int)).sum()) == int(ink.sum())


def test_png_of_an_array_is_read_back_exactly() -> None:
    assert np.array_equal(read_picture(encode_png(quadrants())).rgb, quadrants())
    grey = quadrants()[:, :, 1]
    assert np.array_equal(read_picture(encode_png(grey)).rgb[:, :, 0], grey)
