"""Which learning rate to begin with: the loss while it rises, and a proposal for the form."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from convdemo.ui import long_work, page, snippet, text
from convdemo.ui.asking import LAST
from convdemo.ui.components import Chart, Curves, Line, WorkLine
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.components.report import State
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import form, settings
from convdemo.ui.tabs.train.form import HERE, NAMES
from convdemo.ui.tabs.train.race import OFTEN, PLACES, about_recorded, bounds, images, recorded

if TYPE_CHECKING:
    from convdemo.training.rate_finder import Tried


def chart(tried: Sequence["Tried"], rate: float | None) -> Chart:
    """The loss at each rate, with the proposed one marked."""
    from convdemo.training.rate_finder import HIGH, LOW

    line = Line("race.loss", tuple(o.rate for o in tried), tuple(o.loss for o in tried))
    return Chart(
        (line,),
        "race.rates_chart",
        "train.lr",
        x_range=(LOW, HIGH),
        read="race.read_rate",
        marks=((rate, ("race.mark", {"rate": f"{rate:.2g}"})),) if rate else (),
        at=rate,
        x_log=True,
    )


def told(rate: float | None) -> Sentence:
    """What is said of a proposal."""
    return ("race.proposed", {"rate": f"{rate:.2g}"}) if rate else "race.no_proposal"


def searched(context: Context, tell: long_work.Tell, *given: Any) -> Iterator[tuple[Any, ...]]:
    """While the rate rises: the line, the chart, the rate, the button that takes it, the code."""
    from convdemo.training.config import TrainConfig
    from convdemo.training.rate_finder import STEPS, proposed, try_rates

    *values, visitor = given
    chosen = settings.decoded(dict(zip(NAMES, values, strict=True)))
    config = {name: value for name, value in chosen.items() if name not in form.SUBJECT}
    asked = {**chosen, "config": config, "visitor": visitor}
    model, dataset, checked = settings.checked(context, asked)
    whole = TrainConfig(**{**checked, "fault": "none", "negatives": 0.0})
    source = context.dataset(dataset, context.visitor(asked))
    training = images(context, dataset)[0].take(whole.limit)
    tried, began, last = [], time.monotonic(), 0.0
    busy = gr.update(interactive=False)
    for one in try_rates(model, whole, source, training):
        tried.append(one)
        tell(len(tried) / STEPS)
        if time.monotonic() - began > bounds(context).seconds:
            break
        if time.monotonic() - last > OFTEN:
            last = time.monotonic()
            yield gr.skip(), chart(tried, None), None, busy, gr.skip()
    rate = proposed(tried)
    code = snippet.for_rates(model, dataset, whole)
    yield told(rate), chart(tried, rate), rate, gr.update(interactive=rate is not None), code


def taken(context: Context, rate: float | None, *given: Any) -> list[Any]:
    """The picker of the rate, the preset, the settings and the plan of the form, with that rate."""
    if rate is None:
        return [gr.skip()] * 4
    chosen, visitor, language = form.read(context, given)
    chosen = settings.settled(context, {**chosen, "lr": float(f"{rate:.2g}")}, visitor)
    found = form.updates(context, chosen, visitor, language)
    shown = [gr.update(**form.pickable(found[name])) for name in ("lr", "preset")]
    return [*shown, chosen, State(lines=settings.plan(context, chosen, visitor))]


def build(context: Context, texts: page.Texts, visitor: gr.Textbox, left: form.Form) -> None:
    """The fold of the search."""
    from convdemo.training.rate_finder import Tried, proposed

    shipped = [Tried(*one) for one in recorded()["rates"]]
    with gr.Accordion(open=False, elem_classes="cd-fold", elem_id="rates") as fold:
        texts.line("race.rates_lead")
        words = text.words("race.", "problem.", "train.", "dataset.")
        with gr.Row(elem_classes="cd-buttons"):
            start = gr.Button(variant="primary", elem_id="rates-start")
            take = gr.Button(interactive=False, elem_id="rates-take")
        said = ("race.rates_recorded", about_recorded()[1])
        line = WorkLine(said, does="race.searching", words=words, elem_id="rates-line")
        first = chart(shipped, proposed(shipped))
        curves = Curves(first, words=words, elem_id="rates-curves")
        with gr.Accordion(open=False, elem_classes="cd-fold") as code_fold:
            code = gr.Code(language="python", interactive=False, show_label=False)
    texts.add(start, value="race.search")
    texts.add(take, value="race.take")
    texts.add(code_fold, label="race.rates_code")
    texts.add(fold, label="race.rates")
    rate = gr.State(None)
    asked = [*left.fields.values(), visitor]
    outputs = (line, curves, rate, take, code)
    goes = partial(searched, context)
    long_work.wire_up([start.click], goes, asked, outputs, turn=object(), places=PLACES)
    given = [rate, *left.fields.values(), left.base, visitor, left.here]
    changed = [left.fields["lr"], left.fields["preset"], left.base, left.plan]
    take.click(partial(taken, context), given, changed, js=HERE, **LAST)
