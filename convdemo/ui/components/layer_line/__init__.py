"""LayerLine: a network that is written as a line of layers, and a table of it while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from convdemo.ui import wire
from convdemo.ui.components.display import Display, Guard
from convdemo.ui.components.probability_bars import Sentence


@dataclass(frozen=True)
class LayerRow:
    """A stage, what is in it, and a cell for each column."""

    name: Sentence
    layers: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class LayerTable:
    """What a line comes to. `columns` name the cells of a row, `totals` are said below the line."""

    columns: tuple[Sentence, ...]
    rows: tuple[LayerRow, ...]
    totals: tuple[Sentence, ...] = ()


class LayerLine(Display):
    """A field for a line. Its value is {"line"} with anything that `read` has to know besides.

    At every key `read` is asked the value past the queue, one call at a time, the newest last; it
    refuses with the letters {"start", "stop"} that are meant, which are marked. Once a line that
    can be is no longer being typed there is an `input`. The line is worth what it says at any
    moment, for those who ask before.
    """

    def __init__(
        self,
        read: Callable[[Mapping[str, Any]], LayerTable] | None = None,
        value: Mapping[str, Any] | None = None,
        *,
        guard: Guard | None = None,
        **others: Any,
    ) -> None:
        def answer(asked: Any) -> dict[str, Any]:
            return asdict(LayerTable((), ()) if read is None else read(wire.mapping(asked)))

        functions = [answer if guard is None else guard("read", answer)]
        answer.__name__ = "read"
        super().__init__(value, server_functions=functions, **others)

    def preprocess(self, payload: Any) -> str:
        """The line."""
        line = payload.get("line") if isinstance(payload, dict) else None
        return line if isinstance(line, str) else ""

    def postprocess(self, value: Mapping[str, Any] | None) -> Any:  # type: ignore[override]
        """The value as the script sends it."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The value in the browser."""
        return {"type": "object", "description": 'the line of layers, {"line": ...}'}
