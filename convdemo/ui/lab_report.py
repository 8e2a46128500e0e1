"""Lab reports of what is on the page: in which words they are, where they are handed out."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from convdemo.data.dataset import DatasetSpec
from convdemo.data.registry import DATASETS
from convdemo.images.look import STYLES, WORDS, Look
from convdemo.ui import text

if TYPE_CHECKING:
    from convdemo.export.report import Language


def speech(language: str, source: DatasetSpec | None = None) -> "Language":
    """How a report speaks of a data set, whose classes may be somebody's own words."""
    from convdemo.export.report import Language

    said = text.strings(language)
    look = Look(STYLES[0], {key: said[f"figure.{key}"] for key in WORDS})
    own = source is not None and source.name not in DATASETS
    return Language(said, look, lambda one: one if own else said.get(f"class.{one}", one))


def place(name: str) -> Path:
    """Where a report is written for the browser to fetch it."""
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=get_upload_folder())) / f"report-{name}.zip"


def button(language: str, *, going: bool = False) -> dict[str, Any]:
    """How its button looks while a report is written, and when it is not."""
    key = "report.going" if going else "report.button"
    return gr.update(value=text.say(language, key), interactive=not going)
