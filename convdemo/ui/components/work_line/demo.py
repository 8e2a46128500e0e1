"""Ten seconds of work: python -m convdemo.ui.components.work_line.demo."""

import time
from collections.abc import Iterator

import gradio as gr

from convdemo.ui.components import Progress, WorkLine


def work() -> Iterator[Progress | str]:
    """How far it is, until it is done."""
    for step in range(100):
        yield Progress(step / 100, (100 - step) / 10)
        time.sleep(0.1)
    yield "Done."


with gr.Blocks() as demo:
    start = gr.Button("Work")
    line = WorkLine("Nothing is done yet.")
    going = start.click(work, None, line, show_progress="hidden")
    line.input(lambda: "Stopped.", None, line, cancels=[going], show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
