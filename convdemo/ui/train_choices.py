"""What the Train tab offers, and the check of what was chosen."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from convdemo.data.custom import path_of, read_own
from convdemo.data.dataset import SPLITS, DataMissingError
from convdemo.data.registry import DATASETS, find_dataset
from convdemo.images.render import data_url
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.own_pictures import own_sets
from convdemo.ui.transfer_look import found_of
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.networks.registry import ModelSpec
    from convdemo.training.runs.store import Limits

# Pictures to train with; the data set of photos is left out, it needs a folder of them.
OFFERED = {"mnist": 55_000, "fashion_mnist": 55_000, "cifar10": 45_000}
PHOTOS = "fashion_mnist_photos"
SAMPLES = 20
OF_CLASS, OF_CLASSES = 4, 120  # pictures of a class, and of all classes together
FEWEST = 100  # pictures to train with

# (name, lowest, highest, whole): a number of the configuration and what it may be.
NUMBERS = (
    ("epochs", 1, None, True),  # the highest is a limit of the server
    ("batch", 2, 2048, True),
    ("lr", 1e-7, 10, False),
    ("weight_decay", 0, 1, False),
    ("label_smoothing", 0, 0.5, False),
    ("ema", 0, 0.9999, False),
    ("empty", 0, 0.5, False),
    ("seed", 0, 2**31 - 1, True),
)
# None turns them off, or leaves them as the network has them.
OPTIONAL = (
    ("patience", 1, 200, True),
    ("limit", FEWEST, 10**6, True),
    ("dropout", 0, 0.9, False),
)


def options(context: Context, payload: Any) -> dict[str, Any]:
    """Data sets, the visitor's own among them, networks with their presets, every choice."""
    from convdemo.networks.registry import MODELS
    from convdemo.training.runs.store import LOCAL

    limits = context.runs.limits
    own = own_sets(context, context.visitor(wire.mapping(payload)))
    offers = [*OFFERED, *(one.name for one in own)]
    sources = {name: _described(name, 0) for name in OFFERED}
    sources |= {one.name: _described(one.name, one.pictures) for one in own}
    for one in own:
        sources[one.name] |= {"counts": list(one.counts), "findings": found_of(one.findings)}
    models = [
        {
            "name": name,
            "title": spec.title,
            "datasets": [d for d in offers if _meant(spec, d)],
            "parameters": {d: _facts(name, d)["parameters"] for d in offers},
            "dropout": _facts(name, next(iter(OFFERED)))["dropout"],
        }
        for name, spec in MODELS.items()
        if spec.datasets and (own or set(spec.datasets) & set(OFFERED))
    ]
    presets = {one["name"]: {d: _presets(one["name"], d, limits) for d in offers} for one in models}
    return {
        "datasets": list(sources.values()),
        "models": models,
        "presets": presets,
        "choices": {**_choices(), "augment": {d: _augmentations(d) for d in offers}},
        "limits": {
            "epochs": limits.epochs,
            "limit_min": FEWEST,
            "batch": [2, 2048],
            "runs": limits.runs,
            "datasets": limits.datasets,
            "zip": asdict(limits.zip),
        },
        "shared": limits == LOCAL,
        "hardware": _hardware(),
    }


def _meant(spec: "ModelSpec", dataset: str) -> bool:
    """Whether a network was made for a data set, or for pictures like those of it."""
    return dataset in spec.datasets or (dataset not in DATASETS and PHOTOS in spec.datasets)


def _described(name: str, pictures: int) -> dict[str, Any]:
    source = find_dataset(name)
    return {
        "name": name,
        "title": source.title,
        "classes": list(source.classes),
        "pictures": pictures or OFFERED[name],
        "own": name not in DATASETS,
    }


@lru_cache(maxsize=256)
def _facts(model: str, dataset: str) -> dict[str, Any]:
    """What building a network for a data set shows."""
    import torch

    from convdemo.networks.registry import MODELS
    from convdemo.networks.stages import count_parameters

    source = find_dataset(dataset)
    network = MODELS[model].build(source.shape, len(source.classes))
    return {
        "parameters": count_parameters(network),
        "dropout": any(isinstance(m, torch.nn.Dropout) for m in network.modules()),
    }


def _presets(model: str, dataset: str, limits: "Limits") -> dict[str, Any]:
    """The settings to begin with, by the name of their preset."""
    from convdemo.training.recipes import PRESETS, preset

    return {
        name: _config(preset(name, model, dataset), limits)
        for name, configs in PRESETS.items()
        if model in configs
    }


@cache
def _choices() -> dict[str, Any]:
    import torch

    from convdemo.training.config import OPTIMIZERS, SCHEDULES
    from convdemo.training.faults import FAULTS

    return {
        "optimizer": list(OPTIMIZERS),
        "schedule": list(SCHEDULES),
        "device": ["auto", "cpu"] + (["cuda"] if torch.cuda.is_available() else []),
        "fault": list(FAULTS),
    }


@cache
def _hardware() -> dict[str, str]:
    """What a choice of device means on this machine."""
    from convdemo.training.hardware import processor_name
    from convdemo.training.optimizer import choose_device

    return {name: processor_name(choose_device(name)) for name in _choices()["device"]}


def _augmentations(dataset: str) -> list[str]:
    """Those that leave a picture what it is."""
    from convdemo.training.config import AUGMENTATIONS

    job = find_dataset(dataset).job
    return [name for name in AUGMENTATIONS if name == "none" or name.startswith(job)]


def _config(config: Any, limits: "Limits") -> dict[str, Any]:
    """Settings as the page shows them, within the limits of the server."""
    values = asdict(replace(config, epochs=min(config.epochs, limits.epochs)))
    return {k: v for k, v in values.items() if k not in ("precision", "channels_last")}


def checked(context: Context, request: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Network, data set and the configuration of a TrainConfig; Refused names the setting that
    cannot be.
    """
    from convdemo.networks.registry import MODELS
    from convdemo.training.config import TrainConfig
    from convdemo.training.recipes import recipe

    limits = context.runs.limits
    model, dataset = wire.text(request, "model"), wire.text(request, "dataset")
    _source(context, request)
    if model not in MODELS or not MODELS[model].datasets or dataset is None:
        raise Refused("request")
    given = wire.mapping(request.get("config"))
    values = asdict(recipe(model, dataset))
    values["epochs"] = min(values["epochs"], limits.epochs)
    values |= _numbers(given, limits.epochs) | _chosen(given, dataset)
    own = path_of(dataset, context.own_data_dir(context.visitor(request)))
    whole_set = OFFERED[dataset] if own is None else read_own(own).pictures
    pictures = min(values["limit"] or whole_set, whole_set)
    if values["batch"] > pictures:
        if "batch" in given:
            raise Refused("train_batch", batch=values["batch"], pictures=pictures)
        values["batch"] = pictures
    return model, dataset, asdict(TrainConfig(**values))


def _numbers(given: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """The numbers among the settings, None for what is turned off."""
    off = {name for name, *_ in OPTIONAL if given.get(name, 0) is None}
    return dict.fromkeys(off) | {
        name: _number(given, name, low, high or epochs, whole=whole)
        for name, low, high, whole in (*NUMBERS, *OPTIONAL)
        if name in given and name not in off
    }


def _chosen(given: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """The settings that are one of several."""
    choices = {**_choices(), "augment": _augmentations(dataset)}
    if any(given[name] not in choices[name] for name in choices if name in given):
        raise Refused("request")
    return {name: given[name] for name in choices if name in given}


def _number(
    given: Mapping[str, Any], name: str, low: float, high: float, *, whole: bool
) -> float | int:
    value = given[name]
    right = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not right or (whole and value != int(value)):
        raise Refused("train_number", name=f"@train.{name}", low=f"{low:g}", high=f"{high:g}")
    return int(value) if whole else float(value)


def samples(context: Context, payload: Any) -> dict[str, Any]:
    """Twenty training pictures of {"dataset"} with labels, and what the data set is like."""
    import torch

    request = wire.mapping(payload)
    source = _source(context, request)
    try:
        images = context.images(source.name, "train")
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{source.name}", error=error) from error
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))[:SAMPLES]
    shares = images.images.float() / 255
    return {
        "pictures": [
            {
                "image": data_url(wire.uint8_image(images.images[place])),
                "label": source.classes[int(images.labels[place])],
            }
            for place in chosen.tolist()
        ],
        "counts": torch.bincount(images.labels, minlength=len(source.classes)).tolist(),
        "mean": round(float(shares.mean()), 4),
        "std": round(float(shares.std()), 4),
        "n": len(images),
    }


def classes(context: Context, payload: Any) -> dict[str, Any]:
    """The classes of the visitor's own {"dataset"}: the number of their pictures, and some."""
    import torch

    source = _source(context, wire.mapping(payload))
    if source.name in DATASETS:
        raise Refused("request")
    sets = [context.images(source.name, split) for split in SPLITS]
    labels = torch.cat([one.labels for one in sets])
    shown = max(1, min(OF_CLASS, OF_CLASSES // len(source.classes)))
    return {
        "classes": [
            {
                "name": name,
                "count": int((labels == place).sum()),
                "images": [
                    data_url(wire.uint8_image(image))
                    for image in sets[0].images[sets[0].labels == place][:shown]
                ],
            }
            for place, name in enumerate(source.classes)
        ]
    }


def layers(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} is made of, for the pictures of {"dataset"}."""
    from convdemo.networks.registry import MODELS
    from convdemo.networks.summary import layer_table

    request = wire.mapping(payload)
    spec, source = MODELS.get(str(request.get("model"))), _source(context, request)
    if spec is None or not spec.datasets:
        raise Refused("request")
    rows = layer_table(spec.build(source.shape, len(source.classes)), source.shape)
    return {
        "rows": [{**asdict(row), "layers": ", ".join(row.layers)} for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "multiply_adds": sum(row.multiply_adds for row in rows),
    }


def _source(context: Context, request: Mapping[str, Any]) -> Any:
    """The data set that a request names, if it is one to train on."""
    name = wire.text(request, "dataset")
    if name is None or (name in DATASETS and name not in OFFERED):
        raise Refused("request")
    return context.dataset(name, context.visitor(request))
