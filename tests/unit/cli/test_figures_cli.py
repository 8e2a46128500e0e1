"""Commands with --figures: what is drawn is what they found, and JSON names the files."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support.small_data import members

from convdemo.augmentation import drawn
from convdemo.augmentation.policies import POLICIES, preview
from convdemo.augmentation.preview import ground
from convdemo.cli.main import main
from convdemo.explain.attribution import attribute
from convdemo.explain.subject import subject_of
from convdemo.images import figures
from convdemo.images.decode import read_picture
from convdemo.images.render import picture_of
from convdemo.inference.library import load
from convdemo.ui import page, text

PICTURE = page.examples("digits")["chalk-two.png"]
MODEL = "digit_resnet-mnist"
Calls = dict[str, list[tuple[tuple, dict[str, Any]]]]


DRAWN = ("explain.drawn", "augmentation.drawn")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the functions that draw are given from now on, by their names."""
    made: Calls = {}

    def kept(name: str) -> Any:
        draw = getattr(figures, name)

        def keep(*given: Any, **named: Any) -> Any:
            made.setdefault(name, []).append((given, named))
            return draw(*given, **named)

        return keep

    for name in ("curves", "confusion", "maps", "tiles", "explanation"):
        keep = kept(name)
        for module in ("cli.figures", "cli.main", "cli.explain", *DRAWN):
            monkeypatch.setattr(f"convdemo.{module}.{name}", keep, raising=False)
    return made


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def assert_written(told: list[str], folder: Path, *names: str) -> None:
    """A PNG and an SVG of each name, and nothing else, is there and told."""
    wanted = [str(folder / f"{name}.{kind}") for name in names for kind in ("png", "svg")]
    assert told == wanted
    assert sorted(str(path) for path in folder.iterdir()) == sorted(wanted)
    for path in wanted:
        if path.endswith("png"):
            with Image.open(path) as opened:
                opened.verify()
        else:
            ElementTree.parse(path)


def trained(folder: Path, data: Path, *more: str) -> list[str]:
    words = ["train", "simple_ann", "mnist", "--batch", "20", "--device", "cpu", "--seed", "1"]
    places = ["--data-dir", str(data), "--weights-dir", str(folder / "shelf")]
    return [*words, *places, "--figures", str(folder / "figures"), *more]


def test_a_training_draws_its_records_and_its_test_set(small_data_dir, tmp_path, calls, capsys):
    assert main(trained(tmp_path, small_data_dir, "--epochs", "4", "--json")) == 0
    *records, card = lines(capsys)
    names = ("curves-simple_ann-mnist", "confusion-simple_ann-mnist")
    assert_written(card["figures"], tmp_path / "figures", *names)
    ends = [record for record in records if record["val_loss"] is not None]
    (((epochs, values, kept), named),) = calls["curves"]
    assert epochs == [1, 2, 3, 4]
    for field in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert values[field] == [record[field] for record in ends]
    assert kept == card["best_epoch"]
    assert named["title"] == "simple_ann-mnist"
    (((counts, classes), _),) = calls["confusion"]
    assert np.trace(counts) == round(card["test_accuracy"] * 200)
    assert np.sum(counts) == 200
    assert classes == list("0123456789")
    words = ["evaluate", "simple_ann", "mnist", "--weights-dir", str(tmp_path / "shelf"), "--json"]
    again = ["--data-dir", str(small_data_dir), "--figures", str(tmp_path / "again")]
    assert main([*words, *again]) == 0
    (told,) = lines(capsys)
    assert_written(told["figures"], tmp_path / "again", names[1])
    assert np.array_equal(calls["confusion"][1][0][0], told["confusion"])
    assert np.array_equal(told["confusion"], counts)


def test_a_training_of_one_epoch_is_drawn_within_it(small_data_dir, tmp_path, calls, capsys):
    assert main(trained(tmp_path, small_data_dir, "--epochs", "1")) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-4] == str(tmp_path / "figures" / "curves-simple_ann-mnist.png")
    (((epochs, values, kept), _),) = calls["curves"]
    assert epochs == sorted(epochs)
    assert (epochs[0], epochs[-1], kept) == (0, 1, 1)
    assert len(epochs) > 3
    assert values["loss"][0] is None
    assert values["val_loss"][1] is None


def test_without_the_option_nothing_is_drawn(small_data_dir, tmp_path, calls, capsys):
    words = trained(tmp_path, small_data_dir, "--epochs", "1", "--json")
    place = words.index("--figures")
    assert main(words[:place] + words[place + 2 :]) == 0
    assert "figures" not in lines(capsys)[-1]
    assert not calls


def test_a_transfer_draws_how_it_learned(tmp_path, calls, capsys):
    for file, data in members(12).items():
        path = tmp_path / "colours" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    words = ["transfer", str(tmp_path / "colours"), "--no-augment", "--out", "mine", "--json"]
    places = ["--weights-dir", str(tmp_path / "shelf"), "--figures", str(tmp_path / "figures")]
    assert main([*words, *places]) == 0
    *_, told = [one for one in lines(capsys) if isinstance(one, dict)]
    assert_written(told["figures"], tmp_path / "figures", "curves-mine", "confusion-mine")
    (((counts, classes), _),) = calls["confusion"]
    assert np.sum(counts) == told["validation_photos"]
    assert np.trace(counts) == round(told["val_accuracy"] * told["validation_photos"])
    assert len(classes) == len(counts)


@pytest.mark.parametrize(("language", "shirt"), [("en", "Shirt"), ("ko", "셔츠")])
def test_classes_and_words_are_in_the_language_that_is_asked_for(
    language, shirt, small_data_dir, tmp_path, calls, capsys
):
    words = ["evaluate", "fashion_dnn", "fashion_mnist", "--data-dir", str(small_data_dir)]
    how = ["--figures-language", language, "--figures-style", "dark"]
    assert main([*words, "--figures", str(tmp_path), *how]) == 0
    (((_, classes), named),) = calls["confusion"]
    assert classes[6] == shirt
    look = named["look"]
    assert look.style.name == "dark"
    assert look.words["actual"] == text.say(language, "figure.actual")
    with Image.open(tmp_path / "confusion-fashion_dnn-fashion_mnist.png") as opened:
        assert opened.convert("RGB").getpixel((0, 0)) == (0x13, 0x14, 0x17)
    assert capsys.readouterr().out.endswith("fashion_mnist.svg\n")


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_an_explanation_draws_what_it_found(language, shipped, tmp_path, calls, capsys):
    words = ["explain", str(PICTURE), "--model", MODEL, "--method", "saliency", "--json"]
    words += ["--out", str(tmp_path / "out"), "--figures", str(tmp_path / "figures")]
    more = ["--target", "3", "--against", "2", "--figures-language", language]
    assert main([*words, *more]) == 0
    (told,) = lines(capsys)
    assert_written(told["figures"], tmp_path / "figures", "why-saliency-3-2")
    assert [Path(file).name for file in told["files"]] == ["saliency-3-2.png", "saliency-3-2.npy"]
    subject = subject_of(load(shipped[MODEL].path), read_picture(PICTURE))
    found = attribute(subject, "saliency", target="3", against="2")
    (((image, heat, probabilities, classes), named),) = calls["explanation"]
    assert np.array_equal(image, picture_of(subject.pixels.numpy()))
    assert np.allclose(heat, found.heat.numpy(), atol=1e-5)
    assert probabilities == pytest.approx(subject.probabilities, abs=1e-6)
    assert classes[10] == text.say(language, "class.not_a_digit")
    assert (named["target"], named["has_sign"]) == (3, False)
    about = text.say(language, "explain.why.about_against", target="3", against="2")
    assert named["about"] == about
    assert named["title"] == f"{MODEL} · {text.say(language, 'explain.method.saliency')}"


def test_feature_maps_are_the_figure_in_both_folders(tmp_path, calls, capsys):
    words = ["explain", str(PICTURE), "--model", MODEL, "--method", "feature_maps", "--json"]
    words += ["--stage", "block1", "--out", str(tmp_path / "out")]
    assert main([*words, "--figures", str(tmp_path / "figures")]) == 0
    (told,) = lines(capsys)
    assert_written(told["figures"], tmp_path / "figures", "feature_maps-block1")
    picture, raw = told["files"]
    assert Path(picture).read_bytes() == Path(told["figures"][0]).read_bytes()
    (((values,), named),) = calls["maps"]
    assert np.array_equal(values, np.load(raw))
    assert named["title"] == f"{MODEL} · block1"


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_tiles_are_drawn_with_what_was_done(language, tmp_path, calls, capsys):
    words = ["augment", str(PICTURE), "--policy", "augmix", "--n", "4", "--json"]
    places = ["--out", str(tmp_path / "grid.png"), "--figures", str(tmp_path / "figures")]
    assert main([*words, *places, "--figures-language", language]) == 0
    (told,) = lines(capsys)
    assert_written(told["figures"], tmp_path / "figures", "augment-augmix")
    written = (tmp_path / "grid.png").read_bytes()
    assert written == Path(told["figures"][0]).read_bytes()
    (((images, above), named),) = calls["tiles"]
    tiles = preview(ground(read_picture(PICTURE)), "augmix", 4, 0)
    for image, tile, said in zip(images, tiles, above, strict=True):
        assert np.array_equal(image, tile.image)
        weights = [one.weight or 0 for one in tile.drawn.operations if one.chain == 0][:1]
        assert tile.drawn.weights is not None
        left = float(tile.drawn.weights[0])
        assert said[0] == text.say(language, "augment.untouched", percent=f"{left:.0%}")
        assert said[1].startswith(f"{weights[0]:.0%}: ")
        assert len(said) == 4
    assert named["title"] == text.say(language, "augment.policy.augmix")


@pytest.mark.parametrize(
    ("name", "magnitude", "unit", "english"),
    [
        ("Rotate", -12.34, "degrees", "turned by -12.3 degrees"),
        ("rotate", -12.34, "degrees", "turned counter-clockwise by 12.3 degrees"),
        ("TranslateX", -31.0, "pixels", "moved left by 31 pixels"),
        ("TranslateY", 31.0, "pixels", "moved down by 31 pixels"),
        ("Brightness", 1.456, "factor", "brightness × 1.46"),
        ("Posterize", 4.0, "bits", "4 bits a channel"),
        ("noise", 0.153, "share", "noise of 15%"),
        ("AutoContrast", None, "", "auto contrast"),
    ],
)
def test_an_operation_is_said_as_on_the_page(name, magnitude, unit, english):
    from convdemo.augmentation.policies import AppliedOperation

    one = AppliedOperation(name, 1.0, True, magnitude, unit)
    assert drawn._said(one, text.strings("en")) == english


@pytest.mark.parametrize("policy", [*POLICIES, "ten", "five_blocks", '[{"name": "crop"}]'])
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_operation_can_be_said(policy, language):
    from convdemo.augmentation.chain import PRESETS, chain_of, preview_chain

    image = ground(read_picture(PICTURE))
    if policy in POLICIES:
        tiles = preview(image, policy, 12, 0)
    else:
        chain = PRESETS[policy] if policy in PRESETS else chain_of(json.loads(policy))
        tiles = preview_chain(image, chain, 12, 0)
    for tile in tiles:
        for line in drawn._lines(tile, text.strings(language)):
            assert line
            assert "{" not in line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--figures-style", "neon"], "choose from light, dark, print"),
        (["--figures-language", "xx"], "choose from en, ko"),
    ],
)
def test_other_styles_and_languages_are_refused(words, sentence, capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "cnn", "mnist", *words])
    assert sentence in capsys.readouterr().err.replace("'", "")
