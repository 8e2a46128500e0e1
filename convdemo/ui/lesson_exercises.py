"""The exercises: a question as the page shows it, and the grade of an answer."""

from typing import Any

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import exercises
from convdemo.convolution.lessons.exercises import QUESTIONS, Question
from convdemo.ui import wire
from convdemo.ui.lesson_request import choice, whole
from convdemo.ui.wire import Refused

SEEDS = 1_000_000


def exercise(payload: Any) -> dict[str, Any]:
    """The question of {"token"}, or that of {"kind", "seed"}; its answer is not in it."""
    request = wire.mapping(payload)
    if "token" in request:
        return shown(_from_token(request))
    kind = choice(request, "kind", QUESTIONS)
    return shown(exercises.question(kind, whole(request, "seed", 0, SEEDS - 1)))


def grade(payload: Any) -> dict[str, Any]:
    """Whether {"answer"} is that of the question of {"token"}, and how it is found."""
    request = wire.mapping(payload)
    asked = _from_token(request)
    answer = request.get("answer")
    if isinstance(answer, str) and len(answer) > 200:
        raise Refused("request")
    if exercises.number_of(answer) is None:
        raise Refused("lessons_answer")
    return {
        "right": exercises.grade(asked, answer),
        "answer": asked.answer,
        "solution": {
            name: told(name, one) for name, one in asked.solution.items() if not is_grid(one)
        },
    }


def shown(asked: Question) -> dict[str, Any]:
    """A question without its answer."""
    return {
        "token": exercises.token(asked),
        "kind": asked.kind,
        "values": {name: told(name, one) for name, one in asked.values.items() if not is_grid(one)},
        "grids": {name: one for name, one in asked.values.items() if is_grid(one)},
        "layers": [
            {"kind": one.kind, "kernel": one.kernel[0], "stride": one.stride[0]}
            for one in asked.operations
            if asked.kind == "receptive_field"
        ],
        "choices": [
            {
                "name": name,
                "kernel": KERNELS[2][name].tolist() if asked.kind == "kernel_of" else None,
            }
            for name in asked.choices
        ],
    }


def is_grid(value: Any) -> bool:
    """Whether a value is shown as rows of numbers, and not in a sentence."""
    return isinstance(value, list) and isinstance(value[0], list)


def told(name: str, value: Any) -> str:
    """A value as it stands in a sentence; kinds and kernels have names in every language."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value).replace("-", "−")
    if name == "kind":
        return f"@lessons.operation.{value}"
    if name == "answer" and value in KERNELS[2]:
        return f"@lessons.kernel.{value}"
    return str(value).replace("-", "−") if isinstance(value, int | float) else str(value)


def _from_token(request: Any) -> Question:
    token = wire.text(request, "token")
    try:
        return exercises.from_token(token or "")
    except ValueError as error:
        raise Refused("lessons_link") from error
