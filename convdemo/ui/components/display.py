"""A display: a `gr.HTML` whose template, style and script are files beside its class."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio import component_meta
from gradio.component_meta import ComponentMeta
from gradio.route_utils import API_PREFIX

from convdemo.images.render import data_url
from convdemo.paths import PACKAGE
from convdemo.ui import text

# What wraps a function that a script calls past the queue, as `Guard.served` does.
Guard = Callable[[str, Callable[[Any], Any]], Callable[..., Any]]
Words = Mapping[str, Mapping[str, str]]  # language: {key: sentence}, as `shared.js` looks them up

SHARED = PACKAGE / "ui" / "components" / "shared.js"
STYLE = SHARED.with_suffix(".css").read_text("utf-8")
# Gradio knows the events that the quotes name.
_LOAD = """\
const {{ root = "." }} = window.gradio_config ?? {{}};
const address = (file) => new URL(`${{root}}/${{file}}`, document.baseURI);
Promise.all({files}.map((file) => import(address(file)))).then(async ([shared, {{ mount }}]) => {{
  if (props.words.from) await shared.fetched(address(props.words.from));
  mount({{ element, props, trigger, watch, server, upload }}, shared);
}}); // 'input', 'select'
"""


class WithoutStubs(ComponentMeta):
    """Of components for which Gradio writes no .pyi beside their source: an installed package does
    not change itself.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        write = component_meta.create_or_modify_pyi
        component_meta.create_or_modify_pyi = lambda *_: None
        try:
            return super().__new__(cls, name, bases, attributes)
        finally:
            component_meta.create_or_modify_pyi = write


class Display(gr.HTML, metaclass=WithoutStubs):
    """Draws one value; its script gets what `drawn` makes of it. Most displays are no input: what
    is done to them comes with their events.

    `words` are added to those of the folder's `words.json`, {language: {key: sentence}}; the script
    takes the language of the page's <body lang>, and follows it. Of strings that the page has as a
    file it is told which, and fetches them.
    """

    def __init__(self, value: Any = None, *, words: Words | None = None, **others: Any) -> None:
        folder = Path(inspect.getfile(type(self))).parent
        script = folder / "script.js"
        super().__init__(
            value=value,
            html_template=(folder / "template.html").read_text("utf-8"),
            css_template=STYLE + (folder / "style.css").read_text("utf-8"),
            js_on_load=_LOAD.format(files=json.dumps([served(SHARED), served(script)])),
            apply_default_css=False,
            words=_joined(json.loads((folder / "words.json").read_text("utf-8")), words or {}),
            **others,
        )

    def postprocess(self, value: Any) -> Any:
        """What the script draws."""
        return drawn(value)

    def preprocess(self, payload: Any) -> Any:
        """Nothing."""

    def api_info(self) -> dict[str, Any]:
        """The value in the browser."""
        return {"type": "object", "description": str(inspect.getdoc(type(self))).partition("\n")[0]}

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]
        """The component as Gradio's own page knows it."""
        return {**super().get_config(), "component_class_name": type(self).__name__}

    def example_payload(self) -> Any:
        """What Gradio shows as an input of the endpoint: nothing."""
        return None

    def example_value(self) -> Any:
        """What Gradio shows as an output of the endpoint: nothing."""
        return None


def drawn(value: Any) -> Any:
    """JSON of a value: the fields of dataclasses by name, pictures (H, W) or (H, W, 3) uint8 as
    data URLs, None for what is not finite.
    """
    if is_dataclass(value):
        return {one.name: drawn(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: drawn(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return data_url(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [drawn(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def preloaded(kind: type[Display]) -> str:
    """For the <head> of a page that opens with such displays: their scripts are fetched while
    Gradio's own still are.
    """
    scripts = (SHARED, Path(inspect.getfile(kind)).parent / "script.js")
    return "".join(f'<link rel="modulepreload" href="{served(one)}">' for one in scripts)


def _joined(own: Words, added: Words) -> dict[str, Any]:
    if isinstance(added, text.Words):
        return {**own, "from": text.table()[0], "parts": added.parts}
    languages = {*own, *added}
    return {one: {**own.get(one, {}), **added.get(one, {})} for one in languages}


@cache
def served(script: Path) -> str:
    """Where a page finds a script: its path, and what changes when it does, so that no browser
    keeps an old one.
    """
    gr.set_static_paths(script)
    version = hashlib.sha256(script.read_bytes()).hexdigest()[:8]
    return f"{API_PREFIX[1:]}/file={script.as_posix()}?{version}"
