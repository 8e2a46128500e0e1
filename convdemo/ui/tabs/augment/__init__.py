"""The Augment tab: what a policy or a chain makes of a picture, told operation by operation.

`events` answers the controls, `making` makes and tells the tiles, `sweep` and `trial` ask what an
augmentation does to a label and to a training, `request` checks what is asked for, and `chain_code`
is Python for a chain.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import api

from convdemo.augmentation.preview import COUNTS, POLICY_NAMES, describe
from convdemo.images.decode import PictureError
from convdemo.images.render import data_url
from convdemo.training.ablation import NETWORKS, SIZES
from convdemo.ui import answers, lab_report, long_work, page, picture_choice, text, wire
from convdemo.ui.answers import POOL, WORDS
from convdemo.ui.asking import LAST
from convdemo.ui.components import (
    Answer,
    ChainEditor,
    Curves,
    ProbabilityBars,
    RuleTable,
    Setting,
    Tiles,
    WorkLine,
)
from convdemo.ui.context import Context
from convdemo.ui.picture_choice import PictureChoice
from convdemo.ui.tabs.augment import events, making, request, trial
from convdemo.ui.wire import Refused

NAME = "augment"
ANSWER, TABLE = "augment-tiles", "augment-table"  # ids of displays
FIRST = "five_blocks"  # the chain that is there from the beginning
ONLY = {"policy": "cd-policy-only", "chain": "cd-chain-only"}  # shown while one is chosen
USUAL = picture_choice.of_example("clothes", next(iter(page.examples("clothes").values())))
READ = ("flips", "label", "now", "reads", "size", "still")
DONE = ("by.", "chain", "left_out", "nothing", "op.", "tile", "untouched")


def words(*groups: str) -> text.Words:
    """Strings of this tab for a display, without "augment." before them."""
    return text.words(*(f"augment.{one}" for one in groups), drop="augment.")


def of_page(*groups: str) -> text.Words:
    """Those, and what is said on the whole page."""
    return text.words(*WORDS) | words(*groups)


def counted() -> dict[str, dict[str, str]]:
    """Words for the bars that say how often each operation is applied."""
    said = words("op.", "chart")
    return {
        language: {
            **{key.replace("op.", "class."): one for key, one in found.items()},
            "bars": found["chart"],
        }
        for language, found in said.items()
    }


def kinds() -> dict[str, tuple[Setting, ...]]:
    """Every technique with its settings, in the units of the display."""
    from convdemo.augmentation.classic_techniques import TECHNIQUES

    def unit(technique: str, own: str) -> str:
        if technique == "rotate":
            return "clockwise"
        return "share" if own == "chance" else own

    def setting(technique: str, own: Any) -> Setting:
        typed = own.name in ("width", "height")  # no slider can be set to a pixel
        return Setting(**{**asdict(own), "unit": unit(technique, own.unit)}, typed=typed)

    return {
        name: tuple(setting(name, own) for own in one.settings) for name, one in TECHNIQUES.items()
    }


def picker(
    texts: page.Texts, names: Iterable[str], label: str, value: str, **others: Any
) -> gr.Dropdown:
    """A Dropdown whose label is the string of a key, and its choices those of "KEY.NAME"."""
    choices = named(names, others.pop("choices", label))
    given = {"filterable": False, "interactive": True, **others}
    made = gr.Dropdown(choices(texts.language), value=value, **given)
    texts.add(made, choices=choices, label=label)
    return made


def named(names: Iterable[str], key: str) -> Callable[[str], list[tuple[str, str]]]:
    """Choices in a language: names and what the strings "KEY.NAME" call them."""
    listed = list(names)
    return lambda language: [(text.say(language, f"{key}.{one}"), one) for one in listed]


class Chosen(NamedTuple):
    """What is chosen, all but the chain."""

    picture: PictureChoice
    mode: gr.Radio
    policy: gr.Dropdown
    preset: gr.Dropdown
    fill: gr.Dropdown
    number: gr.Radio
    reader: gr.Dropdown


class Shown(NamedTuple):
    """What comes of it."""

    tiles: Tiles
    table: RuleTable
    often: ProbabilityBars
    chain: ChainEditor
    again: gr.Button
    seed: gr.Number
    saves: tuple[gr.Button, gr.Button]
    row: gr.Row  # of the buttons that save


def choose(context: Context, texts: page.Texts, visit: page.Visit) -> Chosen:
    """The column of the picture and of what is done to it, as a link has it."""
    from convdemo.augmentation.chain import PRESETS
    from convdemo.augmentation.classic_techniques import FILLS

    link, visitor = visit.link, visit.visitor
    texts.heading("augment.title")
    picture = PictureChoice(
        context,
        texts,
        elem_id="augment-picture",
        answer=ANSWER,
        kinds=events.JOB_NAMES,
        title="augment.original",
        height=260,
        drawing="augment.drawing",
        datasets=tuple(request.SAMPLED),
        sampled="augment.samples",
        begun=picture_choice.linked(link, *events.JOB_NAMES),
    )
    link.written(picture.source, "example", USUAL)
    ways = named(ONLY, "augment.how")
    mode = gr.Radio(ways(texts.language), value="policy", interactive=True, elem_id="augment-mode")
    texts.add(mode, label="augment.how", choices=ways)
    link.linked("mode", mode)
    first = POLICY_NAMES[0]
    policy = picker(texts, POLICY_NAMES, "augment.policy", first, elem_classes=ONLY["policy"])
    link.linked("policy", policy)
    starts = (*PRESETS, events.OWN)
    preset = picker(texts, starts, "augment.preset", FIRST, elem_classes=ONLY["chain"])
    link.linked("preset", preset, tuple(PRESETS))
    ready = events.ready(preset.value)[1]
    fill = picker(texts, FILLS, "augment.fill", ready, elem_classes=ONLY["chain"])
    count = gr.Radio(list(COUNTS), value=9, interactive=True)
    texts.add(count, label="augment.count")
    link.linked("number", count)
    readers = partial(events.readers, context, visitor)
    value = events.fitting(context, "clothes", visitor)
    reader = gr.Dropdown(readers(texts.language), value=value, filterable=False, interactive=True)
    texts.add(reader, label="augment.reader", info="augment.reader_why", choices=readers)
    return Chosen(picture, mode, policy, preset, fill, count, reader)


def lay_out(
    texts: page.Texts, told: events.Told, by: Chosen, seed: gr.Number, offered: list[Any]
) -> Shown:
    """The columns of the tiles, and of the policy or the chain."""
    from convdemo.augmentation.chain import LONGEST

    with gr.Column():
        with gr.Row(elem_classes="cd-tiles-head"):
            texts.heading("augment.result")
            seed.render()
            again = gr.Button(variant="primary", min_width=80, elem_classes="cd-again")
        tiles = Tiles(told.tiles, marks=TABLE, words=of_page(*READ, *DONE), elem_id=ANSWER)
        with gr.Row(elem_classes="cd-saves") as row:
            saves = (
                texts.add(gr.Button(), value="augment.save_grid"),
                texts.add(gr.Button(), value="augment.save_settings"),
            )
    with gr.Column():
        with gr.Column(elem_classes=ONLY["policy"]):
            said = words("draws", "op.", "policy.", "table")
            table = RuleTable(told.table, words=said, elem_id=TABLE)
            texts.heading("augment.chart")
            often = ProbabilityBars(told.often, words=counted())
        with gr.Column(elem_classes=ONLY["chain"]):
            steps, filled = events.ready(by.preset.value)
            said = words("fill.", "op.", "preset.", "range.", "set.", "value.")
            lines = [f"preset.{by.preset.value}.why", f"fill.{filled}.why"]
            chain = ChainEditor(
                steps,
                kinds=kinds(),
                longest=LONGEST,
                offered=offered,
                words=said,
                lines=lines,
                elem_id="augment-chain",
            )
            texts.quiet("augment.resizes")
    texts.add(again, value="augment.again")
    return Shown(tiles, table, often, chain, again, seed, saves, row)


def wire_up(
    context: Context,
    texts: page.Texts,
    by: Chosen,
    to: Shown,
    code: gr.Code,
    about: gr.Textbox,
    frame: page.Frame,
) -> None:
    """What happens when something is brought, chosen, changed or saved."""
    source, picture = by.picture.source, by.picture.picture
    asked = [source, by.mode, by.policy, to.chain, by.fill, by.number, to.seed]
    # Of quick changes the last one counts; while its tiles are on their way the old ones are faint.
    gr.on(
        [
            *(one.change for one in (source, to.chain, to.seed)),
            *(one.input for one in (by.mode, by.policy, by.fill, by.number, by.reader)),
        ],
        partial(events.tell, context),
        [*asked, by.preset, by.reader, about, frame.visitor],
        [to.tiles, to.table, to.often, code, to.chain, by.preset, by.reader, picture, about],
        show_progress_on=to.tiles,
        **{**LAST, **POOL, "show_progress": "minimal"},
    )
    gr.on(
        [source.change, by.mode.input],
        partial(events.offered, context),
        [source, by.mode, frame.visitor],
        to.chain,
        **{**LAST, **POOL},
    )
    chain = [to.chain, by.fill]
    by.preset.input(events.begun, [by.preset, *chain], chain, **LAST)
    to.again.click(None, None, to.seed, js=events.ANOTHER_SEED, api_visibility="private")
    file = gr.File(visible=False)
    kinds = (making.sheet, "png"), (making.settings, "json")
    for button, (make, ending) in zip(to.saves, kinds, strict=True):
        kept = partial(events.kept, make, ending, context)
        saved = button.click(kept, [frame.visitor, *asked], file, **LAST)
        saved.then(None, file, None, js="convdemo.save", api_visibility="private")

    written = [frame.visitor, by.reader, by.preset, *asked]
    with to.row:
        lab_report.offer(texts, partial(events.reported, context), written, frame.language)

    def readers(visitor: str, language: str, reader: str) -> Any:
        found = events.readers(context, visitor, text.known(language))
        gone = reader not in (one for _, one in found)
        return gr.Dropdown(found, value=events.NOBODY if gone else reader)

    library = gr.Button(visible="hidden", elem_classes="cd-library")
    who = [frame.visitor, frame.language, by.reader]
    library.click(readers, who, by.reader, **LAST)


def sweep_panel(
    context: Context, texts: page.Texts, about: gr.Textbox, visitor: gr.Textbox
) -> None:
    """Does the label survive? Its forty readings are for those who open it."""
    from convdemo.augmentation.classic_techniques import FILLS
    from convdemo.inference.robustness import AXES

    opened = gr.State(False)
    with texts.fold("augment.sweep.title") as fold:
        texts.quiet("augment.sweep.lead")
        with gr.Row():
            key = "augment.sweep.axis"
            axis = picker(texts, AXES, key, next(iter(AXES)), elem_id="augment-axis")
            fill = picker(texts, FILLS, "augment.fill", "constant")
        said = of_page("sweep.")
        answer = ProbabilityBars(words=said, elem_id="augment-sweep-words")
        curve = Curves(words=said, elem_id="augment-sweep")
        code = texts.code("augment.sweep.code")
    fold.expand(lambda: True, None, opened, **LAST)
    fold.collapse(lambda: False, None, opened, **LAST)
    gr.on(
        [opened.change, about.change, axis.input, fill.input],
        partial(events.swept, context),
        [about, axis, fill, opened, visitor],
        [answer, curve, code, fill],
        show_progress_on=curve,
        **{**LAST, **POOL, "show_progress": "minimal"},
    )


def trial_panel(
    context: Context, texts: page.Texts, by: Chosen, chain: ChainEditor, turn: str
) -> None:
    """Does it help? A training without and with what is chosen."""
    with texts.fold("augment.trial.title"):
        texts.quiet("augment.trial.lead")
        with gr.Row():
            key, first = "augment.trial.dataset", next(iter(NETWORKS))
            dataset = picker(texts, NETWORKS, key, first, choices="dataset")
            pictures = gr.Radio(list(SIZES), value=SIZES[1], interactive=True)
            start = gr.Button(variant="primary", elem_id="augment-trial-start")
        said = of_page("policy.", "trial.")
        line = WorkLine(words=said, does="trial.progress", elem_id="augment-trial-line")
        answer = ProbabilityBars(
            Answer({}, sentence="trial.none"), words=said, elem_id="augment-trial"
        )
        curves = Curves(words=said)
    texts.add(pictures, label="augment.trial.pictures")
    texts.add(start, value="augment.trial.start")

    def tried(tell: long_work.Tell, dataset: str, pictures: int, *how: Any) -> Iterator[Any]:
        asked = {"n": 1, "seed": 0, "dataset": dataset, "pictures": pictures}
        for words, charts in trial.run(context, {**asked, **events.way(*how)}, tell):
            yield gr.skip(), words, charts
        yield None, gr.skip(), gr.skip()

    asked = [dataset, pictures, by.mode, by.policy, chain, by.fill]
    shown = (line, answer, curves)
    long_work.wire_up([start.click], tried, asked, shown, turn=(turn, "trial"), places=trial.ONE)


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page and its endpoint."""

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        seed = gr.Number(0, precision=0, min_width=90, interactive=True, render=False)
        seed.minimum, seed.maximum = 0, request.HIGHEST_SEED
        visit.link.linked("seed", texts.add(seed, label="augment.seed"))
        with gr.Column(elem_classes="cd-augment"):
            with gr.Row(elem_classes="cd-columns"):
                with gr.Column():
                    by = choose(context, texts, visit)
                preset = by.preset.value
                chosen = by.picture.source.value, by.mode.value, by.policy.value
                begin = (*chosen, *events.ready(preset), by.number.value, seed.value, preset)
                told = events.tell(context, *begin, events.NOBODY, events.START, visit.visitor)
                by.reader.value = wire.parsed(told.about)["reader"]
                if by.mode.value == "chain":
                    table, often = making.rules(by.policy.value, []), making.often(by.policy.value)
                    told = told._replace(table=table, often=often)
                asked = by.picture.source.value, by.mode.value, visit.visitor
                offered = events.offered(context, *asked).get("offered", [])
                to = lay_out(texts, told, by, seed, offered)
            for mode, key in (("policy", "augment.try"), ("chain", "augment.try_chain")):
                with gr.Column(elem_classes=ONLY[mode]):
                    texts.line(key)
            about = gr.Textbox(told.about, visible="hidden")
            sweep_panel(context, texts, about, frame.visitor)
            trial_panel(context, texts, by, to.chain, secrets.token_hex(8))
            code = texts.code("augment.code", told.code, elem_id="augment-code")
            wire_up(context, texts, by, to, code, about, frame)

    def augment(
        picture: dict,
        policy: str = "imagenet",
        n: int = 9,
        seed: int = 0,
        language: str = "en",
        chain: list | None = None,
        fill: str = "constant",
    ) -> dict:
        """Augment a picture with a policy: imagenet, cifar10, svhn, rand, trivial or augmix; or
        with a chain, a list of steps such as {"name": "rotate", "degrees": [-45, 45]}.

        Answers {"tiles": [{"image": data URL of a JPEG or PNG, "operations": [...]}], "note"}; an
        operation is {"name", "probability", "applied", "magnitude", "unit"}. {"error": sentence} if
        the picture cannot be read; `language` of the sentences is "en" or "ko".
        """
        try:
            path = wire.mapping(picture).get("path")
            how = {"policy": policy} if chain is None else {"chain": chain, "fill": fill}
            question = {"upload": path, "n": n, "seed": seed, **how}
            asked = request.picture(context, question)
            tiles = request.treatment(question).tiles(asked.image)
        except (PictureError, Refused) as error:
            return {"error": answers.sentence(error, language)}
        shown = [
            {"image": data_url(one.image, side=320), "operations": describe(one)} for one in tiles
        ]
        return {"tiles": shown, "note": answers.remark(asked.note, language)}

    frame.when_opened(item, draw)
    api(augment, api_name="augment", **POOL)
