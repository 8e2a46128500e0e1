"""Inside of a network while it trains: how large its gradients and updates are, which of its units
are dead, and its first filters; and the lesson of the gradients that vanish.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import ceil, floor, log10, nan
from typing import Any

from convdemo.images.render import signed
from convdemo.ui.components import Captioned, Chart, Line, PictureGroup
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import runs
from convdemo.ui.tabs.train.line import stage_named
from convdemo.ui.tabs.train.view import Run, along, reach

STAGES = 8  # that are drawn, the first and the last among them
EPOCHS, FILTERS = 10, 8  # whose filters are shown, and how many of each
# Ten layers that learn, or do not, within seconds.
LESSON = ("ten_sigmoid", "ten_relu", "ten_normalised")
SETTINGS = {
    "epochs": 3,
    "limit": 5_000,
    "batch": 64,
    "lr": 1e-3,
    "optimizer": "adam",
    "schedule": "constant",
    "patience": None,
}
# What is looked at: its field in a record, and whether it is drawn by powers of ten.
KINDS = {"gradient": True, "update": True, "dead": False}


def charts(several: Sequence[tuple[Run, Sequence[Run], Sentence]]) -> tuple[Chart, ...]:
    """What a run has noted of its stages; of several runs the gradients of each, on one scale.
    None of a run that noted nothing.
    """
    noted = [one for one in several if any(record.get("inside") for record in one[1])]
    if len(several) == 1:
        return tuple(
            _chart(kind, *one[:2]) for one in noted for kind in KINDS if _has(kind, one[1])
        )
    found = [_chart("gradient", run, records) for run, records, _ in noted]
    values = [y for chart in found for line in chart.lines for y in line.y if y > 0]
    if not values:
        return ()
    scale = 10.0 ** floor(log10(min(values))), 10.0 ** ceil(log10(max(values)))
    titled = zip(found, noted, strict=True)
    return tuple(_of_run(chart, named, scale) for chart, (_, _, named) in titled)


def _of_run(chart: Chart, named: Sentence, scale: tuple[float, float]) -> Chart:
    key, gaps = (named, {}) if isinstance(named, str) else named
    title = f"{key}_gradient", gaps
    return Chart(**{**chart.__dict__, "title": title, "y_range": scale})


def _has(kind: str, records: Sequence[Run]) -> bool:
    return any(stage[kind] is not None for one in records for stage in one.get("inside") or ())


def _chart(kind: str, run: Run, records: Sequence[Run]) -> Chart:
    noted = [record for record in records if record.get("inside")]
    names = [stage["stage"] for stage in noted[0]["inside"] if stage[kind] is not None]
    lines = [
        _line(name, colour, kind, noted)
        for colour, name in enumerate(names[place] for place in spread(len(names), STAGES))
    ]
    return Chart(
        tuple(lines),
        f"train.inside_{kind}",
        "train.axis",
        y_unit="number" if KINDS[kind] else "share",
        x_range=(0, max(1, reach(run, records))),
        y_range=None if KINDS[kind] else (0, 1),
        read="train.read_epoch",
        y_log=KINDS[kind],
    )


def _line(name: str, colour: int, kind: str, noted: Sequence[Run]) -> Line:
    found = [
        next((one[kind] for one in record["inside"] if one["stage"] == name), None)
        for record in noted
    ]
    heights = [nan if y is None or (KINDS[kind] and not y) else y for y in found]
    return Line(stage_named(name), tuple(along(record) for record in noted), tuple(heights), colour)


def spread(count: int, most: int) -> Iterable[int]:
    """So many of the numbers below `count`, the first and the last among them, as evenly as can."""
    if count <= most:
        return range(count)
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]


def filters(folder: Any) -> tuple[PictureGroup, ...]:
    """The first filters of a run at the end of its epochs, all on one scale."""
    from convdemo.training.runs.snapshots import epochs_of

    epochs = epochs_of(folder)
    shown = [epochs[place] for place in spread(len(epochs), EPOCHS)]
    found = {epoch: _filters(folder, epoch) for epoch in shown}
    found = {epoch: one for epoch, one in found.items() if one is not None}
    scale = max((float(abs(one).max()) for one in found.values()), default=0) or 1.0
    return tuple(
        PictureGroup(
            tuple(Captioned(signed(one / scale)) for one in kernels),
            hint=("train.at_epoch", {"epoch": epoch}),
            side=28,
        )
        for epoch, kernels in found.items()
    )


@lru_cache(maxsize=256)
def _filters(folder: Any, epoch: int) -> Any:
    """(FILTERS, h, w) of an epoch; None where it cannot be read."""
    from safetensors import SafetensorError

    from convdemo.data.registry import find_dataset
    from convdemo.training.runs.snapshots import first_filters, network_at

    try:
        shape = find_dataset(folder.run.dataset).shape
        return first_filters(network_at(folder, epoch), shape)[:FILTERS].numpy()
    except (ValueError, KeyError, RuntimeError, SafetensorError):
        return None


def lesson(context: Context, visitor: str) -> str:
    """The runs that show where gradients vanish, trained before or begun now, the first one chosen
    and the others beside it, JSON.
    """
    from convdemo.networks.written import PRESETS

    def asked(name: str) -> Mapping[str, Any]:
        return {
            "model": PRESETS[name],
            "dataset": "mnist",
            "config": SETTINGS,
            "visitor": visitor,
        }

    first, *others = [runs.known_or_started(context, asked(name)) for name in LESSON]
    return json.dumps({"choose": first, "compare": others})
