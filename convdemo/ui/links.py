"""What stands in the address of the page: how a tab is set, checked by the controls themselves."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import gradio as gr
from gradio.blocks import Block

from convdemo.ui import text

if TYPE_CHECKING:
    from convdemo.ui.page import Texts

LONGEST, MOST = 400, 100  # characters of a value, values of an address
NOTICE = '<p role="status">{{value}}</p>'
# What a control may be set to where it does not say so itself: values, or what makes one of a text.
Allowed = Collection[Any] | Callable[[str], Any] | None


class Written(NamedTuple):
    """How a control stands in the address: its name, the value that is not written, the only ones
    that are, None for all, and whether another value of it has all others written as well.
    """

    name: str
    first: Any
    only: tuple[Any, ...] | None = None
    leads: bool = False


def asked_of(tab: str, query: str) -> dict[str, str]:
    """What an address, "?TAB.NAME=VALUE&...", asks of a tab: {name: value}."""
    try:
        pairs = parse_qsl(query[:16000].removeprefix("?"), max_num_fields=MOST)
    except ValueError:
        return {}
    mine = [(key.partition("."), value) for key, value in pairs if len(value) <= LONGEST]
    return {name: value for (of, _, name), value in mine if of == tab and name}


def meant(control: Block, asked: str, allowed: Allowed = None) -> Any:
    """The value of a control that a text of an address means; ValueError where there is none."""
    if callable(allowed):
        return allowed(asked)
    if isinstance(control, gr.Number | gr.Slider):
        whole = control.precision == 0 or (isinstance(control, gr.Slider) and control.step == 1)
        return number(control.minimum, control.maximum, asked, whole=whole)
    if allowed is None:
        boxed = isinstance(control, gr.Checkbox)
        allowed = (True, False) if boxed else [one for _, one in control.choices]  # type: ignore[attr-defined]
    return among(allowed, asked)


def among(allowed: Collection[Any], asked: str) -> Any:
    """The one of these that a text means."""
    for one in allowed:
        if asked == (one if isinstance(one, str) else json.dumps(one)):
            return one
    with suppress(ValueError):  # as a number may be written by a script
        value = float(asked)
        for one in allowed:
            if not isinstance(one, bool | str) and one == value:
                return one
    raise ValueError(asked)


def number(low: float | None, high: float | None, asked: str, *, whole: bool = False) -> float:
    """The number that a text means, between the two."""
    value = float(asked)
    inside = (low is None or value >= low) and (high is None or value <= high)
    if not inside or not math.isfinite(value) or (whole and value % 1):
        raise ValueError(asked)
    return int(value) if whole else value


def write(tab: str, controls: dict[Written, Any], triggers: list[Any]) -> None:
    """At each of the triggers the controls stand in the address, by a script alone."""
    about = json.dumps([one._asdict() for one in controls])
    gr.on(
        triggers,
        None,
        list(controls.values()),
        None,
        js=f"(...values) => convdemo.linked({json.dumps(tab)}, {about}, values)",
        trigger_mode="multiple",
        show_progress="hidden",
        api_visibility="private",
    )


class Link:
    """What the address that the page was opened with asks of a tab. What a tab `linked` is set to
    it, and stands in the address once it is changed.
    """

    def __init__(self, tab: str = "", query: str = "", texts: Texts | None = None) -> None:
        self.tab, self.asked = tab, asked_of(tab, query)
        self._texts = texts
        self.controls: dict[Written, Any] = {}
        self.wrong: list[str | Block] = []  # keys of names, and controls
        self.taken: set[str] = set()
        # It stands above what the tab is made of.
        self._notice = gr.HTML("", html_template=NOTICE, visible=False) if self.asked else None

    def take(self, name: str, usual: Any, means: Callable[[str], Any], called: str | Block) -> Any:
        """What is asked for by that name, as `means` makes it of the text, else the usual value; of
        a ValueError the notice tells, by the key or the control that has the name.
        """
        if name not in self.asked:
            return usual
        try:
            value = means(self.asked[name])
        except ValueError:
            self.wrong.append(called)
            return usual
        self.taken.add(name)
        return value

    def refuse(self, called: str) -> None:
        """What was asked for cannot be together."""
        self.taken.clear()
        self.wrong.append(called)

    def written(
        self, control: Any, name: str, usual: Any, only: Allowed = None, *, leads: bool = False
    ) -> None:
        """From now on the control stands in the address where its value is not the usual one, and
        one of those, so that nothing of a visitor's own does. One that `leads` settles what is
        usual for the others: where it is not the usual one, all are written.
        """
        offered = None if only is None or callable(only) else tuple(only)
        self.controls[Written(name, usual, offered, leads)] = control

    def linked(self, name: str, control: Any, allowed: Allowed = None) -> Any:
        """The control, set as the address asks, and written."""
        usual = control.value
        control.value = self.take(name, usual, partial(meant, control, allowed=allowed), control)
        self.written(control, name, usual, allowed)
        return control

    def finish(self) -> None:
        """Once all controls are there: have them written, and say what could not be set."""
        if self.controls:
            changed = [one.change for one in self.controls.values()]
            write(self.tab, self.controls, changed)
        if self._notice is None or not (self.controls or self.taken or self.wrong):
            return
        untaken = json.dumps([f"{self.tab}.{one}" for one in self.asked if one not in self.taken])
        self._notice.js_on_load = f"convdemo.unlink({untaken})"
        self._notice.visible = True if self.wrong else "hidden"
        if self.wrong and self._texts:
            self._texts.add(self._notice, value=self.told)

    def told(self, language: str) -> str:
        """What could not be set, in a sentence."""
        texts = self._texts
        names = [
            text.say(language, one) if isinstance(one, str) else texts.label(one, language)
            for one in self.wrong
            if texts
        ]
        return text.say(language, "link.wrong", things=", ".join(dict.fromkeys(names)))
