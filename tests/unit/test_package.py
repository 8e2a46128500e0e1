"""The wheel carries what an installed `convdemo serve` needs, weights included."""

import subprocess
import sys
import zipfile

import pytest
from support.checkout import ROOT

CARRIED = (".js", ".css", ".html", ".json", ".png", ".jpg", ".ttf", ".csv", ".txt", ".py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_everything_the_package_reads_is_in_the_wheel(unpacked):
    package = ROOT / "convdemo"
    wanted = {
        str(path.relative_to(ROOT)) for path in package.rglob("*") if path.suffix in CARRIED
    } | {f"convdemo/shipped_weights/{path.name}" for path in (ROOT / "weights").iterdir()}
    carried = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*")}
    assert not wanted - carried


def test_an_installed_package_finds_its_weights_from_any_folder(unpacked, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import convdemo.inference.library as weights\n"
        "print(weights.shipped_dir())\n"
        "print(len(weights.list_models((weights.shipped_dir(),))))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    folder, count = done.stdout.split()
    assert folder == str(unpacked / "convdemo" / "shipped_weights")
    assert int(count) == len(list((ROOT / "weights").iterdir()))


def test_metadata_names_the_command_and_the_licence(unpacked):
    (info,) = unpacked.glob("*.dist-info")
    assert "convdemo = convdemo.cli.main:main" in (info / "entry_points.txt").read_text()
    assert "License-Expression: MIT" in (info / "METADATA").read_text()
