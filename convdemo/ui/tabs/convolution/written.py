"""The lab report of what lies on the bench: what goes in, the kernels, what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.ui import lab_report, text, wire
from convdemo.ui.tabs.convolution import work

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from convdemo.export.report import Language


def report(language: str, asked: str) -> Path:
    """A zip of what the bench asked last, JSON as `work.bench` takes it, worked out again."""
    from convdemo.export.report import Seen, write_seen

    request = wire.parsed(asked)
    reply, speech = work.bench(request), lab_report.speech(language)
    settings, cells = reply["settings"], reply["cells"]
    figures: dict[str, Figure] = {}
    code = f"from torch import nn\n\nlayer = {reply['pytorch']}\n"
    kernels = [one["name"] for one in cells["filters"] or []] if cells else []
    if cells:
        code, size = cells["code"], (settings["channels"], *settings["size"])
        figures[speech.say("input")] = drawn(speech, cells["input"], size, ("channels",))
        if kernels:
            weights = [number for one in cells["filters"] for number in one["values"]]
            shape = (len(kernels), *cells["filters"][0]["shape"])
            names = ("filters", "channels")
            figures[speech.say("kernels")] = drawn(speech, weights, shape, names)
        out = reply["output_shape"]
        figures[speech.say("shape")] = drawn(speech, cells["output"], out, ("channels",))
    size = " × ".join(map(str, reply["output_shape"]))
    counts = [f"{speech.say(one)}: {reply[one]:,}" for one in ("parameters", "multiply_adds")]
    seen = Seen(
        text.say(language, "tab.convolution"),
        [*reply["formula"], f"{speech.say('shape')}: {size}", *counts],
        {
            "input": named(wire.mapping(request.get("input")), settings["dims"]),
            **settings,
            "kernels": ", ".join(kernels) or None,
            "pytorch": reply["pytorch"],
            "keras": reply["keras"],
        },
        figures,
        code,
    )
    return write_seen(lab_report.place("convolution"), speech, seen)


def named(given: Mapping[str, Any], dims: int) -> str:
    """What the input is: an example, the visitor's numbers, a clip, or a picture."""
    if "source" in given or "values" in given:
        return str(given.get("source", "own"))
    return "clip" if dims == 3 else lab_report.picture_named(given)


def drawn(
    speech: Language,
    numbers: Sequence[float | None],
    shape: Sequence[int],
    leading: tuple[str, ...],
) -> Figure:
    """Numbers of a shape as planes on one scale, those of a signal as a row; `leading` are the axes
    before those of space, of which the last goes across.
    """
    from convdemo.images.figures import maps

    space = tuple(shape[len(leading) :])
    axes = (*leading, "slices") if len(space) == 3 else leading
    several = {speech.say(one): size for one, size in zip(axes, shape, strict=False) if size > 1}
    label = " × ".join(several or [speech.say(axes[0])])
    across = [*several.values()][-1] if len(several) > 1 else 0
    words = {**speech.look.words, "channels": label, "activation": speech.say("value")}
    values = np.array([np.nan if one is None else one for one in numbers])
    planes = values.reshape(-1, *((1, *space)[-2:]))
    return maps(planes, across=across, look=replace(speech.look, words=words))
