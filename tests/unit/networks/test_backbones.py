"""Backbones: timm's logits in our stages, timm's numbers in our list, weights from a cache."""

import copy
import dataclasses
import hashlib
import importlib.util
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from PIL import Image
from support.hub_cache import COMMIT, fill, weights_of
from timm.data.config import resolve_data_config
from timm.data.imagenet_info import ImageNetInfo
from timm.data.transforms_factory import create_transform
from torch import nn

from convdemo.inference.tta import normalise
from convdemo.networks.backbones import BACKBONES, HALVES, BackboneSpec, build, class_names
from convdemo.networks.hub import WEIGHTS_FILE, BackboneMissingError, fetch, is_cached
from convdemo.networks.stages import count_parameters, run_stages, set_dropout, split_at
from convdemo.networks.timm_stages import staged

# A small one of timm's; its weights here are drawn at random.
SMALL = BackboneSpec(
    "test_resnet",
    "ResNet, tiny",
    "timm/test_resnet.r160_in1k",
    469_688,
    2,
    "layer4",
    side=160,
    crop=0.95,
    resize="bilinear",
    mean=HALVES,
    std=HALVES,
)
REFUSED = "http://127.0.0.1:9"  # nothing listens there


def noise(side: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module", params=[*BACKBONES, SMALL.name])
def original(request):
    """(its entry in the list, timm's network, an input as small as it takes)."""
    spec = BACKBONES.get(request.param, SMALL)
    torch.manual_seed(0)
    network = timm.create_model(spec.timm_name).eval()
    return spec, network, noise(96 if spec.side == 299 else 64)


@torch.no_grad()
def test_stages_give_the_originals_logits_and_leave_each_others_maps_alone(original):
    spec, network, x = original
    wanted = network(x)
    assert torch.isfinite(wanted).all()
    assert wanted.std() > 0
    cut = staged(network)
    assert not any(module.training for module in cut.modules())
    names = [name for name, _ in cut.named_children()]
    assert 6 <= len(names) <= 20
    for name, stage in cut.named_children():
        before = x.clone()
        after = stage(x)
        assert torch.equal(x, before), f"{name} writes into the map before it"
        x = after
    assert torch.equal(x, wanted)
    assert names[-1] == "output"
    assert isinstance(cut.output, nn.Linear)


@torch.no_grad()
def test_every_stage_splits_the_network_and_the_last_map_is_named(original):
    spec, network, x = original
    cut = staged(network)
    outputs = run_stages(cut, x[:1])
    maps = [name for name, output in outputs.items() if output.ndim == 4]
    assert spec.cam_stage == maps[-1]
    assert [name for name, output in outputs.items() if output.ndim == 2] == list(outputs)[-2:]
    below, above = split_at(cut, spec.cam_stage)
    assert torch.equal(above(below(x[:1])), outputs["output"])


def test_the_list_says_what_timm_says(original):
    spec, network, _ = original
    theirs = timm.get_pretrained_cfg(spec.timm_name)
    assert theirs is not None
    assert (3, spec.side, spec.side) == theirs.input_size
    # The package's weights were trained with a mean of 127 and a spread of 128, of 255.
    away = 1 / 255 if spec.package else 0
    assert spec.mean == pytest.approx(theirs.mean, abs=away)
    assert spec.std == pytest.approx(theirs.std, abs=away)
    assert (spec.crop, spec.resize) == (theirs.crop_pct, theirs.interpolation)
    if spec.name == "legacy_xception":
        assert theirs.hf_hub_id is None  # once timm has them on the hub, take those
        assert str(theirs.url).endswith(".pth")
    elif spec.package:
        assert importlib.util.find_spec(spec.package.replace("-", "_"))
    else:
        assert spec.hub_id == theirs.hf_hub_id == f"timm/{spec.name}.{theirs.tag}"
    assert spec.parameters == count_parameters(network)
    tensors = [*network.parameters(), *network.buffers()]
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    assert spec.megabytes == round(size / 1e6)


@torch.no_grad()
def test_another_head_is_staged_too(original):
    _, network, x = original
    other = copy.deepcopy(network)
    other.reset_classifier(7)
    logits = staged(other)(x[:1])
    assert logits.shape == (1, 7)
    assert torch.equal(logits, other(x[:1]))


@torch.no_grad()
def test_build_gives_timms_network_in_eval_mode():
    torch.manual_seed(3)
    theirs = timm.create_model("mobilenetv3_small_100", num_classes=7).eval()
    torch.manual_seed(3)
    ours = build("mobilenetv3_small_100", 7)
    assert not ours.training
    assert torch.equal(ours(noise(64)), theirs(noise(64)))


def test_dropout_that_timm_calls_as_a_function_is_a_layer():
    network = timm.create_model("mobilenetv3_small_100", drop_rate=0.5).train()
    cut = staged(copy.deepcopy(network))
    assert cut.training
    torch.manual_seed(4)
    wanted = network(noise(64))
    torch.manual_seed(4)
    assert torch.equal(cut(noise(64)), wanted)
    set_dropout(cut, 0.1)
    assert [module.p for module in cut.modules() if isinstance(module, nn.Dropout)] == [0.1]


@torch.no_grad()
def test_inceptions_second_output_for_training_is_left_out():
    network = timm.create_model("inception_v3", aux_logits=True).eval()
    x = noise(299)[:1]
    logits, second = network(x)
    assert not torch.equal(logits, second)
    assert torch.equal(staged(network)(x), logits)
    plain = staged(timm.create_model("inception_v3"))
    assert not [name for name, _ in plain.named_modules() if "aux" in name.lower()]


def test_what_is_unknown_is_named():
    with pytest.raises(ValueError, match="backbone 'vgg17' is none of efficientnet_lite0, vgg16"):
        build("vgg17")
    with pytest.raises(ValueError, match="network 'Linear' is none of VGG, ResNet"):
        staged(nn.Linear(1, 1))


@pytest.mark.parametrize("spec", BACKBONES.values(), ids=BACKBONES)
@pytest.mark.parametrize("size", [(301, 420), (517, 333), (200, 150)])
def test_an_input_is_what_timm_makes_of_the_picture(spec, size):
    picture = np.random.default_rng(5).integers(0, 256, (*size, 3), dtype=np.uint8)
    cfg = timm.get_pretrained_cfg(spec.timm_name)
    assert cfg is not None
    given = cfg.to_dict() | {"mean": spec.mean, "std": spec.std}
    theirs: Any = create_transform(**resolve_data_config({}, pretrained_cfg=given))
    wanted = theirs(Image.fromarray(picture))
    pixels = torch.from_numpy(spec.pixels_of(picture))
    assert pixels.shape == (3, spec.side, spec.side)
    assert torch.allclose(normalise(pixels[None], spec.mean, spec.std)[0], wanted, atol=1e-6)


def test_classes_have_short_names_that_differ():
    names = class_names()
    assert len(names) == len(set(names)) == 1000
    assert max(map(len, names)) <= 30
    assert [names[place] for place in (0, 207, 281, 999)] == [
        "tench",
        "golden retriever",
        "tabby",
        "toilet tissue",
    ]
    info = ImageNetInfo()
    assert names[134] == "crane (bird)"
    assert "bird" in info.index_to_description(134, detailed=True)
    assert names[517] == "crane (machine)"
    assert "lifts" in info.index_to_description(517, detailed=True)
    assert (names[638], names[639]) == ("maillot", "maillot (tank suit)")


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache of the hub, and no hub; timm's smallest network is on our list."""
    monkeypatch.setitem(BACKBONES, SMALL.name, SMALL)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    point_to(REFUSED, monkeypatch)
    return tmp_path


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's client asks there; it reads the address from its environment only once."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    huggingface_hub.close_session()


@torch.no_grad()
def test_weights_in_the_cache_are_loaded_without_a_network(hub, tmp_path):
    torch.manual_seed(6)
    network = timm.create_model(SMALL.name).eval()
    assert not is_cached(BACKBONES[SMALL.name])
    link = fill(hub, SMALL, weights_of(network, tmp_path))
    assert is_cached(BACKBONES[SMALL.name])
    assert fetch(BACKBONES[SMALL.name]) == link
    x = noise(64)
    loaded = build(SMALL.name, pretrained=True)
    assert torch.equal(loaded(x), network(x))
    assert all(parameter.requires_grad for parameter in loaded.parameters())
    other = build(SMALL.name, 5, pretrained=True)
    assert other(x).shape == (2, 5)
    assert torch.equal(other[:-1](x), loaded[:-1](x))


def test_weights_of_another_network_or_cut_short_are_refused(hub, tmp_path):
    content = weights_of(timm.create_model(SMALL.name, num_classes=3), tmp_path)
    link = fill(hub, SMALL, content)
    with pytest.raises(ValueError, match="does not hold the weights of ResNet, tiny; remove it"):
        build(SMALL.name, pretrained=True)
    link.resolve().write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"model\.safetensors does not hold the weights"):
        build(SMALL.name, pretrained=True)


def test_without_a_network_one_sentence_says_so_at_once(tmp_path):
    """In a process of its own, since the client reads HF_HOME and HF_ENDPOINT when it is loaded."""
    code = (
        "import sys, time\n"
        "waited = []\n"
        "time.sleep = waited.append\n"  # as the hub's client does before it tries again
        "from convdemo.networks.backbones import BACKBONES, build\n"
        "from convdemo.networks.hub import BackboneMissingError, is_cached\n"
        "print(sorted({'torch', 'timm', 'huggingface_hub'} & set(sys.modules)))\n"
        "print([name for name in BACKBONES if is_cached(BACKBONES[name])])\n"
        "try:\n"
        "    build('vgg16', pretrained=True)\n"
        "except BackboneMissingError as error:\n"
        "    print(error)\n"
        "print(waited)\n"
    )
    environment = os.environ | {
        "HF_HOME": str(tmp_path),
        "HF_ENDPOINT": REFUSED,
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded, cached, sentence, waited = done.stdout.splitlines()
    assert (loaded, cached) == ("[]", "['efficientnet_lite0']")
    assert waited == "[]"  # the client by itself tries for 25 seconds and more
    assert sentence.startswith(
        f"The weights of VGG-16 (553 MB) are not in {tmp_path / 'hub'} and {REFUSED} cannot be "
        "reached ("
    )
    assert sentence.endswith(
        "): connect to the internet once, or copy the folder models--timm--vgg16.tv_in1k there "
        "from a computer that has it."
    )


class _Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download needs."""

    content = b""

    def do_HEAD(self) -> None:
        found = self.path == f"/{SMALL.hub_id}/resolve/main/{WEIGHTS_FILE}"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.content) if found else 0))
        self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if not found:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@torch.no_grad()
def test_a_download_tells_its_progress_and_is_found_again(hub, tmp_path, monkeypatch):
    torch.manual_seed(7)
    network = timm.create_model(SMALL.name).eval()
    monkeypatch.setattr(_Hub, "content", weights_of(network, tmp_path))
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 200_000)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    point_to(f"http://127.0.0.1:{server.server_port}", monkeypatch)
    told = []
    try:
        built = build(
            SMALL.name, pretrained=True, progress=lambda done, total: told.append((done, total))
        )
        with pytest.raises(BackboneMissingError, match=r"did not hand them over \(404 Client"):
            fetch(BACKBONES["resnet50"])
    finally:
        huggingface_hub.close_session()
        server.shutdown()
        server.server_close()
    size = len(_Hub.content)
    assert [done for done, _ in told] == [*range(200_000, size, 200_000), size]
    assert {total for _, total in told} == {size}
    assert fetch(BACKBONES[SMALL.name]).read_bytes() == _Hub.content
    assert torch.equal(built(noise(64)), network(noise(64)))


def test_a_list_of_our_own_names_has_no_holes():
    assert list(BACKBONES) == [spec.name for spec in BACKBONES.values()]
    assert len({spec.title for spec in BACKBONES.values()}) == len(BACKBONES)
    with pytest.raises(dataclasses.FrozenInstanceError):
        BACKBONES["vgg16"].side = 1  # type: ignore[misc]
