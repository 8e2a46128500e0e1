"""What the page is built from: passed in once, never a module constant."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convdemo.data.custom import own_data_dir, path_of, spec_of
from convdemo.data.dataset import SPLITS, DatasetSpec
from convdemo.data.registry import DATASETS, find_dataset
from convdemo.inference import library
from convdemo.paths import default_data_dir, home_dir
from convdemo.ui import example_run
from convdemo.ui.guard import Guard
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.data.dataset import ImageSet
    from convdemo.training.runs.scheduler import Scheduler
    from convdemo.training.runs.store import RunFolder, Runs
    from convdemo.ui.backbone_store import Backbones
    from convdemo.ui.explain_request import Subjects

JOBS = ("clothes", "digits", "photos")  # whose models the tabs offer, the first one first
VISITOR = re.compile(r"[0-9a-f]{32}")
OWN_SPLITS = 6  # splits of visitors' own data sets that are held in memory


@dataclass(frozen=True)
class Context:
    """The folders of models (the user's own first), of the data sets and of the runs, and the
    guard in front of everything that the page has computed.

    At localhost runs and what they trained are everybody's; on a Space they belong to the browser
    that made them, which names itself by a random key in every request.
    """

    model_dirs: tuple[Path, ...]
    data_dir: Path = field(default_factory=default_data_dir)
    runs_dir: Path = field(default_factory=lambda: home_dir() / "runs")
    on_space: bool = False
    guard: Guard = field(default_factory=Guard)

    @cached_property
    def runs(self) -> Runs:
        """All runs, with what one may ask for."""
        from convdemo.training.runs.store import LOCAL, ON_SPACE, Runs

        return Runs(self.runs_dir, ON_SPACE if self.on_space else LOCAL)

    @cached_property
    def scheduler(self) -> Scheduler:
        """Who trains the runs, one after the other."""
        from convdemo.training.runs.scheduler import Scheduler

        return Scheduler(self.runs, self.data_dir, self.model_dirs[0])

    @cached_property
    def backbones(self) -> Backbones:
        """Networks that others trained, and the downloads of their weights."""
        from convdemo.ui.backbone_store import Backbones

        return Backbones()

    @cached_property
    def subjects(self) -> Subjects:
        """What was looked into last."""
        from convdemo.ui.explain_request import Subjects

        return Subjects()

    @cached_property
    def _image_sets(self) -> dict[tuple[str, str], ImageSet]:
        return {}

    def images(self, dataset: str, split: str) -> ImageSet:
        """A split of a data set, kept; DataMissingError where it is not to be had."""
        if (dataset, split) not in self._image_sets:
            kept = [key for key in self._image_sets if key[0] not in DATASETS]
            for key in kept[: max(0, len(kept) + 1 - OWN_SPLITS)]:
                self._image_sets.pop(key, None)
            self._image_sets[dataset, split] = find_dataset(dataset).load(self.data_dir, split)
        return self._image_sets[dataset, split]

    def forget_images(self, dataset: str) -> None:
        """Let go of a data set that is deleted."""
        for split in SPLITS:
            self._image_sets.pop((dataset, split), None)

    def own_data_dir(self, visitor: str) -> Path:
        """Where the visitor's own data sets are kept."""
        return own_data_dir() / visitor

    def dataset(self, name: str | None, visitor: str) -> DatasetSpec:
        """The data set of that name; Refused for one that is not there or somebody else's."""
        if name in DATASETS:
            return DATASETS[name]
        path = path_of(name or "", self.own_data_dir(visitor))
        if path is None:
            raise Refused("train_dataset_gone")
        return spec_of(path)

    def visitor(self, request: Mapping[str, Any]) -> str:
        """Whose runs a request may see: the key of its browser, "" where they are everybody's."""
        if not self.on_space:
            return ""
        key = request.get("visitor")
        if not isinstance(key, str) or not VISITOR.fullmatch(key):
            raise Refused("request")
        return key

    def run_of(self, request: Mapping[str, Any]) -> RunFolder:
        """The run that a request is about, which may be the one that ships; Refused if it is not
        there or somebody else's.
        """
        if request.get("run") == example_run.NAME:
            return example_run.example_run()
        try:
            folder = self.runs.folder(str(request.get("run")))
            owner = folder.run.owner
        except ValueError as error:
            raise Refused("train_gone") from error
        if owner != self.visitor(request):
            raise Refused("train_gone")
        return folder

    def _shelf_folders(self, visitor: str) -> tuple[Path, ...]:
        return (self.model_dirs[0] / visitor, *self.model_dirs) if visitor else self.model_dirs

    def every_entry(self, visitor: str) -> tuple[library.Entry, ...]:
        """All models in the visitor's model library."""
        return library.list_models(self._shelf_folders(visitor))

    def shelf_mark(self, visitor: str) -> str:
        """A text that changes with the visitor's model files and with runs; none is opened."""
        known = hashlib.sha256()
        paths = [p for f in self._shelf_folders(visitor) for p in f.glob(f"*{library.SUFFIX}")]
        for path in sorted([*paths, *self.runs_dir.glob("[!.]*/state.json")]):
            with suppress(OSError):  # it has just been removed
                known.update(f"{path} {path.stat().st_mtime_ns}\n".encode())
        return known.hexdigest()

    def entries(self, job: str, visitor: str = "") -> tuple[library.Entry, ...]:
        """The models for "digits" or "clothes", the default of the tab first."""
        fitting = [entry for entry in self.every_entry(visitor) if entry.card.job == job]
        if not fitting:
            return ()
        default = library.default_entry(job, fitting)
        shipped = self.model_dirs[-1]

        def own_and_newest_first(entry: library.Entry) -> float:
            return 0 if entry.path.parent == shipped else -entry.path.stat().st_mtime

        others = (entry for entry in fitting if entry is not default)
        return (default, *sorted(others, key=own_and_newest_first))

    def shipped(self, *jobs: str) -> list[str]:
        """The names of the models for these jobs that are everybody's."""
        own = self.model_dirs[-1]
        entries = (one for job in jobs for one in self.entries(job))
        return [one.card.name for one in entries if one.path.parent == own]

    def trained(self, job: str, name: str | None, visitor: str = "") -> library.Trained:
        """The model of that name, loaded; the tab's default for None; Refused if there is none."""
        entries = self.entries(job, visitor)
        if not entries:
            raise Refused("no_models")
        chosen = next((e for e in entries if name in (None, e.card.name)), None)
        if chosen is None:
            raise Refused("no_such_model", model=name)
        try:
            return library.load(chosen.path)
        except FileNotFoundError as error:  # it has just been removed
            raise Refused("no_such_model", model=chosen.card.name) from error
        except ValueError as error:
            raise Refused("model_unfit", model=chosen.card.name) from error
