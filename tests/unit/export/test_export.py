"""Exported models, run without the app: the same pixels, the same network, the same answers."""

import ast
import dataclasses
import io
import json
import runpy
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support import colour_profiles
from torch import nn

from convdemo.cli.main import main
from convdemo.export import exporter as exporting
from convdemo.export import onnx as export_onnx
from convdemo.export import runtime
from convdemo.export.examples import drawn_digits, drawn_things
from convdemo.export.exporter import certificate, export
from convdemo.export.onnx import largest_difference, need_packages, write_onnx
from convdemo.export.onnx_check import unpacked
from convdemo.export.template import labels, requirements, scripts
from convdemo.export.zip_file import timm_names, weights, write_zip
from convdemo.images.decode import PictureError, over_white, read_picture
from convdemo.images.render import encode_png
from convdemo.inference.inputs import CROPS, prepare
from convdemo.inference.library import Trained, list_models, load, model_dirs
from convdemo.inference.predict import predict_picture, probabilities
from convdemo.networks.backbones import BACKBONES
from convdemo.networks.registry import MODELS, backbone_of, build_network, find_model
from convdemo.networks.stages import set_dropout
from convdemo.networks.warm_start import with_head
from convdemo.paths import PACKAGE
from convdemo.preprocessing.crop import pixels_of
from convdemo.preprocessing.square import square
from convdemo.transfer.bases import BASES
from convdemo.ui import page

SHIPPED = {entry.card.name: entry for entry in list_models(model_dirs())}
DIGITS, PHOTO, XAI = "digit_resnet-mnist", "photo_lite-fashion_mnist_photos", "xai-cifar10"
SMALLEST = "mobilenetv3_small_100"
# What a fresh process runs: every predict.py in turn, where nothing can import the package.
ALONE = """
import builtins, contextlib, io, json, runpy, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "convdemo":
            raise ImportError("convdemo is not here")
sys.meta_path.insert(0, Nothing())
try:
    import convdemo
except ImportError:
    pass
else:
    raise SystemExit("it can be imported")
told = {}
for folder, *words in json.loads(sys.argv[1]):
    for name in [name for name in sys.modules if name.split(".")[0] == "reading"]:
        del sys.modules[name]
    sys.argv, path, said = ["predict.py", *words], list(sys.path), io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(f"{folder}/predict.py", run_name="__main__")
        except SystemExit as error:
            told.setdefault(folder, []).append([error.code, said.getvalue()])
    sys.path[:] = path
print(json.dumps(told))
"""


def seeded(network: nn.Sequential, seed: int = 0) -> nn.Sequential:
    """The network in eval mode with drawn weights and drawn statistics of its normalisations."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if "running_var" in name:
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.is_floating_point() and ("running_mean" in name or name.endswith("bias")):
            tensor.normal_(0, 0.1, generator=generator)
        elif tensor.ndim == 1 and tensor.is_floating_point():
            tensor.uniform_(0.8, 1.2, generator=generator)
        elif tensor.is_floating_point():
            fan = tensor[0].numel()
            tensor.normal_(0, (2 / fan) ** 0.5, generator=generator)
    return network.eval().requires_grad_(False)


def own(model: str, preprocessing: str, classes: tuple[str, ...], side: int = 64) -> Trained:
    """A model of somebody's own classes, as a transfer leaves one behind, with drawn weights."""
    spec = CROPS.get(preprocessing.removeprefix("crop_"))
    shape = (3, side, side) if spec is None else (3, spec.side, spec.side)
    card = dataclasses.replace(
        SHIPPED[XAI].card,
        name=f"own-{model}-{preprocessing}",
        model=model,
        dataset="own",
        job="custom",
        classes=classes,
        shape=shape,
        preprocessing=preprocessing,
        views="single",
        command="convdemo train /somewhere/private.zip",
    )
    if spec is not None:
        card = dataclasses.replace(card, mean=spec.mean, std=spec.std)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(model, shape, len(classes))
    return Trained(card, seeded(network).to(memory_format=torch.channels_last))


OWN = {
    trained.card.name: trained
    for trained in (
        own("compact_resnet", "square", ("고양이", "dog")),
        own("compact_resnet", "crop_compact_resnet", ("cat", "dog")),
        own(SMALLEST, f"crop_{SMALLEST}", ("cat", "dog", "none")),
    )
}
NAMES = (*SHIPPED, *OWN)
WITH_FILES = (DIGITS, PHOTO, "fashion_resnet-fashion_mnist", XAI, *OWN)  # one of each kind


def model(name: str) -> Trained:
    return OWN[name] if name in OWN else load(SHIPPED[name].path)


def drawn(trained: Trained) -> tuple[np.ndarray, ...]:
    return drawn_digits() if trained.card.preprocessing == "digit" else drawn_things()


def saved(image: Image.Image, form: str, **options) -> bytes:
    data = io.BytesIO()
    image.save(data, form, **options)
    return data.getvalue()


def ramp(width: int, height: int, channels: int = 3) -> np.ndarray:
    """(H, W, C) uint8 that differs along both sides and in every channel."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    planes = [
        np.sin((3 + place) * x * 4 + place) * np.cos((2 + place) * y * 5) for place in range(4)
    ]
    return np.rint(127.5 + 127.5 * np.stack(planes, axis=2)[:, :, :channels]).astype(np.uint8)


def tiled(width: int, height: int, channels: int = 3) -> Image.Image:
    """A large picture of small ones, which takes no time to work out."""
    small = ramp(101, 67, channels)
    rows, columns = -(-height // 67), -(-width // 101)
    return Image.fromarray(np.tile(small, (rows, columns, 1))[:height, :width])


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(Image.fromarray(ramp(90, 60)), "JPEG", exif=exif)


FILES: dict[str, bytes] = {
    **{f"orientation {place}": turned(place) for place in range(1, 9)},
    "a TIFF lying on its side": saved(Image.fromarray(ramp(90, 60)), "TIFF", tiffinfo={0x0112: 6}),
    "Display P3": saved(
        Image.fromarray(ramp(70, 50)),
        "PNG",
        icc_profile=colour_profiles.rgb_profile(colour_profiles.DISPLAY_P3, colour_profiles.CURVE),
    ),
    "numbers that are none": saved(
        Image.fromarray(np.where(ramp(50, 70)[:, :, 1] > 9, 0.5, np.nan).astype(np.float32)),
        "TIFF",
    ),
    "transparent": saved(Image.fromarray(ramp(70, 50, 4)), "PNG"),
    "opaque": saved(Image.fromarray(ramp(70, 50)).convert("RGBA"), "PNG"),
    "grey and transparent": saved(Image.fromarray(ramp(40, 60, 4)).convert("LA"), "PNG"),
    "palette": saved(Image.fromarray(ramp(64, 64)).convert("P"), "PNG"),
    "palette with a hole": saved(Image.fromarray(ramp(64, 64)).convert("P"), "PNG", transparency=3),
    "a colour is the hole": saved(
        Image.fromarray(np.where(ramp(60, 60) > 128, 255, 0).astype(np.uint8)),
        "PNG",
        transparency=(255, 255, 255),
    ),
    "grey": saved(Image.fromarray(ramp(30, 80)[:, :, 0]), "PNG"),
    "black and white": saved(Image.fromarray(ramp(30, 80)[:, :, 0]).convert("1"), "PNG"),
    "16 bit": saved(Image.fromarray(ramp(50, 70)[:, :, 0].astype(np.uint16) * 250), "PNG"),
    "16 bit TIFF": saved(Image.fromarray(ramp(50, 70)[:, :, 1].astype(np.uint16) * 257), "TIFF"),
    "32 bit TIFF": saved(Image.fromarray(ramp(50, 70)[:, :, 1].astype(np.int32) * 3), "TIFF"),
    "float TIFF": saved(Image.fromarray(ramp(50, 70)[:, :, 1].astype(np.float32) - 40), "TIFF"),
    "CMYK": saved(Image.fromarray(ramp(70, 50)).convert("CMYK"), "JPEG"),
    "CMYK TIFF": saved(Image.fromarray(ramp(70, 50)).convert("CMYK"), "TIFF"),
    "moving": saved(
        Image.fromarray(ramp(64, 64)),
        "GIF",
        save_all=True,
        append_images=[Image.fromarray(255 - ramp(64, 64))],
    ),
    "WebP": saved(Image.fromarray(ramp(64, 48, 4)), "WEBP", lossless=True),
    "BMP": saved(Image.fromarray(ramp(33, 21)), "BMP"),
    "PPM": saved(Image.fromarray(ramp(33, 21)), "PPM"),
    "one pixel": saved(Image.fromarray(ramp(1, 1)), "PNG"),
    "a line": saved(Image.fromarray(ramp(1700, 2)), "PNG"),
    "large": saved(tiled(1900, 1300), "PNG", compress_level=1),
    "large and transparent": saved(tiled(1700, 900, 4), "PNG", compress_level=1),
    "large JPEG": saved(tiled(3700, 3300), "JPEG"),
    "large palette": saved(tiled(1700, 900).convert("P"), "PNG", compress_level=1),
}
BAD = {
    "no picture": b"hello, this is text",
    "empty": b"",
    "cut off": FILES["orientation 1"][:400],
    "PDF": b"%PDF-1.7 and so on",
    "too large": b"P6\n9000 9000\n255\n" + b"\0" * 300,
}


@pytest.fixture
def put(tmp_path):
    """A file with these bytes."""

    def write(data: bytes) -> Path:
        (tmp_path / "picture").write_bytes(data)
        return tmp_path / "picture"

    return write


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The unpacked zip of every model by its name."""
    root = tmp_path_factory.mktemp("exported")
    made = {}
    for name in NAMES:
        trained = model(name)
        write_zip(trained, drawn(trained), root / f"{name}.zip")
        made[name] = root / name
        with zipfile.ZipFile(root / f"{name}.zip") as opened:
            opened.extractall(made[name])
    return made


ODD = (
    "orientation 6",
    "a TIFF lying on its side",
    "Display P3",
    "transparent",
    "palette with a hole",
    "16 bit",
    "CMYK",
    "large",
)


@pytest.fixture(scope="module")
def alone(folders, tmp_path_factory):
    """By model: what `predict.py --check` and `predict.py FILE...` say in a process by itself."""
    empty, held = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("files")
    (held / "blank").write_bytes(encode_png(np.full((90, 90, 3), 255, np.uint8)))
    (held / "no picture").write_bytes(BAD["no picture"])
    for name in ODD:
        (held / name).write_bytes(FILES[name])
    for name in ("hat.jpg", "tshirt.jpg"):
        picture = read_picture(page.examples("clothes")[name]).rgb
        (held / name).write_bytes(encode_png(picture))
        (held / f"turned {name}").write_bytes(encode_png(np.ascontiguousarray(np.rot90(picture))))
    files = [str(path) for path in sorted(held.iterdir())]
    asked = [[str(path), "--check"] for path in folders.values()]
    asked += [[str(folders[name]), *files] for name in WITH_FILES]
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", ALONE, json.dumps(asked)],
        cwd=empty,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    assert not list(empty.iterdir())
    told = json.loads(done.stdout)
    return {name: told[str(path)] for name, path in folders.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_model_answers_alone_as_it_does_in_the_app(name, alone):
    status, said = alone[name][0]
    figures = json.loads(said)
    assert status == 0
    assert figures["pictures"] == 10
    assert figures["same_labels"] is True
    # Random weights of a deep network: another number of threads adds up in another order.
    assert figures["largest_difference"] <= (1e-5 if "mobilenet" in name else 1e-6)


@pytest.mark.parametrize("name", WITH_FILES)
def test_it_says_of_any_file_what_the_app_says(name, alone):
    status, said = alone[name][1]
    trained, notices = model(name), set()
    assert status == 1  # one of the files is no picture
    for row in map(json.loads, said.splitlines()):
        if Path(row["file"]).name == "no picture":
            assert set(row) == {"file", "error"}
            assert row["error"] == str(PictureError("not_a_picture"))
            continue
        wanted = predict_picture(trained, read_picture(row["file"]))
        assert (row["label"], row["notice"]) == (wanted.label, wanted.notice), row["file"]
        assert row["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-6)
        notices.add(wanted.notice)
    assert notices >= {DIGITS: {"unknown", "empty"}, PHOTO: {None, "empty"}}.get(name, {None})


@pytest.mark.parametrize("name", NAMES)
def test_a_zip_holds_what_it_says_and_nothing_of_the_app(name, folders):
    trained, folder = model(name), folders[name]
    held = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    pictures = {f"pictures/{place:02}.png" for place in range(1, 11)}
    texts = {"predict.py", "labels.json", "requirements.txt", "README.md", "expected.json"}
    garment = {f"preprocessing/{n}" for n in ("centring", "garment", "segmentation", "steps")}
    ways = {
        "digit": {
            f"preprocessing/{name}" for name in ("centring", "digit", "ink", "paper", "steps")
        },
        "garment": garment,
        "photo": garment,
        "square": {"preprocessing/square"},
        "square32": {"preprocessing/square"},
    }
    copies = ways.get(trained.card.preprocessing, {"preprocessing/crop"})
    if trained.card.preprocessing in ways:
        copies |= {"images/resize"}
    if backbone_of(trained.card.model) is None:
        of_the_course = "course" in MODELS[trained.card.model].build.__module__
        copies |= {"networks/stages", "networks/" + ("course" if of_the_course else "resnets")}
    copies |= {"__init__", "errors", "export/runtime", "inference/answer", "inference/tta"}
    copies |= {f"images/{n}" for n in ("colour_profiles", "decode", "problems", "signatures")}
    assert held == texts | pictures | {"weights.safetensors"} | {f"reading/{c}.py" for c in copies}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = (
                [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else []
            )
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [one for one in named if one.split(".")[0] == "convdemo"], path
    assert json.loads((folder / "labels.json").read_text("utf-8"))["classes"] == list(
        trained.card.classes
    )
    wanted = {"numpy", "pillow", "safetensors", "torch", "opencv-python-headless"}
    if trained.card.preprocessing.startswith(("crop", "imagenet")):
        wanted -= {"opencv-python-headless"}
    if backbone_of(trained.card.model) is not None:
        wanted |= {"timm"}
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert {line.split("==")[0] for line in lines} == wanted
    assert f"torch=={torch.__version__.split('+')[0]}" in lines


def test_modules_are_copied_whole(folders):
    for folder in (folder / "reading" for folder in folders.values()):
        for path in folder.glob("*/*.py"):
            ours = (PACKAGE / path.relative_to(folder)).read_text("utf-8")
            assert path.read_text("utf-8") == ours.replace("from convdemo.", "from reading.")


def test_the_code_reads_like_ours(folders):
    checked = [str(folder) for folder in folders.values()]
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--line-length", "100"]
    ours = ["--config", "lint.isort.known-first-party = ['reading']"]
    rules = ["--select", "E,F,I,UP,B", "--target-version", "py311", *ours]
    done = subprocess.run([*ruff, "check", *options, *rules, *checked], capture_output=True)
    assert done.returncode == 0, done.stdout.decode()
    done = subprocess.run([*ruff, "format", "--check", *options, *checked], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", [DIGITS, *OWN])
def test_the_same_model_gives_the_same_bytes(name, tmp_path):
    trained = model(name)
    for place in ("one.zip", "two.zip"):
        write_zip(trained, drawn(trained)[:2], tmp_path / place)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert scripts(trained.card) == scripts(trained.card)
    assert b"private.zip" not in weights(trained)


def test_weights_of_our_own_networks_can_be_taken_up_again(folders):
    from convdemo.inference.card import read_card

    card = read_card(folders[DIGITS] / "weights.safetensors")
    assert card == dataclasses.replace(SHIPPED[DIGITS].card, command="")


def of_script(folder: Path) -> dict:
    """What the predict.py in this folder defines."""
    path = list(sys.path)
    try:
        return runpy.run_path(str(folder / "predict.py"))
    finally:
        sys.path[:] = path
        for name in [name for name in sys.modules if name.split(".")[0] == "reading"]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def alone_squared(folders):
    """What the predict.py of a network for squares defines."""
    return of_script(folders[XAI])


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_to_the_pixel_as_ours(name, put, alone_squared):
    ours, alone = read_picture(FILES[name]), alone_squared["read_picture"](put(FILES[name]))
    assert np.array_equal(over_white(alone), over_white(ours))
    for side in (32, 64):
        assert np.array_equal(alone_squared["square"](alone, side), square(ours, side))


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_said_in_our_sentence(name, put, alone_squared):
    with pytest.raises(PictureError) as ours:
        read_picture(BAD[name])
    with pytest.raises(ValueError, match=r"^\S[^\n]+$") as alone:
        alone_squared["read_picture"](put(BAD[name]))
    assert str(alone.value) == str(ours.value)


def test_a_file_that_is_not_there_or_a_folder_is_said(tmp_path, alone_squared):
    with pytest.raises(ValueError, match="no file"):
        alone_squared["read_picture"](tmp_path / "none.png")
    with pytest.raises(ValueError, match="folder"):
        alone_squared["read_picture"](tmp_path)


@pytest.mark.parametrize("name", CROPS)
def test_a_photo_is_cropped_as_its_base_asks(name, monkeypatch, tmp_path):
    side = CROPS[name].side
    about = {"preprocessing": f"crop_{name}", "shape": (3, side, side)}
    card = dataclasses.replace(SHIPPED[XAI].card, **about)
    written(scripts(card), tmp_path)
    found, seen, picture = of_script(tmp_path), [], ramp(333, 500)
    monkeypatch.setitem(
        found["predict"].__globals__, "answer", lambda _, pixels: seen.append(pixels)
    )
    (tmp_path / "picture.png").write_bytes(encode_png(picture))
    found["predict"](None, tmp_path / "picture.png")
    assert np.array_equal(seen[0], pixels_of(CROPS[name], picture))


def written(texts: dict[str, str], folder: Path) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


RESIDUAL = "conv 3 s2 p1 8 - bn - relu - res(conv 3 p1 8 - tanh) - gap - dropout - dense {0}"


# Those that have a backbone's layers are built by timm.
@pytest.mark.parametrize(
    "name",
    [*(name for name in MODELS if backbone_of(name) is None), "flatten - dense {0}", RESIDUAL],
)
@pytest.mark.parametrize("dropout", [None, 0.3])
@pytest.mark.parametrize("classes", ["ab", "abcde"])
def test_every_network_is_built_again(name, dropout, classes, tmp_path):
    three = (3, 64, 64) if name in ("compact_resnet", "xai") else (1, 28, 28)
    name = name.format(len(classes))
    shape = find_model(name).shape or three
    card = dataclasses.replace(
        SHIPPED[XAI].card, model=name, shape=shape, classes=tuple(classes), extra_classes=()
    )
    network = seeded(build_network(name, shape, len(classes)))
    set_dropout(network, dropout)
    written(scripts(card), tmp_path)
    again = of_script(tmp_path)["build"]().eval()
    again.load_state_dict(network.state_dict())
    x = torch.linspace(0, 1, 2 * int(np.prod(shape))).view(2, *shape)
    assert torch.equal(again(x), network.eval()(x))


def test_what_is_installed_is_named_with_its_version():
    texts = ["import json\nfrom PIL import Image\n", "from reading.images import decode\n"]
    assert requirements(texts) == f"pillow=={metadata.version('pillow')}\n"


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_has_timms_keys(name):
    theirs = BACKBONES[name].timm_name
    with torch.device("meta"):
        network = build_network(name, (3, 224, 224), 2)
    names = timm_names(theirs, 2, set(network.state_dict()))
    assert len(set(names.values())) == len(network.state_dict())
    with pytest.raises(ValueError, match=f"are not those of timm's {theirs}"):
        timm_names(theirs, 2, {*network.state_dict(), "more"})


def test_a_base_with_a_new_head_is_exported_like_the_whole(tmp_path):
    spec = BASES["compact_resnet"].photos
    trained = own("compact_resnet", "crop_compact_resnet", ("a", "b", "c"))
    network = seeded(with_head(trained.network, 3), 1)
    write_zip(Trained(trained.card, network), drawn_things()[:2], tmp_path / "own.zip")
    with zipfile.ZipFile(tmp_path / "own.zip") as opened:
        told = json.loads(opened.read("expected.json"))
    seen = np.stack([pixels_of(spec, picture) for picture in drawn_things()[:2]])
    wanted = probabilities(Trained(trained.card, network), seen)
    assert [list(row["probabilities"].values()) for row in told] == pytest.approx(wanted, abs=1e-6)


def test_the_pictures_are_the_ones_that_were_given(tmp_path):
    trained = model("own-compact_resnet-square")
    given = [ramp(50 + place, 60) for place in range(12)]
    told = export(trained, tmp_path / "own.zip", "zip", pictures=given)
    assert told["pictures"] == 10
    assert told["largest_difference"] <= 1e-6
    with zipfile.ZipFile(tmp_path / "own.zip") as opened:
        expected = json.loads(opened.read("expected.json"))
        shown = opened.read("pictures/03.png")
    assert np.array_equal(read_picture(shown).rgb, given[2])
    wanted = predict_picture(trained, read_picture(given[2]))
    assert expected[2]["label"] == wanted.label
    assert expected[2]["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-9)
    assert set(wanted.probabilities) == {"고양이", "dog"}
    with zipfile.ZipFile(tmp_path / "own.zip") as opened:
        opened.extractall(tmp_path / "own")
    done = subprocess.run(
        [sys.executable, "-I", "-B", tmp_path / "own" / "predict.py", "pictures/03.png"],
        cwd=tmp_path / "own",
        env={"LC_ALL": "C", "PATH": ""},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    said = json.loads(done.stdout.decode())
    assert '"고양이"' in done.stdout.decode()
    assert said["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-6)


def test_the_drawn_pictures_are_ten_and_say_something():
    for pictures in (drawn_digits(), drawn_things()):
        assert len(pictures) == 10
        assert all(picture.dtype == np.uint8 and picture.shape[2] == 3 for picture in pictures)
    trained = model(DIGITS)
    read = [predict_picture(trained, read_picture(picture)).label for picture in drawn_digits()]
    assert read == [str(digit) for digit in range(10)]


# Views that warp, residuals and extra classes; a network of timm's in colour, with other views; and
# a backbone with layers that no network of ours has. Each takes seconds.
ONNX = (DIGITS, PHOTO, f"own-{SMALLEST}-crop_{SMALLEST}")


def moved(name: str) -> Trained:
    """The model; one of somebody's own with the views that the network for CIFAR-10 has."""
    trained = model(name)
    views = trained.card.views if name in SHIPPED else "moved"
    return Trained(dataclasses.replace(trained.card, views=views), trained.network)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """The ONNX file of some models by name."""
    folder = tmp_path_factory.mktemp("onnx")
    for name in ONNX:
        write_onnx(moved(name), drawn(model(name))[:3], folder / f"{name}.onnx")
    return {name: folder / f"{name}.onnx" for name in ONNX}


@pytest.mark.parametrize("name", ONNX)
def test_an_onnx_file_answers_as_the_app_does(name, networks):
    import onnxruntime

    trained = moved(name)
    session = onnxruntime.InferenceSession(networks[name], providers=["CPUExecutionProvider"])
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.type, given.name) == ("pixels", "tensor(float)", "probabilities")
    assert taken.shape == ["batch", *trained.card.shape]
    told = session.get_modelmeta().custom_metadata_map
    assert told["name"] == trained.card.name
    assert told["preprocessing"] == trained.card.preprocessing
    assert json.loads(told["classes"]) == list(trained.card.classes)
    assert json.loads(told["labels"]) == json.loads(json.dumps(labels(trained.card)))
    for count in (1, 4):
        pixels = np.stack([prepare(trained.card, read_picture(p)).pixels for p in drawn(trained)])
        pixels = np.ascontiguousarray(pixels[:count])
        found = np.asarray(session.run(None, {"pixels": pixels})[0])
        assert np.abs(found - probabilities(trained, pixels)).max() <= 1e-5
    assert largest_difference(trained, drawn(trained), networks[name]) <= 1e-5
    inputs, expected = unpacked(told["check"])
    assert len(inputs) == 3
    assert np.abs(expected - probabilities(trained, inputs)).max() <= 1e-6


def test_an_onnx_file_is_proven_in_a_process_of_its_own(tmp_path):
    told = export(
        model("own-compact_resnet-square"), tmp_path / "own.onnx", "onnx", pictures=[ramp(70, 50)]
    )
    assert told["format"] == "onnx"
    assert told["bytes"] == (tmp_path / "own.onnx").stat().st_size
    assert told["largest_difference"] <= 2e-6
    assert told["pictures"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["own.onnx"]
    proven = certificate(tmp_path / "own.onnx", "own.onnx")
    assert proven["pictures"] == 10
    assert proven["largest_difference"] <= 2e-6


def test_an_onnx_file_that_answers_otherwise_is_told(networks, tmp_path):
    import onnx

    changed = onnx.load(networks[DIGITS])
    for entry in changed.metadata_props:
        if entry.key == "check":
            told = json.loads(entry.value)
            told["expected"][0][0] += 0.25
            entry.value = json.dumps(told)
    onnx.save(changed, tmp_path / "changed.onnx")
    with pytest.raises(ValueError, match=r"changed.onnx answers otherwise .* differs by 0.25"):
        certificate(tmp_path / "changed.onnx", "changed.onnx")
    del changed.metadata_props[:]
    onnx.save(changed, tmp_path / "bare.onnx")
    with pytest.raises(ValueError, match="bare.onnx does not run: there is nothing in it"):
        certificate(tmp_path / "bare.onnx", "bare.onnx")


def test_what_onnx_needs_is_named(monkeypatch, tmp_path):
    find = export_onnx.importlib.util.find_spec
    monkeypatch.setattr(
        export_onnx.importlib.util,
        "find_spec",
        lambda name: None if name == "onnxruntime" else find(name),
    )
    with pytest.raises(ValueError, match=r"missing: onnxruntime; .*pip install 'convdemo\[onnx\]'"):
        export(model(XAI), tmp_path / "x.onnx", "onnx")
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    need_packages()


UNLIKE = json.dumps(
    [{"picture": "01.png", "label": "1", "notice": None, "probabilities": {"1": 0.5}}]
).encode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"predict.py": b"import nowhere_to_be_found"}, "does not run: ModuleNotFoundError: No"),
        ({"predict.py": b"print('{}')"}, "does not run: it says nothing"),
        ({"weights.safetensors": b"short"}, "does not run: .*Error"),
        ({"expected.json": UNLIKE}, "answers otherwise than the app: a probability differs by"),
        ({"pictures/01.png": b"no picture"}, "does not run: .*This file is not a picture"),
    ],
)
def test_a_zip_that_is_not_right_gets_no_certificate(changes, sentence, folders, tmp_path):
    files = {
        str(path.relative_to(folders[XAI])): path.read_bytes()
        for path in folders[XAI].rglob("*")
        if path.is_file()
    }
    with zipfile.ZipFile(tmp_path / "wrong.zip", "w") as opened:
        for name, data in {**files, **changes}.items():
            opened.writestr(name, data)
    with pytest.raises(ValueError, match=rf"^wrong.zip {sentence}[^\n]*$"):
        certificate(tmp_path / "wrong.zip", "wrong.zip")


def test_a_label_that_differs_fails_the_check(folders, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(runtime, "HERE", tmp_path)
    row = {"picture": "01.png", "label": "cat", "notice": None, "probabilities": {"cat": 1.0}}
    (tmp_path / "expected.json").write_text(json.dumps([row]))
    assert runtime.check(lambda file: row) == 0
    assert runtime.check(lambda file: {**row, "label": None, "notice": "unknown"}) == 1
    assert runtime.check(lambda file: {**row, "probabilities": {"cat": 0.999}}) == 1
    assert runtime.check(lambda file: {**row, "probabilities": {"cat": float("nan")}}) == 1
    assert runtime.check(lambda file: {**row, "probabilities": {}}) == 1
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {"largest_difference": 0.0, "pictures": 1, "same_labels": True}


def test_a_zip_that_is_cut_in_the_middle_is_said(folders, tmp_path):
    data = bytearray((folders[DIGITS].parent / f"{DIGITS}.zip").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    (tmp_path / "cut.zip").write_bytes(data)
    with pytest.raises(ValueError, match=r"^cut.zip is not a whole zip file$"):
        certificate(tmp_path / "cut.zip", "cut.zip")


def test_one_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "PATIENCE", 0.3)
    with zipfile.ZipFile(tmp_path / "slow.zip", "w") as opened:
        opened.writestr("predict.py", "while True: pass")
    with pytest.raises(ValueError, match=r"slow.zip gave no answer within 0.3 seconds"):
        certificate(tmp_path / "slow.zip", "slow.zip")


def test_what_was_there_stays_where_the_new_file_fails(tmp_path, monkeypatch):
    def refuse(path: Path, name: str):
        assert name == "model.zip"
        assert zipfile.is_zipfile(path)
        assert (tmp_path / "model.zip").read_bytes() == b"before"
        raise ValueError("no")

    (tmp_path / "model.zip").write_bytes(b"before")
    monkeypatch.setattr(exporting, "certificate", refuse)
    with pytest.raises(ValueError, match="^no$"):
        export(model(DIGITS), tmp_path / "model.zip", "zip")
    assert (tmp_path / "model.zip").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["model.zip"]


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    trained = model("own-compact_resnet-square")
    card = dataclasses.replace(trained.card, std=(0.0, 0.0, 0.0))
    for form in exporting.FORMATS:
        with pytest.raises(ValueError, match="answers with what is no number"):
            export(Trained(card, trained.network), tmp_path / "x", form)
    assert not list(tmp_path.iterdir())


def test_a_preprocessing_that_is_not_known_is_named():
    trained = model("own-compact_resnet-square")
    card = dataclasses.replace(trained.card, preprocessing="magic")
    with pytest.raises(ValueError, match=r"^preprocessing 'magic' cannot be exported$"):
        scripts(card)


def test_the_command_writes_and_proves(tmp_path, capsys):
    out = tmp_path / "model.zip"
    assert main(["export", DIGITS, "--format", "zip", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(out)
    assert told["bytes"] == out.stat().st_size
    assert told["format"] == "zip"
    assert told["largest_difference"] <= 1e-6
    assert told["pictures"] == 10
    assert 0 < told["seconds"] < 180
    assert [path.name for path in tmp_path.iterdir()] == ["model.zip"]
    assert main(["export", PHOTO, "--format", "zip", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"{out}: {out.stat().st_size:,} bytes\n" in said
    assert "over 10 pictures its probabilities differ from the app's by at most" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "magic --format zip --out {0}/x.zip",
            "model 'magic' is not in the model library; there are: cnn",
        ),
        (f"{DIGITS} --format tar --out {{0}}/x.tar", "format 'tar' is none of zip, onnx"),
        (f"{DIGITS} --format zip --out {{0}}", "is a folder; name a file in it"),
        (f"{DIGITS} --format zip --out {{0}}/none/x.zip", "there is no folder"),
        (f"{DIGITS} --format zip --out {{0}}/file/x.zip", "there is no folder"),
        (f"{DIGITS} --format zip --out /dev/null", "/dev/null is no ordinary file"),
        (f"{DIGITS} --format zip --out /proc/x.zip", "/proc/x.zip cannot be written: "),
        (f"{DIGITS} --format zip --out {{0}}/{'x' * 300}", "cannot be written: File name too long"),
    ],
)
def test_what_cannot_be_exported_is_said(words, sentence, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["export", *words.format(tmp_path).split()]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
