"""A picture that is made grey and small: python -m convdemo.ui.components.step_strip.demo."""

import gradio as gr
import numpy as np
from gradio.media import get_image
from PIL import Image

from convdemo.ui.components import Preparation, Step, StepStrip

PICTURE = np.asarray(Image.open(get_image("lion.jpg")).convert("RGB"))


def steps(event: gr.EventData | None = None) -> Preparation:
    """The picture after the steps that were not left out."""
    skipped = event._data["skipped"] if event else []
    image, found = PICTURE, []
    for name, make in {"grey": lambda i: i.mean(axis=2), "small": lambda i: i[::16, ::16]}.items():
        if name not in skipped:
            image = make(image).astype(np.uint8)
        found.append(Step(name, image, name not in skipped))
    return Preparation(image, tuple(found))


with gr.Blocks() as demo:
    strip = StepStrip(steps())
    strip.input(steps, None, strip, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
