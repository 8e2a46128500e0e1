"""What came of a run: the confusion on the test set, the pictures behind each of its cells, and
what its network read at the end of each epoch.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from convdemo.data.dataset import DataMissingError, DatasetSpec
from convdemo.data.mnist import is_downloaded
from convdemo.images.render import signed
from convdemo.ui import example_run, lab_report, wire
from convdemo.ui.components import Captioned, Confusion, PictureGroup
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.train.settings import class_named
from convdemo.ui.wire import Refused

PICTURES = 24  # at most, of a cell


@lru_cache(maxsize=4)
def _answers(path: Path, changed: int) -> tuple[Any, Any]:
    """(N, classes) probabilities and (N,) labels that a run left of its test set."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
        return tensors["probabilities"].float(), tensors["labels"].long()
    except (SafetensorError, KeyError) as error:
        raise Refused("train_damaged", file=path.name) from error


def _of(context: Context, request: Mapping[str, Any]) -> tuple[DatasetSpec, Any, Any]:
    """The data set of {"run"}, and what the run said to its test set."""
    from convdemo.training.runs.store import TEST

    folder = context.run_of(request)
    path = folder.path / TEST
    if not path.exists():
        raise Refused("train_no_test")
    source = context.dataset(folder.run.dataset, folder.run.owner)
    return source, *_answers(path, path.stat().st_mtime_ns)


def outcome(context: Context, request: Mapping[str, Any]) -> Confusion:
    """The confusion of {"run"} on its test pictures."""
    import torch

    source, probabilities, labels = _of(context, request)
    count = len(source.classes)
    places = labels * count + probabilities.argmax(dim=1)
    confusion = torch.bincount(places, minlength=count**2).view(count, count)
    accuracy = int(confusion.diagonal().sum()) / len(labels)
    numbers = {"accuracy": f"{accuracy:.2%}", "error": f"{1 - accuracy:.2%}"}
    return Confusion(
        tuple(("text", {"text": class_named(source, one)}) for one in source.classes),
        tuple(map(tuple, confusion.tolist())),
        (("train.test", {**numbers, "pictures": f"{len(labels):,}"}), "train.test_honest"),
    )


def cell(context: Context, request: Mapping[str, Any]) -> PictureGroup:
    """The test pictures of {"run"} that are {"actual"} and read as {"predicted"}, surest first;
    each can be pressed where the run left a model to look into.
    """
    import torch

    source, probabilities, labels = _of(context, request)
    folder, highest = context.run_of(request), len(source.classes) - 1
    actual = int(wire.number(request, "actual", 0, highest))
    predicted = int(wire.number(request, "predicted", 0, highest))
    chosen = ((labels == actual) & (probabilities.argmax(dim=1) == predicted)).nonzero()[:, 0]
    surest = chosen[probabilities[chosen, predicted].argsort(descending=True, stable=True)]
    shipped = example_run.is_example(folder)
    if shipped and not is_downloaded(context.data_dir):
        raise Refused("train_example_pictures")  # nothing is fetched for a look
    test = context.images(source.name, "test")
    if shipped and not torch.equal(test.labels, labels):
        raise Refused("train_example_pictures")
    explained = folder.state.saved is not None
    pictures = tuple(
        Captioned(
            wire.uint8_image(test.images[place]),
            f"{min(float(probabilities[place, predicted]), 0.999):.1%}",
            ("explain.sample" if explained else "train.place", {"place": place}),
            place=place if explained else None,
        )
        for place in surest[:PICTURES].tolist()
    )
    kind = "right" if actual == predicted else "wrong"
    values = {
        "actual": class_named(source, source.classes[actual]),
        "predicted": class_named(source, source.classes[predicted]),
        "total": f"{len(chosen):,}",
        "shown": len(pictures),
    }
    hint = (f"train.pictures_{kind if pictures else 'none'}", values)
    note = "explain.from_cell" if explained and pictures else ""
    return PictureGroup(pictures, hint=hint, note=note, side=60)


def moment(context: Context, request: Mapping[str, Any]) -> tuple[PictureGroup, PictureGroup]:
    """What the network of {"run"} said at the end of {"epoch"}: to the pictures that are watched
    and, if there is one, to the visitor's own {"input"}, with its mistakes among a thousand
    validation pictures; and its first filters.
    """
    import torch
    from safetensors import SafetensorError

    from convdemo.training.runs.snapshots import WATCHED, snapshot_at

    folder = context.run_of(request)
    source = context.dataset(folder.run.dataset, folder.run.owner)
    epoch = int(wire.number(request, "epoch", 1, 10**4))
    given, own = None, []
    if request.get("input") is not None and source.shape[0] == 1:
        pixels = wire.grey(request["input"])
        if pixels.shape != source.shape[1:]:
            raise Refused("request")
        given = torch.from_numpy(pixels.astype("float32") / 255).unsqueeze(0)
    shipped = example_run.is_example(folder)
    try:
        validation = example_run.watched() if shipped else context.images(source.name, "validation")
        found = snapshot_at(folder, epoch, validation, given)
    except (ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if isinstance(error, DataMissingError):
            raise Refused("train_no_data", dataset=source.name, error=error) from error
        raise Refused("train_no_epoch", epoch=epoch) from error

    def read(image: Any, probabilities: Any, actual: int | None = None) -> Captioned:
        place = int(probabilities.argmax())
        label = class_named(source, source.classes[place])
        percent = f"{min(float(probabilities[place]), 0.999):.1%}"
        tip: Sentence = "train.own_digit"
        if actual is not None:
            key = "train.read_right" if place == actual else "train.read_wrong"
            tip = key, {"actual": class_named(source, source.classes[actual])}
        caption = ("steps.reads", {"label": label, "percent": percent})
        return Captioned(image, caption, tip, actual not in (None, place))

    if found.given is not None:
        own = [read(wire.grey(request["input"]), found.given)]
    watched = [
        read(wire.uint8_image(validation.images[place]), found.watched[place], actual)
        for place, actual in enumerate(validation.labels[:WATCHED].tolist())
    ]
    confusion = torch.tensor(example_run.confusion(epoch)) if shipped else found.confusion
    scale = max(float(found.filters.abs().max()), 1e-9)
    return (
        PictureGroup((*own, *watched), note=_mistakes(source, confusion)),
        PictureGroup(
            tuple(Captioned(signed(one.numpy() / scale)) for one in found.filters),
            "train.filters",
            "train.filters_lead",
            side=36,
        ),
    )


def _mistakes(source: DatasetSpec, confusion: Any) -> Sentence:
    """How many pictures were wrong, and the most frequent mistake."""
    count, wrong = int(confusion.sum()), confusion.clone().fill_diagonal_(0)
    missed = int(wrong.sum())
    if not missed:
        return "train.replay_none", {"count": count}
    actual, predicted = divmod(int(wrong.argmax()), len(confusion))
    return "train.replay_wrong", {
        "missed": missed,
        "count": count,
        "number": int(wrong[actual, predicted]),
        "actual": class_named(source, source.classes[actual]),
        "predicted": class_named(source, source.classes[predicted]),
    }


def sent(context: Context, request: Mapping[str, Any]) -> str:
    """The test picture at {"place"} with the model of {"run"}, for the Explain tab, JSON."""
    folder, place = context.run_of(request), int(wire.number(request, "place", 0, 10**7))
    picture = {"sample": place, "dataset": folder.run.dataset, "split": "test"}
    return json.dumps({"picture": picture, "model": folder.state.saved})


def report(context: Context, request: Mapping[str, Any], language: str) -> str:
    """The path of a lab report of {"run"}, a zip from where Gradio hands out files."""
    from convdemo.errors import UserError
    from convdemo.export.report import write_report

    folder = context.run_of(request)
    source = context.dataset(folder.run.dataset, folder.run.owner)
    test = None
    if not example_run.is_example(folder) or is_downloaded(context.data_dir):
        with suppress(DataMissingError):
            test = context.images(source.name, "test")
    speech, place = lab_report.speech(language, source), lab_report.place(folder.run.id)
    try:
        return str(write_report(folder, place, speech, test=test, source=source))
    except UserError as error:
        raise Refused("train_no_report") from error
