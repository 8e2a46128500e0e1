"""The command that looks into a network: convdemo explain."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.cli.train import Add
from convdemo.files import check_place
from convdemo.networks.backbones import PACKAGED

if TYPE_CHECKING:
    import numpy as np

    from convdemo.explain.subject import Subject
    from convdemo.images.decode import Picture

MAPS = "feature_maps"
SIDE = 448  # pixels of the picture of a map
STRENGTH = 0.6  # of the map, laid over the network's input
TILE = 96  # and of each map in a sheet of them


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    explain = add("explain", _explain, "look into a network: why does it answer that")
    explain.add_argument("file", metavar="FILE")
    explain.add_argument(
        "--model",
        default=PACKAGED,
        help="on the shelf, or a backbone by timm's name (default: %(default)s, for photos)",
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


def _explain(arguments: argparse.Namespace) -> int:
    from convdemo.explain.methods import DEFAULT_METHOD, METHODS
    from convdemo.images.decode import PictureError, read_picture

    arguments.method = arguments.method or DEFAULT_METHOD
    if arguments.method != MAPS and arguments.method not in METHODS:
        raise ValueError(f"method {arguments.method!r} is none of {', '.join((MAPS, *METHODS))}")
    check_place(arguments.out / "map.png")
    try:
        picture = read_picture(arguments.file)
    except PictureError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    subject = _subject(arguments, picture)
    told = {
        "file": arguments.file,
        "model": subject.model,
        "method": arguments.method,
        "note": picture.told,
        "label": subject.label,
        "probability": max(subject.probabilities),
    }
    told |= _maps(subject, arguments) if arguments.method == MAPS else _map(subject, arguments)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    print(f"read as {told['label']} ({told['probability']:.4f})")
    if picture.told:
        print(picture.told)
    if told.get("verdict"):
        print(f"the map of {told['target']} by {told['method']}: {told['verdict']}")
    if told.get("empty"):
        print(f"the map is empty: {told['empty']}")
    for file in told["files"]:
        print(file)
    return 0


def _subject(arguments: argparse.Namespace, picture: Picture) -> Subject:
    from convdemo.augmentation.preview import ground
    from convdemo.explain.subject import backbone_subject, subject_of
    from convdemo.inference.library import find, load, shelf, shelf_dirs
    from convdemo.networks.backbones import BACKBONES, build
    from convdemo.networks.hub import fetch

    if arguments.model == PACKAGED:
        fetch(BACKBONES[PACKAGED])  # or a sentence says what to install
    elif arguments.model in BACKBONES:
        network = build(arguments.model, pretrained=True)
        return backbone_subject(arguments.model, network, ground(picture))
    trained = load(find(arguments.model, shelf(shelf_dirs(arguments.weights_dir))).path)
    return subject_of(trained, picture)


def _map(subject: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """The map of a method, its files and how far it can be believed."""
    from convdemo.explain.attribution import attribute
    from convdemo.explain.faithfulness import judge
    from convdemo.images.render import enlarged, overlaid, picture_of

    found = attribute(
        subject,
        arguments.method,
        stage=arguments.stage,
        target=arguments.target,
        against=arguments.against,
    )
    heat = found.heat.numpy()
    parts = (arguments.method, found.target, found.against)
    name = "-".join(_word(part) for part in parts if part)
    seen = picture_of(subject.pixels.numpy())
    both = overlaid(seen, heat, has_sign=found.method.signed, strength=STRENGTH)
    picture = enlarged(both, SIDE)
    told: dict[str, Any] = {
        "target": found.target,
        "against": found.against,
        "stage": found.stage,
        "seconds": found.seconds,
        "empty": found.empty,
        "verdict": None,
        "files": _write(arguments.out, name, picture, heat),
    }
    if found.empty is None:
        judged = judge(found.method, found.asked, found.heat)
        told |= {
            "verdict": judged.verdict,
            "checks": [dataclasses.asdict(check) for check in judged.checks],
            "deletion": {name: curve.area for name, curve in judged.deletion.items()},
            "insertion": {name: curve.area for name, curve in judged.insertion.items()},
            "similarity": judged.similarity,
            "infidelity": judged.infidelity,
            "sensitivity": judged.sensitivity,
        }
    return told


def _word(text: str) -> str:
    """A part of a file's name, which may have 255 bytes in all."""
    return re.sub(r"\W+", "_", text).encode()[:100].decode(errors="ignore")


def _maps(subject: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """All maps of a stage, as a sheet and as they are."""
    import time

    from convdemo.explain.feature_maps import feature_maps
    from convdemo.images.render import coloured, enlarged, sheet

    if arguments.target is not None or arguments.against is not None:
        raise ValueError("feature maps belong to no class; leave --target and --against out")
    started = time.perf_counter()
    stages = {one.name: one for one in feature_maps(subject.network, subject.x)}
    seconds = time.perf_counter() - started
    name = arguments.stage or subject.cam_stage
    spatial = [key for key, one in stages.items() if one.spatial]
    if name not in spatial:
        named = ", ".join(spatial) or "none: this network has no maps"
        raise ValueError(f"stage {name!r} has no maps; those with maps: {named}")
    chosen = stages[name]
    tiles = [enlarged(coloured(one, has_sign=True), TILE) for one in chosen.values.numpy()]
    picture = sheet(tiles, across=max(1, round(len(tiles) ** 0.5)))
    return {
        "target": None,
        "stage": name,
        "seconds": seconds,
        "shape": list(chosen.values.shape),
        "statistics": chosen.statistics,
        "files": _write(arguments.out, f"{MAPS}-{name}", picture, chosen.values.numpy()),
    }


def _write(folder: Path, name: str, picture: np.ndarray, raw: np.ndarray) -> list[str]:
    """NAME.png and NAME.npy in the folder."""
    import numpy as np

    from convdemo.images.decode import encode_png

    paths = [folder / f"{name}.png", folder / f"{name}.npy"]
    paths[0].write_bytes(encode_png(picture))
    np.save(paths[1], raw)
    return [str(path) for path in paths]
