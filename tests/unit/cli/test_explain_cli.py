"""The command that looks into a network: files, figures, and one sentence for what cannot be."""

import json

import numpy as np
import pytest
from PIL import Image

from convdemo.cli.main import main
from convdemo.explain.attribution import attribute
from convdemo.explain.attribution_methods import DEFAULT_METHOD, METHODS
from convdemo.explain.faithfulness import evaluate_map
from convdemo.explain.feature_maps import feature_maps
from convdemo.explain.subject import subject_of
from convdemo.images.decode import read_picture
from convdemo.images.render import enlarged, overlaid, picture_of
from convdemo.inference.library import load
from convdemo.networks.backbones import BACKBONES
from convdemo.ui import page

PICTURE = next(iter(page.examples("digits").values()))
MODEL = "digit_resnet-mnist"


@pytest.fixture(scope="module")
def subject(shipped):
    return subject_of(load(shipped[MODEL].path), read_picture(PICTURE))


@pytest.mark.parametrize("method", [None, *METHODS])
def test_the_command_writes_the_map_and_judges_it(method, subject, tmp_path, capsys):
    words = ["explain", str(PICTURE), "--model", MODEL, "--out", str(tmp_path / "new" / "folder")]
    assert main([*words, *(["--method", method] if method else []), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = attribute(subject, method or DEFAULT_METHOD)
    picture, raw = told["files"]
    heat = np.load(raw)
    assert np.allclose(heat, found.heat.numpy(), atol=1e-5)
    shown = np.asarray(Image.open(picture).convert("RGB"))
    seen = picture_of(subject.pixels.numpy())
    signed = found.method.signed
    wanted = enlarged(overlaid(seen, found.heat.numpy(), has_sign=signed, strength=0.6), 448)
    assert np.abs(shown.astype(int) - wanted).max() <= 1
    judged = evaluate_map(found.method, found.query, found.heat)
    assert told["label"] == told["target"] == subject.label
    assert told["stage"] == ("block2" if found.method.staged else None)
    assert told["verdict"] == judged.verdict
    assert told["deletion"]["map"] == pytest.approx(judged.deletion["map"].area, abs=1e-4)
    assert told["seconds"] > 0


def test_the_command_writes_all_maps_of_a_stage(subject, tmp_path, capsys):
    words = ["explain", str(PICTURE), "--model", MODEL, "--out", str(tmp_path)]
    assert main([*words, "--method", "feature_maps", "--stage", "block1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    wanted = next(s for s in feature_maps(subject.network, subject.x) if s.name == "block1")
    assert np.allclose(np.load(told["files"][1]), wanted.values.numpy(), atol=1e-5)
    assert told["shape"] == [40, 14, 14]
    assert told["statistics"]["max"] == pytest.approx(wanted.statistics["max"], abs=1e-4)
    assert (tmp_path / "feature_maps-block1.png").is_file()
    assert main([*words, "--target", "4", "--against", "9", "--method", "saliency"]) == 0
    assert "saliency-4-9.png" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("--model magic", 2, "model 'magic' is not in the model library; there are: cnn-mnist"),
        ("--model {model} --method magic", 2, "method 'magic' is none of feature_maps, grad_cam"),
        ("--model {model} --method grad_cam --stage output", 2, "stage 'output' has no maps"),
        ("--model {model} --target cat", 2, "class 'cat' is none of 0, 1"),
        ("--model {model} --method feature_maps --target 4", 2, "feature maps belong to no class"),
        ("--model simple_ann-mnist --method grad_cam", 2, "simple_ann-mnist has no maps, as"),
        ("--model simple_ann-mnist --method feature_maps", 2, "simple_ann-mnist has no maps, as"),
    ],
)
def test_what_cannot_be_explained_is_said(words, status, sentence, tmp_path, capsys):
    given = words.format(model=MODEL).split()
    assert main(["explain", str(PICTURE), *given, "--out", str(tmp_path)]) == status
    assert sentence in capsys.readouterr().err


def test_pictures_that_show_nothing_are_said(tmp_path, capsys):
    Image.new("RGB", (90, 60), "white").save(tmp_path / "white.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name, status, sentence in (
        ("white", 2, "nothing on this picture"),
        ("broken", 1, "broken.png: "),
    ):
        words = ["explain", str(tmp_path / f"{name}.png"), "--model", MODEL]
        assert main([*words, "--out", str(tmp_path)]) == status
        assert sentence in capsys.readouterr().err


def test_a_backbone_without_weights_says_how_large_they_are(tmp_path, capsys, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    words = ["explain", str(PICTURE), "--model", "resnet50", "--out", str(tmp_path)]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert f"The weights of ResNet-50 ({BACKBONES['resnet50'].megabytes} MB) are not in" in said
    assert "no network" in said
