"""PhotoAlbum: classes and their photos, as somebody puts them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class PhotoClass:
    """A class by its id: its name, and the ids of its photos."""

    id: str
    name: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Photos:
    """Classes of photos; `pictures` are data URLs by the id of a photo, which the display keeps.

    `marked` photos lie in two classes. `said` is the answer to the last change, with what was
    `refused`: (name of a file, why); `notes` are what is to be known of all photos, the first one
    stands out. `going` is what is being read: its share in 0..1, and a sentence; `file` is the path
    of one to be saved. `turn` is that of the change that this answers. Of values with the same
    `key` none with a lower `version` is drawn later.
    """

    classes: tuple[PhotoClass, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    marked: tuple[str, ...] = ()
    said: Sentence = ""
    refused: tuple[tuple[str, Sentence], ...] = ()
    notes: tuple[Sentence, ...] = ()
    going: tuple[float, Sentence] | None = None
    file: str = ""
    example: bool = False
    turn: str = ""
    key: str = ""
    version: int = 0


class PhotoAlbum(Display):
    """Classes that are named, added and removed, with photos by files, drop, paste and bursts of
    the camera, or all at once from a zip; a click removes a photo.

    Each change comes as `input` with {"action", "turn"} and waits for a value with that turn:

    - "add_class" with {"name"}, "rename_class" with {"class", "name"}, "remove_class" with
      {"class"}, "remove_photo" with {"photo"}
    - "add" with {"class", "uploads": [{"upload": path, "name"}], "burst", "on"}: files that have
      arrived; `burst` is the same for photos of one moment, `on` says that they belong to the last
    - "zip" with {"upload", "name"}, "stop" what is being read, "keep" all photos in a `file`
    - "clear" for classes of one's own and "show_example", with {"names"}
    - "show" with {"photos"}, whose `pictures` it has not been given yet
    """
