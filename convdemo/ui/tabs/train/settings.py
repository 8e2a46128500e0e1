"""What a run can be set to, in the visitor's language, and the check of what was chosen."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from convdemo.data.custom import path_of, read_own
from convdemo.data.dataset import SPLITS, DataMissingError, DatasetSpec
from convdemo.data.registry import DATASETS, find_dataset
from convdemo.ui import text, wire
from convdemo.ui.components import Captioned, PictureGroup
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import line
from convdemo.ui.tabs.train.own import own_sets
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.networks.registry import ModelSpec

# Pictures to train with; the data set of photos is left out, it needs a folder of them.
OFFERED = {"mnist": 55_000, "fashion_mnist": 55_000, "cifar10": 45_000}
PHOTOS = "fashion_mnist_photos"
FIRST = "quick_cnn"  # trained in seconds: a visitor's first run ends while it is watched
OF_CLASS, OF_CLASSES = 4, 120  # pictures of a class, and of all classes together
FEWEST = 100  # pictures to train with
CHANGED = "changed"  # in place of a preset, where the settings are another's
OFF = "off"  # what a picker has for None

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
# The numbers that the page offers; a preset's own are added.
STEPS: dict[str, tuple[Any, ...]] = {
    "limit": (1_000, 5_000, 20_000, None),
    "lr": (1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3)
    + (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0),
    "batch": (2, 4, 8, 16, 32, 64, 100, 128, 256, 512, 1024, 2048),
    "dropout": (None, 0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6),
    "patience": (None, 2, 3, 5, 10),
    "weight_decay": (0, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.02, 0.05, 0.1),
    "label_smoothing": (0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2),
    "ema": (0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999),
    "empty": (0, 0.01, 0.02, 0.03, 0.05, 0.1),
}
WORDS = ("optimizer", "schedule", "augment", "device", "fault")  # settings that have names


def spoken(language: str, told: Sentence) -> str:
    """A sentence as it is said in a language; a text that is no key as it is."""
    key, values = (told, {}) if isinstance(told, str) else told
    return text.say(language, key, **values) if key in text.strings(language) else key


def literal(words: str) -> str:
    """A visitor's own words, to fill a gap with: they are no key, whatever they look like."""
    return f"@|{words}" if words.startswith("@") else words


def class_named(source: DatasetSpec, label: str) -> str:
    """The name of a class, to fill a gap with."""
    return f"@class.{label}|{label}" if source.name in DATASETS else literal(label)


def dataset_named(context: Context, name: str, visitor: str) -> str:
    """The name of a data set, to fill a gap with."""
    if name in DATASETS:
        return f"@dataset.{name}|{name}"
    try:
        return literal(context.dataset(name, visitor).title)
    except Refused:
        return "@train.dataset_removed"


def setting(name: str, value: Any) -> Sentence:
    """What a setting is set to, in words where it has some."""
    if value is None:
        return {"limit": "train.all", "dropout": "train.dropout.network"}.get(name, "train.off")
    if name in WORDS:
        return f"train.{name}.{value}"
    if not value and name in ("dropout", "ema", "empty", "label_smoothing", "weight_decay"):
        return "train.off"
    if name in ("dropout", "empty"):
        return f"{round(100 * value, 1):g}%"
    if name == "patience":
        return "train.patience_epochs", {"epochs": value}
    return f"{value:,}" if isinstance(value, int) else f"{value:.10f}".rstrip("0").rstrip(".")


def networks(context: Context, visitor: str) -> list[str]:
    """Those that learn from pictures that are offered here."""
    from convdemo.networks.registry import MODELS

    own = own_sets(context, visitor)
    return [name for name, one in MODELS.items() if one.datasets and (own or _ready(one))]


def lines(context: Context, model: str, dataset: str, visitor: str) -> list[str]:
    """Networks that are only written: those that are worth a try, and one's own."""
    from convdemo.networks.written import PRESETS, is_line

    source, found = context.dataset(dataset, visitor), []
    for name in PRESETS:
        with suppress(Refused):
            found.append(line.checked(context, line.own_line(name, source), source))
    return found if model in found or not is_line(model) else [*found, model]


def meant(model: str, dataset: str) -> bool:
    """Whether a network was made for a data set, or for pictures like those of it, or is one's own
    line of layers.
    """
    from convdemo.networks.registry import find_model
    from convdemo.networks.written import is_line

    made_for = find_model(model).datasets
    return is_line(model) or dataset in made_for or (dataset not in DATASETS and PHOTOS in made_for)


def _ready(spec: "ModelSpec") -> bool:
    return bool(set(spec.datasets) & set(OFFERED))


def for_model(model: str, dataset: str) -> str:
    """The data once a network is picked: those of before where they suit it; any may be tried on
    the visitor's own.
    """
    fits = dataset not in DATASETS or meant(model, dataset)
    return dataset if fits else next(one for one in OFFERED if meant(model, one))


def for_dataset(context: Context, model: str, dataset: str, visitor: str) -> str:
    """The network once data are picked: those for grey digits and those for coloured photos do not
    do well on each other's. A line answers with as many classes, where it can be there.
    """
    from convdemo.networks.registry import MODELS
    from convdemo.networks.written import is_line

    if is_line(model):
        source = context.dataset(dataset, visitor)
        with suppress(Refused):
            return line.checked(context, line.own_line(model, source), source)
        model = FIRST
    if meant(model, dataset) or (dataset in DATASETS and _ready(MODELS[model])):
        return model
    fitting = [name for name in networks(context, visitor) if meant(name, dataset)]
    return FIRST if FIRST in fitting else next(iter(fitting), model)


def presets(context: Context, model: str, dataset: str) -> dict[str, dict[str, Any]]:
    """The settings to begin with, by the name of their preset, within the limits of the server."""
    from convdemo.networks.written import is_line
    from convdemo.training.recipes import PRESETS, preset

    limits, found = context.runs.limits, {}
    has = ["recipe"] if is_line(model) else [one for one in PRESETS if model in PRESETS[one]]
    for name in has:
        config = preset(name, model, dataset)
        values = asdict(replace(config, epochs=min(config.epochs, limits.epochs)))
        found[name] = {k: v for k, v in values.items() if k not in ("precision", "channels_last")}
    return found


def filled(context: Context, model: str, dataset: str, preset: str, visitor: str) -> dict[str, Any]:
    """Every setting as a preset has it, with "model", its "line", "dataset" and "preset"."""
    offered = presets(context, model, dataset)
    preset = preset if preset in offered else "recipe"
    written = line.own_line(model, context.dataset(dataset, visitor))
    subject = {"model": model, "line": written, "dataset": dataset, "preset": preset}
    return settled(context, {**subject, **offered[preset]}, visitor)


def written(
    context: Context, chosen: Mapping[str, Any], before: Mapping[str, Any], visitor: str
) -> str:
    """The network that is meant by a line which may not be the one of {"model"} any more; Refused
    where the line cannot be. `before` is what was chosen before the line was touched.
    """
    source = context.dataset(before["dataset"], visitor)
    if not line.changed(chosen["line"], before["model"], source):
        return before["model"]
    return line.checked(context, chosen["line"], source)


def settled(context: Context, chosen: Mapping[str, Any], visitor: str) -> dict[str, Any]:
    """The settings without what cannot be: no batch has more pictures than there are, and dropout
    is left on only where there is some. "preset" is the one that they are, or CHANGED.
    """
    model, dataset = chosen["model"], chosen["dataset"]
    used = chosen["limit"] or pictures_of(context, dataset, visitor)
    found = {**chosen, "batch": min(chosen["batch"], used)}
    if not _drops(found) and found["fault"] == "dropout_when_judged":
        found["fault"] = "none"
    names = presets(context, model, dataset)
    like = [
        name
        for name, config in names.items()
        if all(
            found[k] == min(v, used) if k == "batch" else found[k] == v for k, v in config.items()
        )
    ]
    if chosen["preset"] not in like:
        found["preset"] = next(iter(like), CHANGED)
    return found


def _drops(chosen: Mapping[str, Any]) -> bool:
    share = chosen["dropout"]
    return _facts(chosen["model"], chosen["dataset"])["dropout"] if share is None else share > 0


def pictures_of(context: Context, dataset: str, visitor: str) -> int:
    """How many there are to train with."""
    own = path_of(dataset, context.own_data_dir(visitor))
    return OFFERED[dataset] if own is None else read_own(own).pictures


def offers(
    context: Context, chosen: Mapping[str, Any], visitor: str, language: str
) -> dict[str, list[tuple[str, Any]]]:
    """(label, value) of all that each picker offers beside these settings, which are among it."""
    model, dataset = chosen["model"], chosen["dataset"]
    pictures = pictures_of(context, dataset, visitor)
    steps = {name: _among(values, chosen[name]) for name, values in STEPS.items()}
    steps["limit"] = [n for n in steps["limit"] if n is None or FEWEST <= n < pictures]
    steps["batch"] = [n for n in steps["batch"] if n <= (chosen["limit"] or pictures)]
    named = {**_choices(), "augment": _augmentations(dataset)}
    faults = named["fault"]
    named["fault"] = [one for one in faults if _drops(chosen) or one != "dropout_when_judged"]
    found = {
        name: [(spoken(language, setting(name, one)), coded(one)) for one in values]
        for name, values in {**steps, **named}.items()
    }
    found["limit"] = [(_counted(language, one, pictures), coded(one)) for one in steps["limit"]]
    found["model"] = [
        (
            text.say(
                language,
                "train.model_option",
                name=line.title_of(name),
                parameters=short(_facts(name, dataset)["parameters"]),
            ),
            name,
        )
        for name in [*networks(context, visitor), *lines(context, model, dataset, visitor)]
    ]
    sets = [*OFFERED, *(one.name for one in own_sets(context, visitor))]
    found["dataset"] = [
        (str(text.looked_up(language, dataset_named(context, one, visitor))), one) for one in sets
    ]
    names = [*presets(context, model, dataset), *[CHANGED] * (chosen["preset"] == CHANGED)]
    found["preset"] = [(text.say(language, f"train.preset.{one}"), one) for one in names]
    return found


def _among(values: Iterable[Any], value: Any) -> list[Any]:
    numbers = {one for one in (*values, value) if one is not None}
    nothing = [None] if None in (*values, value) else []
    return [*nothing, *sorted(numbers)]


def _counted(language: str, limit: int | None, pictures: int) -> str:
    key = "train.pictures" if limit else "train.all_pictures"
    return text.say(language, key, pictures=f"{limit or pictures:,}")


def short(number: int) -> str:
    """A number of parameters."""
    return f"{number / 1e6:.1f}M" if number >= 1e6 else f"{round(number / 1e3)}k"


def coded(value: Any) -> Any:
    """A setting as a picker has it, for which None would be nothing chosen."""
    return OFF if value is None else value


def decoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a configuration has them."""
    return {name: None if value == OFF else value for name, value in values.items()}


def plan(context: Context, chosen: Mapping[str, Any], visitor: str) -> tuple[Sentence, ...]:
    """What the settings come to: steps, the machine, what there is to see of a mistake."""
    used = chosen["limit"] or pictures_of(context, chosen["dataset"], visitor)
    steps = -(-used // chosen["batch"])
    fault = chosen["fault"]
    return (
        ("train.plan", {"steps": f"{steps:,}", "all": f"{steps * chosen['epochs']:,}"}),
        ("train.on", {"hardware": hardware()[chosen["device"]]}),
        *([f"train.fault.{fault}.see"] if fault != "none" else []),
    )


@lru_cache(maxsize=256)
def _facts(model: str, dataset: str) -> dict[str, Any]:
    """What building a network for a data set shows."""
    import torch

    from convdemo.networks.registry import find_model
    from convdemo.networks.stages import count_parameters

    source = find_dataset(dataset)
    network = find_model(model).build(source.shape, len(source.classes))
    return {
        "parameters": count_parameters(network),
        "dropout": any(isinstance(m, torch.nn.Dropout) for m in network.modules()),
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
def hardware() -> dict[str, str]:
    """What a choice of device means on this machine."""
    from convdemo.training.hardware import processor_name
    from convdemo.training.optimizer import choose_device

    return {name: processor_name(choose_device(name)) for name in _choices()["device"]}


def _augmentations(dataset: str) -> list[str]:
    """Those that leave a picture what it is."""
    from convdemo.training.config import AUGMENTATIONS

    job = find_dataset(dataset).job
    return [name for name in AUGMENTATIONS if name == "none" or name.startswith(job)]


def checked(context: Context, request: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Network, data set and the configuration of a TrainConfig; Refused names the setting that
    cannot be.
    """
    from convdemo.networks.registry import MODELS
    from convdemo.networks.written import is_line
    from convdemo.training.config import TrainConfig
    from convdemo.training.recipes import recipe

    limits = context.runs.limits
    model, dataset = request.get("model"), wire.text(request, "dataset")
    source = source_of(context, request)
    if isinstance(model, str) and is_line(model):
        model = line.checked(context, model, source)
    elif model not in MODELS or not MODELS[model].datasets:
        raise Refused("request")
    if dataset is None:
        raise Refused("request")
    given = wire.mapping(request.get("config"))
    values = asdict(recipe(model, dataset))
    values["epochs"] = min(values["epochs"], limits.epochs)
    values |= _numbers(given, limits.epochs) | _chosen(given, dataset)
    whole_set = pictures_of(context, dataset, context.visitor(request))
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


def pictures_by_class(context: Context, request: Mapping[str, Any]) -> tuple[PictureGroup, ...]:
    """Some pictures of each class of {"dataset"} and how many there are: to train with, or all of
    the visitor's own; and what they are like.
    """
    import torch

    source = source_of(context, request)
    splits = SPLITS if source.name not in DATASETS else ("train",)
    try:
        sets = [context.images(source.name, split) for split in splits]
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{source.name}", error=error) from error
    counts = torch.bincount(torch.cat([one.labels for one in sets]), minlength=len(source.classes))
    images, labels = sets[0].images, sets[0].labels
    shown = max(1, min(OF_CLASS, OF_CLASSES // len(source.classes)))
    groups = [
        PictureGroup(
            tuple(Captioned(wire.uint8_image(one)) for one in images[labels == place][:shown]),
            hint=(
                "train.one_of" if count == 1 else "train.many_of",
                {"name": class_named(source, name), "pictures": f"{count:,}"},
            ),
            side=48,
        )
        for place, (name, count) in enumerate(zip(source.classes, counts.tolist(), strict=True))
    ]
    shares = images.float() / 255
    rounded = {"mean": f"{float(shares.mean()):.3f}", "spread": f"{float(shares.std()):.3f}"}
    many = PictureGroup(hint=("train.counts", {"pictures": f"{len(labels):,}"}))
    return many, *groups, PictureGroup(note=("train.brightness", rounded))


def source_of(context: Context, request: Mapping[str, Any]) -> DatasetSpec:
    """The data set that a request names, if it is one to train on."""
    name = wire.text(request, "dataset")
    if name is None or (name in DATASETS and name not in OFFERED):
        raise Refused("request")
    return context.dataset(name, context.visitor(request))
