"""The text files of an exported model: predict.py, labels.json, requirements.txt, README.md."""

from __future__ import annotations

import importlib.metadata

from convdemo.errors import UserError
from convdemo.export.copied_modules import FOLDER, bundled, outside
from convdemo.inference.card import Card
from convdemo.inference.inputs import crop_of
from convdemo.networks.registry import MODELS, backbone_of
from convdemo.networks.written import is_line, network_code
from convdemo.paths import PACKAGE

# How the picture in a file becomes what a network takes: in steps that have more to say of it, or
# at once, as numbers in 0..1.
_STEPS = {
    "digit": "prepare_digit(read_picture(file))",
    "garment": 'prepare_garment(read_picture(file), view="shape")',
    "photo": 'prepare_garment(read_picture(file), view="photo")',
}
_PIXELS = {
    "square": "square(read_picture(file), 64) / 255",
    "square32": "square(read_picture(file), 32) / 255",
}
# The functions that these call, by module.
_FUNCTIONS = {
    "images.decode": ("over_white", "read_picture"),
    "preprocessing.crop": ("middle_of",),
    "preprocessing.digit": ("prepare_digit",),
    "preprocessing.garment": ("prepare_garment",),
    "preprocessing.square": ("square",),
}
_DISTRIBUTIONS = {"PIL": "pillow", "cv2": "opencv-python-headless"}


def outputs(card: Card) -> int:
    """The number of the network's outputs."""
    return len(card.classes) + len(card.extra_classes)


def timm_name_of(card: Card) -> str | None:
    """timm's name of the network; None where it is none of timm's."""
    backbone = backbone_of(card.model)
    return None if backbone is None else backbone.timm_name


def scripts(card: Card) -> dict[str, str]:
    """The text of every Python file by its path, the same for the same card.

    ValueError for a preprocessing that cannot be written as code.
    """
    read = _read(card)
    imports = [
        f"from convdemo.{module} import {', '.join(used)}"
        for module, names in _FUNCTIONS.items()
        if (used := [name for name in names if f"{name}(" in read])
    ]
    installed = ["from torch import nn"]
    if (timm_name := timm_name_of(card)) is not None:
        installed.insert(0, "import timm")
        built = f'timm.create_model("{timm_name}", num_classes={outputs(card)})'
    elif is_line(card.model):
        built = network_code(card.model, card.shape, outputs(card))
        imports.append("from convdemo.networks.stages import stages")
        if "Residual(" in built:
            imports.append("from convdemo.networks.resnets import Residual")
    else:
        build = MODELS[card.model].build
        imports.append(f"from {build.__module__} import {build.__name__}")
        built = f"{build.__name__}({card.shape}, {outputs(card)})"
    script = _text("predict.py").format(
        name="".join(mark for mark in card.name if mark.isprintable() and mark not in '"\\'),
        installed="\n".join(installed),
        imports="\n".join(sorted(imports)),
        built=built,
        read=read,
    )
    return bundled(script)


def labels(card: Card) -> dict:
    """What labels.json holds: the classes, and what the network takes."""
    return {
        "name": card.name,
        "classes": card.classes,
        "extra_classes": card.extra_classes,
        "unknown_threshold": card.threshold,
        "input": {
            "shape": card.shape,
            "range": (0, 1),
            "mean": card.mean,
            "std": card.std,
            "preprocessing": card.preprocessing,
            "views": card.views,
        },
    }


def requirements(texts: list[str]) -> str:
    """The lines of requirements.txt: what these modules import, in the versions in use."""
    names = sorted(_DISTRIBUTIONS.get(package, package) for package in outside(texts))
    # A registry knows no local part, such as that of a build without a GPU.
    return "".join(f"{name}=={importlib.metadata.version(name).split('+')[0]}\n" for name in names)


def readme(card: Card, pictures: int) -> str:
    """What README.md says."""
    about = {"name": card.name, "classes": ", ".join(card.classes)}
    return _text("README.md").format(pictures=pictures, folder=FOLDER, **about)


def _text(name: str) -> str:
    """The text with gaps that a file of an export is made of."""
    return (PACKAGE / "export" / f"{name}.txt").read_text("utf-8")


def _read(card: Card) -> str:
    """The statements of predict.py that read a file."""
    if card.preprocessing in _STEPS:
        return _STEPWISE.format(prepared=_STEPS[card.preprocessing])
    if (crop := crop_of(card)) is not None:
        how = f'{crop.side}, {crop.crop}, "{crop.resize}"'
        return f"return answer(network, middle_of(over_white(read_picture(file)), {how}))"
    if card.preprocessing in _PIXELS:
        return f"return answer(network, {_PIXELS[card.preprocessing]})"
    raise UserError(f"preprocessing {card.preprocessing!r} cannot be exported")


_STEPWISE = """prepared = {prepared}
    return answer(network, prepared.pixels, empty=prepared.empty, turnable=prepared.turnable)"""
