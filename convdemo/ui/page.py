"""What every part of the page shares: style, scripts, strings, examples."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import gradio as gr
from gradio.blocks import Block
from gradio.context import LocalContext
from gradio.media import MEDIA_ROOT

from convdemo.paths import PACKAGE
from convdemo.ui import text
from convdemo.ui.asking import QUICK
from convdemo.ui.components import DigitPad, ProbabilityBars, StepStrip
from convdemo.ui.components.display import SHARED, STYLE, preloaded, served
from convdemo.ui.links import Link

STATIC = PACKAGE / "ui" / "static"
EXAMPLES = PACKAGE / "ui" / "examples"
PHOTOS = MEDIA_ROOT / "images"
GRADIO_PHOTOS = ("cheetah.jpg", "cheetah1.jpg", "lion.jpg", "tower.jpg")
SCRIPTS = ("page.js", "links.js", "tabs.js", "header.js", "controls.js")
STYLES = ("page.css", "header.css")
# What the scripts say: the bar, Gradio's own words, and what is there when the page opens, `said`.
SAID = (
    "page.",
    "key.",
    "tab.",
    "link.",
    "gradio.",
    "draw.",
    "compare.",
    "seen.title",
    "answer.title",
)


def head() -> str:
    """What goes into the page's <head>: nothing is fetched from anywhere else."""
    strings = json.dumps(text.words(*SAID), ensure_ascii=False).replace("</", "<\\/")
    style = "\n".join(_static(name) for name in STYLES)
    script = "\n".join(_static(name) for name in SCRIPTS)
    shared = json.dumps(f"./{served(SHARED)}")
    first = "".join(map(preloaded, (DigitPad, StepStrip, ProbabilityBars)))
    return (
        f"{first}<style>{style}</style>\n"
        f'<script>"use strict";\nwindow.convdemoStrings = {strings};\n'
        f"window.convdemoShared = {shared};\n{script}</script>\n"
    )


def part(name: str, functions: list[Callable[..., Any]] | None = None, **props: Any) -> gr.HTML:
    """A part of the page with its own markup, static/NAME.html; `convdemo.NAME` in static/NAME.js
    brings it to life and may call the functions.
    """
    return gr.HTML(
        html_template=_static(f"{name}.html"),
        js_on_load=f"convdemo.{name}({{element, props, server, upload, trigger}}); // 'input'",
        server_functions=functions,
        apply_default_css=False,
        elem_id=f"convdemo-{name}",
        **props,
    )


def said(key: str, tag: str = "h2") -> gr.HTML:
    """A heading or a line of that string, said by the scripts of the page: what is there when the
    page opens speaks the visitor's language at once, and no control is loaded for it.
    """
    return gr.HTML(
        html_template=f'<{tag} data-say="{key}"></{tag}>',
        js_on_load="convdemo.speak(element)",
        apply_default_css=False,
        elem_classes="cd-heading" if tag == "h2" else "cd-try",
    )


def template(name: str) -> dict[str, Any]:
    """Markup and style of a gr.HTML without a script, which draws its value: static/NAME.html."""
    return {
        "html_template": _static(f"{name}.html"),
        "css_template": STYLE + _static(f"{name}.css"),
        "apply_default_css": False,
    }


def examples(folder: str) -> dict[str, Path]:
    """The pictures of a folder of examples by file name, in the order of their names.

    "photos" are those that Gradio brings along for demos.
    """
    if folder == "photos":
        return {name: PHOTOS / name for name in GRADIO_PHOTOS}
    files = sorted((EXAMPLES / folder).glob("*"))
    return {file.name: file for file in files if file.suffix in (".png", ".jpg", ".webp")}


# The language may be switched while a part is made.
FOLLOW = """document.addEventListener("convdemo:language",
  () => element.isConnected && trigger("input"));
if (props.value !== convdemo.language) trigger("input");"""
Said = str | Callable[[str], Any]
Part = TypeVar("Part", bound=Block)


class Texts:
    """The strings of Gradio's own components; those of our parts are changed in the page itself.

    In a part that is made when it is opened, `switched` has an `input` when there is another
    language.
    """

    switched: gr.HTML

    def __init__(self, language: str = text.LANGUAGES[0]) -> None:
        self.language = text.known(language)
        self._keys: list[tuple[Block, dict[str, Said]]] = []
        self._told: list[Block] = []

    def add(self, component: Part, **keys: Said) -> Part:
        """The component, whose properties follow the language from now on: property=key of a
        string, or what makes the property for a language.
        """
        self._keys.append((component, keys))
        for name, key in keys.items():
            setattr(component, name, _in(self.language, key))
        return component

    @contextmanager
    def fold(self, key: str, **others: Any) -> Iterator[gr.Accordion]:
        """What is closed in the beginning, below that string."""
        with gr.Accordion(open=False, **{"elem_classes": "cd-fold", **others}) as made:
            yield self.add(made, label=key)

    def code(self, key: str, lines: str = "", **others: Any) -> gr.Code:
        """Python for what is on the page, in a fold of that string."""
        with self.fold(key):
            how: dict[str, Any] = {"language": "python", "interactive": False, "show_label": False}
            return gr.Code(lines, **how, **others)

    def label(self, component: Block, language: str) -> str:
        """What the component is called in a language, "" where it has no name."""
        named = [keys["label"] for one, keys in self._keys if one is component and "label" in keys]
        return str(_in(language, named[-1])) if named else ""

    def tell(self, component: Block) -> None:
        """From now on the component's value is the language: its `change` can offer other words."""
        self._told.append(component)
        component.value = self.language  # type: ignore[attr-defined]

    def heading(self, key: str) -> None:
        """A heading of that string."""
        self.add(
            gr.Markdown(elem_classes="cd-heading"),
            value=lambda language: f"## {text.say(language, key)}",
        )

    def line(self, key: str) -> None:
        """A quiet line of that string."""
        self.add(gr.Markdown(elem_classes="cd-try"), value=key)

    def quiet(self, key: str) -> None:
        """A quiet line of that string among controls."""
        self.add(gr.Markdown(elem_classes="cd-hint"), value=key)

    def follow(self, switched: Callable[..., Any], language: Block) -> None:
        """Change every string whenever that event says that there is another language.

        Whatever a `gr.render` makes has an event of its own, which the header calls: of all
        listeners to one event, those that a render adds replace the others in the browser.
        """

        def speak(language: str) -> list[dict[str, Any]]:
            known = text.known(language)
            changes: list[dict[str, Any]] = [
                {name: _in(known, key) for name, key in keys.items()} for _, keys in self._keys
            ]
            changes += [{"value": known} for _ in self._told]
            return [gr.update(**change) for change in changes]

        switched(
            speak,
            language,
            [*(component for component, _ in self._keys), *self._told],
            js="() => convdemo.language",
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )


@dataclass(frozen=True)
class Visit:
    """Who opens a tab; `arrivals` takes what other tabs send to it, JSON, by `convdemo.send` in the
    browser; `arrived` is what has come already, "" for nothing; `link` is what the address asks.
    """

    visitor: str
    arrivals: gr.Textbox
    arrived: str
    link: Link


@dataclass(frozen=True)
class Frame:
    """What is around the tabs: the bar with the switch of the language; who asks, in which
    language: a key that the browser keeps, and "en" or "ko"; what the address asked when the page
    was opened, "?..."; and what is sent to a tab, by name.
    """

    header: gr.HTML
    visitor: gr.Textbox
    language: gr.Textbox
    address: gr.Textbox
    arrivals: Mapping[str, gr.Textbox]

    def when_opened(self, tab: gr.Tab, draw: Callable[[Texts, Visit], None]) -> None:
        """Let `draw(texts, visit)` make what is in a tab once somebody opens it.

        For every control that is there from the beginning Gradio loads scripts and styles before
        anything is shown: two of five seconds of a phone.
        """
        opened = gr.State(False)
        tab.select(lambda: True, None, opened, **QUICK)
        self.after(opened.change, self.arrivals[str(tab.id)], draw, str(tab.id))

    def after(
        self, event: Any, arrivals: gr.Textbox, draw: Callable[[Texts, Visit], None], tab: str = ""
    ) -> None:
        """Let `draw(texts, visit)` make what belongs here, to that tab, once that has happened."""
        asked = [self.visitor, self.language, arrivals, self.address]

        @gr.render(asked, triggers=[event], show_progress="hidden")
        def make(visitor: str, language: str, arrived: str, address: str) -> None:
            with _one_at_a_time():
                texts = Texts(language)
                texts.switched = gr.HTML(texts.language, visible="hidden", js_on_load=FOLLOW)
                link = Link(tab, address, texts)
                draw(texts, Visit(visitor, arrivals, arrived, link))
                link.finish()
                texts.follow(texts.switched.input, self.language)


_renders: WeakKeyDictionary[Any, Lock] = WeakKeyDictionary()  # by what a session has on its page


class Steady(dict):
    """A dictionary that may grow while somebody goes through it."""

    def values(self) -> Any:
        """What is there now."""
        return list(super().values())

    def items(self) -> Any:
        """What is there now, by key."""
        return list(super().items())


def _one_at_a_time() -> Lock:
    """Gradio gives two events of a session the same number where two renders make them at once, and
    goes through what the session has before and after, while another one may add to it.
    """
    config = LocalContext.blocks_config.get(None)
    if config is not None and not isinstance(config.blocks, Steady):
        config.blocks, config.fns = Steady(config.blocks), Steady(config.fns)
    return _renders.setdefault(config, Lock())


def _in(language: str, key: Said) -> Any:
    return text.say(language, key) if isinstance(key, str) else key(language)


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
