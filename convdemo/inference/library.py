"""The model library: what lies in the folders, found by name, loaded and written."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo import files
from convdemo.errors import UserError
from convdemo.files import save_tensors
from convdemo.inference.card import IMAGENET, SUFFIX, Card, read_card
from convdemo.networks import packaged as packaged_base
from convdemo.networks.backbones import BACKBONES, PACKAGED, build, class_names
from convdemo.paths import home_dir, shipped_dir

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Entry:
    """A model in the model library that is not loaded yet."""

    card: Card
    path: Path


@dataclass(frozen=True)
class Trained:
    """A network in eval mode and its card."""

    card: Card
    network: nn.Sequential


def model_dirs(weights_dir: Path | None = None) -> tuple[Path, ...]:
    """The folders every command reads, the user's own first: its models win over shipped ones."""
    return (weights_dir or home_dir() / "weights", shipped_dir())


def list_models(folders: Iterable[Path]) -> tuple[Entry, ...]:
    """Every model in the folders by name, a name in an earlier folder hiding a later one.

    Files that are not whole or have no card are left out: a broken file of the user's own must
    not take the page down. After another folder, what ships has the network of a package beside it.
    """
    folders = tuple(folders)
    entries: dict[str, Entry] = {}
    for folder in folders:
        for path in sorted(Path(folder).glob(f"*{SUFFIX}")):
            try:
                card = read_card(path)
            except (ValueError, OSError):
                continue
            entries.setdefault(card.name, Entry(card, path))
    packaged = packaged_base.find() if shipped_dir() in folders[1:] else None
    if packaged is not None:
        card = _packaged_card()
        entries.setdefault(card.name, Entry(card, packaged))
    return tuple(sorted(entries.values(), key=lambda entry: entry.card.name))


def _packaged_card(classes: tuple[str, ...] = ()) -> Card:
    """The card of the base in the package; its thousand classes are named once it is loaded."""
    spec = BACKBONES[PACKAGED]
    return Card(
        name=spec.name,
        model=spec.name,
        dataset=IMAGENET,
        job="photos",
        classes=classes,
        shape=(3, spec.side, spec.side),
        mean=spec.mean,
        std=spec.std,
        preprocessing=IMAGENET,
        parameters=spec.parameters,
        validation_accuracy=None,
        test_accuracy=None,
        test_loss=None,
        epochs=0,
        seconds=0.0,
        hardware="",
        command="",
        date="",
        default_for="photos",
    )


def find(name: str, entries: Iterable[Entry]) -> Entry:
    """The entry of that name; ValueError naming the choices."""
    known = {entry.card.name: entry for entry in entries}
    if name in known:
        return known[name]
    choices = ", ".join(known) or "none, the model library is empty"
    raise UserError(f"model {name!r} is not in the model library; there are: {choices}")


def default_entry(job: str, entries: Iterable[Entry]) -> Entry:
    """The model that a tab opens with: the one marked for it, else its most accurate one."""
    fitting = [entry for entry in entries if entry.card.job == job]
    if not fitting:
        raise UserError(f"there is no model for {job!r} in the model library")
    return max(fitting, key=lambda e: (e.card.default_for == job, e.card.validation_accuracy or 0))


def save(path: Path, card: Card, network: nn.Module) -> None:
    """Write the weights and their card; what was at `path` stays until they are whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_tensors(path, network.state_dict(), card.to_header())


def keep(path: Path, card: Card, network: nn.Module) -> None:
    """`save` after a training: where it fails, SpareError names where the weights are instead."""
    files.keep(path, lambda place: save(place, card, network))


def recard(path: Path, card: Card) -> None:
    """Give a file another card; its weights stay as they are."""
    from safetensors.torch import load_file

    save_tensors(path, load_file(path), card.to_header())


_loaded: dict[Path, tuple[int, Trained]] = {}
_loading = threading.Lock()


def load(path: Path) -> Trained:
    """The trained network of a file, cached until the file changes.

    ValueError for weights that fit no network of this version, as an older one may have left them.
    """
    with _loading:
        changed = path.stat().st_mtime_ns
        if path in _loaded and _loaded[path][0] == changed:
            return _loaded[path][1]
        import torch

        if path == packaged_base.find():
            base = build(PACKAGED, pretrained=True)
            trained = Trained(_packaged_card(class_names()), base)
        else:
            trained = _trained(path)
        # One picture is read nearly twice as fast with its channels last.
        trained.network.to(memory_format=torch.channels_last).eval().requires_grad_(False)
        _loaded[path] = (changed, trained)
        return trained


def remove(path: Path) -> None:
    """Delete a model's file, and let go of its network."""
    path.unlink(missing_ok=True)
    with _loading:
        _loaded.pop(path, None)


def _trained(path: Path) -> Trained:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from convdemo.inference.tta import VIEWS
    from convdemo.networks.registry import build_network

    card = read_card(path)
    outputs = len(card.classes) + len(card.extra_classes)
    try:
        network = build_network(card.model, card.shape, outputs)
        network.load_state_dict(load_file(path))
        VIEWS[card.views]
    except (UserError, KeyError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"{path.name} does not fit the network {card.model!r} of this version; "
            f"train it again or remove {path}"
        ) from error
    return Trained(card, network)


def load_model(name: str, folders: Iterable[Path] | None = None) -> Trained:
    """The trained network of that name, from the folders that every command reads where none are
    named; ValueError naming the choices.
    """
    return load(find(name, list_models(folders or model_dirs())).path)
