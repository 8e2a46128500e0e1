"""Can I believe it: one map put to the test, a verdict, the checks behind it, and the curves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.ui import text
from convdemo.ui.asking import EACH
from convdemo.ui.components import Answer, Chart, Curves, Line, ProbabilityBars
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel, why
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution import Attribution
    from convdemo.explain.attribution_methods import Progress
    from convdemo.explain.faithfulness import Faithfulness
    from convdemo.ui.explain_request import ExplainRequest

MARKS = {"map": 0, "random": 3, "edges": 4}  # the colours of the lines


def judged(
    context: Context, request: Mapping[str, Any], progress: Progress | None = None
) -> tuple[ExplainRequest, Attribution, Faithfulness]:
    """How far the map of {"method" ...} can be believed."""
    from convdemo.explain import faithfulness
    from convdemo.explain.attribution_methods import no_progress, part_of

    progress, share = progress or no_progress, faithfulness.MAP_SHARE
    query, found = why.attribute(context, request, part_of(progress, 0, share))
    if found.empty is not None or request.get("remedy") is True:
        raise Refused("explain_nothing_to_trust")
    rest = part_of(progress, share, 1)
    return query, found, faithfulness.evaluate_map(found.method, found.query, found.heat, rest)


def told(found: Attribution, judgement: Faithfulness) -> dict[str, Any]:
    """A verdict for programs."""
    from convdemo.explain.faithfulness import STEPS

    return {
        "method": found.method.name,
        "target": found.target,
        "steps": STEPS,
        **asdict(judgement),
    }


def code_of(query: ExplainRequest, found: Attribution) -> str:
    """Python that judges the same map."""
    return f"""{query.code}
from convdemo import attribute, evaluate_map

found = attribute(subject, {why.named_parts(found)})
faithfulness = evaluate_map(found.method, found.query, found.heat)
print(faithfulness.verdict)
for name, curve in faithfulness.deletion.items():
    print(f"deletion {{name:6}} area {{curve.area:.4f}}")
print(f"likeness to the map of an untrained network {{faithfulness.similarity:.3f}}")
"""


def verdict(found: Attribution, judgement: Faithfulness) -> Answer:
    """The verdict, the reason, and the checks."""
    aim = panel.named(found.target)
    failed = next((check.name for check in judgement.checks if not check.passed), "")
    key = f"distrust.{failed}" if judgement.verdict == "distrust" else judgement.verdict
    checks: list[Sentence] = [why.about(found, "explain.trust.about")]
    for check in judgement.checks:
        values = check.values
        told = f"explain.trust.check.{check.name}.{'passed' if check.passed else 'failed'}"
        gaps = {
            "target": aim,
            "percent": f"{min(values.get('probability', 0), 0.999):.1%}",
            "area": f"{values.get('area', 0):.3f}",
            "random": f"{values.get('random', 0):.3f}",
            "similarity": _small(values.get("similarity", 0)),
        }
        checks.append((told, gaps))
    figures: list[Sentence] = []
    for name in ("infidelity", "sensitivity"):
        value = f"{getattr(judgement, name):.3g}"
        line = {"name": f"@explain.trust.{name}", "value": value}
        figures.append(("explain.trust.figure", {**line, "why": f"@explain.trust.{name}.why"}))
    told = (f"explain.trust.{key}", {"target": aim})
    verdict = f"verdict.{judgement.verdict}"
    return Answer({}, verdict, told, tuple(checks), tuple(figures))


def _small(value: float) -> str:
    """Two decimals, but none that says nothing is left where something is."""
    return f"{value:.2f}" if value >= 0.005 or value == 0 else "< 0.01"


def charts(found: Attribution, judgement: Faithfulness) -> tuple[Chart, Chart]:
    """The probability as what the map marks goes, and as it comes."""

    def chart(name: str, curves: Mapping[str, Any]) -> Chart:
        def line(kind: str) -> Line:
            values = curves[kind].values
            shares = tuple(place / (len(values) - 1) for place in range(len(values)))
            told = {"line": f"@explain.trust.line.{kind}", "area": f"{curves[kind].area:.3f}"}
            return Line(("explain.trust.area", told), shares, tuple(values), MARKS[kind])

        return Chart(
            tuple(map(line, MARKS)),
            f"explain.trust.{name}",
            f"explain.trust.{name}_axis",
            "share",
            "share",
            y_range=(0, 1),
        )

    return chart("deletion", judgement.deletion), chart("insertion", judgement.insertion)


def build(around: Around) -> None:
    """The panel: layout and wiring."""
    texts, given = around.texts, around.given
    words = text.words("explain.trust.", "explain.method.", "explain.stage.", "class.")
    with panel.panel(around, "trust") as own:
        which = texts.add(gr.Radio([], interactive=True), label="explain.why.methods")
        again = panel.again(around)
        bars = ProbabilityBars(words=words, elem_id="explain-verdict")
        curves = Curves(words=words)
        with texts.fold("explain.trust.more"):
            for one in ("deletion", "insertion", "weights", "figures", "honest"):
                texts.line(f"explain.trust.more.{one}")
        code = around.texts.code("explain.trust.code")

    def offered(language: str, seen: Seen, methods: list[str], chosen: str | None) -> Any:
        names = why.usable(seen, methods)
        value = chosen if chosen in names else next(iter(names), None)
        return gr.Radio(why.method_choices(language, names), value=value)

    def parts(
        tell: Tell,
        seen: Seen,
        methods: list[str],
        method: str | None,
        target: str,
        against: str,
        stage: str,
    ) -> Iterator[tuple[Any, ...]]:
        usable = why.usable(seen, methods)
        if not usable:
            yield "explain.trust.nothing", None, None, ""
            return
        method = method if method in usable else usable[0]
        asked = why.asked_of(seen, method, target, against, stage)
        request = seen.request(around.visitor, **asked)
        yield gr.skip(), None, None, ""  # figures are never left beside another map
        query, found, judgement = judged(around.context, request, tell)
        yield None, verdict(found, judgement), charts(found, judgement), code_of(query, found)

    inputs = [given["methods"], which, given["target"], given["against"], given["stage"]]
    changes = [given[one].input for one in ("methods", "target", "against", "stage")]
    wished = gr.State(None)  # another map is to be judged
    triggers = [own.seen.change, which.input, wished.change, *changes]
    own.work(triggers, parts, inputs, [bars, curves, code], again)
    own.offer(offered, [which], [given["methods"], which], [given["methods"].input])

    def believed(event: gr.EventData, language: str, seen: Seen | None, shown: list[str]) -> Any:
        method, action = why.picked(event, seen, shown)
        if action != "trust" or method is None or seen is None:
            return [gr.skip()] * 5
        radio = offered(language, seen, shown, method)
        return gr.Accordion(open=True), True, seen, radio, time.monotonic()

    asked = [around.language, around.seen, given["methods"]]
    outputs = [own.fold, own.opened, own.seen, which, wished]
    given["heat"].select(believed, asked, outputs, **EACH)
