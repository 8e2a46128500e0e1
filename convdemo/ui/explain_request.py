"""What a request of the Explain tab is about: a model and a picture, or an input of a data set."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.augmentation.preview import ground
from convdemo.images.render import picture_of
from convdemo.inference import library
from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.picture_request import requested_picture, requested_sample
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from torch import nn

    from convdemo.explain.attribution import Attribution
    from convdemo.explain.subject import Subject

EXAMPLES = ("digits", "clothes", "photos")
KEPT = 4  # subjects, so that the way back to a picture takes no time
PICTURED = ("upload", "name", "example", "job", "ink")  # what a picture is told by

_HEAD = """\
{imports}from convdemo import load_model, read_image, subject_of

trained = load_model({model!r})
{picture}
subject = subject_of(trained, picture)
"""
_BACKBONE = """\
{imports}from convdemo import backbone_subject, build_backbone, preview_image, read_image

{picture}
network = build_backbone({model!r}, pretrained=True)
subject = backbone_subject({model!r}, network, preview_image(picture))
"""
_SAMPLE = """\
from convdemo import default_data_dir, find_dataset, load_model, subject_from_pixels

trained = load_model({model!r})
images = find_dataset({dataset!r}).load(default_data_dir(), {split!r}).images
subject = subject_from_pixels(trained, images[{place}].numpy() / 255)
"""


@dataclass(frozen=True, eq=False)
class ExplainRequest:
    """The subject, the picture as a person sees it (H, W, 3), its class where a data set tells it,
    what is to be said of the picture, and the code that makes the same subject; `made` are maps of
    it by method, stage, class and the one that it is held against.
    """

    subject: Subject
    picture: np.ndarray
    label: str | None
    note: str | None
    code: str
    made: dict[tuple[str | None, ...], Attribution] = field(default_factory=dict)


@dataclass(eq=False)
class Subjects:
    """The last few that were asked for."""

    _kept: OrderedDict[Any, ExplainRequest] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: Any, make: Callable[[], ExplainRequest]) -> ExplainRequest:
        """The one that is kept under that key, else what `make` makes."""
        with self._lock:
            found = self._kept.get(key)
        found = found or make()
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def trained_of(context: Context, request: Mapping[str, Any]) -> library.Trained:
    """The model of {"model"} of the visitor's, loaded; Refused if it is not there, with the
    "model" to take instead where it is the package's.
    """
    name = wire.text(request, "model")
    entries = context.every_entry(context.visitor(request))
    entry = next((one for one in entries if one.card.name == name), None)
    others = [one for one in entries if one.card.job == "photos" and one.card.name != PACKAGED]
    instead = name == PACKAGED and others and library.default_entry("photos", others).card.name
    if entry is None:
        raise Refused("explain_package" if instead else "no_such_model", model=instead or name)
    try:
        return library.load(entry.path)
    except FileNotFoundError as error:  # it has just been removed
        raise Refused("no_such_model", model=name) from error
    except ValueError as error:
        problem = "explain_package" if instead else "model_unfit"
        raise Refused(problem, model=instead or name) from error


def subject(context: Context, payload: Any) -> ExplainRequest:
    """What {"model"} makes of {"upload", "name"}, {"example", "job"}, {"ink"}, or of {"sample"} of
    {"dataset"}, as it lies in the {"split"} "validation" or "test".
    """
    request = wire.mapping(payload)
    if "sample" in request:
        return _sample(context, request)
    name = wire.text(request, "model") or ""
    foreign = name in BACKBONES and name != PACKAGED
    source = context.backbones.network(name) if foreign else trained_of(context, request)
    # A network is the same object as long as its file stays as it is.
    network = source.network if isinstance(source, library.Trained) else source
    key = (context.visitor(request), network, json.dumps([request.get(one) for one in PICTURED]))
    return context.subjects.find(key, lambda: _pictured(request, name, source))


def _pictured(
    request: Mapping[str, Any], name: str, source: library.Trained | nn.Sequential
) -> ExplainRequest:
    from convdemo.explain.subject import backbone_subject, subject_of

    picture, (imports, reading) = requested_picture(request, *EXAMPLES)
    seen, parts = ground(picture), {"imports": imports, "model": name, "picture": reading}
    if not isinstance(source, library.Trained):
        found = backbone_subject(name, source, seen)
        return ExplainRequest(found, seen, None, picture.note, _BACKBONE.format(**parts))
    try:
        found = subject_of(source, picture)
    except ValueError as error:
        raise Refused("explain_empty") from error
    return ExplainRequest(found, seen, None, found.note, _HEAD.format(**parts))


def _sample(context: Context, request: Mapping[str, Any]) -> ExplainRequest:
    from convdemo.explain.subject import subject_from_pixels

    trained = trained_of(context, request)
    split = chosen({"split": "validation", **request}, "split", ("validation", "test"))
    source = context.dataset(wire.text(request, "dataset"), context.visitor(request))
    if source.name != trained.card.dataset or source.shape != trained.card.shape:
        raise Refused("explain_other_data", model=trained.card.name, dataset=source.title)
    pixels, label, place = requested_sample(context, request, source, split)
    names = {"model": trained.card.name, "dataset": source.name, "split": split, "place": place}
    found = subject_from_pixels(trained, pixels)
    return ExplainRequest(found, picture_of(pixels), label, None, _SAMPLE.format(**names))


def chosen(request: Mapping[str, Any], name: str, choices: Any) -> str:
    """The string of that name, which is one of the choices."""
    value = wire.text(request, name)
    if value is None or value not in choices:
        raise Refused("request")
    return value


def target_of(
    query: ExplainRequest, request: Mapping[str, Any], name: str = "target"
) -> str | None:
    """The class of that name, None for none; Refused for one that the model does not know."""
    label = wire.text(request, name)
    if label is not None and label not in query.subject.classes:
        raise Refused("explain_no_class", model=query.subject.model, label=label)
    return label


def stage_of(query: ExplainRequest, request: Mapping[str, Any]) -> str:
    """The stage with maps that is named; Refused for any other."""
    stage = wire.text(request, "stage")
    if stage not in query.subject.stages():
        raise Refused("explain_no_maps", stage=stage, model=query.subject.model)
    return stage
