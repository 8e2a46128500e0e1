"""Lab reports of what is on the page: in which words they are, where they are handed out."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from convdemo.data.dataset import DatasetSpec
from convdemo.data.registry import DATASETS
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.images.look import STYLES, WORDS, Look
from convdemo.ui import page, text
from convdemo.ui.asking import QUICK
from convdemo.ui.wire import Refused

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


def picture_named(source: Mapping[str, Any]) -> str:
    """What is told of the picture of a source: its file, its place in a data set, or a drawing."""
    named = source.get("name") or source.get("example")
    if named or "sample" not in source:
        return str(named or "drawing")
    return f"{source.get('dataset')} {source.get('split', 'validation')} {source['sample']}"


Write = Callable[..., Any]  # of a language and what the inputs have: a Path or None


def written(write: Write, language: str, *given: Any) -> tuple[str | None, Any]:
    """The file of a report, None where there is none; and its button as it was."""
    known, made = text.known(language), None
    with suppress(Refused, PictureError, PlaceError):
        made = write(known, *given)
    return made and str(made), button(known)


def when_pressed(
    pressed: gr.Button, write: Write, inputs: Sequence[Any], outputs: Sequence[Any], **more: Any
) -> Any:
    """The event that writes a report, one at a time; the button says so at once, whoever else's is
    written before.
    """
    going = json.dumps({language: button(language, going=True) for language in text.LANGUAGES})
    pressed.click(None, None, pressed, js=f"() => ({going})[convdemo.language]", **QUICK)
    how = {"concurrency_limit": 1, "concurrency_id": "report", **QUICK}  # it draws for a second
    return pressed.click(write, inputs, outputs, **how, **more)


def warm_up() -> None:
    """Load what draws a report, which the first one would wait for."""
    import convdemo.export.report  # noqa: F401
    from convdemo.images.figures import shares
    from convdemo.images.look import encoded

    encoded(shares({"": 1.0}))


def offer(texts: page.Texts, write: Write, inputs: Sequence[Any], language: gr.Textbox) -> None:
    """A button that writes a report of what is on the screen, which the browser then keeps; where
    there is none, the tab says why.
    """
    pressed = gr.Button(elem_classes="cd-report")
    texts.add(pressed, value="report.button")
    file = gr.File(visible=False)
    told = when_pressed(pressed, partial(written, write), [language, *inputs], [file, pressed])
    told.then(None, file, None, js="convdemo.save", api_visibility="private")
