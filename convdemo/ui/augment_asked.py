"""What a request of the Augment tab is about: a picture, and a policy or a chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.augment import COUNTS, POLICY_NAMES, ChainError, ground
from convdemo.data import DataMissingError
from convdemo.ingest import Picture, encode_png, picture_from_ink, read_picture
from convdemo.ui import page, snippet, wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.augment import Tile
    from convdemo.chains import Chain

EXAMPLES = ("clothes", "digits", "photos")  # folders of pictures to begin with
SAMPLED = ("mnist", "fashion_mnist", "cifar10")  # data sets whose pictures are offered
HIGHEST_SEED = 999_999


@dataclass(frozen=True)
class Asked:
    """The picture (H, W, 3) uint8, (imports, lines) of code that read it, what is to be said of
    it, and its class where that is known.
    """

    image: np.ndarray
    reading: tuple[str, str]
    note: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Treatment:
    """What is done to the picture: a policy by name, or a chain."""

    policy: str | None
    chain: Chain | None
    count: int
    seed: int

    def tiles(self, image: np.ndarray) -> tuple[Tile, ...]:
        """The tiles; Refused for a chain that cannot be applied to this picture."""
        if self.chain is None:
            from convdemo.policies import preview

            return preview(image, str(self.policy), self.count, self.seed)
        from convdemo.chains import preview_chain

        try:
            return preview_chain(image, self.chain, self.count, self.seed)
        except ChainError as error:
            raise Refused(error.problem, **error.values) from error

    def code(self, reading: tuple[str, str]) -> str:
        """Python that makes the same tiles."""
        if self.chain is None:
            return snippet.for_policy(reading, str(self.policy), self.count, self.seed)
        from convdemo.ui.chain_code import for_chain

        return for_chain(reading, self.chain, self.count, self.seed)


def chain_in(request: Mapping[str, Any]) -> Chain:
    """The chain of {"chain": steps, "fill"}; Refused says what it cannot be."""
    from convdemo.chains import chain_of

    try:
        return chain_of(request.get("chain"), wire.text(request, "fill") or "constant")
    except ChainError as error:
        raise Refused(error.problem, **error.values) from error
    except ValueError as error:
        raise Refused("request") from error


def treatment(request: Mapping[str, Any]) -> Treatment:
    """Of {"policy"} or {"chain", "fill"}, with {"n"} tiles from {"seed"}."""
    count = int(wire.number(request, "n", 1, max(COUNTS)))
    seed = int(wire.number(request, "seed", 0, HIGHEST_SEED))
    if "chain" in request:
        return Treatment(None, chain_in(request), count, seed)
    policy = wire.text(request, "policy")
    if policy not in POLICY_NAMES:
        raise Refused("request")
    return Treatment(policy, None, count, seed)


def picture(context: Context, request: Mapping[str, Any]) -> Asked:
    """The picture of {"upload", "name"}, {"example", "job"}, {"sample", "dataset"} or {"ink"}."""
    if "upload" in request:
        read = read_picture(wire.uploaded(request["upload"]))
        name = wire.text(request, "name") or "picture.png"
        return Asked(ground(read), snippet.from_file(name), read.note)
    if "example" in request:
        job, name = wire.text(request, "job"), wire.text(request, "example")
        files = page.examples(job) if job in EXAMPLES else {}
        if job is None or name not in files:
            raise Refused("request")
        read = read_picture(files[name])
        return Asked(ground(read), snippet.from_example(job, name), read.note)
    if "sample" in request:
        return _sample(context, request)
    ink = picture_from_ink(wire.grey(request.get("ink")))
    return Asked(ground(ink), snippet.from_drawing(encode_png(ink.rgb[:, :, 0])))


def _sample(context: Context, request: Mapping[str, Any]) -> Asked:
    """A picture that networks were validated with, and the class that its data set says it is."""
    dataset = wire.text(request, "dataset")
    if dataset not in SAMPLED:
        raise Refused("request")
    try:
        images = context.images(dataset, "validation")
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{dataset}", error=error) from error
    place = int(wire.number(request, "sample", 0, len(images) - 1))
    image = wire.uint8_image(images.images[place])
    rgb = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image
    label = context.dataset(dataset, "").classes[int(images.labels[place])]
    return Asked(ground(Picture(rgb)), snippet.from_sample(dataset, place), label=label)
