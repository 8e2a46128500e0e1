"""Lab reports of runs: what they say is what the run says."""

import csv
import dataclasses
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from convdemo.cli.main import main
from convdemo.cli.report import EXAMPLE
from convdemo.data.dataset import ImageSet
from convdemo.data.registry import DATASETS
from convdemo.export.report import FIELDS, PICTURES, Language, write_report
from convdemo.images.look import STYLES, WORDS, Look
from convdemo.training.evaluation import wilson
from convdemo.training.runs.store import TEST, RunFolder
from convdemo.ui import text

RUN = RunFolder(EXAMPLE)
ANSWERS = load_file(EXAMPLE / TEST)
WRONG = int((ANSWERS["probabilities"].argmax(dim=1) != ANSWERS["labels"]).sum())


def language(name: str) -> Language:
    strings = text.strings(name)
    look = Look(STYLES[0], {key: strings[f"figure.{key}"] for key in WORDS})
    return Language(strings, look)


def pictures() -> ImageSet:
    """Noise with the labels of the test set: which pictures it was does not matter here."""
    labels = ANSWERS["labels"].long()
    generator = torch.Generator().manual_seed(0)
    shape = (len(labels), 1, 28, 28)
    images = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return ImageSet(images, labels)


def unzipped(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as opened:
        names = opened.namelist()
        assert all(name.startswith("report/") and ".." not in name for name in names)
        return {name.removeprefix("report/"): opened.read(name) for name in names}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, bytes]:
    place = tmp_path_factory.mktemp("report") / "report.zip"
    assert write_report(RUN, place, language("en"), test=pictures()) == place
    return unzipped(place)


def test_a_report_says_what_the_run_reached(whole):
    said = whole["report.md"].decode()
    right, count = len(ANSWERS["labels"]) - WRONG, len(ANSWERS["labels"])
    low, high = wilson(right, count)
    share = f"{right / count:.2%} of {count:,} test pictures are read right"
    assert f"{share} (95 % interval {low:.2%} to {high:.2%})." in said
    best = min(
        (one for one in RUN.records() if one["val_loss"] is not None and one["epoch"]),
        key=lambda one: one["val_loss"],
    )
    assert f"The weights of epoch {best['epoch']} of 10 are kept" in said
    assert f"validation accuracy {best['val_accuracy']:.2%}" in said
    assert f"The {PICTURES} of {WRONG} misread test pictures" in said
    assert "| Total |  |  | 50,186 | 3,869,824 |" in said
    for name, value in RUN.run.config.items():
        assert f"| `{name}` | `{value}` |" in said
    assert f"- torch: {torch.__version__.split('+')[0]}" in said


def test_every_figure_is_there_twice_and_nothing_else(whole):
    said = whole["report.md"].decode()
    linked = re.findall(r"!\[[^]]+\]\(([^)]+)\)", said)
    assert linked == [f"figures/{name}.png" for name in ("curves", "confusion", "misread", "maps")]
    names = {name.removesuffix(".png") for name in linked}
    wanted = {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert whole.keys() == wanted | {"report.md", "records.csv", "repeat.py"}
    for name in wanted:
        if name.endswith("png"):
            assert Image.open(io.BytesIO(whole[name])).width > 500
        else:
            assert b"<svg" in whole[name]


def test_all_records_are_in_the_table(whole):
    rows = list(csv.DictReader(io.StringIO(whole["records.csv"].decode())))
    records = RUN.records()
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        for field in FIELDS:
            assert row[field] == ("" if record[field] is None else str(record[field]))


def test_its_code_trains_with_the_settings_of_the_run(whole, monkeypatch):
    asked = []
    monkeypatch.setattr("convdemo.training.fit.fit", lambda *a, **n: asked.append((a, n)) or ())
    exec(whole["repeat.py"].decode(), {})
    (model, dataset, config), named = asked[0]
    assert (model, dataset) == ("cnn", "mnist")
    assert dataclasses.asdict(config) == RUN.run.config
    assert set(named) == {"command", "data_dir", "weights_dir"}


def test_a_korean_report_is_korean(tmp_path):
    write_report(RUN, tmp_path / "report.zip", language("ko"))
    said = unzipped(tmp_path / "report.zip")["report.md"].decode()
    strings = text.strings("ko")
    for key in ("result", "curves", "confusion", "misread", "network", "settings", "repeat"):
        assert f"## {strings[f'report.{key}']}\n" in said
    english = {one for key, one in text.strings("en").items() if key.startswith("report.")}
    assert not [one for one in english if len(one) > 8 and one in said]
    assert strings["report.no_pictures"] in said  # none were given


@pytest.fixture
def copy(tmp_path: Path) -> RunFolder:
    shutil.copytree(EXAMPLE, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def test_a_run_that_was_not_tested_says_so(copy: RunFolder, tmp_path: Path):
    (copy.path / TEST).unlink()
    write_report(copy, tmp_path / "report.zip", language("en"), test=pictures())
    files = unzipped(tmp_path / "report.zip")
    assert "The run has not been tested" in files["report.md"].decode()
    assert "figures/confusion.png" not in files


def test_nothing_misread_has_maps_of_the_first_picture(copy: RunFolder, tmp_path: Path):
    labels = ANSWERS["labels"].long()[:40]
    sure = torch.nn.functional.one_hot(labels, 10).float().contiguous()
    save_file({"probabilities": sure, "labels": labels}, copy.path / TEST)
    test = ImageSet(pictures().images[:40], labels)
    write_report(copy, tmp_path / "report.zip", language("en"), test=test)
    files = unzipped(tmp_path / "report.zip")
    assert "100.00% of 40 test pictures" in files["report.md"].decode()
    assert "No test picture is misread." in files["report.md"].decode()
    assert "figures/misread.png" not in files
    assert "figures/maps.png" in files


def test_what_is_called_by_somebody_is_no_markup(tmp_path: Path):
    source = dataclasses.replace(DATASETS["mnist"], title="[x](http://e) <b>|\n# `")
    write_report(RUN, tmp_path / "report.zip", language("en"), source=source)
    first = unzipped(tmp_path / "report.zip")["report.md"].decode().splitlines()[0]
    assert first == r"# Lab report: `cnn` on \[x\]\(http://e\) \<b\>\| \# \`"


def test_what_cannot_be_reported_is_one_sentence(copy: RunFolder, tmp_path: Path, capsys):
    (copy.path / TEST).write_bytes(b"no tensors")
    out = ["--out", str(tmp_path / "report.zip")]
    assert main(["report", str(copy.path), *out]) == 2
    assert "test.safetensors of run example is damaged" in capsys.readouterr().err
    (copy.path / "records.jsonl").write_text("")
    assert main(["report", str(copy.path), *out]) == 2
    assert "run example has no finished epoch to report" in capsys.readouterr().err
    assert main(["report", "nothing", *out]) == 2
    assert "'nothing' is no run" in capsys.readouterr().err
    assert not (tmp_path / "report.zip").exists()


def test_the_command_writes_it(small_data_dir: Path, tmp_path: Path, capsys):
    out = tmp_path / "report.zip"
    words = ["report", "example", "--out", str(out), "--language", "ko", "--json"]
    assert main([*words, "--data-dir", str(small_data_dir)]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(out), "bytes": out.stat().st_size}
    # Its pictures are not those that the run was tested on.
    assert text.strings("ko")["report.no_pictures"] in unzipped(out)["report.md"].decode()
