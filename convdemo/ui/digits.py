"""The Draw tab: a digit is read while it is drawn, and two networks show what they bear."""

from dataclasses import asdict
from typing import Any

import numpy as np
from gradio.events import api

from convdemo.inference.library import Trained
from convdemo.inference.perturb import SLIDERS, perturb, sweep
from convdemo.inference.predict import predict_picture, probabilities
from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.ui import answers, page, snippet, wire
from convdemo.ui.context import Context
from convdemo.ui.picture_request import requested_picture

NAME = "draw"
JOB = "digits"
COMPARED = ("simple_ann-mnist", "cnn-mnist")
INPUT = (1, 28, 28)


def predict(context: Context, payload: Any) -> dict[str, Any]:
    """The bars for a drawing or a picture, read by {"model"} without the steps {"skip"}; the steps
    and the rest too if {"whole"} is true.
    """
    request = wire.mapping(payload)
    skip = wire.choices(request, "skip", DIGIT_STEPS)
    whole = request.get("whole") is True
    trained = context.trained(JOB, wire.text(request, "model"), context.visitor(request))
    picture, reading = requested_picture(request, JOB)
    code = snippet.for_prediction(reading, trained.card.name, skip)
    prediction = predict_picture(trained, picture, skip=skip, steps=whole)
    reply = answers.whole(prediction, picture, code) if whole else answers.bars(prediction)
    return {**reply, "input": wire.packed(prediction.prepared.pixels)}


def compare(context: Context, payload: Any) -> dict[str, Any]:
    """What the models {"first", "second"} say to a network's {"input"} moved by {"settings"}, and
    all along the {"slider"}.
    """
    request = wire.mapping(payload)
    visitor = context.visitor(request)
    pixels = wire.grey(request.get("input")).astype(np.float32) / 255
    asked = wire.mapping(request.get("settings"))
    settings = {s.name: wire.number(asked, s.name, s.low, s.high) for s in SLIDERS}
    slider = next((s for s in SLIDERS if s.name == request.get("slider")), None)
    models = [wire.text(request, name) for name in ("first", "second")]
    if slider is None or pixels.shape != INPUT[1:]:
        raise wire.Refused("request")
    moved = perturb(pixels, settings)
    values, images = sweep(pixels, settings, slider)
    batch = np.concatenate([moved[None], images])[:, None]
    return {
        "moved": wire.packed(moved),
        "values": values.tolist(),
        "models": [_curve(context.trained(JOB, model, visitor), batch) for model in models],
    }


def build(context: Context) -> None:
    """The tab's part of the page and its endpoint."""

    def predict_digit(picture: dict, model: str = "", language: str = "en") -> dict:
        """Read the digit in a picture.

        Answers {"label", "notice", "probabilities", "model", "seconds", "note"}; label is null and
        notice is "empty" if nothing is drawn, note is a sentence on how the picture was read, or
        null. {"error": sentence} if it cannot be read. `model` is a name from `convdemo list`, ""
        for the default; `language` of the sentences is "en" or "ko".
        """
        return answers.for_upload(context, JOB, picture, model=model, language=language)

    guard = context.guard
    page.part(
        "digits",
        [
            guard.served("shelf", lambda payload: answers.shelf(context, JOB, payload)),
            guard.served("predict", lambda payload: predict(context, payload)),
            guard.served("compare", lambda payload: compare(context, payload)),
        ],
        sliders=[asdict(slider) for slider in SLIDERS],
        compared=list(COMPARED),
        examples=page.thumbnails(JOB),
    )
    api(predict_digit, api_name="predict_digit", concurrency_limit=2, concurrency_id="prediction")


def _curve(trained: Trained, batch: np.ndarray) -> dict[str, Any]:
    """The probabilities of the moved digit, the batch's first, and those along the slider."""
    if trained.card.shape != INPUT:
        raise wire.Refused("request")
    found = probabilities(trained, batch)
    return {
        "name": trained.card.name,
        "classes": list(trained.card.classes),
        "probabilities": found[0].tolist(),
        "along": found[1:].tolist(),
    }
