"""Eight by eight pixels, and how many have ink: python -m convdemo.ui.components.pixel_pad.demo."""

import gradio as gr
import numpy as np

from convdemo.ui.components import PixelPad


def count(pixels: np.ndarray) -> str:
    """How much is drawn."""
    return f"{int(pixels.sum())} of {pixels.size}"


with gr.Blocks() as demo:
    pad = PixelPad(np.eye(8))
    told = gr.Textbox("8 of 64", label="With ink")
    pad.input(count, pad, told, trigger_mode="always_last", show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
