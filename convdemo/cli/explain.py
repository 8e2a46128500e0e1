"""The command that looks into a network: convdemo explain."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.augmentation.preview import ground
from convdemo.cli.figures import Figures, add_options, figures_of, part_of_name
from convdemo.cli.train import Add
from convdemo.errors import UserError, choose
from convdemo.explain.drawn import explanation_of
from convdemo.files import check_place
from convdemo.images.decode import NOTES, Picture, PictureError, read_picture
from convdemo.images.figures import maps
from convdemo.images.look import write
from convdemo.images.render import encode_png, enlarged, overlaid, picture_of
from convdemo.inference.library import load_model, model_dirs
from convdemo.networks.backbones import BACKBONES, PACKAGED, build
from convdemo.networks.hub import fetch

if TYPE_CHECKING:
    from convdemo.explain.subject import Subject

MAPS = "feature_maps"
SIDE = 448  # pixels of the picture of a map
STRENGTH = 0.6  # of the map, laid over the network's input


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    explain = add("explain", _explain, "look into a network: why does it answer that")
    explain.add_argument("file", metavar="FILE")
    explain.add_argument(
        "--model",
        default=PACKAGED,
        help="a model, or a backbone by timm's name (default: %(default)s, for photos)",
    )
    explain.add_argument(
        "--method",
        help="feature_maps, grad_cam, saliency, integrated_gradients, smoothgrad, occlusion "
        "(default), guided_backprop or deeplift",
    )
    explain.add_argument("--stage", help="whose maps are looked at (default: the last with maps)")
    explain.add_argument("--target", metavar="CLASS", help="default: the one that is read")
    explain.add_argument("--against", metavar="CLASS", help="why the target and not this one")
    explain.add_argument("--out", type=Path, required=True, metavar="DIR")
    add_options(explain)


def _explain(arguments: argparse.Namespace) -> int:
    from convdemo.explain.attribution_methods import DEFAULT_METHOD, METHODS

    arguments.method = choose("method", arguments.method or DEFAULT_METHOD, (MAPS, *METHODS))
    figures = figures_of(arguments)
    figures.check("map")
    check_place(arguments.out / "map.png")
    try:
        picture = read_picture(arguments.file)
    except PictureError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    subject = _subject(arguments, picture)
    described = {
        "file": arguments.file,
        "model": subject.model,
        "method": arguments.method,
        "note": NOTES.get(subject.note or ""),
        "label": subject.label,
        "probability": max(subject.probabilities),
    }
    look_into = _maps if arguments.method == MAPS else _map
    described |= look_into(subject, arguments, figures)
    if arguments.json:
        print(json.dumps(described, ensure_ascii=False))
        return 0
    print(f"read as {described['label']} ({described['probability']:.4f})")
    if described["note"]:
        print(described["note"])
    if described.get("verdict"):
        print(f"the map of {described['target']} by {described['method']}: {described['verdict']}")
    if described.get("empty"):
        print(f"the map is empty: {described['empty']}")
    print(*described["files"], *described.get("figures", ()), sep="\n")
    return 0


def _subject(arguments: argparse.Namespace, picture: Picture) -> Subject:
    from convdemo.explain.subject import backbone_subject, subject_of

    if arguments.model == PACKAGED:
        fetch(BACKBONES[PACKAGED])  # or a sentence says what to install
    elif arguments.model in BACKBONES:
        network = build(arguments.model, pretrained=True)
        return backbone_subject(arguments.model, network, ground(picture))
    return subject_of(load_model(arguments.model, model_dirs(arguments.weights_dir)), picture)


def _map(subject: Subject, arguments: argparse.Namespace, figures: Figures) -> dict[str, Any]:
    """The map of a method, its files and how far it can be believed."""
    from convdemo.explain.attribution import attribute
    from convdemo.explain.faithfulness import evaluate_map

    found = attribute(
        subject,
        arguments.method,
        stage=arguments.stage,
        target=arguments.target,
        against=arguments.against,
    )
    heat = found.heat.numpy()
    parts = (arguments.method, found.target, found.against)
    name = "-".join(part_of_name(part) for part in parts if part)
    seen = picture_of(subject.pixels.numpy())
    both = overlaid(seen, heat, has_sign=found.method.signed, strength=STRENGTH)
    picture, raw = _places(arguments.out, name)
    picture.write_bytes(encode_png(enlarged(both, SIDE)))
    np.save(raw, heat)
    described: dict[str, Any] = {
        "target": found.target,
        "against": found.against,
        "stage": found.stage,
        "seconds": found.seconds,
        "empty": found.empty,
        "verdict": None,
        "files": [str(picture), str(raw)],
    }
    if figures.folder is not None:
        classes = figures.classes(subject.classes, subject.card.job if subject.card else None)
        drawn = explanation_of(subject, found, classes, figures.strings, figures.look)
        described["figures"] = figures.save(drawn, f"why-{name}")
    if found.empty is None:
        faithfulness = evaluate_map(found.method, found.query, found.heat)
        described |= {
            "verdict": faithfulness.verdict,
            "checks": [dataclasses.asdict(check) for check in faithfulness.checks],
            "deletion": {name: curve.area for name, curve in faithfulness.deletion.items()},
            "insertion": {name: curve.area for name, curve in faithfulness.insertion.items()},
            "similarity": faithfulness.similarity,
            "infidelity": faithfulness.infidelity,
            "sensitivity": faithfulness.sensitivity,
        }
    return described


def _maps(subject: Subject, arguments: argparse.Namespace, figures: Figures) -> dict[str, Any]:
    """All maps of a stage, as a figure and as they are."""
    from convdemo.explain.feature_maps import feature_maps

    if arguments.target is not None or arguments.against is not None:
        raise UserError("feature maps belong to no class; leave --target and --against out")
    started = time.perf_counter()
    stages = {one.name: one for one in feature_maps(subject.network, subject.x)}
    seconds = time.perf_counter() - started
    name = subject.stage_with_maps(arguments.stage)
    chosen = stages[name]
    values = chosen.values.numpy()
    figure = maps(values, title=f"{subject.model} · {name}", look=figures.look)
    picture, raw = _places(arguments.out, f"{MAPS}-{name}")
    write(figure, picture)
    np.save(raw, values)
    described = {
        "target": None,
        "stage": name,
        "seconds": seconds,
        "shape": list(chosen.values.shape),
        "statistics": chosen.statistics,
        "files": [str(picture), str(raw)],
    }
    if figures.folder is not None:
        described["figures"] = figures.save(figure, f"{MAPS}-{name}")
    return described


def _places(folder: Path, name: str) -> tuple[Path, Path]:
    """Where a picture goes, and the numbers that it shows."""
    return folder / f"{name}.png", folder / f"{name}.npy"
