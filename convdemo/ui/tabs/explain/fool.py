"""Fool it: the picture changed ever more along one step, and the smallest change that fools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.images.render import picture_of
from convdemo.ui import text
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import Chart, Curves, Heat, Heatmaps, Line
from convdemo.ui.context import Context
from convdemo.ui.explain_request import subject
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution_methods import Progress

CODE = """
from convdemo import adversarial_example

attempt = adversarial_example(subject.network, subject.pixels, subject.mean, subject.std)
for name, found in (("one step", attempt.step), ("search", attempt.search)):
    print(name, found.size, subject.classes[found.label], f"{found.probability:.4f}")
"""


def fooled(
    context: Context, request: Mapping[str, Any], progress: Progress | None = None
) -> dict[str, Any]:
    """The smallest changes that change the answer, each a picture with what is said of it; and, for
    every step on the way, its size, the picture, and the probability of what was read at first.
    """
    from convdemo.explain.adversarial import fool
    from convdemo.explain.attribution_methods import no_progress

    query = subject(context, request)
    found = query.subject
    if found.card is None:
        raise Refused("explain_too_large", model=found.model)
    progress = progress or no_progress
    attempt = fool(found.network, found.pixels, found.mean, found.std, progress)
    smallest = []
    for way in ("step", "search"):
        one = getattr(attempt, way)
        label = found.classes[one.label]
        values = {"label": panel.named(label), "percent": _percent(one.probability)}
        key = f"explain.fool.{way}" if one.size is not None else f"explain.fool.{way}_none"
        told = (key, {**values, "size": _size(one.size or 0)})
        picture = None if one.pixels is None else picture_of(one.pixels.numpy())
        smallest.append(
            Heat(
                picture,
                notes=(told,) if picture is not None else (),
                empty=told if picture is None else None,
            )
        )
    return {
        "label": found.label,
        "sizes": list(attempt.sizes),
        "images": [picture_of(pixels) for pixels in attempt.pixels.numpy()],
        "labels": [found.classes[place] for place in attempt.labels],
        "probabilities": list(attempt.probabilities),
        "right": list(attempt.right),
        "smallest": smallest,
        "code": query.code + CODE,
    }


def _size(size: float) -> str:
    return f"{size:.3f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    return f"{min(share, 0.999):.1%}"


def tried(found: Mapping[str, Any], size: float | None = None) -> tuple[Heat, ...]:
    """The picture changed by that much, with what is read in it; to begin with by as much as
    changes the answer, so that something has happened.
    """
    sizes, labels, before = found["sizes"], found["labels"], found["label"]
    if size is None:
        place = next((at for at, one in enumerate(labels) if one != before), len(sizes) - 1)
    else:
        place = min(range(len(sizes)), key=lambda at: abs(sizes[at] - size))
    values = {
        "label": panel.named(labels[place]),
        "percent": _percent(found["probabilities"][place]),
        "before": panel.named(before),
    }
    key = "explain.fool.reads" if labels[place] == before else "explain.fool.reads_other"
    told = ("explain.fool.size_value", {"size": _size(sizes[place])})
    marked = labels[place] != before
    return (Heat(found["images"][place], name=(key, values), about=told, marked=marked),)


def chart(found: Mapping[str, Any]) -> Chart:
    """The probability of what was read at first as the change grows."""
    sizes, labels = tuple(found["sizes"]), found["labels"]
    fooled_at = next((at for at, one in enumerate(labels) if one != found["label"]), -1)
    name = ("explain.fool.line", {"label": panel.named(found["label"])})
    line = Line(name, sizes, tuple(found["right"]))
    return Chart(
        (line,),
        x_title="explain.fool.axis",
        y_unit="share",
        y_range=(0, 1),
        read="explain.fool.at",
        at=sizes[fooled_at],
    )


def build(around: Around) -> None:
    """The panel: layout and wiring."""
    texts = around.texts
    words = text.words("explain.fool.", "class.")
    with panel.panel(around, "fool") as own:
        start = panel.start(around, "fool")
        with gr.Row(elem_classes="cd-three"):
            picture = Heatmaps(words=words, least=200, elem_id="explain-fooled")
            with gr.Column():
                curves = Curves(words=words, stays=True)
                texts.line("explain.fool.size_why")
            smallest = Heatmaps(words=words, least=140)
        code = around.texts.code("explain.fool.code")
    found = gr.State(None)

    def parts(tell: Tell, seen: Seen) -> Iterator[tuple[Any, ...]]:
        made = fooled(around.context, seen.request(around.visitor), tell)
        yield None, made, tried(made), chart(made), made["smallest"], made["code"]

    def moved(event: gr.EventData, found: dict[str, Any] | None) -> Any:
        size = event._data.get("x")
        known = found is not None and isinstance(size, int | float)
        return tried(found, size) if known else gr.skip()  # type: ignore[arg-type]

    shown = [found, picture, curves, smallest, code]
    own.work([start.click], parts, [], shown)
    cleared = ("explain.fool.before", None, (), None, (), "")
    own.seen.change(lambda: cleared, None, [own.line, *shown], **LAST)
    curves.select(moved, found, picture, **EACH)
