"""A picture with two maps: python -m convdemo.ui.components.heatmaps.demo."""

import gradio as gr
import numpy as np
from gradio.media import get_image
from PIL import Image

from convdemo.ui.components import Heat, Heatmaps

PICTURE = np.asarray(Image.open(get_image("lion.jpg")).convert("RGB").resize((200, 200)))
BRIGHT = PICTURE[::10, ::10].mean(axis=2).astype(np.float32) / 255
JS = "(share) => document.getElementById('maps').style.setProperty('--strength', share)"


def acted(event: gr.EventData) -> str:
    """Which button was pressed."""
    return f"{event._data['action']} of {event._data['place']}"


with gr.Blocks() as demo:
    strength = gr.Slider(0, 1, 0.6, label="Strength")
    bright = Heat(PICTURE, BRIGHT, name="Brightness", file="brightness")
    warm = Heat(PICTURE, BRIGHT - BRIGHT.mean(), True, name="Contrast", actions=(("why", "Why?"),))
    maps = Heatmaps((bright, warm), elem_id="maps")
    told = gr.Textbox(label="Asked for")
    maps.select(acted, None, told)
    strength.input(None, strength, js=JS)

if __name__ == "__main__":
    demo.launch()
