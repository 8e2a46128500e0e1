"""StepStrip: what preprocessing makes of a picture, step by step; a click leaves a step out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convdemo.ui.components.display import Display
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True, eq=False)
class Step:
    """A step: its name, the image (H, W) or (H, W, 3) uint8 that it left, whether it is on, and
    what was read had the preprocessing ended here, with its probability in 0..1.
    """

    name: str
    image: np.ndarray
    active: bool = True
    label: str | None = None
    probability: float = 0.0


@dataclass(frozen=True, eq=False)
class Preparation:
    """What came of the steps, (H, W) or (H, W, 3) uint8, the steps, and what is said of it."""

    seen: np.ndarray
    steps: tuple[Step, ...]
    caption: Sentence = "only"


class StepStrip(Display):
    """What the network sees, and below it the steps that led there, each a button; `input` is
    triggered when one is left out or put back, and its event's data is {"skipped": names}.

    Steps and labels are called by what `words` have for "step.NAME", "step.NAME.why" (on hover) and
    "class.LABEL", else by their names.
    """
