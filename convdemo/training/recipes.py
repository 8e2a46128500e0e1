"""Which settings a network is trained with: ours, and the course's own where they differ."""

from __future__ import annotations

import dataclasses
from functools import partial

from convdemo.data.custom import JOB
from convdemo.data.registry import find_dataset
from convdemo.errors import UserError, choose
from convdemo.networks.registry import MODELS
from convdemo.networks.written import is_line
from convdemo.training.config import AUGMENTATIONS, TrainConfig

# Networks of seconds.
_quick = partial(
    TrainConfig,
    batch=128,
    lr=0.02,
    optimizer="adamw",
    schedule="linear",
    label_smoothing=0.1,
    channels_last=True,
)
# Networks whose weights are averaged over the steps.
_averaged = partial(TrainConfig, schedule="onecycle", ema=0.995, channels_last=True)

# The course's own optimizers and batches for its networks; one cycle of the learning rate where
# its constant one falls short of the accuracy it states on a test set that is opened only once.
RECIPES: dict[str, TrainConfig] = {
    "simple_ann": TrainConfig(epochs=10, batch=64, lr=0.01, optimizer="sgd"),
    "fashion_dnn": TrainConfig(epochs=10, batch=100, lr=1e-3),
    "cnn": TrainConfig(epochs=10, batch=100, lr=2e-3, schedule="onecycle", patience=5),
    "cnn2": TrainConfig(
        epochs=8, batch=100, lr=2e-3, schedule="onecycle", augment="digits", patience=3
    ),
    "fashion_cnn": TrainConfig(
        epochs=8, batch=100, lr=2e-3, schedule="onecycle", augment="clothes", patience=3
    ),
    "quick_cnn": _quick(epochs=1, weight_decay=0.02),  # one look at every digit
    "quick_fashion": _quick(epochs=12, weight_decay=0.05, augment="clothes_mirrored"),
    "digit_resnet": _averaged(
        epochs=12,
        batch=128,
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.02,
        label_smoothing=0.02,
        augment="digits",
        empty=0.03,  # or what is left of a digit that is taken away bit by bit reads as a one
        negatives=0.2,  # or a letter, a heart or 17 is read as some digit
    ),
    "photo_lite": _averaged(
        epochs=12,
        batch=32,
        lr=5e-4,
        optimizer="adamw",
        weight_decay=0.02,
        label_smoothing=0.05,
        dropout=0.2,
    ),
    "fashion_resnet": _averaged(
        epochs=24,
        batch=128,
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.05,
        label_smoothing=0.05,
        augment="clothes_light",
    ),
    "xai": _averaged(
        epochs=50,
        batch=128,
        lr=0.1,
        optimizer="sgd",
        weight_decay=5e-4,
        label_smoothing=0.05,
        augment="photos",
    ),
    "compact_resnet": _averaged(
        epochs=18,
        batch=128,
        lr=0.1,
        optimizer="sgd",
        weight_decay=5e-4,
        # No label smoothing, after which features transfer worse (arXiv 2010.16402)
        augment="photos_zoomed",
    ),
    "cats_dogs": TrainConfig(
        epochs=40, batch=32, lr=1e-3, schedule="onecycle", augment="custom", channels_last=True
    ),
    "cats_dogs_5": TrainConfig(
        epochs=24, batch=32, lr=1e-3, schedule="onecycle", augment="custom", channels_last=True
    ),
}

# As the course trains its networks; where it names no number of epochs, ten. It trains on the CPU
# or one GPU in float32, at a learning rate that stays as it is.
COURSE: dict[str, TrainConfig] = {
    "simple_ann": TrainConfig(epochs=10, batch=64, lr=0.01, optimizer="sgd"),
    "fashion_dnn": TrainConfig(epochs=10, batch=100, lr=1e-3),
    "cnn": TrainConfig(epochs=15, batch=100, lr=1e-3, patience=5),
    "cnn2": TrainConfig(epochs=10, batch=100, lr=1e-3, patience=3),
    "fashion_cnn": TrainConfig(epochs=10, batch=100, lr=1e-3),
    "cats_dogs": TrainConfig(epochs=100, batch=32, lr=1e-4, optimizer="rmsprop"),
    "cats_dogs_5": TrainConfig(epochs=30, batch=32, lr=1e-3, optimizer="rmsprop"),
}

# The network and recipe that reach a good accuracy of a data set in seconds.
QUICK = {"mnist": "quick_cnn", "fashion_mnist": "quick_fashion"}

PRESETS = {"recipe": RECIPES, "course": COURSE}


def preset(name: str, model: str, dataset: str) -> TrainConfig:
    """The settings of that name for a network; its augmentation fits the data. Those of a line of
    layers are the ones of `cnn`.

    ValueError for unknown names, and for a network that has no such preset.
    """
    presets = PRESETS
    if is_line(model):
        presets = {"recipe": {model: RECIPES["cnn"]}}
    elif not choose("model", model, {one: MODELS[one] for one in RECIPES}).datasets:
        raise UserError(
            f"model {model!r} is trained on photos of yours: "
            f"convdemo transfer FOLDER --mode scratch --network {model}"
        )
    configs = choose("preset", name, presets)
    if model not in configs:
        raise UserError(f"model {model!r} has no preset {name!r}; {', '.join(configs)} have one")
    config = configs[model]
    job = find_dataset(dataset).job
    if job != "digits":
        config = dataclasses.replace(config, negatives=0.0)
    if job == JOB and name == "recipe":  # a handful of pictures, and nobody saw to their variety
        return dataclasses.replace(config, augment=job)
    if config.augment == "none" or config.augment.startswith(job):
        return config
    return dataclasses.replace(config, augment=job if job in AUGMENTATIONS else "none")


def recipe(model: str, dataset: str) -> TrainConfig:
    """What a network is trained with unless told otherwise."""
    return preset("recipe", model, dataset)
