"""The Explain tab's Python: what it shows, what it refuses, and code that gives the same."""

import base64
import io
import json
import re
import threading
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from support.contexts import make_context
from support.forked import run_python
from support.hub_cache import fill, weights_of

from convdemo.data.cifar10 import CIFAR10
from convdemo.explain.attribution_methods import METHODS
from convdemo.explain.faithfulness import Faithfulness, evaluate_map
from convdemo.inference.library import load
from convdemo.networks import backbones
from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.networks.hub import BackboneMissingError
from convdemo.training.config import TrainConfig
from convdemo.training.runs.worker import execute
from convdemo.ui import explain_request, long_work, page, text
from convdemo.ui.backbone_store import Backbones, fetched
from convdemo.ui.components import Progress
from convdemo.ui.components.maps import packed
from convdemo.ui.context import Context
from convdemo.ui.long_work import EndedError, Made, followed
from convdemo.ui.tabs import explain
from convdemo.ui.tabs.explain import crowd, dream, fool, maps, trust, what_if, why
from convdemo.ui.wire import Refused

DIGIT = {"example": next(iter(page.examples("digits"))), "job": "digits"}
GARMENT = {"example": next(iter(page.examples("clothes"))), "job": "clothes"}
ASKED = {**DIGIT, "model": "digit_resnet-mnist"}
SAMPLE = {"model": "cnn-mnist", "sample": 4, "dataset": "mnist", "split": "test"}


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def unpacked(maps: dict[str, Any]) -> np.ndarray:
    shape = (maps["count"], maps["height"], maps["width"])
    values = np.frombuffer(base64.b64decode(maps["bytes"]), np.int8).reshape(shape)
    return values / 127 * np.array(maps["peaks"])[:, None, None]


def looked(context: Context, asked: dict[str, Any]) -> explain.Looked:
    """What the tab shows of a picture and a model."""
    source = {name: value for name, value in asked.items() if name != "model"}
    return explain.look(context, json.dumps(source), asked["model"], "")


def gaps(told: Any) -> tuple[str, dict[str, Any]]:
    """The key of a sentence, and what fills its gaps."""
    key, values = told
    return key, values


def shares(found: explain.Looked) -> dict[str, float]:
    assert found.seen
    return dict(zip(found.seen.classes, found.seen.probabilities, strict=True))


def test_every_stage_is_shown_with_its_maps(context: Context):
    found = looked(context, ASKED)
    assert found.maps
    assert found.seen
    assert found.answer.label == max(shares(found), key=shares(found).__getitem__)
    assert ("explain.known_right", {}) not in found.answer.notes
    names = [stage.name for stage in found.maps.stages]
    assert names == ["stem", "block1", "pool1", "block2", "pool2", "output"]
    for stage in found.maps.stages:
        numbers, (counts, _, _) = stage.statistics, stage.histogram
        assert stage.values.max() <= numbers["max"] + 1e-6
        assert stage.values.min() >= numbers["min"] - 1e-6
        assert sum(counts) == stage.values.size
    assert [stage.values.ndim for stage in found.maps.stages] == [3, 3, 3, 3, 1, 1]
    assert found.seen.cam_stage == "block2"
    whole = maps.stage(context, {**ASKED, "stage": "block1"}).maps
    assert np.array_equal(whole, found.maps.stages[1].values)
    assert whole.shape == (40, 14, 14)


def test_maps_travel_as_bytes():
    values = np.random.default_rng(0).normal(size=(3, 112, 112)).astype(np.float32)
    sent = packed(values)
    assert (sent["count"], sent["height"], sent["width"]) == (3, 56, 56)
    means = values.reshape(3, 56, 2, 56, 2).mean(axis=(2, 4))
    assert np.allclose(unpacked(sent), means, atol=np.abs(means).max() / 127 / 1.9)
    assert np.array_equal(unpacked(packed(np.zeros((1, 2, 2)))), np.zeros((1, 2, 2)))


def test_a_map_and_its_filter_and_a_cell(context: Context):
    one = maps.one_map(context, {**ASKED, "stage": "stem", "channel": 3})
    kernel = load_weights("digit_resnet-mnist").stem[0].weight[3]
    assert one.filter is not None
    assert np.array_equal(one.filter, kernel.numpy())
    whole = maps.stage(context, {**ASKED, "stage": "stem"}).maps
    assert np.array_equal(one.values, whole[3])
    place = {"channel": 3, "row": 5, "column": 6}
    cell = maps.cell(context, {**ASKED, "stage": "stem", **place})
    assert cell.value == pytest.approx(whole[3, 5, 6], abs=1e-5)
    top, left, bottom, right = cell.widest
    assert (bottom - top, right - left) == (4, 4)  # a 3x3 convolution and a pool of two
    assert top <= cell.inner[0] <= cell.inner[2] <= bottom
    assert [layer["kind"] for layer in cell.layers][-1] == "ReLU"
    shown, told, names, name = maps.filters_of(context, {"model": "digit_resnet-mnist"})
    assert name == names[0] == "stem.0"
    assert told[0] == "explain.filters.one"
    assert shown[3].map is not None
    assert np.array_equal(shown[3].map, kernel[0].numpy())
    photo, told, *_ = maps.filters_of(context, {"model": "photo_lite-fashion_mnist_photos"})
    assert len(photo) == 32
    assert all(one.picture is not None and one.picture.shape[2] == 3 for one in photo)
    assert told[0] == "explain.filters.colour"


def load_weights(name: str) -> Any:
    from convdemo.inference.library import find, list_models, model_dirs

    return load(find(name, list_models(model_dirs())).path).network


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        *((method, ASKED) for method in METHODS),
        *((method, {**GARMENT, "model": "xai-cifar10"}) for method in METHODS),
        ("grad_cam", {**GARMENT, "model": "photo_lite-fashion_mnist_photos"}),  # 25 times as large
    ],
)
def test_every_method_is_mapped_and_judged(context: Context, method, asked, monkeypatch):
    judgements: list[Faithfulness] = []

    def watched(*given: Any) -> Faithfulness:
        judgements.append(evaluate_map(*given))
        return judgements[-1]

    _, made = why.attribute(context, {**asked, "method": method})
    found = why.told(made)
    heat = unpacked(found["map"])[0]
    assert found["signed"] == METHODS[method].signed
    (core,) = explain_request.subject(context, asked).made.values()
    assert core is made
    assert (found["min"], found["max"]) == (float(core.heat.min()), float(core.heat.max()))
    assert np.allclose(heat, core.heat.numpy(), atol=float(core.heat.abs().max()) / 127 / 1.9)
    with monkeypatch.context() as patch:
        patch.setattr("convdemo.explain.faithfulness.evaluate_map", watched)
        judged = trust.told(*trust.judged(context, {**asked, "method": method})[1:])
    (one,) = judgements
    assert {name: judged[name] for name in asdict(one)} == asdict(one)
    assert judged["target"] == found["target"]
    answer, charts = trust.verdict(made, one), trust.charts(made, one)
    assert answer.label == f"verdict.{one.verdict}"
    assert charts[0].lines[0].y == one.deletion["map"].values
    assert len(answer.notes) == 1 + len(one.checks)


def test_an_input_of_a_data_set_is_explained_as_it_is(context: Context):
    images = context.images("mnist", "test")
    found = looked(context, SAMPLE)
    known = {"known": f"@class.{int(images.labels[4])}|{int(images.labels[4])}"}
    assert known in [one[1] for one in found.answer.notes]
    network = load_weights("cnn-mnist")
    x = (images.images[4:5].float() / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        wanted = network(x).softmax(dim=1)[0]
    assert found.seen
    assert list(found.seen.probabilities) == pytest.approx(wanted.tolist(), abs=1e-5)
    with pytest.raises(Refused, match="explain_other_data"):
        explain_request.subject(context, {**SAMPLE, "dataset": "cifar10"})
    for wrong in ({"split": "train"}, {"sample": 10**6}):
        with pytest.raises(Refused, match="request"):
            explain_request.subject(context, {**SAMPLE, **wrong})


def test_further_panels_answer(context: Context):
    heats, _, _ = dream.dreams(context, {"model": "simple_ann-mnist"})
    names = [one.name for one in heats]
    assert names == [("named", {"label": f"@class.{digit}|{digit}"}) for digit in range(10)]
    assert sum(not one.faint for one in heats) >= 9
    ranking, target, _ = what_if.important(context, {**ASKED, "stage": "block2"})
    (first, fall), *_ = ranking
    found = looked(context, ASKED)
    assert found.seen
    after, _ = what_if.switched(context, {**ASKED, "stage": "block2"}, [first])
    assert shares(found)[target] - after[target] == pytest.approx(fall, abs=1e-5)
    ranked = what_if.ranks(ranking, target)
    assert next(iter(ranked.probabilities.items())) == (str(first), fall)
    said = what_if.answer(found.seen, after, 1, 80)
    assert said.probabilities == after
    assert said.sentence
    assert said.sentence[0] == "explain.what_if.reads_still"
    fooled = fool.fooled(context, ASKED)
    assert len(fooled["images"]) == len(fooled["sizes"]) == len(fooled["labels"])
    assert fooled["labels"][0] == fooled["label"] == target
    wrong = [
        (size, label)
        for size, label in zip(fooled["sizes"], fooled["labels"], strict=True)
        if label != fooled["label"]
    ]
    key, values = gaps(fooled["smallest"][0].notes[0])
    assert key == "explain.fool.step"
    assert (float(values["size"]), values["label"]) == (
        pytest.approx(wrong[0][0], abs=1e-3),
        f"@class.{wrong[0][1]}|{wrong[0][1]}",
    )
    (shown,) = fool.tried(fooled)
    assert shown.marked
    assert shown.picture is not None
    assert np.array_equal(shown.picture, fooled["images"][fooled["labels"].index(wrong[0][1])])
    assert not fool.tried(fooled, 0.0)[0].marked
    assert fool.chart(fooled).at == wrong[0][0]


def test_neighbours_are_found_bit_by_bit(context: Context, monkeypatch):
    monkeypatch.setattr(crowd, "CHUNK", 400)
    everyone = crowd.Crowd()
    asked = {**SAMPLE, "split": "validation"}
    seen = []
    while not seen or seen[-1][2] < seen[-1][3]:
        seen.append(everyone.neighbours(context, asked))
    assert [one[2] for one in seen] == [400, 800, 900]  # the small set has 900 to train with
    heats, labels, *_ = everyone.neighbours(context, asked)
    images = context.images("mnist", "train")
    from convdemo.explain.embedding import features, plane, project
    from convdemo.inference.tta import normalise

    network = load_weights("cnn-mnist")
    theirs = features(network, normalise(images.images.float() / 255, (0.1307,), (0.3081,)))
    own = context.images("mnist", "validation").images[4:5].float() / 255
    wanted = (theirs - features(network, normalise(own, (0.1307,), (0.3081,)))).norm(dim=1)
    nearest = wanted.argsort()[:8].tolist()
    assert labels == [str(int(images.labels[place])) for place in nearest]
    for heat, place in zip(heats, nearest, strict=True):
        assert heat.picture is not None
        assert np.array_equal(heat.picture, images.images[place, 0])
        assert heat.about == ("explain.crowd.distance", {"distance": f"{float(wanted[place]):.3g}"})
    points, done, of = everyone.plane(context, asked)
    while done < of:
        points, done, of = everyone.plane(context, asked)
    test = context.images("mnist", "test")
    crowd_ = features(network, normalise(test.images.float() / 255, (0.1307,), (0.3081,)))
    flat = plane(crowd_)
    assert np.allclose(points.points, project(flat, crowd_), atol=1e-3)
    assert list(points.labels) == [str(int(one)) for one in test.labels]
    assert points.explained == pytest.approx(tuple(flat.explained))


@pytest.mark.parametrize(
    ("call", "changes", "problem"),
    [
        (explain_request.subject, {"model": "magic"}, "no_such_model"),
        (explain_request.subject, {"example": "../../secret.png"}, "request"),
        (explain_request.subject, {"upload": "/etc/passwd"}, "request"),
        (maps.stage, {"stage": "output"}, "explain_no_maps"),
        (maps.one_map, {"stage": "stem", "channel": 99}, "request"),
        (maps.cell, {"stage": "stem", "channel": 0, "row": 14, "column": 0}, "request"),
        (maps.filters_of, {"model": "simple_ann-mnist"}, "explain_no_filters"),
        (why.attribute, {"method": "magic"}, "request"),
        (why.attribute, {"target": "cat"}, "explain_no_class"),
        (why.attribute, {"target": "4", "against": "4"}, "explain_same_class"),
        (
            why.attribute,
            {"method": "grad_cam", "model": "simple_ann-mnist"},
            "explain_no_stages",
        ),
        (why.attribute, {"method": "grad_cam", "stage": "output"}, "explain_no_maps"),
        (dream.dreams, {"stage": "stem", "channel": 99}, "request"),
        (dream.dreams, {"target": "cat"}, "request"),
        (dream.dreams, {"model": "vgg16"}, "explain_too_large"),
        (partial(what_if.switched, off=[99]), {"stage": "stem"}, "request"),
    ],
)
def test_what_cannot_be_is_one_sentence(context: Context, call, changes, problem):
    with pytest.raises(Refused) as caught:
        call(context, {**ASKED, **changes})
    assert caught.value.problem == problem
    for language in text.LANGUAGES:
        said = text.say(language, f"problem.{problem}", **caught.value.values)
        assert bool(re.search("[가-힣]", said)) == (language == "ko")


def test_an_empty_drawing_has_nothing_to_explain(context: Context):
    blank = {"width": 20, "height": 20, "bytes": base64.b64encode(bytes(400)).decode()}
    with pytest.raises(Refused, match="explain_empty"):
        explain_request.subject(context, {"ink": blank, "model": "digit_resnet-mnist"})


def test_a_broken_model_file_is_one_sentence(context: Context):
    folder = context.model_dirs[0]
    folder.mkdir(parents=True, exist_ok=True)
    shipped = shares(looked(context, {**ASKED, "model": "cnn-mnist"}))
    source = next(context.model_dirs[-1].glob("cnn-mnist*"))
    (folder / "cnn-mnist.safetensors").write_bytes(source.read_bytes()[:-1000])  # truncated
    # The shipped one is still there.
    assert shares(looked(context, {**ASKED, "model": "cnn-mnist"})) == shipped
    data = bytearray(source.read_bytes())
    spoiled = data.replace(b'"model": "cnn"', b'"model": "cnx"').replace(
        b'\\"model\\": \\"cnn\\"', b'\\"model\\": \\"cnx\\"'
    )
    (folder / "cnn-mnist.safetensors").write_bytes(bytes(spoiled))
    with pytest.raises(Refused, match="model_unfit"):
        explain_request.subject(context, {**ASKED, "model": "cnn-mnist"})


def test_a_map_is_filmed_over_the_epochs_of_a_run(context: Context):
    config = {"epochs": 3, "batch": 100, "limit": 300, "device": "cpu", "precision": "float32"}
    asked = {"model": "cnn", "dataset": "mnist", "config": {**asdict(TrainConfig(**config))}}
    run = context.runs.create(**asked)
    folder = context.runs.folder(run.id)
    execute(folder, data_dir=context.data_dir, weights_dir=context.model_dirs[0])
    model = folder.state.saved
    wanted = {**SAMPLE, "model": model}
    assert looked(context, wanted).seen.filmed  # type: ignore[union-attr]
    assert not looked(context, SAMPLE).seen.filmed  # type: ignore[union-attr]
    data, frames = why.film(context, {**wanted, "method": "saliency"})
    moving: Any = Image.open(io.BytesIO(data))
    assert moving.n_frames == frames == 3
    shown = []
    for frame in range(3):
        moving.seek(frame)
        shown.append(np.asarray(moving.convert("RGB")).copy())
    assert not np.array_equal(shown[0], shown[2])
    label = looked(context, wanted).answer.label
    _, last = why.attribute(context, {**wanted, "method": "saliency", "target": label})
    heat = last.heat.numpy()
    bright, dark = heat.argmax(), heat.argmin()
    places = [np.add(np.multiply(divmod(place, 28), 8), 4) for place in (bright, dark)]
    green = [int(shown[2][row, column, 1]) for row, column in places]
    assert green[0] > green[1]  # the scale goes from violet to yellow
    with pytest.raises(Refused, match="explain_no_epochs"):
        why.film(context, {**SAMPLE, "method": "saliency"})


def test_all_code_gives_what_is_on_screen(context: Context, tmp_path: Path):
    """In one fresh process, since most of the time is imports."""
    attributed = {
        "attribution": {**ASKED, "method": "occlusion"},
        "against": {**ASKED, "method": "grad_cam", "target": "4", "against": "9"},
    }
    made = {name: why.attribute(context, asked) for name, asked in attributed.items()}
    query, mapped, judged = trust.judged(context, {**ASKED, "method": "saliency"})
    dreamt, _, dream_code = dream.dreams(context, {"model": "simple_ann-mnist", "target": "3"})
    ranking, _, rank_code = what_if.important(context, {**ASKED, "stage": "block2"})
    off, off_code = what_if.switched(context, {**ASKED, "stage": "stem"}, [1, 2])
    fooled = fool.fooled(context, ASKED)
    looks = {"look": looked(context, ASKED), "sample": looked(context, SAMPLE)}
    codes = {
        **{name: found.code for name, found in looks.items()},
        **{name: why.code_of(*found) for name, found in made.items()},
        "trust": trust.code_of(query, mapped),
        "dream": dream_code,
        "important": rank_code,
        "switched": off_code,
        "fooled": fooled["code"],
    }
    runner = (
        "import contextlib, io, json, sys\n"
        "said = {}\n"
        "for name, code in json.load(sys.stdin).items():\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        exec(compile(code, name, 'exec'), {'__name__': '__main__'})\n"
        "    said[name] = out.getvalue()\n"
        "print(json.dumps(said))\n"
    )
    env = {"CONVDEMO_DATA": str(context.data_dir)}
    given = json.dumps(codes)
    said = json.loads(run_python(runner, said=given, cwd=tmp_path, env=env, strict=True).stdout)
    for name, found in looks.items():
        lines = said[name].splitlines()
        assert lines[0] == found.answer.label
        assert found.maps
        for line, stage in zip(lines[1:], found.maps.stages, strict=True):
            assert line.startswith(stage.name)
            assert f"max {stage.statistics['max']:.3f}" in line
    for name, (_, found) in made.items():
        assert said[name].startswith(found.target)
        low, high = (float(number) for number in said[name].split(") ")[1].split(" to "))
        ends = (float(found.heat.min()), float(found.heat.max()))
        assert (low, high) == pytest.approx(ends, abs=2e-4)
    assert (tmp_path / "map.png").is_file()
    assert said["trust"].splitlines()[0] == judged.verdict
    area = float(said["trust"].splitlines()[1].split()[-1])
    assert area == pytest.approx(judged.deletion["map"].area, abs=1e-3)
    _, values = gaps(dreamt[0].notes[0])
    assert float(said["dream"].split()[1]) == pytest.approx(float(values["lowest"]), abs=0.02)
    for line, (channel, fall) in zip(said["important"].splitlines(), ranking, strict=False):
        told, by = line.split()
        assert float(by) == pytest.approx(fall, abs=2e-4)
        assert int(told) == channel
    now = dict(line.split() for line in said["switched"].splitlines())
    for name, share in off.items():
        assert float(now[name]) == pytest.approx(share, abs=1e-3)
    for heat, line in zip(fooled["smallest"], said["fooled"].splitlines(), strict=True):
        _, values = gaps(heat.notes[0])
        label, probability = line.split()[-2:]
        assert float(line.split()[-3]) == pytest.approx(float(values["size"]), abs=1e-3)
        assert values["label"].startswith(f"@class.{label}|")
        shown = float(values["percent"].rstrip("%")) / 100
        assert float(probability) == pytest.approx(shown, abs=2e-3)


def test_the_code_of_a_backbone_gives_its_map(context: Context, tmp_path: Path, monkeypatch):
    spec = backbones.BACKBONES["mobilenetv3_small_100"]
    torch.manual_seed(0)
    theirs = timm.create_model(spec.name).eval()
    fill(tmp_path / "hub", spec, weights_of(theirs, tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    asked = {**GARMENT, "model": spec.name, "method": "grad_cam"}
    query, found = why.attribute(context, asked)
    env = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = run_python(why.code_of(query, found), cwd=tmp_path, env=env, strict=True)
    assert done.stdout.startswith(f"{found.target} (224, 224)")
    low, high = (float(number) for number in done.stdout.split(") ")[1].split(" to "))
    ends = (float(found.heat.min()), float(found.heat.max()))
    assert (low, high) == pytest.approx(ends, rel=0.05, abs=2e-4)


def test_models_and_methods_are_offered(context: Context):
    names = [name for _, name in explain.models(context, "")]
    jobs = [
        entry.card.job
        for name in names
        for entry in context.every_entry("")
        if entry.card.name == name
    ]
    assert jobs == sorted(jobs, key=["digits", "clothes", "photos", "custom"].index)
    assert {"digit_resnet-mnist", "cnn-mnist", PACKAGED} <= {*names}
    assert names[-8:] == [n for n in BACKBONES if n != PACKAGED]
    seen, plain = (
        looked(context, {**DIGIT, "model": one}).seen for one in ("cnn-mnist", "simple_ann-mnist")
    )
    assert seen
    assert plain
    assert why.usable(seen) == list(METHODS)
    assert why.usable(plain) == [one for one in METHODS if one != "grad_cam"]
    asked = why.asked_of(seen, "saliency", "4", "4", "nowhere")
    assert (asked["target"], asked["against"], asked["stage"]) == ("4", None, seen.cam_stage)


def test_a_picture_gets_a_model_that_is_made_for_it(context: Context):
    def fitting(source: dict[str, Any], model: str) -> str | None:
        return explain.fitting(context, json.dumps(source), model, "")

    assert fitting(DIGIT, "cnn-mnist") == "cnn-mnist"
    assert fitting(DIGIT, PACKAGED) == "digit_resnet-mnist"
    assert fitting({"ink": {}}, PACKAGED) == "digit_resnet-mnist"
    assert fitting(LION, "resnet50") == "resnet50"
    assert fitting({"upload": "x"}, PACKAGED) == PACKAGED
    assert fitting({**GARMENT, "sent": 1}, "cnn-mnist") == "cnn-mnist"  # another tab knows better
    model = fitting({"sample": 3, "dataset": "cifar10"}, "cnn-mnist")
    assert [e.card.dataset for e in context.every_entry("") if e.card.name == model] == ["cifar10"]


def test_weights_are_fetched_with_progress_and_can_be_stopped(monkeypatch):
    def slow(spec, progress):
        for done in range(0, 101, 10):
            progress(done, 100)

    monkeypatch.setattr("convdemo.ui.backbone_store.is_cached", lambda name: False)
    monkeypatch.setattr("convdemo.ui.backbone_store.fetch", slow)
    with pytest.raises(Refused, match="explain_fetch") as caught:
        Backbones().network("vgg16")
    assert caught.value.values["megabytes"] == 553
    shares: list[float] = []
    (over,) = fetched(shares.append, "vgg16")
    assert (over[0], shares[0], shares[-1]) == (None, 0, 1)
    assert not list(fetched(shares.append, "cnn-mnist"))  # nothing to be fetched

    def stopped(share: float) -> None:
        if share > 0.5:
            raise long_work.StoppedError

    with pytest.raises(long_work.StoppedError):
        list(fetched(stopped, "vgg16"))

    def refuse(spec, progress):
        raise BackboneMissingError("there is no network")

    monkeypatch.setattr("convdemo.ui.backbone_store.fetch", refuse)
    with pytest.raises(Refused, match="explain_no_backbone") as caught:
        list(fetched(shares.append, "vgg19"))
    assert str(caught.value.values["error"]) == "there is no network"


def test_a_backbone_is_looked_into_like_any_network(context: Context, monkeypatch):
    torch.manual_seed(0)
    network = backbones.build("mobilenetv3_small_100").requires_grad_(False)
    monkeypatch.setattr("convdemo.ui.backbone_store.is_cached", lambda name: True)
    monkeypatch.setattr("convdemo.ui.backbone_store.build", lambda name, pretrained: network)
    asked = {**GARMENT, "model": "mobilenetv3_small_100"}
    found = looked(context, asked)
    assert len(shares(found)) == 1000
    assert len(found.answer.probabilities) == explain.BEST
    assert found.maps
    assert found.maps.size == (3, 224, 224)
    assert found.seen
    assert found.seen.cam_stage == "block6"
    _, cam = why.attribute(context, {**asked, "method": "grad_cam"})
    assert cam.target == found.answer.label
    problems = []
    for panel in (fool.fooled, crowd.Crowd().neighbours):
        with pytest.raises(Refused, match=r"explain_too_large|explain_no_crowd") as caught:
            panel(context, asked)
        problems.append(caught.value.problem)
    assert problems == ["explain_too_large", "explain_no_crowd"]


@pytest.fixture
def worked(monkeypatch) -> tuple[Any, list[str], threading.Event]:
    """Work that goes on step by step, the steps that were done, and leave to end."""
    steps, leave = [], threading.Event()
    monkeypatch.setattr(long_work, "EVERY", 0.05)

    def work(name: str, turn: Any = None):
        def parts(tell: long_work.Tell):
            for step in range(1, 1001):
                tell(step / 1000)
                steps.append(name)
                if leave.wait(0.005):
                    break
            yield f"{name} done"

        return followed(parts, turn)

    return work, steps, leave


def still(steps: list[str], name: str) -> bool:
    """Whether nothing more is done of it."""
    threading.Event().wait(0.05)  # the step that goes
    before = steps.count(name)
    threading.Event().wait(0.1)
    return steps.count(name) == before


def test_work_is_followed_until_its_answer_is_there(worked):
    work, _, leave = worked
    going = work("one")
    first, second = next(going), next(going)
    assert isinstance(first, Progress)
    assert isinstance(second, Progress)
    assert 0 < first.share < second.share < 0.5
    assert first.left is not None
    assert first.left > 0.5
    leave.set()
    assert [one for one in going if not isinstance(one, Progress)] == [Made("one done")]


def test_the_work_itself_ends_when_nobody_follows_it(worked):
    work, steps, _ = worked
    going = work("one")
    next(going)
    going.close()  # as Gradio does for Stop, and for a page that is closed
    assert still(steps, "one")


def test_a_newer_work_takes_the_place_of_the_one_before(worked):
    work, steps, leave = worked
    old, other = work("old", ("anne", "trust")), work("other", ("bert", "trust"))
    next(old)
    next(other)
    new = work("new", ("anne", "trust"))
    next(new)
    with pytest.raises(EndedError):
        list(old)
    assert still(steps, "old")
    leave.set()
    for name, one in (("new", new), ("other", other)):
        assert [part for part in one if isinstance(part, Made)] == [Made(f"{name} done")]


def test_work_waits_for_its_turn_and_can_be_ended_there(worked):
    work, steps, leave = worked
    first = [work(name) for name in "abc"]
    told = [next(one) for one in first]
    assert "c" not in steps
    assert [one.waits for one in told] == [False, False, True]
    assert (told[2].share, told[2].left) == (0, None)
    first[2].close()
    leave.set()
    for one in first[:2]:
        assert isinstance(list(one)[-1], Made)
    assert "c" not in steps


def test_a_failure_of_the_work_is_told():
    def parts(tell: long_work.Tell):
        yield 1
        raise Refused("explain_nothing_to_trust")

    going = followed(parts)
    assert next(going) == Made(1)
    with pytest.raises(Refused, match="explain_nothing_to_trust"):
        next(going)


LION = {"example": "lion.jpg", "job": "photos", "model": PACKAGED}


def test_a_lion_is_a_lion_and_its_map_lies_on_it(context: Context):
    found = looked(context, LION)
    assert found.answer.label == "lion"
    assert shares(found)["lion"] > 0.85
    assert len(shares(found)) == 1000
    assert found.maps
    assert [stage.name for stage in found.maps.stages][:2] == ["stem", "block1"]
    assert found.maps.stages[0].layers[0] == "Conv2d"
    asked = {**LION, "method": "grad_cam"}
    face = why.attribute(context, asked)[1].heat.numpy()
    height, width = face.shape
    middle = face[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    assert middle.sum() > 0.4 * face.sum()  # where a quarter of the picture is
    other = why.attribute(context, {**asked, "target": "tiger"})[1].heat.numpy()
    assert not np.allclose(other, face, atol=0.05)


def test_a_class_of_a_thousand_is_dreamt_of(context: Context):
    asked = {"model": PACKAGED, "target": "volcano"}
    ((dreamt,), _, _) = dream.dreams(context, asked)
    assert not dreamt.faint
    key, values = gaps(dreamt.notes[0])
    assert key == "explain.dream.counts"
    assert float(values["lowest"]) >= 0.9
    with pytest.raises(Refused, match="request"):
        dream.dreams(context, {"model": PACKAGED})


@pytest.mark.parametrize(
    ("compute", "more"),
    [
        (why.attribute, {"method": "integrated_gradients"}),
        (trust.judged, {"method": "saliency"}),
        (dream.dreams, {}),
        (fool.fooled, {}),
        (what_if.important, {"stage": "block1"}),
    ],
)
def test_what_takes_long_tells_its_share_and_can_be_ended(context: Context, compute, more):
    told: list[float] = []
    assert compute(context, {**ASKED, **more}, told.append)
    assert told == sorted(told)
    assert told[0] > 0
    assert told[-1] >= 0.8

    class StopError(Exception):
        pass

    def stop(share: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        compute(make_context(context.runs_dir / "other", context.data_dir), {**ASKED, **more}, stop)


def test_the_way_back_to_a_picture_takes_no_time(context: Context, monkeypatch):
    asked = [{**LION, "example": name} for name in page.GRADIO_PHOTOS]
    first = [explain_request.subject(context, one) for one in asked]
    why.attribute(context, {**LION, "method": "grad_cam"})

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("convdemo.explain.subject.subject_of", never)
    monkeypatch.setattr("convdemo.explain.attribution.attribute", never)
    assert [explain_request.subject(context, one) for one in asked] == first
    assert why.attribute(context, {**LION, "method": "grad_cam"})[1].target == "lion"
    with pytest.raises(AssertionError, match="made again"):
        explain_request.subject(context, {**LION, **DIGIT})
    model = {**LION, "model": "xai-cifar10"}
    with pytest.raises(AssertionError, match="made again"):
        explain_request.subject(context, model)


@pytest.mark.parametrize("kind", ["damaged", "missing"])
def test_without_its_package_another_network_is_named(
    context: Context, kind, tmp_path, monkeypatch
):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"no weights")
    found = path if kind == "damaged" else None
    monkeypatch.setattr("convdemo.networks.packaged.find", lambda: found)
    with pytest.raises(Refused, match="explain_package") as caught:
        explain_request.subject(context, LION)
    assert caught.value.values == {"model": "xai-cifar10"}
    for language in text.LANGUAGES:
        said = text.say(language, "problem.explain_package", **caught.value.values)
        assert "xai-cifar10" in said
        assert "pip install" in said
    found = looked(context, LION)
    assert found.model == "xai-cifar10"
    assert found.answer.notes[0] == ("problem.explain_package", {"model": "xai-cifar10"})
    assert tuple(shares(found)) == CIFAR10.classes
