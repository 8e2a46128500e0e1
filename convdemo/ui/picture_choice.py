"""Controls by which a picture is brought: one's own, an example, a drawing, one of a data set."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData

from convdemo.data.dataset import DataMissingError
from convdemo.images.decode import over_white
from convdemo.images.render import picture_of
from convdemo.ui import page, picture_input, wire
from convdemo.ui.asking import EACH, LAST
from convdemo.ui.context import Context
from convdemo.ui.links import Link
from convdemo.ui.picture_input import PictureInput
from convdemo.ui.picture_request import requested_picture, requested_sample

# Pictures in a gallery that are pressed, one by one.
PRESSED: dict[str, Any] = {
    "height": "auto",
    "object_fit": "cover",
    "allow_preview": False,
    "show_label": False,
    "buttons": [],
}

# Served from where they are, wherever the package is installed.
gr.set_static_paths([page.EXAMPLES, page.PHOTOS])


class PictureChoice:
    """What is brought, shown in `picture`, and told by the value of `source`, a hidden text: JSON
    as `requested_picture` and `requested_sample` take it, {"upload", "name", "turn"},
    {"example", "job"}, {"ink", "turn"} or {"sample", "dataset", "split", "turn"}; "" for none.

    It is made where it stands in the layout, with its events; whoever uses it listens to
    `source.change`, and gives `picture` None as its value where what was brought cannot be read.
    `kinds` are folders of examples, each with the key of its name; the first example of the first
    is there from the beginning, `source.value`. `title` is the key of the name of the picture, and
    `answer` the id of the display that says what was wrong with it, see `PictureInput`. `drawing`
    is the key of a button that takes the drawing of the Draw tab; `datasets` are those of which a
    button draws a picture out of the split, below the line of the key `sampled`. `begun` is what
    is there from the beginning instead: what the control shows, and the source. Examples that are
    called so come `first`. A hidden `source` stands elsewhere where the controls are in a column
    that is shown later, since Gradio would show it as well.
    """

    def __init__(
        self,
        context: Context,
        texts: page.Texts,
        *,
        elem_id: str,
        answer: str,
        kinds: Mapping[str, str],
        title: str = "picture.yours",
        height: int = 360,
        drawing: str | None = None,
        datasets: Sequence[str] = (),
        sampled: str = "",
        split: str = "validation",
        begun: tuple[Any, str] | None = None,
        first: Collection[str] = (),
        source: gr.Textbox | None = None,
    ) -> None:
        self._context = context
        files = {
            job: sorted(page.examples(job).values(), key=lambda file: file.name not in first)
            for job in kinds
        }
        job, (example, *_) = next(iter(files.items()))
        image, value = begun or (example, of_example(job, example))
        self.picture = PictureInput(value=image, elem_id=elem_id, answer=answer, height=height)
        self.source = source or gr.Textbox(visible="hidden")
        self.source.value = value
        texts.add(self.picture, label=title, alt_text=title, placeholder="picture.drop")
        both = [self.picture, self.source]
        changes: list[tuple[Any, Any, Any, dict[str, Any]]] = [
            (
                self.picture.input,
                _brought,
                self.picture,
                {**LAST, "js": picture_input.UNLESS_REMOVED},
            )
        ]
        if drawing:
            button = texts.add(gr.Button(), value=drawing)
            taken = f"() => convdemo.drawnFor({json.dumps(answer)})"
            changes.append((button.click, self._drawn, self.source, {**LAST, "js": taken}))
        for job, offered in files.items():
            files_of = [str(file) for file in offered]
            gallery = gr.Gallery(files_of, columns=5, elem_classes="cd-gallery", **PRESSED)
            texts.add(gallery, label=kinds[job])
            changes.append((gallery.select, _picker(job, offered), None, EACH))
        if datasets:
            texts.quiet(sampled)
            with gr.Row(elem_classes="cd-data-sets"):
                for name in datasets:
                    button = texts.add(gr.Button(min_width=0), value=f"dataset.{name}")
                    changes.append((button.click, partial(self._draw, name, split), None, LAST))
        # Answered in their order, so that of quick changes the last one counts.
        in_turn = {"concurrency_id": elem_id, "concurrency_limit": 1}
        for trigger, change, asked, more in changes:
            trigger(change, asked, both, **{**more, **in_turn})

    def _draw(self, dataset: str, split: str) -> Any:
        try:
            count = len(self._context.images(dataset, split))
        except DataMissingError:  # whoever reads it says why
            count = 1
        about = {"sample": random.randrange(count), "dataset": dataset, "split": split}
        return self._with_turn(about)

    def _drawn(self, ink: str) -> Any:
        return self._with_turn({"ink": json.loads(ink)}) if ink else (gr.skip(), gr.skip())

    def _with_turn(self, about: dict[str, Any]) -> Any:
        image = shown(self._context, about)
        return image, json.dumps({**about, "turn": secrets.token_hex(4)})


def of_example(job: str, file: Path) -> str:
    """An example as a source."""
    return json.dumps({"example": file.name, "job": job})


def linked(link: Link, *folders: str) -> tuple[str, str] | None:
    """The example of these folders that an address asks for, to begin with; None without one."""

    def found(asked: str) -> tuple[str, str]:
        job, _, name = asked.partition("/")
        files = page.examples(job) if job in folders else {}
        if name not in files:
            raise ValueError(asked)
        return str(files[name]), of_example(job, files[name])

    return link.take("example", None, found, "picture.examples")


def shown(
    context: Context, request: Mapping[str, Any], visitor: str = ""
) -> np.ndarray | str | None:
    """What the control of a picture shows of a source that came from elsewhere: a file, or
    (H, W, 3) uint8; None for what is not there.
    """
    try:
        if "upload" in request:
            return str(wire.uploaded(request["upload"]))
        if "example" in request:
            files = page.examples(wire.text(request, "job") or "")
            return str(files[wire.text(request, "example") or ""])
        if "sample" in request:
            source = context.dataset(wire.text(request, "dataset"), visitor)
            split = wire.text(request, "split") or "validation"
            return picture_of(requested_sample(context, request, source, split)[0])
        return over_white(requested_picture(request)[0])
    except (wire.Refused, KeyError):
        return None


def _brought(file: ImageData | None) -> Any:
    if file is None:
        return None, ""
    turn = secrets.token_hex(4)  # the same file again is another question
    name = (file.orig_name or "picture")[:200]
    source = json.dumps({"upload": file.path, "name": name, "turn": turn})
    return picture_input.shown(file), source


def _picker(job: str, files: list[Path]) -> Any:
    def picked(event: gr.SelectData) -> Any:
        known = isinstance(event.index, int) and 0 <= event.index < len(files)
        file = files[event.index if known else 0]
        return str(file), of_example(job, file)

    return picked
