"""What does it want to see: pictures from nothing that a class or a channel answers to most."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.images.render import picture_of
from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.ui import text, wire
from convdemo.ui.asking import LAST
from convdemo.ui.components import Heat, Heatmaps
from convdemo.ui.context import Context
from convdemo.ui.explain_request import trained_of
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.unchecked import AnyDropdown, AnyRadio
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from convdemo.explain.attribution_methods import Progress

MOST = 20  # dreams at once
SIDE = 128  # pixels at most: a network for large photos dreams as well in a third of the time
WAYS = ("all", "class", "channel")

CODE = """\
from convdemo import dream, encode_png, image_of_input, load_model

trained = load_model({model!r})
card = trained.card
*_, last = dream(
    trained.network, {shape!r}, {wanted!r}, mean=card.mean, std=card.std, stage={stage!r}
)
for place, pixels in enumerate(last.pixels.numpy()):
    print(place, *last.lowest[place : place + 1])
    with open(f"dream{{place}}.png", "wb") as file:
        file.write(encode_png(image_of_input(pixels)))
"""


def dreams(
    context: Context, request: Mapping[str, Any], progress: Progress | None = None
) -> tuple[tuple[Heat, ...], float, str]:
    """Inputs that all classes, one {"target"}, or a {"channel"} of a {"stage"} answer to most, the
    seconds that they took, and code for them.
    """
    from convdemo.explain import feature_visualization
    from convdemo.explain.attribution_methods import no_progress

    if wire.text(request, "model") in BACKBONES and request["model"] != PACKAGED:
        raise Refused("explain_too_large", model=request["model"])
    trained = trained_of(context, request)
    card, network = trained.card, trained.network
    stage, wanted, classes = _wanted(request, list(card.classes), network)
    started = time.perf_counter()
    channels, height, width = card.shape
    shape = (channels, min(height, SIDE), min(width, SIDE))
    about: dict[str, Any] = {"mean": card.mean, "std": card.std, "stage": stage}
    about["progress"] = progress or no_progress
    try:
        *_, last = feature_visualization.dream(network, shape, wanted, **about)
    except IndexError as error:  # a channel that the stage does not have
        raise Refused("request") from error
    heats = tuple(
        _heat(pixels, place, last.lowest, classes[place] if classes else None, stage, wanted)
        for place, pixels in enumerate(last.pixels.numpy())
    )
    code = CODE.format(model=card.name, shape=shape, wanted=wanted, stage=stage)
    return heats, time.perf_counter() - started, code


def _wanted(
    request: Mapping[str, Any], classes: list[str], network: nn.Sequential
) -> tuple[str | None, tuple[int, ...], list[str]]:
    """The stage, the places of what is dreamt of, and the classes that these are."""
    if request.get("stage") is not None:
        stage = wire.text(request, "stage")
        if stage not in [name for name, _ in network.named_children()]:
            raise Refused("request")
        return stage, (int(wire.number(request, "channel", 0, 4095)),), []
    label = wire.text(request, "target")
    if label is not None and label in classes:
        return None, (classes.index(label),), [label]
    if label is not None or len(classes) > MOST:
        raise Refused("request")
    return None, tuple(range(len(classes))), classes


def _heat(
    pixels: np.ndarray,
    place: int,
    lowest: Sequence[float] | None,
    label: str | None,
    stage: str | None,
    wanted: tuple[int, ...],
) -> Heat:
    """A dream, with how sure of it the network stays when it is shifted."""
    from convdemo.explain.feature_visualization import SURE, TRIALS

    name = ("named", {"label": panel.named(label or "")})
    if label is None:
        gaps = {**panel.stage_words(stage or ""), "channel": wanted[0]}
        name = ("explain.dream.channel_name", gaps)
    if not lowest:
        return Heat(picture_of(pixels), name=name)
    counts = lowest[place] >= SURE
    # Rounded down: it may not claim more than was found.
    values = {"lowest": f"{math.floor(lowest[place] * 100) / 100:.2f}", "trials": TRIALS}
    key = "explain.dream.counts" if counts else "explain.dream.counts_not"
    return Heat(picture_of(pixels), name=name, notes=((key, values),), faint=not counts)


def offered(language: str, seen: Seen, way: str, label: str, stage: str, channel: float) -> list:
    """What there is to dream of."""
    own = [one for one in panel.class_choices(language, seen) if one[1] not in seen.extra]
    many = len(seen.classes) > MOST
    ways = [(text.say(language, f"explain.dream.{one}"), one) for one in WAYS[many:]]
    way = "class" if many and way == "all" else way
    names = [name for name, *_ in seen.stages]
    stage = stage if stage in names else names[0]
    most = max(0, seen.channels(stage) - 1)
    chosen = label if label in [name for _, name in own] else seen.label
    first = chosen if chosen not in seen.extra else own[0][1]
    return [
        gr.Radio(ways, value=way),
        gr.Dropdown(own, value=first, visible=way == "class"),
        gr.Dropdown(
            panel.stage_choices(language, seen, every=True), value=stage, visible=way == "channel"
        ),
        gr.Number(min(max(0, int(channel or 0)), most), maximum=most, visible=way == "channel"),
    ]


def build(around: Around) -> None:
    """The panel: layout and wiring."""
    texts = around.texts
    words = text.words("explain.dream.", "explain.stage.", "class.")
    with panel.panel(around, "dream") as own:
        with gr.Row(elem_classes="cd-fields"):
            ways = [(text.say(texts.language, f"explain.dream.{one}"), one) for one in WAYS]
            way = AnyRadio(ways, value="all", interactive=True)
            label = AnyDropdown([], interactive=True, visible=False)
            stage = AnyDropdown([], interactive=True, visible=False, filterable=False)
            channel = gr.Number(0, precision=0, minimum=0, interactive=True, visible=False)
            start = panel.start(around, "dream")
        shown = Heatmaps(words=words, least=148)
        code = around.texts.code("explain.dream.code")
    for component, key in ((way, "of"), (label, "label"), (stage, "stage"), (channel, "number")):
        texts.add(component, label=f"explain.dream.{key}")
    fields = [way, label, stage, channel]

    def parts(
        tell: Tell, seen: Seen, dreamt: str, way: str, label: str, stage: str, channel: float
    ) -> Iterator[tuple[Any, ...]]:
        more: dict[str, Any] = {}
        # A quick hand sends what was chosen for the network before.
        if way == "channel":
            more = {"stage": stage, "channel": channel}
        elif way == "class" or len(seen.classes) > MOST:
            more = {"target": label if label in seen.classes else seen.label}
        request = {"model": seen.model, "visitor": around.visitor, **more}
        heats, seconds, lines = dreams(around.context, request, tell)
        told = ("explain.dream.made", {"seconds": f"{seconds:.1f}"})
        yield told, seen.model, heats, lines

    def forgotten(seen: Seen | None, dreamt: str) -> Any:
        """Dreams are the network's own: they stay while its pictures change."""
        if seen is None or seen.model == dreamt:
            return [gr.skip()] * 4
        return "explain.dream.before", "", (), ""

    dreamt = gr.State("")
    own.work([start.click], parts, [dreamt, *fields], [dreamt, shown, code])
    outputs = [own.line, dreamt, shown, code]
    own.seen.change(forgotten, [own.seen, dreamt], outputs, **LAST)
    own.offer(offered, fields, fields, [way.input, stage.input])
