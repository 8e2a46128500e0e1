"""The Explain tab's Python: what it shows, what it refuses, and code that gives the same."""

import base64
import io
import json
import re
import threading
from dataclasses import asdict
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
from convdemo.ui import (
    explain_efforts,
    explain_maps,
    explain_more,
    explain_request,
    explain_why,
    explanation,
    page,
    text,
)
from convdemo.ui.backbone_store import Backbones
from convdemo.ui.context import Context
from convdemo.ui.explain_efforts import Efforts
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


def test_every_stage_is_shown_with_its_maps(context: Context):
    found = explain_maps.look(context, ASKED)
    assert found["label"] == max(found["probabilities"], key=found["probabilities"].__getitem__)
    names = [stage["name"] for stage in found["stages"]]
    assert names == ["stem", "block1", "pool1", "block2", "pool2", "output"]
    for stage in found["stages"]:
        values = unpacked(stage["maps"])
        numbers = stage["statistics"]
        assert stage["spatial"] == (len(stage["shape"]) == 3)
        rounded = np.abs(values).max() / 127 / 2 + 1e-6  # values travel as bytes
        assert values.max() <= numbers["max"] + rounded
        assert values.min() >= numbers["min"] - rounded
        counts = stage["histogram"]["counts"]
        assert sum(counts) == np.prod(stage["shape"])
    assert found["cam_stage"] == "block2"
    whole = unpacked(explain_maps.stage(context, {**ASKED, "stage": "block1"})["maps"])
    first = unpacked(next(s for s in found["stages"] if s["name"] == "block1")["maps"])
    assert np.allclose(whole[: len(first)], first)
    assert whole.shape == (40, 14, 14)


def test_a_map_and_its_filter_and_a_cell(context: Context):
    one = explain_maps.one_map(context, {**ASKED, "stage": "stem", "channel": 3})
    kernel = load_weights("digit_resnet-mnist").stem[0].weight[3, 0]
    assert np.allclose(one["filter"]["values"], kernel.numpy())
    assert np.allclose(unpacked(one["filter"]["slices"])[0], kernel.numpy(), atol=0.01)
    whole = unpacked(explain_maps.stage(context, {**ASKED, "stage": "stem"})["maps"])
    place = {"channel": 3, "row": 5, "column": 6}
    cell = explain_maps.cell(context, {**ASKED, "stage": "stem", **place})
    assert cell["value"] == pytest.approx(whole[3, 5, 6], abs=whole[3].max() / 120)
    top, left, bottom, right = cell["theoretical"]
    assert (bottom - top, right - left) == (4, 4)  # a 3x3 convolution and a pool of two
    inner = cell["effective"]
    assert top <= inner[0] <= inner[2] <= bottom
    assert [layer["kind"] for layer in cell["layers"]][-1] == "ReLU"
    found = explain_maps.filters_of(context, {"model": "digit_resnet-mnist"})
    assert found["convolution"] == "stem.0"
    assert found["colours"] is None
    photo = explain_maps.filters_of(context, {"model": "photo_lite-fashion_mnist_photos"})
    assert len(photo["colours"]) == 32


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

    found = explain_why.attribution(context, {**asked, "method": method})
    heat = unpacked(found["map"])[0]
    assert found["signed"] == METHODS[method].signed
    (core,) = explain_request.subject(context, asked).made.values()
    assert (found["min"], found["max"]) == (float(core.heat.min()), float(core.heat.max()))
    assert np.allclose(heat, core.heat.numpy(), atol=float(core.heat.abs().max()) / 127 / 1.9)
    with monkeypatch.context() as patch:
        patch.setattr("convdemo.explain.faithfulness.evaluate_map", watched)
        judged = explain_why.trust(context, {**asked, "method": method})
    (trust,) = judgements
    assert {name: judged[name] for name in asdict(trust)} == {
        **asdict(trust),
        "checks": list(map(asdict, trust.checks)),
    }
    assert judged["target"] == found["target"]


def test_an_input_of_a_data_set_is_explained_as_it_is(context: Context):
    images = context.images("mnist", "test")
    found = explain_maps.look(context, SAMPLE)
    assert found["known"] == str(int(images.labels[4]))
    network = load_weights("cnn-mnist")
    x = (images.images[4:5].float() / 255 - 0.1307) / 0.3081
    with torch.no_grad():
        wanted = network(x).softmax(dim=1)[0]
    assert list(found["probabilities"].values()) == pytest.approx(wanted.tolist(), abs=1e-5)
    with pytest.raises(Refused, match="explain_other_data"):
        explain_maps.look(context, {**SAMPLE, "dataset": "cifar10"})
    for wrong in ({"split": "train"}, {"sample": 10**6}):
        with pytest.raises(Refused, match="request"):
            explain_maps.look(context, {**SAMPLE, **wrong})


def test_further_panels_answer(context: Context):
    dreamt = explain_more.dream(context, {"model": "simple_ann-mnist"})
    assert [one["label"] for one in dreamt["dreams"]] == [str(digit) for digit in range(10)]
    assert sum(one["counts"] for one in dreamt["dreams"]) >= 9
    ranked = explain_more.important(context, {**ASKED, "stage": "block2"})
    first = ranked["ranking"][0]
    before = explain_maps.look(context, ASKED)["probabilities"]
    after = explain_more.switched(context, {**ASKED, "stage": "block2", "off": [first["channel"]]})
    fall = before[ranked["target"]] - after["probabilities"][ranked["target"]]
    assert fall == pytest.approx(first["fall"], abs=1e-5)
    fooled = explain_more.fooled(context, ASKED)
    assert len(fooled["images"]) == len(fooled["sizes"]) == len(fooled["labels"])
    assert fooled["labels"][0] == fooled["label"] == ranked["target"]
    wrong = [
        (size, label)
        for size, label in zip(fooled["sizes"], fooled["labels"], strict=True)
        if label != fooled["label"]
    ]
    assert wrong[0] == (fooled["step"]["size"], fooled["step"]["label"])


def test_neighbours_are_found_bit_by_bit(context: Context, monkeypatch):
    monkeypatch.setattr(explain_more, "CHUNK", 400)
    crowd = explain_more.Crowd()
    asked = {**SAMPLE, "split": "validation"}
    seen = []
    while not seen or seen[-1]["done"] < seen[-1]["of"]:
        seen.append(crowd.neighbours(context, asked))
    assert [one["done"] for one in seen] == [400, 800, 900]  # the small set has 900 to train with
    distances = [one["distance"] for one in seen[-1]["neighbours"]]
    assert distances == sorted(distances)
    same = crowd.neighbours(context, asked)
    assert same["neighbours"] == seen[-1]["neighbours"]
    images = context.images("mnist", "train")
    from convdemo.explain.embedding import features, plane, project
    from convdemo.inference.tta import normalise

    network = load_weights("cnn-mnist")
    theirs = features(network, normalise(images.images.float() / 255, (0.1307,), (0.3081,)))
    own = context.images("mnist", "validation").images[4:5].float() / 255
    wanted = (theirs - features(network, normalise(own, (0.1307,), (0.3081,)))).norm(dim=1)
    assert [one["place"] for one in same["neighbours"]] == wanted.argsort()[:8].tolist()
    points = crowd.embedding(context, asked)
    while points["done"] < points["of"]:
        points = crowd.embedding(context, asked)
    test = context.images("mnist", "test")
    crowd_ = features(network, normalise(test.images.float() / 255, (0.1307,), (0.3081,)))
    flat = plane(crowd_)
    shown = [(x, y) for x, y, _ in points["points"]]
    assert np.allclose(shown, project(flat, crowd_), atol=1e-3)
    assert [label for *_, label in points["points"]] == [str(int(one)) for one in test.labels]
    assert points["explained"] == pytest.approx(list(flat.explained))


@pytest.mark.parametrize(
    ("call", "changes", "problem"),
    [
        (explain_maps.look, {"model": "magic"}, "no_such_model"),
        (explain_maps.look, {"example": "../../secret.png"}, "request"),
        (explain_maps.look, {"upload": "/etc/passwd"}, "request"),
        (explain_maps.stage, {"stage": "output"}, "explain_no_maps"),
        (explain_maps.one_map, {"stage": "stem", "channel": 99}, "request"),
        (explain_maps.cell, {"stage": "stem", "channel": 0, "row": 14, "column": 0}, "request"),
        (explain_maps.filters_of, {"model": "simple_ann-mnist"}, "explain_no_filters"),
        (explain_why.attribution, {"method": "magic"}, "request"),
        (explain_why.attribution, {"target": "cat"}, "explain_no_class"),
        (explain_why.attribution, {"target": "4", "against": "4"}, "explain_same_class"),
        (
            explain_why.attribution,
            {"method": "grad_cam", "model": "simple_ann-mnist"},
            "explain_no_stages",
        ),
        (explain_why.attribution, {"method": "grad_cam", "stage": "output"}, "explain_no_maps"),
        (explain_more.dream, {"stage": "stem", "channel": 99}, "request"),
        (explain_more.dream, {"target": "cat"}, "request"),
        (explain_more.dream, {"model": "vgg16"}, "explain_too_large"),
        (explain_more.switched, {"stage": "stem", "off": [99]}, "request"),
        (explain_more.switched, {"stage": "stem", "off": "all"}, "request"),
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
        explain_maps.look(context, {"ink": blank, "model": "digit_resnet-mnist"})


def test_a_broken_model_file_is_one_sentence(context: Context):
    folder = context.model_dirs[0]
    folder.mkdir(parents=True, exist_ok=True)
    shipped = explain_maps.look(context, {**ASKED, "model": "cnn-mnist"})["probabilities"]
    source = next(context.model_dirs[-1].glob("cnn-mnist*"))
    (folder / "cnn-mnist.safetensors").write_bytes(source.read_bytes()[:-1000])  # truncated
    # The shipped one is still there.
    found = explain_maps.look(context, {**ASKED, "model": "cnn-mnist"})
    assert found["probabilities"] == shipped
    data = bytearray(source.read_bytes())
    spoiled = data.replace(b'"model": "cnn"', b'"model": "cnx"').replace(
        b'\\"model\\": \\"cnn\\"', b'\\"model\\": \\"cnx\\"'
    )
    (folder / "cnn-mnist.safetensors").write_bytes(bytes(spoiled))
    with pytest.raises(Refused, match="model_unfit"):
        explain_maps.look(context, {**ASKED, "model": "cnn-mnist"})


def test_a_map_is_filmed_over_the_epochs_of_a_run(context: Context):
    config = {"epochs": 3, "batch": 100, "limit": 300, "device": "cpu", "precision": "float32"}
    asked = {"model": "cnn", "dataset": "mnist", "config": {**asdict(TrainConfig(**config))}}
    run = context.runs.create(**asked)
    folder = context.runs.folder(run.id)
    execute(folder, data_dir=context.data_dir, weights_dir=context.model_dirs[0])
    model = folder.state.saved
    wanted = {**SAMPLE, "model": model}
    assert explain_maps.look(context, wanted)["filmed"]
    assert not explain_maps.look(context, SAMPLE)["filmed"]
    found = explain_why.animate(context, {**wanted, "method": "saliency"})
    moving: Any = Image.open(io.BytesIO(base64.b64decode(found["gif"])))
    assert moving.n_frames == found["frames"] == 3
    shown = []
    for frame in range(3):
        moving.seek(frame)
        shown.append(np.asarray(moving.convert("RGB")).copy())
    assert not np.array_equal(shown[0], shown[2])
    label = explain_maps.look(context, wanted)["label"]
    last = explain_why.attribution(context, {**wanted, "method": "saliency", "target": label})
    heat = unpacked(last["map"])[0]
    bright, dark = heat.argmax(), heat.argmin()
    places = [np.add(np.multiply(divmod(place, 28), 8), 4) for place in (bright, dark)]
    green = [int(shown[2][row, column, 1]) for row, column in places]
    assert green[0] > green[1]  # the scale goes from violet to yellow
    with pytest.raises(Refused, match="explain_no_epochs"):
        explain_why.animate(context, {**SAMPLE, "method": "saliency"})


def test_all_code_gives_what_is_on_screen(context: Context, tmp_path: Path):
    """In one fresh process, since most of the time is imports."""
    on_screen = {
        "look": explain_maps.look(context, ASKED),
        "sample": explain_maps.look(context, SAMPLE),
        "attribution": explain_why.attribution(context, {**ASKED, "method": "occlusion"}),
        "against": explain_why.attribution(
            context, {**ASKED, "method": "grad_cam", "target": "4", "against": "9"}
        ),
        "trust": explain_why.trust(context, {**ASKED, "method": "saliency"}),
        "dream": explain_more.dream(context, {"model": "simple_ann-mnist", "target": "3"}),
        "important": explain_more.important(context, {**ASKED, "stage": "block2"}),
        "switched": explain_more.switched(context, {**ASKED, "stage": "stem", "off": [1, 2]}),
        "fooled": explain_more.fooled(context, ASKED),
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
    codes = json.dumps({name: found["code"] for name, found in on_screen.items()})
    env = {"CONVDEMO_DATA": str(context.data_dir)}
    said = json.loads(run_python(runner, said=codes, cwd=tmp_path, env=env, strict=True).stdout)
    for name in ("look", "sample"):
        lines = said[name].splitlines()
        assert lines[0] == on_screen[name]["label"]
        for line, stage in zip(lines[1:], on_screen[name]["stages"], strict=True):
            assert line.startswith(stage["name"])
            assert f"max {stage['statistics']['max']:.3f}" in line
    for name in ("attribution", "against"):
        found = on_screen[name]
        assert said[name].startswith(found["target"])
        low, high = (float(number) for number in said[name].split(") ")[1].split(" to "))
        assert (low, high) == pytest.approx((found["min"], found["max"]), abs=2e-4)
    assert (tmp_path / "map.png").is_file()
    assert said["trust"].splitlines()[0] == on_screen["trust"]["verdict"]
    area = float(said["trust"].splitlines()[1].split()[-1])
    assert area == pytest.approx(on_screen["trust"]["deletion"]["map"]["area"], abs=1e-3)
    lowest = on_screen["dream"]["dreams"][0]["lowest"]
    assert float(said["dream"].split()[1]) == pytest.approx(lowest, abs=0.01)
    ranked = [line.split() for line in said["important"].splitlines()]
    for (channel, fall), shown in zip(ranked, on_screen["important"]["ranking"], strict=False):
        assert float(fall) == pytest.approx(shown["fall"], abs=2e-4)
        assert int(channel) == shown["channel"]
    shares = dict(line.split() for line in said["switched"].splitlines())
    for name, share in on_screen["switched"]["probabilities"].items():
        assert float(shares[name]) == pytest.approx(share, abs=1e-3)
    for name, line in zip(("step", "search"), said["fooled"].splitlines(), strict=True):
        told, (label, probability) = on_screen["fooled"][name], line.split()[-2:]
        assert line.startswith({"step": "one step ", "search": "search "}[name])
        assert float(line.split()[-3]) == pytest.approx(told["size"], abs=1e-6)
        assert label == told["label"]
        assert float(probability) == pytest.approx(told["probability"], abs=1e-3)


def test_the_code_of_a_backbone_gives_its_map(context: Context, tmp_path: Path, monkeypatch):
    spec = backbones.BACKBONES["mobilenetv3_small_100"]
    torch.manual_seed(0)
    theirs = timm.create_model(spec.name).eval()
    fill(tmp_path / "hub", spec, weights_of(theirs, tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    asked = {**GARMENT, "model": spec.name, "method": "grad_cam"}
    found = explain_why.attribution(context, asked)
    env = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = run_python(found["code"], cwd=tmp_path, env=env, strict=True)
    assert done.stdout.startswith(f"{found['target']} (224, 224)")
    low, high = (float(number) for number in done.stdout.split(") ")[1].split(" to "))
    assert (low, high) == pytest.approx((found["min"], found["max"]), rel=0.05, abs=2e-4)


def test_models_and_methods_are_offered(context: Context):
    offer = explanation.options(context, {})
    jobs = [model["job"] for model in offer["models"]]
    assert jobs == sorted(jobs, key=["digits", "clothes", "photos", "custom"].index)
    assert {model["name"] for model in offer["models"]} >= {"digit_resnet-mnist", "cnn-mnist"}
    assert [method["name"] for method in offer["methods"]] == list(METHODS)
    photos = [model["name"] for model in offer["models"] if model["job"] == "photos"]
    assert photos[0] == PACKAGED
    assert [one["name"] for one in offer["backbones"]] == [n for n in BACKBONES if n != PACKAGED]


def test_weights_are_fetched_with_progress_and_can_be_stopped(monkeypatch):
    going, released = threading.Event(), threading.Event()

    def slow(name, progress):
        for done in range(0, 100, 10):
            progress(done, 100)
            going.set()
            released.wait(5)
        raise AssertionError("was not stopped")

    store = Backbones()
    monkeypatch.setattr("convdemo.ui.backbone_store.is_cached", lambda name: False)
    monkeypatch.setattr("convdemo.ui.backbone_store.fetch", slow)
    with pytest.raises(Refused, match="explain_fetch") as caught:
        store.network("vgg16")
    assert caught.value.values["megabytes"] == 553
    store.fetch({"backbone": "vgg16"})
    assert going.wait(5)
    assert store.fetching({"backbone": "vgg16"}) == {
        "done": 0,
        "of": 100,
        "over": False,
        "cached": False,
    }
    store.stop({"backbone": "vgg16"})
    released.set()
    for _ in range(100):
        if store.fetching({"backbone": "vgg16"})["over"]:
            break
        threading.Event().wait(0.02)
    assert store.fetching({"backbone": "vgg16"})["over"]

    def refuse(name, progress):
        raise BackboneMissingError("there is no network")

    monkeypatch.setattr("convdemo.ui.backbone_store.fetch", refuse)
    store.fetch({"backbone": "vgg19"})

    def look_until_it_is_over() -> None:
        for _ in range(500):
            store.fetching({"backbone": "vgg19"})
            threading.Event().wait(0.01)

    with pytest.raises(Refused, match="explain_no_backbone") as caught:
        look_until_it_is_over()
    assert caught.value.values["error"] == "there is no network"


def test_a_backbone_is_looked_into_like_any_network(context: Context, monkeypatch):
    torch.manual_seed(0)
    network = backbones.build("mobilenetv3_small_100").requires_grad_(False)
    monkeypatch.setattr("convdemo.ui.backbone_store.is_cached", lambda name: True)
    monkeypatch.setattr("convdemo.ui.backbone_store.build", lambda name, pretrained: network)
    asked = {**GARMENT, "model": "mobilenetv3_small_100"}
    found = explain_maps.look(context, asked)
    assert len(found["probabilities"]) == 1000
    assert found["input_size"] == [3, 224, 224]
    assert found["cam_stage"] == "block6"
    cam = explain_why.attribution(context, {**asked, "method": "grad_cam"})
    assert cam["target"] == found["label"]
    problems = []
    for panel in (explain_more.fooled, explain_more.Crowd().neighbours):
        with pytest.raises(Refused, match=r"explain_too_large|explain_no_crowd") as caught:
            panel(context, asked)
        problems.append(caught.value.problem)
    assert problems == ["explain_too_large", "explain_no_crowd"]


def ended(efforts: Efforts, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of what is followed; Refused where it ended without one."""
    for _ in range(500):
        reply = efforts.look(request)
        if "going" not in reply:
            return reply
        threading.Event().wait(0.02)
    raise AssertionError("never ended")


@pytest.fixture
def worked(monkeypatch) -> tuple[Efforts, Any, list[float], threading.Event]:
    """Efforts, work that goes on step by step, the steps that were done, and leave to end."""
    efforts, steps, leave = Efforts(), [], threading.Event()
    monkeypatch.setattr(explain_efforts, "MOMENT", 0.05)

    def compute(payload: Any, progress: Any) -> dict[str, Any]:
        for step in range(1, 1001):
            progress(step / 1000)
            steps.append(payload["name"])
            if leave.wait(0.005):
                break
        return {"done": payload["name"]}

    return efforts, efforts.followed("trust", compute), steps, leave


ANNE, BERT = {"visitor": "a" * 32}, {"visitor": "b" * 32}


def test_work_is_followed_until_its_answer_is_there(worked):
    efforts, begin, _, leave = worked
    first = begin({**ANNE, "name": "one"})
    assert 0 < first["share"] < 0.5
    assert first["left"] > 0.5
    threading.Event().wait(0.05)
    second = efforts.look({**ANNE, "going": first["going"]})
    assert second["share"] > first["share"]
    leave.set()
    assert ended(efforts, {**ANNE, "going": first["going"]}) == {"done": "one"}
    assert begin({**ANNE, "name": "quick"}) == {"done": "quick"}


def test_stop_ends_the_work_itself_within_a_step(worked):
    efforts, begin, steps, _ = worked
    going = {**ANNE, "going": begin({**ANNE, "name": "one"})["going"]}
    assert efforts.stop(going) == {}
    with pytest.raises(Refused, match="explain_stopped"):
        ended(efforts, going)
    done = len(steps)
    threading.Event().wait(0.1)
    assert len(steps) == done


def test_a_newer_request_takes_the_place_of_the_same_visitors(worked):
    efforts, begin, steps, leave = worked
    old = begin({**ANNE, "name": "old"})["going"]
    other = begin({**BERT, "name": "other"})["going"]
    new = begin({**ANNE, "name": "new"})["going"]
    with pytest.raises(Refused, match="explain_replaced"):
        efforts.look({**ANNE, "going": old})
    threading.Event().wait(0.05)
    count = steps.count("old")
    leave.set()
    assert ended(efforts, {**ANNE, "going": new}) == {"done": "new"}
    assert ended(efforts, {**BERT, "going": other}) == {"done": "other"}
    assert steps.count("old") == count


def test_nobody_sees_or_ends_the_work_of_another(worked):
    efforts, begin, _, leave = worked
    going = begin({**ANNE, "name": "one"})["going"]
    for stranger in (BERT, {}, {"visitor": "no key"}):
        for ask in (efforts.look, efforts.stop):
            with pytest.raises(Refused, match="explain_replaced"):
                ask({**stranger, "going": going})
    leave.set()
    assert ended(efforts, {**ANNE, "going": going}) == {"done": "one"}


def test_work_waits_for_its_turn_and_can_be_ended_there(worked, monkeypatch):
    efforts, begin, steps, leave = worked
    first = [begin({"visitor": name * 32, "name": name})["going"] for name in "abc"]
    assert "c" not in steps
    last = efforts.look({"visitor": "c" * 32, "going": first[2]})
    assert (last["share"], last["left"], last["waits"]) == (0, None, True)
    assert not efforts.look({"visitor": "a" * 32, "going": first[0]})["waits"]
    efforts.stop({"visitor": "c" * 32, "going": first[2]})
    with pytest.raises(Refused, match="explain_stopped"):
        ended(efforts, {"visitor": "c" * 32, "going": first[2]})
    monkeypatch.setattr(explain_efforts, "PATIENCE", 0.01)  # nobody looks any longer
    threading.Event().wait(0.1)
    count = len(steps)
    threading.Event().wait(0.1)
    assert len(steps) == count
    assert not leave.is_set()


def test_a_failure_is_told_like_that_of_any_function(worked):
    efforts, *_ = worked

    def fail(payload: Any, progress: Any) -> dict[str, Any]:
        raise Refused("explain_nothing_to_trust")

    with pytest.raises(Refused, match="explain_nothing_to_trust"):
        efforts.followed("trust", fail)(ANNE)


LION = {"example": "lion.jpg", "job": "photos", "model": PACKAGED}


def test_a_lion_is_a_lion_and_its_map_lies_on_it(context: Context):
    found = explain_maps.look(context, LION)
    assert found["label"] == "lion"
    assert found["probabilities"]["lion"] > 0.85
    assert len(found["probabilities"]) == 1000
    assert [stage["name"] for stage in found["stages"]][:2] == ["stem", "block1"]
    assert found["stages"][0]["layers"][0] == "Conv2d"
    asked = {**LION, "method": "grad_cam"}
    face = unpacked(explain_why.attribution(context, asked)["map"])[0]
    height, width = face.shape
    middle = face[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    assert middle.sum() > 0.4 * face.sum()  # where a quarter of the picture is
    other = unpacked(explain_why.attribution(context, {**asked, "target": "tiger"})["map"])[0]
    assert not np.allclose(other, face, atol=0.05)


def test_a_class_of_a_thousand_is_dreamt_of(context: Context):
    asked = {"model": PACKAGED, "target": "volcano"}
    (dream,) = explain_more.dream(context, asked)["dreams"]
    assert dream["counts"]
    assert dream["lowest"] >= 0.9
    with pytest.raises(Refused, match="request"):
        explain_more.dream(context, {"model": PACKAGED})


@pytest.mark.parametrize(
    ("compute", "more"),
    [
        (explain_why.attribution, {"method": "integrated_gradients"}),
        (explain_why.trust, {"method": "saliency"}),
        (explain_more.dream, {}),
        (explain_more.fooled, {}),
        (explain_more.important, {"stage": "block1"}),
    ],
)
def test_what_takes_long_tells_its_share_and_can_be_ended(context: Context, compute, more):
    told: list[float] = []
    whole = compute(context, {**ASKED, **more}, told.append)
    assert "code" in whole
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
    explain_why.attribution(context, {**LION, "method": "grad_cam"})

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("convdemo.explain.subject.subject_of", never)
    monkeypatch.setattr("convdemo.explain.attribution.attribute", never)
    assert [explain_request.subject(context, one) for one in asked] == first
    again = explain_why.attribution(context, {**LION, "method": "grad_cam"})
    assert again["target"] == "lion"
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
    offer = explanation.options(context, {})
    assert offer["packaged"] == (kind == "damaged")
    with pytest.raises(Refused, match="explain_package") as caught:
        explain_maps.look(context, LION)
    assert caught.value.values == {"model": "xai-cifar10"}
    for language in text.LANGUAGES:
        said = text.say(language, "problem.explain_package", **caught.value.values)
        assert "xai-cifar10" in said
        assert "pip install" in said
    instead = explain_maps.look(context, {**LION, **caught.value.values})
    assert tuple(instead["probabilities"]) == CIFAR10.classes
