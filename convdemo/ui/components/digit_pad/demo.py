"""How much ink there is, while it is drawn: python -m convdemo.ui.components.digit_pad.demo."""

import gradio as gr
import numpy as np

from convdemo.ui.components import Answer, DigitPad, ProbabilityBars


def taller_or_wider(ink: np.ndarray | None) -> Answer:
    """Whether a drawing is tall or wide, as if it were a probability."""
    if ink is None:
        return Answer({"tall": 0.5, "wide": 0.5}, sentence="Nothing is drawn yet.")
    height, width = ink.shape
    shares = {"tall": height / (height + width), "wide": width / (height + width)}
    return Answer(shares, max(shares, key=lambda name: shares[name]))


with gr.Blocks() as demo:
    pad = DigitPad(taller_or_wider, shows="answer")
    bars = ProbabilityBars(taller_or_wider(None), elem_id="answer")
    size = gr.Markdown()
    pad.input(lambda ink: "" if ink is None else f"{ink.shape} pixels", pad, size)

if __name__ == "__main__":
    demo.launch()
