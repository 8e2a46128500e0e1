"""Photos of somebody's own classes: what is kept, what is said of them, how they are split."""

import io

import numpy as np
import pytest
from PIL import Image
from support.small_data import COLOURS, picture

from convdemo.data.image_folders.findings import PROBLEMS, PhotoSetError
from convdemo.data.image_folders.photo_set import (
    SHORTER_SIDE,
    SMALL,
    PhotoSet,
    Source,
    gather,
    split,
)


def source(label: str, seed: int, **more) -> Source:
    data = picture(COLOURS.get(label, (90, 90, 90)), seed)
    return Source(label, f"{label}/{seed}.png", lambda: data, **more)


def sources(**counts: int) -> list[Source]:
    return [
        source(label, 1000 * place + seed)
        for place, (label, count) in enumerate(counts.items())
        for seed in range(count)
    ]


def found(photos: PhotoSet) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.kind: (one.count, one.names) for one in photos.findings}


def test_a_large_photo_is_kept_small_and_upright():
    stream = io.BytesIO()
    image = Image.new("RGB", (1200, 900), (200, 20, 20))
    image.paste((20, 20, 200), (0, 0, 600, 900))  # on the left, which is above
    exif = image.getexif()
    exif[0x0112] = 6  # lies on its side
    image.save(stream, "JPEG", exif=exif)
    photos = gather([Source("a", "large.jpg", stream.getvalue), *sources(a=1, b=2)])
    (large,) = [one.pixels for one in photos.photos if one.name == "large.jpg"]
    assert large.shape == (round(1200 * SHORTER_SIDE / 900), SHORTER_SIDE, 3)
    middle = len(large) // 2
    assert large[: middle - 2, :, 2].min() > 150 > large[: middle - 2, :, 0].max()
    assert large[middle + 2 :, :, 0].min() > 150 > large[middle + 2 :, :, 2].max()


def test_what_cannot_be_read_is_counted_and_named():
    broken = {
        "empty.jpg": b"",
        "text.jpg": b"this is no picture",
        "cut.png": picture((9, 9, 9), 1)[:200],
    }
    photos = gather(
        [*sources(red=3, green=3), *(Source("red", n, lambda d=d: d) for n, d in broken.items())]
    )
    assert found(photos)["unreadable"] == (3, ("empty.jpg", "text.jpg", "cut.png"))
    assert photos.counts() == {"green": 3, "red": 3}


def test_a_file_that_vanishes_is_one_that_cannot_be_read():
    def gone() -> bytes:
        raise FileNotFoundError("gone")

    photos = gather([*sources(red=2, green=2), Source("red", "gone.jpg", gone)])
    assert found(photos)["unreadable"] == (1, ("gone.jpg",))


def test_a_repeated_photo_is_kept_once():
    twice = sources(red=3, green=3)
    photos = gather([*twice, twice[0]])
    assert found(photos)["repeated"] == (1, (twice[0].name,))
    assert photos.counts() == {"green": 3, "red": 3}


def test_a_photo_in_two_classes_is_in_none():
    data = picture((7, 7, 7), 5)
    both = [Source(label, f"{label}/same.png", lambda: data) for label in ("red", "green")]
    photos = gather([*sources(red=3, green=3), *both])
    assert found(photos)["in_two_classes"] == (2, ("red/same.png", "green/same.png"))
    assert photos.counts() == {"green": 3, "red": 3}


def test_small_and_uneven_classes_are_told():
    photos = gather(sources(red=SMALL, green=SMALL // 5))
    assert found(photos)["small"] == (1, ("green",))
    assert found(photos)["uneven"] == (5, ("red", "green"))
    assert set(found(gather(sources(red=SMALL, green=SMALL)))) == set()


@pytest.mark.parametrize(
    ("given", "problem", "values"),
    [
        ([], "photos_none", {}),
        ([Source("red", "text.jpg", lambda: b"text")], "photos_none", {}),
        (sources(red=5), "photos_one_class", {"name": "red"}),
        (sources(red=5, green=1), "photos_few", {"name": "green", "photos": 1, "least": 2}),
        (
            [source("red", s, part="test" if s > 2 else "train") for s in range(5)]
            + [source("green", 100 + s, part="train") for s in range(5)],
            "photos_validation",
            {"name": "green", "part": "validate"},
        ),
    ],
)
def test_what_is_missing_is_said(given, problem, values):
    with pytest.raises(PhotoSetError) as refused:
        gather(given)
    assert (refused.value.problem, refused.value.values) == (problem, values)
    assert str(refused.value) == PROBLEMS[problem].format(**values)


def test_reading_can_be_stopped():
    told = []

    def progress(done: int, of: int) -> bool:
        told.append((done, of))
        return done < 2

    with pytest.raises(PhotoSetError, match="not read to their end"):
        gather(sources(red=3, green=3), progress)
    assert told == [(1, 6), (2, 6)]


def test_fifty_classes_with_any_name():
    names = [
        "😀",
        "<b>bold</b>",
        "../up",
        "a b",
        "곰",
        "x" * 200,
        *(f"class{n}" for n in range(44)),
    ]
    photos = gather([source(name, 10 * p + s) for p, name in enumerate(names) for s in range(2)])
    assert photos.classes == tuple(sorted(names))
    to_train, to_validate = split(photos)
    assert len(to_train) == len(to_validate) == 50


def test_the_split_takes_a_fifth_of_every_class():
    photos = gather(sources(red=50, green=10, blue=3))
    to_train, to_validate = split(photos)
    assert sorted([*to_train, *to_validate]) == list(range(63))
    held = [photos.classes[photos.photos[place].label] for place in to_validate]
    assert {name: held.count(name) for name in photos.classes} == {"red": 10, "green": 2, "blue": 1}
    again, other = split(photos)[1], split(photos, seed=1)[1]
    assert np.array_equal(again, to_validate)
    assert not np.array_equal(other, to_validate)


def brighter(data: bytes, by: int) -> bytes:
    stream = io.BytesIO()
    pixels = np.asarray(Image.open(io.BytesIO(data))).astype(int) + by
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_photos_that_look_alike_stay_on_one_side():
    pairs = []
    for seed in range(10):
        data = picture((120, 120, 120), 700 + seed)
        for by in (0, 9):
            changed = brighter(data, by)
            pairs.append(Source("red", f"{seed}-{by}", lambda d=changed: d))
    photos = gather([*pairs, *sources(green=10)])
    assert found(photos)["alike"] == (20, ())
    groups = [
        photos.photos[place].name.split("-")[0]
        for place in split(photos)[1]
        if "-" in photos.photos[place].name
    ]
    assert len(groups) == 4
    assert all(groups.count(name) == 2 for name in groups)


def test_a_burst_stays_on_one_side_and_a_single_one_gives_up_its_end():
    bursts = [source("red", 10 * b + s, burst=f"b{b}") for b in range(5) for s in range(4)]
    single = [source("green", 500 + s, burst="only") for s in range(10)]
    photos = gather([*bursts, *single])
    names = [photos.photos[place].name for place in split(photos)[1]]
    red = [int(name[4:-4]) // 10 for name in names if name.startswith("red")]
    assert len(red) == 4
    assert len(set(red)) == 1
    assert [name for name in names if name.startswith("green")] == [
        "green/508.png",
        "green/509.png",
    ]
