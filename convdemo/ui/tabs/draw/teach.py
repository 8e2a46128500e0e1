"""Teach it your hand: drawings that a visitor names, a network that learns them, what it forgets.

`build_row` is what stands beside the answer, `build` the fold. Drawings are their visitor's alone,
and are there as long as the server runs; the network is a file in the visitor's model library.
"""

from __future__ import annotations

import base64
import secrets
import shutil
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from convdemo.data.dataset import DataMissingError, ImageSet
from convdemo.files import PlaceError
from convdemo.images.decode import PictureError
from convdemo.images.render import encode_png
from convdemo.inference import library
from convdemo.preprocessing.steps import Prepared
from convdemo.ui import guard, long_work, page, text, wire
from convdemo.ui.asking import EACH, QUICK
from convdemo.ui.components import Captioned, PictureGroup, PictureGroups, WorkLine
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.components.worked import Example, Table, Words, Worked
from convdemo.ui.context import VISITOR, Context
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.training.teach import Lesson, Memory, Outcome

JOB, DATASET = "digits", "mnist"
DIGITS = "0123456789"
MOST = 50  # drawings of a visitor
VISITORS = 200  # whose drawings are kept
TESTED = 5  # every so many pictures of the test set one is read
KEPT = 2  # networks that were taught, the newest of them
PLACE = "draw-hand"  # the id of the drawings
WORDS = ("teach.", "problem.", "answer.digits.empty", "dataset.")
SHELF = "() => { document.dispatchEvent(new CustomEvent('convdemo:shelf')); }"
Read = Callable[[Any, Mapping[str, Any]], Prepared]  # what stands on the pad, as it is prepared
CODE = '''\
import base64
from dataclasses import replace
from pathlib import Path

import torch

from convdemo import Lesson, default_data_dir, find_dataset, load_model, read_image, remember
from convdemo import save_model, teach

drawn = """
{drawn}"""  # one below the other
pixels = torch.from_numpy(read_image(base64.b64decode(drawn)).rgb[:, :, 0].copy())
lesson = Lesson(pixels.view(-1, 28, 28) / 255, torch.tensor({labels}))
trained = load_model({model!r})
known = find_dataset({dataset!r}).load(default_data_dir(), "train")
for share in teach(trained, lesson, remember(trained, known)):
    print(f"{{share:.0%}}")
card = replace(trained.card, name="my-hand", default_for=None)
save_model(Path("my-hand.safetensors"), card, trained.network)
'''


@dataclass(eq=False)
class Hand:
    """The drawings of a visitor in their order: (28, 28) uint8 and the digit, by a number."""

    drawings: dict[int, tuple[np.ndarray, int]] = field(default_factory=dict)
    last: int = 0
    touched: float = 0.0

    def add(self, pixels: np.ndarray, digit: int) -> None:
        """Keep one more; Refused where there are enough."""
        if len(self.drawings) >= MOST:
            raise Refused("teach_full", most=MOST)
        self.last += 1
        self.drawings[self.last] = pixels, digit

    def lesson(self) -> Lesson:
        """What is taught; Refused where there is nothing."""
        import torch

        from convdemo.training.teach import Lesson

        if not self.drawings:
            raise Refused("teach_none")
        pixels, labels = zip(*self.drawings.values(), strict=True)
        return Lesson(torch.from_numpy(np.stack(pixels)) / 255, torch.tensor(labels))


class Hands:
    """The drawings of all visitors, each their own, and what the default network is reminded of."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._of: dict[str, Hand] = {}
        self._memory: tuple[Any, Memory] | None = None
        self._lock, self._remembering = threading.Lock(), threading.Lock()

    def of(self, visitor: str) -> Hand:
        """The visitor's; also at localhost those of one browser only."""
        known = isinstance(visitor, str) and VISITOR.fullmatch(visitor)
        owner = visitor if known else self.context.visitor({"visitor": visitor})
        with self._lock:
            hand = self._of.setdefault(owner, Hand())
            hand.touched = time.monotonic()
            if len(self._of) > VISITORS:
                del self._of[min(self._of, key=lambda one: self._of[one].touched)]
        return hand

    def memory(self, base: library.Trained, known: ImageSet) -> Memory:
        """What the network is shown again, computed once."""
        from convdemo.training.teach import remember

        with self._remembering:
            if self._memory is None or self._memory[0] is not base.network:
                self._memory = base.network, remember(base, known)
            return self._memory[1]


def collect(
    hands: Hands, visitor: str, read: Read, digit: str, value: Any, skipped: str
) -> Sentence:
    """Keep what stands on the pad, without the steps that are left out, as an example of a digit;
    says so, or why not.
    """
    try:
        hand = hands.of(visitor)
        about = wire.parsed(f'{{"skip": {skipped}}}')
        prepared = read(value, {"skip": about["skip"]})
        if prepared.empty:
            return "answer.digits.empty"
        hand.add(wire.as_bytes(prepared.pixels[0]), int(digit))
    except (Refused, PictureError, PlaceError) as error:
        found = guard.problem(error)
        return f"problem.{found['problem']}", found["values"]
    return "teach.kept", {"digit": digit, "count": len(hand.drawings), "most": MOST}


def remove(hand: Hand, place: Any) -> None:
    """Forget the drawing of that number, if there is one."""
    if isinstance(place, int):
        hand.drawings.pop(place, None)


def groups(hand: Hand) -> tuple[PictureGroup, ...]:
    """The drawings by digit, each of which is removed by a press."""
    found = []
    for digit in range(len(DIGITS)):
        pictures = tuple(
            Captioned(255 - pixels, tip=("teach.remove", {"digit": digit}), place=place)
            for place, (pixels, label) in hand.drawings.items()
            if label == digit
        )
        found += [PictureGroup(pictures, title=str(digit), side=36)] * bool(pictures)
    return tuple(found) or (PictureGroup(note="teach.nothing"),)


def code_of(hand: Hand, model: str) -> str:
    """Python that teaches that model the same; "" where there is nothing to teach."""
    from convdemo.training.teach import hold_out

    if not hand.drawings:
        return ""
    shown, _ = hold_out(hand.lesson())
    strip = wire.as_bytes(shown.pixels.flatten(0, 1).numpy())
    lines = textwrap.wrap(base64.b64encode(encode_png(strip)).decode(), 88)
    parts = {"drawn": "\n".join(lines), "labels": shown.labels.tolist()}
    return CODE.format(**parts, model=model, dataset=DATASET)


def taught(context: Context, visitor: str) -> list[library.Entry]:
    """The networks in the visitor's library that were taught here, the newest first."""
    owner = context.visitor({"visitor": visitor})
    folder = context.model_dirs[0] / owner
    found = [one for one in context.entries(JOB, owner) if one.path.parent == folder]
    return sorted((one for one in found if _number(one)), key=_number, reverse=True)


def _number(entry: library.Entry) -> int:
    _, hand, number = entry.card.name.rpartition("-hand-")
    return int(number) if hand and number.isdecimal() else 0


def learn(
    hands: Hands, visitor: str, alone: bool, tell: long_work.Tell
) -> tuple[Outcome, library.Entry]:
    """What came of teaching the default network the visitor's drawings, and `alone` of a second one
    that is shown nothing else; the first is put into the visitor's library.
    """
    from convdemo.training.teach import Outcome, teach_and_test

    context, lesson = hands.context, hands.of(visitor).lesson()
    owner, least = context.visitor({"visitor": visitor}), context.runs.limits.free_megabytes
    if context.runs.free_megabytes() < least:
        raise Refused("train_disk_full", megabytes=least)
    base = context.trained(JOB, None, owner)
    try:
        known, test = (context.images(DATASET, one) for one in ("train", "test"))
    except DataMissingError as error:
        raise Refused("train_no_data", dataset="MNIST", error=error) from error
    tell(0.05)
    memory = hands.memory(base, known)
    tested = ImageSet(test.images[::TESTED], test.labels[::TESTED])
    for one in teach_and_test(base, lesson, memory, tested, alone=bool(alone)):
        if isinstance(one, Outcome):
            return one, _keep(context, owner, visitor, base.card, one)
        tell(0.2 + 0.8 * one)
    raise RuntimeError("nothing came of it")


def _keep(context: Context, owner: str, visitor: str, card: Any, found: Outcome) -> library.Entry:
    before = taught(context, visitor)
    number = 1 + max(map(_number, before), default=0)
    card = replace(
        card,
        name=f"{card.name}-hand-{number}",
        default_for=None,
        validation_accuracy=None,
        test_accuracy=found.kept[1] / found.known,
        test_loss=None,
        seconds=found.seconds,
        command="",
        date=datetime.now(UTC).date().isoformat(),
        evidence={"test_pictures": found.known},
    )
    path = context.model_dirs[0] / owner / f"{card.name}{library.SUFFIX}"
    library.keep(path, card, found.taught.network)
    for entry in before[KEPT - 1 :]:
        library.remove(entry.path)
    return library.Entry(card, path)


def forget(context: Context, visitor: str) -> None:
    """Remove the networks that were taught."""
    for entry in taught(context, visitor):
        library.remove(entry.path)


def results(found: Outcome) -> Example:
    """Before and after side by side, on drawings and on what was known."""

    def share(right: int, of: int) -> Sentence:
        return "teach.share", {"right": f"{right:,}", "percent": f"{right / of:.1%}"}

    drawn = "teach.held_out" if found.held_out else "teach.learned"
    rows = (
        (
            (drawn, {"count": found.drawings}),
            *(share(one, found.drawings) for one in found.read),
        ),
        (
            ("teach.known", {"count": f"{found.known:,}"}),
            *(share(one, found.known) for one in found.kept),
        ),
    )
    ways = ("teach.before", "teach.after", "teach.alone")
    table = Table(("", *ways[: len(found.read)]), rows, "teach.results")
    notes = ["teach.aside" if found.held_out else "teach.few"]
    notes += ["teach.why_mixed"] * (len(found.read) > 2)
    return Example((table, *(Words(one, "quiet") for one in notes)))


def saved(entry: library.Entry | None) -> dict[str, Any]:
    """A copy of the network's file where Gradio hands out files, on the button that saves it."""
    if entry is None:
        return {"value": None, "visible": False}
    file = shutil.copy(entry.path, wire.served_file(entry.path.name))
    return {"value": str(file), "visible": True}


def build_row(
    hands: Hands, texts: page.Texts, visit: page.Visit, read: Read, inputs: list[Any], news: Any
) -> None:
    """Ten buttons, each of which keeps what stands on the pad, the first of the inputs beside the
    steps that are left out, as an example of its digit; `news` is another text then.
    """
    with gr.Column(elem_classes="cd-named"):
        texts.quiet("teach.is")
        with gr.Row():
            buttons = [gr.Button(digit, size="sm", min_width=0) for digit in DIGITS]
        said = WorkLine(words=text.words(*WORDS), elem_id="draw-named")

    def kept(digit: str, value: Any, skipped: str) -> tuple[Sentence, str]:
        return collect(hands, visit.visitor, read, digit, value, skipped), secrets.token_hex(4)

    for button in buttons:
        button.click(partial(kept, str(button.value)), inputs, [said, news], **QUICK)


def build(
    hands: Hands,
    frame: page.Frame,
    texts: page.Texts,
    visit: page.Visit,
    news: gr.Textbox,
    model: gr.Textbox,
) -> None:
    """The fold, which is made once it is opened, by hand or by the first of the `news`."""
    with gr.Accordion(open=False, elem_classes="cd-fold", elem_id="draw-teach") as fold:
        opened, looks = gr.State(False), gr.Textbox(visible="hidden")
        frame.after(opened.change, visit.arrivals, partial(fill, hands, looks, model))
    texts.add(fold, label="teach.title")
    fold.expand(lambda: True, None, opened, **QUICK)
    told = [fold, opened, looks]
    news.change(lambda text: (gr.Accordion(open=True), True, text), news, told, **QUICK)


def fill(
    hands: Hands, looks: gr.Textbox, model: gr.Textbox, texts: page.Texts, visit: page.Visit
) -> None:
    """What is in the fold; the drawings are looked at again when `looks` is another text, and what
    was taught is put into `model`, the name of the one that is chosen.
    """
    context, visitor = hands.context, visit.visitor
    words = text.words(*WORDS)
    base = context.trained(JOB, None, context.visitor({"visitor": visitor})).card.name
    there = next(iter(taught(context, visitor)), None)
    texts.line("teach.lead")
    mine = PictureGroups(groups(hands.of(visitor)), words=words, elem_id=PLACE)
    alone = gr.Checkbox(False, interactive=True)
    with gr.Row(elem_classes="cd-buttons"):
        start, clear = gr.Button(variant="primary"), gr.Button()
    line = WorkLine(words=words, does="teach.does", elem_id="draw-teach-line")
    shown = Worked(words=words, elem_id="draw-taught")
    with gr.Row(elem_classes="cd-buttons", visible=there is not None) as own:
        save, gone = gr.DownloadButton(**saved(there)), gr.Button()
    with gr.Accordion(open=False, elem_classes="cd-fold") as fold:
        lines = code_of(hands.of(visitor), base)
        code = gr.Code(lines, language="python", interactive=False, show_label=False)
    for control, key in ((fold, "code"), (alone, "without"), (save, "save")):
        texts.add(control, label=f"teach.{key}")
    for button, key in ((start, "start"), (clear, "clear"), (gone, "forget")):
        texts.add(button, value=f"teach.{key}")

    def looked() -> tuple[Any, ...]:
        hand = hands.of(visitor)
        return groups(hand), code_of(hand, base)

    def pressed(event: gr.EventData) -> tuple[Any, ...]:
        data = event._data
        remove(hands.of(visitor), data.get("place") if isinstance(data, dict) else None)
        return looked()

    def cleared() -> tuple[Any, ...]:
        hands.of(visitor).drawings.clear()
        return looked()

    def parts(tell: long_work.Tell, alone: bool) -> Iterator[tuple[Any, ...]]:
        found, entry = learn(hands, visitor, alone, tell)
        values = {"name": f"@|{entry.card.name}", "seconds": f"{found.seconds:.1f}"}
        file = gr.DownloadButton(**saved(entry))
        yield ("teach.done", values), results(found), gr.Row(visible=True), file, entry.card.name

    def forgotten() -> tuple[Any, ...]:
        forget(context, visitor)
        return "teach.gone", Example(()), gr.Row(visible=False), ""

    drawn = [mine, code]
    looks.change(looked, None, drawn, **QUICK)
    mine.select(pressed, None, drawn, **EACH)
    clear.click(cleared, None, drawn, **QUICK)
    outputs = (line, shown, own, save, model)
    turn = (secrets.token_hex(8), "teach")
    learned = long_work.wire_up([start.click], parts, [alone], outputs, turn=turn)
    for done in (learned, gone.click(forgotten, None, [line, shown, own, model], **QUICK)):
        done.then(None, None, None, js=SHELF)
