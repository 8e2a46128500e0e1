"""The lab report of what the Explain tab shows: maps of a stage, and why a class was read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.ui import lab_report, text, wire
from convdemo.ui.context import Context
from convdemo.ui.explain_request import subject
from convdemo.ui.tabs.explain import why

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(context: Context, language: str, source: str, model: str | None, visitor: str) -> Path:
    """A zip: the maps of the last stage with any, and those of the methods that are on at first;
    of a network that others trained, which is slow, only the first.
    """
    from convdemo.explain.attribution_methods import METHODS
    from convdemo.explain.drawn import explanation_of
    from convdemo.explain.feature_maps import feature_maps
    from convdemo.export.report import Seen, write_seen
    from convdemo.images.figures import maps

    request = {**wire.parsed(source), "model": model, "visitor": visitor}
    query = subject(context, request)
    one, card = query.subject, query.subject.card
    speech = lab_report.speech(language)
    classes = [one if card and card.job == "custom" else speech.name(one) for one in one.classes]
    figures: dict[str, Figure] = {}
    stages = one.stages()
    if stages:
        stage = one.stage_with_maps(None)
        found = {made.name: made for made in feature_maps(one.network, one.x)}[stage]
        drawn = maps(found.values.numpy(), title=f"{one.model} · {stage}", look=speech.look)
        figures[speech.say("maps")] = drawn
    usable = [name for name in why.BEGIN if stages or not METHODS[name].staged]
    codes = [query.code]
    for method in usable if card else usable[:1]:
        _, made = why.attribute(context, {**request, "method": method})
        heading = text.say(language, f"explain.method.{method}")
        figures[heading] = explanation_of(one, made, classes, speech.words, speech.look)
        code = why.code_of(query, made).removeprefix(query.code)
        codes.append(code.replace("map.png", f"{method}.png"))
    place = one.place(None)
    share = f"{min(one.probabilities[place], 0.999):.1%}"
    seen = Seen(
        text.say(language, "tab.explain"),
        [speech.say("read", model=one.model, label=classes[place], share=share)],
        {"picture": lab_report.picture_named(request), "model": one.model, "class": one.label},
        figures,
        "".join(codes),
    )
    return write_seen(lab_report.place("explain"), speech, seen)
