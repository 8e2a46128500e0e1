"""The text files of an exported model: predict.py, labels.json, requirements.txt, README.md."""

from __future__ import annotations

import importlib.metadata

from convdemo.errors import UserError
from convdemo.export.copied_modules import FOLDER, bundled, outside
from convdemo.inference.card import Card
from convdemo.inference.inputs import crop_of
from convdemo.networks.registry import MODELS, backbone_of
from convdemo.networks.written import is_line, network_code

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
    script = _SCRIPT.format(
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
    classes = ", ".join(card.classes)
    return _README.format(name=card.name, classes=classes, pictures=pictures, folder=FOLDER)


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

_SCRIPT = '''"""Read pictures: python predict.py FILE..., or --check.

The network is {name}.
"""

import sys
from pathlib import Path

{installed}

# With `python -I` the folder of a script is not among those that are imported from.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from convdemo.export.runtime import answer, load, main
{imports}

__all__ = ["build", "load", "predict"]


def build() -> nn.Module:
    """The network, untrained."""
    return {built}


def predict(network: nn.Module, file: str) -> dict:
    """Label, notice and probabilities of the picture in a file; ValueError if there is none."""
    {read}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], build, predict))
'''

_README = """# {name}

A network that tells apart: {classes}. It needs Python 3.11 or newer.

```sh
python3 -m venv venv && venv/bin/pip install -r requirements.txt
```

```sh
venv/bin/python predict.py FILE...
venv/bin/python predict.py --check
```

The first command reads pictures and prints a JSON object a line: the label and the probability of
each class. The label is null where the notice says why: "empty" where nothing is to be seen,
"unknown" for what is unlike anything that was learnt, "several" for more than one of it. The
second reads the {pictures} pictures in `pictures/` and prints the largest difference from the
probabilities in `expected.json`; its exit status is 0 where it is at most 0.0001.

From Python:

```python
from predict import build, load, predict

network = load(build)
print(predict(network, "photo.jpg"))
```

- `predict.py`: the command, which network it is and how a picture gets into it
- `{folder}/`: the modules that it takes this from, each beginning with what it holds
- `weights.safetensors`: its weights
- `labels.json`: the classes, and what the network takes
- `requirements.txt`: the packages it needs, in the versions with which it was checked

The code is under the MIT licence, copyright (c) 2026 the convdemo authors.
"""
