"""Shopping lists that are added up: python -m convdemo.ui.components.layer_line.demo."""

from collections.abc import Mapping

import gradio as gr

from convdemo.ui import components as ui
from convdemo.ui.guard import Guard
from convdemo.ui.wire import Refused

PRICES = {"milk": 2, "bread": 4}
WORDS = {"en": {"problem.none": "There is no {word}.", "sum": "{total} in all"}}


def read(asked: Mapping[str, str]) -> ui.LayerTable:
    """A row for each word of the line."""
    rows = []
    for word in asked["line"].replace("-", " ").split():
        if word not in PRICES:
            start = asked["line"].find(word)
            raise Refused("none", word=word, start=start, stop=start + len(word))
        rows.append(ui.LayerRow(word, "", (str(PRICES[word]),)))
    total = sum(PRICES[row.name] for row in rows)
    return ui.LayerTable(("Price",), tuple(rows), (("sum", {"total": total}),))


with gr.Blocks() as demo:
    ui.LayerLine(read, {"line": "milk - bread"}, guard=Guard().served, words=WORDS)

if __name__ == "__main__":
    demo.launch()
