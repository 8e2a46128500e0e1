"""A count that takes a while: python -m convdemo.ui.components.report.demo."""

import time
from collections.abc import Iterator

import gradio as gr

from convdemo.ui.components import Figure, Report, State


def counted() -> Iterator[State]:
    """How far it is."""
    for number in range(1, 11):
        time.sleep(0.3)
        left = Figure("left", f"{(10 - number) * 0.3:.1f} s")
        yield State("Counting", "To ten", "going", number / 10, figures=(left,))
    yield State("Done", "To ten", progress=1.0)


with gr.Blocks() as demo:
    report = Report(State(title="To ten"))
    gr.Button("Count").click(counted, None, report, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
