"""Why this answer: what several methods say that a class was read from, side by side."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.images.render import picture_of
from convdemo.ui import text, wire
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import Heat, Heatmaps
from convdemo.ui.components.maps import packed
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.explain_request import ExplainRequest, chosen, stage_of, subject, target_of
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel
from convdemo.ui.tabs.explain.panel import Around, Panel, Seen
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution import Attribution
    from convdemo.explain.attribution_methods import Progress
    from convdemo.training.runs.store import RunFolder

Request = Mapping[str, Any]
BEGIN = ["grad_cam", "integrated_gradients", "occlusion"]  # the methods that are on at first
ID = "explain-heat"
# What can be done about a map that is empty.
REMEDIES = {"relu": "against", "one_place": "stage", "dead": "stage"}


def attribute(
    context: Context, request: Request, progress: Progress | None = None
) -> tuple[ExplainRequest, Attribution]:
    """The map of {"method"} for {"target"}, perhaps {"against"} another class, at {"stage"}; with
    {"remedy"} of what speaks against the class, where nothing speaks for it.
    """
    from convdemo.explain import attribution
    from convdemo.explain.attribution_methods import DEFAULT_METHOD, METHODS, no_progress

    query = subject(context, request)
    method = chosen({"method": DEFAULT_METHOD, **request}, "method", METHODS)
    target, against = target_of(query, request), target_of(query, request, "against")
    if against is not None and against == (target or query.subject.label):
        raise Refused("explain_same_class")
    stage = None
    if METHODS[method].staged:
        if not query.subject.stages():
            raise Refused("explain_no_stages", model=query.subject.model)
        stage = stage_of(query, request) if request.get("stage") else None
    key = (method, stage, target, against)
    found = query.made.get(key)
    if found is None:
        asked = {"stage": stage, "target": target, "against": against}
        progress = progress or no_progress
        found = attribution.attribute(query.subject, method, **asked, progress=progress)
        query.made[key] = found
    if found.empty == "relu" and request.get("remedy") is True:
        found = attribution.against_the_class(found)
    return query, found


def told(found: Attribution) -> dict[str, Any]:
    """A map for programs."""
    heat = found.heat
    return {
        "method": found.method.name,
        "stage": found.stage,
        "target": found.target,
        "against": found.against,
        "signed": found.method.signed,
        "map": packed(heat.numpy()[None], most=max(heat.shape)),
        "min": float(heat.min()),
        "max": float(heat.max()),
        "empty": found.empty,
        "seconds": found.seconds,
    }


def code_of(query: ExplainRequest, found: Attribution, *, remedied: bool = False) -> str:
    """Python that makes the same map and writes it down."""
    remedy = "found = against_the_class(found)  # its ReLU left nothing\n" if remedied else ""
    names = "against_the_class, attribute" if remedied else "attribute"
    return f"""{query.code}
from convdemo import {names}, colour_heat, encode_png

found = attribute(subject, {named_parts(found)})
{remedy}heat = found.heat.numpy()
print(found.target, heat.shape, f"{{heat.min():.4f}} to {{heat.max():.4f}}")
with open("map.png", "wb") as file:
    file.write(encode_png(colour_heat(heat, has_sign={found.method.signed})))
"""


def named_parts(found: Attribution) -> str:
    """The arguments that make the same map."""
    stage = f", stage={found.stage!r}" if found.stage is not None else ""
    against = f", against={found.against!r}" if found.against is not None else ""
    return f"{found.method.name!r}{stage}, target={found.target!r}{against}"


def about(found: Attribution, prefix: str = "explain.why.about") -> tuple[str, dict[str, str]]:
    """Of which class a map is, against which, and at which stage."""
    names = {"method": f"@explain.method.{found.method.name}", "target": panel.named(found.target)}
    if found.against is not None:
        return f"{prefix}_against", {**names, "against": panel.named(found.against)}
    if found.stage is not None:
        return f"{prefix}_stage", {**names, **panel.stage_words(found.stage)}
    return prefix, names


def heat_of(query: ExplainRequest, found: Attribution, seen: Seen, *, remedied: bool) -> Heat:
    """A map as it is shown, or why it is empty and what can be done."""
    name, values = found.method.name, about(found)[1]
    earlier = stage_before(seen, found.stage)
    actions: list[tuple[str, Sentence]] = []
    if found.empty:
        kind = REMEDIES.get(found.empty)
        if kind == "against" or (kind == "stage" and earlier):
            gaps = panel.stage_words(earlier or "")
            actions.append((kind, (f"explain.why.remedy.{kind}", gaps)))
    else:
        actions.append(("trust", "explain.why.trust"))
    if seen.filmed and not found.empty:
        actions.append(("film", "explain.why.gif"))
    why: Sentence = f"explain.method.{name}.why"
    if remedied:
        why = ("explain.why.remedied", values)
    took = ("explain.why.took", {"seconds": f"{found.seconds:.2f}"})
    names = [name, found.target, *(["not", found.against] if found.against else [])]
    return Heat(
        picture_of(query.subject.pixels.numpy()),
        None if found.empty else found.heat.numpy(),
        found.method.signed,
        name=f"explain.method.{name}",
        about=about(found),
        notes=() if found.empty else (why, took),
        empty=(f"explain.why.empty.{found.empty}", values) if found.empty else None,
        actions=tuple(actions),
        file="" if found.empty else re.sub(r"[^\w-]+", "_", "-".join(names)),
    )


def stage_before(seen: Seen, name: str | None) -> str | None:
    """The stage before that one whose maps have more than one place."""
    before = None
    for stage, _, places in seen.stages:
        if stage == name:
            return before
        before = stage if places > 1 else before
    return None


def maps(
    context: Context,
    visitor: str,
    tell: Tell,
    seen: Seen,
    methods: list[str],
    target: str,
    against: str,
    stage: str,
    remedied: list[str],
) -> Iterator[tuple[Any, ...]]:
    """The maps of all chosen methods, one after the other, and code for the one chosen last."""
    from convdemo.explain.attribution_methods import part_of

    chosen_ones = usable(seen, methods)
    count = len(chosen_ones)
    if not count:
        yield "explain.why.nobody", (), ""
        return
    shown = [Heat(name=f"explain.method.{one}") for one in chosen_ones]
    code = ""
    for place, method in enumerate(chosen_ones):
        asked, remedy = asked_of(seen, method, target, against, stage), method in remedied
        request = {**seen.request(visitor, **asked), "remedy": remedy}
        part = part_of(tell, place / count, (place + 1) / count)
        query, found = attribute(context, request, part)
        shown[place] = heat_of(query, found, seen, remedied=remedy)
        if method == methods[-1] or not code:
            code = code_of(query, found, remedied=remedy)
        told = None if seen.with_maps() else "explain.why.no_stages"
        yield told if place + 1 == count else gr.skip(), tuple(shown), code


def usable(seen: Seen, methods: Collection[str] | None = None) -> list[str]:
    """Those of the methods, or of all, that can be asked: some need a stage with maps."""
    from convdemo.explain.attribution_methods import METHODS

    there = [name for name, one in METHODS.items() if seen.with_maps() or not one.staged]
    return [name for name in there if methods is None or name in methods]


def asked_of(seen: Seen, method: str, target: str, against: str, stage: str) -> dict[str, Any]:
    """What is asked for a map, of what the model knows; nothing is compared with itself."""
    aim, other = seen.chosen(target), seen.chosen(against)
    other = None if other == (aim or seen.label) else other
    return {"method": method, "target": aim, "against": other, "stage": seen.stage(stage)}


def film(context: Context, request: Request) -> tuple[bytes, int]:
    """The map of {"method" ...} over the epochs of the run that made {"model"}, as a GIF, and the
    number of its frames.
    """
    from convdemo.explain.animation import animate
    from convdemo.explain.attribution_methods import METHODS

    query = subject(context, request)
    method = chosen(request, "method", METHODS)
    folder = run_of(context, request)
    if folder is None:
        raise Refused("explain_no_epochs", model=query.subject.model)
    stage = stage_of(query, request) if METHODS[method].staged and request.get("stage") else None
    try:
        target = target_of(query, request)
        return animate(folder, query.subject, method, stage=stage, target=target)
    except ValueError as error:
        raise Refused("explain_no_epochs", model=query.subject.model) from error


def run_of(context: Context, request: Request) -> RunFolder | None:
    """The visitor's run that put {"model"} in the model library, if it is still there."""
    name, visitor = wire.text(request, "model"), context.visitor(request)
    for folder in context.runs.all():
        if folder.state.saved == name and folder.run.owner == visitor:
            return folder
    return None


def method_choices(language: str, methods: Iterable[str]) -> panel.Choices:
    """Methods as they are chosen from."""
    return [(text.say(language, f"explain.method.{one}"), one) for one in methods]


def offered(language: str, seen: Seen, target: str, against: str, stage: str) -> list[Any]:
    """What there is to choose from for a picture and a model."""
    read = text.say(language, "explain.why.target_read", label=panel.named(seen.label))
    none = text.say(language, "explain.why.against_none")
    own = seen.chosen(target) or seen.label
    others = [one for one in panel.class_choices(language, seen, (none, "")) if one[1] != own]
    stages = panel.stage_choices(language, seen)
    other = seen.chosen(against) if against != own else None
    return [
        gr.Dropdown(
            panel.class_choices(language, seen, (read, "")), value=seen.chosen(target) or ""
        ),
        gr.Dropdown(others, value=other or ""),
        gr.Dropdown(stages, value=seen.stage(stage), visible=bool(stages)),
        gr.CheckboxGroup(method_choices(language, usable(seen))),
    ]


def build(around: Around) -> None:
    """The panel: layout and wiring."""
    texts = around.texts
    with panel.panel(around, "why") as own:
        with gr.Row(elem_classes="cd-fields"):
            target = gr.Dropdown([""], value="", interactive=True)
            against = gr.Dropdown([""], value="", interactive=True)
            stage = gr.Dropdown([], interactive=True, filterable=False)
            strength = gr.Slider(0, 100, 60, step=5, interactive=True, buttons=[])
        methods = gr.CheckboxGroup(
            method_choices(texts.language, BEGIN), value=BEGIN, interactive=True
        )
        _wire(around, own, (methods, target, against, stage), strength)
    controls = {"target": target, "against": against, "stage": stage, "methods": methods}
    for name, control in {**controls, "strength": strength}.items():
        texts.add(control, label=f"explain.why.{name}")


def _wire(around: Around, own: Panel, given: tuple[Any, ...], strength: gr.Slider) -> None:
    methods, target, against, stage = given
    again = panel.again(around)
    words = text.words("explain.why.", "explain.method.", "explain.stage.", "class.")
    heat = Heatmaps(words=words, elem_id=ID)
    filmed = Heatmaps(words=words)
    code = around.texts.code("explain.why.code")
    remedied = gr.State([])
    around.given.update(methods=methods, target=target, against=against, stage=stage, heat=heat)
    context, visitor = around.context, around.visitor

    def parts(tell: Tell, *asked: Any) -> Iterator[tuple[Any, ...]]:
        for told, shown, lines in maps(context, visitor, tell, *asked):
            yield told, shown, (), lines

    changed = [target.input, against.input, stage.input]
    triggers = [own.seen.change, methods.input, remedied.change, *changed]
    own.work(triggers, parts, [*given, remedied], [heat, filmed, code], again)
    own.offer(offered, [target, against, stage, methods], [target, against, stage], [target.input])
    gr.on([own.seen.change, *changed], list, None, remedied, **LAST)
    strength.input(
        None,
        strength,
        js=f"(share) => {{ document.getElementById('{ID}').style"
        ".setProperty('--strength', share / 100); }",
    )

    wished = gr.State(None)  # a method whose film is wanted

    def acted(event: gr.EventData, seen: Seen | None, shown: list[str], at: str, mended: list[str]):
        method, action = picked(event, seen, shown)
        if seen is None or method is None or action not in ("stage", "against", "film"):
            return gr.skip(), gr.skip(), gr.skip()
        if action == "film":
            return gr.skip(), gr.skip(), (method, time.monotonic())
        if action == "against":
            return gr.skip(), [*mended, method], gr.skip()
        return stage_before(seen, seen.stage(at)), [*mended, f"at {at}"], gr.skip()

    asked = [own.seen, methods, stage, remedied]
    heat.select(acted, asked, [stage, remedied, wished], **EACH)

    def films(tell: Tell, seen: Seen, wish: Any, aim: str, at: str) -> Iterator[tuple[Any, ...]]:
        if wish is None or not seen.filmed:
            return
        yield "explain.why.gif_working", ()
        asked = {"method": wish[0], "target": seen.chosen(aim), "stage": seen.stage(at)}
        data, _ = film(context, seen.request(visitor, **asked))
        name = f"explain.method.{wish[0]}"
        yield None, (Heat(film=data, name=name, file=f"{wish[0]}-film"),)

    own.work([wished.change], films, [wished, target, stage], [filmed], kind="film")


def picked(event: gr.EventData, seen: Seen | None, shown: list[str]) -> tuple[str | None, str]:
    """The method of the card whose button was pressed, and which button."""
    there = [] if seen is None else usable(seen, shown)
    place, action = event._data.get("place"), str(event._data.get("action"))
    known = isinstance(place, int) and 0 <= place < len(there)
    return (there[place] if known else None), action
