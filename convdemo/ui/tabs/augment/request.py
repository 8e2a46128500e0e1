"""What a request of the Augment tab is about: a picture, and a policy or a chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convdemo.augmentation.preview import COUNTS, POLICY_NAMES, ground
from convdemo.augmentation.problems import ChainError
from convdemo.data.registry import DATASETS
from convdemo.images.decode import Picture
from convdemo.images.render import picture_of
from convdemo.ui import snippet, wire
from convdemo.ui.context import Context
from convdemo.ui.picture_request import requested_picture, requested_sample
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.augmentation.chain import Chain
    from convdemo.augmentation.preview import Tile

EXAMPLES = ("clothes", "digits", "photos")  # folders of pictures to begin with
# Data sets whose pictures are offered, and whose models read those.
SAMPLED = {"mnist": "digits", "fashion_mnist": "clothes", "cifar10": "photos"}
HIGHEST_SEED = 999_999


@dataclass(frozen=True)
class AugmentRequest:
    """The picture (H, W, 3) uint8, (imports, lines) of code that read it, what is to be said of
    it, and its class where that is known.
    """

    image: np.ndarray
    reading: snippet.Reading
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
            from convdemo.augmentation.policies import preview

            return preview(image, str(self.policy), self.count, self.seed)
        from convdemo.augmentation.chain import preview_chain

        try:
            return preview_chain(image, self.chain, self.count, self.seed)
        except ChainError as error:
            raise Refused(error.problem, **error.values) from error

    def code(self, reading: snippet.Reading) -> str:
        """Python that makes the same tiles."""
        if self.chain is None:
            return snippet.for_policy(reading, str(self.policy), self.count, self.seed)
        from convdemo.ui.tabs.augment.chain_code import for_chain

        return for_chain(reading, self.chain, self.count, self.seed)


def chain_in(request: Mapping[str, Any]) -> Chain:
    """The chain of {"chain": steps, "fill"}; Refused says what it cannot be."""
    from convdemo.augmentation.chain import chain_of

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


def picture(context: Context, request: Mapping[str, Any]) -> AugmentRequest:
    """The picture of {"upload", "name"}, {"example", "job"}, {"sample", "dataset"} or {"ink"}; a
    sample is one that networks are validated with.
    """
    if "sample" not in request:
        read, reading = requested_picture(request, *EXAMPLES)
        return AugmentRequest(ground(read), reading, read.note)
    dataset = wire.text(request, "dataset")
    if dataset not in SAMPLED:
        raise Refused("request")
    pixels, label, place = requested_sample(context, request, DATASETS[dataset], "validation")
    image = ground(Picture(picture_of(pixels)))
    return AugmentRequest(image, snippet.from_sample(dataset, place), label=label)
