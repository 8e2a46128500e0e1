"""What is to be trained: pickers that offer only what can be, filled in by presets."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import gradio as gr
from gradio.components import Component

from convdemo.data.custom import OwnData
from convdemo.data.registry import DATASETS
from convdemo.files import PlaceError
from convdemo.ui import page, text, wire
from convdemo.ui.asking import LAST, QUICK
from convdemo.ui.components import LayerLine, PictureGroup, PictureGroups, Report, State
from convdemo.ui.context import Context
from convdemo.ui.links import Link, among, number
from convdemo.ui.tabs.train import line, own, runs, settings
from convdemo.ui.wire import Refused

# What only the browser knows, put in the place of the last input.
HERE = """(...all) => [...all.slice(0, -1), JSON.stringify({ language: convdemo.language,
  zone: new Date().getTimezoneOffset(), digit: convdemo.lastDigit ?? null })]"""
SUBJECT = ("model", "line", "dataset", "preset")
MAIN = ("limit", "epochs", "lr", "batch")
MORE = ("optimizer", "schedule", "augment", "dropout", "patience")
SMALL = ("weight_decay", "label_smoothing", "ema", "empty")
NAMES = (*SUBJECT, *MAIN, *MORE, *SMALL, "seed", "device", "fault")  # as they stand
LINKED = (*MAIN, *MORE, *SMALL, "seed", "fault")  # what a link may set, beside the subject
SETTLED = ("line", "preset", "batch", "fault")  # what other settings may change
LINE_WORDS = ("explain.stage.", *(f"convolution.{one}" for one in ("setting.", "kind.", "too_")))
STATUS = "train-own-status"  # the id of what tells of a zip


def updates(
    context: Context, chosen: Mapping[str, Any], visitor: str, language: str
) -> dict[str, dict[str, Any]]:
    """What each field offers and has."""
    offered = settings.offers(context, chosen, visitor, language)
    limits = context.runs.limits
    found: dict[str, dict[str, Any]] = {
        name: {"choices": offered[name]} for name in NAMES if name in offered
    }
    found["epochs"] = {"maximum": limits.epochs}
    pictures = chosen["limit"] or settings.pictures_of(context, chosen["dataset"], visitor)
    about = {name: chosen[name] for name in ("model", "line", "dataset", "batch")}
    found["line"] = {"value": {**about, "pictures": pictures}}
    return {name: {"value": settings.coded(chosen[name]), **found.get(name, {})} for name in NAMES}


def of_subject(
    context: Context, chosen: Mapping[str, Any], before: str | None, visitor: str, language: str
) -> list[Any]:
    """What else there is to a network and a data set: the plan, whether the data can be removed,
    and their fold with the pictures in it. `before` is the data set until now.
    """
    dataset = chosen["dataset"]
    mine = dataset not in DATASETS
    fold, groups = gr.skip(), gr.skip()
    if dataset != before:  # nothing is downloaded before somebody asks
        fold = gr.update(open=mine)
        groups = shown(context, chosen, visitor) if mine else ()
    return [
        State(lines=settings.plan(context, chosen, visitor)),
        gr.update(visible=mine, value=text.say(language, "train.own_remove")),
        fold,
        groups,
    ]


def shown(context: Context, chosen: Mapping[str, Any], visitor: str) -> tuple[PictureGroup, ...]:
    """The classes of the data set in these settings, with some of their pictures."""
    try:
        return settings.pictures_by_class(context, {**chosen, "visitor": visitor})
    except Refused as error:
        return (PictureGroup(note=own.refusal(error).sentence),)


def bring(context: Context, file: str, visitor: str) -> Iterator[tuple[Any, ...]]:
    """While a zip is read: the control, what is said, the name of a new data set, and whether it
    can be stopped.
    """
    going = gr.update(visible=True)
    over: tuple[Any, ...] = (gr.skip(), State(), gr.skip())
    try:
        for one in own.brought(context, file, context.visitor({"visitor": visitor})):
            if isinstance(one, OwnData):
                over = (None, own.welcome(one), one.name)
            elif one.kind == "trouble":
                over = (None, one, gr.skip())
            else:
                yield gr.skip(), one, gr.skip(), going
    except (Refused, PlaceError) as error:
        over = (None, own.refusal(error), gr.skip())
    yield *over, gr.update(visible=False)


class Form(NamedTuple):
    """What a visitor sees and uses; `base` is every setting as it was last, `brought` the name of a
    data set that has just been read, `sure` one whose removal was asked for once.
    """

    fields: dict[str, Component]
    own: gr.File
    own_status: Report
    own_stop: gr.Button
    own_remove: gr.Button
    data: gr.Accordion
    classes: PictureGroups
    plan: Report
    train: gr.Button
    told: Report
    base: gr.State
    brought: gr.Textbox
    sure: gr.State
    here: gr.Textbox
    switch: gr.HTML  # its `input` says that there is another language


def linked(context: Context, link: Link, visitor: str) -> dict[str, Any]:
    """The settings that an address asks for, with what belongs to them; at first the preset of the
    network that is trained in seconds.
    """
    asked = link.take("dataset", "", partial(among, settings.OFFERED), "train.dataset")

    def network(line_or_name: str) -> str:
        found = line_or_name
        if found not in settings.networks(context, visitor):
            found = line.checked(context, found, context.dataset(asked or "mnist", visitor))
        if asked and settings.for_dataset(context, found, asked, visitor) != found:
            raise ValueError(found)
        return found

    model = link.take("model", settings.FIRST, network, "train.model")
    dataset = asked or settings.for_model(model, "mnist")
    model = settings.for_dataset(context, model, dataset, visitor)
    presets = settings.presets(context, model, dataset)
    preset = link.take("preset", "recipe", partial(among, presets), "train.preset")
    chosen = settings.filled(context, model, dataset, preset, visitor)
    for name in LINKED:
        offered = settings.offers(context, chosen, visitor, "en")
        if name in offered:
            means = partial(among, [one for _, one in offered[name]])
        else:
            most = context.runs.limits.epochs if name == "epochs" else 2**31 - 1
            means = partial(number, int(name == "epochs"), most, whole=True)
        value = link.take(name, settings.coded(chosen[name]), means, f"train.{name}")
        chosen |= settings.decoded({name: value})
    return settings.settled(context, chosen, visitor)


def lay_out(context: Context, texts: page.Texts, visit: page.Visit) -> Form:
    """The form, from top to bottom, as a link has it."""
    visitor = context.visitor({"visitor": visit.visitor})
    chosen = linked(context, visit.link, visitor)
    first = updates(context, chosen, visitor, texts.language)
    fields: dict[str, Component] = {}

    def add(*names: str) -> None:
        for name in names:
            known = {"elem_id": f"train-{name}", "interactive": True, **first[name]}
            if name == "line":
                fields[name] = lay_out_line(context, visitor, first[name]["value"])
                continue
            if name == "epochs":
                field: Any = gr.Slider(1, step=1, buttons=[], **known)
            elif name == "seed":
                field = gr.Number(precision=0, **known)
            else:
                field = gr.Dropdown(filterable=False, **known)
            fields[name] = field
            texts.add(field, label=f"train.{name}", info=f"train.{name}.why")

    usual = settings.filled(context, settings.FIRST, "mnist", "recipe", visitor)
    public = {"dataset": tuple(settings.OFFERED), "preset": ("recipe", "course", "fast")}
    limits = context.runs.limits.zip
    words = text.words("train.own", "problem.", "finding.", "kind", "drop.", "transfer.part.")
    texts.heading("train.title")
    add("model", "line", "dataset")
    own_file = gr.File(height=112, elem_id="train-own", elem_classes=f"cd-file cd-says-in-{STATUS}")
    texts.add(own_file, label="train.own")
    told = {"classes": limits.classes, "files": f"{limits.files:,}", "unpacked": limits.megabytes}
    status = Report(State(lines=(("train.own_limits", told),)), words=words, elem_id=STATUS)
    own_stop = gr.Button(visible=False, elem_id="train-own-stop")
    own_remove = gr.Button(visible=False, elem_id="train-own-remove")
    with gr.Accordion(open=False, elem_id="train-data", elem_classes="cd-fold") as data:
        classes = PictureGroups((), words=text.words("train.", "class.", "dataset.", "problem."))
    add("preset", *MAIN)
    with gr.Accordion(open=False, elem_id="train-more", elem_classes="cd-fold") as more:
        add(*MORE, *SMALL, "seed", "device", "fault")
    for name in ("model", "dataset", "preset", *LINKED):
        value, leads = settings.coded(usual[name]), name in SUBJECT
        visit.link.written(fields[name], name, value, public.get(name), leads=leads)
    plan = Report(State(lines=settings.plan(context, chosen, visitor)), words=text.words("train."))
    train = gr.Button(variant="primary", elem_id="train-start")
    said = Report(words=text.words("problem.", "train.", "dataset."), elem_id="train-told")
    for part, key in ((own_stop, "train.stop"), (train, "train.start")):
        texts.add(part, value=key)
    for part, key in ((data, "train.data"), (more, "train.more")):
        texts.add(part, label=key)
    base, sure = gr.State(chosen), gr.State("")
    hidden = [gr.Textbox(visible="hidden") for _ in range(2)]
    return Form(
        *(fields, own_file, status, own_stop, own_remove, data, classes, plan),
        *(train, said, base, hidden[0], sure, hidden[1], texts.switched),
    )


def lay_out_line(context: Context, visitor: str, value: Mapping[str, Any]) -> LayerLine:
    """The network as a line, with its table."""
    return LayerLine(
        partial(line.read, context, visitor),
        value,
        guard=context.guard.served,
        words=text.words("train.line_", "train.stage", "problem.", *LINE_WORDS),
        elem_id="train-line",
    )


Given = tuple[Any, ...]  # the fields in the order of NAMES, the settings as they were, who, HERE


def read(
    context: Context, given: Given, network: str = "written"
) -> tuple[dict[str, Any], str, str]:
    """The settings on the page, the visitor, and the language. The network is the one that is
    "written", the last one that could be; or the one that is "picked"; or, "checked", Refused where
    the line cannot be.
    """
    *values, base, visitor, here = given
    chosen = {**base, **settings.decoded(dict(zip(NAMES, values, strict=True)))}
    if any(isinstance(one, list | dict) for one in chosen.values()):
        raise Refused("request")
    language = text.known(str(wire.parsed(here).get("language")))
    visitor = context.visitor({"visitor": visitor})
    if network != "picked":
        try:
            chosen["model"] = settings.written(context, chosen, base, visitor)
        except Refused:
            if network == "checked":
                raise
            chosen["model"] = base["model"]
    return chosen, visitor, language


def written(
    context: Context, chosen: dict[str, Any], before: str | None, visitor: str, language: str
) -> list[Any]:
    """Everything of the form for these settings: the fields, the settings, what goes with them."""
    found = updates(context, chosen, visitor, language).values()
    rest = of_subject(context, chosen, before, visitor, language)
    return [*(gr.update(**pickable(one)) for one in found), chosen, *rest]


STAY = [gr.skip()] * (len(NAMES) + 5)  # in place of what is written
REMOVE = len(NAMES) + 2  # where the button that removes own pictures is in it


def filled(context: Context, what: str, *given: Any) -> list[Any]:
    """The form once a network, a data set or a preset is chosen, or a line is written."""
    chosen, visitor, language = read(context, given, "picked" if what == "model" else "written")
    model, dataset, before = chosen["model"], chosen["dataset"], given[-3]["dataset"]
    if what != "line" and chosen[what] == given[-3][what]:
        return [*STAY]  # a list that the Tab key only passes says so, too
    if what == "line":
        chosen = settings.settled(context, chosen, visitor)
        return written(context, chosen, before, visitor, language)
    if what == "model":
        dataset = settings.for_model(model, dataset)
    elif what == "dataset":
        model = settings.for_dataset(context, model, dataset, visitor)
    chosen = settings.filled(context, model, dataset, chosen["preset"], visitor)
    return written(context, chosen, before, visitor, language)


def welcomed(context: Context, dataset: str, *given: Any) -> list[Any]:
    """The form for a data set that has just been brought."""
    chosen, visitor, language = read(context, given)
    model = settings.for_dataset(context, chosen["model"], dataset, visitor)
    chosen = settings.filled(context, model, dataset, "recipe", visitor)
    return written(context, chosen, None, visitor, language)


def translated(context: Context, *given: Any) -> list[Any]:
    """The form as it is, in another language."""
    chosen, visitor, language = read(context, given)
    return written(context, chosen, chosen["dataset"], visitor, language)


def settled(context: Context, *given: Any) -> list[Any]:
    """What a setting has to do with others, once it is another: SETTLED, the settings, the plan."""
    chosen, visitor, language = read(context, given)
    if chosen["seed"] is None:  # it is being typed
        return [gr.skip()] * (len(SETTLED) + 2)
    chosen = settings.settled(context, chosen, visitor)
    found = updates(context, chosen, visitor, language)
    plan = State(lines=settings.plan(context, chosen, visitor))
    return [*(gr.update(**pickable(found[one])) for one in SETTLED), chosen, plan]


def reused(context: Context, run: str, *given: Any) -> list[Any]:
    """What is said, and the form with the settings of a run."""
    chosen, visitor, language = read(context, given)
    before = chosen["dataset"]
    try:
        found = context.run_of({"run": run, "visitor": visitor}).run
        context.dataset(found.dataset, visitor)
    except Refused as error:
        return [own.refusal(error), *STAY]
    whole = settings.filled(context, found.model, found.dataset, "recipe", visitor)
    chosen = {**whole, **{name: one for name, one in found.config.items() if name in whole}}
    chosen = settings.settled(context, chosen, visitor)
    return [State("train.reused"), *written(context, chosen, before, visitor, language)]


def begun(context: Context, *given: Any) -> list[Any]:
    """What is said, and the run that is to be looked at with those beside it, JSON."""
    try:
        chosen, visitor, _ = read(context, given, "checked")
        config = {name: value for name, value in chosen.items() if name not in SUBJECT}
        subject = {name: chosen[name] for name in ("model", "dataset")}
        new, *healthy = runs.started(context, {**subject, "config": config, "visitor": visitor})
    except (Refused, PlaceError) as error:
        return [own.refusal(error), gr.skip()]
    return [State(), json.dumps({"choose": new, "compare": healthy})]


def removed(context: Context, sure: str, *given: Any) -> list[Any]:
    """The data set whose removal is asked for once, what is said, and the form; the second press
    removes it.
    """
    chosen, visitor, language = read(context, given)
    dataset, told = chosen["dataset"], State("train.own_removed")
    if sure != dataset:
        stay = [*STAY]
        stay[REMOVE] = gr.update(value=text.say(language, "train.remove_sure"))
        return [dataset, gr.skip(), *stay]
    try:
        own.forget(context, dataset, visitor)
    except Refused as error:
        if error.problem != "train_dataset_gone":
            return ["", own.refusal(error), *STAY]
        told = own.refusal(error)
    chosen = settings.filled(context, settings.FIRST, "mnist", "recipe", visitor)
    return ["", told, *written(context, chosen, dataset, visitor, language)]


def wire_up(
    context: Context, form: Form, frame: page.Frame, news: gr.Textbox, reuse: tuple[Any, ...]
) -> None:
    """What happens when something is chosen or brought; what is begun is told by `news`, and
    `reuse` is the button that fills in a run's settings, and the control that has the run's id.
    """
    asked = [*form.fields.values(), form.base, frame.visitor, form.here]
    subject = [form.plan, form.own_remove, form.data, form.classes]
    everything = [*form.fields.values(), form.base, *subject]
    some = [form.fields[name] for name in SETTLED]
    live: dict[str, Any] = {**LAST, "js": HERE}
    others = []
    for name, field in form.fields.items():
        changed: Any = field
        if name in SUBJECT:
            changed.input(partial(filled, context, name), asked, everything, **live)
        else:
            others.append(changed.input)
    gr.on(others, partial(settled, context), asked, [*some, form.base, form.plan], **live)
    form.brought.change(partial(welcomed, context), [form.brought, *asked], everything, **live)
    form.switch.input(partial(translated, context), asked, everything, **live)
    reuse[0].click(partial(reused, context), [reuse[1], *asked], [form.told, *everything], **live)
    once = {**live, "trigger_mode": "once"}  # two quick clicks begin one run
    form.train.click(partial(begun, context), asked, [form.told, news], **once)
    removal = [form.sure, form.own_status, *everything]
    form.own_remove.click(partial(removed, context), [form.sure, *asked], removal, **live)
    # The page opens the fold before it has the new data set; Python has it already.
    form.data.expand(partial(shown, context), [form.base, frame.visitor], form.classes, **LAST)
    reading = form.own.upload(
        partial(bring, context),
        [form.own, frame.visitor],
        [form.own, form.own_status, form.brought, form.own_stop],
        concurrency_limit=2,
        concurrency_id="zips",
        **QUICK,
    )
    form.own_stop.click(
        lambda: (None, own.refusal(Refused("photos_stopped")), gr.update(visible=False)),
        None,
        [form.own, form.own_status, form.own_stop],
        cancels=[reading],
        **QUICK,
    )


def pickable(update: dict[str, Any]) -> dict[str, Any]:
    """In what is drawn later Gradio takes a picker with new choices for a display."""
    return {"interactive": True, **update} if "choices" in update else update
