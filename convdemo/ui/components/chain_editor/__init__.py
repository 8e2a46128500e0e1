"""ChainEditor: steps in an order, each with sliders for its settings, two thumbs for a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from convdemo.images.render import data_url
from convdemo.ui.components.display import Display

Chain = Sequence[Mapping[str, Any]]  # steps, {"name", setting: value or [low, high]}


@dataclass(frozen=True)
class Setting:
    """What a step can be set to, from low to high; with two values in `default` it is a range.

    `unit` is "share" (0..1, written as a percentage), "factor", or a key of the display's words; a
    number is `typed` where a slider would be too coarse.
    """

    name: str
    low: float
    high: float
    step: float
    default: tuple[float, ...]
    unit: str = ""
    typed: bool = False


class ChainEditor(Display):
    """The chain, and buttons that add to it; its value is the list of its steps, both ways.

    Gradio has no slider with two thumbs. `kinds` are the settings of every kind of step by its
    name, `longest` the most steps. `input` comes with every change by hand, `change` with every
    one. An update may give `offered`, see `offer`, and `wrong`, the step that cannot be (counted
    from 1), and `lines` to stand above. Words are "op.NAME", "op.NAME.why", "set.SETTING",
    "value.UNIT" and "range.UNIT".
    """

    def __init__(
        self,
        value: Chain = (),
        *,
        kinds: Mapping[str, Sequence[Setting]] | None = None,
        longest: int = 8,
        **others: Any,
    ) -> None:
        settings = {name: [asdict(one) for one in found] for name, found in (kinds or {}).items()}
        super().__init__(value, kinds=settings, longest=longest, **others)

    def postprocess(self, value: Chain | None) -> Any:
        """What the script edits."""
        return [dict(step) for step in value or ()]

    def preprocess(self, payload: Any) -> list[Any]:
        """The steps as the browser sent them: whoever takes them checks them."""
        return payload if isinstance(payload, list) else []

    def api_info(self) -> dict[str, Any]:
        """The value in the browser."""
        return {"type": "array", "items": {"type": "object", "description": "a step: name, values"}}


def offer(pictures: Mapping[str, tuple[np.ndarray, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Steps to add by a picture of what they do: (H, W, 3) uint8 and the step, by name."""
    return [
        {"name": name, "image": data_url(image, side=120), "step": dict(step)}
        for name, (image, step) in pictures.items()
    ]
