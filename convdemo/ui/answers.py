"""What the page and the API get for a picture, the same for both tabs."""

from typing import Any

import gradio as gr

from convdemo.convolution.architecture import titled
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError, read_picture
from convdemo.images.render import picture_of
from convdemo.inference.card import Card
from convdemo.inference.predict import Prediction, predict_picture
from convdemo.ui import guard, text, wire
from convdemo.ui.components.probability_bars import Answer, Sentence
from convdemo.ui.components.step_strip import Preparation, Step
from convdemo.ui.context import Context

# The strings that an answer is said with.
WORDS = ("answer.", "class.", "dataset.", "drop.", "kind", "note.", "picture.", "problem.")
POOL: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "prediction"}


def answer(prediction: Prediction, card: Card) -> Answer:
    """A prediction in the words of the tab for the model's job."""
    job, notice = card.job, prediction.notice
    notes: list[Sentence] = []
    if notice in ("unknown", "several"):
        notes.append(f"answer.{job}.{notice}_more")
    elif prediction.note:
        notes.append(f"note.{prediction.note}")
    milliseconds = f"{prediction.seconds * 1000:.{0 if prediction.seconds >= 0.1 else 1}f}"
    took = () if notice == "empty" else (("answer.seconds", {"milliseconds": milliseconds}),)
    return Answer(
        prediction.probabilities,
        prediction.label,
        None if notice is None else f"answer.{job}.{notice}",
        tuple(notes),
        (model_line(card), *took, "answer.honest"),
    )


def preparation(prediction: Prediction) -> Preparation:
    """What the network saw, and what it would have read after each step."""
    prepared = prediction.prepared
    read_then = prediction.step_predictions or ((None, 0.0),) * len(prepared.steps)
    steps = zip(prepared.steps, read_then, strict=True)
    return Preparation(
        picture_of(prepared.pixels),
        tuple(Step(one.name, one.image, one.active, *then) for one, then in steps),
    )


def refusal(error: PictureError | wire.Refused | PlaceError) -> Answer:
    """What is said in place of an answer."""
    return Answer({}, sentence=guard.told(error))


def model_line(card: Card) -> Sentence:
    """How good a model is, on its test set, or on what validated where there was none."""
    values = {
        "dataset": f"@dataset.{card.dataset}|{card.dataset}",
        "parameters": short(card.parameters),
    }
    if card.test_accuracy is not None:
        tested = card.evidence.get("test_pictures")  # where it is not all of the test set
        key = "answer.model_line_part" if tested else "answer.model_line"
        values["accuracy"] = f"{card.test_accuracy:.1%}"
        return key, {**values, **({"pictures": f"{tested:,}"} if tested else {})}
    validated = card.evidence.get("validation_photos", "–")
    accuracy = f"{card.validation_accuracy or 0:.1%}"
    return "answer.model_line_validation", {**values, "accuracy": accuracy, "photos": validated}


def model_option(card: Card) -> str:
    """A model in a picker, the same in every language: its name, and before it what it is made of
    where that is a line of layers; how good it is, how large.
    """
    accuracy = card.validation_accuracy if card.test_accuracy is None else card.test_accuracy
    measured = "" if accuracy is None else f"{accuracy:.1%}, "
    written = " " in card.model
    name = f"{titled(card.model)} ({card.name})" if written else card.name
    return f"{name}: {measured}{short(card.parameters)}"


def picker(context: Context, job: str, chosen: str | None, visitor: str) -> gr.Dropdown:
    """The picker with what is in the visitor's model library; what is chosen stays chosen."""
    cards = [one.card for one in context.entries(job, context.visitor({"visitor": visitor}))]
    names = [card.name for card in cards]
    return gr.Dropdown(
        [(model_option(one), one.name) for one in cards],
        value=chosen if chosen in names else next(iter(names), None),
        filterable=False,
        interactive=True,
    )


def short(number: float) -> str:
    """A count in a few characters: 4.7M, 26k, 512."""
    if number >= 1e6:
        return f"{number / 1e6:.1f}M"
    return f"{round(number / 1e3)}k" if number >= 1e3 else str(number)


def mark(context: Context, payload: Any) -> dict[str, Any]:
    """What is another text once the visitor's model library is another."""
    return {"mark": context.shelf_mark(context.visitor(wire.mapping(payload)))}


def for_upload(
    context: Context, job: str, file: Any, *, model: str, language: str
) -> dict[str, Any]:
    """The bars for a file that a caller of the API uploaded, or {"error": sentence}."""
    try:
        picture = read_picture(wire.uploaded(wire.mapping(file).get("path")))
        prediction = predict_picture(
            context.trained(job, wire.text({"model": model or None}, "model")), picture
        )
    except (PictureError, wire.Refused) as error:
        return {"error": sentence(error, language)}
    return {
        "label": prediction.label,
        "notice": prediction.notice,
        "probabilities": prediction.probabilities,
        "model": prediction.model,
        "seconds": prediction.seconds,
        "note": remark(prediction.note, language),
    }


def remark(note: str | None, language: str) -> str | None:
    """What a caller of the API is told of how a picture was read."""
    return note and text.say(text.known(language), f"note.{note}")


def sentence(error: PictureError | wire.Refused, language: str) -> str:
    """What a caller of the API is told of it."""
    values = guard.problem(error)["values"]
    return text.say(text.known(language), f"problem.{error.problem}", **values)
