"""Grey squares to press: python -m convdemo.ui.components.picture_groups.demo."""

import gradio as gr
import numpy as np

from convdemo.ui.components import Captioned, PictureGroup, PictureGroups

SHADES = (40, 120, 200)
DARK = tuple(
    Captioned(np.full((8, 8), shade, np.uint8), str(shade), f"shade {shade}", place=shade)
    for shade in SHADES
)


def pressed(event: gr.EventData) -> str:
    """The place of the picture."""
    return str(event._data["place"])


with gr.Blocks() as demo:
    groups = PictureGroups((PictureGroup(DARK, "Shades of grey", "Press one."),))
    told = gr.Textbox(label="pressed")
    groups.select(pressed, None, told, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
