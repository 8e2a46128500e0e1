"""Which folder is a class: the one below the common root, whatever lies around it and deeper."""

import pytest

from convdemo.data.image_folders.class_tree import WORDS, part_of, places_of


def found(*folders: str) -> dict[str, tuple[str | None, str | None]]:
    paths = {folder: tuple(folder.split("/")) if folder else () for folder in folders}
    places = places_of(paths.values())
    return {name: (places[path].label, places[path].part) for name, path in paths.items()}


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ({"cat": "cat", "dog": "dog"}, None),
        ({"a/b/cat": "cat", "a/b/dog": "dog", "a/b": None, "": None}, None),
        ({"cat/a": "cat", "cat/b": "cat", "dog/a": "dog", "dog": "dog"}, None),
        ({"cat/a/b/c": "cat", "dog": "dog"}, None),
        ({"2023/cat": "2023", "2024/dog": "2024"}, None),
        ({"cat": "cat"}, None),
        ({"photos/cat": "cat"}, None),
        ({"": None}, None),
        ({}, None),
        # Words for parts that are classes.
        ({"bus": "bus", "car": "car", "train": "train"}, None),
        ({"control": "control", "test": "test"}, None),
        ({"vehicles/car": "vehicles", "vehicles/train": "vehicles", "animals": "animals"}, None),
        ({"test/cat": "cat", "test/dog": "dog"}, "test"),
    ],
)
def test_labels(folders, expected):
    assert found(*folders) == {
        name: (label, expected if label else None) for name, label in folders.items()
    }


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("written", [str.lower, str.upper, str.title])
@pytest.mark.parametrize("around", ["{}", "1.{}", "{}_set", "{} data", "seg_{}"])
def test_every_word_for_a_part_is_known_above_and_below_the_class(word, written, around):
    name = around.format(written(word))
    expected = {label: (label, WORDS[word]) for label in ("cat", "dog")}
    for prefix in ("", "data/"):
        above = found(*(f"{prefix}{name}/{label}" for label in expected))
        below = found(*(f"{prefix}{label}/{name}" for label in expected))
        assert list(above.values()) == list(below.values()) == list(expected.values())


@pytest.mark.parametrize("name", ["trained", "contest", "device", "tests", "set", "trainer", "12"])
def test_other_words_are_none(name):
    assert part_of(name) is None


def test_what_lies_beside_the_parts_is_in_no_class():
    assert found("train/cat", "train/dog", "test/cat", "test/dog", "predict", "test") == {
        "train/cat": ("cat", "train"),
        "train/dog": ("dog", "train"),
        "test/cat": ("cat", "test"),
        "test/dog": ("dog", "test"),
        "predict": (None, None),
        "test": (None, "test"),
    }
    assert found("train/cat", "train/dog", "samples")["samples"] == (None, None)


def test_the_innermost_part_counts():
    places = found("test/train/cat", "test/train/dog", "test/val/cat", "test/val/dog")
    assert [part for _, part in places.values()] == ["train", "train", "validation", "validation"]
