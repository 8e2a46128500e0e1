"""Links: what an address may set in each tab, what is corrected, and the links of a course."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import gradio as gr
import pytest
from support.checkout import ROOT
from support.contexts import make_context
from support.in_process import run

from convdemo.ui import page, text
from convdemo.ui.app import TABS
from convdemo.ui.context import Context
from convdemo.ui.links import LONGEST, Link, asked_of, meant
from convdemo.ui.tabs import draw

NAMES = {tab.NAME: tab for tab in TABS}
HOSTILE = ("<img src=x onerror=alert(1)>", "nan", "../../etc/passwd", "[" * 100)
LESSONS = re.findall(r"\]\((http://[^)]+)\)", (ROOT / "docs" / "classroom.md").read_text("utf-8"))
# What each tab has in the address.
LINKED = {
    "draw": {"model", "skip", "example"},
    "clothes": {"model", "example"},
    "train": {"model", "dataset", "preset", "limit", "epochs", "lr", "batch", "optimizer"}
    | {"schedule", "augment", "dropout", "patience", "weight_decay", "label_smoothing", "ema"}
    | {"empty", "seed", "fault"},
    "augment": {"mode", "policy", "preset", "number", "seed", "example"},
    "explain": {"model", "example"},
    "transfer": {"mode", "base", "network", "copies", "unfreeze", "epochs", "lr"}
    | {"scratch_epochs", "augment", "dropout", "batch_norm", "normalisation"},
    "convolution": {"dims", "kind", "padding", "padding_mode", "bias", "size", "kernel", "stride"}
    | {"pads", "dilation", "output_padding", "channels", "filters", "groups", "source", "kernels"},
}


@dataclass(frozen=True)
class Opened(page.Frame):
    """Makes what is in the tabs at once, for an address."""

    query: str = ""
    links: dict[str, Link] = field(default_factory=dict)

    def after(
        self,
        event: Any,
        arrivals: gr.Textbox,
        draw: Callable[[page.Texts, page.Visit], None],
        tab: str = "",
    ) -> None:
        texts = page.Texts()
        texts.switched = gr.HTML()
        link = Link(tab, self.query, texts)
        draw(texts, page.Visit("a" * 32, arrivals, "", link))
        link.finish()
        if tab:
            self.links[tab] = link


def opened(context: Context, name: str, query: str) -> Link:
    """What an address has come to in a tab."""

    async def build() -> Link:
        with gr.Blocks():
            who, language, asked, sent = (gr.Textbox() for _ in range(4))
            frame = Opened(gr.HTML(), who, language, asked, {name: sent}, query)
            with gr.Tabs(), gr.Tab(id=name) as item:
                NAMES[name].build(context, item, frame)
        return frame.links[name]

    return run(build())  # Gradio would make an event loop and leave it open


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def address(name: str, values: dict[str, Any]) -> str:
    return "?" + urlencode({f"{name}.{one}": value for one, value in values.items()})


@pytest.mark.parametrize("name", NAMES)
def test_what_a_tab_is_set_to_comes_back(context: Context, name: str):
    link = opened(context, name, "")
    assert not link.asked
    if name == "draw":  # which writes it before its controls are there
        assert set(draw.linked(context)) == LINKED[name]
        return
    assert {one.name for one in link.controls} == LINKED[name]
    for about, control in link.controls.items():
        if about.name in ("example", "kernels", "source") or about.first is None:
            continue  # hidden, or filled in by the browser
        written = about.first if isinstance(about.first, str) else str(about.first).lower()
        if about.only is not None or not isinstance(control, gr.Textbox):
            assert meant(control, written, about.only) == about.first, about


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_wrong_values_are_corrected_and_said(context: Context, name: str, hostile: str):
    usual = opened(context, name, "")
    link = opened(context, name, address(name, dict.fromkeys(LINKED[name], hostile)))
    assert set(link.asked) == LINKED[name]
    assert not link.taken
    for language in text.LANGUAGES:
        said = link.told(language)
        assert said
        assert hostile not in said
    for (about, control), before in zip(
        link.controls.items(), usual.controls.values(), strict=True
    ):
        assert control.value == before.value, about


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("draw", {"model": "simple_ann-mnist", "skip": "centre,size", "example": "open-zero.png"}),
        ("clothes", {"model": "fashion_cnn-fashion_mnist", "example": "clothes/bag.jpg"}),
        ("train", {"model": "cnn", "epochs": 2, "lr": 0.01, "limit": 1000, "seed": 5}),
        ("train", {"model": "conv 3x3 8 - relu - pool 2 - flatten - dense 10"}),
        ("train", {"dataset": "cifar10", "preset": "recipe"}),
        ("augment", {"mode": "chain", "preset": "ten", "number": 4, "seed": 7}),
        ("explain", {"model": "fashion_cnn-fashion_mnist", "example": "clothes/bag.jpg"}),
        ("transfer", {"mode": "finetune", "epochs": 9, "lr": "0.001", "copies": 3}),
        ("convolution", {"dims": 1, "size": "12", "kernel": "5", "kernels": "3", "source": "wave"}),
    ],
)
def test_a_link_sets_what_it_names(context: Context, name: str, values: dict[str, Any]):
    link = opened(context, name, address(name, values))
    assert link.wrong == []
    assert link.taken == set(values)
    for about, control in link.controls.items():
        if about.name in values and about.name not in ("example", "kernels", "source"):
            assert str(control.value) == str(values[about.name])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("train", {"dataset": "mnist", "model": "cats_dogs"}),  # made for photos
        ("convolution", {"size": "3 × 3", "kernel": "9 × 9"}),  # larger than its input
    ],
)
def test_what_cannot_be_together_is_corrected(context: Context, name: str, values: dict[str, Any]):
    assert opened(context, name, address(name, values)).wrong


def test_an_address_is_bounded():
    assert asked_of("train", f"?train.model={'x' * LONGEST}&train.lr={'1' * (LONGEST + 1)}") == {
        "model": "x" * LONGEST
    }
    assert asked_of("train", "?" + "&".join(f"train.a{n}=1" for n in range(1000))) == {}
    assert asked_of("train", "?tab=train&lang=ko&draw.model=cnn&train.=1&%ff=%fe") == {}


@pytest.mark.parametrize("model", ["own-1", "efficientnet_lite0-pets-abcd"])
def test_a_model_of_a_visitor_is_in_no_link(context: Context, model: str):
    assert opened(context, "clothes", address("clothes", {"model": model})).wrong
    for name in ("clothes", "explain"):
        (about,) = (one for one in opened(context, name, "").controls if one.name == "model")
        assert about.only is not None
        assert "fashion_resnet-fashion_mnist" in about.only
        assert model not in about.only


def test_a_course_has_five_lessons_in_both_languages():
    languages = [parse_qs(urlsplit(one).query)["lang"][0] for one in LESSONS]
    assert sorted(languages) == ["en"] * 5 + ["ko"] * 5


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_links_of_the_course_are_right(context: Context, lesson: str):
    query = urlsplit(lesson).query
    asked = {name: found[0] for name, found in parse_qs(query, strict_parsing=True).items()}
    tabs = asked.pop("tabs").split(",")
    assert set(tabs) <= set(NAMES)
    assert 0 < len(asked.pop("task")) <= 500
    asked.pop("lang")
    assert {one.partition(".")[0] for one in asked} <= set(tabs)
    for name in tabs:
        link = opened(context, name, f"?{query}")
        assert link.wrong == []
        assert link.taken == set(link.asked)
