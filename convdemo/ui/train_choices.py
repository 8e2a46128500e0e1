"""What the Train tab offers, and the check of what was chosen."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from convdemo.datasets import DATASETS
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.runs import Limits

OFFERED = ("mnist", "fashion_mnist")  # the photos' data set needs a folder of them
SAMPLES = 20
FEWEST = 100  # pictures to train with

# (name, lowest, highest, whole): a number of the configuration and what it may be.
NUMBERS = (
    ("epochs", 1, None, True),  # the highest is a limit of the server
    ("batch", 2, 2048, True),
    ("lr", 1e-7, 10, False),
    ("weight_decay", 0, 1, False),
    ("label_smoothing", 0, 0.5, False),
    ("ema", 0, 0.9999, False),
    ("seed", 0, 2**31 - 1, True),
)
OPTIONAL = (("patience", 1, 200), ("limit", FEWEST, 10**6))  # None turns them off


@cache
def options(limits: "Limits") -> dict[str, Any]:
    """Data sets, networks with their recipes, and every choice there is."""
    import torch

    from convdemo.config import AUGMENTATIONS, OPTIMIZERS, SCHEDULES
    from convdemo.data import VALIDATION_SIZE
    from convdemo.faults import FAULTS
    from convdemo.fit import recipe
    from convdemo.models import MODELS, count_parameters

    models, recipes = [], {}
    for name, spec in MODELS.items():
        if not set(spec.datasets) & set(OFFERED):
            continue
        built = {
            dataset: spec.build(DATASETS[dataset].shape, len(DATASETS[dataset].classes))
            for dataset in OFFERED
        }
        models.append(
            {
                "name": name,
                "title": spec.title,
                "datasets": [dataset for dataset in spec.datasets if dataset in OFFERED],
                "parameters": {k: count_parameters(network) for k, network in built.items()},
                "dropout": any(
                    isinstance(m, torch.nn.Dropout) for m in built[OFFERED[0]].modules()
                ),
            }
        )
        recipes[name] = {dataset: _config(recipe(name, dataset), limits) for dataset in OFFERED}
    devices = ["auto", "cpu"] + (["cuda"] if torch.cuda.is_available() else [])
    fitting_augmentations = {
        dataset: [
            name
            for name in AUGMENTATIONS
            if name == "none" or name.startswith(DATASETS[dataset].job)
        ]
        for dataset in OFFERED
    }
    return {
        "datasets": [
            {
                "name": name,
                "title": DATASETS[name].title,
                "classes": list(DATASETS[name].classes),
                "pictures": 60_000 - VALIDATION_SIZE,
            }
            for name in OFFERED
        ],
        "models": models,
        "recipes": recipes,
        "choices": {
            "optimizer": list(OPTIMIZERS),
            "schedule": list(SCHEDULES),
            "augment": fitting_augmentations,
            "device": devices,
            "fault": list(FAULTS),
        },
        "limits": {
            "epochs": limits.epochs,
            "limit_min": FEWEST,
            "batch": [2, 2048],
            "runs": limits.runs,
        },
    }


def _config(config: Any, limits: "Limits") -> dict[str, Any]:
    """A recipe as the page shows it, within the limits of the server."""
    values = asdict(replace(config, epochs=min(config.epochs, limits.epochs)))
    return {k: v for k, v in values.items() if k not in ("precision", "channels_last")}


def checked(model: str | None, dataset: str | None, given: Any, limits: "Limits") -> dict[str, Any]:
    """The configuration of a TrainConfig; Refused names the setting that cannot be."""
    from convdemo.config import TrainConfig

    offer = options(limits)
    if model not in offer["recipes"] or dataset not in OFFERED:
        raise Refused("request")
    given = wire.mapping(given)
    values = dict(offer["recipes"][model][dataset])
    for name, low, high, whole in NUMBERS:
        if name in given:
            values[name] = _number(given, name, low, high or limits.epochs, whole=whole)
    for name, low, high in OPTIONAL:
        if name in given:
            missing = given[name] is None
            values[name] = None if missing else _number(given, name, low, high, whole=True)
    for name, choices in offer["choices"].items():
        allowed = choices[dataset] if name == "augment" else choices
        if name in given:
            if given[name] not in allowed:
                raise Refused("request")
            values[name] = given[name]
    pictures = values["limit"] or next(
        d["pictures"] for d in offer["datasets"] if d["name"] == dataset
    )
    if values["batch"] > pictures:
        raise Refused("train_batch", batch=values["batch"], pictures=pictures)
    return asdict(TrainConfig(**values))


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

    images = _images(context, wire.text(wire.mapping(payload), "dataset"), "train")
    source = DATASETS[str(wire.mapping(payload)["dataset"])]
    chosen = torch.randperm(len(images), generator=torch.Generator().manual_seed(1))[:SAMPLES]
    shares = images.images.float() / 255
    return {
        "pictures": [
            {
                "image": wire.data_url(images.images[place, 0].numpy()),
                "label": source.classes[int(images.labels[place])],
            }
            for place in chosen.tolist()
        ],
        "counts": torch.bincount(images.labels, minlength=len(source.classes)).tolist(),
        "mean": round(float(shares.mean()), 4),
        "std": round(float(shares.std()), 4),
        "n": len(images),
    }


def layers(payload: Any) -> dict[str, Any]:
    """What {"model"} is made of, for the pictures of {"dataset"}."""
    from convdemo.layers import layer_table
    from convdemo.models import MODELS

    request = wire.mapping(payload)
    spec, source = MODELS.get(str(request.get("model"))), DATASETS.get(str(request.get("dataset")))
    if spec is None or source is None or source.name not in OFFERED:
        raise Refused("request")
    rows = layer_table(spec.build(source.shape, len(source.classes)), source.shape)
    return {
        "rows": [{**asdict(row), "layers": ", ".join(row.layers)} for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "multiply_adds": sum(row.multiply_adds for row in rows),
    }


def _images(context: Context, dataset: str | None, split: str) -> Any:
    """A split of a data set, or Refused with what was looked for where."""
    from convdemo.data import DataMissingError

    if dataset not in OFFERED:
        raise Refused("request")
    try:
        return context.images(dataset, split)
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{dataset}", error=error) from error
