"""A network of the visitor's own classes in use: a photo or the camera read, a file handed out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from convdemo.files import PlaceError
from convdemo.images.decode import Picture, PictureError
from convdemo.images.render import encode_png
from convdemo.ui import answers, text, wire
from convdemo.ui.components import Answer
from convdemo.ui.explain_request import trained_of
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.tabs.transfer.photos import served_file
from convdemo.ui.wire import Refused

EXAMPLES = "clothes"  # pictures to try a network on
FORMS = {"zip": 12, "onnx": 20}  # and the seconds that each usually takes
MANY = 12  # classes from which on only the likeliest have a bar


def answer(bench: Bench, model: str | None, source: str, visitor: str) -> Answer:
    """What the model says of a source, JSON as `requested_picture` takes it."""
    if not source or not model:
        return Answer({}, sentence="answer.none" if model else "")
    try:
        picture, _ = requested_picture(wire.parsed(source), EXAMPLES)
        found = read(bench, model, picture, visitor)
    except (Refused, PictureError, PlaceError) as error:
        found = answers.refusal(error)
    return replace(found, of=source)


def read(bench: Bench, model: str, picture: Picture, visitor: str) -> Answer:
    """What the model says of a picture."""
    from convdemo.inference.predict import predict_picture

    trained = trained_of(bench.context, {"model": model, "visitor": visitor})
    found = predict_picture(trained, picture)
    shares = found.probabilities
    if len(shares) > MANY:
        shares = dict(sorted(shares.items(), key=lambda one: -one[1])[:10])
    milliseconds = f"{found.seconds * 1000:.{0 if found.seconds >= 0.1 else 1}f}"
    took = ("answer.seconds", {"milliseconds": milliseconds})
    notes = (f"note.{found.note}",) if found.note else ()
    return Answer(shares, found.label, None, notes, (answers.model_line(trained.card), took))


def frame(bench: Bench, model: str | None, seen: np.ndarray | None, visitor: str) -> Answer:
    """What the model says of a frame of the camera (H, W, 3) uint8."""
    if seen is None or not model:
        return Answer({}, sentence="answer.none")
    try:
        return read(bench, model, Picture(seen), visitor)
    except (Refused, PictureError) as error:
        return answers.refusal(error)


def to_explain(pixels: np.ndarray, model: str | None) -> str:
    """JSON for the Explain tab of a picture (H, W, 3) uint8 that is here and nowhere else."""
    path = served_file("photo.png")
    path.write_bytes(encode_png(pixels))
    return json.dumps({"picture": {"upload": str(path), "name": "photo.png"}, "model": model})


def export(
    bench: Bench, model: str | None, form: str, language: str, visitor: str
) -> Iterator[tuple[str, str | None]]:
    """What is said while a file is made, and proven, and in the end its path."""
    from convdemo.export.exporter import export as write

    yield text.say(language, "transfer.export_working", seconds=FORMS[form]), None
    try:
        trained = trained_of(bench.context, {"model": model, "visitor": visitor})
        # The photos of a visitor stay out of a zip, which goes on to others.
        result = next((one for one in bench.came(visitor) if one.name == model), None)
        pictures = result.pictures if result is not None and form == "onnx" else None
        path = served_file(f"{trained.card.name}.{form}")
        told = write(trained, path, form, pictures=pictures)
    except Refused as error:
        yield answers.sentence(error, language), None
    except ValueError as error:
        yield text.say(language, "problem.transfer_export", error=f"@|{error}"), None
    else:
        yield proven(told, form, language), str(path)


def proven(told: dict[str, Any], form: str, language: str) -> str:
    """How an exported file compares with the app, and how it is used."""
    largest = told["largest_difference"]
    difference = f"{largest:.0e}" if largest else "0"
    said = text.say(
        language, "transfer.export_proven", difference=difference, pictures=told["pictures"]
    )
    return f"{said} {text.say(language, f'transfer.export.{form}.run')}"
