"""The crowd: training pictures that a network sees most like this one, and a plane of others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from convdemo.data.dataset import DataMissingError
from convdemo.data.garment_photos.dataset import FASHION_MNIST_PHOTOS
from convdemo.ui import text, wire
from convdemo.ui.components import Heat, Heatmaps, Points, Scatter
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.explain_request import ExplainRequest, subject
from convdemo.ui.long_work import Tell
from convdemo.ui.tabs.explain import panel
from convdemo.ui.tabs.explain.panel import Around, Seen
from convdemo.ui.wire import Refused

CHUNK = 1_000  # pictures whose features are found in one call, so that progress can be seen
LOOKED_AT = 10_000  # training pictures among which neighbours are looked for
SHOWN = 8  # of them
POINTS = 1_000  # test pictures of the plane
Gathered = tuple[Any, Sentence, float]  # what is shown, what is said, and the share that is done


@dataclass(eq=False)
class Crowd:
    """The features of the first pictures of a split, as a model sees them; found bit by bit and
    kept for the last few models that were asked for.
    """

    _kept: dict[tuple[str, str], tuple[Any, list[Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def grown(
        self, context: Context, query: ExplainRequest, split: str, most: int
    ) -> tuple[Any, Any, int]:
        """Images and features so far, one chunk more than before, and how many there will be."""
        import torch

        from convdemo.explain.embedding import features
        from convdemo.inference.tta import normalise

        found = query.subject
        card = found.card
        if card is None or card.dataset == FASHION_MNIST_PHOTOS.name:  # drawn anew each time
            raise Refused("explain_no_crowd", model=found.model)
        try:
            images = context.images(card.dataset, split).take(most)
        except (DataMissingError, ValueError) as error:
            name = f"@dataset.{card.dataset}"
            raise Refused("train_no_data", dataset=name, error=error) from error
        key = (card.name, split)
        with self._lock:  # one after the other: each adds one chunk
            if key not in self._kept or self._kept[key][0] is not card:
                for old in list(self._kept)[:-3]:
                    self._kept.pop(old, None)
                self._kept[key] = (card, [])
            _, parts = self._kept[key]
            done = sum(map(len, parts))
            if done < len(images):
                more = images.images[done : done + CHUNK].float() / 255
                parts.append(features(found.network, normalise(more, card.mean, card.std)))
            return images, torch.cat(parts), len(images)

    def neighbours(
        self, context: Context, request: Mapping[str, Any]
    ) -> tuple[tuple[Heat, ...], list[str], int, int]:
        """The training pictures that the network sees most like this one, of those looked at, their
        classes, how many were looked at, and of how many.
        """
        from convdemo.explain.embedding import features

        query = subject(context, request)
        images, crowd, count = self.grown(context, query, "train", LOOKED_AT)
        own = features(query.subject.network, query.subject.x)
        distances = (crowd - own).norm(dim=1)
        heats, labels = [], []
        for place in distances.argsort()[:SHOWN].tolist():
            label = query.subject.classes[int(images.labels[place])]
            other = label != query.subject.label
            told = ("explain.crowd.other", {"label": panel.named(label)})
            far = ("explain.crowd.distance", {"distance": f"{float(distances[place]):.3g}"})
            picture = wire.uint8_image(images.images[place])
            name = told if other else ("named", {"label": panel.named(label)})
            heats.append(Heat(picture, name=name, about=far, marked=other))
            labels.append(label)
        return tuple(heats), labels, len(crowd), count

    def plane(self, context: Context, request: Mapping[str, Any]) -> tuple[Points, int, int]:
        """Test pictures as points on the two directions in which they differ most, and this one;
        how many, and of how many.
        """
        from convdemo.explain.embedding import features, plane, project

        query = subject(context, request)
        images, crowd, count = self.grown(context, query, "test", POINTS)
        flat = plane(crowd)
        own = project(flat, features(query.subject.network, query.subject.x))
        classes = query.subject.classes
        points = [(round(x, 4), round(y, 4)) for x, y in project(flat, crowd).tolist()]
        labels = tuple(classes[int(one)] for one in images.labels[: len(points)])
        first, second = flat.explained
        (x, y), label = own[0].tolist(), query.subject.label
        made = Points(tuple(classes), tuple(points), labels, (x, y), label, (first, second))
        return made, len(crowd), count


def build(around: Around, crowd: Crowd) -> None:
    """The panel: layout and wiring."""
    texts = around.texts
    words = text.words("explain.crowd.", "class.")

    def near(seen: Seen) -> Gathered:
        request = seen.request(around.visitor)
        heats, labels, done, of = crowd.neighbours(around.context, request)
        others = sum(label != seen.label for label in labels)
        values = {"label": panel.named(seen.label), "others": others, "count": len(labels)}
        key = f"explain.crowd.{'others' if others else 'alike'}"
        return heats, (key, {**values, "done": f"{done:,}", "of": f"{of:,}"}), done / of

    def plane(seen: Seen) -> Gathered:
        made, done, of = crowd.plane(around.context, seen.request(around.visitor))
        counts = {"done": f"{done:,}", "of": f"{of:,}"}
        return made, ("explain.crowd.plane.done", counts), done / of

    with panel.panel(around, "crowd") as own, gr.Row(elem_classes="cd-two"):
        for name, look, display in (
            ("near", near, Heatmaps(words=words, least=110, render=False)),
            ("plane", plane, Scatter(words=words, render=False)),
        ):
            with gr.Column():
                texts.heading(f"explain.crowd.{name}")
                texts.line(f"explain.crowd.{name}.lead")
                start = panel.start(around, f"crowd.{name}")
                line = panel.line(f"crowd.{name}")
                display.render()
            half = replace(own, name=f"crowd.{name}", line=line)
            _gather(half, look, start, display)


def _gather(
    half: panel.Panel,
    look: Callable[[Seen], Gathered],
    start: gr.Button,
    display: Any,
) -> None:
    """Look again and again until all is looked at; for another picture at once, where that was done
    already.
    """
    model = gr.State("")  # that has looked at all of them

    def parts(tell: Tell, seen: Seen) -> Iterator[tuple[Any, ...]]:
        share = 0.0
        while share < 1:
            shown, told, share = look(seen)
            tell(share)
            yield told if share >= 1 else gr.skip(), seen.model if share >= 1 else "", shown

    def changed(tell: Tell, seen: Seen, looked: str) -> Iterator[tuple[Any, ...]]:
        yield None, gr.skip(), None
        if looked == seen.model:
            yield from parts(tell, seen)

    half.work([start.click], parts, [], [model, display])
    half.work([half.seen.change], changed, [model], [model, display])
