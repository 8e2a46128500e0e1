"""What does it want to see, what if, who looks like me, fool it: further panels of Explain."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convdemo.data.dataset import DataMissingError
from convdemo.data.garment_photos.dataset import FASHION_MNIST_PHOTOS
from convdemo.images.render import data_url, picture_of
from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.explain_request import ExplainRequest, stage_of, subject, target_of, trained_of
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.explain.attribution_methods import Progress

CHUNK = 1_000  # pictures whose features are found in one call, so that progress can be seen
LOOKED_AT = 10_000  # training pictures among which neighbours are looked for
SHOWN = 8  # of them
MOST_DREAMS = 20  # at once
DREAM_SIDE = 128  # pixels at most
POINTS = 1_000  # test pictures of the embedding


def dream(context: Context, payload: Any, progress: Progress | None = None) -> dict[str, Any]:
    """Inputs that all classes, one {"target"}, or a {"channel"} of a {"stage"} answer to most."""
    import time

    from convdemo.explain.attribution_methods import no_progress
    from convdemo.explain.feature_visualization import SURE, TRIALS
    from convdemo.explain.feature_visualization import dream as dreamed

    request = wire.mapping(payload)
    if wire.text(request, "model") in BACKBONES and request["model"] != PACKAGED:
        raise Refused("explain_too_large", model=request["model"])
    trained = trained_of(context, request)
    card, network = trained.card, trained.network
    names = [name for name, _ in network.named_children()]
    stage, wanted, classes = None, tuple(range(len(card.classes))), list(card.classes)
    if request.get("stage") is not None:
        stage = wire.text(request, "stage")
        if stage not in names:
            raise Refused("request")
        wanted, classes = (int(wire.number(request, "channel", 0, 4095)),), []
    elif request.get("target") is not None:
        label = wire.text(request, "target")
        if label not in classes:
            raise Refused("request")
        wanted, classes = (classes.index(label),), [label]
    elif len(wanted) > MOST_DREAMS:
        raise Refused("request")
    started = time.perf_counter()
    try:
        shape = _dreamed_at(card.shape)
        about = {
            "mean": card.mean,
            "std": card.std,
            "stage": stage,
            "progress": progress or no_progress,
        }
        *_, last = dreamed(network, shape, wanted, **about)
    except IndexError as error:  # a channel that the stage does not have
        raise Refused("request") from error
    return {
        "seconds": time.perf_counter() - started,
        "dreams": [
            {
                "image": data_url(picture_of(pixels)),
                "label": classes[place] if classes else None,
                "lowest": last.lowest[place] if last.lowest else None,
                "counts": bool(last.lowest) and last.lowest[place] >= SURE,
            }
            for place, pixels in enumerate(last.pixels.numpy())
        ],
        "sure": SURE,
        "trials": TRIALS,
        "code": _DREAM_CODE.format(model=card.name, shape=shape, wanted=wanted, stage=stage),
    }


def _dreamed_at(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """The shape of a dream: a network for large photos dreams as well in less than a third of the
    time on smaller ones.
    """
    channels, height, width = shape
    return channels, min(height, DREAM_SIDE), min(width, DREAM_SIDE)


_DREAM_CODE = """\
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


def important(context: Context, payload: Any, progress: Progress | None = None) -> dict[str, Any]:
    """The channels of {"stage"}, those first without which the {"target"} falls most."""
    from convdemo.explain.attribution_methods import no_progress
    from convdemo.explain.channel_ablation import importance

    request = wire.mapping(payload)
    query = subject(context, request)
    stage = stage_of(query, request)
    target = target_of(query, request) or query.subject.label
    place = query.subject.place(target)
    found = query.subject
    ranked = importance(found.network, found.x, stage, place, progress or no_progress)
    return {
        "stage": stage,
        "target": target,
        "ranking": [{"channel": channel, "fall": fall} for channel, fall in ranked],
        "code": query.code
        + f"""
from convdemo import channel_importance

place = subject.place({target!r})
for channel, fall in channel_importance(subject.network, subject.x, {stage!r}, place)[:10]:
    print(channel, f"{{fall:+.4f}}")
""",
    }


def switched(context: Context, payload: Any) -> dict[str, Any]:
    """What is read while the channels {"off"} of {"stage"} are zero."""
    from convdemo.explain.channel_ablation import without_channels

    request = wire.mapping(payload)
    query = subject(context, request)
    stage = stage_of(query, request)
    off = request.get("off")
    if not isinstance(off, list) or not all(type(one) is int for one in off) or len(off) > 4096:
        raise Refused("request")
    try:
        found = without_channels(query.subject.network, query.subject.x, stage, frozenset(off))
    except ValueError as error:
        raise Refused("request") from error
    classes = query.subject.classes
    return {
        "label": classes[int(found.argmax())],
        "probabilities": dict(zip(classes, found.tolist(), strict=True)),
        "code": query.code
        + f"""
from convdemo import without_channels

found = without_channels(subject.network, subject.x, {stage!r}, frozenset({sorted(off)!r}))
for name, probability in zip(subject.classes, found.tolist(), strict=True):
    print(f"{{name:12}} {{probability:.4f}}")
""",
    }


def fooled(context: Context, payload: Any, progress: Progress | None = None) -> dict[str, Any]:
    """The smallest steps that change the answer, and every step on the way there."""
    from convdemo.explain.adversarial import fool
    from convdemo.explain.attribution_methods import no_progress

    query = subject(context, payload)
    found = query.subject
    if found.card is None:
        raise Refused("explain_too_large", model=found.model)
    attempt = fool(found.network, found.pixels, found.mean, found.std, progress or no_progress)

    def told(one: Any) -> dict[str, Any]:
        image = None if one.pixels is None else data_url(picture_of(one.pixels.numpy()))
        label = found.classes[one.label]
        return {"size": one.size, "label": label, "probability": one.probability, "image": image}

    return {
        "label": found.label,
        "sizes": list(attempt.sizes),
        "images": [data_url(picture_of(pixels)) for pixels in attempt.pixels.numpy()],
        "labels": [found.classes[place] for place in attempt.labels],
        "probabilities": list(attempt.probabilities),
        "right": list(attempt.right),
        "step": told(attempt.step),
        "search": told(attempt.search),
        "code": query.code
        + """
from convdemo import adversarial_example

attempt = adversarial_example(subject.network, subject.pixels, subject.mean, subject.std)
for name, found in (("one step", attempt.step), ("search", attempt.search)):
    print(name, found.size, subject.classes[found.label], f"{found.probability:.4f}")
""",
    }


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

    def neighbours(self, context: Context, payload: Any) -> dict[str, Any]:
        """The training pictures that the network sees most like this one, of those looked at."""
        from convdemo.explain.embedding import features

        query = subject(context, payload)
        images, crowd, count = self.grown(context, query, "train", LOOKED_AT)
        own = features(query.subject.network, query.subject.x)
        distances = (crowd - own).norm(dim=1)
        classes = query.subject.classes
        nearest = distances.argsort()[:SHOWN].tolist()
        return {
            "done": len(crowd),
            "of": count,
            "neighbours": [
                {
                    "image": data_url(wire.uint8_image(images.images[place])),
                    "label": classes[int(images.labels[place])],
                    "distance": float(distances[place]),
                    "place": place,
                }
                for place in nearest
            ],
        }

    def embedding(self, context: Context, payload: Any) -> dict[str, Any]:
        """Test pictures as points on the two directions in which they differ most, and this one."""
        from convdemo.explain.embedding import features, plane, project

        query = subject(context, payload)
        images, crowd, count = self.grown(context, query, "test", POINTS)
        flat = plane(crowd)
        own = project(flat, features(query.subject.network, query.subject.x))
        points = project(flat, crowd)
        classes = query.subject.classes
        return {
            "done": len(crowd),
            "of": count,
            "classes": list(classes),
            "explained": list(flat.explained),
            "points": [
                [round(x, 4), round(y, 4), classes[int(label)]]
                for (x, y), label in zip(points.tolist(), images.labels, strict=False)
            ],
            "own": own[0].tolist(),
            "label": query.subject.label,
        }
