"""The Transfer tab: your own classes from a handful of photos, in seconds, and used at once.

Three columns and what is below, a module each: the photos (photos), how to learn (learn; plans is
what a training is asked to be), the network in use (use), what came of all (came). The bench keeps
what visitors have, endpoint is for programs. Begin with this module, which connects them.
"""

from typing import Any

import gradio as gr

from convdemo.ui import page, text
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.components import PhotoAlbum
from convdemo.ui.context import Context
from convdemo.ui.tabs.transfer import endpoint, use
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.tabs.transfer.came import Came, results_of
from convdemo.ui.tabs.transfer.learn import Learn, following, learning
from convdemo.ui.tabs.transfer.photos import WORDS, shown
from convdemo.ui.tabs.transfer.use import Use, models
from convdemo.ui.wire import Refused

NAME = "transfer"
SHELF = "() => { document.dispatchEvent(new Event('convdemo:shelf')); }"


class Parts:
    """What a visitor sees and uses."""

    def __init__(self, bench: Bench, texts: page.Texts, visit: page.Visit) -> None:
        visitor = visit.visitor
        bench.news(visitor)  # what is there already is none
        with gr.Row(elem_classes=["cd-columns", "cd-transfer"]):
            with gr.Column():
                texts.heading("transfer.photos")
                words = text.words(*WORDS, drop="transfer.album.")
                photos = shown(bench.desk(visitor, texts.language))
                self.album = PhotoAlbum(photos, words=words, elem_id="transfer-album")
            with gr.Column():
                texts.heading("transfer.how")
                self.learn = Learn(bench, texts, visit)
            with gr.Column(elem_classes="cd-use"):
                texts.heading("transfer.use")
                self.use = Use(bench, texts, visitor)
        texts.line("transfer.try")
        self.came = Came(bench, texts, visitor)


def wire_up(bench: Bench, parts: Parts, frame: page.Frame) -> None:
    """What happens when a change in one part is news for the others."""
    album, learn, used, below = parts.album, parts.learn, parts.use, parts.came
    who = [frame.visitor, frame.language]

    def changed(event: gr.EventData, visitor: str) -> Any:
        asked = event._data if isinstance(event._data, dict) else {}
        return bench.desks.change(bench.owner(visitor), asked)

    def all_of(
        visitor: str, language: str, model: str | None, chosen: str | None, *given: Any
    ) -> list[Any]:
        new = bench.news(visitor)
        return [
            *learning(bench, visitor, language, *given),
            *results_of(bench, visitor, language, chosen, new and new.id),
            *models(bench, visitor, language, model, new and new.name),
        ]

    def spoken(visitor: str, language: str, *given: Any) -> list[Any]:
        known = text.known(language)
        goes = following(bench, visitor, known, None)[: len(learn.shown)]
        return [*all_of(visitor, known, *given), *goes]

    def again(visitor: str, language: str, chosen: str, model: str | None) -> list[Any]:
        name = next((one.name for one in bench.came(visitor) if one.id == chosen), None)
        found = results_of(bench, visitor, language, chosen)
        return [*found, *models(bench, visitor, language, model, name)]

    def misread(event: gr.SelectData, visitor: str, chosen: str) -> str:
        try:
            place = event.index if isinstance(event.index, int) else -1
            pixels, model = bench.photo(visitor, chosen, place)
        except Refused:
            return ""
        return use.to_explain(pixels, model) if model else ""

    # Of quick clicks the last one counts, but in the album, which asks for one change at a time.
    several = {**EACH, "concurrency_limit": 8}
    change = album.input(changed, frame.visitor, album, **several)
    learn.wire(bench, album, change, who, LAST)
    used.wire(bench, who, LAST)
    asked = [*who, used.model, below.chosen, *learn.settings]
    told = [*learn.how, *below.all, *used.all]
    learn.stands.change(all_of, asked, told, **LAST).then(None, js=SHELF)
    frame.header.input(
        spoken, [frame.visitor, frame.header, *asked[2:]], [*told, *learn.shown], **LAST
    )
    chosen = [*who, below.chosen, used.model]
    below.chosen.input(again, chosen, [*below.all, *used.all], **LAST)
    below.misread.select(misread, [frame.visitor, below.chosen], used.sent, **EACH)


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""
    bench = Bench(context)

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        wire_up(bench, Parts(bench, texts, visit), frame)

    frame.when_opened(item, draw)
    endpoint.build(context, bench)
