"""The Clothes tab: a photo of a garment is prepared as Fashion-MNIST's were, and named."""

from typing import Any

from gradio.events import api

from convdemo.inference.predict import predict_picture
from convdemo.preprocessing.garment import GARMENT_STEPS
from convdemo.ui import answers, page, snippet, wire
from convdemo.ui.context import Context
from convdemo.ui.picture_request import requested_picture

NAME = "clothes"
JOB = "clothes"


def predict(context: Context, payload: Any) -> dict[str, Any]:
    """All about a photo, read by {"model"} without the steps {"skip"}."""
    request = wire.mapping(payload)
    skip = wire.choices(request, "skip", GARMENT_STEPS)
    trained = context.trained(JOB, wire.text(request, "model"), context.visitor(request))
    picture, reading = requested_picture(request, JOB)
    code = snippet.for_prediction(reading, trained.card.name, skip)
    prediction = predict_picture(trained, picture, skip=skip, steps=True)
    return answers.whole(prediction, picture, code)


def build(context: Context) -> None:
    """The tab's part of the page and its endpoint."""

    def predict_clothes(picture: dict, model: str = "", language: str = "en") -> dict:
        """Name the garment in a photo.

        Answers {"label", "notice", "probabilities", "model", "seconds", "note"}; label is null and
        notice is "unknown" if the picture is unlike anything known, note is a sentence on how it
        was read, or null. {"error": sentence} if it cannot be read. `model` is a name from
        `convdemo list`, "" for the default; `language` of the sentences is "en" or "ko".
        """
        return answers.for_upload(context, JOB, picture, model=model, language=language)

    guard = context.guard
    page.part(
        "clothes",
        [
            guard.served("shelf", lambda payload: answers.shelf(context, JOB, payload)),
            guard.served("predict", lambda payload: predict(context, payload)),
        ],
        examples=page.thumbnails(JOB),
    )
    api(
        predict_clothes,
        api_name="predict_clothes",
        concurrency_limit=2,
        concurrency_id="prediction",
    )
