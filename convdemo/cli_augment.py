"""The command that previews augmentation: convdemo augment."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .cli_train import Add


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    augment = add("augment", _augment, "what an augmentation policy makes of a picture")
    augment.add_argument("file", metavar="FILE")
    augment.add_argument("--policy", default="imagenet")
    augment.add_argument("--n", type=int, default=9, help="tiles, 1 to 100")
    augment.add_argument("--seed", type=int, default=0)
    augment.add_argument("--out", type=Path, metavar="FILE.png", help="where the grid goes")


def _augment(arguments: argparse.Namespace) -> int:
    from .augment import grid, ground, told
    from .ingest import PictureError, encode_png, read_picture
    from .policies import preview

    if not 1 <= arguments.n <= 100:
        raise ValueError(f"--n is {arguments.n}, a number from 1 to 100 is needed")
    if not 0 <= arguments.seed < 2**31:
        raise ValueError(f"--seed is {arguments.seed}, a number from 0 to {2**31 - 1} is needed")
    if arguments.out is not None and not arguments.out.parent.is_dir():
        raise ValueError(f"there is no folder {arguments.out.parent}")
    try:
        picture = read_picture(arguments.file)
    except PictureError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    tiles = preview(ground(picture), arguments.policy, arguments.n, arguments.seed)
    if arguments.out is not None:
        arguments.out.write_bytes(encode_png(grid(tiles)))
    if arguments.json:
        found = {
            "file": arguments.file,
            "policy": arguments.policy,
            "seed": arguments.seed,
            "tiles": [told(tile) for tile in tiles],
        }
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for place, tile in enumerate(tiles, start=1):
        words = [
            f"{one['name']} {'' if one['magnitude'] is None else format(one['magnitude'], '.3g')} "
            f"{one['unit']}".strip()
            for one in told(tile)
            if one["applied"]
        ]
        print(f"{place}: {', '.join(words) or 'nothing fired'}")
    return 0
