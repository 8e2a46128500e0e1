"""The page's context with a scheduler that starts nothing, and its visitors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from convdemo.inference.library import model_dirs
from convdemo.training.runs.store import RunFolder
from convdemo.training.runs.worker import execute
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context

ALICE, BOB = {"visitor": "a" * 32}, {"visitor": "b" * 32}


class Idle:
    """A scheduler that starts nothing: the tests train themselves."""

    def warm_up(self) -> None:
        pass

    def place(self, folder: RunFolder) -> int:
        return 1


def make_context(tmp_path: Path, data_dir: Path, *, on_space: bool = False) -> Context:
    context = Context(
        model_dirs=(tmp_path / "weights", model_dirs()[1]),
        data_dir=data_dir,
        runs_dir=tmp_path / "runs",
        on_space=on_space,
    )
    context.__dict__["scheduler"] = Idle()  # in place of the cached property
    return context


def train(context: Context, run: dict[str, Any]) -> RunFolder:
    folder = context.runs.folder(run["id"])
    weights_dir = context.model_dirs[0] / folder.run.owner
    execute(folder, data_dir=context.data_dir, weights_dir=weights_dir)
    return folder


def gaps(told: Sentence) -> Any:
    """What fills the gaps of a sentence."""
    assert isinstance(told, tuple), told
    return told[1]
