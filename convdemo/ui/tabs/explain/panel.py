"""What the panels share: what is looked into, what there is to choose from, their fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from convdemo.ui import long_work, page, text, wire
from convdemo.ui.asking import LAST
from convdemo.ui.components import WorkLine
from convdemo.ui.context import Context

Choices = list[tuple[str, str]]
FEW = 100  # classes, all of which have a bar
LIKELIEST = 12  # of more


@dataclass(frozen=True)
class Seen:
    """What is looked into, the picture and the model as JSON, and what was read in it.

    `stages` are (name, channels, places of a map, 0 where there is none).
    """

    asked: str
    model: str
    label: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    stages: tuple[tuple[str, int, int], ...]
    cam_stage: str | None
    filmed: bool
    extra: tuple[str, ...]

    def request(self, visitor: str, **more: Any) -> dict[str, Any]:
        """What functions take: the picture, the model, and more; nothing that is None or ""."""
        chosen = {name: value for name, value in more.items() if value not in (None, "")}
        return {**wire.parsed(self.asked), "visitor": visitor, **chosen}

    def likeliest(self, most: int) -> dict[str, float]:
        """All classes, or the likeliest of many."""
        every = dict(zip(self.classes, self.probabilities, strict=True))
        if len(every) <= most:
            return every
        return dict(sorted(every.items(), key=lambda one: -one[1])[:most])

    def with_maps(self) -> tuple[str, ...]:
        """The stages that have maps."""
        return tuple(name for name, _, places in self.stages if places)

    def channels(self, stage: str | None) -> int:
        """How many there are of that stage."""
        return next((channels for name, channels, _ in self.stages if name == stage), 0)

    def chosen(self, label: str | None) -> str | None:
        """That class, if the model knows it."""
        return label if label in self.classes else None

    def stage(self, name: str | None) -> str | None:
        """That stage, if it has maps, else the last one that does."""
        return name if name in self.with_maps() else self.cam_stage


def named(label: str) -> str:
    """A class as the gap of a sentence."""
    return f"@class.{label}|{label}"


def stage_words(name: str) -> dict[str, str]:
    """What a stage is called, as "block2": a word and its number, as gaps of a sentence."""
    word = name.rstrip("_0123456789")
    return {"stage": f"@explain.stage.{word}|{word}", "number": name[len(word) :]}


def shown_class(language: str, label: str) -> str:
    """A class in that language."""
    return text.strings(language).get(f"class.{label}", label)


def class_choices(language: str, seen: Seen, *first: tuple[str, str]) -> Choices:
    """All classes, in the order of the model; of many those that are likeliest first."""
    likely = list(seen.likeliest(LIKELIEST)) if len(seen.classes) > FEW else []
    rest = [one for one in seen.classes if one not in likely]
    return [*first, *((shown_class(language, one), one) for one in (*likely, *rest))]


def stage_choices(language: str, seen: Seen, *, every: bool = False) -> Choices:
    """The stages with maps, or all, with how many channels they have."""

    def told(name: str, channels: int) -> str:
        words = {**stage_words(name), "channels": channels}
        return text.say(language, "explain.why.stage_option", **words)

    return [(told(name, channels), name) for name, channels, at in seen.stages if at or every]


@dataclass(frozen=True, eq=False)
class Around:
    """What every panel of a visit needs: who it is, what is looked into, the page's language; and
    what other panels give: the maps that are chosen in "why", as "methods", "target", "against"
    and "stage", and the fold of "trust".
    """

    context: Context
    texts: page.Texts
    visitor: str
    language: gr.Textbox
    seen: gr.State
    visit: str  # a key of this visit: of two works of a kind the newer one goes on
    given: dict[str, Any] = field(default_factory=dict)
    panels: list[Panel] = field(default_factory=list)


@dataclass(eq=False)
class Panel:
    """A fold with a line that says what is going on; `seen` is what is looked into, in `language`,
    once the panel is opened: its work begins then.
    """

    around: Around
    name: str
    fold: gr.Accordion
    opened: gr.State
    seen: gr.State
    language: gr.State
    line: WorkLine

    def offer(
        self,
        choices: Callable[..., Any],
        outputs: list[Any],
        inputs: list[Any],
        triggers: Sequence[Any] = (),
    ) -> None:
        """Let `choices(language, seen, *inputs)` say what there is to choose from."""

        def offered(language: str, seen: Seen | None, *given: Any) -> Any:
            if seen is None:
                return [gr.skip()] * len(outputs) if len(outputs) > 1 else gr.skip()
            return choices(language, seen, *given)

        begins = [self.seen.change, self.language.change, *triggers]
        gr.on(begins, offered, [self.language, self.seen, *inputs], outputs, **LAST)

    def work(
        self,
        triggers: list[Any],
        parts: Callable[..., Any],
        inputs: list[Any],
        outputs: list[Any],
        again: gr.Button | None = None,
        kind: str = "",
    ) -> None:
        """Let `parts(tell, seen, *inputs)` work; without a picture, nothing is left of what was
        shown.
        """

        def made(tell: long_work.Tell, seen: Seen | None, *given: Any) -> Iterator:
            if seen is None:
                yield ("answer.none", *[None] * len(outputs))
            else:
                yield from parts(tell, seen, *given)

        turn = (self.around.visit, self.name, kind)
        given, shown = [self.seen, *inputs], (self.line, *outputs)
        long_work.wire_up(triggers, made, given, shown, turn=turn, again=again)


def line(name: str) -> WorkLine:
    """The line of a panel."""
    own = f"explain.{name.split('.')[0]}."
    words = text.words("problem.", own, "answer.none", "class.", "dataset.")
    return WorkLine(words=words, does=f"explain.{name}.working", elem_id=f"explain-{name}-line")


def start(around: Around, name: str) -> gr.Button:
    """The button that begins the work of a panel."""
    made = gr.Button(
        variant="primary", elem_id=f"explain-{name.split('.')[-1]}-start", elem_classes="cd-start"
    )
    return around.texts.add(made, value=f"explain.{name}.start")


def again(around: Around) -> gr.Button:
    """The button that begins it anew once it was stopped."""
    return around.texts.add(gr.Button(visible="hidden", size="sm"), value="explain.again")


@contextmanager
def panel(around: Around, name: str) -> Iterator[Panel]:
    """A fold of that name, to be filled."""
    classes, key = ["cd-fold", "cd-panel-fold"], f"explain.{name}.title"
    with around.texts.fold(key, elem_classes=classes, elem_id=f"explain-{name}") as fold:
        around.texts.line(f"explain.{name}.lead")
        states = gr.State(False), gr.State(None), gr.State(around.texts.language)
        made = Panel(around, name, fold, *states, line(name))
        yield made
    now, own = [around.seen, around.language], [made.opened, made.seen, made.language]
    fold.expand(lambda *now: (True, *now), now, own, **LAST)
    fold.collapse(lambda: False, None, made.opened, **LAST)
    around.panels.append(made)


def tell_all(around: Around) -> None:
    """Let the panels that are open know what is looked into, and in which language: in one event,
    since the browser begins one only when the one before has been sent.
    """
    opened = [one.opened for one in around.panels]

    def told(now: Any, *opened: bool) -> list[Any]:
        return [now if one else gr.skip() for one in opened]

    for source, name in ((around.seen, "seen"), (around.language, "language")):
        shown = [getattr(one, name) for one in around.panels]
        source.change(told, [source, *opened], shown, **LAST)
