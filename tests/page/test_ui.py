"""The page's Python: strings, what arrives from the page, its code, endpoints and limits."""

import base64
import dataclasses
import gzip
import json
import os
import re
import secrets
import shutil
import string
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from benchmarks.served import serving
from gradio.context import LocalContext
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from PIL import Image, ImageOps
from support.checkout import ROOT
from support.forked import run_python
from support.in_process import in_loop

from convdemo.augmentation.chain import PRESETS as CHAINS
from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES
from convdemo.augmentation.policies import POLICIES, table_of
from convdemo.data.registry import DATASETS
from convdemo.explain.attribution import REASONS
from convdemo.explain.attribution_methods import METHODS
from convdemo.images.decode import (
    NOTES,
    PROBLEMS,
    over_white,
    picture_from_ink,
    read_picture,
)
from convdemo.images.render import data_url, encode_png
from convdemo.images.signatures import KINDS
from convdemo.inference.library import default_entry, find, list_models, model_dirs, recard
from convdemo.inference.perturb import SLIDERS
from convdemo.inference.predict import predict_picture
from convdemo.inference.robustness import AXES
from convdemo.networks.registry import MODELS
from convdemo.paths import shipped_dir
from convdemo.preprocessing.digit import DIGIT_STEPS
from convdemo.preprocessing.garment import GARMENT_STEPS
from convdemo.training.config import AUGMENTATIONS, OPTIMIZERS, SCHEDULES
from convdemo.training.faults import FAULTS
from convdemo.ui import answers, lab_report, page, text, wire
from convdemo.ui.app import TABS
from convdemo.ui.components import Answer, Brought, DigitPad, ProbabilityBars
from convdemo.ui.context import Context
from convdemo.ui.explain_request import trained_of
from convdemo.ui.guard import Guard
from convdemo.ui.headers import HEADERS
from convdemo.ui.tabs import clothes, draw
from convdemo.ui.tabs.draw import comparison
from convdemo.ui.tabs.explain import trust
from convdemo.ui.wire import Refused, packed


def seven() -> np.ndarray:
    """(112, 90) float32, a 7 as the pad would send it: 1 where there is ink."""
    ink = np.zeros((112, 90), np.float32)
    ink[10:20, 10:80] = 1
    for row in range(20, 104):
        right = 80 - (row - 20) * 50 // 84
        ink[row, right - 10 : right] = 1
    return ink


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(model_dirs=model_dirs(), guard=Guard(per_second=1000, burst=1000))


def request(**headers: str) -> Any:
    """What a server function gets to know of a request."""
    return SimpleNamespace(
        headers={"host": "127.0.0.1:7860", **headers}, client=SimpleNamespace(host="127.0.0.1")
    )


# Strings


def test_both_languages_have_the_same_keys_with_the_same_gaps():
    english, korean = (text.strings(language) for language in text.LANGUAGES)
    assert english.keys() == korean.keys()
    for key, sentence in english.items():
        gaps = [
            {name for _, name, _, _ in string.Formatter().parse(one) if name}
            for one in (sentence, korean[key])
        ]
        assert gaps[0] == gaps[1], key


def test_every_korean_sentence_is_korean():
    same = {
        key for key, sentence in text.strings("ko").items() if not re.search("[가-힣]", sentence)
    }
    assert {key.split(".")[0] for key in same} <= {
        *("unit", "dataset", "compare", "steps", "answer", "lessons", "race", "train")
    }
    for key in same:  # gaps, units and proper names only
        left = re.sub(
            r"\{\w+\}|px|MNIST|Fashion-|CIFAR-10|ImageNet|RMSprop|Ada\w+",
            "",
            text.strings("ko")[key],
        )
        assert not re.search("[A-Za-z]", left), key


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_everything_with_a_name_has_a_string(language: str):
    keys = text.strings(language).keys()
    assert {f"tab.{tab.NAME}" for tab in TABS} <= keys
    assert {f"kind.{kind}" for kind in KINDS} <= keys
    assert {f"problem.{key}" for key in PROBLEMS} | {f"note.{key}" for key in NOTES} <= keys
    for job, steps in (("digits", DIGIT_STEPS), ("clothes", GARMENT_STEPS)):
        assert {f"step.{job}.{name}" for name in steps} <= keys
        assert {f"step.{job}.{name}.why" for name in steps} <= keys
    assert {f"dataset.{name}" for name in DATASETS} <= keys
    words = {name for one in DATASETS.values() for name in one.classes if not name.isdigit()}
    assert {f"class.{name}" for name in words} <= keys
    for section, names in (
        ("train.model", MODELS),
        ("train.augment", AUGMENTATIONS),
        ("train.optimizer", OPTIMIZERS),
        ("train.schedule", SCHEDULES),
        ("train.fault", FAULTS),
        ("augment.op", TECHNIQUES),
        ("augment.fill", FILLS),
        ("augment.policy", POLICIES),
        ("augment.preset", CHAINS),
        ("augment.sweep.axis", AXES),
        ("explain.method", METHODS),
        ("explain.why.empty", REASONS),
    ):
        assert not {f"{section}.{name}" for name in names} - keys
    explained = {"augment.op": TECHNIQUES, "augment.policy": POLICIES, "explain.method": METHODS}
    for section, names in explained.items():
        assert not {f"{section}.{name}.why" for name in names} - keys
    assert not {f"augment.draws.{name}" for name in POLICIES if not table_of(name)} - keys
    for slider in SLIDERS:
        assert {f"slider.{slider.name}", f"unit.{slider.name}"} <= keys
    cards = [entry.card for entry in list_models(model_dirs())]
    garments = {name for card in cards if card.job == "clothes" for name in card.classes}
    assert garments == set(DATASETS["fashion_mnist"].classes)
    assert {f"class.{name}" for name in garments} <= keys


@pytest.mark.parametrize("language", ["", "fr", "../../ui/strings/ko", None, ["ko"], {}])
def test_what_is_no_language_is_english_and_no_folder(language: Any):
    assert text.strings(language) is text.strings("en")
    assert text.say(language, "tab.draw") == text.say("en", "tab.draw")


def test_every_key_in_the_markup_and_the_scripts_exists():
    keys = text.strings("en").keys()
    sections = {key.split(".")[0] for key in keys}
    named = {
        (file.name, key)
        for file in page.STATIC.iterdir()
        if file.suffix in (".html", ".js")
        for key in re.findall(r'"([a-z]+(?:\.[a-z_]+)+)"', file.read_text(encoding="utf-8"))
        if key.split(".")[0] in sections
    }
    assert len(named) > 15
    assert {(name, key) for name, key in named if key not in keys} == set()


# What arrives from the page

INK = packed(seven())
DRAWN = wire.grey(INK)  # what the pad makes of it
NO_INK: list[Any] = [
    {"ink": None},
    {"ink": {**INK, "width": 0}},
    {"ink": {**INK, "width": 10**9, "height": 10**9}},
    {"ink": {**INK, "width": 89}},
    {"ink": {**INK, "width": 90.5}},
    {"ink": {**INK, "width": True}},
    {"ink": {**INK, "width": float("nan")}},
    {"ink": {**INK, "bytes": "no base64"}},
    {"ink": {**INK, "bytes": 7}},
    {"upload": "/etc/passwd"},
    {"upload": "../../etc/passwd"},
    {"upload": "\0"},
    {"upload": ["/etc/passwd"]},
    {"example": "../__init__.py"},
]
NO_CHOICE: list[Any] = [
    {"skip": "centre"},
    {"skip": ["no such step"]},
    {"skip": [["centre"]]},
    {"model": 7},
    {"model": "x" * 1000},
]


def pad_of(context: Context) -> DigitPad:
    """The pad of the Draw tab."""
    return DigitPad(
        partial(draw.live, context),
        about={},
        examples=list(page.examples("digits").values()),
        guard=context.guard.served,
    )


@pytest.mark.parametrize("value", [*NO_INK, "text", [7]], ids=lambda value: str(value)[:50])
def test_malformed_drawings_are_refused(context: Context, value: Any):
    asked = {"value": value, "about": {}}
    assert pad_of(context).answer(asked, request()) == {"problem": "request", "values": {}}


@pytest.mark.parametrize("asked", [None, "text", [], {"value": {"ink": INK}, "about": 7}], ids=str)
def test_malformed_questions_are_refused(context: Context, asked: Any):
    assert pad_of(context).answer(asked, request()) == {"problem": "request", "values": {}}


@pytest.mark.parametrize("about", NO_CHOICE, ids=lambda about: str(about)[:50])
def test_malformed_choices_are_refused(context: Context, about: dict[str, Any]):
    reply = pad_of(context).answer({"value": {"ink": INK}, "about": about}, request())
    assert reply["answer"]["sentence"] == ["problem.request", {}]
    assert draw.read(context, DRAWN, about) == (None, draw.NOTHING)


@pytest.mark.parametrize(
    "payload",
    [None, "text", [], {}, *NO_INK, *({"ink": INK, **one} for one in NO_CHOICE)],
    ids=lambda payload: str(payload)[:50],
)
def test_malformed_payloads_are_refused(context: Context, payload: Any):
    asked = payload if isinstance(payload, dict) else {}
    answer, preparation, code = clothes.read(
        context, json.dumps(payload), asked.get("model"), asked.get("skip", []), ""
    )
    assert answer == Answer({}, sentence=("problem.request", {}), of=json.dumps(payload))
    assert (preparation, code) == (None, "")


@pytest.mark.parametrize(
    "arrived", ["", "{", "{}", '{"picture": 7}', *(json.dumps({"picture": one}) for one in NO_INK)]
)
def test_what_cannot_be_read_is_not_put_on_the_pad(arrived: str):
    assert draw.sent(arrived) == gr.skip()


@pytest.mark.parametrize("source", ["{", "[", "1", "null", '"text"', "\0", "[" * 100_000])
def test_what_is_no_json_is_refused(context: Context, source: str):
    answer, _, _ = clothes.read(context, source, None, [], "")
    assert answer.sentence == ("problem.request", {})


STILL = [slider.neutral for slider in SLIDERS]
COMPARED = {
    "input": packed(np.zeros((28, 28))),
    "settings": STILL,
    "slider": 2,
    "first": None,
    "second": None,
    "digit": "",
    "label": "7",
}


@pytest.mark.parametrize(
    "change",
    [
        {"input": packed(np.zeros((27, 28)))},
        {"settings": []},
        {"settings": {}},
        {"settings": [*STILL[:3], 100, 0]},
        {"settings": [*STILL[:4], float("inf")]},
        {"slider": 5},
        {"slider": "rotate"},
        {"first": 7},
        {"label": "no such digit"},
        {"digit": ["7"]},
    ],
    ids=str,
)
def test_malformed_comparisons_are_refused(context: Context, change: dict[str, Any]):
    with pytest.raises(Refused, match="request"):
        comparison.compare(context, {**COMPARED, **change}, "")


def test_a_model_of_another_version_is_named(tmp_path: Path):
    entry = find("cnn-mnist", list_models(model_dirs()))
    path = tmp_path / entry.path.name
    shutil.copy(entry.path, path)
    recard(path, dataclasses.replace(entry.card, model="cnn2", default_for="digits"))
    with pytest.raises(Refused) as refused:
        Context(model_dirs=(tmp_path,)).trained("digits", None)
    assert refused.value.problem == "model_unfit"
    assert "cnn-mnist" in text.say("en", "problem.model_unfit", **refused.value.values)


def test_weights_that_are_cut_off_while_the_page_is_open_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    there = list_models(model_dirs())
    for name in ("cnn-mnist", "simple_ann-mnist"):
        shutil.copy(find(name, there).path, tmp_path)
    context = Context(model_dirs=(tmp_path,))
    default = context.trained("digits", None)
    name, entries = default.card.name, context.entries("digits")
    path = tmp_path / f"{name}.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    other = context.trained("digits", None)
    assert other.card.name != name
    # What is loaded already goes on: it is no view of the file.
    assert predict_picture(default, picture_from_ink(np.eye(28, dtype=np.uint8) * 255)).label
    problems = []
    # Between the look at the folder and that at the file it may be cut off, or removed.
    monkeypatch.setattr(Context, "every_entry", lambda self, visitor: entries)
    for change in (lambda: None, path.unlink):
        change()
        for load in (
            lambda: context.trained("digits", name),
            lambda: trained_of(context, {"model": name}),
        ):
            with pytest.raises(Refused) as refused:
                load()
            problems.append(refused.value.problem)
    assert problems == ["model_unfit", "model_unfit", "no_such_model", "no_such_model"]


def test_a_model_that_is_gone_is_named(context: Context):
    reading = draw.live(context, DRAWN, {"model": "gone-mnist"})
    assert reading.answer.sentence == ("problem.no_such_model", {"model": "gone-mnist"})


def test_an_empty_library_is_said(tmp_path: Path):
    reading = draw.live(Context(model_dirs=(tmp_path,)), DRAWN, {})
    assert reading.answer.sentence == ("problem.no_models", {})


# The guard


def answering(**settings: Any) -> Callable[[Any, Any], dict[str, Any]]:
    return Guard(**settings).served("answer", lambda payload: {"answer": payload})


def test_the_mark_of_a_shelf_changes_with_its_files(tmp_path: Path):
    name = "simple_ann-mnist.safetensors"
    mine, other = (tmp_path / (visitor * 32) / name for visitor in "ab")
    own, space = (Context(model_dirs=(tmp_path,), on_space=there) for there in (False, True))

    def mark(visitor: str) -> str:
        return answers.mark(space, {"visitor": visitor * 32})["mark"]

    before, local = mark("a"), answers.mark(own, {})["mark"]
    mine.parent.mkdir()
    other.parent.mkdir()
    shutil.copy(shipped_dir() / name, mine)
    added = mark("a")
    os.utime(mine, ns=(0, 0))
    replaced = mark("a")
    assert len({before, added, replaced}) == 3
    shutil.copy(shipped_dir() / name, other)  # somebody else's
    assert mark("a") == replaced == mark("a")
    mine.unlink()
    assert mark("a") == before != mark("b")
    assert answers.mark(own, {})["mark"] == local
    shutil.copy(shipped_dir() / name, tmp_path)
    assert answers.mark(own, {})["mark"] != local
    with pytest.raises(Refused):
        answers.mark(space, {})


def test_calls_of_other_sites_are_refused():
    served = answering()
    assert served(1, request(origin="http://127.0.0.1:7860")) == {"answer": 1}
    for origin in ("https://example.org", "http://127.0.0.1:7861", "null"):
        assert served(1, request(origin=origin))["problem"] == "origin"


def test_one_visitor_does_not_take_every_call():
    served = answering(per_second=0.001, burst=3, behind_proxy=True)
    visitors = [request(**{"x-forwarded-for": f"203.0.113.{n}"}) for n in (1, 2)]
    first = [served(1, visitors[0]) for _ in range(4)]
    assert [reply.get("problem") for reply in first] == [None, None, None, "busy"]
    assert served(1, visitors[1]) == {"answer": 1}


def test_a_failure_is_logged_and_hidden(caplog: pytest.LogCaptureFixture):
    def fail(payload: Any) -> dict[str, Any]:
        raise RuntimeError("a secret path")

    assert Guard().served("fail", fail)(1, request()) == {"problem": "internal", "values": {}}
    assert "a secret path" in caplog.text


# What is answered


def test_a_drawing_is_read_while_it_is_drawn_and_step_by_step(context: Context):
    reply = pad_of(context).answer({"value": {"ink": INK}, "about": {}}, request())
    preparation, found = draw.read(context, DRAWN, {})
    assert preparation is not None
    assert [step.name for step in preparation.steps] == list(DIGIT_STEPS)
    assert reply["answer"]["label"] == found["label"] == preparation.steps[-1].label == "7"
    assert sum(reply["answer"]["shares"]) == pytest.approx(1, abs=1e-4)
    assert reply["answer"]["classes"] == list("0123456789")
    assert (reply["seen"], reply["picture"]) == (data_url(preparation.seen), None)
    json.dumps(reply, allow_nan=False)


def test_a_picture_on_the_pad_is_shown_as_it_was_read(context: Context):
    name = "transparent-six.png"
    reply = pad_of(context).answer({"value": {"example": name}, "about": {}}, request())
    assert reply["answer"]["label"] == "6"
    picture = over_white(read_picture(page.examples("digits")[name]))
    assert reply["picture"] == data_url(picture, side=640)


@pytest.mark.parametrize("value", [None, {}, {"ink": packed(np.zeros((112, 112)))}])
def test_nothing_drawn_has_no_bars(context: Context, value: Any):
    reply = pad_of(context).answer({"value": value, "about": {}}, request())
    answer = reply["answer"]
    assert (answer["label"], answer["sentence"]) == (None, "answer.digits.empty")
    assert (answer["shares"], reply["seen"]) == ([], None)
    assert draw.read(context, None, {}) == (None, draw.NOTHING)


def test_a_step_that_is_left_out_changes_what_the_network_sees(context: Context):
    _, usual = draw.read(context, DRAWN, {})
    preparation, other = draw.read(context, DRAWN, {"skip": ["size", "box"]})
    assert preparation is not None
    assert usual["input"] != other["input"]
    assert [step.name for step in preparation.steps if not step.active] == ["box", "size"]


def test_the_comparison_moves_the_digit(context: Context):
    _, found = draw.read(context, DRAWN, {})
    asked = {**COMPARED, "input": found["input"], "label": found["label"]}
    still = comparison.compare(context, asked, "")
    assert still.picture is not None
    assert still.chart is not None
    np.testing.assert_array_equal(still.picture, wire.grey(found["input"]))
    assert [answer.label for answer in still.answers] == ["7", "7"]
    [first, _] = still.chart.lines
    middle = first.x.index(0)
    expected = min(still.answers[0].probabilities["7"], 0.9999)
    assert first.y[middle] == pytest.approx(expected, abs=1e-5)
    other = comparison.compare(context, {**asked, "digit": "1"}, "")
    assert other.chart is not None
    assert max(other.chart.lines[0].y) < max(first.y)
    moved = comparison.compare(context, {**asked, "settings": [3, *STILL[1:]]}, "")
    assert moved.picture is not None
    assert (moved.picture != still.picture).any()
    nothing = comparison.compare(context, {**asked, "input": None}, "")
    assert (nothing.picture, nothing.chart) == (None, None)


def printed(reply: dict[str, Any]) -> list[str]:
    named = [f"{name:12} {share:.4f}" for name, share in reply["probabilities"].items()]
    return [reply["label"] or reply["notice"], *named]


def test_the_code_reproduces_a_drawing(context: Context, tmp_path: Path):
    about = {"skip": ["centre"]}
    told = {"notice": None, **vars(draw.live(context, DRAWN, about).answer)}
    _, found = draw.read(context, DRAWN, about)
    assert run_python(found["code"], cwd=tmp_path).stdout.splitlines() == printed(told)


def test_the_code_reproduces_an_example(context: Context, tmp_path: Path):
    name, path = next(iter(page.examples("digits").items()))
    example = Brought(path, name, example=True)
    told = {"notice": None, **vars(draw.live(context, example, {}).answer)}
    _, found = draw.read(context, example, {})
    assert run_python(found["code"], cwd=tmp_path).stdout.splitlines() == printed(told)
    name = next(iter(page.examples("clothes")))
    answer, _, code = clothes.read(context, json.dumps({"example": name}), None, [], "")
    told = {"notice": None, **vars(answer)}
    assert run_python(code, cwd=tmp_path).stdout.splitlines() == printed(told)


# Lab reports


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_lab_report_tells_how_a_picture_was_read(context: Context, tmp_path: Path, language: str):
    source = json.dumps({"example": "ankle-boot.jpg", "job": "clothes"})
    ink = (seven() * 255).astype(np.uint8)
    for path, tab, label in (
        (clothes.report(context, language, source, None, ["upright"], ""), "clothes", "Ankle boot"),
        (draw.report(context, language, ink, "", "[]", ""), "draw", "7"),
    ):
        with zipfile.ZipFile(path) as opened:
            opened.extractall(tmp_path / tab)
        folder = tmp_path / tab / "report"
        said = (folder / "report.md").read_text("utf-8")
        assert said.startswith(f"# {text.say(language, 'report.title_seen', tab=f'@tab.{tab}')}")
        assert text.strings(language).get(f"class.{label}", label) in said.splitlines()[2]
        assert {file.name for file in (folder / "figures").iterdir()} == {
            f"figure-{number}.{kind}" for number in (1, 2) for kind in ("png", "svg")
        }
        if language == "en":
            code = (folder / "repeat.py").read_text("utf-8")
            assert run_python(code, cwd=tmp_path).stdout.splitlines()[0] == label


def test_a_button_writes_a_lab_report_if_there_is_one():
    """And what cannot be read gives no file."""

    def write(language: str, found: str) -> Path:
        if not found:
            raise Refused("request")
        return Path(f"{language}-{found}.zip")

    for given, path in (("it", "ko-it.zip"), ("", None)):
        file, pressed = lab_report.written(write, "ko", given)
        assert (file, pressed["interactive"]) == (path, True)
        assert pressed["value"] == text.say("ko", "report.button")


# The server


@pytest.fixture(scope="module")
def client(server_url: str) -> Client:
    return Client(server_url, verbose=False)


@pytest.fixture(scope="module")
def digit_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("digit") / "seven.png"
    file.write_bytes(encode_png(255 - (seven() * 255).astype(np.uint8)))
    return file


def test_a_client_reads_a_digit(client: Client, digit_file: Path):
    reply = client.predict(handle_file(digit_file), api_name="/predict_digit")
    assert (reply["label"], reply["notice"]) == ("7", None)
    assert list(reply["probabilities"]) == list("0123456789")
    assert reply["model"] == default_entry("digits", list_models(model_dirs())).card.name


def test_a_client_names_a_garment(client: Client, context: Context):
    name, file = next(iter(page.examples("clothes").items()))
    reply = client.predict(picture=handle_file(file), api_name="/predict_clothes")
    shown, _, _ = clothes.read(context, json.dumps({"example": name}), None, [], "")
    assert (reply["label"], len(reply["probabilities"])) == (shown.label, 10)
    assert reply["probabilities"] == pytest.approx(shown.probabilities, abs=1e-4)


def test_a_client_chooses_the_model(client: Client, digit_file: Path):
    name = next(e.card.name for e in list_models(model_dirs()) if e.card.job == "digits")
    reply = client.predict(handle_file(digit_file), name, api_name="/predict_digit")
    assert reply["model"] == name
    reply = client.predict(handle_file(digit_file), "gone", api_name="/predict_digit")
    assert reply == {"error": text.say("en", "problem.no_such_model", model="gone")}


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("endpoint", ["/predict_digit", "/predict_clothes"])
def test_a_client_gets_a_sentence_for_what_is_no_picture(
    client: Client, tmp_path: Path, endpoint: str, language: str
):
    file = tmp_path / "<b>letter<b>.png"
    file.write_text("Dear reader")
    reply = client.predict(handle_file(file), language=language, api_name=endpoint)
    assert reply == {"error": text.say(language, "problem.not_a_picture")}


@pytest.mark.parametrize("endpoint", ["predict_digit", "augment", "feature_maps"])
def test_a_client_is_told_the_kind_of_file_in_its_language(
    client: Client, tmp_path: Path, endpoint: str
):
    files = {"SVG": b"<svg/>", "video": b"\0\0\0\x18ftypisom"}
    told = {
        (
            "SVG",
            "en",
        ): "This is an SVG file, which cannot be read here; please save it as PNG or JPEG.",
        ("SVG", "ko"): "SVG 파일은 여기서 읽을 수 없습니다. PNG나 JPEG로 저장해 주세요.",
        ("video", "ko"): "동영상 파일은 여기서 읽을 수 없습니다. PNG나 JPEG로 저장해 주세요.",
    }
    model = {"model": "digit_resnet-mnist"} if endpoint == "feature_maps" else {}
    for (kind, language), sentence in told.items():
        file = tmp_path / f"{kind}.png"
        file.write_bytes(files[kind])
        asked = {"picture": handle_file(file), "language": language, **model}
        assert client.predict(**asked, api_name=f"/{endpoint}") == {"error": sentence}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_client_is_told_what_was_read_of_a_clip(
    client: Client, digit_file: Path, tmp_path: Path, language: str
):
    image = Image.open(digit_file)
    clip = tmp_path / "clip.gif"
    image.save(clip, save_all=True, append_images=[ImageOps.invert(image)])
    for file, note in ((clip, text.say(language, "note.first_frame")), (digit_file, None)):
        asked = {"picture": handle_file(file), "language": language}
        for endpoint in ("predict_digit", "predict_clothes", "augment"):
            assert client.predict(**asked, api_name=f"/{endpoint}")["note"] == note
        maps = client.predict(**asked, model="digit_resnet-mnist", api_name="/feature_maps")
        assert maps["note"] == note


def test_programs_can_look_inside(client: Client, context: Context):
    name, picture = next(iter(page.examples("digits").items()))
    asked = {"picture": handle_file(picture), "model": "digit_resnet-mnist"}
    found: Any = client.predict(**asked, stage="stem", api_name="/feature_maps")
    assert [stage["name"] for stage in found["stages"]][:2] == ["stem", "block1"]
    assert (found["maps"]["count"], found["maps"]["height"]) == (16, 14)
    cam: Any = client.predict(**asked, method="grad_cam", api_name="/attribute")
    assert (cam["target"], cam["stage"], cam["empty"]) == (found["label"], "block2", None)
    assert cam["map"]["width"] == 28
    default: Any = client.predict(**asked, api_name="/attribute")
    assert default["method"] == "occlusion"
    judged: Any = client.predict(**asked, method="grad_cam", api_name="/trust")
    own = {"example": name, "job": "digits", "model": "digit_resnet-mnist", "method": "grad_cam"}
    shown = trust.told(*trust.judged(context, own)[1:])
    assert (judged["verdict"], judged["target"]) == (shown["verdict"], shown["target"])
    for measure in ("similarity", "infidelity", "sensitivity"):
        assert judged[measure] == pytest.approx(shown[measure], rel=1e-2, abs=1e-3)
    refused: Any = client.predict(
        **asked, method="grad_cam", stage="output", language="ko", api_name="/attribute"
    )
    assert "output" in refused["error"]
    assert re.search("[가-힣]", refused["error"])
    unknown: Any = client.predict(**{**asked, "model": "magic"}, api_name="/trust")
    assert "magic" in unknown["error"]


def test_only_our_endpoints_are_named(client: Client):
    described: Any = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {
        "/predict_digit",
        "/predict_clothes",
        "/train",
        "/run",
        "/augment",
        "/feature_maps",
        "/attribute",
        "/trust",
        "/transfer",
        "/convolve",
    }


def post(url: str, body: Any, **headers: str) -> int:
    asked = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_no_event_reads_a_file_that_was_not_uploaded(server_url: str, tmp_path: Path):
    """A file of this machine is named as every input of every event."""
    secret = tmp_path / f"secret-{secrets.token_hex(4)}.png"
    secret.write_bytes(encode_png(np.zeros((8, 8), np.uint8)))
    named = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    with httpx.Client(base_url=server_url, timeout=60) as asking:
        events = asking.get("/config").json()["dependencies"]
        assert len(events) > 8
        for event in events:
            asked = {"fn_index": event["id"], "session_hash": "nobody"}
            data = [named] * max(1, len(event["inputs"]))
            asking.post("/gradio_api/queue/join", json={**asked, "data": data})
            with asking.stream("GET", "/gradio_api/queue/data?session_hash=nobody") as reply:
                said = [line for line in reply.iter_lines() if line]
            assert not any(secret.name in line for line in said), event["api_name"]
        assert asking.get(f"/gradio_api/file={secret}").status_code in (403, 404)
    assert not list(Path(get_upload_folder()).rglob(secret.name))


@pytest.mark.parametrize("route", ["component_server", "queue/join", "run/predict_digit"])
def test_a_large_body_is_refused(server_url: str, route: str):
    url = f"{server_url}/gradio_api/{route}"
    body = b'{"data": "' + base64.b64encode(bytes(6_000_000)) + b'"}'
    kind = {"Content-Type": "application/json"}
    assert post(url, body, **kind) == 413
    chunks = (body[start : start + 65536] for start in range(0, len(body), 65536))
    assert post(url, chunks, **kind, **{"Transfer-Encoding": "chunked"}) == 413


def test_the_page_asks_nobody_else(server_url: str):
    with urllib.request.urlopen(server_url, timeout=30) as reply:
        markup = reply.read().decode()
    assert "fonts.googleapis.com" not in markup
    assert '"analytics_enabled":false' in markup.replace(" ", "")


@pytest.mark.parametrize("route", ["/", "/config", "/gradio_api/file=/etc/passwd", "/nothing"])
def test_every_answer_says_whom_the_page_may_ask(server_url: str, route: str):
    answer = httpx.get(f"{server_url.rstrip('/')}{route}", timeout=10)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    asked = dict(part.split(" ", 1) for part in HEADERS["content-security-policy"].split("; "))
    assert asked["frame-ancestors"] == "'self' https://huggingface.co"
    hosts = {word for words in asked.values() for word in words.split() if "://" in word}
    assert hosts == {"https://huggingface.co"}


def test_the_page_travels_zipped(server_url: str):
    answers = []
    for taken in ("identity", "gzip, br"):
        asked = urllib.request.Request(server_url, headers={"Accept-Encoding": taken})
        with urllib.request.urlopen(asked, timeout=30) as reply:
            answers.append((reply.headers["Content-Encoding"], reply.read()))
    (plain, whole), (zipped, less) = answers
    assert (plain, zipped) == (None, "gzip")
    assert gzip.decompress(less)[:100_000] == whole[:100_000]
    assert len(less) < 0.4 * len(whole)


def test_a_space_answers_too(digit_file: Path):
    with serving(space=True) as server:
        client = Client(server.url, verbose=False)
        assert client.predict(handle_file(digit_file), api_name="/predict_digit")["label"] == "7"


def test_the_page_is_built_without_torch(tmp_path: Path):
    code = (
        "import sys\n"
        "from convdemo.ui.app import build_app\n"
        "from convdemo.ui.context import Context\n"
        "from convdemo.inference.library import model_dirs\n"
        "build_app(Context(model_dirs=model_dirs()))\n"
        "print('torch' in sys.modules)"
    )
    # Not forked: the process that is forked has torch.
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"


def test_what_a_session_has_may_grow_while_gradio_goes_through_it():
    """Two parts of the page are made at once: a reload opens a tab while the first one is made."""

    def some() -> gr.Blocks:
        with gr.Blocks() as app:
            gr.Textbox().change(lambda: None)
        return app

    config = in_loop(some).default_config
    before = LocalContext.blocks_config.set(config)
    try:
        lock = page._one_at_a_time()
        assert page._one_at_a_time() is lock
    finally:
        LocalContext.blocks_config.reset(before)
    parts: tuple[Any, ...] = (config.blocks, config.fns)
    for one in parts:
        count = len(one)
        assert count
        for number, _ in enumerate(one.values()):
            one[-1 - number] = None
        assert len(one) == 2 * count


def test_displays_fetch_the_strings_that_they_say_once(server_url: str):
    name, zipped = text.table()
    with urllib.request.urlopen(f"{server_url}/{name}", timeout=30) as reply:
        assert "immutable" in reply.headers["Cache-Control"]
        assert reply.headers["Content-Encoding"] == "gzip"
        assert reply.read() == zipped
    found = json.loads(gzip.decompress(zipped))
    assert found == {language: text.strings(language) for language in text.LANGUAGES}
    said = text.words("explain.stage.", drop="explain.") | text.words("kind.")
    bars = ProbabilityBars(words=said)
    assert bars.props["words"]["from"] == name
    assert bars.props["words"]["parts"] == [(("explain.stage.",), "explain."), (("kind.",), "")]
    for language in text.LANGUAGES:  # as `referred` in shared.js chooses
        chosen = {
            key.replace(drop, "", 1): sentence
            for prefixes, drop in said.parts
            for key, sentence in found[language].items()
            if any(key.startswith(one) for one in prefixes)
        }
        assert chosen == said[language]
    # What the page opens with brings its own.
    assert "from" not in ProbabilityBars(words=dict(said)).props["words"]
