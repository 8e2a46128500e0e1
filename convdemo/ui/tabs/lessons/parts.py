"""What the lessons share: their folds and controls, how they answer, what they are asked for."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr

from convdemo.ui import page, text
from convdemo.ui.components import Example, Worked
from convdemo.ui.wire import Refused

PROBLEMS = ("busy", "internal", "lessons_answer", "lessons_link", "offline", "request")
WORDS = ("lessons.", *(f"problem.{key}" for key in PROBLEMS))


@contextmanager
def lesson(texts: page.Texts, name: str, *, open: bool = False) -> Iterator[gr.Accordion]:
    """The fold of a lesson, with what it is about."""
    classes = ["cd-fold", "cd-lesson"]
    with gr.Accordion(open=open, elem_id=f"lesson-{name}", elem_classes=classes) as fold:
        texts.quiet(f"lessons.{name}.lead")
        yield fold
    texts.add(fold, label=f"lessons.{name}.title")


def controls() -> gr.Column:
    """The left side of a lesson."""
    return gr.Column(scale=0, min_width=280, elem_classes="cd-lesson-controls")


def stage() -> gr.Column:
    """Its right side."""
    return gr.Column(min_width=280, elem_classes="cd-lesson-stage")


def worked(value: Example | None = None, **others: Any) -> Worked:
    """A worked example in the words of the lessons."""
    return Worked(value, words=text.words(*WORDS), **others)


def renamed(**keys: str) -> dict[str, dict[str, str]]:
    """Words of a display by its own names for them, from the strings of the lessons."""
    return {
        language: {name: text.say(language, key) for name, key in keys.items()}
        for language in text.LANGUAGES
    }


def label(key: str, **gaps: object) -> Callable[[str], str]:
    """What makes a label with gaps in a language."""
    return lambda language: text.say(language, key, **gaps)


def slider(
    texts: page.Texts, key: page.Said, low: float, high: float, value: float, step: float = 0.1
) -> gr.Slider:
    """A slider of that name."""
    made = gr.Slider(low, high, value, step=step, interactive=True)
    texts.add(made, label=key)
    return made


def choice(
    texts: page.Texts,
    key: str,
    names: Sequence[str],
    prefix: str,
    kind: type[gr.Radio] | type[gr.Dropdown] = gr.Dropdown,
) -> Any:
    """One of some names, each with a string of its own; the first one is chosen."""

    def offered(language: str) -> list[tuple[str, str]]:
        return [(text.say(language, prefix + one), one) for one in names]

    others: dict[str, Any] = {"filterable": False} if kind is gr.Dropdown else {}
    made = kind(offered(texts.language), value=names[0], interactive=True, **others)
    texts.add(made, label=key, choices=offered)
    return made


@contextmanager
def folded(texts: page.Texts, key: str) -> Iterator[gr.Accordion]:
    """What is seldom needed."""
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        yield fold
    texts.add(fold, label=key)


def code(texts: page.Texts, value: str = "") -> gr.Code:
    """PyTorch for the numbers of a lesson."""
    with folded(texts, "lessons.code"):
        return gr.Code(value, language="python", interactive=False, show_label=False)


def within(value: Any, low: float, high: float) -> float:
    """A number between the two."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not low <= value <= high:
        raise Refused("request")
    return float(value)


def whole(value: Any, low: int, high: int) -> int:
    """A whole number between the two."""
    found = within(value, low, high)
    if found % 1:
        raise Refused("request")
    return int(found)


def among(value: Any, allowed: Collection[str]) -> str:
    """One of those names."""
    if not isinstance(value, str) or value not in allowed:
        raise Refused("request")
    return value
