"""The Augment tab's Python and its command: tiles, what is said of them, code that repeats them."""

import base64
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from support.contexts import make_context
from support.forked import run_python

from convdemo.augmentation.chain import PRESETS, as_json, chain_of, preview_chain, ten_techniques
from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES
from convdemo.augmentation.policies import POLICIES, Tile, preview
from convdemo.augmentation.preview import POLICY_NAMES, SIDE, ground
from convdemo.augmentation.problems import LONGEST
from convdemo.cli.main import main
from convdemo.images import figures
from convdemo.images.decode import Picture, read_picture
from convdemo.inference.robustness import AXES, Point, Sweep
from convdemo.ui import page, snippet, text
from convdemo.ui.components import Tiles
from convdemo.ui.context import Context
from convdemo.ui.tabs.augment import events, kinds, making, request, sweep
from convdemo.ui.wire import Refused

# What comes of them is looked into as the script in the browser does: by keys.
tell: Any = events.tell
kept: Any = events.kept
make: Any = making.make
follow: Any = sweep.follow
EXAMPLES = page.examples("clothes")
NAME = next(iter(EXAMPLES))
ASKED = {"example": NAME, "job": "clothes", "policy": "imagenet", "n": 9, "seed": 3}


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


def pixels(data_url: str) -> np.ndarray:
    data = base64.b64decode(data_url.split(",", 1)[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures of tiles that are drawn from now on."""
    made: list[Figure] = []
    draw = figures.tiles

    def keep(*given: Any, **named: Any) -> Figure:
        made.append(draw(*given, **named))
        return made[-1]

    monkeypatch.setattr("convdemo.augmentation.drawn.tiles", keep)
    return made


def assert_shown(path: Path, drawn: list[Figure], tiles: Sequence[Tile]) -> None:
    """There is a PNG, of the figure with these tiles."""
    shown = [axes.images[0].get_array() for axes in drawn[-1].axes]
    assert len(shown) == len(tiles)
    for one, tile in zip(shown, tiles, strict=True):
        assert np.array_equal(np.asarray(one), tile.image)
    with Image.open(path) as opened:
        assert opened.format == "PNG"


@pytest.mark.parametrize("policy", POLICIES)
def test_the_command_tells_what_it_did(policy, drawn, tmp_path, capsys):
    words = ["augment", str(EXAMPLES[NAME]), "--policy", policy, "--n", "4", "--seed", "5"]
    assert main([*words, "--out", str(tmp_path / "grid.png"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    image = ground(read_picture(EXAMPLES[NAME]))
    tiles = preview(image, policy, 4, 5)
    assert_shown(tmp_path / "grid.png", drawn, tiles)
    assert len(found["tiles"]) == 4
    for told, tile in zip(found["tiles"], tiles, strict=True):
        assert [one["name"] for one in told] == [one.name for one in tile.drawn.operations]
        for one in told:
            assert {"name", "probability", "applied", "magnitude", "unit"} <= set(one)
            assert ("chain" in one and "weight" in one) == (policy == "augmix")
    assert main(words) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("{} --chain ten --policy rand", 2, "--policy and --chain are both given"),
        ("{} --fill wrap", 2, "--fill belongs to a --chain"),
        ("{} --chain magic", 2, "--chain 'magic' is none of ten, generator_mild"),
        ("{} --chain five_blocks --fill magic", 2, "fill 'magic' is none of constant"),
        ('{} --chain [{"name":"crop","width":600}]', 2, "Step 1 cannot be: it cuts 600 × 96"),
        ("{} --n 0", 2, "--n is 0, a number from 1 to 100 is needed"),
        ("{} --policy magic", 2, "policy 'magic' is none of imagenet, cifar10"),
        ("{} --seed -1", 2, "--seed is -1"),
        ("{} --out /nowhere/at/all.png", 2, "there is no folder /nowhere/at"),
        ("nothing.png", 1, "nothing.png: "),
        (__file__, 1, "is not a picture of a kind"),
    ],
)
def test_what_cannot_be_augmented_is_said(words, status, sentence, capsys):
    given = [str(EXAMPLES[NAME]) if word == "{}" else word for word in words.split()]
    assert main(["augment", *given]) == status
    assert sentence in capsys.readouterr().err


def test_the_command_applies_a_chain(drawn, tmp_path, capsys):
    out = tmp_path / "grid.png"
    words = ["augment", str(EXAMPLES[NAME]), "--n", "4", "--seed", "5", "--json"]
    assert main([*words, "--chain", "generator_mild", "--fill", "wrap", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    chain = chain_of(found["chain"], found["fill"])
    assert (chain.fill, chain.steps) == ("wrap", PRESETS["generator_mild"].steps)
    tiles = preview_chain(ground(read_picture(EXAMPLES[NAME])), chain, 4, 5)
    assert_shown(out, drawn, tiles)
    assert [one["name"] for one in found["tiles"][0]] == [step.name for step in chain.steps]


def test_what_is_offered_is_what_there_is():
    assert tuple(POLICIES) == POLICY_NAMES


def test_large_and_transparent_pictures_are_made_fit():
    large = ground(Picture(np.zeros((300, 1600, 3), np.uint8)))
    assert large.shape == (120, SIDE, 3)
    alpha = np.zeros((8, 8), np.uint8)
    assert (ground(Picture(np.zeros((8, 8, 3), np.uint8), alpha)) == 255).all()


def test_the_page_shows_the_tiles_and_tells_them(context: Context):
    grid, used, _ = make(context, ASKED)
    image = ground(read_picture(EXAMPLES[NAME]))
    tiles = preview(image, "imagenet", 9, 3)
    height, width = image.shape[:2]
    assert grid.details[0] == ("size", {"width": width, "height": height, "note": "@note.None"})
    assert used == [tile.drawn.rule for tile in tiles]
    drawn = Tiles().postprocess(grid)["tiles"]
    for one, told, tile in zip(grid.tiles, drawn, tiles, strict=True):
        assert np.array_equal(one.image, tile.image)
        shown = pixels(told["image"]).astype(int)
        assert max(shown.shape) == 320
        small = cv2.resize(tile.image, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(shown - small).mean() < 3  # a JPEG rounds
    rules = making.rules("imagenet", used).rules
    for number, (one, rule) in enumerate(zip(grid.tiles, used, strict=True), start=1):
        names = [name for name, _ in rules[rule].operations]
        assert [done.name for done in one.done if done.name != "nothing"] == names
        assert number in rules[rule].tiles
    assert not making.rules("rand", [None]).rules


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("svhn", ("by.TranslateX.back", "by.Rotate", "left_out")),
        ("augmix", ("untouched", "chain")),
        ("trivial", ("by.Posterize",)),
    ],
)
def test_every_line_below_a_tile_has_its_words(context: Context, policy: str, said):
    seeds = (make(context, {**ASKED, "policy": policy, "n": 16, "seed": s})[0] for s in (0, 16))
    done = [line for grid in seeds for tile in grid.tiles for line in tile.done]
    told = [one[0] if isinstance(one, tuple) else one for d in done for one in (d.name, d.did)]
    known = text.strings("en")
    assert {f"augment.{one}" for one in told if one} <= known.keys()
    assert all(any(one.startswith(wanted) for one in told) for wanted in said[:1])


def test_a_tile_whose_label_flips_is_marked(context: Context):
    digits = page.examples("digits")
    asked = {**ASKED, "example": next(iter(digits)), "job": "digits", "policy": "svhn", "n": 16}
    grid, _, _ = make(context, asked, "digits:digit_resnet-mnist")
    key, values = grid.details[-1]
    assert key == "reads"
    assert len(grid.tiles) == 16
    for tile in grid.tiles:
        again = isinstance(tile.reads, tuple) and tile.reads[1].get("label") == values["label"]
        assert tile.flipped is not again
    assert {tile.flipped for tile in grid.tiles} == {False, True}
    flipped = sum(tile.flipped for tile in grid.tiles)
    assert grid.sentence == ("flips", {"flipped": flipped, "count": 16})


def test_tiles_are_there_without_their_reader(context: Context):
    grid, _, _ = make(context, ASKED, "digits:gone")
    assert grid.sentence == ("problem.no_such_model", {"model": "gone"})
    assert len(grid.tiles) == 9
    with pytest.raises(Refused, match="request"):
        making.reader_of(context, "weights:secret", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": "magic"},
        {"n": 0},
        {"n": 17},
        {"seed": -1},
        {"seed": 10**7},
        {"example": "../../secret.png"},
        {"job": "weights"},
        {"upload": "/etc/passwd"},
    ],
)
def test_what_the_page_never_asks_for_is_refused(context: Context, changes):
    for call in (making.make, making.sheet, making.settings):
        with pytest.raises(Refused, match="request"):
            call(context, {**ASKED, **changes})


EVERY_STEP = [{"name": name} for name in TECHNIQUES if name not in ("crop", "resize", "shear")]
PHOTO = next(iter(page.examples("photos")))
CODES = {
    **{policy: {"policy": policy} for policy in POLICIES},
    **{name: {"chain": as_json(one), "fill": one.fill} for name, one in PRESETS.items()},
    **{
        f"steps from {first}": {"chain": EVERY_STEP[first : first + LONGEST], "fill": "constant"}
        for first in range(0, len(EVERY_STEP), LONGEST)
    },
    "wrapped": {"chain": EVERY_STEP[2 : 2 + LONGEST], "fill": "wrap"},
    "nothing": {"chain": [], "fill": "nearest"},
    "photo": {"policy": "trivial", "example": PHOTO, "job": "photos"},
    "sample": {"chain": [{"name": "shear"}], "sample": 7, "dataset": "fashion_mnist"},
}


def test_the_code_makes_the_tiles_with_torchvision_alone(context: Context, tmp_path):
    """All of it, one program after the other in one fresh process: most of the time is imports."""
    wanted, programs = {}, []
    for name, how in CODES.items():
        asked = {k: v for k, v in ASKED.items() if "sample" not in how or k != "example"}
        asked = {k: v for k, v in asked.items() if k != "policy"} | {"n": 2} | how
        (tmp_path / name).mkdir()
        programs.append((name, make(context, asked)[2]))
        treatment = request.treatment(asked)
        wanted[name] = treatment.tiles(request.picture(context, asked).image)
    runner = (
        "import json, os, sys\n"
        "for name, code in json.load(sys.stdin):\n"
        f"    os.chdir(os.path.join({str(tmp_path)!r}, name))\n"
        "    exec(compile(code, name, 'exec'), {'__name__': '__main__'})\n"
    )
    env = {"CONVDEMO_DATA": str(context.data_dir)}
    run_python(runner, said=json.dumps(programs), env=env, strict=True)
    for name, tiles in wanted.items():
        for place, tile in enumerate(tiles):
            saved = np.asarray(Image.open(tmp_path / name / f"tile{place}.png"))
            assert np.array_equal(saved, tile.image), name


def test_the_code_reads_the_points_of_the_sweep(context: Context):
    asked = {"example": next(iter(page.examples("digits"))), "job": "digits"}
    answer, chart, code = follow(context, asked, "digits:digit_resnet-mnist", "shear", "constant")
    (line,) = chart.lines
    assert (chart.x_unit, chart.at, chart.marks) == ("degrees", 0, ((0, "sweep.unchanged"),))
    assert answer.notes[-1][0] == "sweep.own"
    assert [one[0] for one in answer.details[:2]] == ["sweep.flip"] * 2
    assert (chart.strip[0].start, chart.strip[-1].stop) == (line.x[0], line.x[-1])
    lines = run_python(code, strict=True).stdout.splitlines()
    for told, x, y in zip(lines, line.x, line.y, strict=True):
        value, label, probability, *_, said = told.split()
        assert float(value) == pytest.approx(x, abs=0.006)
        assert float(probability) == pytest.approx(y, abs=1e-3)
        (there,) = {one.name for one in chart.strip if one.start < x + 0.1 < one.stop} or {None}
        assert there in (said, None) or there.startswith("sweep.strip_")
        assert label == line.name[1]["label"].partition("|")[2]


def test_how_far_a_label_stays_is_said_from_where_it_is_unchanged():
    axis = AXES["rotate"]

    def told(labels: str) -> list[Any]:
        values = np.linspace(-180, 180, len(labels))
        points = (
            Point(float(v), None if one == "-" else one, "unknown" if one == "-" else None, 0, 0)
            for v, one in zip(values, labels, strict=True)
        )
        return [one[0] for one in sweep._words(Sweep("7", tuple(points), {}), axis)]

    assert told("77777") == ["sweep.always"]
    assert told("17771") == ["sweep.between", "sweep.becomes", "sweep.becomes"]
    assert told("-7777") == ["sweep.from", "sweep.becomes_unknown"]
    assert told("77711") == ["sweep.up_to", "sweep.becomes"]
    assert told("11711") == ["sweep.only", "sweep.becomes", "sweep.becomes"]
    assert told("71717") == ["sweep.only", "sweep.becomes", "sweep.becomes", "sweep.again"]
    assert told("77177") == ["sweep.misread"]
    assert told("77-77") == ["sweep.misread_unknown"]


def test_a_sample_knows_its_class(context: Context):
    asked = {"sample": 3, "dataset": "mnist"}
    images = context.images("mnist", "validation")
    grid, _, _ = make(context, {**asked, "policy": "rand", "n": 1, "seed": 0})
    label = str(int(images.labels[3]))
    assert grid.details[0][1]["width"] == 28
    assert grid.details[1] == ("label", {"label": f"@class.{label}|{label}"})
    how = ("digits:digit_resnet-mnist", "noise", "constant")
    answer, _, _ = follow(context, asked, *how)
    assert answer.notes[-1][0] == "sweep.known"
    for wrong in ({"sample": -1}, {"sample": 100}, {"sample": 1.5e9}, {"dataset": "own-1"}):
        with pytest.raises(Refused, match="request"):
            making.offered(context, {**asked, **wrong})


def test_a_sample_that_is_not_there_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.CIFAR10.download", _refuse)
    context = make_context(tmp_path, tmp_path)
    with pytest.raises(Refused, match="train_no_data"):
        making.offered(context, {"sample": 0, "dataset": "cifar10"})


def _refuse(self):
    raise OSError("no network")


def test_the_ten_techniques_are_shown_on_the_picture(context: Context):
    found = making.offered(context, ASKED)
    assert [one["name"] for one in found] == list(ten_techniques(100, 100))
    image = ground(read_picture(EXAMPLES[NAME]))
    shown = {one["name"]: pixels(one["image"]).astype(int) for one in found}
    assert abs(shown["hflip"].mean() - image.mean()) < 3
    assert shown["darker"].mean() == pytest.approx(image.mean() / 2, abs=3)
    spread = shown["grayscale"].max(axis=2) - shown["grayscale"].min(axis=2)
    assert spread.max() <= 2
    steps = chain_of([one["step"] for one in found]).steps
    assert [step.name for step in steps] == [one["step"]["name"] for one in found]


def test_everything_that_is_offered_is_accepted(context: Context):
    first = {"example": NAME, "job": "clothes", "n": 1, "seed": 0}
    for name in PRESETS:
        chain, fill = events.ready(name)
        how = request.treatment({**first, "chain": chain, "fill": fill})
        (tile,) = how.tiles(np.zeros((60, 60, 3), np.uint8))
        assert [one.name for one in tile.drawn.operations] == [step["name"] for step in chain], name
    for name, settings in kinds().items():
        step: dict[str, Any] = {"name": name}
        for setting in settings:
            assert setting.low <= min(setting.default) <= max(setting.default) <= setting.high
            one = setting.default
            step[setting.name] = list(one) if len(one) == 2 else one[0]
        for fill in FILLS:
            made = request.treatment({**first, "chain": [step], "fill": fill})
            (tile,) = made.tiles(np.zeros((120, 120, 3), np.uint8))
            assert tile.drawn.operations[0].name == name
    readers = [value for _, value in events.readers(context, "", "en")]
    assert readers[0] == events.NOBODY
    assert {one.partition(":")[0] for one in readers[1:]} <= {"clothes", "digits", "photos"}


def chosen(source: dict | str, **changes: Any) -> list[Any]:
    """What the controls say, in the order of `events.asked`, the preset and who reads."""
    said = source if isinstance(source, str) else json.dumps(source)
    chain, fill = events.ready("five_blocks")
    given = {"mode": "policy", "policy": "imagenet", "chain": chain, "fill": fill, "count": 4}
    given |= {"seed": 0, "preset": "five_blocks", "reader": events.NOBODY}
    return [said, *(given | changes).values()]


def test_a_picture_of_another_job_gets_a_model_of_that_job(context: Context):
    garment = {"example": NAME, "job": "clothes"}
    digit = {"example": next(iter(page.examples("digits"))), "job": "digits"}
    about = events.START
    wanted = ("clothes", "digits", "digits", "clothes")
    reader = events.NOBODY
    for source, job in zip(
        (garment, digit, {"upload": "/x", "name": "x"}, garment), wanted, strict=True
    ):
        told = tell(context, *chosen(source, reader=reader), about, "")
        reader, about = told.reader, told.about
        assert reader.startswith(f"{job}:") or source.get("upload")
    # Nobody stays nobody, whatever is brought.
    told = tell(context, *chosen(garment, reader=events.NOBODY), about, "")
    told = tell(context, *chosen(digit, reader=events.NOBODY), told.about, "")
    assert told.reader == events.NOBODY
    assert told.tiles.sentence == ""


def test_an_impossible_chain_is_one_sentence(context: Context):
    crop = {"name": "crop", "width": 640, "height": 640}
    garment = {"example": NAME, "job": "clothes"}
    changes = {"mode": "chain", "chain": [{"name": "zoom"}, crop]}
    told = tell(context, *chosen(garment), events.START, "")
    told = tell(context, *chosen(garment, **changes), told.about, "")
    key, values = told.tiles.sentence
    assert key == "problem.chain_crop"
    assert told.tiles.stale  # the last tiles stay, faintly
    assert (told.chain["wrong"], told.preset) == (2, events.OWN)
    for language, step in (("en", "Step 2 "), ("ko", "2번째 단계")):
        said = text.say(language, key, **values)
        assert said.startswith(step)
        assert "640 × 640" in said
    other = {"example": list(EXAMPLES)[1], "job": "clothes"}
    told = tell(context, *chosen(other, **changes), told.about, "")
    assert not told.tiles.stale


def test_what_cannot_be_read_is_said_and_leaves_nothing(context: Context):
    told = tell(context, *chosen(""), events.START, "")
    assert (told.tiles.tiles, told.tiles.sentence, told.code) == ((), "answer.none", "")
    told = tell(context, *chosen({"upload": "/etc/passwd"}), events.START, "")
    assert (told.tiles.sentence[0], told.picture) == ("problem.request", None)
    assert kept(making.sheet, "png", context, "", *chosen("")[:7]) is None
    assert events.swept(context, told.about, "rotate", "constant", True, "")[1] is None


def test_the_tiles_and_what_was_drawn_are_kept(context: Context):
    asked = chosen({"example": NAME, "job": "clothes"})[:7]
    path = Path(str(kept(making.sheet, "png", context, "", *asked)))
    assert path.name == "augment-imagenet-0-4.png"
    with Image.open(path) as sheet:
        assert sheet.size == (2 * 460 + 4, 2 * 460 + 4)
    path = Path(str(kept(making.settings, "json", context, "", *asked)))
    saved = json.loads(path.read_text())
    assert (saved["policy"], saved["picture"], saved["n"], saved["size"]) == (
        "imagenet",
        NAME,
        4,
        [460, 460],
    )
    assert [tile["seed"] for tile in saved["tiles"]] == [0, 1, 2, 3]
    assert "chain" not in saved


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_lab_report_has_the_tiles_and_the_code_that_makes_them(
    context: Context, drawn: list[Figure], tmp_path: Path, language: str
):
    asked = chosen({"example": NAME, "job": "clothes"})[:7]
    path = events.reported(context, language, "", "", "five_blocks", *asked)
    with zipfile.ZipFile(path) as opened:
        opened.extractall(tmp_path)
    said = (tmp_path / "report" / "report.md").read_text("utf-8")
    assert text.say(language, "report.tiles") in said
    assert "| `policy` | `imagenet` |\n| `n` | `4` |\n| `seed` | `0` |" in said
    assert len(drawn) == 1
    assert (tmp_path / "report" / "figures" / "figure-1.svg").exists()
    if language == "en":
        run_python((tmp_path / "report" / "repeat.py").read_text("utf-8"), cwd=tmp_path)
        assert len(list(tmp_path.glob("tile*.png"))) == 4


def test_a_jpeg_of_108_megapixels_is_reduced_and_says_so(tmp_path, capsys):
    path = tmp_path / "huge.jpg"
    Image.new("RGB", (12_000, 9_000), (30, 90, 150)).save(path, quality=10)
    picture = read_picture(path)
    assert picture.note == "reduced"
    assert ground(picture).shape == (480, 640, 3)
    assert main(["augment", str(path), "--policy", "rand", "--n", "1"]) == 0
    Image.new("L", (8_000, 6_000)).save(tmp_path / "huge.png")
    assert main(["augment", str(tmp_path / "huge.png")]) == 1
    assert "megapixels" in capsys.readouterr().err


def test_a_drawing_carries_itself(context: Context):
    ink = np.zeros((40, 40), np.uint8)
    ink[5:35, 18:22] = 255
    sent = {"width": 40, "height": 40, "bytes": base64.b64encode(ink.tobytes()).decode()}
    asked = {k: v for k, v in ASKED.items() if k not in ("example", "job")}
    grid, _, code = make(context, {**asked, "ink": sent})
    assert grid.details[0][1]["width"] == 50
    assert "drawing = " in code
    assert snippet.from_file("a b.png")[1] == "picture = read_image('a b.png')"


def test_the_process_keeps_its_random_state(context: Context):
    before = torch.get_rng_state()
    make(context, ASKED)
    assert torch.equal(before, torch.get_rng_state())
