"""What the page is built from: passed in once, never a module constant."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from convdemo import weights
from convdemo.ui.guard import Guard
from convdemo.ui.wire import Refused


@dataclass(frozen=True)
class Context:
    """The folders of the shelf (the user's own first), of the data sets, and the guard in front of
    everything that the page has computed.
    """

    shelf_dirs: tuple[Path, ...]
    data_dir: Path | None = None
    on_space: bool = False
    guard: Guard = field(default_factory=Guard)

    def entries(self, job: str) -> tuple[weights.Entry, ...]:
        """The models on the shelf for "digits" or "clothes", the default of the tab first."""
        fitting = [entry for entry in weights.shelf(self.shelf_dirs) if entry.card.job == job]
        if not fitting:
            return ()
        default = weights.default_entry(job, fitting)
        return (default, *(entry for entry in fitting if entry is not default))

    def trained(self, job: str, name: str | None) -> weights.Trained:
        """The model of that name, loaded; the tab's default for None; Refused if there is none."""
        entries = self.entries(job)
        if not entries:
            raise Refused("no_models")
        chosen = next((e for e in entries if name in (None, e.card.name)), None)
        if chosen is None:
            raise Refused("no_such_model", model=name)
        try:
            return weights.load(chosen.path)
        except ValueError as error:
            raise Refused("model_unfit", model=chosen.card.name) from error

    def shelf(self, job: str) -> list[dict[str, Any]]:
        """What the model picker shows, one line a model, the default first."""
        return [
            {
                "name": entry.card.name,
                "dataset": entry.card.dataset,
                "accuracy": entry.card.test_accuracy,
                "parameters": entry.card.parameters,
                "classes": list(entry.card.classes),
            }
            for entry in self.entries(job)
        ]
