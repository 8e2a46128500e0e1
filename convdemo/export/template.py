"""The text files of an exported model: predict.py, labels.json, requirements.txt, README.md."""

from __future__ import annotations

import importlib.metadata
import math

from convdemo.export.bundle import copied, flattened, outside
from convdemo.export.network_code import network_code
from convdemo.inference.inputs import CROPS, preprocessing_of
from convdemo.inference.library import IMAGENET, Card, Trained
from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.networks.registry import backbone_of

READING = "reading"  # the folder of the copies of our own modules
SQUARES = {"square": 64, "square32": 32}  # pixels of the middle square
# How the input is made, with which function of which module.
LONG = {
    "digit": ("prepare_digit(read_picture(file))", "preprocessing.digit"),
    "garment": ('prepare_garment(read_picture(file), view="shape")', "preprocessing.garment"),
    "photo": ('prepare_garment(read_picture(file), view="photo")', "preprocessing.garment"),
}
_CROPS = {
    **{preprocessing_of(name): spec for name, spec in CROPS.items()},
    IMAGENET: BACKBONES[PACKAGED],
}
_DISTRIBUTIONS = {"PIL": "pillow", "cv2": "opencv-python-headless"}


def outputs(card: Card) -> int:
    """The number of the network's outputs."""
    return len(card.classes) + len(card.extra_classes)


def timm_name_of(card: Card) -> str | None:
    """timm's name of the network; None where it is none of timm's."""
    backbone = backbone_of(card.model)
    return None if backbone is None else backbone.timm_name


def scripts(trained: Trained) -> dict[str, str]:
    """The text of every Python file by its path, the same for the same model.

    ValueError for a network or a preprocessing that cannot be written as code.
    """
    preprocessing = trained.card.preprocessing
    found = {"predict.py": flattened(_draft(trained))}
    if preprocessing in LONG:
        found[f"{READING}/__init__.py"] = '"""How a picture becomes what the network takes."""\n'
        copies = copied((LONG[preprocessing][1],))
        found |= {f"{READING}/{name}.py": text for name, text in copies.items()}
    return found


def labels(card: Card) -> dict:
    """What labels.json holds: the classes, and what the network takes."""
    return {
        "name": card.name,
        "classes": card.classes,
        "extra_classes": card.extra_classes,
        "unknown_threshold": None if card.unknown is None else card.unknown["threshold"],
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
    lines = []
    for package in outside(texts):
        if package == READING:
            continue
        name = _DISTRIBUTIONS.get(package, package)
        # A registry knows no local part, such as that of a build without a GPU.
        lines.append(f"{name}=={importlib.metadata.version(name).split('+')[0]}\n")
    return "".join(sorted(lines))


def readme(card: Card, pictures: int) -> str:
    """What README.md says."""
    copies = f"\n- `{READING}/`: how a picture becomes the network's input"
    return _README.format(
        name=card.name,
        classes=", ".join(card.classes),
        pictures=pictures,
        copies=copies if card.preprocessing in LONG else "",
    )


def _draft(trained: Trained) -> str:
    """predict.py before what it imports from our modules is put into its text."""
    card = trained.card
    called = "".join(mark for mark in card.name if mark.isprintable() and mark not in '"\\')
    if (timm_name := timm_name_of(card)) is not None:
        built = f'timm.create_model("{timm_name}", num_classes={outputs(card)})'
    else:
        built = network_code(trained.network, 4)
    head, build = _HEAD.format(name=called, views=card.views), _BUILD.format(built=built)
    if card.preprocessing not in LONG:
        short = _SHORT_INPUT.format(made=_short_input(card.preprocessing), views=card.views)
        return "".join((head, _READ, build, short, _END))
    made, module = LONG[card.preprocessing]
    function = made.partition("(")[0]
    asked = {
        "package": READING,
        "module": module.rpartition(".")[2],
        "function": function,
        "made": made,
    }
    return "".join((head, build, _LONG_INPUT.format(**asked, views=card.views), _END))


def _short_input(preprocessing: str) -> str:
    if preprocessing in SQUARES:
        return f"middle_square(over_white(read_picture(file)), {SQUARES[preprocessing]})"
    if preprocessing not in _CROPS:
        known = ", ".join((*LONG, *SQUARES, *_CROPS))
        raise ValueError(f"preprocessing {preprocessing!r} cannot be exported; these can: {known}")
    spec = _CROPS[preprocessing]
    shorter = math.floor(spec.side / spec.crop)
    method = f"Image.Resampling.{spec.resize.upper()}"
    return f"middle_crop(over_white(read_picture(file)), {spec.side}, {shorter}, {method})"


_HEAD = '''"""Read pictures: python predict.py FILE..., or --check.

The network is {name}.
"""

import sys
from collections import OrderedDict

import numpy as np
import timm
from PIL import Image
from torch import nn

from convdemo.export.runtime import HERE, load, main, middle_crop, middle_square, named
from convdemo.export.runtime import probabilities, upright
from convdemo.networks.stages import Residual
from convdemo.inference.tta import {views}
'''

_READ = """from convdemo.images.decode import over_white, read_picture
"""

_BUILD = '''

def build() -> nn.Module:
    """The network, untrained."""
    return {built}
'''

_SHORT_INPUT = '''

def predict(network: nn.Module, file: str) -> dict:
    """Label, notice and probabilities of the picture in a file; ValueError if there is none."""
    pixels = {made}
    return named(probabilities(network, pixels[None], {views})[0])
'''

_LONG_INPUT = '''
# With `python -I` the folder of a script is not among those that are imported from.
sys.path.insert(0, str(HERE))


def input_of(file: str) -> tuple[np.ndarray | None, int]:
    """(1, C, H, W) float32 in 0..1, and how many directions to read; None for an empty picture."""
    from {package}.decode import read_picture
    from {package}.{module} import {function}

    prepared = {made}
    return None if prepared.empty else prepared.pixels[None], 4 if prepared.turnable else 1


def predict(network: nn.Module, file: str) -> dict:
    """Label, notice and probabilities of the picture in a file; ValueError if there is none."""
    pixels, directions = input_of(file)
    if pixels is None:
        return {{"label": None, "notice": "empty", "probabilities": {{}}}}
    turns = range(directions)
    found = [probabilities(network, pixels, {views}, turn)[0] for turn in turns]
    return named(upright(np.stack(found)))
'''

_END = """

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], build, predict))
"""

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

- `predict.py`: the network, how a picture gets into it, and the command
- `weights.safetensors`: its weights
- `labels.json`: the classes, and what the network takes
- `requirements.txt`: the packages it needs, in the versions with which it was checked{copies}

The code is under the MIT licence, copyright (c) 2026 the convdemo authors.
"""
