"""The command line: what it prints, what it writes, how it ends."""

import json
import re
import shlex
import sys

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from convdemo.cli.main import main
from convdemo.cli.tensorboard import SCALARS
from convdemo.data.registry import DATASETS
from convdemo.images.decode import NOTES
from convdemo.inference.card import read_card
from convdemo.inference.library import find, list_models, model_dirs
from convdemo.inference.upload import import_weights
from convdemo.paths import home_dir
from convdemo.ui import page


def lines(capsys) -> list:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    """A 7 with a thick pen on white."""
    image = np.full((200, 160), 255, np.uint8)
    cv2.polylines(image, [np.array([[30, 40], [125, 40], [70, 165]])], False, 0, 14, cv2.LINE_AA)
    path = tmp_path_factory.mktemp("drawn") / "seven <b>.png"
    cv2.imwrite(str(path), image)
    return path


@pytest.fixture(scope="module")
def trained_dir(tmp_path_factory, small_data_dir):
    folder = tmp_path_factory.mktemp("weights")
    words = "train simple_ann mnist --epochs 2 --batch 20 --seed 1 --device cpu --json"
    assert (
        main([*words.split(), "--data-dir", str(small_data_dir), "--weights-dir", str(folder)]) == 0
    )
    return folder


def test_train_writes_a_file_whose_card_says_how(trained_dir):
    card = read_card(trained_dir / "simple_ann-mnist.safetensors")
    assert card.name == "simple_ann-mnist"
    assert card.command == (
        "convdemo train simple_ann mnist --epochs 2 --seed 1 --batch 20 --device cpu"
    )
    assert (card.config["epochs"], card.config["batch"], card.config["seed"]) == (2, 20, 1)
    measured = json.loads((home_dir() / "speed.json").read_text())
    assert [card.config["precision"], card.config["channels_last"]] in measured.values()
    assert (card.test_accuracy or 0) > 0.9
    assert card.classes == DATASETS["mnist"].classes


def test_evaluate_repeats_the_cards_accuracy(trained_dir, small_data_dir, capsys):
    words = ["evaluate", "simple_ann", "mnist", "--json", "--weights-dir", str(trained_dir)]
    assert main([*words, "--data-dir", str(small_data_dir)]) == 0
    result = lines(capsys)[-1]
    card = read_card(trained_dir / "simple_ann-mnist.safetensors")
    assert result["accuracy"] == card.test_accuracy
    assert result["loss"] == pytest.approx(card.test_loss, rel=1e-5)
    assert result["n"] == 200
    assert np.trace(result["confusion"]) == round(result["accuracy"] * 200)


def test_training_again_gives_the_same_file_but_for_the_time(trained_dir, small_data_dir, tmp_path):
    words = "train simple_ann mnist --epochs 2 --batch 20 --seed 1 --device cpu"
    main([*words.split(), "--data-dir", str(small_data_dir), "--weights-dir", str(tmp_path)])
    name = "simple_ann-mnist.safetensors"
    first, second = ((folder / name).read_bytes() for folder in (trained_dir, tmp_path))
    size = 4 * 109_386  # the weights close the file
    assert first[-size:] == second[-size:]


def test_training_like_a_file_of_weights_gives_the_same_weights(
    trained_dir, small_data_dir, tmp_path
):
    path = trained_dir / "simple_ann-mnist.safetensors"
    words = ["train", "--like", str(path), "--weights-dir", str(tmp_path)]
    assert main([*words, "--data-dir", str(small_data_dir)]) == 0
    card = read_card(tmp_path / path.name)
    assert card.config == read_card(path).config
    layout = "yes" if card.config["channels_last"] else "no"
    assert card.command == (  # without the file, which need not be there any more
        "convdemo train simple_ann mnist --epochs 2 --seed 1 --batch 20 --device cpu "
        f"--precision {card.config['precision']} --channels-last {layout}"
    )
    size = 4 * 109_386  # the weights close the file
    assert path.read_bytes()[-size:] == (tmp_path / path.name).read_bytes()[-size:]


def test_a_line_of_layers_trains_as_its_network_does(small_data_dir, tmp_path, capsys):
    """The same weights as by name; its file is evaluated and brought like any other."""
    line = "Conv 3x3 p1 32 -> relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - flatten - DENSE 10"
    words = "--epochs 1 --limit 100 --device cpu --precision float32 --channels-last no"
    settings = [*words.split(), "--patience", "5", "--batch", "100"]
    folders = ["--data-dir", str(small_data_dir), "--weights-dir", str(tmp_path)]
    assert main(["train", "cnn", "mnist", *settings, *folders]) == 0
    assert main(["train", "--layers", line, "mnist", *settings, *folders]) == 0
    path = next(tmp_path.glob("layers_*-mnist.safetensors"))
    card = read_card(path)
    assert card.model == (
        "conv 3x3 p1 32 - relu - pool 2 - conv 3x3 p1 64 - relu - pool 2 - flatten - dense 10"
    )
    size = 4 * 50_186
    assert path.read_bytes()[-size:] == (tmp_path / "cnn-mnist.safetensors").read_bytes()[-size:]
    before = path.read_bytes()[-size:]
    words = shlex.split(card.command)
    assert words[:4] == ["convdemo", "train", "--layers", card.model]
    path.unlink()
    assert main([*words[1:], *folders]) == 0
    assert path.read_bytes()[-size:] == before
    capsys.readouterr()
    asked = ["evaluate", path.stem.removesuffix("-mnist"), "mnist", "--json", *folders]
    assert main(asked) == 0
    assert lines(capsys)[-1]["accuracy"] == card.test_accuracy
    kept = import_weights(path, tmp_path / "own")
    assert (kept.name, kept.model) == (f"{path.stem}-uploaded", card.model)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--layers", "flatten - dense 9", "mnist"], "10 classes need 10 numbers: end with"),
        (["--layers", "conv 3 8 - dense 10", "mnist"], "Part 2 (dense 10) needs a flat shape"),
        (["--layers", "relu - " * 10_000, "mnist"], "The line has 10000 parts"),
        (["--layers", "flatten - dense 99999999 - dense 10", "mnist"], "Part 2 (dense 99999999)"),
        (["--layers", "합성곱 3 8", "mnist"], "Part 1 begins with 합성곱"),
        (["--layers", "", "mnist"], "--layers '' is no line of layers"),
        (["--layers", "relu", "mnist"], "--layers 'relu' is no line of layers"),
        (["--layers", "flatten - dense 10"], "or --layers LINE and DATASET"),
        (["--layers", "flatten - dense 10", "cnn", "mnist"], "leave out MODEL"),
        (["--layers", "flatten - dense 10", "mnist", "--preset", "course"], "preset 'course' is"),
        (["--layers", "flatten - dense 10", "mnist", "--negatives", "0.2"], "12 classes need 12"),
    ],
    ids=range(11),
)
def test_a_line_that_cannot_be_trained_is_one_sentence(words, sentence, tmp_path, capsys):
    """Before there are any data to read, of which this folder has none."""
    assert main(["train", *words, "--data-dir", str(tmp_path), "--weights-dir", str(tmp_path)]) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told
    assert len(told) < 300
    assert "\n" not in told
    assert list(tmp_path.iterdir()) == []


def test_the_curves_are_written_for_tensorboard(small_data_dir, tmp_path, capsys):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    words = "train simple_ann mnist --epochs 2 --limit 200 --batch 20 --device cpu --json"
    folders = ["--data-dir", str(small_data_dir), "--weights-dir", str(tmp_path)]
    board = tmp_path / "board"
    assert main([*words.split(), *folders, "--tensorboard", str(board)]) == 0
    records = [record for record in lines(capsys) if "val_loss" in record]
    found = EventAccumulator(str(board))
    found.Reload()
    assert sorted(found.Tags()["scalars"]) == sorted(SCALARS.values())
    for field, curve in SCALARS.items():
        told = {one.step: one.value for one in found.Scalars(curve)}
        wanted = {r["step"]: r[field] for r in records if r[field] is not None}
        assert {step: told[step] for step in wanted} == pytest.approx(wanted, rel=1e-6), field
    ends = {one.step for one in found.Scalars("loss/validation")}
    assert ends == {0, 10, 20}


def test_without_tensorboard_it_is_said_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    words = ["train", "cnn", "mnist", "--tensorboard", str(tmp_path / "board")]
    assert main([*words, "--data-dir", str(tmp_path)]) == 2
    assert "pip install 'convdemo[tensorboard]'" in capsys.readouterr().err


def test_an_interrupted_run_leaves_the_old_weights(trained_dir, small_data_dir, monkeypatch):
    path = trained_dir / "simple_ann-mnist.safetensors"
    before = path.read_bytes()

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("convdemo.training.loop.Training._learn", interrupt)
    words = ["train", "simple_ann", "mnist", "--weights-dir", str(trained_dir)]
    assert main([*words, "--data-dir", str(small_data_dir)]) == 130
    assert path.read_bytes() == before


def test_train_prints_a_record_a_line(small_data_dir, tmp_path, capsys):
    words = ["train", "simple_ann", "mnist", "--epochs", "1", "--limit", "100", "--json"]
    assert main([*words, "--data-dir", str(small_data_dir), "--weights-dir", str(tmp_path)]) == 0
    *records, card = lines(capsys)
    assert [record["step"] for record in records] == [1, 2, 2]
    assert [record["val_loss"] is None for record in records] == [True, True, False]
    assert records[0]["steps"] == 2  # 100 pictures in batches of 64
    assert card["name"] == "simple_ann-mnist"


def test_the_last_line_says_which_epoch_is_kept(small_data_dir, tmp_path, monkeypatch, capsys):
    from convdemo.training.evaluation import Evaluation
    from convdemo.training.loop import Training

    losses = iter([3.0, 0.4, 0.2, 0.3, 0.5])  # before training, then of each epoch
    monkeypatch.setattr(
        Training, "_validate", lambda self: Evaluation(0.9, next(losses), 100, ((100,),))
    )
    words = "train simple_ann mnist --epochs 4 --limit 100 --device cpu"
    places = ["--data-dir", str(small_data_dir), "--weights-dir", str(tmp_path)]
    assert main([*words.split(), *places]) == 0
    before, *epochs, last = capsys.readouterr().out.splitlines()
    assert before == "before training: validation 90.00%"
    told = [
        re.fullmatch(r"epoch (\d)/4  loss [\d.]{6}  accuracy [\d.]+%  (.*)", one) for one in epochs
    ]
    assert [one and one.groups() for one in told] == [
        ("1", "validation 0.4000 90.00%  best"),
        ("2", "validation 0.2000 90.00%  best"),
        ("3", "validation 0.3000 90.00%"),
        ("4", "validation 0.5000 90.00%"),
    ]
    assert last.startswith("epoch 2 of 4 is kept: test ")
    assert last.endswith(str(tmp_path / "simple_ann-mnist.safetensors"))
    card = read_card(tmp_path / "simple_ann-mnist.safetensors")
    assert (card.best_epoch, card.epochs) == (2, 4)
    assert (
        read_card(find("cnn-mnist", list_models(model_dirs())).path).best_epoch is None
    )  # an old one


def test_list_marks_the_defaults(capsys):
    assert main(["list", "--json"]) == 0
    (rows,) = lines(capsys)
    keys = {"name", "model", "dataset", "classes", "parameters", "file", "default_for"}
    assert all(keys <= set(row) for row in rows)
    assert {row["default_for"] for row in rows} == {"digits", "clothes", "photos", None}
    assert main(["list"]) == 0
    named = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert [name for name in named if name in {row["name"] for row in rows}] == [
        row["name"] for row in rows
    ]


def test_predict_answers_in_the_order_given(seven, tmp_path, capsys):
    text = tmp_path / "not a picture.png"
    text.write_text("hello")
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((50, 50), 255, np.uint8))
    files = [str(path) for path in (seven, text, blank, tmp_path / "absent.png", seven)]
    assert main(["predict", "digits", *files, "--json"]) == 1
    rows = lines(capsys)
    assert [row["file"] for row in rows] == files
    assert rows[0]["label"] == "7" == rows[4]["label"]
    assert rows[0]["notice"] is None
    assert set(rows[0]["probabilities"]) == set("0123456789")
    assert sum(rows[0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert rows[0]["model"] == "digit_resnet-mnist"
    assert rows[0]["seconds"] > 0
    assert set(rows[1]) == set(rows[3]) == {"file", "error"}
    assert rows[2]["label"] is None
    assert rows[2]["notice"] == "empty"
    assert rows[2]["probabilities"] == {}


@pytest.fixture(scope="module")
def read_in_part(seven, tmp_path_factory):
    """Pictures of which only a part or less is taken, by the note."""
    folder = tmp_path_factory.mktemp("part")
    image = Image.open(seven)
    clip, huge = folder / "clip.gif", folder / "huge.jpg"
    image.save(clip, save_all=True, append_images=[ImageOps.invert(image)])
    image.resize((6000, 7500)).save(huge)
    image.rotate(90, expand=True).save(lying := folder / "lying.png")
    return {"first_frame": clip, "reduced": huge, "turned": lying}


@pytest.mark.parametrize("note", NOTES)
def test_a_command_tells_what_it_read_of_a_picture(note, read_in_part, seven, tmp_path, capsys):
    file = str(read_in_part[note])
    model = ["--model", "digit_resnet-mnist"]
    words = {
        "predict": ["digits", file],
        "augment": [file, "--policy", "trivial", "--n", "1"],
        "explain": [file, *model, "--method", "saliency", "--out", str(tmp_path)],
    }
    if note == "turned":  # for a network that reads it; augmentation takes it as it lies
        del words["augment"]
    for command, rest in words.items():
        assert main([command, *rest]) == 0
        assert NOTES[note] in capsys.readouterr().out
        assert main([command, *rest, "--json"]) == 0
        assert lines(capsys)[0]["note"] == NOTES[note]
    assert main(["predict", "digits", file]) == 0
    assert capsys.readouterr().out.startswith(f"{file}: 7 (")
    assert main(["predict", "digits", str(seven), "--json"]) == 0
    assert lines(capsys)[0]["note"] is None


def test_of_a_thousand_classes_the_five_best_are_named(capsys):
    lion = str(page.examples("photos")["lion.jpg"])
    assert main(["predict", "photos", lion]) == 0
    said = capsys.readouterr().out.strip()
    named = re.findall(r"([a-z][a-z ,'-]*) \((\d+\.\d)%\)", said.removeprefix(f"{lion}: "))
    assert said.startswith(f"{lion}: lion (")
    assert len(named) == 5
    shares = [float(share) for _, share in named]
    assert shares == sorted(shares, reverse=True)
    assert main(["predict", "photos", lion, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert [f"{share:.1%}" for share in row["best"].values()] == [f"{one}%" for one in shares]
    assert list(row["best"])[0] == row["label"] == "lion"
    assert len(row["probabilities"]) == 1000
    assert max(row["probabilities"].values()) == row["best"]["lion"]


def test_predict_with_another_model(seven, capsys):
    assert main(["predict", "digits", str(seven), "--model", "simple_ann-mnist", "--json"]) == 0
    assert lines(capsys)[0]["model"] == "simple_ann-mnist"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("predict digits {} --model nothing", "model 'nothing' is not in the model library"),
        ("predict digits {} --model fashion_dnn-fashion_mnist", "reads clothes, not digits"),
        ("evaluate cnn imagenet", "dataset 'imagenet' is none of mnist"),
        ("train nothing mnist", "model 'nothing' is none of"),
        ("train cnn", "MODEL and DATASET are needed"),
        ("train --like x.safetensors", "x.safetensors is no file of weights"),
        ("train --like {}", "is not a whole safetensors file"),
        ("train cnn mnist --like x.safetensors", "leave out MODEL and DATASET"),
        ("train cnn mnist --lr -1", "lr is -1.0, a number above 0 is needed"),
        ("train cnn mnist --epochs 0", "epochs is 0"),
    ],
)
def test_wrong_usage_exits_with_two_and_a_sentence(words, sentence, seven, capsys):
    assert main([str(seven) if word == "{}" else word for word in words.split()]) == 2
    output = capsys.readouterr()
    assert sentence in output.err
    assert "Traceback" not in output.err
    assert output.out == ""


def test_a_fault_of_ours_is_not_called_wrong_usage(monkeypatch):
    def broken(*_: object) -> None:
        raise ValueError("not enough values to unpack")

    monkeypatch.setattr("convdemo.cli.main.list_models", broken)
    with pytest.raises(ValueError, match="not enough values"):
        main(["list"])


@pytest.mark.parametrize("words", [[], ["predict"], ["predict", "hats", "a.png"], ["--nothing"]])
def test_unknown_words_exit_with_two(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: convdemo" in capsys.readouterr().err


def test_missing_data_exits_with_one(tmp_path, monkeypatch, capsys):
    def absent(*_, **__):
        raise RuntimeError("not there")

    monkeypatch.setattr("torchvision.datasets.MNIST", absent)
    assert main(["train", "cnn", "mnist", "--data-dir", str(tmp_path)]) == 1
    assert str(tmp_path / "MNIST" / "raw") in capsys.readouterr().err


def test_listing_the_shelf_does_not_wait_for_torch(tmp_path):
    import subprocess

    code = "import sys, convdemo.cli.main as c; c.main(['list']); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
