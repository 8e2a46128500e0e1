"""A lab report of a run: a zip with its text, figures, numbers and the code that repeats it."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import platform
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from convdemo.data.dataset import DatasetSpec, ImageSet
from convdemo.data.registry import find_dataset
from convdemo.errors import UserError
from convdemo.files import write_whole
from convdemo.images.figures import confusion, curves, maps, tiles
from convdemo.images.look import KINDS, Look, encoded
from convdemo.images.render import picture_of
from convdemo.inference.tta import normalise
from convdemo.networks.registry import find_model
from convdemo.networks.stages import run_stages
from convdemo.networks.summary import layer_table
from convdemo.training.command import command_of, python_of
from convdemo.training.config import TrainConfig
from convdemo.training.evaluation import wilson
from convdemo.training.fit import statistics_of
from convdemo.training.hardware import processor_name
from convdemo.training.runs.snapshots import network_at
from convdemo.training.runs.store import TEST, RunFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = 12  # misread ones
PACKAGES = ("torch", "torchvision", "numpy", "convdemo")
FIELDS = ("step", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr", "seconds")


@dataclass(frozen=True)
class Language:
    """How a report speaks: the page's strings, of which those with "report." before are its own,
    the look of its figures, and what a class is called.
    """

    words: Mapping[str, str]
    look: Look
    name: Callable[[str], str] = str

    def say(self, key: str, **values: object) -> str:
        """The words of report.KEY, their gaps filled."""
        return self.words[f"report.{key}"].format(**values)


def write_report(
    folder: RunFolder,
    place: Path,
    language: Language,
    *,
    test: ImageSet | None = None,
    source: DatasetSpec | None = None,
) -> Path:
    """A zip of report.md, its figures, records.csv and repeat.py; where it is.

    `test` are the pictures of the run's test set, without which none are shown; `source` is its
    data set, where it is not known by its name. UserError for a run without a finished epoch.
    """
    made = _Report(folder, language, test, source or find_dataset(folder.run.dataset))
    return _write(place, made.files())


@dataclass(frozen=True)
class Seen:
    """What a tab shows: the settings by name, the figures by their headings, and Python that makes
    them; `lines` are what is said of it.
    """

    title: str
    lines: Sequence[str]
    settings: Mapping[str, object]
    figures: Mapping[str, Figure]
    code: str


def write_seen(place: Path, language: Language, seen: Seen) -> Path:
    """A zip of report.md, its figures and repeat.py of what a tab shows; where it is."""
    say = language.say
    drawn: dict[str, bytes] = {}
    figures = [
        f"## {heading}\n\n{_kept(drawn, f'figure-{number}', figure, heading)}"
        for number, (heading, figure) in enumerate(seen.figures.items(), start=1)
    ]
    repeat = f"## {say('repeat_seen')}\n\n```python\n{seen.code.rstrip()}\n```"
    sections = (
        *map(_plain, seen.lines),
        *figures,
        _settings(say, seen.settings),
        _machine(say),
        repeat,
        say("files_seen"),
    )
    text = "\n\n".join([f"# {_plain(say('title_seen', tab=seen.title))}", *sections])
    return _write(place, {"report.md": f"{text}\n", "repeat.py": seen.code, **drawn})


def curves_of(records: Sequence[Mapping[str, Any]], kept: int | None, look: Look) -> Figure:
    """Loss and accuracy by the records of a training, with the epoch whose weights were kept."""
    ends = finished(records)
    shown = ends if len(ends) > 2 else records
    epochs = [
        one["epoch"] if one["val_loss"] is not None else one["step"] * one["epochs"] / one["steps"]
        for one in shown
    ]
    fields = ("loss", "accuracy", "val_loss", "val_accuracy")
    values = {field: [one[field] for one in shown] for field in fields}
    return curves(epochs, values, kept, look=look)


def finished(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records of ends of epochs."""
    return [one for one in records if one["val_loss"] is not None and one["epoch"]]


def _write(place: Path, files: Mapping[str, str | bytes]) -> Path:
    """A zip of these files, whole or not at all."""

    def write(part: Path) -> None:
        with zipfile.ZipFile(part, "w") as opened:
            for name, content in files.items():
                entry = zipfile.ZipInfo(f"report/{name}")
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                opened.writestr(entry, content)

    write_whole(place, write)
    return place


class _Report:
    """The parts of one report; `drawn` gets the files of its figures."""

    def __init__(
        self, folder: RunFolder, language: Language, test: ImageSet | None, source: DatasetSpec
    ):
        self.folder, self.run, self.state = folder, folder.run, folder.state
        self.source, self.test, self.language = source, test, language
        self.say, self.look = language.say, language.look
        self.classes = [language.name(one) for one in source.classes]
        self.records = folder.records()
        ends = finished(self.records)
        if not ends:
            raise UserError(f"run {self.run.id} has no finished epoch to report")
        self.best = min(ends, key=lambda one: one["val_loss"])
        self.answers = self._answers()
        self.drawn: dict[str, bytes] = {}

    def files(self) -> dict[str, str | bytes]:
        """Every file by its name."""
        sections = (
            self._result(),
            self._curves(),
            self._confusion(),
            *self._misread(),
            self._network(),
            _settings(self.say, self.run.config),
            _machine(self.say),
            self._repeat(),
        )
        about = {"model": f"`{self.run.model}`", "dataset": _plain(self.source.title)}
        title = self.say("title", **about)
        text = "\n\n".join([f"# {title}", *filter(None, sections), self.say("files")])
        code = {"repeat.py": self._code()}
        return {"report.md": text + "\n", "records.csv": self._table(), **code, **self.drawn}

    def _answers(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """(N, classes) probabilities and (N,) labels of the test set, if the run was tested."""
        path = self.folder.path / TEST
        if not path.exists():
            return None
        try:
            tensors = load_file(path)
            return tensors["probabilities"].float(), tensors["labels"].long()
        except (SafetensorError, KeyError) as error:
            raise UserError(f"{path.name} of run {self.run.id} is damaged") from error

    def _figure(self, name: str, figure: Figure, alt: str) -> str:
        """Keep a figure; the line that shows it."""
        return _kept(self.drawn, name, figure, alt)

    def _result(self) -> str:
        best = self.best
        lines = [f"## {self.say('result')}"]
        if self.answers is None:
            lines.append(self.say("no_test"))
        else:
            probabilities, labels = self.answers
            right = int((probabilities.argmax(dim=1) == labels).sum())
            low, high = wilson(right, len(labels))
            about = {"low": f"{low:.2%}", "high": f"{high:.2%}", "count": f"{len(labels):,}"}
            lines.append(self.say("accuracy", share=f"{right / len(labels):.2%}", **about))
        about = {"loss": f"{best['val_loss']:.4f}", "share": f"{best['val_accuracy']:.2%}"}
        about |= {"epochs": self.run.config["epochs"], "seconds": f"{best['seconds']:.1f}"}
        lines.append(self.say("kept", epoch=best["epoch"], **about))
        return "\n\n".join(lines)

    def _curves(self) -> str:
        figure = curves_of(self.records, self.best["epoch"], self.look)
        title = self.say("curves")
        return f"## {title}\n\n{self._figure('curves', figure, title)}"

    def _confusion(self) -> str:
        if self.answers is None:
            return ""
        probabilities, labels = self.answers
        count = len(self.classes)
        places = labels * count + probabilities.argmax(dim=1)
        table = torch.bincount(places, minlength=count**2).view(count, count).numpy()
        title = self.say("confusion")
        figure = confusion(table, self.classes, look=self.look)
        return f"## {title}\n\n{self._figure('confusion', figure, title)}"

    def _misread(self) -> tuple[str, ...]:
        """The surest mistakes, and the maps of the first of them, or of the first picture."""
        if self.answers is None:
            return ()
        head = f"## {self.say('misread')}"
        probabilities, labels = self.answers
        test = self.test
        if test is None or not torch.equal(test.labels, labels):
            return (f"{head}\n\n{self.say('no_pictures')}",)
        sure, read = probabilities.max(dim=1)
        wrong = (read != labels).nonzero()[:, 0]
        wrong = wrong[sure[wrong].argsort(descending=True, stable=True)]
        chosen = wrong[:PICTURES].tolist()
        if not chosen:
            return f"{head}\n\n{self.say('none_misread')}", self._maps(0)
        captions = []
        for place in chosen:
            names = {"actual": self.classes[labels[place]], "predicted": self.classes[read[place]]}
            captions.append((self.say("misread_line", **names), f"{min(sure[place], 0.999):.1%}"))
        images = [_picture(test.images[place]) for place in chosen]
        figure = tiles(images, captions, look=self.look)
        lead = self.say("misread_lead", count=len(chosen), total=len(wrong))
        shown = self._figure("misread", figure, self.say("misread"))
        return f"{head}\n\n{lead}\n\n{shown}", self._maps(chosen[0])

    def _maps(self, place: int) -> str:
        """The first convolution's maps of a test picture; nothing for a network without any."""
        assert self.test is not None
        spec = find_model(self.run.model)
        try:
            network = network_at(self.folder, self.best["epoch"])
        except UserError:
            return ""  # the weights of that epoch are not kept
        mean, std = statistics_of(spec, self.source)
        x = normalise(self.test.images[place : place + 1].float() / 255, mean, std)
        with torch.inference_mode():
            outputs = run_stages(network, x)
        for stage, output in outputs.items():
            if output.ndim == 4:
                figure = maps(output[0].numpy(), title=stage, look=self.look)
                title, lead = self.say("maps"), self.say("maps_lead", stage=f"`{stage}`")
                return f"## {title}\n\n{lead}\n\n{self._figure('maps', figure, title)}"
        return ""

    def _network(self) -> str:
        network = find_model(self.run.model).build(self.source.shape, len(self.source.classes))
        rows = layer_table(network, self.source.shape)
        columns = ("stage", "layers", "shape", "parameters", "multiply_adds")
        lines = [
            (
                f"`{row.stage}`",
                ", ".join(row.layers),
                " × ".join(map(str, row.shape)),
                f"{row.parameters:,}",
                f"{row.multiply_adds:,}",
            )
            for row in rows
        ]
        weights, work = (sum(r.parameters for r in rows), sum(r.multiply_adds for r in rows))
        lines.append((self.say("total"), "", "", f"{weights:,}", f"{work:,}"))
        return f"## {self.say('network')}\n\n{_markdown([self.say(c) for c in columns], lines)}"

    def _repeat(self) -> str:
        command = command_of(self.run.model, self.run.dataset, TrainConfig(**self.run.config))
        note = [self.say("changed")] if self.folder.lr_factor != 1 else []
        parts = [f"## {self.say('repeat')}", *note, f"```sh\n{command}\n```"]
        return "\n\n".join([*parts, f"```python\n{self._code()}```"])

    def _code(self) -> str:
        return python_of(self.run.model, self.run.dataset, self.run.config)

    def _table(self) -> str:
        text = io.StringIO()
        written = csv.writer(text, lineterminator="\n")
        written.writerows([FIELDS, *([one[field] for field in FIELDS] for one in self.records)])
        return text.getvalue()


def _kept(drawn: dict[str, bytes], name: str, figure: Figure, alt: str) -> str:
    """Keep a figure's files among those drawn; the line that shows it."""
    for kind in KINDS:
        drawn[f"figures/{name}.{kind}"] = encoded(figure, kind)
    return f"![{alt}](figures/{name}.png)"


def _settings(say: Callable[..., str], values: Mapping[str, object]) -> str:
    rows = [(f"`{name}`", f"`{value}`".replace("|", "\\|")) for name, value in values.items()]
    return f"## {say('settings')}\n\n{_markdown([say('setting'), say('value')], rows)}"


def _machine(say: Callable[..., str]) -> str:
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    found = {"python": platform.python_version(), **versions, "system": platform.platform()}
    found["processor"] = processor_name(torch.device("cpu"))
    lines = [f"- {name}: {value}" for name, value in found.items()]
    return "\n".join([f"## {say('machine')}", "", *lines])


def _plain(text: str) -> str:
    """Text of somebody's own as Markdown shows it, whatever marks are in it."""
    return re.sub(r"([\\`*_{}\[\]<>()#|!~])", r"\\\1", " ".join(text.split()))


def _picture(image: torch.Tensor) -> np.ndarray:
    """(H, W, 3) uint8 of a data set's picture (C, H, W)."""
    return picture_of(image.numpy().astype(np.float32) / 255)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
