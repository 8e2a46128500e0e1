"""A network of the visitor's own classes in use: a photo or the camera read, a file handed out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import numpy as np

from convdemo.data.custom import JOB
from convdemo.images.decode import Picture
from convdemo.images.render import encode_png
from convdemo.ui import answers, guard, page, text, wire
from convdemo.ui.answers import POOL, WORDS
from convdemo.ui.components import Answer, ProbabilityBars
from convdemo.ui.components.display import WithoutStubs
from convdemo.ui.explain_request import trained_of
from convdemo.ui.picture_choice import PictureChoice
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.tabs.transfer.bench import Bench, fill
from convdemo.ui.tabs.transfer.learn import LINE
from convdemo.ui.wire import Refused

EXAMPLES = "clothes"  # pictures to try a network on
FORMS = {"zip": 12, "onnx": 20}  # and the seconds that each usually takes
MANY = 12  # classes from which on only the likeliest have a bar
ANSWER = "transfer-answer"  # the id of the display of answers
# Those come first whose kind the drawn classes have; a boot is like nothing among them.
FIRST = ("sandals.jpg", "bag.jpg")
BACK = {"video": {"facingMode": "environment"}}  # the camera at the back of a phone
LIVE, MOST_LIVE = 0.2, 300  # seconds between two frames of the camera, and of all of them
TO_EXPLAIN = "(sent) => { if (sent) convdemo.explain(JSON.parse(sent)); }"


def answer(bench: Bench, model: str | None, source: str, visitor: str) -> Answer:
    """What the model says of a source, JSON as `requested_picture` takes it."""
    if not source or not model:
        return Answer({}, sentence="answer.none" if model else "")
    try:
        picture, _ = requested_picture(wire.parsed(source), EXAMPLES)
        found = read(bench, model, picture, visitor)
    except guard.REFUSALS as error:
        found = answers.refusal(error)
    return replace(found, of=source)


def read(bench: Bench, model: str, picture: Picture, visitor: str) -> Answer:
    """What the model says of a picture."""
    from convdemo.inference.predict import predict_picture

    trained = trained_of(bench.context, {"model": model, "visitor": visitor})
    found = predict_picture(trained, picture)
    shares = found.probabilities
    if len(shares) > MANY:
        shares = dict(sorted(shares.items(), key=lambda one: -one[1])[:10])
    milliseconds = f"{found.seconds * 1000:.{0 if found.seconds >= 0.1 else 1}f}"
    took = ("answer.seconds", {"milliseconds": milliseconds})
    notes = (f"note.{found.note}",) if found.note else ()
    line: Any = answers.model_line(trained.card)
    line = (line[0], {**line[1], "dataset": "@dataset.own_classes"})  # whatever they are called
    return Answer(shares, found.label, None, notes, (line, took))


def frame(bench: Bench, model: str | None, seen: np.ndarray | None, visitor: str) -> Answer:
    """What the model says of a frame of the camera (H, W, 3) uint8."""
    if seen is None or not model:
        return Answer({}, sentence="answer.none")
    try:
        return read(bench, model, Picture(seen), visitor)
    except guard.REFUSALS as error:
        return answers.refusal(error)


def to_explain(pixels: np.ndarray, model: str | None) -> str:
    """JSON for the Explain tab of a picture (H, W, 3) uint8 that is here and nowhere else."""
    path = wire.served_file("photo.png")
    path.write_bytes(encode_png(pixels))
    return json.dumps({"picture": {"upload": str(path), "name": "photo.png"}, "model": model})


def export(
    bench: Bench, model: str | None, form: str, language: str, visitor: str
) -> Iterator[tuple[str, str | None]]:
    """What is said while a file is made, and proven, and in the end its path."""
    from convdemo.export.exporter import export as write

    yield text.say(language, "transfer.export_working", seconds=FORMS[form]), None
    try:
        trained = trained_of(bench.context, {"model": model, "visitor": visitor})
        # The photos of a visitor stay out of a zip, which goes on to others.
        result = next((one for one in bench.came(visitor) if one.name == model), None)
        pictures = result.pictures if result is not None and form == "onnx" else None
        path = wire.served_file(f"{trained.card.name}.{form}")
        told = write(trained, path, form, pictures=pictures)
    except Refused as error:
        yield answers.sentence(error, language), None
    except ValueError as error:
        yield text.say(language, "problem.transfer_export", error=f"@|{error}"), None
    else:
        yield proven(told, form, language), str(path)


def proven(told: dict[str, Any], form: str, language: str) -> str:
    """How an exported file compares with the app, and how it is used."""
    largest = told["largest_difference"]
    difference = f"{largest:.0e}" if largest else "0"
    said = text.say(
        language, "transfer.export_proven", difference=difference, pictures=told["pictures"]
    )
    return f"{said} {text.say(language, f'transfer.export.{form}.run')}"


def models(
    bench: Bench, visitor: str, language: str, chosen: str | None, new: str | None = None
) -> list[Any]:
    """The visitor's models of own classes, the newest first: what `Use.all` shows.

    A choice that stands is not told back: it may be another one by now.
    """
    entries = bench.context.entries(JOB, bench.context.visitor({"visitor": visitor}))
    newest = {one.name: place for place, one in enumerate(bench.came(visitor))}
    cards = sorted((one.card for one in entries), key=lambda card: -newest.get(card.name, -1))
    names = [card.name for card in cards]
    name = next((one for one in (new, chosen, *names) if one in names), None)
    options = [(answers.model_option(card), card.name) for card in cards]
    value: Any = {} if name == chosen else {"value": name}
    return [
        "" if name else text.say(language, "transfer.no_model"),
        gr.update(visible=bool(name)),
        gr.update(choices=options, **value),
        text.say(language, "transfer.shelved", name=f"@|{name}") if name else "",
    ]


class Live(gr.Image, metaclass=WithoutStubs):
    """The camera, frame by frame, (H, W, 3) uint8."""

    def __init__(self, **others: Any) -> None:
        options = gr.WebcamOptions(mirror=False, constraints=BACK)
        super().__init__(sources=["webcam"], streaming=True, webcam_options=options, **others)

    def get_block_name(self) -> str:
        """Gradio's page draws it as its own."""
        return "image"

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]
        """With the pause between two frames, which Gradio forgets where it renders later."""
        return {**super().get_config(gr.Image), "stream_every": LIVE}


class Use:
    """The controls of the right column."""

    def __init__(self, bench: Bench, texts: page.Texts, visitor: str) -> None:
        nothing = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
        source = gr.Textbox(visible="hidden")
        with gr.Column(visible=False) as using:
            self.model = gr.Dropdown(filterable=False, interactive=True)
            self.choice = PictureChoice(
                bench.context,
                texts,
                elem_id="transfer-picture",
                answer=ANSWER,
                kinds={EXAMPLES: "picture.examples"},
                first=FIRST,
                source=source,
                height=260,
            )
            self.bars = ProbabilityBars(words=text.words(*WORDS), elem_id=ANSWER)
            self.why = texts.add(gr.Button(), value="transfer.explain")
            with texts.fold("transfer.live"):
                self.live = Live(elem_classes="cd-live", height=260)
            with texts.fold("transfer.export"):
                kept = gr.HTML(**LINE, elem_classes="cd-line cd-quiet")
                with gr.Row():
                    self.exports = {
                        form: texts.add(gr.Button(), value=f"transfer.export.{form}")
                        for form in FORMS
                    }
                self.told = gr.HTML(**LINE, elem_classes="cd-line")
                self.file = gr.DownloadButton(variant="primary", visible=False)
        self.sent = gr.Textbox("", visible="hidden")  # what goes to Explain
        self.library = gr.Button(visible="hidden", elem_classes="cd-library")
        texts.add(self.model, label="answer.model")
        texts.add(self.live, label="transfer.live", alt_text="transfer.live")
        texts.add(self.file, label="transfer.export_save")
        self.all = [nothing, using, self.model, kept]
        last = next((one.name for one in bench.came(visitor)[::-1] if one.name), None)
        fill(self.all, models(bench, visitor, texts.language, None, last))
        self.bars.value = self.bars.postprocess(
            answer(bench, self.model.value, self.choice.source.value, visitor)
        )

    def wire(self, bench: Bench, who: list[Any], act: dict[str, Any]) -> None:
        """What happens when something is brought, chosen or pressed."""
        visitor, language = who

        def answered(source: str, model: str | None, visitor: str) -> Any:
            found = answer(bench, model, source, visitor)
            refused = source and model and not found.probabilities
            return None if refused else gr.skip(), found

        def watched(seen: np.ndarray | None, model: str | None, visitor: str) -> Answer:
            return frame(bench, model, seen, visitor)

        def why(there: Any, source: str, seen: np.ndarray | None, model: str | None) -> str:
            if seen is not None:
                return to_explain(seen, model)
            turn = secrets.token_hex(4)
            found = {"picture": json.loads(source or "{}"), "model": model, "turn": turn}
            return json.dumps(found) if there and source else ""

        def exported(form: str, model: str | None, language: str, visitor: str) -> Iterator[Any]:
            for said, path in export(bench, model, form, language, visitor):
                yield said, gr.update(value=path, visible=path is not None)

        picture, source = self.choice.picture, self.choice.source
        # What the camera saw is no answer any longer.
        source.change(lambda: None, None, self.live, **act)
        read = {**act, **POOL}
        asked = [source, self.model, visitor]
        gr.on(
            [source.change, self.model.change],
            answered,
            asked,
            [picture, self.bars],
            **read,
        )
        self.live.stream(
            watched,
            [self.live, self.model, visitor],
            self.bars,
            stream_every=LIVE,
            time_limit=MOST_LIVE,
            concurrency_limit=4,
            show_progress="hidden",
            api_visibility="private",
        )
        self.why.click(why, [picture, source, self.live, self.model], self.sent, **act)
        self.sent.change(None, self.sent, js=TO_EXPLAIN)
        one = {
            **act,
            "trigger_mode": "once",
            "concurrency_limit": 1,
            "concurrency_id": "transfer-export",
        }
        for form, button in self.exports.items():
            asked = [self.model, language, visitor]
            button.click(partial(exported, form), asked, [self.told, self.file], **one)
        self.library.click(partial(models, bench), [*who, self.model], self.all, **act)
