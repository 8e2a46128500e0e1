"""Files of weights that somebody hands over: checked, and added under a free name."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from convdemo.data.custom import JOB, PREPROCESSING, SIDE
from convdemo.data.mnist import EXTRA_CLASSES
from convdemo.data.registry import DATASETS
from convdemo.errors import Problem, UserError
from convdemo.files import check_place
from convdemo.inference.card import SUFFIX, Card, NoCardError, NotWholeError, read_card
from convdemo.inference.inputs import crop_of, preprocessing_of
from convdemo.inference.library import save

MOST_BYTES = 50_000_000
SIDES = range(32, 513)  # of a photo that somebody's own network takes, in pixels
PROBLEMS = {
    "weights_pickle": "This is a pickle or a PyTorch file (.pt), which can run any program when it "
    "is opened. Only safetensors files with a card are taken.",
    "weights_not": "This is not a whole safetensors file.",
    "weights_card": "This safetensors file has no card of convdemo in its header.",
    "weights_unfit": "The weights do not fit the network {model} of this version.",
    "weights_unknown": "There is no network {model} or no data set {dataset} here.",
    "weights_numbers": "Some of its weights are not numbers.",
    "weights_large": "This file is larger than {megabytes} MB.",
}


class WeightsError(Problem):
    """A file of weights that is not taken; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS


def import_weights(source: Path, folder: Path) -> Card:
    """Add a file of weights to the models in `folder`; WeightsError says why it cannot be."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from convdemo.networks.registry import MODELS, build_network, find_model
    from convdemo.networks.stages import count_parameters
    from convdemo.networks.written import is_line

    card = _checked_card(source)
    known = card.model in MODELS or is_line(card.model)
    spec, dataset = find_model(card.model) if known else None, DATASETS.get(card.dataset)
    # Without a data set that is known its name is somebody's, and becomes a part of a file's.
    own = card.job == JOB and 2 <= len(card.classes) <= 1000 and is_plain(card.dataset)
    if dataset is not None and spec is not None:
        right = (card.shape, card.classes) == (dataset.shape, dataset.classes)
    elif card.preprocessing == preprocessing_of(card.model) and crop_of(card):
        # Photos of somebody's own, on a base or from scratch.
        side = card.shape[-1]
        right = own and card.shape == (3, side, side) and side in SIDES
    else:  # pictures of somebody's own
        square = card.preprocessing == PREPROCESSING and card.shape == (3, SIDE, SIDE)
        right = own and square and spec is not None
    if not right:
        raise WeightsError("weights_unknown", model=card.model, dataset=card.dataset)
    extra = () if dataset is None else dataset.extra_classes
    if dataset is not None and dataset.job == "digits" and card.extra_classes == EXTRA_CLASSES:
        extra = EXTRA_CLASSES
    try:
        network = build_network(card.model, card.shape, len(card.classes) + len(extra))
        tensors = load_file(source)
        network.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, UserError) as error:
        raise WeightsError("weights_unfit", model=card.model) from error
    if not all(torch.isfinite(tensor).all() for tensor in tensors.values()):
        raise WeightsError("weights_numbers")
    # What the file says of itself decides nothing here but what it is called.
    kept = dataclasses.replace(
        card,
        name=_free_name(card, folder),
        job=JOB if dataset is None else dataset.job,
        preprocessing=card.preprocessing if dataset is None else dataset.preprocessing,
        extra_classes=extra,
        parameters=count_parameters(network),
        views="single" if spec is None else spec.views,
        default_for=None,
    )
    check_place(folder / f"{kept.name}{SUFFIX}")
    save(folder / f"{kept.name}{SUFFIX}", kept, network)
    return kept


def _checked_card(source: Path) -> Card:
    if source.stat().st_size > MOST_BYTES:
        raise WeightsError("weights_large", megabytes=MOST_BYTES // 1_000_000)
    try:
        return read_card(source)
    except NoCardError as error:
        raise WeightsError("weights_card") from error
    except NotWholeError as error:
        # Asked last: the length of a whole file's header may begin like a pickle.
        with source.open("rb") as opened:
            head = opened.read(4)
        # torch.save writes a zip of pickles.
        pickled = head.startswith((b"PK\x03\x04", b"\x80"))
        raise WeightsError("weights_pickle" if pickled else "weights_not") from error


def is_plain(name: str) -> bool:
    """Whether a name can be a part of a file's name anywhere."""
    # Systems count the bytes of a name, of which a letter has up to four.
    return re.fullmatch(r"[\w-]{1,80}", name) is not None and len(name.encode()) <= 160


def _free_name(card: Card, folder: Path) -> str:
    """The card's own name if it can be a file's, with a number after it where that is taken."""
    from convdemo.networks.registry import name_of

    usual = f"{name_of(card.model)}-{card.dataset}"
    name = card.name if is_plain(card.name) else usual
    # A shipped model's name would hide it.
    wanted = f"{name}-uploaded" if name == usual else name
    found, number = wanted, 1
    while (folder / f"{found}{SUFFIX}").exists():
        number += 1
        found = f"{wanted}-{number}"
    return found
