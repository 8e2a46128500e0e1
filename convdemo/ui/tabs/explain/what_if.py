"""What if: channels of a stage ranked by what the answer loses without each, and switched off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.ui import guard, text
from convdemo.ui.asking import LAST
from convdemo.ui.components import Answer, ProbabilityBars
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.explain_request import stage_of, subject, target_of
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution_methods import Progress

RANKED = 10  # channels that are listed
FIVE = 5
NOTHING = 0.005  # half a point: less is not worth a sentence
SHOWN = 0.0005  # what is not 0.0 points
Ranking = tuple[tuple[int, float], ...]


def important(
    context: Context, request: Mapping[str, Any], progress: Progress | None = None
) -> tuple[Ranking, str, str]:
    """The channels of {"stage"}, those first without which the {"target"} falls most, and how far;
    the target, and code for it.
    """
    from convdemo.explain.attribution_methods import no_progress
    from convdemo.explain.channel_ablation import importance

    query = subject(context, request)
    stage = stage_of(query, request)
    found = query.subject
    target = target_of(query, request) or found.label
    progress = progress or no_progress
    ranked = importance(found.network, found.x, stage, found.place(target), progress)
    code = f"""{query.code}
from convdemo import channel_importance

place = subject.place({target!r})
for channel, fall in channel_importance(subject.network, subject.x, {stage!r}, place)[:10]:
    print(channel, f"{{fall:+.4f}}")
"""
    return tuple(ranked), target, code


def switched(
    context: Context, request: Mapping[str, Any], off: Collection[int]
) -> tuple[dict[str, float], str]:
    """Probabilities while those channels of {"stage"} are zero, and code for it."""
    from convdemo.explain.channel_ablation import without_channels

    query = subject(context, request)
    stage = stage_of(query, request)
    try:
        found = without_channels(query.subject.network, query.subject.x, stage, frozenset(off))
    except ValueError as error:
        raise Refused("request") from error
    code = f"""{query.code}
from convdemo import without_channels

found = without_channels(subject.network, subject.x, {stage!r}, frozenset({sorted(off)!r}))
for name, probability in zip(subject.classes, found.tolist(), strict=True):
    print(f"{{name:12}} {{probability:.4f}}")
"""
    return dict(zip(query.subject.classes, found.tolist(), strict=True)), code


def points(fall: float) -> str:
    """A fall of a probability in points of a hundred."""
    return f"{abs(fall) * 100:.{1 if abs(fall) < 0.0995 else 0}f}"


def ranks(ranking: Ranking, target: str) -> Answer:
    """The channels that matter most, with how far the probability falls, and what rises."""
    channel, fall = ranking[0]
    aim = panel.named(target)
    told: Sentence = ("explain.what_if.none_matters", {"label": aim})
    if fall >= NOTHING:
        values = {"channel": channel, "label": aim, "points": points(fall)}
        told = ("explain.what_if.falls", values)
    listed = [one for one in ranking[:RANKED] if abs(one[1]) >= SHOWN]
    rising = [
        ("explain.what_if.rises", {"channel": one, "label": aim, "points": points(fall)})
        for one, fall in listed
        if fall < 0
    ]
    falls = {str(one): fall for one, fall in listed if fall > 0}
    return Answer(falls, sentence=told, details=tuple(rising))


def answer(seen: Seen, probabilities: Mapping[str, float], off: int, of: int) -> Answer:
    """What is read now, beside what was read before."""
    label = max(probabilities, key=lambda name: probabilities[name])
    before = dict(zip(seen.classes, seen.probabilities, strict=True))

    def percent(share: float) -> str:
        return f"{min(share, 0.999):.1%}"

    values = {
        "label": panel.named(label),
        "percent": percent(probabilities[label]),
        "before": panel.named(seen.label),
        "before_percent": percent(before[seen.label]),
        "off": off,
        "of": of,
    }
    key = "all" if not off else "still" if label == seen.label else "now"
    few = [*seen.likeliest(panel.LIKELIEST if len(before) > panel.FEW else panel.FEW), label]
    return Answer(
        {name: probabilities[name] for name in few}, label, (f"explain.what_if.reads_{key}", values)
    )


def build(around: Around) -> None:
    """The panel: layout and wiring."""
    texts, context, visitor = around.texts, around.context, around.visitor
    words = text.words("explain.what_if.", "class.")
    with panel.panel(around, "what_if") as own:
        again = panel.again(around)
        stage = gr.Dropdown([], interactive=True, filterable=False)
        with gr.Row(elem_classes="cd-three"):
            with gr.Column():
                texts.heading("explain.what_if.ranking")
                texts.line("explain.what_if.ranks")
                ranked = ProbabilityBars(scaled=True, words=words, elem_id="explain-ranks")
            with gr.Column():
                texts.heading("explain.what_if.board")
                with gr.Row():
                    all_on, all_off, five = (gr.Button(size="sm", min_width=40) for _ in range(3))
                board = gr.CheckboxGroup(
                    [], interactive=True, show_label=False, elem_id="explain-board"
                )
            with gr.Column():
                texts.heading("explain.what_if.answer")
                bars = ProbabilityBars(words=words, elem_id="explain-switched")
        code = around.texts.code("explain.what_if.code")
    texts.add(stage, label="explain.what_if.stage")
    texts.add(board, label="explain.what_if.board")
    for button, key in ((all_on, "all_on"), (all_off, "all_off"), (five, "five")):
        texts.add(button, value=f"explain.what_if.{key}")
    ranking = gr.State(())

    def parts(tell: Tell, seen: Seen, stage: str) -> Iterator[tuple[Any, ...]]:
        if not seen.with_maps():
            yield "explain.what_if.no_stages", (), None, ""
            return
        request = seen.request(visitor, stage=seen.stage(stage))
        found, target, lines = important(context, request, tell)
        yield None, found, ranks(found, target), lines

    triggers = [own.seen.change, stage.input]
    own.work(triggers, parts, [stage], [ranking, ranked, code], again)
    _switches(around, own, (stage, board, bars, code), (all_on, all_off, five), ranking)


def _switches(
    around: Around,
    own: panel.Panel,
    parts: tuple[Any, ...],
    buttons: tuple[Any, ...],
    ranking: gr.State,
) -> None:
    """What happens when channels are switched."""
    stage, board, bars, code = parts
    all_on, all_off, five = buttons
    context, visitor = around.context, around.visitor

    def offered(language: str, seen: Seen, chosen: str, on: list[str], built: str) -> list[Any]:
        """The stages, and a switch for every channel: they stay for another picture."""
        name = seen.stage(chosen)
        now = f"{seen.model} {name}"
        count = seen.channels(name) if name else 0
        every = [str(channel) for channel in range(count)]
        switches = gr.skip() if built == now else gr.CheckboxGroup(every, value=every)
        stages = panel.stage_choices(language, seen)
        return [gr.Dropdown(stages, value=name, visible=bool(stages)), switches, now]

    built = gr.State("")
    given = [stage, board, built]
    own.offer(offered, given, given, [stage.input])

    def switch(seen: Seen | None, stage: str, on: list[str]) -> Any:
        name = seen.stage(stage) if seen else None
        if seen is None or name is None:
            return None, gr.skip()
        count = seen.channels(name)
        off = [channel for channel in range(count) if str(channel) not in on]
        if not off:
            before = dict(zip(seen.classes, seen.probabilities, strict=True))
            return answer(seen, before, 0, count), gr.skip()
        try:
            found, lines = switched(context, seen.request(visitor, stage=name), off)
        except Refused as error:
            return Answer({}, sentence=guard.told(error)), ""
        return answer(seen, found, len(off), count), lines

    gr.on(
        [board.change, own.seen.change],
        switch,
        [own.seen, stage, board],
        [bars, code],
        **LAST,
    )

    def every(seen: Seen | None, stage: str) -> list[str]:
        count = seen.channels(seen.stage(stage)) if seen else 0
        return [str(channel) for channel in range(count)]

    def without(seen: Seen | None, stage: str, ranking: Ranking | None) -> list[str]:
        most = [str(channel) for channel, _ in (ranking or ())[:FIVE]]
        return [one for one in every(seen, stage) if one not in most]

    all_on.click(every, [own.seen, stage], board, **LAST)
    all_off.click(list, None, board, **LAST)
    five.click(without, [own.seen, stage, ranking], board, **LAST)
