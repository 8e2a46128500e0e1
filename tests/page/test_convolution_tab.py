"""The Convolution tab's Python: what the bench shows, what it refuses, code that gives the same."""

import json
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradio_client import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.forked import run_python
from support.operations import LIKELY, as_module, by_torch, operations
from torch import nn

from convdemo.convolution import architecture
from convdemo.convolution import operation as convolve
from convdemo.convolution.bench import MOST_NUMBERS
from convdemo.convolution.code import REASONS
from convdemo.convolution.inputs import EXAMPLES
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.operation import Operation, weight_shape
from convdemo.convolution.presets import LINES
from convdemo.convolution.reference import run
from convdemo.convolution.torch_check import difference
from convdemo.images.decode import PictureError
from convdemo.inference.library import model_dirs
from convdemo.paths import PACKAGE
from convdemo.ui import page, text, wire
from convdemo.ui.context import Context
from convdemo.ui.tabs.convolution import panels, pictures, work, written
from convdemo.ui.wire import Refused

# torch says that it copies the input where 'same' is uneven, which is its affair.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
EDGES = {
    "settings": {
        "dims": 2,
        "kind": "convolution",
        "size": [9, 9],
        "channels": 1,
        "filters": 2,
        "kernel": [3, 3],
        "stride": [1, 1],
        "padding": "valid",
    },
    "input": {"source": "square"},
    "filters": [{"name": "sobel_x"}, {"name": "sobel_y"}],
}
COURSE = {
    "settings": {"kind": "convolution", "size": [5], "kernel": [3], "bias": False},
    "input": {"source": "ones"},
    "filters": [{"name": "gaussian"}],
}

BLOCK = {
    "settings": {"kind": "convolution", "size": [5, 7, 7], "kernel": [3, 3, 3]},
    "input": {"source": "moving_square"},
    "filters": [{"name": "sobel_z"}],
}
POOLED = {  # its one window holds nothing but padding
    "settings": {"kind": "max", "size": [3], "kernel": [2], "padding": [1], "dilation": [4]},
    "input": {"source": "ones"},
}


def changed(asked: dict[str, Any], **others: Any) -> dict[str, Any]:
    """The same request with other settings."""
    return {**asked, "settings": {**asked["settings"], **others}}


def sentence(refused: Refused, language: str = "en") -> str:
    return text.say(language, f"problem.{refused.problem}", **refused.values)


def output_of(reply: dict[str, Any]) -> np.ndarray:
    values = [-np.inf if one is None else one for one in reply["cells"]["output"]]
    return np.array(values).reshape(reply["output_shape"])


def printed(code: str) -> np.ndarray:
    """What the code prints, run by a Python of its own."""
    return np.array(eval(run_python(code).stdout, {"inf": math.inf}))


# The core against torch


@settings(LIKELY, max_examples=60)
@given(operations(), st.integers(0, 10**6))
def test_the_live_check_is_what_torchs_modules_give(made: Operation, seed: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(made.channels, *made.size))
    weights = None if made.is_pool else rng.normal(size=weight_shape(made))
    bias = rng.normal(size=made.filters) if made.bias else None
    ours = run(made, x, weights, bias)
    wanted = by_torch(as_module(made), x, weights, bias)
    assert np.allclose(ours, wanted, atol=1e-9, equal_nan=True)
    assert difference(made, x, weights, bias, ours) < 1e-6
    off = ours.copy()
    off.flat[0] = 3.0 if np.isinf(off.flat[0]) else off.flat[0] + 0.5
    assert difference(made, x, weights, bias, off) >= 0.5 - 1e-9
    assert difference(made, x, weights, bias, ours[:, :0]) == math.inf


# What the bench shows


def test_the_courses_signal():
    reply = work.bench(COURSE)
    assert reply["cells"]["input"] == [1, 1, 1, 1, 1]
    assert reply["cells"]["filters"][0]["values"] == [0.25, 0.5, 0.25]
    assert reply["cells"]["output"] == [1, 1, 1]
    assert reply["formula"] == ["floor((5 + 2×0 - 1×(3 - 1) - 1) / 1) + 1 = 3"]
    assert reply["cells"]["difference"] == 0


def test_the_courses_layer_is_told_without_cells():
    large = changed(EDGES, size=[26, 26], channels=32, filters=64)
    reply = work.bench(large)
    assert (reply["output_shape"], reply["parameters"]) == ([64, 24, 24], 18_496)
    assert reply["cells"] is None
    assert reply["large"]["numbers"] == 64 * 24 * 24 > MOST_NUMBERS == reply["large"]["most"]


def test_edges_are_found_where_they_are():
    reply = work.bench(EDGES)
    upright, level = output_of(reply)
    assert np.array_equal(upright, level.T)
    assert upright[3].tolist() == [4, 4, 0, 0, 0, -4, -4]
    assert reply["parameters"] == 20
    json.dumps(reply, allow_nan=False)


@pytest.mark.parametrize("dims", EXAMPLES)
def test_every_example_and_every_kernel_is_shown(dims: int):
    size = [[14], [9, 8], [7, 7, 7]][dims - 1]
    for source in EXAMPLES[dims]:
        for name, kernel in KERNELS[dims].items():
            asked = {
                "settings": {"kind": "convolution", "size": size, "kernel": list(kernel.shape)},
                "input": {"source": source},
                "filters": [{"name": name}],
            }
            reply = work.bench(asked)
            assert reply["cells"]["difference"] < 1e-6
            assert reply["cells"]["filters"][0]["name"] == name
            assert np.allclose(reply["cells"]["filters"][0]["values"], kernel.ravel())


def test_a_kernel_in_a_size_that_it_has_not_is_ones_own():
    reply = work.bench(changed(EDGES, kernel=[5, 3]))
    assert [one["name"] for one in reply["cells"]["filters"]] == ["own", "own"]
    values = np.array(reply["cells"]["filters"][0]["values"]).reshape(5, 3)
    assert np.array_equal(values[1:4], KERNELS[2]["sobel_x"])
    assert not values[[0, 4]].any()


def test_own_numbers_weights_and_biases():
    asked = {
        **changed(COURSE, bias=True, channels=2, filters=2),
        "input": {"values": [1, 2, 3, 4, 5, 0, 0, 1, 0, 0], "shape": [2, 5]},
        "filters": [
            {"name": "own", "values": [1, 0, 0, 0, 0, 2], "shape": [2, 3]},
            {"name": "random", "seed": 5},
        ],
        "biases": [0.5, -1],
    }
    first, second = output_of(work.bench(asked))
    assert first.tolist() == [1 + 2 + 0.5, 2 + 0 + 0.5, 3 + 0.5]
    same = output_of(work.bench({**asked, "biases": [0, 0]}))
    assert np.allclose(second + 1, same[1])
    # Another size cuts them, and gives zeros for what is new.
    grown = work.bench(changed(asked, size=[6], channels=1))
    assert grown["cells"]["input"] == [1, 2, 3, 4, 5, 0]


def test_what_the_page_needs_to_work_a_cell_out_is_sent():
    """The same arithmetic as the page's, on what it gets; what it reads is what NumPy pads."""
    asked = {
        **changed(EDGES, size=[6, 7], padding=[2, 1], padding_mode="reflect", dilation=[2, 1]),
        "input": {"values": [place * place % 11 for place in range(42)], "shape": [1, 6, 7]},
        "biases": [0.5, 1],
    }
    reply = work.bench(asked)
    x = np.array(reply["cells"]["input"]).reshape(6, 7)
    lines = reply["cells"]["lines"]
    weights = np.array(reply["cells"]["filters"][1]["values"]).reshape(3, 3)
    padded = np.pad(x, ((2, 2), (1, 1)), mode="reflect")
    assert reply["output_shape"] == [2, 6, 7]
    for place in np.ndindex(*reply["output_shape"][1:]):
        rows = [lines[0][place[0] + 2 * tap] for tap in range(3)]
        columns = [lines[1][place[1] + tap] for tap in range(3)]
        patch = x[np.ix_(rows, columns)]
        down, right = place
        assert np.array_equal(patch, padded[down : down + 5 : 2, right : right + 3])
        assert (patch * weights).sum() + 1 == pytest.approx(output_of(reply)[(1, *place)])


def test_a_transposed_convolution_lays_its_groups_out_as_torch_does():
    asked = {
        "settings": {
            "kind": "transposed",
            "size": [4],
            "channels": 2,
            "filters": 4,
            "groups": 2,
            "kernel": [3],
            "stride": [2],
            "output_padding": [1],
        },
        "input": {"source": "step"},
        "filters": [{"name": "random", "seed": seed} for seed in range(4)],
    }
    reply = work.bench(asked)
    assert reply["cells"]["difference"] < 1e-9
    filters = [np.array(one["values"]) for one in reply["cells"]["filters"]]
    # Each channel is laid out with the two filters of its group, every one by its own.
    x = np.array(reply["cells"]["input"]).reshape(2, 4)
    spread_out = np.zeros((4, 9))
    spread_out[:, :8:2] = x.repeat(2, axis=0)
    wanted = [
        np.convolve(row, kernel)[:10] for row, kernel in zip(spread_out, filters, strict=True)
    ]
    bias = np.array(reply["cells"]["bias"])
    assert np.allclose(output_of(reply), np.array(wanted) + bias[:, None])
    impulse = np.zeros((2, 4))
    impulse[1, 0] = 1  # the second channel is seen by the second group alone
    given = {**asked, "input": {"values": impulse.ravel().tolist(), "shape": [2, 4]}}
    spread = output_of(work.bench(given))
    assert not spread[:2].any()
    assert np.array_equal(spread[2][:3], filters[2])
    assert np.array_equal(spread[3][:3], filters[3])


def test_three_ways_to_shrink_stand_side_by_side():
    reply = work.bench({**EDGES, "window": 3})
    most, mean, strided = reply["cells"]["beside"]
    x = np.array(reply["cells"]["input"]).reshape(3, 3, 3, 3)
    assert most["values"] == x.max(axis=(1, 3)).ravel().tolist()
    assert mean["values"] == pytest.approx(x.mean(axis=(1, 3)).ravel().tolist())
    assert strided["values"] == output_of(reply)[0][::3, ::3].ravel().tolist()
    assert [one["pytorch"] for one in (most, mean)] == ["nn.MaxPool2d(3)", "nn.AvgPool2d(3)"]
    pool = work.bench(changed(EDGES, kind="max", filters=1, kernel=[2, 2]))
    assert pool["cells"]["filters"] is None
    assert pool["cells"]["beside"][2]["shape"] == [1, 4, 4]


def test_same_is_compared():
    same = work.bench(changed(EDGES, stride=[2, 2], size=[8, 8]))["same"]
    assert same["torch"] is None
    assert same["keras"] == {"pads": ((0, 1), (0, 1)), "output": (4, 4)}
    assert same["shift"] == (1, 1)
    assert work.bench(changed(EDGES, kind="max", filters=1))["same"] is None


CODES = [
    COURSE,
    changed(EDGES, padding="same", padding_mode="circular"),
    changed(EDGES, padding=[0, 2], dilation=[2, 1], stride=[1, 2], bias=False),
    changed(EDGES, channels=2, groups=2),
    changed(EDGES, kind="max", filters=1, kernel=[3, 3], padding=[1, 1], stride=[2, 2]),
    changed(EDGES, kind="average", filters=1, kernel=[3, 3], padding=[1, 1], stride=[2, 2]),
    changed(EDGES, kind="transposed", stride=[2, 2], padding=[1, 1], output_padding=[1, 1]),
    {
        "settings": {"kind": "average", "size": [2, 4, 4], "kernel": [3, 3, 3], "padding": [1] * 3},
        "input": {"source": "ball"},
    },
    {
        "settings": {"kind": "convolution", "size": [3, 4, 4], "kernel": [2, 2, 2], "filters": 2},
        "input": {"source": "moving_square"},
        "filters": [{"name": "blur"}, {"name": "own", "values": [1, -1], "shape": [1, 2, 1, 1]}],
        "biases": [0.25, 0],
    },
]


@pytest.mark.parametrize("asked", CODES, ids=lambda asked: str(asked["settings"])[:60])
def test_the_code_gives_the_output_on_screen(asked: dict[str, Any]):
    reply = work.bench(asked)
    found = printed(reply["cells"]["code"])
    assert found.shape == tuple(reply["output_shape"])
    assert np.allclose(found, output_of(reply), atol=1e-9)


@pytest.mark.parametrize("asked", [COURSE, EDGES, BLOCK, POOLED], ids=("1D", "2D", "3D", "pool"))
def test_a_lab_report_has_the_numbers_and_the_code_that_makes_them(
    tmp_path: Path, asked: dict[str, Any]
):
    with zipfile.ZipFile(written.report("en", json.dumps(asked))) as opened:
        opened.extractall(tmp_path)
    said = (tmp_path / "report" / "report.md").read_text("utf-8")
    reply = work.bench(asked)
    figures = ["Input", *["Kernels"] * bool(reply["cells"]["filters"]), "Output"]
    assert re.findall(r"^## (.+)$", said, re.M)[: len(figures)] == figures
    assert len(list((tmp_path / "report" / "figures").glob("*.svg"))) == len(figures)
    assert f"Output: {' × '.join(map(str, reply['output_shape']))}\n" in said
    assert f"Multiply-adds: {reply['multiply_adds']:,}\n" in said
    assert f"| `input` | `{asked['input']['source']}` |" in said
    code = (tmp_path / "report" / "repeat.py").read_text("utf-8")
    assert code == reply["cells"]["code"]


def test_a_lab_report_of_what_is_too_large_to_draw_has_its_layer(tmp_path: Path):
    asked = changed(EDGES, size=[40, 40])
    with zipfile.ZipFile(written.report("ko", json.dumps(asked))) as opened:
        opened.extractall(tmp_path)
    said = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert "출력: 2 × 38 × 38\n" in said
    assert not (tmp_path / "report" / "figures").exists()
    assert run_python((tmp_path / "report" / "repeat.py").read_text("utf-8")).stdout == ""
    for wrong in ("", "[]", "{}", "no JSON", json.dumps({**EDGES, "input": {"upload": __file__}})):
        with pytest.raises((Refused, PictureError)):
            written.report("en", wrong)


def test_the_line_of_pytorch_is_the_layer():
    reply = work.bench({**changed(EDGES, padding=[1, 0]), "biases": [0.5, -1]})
    layer = eval(reply["pytorch"], {"nn": torch.nn}).double()
    cells = reply["cells"]
    laid = np.array([one["values"] for one in cells["filters"]]).reshape(2, 1, 3, 3)
    x = np.array(cells["input"]).reshape(1, 9, 9)
    assert np.allclose(by_torch(layer, x, laid, np.array(cells["bias"])), output_of(reply))
    assert reply["keras"] is None
    assert reply["keras_reason"] == "padding_number"


# Pictures


def test_a_photo_is_made_small_and_keeps_its_middle():
    name = next(iter(page.examples("photos")))
    asked = {**EDGES, "input": {"example": name, "job": "photos"}}
    colour = work.bench(changed(asked, size=[12, 16], channels=3))
    values = np.array(colour["cells"]["input"]).reshape(3, 12, 16)
    assert 0 <= values.min() < values.max() <= 1
    assert not np.array_equal(values[0], values[2])
    grey = np.array(work.bench(changed(asked, size=[12, 16]))["cells"]["input"])
    weighed = np.tensordot([0.299, 0.587, 0.114], values, axes=1)
    assert np.allclose(grey.reshape(12, 16), weighed, atol=0.02)


def test_a_drawing_is_bright_on_black():
    ink = np.zeros((20, 10), np.uint8)
    ink[:, 4:6] = 255
    from convdemo.ui.wire import packed

    asked = {**EDGES, "input": {"ink": packed(ink / 255)}}
    values = np.array(work.bench(asked)["cells"]["input"]).reshape(9, 9)
    assert values[4, 4] > 0.5
    assert values[:, 0].max() == values[:, -1].max() == 0


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that counts as the one of uploaded files."""
    monkeypatch.setattr(wire, "get_upload_folder", lambda: str(tmp_path))
    return tmp_path


def stored(folder: Path, kind: str, levels: list[int]) -> str:
    """The path of a clip whose frames are plain, each of one grey level."""
    first, *others = [Image.new("RGB", (20, 12), (level,) * 3) for level in levels]
    first.save(folder / f"clip.{kind}", save_all=True, append_images=others, lossless=True)
    return str(folder / f"clip.{kind}")


BLOCK = {
    "settings": {"kind": "convolution", "size": [3, 4, 5], "kernel": [1, 1, 1], "bias": False},
    "filters": [{"name": "own", "values": [1], "shape": [1, 1, 1, 1]}],
}


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tiff"])
def test_a_clip_is_spread_over_the_block(uploads: Path, kind: str):
    path = stored(uploads, kind, [0, 51, 102, 153, 204])
    assert pictures.clip({"upload": path}) == {"frames": 5}
    reply = work.bench({**BLOCK, "input": {"upload": path}})
    slices = np.array(reply["cells"]["input"]).reshape(3, 4, 5)
    assert [set(one.ravel()) for one in slices] == [{0.0}, {0.4}, {0.8}]
    assert reply["cells"]["note"] == {
        "key": "convolution.clip_frames",
        "values": {"shown": 3, "count": 5},
    }
    assert reply["cells"]["difference"] < 1e-9
    whole = work.bench({**changed(BLOCK, size=[5, 2, 2], channels=3), "input": {"upload": path}})
    assert whole["cells"]["note"] is None
    assert np.array(whole["cells"]["input"]).reshape(3, 5, 4)[2, :, 0].tolist() == [
        0,
        0.2,
        0.4,
        0.6,
        0.8,
    ]


def test_several_pictures_are_a_block(uploads: Path):
    paths = []
    for place, level in enumerate((255, 51)):
        paths.append(str(uploads / f"{place}.png"))
        Image.new("L", (9, 30), level).save(paths[-1])
    assert pictures.clip({"uploads": paths}) == {"frames": 2}
    given = {"uploads": paths, "count": 11}
    reply = work.bench({**changed(BLOCK, size=[2, 4, 5]), "input": given})
    values = np.array(reply["cells"]["input"]).reshape(2, 20)
    assert values.min(axis=1).tolist() == values.max(axis=1).tolist() == [1.0, 0.2]
    assert reply["cells"]["note"]["values"] == {"shown": 2, "count": 11}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty_file"),
        (b"Dear reader", "not_a_picture"),
        (b"\0\0\0\x18ftypmp42" + bytes(80), "clip_kind"),
        (b"GIF89a", "damaged"),
    ],
)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_file_that_is_no_clip_gets_a_sentence(
    uploads: Path, content: bytes, problem: str, language: str
):
    path = uploads / "file"
    path.write_bytes(content)
    with pytest.raises(PictureError) as caught:
        pictures.clip({"upload": str(path)})
    assert caught.value.problem == problem
    said = text.say(language, f"problem.{problem}", **caught.value.values)
    assert bool(re.search("[가-힣]", said)) == (language == "ko")
    assert "@" not in said


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"upload": "/etc/passwd"},
        {"upload": ["a"]},
        {"uploads": "ab"},
        {"uploads": ["/etc/passwd", "/etc/passwd"]},
        {"uploads": []},
        {"uploads": ["a"] * 9},
    ],
)
def test_malformed_clips_are_refused(given: dict[str, Any]):
    with pytest.raises(Refused, match="request"):
        pictures.clip(given)
    with pytest.raises(Refused, match="request"):
        work.bench({**BLOCK, "input": given})


def test_a_moving_picture_as_a_plane_is_its_first_frame(uploads: Path):
    path = stored(uploads, "gif", [0, 255])
    reply = work.bench({**EDGES, "input": {"upload": path}})
    assert set(reply["cells"]["input"]) == {0.0}
    assert reply["cells"]["note"] == {"key": "note.first_frame", "values": {}}


def chosen(name: str) -> str:
    """A kernel by name as the bench tells it to the other panels."""
    kernel = KERNELS[2][name]
    return json.dumps({"values": kernel.ravel().tolist(), "shape": [1, *kernel.shape]})


def test_a_kernel_on_a_whole_photo():
    source = json.dumps({"example": next(iter(page.examples("photos"))), "job": "photos"})
    _, edges, said = panels.on_photo(chosen("sobel_x"), source, "en")
    assert edges is not None
    assert edges.shape[2] == 3
    assert max(edges.shape) <= 640
    assert "blue is below zero" in said
    _, blurred, said = panels.on_photo(chosen("blur"), source, "en")
    assert blurred is not None
    assert not np.array_equal(edges, blurred)
    assert "The weights add up to about 1" in said
    gone, nothing, said = panels.on_photo(
        chosen("blur"), json.dumps({"upload": "/etc/hosts"}), "ko"
    )
    assert gone is nothing is None
    assert re.search("[가-힣]", said)
    assert panels.on_photo("null", source, "en")[1:] == (
        None,
        text.say("en", "convolution.planes_only"),
    )


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(model_dirs=model_dirs())


def test_the_nearest_learned_filters(context: Context):
    names = [entry.card.name for entry in work.models(context, "")]
    assert "digit_resnet-mnist" in names
    assert not [name for name in names if name.startswith(("simple_ann", "fashion_dnn"))]
    asked = {"model": "digit_resnet-mnist"}
    weights, matches = work.learned(context, KERNELS[2]["sobel_x"], asked)
    sobel = torch.from_numpy(KERNELS[2]["sobel_x"]).flatten()[None]
    wanted = torch.nn.functional.cosine_similarity(sobel, torch.from_numpy(weights).flatten(1))
    assert matches[0].cosine == pytest.approx(float(wanted.max()))
    assert matches[0].filter == int(wanted.argmax())
    for model in names:
        shown, said = panels.in_model(context, chosen("gabor_0"), model, "", "en")
        weights, _ = work.learned(context, KERNELS[2]["gabor_0"], {"model": model})
        assert len(shown) == 1 + min(6, len(weights))
        assert ("was resized" in said) == (weights.shape[2:] != (7, 7))
    zeros = json.dumps({"values": [0] * 9, "shape": [1, 3, 3]})
    shown, said = panels.in_model(context, zeros, names[0], "", "en")
    assert (shown, said) == ([], text.say("en", "problem.convolution_zeros"))


# A line of layers


def test_a_line_is_a_table():
    line = "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - flatten - dense 10"
    found = work.line_table({"line": line, "shape": [1, 28, 28]})
    assert found["parameters"] == 50_186  # the course's CNN, to the parameter
    assert found["rows"][-1]["shape"] == [10]
    assert found["rows"][3]["field"] == [8, 8]
    assert found["input"] == {"shape": [1, 28, 28], "field": [1, 1]}


def test_a_line_has_code_for_both_frameworks():
    line = "conv 3 s2 same 8 - bn - pool 2 ceil - convt 2 s2 4 - dropout .3 - gap - linear 5"
    rows = work.line_table({"line": line, "shape": [3, 28, 28]})["rows"]
    assert [row["shape"] for row in rows[:4]] == [[8, 14, 14], [8, 14, 14], [8, 7, 7], [4, 14, 14]]
    network = nn.Sequential(*(eval(row["pytorch"], {"nn": nn}) for row in rows)).eval()
    assert list(network(torch.zeros(1, 3, 28, 28)).shape[1:]) == rows[-1]["shape"] == [5]
    counts = [sum(one.numel() for one in layer.parameters()) for layer in network]
    assert counts == [row["parameters"] for row in rows]
    assert [row["keras"] for row in rows][2:5] == [
        "layers.MaxPooling2D(2)",
        "layers.Conv2DTranspose(4, 2, strides=2)",
        "layers.Dropout(0.3)",
    ]


@pytest.mark.parametrize("kind", ["convolution", "transposed"])
def test_the_code_of_a_same_that_only_keras_has_prints_the_output(kind: str):
    asked = changed(EDGES, kind=kind, padding="same", stride=[2, 1], size=[8, 7])
    reply = work.bench({**asked, "biases": [0.5, 1]})
    assert np.allclose(printed(reply["cells"]["code"]), output_of(reply))
    assert reply["cells"]["difference"] < 1e-6


@pytest.mark.parametrize("name", LINES)
def test_every_example_of_a_line_is_a_network(name: str):
    shape, line = LINES[name]
    table, code, wrong = panels.in_line(line, shape, "en")
    assert wrong == ""
    assert table["headers"][:2] == ["Layer", "Shape"]
    made: dict[str, Any] = {}
    exec(code.partition("from keras")[0], made)  # Keras is not installed here
    sizes = [int(size) for size in shape.split("x")]
    out = made["network"].eval()(torch.zeros(1, *sizes)).shape[1:]
    assert table["data"][-2][1] == " × ".join(map(str, out))
    _, _, wrong = panels.in_line("conv 31x31 8", "1x28x28", "ko")
    assert "31" in wrong


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize(
    ("line", "shape", "there"),
    [
        ("", [1, 28, 28], []),
        ("conv 3x3 32 - pol 2", [1, 28, 28], ["2", "pol"]),
        ("conv 3x3 32 - pool 2 x", [1, 28, 28], ["2", "pool 2 x", "x"]),
        ("conv 3x3", [1, 28, 28], ["1", "conv 3x3"]),
        ("conv 31x31 8", [1, 28, 28], ["1", "conv 31x31 8"]),
        ("dense 10", [1, 28, 28], ["1", "1 × 28 × 28"]),
        ("conv 3x3 32", [1], ["1"]),
    ],
)
def test_a_line_that_is_none_gets_a_sentence(
    line: str, shape: list[int], there: list[str], language: str
):
    with pytest.raises(Refused) as caught:
        work.line_table({"line": line, "shape": shape})
    said = sentence(caught.value, language)
    assert all(word in said for word in there)
    assert "@" not in said
    assert "{" not in said


def test_the_cause_of_a_part_that_cannot_be_is_said():
    with pytest.raises(Refused) as caught:
        work.line_table({"line": "conv 31x31 8", "shape": [1, 28, 28]})
    assert caught.value.values["cause"] == "convolve_kernel_far"
    cause = text.say("ko", "problem.convolve_kernel_far", **caught.value.values)
    assert "31" in cause
    assert "28" in cause


# What is refused


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kernel": [10, 3]}, "convolve_kernel_far"),
        ({"stride": [0, 1]}, "convolve_stride_none"),
        ({"kernel": [0, 3]}, "convolve_kernel_empty"),
        ({"channels": 3, "groups": 2}, "convolve_groups_channels"),
        ({"channels": 3, "groups": 3}, "convolve_groups_filters"),
        (
            {"padding": "same", "stride": [2, 1], "padding_mode": "reflect"},
            "convolve_same_with",
        ),
        ({"padding": [9, 0], "padding_mode": "reflect"}, "convolve_reflect_far"),
        ({"kernel": [2.5, 3]}, "convolve_whole"),
        ({"kernel": [3, 3, 3]}, "convolve_axes"),
        ({"kernel": [None, 3]}, "convolution_blank"),
        ({"size": [2_000_000, 9]}, "convolve_large"),
        ({"kind": "max"}, "convolve_foreign"),
        ({"kind": "magic"}, "convolve_choice"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_in_both_languages(change: Any, problem: str, language: str):
    with pytest.raises(Refused) as caught:
        work.bench(changed(EDGES, **change))
    assert caught.value.problem == problem
    said = sentence(caught.value, language)
    assert "@" not in said
    assert "{" not in said
    assert bool(re.search("[가-힣]", said)) == (language == "ko")


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_rule_has_a_sentence_and_every_reason(language: str):
    keys = text.strings(language).keys()
    for name in (*convolve.PROBLEMS, *architecture.PROBLEMS):
        assert f"problem.convolve_{name}" in keys
    assert {f"convolution.reason.{name}" for name in REASONS} <= keys
    assert {f"convolution.kind.{name}" for name in convolve.KINDS} <= keys
    assert {f"convolution.mode.{name}" for name in convolve.PADDING_MODES} <= keys
    for named in KERNELS.values():
        assert {f"convolution.kernel.{name}" for name in named} <= keys
        assert {f"convolution.kernel.{name}.why" for name in named} <= keys
    words = PACKAGE / "ui" / "components" / "convolution_bench" / "words.json"
    of_the_bench = json.loads(words.read_text("utf-8"))[language]
    for named in EXAMPLES.values():
        assert {f"source.{name}" for name in named} <= of_the_bench.keys()


OWN = {"values": [1, 2, 3], "shape": [1, 3]}


@pytest.mark.parametrize(
    "change",
    [
        None,
        [],
        {"settings": None},
        {"settings": {"kind": "convolution"}},
        {"settings": {"kind": ["max"], "size": [5], "kernel": [3]}},
        {"settings": {"kind": "max", "size": "5", "kernel": [3]}},
        {"settings": {"kind": "max", "size": [], "kernel": [3]}},
        {"settings": {"kind": "max", "size": [5], "kernel": [True]}},
        {"input": None},
        {"input": {}},
        {"input": {"source": "magic"}},
        {"input": {"source": ["ones"]}},
        {"input": {**OWN, "shape": [3]}},
        {"input": {**OWN, "shape": [1, 4]}},
        {"input": {**OWN, "shape": [1, 1.5]}},
        {"input": {"values": "123", "shape": [1, 3]}},
        {"input": {"upload": "/etc/passwd"}},
        {"input": {"example": "../../__init__.py"}},
        {"filters": {"name": "blur"}},
        {"filters": ["blur"]},
        {"filters": [{"name": "magic"}]},
        {"filters": [{"name": "random", "seed": -1}]},
        {"filters": [{"name": "own", "values": [1], "shape": [1]}]},
        {"biases": 3},
        {"window": "2"},
    ],
    ids=str,
)
def test_malformed_requests_are_refused(change: Any):
    asked = {**COURSE, **change} if isinstance(change, dict) else change
    with pytest.raises(Refused, match="request"):
        work.bench(asked)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"input": {**OWN, "values": [1, 2, float("nan")]}}, "convolution_number"),
        ({"input": {**OWN, "values": [1, 2, "3"]}}, "convolution_number"),
        ({"input": {**OWN, "values": [1, 2, 1e300]}}, "convolution_huge"),
        ({"biases": [float("nan")], **changed(COURSE, bias=True)}, "convolution_number"),
        ({"biases": [True], **changed(COURSE, bias=True)}, "convolution_number"),
        ({"biases": [1e9], **changed(COURSE, bias=True)}, "convolution_huge"),
    ],
    ids=str,
)
def test_numbers_that_are_none_get_a_sentence(change: Any, problem: str):
    with pytest.raises(Refused) as caught:
        work.bench({**COURSE, **change})
    assert caught.value.problem == problem
    assert re.search("[가-힣]", sentence(caught.value, "ko"))


# The endpoint


def by_command(*words: str) -> Any:
    command = "import sys; from convdemo.cli.main import main; sys.exit(main(sys.argv[1:]))"
    return json.loads(run_python(command, words=["convolve", *words, "--json"]).stdout)


def test_programs_can_ask_for_the_arithmetic(server_url: str):
    client = Client(server_url, verbose=False)

    def asked(**given: Any) -> Any:
        return client.predict(api_name="/convolve", **given)

    course = asked(dims=2, input=[26, 26], kernel=[3, 3], in_channels=32, filters=64)
    words = "--dims 2 --input 26 26 --kernel 3 3 --in-channels 32 --filters 64"
    assert course == by_command(*words.split())
    assert course["output_shape"] == [64, 24, 24]
    pool = asked(dims=3, input=[9], kernel=2, pool="avg", in_channels=4)
    words = "--dims 3 --input 9 --kernel 2 --pool avg --in-channels 4"
    assert pool == by_command(*words.split())
    spread = asked(dims=1, input=8, kernel=4, stride=2, padding=1, transposed=True)
    assert (spread["output_shape"], spread["keras_reason"]) == ([1, 16], "transposed_padding")
    far = asked(dims=1, input=4, kernel=5)
    assert "the padded input has 4 along axis 1: 1 too many" in far["error"]
    korean = asked(dims=2, input=[4, 4, 4], kernel=2, language="ko")["error"]
    assert re.search("[가-힣]", korean)
    assert "@" not in korean
    rounded = asked(dims=2, input=7, kernel=2, pool="max", ceil_mode=True)
    words = "--dims 2 --input 7 --kernel 2 --pool max --ceil-mode"
    assert rounded == by_command(*words.split())
    same = asked(dims=2, input=7, kernel=3, stride=2, padding="same")
    assert same["output_shape"] == [1, 4, 4]
    line = "conv 3 p1 8 - bn - gap - linear 2"
    table = asked(dims=2, input=28, in_channels=3, line=line)
    words = "--dims 2 --input 28 --in-channels 3 --line"
    assert table == by_command(*words.split(), line)
    assert table["rows"][-1]["shape"] == [2]
    cannot = asked(dims=2, input=4, line="pool 9")["error"]
    assert cannot.startswith("Part 1 (pool 9) cannot be. The kernel reaches over 9 inputs")
    assert re.search("[가-힣]", asked(dims=2, input=4, line="pool 9", language="ko")["error"])
    unread = text.say("en", "problem.request")
    assert asked(dims=2, input=4, line="relu -" * 1000)["error"] == unread
    assert asked(dims=2, input=4)["error"] == unread
    right = {"dims": 1, "input": 5, "kernel": 3}
    for name, wrong, rule in (
        ("dims", 10**9, "not along 1000000000."),
        ("input", "five", "is five; a whole number is needed."),
        ("pool", "min", "is min; it can be convolution, transposed, max, average."),
        ("filters", "x", "is x; a whole number is needed."),
    ):
        assert asked(**{**right, name: wrong})["error"].endswith(rule)
