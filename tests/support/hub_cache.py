"""Files in the cache of the hub, as its client leaves them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from convdemo.networks.backbones import BackboneSpec
from convdemo.networks.hub import WEIGHTS_FILE

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def weights_of(network: nn.Module, folder: Path) -> bytes:
    path = folder / "written.safetensors"
    save_file(network.state_dict(), path)
    return path.read_bytes()


def fill(cache: Path, spec: BackboneSpec, content: bytes) -> Path:
    """The weights laid out as the hub's client leaves them after a download."""
    folder = cache / f"models--{spec.hub_id.replace('/', '--')}"
    blob = folder / "blobs" / hashlib.sha256(content).hexdigest()
    link = folder / "snapshots" / COMMIT / WEIGHTS_FILE
    for path in (blob, link, folder / "refs" / "main"):
        path.parent.mkdir(parents=True, exist_ok=True)
    blob.write_bytes(content)
    link.symlink_to(Path("../../blobs") / blob.name)
    (folder / "refs" / "main").write_text(COMMIT)
    return link
