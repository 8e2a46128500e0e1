"""What came of a run: the confusion on the test set, and the pictures behind each of its cells."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from convdemo.data.mnist import is_downloaded
from convdemo.images.render import data_url, signed
from convdemo.ui import example_run, wire
from convdemo.ui.context import Context
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


def _of(context: Context, request: Any) -> tuple[Any, Any, Any]:
    """The data set of {"run"}, and what the run said to its test set."""
    from convdemo.training.runs.store import TEST

    folder = context.run_of(request)
    path = folder.path / TEST
    if not path.exists():
        raise Refused("train_no_test")
    source = context.dataset(folder.run.dataset, folder.run.owner)
    return source, *_answers(path, path.stat().st_mtime_ns)


def outcome(context: Context, payload: Any) -> dict[str, Any]:
    """The confusion of {"run"}: confusion[actual][predicted] counts test pictures."""
    import torch

    source, probabilities, labels = _of(context, wire.mapping(payload))
    count = len(source.classes)
    places = labels * count + probabilities.argmax(dim=1)
    confusion = torch.bincount(places, minlength=count**2).view(count, count)
    return {
        "classes": list(source.classes),
        "confusion": confusion.tolist(),
        "accuracy": int(confusion.diagonal().sum()) / len(labels),
        "n": len(labels),
    }


def moment(context: Context, payload: Any) -> dict[str, Any]:
    """What the network of {"run"} said at the end of {"epoch"}: to the pictures that are watched,
    to a thousand validation pictures and, if there is one, to the visitor's own {"input"}.
    """
    import torch
    from safetensors import SafetensorError

    from convdemo.training.runs.snapshots import WATCHED, snapshot_at

    request = wire.mapping(payload)
    folder = context.run_of(request)
    source = context.dataset(folder.run.dataset, folder.run.owner)
    epoch = int(wire.number(request, "epoch", 1, 10**4))
    given = None
    if request.get("input") is not None and source.shape[0] == 1:
        pixels = wire.grey(request["input"])
        if pixels.shape != source.shape[1:]:
            raise Refused("request")
        given = torch.from_numpy(pixels.astype("float32") / 255).unsqueeze(0)
    shipped = example_run.is_example(folder)
    validation = example_run.watched() if shipped else context.images(source.name, "validation")
    try:
        found = snapshot_at(folder, epoch, validation, given)
    except (ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise Refused("train_no_epoch", epoch=epoch) from error

    def reading(probabilities: Any) -> dict[str, Any]:
        place = int(probabilities.argmax())
        return {"label": source.classes[place], "probability": float(probabilities[place])}

    confusion = example_run.confusion(epoch) if shipped else found.confusion.tolist()
    scale = max(float(found.filters.abs().max()), 1e-9)
    return {
        "epoch": epoch,
        "watched": [
            {
                "image": data_url(wire.uint8_image(validation.images[place])),
                "actual": source.classes[int(validation.labels[place])],
                **reading(found.watched[place]),
            }
            for place in range(min(WATCHED, len(validation)))
        ],
        "given": None if found.given is None else reading(found.given),
        "classes": list(source.classes),
        "confusion": confusion,
        "filters": [data_url(signed(one.numpy() / scale)) for one in found.filters],
    }


def cell(context: Context, payload: Any) -> dict[str, Any]:
    """The test pictures of {"run"} that are {"actual"} and read as {"predicted"}, surest first."""
    import torch

    request = wire.mapping(payload)
    source, probabilities, labels = _of(context, request)
    highest = len(source.classes) - 1
    actual = int(wire.number(request, "actual", 0, highest))
    predicted = int(wire.number(request, "predicted", 0, highest))
    chosen = ((labels == actual) & (probabilities.argmax(dim=1) == predicted)).nonzero()[:, 0]
    surest = chosen[probabilities[chosen, predicted].argsort(descending=True, stable=True)]
    shipped = example_run.is_example(context.run_of(request))
    if shipped and not is_downloaded(context.data_dir):
        raise Refused("train_example_pictures")  # nothing is fetched for a look
    test = context.images(source.name, "test")
    if shipped and not torch.equal(test.labels, labels):
        raise Refused("train_example_pictures")
    images = test.images
    return {
        "pictures": [
            {
                "image": data_url(wire.uint8_image(images[place])),
                "probability": float(probabilities[place, predicted]),
                "place": place,
            }
            for place in surest[:PICTURES].tolist()
        ],
        "total": len(chosen),
    }
