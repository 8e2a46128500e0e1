"""The command that previews augmentation: convdemo augment."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.augmentation.drawn import tiles_of
from convdemo.augmentation.preview import describe, ground
from convdemo.cli.figures import add_options, figures_of, part_of_name
from convdemo.cli.train import Add
from convdemo.errors import UserError
from convdemo.files import check_place
from convdemo.images.decode import NOTES, PictureError, read_picture
from convdemo.images.look import write

if TYPE_CHECKING:
    from convdemo.augmentation.policies import Tile


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    augment = add("augment", _augment, "what an augmentation policy makes of a picture")
    augment.add_argument("file", metavar="FILE")
    augment.add_argument("--policy", help="imagenet (default), cifar10, svhn, rand, ...")
    augment.add_argument(
        "--chain",
        help="classic techniques instead: ten, generator_mild, generator_strong, five_blocks, or "
        'JSON such as [{"name": "rotate", "degrees": [-45, 45]}]',
    )
    augment.add_argument("--fill", help="of a chain: constant, nearest, reflect or wrap")
    augment.add_argument("--n", type=int, default=9, help="tiles, 1 to 100")
    augment.add_argument("--seed", type=int, default=0)
    augment.add_argument("--out", type=Path, metavar="FILE.png", help="where the grid goes")
    add_options(augment)


def _augment(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.n <= 100:
        raise UserError(f"--n is {arguments.n}, a number from 1 to 100 is needed")
    if not 0 <= arguments.seed < 2**31:
        raise UserError(f"--seed is {arguments.seed}, a number from 0 to {2**31 - 1} is needed")
    if arguments.out is not None:
        check_place(arguments.out, make=False)
    figures = figures_of(arguments)
    figures.check("augment")
    try:
        picture = read_picture(arguments.file)
    except PictureError as error:
        print(f"{arguments.file}: {error}", file=sys.stderr)
        return 1
    note = NOTES.get(picture.note or "")
    how, made = _tiles(arguments, ground(picture))
    drawn: list[str] = []
    if arguments.out is not None or figures.folder is not None:
        chosen = arguments.chain or how["policy"]
        figure = tiles_of(chosen, made, figures.strings, figures.look)
        drawn = figures.save(figure, f"augment-{part_of_name(chosen)}")
        if arguments.out is not None:
            write(figure, arguments.out)
    if not arguments.json:
        _tell(note, made, drawn)
    else:
        found = {
            "file": arguments.file,
            **how,
            "seed": arguments.seed,
            "note": note,
            "tiles": [describe(tile) for tile in made],
            **({"figures": drawn} if drawn else {}),
        }
        print(json.dumps(found, ensure_ascii=False))
    return 0


def _tell(note: str | None, made: Sequence[Tile], drawn: Sequence[str]) -> None:
    if note:
        print(note)
    for index, tile in enumerate(made, start=1):
        words = [
            f"{one['name']} {'' if one['magnitude'] is None else format(one['magnitude'], '.3g')} "
            f"{one['unit']}".strip()
            for one in describe(tile)
            if one["applied"]
        ]
        print(f"{index}: {', '.join(words) or 'nothing fired'}")
    print(*drawn, sep="\n", end="\n" if drawn else "")


def _tiles(arguments: argparse.Namespace, image: Any) -> tuple[dict[str, Any], tuple[Tile, ...]]:
    """What is done, as JSON has it, and the tiles."""
    if arguments.chain is None:
        from convdemo.augmentation.policies import preview

        if arguments.fill is not None:
            raise UserError("--fill belongs to a --chain")
        policy = arguments.policy or "imagenet"
        return {"policy": policy}, preview(image, policy, arguments.n, arguments.seed)
    from convdemo.augmentation.chain import PRESETS, as_json, chain_of, preview_chain

    if arguments.policy is not None:
        raise UserError("--policy and --chain are both given, one of them is needed")
    if arguments.chain in PRESETS:
        chain = PRESETS[arguments.chain]
        if arguments.fill is not None:
            chain = chain_of(as_json(chain), arguments.fill)
    else:
        try:
            steps = json.loads(arguments.chain)
        except json.JSONDecodeError as error:
            raise UserError(
                f"--chain {arguments.chain!r} is none of {', '.join(PRESETS)}, and no JSON: {error}"
            ) from error
        chain = chain_of(steps, arguments.fill or "constant")
    told_as = {"chain": as_json(chain), "fill": chain.fill}
    return told_as, preview_chain(image, chain, arguments.n, arguments.seed)
