"""What the page and the API get for a picture, the same for both tabs."""

from typing import Any

from convdemo.images.decode import Picture, PictureError, over_white, read_picture
from convdemo.images.render import picture_of
from convdemo.inference.predict import Prediction, predict_picture
from convdemo.ui import guard, text, wire
from convdemo.ui.context import Context


def bars(prediction: Prediction) -> dict[str, Any]:
    """What changes while somebody draws; `probabilities` is empty where nothing was drawn."""
    return {
        "label": prediction.label,
        "notice": prediction.notice,
        "probabilities": prediction.probabilities,
        "model": prediction.model,
        "seconds": prediction.seconds,
    }


def whole(prediction: Prediction, picture: Picture, code: str) -> dict[str, Any]:
    """The bars, and how they came about: the picture, the steps, what the network saw, the code."""
    nothing_read = ((None, 0.0),) * len(prediction.prepared.steps)
    steps = zip(prediction.prepared.steps, prediction.step_predictions or nothing_read, strict=True)
    return {
        **bars(prediction),
        "note": prediction.note,
        "picture": wire.data_url(over_white(picture), side=640),
        "seen": wire.data_url(picture_of(prediction.prepared.pixels)),
        "steps": [
            {
                "name": step.name,
                "image": wire.data_url(step.image),
                "active": step.active,
                "label": label,
                "probability": probability,
            }
            for step, (label, probability) in steps
        ],
        "code": code,
    }


def shelf(context: Context, job: str, payload: Any) -> dict[str, Any]:
    """The models that the visitor may choose."""
    return {"models": context.shelf(job, context.visitor(wire.mapping(payload)))}


def mark(context: Context, payload: Any) -> dict[str, Any]:
    """What is another text once the visitor's model library is another."""
    return {"mark": context.shelf_mark(context.visitor(wire.mapping(payload)))}


def for_upload(
    context: Context, job: str, file: Any, *, model: str, language: str
) -> dict[str, Any]:
    """The bars for a file that a caller of the API uploaded, or {"error": sentence}."""
    try:
        picture = read_picture(wire.uploaded(wire.mapping(file).get("path")))
        prediction = predict_picture(context.trained(job, model or None), picture)
    except (PictureError, wire.Refused) as error:
        return {"error": sentence(error, language)}
    return {**bars(prediction), "note": remark(prediction.note, language)}


def remark(note: str | None, language: str) -> str | None:
    """What a caller of the API is told of how a picture was read."""
    return note and text.say(text.known(language), f"note.{note}")


def sentence(error: PictureError | wire.Refused, language: str) -> str:
    """What a caller of the API is told of it."""
    values = guard.problem(error)["values"]
    return text.say(text.known(language), f"problem.{error.problem}", **values)
