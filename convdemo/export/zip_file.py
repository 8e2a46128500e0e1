"""A trained model as a zip that runs by itself: weights, predict.py, and pictures to prove it."""

from __future__ import annotations

import dataclasses
import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from convdemo.errors import UserError
from convdemo.export.template import labels, outputs, readme, requirements, scripts, timm_name_of
from convdemo.images.decode import read_picture
from convdemo.images.render import encode_png
from convdemo.inference.card import SUFFIX
from convdemo.inference.library import Trained
from convdemo.inference.predict import predict_picture
from convdemo.networks.timm_stages import staged

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name


def write_zip(trained: Trained, pictures: Sequence[np.ndarray], path: Path) -> None:
    """Write the zip; ValueError for a preprocessing that cannot be written as code."""
    files = {name: text.encode() for name, text in scripts(trained.card).items()}
    files["requirements.txt"] = requirements([text.decode() for text in files.values()]).encode()
    files["README.md"] = readme(trained.card, len(pictures)).encode()
    files["labels.json"] = _json(labels(trained.card))
    files["weights.safetensors"] = weights(trained)
    expected = []
    for index, picture in enumerate(pictures, start=1):
        name, data = f"{index:02}.png", encode_png(picture)
        files[f"pictures/{name}"] = data
        expected.append({"picture": name, **_told(trained, data)})
    files["expected.json"] = _json(expected)
    with zipfile.ZipFile(path, "w") as opened:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _LONG_AGO)
            # Weights hardly shrink, and large ones would take half a minute.
            is_weights = name.endswith(SUFFIX)
            info.compress_type = zipfile.ZIP_STORED if is_weights else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            opened.writestr(info, files[name])


def weights(trained: Trained) -> bytes:
    """A safetensors file with the keys of the network that predict.py builds."""
    card = trained.card
    timm_name = timm_name_of(card)
    held = set(trained.network.state_dict())
    names = {} if timm_name is None else timm_names(timm_name, outputs(card), held)
    tensors = {
        names.get(name, name): value.detach().cpu().contiguous()
        for name, value in trained.network.state_dict().items()
    }
    # The command that trained it may name places on its owner's machine.
    card = dataclasses.replace(card, command="")
    return save(tensors, metadata={"name": card.name} if names else card.to_header())


def timm_names(timm_name: str, classes: int, ours: set[str]) -> dict[str, str]:
    """The key in timm's state dict of each of our keys; ValueError where the layers differ."""
    import timm

    with torch.device("meta"):  # only the names are asked for
        network = timm.create_model(timm_name, num_classes=classes)
        cut = staged(network)
    theirs = {id(value): name for name, value in network.state_dict(keep_vars=True).items()}
    names = {name: theirs[id(value)] for name, value in cut.state_dict(keep_vars=True).items()}
    if names.keys() != ours or set(names.values()) != set(network.state_dict()):
        raise ValueError(f"the layers are not those of timm's {timm_name}")
    return names


def _told(trained: Trained, data: bytes) -> dict:
    prediction = predict_picture(trained, read_picture(data))
    if not all(math.isfinite(value) for value in prediction.probabilities.values()):
        raise UserError(f"{trained.card.name} answers with what is no number")
    return {
        "label": prediction.label,
        "notice": prediction.notice,
        "probabilities": prediction.probabilities,
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
