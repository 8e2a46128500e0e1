"""Exercises: a question, an answer that is graded, the way to it, a score, and a link."""

import json
import random
from typing import Any

import gradio as gr

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import exercises
from convdemo.convolution.lessons.exercises import QUESTIONS, Question
from convdemo.ui import page, text
from convdemo.ui.asking import LAST
from convdemo.ui.components import Example, Numbers, Words
from convdemo.ui.guard import Guard
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among
from convdemo.ui.wire import Refused

SEEDS = 1_000_000
NONE = {"right": 0, "asked": 0, "streak": 0}
# In the browser: what is kept there, and what its address asks.
KEPT = "convdemo.exercises"
BEGIN = f"""(token, _, kind) => {{
  let kept = "";
  try {{ kept = localStorage.getItem("{KEPT}") ?? ""; }} catch {{}} // it may be forbidden
  return [token, new URLSearchParams(location.search).get("exercise") ?? "", kind, kept];
}}"""
KEEP = f"""(score) => {{ try {{ localStorage.setItem("{KEPT}", score); }} catch {{}} }}"""
LINK = """(token) => {
  const found = new URL(location.href);
  [found.search, found.hash] = [new URLSearchParams({ exercise: token }), ""];
  return found.href;
}"""
# The keyboard goes on with what comes next.
FOCUS = """() => setTimeout(() => [...document.querySelectorAll(
  "#lesson-exercise :is(.cd-answer :is(input, textarea), .cd-choices input, .cd-next:is(button))")]
  .find((one) => one.offsetParent && !one.disabled)?.focus(), 60)"""


def drawn(kind: str, last: str = "") -> str:
    """The token of a new question of a kind, of another one than the last for ""."""
    others = [one for one in QUESTIONS if not last.startswith(f"{one}-")]
    name = among(kind, QUESTIONS) if kind else random.choice(others)
    return f"{name}-{random.randrange(SEEDS)}"


def asked_by(token: str) -> Question:
    """The question of a token; Refused where it names none."""
    try:
        return exercises.from_token(token if isinstance(token, str) and len(token) < 200 else "")
    except ValueError as error:
        raise Refused("lessons_link") from error


def question(asked: Question, said: str = "") -> Example:
    """A question as it is shown, its answer not in it."""
    values = {name: told(name, one) for name, one in asked.values.items() if not is_grid(one)}
    layers = asked.operations if asked.kind == "receptive_field" else ()
    blocks = [
        Words((f"lessons.exercise.{asked.kind}", values), name="question"),
        *(
            Words(
                (
                    f"lessons.exercise.layer.{one.kind}",
                    {"kernel": one.kernel[0], "stride": one.stride[0]},
                ),
                "formula",
                "layer",
            )
            for one in layers
        ),
        *(
            grid(one, f"lessons.exercise.grid.{name}", signed=name == "output")
            for name, one in asked.values.items()
            if is_grid(one)
        ),
    ]
    if asked.kind == "kernel_of":
        blocks.append(Words("lessons.exercise.choices", "quiet"))
        for place, name in enumerate(asked.choices):
            title = (
                "lessons.exercise.choice",
                {"number": place + 1, "name": f"@lessons.kernel.{name}"},
            )
            blocks.append(grid(KERNELS[2][name].round(2).tolist(), title))
    return Example(tuple(blocks), said)


def grid(rows: list[list[float]], title: Any, *, signed: bool = True) -> Numbers:
    """Rows of numbers on squares."""
    return Numbers(tuple(map(tuple, rows)), title, signed)


def grade(token: str, given: Any) -> tuple[bool, Example]:
    """Whether that is the answer to the question of a token, and how it is found."""
    asked = asked_by(token)
    if isinstance(given, str) and len(given) > 200:
        raise Refused("request")
    if exercises.number_of(given) is None:
        raise Refused("lessons_answer")
    right = exercises.grade(asked, given)
    solution = {name: told(name, one) for name, one in asked.solution.items() if not is_grid(one)}
    verdict = (
        f"lessons.exercise.is_{'right' if right else 'wrong'}",
        {"answer": solution["answer"]},
    )
    blocks = (
        Words(verdict, "right" if right else "wrong", "verdict", aloud=True),
        Words((f"lessons.exercise.{asked.kind}.solution", solution), "quiet", "solution"),
    )
    return right, Example(blocks)


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


def counted(kept: str) -> dict[str, int]:
    """The score that a browser has kept, nothing for what is none."""
    try:
        found = json.loads(kept)
        score = {name: found[name] for name in NONE}
    except (ValueError, TypeError, KeyError, RecursionError):
        return dict(NONE)
    whole = all(type(one) is int and 0 <= one < 10**9 for one in score.values())
    return score if whole and score["right"] <= score["asked"] else dict(NONE)


def scored(score: dict[str, int], right: bool) -> dict[str, int]:
    """The score after another answer."""
    return {
        "right": score["right"] + right,
        "asked": score["asked"] + 1,
        "streak": score["streak"] + 1 if right else 0,
    }


def board(score: dict[str, int]) -> Example:
    """The score in words."""
    right = Words(("lessons.exercise.right_of", score), name="score")
    return Example((right, Words(("lessons.exercise.streak_of", score), name="streak")))


def put(token: str, said: str = "") -> list[Any]:
    """A question in its place, nothing answered: what `shown` in `lay_out` lists."""
    asked = asked_by(token)
    many = len(asked.choices)
    # Kernels are numbered in the question; choices of numbers are what they are called.
    names = [
        str(n + 1) if asked.kind == "kernel_of" else one for n, one in enumerate(asked.choices)
    ]
    return [
        token,
        question(asked, said),
        gr.Textbox("", visible=not many, interactive=True),
        gr.Button(visible=not many, interactive=True),
        gr.Radio(
            list(zip(names, range(many), strict=True)),
            value=None,
            visible=bool(many),
            interactive=True,
        ),
        Example(()),
        False,
    ]


def lay_out(texts: page.Texts, _: Guard) -> None:
    """The question, its answer, and the score."""
    with parts.lesson(texts, "exercise") as fold, gr.Row(elem_classes="cd-lesson-body"):
        with parts.controls():
            kind = gr.Dropdown(kinds(texts.language), value="", filterable=False, interactive=True)
            texts.add(kind, label="lessons.exercise.kind", choices=kinds)
            score = parts.worked()
            link = gr.Textbox(
                interactive=False, buttons=["copy"], max_lines=1, elem_classes="cd-link"
            )
            texts.add(link, label="lessons.exercise.link")
            with parts.folded(texts, "lessons.more"):
                clear = gr.Button(elem_classes="cd-clear")
            texts.add(clear, value="lessons.exercise.clear")
        with parts.stage():
            asked = parts.worked()
            with gr.Row(elem_classes="cd-saves"):
                answer = gr.Textbox(
                    visible=False, max_lines=1, min_width=160, scale=0, elem_classes="cd-answer"
                )
                check = gr.Button(visible=False, variant="primary", min_width=0)
                choices = gr.Radio(visible=False, elem_classes="cd-choices")
            for one in (answer, choices):
                texts.add(one, label="lessons.exercise.answer")
            texts.add(check, value="lessons.exercise.check")
            verdict = parts.worked()
            with gr.Row(elem_classes="cd-saves"):
                follow = gr.Button(min_width=0, elem_classes="cd-next")
            texts.add(follow, value="lessons.exercise.next")
    token, kept = (gr.Textbox(visible="hidden") for _ in range(2))
    done = gr.State(True)  # whether the question was answered, or there is none
    shown = [token, asked, answer, check, choices, verdict, done]

    def begin(token: str, linked: str, kind: str, kept: str) -> Any:
        total = [kept, board(counted(kept))]
        if token:  # it was only folded
            return [*[gr.skip()] * len(shown), *total]
        try:
            return [*put(linked or drawn(kind)), *total]
        except Refused as error:
            return [*put(drawn(kind), f"problem.{error.problem}"), *total]

    def graded(token: str, given: Any, done: bool, kept: str) -> Any:
        if done:
            return [gr.skip()] * len(results)
        try:
            right, told = grade(token, given)
        except Refused as error:
            return Example(said=f"problem.{error.problem}"), *[gr.skip()] * (len(results) - 1)
        score = scored(counted(kept), right)
        closed = gr.update(interactive=False)
        return told, json.dumps(score), board(score), True, closed, closed, closed

    quick: dict[str, Any] = {**LAST, "concurrency_limit": 4}
    fold.expand(begin, [token, link, kind, kept], [*shown, kept, score], js=BEGIN, **quick)
    # A list that the Tab key passes has an `input`, too, but no `change`.
    asking = gr.on(
        [kind.change, follow.click],
        lambda *asked: put(drawn(*asked)),
        [kind, token],
        shown,
        **quick,
    )
    asking.then(None, None, None, js=FOCUS)
    results = [verdict, kept, score, done, answer, check, choices]
    for trigger, given in (
        (check.click, answer),
        (answer.submit, answer),
        (choices.input, choices),
    ):
        trigger(graded, [token, given, done, kept], results, **quick).then(
            None, None, None, js=FOCUS
        )
    clear.click(lambda: (json.dumps(NONE), board(NONE)), None, [kept, score], **quick)
    token.change(None, token, link, js=LINK)
    kept.change(None, kept, None, js=KEEP)


def kinds(language: str) -> list[tuple[str, str]]:
    """What may be asked, by name."""
    names = [(text.say(language, f"lessons.exercise.{one}.name"), one) for one in QUESTIONS]
    return [(text.say(language, "lessons.exercise.mixed"), ""), *names]
