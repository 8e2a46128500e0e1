"""A finished run that ships, so that the Train tab has curves, mistakes and epochs at once.

The folder is a run's as its worker leaves it, with weights and answers in half precision, and with
`confusions.json` beside them: what was read at the end of each epoch of the first pictures of the
validation part, since the pictures themselves do not ship. Our own examples are watched in their
place. `tests/benchmarks/example_run.py` makes the folder.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from convdemo.ui import page

if TYPE_CHECKING:
    from convdemo.data.dataset import ImageSet
    from convdemo.training.runs.store import RunFolder

NAME = "example"
FOLDER = page.EXAMPLES / "run" / NAME
CONFUSIONS = "confusions.json"
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def example_run() -> RunFolder:
    """The run that ships."""
    from convdemo.training.runs.store import RunFolder

    return RunFolder(FOLDER)


def is_example(folder: RunFolder) -> bool:
    """Whether it is the run that ships, which nobody owns and nobody changes."""
    return folder.path == FOLDER


@cache
def watched() -> ImageSet:
    """The page's examples of digits as networks take them; their files are named after them."""
    import numpy as np
    import torch

    from convdemo.data.dataset import ImageSet
    from convdemo.images.decode import read_picture
    from convdemo.preprocessing.digit import prepare_digit

    files = page.examples("digits").values()
    pixels = [prepare_digit(read_picture(file)).pixels for file in files]
    labels = [next(_WORDS.index(w) for w in file.stem.split("-") if w in _WORDS) for file in files]
    images = torch.from_numpy(np.rint(np.stack(pixels) * 255).astype(np.uint8))
    return ImageSet(images, torch.tensor(labels))


@cache
def _confusions() -> list[Any]:
    return json.loads((FOLDER / CONFUSIONS).read_text())


def confusion(epoch: int) -> list[list[int]]:
    """[actual][predicted] counts at the end of an epoch, of the validation part."""
    return _confusions()[epoch - 1]
