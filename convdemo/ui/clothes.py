"""The Clothes tab: a photo of a garment is prepared as Fashion-MNIST's were, and named."""

from collections.abc import Mapping
from typing import Any

from gradio.events import api

from convdemo.garment import GARMENT_STEPS
from convdemo.ingest import Picture, read_picture
from convdemo.predict import predict_picture
from convdemo.ui import answers, page, snippet, wire
from convdemo.ui.context import Context

NAME = "clothes"
JOB = "clothes"


def predict(context: Context, payload: Any) -> dict[str, Any]:
    """All about the photo {"upload", "name"} or {"example"}, read by {"model"} without {"skip"}."""
    request = wire.mapping(payload)
    skip = wire.choices(request, "skip", GARMENT_STEPS)
    trained = context.trained(JOB, wire.text(request, "model"))
    picture, code = _picture(request, trained.card.name, skip)
    prediction = predict_picture(trained, picture, skip=skip, steps=True)
    return answers.whole(prediction, picture, code)


def build(context: Context) -> None:
    """The tab's part of the page and its endpoint."""

    def predict_clothes(picture: dict, model: str = "", language: str = "en") -> dict:
        """Name the garment in a photo.

        Answers {"label", "notice", "probabilities", "model", "seconds"}; label is null and notice
        is "unknown" if the picture is unlike anything known. {"error": sentence} if it cannot be
        read. `model` is a name from `convdemo list`, "" for the default; `language` of the sentence
        is "en" or "ko".
        """
        return answers.for_upload(context, JOB, picture, model=model, language=language)

    guard = context.guard
    page.part(
        "clothes",
        [
            guard.served("shelf", lambda payload: {"models": context.shelf(JOB)}),
            guard.served("predict", lambda payload: predict(context, payload)),
        ],
        examples=[
            {"name": name, "image": wire.file_url(path, side=96)}
            for name, path in page.examples(JOB).items()
        ],
    )
    api(
        predict_clothes,
        api_name="predict_clothes",
        concurrency_limit=2,
        concurrency_id="prediction",
    )


def _picture(request: Mapping[str, Any], model: str, skip: frozenset[str]) -> tuple[Picture, str]:
    """The picture that is asked about, and the code that would read it."""
    if "upload" in request:
        name = wire.text(request, "name") or "picture.png"
        picture = read_picture(wire.uploaded(request["upload"]))
        return picture, snippet.for_file(name, model, skip)
    examples = page.examples(JOB)
    name = wire.text(request, "example")
    if name not in examples:
        raise wire.Refused("request")
    return read_picture(examples[name]), snippet.for_example(JOB, name, model, skip)
