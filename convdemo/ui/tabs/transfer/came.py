"""What came of trainings in words: the list of all, their intervals, what was misread, advice."""

import math
from typing import Any

import gradio as gr
import numpy as np

from convdemo.data.image_folders.findings import PhotoSetError
from convdemo.transfer.results import Result
from convdemo.ui import answers, page, text
from convdemo.ui.picture_choice import PRESSED
from convdemo.ui.tabs.transfer.bench import Bench, fill
from convdemo.ui.tabs.transfer.learn import LINE

MANY = 1000  # photos of a class from which on there are many
QUADRANTS = ("small_similar", "large_similar", "small_different", "large_different")


def results_of(
    bench: Bench, visitor: str, language: str, chosen: str | None, new: str | None = None
) -> list[Any]:
    """All results and more of the one that is chosen, else the last: what `Came.all` shows."""
    found = bench.came(visitor)
    wanted = [one for key in (new, chosen) for one in found if one.id == key]
    one = next(iter([*wanted, *found[::-1]]), None)
    value: Any = {} if one is None or one.id == chosen else {"value": one.id}
    photos = bench.desk(visitor, language).album.gathered()
    digest = "" if isinstance(photos, PhotoSetError) else photos.digest
    number, photos = ("", []) if one is None else misread(language, one)
    lines = [(in_lines(language, place, one), one.id) for place, one in enumerate(found, start=1)]
    return [
        "" if found else text.say(language, "transfer.nothing_yet"),
        gr.update(choices=lines[::-1], visible=bool(found), **value),
        intervals(language, found),
        "" if one is None else of_mistakes(language, found, one),
        number,
        gr.update(value=photos, visible=bool(photos)),
        advice(language, found, digest),
        gr.update(visible=bool(found)),
        "" if one is None else code_of(one),
    ]


def code_of(result: Result) -> str:
    """The Python and the command that train the same."""
    return f"# {result.command}\n\n{result.code}"


def kind_of(result: Result) -> str:
    """By what a result has its colour: the way to learn, or that a mistake was made."""
    traps = result.told["plan"]["traps"]
    return "trap" if any(traps.values()) else result.told["plan"]["mode"]


def in_lines(language: str, place: int, result: Result) -> str:
    """What was trained, how well it reads the photos that validate, and what it took."""
    told, plan = result.told, result.told["plan"]
    scratch = plan["mode"] == "scratch"
    title = f"@transfer.network.{plan['network']}" if scratch else f"@|{told['title']}"
    counts = {name: answers.short(told[name]) for name in ("trained", "frozen")}
    low, high = (f"{100 * told[name]:.0f}" for name in ("low", "high"))
    took = "transfer.took_kept" if told["features_kept"] else "transfer.took"
    lines = (
        (f"transfer.row.{plan['mode']}", {"number": place, "title": title}),
        ("transfer.reached", {"right": told["right"], "of": told["of"], "low": low, "high": high}),
        (took, {"seconds": f"{told['seconds']:.3g}", **counts, "photos": told["photos"]}),
    )
    return "\n".join(text.say(language, key, **values) for key, values in lines)


def intervals(language: str, found: list[Result]) -> dict[str, Any]:
    """Each result as a point on its 95 % interval, in percent, for INTERVALS."""
    rows = [
        {
            "number": place,
            "kind": kind_of(one),
            "name": text.say(language, f"transfer.kind.{kind_of(one)}"),
            "at": round(100 * one.told["accuracy"], 1),
            "low": round(100 * one.told["low"], 1),
            "wide": round(100 * (one.told["high"] - one.told["low"]), 1),
        }
        for place, one in enumerate(found, start=1)
    ]
    said = {key: text.say(language, f"transfer.chart_{key}") for key in ("alt", "note")}
    return {"rows": rows[::-1], **said}


def of_mistakes(language: str, found: list[Result], result: Result) -> str:
    """Why a mistake that was made on purpose is one, beside the same training without it."""

    def key(one: Result) -> Any:
        return one.told["digest"], {**one.told["plan"], "traps": None}

    made = [name for name, on in result.told["plan"]["traps"].items() if on]
    without = [one for one in found if kind_of(one) != "trap" and key(one) == key(result)]
    lines = [text.say(language, f"transfer.trap.{name}.result") for name in made]
    if made and without:
        told = without[-1].told
        beside = text.say(language, "transfer.trap_beside", right=told["right"], of=told["of"])
        return " ".join([*lines, beside])
    return " ".join([*lines, *[text.say(language, "transfer.trap_alone")] * bool(made)])


def misread(language: str, result: Result) -> tuple[str, list[tuple[np.ndarray, str]]]:
    """How many photos were misread, and each with what it was taken for."""
    photos = [
        (
            one.pixels,
            text.say(
                language,
                "transfer.misread_as",
                label=f"@class.{one.label}|{one.label}",
                read=f"@class.{one.read}|{one.read}",
                percent=f"{min(100 * one.probability, 99.9):.1f}%",
            ),
        )
        for one in result.misread
    ]
    key = "transfer.misread" if photos else "transfer.misread_none"
    return text.say(language, key, photos=len(photos)), photos


def advice(language: str, found: list[Result], digest: str) -> dict[str, Any]:
    """Where photos stand among the four cases, as the last training on them found, for ADVICE."""
    measured = [one for one in found if one.told["advice"] and one.told["digest"] == digest]
    last = measured[-1].told["advice"] if measured else None
    here = last and last["quadrant"]
    said = {
        "words": text.say(
            language, f"transfer.quadrant.{here}.do" if here else "transfer.advice_none"
        ),
        **{
            key: text.say(language, f"transfer.{key}")
            for key in ("axis_similar", "axis_photos", "advice_how")
        },
    }
    cells = [
        {
            "here": "here" if name == here else "",
            "name": text.say(language, f"transfer.quadrant.{name}"),
            "short": text.say(language, f"transfer.quadrant.{name}.short"),
        }
        for name in QUADRANTS
    ]
    if last is None:
        return {**said, "cells": cells, "measured": ""}
    photos = last["photos_of_a_class"]
    # Few photos to the left of the middle, many to its right, both on a scale of powers of ten.
    share = math.log10(max(photos, 1)) / math.log10(MANY) / 2
    share = share if photos <= MANY else 0.5 + math.log10(photos / MANY) / 2
    values = {"right": f"{100 * last['right']:.0f}%", "separation": f"{last['separation']:.2f}"}
    return {
        **said,
        "cells": cells,
        "left": round(100 * min(0.97, max(0.03, share)), 1),
        "top": round(100 * min(0.96, max(0.04, 1 - last["separation"])), 1),
        "measured": text.say(
            language,
            "transfer.advice_measured",
            photos=f"{photos:.1f}".removesuffix(".0"),
            **values,
        ),
    }


class Came:
    """What is below the columns."""

    def __init__(self, bench: Bench, texts: page.Texts, visitor: str) -> None:
        texts.heading("transfer.results")
        nothing = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
        with gr.Row(elem_classes="cd-came"):
            with gr.Column():
                self.chosen = gr.Radio(visible=False, interactive=True, elem_classes="cd-rows")
                self.report = gr.Row(visible=False)  # where its button goes
            with gr.Column():
                drawn = gr.HTML(**page.template("transfer_intervals"))
                mistakes = gr.HTML(**LINE, elem_classes="cd-line")
                number = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
                self.misread = gr.Gallery(
                    visible=False,
                    columns=4,
                    interactive=False,
                    elem_classes="cd-misread",
                    **PRESSED,
                )
        texts.heading("transfer.advice")
        quadrants = gr.HTML(**page.template("transfer_advice"), elem_classes="cd-advice")
        code = texts.code("transfer.code")
        texts.add(self.chosen, label="transfer.results")
        texts.add(self.misread, label="transfer.misread_open")
        below = [self.misread, quadrants, self.report, code]
        self.all = [nothing, self.chosen, drawn, mistakes, number, *below]
        fill(self.all, results_of(bench, visitor, texts.language, None))
