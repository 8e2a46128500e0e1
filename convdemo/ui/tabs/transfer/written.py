"""The lab report of a training: what it reached, with what, and what it misread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.ui import lab_report, text
from convdemo.ui.tabs.transfer import came
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from matplotlib.figure import Figure


OF_OUTCOME = ("epochs", "device", "trained", "frozen", "seconds")  # beside what was asked for


def report(bench: Bench, language: str, chosen: str | None, visitor: str) -> Path:
    """A zip of one of the visitor's own results."""
    from convdemo.export.report import Seen, curves_of, finished, write_seen
    from convdemo.images.figures import confusion, tiles

    found = bench.came(visitor)
    place = next((at for at, one in enumerate(found) if one.id == chosen), None)
    if place is None:
        raise Refused("request")
    result, speech = found[place], lab_report.speech(language)
    told, look = result.told, speech.look
    counts = [f"{speech.name(one)} {a} + {b}" for one, (a, b) in told["of_classes"].items()]
    figures: dict[str, Figure] = {}
    if ends := finished(result.records):
        kept = [one["epoch"] for one in ends if one["best"]]  # a head alone is that of its last
        figures[speech.say("curves")] = curves_of(result.records, kept[-1] if kept else None, look)
    classes = [speech.name(one) for one in told["classes"]]
    figures[speech.say("confusion")] = confusion(told["confusion"], classes, look=look)
    counted, photos = came.misread(language, result)
    if photos:
        images, captions = zip(*photos, strict=True)
        lines = [[one] for one in captions]
        figures[speech.say("misread")] = tiles(images, lines, look=look)
    seen = Seen(
        text.say(language, "tab.transfer"),
        [
            *came.in_lines(language, place + 1, result).split("\n"),
            speech.say("of_classes", counts=", ".join(counts)),
            *filter(None, [came.of_mistakes(language, found, result)]),
            *([] if photos else [counted]),
        ],
        {"model": result.name, **told["plan"], **{one: told[one] for one in OF_OUTCOME}},
        figures,
        came.code_of(result),
    )
    return write_seen(lab_report.place("transfer"), speech, seen)
