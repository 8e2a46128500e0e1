"""What the tests share: one thread, a home of their own, a small data set, and no silent skips."""

import os
from collections.abc import Iterator
from pathlib import Path

# Tests train tiny networks, where a second thread only waits; for what they start as well.
os.environ["OMP_NUM_THREADS"] = "1"

import pytest
import torch
from benchmarks.served import installed_chromium, serving
from playwright.sync_api import Browser, expect, sync_playwright
from support.forked import ForkedServer
from support.small_data import write_mnist_layout
from support.visits import SHARED

from convdemo.inference.library import list_models, model_dirs

torch.set_num_threads(1)
expect.set_options(timeout=20_000)  # two processes at a time, and what they start, make a page slow

# The files that take longest come first, so that the processes end together.
LONG = (
    "test_train_page",
    "test_export",
    "test_runs",
    "test_augment_page",
    "test_every_tab",
    "test_page_manners",
    "test_browser",
    "test_transfer_page",
    "test_convolution_page",
    "test_lessons_page",
    "test_transfer_tab",
    "test_distributed",
    "test_two_visitors",
    "test_explain_page",
    "test_backbones",
    "test_convolution_tab",
    "test_explain_tab",
    "test_training_tab",
    "test_transfer",
    "test_augment_tab",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory):
    """Nothing that a test trains or measures lands in the developer's own home."""
    patch = pytest.MonkeyPatch()
    patch.setenv("CONVDEMO_HOME", str(tmp_path_factory.mktemp("home")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def small_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's and Fashion-MNIST's files as torchvision lays them out, with patterns inside."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("MNIST", "FashionMNIST"):
        write_mnist_layout(folder, name)
    return folder


@pytest.fixture(scope="session")
def shipped():
    """The shipped models by name."""
    return {entry.card.name: entry for entry in list_models(model_dirs())}


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """MNIST and Fashion-MNIST as they are; skips where CONVDEMO_DATA does not hold them."""
    folder = Path(os.environ.get("CONVDEMO_DATA", ""))
    if not (folder / "MNIST" / "raw").is_dir() or not (folder / "FashionMNIST" / "raw").is_dir():
        pytest.skip("CONVDEMO_DATA names no folder with MNIST/raw and FashionMNIST/raw")
    return folder


@pytest.fixture(scope="session")
def test_data_dir() -> Path:
    """The development pictures; skips where CONVDEMO_TEST_DATA does not hold them."""
    folder = Path(os.environ.get("CONVDEMO_TEST_DATA", ""))
    if not (folder / "drawn-digits" / "labels.csv").exists():
        pytest.skip("CONVDEMO_TEST_DATA names no folder with drawn-digits and clothes-shots")
    return folder


@pytest.fixture(scope="session")
def server_url():
    """The address of the demo with the shipped weights, in a process of its own, forked."""
    with serving(start=ForkedServer) as server:
        yield server.url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The installed Chromium; skips where there is none."""
    path = installed_chromium()
    if path is None:
        pytest.skip("no Chromium is installed for the browser tests")
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The installed Chromium, opened once."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--use-fake-device-for-media-stream", SHARED]
        opened = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield opened
        opened.close()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CONVDEMO_NO_SKIPS every need is met, so that a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CONVDEMO_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
