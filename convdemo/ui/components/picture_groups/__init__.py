"""PictureGroups: small pictures with a caption each, in groups with a title."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class Captioned:
    """A picture, (H, W) or (H, W, 3) uint8 or a data URL, with what is said below it and of it.

    `wrong` frames it. With a `place` it is a button: `select` tells that place.
    """

    image: np.ndarray | str
    caption: Sentence = ""
    tip: Sentence = ""
    wrong: bool = False
    place: int | None = None


@dataclass(frozen=True)
class PictureGroup:
    """Pictures of `side` pixels on the page, between a title with its hint and a note."""

    pictures: tuple[Captioned, ...] = ()
    title: Sentence = ""
    hint: Sentence = ""
    note: Sentence = ""
    side: int = 56


class PictureGroups(Display):
    """Groups one below the other; `select` comes with the {"place"} of a picture that is pressed.

    Sentences are keys of `words`, (key, values of its gaps), or the text itself.
    """
