"""The tiles of a picture, told operation by operation, read by a model; and what can be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.augmentation.drawn import PERCENT, PLACES
from convdemo.augmentation.preview import describe
from convdemo.augmentation.problems import ChainError
from convdemo.images.decode import Picture
from convdemo.images.render import encode_png
from convdemo.ui import answers, lab_report, text
from convdemo.ui.components import Answer, Done, Grid, Rule, Rules, Tile
from convdemo.ui.components.chain_editor import offer
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import JOBS, Context
from convdemo.ui.tabs.augment.request import picture, treatment
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.augmentation.policies import AppliedOperation
    from convdemo.augmentation.policies import Tile as Made
    from convdemo.inference.library import Trained
    from convdemo.inference.predict import Prediction
    from convdemo.inference.robustness import Point

DRAWS = 1_000  # behind the frequencies of operations
GAP, LEAST = 4, 160  # pixels between the tiles of a sheet, and the least of a tile's longer side
COINS = ("hflip", "vflip", "grayscale")  # techniques that happen or do not
# What these did says which one it was.
NAMELESS = ("rotate", "shift_x", "shift_y", "shear", "zoom", "blur", "brighter", "darker", "noise")


def make(
    context: Context, request: Mapping[str, Any], reader: str = ""
) -> tuple[Grid, list[int | None], str]:
    """The tiles as they are shown, the sub-policy of each, and Python that makes them.

    `reader` is "JOB:MODEL", whose model reads the tiles, or "" where nobody does.
    """
    asked, how = picture(context, request), treatment(request)
    made = how.tiles(asked.image)
    height, width = asked.image.shape[:2]
    size = {"width": width, "height": height, "note": f"@note.{asked.note}"}
    details: list[Sentence] = [("size_note" if asked.note else "size", size)]
    if asked.label is not None:
        details.append(("label", {"label": class_of(asked.label)}))
    said: list[Prediction] = []
    sentence: Sentence = ""
    if reader:
        try:
            trained = reader_of(context, reader, context.visitor(request))
            said = [_read(trained, image) for image in (asked.image, *(one.image for one in made))]
        except Refused as error:  # the tiles are there without it
            sentence = answers.refusal(error).sentence or ""
    tiles = [_told(place, tile) for place, tile in enumerate(made)]
    if said:
        own, *others = said
        details.append(reads(own, "reads", percent=_percent(own)))
        tiles = [_with_reading(*two, own.label) for two in zip(tiles, others, strict=True)]
        flipped = sum(tile.flipped for tile in tiles)
        counts = {"flipped": flipped, "count": len(tiles)}
        sentence = ("flips" if flipped else "flips_none", counts)
    used = [tile.drawn.rule for tile in made]
    return Grid(tuple(tiles), sentence, tuple(details)), used, how.code(asked.reading)


def _with_reading(tile: Tile, said: Prediction, own: str | None) -> Tile:
    flipped = said.label != own
    told = reads(said, "now" if flipped else "still")
    return replace(tile, reads=told, share=_best(said) if said.label else None, flipped=flipped)


def reader_of(context: Context, reader: str, visitor: str) -> Trained:
    """The model of "JOB:MODEL", loaded."""
    job, _, model = reader.partition(":") if isinstance(reader, str) else ("", "", "")
    if job not in JOBS:
        raise Refused("request")
    return context.trained(job, model, visitor)


def reads(said: Prediction | Point, key: str, **values: object) -> Sentence:
    """What a model reads, as a sentence of that key or its "_empty" and "_unknown"."""
    if said.label is None:
        return f"{key}_{'empty' if said.notice == 'empty' else 'unknown'}", values
    return key, {"label": class_of(said.label), **values}


def class_of(label: str) -> str:
    """A class in the words of a display."""
    return f"@class.{label}|{label}"


def rules(policy: str, used: Sequence[int | None]) -> Rules:
    """The sub-policies of a policy with the tiles that each has made, or how it draws."""
    from convdemo.augmentation.policies import table_of

    table = table_of(policy)
    if not table:
        return Rules("draws", (f"policy.{policy}.why", f"draws.{policy}"))
    rows = (
        Rule(
            tuple((f"op.{name}", probability) for name, probability, _ in rule),
            tuple(tile for tile, row in enumerate(used, start=1) if row == place),
        )
        for place, rule in enumerate(table)
    )
    lines = (f"policy.{policy}.why", ("table_lead", {"rules": len(table)}))
    return Rules("table", lines, tuple(rows))


@lru_cache(maxsize=32)
def often(policy: str) -> Answer:
    """How many times a picture gets each operation of a policy, the most frequent first."""
    from convdemo.augmentation.policies import frequencies

    found = frequencies(policy, DRAWS, 400, 600, 0)
    ordered = dict(sorted(found.items(), key=lambda one: -one[1]))
    return Answer(ordered, sentence=("chart_lead", {"draws": f"{DRAWS:,}"}))


def offered(context: Context, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The course's ten techniques on a picture, as steps to add to a chain."""
    from convdemo.augmentation.chain import as_json, preview_chain, ten_techniques

    image = picture(context, request).image
    found = {}
    for name, chain in ten_techniques(*image.shape[:2]).items():
        with suppress(ChainError):  # too small a picture for this one
            found[name] = preview_chain(image, chain, 1, 0)[0].image, as_json(chain)[0]
    return offer(found)


def sheet(context: Context, request: Mapping[str, Any]) -> bytes:
    """The tiles side by side as a PNG, small ones enlarged pixel by pixel."""
    tiles = treatment(request).tiles(picture(context, request).image)
    scale = max(1, LEAST // max(tiles[0].image.shape[:2]))
    large = [tile.image.repeat(scale, 0).repeat(scale, 1) for tile in tiles]
    padded = [np.pad(one, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for one in large]
    across = round(len(tiles) ** 0.5)
    rows = [np.hstack(padded[at : at + across]) for at in range(0, len(padded), across)]
    return encode_png(np.ascontiguousarray(np.vstack(rows)[:-GAP, :-GAP]))


def settings(context: Context, request: Mapping[str, Any]) -> bytes:
    """What was asked for and what was drawn for it, tile by tile, as JSON."""
    asked, how = picture(context, request), treatment(request)
    named = request.get("name") or request.get("example")
    kept = {name: request[name] for name in ("policy", "chain", "fill") if name in request}
    tiles = [
        {
            "seed": how.seed + place,
            "rule": tile.drawn.rule,
            "original_weight": _untouched(tile),
            "operations": describe(tile),
        }
        for place, tile in enumerate(how.tiles(asked.image))
    ]
    about = {
        "picture": named or f"{request.get('dataset', 'drawing')}-{request.get('sample', '')}",
        "size": [asked.image.shape[1], asked.image.shape[0]],
        **kept,
        "n": how.count,
        "seed": how.seed,
        "tiles": tiles,
    }
    return f"{json.dumps(about, indent=2)}\n".encode()


def _read(trained: Trained, image: np.ndarray) -> Prediction:
    from convdemo.inference.predict import predict_picture

    return predict_picture(trained, Picture(image))


def _best(said: Prediction) -> float:
    return max(said.probabilities.values(), default=0.0)


def _percent(said: Prediction) -> str:
    return f"{min(_best(said), 0.999):.1%}"


def _untouched(tile: Made) -> float | None:
    """The weight of the picture itself in a mixture."""
    weights = tile.drawn.weights
    return None if weights is None else float(weights[0][0])


def _told(place: int, tile: Made) -> Tile:
    drawn, number = tile.drawn, {"number": place + 1}
    title = "tile" if drawn.rule is None else "tile_rule"
    done: list[Done] = []
    if (weight := _untouched(tile)) is not None:
        # A mixture has chains; they are told one after the other.
        done.append(Done(("untouched", {"percent": f"{weight:.0%}"}), heading=True))
        for chain, links in groupby(drawn.operations, key=lambda one: one.chain):
            first, *others = links
            values = {"number": (chain or 0) + 1, "percent": f"{first.weight:.0%}"}
            done.append(Done(("chain", values), heading=True))
            done += [_done(one, coin=False) for one in (first, *others)]
    else:
        done = [
            _done(one, coin=drawn.rule is not None or one.name in COINS) for one in drawn.operations
        ]
        if not any(one.applied for one in drawn.operations):
            done.append(Done("nothing"))
    values = {**number, "rule": (drawn.rule or 0) + 1}
    return Tile(tile.image, (title, values), tuple(done), row=drawn.rule)


def _done(operation: AppliedOperation, *, coin: bool) -> Done:
    did = _strength(operation) if operation.applied else "left_out"
    if operation.name in NAMELESS:
        return Done(did)
    chance = operation.probability if coin else None
    return Done(f"op.{operation.name}", did, operation.applied, chance)


def _strength(operation: AppliedOperation) -> Sentence:
    """How strongly an operation was applied, in words; "" for one that has no strengths."""
    name, unit, magnitude = operation.name, operation.unit, operation.magnitude
    if magnitude is None:
        known = f"augment.by.{name}" in text.strings("en")
        return (f"by.{name}", operation.values or {}) if known else ""
    value = round(magnitude * (100 if unit in PERCENT else 1), PLACES.get(unit, 0))
    back = ""
    if unit == "pixels" or name == "rotate":
        back, value = ".back" if value < 0 else "", abs(value)
    return f"by.{name}{back}", {**(operation.values or {}), "value": f"{value:g}"}


def report(
    context: Context, language: str, request: Mapping[str, Any], reader: str, preset: str
) -> Path:
    """The lab report of the tiles of what is asked for, a zip."""
    from convdemo.augmentation.drawn import tiles_of
    from convdemo.export.report import Seen, write_seen

    asked, how = picture(context, request), treatment(request)
    speech, chosen = lab_report.speech(language), how.policy or preset
    drawn = tiles_of(chosen, how.tiles(asked.image), speech.words, speech.look)
    kept = {name: request[name] for name in ("policy", "chain", "fill") if name in request}
    size = "{1} x {0}".format(*asked.image.shape)
    about = {"picture": lab_report.picture_named(request), "size": size, **kept}
    seen = Seen(
        text.say(language, "tab.augment"),
        [text.say(language, f"augment.policy.{how.policy}.why")] if how.policy else [],
        {**about, "n": how.count, "seed": how.seed, "reader": reader or None},
        {speech.say("tiles"): drawn},
        how.code(asked.reading),
    )
    return write_seen(lab_report.place(f"augment-{chosen}"), speech, seen)
