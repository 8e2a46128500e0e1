"""A trained model as an ONNX file, with its normalisation, views and softmax inside."""

from __future__ import annotations

import copy
import importlib.util
import json
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from convdemo.errors import UserError
from convdemo.export.onnx_check import difference, packed
from convdemo.export.template import labels
from convdemo.images.decode import Picture
from convdemo.inference.inputs import prepare
from convdemo.inference.library import Trained
from convdemo.inference.predict import probabilities
from convdemo.inference.tta import probabilities_of

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
INPUT, OUTPUT = "pixels", "probabilities"
_exporting = threading.Lock()  # torch's tracing keeps state of its own


class Answering(nn.Module):
    """From pixels (N, C, H, W) in 0..1 to probabilities (N, outputs)."""

    def __init__(self, trained: Trained):
        super().__init__()
        # A copy, since others may be asking the network while it is traced.
        self.network = copy.deepcopy(trained.network)
        self.card = trained.card

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        card = self.card
        return probabilities_of(
            self.network, pixels, mean=card.mean, std=card.std, views=card.views
        )


def need_packages() -> None:
    """ValueError naming what has to be installed, if anything."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"for ONNX these packages are missing: {', '.join(missing)}; "
            "install them with: pip install 'convdemo[onnx]'"
        )


def write_onnx(trained: Trained, pictures: Sequence[np.ndarray], path: Path) -> None:
    """Write the file; what it has to answer to these pictures is kept in it, for proof."""
    need_packages()
    card = trained.card
    inputs = np.rint(inputs_of(trained, pictures) * 255).astype(np.uint8)
    expected = probabilities(trained, inputs.astype(np.float32) / 255)
    if not np.isfinite(expected).all():
        raise UserError(f"{card.name} answers with what is no number")
    program = _program(trained)
    program.model.metadata_props.update(
        {
            "name": card.name,
            "preprocessing": card.preprocessing,
            "classes": json.dumps(card.classes, ensure_ascii=False),
            "labels": json.dumps(labels(card), ensure_ascii=False),
            "check": packed(inputs, expected),
        }
    )
    program.save(path, external_data=False)


def _program(trained: Trained) -> torch.onnx.ONNXProgram:
    example = torch.zeros(2, *trained.card.shape)
    shapes = ({0: torch.export.Dim("batch")},)
    with _exporting:
        # Strict tracing keeps the length of the batch open where the views ask for it.
        network = Answering(trained).eval()
        traced = torch.export.export(network, (example,), dynamic_shapes=shapes, strict=True)
        program = torch.onnx.export(
            traced,
            dynamo=True,
            dynamic_shapes=shapes,  # again, for the name
            input_names=[INPUT],
            output_names=[OUTPUT],
            verbose=False,
        )
    if program is None:
        raise UserError(f"torch makes no ONNX of {trained.card.name}")
    return program


def inputs_of(trained: Trained, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """(N, C, H, W) float32 in 0..1: what the network takes of these pictures."""
    return np.stack([prepare(trained.card, Picture(picture)).pixels for picture in pictures])


def largest_difference(trained: Trained, pictures: Sequence[np.ndarray], path: Path) -> float:
    """Between the probabilities of the file and the app's, over these pictures."""
    inputs = inputs_of(trained, pictures)
    return difference(path, inputs, probabilities(trained, inputs))
