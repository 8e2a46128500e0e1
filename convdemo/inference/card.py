"""The card of a model: what a file of weights says of itself in its header."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.errors import UserError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SUFFIX = ".safetensors"
IMAGENET = "imagenet"  # what the base that a package brings has seen


class NotWholeError(UserError):
    """A file that is not a whole safetensors file."""


class NoCardError(UserError):
    """A safetensors file without a card of this version in its header."""


@dataclass(frozen=True)
class Card:
    """What a file of weights is, how it was made and how good it is."""

    name: str  # MODEL-DATASET, also the file's stem
    model: str
    dataset: str
    job: str  # "digits" or "clothes"
    classes: tuple[str, ...]
    shape: tuple[int, int, int]  # (C, H, W) of the input
    mean: tuple[float, ...]  # per channel, of pixels in 0..1
    std: tuple[float, ...]
    preprocessing: str  # how a picture becomes the input: "digit", "garment", ...
    parameters: int
    validation_accuracy: float | None  # None where nobody here could measure it
    test_accuracy: float | None  # None where nothing was held out for a test
    test_loss: float | None
    epochs: int  # that were trained
    seconds: float
    hardware: str
    command: str
    date: str
    config: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)  # several seeds: mean, spread, n
    default_for: str | None = None  # the job whose tab opens with this model
    views: str = "single"  # which views of an input the answer is averaged over
    extra_classes: tuple[str, ...] = ()  # outputs after the classes: what is none of them
    best_epoch: int | None = None  # whose weights are kept, where it is known
    unknown: dict[str, Any] | None = None  # "threshold" on their probability, and how it was chosen

    @property
    def threshold(self) -> float | None:
        """The probability of the extra classes from which they are believed; None without them."""
        return None if self.unknown is None else self.unknown["threshold"]

    def to_header(self) -> dict[str, str]:
        """The metadata of the safetensors file."""
        return {"card": json.dumps(dataclasses.asdict(self), sort_keys=True)}

    @classmethod
    def from_header(cls, metadata: dict[str, str] | None, path: Path) -> Card:
        """The card in a file's metadata; NoCardError when there is none that fits."""
        try:
            card = _reader().validate_json((metadata or {})["card"])
        except (KeyError, ValueError) as error:
            raise NoCardError(f"{path.name} has no card of this version in its header") from error
        if not {len(card.mean), len(card.std)} <= {1, card.shape[0]}:
            raise NoCardError(f"the card of {path.name} has no mean and spread for each channel")
        known = card.unknown is None or isinstance(card.unknown.get("threshold"), int | float)
        if not known:
            raise NoCardError(f"the card of {path.name} has no threshold for what is unknown")
        return card


@cache
def _reader() -> TypeAdapter[Card]:
    """What reads a card and sees that each of its values is of its type."""
    from pydantic import TypeAdapter

    return TypeAdapter(Card)


def read_card(path: Path) -> Card:
    """The card in a file's header; the weights are not read.

    NotWholeError for what is no safetensors file, NoCardError for one without a card.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            return Card.from_header(opened.metadata(), path)
    except SafetensorError as error:
        raise NotWholeError(f"{path.name} is not a whole safetensors file") from error
