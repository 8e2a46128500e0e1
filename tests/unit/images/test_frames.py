"""Clips: every frame in its order, what is no clip gets a sentence, nothing runs away."""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from convdemo.images import frames as clip
from convdemo.images.decode import PictureError
from convdemo.images.frames import read_clip, spread


def saved(kind: str, levels: Sequence[int], size: tuple[int, int] = (6, 4)) -> bytes:
    """A clip whose frames are plain, each of one grey level."""
    first, *others = [Image.new("RGB", size, (level,) * 3) for level in levels]
    stream = io.BytesIO()
    first.save(stream, kind, save_all=True, append_images=others, lossless=True)
    return stream.getvalue()


def problem_of(content: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        read_clip(content)
    assert str(caught.value).endswith(".")
    return caught.value.problem


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_every_frame_is_read_in_its_order(kind: str):
    frames = read_clip(saved(kind, [0, 255, 60, 120]))
    assert [frame.shape for frame in frames] == [(4, 6, 3)] * 4
    assert [int(frame.mean()) for frame in frames] == [0, 255, 60, 120]


def test_what_a_frame_leaves_out_is_there_from_before():
    first = Image.new("P", (8, 8), 0)
    first.putpalette([0, 0, 0, 255, 255, 255])
    second = first.copy()
    second.putpixel((5, 2), 1)
    stream = io.BytesIO()
    first.save(stream, "GIF", save_all=True, append_images=[second], disposal=1)
    frames = read_clip(stream.getvalue())
    assert np.argwhere(frames[1][..., 0]).tolist() == [[2, 5]]
    assert not frames[0].any()


def test_a_clear_ground_is_white():
    frames = [Image.new("RGBA", (6, 6), (0, 0, 0, 0)), Image.new("RGBA", (6, 6), (9, 9, 9, 255))]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    assert [int(frame.min()) for frame in read_clip(stream.getvalue())] == [255, 9]


def test_a_still_for_old_programs_is_no_frame():
    stream = io.BytesIO()
    still, *frames = [Image.new("L", (6, 6), level) for level in (200, 10, 20)]
    still.save(stream, "PNG", save_all=True, append_images=frames, default_image=True)
    assert [int(one.mean()) for one in read_clip(stream.getvalue())] == [10, 20]


def test_large_frames_are_made_small():
    frames = read_clip(saved("GIF", [0, 255], (640, 320)))
    assert [frame.shape for frame in frames] == [(32, 64, 3)] * 2
    assert [int(frame.mean()) for frame in frames] == [0, 255]


def test_frames_are_spread_from_the_first_to_the_last():
    assert spread(20, 8) == (0, 3, 5, 8, 11, 14, 16, 19)
    assert spread(3, 3) == (0, 1, 2)
    assert spread(2, 4) == (0, 0, 1, 1)
    assert spread(9, 1) == (0,)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "JPEG", "BMP"])
def test_a_picture_that_does_not_move_is_no_clip(kind: str):
    stream = io.BytesIO()
    Image.new("RGB", (6, 4)).save(stream, kind)
    assert problem_of(stream.getvalue()) == "clip_still"


def test_what_is_broken_or_something_else_gets_a_sentence():
    assert problem_of(b"") == "empty_file"
    assert problem_of(b"Dear reader") == "not_a_picture"
    assert problem_of(b"\x1a\x45\xdf\xa3" + bytes(99)) == "clip_kind"
    whole = saved("WEBP", range(0, 250, 10), (64, 64))
    assert problem_of(whole[: len(whole) // 2]) == "damaged"
    noise = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    stream = io.BytesIO()
    first, second = [Image.fromarray(one) for one in noise]
    first.save(stream, "PNG", save_all=True, append_images=[second])
    assert problem_of(stream.getvalue()[:-3000]) == "damaged"
    with pytest.raises(PictureError, match="no file"):
        read_clip("no such clip.gif")


def test_a_clip_is_not_read_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clip, "FRAMES", 5)
    assert len(read_clip(saved("GIF", range(0, 250, 50)))) == 5
    assert problem_of(saved("GIF", range(0, 240, 40))) == "clip_long"
    monkeypatch.setattr(clip, "MEGAPIXELS", 0.1)
    assert problem_of(saved("GIF", [0, 90, 180], (200, 200))) == "clip_long"


def test_a_small_file_of_huge_frames_is_refused_before_it_is_unpacked():
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    frame = struct.pack(">IIIIIHHBB", 0, 30_000, 30_000, 0, 0, 1, 10, 0, 0)
    control = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", frame)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + control
    assert problem_of(start + chunk(b"IDAT", zlib.compress(bytes(100)))) == "too_large"


def test_a_clip_that_ends_anywhere_is_read_or_refused():
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (2, 12, 16, 3), np.uint8)
    first, second = map(Image.fromarray, noise)
    first.save(stream, "GIF", save_all=True, append_images=[second])
    data = stream.getvalue()
    problems = set()
    for end in range(1, len(data) - 1, 5):
        try:
            assert len(read_clip(data[:end])) == 2
        except PictureError as error:
            problems.add(error.problem)
    assert problems == {"clip_still", "damaged", "not_a_picture"}
